//! What changes in the journal, read with a user's token.

use jiff::civil::date;
use nochnik_adapters::ports::{EventState, Span};
use nochnik_doubles::yclients::Settings;
use serde_json::json;

use crate::yclients::desk::{ANNA, Desk, MARIA, Mode, at, visit, visit_at};

#[tokio::test(start_paused = true)]
async fn only_times_that_are_free_there_are_free_here() {
    let mut desk = Desk::new(Settings::default(), Mode::User);
    let now_ms = desk.now_ms();
    desk.branch.administrator_adds(ANNA, at("2026-11-24T09:00:00Z").as_second(), 5_400, now_ms);
    desk.branch.administrator_sets_hours(MARIA, date(2026, 11, 25), vec![]);
    desk.branch.administrator_sets_hours(MARIA, date(2026, 11, 26), vec![(600, 780), (900, 1_440)]);
    let span = desk.ahead(14);
    let changes = desk.read(span).await.unwrap();
    assert!(changes.is_whole && changes.cursor.is_some());
    for (who, from, minutes, is_free) in [
        ("anna", "2026-11-24T08:00:00Z", 60, true),
        ("anna", "2026-11-24T09:00:00Z", 30, false),
        ("anna", "2026-11-24T10:00:00Z", 60, false),
        ("anna", "2026-11-24T10:30:00Z", 60, true),
        ("maria", "2026-11-24T09:00:00Z", 60, true),
        // Before ten and after eight, Moscow time, and on Sundays nobody works.
        ("anna", "2026-11-24T06:30:00Z", 60, false),
        ("anna", "2026-11-24T16:30:00Z", 60, false),
        ("anna", "2026-11-29T12:00:00Z", 60, false),
        ("maria", "2026-11-25T12:00:00Z", 60, false),
        // A break from one to three, and work until midnight.
        ("maria", "2026-11-26T09:00:00Z", 60, true),
        ("maria", "2026-11-26T09:30:00Z", 60, false),
        ("maria", "2026-11-26T12:00:00Z", 540, true),
        ("maria", "2026-11-26T12:00:00Z", 570, false),
    ] {
        assert_eq!(desk.is_free(who, from, minutes), is_free, "{who} at {from} for {minutes}");
    }
    let is_within = |changed: &nochnik_adapters::ports::Changed| match &changed.state {
        EventState::Busy(times) => times.iter().all(|taken| span.from <= taken.span.from && taken.span.to <= span.to),
        _ => true,
    };
    assert!(changes.events.iter().all(is_within));
    assert!(desk.heard.contains_key("hours:6544:2026-11-24"));
    desk.branch.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn what_the_administrator_does_comes_back() {
    let mut desk = Desk::new(Settings::default(), Mode::User);
    let event = desk.deliver(&visit(), None).await.unwrap();
    let span = desk.ahead(14);
    desk.read(span).await.unwrap();
    let (heard, time) = desk.visit_of(&visit().booking).unwrap();
    assert_eq!((heard.id.as_str(), time.span), (event.id.as_str(), visit().span));
    let id: i64 = event.id.parse().unwrap();

    desk.pass(300_000).await;
    let now_ms = desk.now_ms();
    let moved_s = at("2026-11-26T10:00:00Z").as_second();
    desk.branch.administrator_moves(id, MARIA, moved_s, now_ms);
    let other = desk.branch.administrator_adds(ANNA, at("2026-11-24T14:00:00Z").as_second(), 3_600, now_ms);
    let changes = desk.read(span).await.unwrap();
    assert!(!changes.is_whole);
    let (heard, time) = desk.visit_of(&visit().booking).unwrap();
    assert_eq!((heard.id.as_str(), time.span.from.as_second()), (event.id.as_str(), moved_s));
    assert_ne!(heard.version, event.version);
    assert_eq!(time.specialist.unwrap().as_str(), "maria");
    assert!(desk.is_free("anna", "2026-11-24T12:00:00Z", 60));
    assert!(!desk.is_free("anna", "2026-11-24T14:00:00Z", 60));

    desk.pass(300_000).await;
    let now_ms = desk.now_ms();
    desk.branch.administrator_lengthens(id, 7_200, now_ms);
    desk.branch.administrator_deletes(other, now_ms);
    desk.read(span).await.unwrap();
    let (longer, time) = desk.visit_of(&visit().booking).unwrap();
    assert_eq!(time.span.to.as_second(), moved_s + 7_200);
    assert_ne!(longer.version, heard.version);
    assert!(desk.is_free("anna", "2026-11-24T14:00:00Z", 60));

    desk.pass(300_000).await;
    let now_ms = desk.now_ms();
    desk.branch.administrator_deletes(id, now_ms);
    let changes = desk.read(span).await.unwrap();
    let gone = changes.events.iter().find(|changed| changed.event.id == event.id).unwrap();
    assert_eq!(gone.state, EventState::Gone);
    desk.branch.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn a_no_show_is_a_mark_and_not_a_cancellation() {
    let mut desk = Desk::new(Settings::default(), Mode::User);
    let event = desk.deliver(&visit(), None).await.unwrap();
    let span = desk.ahead(14);
    desk.read(span).await.unwrap();
    desk.pass(300_000).await;
    let now_ms = desk.now_ms();
    desk.branch.administrator_marks(event.id.parse().unwrap(), -1, now_ms);
    let changes = desk.read(span).await.unwrap();
    let marked = changes.events.iter().find(|changed| changed.event.id == event.id).unwrap();
    assert!(matches!(marked.state, EventState::Visit { .. }), "{:?}", marked.state);
}

/// The administrator wrote over our comment; what travels in the cursor still knows whose record it is.
#[tokio::test(start_paused = true)]
async fn our_record_is_known_without_its_comment_and_after_a_restart() {
    let mut desk = Desk::new(Settings::default(), Mode::User);
    let event = desk.deliver(&visit(), None).await.unwrap();
    let span = desk.ahead(14);
    desk.read(span).await.unwrap();
    desk.pass(300_000).await;
    let now_ms = desk.now_ms();
    desk.branch.administrator_comments(event.id.parse().unwrap(), "Просила тише музыку", now_ms);
    desk.restart();
    desk.read(span).await.unwrap();
    assert_eq!(desk.visit_of(&visit().booking).unwrap().0.id, event.id);
}

/// Changes become visible out of order, and a record that nobody touched comes near.
#[tokio::test(start_paused = true)]
async fn nothing_is_missed_between_readings() {
    let mut desk = Desk::new(Settings::default(), Mode::User);
    let now_ms = desk.now_ms();
    let far_s = at("2026-12-08T09:00:00Z").as_second();
    desk.branch.administrator_adds(ANNA, far_s, 3_600, now_ms - 86_400_000);
    desk.branch.administrator_adds(ANNA, at("2026-11-24T09:00:00Z").as_second(), 3_600, now_ms);
    let span = desk.ahead(14);
    desk.read(span).await.unwrap();
    assert!(desk.is_free("anna", "2026-12-08T09:00:00Z", 60), "beyond what was asked for");

    // Stamped a minute before the last change that was seen, and only now to be seen.
    desk.branch.administrator_adds(ANNA, at("2026-11-27T11:00:00Z").as_second(), 3_600, now_ms - 60_000);
    desk.pass(2 * 86_400_000).await;
    let span = desk.ahead(14);
    let changes = desk.read(span).await.unwrap();
    assert!(!changes.is_whole);
    assert!(!desk.is_free("anna", "2026-11-27T11:00:00Z", 60), "late to be seen");
    assert!(!desk.is_free("anna", "2026-12-08T09:00:00Z", 60), "come near");
    desk.branch.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn hours_are_read_again_after_a_while() {
    let mut desk = Desk::new(Settings::default(), Mode::User);
    let span = desk.ahead(14);
    desk.read(span).await.unwrap();
    let asked = desk.branch.calls("GET schedule");
    desk.branch.administrator_sets_hours(ANNA, date(2026, 11, 24), vec![]);
    desk.pass(300_000).await;
    desk.read(span).await.unwrap();
    assert_eq!(desk.branch.calls("GET schedule"), asked, "a moment ago");
    desk.pass(900_000).await;
    desk.read(span).await.unwrap();
    assert!(!desk.is_free("anna", "2026-11-24T12:00:00Z", 60));
    desk.branch.administrator_sets_hours(ANNA, date(2026, 11, 24), vec![(0, 1_440)]);
    desk.pass(1_000_000).await;
    desk.read(span).await.unwrap();
    assert!(desk.is_free("anna", "2026-11-24T00:00:00Z", 1_200), "open day and night: the event is gone");
    desk.branch.assert_clean();
}

/// A page may be shorter than was asked for, and nobody may say how many rows there are.
#[tokio::test(start_paused = true)]
async fn pages_are_read_to_the_last_row() {
    for (tells_total, page_max) in [(true, 100), (true, 7), (false, 100), (false, 7)] {
        let mut desk = Desk::new(Settings { tells_total, page_max, ..Settings::default() }, Mode::User);
        let now_ms = desk.now_ms();
        for number in 0..100 {
            let day = 24 + number / 25;
            let from_s = at(&format!("2026-11-{day}T07:00:00Z")).as_second() + (number % 25) * 1_440;
            desk.branch.administrator_adds(ANNA, from_s, 1_440, now_ms);
        }
        let span = desk.ahead(14);
        desk.read(span).await.unwrap();
        let records = desk.heard.keys().filter(|id| id.bytes().all(|b| b.is_ascii_digit())).count();
        assert_eq!(records, 100, "{tells_total} {page_max}");
        desk.branch.assert_clean();
    }
}

#[tokio::test(start_paused = true)]
async fn a_cursor_of_other_settings_or_of_nobody_begins_anew() {
    let mut desk = Desk::new(Settings::default(), Mode::User);
    desk.deliver(&visit(), None).await.unwrap();
    let span = desk.ahead(14);
    desk.read(span).await.unwrap();
    let cursor = desk.cursor.clone().unwrap();
    assert!(!desk.read(span).await.unwrap().is_whole);
    desk.cursor = Some("17".to_owned());
    assert!(desk.read(span).await.unwrap().is_whole);

    let mut other = Desk::with(Settings::default(), Mode::User, &[("staff", json!({ "anna": MARIA }))]);
    other.cursor = Some(cursor);
    assert!(other.read(span).await.unwrap().is_whole);
    assert!(other.heard.keys().all(|id| !id.starts_with("hours:6544")));
}

#[tokio::test(start_paused = true)]
async fn a_record_moved_to_a_master_nobody_knows_frees_its_time() {
    let mut desk = Desk::with(Settings::default(), Mode::User, &[("staff", json!({ "anna": ANNA }))]);
    let now_ms = desk.now_ms();
    let other = desk.branch.administrator_adds(ANNA, at("2026-11-24T12:00:00Z").as_second(), 3_600, now_ms);
    let span = desk.ahead(14);
    desk.read(span).await.unwrap();
    assert!(!desk.is_free("anna", "2026-11-24T12:00:00Z", 60));
    desk.pass(60_000).await;
    let now_ms = desk.now_ms();
    desk.branch.administrator_moves(other, MARIA, at("2026-11-24T12:00:00Z").as_second(), now_ms);
    desk.read(span).await.unwrap();
    assert!(desk.is_free("anna", "2026-11-24T12:00:00Z", 60));
}

#[tokio::test(start_paused = true)]
async fn an_empty_span_asks_for_nothing_and_a_visit_next_day_is_read_in_the_branchs_zone() {
    let mut desk = Desk::new(Settings { zone: "Asia/Vladivostok".to_owned(), ..Settings::default() }, Mode::User);
    let nothing = desk.read(Span { from: at("2026-11-24T00:00:00Z"), to: at("2026-11-24T00:00:00Z") }).await.unwrap();
    assert!(nothing.events.is_empty());
    desk.cursor = None;
    // Ten in the morning there is midnight in Greenwich.
    desk.deliver(&visit_at("2026-11-25T00:00:00Z"), None).await.unwrap();
    let span = desk.ahead(14);
    desk.read(span).await.unwrap();
    assert_eq!(desk.visit_of(&visit().booking).unwrap().1.span.from, at("2026-11-25T00:00:00Z"));
    assert!(desk.is_free("anna", "2026-11-25T02:00:00Z", 60));
    assert!(!desk.is_free("anna", "2026-11-24T23:00:00Z", 60));
    desk.branch.assert_clean();
}

/// A person put our visit outside of the master's hours: it is ours all the same, and nothing covers it.
#[tokio::test(start_paused = true)]
async fn our_visit_outside_of_hours_is_not_covered_by_them() {
    let mut desk = Desk::new(Settings::default(), Mode::User);
    let event = desk.deliver(&visit(), None).await.unwrap();
    let now_ms = desk.now_ms();
    desk.branch.administrator_moves(event.id.parse().unwrap(), ANNA, at("2026-11-24T18:00:00Z").as_second(), now_ms);
    let span = desk.ahead(14);
    let changes = desk.read(span).await.unwrap();
    let covers = changes.events.iter().any(|changed| match &changed.state {
        EventState::Busy(times) => times.iter().any(|taken| {
            taken.specialist.as_ref().is_some_and(|ours| ours.as_str() == "anna")
                && taken.span.from < at("2026-11-24T19:00:00Z")
                && at("2026-11-24T18:00:00Z") < taken.span.to
        }),
        _ => false,
    });
    assert!(!covers);
    assert!(!desk.is_free("anna", "2026-11-24T18:00:00Z", 60), "the visit itself");
}
