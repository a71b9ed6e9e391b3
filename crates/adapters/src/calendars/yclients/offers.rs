//! What a master does by online booking: services with price and length.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use super::call::{Account, Token};
use super::pace::Share;
use super::read;
use crate::failure::Failure;

const FRESH: SignedDuration = SignedDuration::from_mins(10);

#[derive(Clone, Debug)]
pub struct Offer {
    pub service: i64,
    pub price: Option<i64>,
    pub length: Option<SignedDuration>,
}

/// By master.
#[derive(Default)]
pub struct Offers(Mutex<BTreeMap<i64, (Timestamp, Vec<Offer>)>>);

impl Offers {
    /// None at all where the branch knows no such master.
    pub async fn of(&self, account: &Account, staff: i64, share: Share) -> Result<Vec<Offer>, Failure> {
        let mut known = self.0.lock().await;
        let is_fresh = |at: Timestamp| account.now().duration_since(at).abs() < FRESH;
        if let Some((_, offers)) = known.get(&staff).filter(|(at, _)| is_fresh(*at)) {
            return Ok(offers.clone());
        }
        let path = format!("book_services/{}", account.company);
        let id = staff.to_string();
        let offers = match account.ask(&path, &[("staff_id", &id)], Token::Partner, share).await? {
            Ok(body) => read::items(&body["data"]["services"]).into_iter().filter_map(offer).collect(),
            Err(refusal) => {
                tracing::warn!(staff.id = staff, status = refusal.status, "YCLIENTS does not tell what a master does");
                Vec::new()
            }
        };
        known.insert(staff, (account.now(), offers));
        Ok(known.get(&staff).map(|(_, offers)| offers.clone()).unwrap_or_default())
    }

    /// The branch says that a service is not what it was.
    pub async fn forget(&self) {
        self.0.lock().await.clear();
    }
}

fn offer(item: &serde_json::Value) -> Option<Offer> {
    if read::flag(&item["active"]) == Some(false) {
        return None;
    }
    let length = read::whole(&item["seance_length"]).filter(|length| (1..=86_400).contains(length));
    Some(Offer {
        service: read::id(&item["id"])?,
        price: read::whole(&item["price_min"]).filter(|price| *price >= 0),
        length: length.map(SignedDuration::from_secs),
    })
}
