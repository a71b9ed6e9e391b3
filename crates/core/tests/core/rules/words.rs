//! What is cut, worded and kept in its very words.

use nochnik_core::effect::{Alarm, Button};
use nochnik_core::event::InputKind;
use nochnik_core::limits::{BURST_MESSAGES_MAX, SHOWN_BUTTONS_MAX};
use nochnik_core::phrases::{Phrase, chapters, wording};
use nochnik_core::storm;
use nochnik_core::values::{Money, Phone};
use nochnik_core::wall;
use nochnik_nlu::{Grain, When};

use crate::rules::talk::{Talk, reply, salon};

/// Twenty characters: WhatsApp cuts there.
#[test]
fn a_label_is_cut_where_the_poorest_channel_cuts_it() {
    let label = |letters: usize| {
        let name = "ш".repeat(letters);
        let patch = format!(
            "services = [{{ id = \"manicure\", name = \"{name}\", price = 1, duration_min = 60 }}]\n\
             staff = [{{ id = \"anna\", name = \"Анна\", services = [\"manicure\"] }}]"
        );
        let effects = Talk::with(&patch, "2026-11-19T12:00").presses("book");
        reply(&effects).unwrap().buttons[0].label.clone()
    };
    assert_eq!(label(20), "ш".repeat(20));
    assert_eq!(label(21), "ш".repeat(19) + "…");
}

/// What the law, a danger or a promise wants said goes out as it stands; the rest a model may reword.
#[test]
fn some_words_are_nobodys_to_change() {
    for (text, may_reword) in [
        ("сколько стоит маникюр?", true),
        ("позовите администратора", false),
        ("после окрашивания вся голова чешется", false),
        ("стоп", false),
        ("удалите мои данные", false),
    ] {
        let mut talk = Talk::begin("2026-11-19T12:00");
        talk.says("здравствуйте");
        let effects = talk.does(InputKind::Text { text: text.into() });
        assert_eq!(reply(&effects).unwrap().may_reword, may_reword, "{text}");
    }
    let effects = Talk::begin("2026-11-19T12:00")
        .does(InputKind::Text { text: "сколько стоит маникюр?".into() });
    assert!(!reply(&effects).unwrap().may_reword, "the notice about data is in it");
    for exact in [
        Phrase::DataNotice,
        Phrase::Emergency,
        Phrase::SelfHarm,
        Phrase::HandoffNow,
        Phrase::Stranger,
        Phrase::Requested,
    ] {
        assert!(exact.is_exact(), "{}", exact.name());
    }
    assert!(!Phrase::AskWhen.is_exact() && !Phrase::Bye.is_exact());
}

#[test]
fn an_owners_wording_stands_in_place_of_the_books() {
    assert_eq!(wording(&salon(""), Phrase::Bye), "Всего доброго!");
    assert_eq!(wording(&salon("phrases = { bye = \"Пока!\" }"), Phrase::Bye), "Пока!");
}

#[test]
fn days_months_and_counts_read_in_russian() {
    let plain = |text: String| text.replace(wall::NBSP, " ");
    let months = [
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ];
    for (month, name) in (1..).zip(months) {
        let on = jiff::civil::date(2026, month, 5);
        assert!(plain(wall::date(on)).ends_with(&format!(", 5 {name}")), "{month}");
    }
    // The week of Monday 16 November 2026.
    for (day, name) in (16..).zip(["пн", "вт", "ср", "чт", "пт", "сб", "вс"]) {
        assert_eq!(plain(wall::date(jiff::civil::date(2026, 11, day))), format!("{name}, {day} ноября"));
    }
    let at = jiff::civil::datetime(2026, 11, 20, 9, 5, 0, 0);
    let today = jiff::civil::date(2026, 11, 19);
    assert_eq!(plain(wall::moment_from(at, today)), "завтра, пт, 20 ноября, 09:05");
    assert_eq!(wall::moment_short(at, at.date()), "сегодня 09:05");
    assert_eq!(wall::moment_short(at, today), "завтра 09:05");
    assert_eq!(wall::moment_short(at, jiff::civil::date(2026, 11, 18)), "пт 20.11 09:05");
    for (n, word) in [
        (1, "1 минуту"),
        (2, "2 минуты"),
        (4, "4 минуты"),
        (5, "5 минут"),
        (12, "12 минут"),
        (22, "22 минуты"),
        (61, "61 минуту"),
        (101, "1 ч 41 мин"),
    ] {
        assert_eq!(plain(wall::minutes(n)), word);
    }
    let days = |days: &[(i8, i8)]| {
        plain(wall::days(&days.iter().map(|(month, day)| jiff::civil::date(2026, *month, *day)).collect::<Vec<_>>()))
    };
    assert_eq!(days(&[(11, 24), (12, 1), (12, 8)]), "24 ноября, 1 и 8 декабря");
    assert_eq!(days(&[(12, 1), (12, 8), (12, 15)]), "1, 8 и 15 декабря");
    assert_eq!((days(&[]).as_str(), wall::list(&[]).as_str()), ("", ""));
    assert_eq!(wall::list(&["а".to_owned(), "б".to_owned()]), "а и б");
    assert_eq!((wall::capitalised("ёж").as_str(), wall::capitalised("").as_str()), ("Ёж", ""));
}

/// A card's own words for a wish: the visit's moment, else the wish, else nothing.
#[test]
fn a_wish_is_worded_by_what_is_known_of_it() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    let words = |talk: &Talk| {
        nochnik_core::wanted_words(&talk.conv, &talk.business.settings, talk.now).replace(wall::NBSP, " ")
    };
    assert_eq!(words(&talk), "");
    let day = |day| Some(jiff::civil::date(2026, 11, day));
    let hour = |hour| Some(jiff::civil::time(hour, 0, 0, 0));
    let when = |grain, from_on, to_on, from_at, to_at| When {
        grain,
        from_on,
        to_on,
        from_at,
        to_at,
        is_date_stated: true,
        is_hour_certain: true,
    };
    for (wish, expected) in [
        (when(Grain::Days, day(21), day(22), None, None), "сб, 21 ноября – вс, 22 ноября"),
        (when(Grain::Days, day(21), day(21), None, None), "сб, 21 ноября"),
        (when(Grain::FromDay, day(21), None, None, None), "с сб, 21 ноября"),
        (when(Grain::Day, None, day(20), None, None), "завтра, пт, 20 ноября"),
        (when(Grain::Before, None, None, None, hour(12)), "до 12:00"),
        (when(Grain::After, day(20), None, hour(18), None), "завтра, пт, 20 ноября, после 18:00"),
        (when(Grain::Range, day(20), None, hour(18), hour(20)), "завтра, пт, 20 ноября, 18:00–20:00"),
        (when(Grain::Time, day(20), None, hour(18), hour(20)), "завтра, пт, 20 ноября, 18:00"),
    ] {
        talk.conv.wish.when = Some(wish);
        assert_eq!(words(&talk), expected);
    }
    let booked = Talk::booked("", "2026-11-19T12:00", "2026-11-20T15:00");
    assert_eq!(words(&booked), "завтра, пт, 20 ноября, 15:00");
}

#[test]
fn money_and_phones_read_as_people_write_them() {
    let money = |kop: i64| Money::from_kop(kop).to_string().replace(wall::NBSP, " ");
    for (kop, text) in [
        (99_900, "999 ₽"),
        (100_000, "1 000 ₽"),
        (-150_005, "−1 500,05 ₽"),
        (1, "0,01 ₽"),
        (100, "1 ₽"),
        (-1, "−0,01 ₽"),
    ] {
        assert_eq!(money(kop), text);
    }
    assert_eq!(Money::from_rub(12).kop(), 1_200);
    for text in ["+12345678", "+123456789012345"] {
        assert_eq!(Phone::parse(text).map(|phone| phone.e164().to_owned()).as_deref(), Ok(text));
    }
    let foreign = Phone::parse("+375291234567").unwrap();
    assert_eq!((foreign.pretty().as_str(), foreign.masked().as_str()), ("+375291234567", "+37***67"));
    let short = Phone::parse("+712345678").unwrap();
    assert_eq!(short.pretty(), "+712345678", "not ten digits behind +7");
}

/// Two alarms of one kind and subject are one row.
#[test]
fn an_alarm_has_a_kind_and_a_subject() {
    let at = Talk::begin("2026-11-19T12:00").now;
    let booking = || "talk/1".to_owned();
    let case = || nochnik_core::values::CaseId::new("talk/c2");
    let ms = at.as_millisecond().to_string();
    let freed = nochnik_core::waitlist::Freed { specialist: "anna".into(), from: at, to: at };
    for (alarm, kind, subject) in [
        (Alarm::HoldExpired { booking: booking() }, "hold", "talk/1".to_owned()),
        (Alarm::ReminderSilent { booking: booking(), starts_at: None }, "reminder_silent", "talk/1".to_owned()),
        (Alarm::RatingDue { booking: booking(), ends_at: None }, "rating", "talk/1".to_owned()),
        (
            Alarm::ReminderDue { booking: booking(), before_min: 120, starts_at: None },
            "reminder",
            "talk/1/120".to_owned(),
        ),
        (Alarm::Escalation { case: case(), rung: 3 }, "escalation", "talk/c2/3".to_owned()),
        (Alarm::OutcomeDue { case: case() }, "outcome", "talk/c2".to_owned()),
        (Alarm::PromiseDue { case: case() }, "promise", "talk/c2".to_owned()),
        (Alarm::NobodyTook { case: case() }, "nobody_took", "talk/c2".to_owned()),
        (Alarm::Repair { case: case() }, "repair", "talk/c2".to_owned()),
        (Alarm::PersonSilent { since: at }, "person_silent", ms.clone()),
        (Alarm::BackupDue { since: at }, "backup", ms.clone()),
        (Alarm::ConsultDue { since: at }, "consult", ms.clone()),
        (Alarm::SilenceDue { since: at }, "silence", ms.clone()),
        (Alarm::WaitlistOver { since: at }, "waitlist_over", ms.clone()),
        (Alarm::SlotFreed { freed }, "slot_freed", format!("anna/{ms}/{ms}")),
    ] {
        assert_eq!((alarm.kind(), alarm.subject()), (kind, subject));
    }
}

/// The reader of a storm sees how many wait, eight of them with a button, and where the others are.
#[test]
fn a_bundle_tells_how_many_wait() {
    let salon = crate::rules::talk::salon("");
    let two = storm::text(&salon, &["Оля · маникюр", "Вера · брови"]);
    assert_eq!(two.replace('\u{a0}', " "), "Сразу много обращений, ждут: 2 клиента\n1. Оля · маникюр\n2. Вера · брови");
    let eight = storm::text(&salon, &["Оля"; 8]);
    assert!(eight.ends_with("\n8. Оля"), "{eight}");
    let ten = storm::text(&salon, &["Оля"; 10]);
    assert!(ten.contains("\n8. Оля\n") && !ten.contains("\n9."), "{ten}");
    assert!(ten.ends_with("И ещё 2 — в кабинете, «Сейчас»."), "{ten}");
    assert_eq!(storm::label(&salon, 3), "Беру 3");
}

#[test]
fn midnight_ends_a_day_and_begins_another() {
    let span = |from: &str, to: &str| {
        let from = format!("2026-11-29T{from}").parse().unwrap();
        wall::span(from, format!("2026-11-{to}").parse().unwrap()).replace('\u{a0}', " ")
    };
    assert_eq!(span("20:00", "29T23:00"), "вс, 29 ноября, 20:00–23:00");
    assert_eq!(span("20:00", "30T00:00"), "вс, 29 ноября, 20:00–24:00");
    assert_eq!(span("20:00", "30T09:00"), "вс, 29 ноября, 20:00 – пн, 30 ноября, 09:00");
    assert_eq!(span("00:00", "29T00:00"), "вс, 29 ноября, 00:00–00:00");
}

#[test]
fn every_phrase_stands_in_one_chapter_of_the_book() {
    let chapters = chapters();
    assert!(chapters.iter().all(|(title, phrases)| !title.is_empty() && !phrases.is_empty()));
    let mut listed: Vec<&str> = chapters.iter().flat_map(|(_, phrases)| phrases).map(|phrase| phrase.name()).collect();
    let mut all: Vec<&str> = Phrase::ALL.iter().map(|phrase| phrase.name()).collect();
    listed.sort_unstable();
    all.sort_unstable();
    assert_eq!(listed, all);
}

/// What is pressed in one burst stays readable, and a client who presses all day does not fill the state.
#[test]
fn a_button_of_long_ago_is_put_beside_the_ones_of_late() {
    let button = |number: usize| Button { id: format!("b{number}"), label: "Да".into() };
    let mut conv = Talk::begin("2026-11-19T12:00").conv;
    conv.show(&(0..SHOWN_BUTTONS_MAX).map(button).collect::<Vec<_>>());
    let most = SHOWN_BUTTONS_MAX + BURST_MESSAGES_MAX;
    for number in SHOWN_BUTTONS_MAX..most {
        conv.recall(button(number));
    }
    assert_eq!(conv.shown, (0..most).map(button).collect::<Vec<_>>());
    conv.recall(button(most));
    assert_eq!(conv.shown, (1..=most).map(button).collect::<Vec<_>>(), "the oldest goes");
}
