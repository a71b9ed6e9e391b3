//! The branch on a socket.

use std::io;

use serde_json::Value;

use super::Double;
use crate::{
    Outcome,
    envelope::Envelope,
    serve::{Clock, Server, system_clock},
    whole::{self, Whole},
};

/// Serves the branch on a free port of 127.0.0.1 by the machine's clock.
pub async fn serve(double: Double) -> io::Result<Server> {
    serve_with(double, 0, system_clock()).await
}

/// Serves the branch on `port` (0 takes a free one) by the given clock.
pub async fn serve_with(double: Double, port: u16, clock: Clock) -> io::Result<Server> {
    whole::serve(double, &["/api/v1/{*path}"], port, clock).await
}

impl Whole for Double {
    fn take(&self, envelope: &Envelope, now_ms: i64) -> Outcome {
        self.pass(envelope, now_ms)
    }

    fn held(&self, now_ms: i64) -> Value {
        self.settle(now_ms);
        self.ledger()
    }
}
