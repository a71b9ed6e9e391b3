//! What becomes of a message that does not come, and what else the client is asked and told beside the talk.

use std::sync::Arc;

use jiff::SignedDuration;
use nochnik_core::business::{ConfirmMode, Line, Way};
use nochnik_core::conversation::{Asking, Booking, BookingState, Series};
use nochnik_core::dialogue::CalendarAnswer;
use nochnik_core::effect::{Alarm, Effect, IfLost, PreparedName};
use nochnik_core::elsewhere::{CallBack, call_back};
use nochnik_core::escalation::Why;
use nochnik_core::event::{InputKind, NoticeAnswer, SendOutcome, StaffAct, What};
use nochnik_core::proof::Deed;
use nochnik_core::values::Phone;
use serde_json::json;

use crate::rules::talk::{Talk, reply, said};

const NOON: &str = "2026-11-19T12:00";

fn text(text: &str) -> InputKind {
    InputKind::Text { text: text.into() }
}

fn document(talk: &mut Talk) -> &mut nochnik_core::business::Document {
    Arc::make_mut(&mut talk.business.settings.document)
}

/// An account that sends SMS is open.
fn with_sms(talk: &mut Talk) {
    document(talk).care.sms = Some("sms".into());
    let sms = ("sms".to_owned(), Line { way: Way::Sms, takes_key: false });
    talk.business.settings = talk.business.settings.clone().with_lines([sms].into());
}

/// The bot's answer goes round, a person's word does for who left, too; what nobody asked for is missed by nobody.
#[test]
fn what_a_message_is_worth_depends_on_why_it_is_said() {
    let lost = |effects: &[Effect]| reply(effects).unwrap().if_lost;
    let mut talk = Talk::begin(NOON);
    assert_eq!(lost(&talk.does(text("позовите администратора"))), IfLost::GoesRound);
    assert_eq!(lost(&talk.means(&json!({ "intents": ["price"] }), "сколько?")), IfLost::GoesRound);
    let case = talk.conv.case.as_ref().unwrap().id.clone();
    let slipped = talk.alarm(Alarm::PromiseDue { case: case.clone() }, "2026-11-19T12:05");
    assert_eq!(lost(&slipped), IfLost::GoesRoundAlways);
    talk.staff(StaffAct::TakeOver);
    assert_eq!(lost(&talk.staff(StaffAct::GiveBack)), IfLost::GoesRoundAlways);

    let mut taken = Talk::begin(NOON);
    taken.says("позовите администратора");
    let case = taken.conv.case.as_ref().unwrap().id.clone();
    let take = What::Answer { case, person: "marina".into(), answer: NoticeAnswer::Take, press_id: None };
    assert_eq!(lost(&taken.play(take)), IfLost::GoesRoundAlways);

    let mut visit = Talk::agreed();
    let booking = visit.visit().id.clone();
    let reminder = Alarm::ReminderDue { booking: booking.clone(), before_min: 1440, starts_at: None };
    assert_eq!(lost(&visit.alarm(reminder, "2026-11-19T15:00")), IfLost::PersonTold);
    assert_eq!(lost(&visit.alarm(Alarm::RatingDue { booking, ends_at: None }, "2026-11-20T17:00")), IfLost::Nothing);
}

/// Reminders go a day and two hours before; that one perhaps came is believed of all but the last.
#[test]
fn a_reminder_that_did_not_come_goes_another_way_by_day() {
    let goes_round = |before_min: u16, code: &str, at: &str| {
        let mut talk = Talk::agreed();
        talk.conv.client.is_phone_vouched = true;
        talk.now = talk.at(at);
        let id = talk.visit().id.clone();
        let visit = talk.conv.booking_mut(&id).unwrap();
        (visit.reminded, visit.reminder_key) = (vec![before_min], Some("e9#0".into()));
        let outcome = SendOutcome::Refused { code: code.into() };
        let effects = talk.play(What::Sent { key: "e9#0".into(), outcome, if_lost: IfLost::PersonTold });
        effects.iter().any(|effect| matches!(effect, Effect::RemindElsewhere(_)))
    };
    let (day, morning, night) = ("2026-11-19T15:00", "2026-11-20T13:00", "2026-11-19T23:00");
    assert!(goes_round(1440, "too_long", day));
    assert!(!goes_round(1440, "unknown", day), "it perhaps came");
    assert!(goes_round(120, "unknown", morning), "the last is worth saying twice");
    assert!(!goes_round(1440, "too_long", night), "nobody is woken");
}

#[test]
fn a_reminder_sent_another_way_counts_as_sent() {
    let mut talk = Talk::agreed();
    talk.conv.client.is_blocked = true;
    let booking = talk.visit().id.clone();
    talk.alarm(Alarm::ReminderDue { booking, before_min: 1440, starts_at: None }, "2026-11-19T15:00");
    assert_eq!(talk.visit().reminded, [1440]);
}

/// Where a business must not be known by what it does, its approved words do not name it.
#[test]
fn the_words_of_an_approved_reminder_are_those_of_the_business() {
    let prepared = |is_discreet: bool| {
        let mut talk = Talk::agreed();
        document(&mut talk).privacy.discreet = Some(is_discreet);
        let booking = talk.visit().id.clone();
        let effects = talk.alarm(Alarm::ReminderDue { booking, before_min: 1440, starts_at: None }, "2026-11-19T15:00");
        let prepared = reply(&effects).unwrap().reminder.clone().unwrap().prepared;
        (prepared.name, prepared.values.iter().map(|value| value.replace('\u{a0}', " ")).collect::<Vec<_>>())
    };
    let (name, moment) = ("Салон красоты «Лотос»".to_owned(), "завтра, пт, 20 ноября, 15:00".to_owned());
    let service = "Маникюр без покрытия".to_owned();
    assert_eq!(prepared(false), (PreparedName::Remind, vec![name.clone(), moment.clone(), service]));
    assert_eq!(prepared(true), (PreparedName::RemindDiscreet, vec![name, moment]));
}

#[test]
fn an_sms_is_asked_for_once_after_a_booking_where_one_can_be_sent() {
    let is_asked = |change: fn(&mut Talk)| {
        let mut talk = Talk::kept();
        with_sms(&mut talk);
        change(&mut talk);
        let number = talk.conv.held().unwrap().number().to_owned();
        talk.presses(&format!("yes.{number}"));
        talk.conv.asking == Asking::Sms
    };
    assert!(is_asked(|_| {}));
    assert!(!is_asked(|talk| talk.conv.client.takes_sms = Some(true)), "they have said");
    assert!(!is_asked(|talk| talk.conv.client.is_stopped = true), "nothing is to be sent");
    assert!(!is_asked(|talk| document(talk).care.remind_before_min.clear()), "there are no reminders");
    let closed: fn(&mut Talk) = |talk| talk.business.settings.lines = Arc::default();
    assert!(!is_asked(closed), "no account sends any");
}

#[test]
fn an_agreement_to_sms_is_written_down_and_so_is_its_end() {
    let deed = |before: Option<bool>, press: &str| {
        let mut talk = Talk::agreed();
        talk.conv.client.takes_sms = before;
        talk.presses(press).into_iter().find_map(|effect| match effect {
            Effect::Prove(proof) => Some(proof.deed),
            _ => None,
        })
    };
    assert_eq!(deed(None, "sms.yes"), Some(Deed::Given));
    assert_eq!(deed(Some(true), "sms.no"), Some(Deed::Withdrawn));
    assert_eq!(deed(Some(true), "sms.yes"), None);
    assert_eq!(deed(None, "sms.no"), None);
}

/// Quiet from ten in the evening: only who wrote within the hour is awake; what the bot says wakes nobody.
#[test]
fn an_sms_that_calls_back_at_night_is_for_who_is_awake() {
    let is_sent = |bot_at: Option<&str>, now: &str| {
        let mut talk = Talk::begin("2026-11-19T21:30");
        with_sms(&mut talk);
        talk.says("здравствуйте");
        talk.conv.client.phone = Phone::parse("+79185550150").ok();
        talk.conv.client.takes_sms = Some(true);
        if let Some(at) = bot_at {
            let at = talk.at(at);
            talk.conv.note(at, "бот", "Ждём вас завтра.");
        }
        call_back(&talk.conv, &talk.business.settings, CallBack::Unsent, talk.at(now)).is_some()
    };
    assert!(is_sent(None, "2026-11-19T22:29"));
    assert!(!is_sent(None, "2026-11-19T22:30"), "an hour is over");
    assert!(!is_sent(Some("2026-11-19T22:20"), "2026-11-19T22:40"));
    assert!(is_sent(None, "2026-11-20T12:00"), "by day nobody sleeps");
}

/// One follow-up after a silence: the client's, not ours.
#[test]
fn who_has_written_since_is_not_reminded_of_the_talk() {
    let follow_up = |who: Option<&str>| {
        let mut talk = Talk::wishing(None);
        talk.presses("book");
        let since = talk.now;
        if let Some(who) = who {
            talk.conv.note(since + SignedDuration::from_mins(1), who, "минутку");
        }
        said(&talk.alarm(Alarm::SilenceDue { since }, "2026-11-19T15:00"))
    };
    assert!(follow_up(None).starts_with("Мы не договорили"));
    assert!(follow_up(Some("бот")).starts_with("Мы не договорили"));
    assert_eq!(follow_up(Some("клиент")), "");
}

/// Anna's calendar outside has the last word, and Vera has said yes.
fn asked_of_calendar() -> Talk {
    let mut talk = Talk::kept();
    talk.business.settings = talk.business.settings.clone().with_decided(["anna".to_owned()]);
    let number = talk.conv.held().unwrap().number().to_owned();
    talk.presses(&format!("yes.{number}"));
    assert!(talk.visit().asked.is_some());
    talk
}

#[test]
fn a_silent_calendar_hands_over_only_what_still_waits_for_it() {
    let hands_over = |at: &str, change: fn(&mut Booking)| {
        let mut talk = asked_of_calendar();
        let booking = talk.visit().id.clone();
        change(talk.conv.booking_mut(&booking).unwrap());
        let text = said(&talk.alarm(Alarm::CalendarDue { booking }, at));
        (text.contains("Передал заявку"), talk.conv.case.is_some_and(|case| case.whys.contains(&Why::Visit)))
    };
    assert_eq!(hands_over("2026-11-19T12:01", |_| {}), (true, true));
    let stands: fn(&mut Booking) = |visit| visit.state = BookingState::Confirmed { at: visit.slot.starts_at };
    assert_eq!(hands_over("2026-11-19T12:01", stands), (false, false), "it stands");
    assert_eq!(hands_over("2026-11-19T12:01", |visit| visit.asked = None), (false, false), "a person has it");
    assert_eq!(hands_over("2026-11-20T15:00", |_| {}), (false, false), "it has begun");
}

/// Where a person has the last word, the calendar's yes only keeps the time.
#[test]
fn a_calendars_yes_is_the_last_word_unless_a_person_has_it() {
    for (confirm, stands) in [(ConfirmMode::Bot, true), (ConfirmMode::Person, false)] {
        let mut talk = asked_of_calendar();
        document(&mut talk).policy.confirm = confirm;
        let booking = talk.visit().id.clone();
        talk.play(What::CalendarAnswered { booking, answer: CalendarAnswer::Stands });
        assert_eq!(matches!(talk.visit().state, BookingState::Confirmed { .. }), stands, "{confirm:?}");
    }
}

/// Friday at three is booked, the Friday after it is offered along.
fn series() -> Talk {
    let mut talk = Talk::agreed();
    let first = talk.visit().clone();
    let mut next = first.slot.clone();
    for at in [&mut next.starts_at, &mut next.ends_at, &mut next.busy_until] {
        *at += SignedDuration::from_hours(7 * 24);
    }
    talk.conv.series = Some(Series { services: first.services, slots: vec![next] });
    talk.conv.asking = Asking::Series;
    talk
}

#[test]
fn a_series_heard_by_a_machine_is_asked_about_again() {
    let mut talk = series();
    let text = said(&talk.does(InputKind::Spoken { text: "да".into() }));
    assert!(text.contains("На слух мог ошибиться") && text.contains("на то же время и дальше: 27"), "{text}");
    assert_eq!((talk.conv.asking, talk.conv.coming(talk.now).len()), (Asking::Series, 1));
}

#[test]
fn a_series_is_asked_of_the_calendar_that_has_the_last_word() {
    for (decided, is_asked) in [(vec![], false), (vec!["anna".to_owned()], true)] {
        let mut talk = series();
        talk.business.settings = talk.business.settings.clone().with_decided(decided);
        talk.presses("series.yes");
        let visit = talk.visit();
        assert_eq!(talk.conv.coming(talk.now).len(), 2);
        assert_eq!(
            (visit.asked.is_some(), matches!(visit.state, BookingState::Requested { .. })),
            (is_asked, is_asked)
        );
    }
}

/// Who wants a call is promised one when the number they were asked for comes, not at any other word.
#[test]
fn a_call_is_promised_where_the_number_was_asked_for() {
    let promised = |asking: Asking| {
        let mut talk = Talk::begin(NOON);
        talk.says("здравствуйте");
        talk.conv.client.phone = Phone::parse("+79185550150").ok();
        talk.conv.wish.wants_call = true;
        talk.conv.asking = asking;
        talk.wants(&["inform"], "маникюр").contains("Перезвоним вам")
    };
    assert!(promised(Asking::Phone));
    assert!(!promised(Asking::Nothing));
}

/// «Как к вам обращаться?» and «О какой услуге?» are answered for the call; a time said later is a visit's.
#[test]
fn only_what_was_asked_for_the_call_is_passed_on() {
    let passed_on = |asking: Asking| {
        let mut talk = Talk::begin(NOON);
        talk.wants(&["callback"], "перезвоните мне, 8 918 555 01 50");
        assert!(talk.conv.case.as_ref().unwrap().whys.contains(&Why::Callback));
        talk.conv.client.name = Some("Вера".into());
        talk.conv.asking = asking;
        talk.wants(&["inform"], "маникюр").contains("передал администратору")
    };
    assert!(passed_on(Asking::Service));
    assert!(!passed_on(Asking::Visit));
}
