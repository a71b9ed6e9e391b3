//! What the CRM and the consent log get, and how a visit comes back or goes.

use nochnik_core::conversation::{Asking, BookingState};
use nochnik_core::crm::{Card, Stage};
use nochnik_core::effect::{Alarm, Effect};
use nochnik_core::escalation::{CaseState, Why};
use nochnik_core::event::{Input, InputKind, StaffAct};
use nochnik_core::lead::Sign;
use nochnik_core::proof::{Deed, Proof, Purpose};
use nochnik_core::score::Weights;
use nochnik_nlu::Urgency;

use crate::rules::talk::{Talk, reply, said};

fn text(text: &str) -> InputKind {
    InputKind::Text { text: text.into() }
}

fn cards(effects: &[Effect]) -> Vec<Card> {
    let cards = effects.iter().filter_map(|effect| match effect {
        Effect::Crm(card) => Some((**card).clone()),
        _ => None,
    });
    cards.collect()
}

fn proofs(effects: &[Effect]) -> Vec<(Purpose, Deed)> {
    let proof = |effect: &Effect| match effect {
        Effect::Prove(Proof { purpose, deed, .. }) => Some((*purpose, *deed)),
        _ => None,
    };
    effects.iter().filter_map(proof).collect()
}

#[test]
fn a_card_is_handed_over_when_it_says_anything_new() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    assert_eq!(cards(&talk.does(text("здравствуйте"))).len(), 0, "nothing to sell yet");
    let first = cards(&talk.does(text("сколько стоит маникюр?")));
    assert_eq!(first.len(), 1);
    assert_eq!((first[0].title.as_str(), first[0].channel_title.as_str()), ("Маникюр без покрытия", "Чат на сайте"));
    assert_eq!(cards(&talk.does(text("сколько стоит маникюр?"))).len(), 0, "the transcript alone is no news");
    assert_eq!(cards(&talk.does(text("меня зовут Вера")))[0].title, "Маникюр без покрытия — Вера");
    let mut off = Talk::begin("2026-11-19T12:00");
    let mut document = (*off.business.settings.document).clone();
    document.crm = None;
    off.business.settings = nochnik_core::business::Settings::build(document, 1).unwrap();
    assert_eq!(cards(&off.does(text("сколько стоит маникюр?"))).len(), 0, "no CRM");
}

/// Words are kept for ninety days; whoever comes back later brings none of the old ones into the CRM.
#[test]
fn a_card_says_nothing_of_what_is_kept_no_longer() {
    let asked = |now: &str| {
        let mut talk = Talk::begin("2026-11-19T12:00");
        talk.does(text("сколько стоит маникюр?"));
        let words =
            Input { at: talk.now, message_id: "m".into(), what: text("ау"), profile_name: None, own_phone: None };
        talk.conv.unanswered = vec![words];
        talk.now = talk.at(now);
        talk
    };
    let first_line = |talk: &mut Talk| {
        let card = cards(&talk.does(text("меня зовут Вера"))).pop().unwrap();
        card.transcript[0].text.clone()
    };
    let mut in_time = asked("2027-02-17T12:00");
    assert_eq!(first_line(&mut in_time), "сколько стоит маникюр?", "ninety days to the minute");
    let mut late = asked("2027-02-17T12:01");
    let last_at = late.conv.last_said_at();
    late.alarm(Alarm::BackupDue { since: late.now }, "2027-02-17T12:01");
    assert!(late.conv.transcript.is_empty() && late.conv.unanswered.is_empty());
    assert_eq!(late.conv.last_said_at(), last_at, "when it was said is known");
    assert_eq!(first_line(&mut late), "меня зовут Вера");
}

/// The same probability for other reasons: what the business weighs otherwise is no news of the client.
#[test]
fn reasons_alone_are_no_news() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    let first = cards(&talk.does(text("сколько стоит маникюр?"))).pop().unwrap();
    assert!(!first.reasons.is_empty());
    let mut weights = Weights::default();
    weights.bias += 0.25;
    weights.signs.insert(Sign::AskedPrice, Sign::AskedPrice.weight() - 0.25);
    talk.business.settings = talk.business.settings.clone().with_weights(weights);
    assert_eq!(cards(&talk.does(text("сколько стоит маникюр?"))), []);
    assert_ne!(talk.conv.lead.as_ref().unwrap().reasons.iter().map(|r| r.text()).collect::<Vec<_>>(), first.reasons);
}

#[test]
fn a_card_says_what_is_urgent_and_who_takes_no_messages() {
    let card = |change: fn(&mut Talk)| {
        let mut talk = Talk::begin("2026-11-19T12:00");
        change(&mut talk);
        let card = cards(&talk.does(text("сколько стоит маникюр?"))).pop().unwrap();
        (card.is_urgent, card.takes_messages)
    };
    assert_eq!(card(|_| {}), (false, true));
    assert_eq!(card(|talk| talk.conv.wish.urgency = Urgency::Urgent), (true, true));
    assert_eq!(card(|talk| talk.conv.client.is_stopped = true), (false, false));
}

/// How the visit of a sold request went is its stage, until the client wants something else.
#[test]
fn the_stage_of_a_card_is_how_the_last_visit_went() {
    let after = |has_come: bool| {
        let mut talk = Talk::booked("", "2026-11-17T12:00", "2026-11-19T15:00");
        let booking = talk.visit().id.clone();
        talk.now = talk.at("2026-11-19T17:00");
        let card = cards(&talk.staff(StaffAct::Came { booking, has_come })).pop().unwrap();
        (card.stage, talk)
    };
    assert_eq!(after(false).0, Stage::NoShow);
    let (stage, mut talk) = after(true);
    assert_eq!(stage, Stage::Arrived);
    talk.conv.lead.as_mut().unwrap().stage = Stage::Lost;
    talk.conv.card = None;
    assert_eq!(cards(&talk.does(text("спасибо"))).pop().unwrap().stage, Stage::Lost, "what people said of it stands");
}

#[test]
fn the_words_of_the_log_are_stored_and_stay() {
    for (purpose, word) in [
        (Purpose::Booking, "booking"),
        (Purpose::Messages, "messages"),
        (Purpose::Sms, "sms"),
        (Purpose::Storage, "storage"),
    ] {
        assert_eq!(purpose.word(), word);
    }
    for (deed, word) in [(Deed::Notified, "notified"), (Deed::Given, "given"), (Deed::Withdrawn, "withdrawn")] {
        assert_eq!(deed.word(), word);
    }
}

#[test]
fn tags_say_what_the_client_is() {
    let tags = |talk: &mut Talk| cards(&talk.does(text("сколько стоит педикюр?"))).pop().unwrap().tags;
    assert_eq!(tags(&mut Talk::begin("2026-11-19T12:00")), ["горячий"]);
    let mut night = Talk::begin("2026-11-19T23:00");
    night.conv.is_after_hours = true;
    assert_eq!(tags(&mut night), ["ночной", "горячий"]);
    let missed = |times: usize| {
        let mut talk = Talk::booked("", "2026-11-17T12:00", "2026-11-19T15:00");
        let one = talk.visit().clone();
        talk.conv.bookings = (0..times)
            .map(|_| nochnik_core::conversation::Booking {
                state: BookingState::NoShow { at: talk.now },
                ..one.clone()
            })
            .collect();
        tags(&mut talk)
    };
    assert_eq!(missed(1), ["горячий"]);
    assert_eq!(missed(2), ["горячий", "не приходил"], "two missed visits are worth a warning");
    let mut booked = Talk::booked("", "2026-11-17T12:00", "2026-11-19T15:00");
    assert_eq!(tags(&mut booked), ["горячий", "записан ботом"]);
}

/// Somebody must answer while somebody is wanted, and not once the client has booked.
#[test]
fn a_task_stands_while_somebody_is_wanted() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    let card = cards(&talk.does(text("сколько стоит маникюр?"))).pop().unwrap();
    let todo = card.todo.unwrap();
    assert_eq!(
        (todo.title.as_str(), todo.text.as_str()),
        ("Ответить: Клиент · Маникюр без покрытия · время не названо", "горячий лид")
    );
    assert_eq!(todo.deadline, talk.at("2026-11-19T12:05"));
    assert!(todo.marker.starts_with("N-") && todo.marker.len() <= 10);
    talk.conv.case.as_mut().unwrap().state = CaseState::Closed { at: talk.now, why: "отказ".into() };
    assert_eq!(cards(&talk.does(text("меня зовут Вера"))).pop().unwrap().todo, None);
}

#[test]
fn the_log_keeps_each_word_about_data_once() {
    let mut talk = Talk::booked("", "2026-11-17T12:00", "2026-11-19T15:00");
    let stop = talk.does(text("стоп"));
    assert_eq!(proofs(&stop), [(Purpose::Messages, Deed::Withdrawn)]);
    assert!(said(&stop).contains("запись остаётся в силе: чт, 19 ноября, 15:00"));
    assert_eq!(proofs(&talk.does(text("стоп"))), [], "said already");
    assert_eq!(proofs(&talk.does(text("удалите мои данные"))), [(Purpose::Storage, Deed::Withdrawn)]);
    assert!(talk.conv.case.as_ref().unwrap().whys.contains(&Why::Privacy));
    assert_eq!(proofs(&talk.does(text("включите напоминания"))), [(Purpose::Messages, Deed::Given)]);
    assert!(!talk.conv.client.is_stopped);
    let mut nobody = Talk::begin("2026-11-19T12:00");
    assert!(!nobody.says("стоп").contains("остаётся в силе"), "no visit stands");
    for asking in [Asking::Reminder, Asking::Rating, Asking::Name] {
        let mut talk = Talk::begin("2026-11-19T12:00");
        talk.conv.asking = asking;
        talk.says("стоп");
        assert_eq!(talk.conv.asking == Asking::Nothing, asking != Asking::Name, "{asking:?}");
    }
    let mut led = Talk::begin("2026-11-19T12:00");
    led.staff(StaffAct::TakeOver);
    assert_eq!(proofs(&led.does(text("стоп"))), [(Purpose::Messages, Deed::Withdrawn)], "obeyed, whoever leads");
    assert_eq!(proofs(&led.does(text("удалите мои данные"))), [(Purpose::Storage, Deed::Withdrawn)]);
    assert_eq!(proofs(&led.does(text("включите напоминания"))), [], "that is the person's to answer");
    let mut plain = Talk::begin("2026-11-19T12:00");
    plain.staff(StaffAct::TakeOver);
    assert_eq!(proofs(&plain.does(text("когда ответите?"))), []);
}

/// Only who was written to first can say that it is not them.
#[test]
fn a_stranger_loses_the_visit_and_the_number() {
    let mut talk = Talk::booked("", "2026-11-17T12:00", "2026-11-19T15:00");
    assert!(!talk.says("это не я").contains("Извините за беспокойство"), "we have not written yet");
    let booking = talk.visit().id.clone();
    talk.alarm(Alarm::ReminderDue { booking: booking.clone(), before_min: 1440, starts_at: None }, "2026-11-18T15:00");
    let effects = talk.does(text("это не я"));
    assert!(said(&effects).starts_with("Извините за беспокойство"));
    assert!(effects.contains(&Effect::Release { booking }));
    let client = &talk.conv.client;
    assert!(client.phone.is_none() && !client.is_phone_confirmed && !client.is_phone_vouched && client.is_stopped);
}

#[test]
fn a_time_that_is_over_is_nobodys() {
    for (at, is_told) in [("2026-11-19T13:59", true), ("2026-11-19T14:00", false)] {
        let mut talk = Talk::begin("2026-11-19T11:00");
        talk.says("маникюр у Анны сегодня в 13:00");
        let booking = talk.conv.held().unwrap().id.clone();
        let effects = talk.alarm(Alarm::HoldExpired { booking }, at);
        assert_eq!(effects.iter().any(|effect| matches!(effect, Effect::Freed(_))), is_told, "{at}");
    }
}

#[test]
fn a_yes_after_the_hold_takes_the_time_again_or_offers_another() {
    let expired = || {
        let mut talk = Talk::begin("2026-11-19T12:00");
        talk.says("маникюр у Анны 20.11 в 15:00, Вера, 8 918 555 01 50");
        let booking = talk.conv.held().unwrap().id.clone();
        talk.alarm(Alarm::HoldExpired { booking: booking.clone() }, "2026-11-19T12:10");
        (talk, booking)
    };
    let (mut talk, booking) = expired();
    let number = booking.rsplit('/').next().unwrap().to_owned();
    assert!(said(&talk.presses(&format!("yes.{number}"))).contains("Записал вас"));
    assert!(talk.conv.booking(&booking).is_none(), "the old hold is gone");
    let (mut talk, _) = expired();
    assert!(talk.says("да").contains("Записал вас"));
    let (mut taken, _) = expired();
    taken.taken("anna", "2026-11-20T15:00", "2026-11-20T16:00");
    let effects = taken.presses(&format!("yes.{number}"));
    assert!(said(&effects).contains("только что заняли"));
    assert!(reply(&effects).unwrap().buttons.iter().any(|button| button.id == "wait.join"));
    assert!(taken.conv.coming(taken.now).is_empty());
}

#[test]
fn a_cancelled_visit_comes_back_while_its_time_is_free() {
    let cancelled = || {
        let mut talk = Talk::booked("", "2026-11-19T12:00", "2026-11-20T15:00");
        let number = talk.visit().number().to_owned();
        talk.presses(&format!("cancel.{number}"));
        (talk, format!("back.{number}"))
    };
    let (mut talk, back) = cancelled();
    assert!(said(&talk.presses(&back)).contains("Записал вас"));
    assert_eq!(talk.conv.bookings.len(), 1);
    let (mut talk, back) = cancelled();
    talk.taken("anna", "2026-11-20T15:00", "2026-11-20T16:00");
    assert!(said(&talk.presses(&back)).contains("только что заняли"));
    assert!(talk.conv.wish.wants_visit && talk.conv.coming(talk.now).is_empty());
}

/// «Каждый четверг»: four visits in all, as far as we book and the time is free.
#[test]
fn a_series_is_offered_as_far_as_it_can_be_booked() {
    let asked = |text: &str| {
        let mut talk = Talk::begin("2026-11-19T12:00");
        talk.says(&format!("маникюр у Анны {text}, Вера, 8 918 555 01 50"));
        let answer = talk.says("да");
        (answer, talk)
    };
    let (weekly, mut talk) = asked("каждый четверг в 18:00");
    assert!(weekly.contains("Записать вас на то же время и дальше: 3, 10 и 17 декабря?"), "{weekly}");
    talk.taken("anna", "2026-12-10T18:00", "2026-12-10T19:00");
    let booked = said(&talk.presses("series.yes"));
    assert!(booked.contains("на то же время: 3 и 17 декабря"), "{booked}");
    assert!(booked.contains("10 декабря это время занято"), "{booked}");
    assert_eq!((talk.conv.coming(talk.now).len(), talk.conv.asking), (3, Asking::Nothing));
    let (_, mut once) = asked("каждый четверг в 18:00");
    assert!(once.says("нет").contains("только этот визит: чт, 26 ноября, 18:00"));
    assert!(once.conv.series.is_none());
}
