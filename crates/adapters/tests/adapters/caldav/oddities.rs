//! What Yandex and Nextcloud are known for, at a double that does it every time.

use nochnik_adapters::Failure;
use nochnik_adapters::failure::{Scope, codes};
use nochnik_adapters::ports::EventRef;
use nochnik_doubles::caldav::{Folder, Habits, Hrefs, Mode, Tags};
use serde_json::json;

use crate::caldav::desk::{
    BOOKING, FILE, Line, NAME, PHONE, assert_changed, foreign, lines, object, open, reference, span, visit,
};

const FIRST: &str = "2026-11-24T12:00:00Z";
const SECOND: &str = "2026-11-25T09:00:00Z";

fn standing(from: &str, to: &str) -> String {
    format!("{BOOKING} {from} – {to}")
}

/// Whatever the server's habits, a visit is written, found, moved and removed, and foreign events are read.
#[tokio::test]
async fn every_server_is_understood() {
    for hrefs in [Hrefs::Plain, Hrefs::Escaped, Hrefs::Absolute] {
        for is_prefixed in [false, true] {
            for tags in [Tags::Strong, Tags::Weak, Tags::None] {
                for can_sync in [true, false] {
                    let habits = Habits { hrefs, is_prefixed, tags, can_sync, ..Habits::default() };
                    lives(Line::new(habits.clone())).await;
                }
            }
        }
    }
    lives(Line::new(Habits { can_sync: false, has_ctag: false, ..Habits::default() })).await;
    lives(Line::new(Habits { part: 1, ..Habits::default() })).await;
}

async fn lives(line: Line) {
    let calendar = line.calendar();
    line.double.write("стрижка & @.ics", foreign("f", "20261124T060000Z").as_bytes());
    let stored = calendar.put(&visit(FIRST), None).await.unwrap();
    let whole = calendar.changes(None, span()).await.unwrap();
    let found = lines(&whole);
    assert_eq!(found["стрижка & @.ics"], "2026-11-24T06:00:00Z – 2026-11-24T07:00:00Z");
    assert_eq!(found[FILE], standing(FIRST, "2026-11-24T13:00:00Z"));

    let moved = calendar.put(&visit(SECOND), Some(&stored)).await.unwrap();
    line.double.delete("стрижка & @.ics");
    line.double.write("b.ics", foreign("b", "20261126T060000Z").as_bytes());
    let news = calendar.changes(whole.cursor.as_deref(), span()).await.unwrap();
    let found = lines(&news);
    assert_eq!(found["стрижка & @.ics"], "gone");
    assert_eq!(found["b.ics"], "2026-11-26T06:00:00Z – 2026-11-26T07:00:00Z");
    assert_eq!(found[FILE], standing(SECOND, "2026-11-25T10:00:00Z"));
    assert!(!news.is_whole);
    let quiet = calendar.changes(news.cursor.as_deref(), span()).await.unwrap();
    assert_eq!(lines(&quiet).len(), 0);

    assert_changed(calendar.remove(&stored).await);
    calendar.remove(&moved).await.unwrap();
    calendar.remove(&moved).await.unwrap();
    assert!(!line.double.events().contains_key(FILE));
    line.double.assert_clean();
}

/// As it comes from a property, where versions are told even by a server that leaves them out of its headers.
#[tokio::test]
async fn a_version_that_was_heard_in_a_report_fits_a_write() {
    let line = Line::new(Habits { tags: Tags::Weak, ..Habits::default() });
    let calendar = line.calendar();
    calendar.put(&visit(FIRST), None).await.unwrap();
    let known = reference(&calendar.changes(None, span()).await.unwrap(), FILE);
    assert_eq!(known.version, "\"2\"");
    let moved = calendar.put(&visit(SECOND), Some(&known)).await.unwrap();
    assert_eq!(moved.version, "W/\"3\"");
    calendar.remove(&moved).await.unwrap();
    line.double.assert_clean();
}

#[tokio::test]
async fn a_late_gateway_leaves_it_unknown_and_the_next_put_finds_out() {
    for (mode, events) in [(Mode::LateGateway, 1), (Mode::Gateway, 0), (Mode::Drops, 1)] {
        let line = Line::new(Habits::default());
        let calendar = line.calendar();
        line.double.meets([mode.clone()]);
        let failure = calendar.put(&visit(FIRST), None).await.unwrap_err();
        assert!(matches!(failure, Failure::Unknown { .. }), "{mode:?}: {failure:?}");
        assert_eq!(line.double.events().len(), events, "{mode:?}");
        let stored = calendar.put(&visit(FIRST), None).await.unwrap();
        assert_eq!(line.double.events().len(), 1, "{mode:?}");

        line.double.meets([mode.clone()]);
        let failure = calendar.put(&visit(SECOND), Some(&stored)).await.unwrap_err();
        assert!(matches!(failure, Failure::Unknown { .. }), "{mode:?}: {failure:?}");
        let moved = calendar.put(&visit(SECOND), Some(&stored)).await.unwrap();
        assert_ne!(moved.version, stored.version, "{mode:?}");

        // To take away twice does no harm.
        line.double.meets([mode.clone()]);
        let failure = calendar.remove(&moved).await.unwrap_err();
        assert!(matches!(failure, Failure::Later { .. }), "{mode:?}: {failure:?}");
        calendar.remove(&moved).await.unwrap();
        assert_eq!(line.double.events().len(), 0, "{mode:?}");
        line.double.assert_clean();
    }
}

#[tokio::test]
async fn a_calendar_that_stores_nothing_is_broken() {
    let line = Line::new(Habits::default());
    line.double.add("holidays", Folder::new("Праздники", "VEVENT").read_only());
    // The one calendar that may be written is meant.
    line.calendar().put(&visit(FIRST), None).await.unwrap();
    let holidays = open(&[("calendar", json!("праздники"))], line.wire());
    for calendar in [&holidays, &line.calendar()] {
        if std::ptr::eq(calendar, &holidays) {
            let said = holidays.check().await.unwrap();
            assert!(said[1].starts_with("Записывать в него нельзя"), "{said:?}");
        } else {
            line.double.delete(FILE);
            line.double.meets([Mode::Pretends]);
        }
        match calendar.put(&visit(FIRST), None).await.unwrap_err() {
            Failure::Broken { hint, .. } => assert!(hint.contains("не хранит")),
            other => panic!("{other:?}"),
        }
    }
    line.double.assert_clean();
}

#[tokio::test]
async fn another_event_under_the_name_is_nobodys_to_overwrite() {
    let line = Line::new(Habits::default());
    let calendar = line.calendar();
    for text in [foreign("f", "20261124T120000Z"), "no calendar at all".to_owned()] {
        line.double.write(FILE, text.as_bytes());
        assert_changed(calendar.put(&visit(FIRST), None).await);
        assert_eq!(line.double.events()[FILE], text.as_bytes());
    }
    // Ours, but a person moved it meanwhile.
    line.double.delete(FILE);
    calendar.put(&visit(FIRST), None).await.unwrap();
    assert_changed(calendar.put(&visit(SECOND), None).await);
    line.double.assert_clean();
}

#[tokio::test]
async fn a_name_kept_by_the_bin_is_told_to_the_owner() {
    let line = Line::new(Habits { keeps_names: true, ..Habits::default() });
    let calendar = line.calendar();
    let stored = calendar.put(&visit(FIRST), None).await.unwrap();
    calendar.remove(&stored).await.unwrap();
    match calendar.put(&visit(FIRST), None).await.unwrap_err() {
        Failure::Broken { hint, .. } => assert!(hint.contains("корзин"), "{hint}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_uid_that_stands_elsewhere_is_a_change() {
    let line = Line::new(Habits::default());
    line.double.meets([Mode::Status(409, None, "no-uid-conflict")]);
    assert_changed(line.calendar().put(&visit(FIRST), None).await);
}

/// Changed, deleted and written anew by a person: all of it is the person's word.
#[tokio::test]
async fn what_a_person_did_is_never_overwritten() {
    let line = Line::new(Habits::default());
    let calendar = line.calendar();
    let stored = calendar.put(&visit(FIRST), None).await.unwrap();
    let theirs = String::from_utf8(line.double.events()[FILE].clone())
        .unwrap()
        .replace("DTEND:20261124T13", "DTEND:20261124T14");
    line.double.write(FILE, theirs.as_bytes());
    assert_changed(calendar.put(&visit(SECOND), Some(&stored)).await);
    assert_changed(calendar.remove(&stored).await);
    assert_eq!(line.double.events()[FILE], theirs.as_bytes());
    line.double.delete(FILE);
    assert_changed(calendar.put(&visit(SECOND), Some(&stored)).await);
    assert_eq!(line.double.events().len(), 0);

    // A person took the booking out of the event: it is theirs now.
    line.double.write(FILE, theirs.replace("X-NOCHNIK-BOOKING", "X-OTHER").as_bytes());
    let whole = calendar.changes(None, span()).await.unwrap();
    assert_eq!(lines(&whole)[FILE], "2026-11-24T12:00:00Z – 2026-11-24T14:00:00Z");
    assert_changed(calendar.put(&visit(SECOND), Some(&reference(&whole, FILE))).await);
    line.double.assert_clean();
}

#[tokio::test]
async fn tokens_that_died_bring_everything_again() {
    let line = Line::new(Habits::default());
    let calendar = line.calendar();
    line.double.write("a.ics", foreign("a", "20261124T060000Z").as_bytes());
    let whole = calendar.changes(None, span()).await.unwrap();
    line.double.forget_tokens();
    let again = calendar.changes(whole.cursor.as_deref(), span()).await.unwrap();
    assert!(again.is_whole);
    assert_eq!(lines(&again), lines(&whole));
    // The server learned to sync, or forgot how: the old cursor means nothing to it.
    line.double.change(Habits { can_sync: false, ..Habits::default() });
    assert!(line.calendar().changes(again.cursor.as_deref(), span()).await.unwrap().is_whole);
    line.double.assert_clean();
}

#[tokio::test]
async fn nothing_is_read_while_nothing_changed() {
    for can_sync in [true, false] {
        let line = Line::new(Habits { can_sync, ..Habits::default() });
        let calendar = line.calendar();
        line.double.write("a.ics", foreign("a", "20261124T060000Z").as_bytes());
        let whole = calendar.changes(None, span()).await.unwrap();
        line.heard();
        calendar.changes(whole.cursor.as_deref(), span()).await.unwrap();
        assert_eq!(line.heard().len(), 1, "one question, sync: {can_sync}");
    }
}

/// More events than are asked for at once, and one that nobody can read among them.
#[tokio::test]
async fn one_bad_event_does_not_hide_the_others() {
    let line = Line::new(Habits::default());
    for number in 0..120 {
        line.double.write(&format!("{number}.ics"), foreign(&number.to_string(), "20261124T060000Z").as_bytes());
    }
    line.double.write("bad.ics", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n");
    let calendar = line.calendar();
    let whole = calendar.changes(None, span()).await.unwrap();
    assert_eq!(whole.events.len(), 120);
    let said = calendar.check().await.unwrap();
    assert!(said.contains(&"Не читаются и время не занимают: 1.".to_owned()), "{said:?}");
    // A known event that became unreadable takes no time any more.
    line.double.write("7.ics", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n");
    let news = calendar.changes(whole.cursor.as_deref(), span()).await.unwrap();
    assert_eq!(lines(&news)["7.ics"], "gone");
    line.double.assert_clean();
}

#[tokio::test]
async fn a_calendar_that_moved_is_found_again() {
    let line = Line::new(Habits::default());
    let calendar = line.calendar();
    let stored = calendar.put(&visit(FIRST), None).await.unwrap();
    let whole = calendar.changes(None, span()).await.unwrap();
    line.double.rename("events-1", "events-2");
    let again = calendar.changes(whole.cursor.as_deref(), span()).await.unwrap();
    assert!(again.is_whole, "a cursor of another calendar");
    assert_eq!(lines(&again), lines(&whole));

    line.double.rename("events-2", "events-3");
    let known: EventRef = stored;
    for _ in 0..2 {
        match calendar.put(&visit(SECOND), Some(&known)).await {
            Ok(_) => {
                line.double.assert_clean();
                return;
            }
            Err(failure) => assert!(matches!(failure, Failure::Later { .. }), "{failure:?}"),
        }
    }
    panic!("it was not looked for again");
}

#[tokio::test]
async fn no_client_leaves_while_clients_are_not_shown() {
    let line = Line::new(Habits::default());
    let calendar = line.calendar();
    let stored = calendar.put(&visit(FIRST), None).await.unwrap();
    let moved = calendar.put(&visit(SECOND), Some(&stored)).await.unwrap();
    calendar.remove(&moved).await.unwrap();
    let heard = line.heard().join("\n");
    for secret in [NAME, "Приметная", PHONE, "5550123", "555-01-23", "Маникюр"] {
        assert!(!heard.contains(secret), "{secret}");
    }
    assert!(!calendar.destination().contains("salon.example"), "{}", calendar.destination());
}

/// Other people's invitations and alarms in our event are kept, and the client's name cannot add a line.
#[tokio::test]
async fn a_name_adds_nothing_but_itself() {
    let line = Line::new(Habits::default());
    let calendar = open(&[("show_clients", json!(true))], line.wire());
    let mut visit = visit(FIRST);
    visit.client_name = "Оля; «Ёлка», 1\\2\r\nATTENDEE:mailto:thief@evil.example\u{7}".to_owned();
    visit.title = format!("Окрашивание {}", "и стрижка ".repeat(30));
    calendar.put(&visit, None).await.unwrap();
    let text = String::from_utf8(line.double.events()[FILE].clone()).unwrap().replace("\r\n ", "");
    let name = r"DESCRIPTION:Клиент: Оля\; «Ёлка»\, 1\\2  ATTENDEE:mailto:thief@evil.example \nТелефон: ";
    assert!(text.contains(name), "{text}");
    assert!(!text.lines().any(|line| line.starts_with("ATTENDEE")), "{text}");
    line.double.assert_clean();
}

#[tokio::test]
async fn refusals_of_a_write_are_sorted() {
    #[derive(Debug)]
    enum Means {
        Later(Option<i64>, Scope),
        Refused(&'static str),
        Broken,
        Unknown,
    }
    for (status, retry_s, condition, expected) in [
        (400, None, "", Means::Refused(codes::MALFORMED)),
        (401, None, "", Means::Broken),
        (403, None, "", Means::Broken),
        (403, None, "valid-calendar-data", Means::Refused(codes::MALFORMED)),
        (403, None, "max-resource-size", Means::Refused(codes::MALFORMED)),
        (404, None, "", Means::Later(None, Scope::Row)),
        (409, None, "", Means::Later(None, Scope::Row)),
        (413, None, "", Means::Refused(codes::MALFORMED)),
        (415, None, "", Means::Refused(codes::MALFORMED)),
        (423, None, "", Means::Later(None, Scope::Row)),
        (429, Some(30), "", Means::Later(Some(30), Scope::Destination)),
        (500, None, "", Means::Unknown),
        (502, None, "", Means::Unknown),
        (503, Some(120), "", Means::Later(Some(120), Scope::Destination)),
        (504, None, "", Means::Unknown),
        (507, None, "", Means::Broken),
        (302, None, "", Means::Broken),
    ] {
        let line = Line::new(Habits::default());
        line.double.meets([Mode::Status(status, retry_s, condition)]);
        let failure = line.calendar().put(&visit(FIRST), None).await.unwrap_err();
        let fits = match (&failure, &expected) {
            (Failure::Later { after, scope, .. }, Means::Later(wait, whom)) => {
                after.map(|after| after.as_secs()) == *wait && scope == whom
            }
            (Failure::Refused { code, .. }, Means::Refused(wanted)) => code == wanted,
            (Failure::Broken { hint, .. }, Means::Broken) => hint.chars().count() > 40,
            (Failure::Unknown { .. }, Means::Unknown) => true,
            _ => false,
        };
        assert!(fits, "{status} {condition}: {failure:?}, expected {expected:?}");
    }
}

/// A person made the visit a series, or moved one event of two into its object: the rest of the object stays.
#[tokio::test]
async fn the_rest_of_the_object_stays() {
    let line = Line::new(Habits::default());
    let calendar = line.calendar();
    calendar.put(&visit(FIRST), None).await.unwrap();
    let ours = String::from_utf8(line.double.events()[FILE].clone()).unwrap();
    let zone = "BEGIN:VTIMEZONE\r\nTZID:X\r\nX-LONG:дальний пояс\r\nEND:VTIMEZONE\r\n";
    let theirs = object("UID:other\nDTSTAMP:20261101T000000Z\nDTSTART:20261124T060000Z\nDTEND:20261124T070000Z");
    let theirs = theirs.split("PRODID:-//Test//RU\r\n").nth(1).unwrap().replace("END:VCALENDAR\r\n", "");
    let text = ours.replacen("BEGIN:VEVENT", &format!("{zone}{theirs}BEGIN:VEVENT"), 1);
    let text = text.replace("SEQUENCE:0", "CATEGORIES:Важное\r\nSEQUENCE:41");
    line.double.write(FILE, text.as_bytes());
    let known = reference(&calendar.changes(None, span()).await.unwrap(), FILE);
    calendar.put(&visit(SECOND), Some(&known)).await.unwrap();
    let stored = String::from_utf8(line.double.events()[FILE].clone()).unwrap();
    for kept in [zone, theirs.as_str(), "CATEGORIES:Важное\r\n", "SEQUENCE:42\r\n", "DTSTART:20261125T090000Z\r\n"]
    {
        assert!(stored.contains(kept), "{kept}: {stored}");
    }
    assert!(!stored.contains("20261124T120000Z"), "{stored}");
}
