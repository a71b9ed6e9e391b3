//! A desk with nobody at it: the console shows what is stored, nothing new is taken.

use async_trait::async_trait;
use jiff::Timestamp;
use nochnik_core::event::StaffAct;
use tokio::sync::broadcast;

use super::desk::{Change, Desk, Health, HookRefusal};

/// Refuses everything as «not ready», so that vendors and visitors repeat later.
pub struct EmptyDesk {
    changes: broadcast::Sender<Change>,
}

impl Default for EmptyDesk {
    fn default() -> Self {
        Self { changes: broadcast::channel(1).0 }
    }
}

#[async_trait]
impl Desk for EmptyDesk {
    async fn hook(
        &self,
        _business: &str,
        _account: &str,
        _secret: &str,
        _headers: &[(&str, &[u8])],
        _body: &[u8],
    ) -> Result<&'static str, HookRefusal> {
        Err(HookRefusal::NotReady)
    }

    async fn chat(&self, _business: &str, _account: &str, _peer: &str, _body: &[u8]) -> Result<(), HookRefusal> {
        Err(HookRefusal::NotReady)
    }

    async fn staff(
        &self,
        _business: &str,
        _conversation: &str,
        _person: &str,
        _act: StaffAct,
    ) -> Result<(), anyhow::Error> {
        anyhow::bail!("nobody is at the desk")
    }

    async fn replay(&self, _business: &str, _outbox_id: i64, _actor: &str) -> Result<(), anyhow::Error> {
        anyhow::bail!("nobody is at the desk")
    }

    fn health(&self) -> Health {
        Health::default()
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }
}
