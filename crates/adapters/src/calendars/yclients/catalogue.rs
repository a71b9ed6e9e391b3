//! What online booking offers: services with price and length, and the masters who do them.
//!
//! The branch's full price list is not read: which token opens it is not documented, and what clients may not book online
//! we do not offer either. Price and length are told by master, so each is asked: 20 masters cost 22 requests, which at
//! four a second take six seconds. Source: developers.yclients.com, `book_services` and `book_staff`, read 2026-11-22.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::Value;

use super::Yclients;
use super::call::{Account, Refusal, Token};
use super::pace::Share;
use super::read;
use crate::failure::Failure;
use crate::ports::{Catalogue, Hindrance, LeftOut, OfferedSpecialist, Offered, OfferedService};

/// A visit of more than a day is a mistake of somebody's.
const LENGTH_S_MAX: i64 = 86_400;
const PRICE_MAX: f64 = 10_000_000.0;
/// Longer titles and names are cut: nobody reads them in a chat.
const TITLE_CHARS_MAX: usize = 100;

#[async_trait]
impl Catalogue for Yclients {
    async fn read(&self) -> Result<Offered, Failure> {
        let account = &self.account;
        let (services, groups) = listed(account, None).await?;
        let mut masters = masters(account).await?;
        let mut done: BTreeMap<i64, Vec<Terms>> = BTreeMap::new();
        for master in masters.iter_mut().filter(|master| master.is_bookable) {
            let id = master.id.to_string();
            for own in listed(account, Some(&id)).await?.0.iter().filter(|own| is_active(own)) {
                if let Some(service) = read::id(&own["id"]) {
                    master.services.push(service);
                    done.entry(service).or_default().push(Terms::read(own));
                }
            }
        }
        Ok(sorted(&services, &groups, &done, masters))
    }
}

/// What one master takes for one service, and how long it lasts.
struct Terms {
    least: Option<f64>,
    most: Option<f64>,
    length_s: Option<i64>,
}

impl Terms {
    fn read(item: &Value) -> Self {
        Self {
            least: price(&item["price_min"]),
            most: price(&item["price_max"]),
            length_s: read::whole(&item["seance_length"]).filter(|length| (1..=LENGTH_S_MAX).contains(length)),
        }
    }
}

struct Master {
    id: i64,
    name: String,
    role: String,
    is_bookable: bool,
    services: Vec<i64>,
}

/// Services of the branch or of one master, and its group events.
async fn listed(account: &Account, staff: Option<&str>) -> Result<(Vec<Value>, Vec<Value>), Failure> {
    let path = format!("book_services/{}", account.company);
    let query: Vec<(&str, &str)> = staff.map(|staff| ("staff_id", staff)).into_iter().collect();
    match (account.ask(&path, &query, Token::Partner, Share::Most).await?, staff) {
        (Ok(body), _) => {
            let all = |list: &Value| read::items(list).into_iter().cloned().collect();
            Ok((all(&body["data"]["services"]), all(&body["data"]["events"])))
        }
        // A master who left between two requests does nothing any more.
        (Err(refusal), Some(_)) if refusal.is_not_found() => Ok((Vec::new(), Vec::new())),
        (Err(refusal), _) => Err(refusal.into_misplaced()),
    }
}

async fn masters(account: &Account) -> Result<Vec<Master>, Failure> {
    let path = format!("book_staff/{}", account.company);
    let body = account.ask(&path, &[], Token::Partner, Share::Most).await?.map_err(Refusal::into_misplaced)?;
    Ok(read::items(&body["data"]).into_iter().filter_map(master).collect())
}

/// What has no number or no name is nobody's to book.
fn master(item: &Value) -> Option<Master> {
    Some(Master {
        id: read::id(&item["id"])?,
        name: title(&item["name"])?,
        role: title(&item["specialization"]).unwrap_or_default(),
        is_bookable: read::flag(&item["bookable"]) != Some(false),
        services: Vec::new(),
    })
}

fn sorted(services: &[Value], groups: &[Value], done: &BTreeMap<i64, Vec<Terms>>, masters: Vec<Master>) -> Offered {
    let mut offered = Offered::default();
    for item in services {
        let (Some(id), Some(title)) = (read::id(&item["id"]), title(&item["title"])) else { continue };
        match service(item, id, &title, done.get(&id).map_or(&[], Vec::as_slice)) {
            Ok(service) => offered.services.push(service),
            Err(why) => offered.left_out.push(LeftOut { id: Some(id), title, why }),
        }
    }
    let groups = groups.iter().filter_map(|item| title(&item["title"]));
    offered.left_out.extend(groups.map(|title| LeftOut { id: None, title, why: Hindrance::Group }));
    for mut master in masters {
        master.services.retain(|id| offered.services.iter().any(|service| service.id == *id));
        let Master { id, name, role, is_bookable, services } = master;
        match (is_bookable, services.is_empty()) {
            (false, _) => offered.left_out.push(LeftOut { id: Some(id), title: name, why: Hindrance::Closed }),
            (true, true) => offered.left_out.push(LeftOut { id: Some(id), title: name, why: Hindrance::Idle }),
            (true, false) => offered.specialists.push(OfferedSpecialist { id, name, role, services }),
        }
    }
    offered
}

fn service(item: &Value, id: i64, title: &str, done: &[Terms]) -> Result<OfferedService, Hindrance> {
    if !is_active(item) {
        return Err(Hindrance::Closed);
    }
    if read::text(&item["prepaid"]).as_deref() == Some("required") {
        return Err(Hindrance::Prepaid);
    }
    if done.is_empty() {
        return Err(Hindrance::Undone);
    }
    let lengths: Vec<i64> = done.iter().filter_map(|terms| terms.length_s).collect();
    let (Some(longest), Some(shortest)) = (lengths.iter().max(), lengths.iter().min()) else {
        return Err(Hindrance::NoDuration);
    };
    let own = Terms::read(item);
    let least = done.iter().filter_map(|terms| terms.least).min_by(f64::total_cmp).or(own.least);
    let least = least.ok_or(Hindrance::NoPrice)?;
    let most = done.iter().filter_map(|terms| terms.most.or(terms.least)).max_by(f64::total_cmp).or(own.most);
    let duration_min = u16::try_from((longest + 59) / 60).map_err(|_| Hindrance::NoDuration)?;
    Ok(OfferedService {
        id,
        title: title.to_owned(),
        price: rubles(least),
        is_from: most.is_some_and(|most| most > least) || least.fract() > 0.0,
        duration_min,
        lasts_differently: longest != shortest,
    })
}

fn is_active(item: &Value) -> bool {
    read::flag(&item["active"]) != Some(false)
}

/// Also a text, and with kopecks.
fn price(value: &Value) -> Option<f64> {
    let price = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    price.filter(|price| (0.0..=PRICE_MAX).contains(price))
}

fn rubles(price: f64) -> i64 {
    price.floor() as i64
}

/// In one line, as a document may hold it.
fn title(value: &Value) -> Option<String> {
    let text = read::text(value)?.split_whitespace().collect::<Vec<_>>().join(" ");
    let text: String = text.chars().filter(|letter| !letter.is_control()).take(TITLE_CHARS_MAX).collect();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
