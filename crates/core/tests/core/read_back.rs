//! What Nochnik prints for a time, a client may send back: it is read as the same time.

use std::path::PathBuf;
use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, Time, date, time};
use jiff::{Timestamp, ToSpan};
use nochnik_core::business::{Document, Settings};
use nochnik_core::conversation::Conversation;
use nochnik_core::values::{Address, BusinessId, ConversationId};
use nochnik_core::{wall, wanted_words};
use nochnik_nlu::{Expecting, Grain, When};
use proptest::prelude::*;

/// Farther on, «25 ноября» without a year is the 25 November of an earlier year.
const HORIZON_DAYS: i64 = 364;
const DAY_MIN: i64 = 24 * 60;
/// A client answers a list of times, the question «когда?», or nothing at all.
const QUESTIONS: [Option<Expecting>; 3] = [None, Some(Expecting::OfferSlots), Some(Expecting::AskWhen)];

static SALON: LazyLock<Settings> = LazyLock::new(|| {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../businesses/demo.toml");
    let document: Document = toml::from_str(&std::fs::read_to_string(path).expect("the demo salon")).expect("TOML");
    Settings::build(document, 1).expect("no problems")
});

fn heard(text: &str, expecting: Option<Expecting>, now: DateTime) -> Option<When> {
    SALON.reader.read(text, expecting, now).when.map(|found| found.value)
}

/// Grain, first and last day, first and last time; parts of the day are printed as their hours.
type Window = (Grain, Option<Date>, Option<Date>, Option<Time>, Option<Time>);

fn window(when: When) -> Window {
    let grain = if when.grain == Grain::Part { Grain::Range } else { when.grain };
    (grain, when.from_on, when.to_on, when.from_at, when.to_at)
}

/// The wish as the manager's card and the console show it.
fn printed(when: When, now: DateTime) -> String {
    let at = SALON.zone.to_timestamp(now).expect("a moment of this century");
    let mut conversation = talk(at);
    conversation.wish.when = Some(when);
    wanted_words(&conversation, &SALON, at)
}

fn talk(at: Timestamp) -> Conversation {
    let address = Address { channel: "telegram".to_owned(), account: "bot".to_owned(), peer: "1".to_owned() };
    Conversation::new(BusinessId::new("lotos"), ConversationId::new("talk"), address, at, true)
}

/// Any minute of ten years.
fn any_now() -> impl Strategy<Value = DateTime> {
    (0..10 * 365 * DAY_MIN).prop_map(|minutes| date(2024, 1, 1).at(0, 0, 0, 0).saturating_add(minutes.minutes()))
}

fn any_time() -> impl Strategy<Value = Time> {
    (0_i8..24, 0_i8..60).prop_map(|(hour, minute)| time(hour, minute, 0, 0))
}

/// Days from today: one, or a first and a later last one.
fn any_days() -> impl Strategy<Value = (i64, Option<i64>)> {
    (0..HORIZON_DAYS, prop::option::of(1_i64..60)).prop_map(|(first, more)| {
        (first, more.map(|more| (first + more).min(HORIZON_DAYS)).filter(|last| *last > first))
    })
}

type Hours = (Grain, Option<Time>, Option<Time>);

/// A time, a lower bound, an upper bound, or a stretch.
fn any_hours() -> impl Strategy<Value = Hours> {
    prop_oneof![
        any_time().prop_map(|at| (Grain::Time, Some(at), None)),
        any_time().prop_map(|at| (Grain::After, Some(at), None)),
        any_time().prop_map(|at| (Grain::Before, None, Some(at))),
        (any_time(), any_time())
            .prop_filter("a stretch has two ends", |(one, other)| one != other)
            .prop_map(|(one, other)| (Grain::Range, Some(one.min(other)), Some(one.max(other)))),
    ]
}

/// Days with or without hours, or hours alone.
fn any_wish() -> impl Strategy<Value = (Option<(i64, Option<i64>)>, Hours)> {
    prop_oneof![
        (any_days().prop_map(Some), any_hours()),
        (any_days().prop_map(Some), Just((Grain::Day, None, None))),
        (Just(None), any_hours()),
    ]
}

fn when(days: Option<(Date, Date)>, hours: Hours) -> When {
    let (grain, from_at, to_at) = hours;
    let grain = if days.is_some_and(|(from, to)| from < to) { Grain::Days } else { grain };
    let (from_on, to_on) = days.unzip();
    When { grain, from_on, to_on, from_at, to_at, is_date_stated: days.is_some(), is_hour_certain: true }
}

/// Reads a printed time after every question, alone and inside an answer.
fn check(text: &str, expected: Window, now: DateTime) -> Result<(), TestCaseError> {
    for expecting in QUESTIONS {
        for said in [text.to_owned(), format!("Давайте {text}, пожалуйста")] {
            let heard = heard(&said, expecting, now).map(window);
            prop_assert_eq!(heard, Some(expected), "«{}» after {:?}, now {}", said, expecting, now);
        }
    }
    Ok(())
}

proptest! {
    /// Moments of the horizon: in a text, on a button, and the day alone.
    #[test]
    fn moments_are_read_back(now in any_now(), minutes in 1..HORIZON_DAYS * DAY_MIN) {
        let at = now.saturating_add(minutes.minutes());
        let (on, today) = (at.date(), now.date());
        let moment: Window = (Grain::Time, Some(on), Some(on), Some(at.time()), None);
        check(&wall::moment_from(at, today), moment, now)?;
        check(&wall::moment_short(at, today), moment, now)?;
        check(&wall::date_from(on, today), (Grain::Day, Some(on), Some(on), None, None), now)?;
    }

    /// Wishes: days, stretches of days, hours, and both together.
    #[test]
    fn wishes_are_read_back(now in any_now(), (days, hours) in any_wish()) {
        let day = |offset: i64| now.date().saturating_add(offset.days());
        let days = days.map(|(first, last)| (day(first), day(last.unwrap_or(first))));
        let wish = when(days, hours);
        check(&printed(wish, now), window(wish), now)?;
    }

    /// «с ср, 25 ноября»: from a day on.
    #[test]
    fn beginnings_are_read_back(now in any_now(), days in 0..HORIZON_DAYS) {
        let on = now.date().saturating_add(days.days());
        let wish = When { grain: Grain::FromDay, to_on: None, ..when(Some((on, on)), (Grain::Day, None, None)) };
        check(&printed(wish, now), window(wish), now)?;
    }
}

/// The first of March at seven was once taken for a day of another month.
#[test]
fn a_short_date_is_no_time() {
    let now = date(2026, 11, 11).at(10, 0, 0, 0);
    let at = date(2027, 3, 1).at(7, 0, 0, 0);
    let expected = (Grain::Time, Some(at.date()), Some(at.date()), Some(at.time()), None);
    for text in [wall::moment_from(at, now.date()), wall::moment_short(at, now.date()), "на 1.03 в 07:00".to_owned()]
    {
        assert_eq!(heard(&text, Some(Expecting::OfferSlots), now).map(window), Some(expected), "{text}");
    }
}
