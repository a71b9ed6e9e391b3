//! One push to every device of a person at once: whichever is at hand rings.

use std::time::Duration;

use futures::future::join_all;
use nochnik_adapters::Failure;
use nochnik_adapters::failure::{Scope, codes};
use nochnik_adapters::ports::{Alert, Handed, Notifier};
use nochnik_store::push_devices::{self, Device};

use super::Carrier;
use super::summon::Ring;
use crate::failures::not_stored;

/// A push service answers within a second. One that does not is tried once more and then passed over: from some
/// networks those of Google and Apple are out of reach.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Sends to all; one that took it is enough. Devices whose subscription is gone are forgotten.
///
/// # Errors
/// Of several failures the one that may pass by itself: it is worth another try. `Refused` without any device.
pub(super) async fn send(
    carrier: &Carrier,
    business: &str,
    port: &dyn Notifier,
    ring: &Ring,
) -> Result<Handed, Failure> {
    let (owner, person) = (business.to_owned(), ring.to.clone());
    let devices = carrier.store.read(move |sql| push_devices::of_person(sql, &owner, &person)).await;
    let devices = devices.map_err(|error| not_stored(&error))?;
    // The browser knows where it is: whatever address the console has, the page is found.
    let alert = Alert { link: Some(format!("/take/{}", ring.token)), ..ring.alert.clone() };
    // One case is one notification: a later ring takes the place of the earlier one, and so does a second try.
    let key = format!("{business}/{}", ring.case);
    let sendings = devices.iter().map(async |device| {
        let sending = port.send(&device.subscription, &alert, &key);
        let late = |_| Err(Failure::Later { after: None, scope: Scope::Row, why: "no answer in time".into() });
        tokio::time::timeout(TIMEOUT, sending).await.unwrap_or_else(late)
    });
    let results = join_all(sendings).await;
    forget(carrier, business, &devices, &results).await?;
    results.into_iter().reduce(better).unwrap_or_else(|| Err(gone("the person has no device")))
}

async fn forget(
    carrier: &Carrier,
    business: &str,
    devices: &[Device],
    results: &[Result<Handed, Failure>],
) -> Result<(), Failure> {
    let is_gone = |result: &Result<Handed, Failure>| matches!(result, Err(Failure::Refused { code, .. }) if code == codes::UNREACHABLE);
    let gone: Vec<(String, String)> = devices
        .iter()
        .zip(results)
        .filter(|(_, result)| is_gone(result))
        .map(|(device, _)| (device.person_id.clone(), device.id.clone()))
        .collect();
    if gone.is_empty() {
        return Ok(());
    }
    let owner = business.to_owned();
    let forgotten = carrier.store.write(move |sql| {
        gone.iter().try_for_each(|(person, id)| push_devices::remove(sql, &owner, person, id).map(drop))
    });
    forgotten.await.map_err(|error| not_stored(&error))
}

/// Success first, then what may still become one.
fn better(one: Result<Handed, Failure>, other: Result<Handed, Failure>) -> Result<Handed, Failure> {
    if rank(&other) < rank(&one) { other } else { one }
}

fn rank(result: &Result<Handed, Failure>) -> u8 {
    match result {
        Ok(_) => 0,
        Err(Failure::Unknown { .. }) => 1,
        Err(Failure::Later { scope: Scope::Row, .. }) => 2,
        Err(Failure::Later { scope: Scope::Destination, .. }) => 3,
        Err(Failure::Broken { .. }) => 4,
        Err(Failure::Refused { .. }) => 5,
    }
}

fn gone(why: &str) -> Failure {
    Failure::Refused { code: codes::UNREACHABLE.to_owned(), why: why.to_owned() }
}
