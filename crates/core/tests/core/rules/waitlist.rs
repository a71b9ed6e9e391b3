//! Who waits for a taken time, what they are told and when not. Source: the waitlist's decision page.

use std::sync::Arc;

use nochnik_core::conversation::{Asking, Speaker};
use nochnik_core::effect::{Alarm, Effect};
use nochnik_core::event::What;
use nochnik_core::values::{PersonId, SpecialistId};
use nochnik_core::waitlist::{Freed, PASSED_MAX};

use crate::rules::talk::{Talk, said, wall, woken};

/// Saturday is full; the client waits for about three o'clock since Friday noon.
fn waits() -> Talk {
    let mut talk = Talk::begin("2026-11-20T12:00");
    for who in ["anna", "maria"] {
        talk.taken(who, "2026-11-21T10:00", "2026-11-21T19:00");
    }
    talk.says("маникюр завтра в 15:00, Ира, 8 918 555 00 22");
    talk.presses("wait.join");
    assert!(talk.conv.waitlist.is_some());
    talk
}

fn freed(talk: &Talk, who: &str, from: &str, to: &str) -> Freed {
    Freed { specialist: SpecialistId::new(who), from: talk.at(from), to: talk.at(to) }
}

/// Anna has all of Saturday again.
fn frees(talk: &mut Talk) -> Vec<Effect> {
    talk.business.busy =
        Arc::new(talk.business.busy.iter().filter(|busy| busy.subject.key() != "anna").cloned().collect());
    let freed = freed(talk, "anna", "2026-11-21T10:00", "2026-11-21T19:00");
    talk.play(What::Alarm(Alarm::SlotFreed { freed }))
}

#[test]
fn a_freed_time_is_held_and_told_of() {
    let mut talk = waits();
    let effects = frees(&mut talk);
    assert!(
        said(&effects)
            .starts_with("Освободилось время, которого вы ждали: Маникюр без покрытия, завтра, сб, 21 ноября, 15:00")
    );
    let held = talk.conv.held().unwrap();
    assert_eq!(talk.wall(held.slot.starts_at), wall("2026-11-21T15:00"), "the nearest to the hour wanted");
    assert_eq!(woken(&talk, &effects, "hold"), [wall("2026-11-20T12:20")]);
    assert_eq!(talk.conv.wish.followed_at, Some(talk.now), "no second word after a silence");
    assert!(
        said(&talk.presses("yes.2")).contains("Записал вас") || said(&talk.presses("yes.3")).contains("Записал вас")
    );
    assert_eq!(talk.conv.waitlist, None);
}

#[test]
fn nobody_is_told_who_cannot_take_it_and_the_time_goes_on() {
    let told = |change: fn(&mut Talk)| {
        let mut talk = waits();
        change(&mut talk);
        let effects = frees(&mut talk);
        let is_on = effects.iter().any(|effect| matches!(effect, Effect::Freed(_)));
        (!said(&effects).is_empty(), is_on)
    };
    assert_eq!(told(|_| {}), (true, false));
    assert_eq!(told(|talk| talk.conv.waitlist = None), (false, true), "waits no more");
    assert_eq!(told(|talk| talk.conv.client.is_stopped = true), (false, true));
    assert_eq!(told(|talk| talk.conv.client.is_blocked = true), (false, true));
    let leads: fn(&mut Talk) =
        |talk| talk.conv.speaker = Speaker::Person { person: PersonId::new("marina"), last_at: talk.now };
    assert_eq!(told(leads), (false, true), "a person speaks");
    let awaited: fn(&mut Talk) = |talk| drop(talk.says("позовите администратора"));
    assert_eq!(told(awaited), (false, true), "a person is called");
    let busy: fn(&mut Talk) = |talk| drop(talk.says("маникюр в понедельник в 15:00"));
    assert_eq!(told(busy), (false, true), "another time is held for them");
    let passed: fn(&mut Talk) = |talk| {
        let freed = freed(talk, "anna", "2026-11-21T10:00", "2026-11-21T19:00");
        talk.conv.waitlist.as_mut().unwrap().passed.push(freed);
    };
    assert_eq!(told(passed), (false, false), "offered before, and passed on then");
    let all_booked: fn(&mut Talk) = |talk| {
        for day in ["23.11", "24.11"] {
            talk.says(&format!("маникюр {day} в 15:00"));
            talk.says("да");
        }
        talk.conv.waitlist.as_mut().unwrap().replaces = None;
    };
    assert_eq!(told(all_booked), (false, true), "two visits are enough");
}

/// Quiet from 22:00 to 9:00: what can wait for the morning, an hour of notice kept, does; who has just written is awake.
#[test]
fn the_night_is_kept_unless_the_morning_is_too_late() {
    let told = |at: &str, from: &str, to: &str, wrote: Option<&str>| {
        let mut talk = waits();
        if let Some(wrote) = wrote {
            talk.now = talk.at(wrote);
            talk.says("а парковка у вас есть?");
        }
        talk.now = talk.at(at);
        let freed = freed(&talk, "anna", from, to);
        talk.business.busy =
            Arc::new(talk.business.busy.iter().filter(|busy| busy.subject.key() != "anna").cloned().collect());
        let effects = talk.play(What::Alarm(Alarm::SlotFreed { freed }));
        (!said(&effects).is_empty(), woken(&talk, &effects, "slot_freed"))
    };
    let morning = vec![wall("2026-11-21T09:00")];
    let (from, to) = ("2026-11-21T10:00", "2026-11-21T19:00");
    assert_eq!(told("2026-11-20T21:59", from, to, None), (true, vec![]));
    assert_eq!(told("2026-11-20T22:00", from, to, None), (false, morning.clone()));
    assert_eq!(told("2026-11-21T08:59", from, to, None), (false, morning.clone()));
    assert_eq!(told("2026-11-21T09:00", from, to, None), (true, vec![]));
    assert_eq!(told("2026-11-20T22:59", from, to, Some("2026-11-20T22:00")), (true, vec![]), "awake");
    assert_eq!(told("2026-11-20T23:00", from, to, Some("2026-11-20T22:00")), (false, morning.clone()), "an hour ago");
    assert_eq!(told("2026-11-20T23:00", "2026-11-21T08:00", "2026-11-21T10:00", None).1, morning, "an hour of notice");
    assert_eq!(told("2026-11-20T23:00", "2026-11-21T08:00", "2026-11-21T09:59", None).1, [], "less");
}

#[test]
fn a_wait_ends_by_its_own_alarm_only() {
    let mut talk = waits();
    let since = talk.conv.waitlist.as_ref().unwrap().since;
    talk.play(What::Alarm(Alarm::WaitlistOver { since: since - jiff::SignedDuration::from_secs(1) }));
    assert!(talk.conv.waitlist.is_some());
    let effects = talk.play(What::Alarm(Alarm::WaitlistOver { since }));
    assert_eq!((talk.conv.waitlist.clone(), said(&effects)), (None, String::new()));
}

#[test]
fn leaving_and_declining_give_a_held_time_to_the_next() {
    let mut talk = waits();
    frees(&mut talk);
    let effects = talk.presses("wait.no");
    assert!(
        said(&effects).contains("это время предложу другим")
            && effects.iter().any(|effect| matches!(effect, Effect::Freed(_)))
    );
    assert!(talk.conv.waitlist.is_some() && talk.conv.held().is_none() && talk.conv.asking == Asking::Nothing);
    let mut talk = waits();
    frees(&mut talk);
    let effects = talk.presses("wait.stop");
    assert!(said(&effects).contains("Убрал вас") && effects.iter().any(|effect| matches!(effect, Effect::Freed(_))));
    assert!(talk.conv.waitlist.is_none() && talk.conv.held().is_none());
    let mut talk = waits();
    talk.says("маникюр в понедельник в 15:00");
    let effects = talk.presses("wait.stop");
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Release { .. })), "what else is held stays");
    let mut talk = waits();
    assert!(talk.says("больше не жду").contains("Убрал вас"));
    assert!(!Talk::begin("2026-11-20T12:00").says("больше не жду").contains("Убрал вас"), "who does not wait");
    let mut talk = waits();
    assert!(said(&talk.presses("wait.no")).contains("Если захотите записаться"), "nothing is offered now");
}

/// A visit agreed to within what was waited for ends the waiting; another one would move.
#[test]
fn a_visit_agreed_to_ends_the_waiting_or_waits_to_be_moved() {
    let mut talk = waits();
    talk.says("маникюр в понедельник в 15:00");
    talk.says("да");
    let visit = talk.visit().id.clone();
    assert_eq!(talk.conv.waitlist.as_ref().and_then(|entry| entry.replaces.clone()), Some(visit.clone()));
    let effects = frees(&mut talk);
    assert!(said(&effects).contains("Переносим запись"), "{}", said(&effects));
    talk.says("да");
    assert!(talk.conv.waitlist.is_none() && talk.conv.coming(talk.now).iter().all(|booking| booking.id != visit));
    let mut other = waits();
    other.says("педикюр в понедельник в 15:00");
    other.says("да");
    assert_eq!(
        other.conv.waitlist.as_ref().map(|entry| entry.replaces.clone()),
        Some(None),
        "another service stays apart"
    );
}

#[test]
fn freed_times_are_remembered_each_once_and_not_for_ever() {
    let mut talk = waits();
    for hour in 0..=PASSED_MAX {
        let freed = Freed {
            from: talk.at("2026-11-22T00:00") + jiff::SignedDuration::from_hours(i64::try_from(hour).unwrap()),
            to: talk.at("2026-11-23T00:00"),
            specialist: SpecialistId::new("anna"),
        };
        talk.play(What::Alarm(Alarm::SlotFreed { freed: freed.clone() }));
        talk.play(What::Alarm(Alarm::SlotFreed { freed }));
    }
    assert_eq!(talk.conv.waitlist.as_ref().unwrap().passed.len(), PASSED_MAX);
}

/// What is free already is offered, not waited for; who holds two visits and would move none may not wait.
#[test]
fn only_what_is_taken_is_waited_for() {
    let mut free = Talk::begin("2026-11-20T12:00");
    let text = free.says("напишите, если освободится маникюр завтра в 15:00");
    assert!(text.contains("15:00") && free.conv.waitlist.is_none(), "{text}");
    let mut nothing = Talk::begin("2026-11-20T12:00");
    nothing.says("здравствуйте");
    assert!(said(&nothing.presses("wait.join")).contains("На какую услугу"));
    let mut two = Talk::begin("2026-11-20T12:00");
    for who in ["anna", "maria"] {
        two.taken(who, "2026-11-21T10:00", "2026-11-21T19:00");
    }
    for day in ["23.11", "24.11"] {
        two.says(&format!("педикюр {day} в 15:00, Ира, 8 918 555 00 22"));
        two.says("да");
    }
    two.says("напишите, если освободится маникюр завтра в 15:00");
    assert!(two.conv.waitlist.is_none(), "two visits of another kind");
    let sooner = |text: &str| {
        let mut talk = Talk::booked("", "2026-11-20T20:50", "2026-11-23T15:00");
        for who in ["anna", "maria"] {
            talk.taken(who, "2026-11-21T09:00", "2026-11-23T15:00");
        }
        let answer = talk.says(text);
        (answer, talk.conv.waitlist)
    };
    let (text, entry) = sooner("напишите, если освободится пораньше");
    assert!(text.contains("раньше, чем пн, 23 ноября, 15:00"), "{text}");
    assert!(entry.unwrap().replaces.is_some());
}

/// «Нет» to the time that came free: it goes on to others, and the wait goes on, too.
#[test]
fn a_no_to_a_freed_time_passes_it_on() {
    let mut talk = waits();
    frees(&mut talk);
    assert_eq!(talk.conv.asking, Asking::Confirm);
    assert!(talk.says("нет").contains("Вы остаётесь в листе ожидания"));
    assert!(talk.conv.held().is_none() && talk.conv.waitlist.is_some());
}

/// The bot's own words wake nobody: only what the client wrote says that they are up.
#[test]
fn a_client_to_whom_the_bot_wrote_at_night_sleeps_on() {
    let mut talk = waits();
    let at = talk.at("2026-11-20T22:50");
    talk.conv.note(at, "бот", "Ждём вас завтра.");
    talk.now = talk.at("2026-11-20T23:00");
    assert_eq!(said(&frees(&mut talk)), "");
}

/// A list shown before keeps its number: its buttons are known to be old.
#[test]
fn a_freed_time_begins_no_new_count_of_lists() {
    let mut talk = waits();
    let shown = talk.conv.wish.offer_no;
    assert!(shown > 0);
    frees(&mut talk);
    assert_eq!(talk.conv.wish.offer_no, shown);
}

/// A visit agreed on within the time waited for ends the wait, whoever found it.
#[test]
fn a_visit_in_the_time_waited_for_ends_the_wait() {
    let mut talk = waits();
    frees(&mut talk);
    talk.conv.waitlist.as_mut().unwrap().offered = None;
    talk.says("да");
    assert_eq!((talk.conv.coming(talk.now).len(), talk.conv.waitlist.is_none()), (1, true));
}

/// What would move to a freed time is this client's other visit, as long as it stands.
#[test]
fn a_visit_called_off_is_not_to_be_moved_to_the_freed_time() {
    let mut talk = waits();
    talk.says("маникюр 23.11 в 15:00");
    talk.says("да");
    let visit = talk.visit().clone();
    let replaces = |talk: &Talk| talk.conv.waitlist.as_ref().unwrap().replaces.clone();
    assert_eq!(replaces(&talk), Some(visit.id.clone()));
    talk.says("маникюр 24.11 в 15:00");
    talk.presses("other");
    assert_eq!(replaces(&talk), Some(visit.id.clone()), "another hold went back");
    talk.presses(&format!("cancel.{}", visit.number()));
    assert_eq!(replaces(&talk), None);
}
