//! A visit that a person moves or calls off in the console: what stands in the way, and what the client is told.

use std::sync::Arc;

use jiff::SignedDuration;
use nochnik_core::conversation::{Asking, Speaker};
use nochnik_core::effect::Effect;
use nochnik_core::event::StaffAct;
use nochnik_core::outside::{Stands, VisitChange};
use nochnik_core::schedule::{Busy, Slot};
use nochnik_core::values::{PersonId, SpecialistId};

use crate::rules::talk::{Talk, said};

/// Where Vera's visit would stand: Friday, Anna unless said otherwise.
fn to(talk: &Talk, who: &str, from: &str, to: &str) -> Option<Stands> {
    let at = |time: &str| talk.at(&format!("2026-11-20T{time}"));
    Some(Stands { specialist: SpecialistId::new(who), from: at(from), to: at(to) })
}

fn changes(talk: &mut Talk, now: Option<Stands>) -> Vec<Effect> {
    let (booking, was) = (talk.visit().id.clone(), Stands::of(&talk.visit().slot));
    talk.staff(StaffAct::Visit(VisitChange { booking, was, now }))
}

fn moved_slot(effects: &[Effect]) -> Option<Slot> {
    effects.iter().find_map(|effect| match effect {
        Effect::Move { slot, .. } => Some(slot.clone()),
        _ => None,
    })
}

fn told_owners(effects: &[Effect]) -> Option<&str> {
    effects.iter().find_map(|effect| match effect {
        Effect::TellOwners { text } => Some(text.as_str()),
        _ => None,
    })
}

/// Whoever moves a visit sees the calendar's other events; another client's visit they may not see.
#[test]
fn only_another_clients_visit_stands_in_the_way() {
    let moved = |booking: Option<&str>| {
        let mut talk = Talk::agreed();
        let own = talk.visit().clone();
        let (from, ends) = (talk.at("2026-11-20T16:00"), talk.at("2026-11-20T17:00"));
        let busy = |id: &str, from, to| Busy {
            booking: id.to_owned(),
            ..Busy::of_specialist(SpecialistId::new("anna"), from, to)
        };
        let all = [busy(&own.id, own.slot.starts_at, own.slot.ends_at), busy(booking.unwrap_or_default(), from, ends)];
        talk.business.busy = Arc::new(all.into());
        let effects = {
            let now = to(&talk, "anna", "15:30", "16:30");
            changes(&mut talk, now)
        };
        (moved_slot(&effects).is_some(), told_owners(&effects).map(str::to_owned))
    };
    assert_eq!(moved(None), (true, None), "an event of the calendar, and the visit's own time");
    let (is_moved, told) = moved(Some("other/1"));
    assert!(!is_moved && told.unwrap().contains("это время занято другой записью"));
}

/// Nothing is said of a change that is none: the visit has begun, is off already, or stands there.
#[test]
fn what_changes_nothing_is_passed_over_in_silence() {
    let is_silent = |effects: &[Effect]| effects.iter().all(|effect| matches!(effect, Effect::Crm(_)));
    let mut begun = Talk::agreed();
    begun.now = begun.at("2026-11-20T15:00");
    let later = to(&begun, "anna", "17:00", "18:00");
    assert!(is_silent(&changes(&mut begun, later)));

    let mut off = Talk::agreed();
    let number = off.visit().number().to_owned();
    off.presses(&format!("cancel.{number}"));
    assert!(is_silent(&changes(&mut off, None)));

    let mut same = Talk::agreed();
    let there = to(&same, "anna", "15:00", "16:00");
    assert!(is_silent(&changes(&mut same, there)));
    let mut almost = Talk::agreed();
    almost.now = almost.at("2026-11-20T14:59");
    let later = to(&almost, "anna", "17:00", "18:00");
    assert!(moved_slot(&changes(&mut almost, later)).is_some(), "a minute before it begins it may be moved");
}

/// While a dye holds the specialist is free for others: so it is later, too, unless the visit is of another length.
#[test]
fn what_a_visit_leaves_to_others_moves_along_while_it_is_as_long() {
    for (from, ends, later_h) in [("17:00", "18:00", Some(2)), ("17:00", "19:00", None)] {
        let mut talk = Talk::agreed();
        let gap = (talk.at("2026-11-20T15:20"), talk.at("2026-11-20T15:40"));
        let id = talk.visit().id.clone();
        talk.conv.booking_mut(&id).unwrap().slot.extra.gaps = vec![gap];
        let now = to(&talk, "anna", from, ends);
        let slot = moved_slot(&changes(&mut talk, now)).unwrap();
        let by = |hours: i64| SignedDuration::from_hours(hours);
        let expected: Vec<_> = later_h.map(|hours| (gap.0 + by(hours), gap.1 + by(hours))).into_iter().collect();
        assert_eq!(slot.extra.gaps, expected, "{from}–{ends}");
    }
}

#[test]
fn another_specialist_at_the_same_time_is_told_as_that() {
    for (who, from, ends, begins) in [
        ("maria", "15:00", "16:00", "В вашей записи замена"),
        ("anna", "17:00", "18:00", "Нам пришлось перенести вашу запись"),
        ("maria", "17:00", "18:00", "Нам пришлось перенести вашу запись"),
        ("anna", "15:00", "17:00", "Нам пришлось перенести вашу запись"),
    ] {
        let mut talk = Talk::agreed();
        let now = to(&talk, who, from, ends);
        let text = said(&changes(&mut talk, now));
        assert!(text.starts_with(begins), "{who} {from}–{ends}: {text}");
    }
}

/// «Вам подходит?» is a question of the bot's, and only where no other stands open.
#[test]
fn a_moved_visit_is_asked_about_where_the_bot_asks_nothing_else() {
    let marina = || Speaker::Person { person: PersonId::new("marina"), last_at: Talk::agreed().now };
    for (asking, speaker, expected) in [
        (Asking::Nothing, Speaker::Bot, Asking::Reminder),
        (Asking::Phone, Speaker::Bot, Asking::Phone),
        (Asking::Nothing, marina(), Asking::Nothing),
        (Asking::Phone, marina(), Asking::Phone),
    ] {
        let mut talk = Talk::agreed();
        (talk.conv.asking, talk.conv.speaker) = (asking, speaker.clone());
        let now = to(&talk, "anna", "17:00", "18:00");
        changes(&mut talk, now);
        assert_eq!(talk.conv.asking, expected, "{asking:?} {speaker:?}");
    }
}
