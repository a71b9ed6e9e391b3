//! Absences, stand-ins and swaps over the shifts; what is amiss and how it is said.

use jiff::Timestamp;
use nochnik_core::business::Settings;
use nochnik_core::duty::{self, Absence, Changes, Override, Span, Swap, SwapState, problems, stretches};
use nochnik_core::values::PersonId;
use nochnik_core::wall::NBSP;
use rstest::rstest;

use super::{at, clinic, names};

/// Olya every night; Oleg steps in when she is away.
const NIGHTS: &str = r#"
[[shifts]]
person = "olya"
spare = "oleg"
from = "20:00"
to = "09:00"
"#;

fn span(settings: &Settings, from: &str, to: &str) -> Span {
    Span { from: at(settings, from), to: at(settings, to) }
}

fn away(person: &str, span: Span) -> Absence {
    Absence { person: PersonId::new(person), span }
}

fn stand_in(person: &str, instead_of: Option<&str>, span: Span) -> Override {
    Override { person: PersonId::new(person), instead_of: instead_of.map(PersonId::new), span }
}

fn on(settings: &Settings, changes: &Changes, moment: &str) -> Vec<String> {
    names(&duty::on_duty(settings, changes, at(settings, moment)))
}

#[rstest]
#[case::before("2026-11-24T23:59", &["olya"])]
#[case::the_spare("2026-11-25T00:00", &["oleg"])]
#[case::the_spares_night("2026-11-26T03:00", &["oleg"])]
#[case::she_is_back("2026-11-27T20:00", &["olya"])]
fn the_spare_steps_in_for_the_absent(#[case] moment: &str, #[case] expected: &[&str]) {
    let clinic = clinic(NIGHTS, "Europe/Moscow");
    let absences = vec![away("olya", span(&clinic, "2026-11-25T00:00", "2026-11-27T12:00"))];
    assert_eq!(on(&clinic, &Changes { absences, ..Changes::default() }, moment), expected);
}

#[test]
fn nobody_is_on_when_the_spare_is_away_too() {
    let clinic = clinic(NIGHTS, "Europe/Moscow");
    let night = span(&clinic, "2026-11-25T00:00", "2026-11-26T00:00");
    let absences = vec![away("olya", night), away("oleg", night)];
    assert_eq!(on(&clinic, &Changes { absences, ..Changes::default() }, "2026-11-25T21:00"), Vec::<String>::new());
}

#[rstest]
#[case::instead("2026-11-25T21:00", &["marina"])]
#[case::not_by_day("2026-11-25T12:00", &[])]
#[case::over("2026-11-26T21:00", &["olya"])]
fn a_stand_in_is_on_only_where_the_other_was(#[case] moment: &str, #[case] expected: &[&str]) {
    let clinic = clinic(NIGHTS, "Europe/Moscow");
    let days = span(&clinic, "2026-11-25T09:00", "2026-11-26T09:00");
    let changes = Changes { overrides: vec![stand_in("marina", Some("olya"), days)], ..Changes::default() };
    assert_eq!(on(&clinic, &changes, moment), expected);
}

#[test]
fn who_comes_besides_is_on_for_the_whole_time() {
    let clinic = clinic(NIGHTS, "Europe/Moscow");
    let days = span(&clinic, "2026-11-25T12:00", "2026-11-25T22:00");
    let changes = Changes { overrides: vec![stand_in("marina", None, days)], ..Changes::default() };
    assert_eq!(on(&clinic, &changes, "2026-11-25T12:00"), ["marina"]);
    assert_eq!(on(&clinic, &changes, "2026-11-25T21:00"), ["marina", "olya"]);
}

#[test]
fn a_stand_in_may_be_replaced_again() {
    let clinic = clinic(NIGHTS, "Europe/Moscow");
    let night = span(&clinic, "2026-11-25T20:00", "2026-11-26T09:00");
    let overrides = vec![stand_in("marina", Some("olya"), night), stand_in("roza", Some("marina"), night)];
    assert_eq!(on(&clinic, &Changes { overrides, ..Changes::default() }, "2026-11-26T02:00"), ["roza"]);
}

#[test]
fn stretches_are_cut_where_somebody_else_takes_over() {
    let clinic = clinic(NIGHTS, "Europe/Moscow");
    let absences = vec![away("olya", span(&clinic, "2026-11-25T03:00", "2026-11-25T12:00"))];
    let changes = Changes { absences, ..Changes::default() };
    let found = stretches(&clinic, &changes, at(&clinic, "2026-11-24T22:00"), at(&clinic, "2026-11-25T21:00"));
    let told: Vec<_> = found.iter().map(|stretch| (stretch.person.as_str(), stretch.span)).collect();
    let expected = [
        ("olya", span(&clinic, "2026-11-24T22:00", "2026-11-25T03:00")),
        ("oleg", span(&clinic, "2026-11-25T03:00", "2026-11-25T09:00")),
        ("olya", span(&clinic, "2026-11-25T20:00", "2026-11-25T21:00")),
    ];
    assert_eq!(told, expected);
}

fn swap(settings: &Settings) -> Swap {
    Swap {
        asker: PersonId::new("olya"),
        other: PersonId::new("marina"),
        gives: span(settings, "2026-11-27T20:00", "2026-11-28T09:00"),
        takes: Some(span(settings, "2026-11-25T20:00", "2026-11-26T09:00")),
        state: SwapState::Asked,
    }
}

#[test]
fn a_swap_that_both_want_is_two_stand_ins() {
    let clinic = clinic(NIGHTS, "Europe/Moscow");
    let swap = swap(&clinic);
    assert_eq!(swap.overrides(), [], "nothing changes until it is agreed");
    let agreed = swap.answered(&PersonId::new("marina"), true, at(&clinic, "2026-11-24T12:00")).expect("in time");
    let expected = [
        stand_in("marina", Some("olya"), span(&clinic, "2026-11-27T20:00", "2026-11-28T09:00")),
        stand_in("olya", Some("marina"), span(&clinic, "2026-11-25T20:00", "2026-11-26T09:00")),
    ];
    assert_eq!(agreed.overrides(), expected);
}

#[test]
fn a_swap_is_answered_once_in_time_and_by_the_one_asked() {
    let clinic = clinic(NIGHTS, "Europe/Moscow");
    let swap = swap(&clinic);
    let (marina, olya) = (PersonId::new("marina"), PersonId::new("olya"));
    let noon = at(&clinic, "2026-11-24T12:00");
    assert_eq!(swap.answered(&olya, true, noon), None, "nobody agrees for another");
    assert_eq!(swap.answered(&marina, true, at(&clinic, "2026-11-25T20:00")), None, "the earlier shift has begun");
    assert_eq!(swap.state_at(at(&clinic, "2026-11-25T20:00")), SwapState::Expired);
    let refused = swap.answered(&marina, false, noon).expect("in time");
    assert_eq!((refused.state, refused.overrides()), (SwapState::Refused, Vec::new()));
    assert_eq!(refused.answered(&marina, true, noon), None, "a refusal stands");
}

fn told(settings: &Settings, changes: &Changes, from: &str, to: &str) -> Vec<String> {
    let found = problems(settings, changes, at(settings, from), at(settings, to));
    found.iter().map(|problem| problem.text(settings).replace(NBSP, " ")).collect()
}

/// Nobody of the test's clinic has a means: every stretch of duty is told for that.
#[test]
fn what_is_amiss_is_told_with_day_and_hours() {
    let clinic = clinic(NIGHTS, "Europe/Moscow");
    assert_eq!(
        told(&clinic, &Changes::default(), "2026-11-28T12:00", "2026-11-29T09:00"),
        [
            "Никто не дежурит: сб, 28 ноября, 12:00–20:00. Добавьте смену или назначьте подмену.",
            "Оля дежурит, а позвать нечем: сб, 28 ноября, 20:00 – вс, 29 ноября, 09:00. Подключите мессенджер или уведомления.",
        ]
    );
}

#[test]
fn an_absence_without_a_spare_and_one_who_left_are_told() {
    let clinic = clinic(&NIGHTS.replace("spare = \"oleg\"", ""), "Europe/Moscow");
    let night = span(&clinic, "2026-11-28T20:00", "2026-11-29T09:00");
    let absences = vec![away("olya", night)];
    let changes = Changes { absences, overrides: vec![stand_in("zoya", None, night)] };
    assert_eq!(
        told(&clinic, &changes, "2026-11-28T20:00", "2026-11-29T09:00"),
        [
            "Никто не дежурит: сб, 28 ноября, 20:00 – вс, 29 ноября, 09:00. Добавьте смену или назначьте подмену.",
            "Оля отсутствует в свою смену: сб, 28 ноября, 20:00 – вс, 29 ноября, 09:00. Замены нет, назначьте подмену.",
            "Дежурит «zoya», а в документе такого человека нет: сб, 28 ноября, 20:00 – вс, 29 ноября, 09:00. Назначьте другого.",
        ]
    );
}

#[test]
fn nobody_is_on_for_longer_than_a_day() {
    let all_day = "[[shifts]]\nperson = \"olya\"\nfrom = \"09:00\"\nto = \"09:00\"";
    let clinic = clinic(all_day, "Europe/Moscow");
    let found = told(&clinic, &Changes::default(), "2026-11-28T09:00", "2026-11-29T12:00");
    let expected =
        "Оля дежурит больше суток подряд: сб, 28 ноября, 09:00 – вс, 29 ноября, 12:00. Разделите смену на двоих.";
    assert_eq!(found.last().map(String::as_str), Some(expected));
}

/// Half-open: what ends when the other begins does not meet it.
#[rstest]
#[case::apart((1, 2), (3, 4), false)]
#[case::touching((1, 2), (2, 3), false)]
#[case::overlapping((1, 3), (2, 4), true)]
#[case::within((1, 4), (2, 3), true)]
#[case::the_same((1, 2), (1, 2), true)]
fn spans_meet_where_they_share_a_moment(#[case] one: (i64, i64), #[case] other: (i64, i64), #[case] expected: bool) {
    let span = |(from, to): (i64, i64)| {
        let moment = |hour: i64| Timestamp::from_second(hour * 3600).unwrap();
        Span { from: moment(from), to: moment(to) }
    };
    assert_eq!(span(one).meets(span(other)), expected);
    assert_eq!(span(other).meets(span(one)), expected, "either way");
}

/// A whole day is the most; the same night and a minute more are too long.
#[test]
fn a_day_on_duty_is_not_too_long() {
    for (to, expected) in [("20:00", 0), ("20:01", 1)] {
        let shifts = format!(
            "[[shifts]]\nperson = \"olya\"\ndays = [\"mon\"]\nfrom = \"20:00\"\nto = \"20:00\"\n\
             [[shifts]]\nperson = \"olya\"\ndays = [\"tue\"]\nfrom = \"19:59\"\nto = \"{to}\""
        );
        let clinic = clinic(&shifts, "Europe/Moscow");
        let (from, until) = (at(&clinic, "2026-11-23T12:00"), at(&clinic, "2026-11-25T12:00"));
        let found = problems(&clinic, &Changes::default(), from, until);
        let is_long = |problem: &&duty::Problem| matches!(problem.trouble, duty::Trouble::TooLong(_));
        assert_eq!(found.iter().filter(is_long).count(), expected, "until {to}");
    }
}
