//! The sign of life of this node, once a minute, while it answers clients.

use std::time::Duration;

use nochnik_adapters::heartbeat::Heartbeat;
use nochnik_engine::Engine;
use nochnik_engine::clock::pause;

const EVERY: Duration = Duration::from_secs(60);

/// Beats until the process ends. A node that is not well is silent, and so the alarm outside goes off.
pub async fn run(engine: Engine, heartbeat: Heartbeat) {
    loop {
        if engine.is_alive() && engine.canary().is_well() {
            if let Err(why) = heartbeat.beat().await {
                tracing::warn!(why, "The address of ping_url did not hear us");
            }
        } else {
            tracing::error!("No sign of life goes out: this node is not well");
        }
        pause(EVERY).await;
    }
}
