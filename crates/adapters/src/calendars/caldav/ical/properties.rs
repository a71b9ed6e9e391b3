//! What must hold for any visit and for any bytes.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use nochnik_core::values::{Phone, ServiceId, SpecialistId};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, proptest};
use proptest::sample::select;
use proptest::{prop_assert, prop_assert_eq};

use super::lines::unfold;
use super::{Content, Draft, Own, What, compose, edit, read, stands};
use crate::ports::{Span, TIMES_MAX, Visit};

fn visit(booking: &str, title: &str, name: &str, from_s: i64, length_s: i64) -> Visit {
    let moment = |s| Timestamp::from_second(s).unwrap();
    Visit {
        booking: booking.to_owned(),
        business: "lotos".to_owned(),
        specialist: SpecialistId::new("anna"),
        services: vec![ServiceId::new("manicure")],
        title: title.to_owned(),
        span: Span { from: moment(from_s), to: moment(from_s + length_s) },
        zone: "Europe/Moscow".to_owned(),
        client_name: name.to_owned(),
        client_phone: Some(Phone::parse("+79185550123").unwrap()),
    }
}

fn weeks() -> Span {
    Span { from: "2026-11-22T00:00:00Z".parse().unwrap(), to: "2027-05-22T00:00:00Z".parse().unwrap() }
}

/// Lines that mean something, with values that mostly do not.
fn lines() -> impl Strategy<Value = String> {
    let time = select(vec![
        "20261124T120000Z", "20261124", "20261124T120000", "16000101T000000Z", "23001231T235959", "20240229", "x", "",
    ]);
    let name = select(vec![
        "DTSTART", "DTEND", "DTSTART;TZID=Europe/Moscow", "RECURRENCE-ID", "RDATE", "EXDATE", "DTSTART;TZID=X",
        "RDATE;VALUE=PERIOD", "UID", "DURATION", "TRANSP", "STATUS", "BEGIN", "END", "X-NOCHNIK-BOOKING",
    ]);
    let value = select(vec![
        "PT1H", "P1W", "-P1D", "P36000D", "VEVENT", "VALARM", "20261124T120000Z/PT1H", "TRANSPARENT", "CANCELLED", "a@lotos",
    ]);
    let frequency = select(vec!["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]);
    let part = select(vec![
        "COUNT", "INTERVAL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYHOUR", "BYMINUTE", "BYSECOND",
        "BYSETPOS", "WKST", "UNTIL", "RSCALE",
    ]);
    let number = select(vec![
        "1", "2", "-1", "31", "366", "53", "0", "65535", "4294967295", "MO", "-1SU", "5FR", "20261201T000000Z", "20270101",
    ]);
    let rule = (frequency, vec((part, number), 0..4)).prop_map(|(frequency, parts)| {
        let parts: String = parts.iter().map(|(part, number)| format!(";{part}={number}")).collect();
        format!("RRULE:FREQ={frequency}{parts}")
    });
    let plain = (name.clone(), time).prop_map(|(name, time)| format!("{name}:{time}"));
    let other = (name, value).prop_map(|(name, value)| format!("{name}:{value}"));
    proptest::prop_oneof![3 => plain, 2 => rule, 1 => other]
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        booking in "[0-9a-f-]{36}/[a-z0-9]{1,3}",
        (title, name) in (any::<String>(), any::<String>()),
        from_s in 1_700_000_000_i64..2_000_000_000,
        length_s in 1_i64..200_000,
        show_clients in any::<bool>(),
    ) {
        let now = Timestamp::from_second(1_795_000_000).unwrap();
        let first = visit(&booking, &title, &name, from_s, length_s);
        let draft = Draft::of(&first, show_clients);
        let text = compose(&draft, now);
        let own = |text: &str| read(text.as_bytes(), first.span, &TimeZone::UTC, |_, uid| uid == format!("{booking}@lotos"));
        let expected = |span| Ok(Content { what: What::Visit(Own { booking: booking.clone(), stands: true, span }), broken: 0 });
        prop_assert_eq!(own(&text), expected(first.span));
        prop_assert!(stands(text.as_bytes(), &draft));
        prop_assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])));

        let later = visit(&booking, &name, &title, from_s + 3_600, length_s);
        let draft = Draft::of(&later, show_clients);
        let kept = text.replace("END:VEVENT", "X-KEPT:да\r\nEND:VEVENT");
        let moved = edit(kept.as_bytes(), &draft, now).unwrap();
        prop_assert_eq!(own(&moved), expected(later.span));
        prop_assert!(stands(moved.as_bytes(), &draft));
        prop_assert!(moved.contains("X-KEPT:да\r\n") && moved.contains("SEQUENCE:1\r\n"));
        prop_assert_eq!(unfold(moved.as_bytes()).iter().filter(|line| line.starts_with("DTSTART")).count(), 1);
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in vec(any::<u8>(), 0..400)) {
        let draft = Draft::of(&visit("b", "t", "n", 0, 60), true);
        let _ = read(&bytes, weeks(), &TimeZone::UTC, |_, _| true);
        let _ = edit(&bytes, &draft, Timestamp::UNIX_EPOCH);
        let _ = stands(&bytes, &draft);
    }

    #[test]
    fn no_event_is_too_strange(lines in vec(lines(), 0..8), start in any::<bool>()) {
        let zone = "BEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0400\n\
            RRULE:FREQ=YEARLY;BYMONTH=3\nEND:STANDARD\nEND:VTIMEZONE\n";
        let start = if start { "DTSTART:20100101T000000Z\n" } else { "" };
        let text = format!("BEGIN:VCALENDAR\n{zone}BEGIN:VEVENT\n{start}{}\nEND:VEVENT\nEND:VCALENDAR", lines.join("\n"));
        if let Ok(Content { what: What::Busy(times), .. }) = read(text.as_bytes(), weeks(), &TimeZone::UTC, |_, _| false) {
            prop_assert!(times.len() <= TIMES_MAX);
            prop_assert!(times.iter().all(|time| weeks().from <= time.from && time.from < time.to && time.to <= weeks().to));
        }
    }
}
