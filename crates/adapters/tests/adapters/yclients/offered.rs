//! Free times with the partner's token alone: what online booking offers.

use jiff::civil::date;
use nochnik_adapters::ports::EventState;
use nochnik_doubles::yclients::Settings;
use serde_json::json;

use crate::yclients::desk::{ANNA, Desk, MARIA, Mode, at, visit};

#[tokio::test(start_paused = true)]
async fn only_times_that_are_offered_there_are_free_here() {
    let mut desk = Desk::new(Settings::default(), Mode::Partner);
    let now_ms = desk.now_ms();
    desk.branch.administrator_adds(ANNA, at("2026-11-24T09:00:00Z").as_second(), 5_400, now_ms);
    desk.branch.administrator_sets_hours(MARIA, date(2026, 11, 25), vec![]);
    let span = desk.ahead(30);
    desk.read(span).await.unwrap();
    for (who, from, minutes, is_free) in [
        ("anna", "2026-11-24T08:00:00Z", 60, true),
        ("anna", "2026-11-24T09:00:00Z", 30, false),
        ("anna", "2026-11-24T10:00:00Z", 30, false),
        ("anna", "2026-11-24T10:30:00Z", 390, true),
        ("anna", "2026-11-24T06:30:00Z", 30, false),
        ("anna", "2026-11-24T17:00:00Z", 30, false),
        ("anna", "2026-11-29T12:00:00Z", 60, false),
        ("maria", "2026-11-25T12:00:00Z", 60, false),
        ("maria", "2026-11-26T12:00:00Z", 60, true),
        // Later than two weeks only whole days are known: the check before a booking tells the rest.
        ("anna", "2026-12-15T03:00:00Z", 60, true),
        ("anna", "2026-12-20T12:00:00Z", 60, false),
    ] {
        assert_eq!(desk.is_free(who, from, minutes), is_free, "{who} at {from} for {minutes}");
    }
    assert_eq!(desk.branch.calls("GET schedule") + desk.branch.calls("GET records"), 0, "no user, no journal");
    desk.branch.assert_clean();
}

/// Our own visit takes its time by itself, and not as somebody's busy time too.
#[tokio::test(start_paused = true)]
async fn our_own_visit_is_a_visit_and_comes_back_as_the_administrator_left_it() {
    for partner_lists_deleted in [false, true] {
        let mut desk = Desk::new(Settings { partner_lists_deleted, ..Settings::default() }, Mode::Partner);
        let event = desk.deliver(&visit(), None).await.unwrap();
        let id: i64 = event.id.split(':').next().unwrap().parse().unwrap();
        let span = desk.ahead(14);
        desk.read(span).await.unwrap();
        assert_eq!(desk.visit_of(&visit().booking).unwrap().0.id, event.id);
        let clashes = |desk: &Desk, from: &str| {
            let from = at(from);
            let of_day = desk.heard.values().filter_map(|(_, state)| match state {
                EventState::Busy(times) => Some(times),
                _ => None,
            });
            of_day.flatten().any(|taken| {
                taken.specialist.as_ref().is_some_and(|ours| ours.as_str() == "anna")
                    && taken.span.from <= from
                    && from < taken.span.to
            })
        };
        assert!(!clashes(&desk, "2026-11-24T12:00:00Z"));

        desk.restart();
        let now_ms = desk.now_ms();
        desk.branch.administrator_moves(id, ANNA, at("2026-11-26T12:00:00Z").as_second(), now_ms);
        desk.read(span).await.unwrap();
        let (heard, time) = desk.visit_of(&visit().booking).unwrap();
        assert_eq!((heard.id.as_str(), time.span.from), (event.id.as_str(), at("2026-11-26T12:00:00Z")));
        assert!(desk.is_free("anna", "2026-11-24T12:00:00Z", 60));
        assert!(!clashes(&desk, "2026-11-26T12:00:00Z"));

        desk.restart();
        let now_ms = desk.now_ms();
        desk.branch.administrator_marks(id, -1, now_ms);
        desk.read(span).await.unwrap();
        assert!(desk.visit_of(&visit().booking).is_some(), "a no-show is a mark");

        desk.restart();
        desk.branch.administrator_deletes(id, now_ms);
        let changes = desk.read(span).await.unwrap();
        let gone = changes.events.iter().find(|changed| changed.event.id == event.id).unwrap();
        assert_eq!(gone.state, EventState::Gone);
        assert!(desk.is_free("anna", "2026-11-26T12:00:00Z", 60));
        desk.branch.assert_clean();
    }
}

/// Moved beyond what is read: the record itself is asked.
#[tokio::test(start_paused = true)]
async fn our_visit_is_followed_beyond_what_is_read() {
    let mut desk = Desk::new(Settings::default(), Mode::Partner);
    let event = desk.deliver(&visit(), None).await.unwrap();
    let id: i64 = event.id.split(':').next().unwrap().parse().unwrap();
    let span = desk.ahead(7);
    desk.read(span).await.unwrap();
    let now_ms = desk.now_ms();
    desk.branch.administrator_moves(id, ANNA, at("2026-12-22T12:00:00Z").as_second(), now_ms);
    desk.read(span).await.unwrap();
    assert_eq!(desk.visit_of(&visit().booking).unwrap().1.span.from, at("2026-12-22T12:00:00Z"));
}

/// One master who is not there, or does nothing that we sell, leaves the others as they are.
#[tokio::test(start_paused = true)]
async fn a_master_who_cannot_be_booked_has_no_free_time() {
    let staff = json!({ "anna": ANNA, "maria": MARIA, "ghost": 9_999 });
    let mut settings = Settings::default();
    settings.masters[1].services = vec![500];
    let mut desk = Desk::with(settings, Mode::Partner, &[("staff", staff)]);
    let span = desk.ahead(7);
    desk.read(span).await.unwrap();
    assert!(desk.is_free("anna", "2026-11-24T12:00:00Z", 60));
    for who in ["maria", "ghost"] {
        assert!(!desk.is_free(who, "2026-11-24T12:00:00Z", 60), "{who}");
    }
    desk.branch.assert_clean();
}

/// Nothing tells of times that went: they are read again when they are old, and at once where we were told so.
#[tokio::test(start_paused = true)]
async fn times_are_read_again_when_they_are_old_or_were_taken() {
    let mut desk = Desk::new(Settings::default(), Mode::Partner);
    let span = desk.ahead(14);
    desk.read(span).await.unwrap();
    let now_ms = desk.now_ms();
    desk.branch.administrator_adds(ANNA, at("2026-11-24T09:00:00Z").as_second(), 3_600, now_ms);
    desk.branch.administrator_adds(ANNA, at("2026-11-27T09:00:00Z").as_second(), 3_600, now_ms);
    let (soon, later) = ("2026-11-24T09:00:00Z", "2026-11-27T09:00:00Z");
    for (passed_ms, soon_is_free, later_is_free) in
        [(60_000, true, true), (150_000, false, true), (720_000, false, false)]
    {
        desk.pass(passed_ms).await;
        desk.read(span).await.unwrap();
        assert_eq!(desk.is_free("anna", soon, 60), soon_is_free, "after {passed_ms}");
        assert_eq!(desk.is_free("anna", later, 60), later_is_free, "after {passed_ms}");
    }

    let now_ms = desk.now_ms();
    desk.branch.administrator_adds(ANNA, visit().span.from.as_second(), 3_600, now_ms);
    assert_eq!(crate::yclients::desk::code(desk.deliver(&visit(), None).await), "taken");
    desk.read(span).await.unwrap();
    assert!(!desk.is_free("anna", "2026-11-24T12:00:00Z", 60), "as the refusal said");
    desk.branch.assert_clean();
}

/// Neither the cursor nor the process knows the hash any more: nothing is gone for that.
#[tokio::test(start_paused = true)]
async fn a_record_whose_hash_was_forgotten_is_not_taken_for_gone() {
    let mut desk = Desk::new(Settings::default(), Mode::Partner);
    desk.deliver(&visit(), None).await.unwrap();
    let span = desk.ahead(14);
    assert!(desk.read(span).await.unwrap().is_whole);
    desk.restart();
    desk.cursor = None;
    let changes = desk.read(span).await.unwrap();
    assert!(!changes.is_whole);
    assert!(desk.visit_of(&visit().booking).is_some());
}

/// A visit under way is over soon; nobody else's time covers it.
#[tokio::test(start_paused = true)]
async fn what_has_passed_of_today_is_nobodys() {
    let mut desk = Desk::new(Settings::default(), Mode::Partner);
    desk.pass(5 * 3_600_000).await;
    let mut span = desk.ahead(2);
    span.from -= jiff::SignedDuration::from_hours(24);
    desk.read(span).await.unwrap();
    assert!(desk.is_free("anna", "2026-11-22T12:00:00Z", 60), "yesterday");
    assert!(desk.is_free("anna", "2026-11-23T07:00:00Z", 240), "until now");
    assert!(!desk.is_free("anna", "2026-11-23T17:00:00Z", 60), "after the shift");
}
