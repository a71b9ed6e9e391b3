//! The checkers: invariants of the whole night. Source: docs/faults.md and reliability I1–I8.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use nochnik_core::conversation::{Conversation, Speaker};
use nochnik_core::escalation::CaseState;
use nochnik_store::bookings::{Booking, BookingStatus};
use nochnik_store::messages::Message;
use nochnik_store::{Sql, StoreError, bookings, cases, conversations, leads, messages};

use crate::cards;
use crate::night::{BUSINESS, Ledger, Night};

/// Copies of one reply a client may see: the first, one repeat of an unknown end, one after a crash.
const COPIES_MAX: usize = 3;

pub struct Talk {
    pub client: i64,
    pub state: Conversation,
    pub bubbles: Vec<Message>,
    has_lead: bool,
}

pub async fn all(night: &Night) -> Ledger {
    let (talks, visits, orphans) = night.store.read(read).await.unwrap();
    night.platforms.telegram.assert_clean();
    night.platforms.bitrix24.assert_clean();
    assert!(orphans.is_empty(), "I5: open cases without a next step: {orphans:?}");
    no_message_is_lost(night, &talks);
    cards::every_request_stands_once(night, &talks);
    cards::every_card_says_the_last(night, &talks);
    no_time_is_given_twice(&visits);
    everybody_is_answered(&talks);
    every_case_goes_on(&talks);
    nobody_is_told_what_is_not(&talks, &visits);
    let repeated = order_and_copies(night, &talks);
    Ledger {
        messages: night.said.values().map(|lines| lines.len() as u64).sum(),
        replies: talks.iter().flat_map(|talk| &talk.bubbles).filter(|bubble| bubble.author != "client").count() as u64,
        leads: talks.iter().filter(|talk| talk.has_lead).count() as u64,
        bookings: visits.iter().filter(|visit| visit.status == BookingStatus::Confirmed).count() as u64,
        cases: talks.iter().filter(|talk| talk.state.case.is_some()).count() as u64,
        crashes: night.crashes(),
        calls: night.platforms.calls.load(Ordering::Relaxed),
        faults: night.faults.load(Ordering::Relaxed),
        repeated,
        virtual_s: night.virtual_s(),
    }
}

type Read = (Vec<Talk>, Vec<Booking>, Vec<String>);

fn read(sql: &mut dyn Sql) -> Result<Read, StoreError> {
    let mut talks = Vec::new();
    for row in conversations::list(sql, BUSINESS, &conversations::Filter::default(), i64::MAX, 1_000_000)? {
        let state = conversations::peek(sql, BUSINESS, &row.id)?.unwrap().state;
        talks.push(Talk {
            client: row.peer.parse().unwrap(),
            state: serde_json::from_str(&state).unwrap(),
            bubbles: messages::list(sql, BUSINESS, &row.id, 0, 1_000_000)?,
            has_lead: leads::of_conversation(sql, BUSINESS, &row.id)?.is_some(),
        });
    }
    let orphans = cases::without_next(sql, i64::MAX / 2, 0)?.into_iter().map(|orphan| orphan.id).collect();
    Ok((talks, bookings::list(sql, BUSINESS, 0, i64::MAX)?, orphans))
}

/// I1: what Telegram saw acknowledged stands in the conversation, once and in order.
fn no_message_is_lost(night: &Night, talks: &[Talk]) {
    let kept: BTreeMap<i64, Vec<&str>> = talks
        .iter()
        .map(|talk| {
            (talk.client, talk.bubbles.iter().filter(|b| b.author == "client").map(|b| b.text.as_str()).collect())
        })
        .collect();
    for (client, lines) in &night.said {
        let kept = kept.get(client).cloned().unwrap_or_default();
        assert_eq!(kept.len(), lines.len(), "I1: client {client}");
        // Buttons and messages travel in different lines of Telegram and may overtake each other.
        let mut missing: Vec<&str> = lines.iter().map(String::as_str).collect();
        for text in kept {
            let at = missing.iter().position(|line| *line == text);
            missing.swap_remove(at.unwrap_or_else(|| panic!("I1: client {client} never said: {text}")));
        }
    }
}

/// I3: confirmed and held visits of one specialist never overlap.
fn no_time_is_given_twice(visits: &[Booking]) {
    let is_live = |visit: &&Booking| matches!(visit.status, BookingStatus::Held | BookingStatus::Confirmed);
    let mut live: Vec<&Booking> = visits.iter().filter(is_live).collect();
    live.sort_by(|a, b| (&a.specialist_id, a.starts_at_ms).cmp(&(&b.specialist_id, b.starts_at_ms)));
    for pair in live.windows(2) {
        let is_apart = pair[0].specialist_id != pair[1].specialist_id || pair[0].ends_at_ms <= pair[1].starts_at_ms;
        assert!(is_apart, "I3: {pair:?}");
    }
}

/// I4: nobody who wrote is left without an answer while the bot speaks.
fn everybody_is_answered(talks: &[Talk]) {
    for talk in talks.iter().filter(|talk| talk.state.speaker == Speaker::Bot) {
        let last = talk.bubbles.iter().rev().find(|bubble| !bubble.text.starts_with("[кнопка"));
        let is_answered = last.is_none_or(|bubble| bubble.author != "client");
        assert!(is_answered, "I4: client {} waits: {:?}", talk.client, talk.bubbles.last().map(|b| &b.text));
    }
}

/// I5: a case that nobody took has a moment at which it goes on.
fn every_case_goes_on(talks: &[Talk]) {
    for talk in talks {
        let Some(case) = &talk.state.case else { continue };
        let goes_on = match case.state {
            CaseState::Open | CaseState::Morning { .. } => case.next_at.is_some(),
            CaseState::Taken { .. } | CaseState::Closed { .. } => true,
        };
        assert!(goes_on, "I5: case {} stands still", case.id);
    }
}

/// I6: «Записал вас» was said only to clients whose visit stood in the store.
fn nobody_is_told_what_is_not(talks: &[Talk], visits: &[Booking]) {
    for talk in talks {
        let told = talk.bubbles.iter().filter(|bubble| bubble.text.contains("Записал вас")).count();
        let own = visits.iter().filter(|visit| visit.conversation_id == talk.state.id.as_str());
        let booked =
            own.filter(|visit| matches!(visit.status, BookingStatus::Confirmed | BookingStatus::Cancelled)).count();
        assert!(told <= booked, "I6: client {} was told of {told} visits and has {booked}", talk.client);
    }
}

/// I7 and I8: replies reach the client in the order they were decided, each at most a few times.
/// Returns how many copies beyond the first were seen.
fn order_and_copies(night: &Night, talks: &[Talk]) -> u64 {
    let mut repeated = 0;
    for talk in talks {
        let decided: Vec<&str> = talk.bubbles.iter().filter(|b| b.author != "client").map(|b| b.text.trim()).collect();
        let seen = night.platforms.telegram.sent_to(talk.client);
        let mut at = 0;
        for message in &seen {
            let text = message.text.trim();
            let place = decided[at.min(decided.len())..].iter().position(|decided| text.ends_with(decided));
            match place {
                Some(place) => at += place + 1,
                None => repeated += 1,
            }
        }
        for text in decided.iter().collect::<BTreeSet<_>>() {
            // One reply may end with the words of another, and a late one begins with an apology.
            let wanted = decided.iter().filter(|decided| decided.ends_with(text)).count();
            let copies = seen.iter().filter(|message| message.text.trim().ends_with(text)).count();
            assert!(
                copies <= wanted * COPIES_MAX,
                "I7: client {} saw {copies} copies of {wanted}: {text}",
                talk.client
            );
        }
    }
    repeated
}
