//! News to a program of the business.

use nochnik_adapters::Failure;
use nochnik_store::outbox::OutboxRow;

use super::Carrier;
use super::deliver::Done;
use crate::businesses::Known;

/// One that was taken off meanwhile hears nothing more.
pub(super) async fn bring(
    carrier: &Carrier,
    row: &OutboxRow,
    known: &Known,
    (subscriber, body): (&str, &str),
) -> Result<Done, Failure> {
    let Some(port) = known.ports.subscribers.get(subscriber) else { return Ok(Done::Nothing) };
    let name = format!("{}/{}", row.business, row.key);
    port.bring(&name, body, carrier.clock.now()).await.map(|status| Done::Told { status })
}
