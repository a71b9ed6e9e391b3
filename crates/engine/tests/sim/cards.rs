//! What the CRM holds after a night: each request once, as it was decided last, its conversation in order.

use std::collections::{BTreeMap, BTreeSet};

use nochnik_doubles::bitrix24::{Card, Mode};

use crate::check::Talk;
use crate::night::{BUSINESS, Night};

/// The lead or deal of one request.
struct Place {
    kind: &'static str,
    card: Card,
}

/// I2: each request has exactly one card in the CRM, and the CRM has no others.
pub fn every_request_stands_once(night: &Night, talks: &[Talk]) {
    let portal = &night.platforms.bitrix24;
    assert_eq!(portal.duplicates(), Vec::new(), "I2: doubled in the CRM");
    let expected: BTreeSet<String> = talks.iter().flat_map(origins).collect();
    let places = places(night);
    let unique: BTreeSet<String> = places.keys().cloned().collect();
    assert_eq!(unique, expected, "I2: requests of the store and of the CRM");
    assert_eq!(portal.ignored_fields(), [], "I2: a field that the CRM does not know");
    let contacts = portal.contacts().len();
    assert!(contacts <= expected.len(), "I2: {contacts} contacts of {} requests", expected.len());
}

/// I2: what stands there is what was decided last, told once and in order.
pub fn every_card_says_the_last(night: &Night, talks: &[Talk]) {
    let portal = &night.platforms.bitrix24;
    let places = places(night);
    for talk in talks {
        let (Some(wanted), Some(place)) = (&talk.state.card, places.get(&last_origin(talk))) else { continue };
        let id = place.card.id;
        let title = place.card.fields["title"].as_str().unwrap_or_default();
        assert_eq!(title.trim_start_matches("[ночной] "), wanted.title, "I2: the title of {} {id}", place.kind);
        let comments = portal.comments_of(place.kind, id);
        assert_eq!(comments.len(), 1, "I2: the conversation stands once at {} {id}", place.kind);
        in_order(&comments[0], talk);
        if let Some(todo) = &wanted.todo {
            let same =
                |row: &&serde_json::Value| row["SUBJECT"].as_str().is_some_and(|text| text.contains(&todo.marker));
            let made: Vec<_> = portal.todos().into_iter().filter(|row| same(&row)).collect();
            assert_eq!(
                made.len(),
                1,
                "I2: a to-do at {} {id}, request {}: {made:?}",
                place.kind,
                talk.state.request_no
            );
        }
    }
}

/// The client's lines stand in the comment as they were said.
fn in_order(comment: &str, talk: &Talk) {
    let mut said = talk.bubbles.iter().filter(|bubble| bubble.author == "client").map(|bubble| bubble.text.as_str());
    let comment = comment.replace('\u{200b}', "");
    for line in comment.lines().filter_map(|line| line.strip_prefix("клиент: ")) {
        assert!(
            said.any(|text| text == line),
            "I2: client {} did not say in this order: {line}\n{comment}",
            talk.client
        );
    }
}

/// Every request of a conversation that has come to be a card.
fn origins(talk: &Talk) -> Vec<String> {
    let last = talk.state.request_no + u32::from(talk.state.card.is_some());
    (0..last).map(|number| origin(talk, number)).collect()
}

fn last_origin(talk: &Talk) -> String {
    origin(talk, talk.state.request_no)
}

/// As the CRM's origin field has it, written here anew.
fn origin(talk: &Talk, number: u32) -> String {
    let number = if number == 0 { String::new() } else { number.to_string() };
    format!("{BUSINESS}:{}:lead{number}", talk.state.id)
}

/// Where each request stands, by its origin: its lead, the deal that robots made of it once we wrote there, or its deal on
/// a portal without leads.
fn places(night: &Night) -> BTreeMap<String, Place> {
    let portal = &night.platforms.bitrix24;
    let origin = |card: &Card| card.fields["originId"].as_str().unwrap_or_default().to_owned();
    let (leads, deals) = (portal.leads(), portal.deals());
    if night.mode == Mode::Simple {
        assert_eq!(leads.len(), 0, "I2: a lead where there are none");
        return deals.into_iter().map(|card| (origin(&card), Place { kind: "deal", card })).collect();
    }
    let mut of_lead: BTreeMap<i64, Card> = BTreeMap::new();
    for deal in deals {
        let lead = deal.fields["leadId"].as_i64().expect("I2: a deal that was made where requests are leads");
        assert!(of_lead.insert(lead, deal).is_none(), "I2: two deals of lead {lead}");
    }
    let place = |lead: Card| {
        let deal = of_lead.remove(&lead.id).filter(|deal| !portal.comments_of("deal", deal.id).is_empty());
        (origin(&lead), deal.map_or(Place { kind: "lead", card: lead }, |card| Place { kind: "deal", card }))
    };
    leads.into_iter().map(place).collect()
}
