//! A visit that a person enters for somebody who rang: it stands at once, nobody is written to, and the CRM and the
//! numbers know whose work it is.

use nochnik_core::conversation::{Answer, BookingState};
use nochnik_core::dialogue::HandVisit;
use nochnik_core::effect::{Effect, Ways};
use nochnik_core::event::{Event, StaffAct, What};
use nochnik_core::numbers::facts_of;
use nochnik_core::outside::{Stands, VisitChange};
use nochnik_core::proof::{Deed, Purpose};
use nochnik_core::schedule::HandAsk;
use nochnik_core::values::{Address, PersonId, Phone, ServiceId, SpecialistId};

use crate::rules::talk::{Talk, said};

const CRM: &str = "crm = { kind = \"webhook\", url = \"https://crm.example/hook\", secret = \"s\" }\n";

/// Thursday noon, and nobody yet at the other end.
fn desk(patch: &str) -> Talk {
    let mut talk = Talk::with(patch, "2026-11-19T12:00");
    talk.conv.address = Address::by_hand("vera".to_owned());
    talk
}

/// Vera rang: a manicure with Anna.
fn vera(talk: &Talk, when: &str) -> HandVisit {
    HandVisit {
        name: "Вера".to_owned(),
        phone: Phone::parse("+79185550150").ok(),
        takes_sms: false,
        ask: HandAsk { services: vec![ServiceId::new("manicure")], specialist: Some(SpecialistId::new("anna")) },
        at: talk.at(when),
        is_sure: false,
    }
}

fn enters(talk: &mut Talk, visit: HandVisit) -> Vec<Effect> {
    talk.staff(StaffAct::Enter(Box::new(visit)))
}

fn friday() -> Talk {
    let mut talk = desk("");
    let visit = vera(&talk, "2026-11-20T15:10");
    enters(&mut talk, visit);
    talk
}

#[test]
fn it_stands_at_once_under_the_name_of_who_entered_it() {
    let mut talk = desk("");
    let visit = vera(&talk, "2026-11-20T15:10");
    let effects = enters(&mut talk, visit);
    let (booked, client) = (talk.visit(), &talk.conv.client);
    assert_eq!(booked.state, BookingState::Confirmed { at: talk.now });
    assert_eq!(
        (booked.by.clone(), talk.wall(booked.slot.starts_at).time().to_string()),
        (Some(PersonId::new("marina")), "15:10:00".to_owned())
    );
    assert_eq!((client.name.as_deref(), client.is_phone_confirmed), (Some("Вера"), true));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Hold { .. })), "{effects:?}");
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::Confirm { client_name, .. } if client_name == "Вера"))
    );
    assert_eq!((said(&effects), talk.conv.case.is_some()), (String::new(), false), "nobody is written to or called");
    assert_eq!(
        talk.conv.transcript.last().unwrap().text.replace('\u{a0}', " "),
        "Запись внесена вручную: Маникюр без покрытия, завтра, пт, 20 ноября, 15:10, Анна"
    );
}

#[test]
fn a_taken_time_is_nobodys_and_one_out_of_hours_is_meant() {
    let mut talk = friday();
    let first = talk.visit().clone();
    talk.business.busy = std::sync::Arc::new(first.slot.takes(&first.id));
    let mut other = desk("");
    other.business.busy = talk.business.busy.clone();
    for (when, is_sure, stands) in [
        ("2026-11-20T15:30", false, false),
        ("2026-11-20T15:30", true, false),
        ("2026-11-20T16:10", false, true),
        ("2026-11-20T21:30", false, false),
        ("2026-11-20T21:30", true, true),
        ("2026-11-19T11:59", true, false),
    ] {
        let mut desk = desk("");
        desk.business.busy = other.business.busy.clone();
        let visit = HandVisit { is_sure, ..vera(&desk, when) };
        let effects = enters(&mut desk, visit);
        assert_eq!((desk.conv.bookings.len(), effects.is_empty()), (usize::from(stands), !stands), "{when} {is_sure}");
    }
}

#[test]
fn in_a_chat_of_the_clients_own_nothing_is_entered() {
    let mut chat = Talk::begin("2026-11-19T12:00");
    let visit = vera(&chat, "2026-11-20T15:00");
    assert_eq!(enters(&mut chat, visit), []);
}

#[test]
fn no_reminder_and_no_question_is_written_but_somebody_rings() {
    let mut talk = friday();
    let heard = talk.passes(3 * 24 * 60);
    assert_eq!(heard, Vec::<String>::new(), "neither before the visit nor after it");
    assert_eq!(talk.visit().answer, Some(Answer::Silent), "the list of whom to ring");
}

#[test]
fn a_reminder_goes_by_sms_to_who_agreed_and_by_another_chat_of_the_same_number() {
    for (takes_sms, expected) in [(true, true), (false, false)] {
        let mut talk = desk("");
        std::sync::Arc::make_mut(&mut talk.business.settings.document).care.sms = Some("sms".to_owned());
        let line = nochnik_core::business::Line { way: nochnik_core::business::Way::Sms, takes_key: false };
        talk.business.settings = talk.business.settings.clone().with_lines([("sms".to_owned(), line)].into());
        let visit = HandVisit { takes_sms, ..vera(&talk, "2026-11-21T15:00") };
        let effects = enters(&mut talk, visit);
        let proofs = effects.iter().filter(|effect| {
            matches!(effect, Effect::Prove(proof) if proof.purpose == Purpose::Sms && proof.deed == Deed::Given)
        });
        assert_eq!(proofs.count(), usize::from(takes_sms));
        let booking = talk.visit().id.clone();
        let alarm = nochnik_core::effect::Alarm::ReminderDue { booking, before_min: 1_440, starts_at: None };
        let effects = talk.alarm(alarm, "2026-11-20T15:00");
        let ways: Vec<&Ways> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::RemindElsewhere(reminder) => Some(&reminder.ways),
                _ => None,
            })
            .collect();
        let [ways] = ways[..] else { panic!("{effects:?}") };
        assert_eq!((ways.sms.is_some(), ways.chats_of.is_some()), (expected, true));
    }
}

#[test]
fn what_is_said_or_led_there_goes_nowhere() {
    let mut talk = friday();
    let before = talk.conv.clone();
    for act in [StaffAct::Reply { text: "Ждём вас".to_owned() }, StaffAct::TakeOver, StaffAct::GiveBack] {
        assert_eq!(talk.staff(act), []);
    }
    assert_eq!(talk.conv, before);
}

#[test]
fn a_person_moves_it_and_calls_it_off_and_nothing_is_looked_for() {
    let mut talk = friday();
    let (booking, was) = (talk.visit().id.clone(), Stands::of(&talk.visit().slot));
    let to = Stands { from: talk.at("2026-11-20T18:00"), to: talk.at("2026-11-20T19:00"), ..was.clone() };
    let change = VisitChange { booking: booking.clone(), was, now: Some(to.clone()) };
    let effects = talk.staff(StaffAct::Visit(change));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Move { .. })) && said(&effects).is_empty());
    talk.staff(StaffAct::Visit(VisitChange { booking, was: to, now: None }));
    assert!(matches!(talk.visit().state, BookingState::Cancelled { .. }));
    assert!(!talk.conv.wish.wants_visit && talk.conv.wish.services.is_empty());
}

#[test]
fn the_crm_reads_that_a_person_booked_and_the_numbers_count_nothing() {
    let mut talk = desk(CRM);
    let (before, visit) = (talk.conv.clone(), vera(&talk, "2026-11-20T15:00"));
    let what = What::Staff { person: PersonId::new("marina"), act: StaffAct::Enter(Box::new(visit)) };
    let effects = talk.play(what.clone());
    let card = effects.iter().find_map(|effect| match effect {
        Effect::Crm(card) => Some(card),
        _ => None,
    });
    let card = card.unwrap();
    assert_eq!((card.channel_title.as_str(), card.tags.as_slice()), ("Телефон", &["записан вручную".to_owned()][..]));
    assert!(card.booking.is_some() && card.is_phone_confirmed && card.todo.is_none());
    let event = Event { id: "e".to_owned(), at: talk.now, what };
    assert_eq!(facts_of(&talk.business.settings, Some(&before), &event, &talk.conv, &effects, talk.now), []);
    assert_eq!(facts_of(&talk.business.settings, None, &event, &talk.conv, &effects, talk.now), []);
}

#[test]
fn who_rings_again_has_both_visits() {
    let mut talk = friday();
    let again = vera(&talk, "2026-11-27T15:00");
    enters(&mut talk, again);
    assert_eq!(talk.conv.coming(talk.now).len(), 2);
}

#[test]
fn a_calendar_that_has_the_last_word_is_asked_and_the_owners_hear_its_no() {
    use nochnik_core::dialogue::CalendarAnswer;
    for (answer, stands) in [(CalendarAnswer::Stands, true), (CalendarAnswer::Taken, false)] {
        let mut talk = desk("");
        talk.business.settings = talk.business.settings.clone().with_decided(vec!["anna".to_owned()]);
        let visit = vera(&talk, "2026-11-20T15:00");
        let effects = enters(&mut talk, visit);
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Keep { .. })), "the time is kept meanwhile");
        let booking = talk.visit().id.clone();
        let effects = talk.play(What::CalendarAnswered { booking, answer });
        let told = effects.iter().find_map(|effect| match effect {
            Effect::TellOwners { text } => Some(text.as_str()),
            _ => None,
        });
        assert_eq!(matches!(talk.visit().state, BookingState::Confirmed { .. }), stands);
        assert_eq!(told.is_none(), stands, "{told:?}");
        assert!(told.is_none_or(|text| text.contains("Вера") && text.contains("Позвоните клиенту")));
        assert_eq!(said(&effects), "");
    }
}
