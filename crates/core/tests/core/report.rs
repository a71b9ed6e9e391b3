//! The reports of the morning and of the week as their owner reads them.

use jiff::Timestamp;
use nochnik_core::business::{Document, Settings};
use nochnik_core::numbers::{Part, Tally, What};
use nochnik_core::report::week::{self, Diary, Week};
use nochnik_core::report::{self, Night, Taken, Waiting};
use nochnik_core::schedule::Busy;
use nochnik_core::values::SpecialistId;
use rstest::rstest;

/// The demo salon: open from nine to eight on weekdays, from ten to seven on Saturdays, in Moscow.
fn settings(change: impl FnOnce(&mut Document)) -> Settings {
    let mut document: Document =
        toml::from_str(include_str!("../../../../businesses/demo.toml")).expect("demo.toml reads");
    change(&mut document);
    Settings::build(document, 1).expect("no problems")
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn night(taken: Taken) -> Night {
    Night {
        began_at: at("2026-11-24T20:00:00+03:00"),
        ended_at: at("2026-11-25T09:00:00+03:00"),
        taken,
        tally: Tally::default(),
        waiting: Vec::new(),
        undelivered: 0,
    }
}

fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

#[test]
fn a_busy_night_is_told_in_a_dozen_lines() {
    let tally = tally_of(&[
        (What::Contact, 0, 5),
        (What::Lead, 0, 2),
        (What::Booked, 120_000, 1),
        (What::Booked, 260_000, 1),
        (What::Case, 0, 3),
        (What::Taken, 90_000, 2),
    ]);
    let waiting = [("Ольга", "2026-11-24T23:50:00+03:00"), ("", "2026-11-25T07:15:00+03:00")];
    let waiting = waiting.map(|(name, since)| Waiting { name: name.to_owned(), since: at(since) }).to_vec();
    let night = Night { tally, waiting, undelivered: 1, ..night(Taken { done: 36, waiting: 0, parked: 1 }) };
    let text = report::text(&settings(|_| {}), &night, "https://nochnik.example/console");
    let expected = "\
Доброе утро!
Салон красоты «Лотос», ночь вт, 24 ноября, 20:00 – ср, 25 ноября, 09:00.

Принято: 37 сообщений, обработано: 36, отложено после ошибки: 1 — посмотрите «Доставку». Ничего не потеряно.
5 новых клиентов, 2 лида, 2 записи на 3 800 ₽ по прайсу.
Человека звали 3 раза, взяли: 2.
Не доставлено: 1 отправка. Посмотрите «Доставку».

Ждут человека:
• Ольга, вт, 24 ноября, 23:50
• без имени, сегодня, ср, 25 ноября, 07:15

https://nochnik.example/console";
    assert_eq!(plain(&text), expected);
}

/// The hours in which each message of a tally was heard.
fn heard(hours: &[(u8, i64)]) -> Tally {
    let mut tally = Tally::default();
    for (hour, count) in hours {
        let part = Part { what: What::Heard, channel: "widget".to_owned(), is_night: true };
        tally.add(part, *count, *hour);
    }
    tally
}

#[test]
fn the_picture_shows_every_hour_of_the_night_and_what_it_brought() {
    let waiting = vec![Waiting { name: "Ольга".to_owned(), since: at("2026-11-24T23:50:00+03:00") }];
    let night = Night {
        tally: heard(&[(20, 30), (23, 6), (8, 1)]),
        waiting,
        ..night(Taken { done: 37, waiting: 0, parked: 0 })
    };
    let chart = report::chart(&settings(|_| {}), &night).expect("somebody wrote");
    assert_eq!((chart.title.as_str(), chart.lead.as_str()), ("Салон красоты «Лотос»", "Принято 37, обработано 37"));
    assert!(chart.is_whole);
    let labels: Vec<&str> = chart.bars.iter().map(|bar| bar.label.as_str()).collect();
    assert_eq!(labels, ["20", "21", "22", "23", "00", "01", "02", "03", "04", "05", "06", "07", "08"]);
    let counts: Vec<u64> = chart.bars.iter().map(|bar| bar.count).collect();
    assert_eq!(counts, [30, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    let facts: Vec<String> = chart.facts.iter().map(|fact| format!("{} {}", fact.figure, fact.words)).collect();
    assert_eq!(facts, ["0 лидов", "0 записей", "1 ждёт человека"]);
}

#[rstest]
#[case::the_hour_begins("2026-11-25T09:00:00+03:00", "08")]
#[case::within_the_hour("2026-11-25T09:01:00+03:00", "09")]
#[case::before_midnight("2026-11-24T23:30:00+03:00", "23")]
#[case::until_midnight("2026-11-25T00:00:00+03:00", "23")]
fn the_last_bar_is_the_hour_in_which_the_night_ended(#[case] ended_at: &str, #[case] label: &str) {
    let night = Night { ended_at: at(ended_at), ..night(Taken { done: 1, waiting: 0, parked: 0 }) };
    let chart = report::chart(&settings(|_| {}), &night).expect("somebody wrote");
    assert_eq!(chart.bars.last().map(|bar| bar.label.as_str()), Some(label));
}

#[rstest]
#[case::by_the_price_list(&[(What::Booked, 120_000, 1), (What::Booked, 260_000, 1)], "2 записи на 3 800 ₽")]
#[case::without_prices(&[(What::Booked, 0, 1)], "1 запись")]
fn the_picture_says_what_was_booked(#[case] facts: &[(What, i64, usize)], #[case] expected: &str) {
    let night = Night { tally: tally_of(facts), ..night(Taken { done: 1, waiting: 0, parked: 0 }) };
    let chart = report::chart(&settings(|_| {}), &night).expect("somebody wrote");
    assert_eq!(plain(&format!("{} {}", chart.facts[1].figure, chart.facts[1].words)), expected);
}

#[test]
fn the_picture_of_a_long_weekend_has_each_hour_once_and_an_empty_night_has_none() {
    let long = Night { began_at: at("2026-11-21T19:30:00+03:00"), ..night(Taken { done: 1, waiting: 0, parked: 1 }) };
    let chart = report::chart(&settings(|_| {}), &long).expect("somebody wrote");
    assert_eq!((chart.bars.len(), chart.bars[0].label.as_str(), chart.bars[23].label.as_str()), (24, "19", "18"));
    assert!(!chart.is_whole, "one is set aside");
    assert_eq!(report::chart(&settings(|_| {}), &night(Taken::default())), None);
}

#[rstest]
#[case(Taken::default(), "Никто не писал.")]
#[case(Taken { done: 1, waiting: 0, parked: 0 }, "Принято: 1 сообщение, обработано: 1. Ничего не потеряно.")]
#[case(Taken { done: 2, waiting: 1, parked: 0 }, "Принято: 3 сообщения, обработано: 2, в работе: 1. Ничего не потеряно.")]
fn every_message_is_accounted_for(#[case] taken: Taken, #[case] line: &str) {
    let text = plain(&report::text(&settings(|_| {}), &night(taken), ""));
    assert_eq!(text.lines().nth(3), Some(line));
    assert_eq!(text.lines().count(), 4, "of nothing else there is anything to say: {text}");
}

#[test]
fn only_five_are_named() {
    let since = at("2026-11-25T01:00:00+03:00");
    let waiting = (0..7).map(|number| Waiting { name: format!("Клиент {number}"), since }).collect();
    let text = report::text(&settings(|_| {}), &Night { waiting, ..night(Taken::default()) }, "");
    assert!(text.ends_with("• и ещё 2") && text.contains("Клиент 4") && !text.contains("Клиент 5"), "{text}");
}

/// Moments of the wall clock in Moscow; «-» where nothing is due.
#[rstest]
#[case("2026-11-25T08:59:59+03:00", "-")]
#[case("2026-11-25T09:00:00+03:00", "2026-11-24T20:00:00+03:00")]
#[case("2026-11-25T11:59:00+03:00", "2026-11-24T20:00:00+03:00")]
#[case("2026-11-25T12:00:00+03:00", "-")]
// On Monday the night began when Saturday's work ended: the demo salon is closed on Sundays.
#[case("2026-11-30T09:30:00+03:00", "2026-11-28T19:00:00+03:00")]
fn a_report_is_due_for_three_hours(#[case] now: &str, #[case] began: &str) {
    let due = report::due(&settings(|_| {}), at(now)).map(|(_, began_at, _)| began_at);
    assert_eq!(due, (began != "-").then(|| at(began)));
}

#[test]
fn the_owner_may_move_it_and_switch_it_off() {
    let early = settings(|document| document.reports.morning_at = "07:00:00".parse().expect("a time"));
    let (date, _, ended_at) = report::due(&early, at("2026-11-25T07:30:00+03:00")).expect("due");
    assert_eq!((date.to_string(), ended_at), ("2026-11-25".to_owned(), at("2026-11-25T07:00:00+03:00")));
    let off = settings(|document| document.reports.morning = false);
    assert_eq!(week::due(&off, at("2026-11-30T09:30:00+03:00")), Some("2026-11-23".parse().expect("a day")));
    assert_eq!(report::due(&off, at("2026-11-25T09:30:00+03:00")), None);
}

fn tally_of(facts: &[(What, i64, usize)]) -> Tally {
    let mut tally = Tally::default();
    for (what, amount, times) in facts {
        for _ in 0..*times {
            tally.add(Part { what: *what, channel: "widget".to_owned(), is_night: true }, *amount, 23);
        }
    }
    tally
}

#[test]
fn a_week_is_told_beside_the_one_before_with_what_to_mend() {
    let tally = tally_of(&[
        (What::Lead, 0, 41),
        (What::Booked, 150_000, 20),
        (What::Arrived, 1, 26),
        (What::NoShow, 1, 4),
        (What::Read, 0, 196),
        (What::Read, 1, 14),
        (What::Case, 0, 9),
        (What::Taken, 60_000, 6),
        (What::Taken, 900_000, 2),
    ]);
    let before = tally_of(&[(What::Lead, 0, 35), (What::Booked, 150_000, 18), (What::Arrived, 1, 20)]);
    let from = "2026-11-16".parse().expect("a day");
    let diary = |specialist: &str, open_h: i64, free_h: i64| Diary {
        specialist: specialist.to_owned(),
        open_min: open_h * 60,
        free_min: free_h * 60 + 20,
    };
    let diaries = vec![diary("Анна", 40, 21), diary("Мария", 40, 12), diary("Софья", 20, 19)];
    let week = Week { from, tally, before: Some(before), diaries };
    let expected = "\
Салон красоты «Лотос», неделя пн, 16 ноября – вс, 22 ноября.

Лидов: 41 (было 35).
Записей: 20 (было 18).
Визитов состоялось: 26 (было 20).
Записано по прайсу на 30 000 ₽.

Что поправить:
• Не понято сообщений: 14 из 210. Разметьте их в «Разобрать».
• Вызовов взято за пять минут: 6 из 9. Кто и когда отвечал — в «Эскалациях».
• Не пришли: 4 из 30. Позвоните им.
• Свободно на этой неделе: Анна — 21 ч из 40, Софья — 19 ч из 20. Предложите окна тем, кто давно не был.";
    assert_eq!(plain(&week::text(&settings(|_| {}), &week, "")), expected);
}

/// Sixty-five hours are open; a day off takes eleven, visits five: what overlaps counts once, the night not at all.
#[test]
fn a_diary_knows_what_stands_empty_in_the_week() {
    let settings = settings(|document| {
        document.specialists.retain(|specialist| specialist.id == "anna");
        let anna = &mut document.specialists[0];
        (anna.hours, anna.shifts) = (None, None);
        anna.days_off = serde_json::from_str(r#"["2026-11-25"]"#).expect("a day off");
    });
    let visit = |who: &str, from: &str, to: &str| Busy::of_specialist(SpecialistId::new(who), at(from), at(to));
    let busy = [
        visit("anna", "2026-11-23T10:00:00+03:00", "2026-11-23T14:00:00+03:00"),
        visit("anna", "2026-11-23T12:00:00+03:00", "2026-11-23T15:00:00+03:00"),
        visit("anna", "2026-11-23T20:00:00+03:00", "2026-11-23T22:00:00+03:00"),
        visit("maria", "2026-11-24T10:00:00+03:00", "2026-11-24T14:00:00+03:00"),
    ];
    let found = week::diaries(&settings, &busy, "2026-11-23".parse().expect("a Monday"));
    assert_eq!(found, [Diary { specialist: "Анна".into(), open_min: 54 * 60, free_min: 49 * 60 }]);
}

#[test]
fn the_first_quiet_week_has_nothing_beside_it() {
    let week =
        Week { from: "2026-11-16".parse().expect("a day"), tally: Tally::default(), before: None, diaries: vec![] };
    let text = plain(&week::text(&settings(|_| {}), &week, "https://nochnik.example/console"));
    assert!(text.contains("Лидов: 0.\n") && text.contains("Поправлять нечего.\n\nhttps://"), "{text}");
    assert!(!text.contains("было") && !text.contains("прайсу"), "{text}");
}

#[rstest]
#[case::all_are_named(5, "5 — 9 ч из 10. Предложите")]
#[case::one_is_not(6, "5 — 9 ч из 10, и ещё мастеров: 1. Предложите")]
fn five_specialists_are_named_and_the_others_counted(#[case] count: usize, #[case] words: &str) {
    let diaries: Vec<Diary> = (1..=count)
        .map(|number| Diary { specialist: format!("Мастер {number}"), open_min: 600, free_min: 540 })
        .collect();
    let week = Week { from: "2026-11-16".parse().expect("a day"), tally: Tally::default(), before: None, diaries };
    let text = plain(&week::text(&settings(|_| {}), &week, ""));
    assert!(text.contains(words), "{text}");
}

#[test]
fn whoever_is_away_for_the_whole_week_has_no_diary() {
    let settings = settings(|document| {
        document.specialists.retain(|specialist| specialist.id == "anna" || specialist.id == "karina");
        let days_off = r#"[["2026-11-23", "2026-11-29"]]"#;
        document.specialists[1].days_off = serde_json::from_str(days_off).expect("a leave");
    });
    let found = week::diaries(&settings, &[], "2026-11-23".parse().expect("a Monday"));
    assert_eq!(found.iter().map(|diary| diary.specialist.as_str()).collect::<Vec<_>>(), ["Анна"]);
}

#[rstest]
#[case("2026-11-23T08:59:00+03:00", None)]
#[case("2026-11-23T09:00:00+03:00", Some("2026-11-16"))]
#[case("2026-11-23T12:00:00+03:00", None)]
#[case("2026-11-24T09:30:00+03:00", None)]
fn a_week_is_told_on_monday_mornings(#[case] now: &str, #[case] from: Option<&str>) {
    let expected = from.map(|day| day.parse().expect("a day"));
    assert_eq!(week::due(&settings(|_| {}), at(now)), expected);
    let off = settings(|document| document.reports.weekly = false);
    assert_eq!(week::due(&off, at(now)), None);
}
