//! Five requests a second and two hundred a minute, whatever is read: the double counts a request too many as a failure.

use std::time::Duration;

use nochnik_adapters::Failure;
use nochnik_adapters::failure::Scope;
use nochnik_doubles::yclients::{Master, Settings};
use serde_json::{Value, json};

use crate::yclients::desk::{Clock, Desk, Mode, reply, visit};

/// Twenty masters, and the entry that names them.
fn twenty() -> (Settings, Vec<(&'static str, Value)>) {
    let mut settings = Settings::default();
    let of_one = |n: i64| Master { id: 6_544 + n, name: format!("Мастер {n}"), ..settings.masters[0].clone() };
    settings.masters = (0..20).map(of_one).collect();
    let staff: serde_json::Map<String, Value> = (1..20).map(|n| (format!("m{n}"), json!(6_544 + n))).collect();
    let mut staff = Value::Object(staff);
    staff["anna"] = json!(6_544);
    (settings, vec![("staff", staff)])
}

#[tokio::test(start_paused = true)]
async fn a_whole_reading_of_twenty_masters_and_two_weeks_keeps_the_limits() {
    // A fortnight from nine in the morning touches fifteen days, two of them Sundays; the times of fourteen are read.
    for (mode, requests, seconds) in [(Mode::Partner, 20 * (1 + 1 + 12) + 2, 120), (Mode::User, 20 + 2, 8)] {
        let (settings, fields) = twenty();
        let mut desk = Desk::with(settings, mode, &fields);
        let began_ms = desk.now_ms();
        let span = desk.ahead(14);
        desk.read(span).await.unwrap();
        assert_eq!(desk.line.heard().len(), requests, "{mode:?}");
        let lasted_s = (desk.now_ms() - began_ms) / 1_000;
        assert!(lasted_s <= seconds, "{mode:?}: {lasted_s} s");
        desk.branch.assert_clean();
    }
}

/// What the engine asks for every minute costs what is old, not all.
#[tokio::test(start_paused = true)]
async fn an_hour_of_looks_costs_a_fraction_of_the_budget() {
    for (mode, an_hour) in [(Mode::Partner, 2_300), (Mode::User, 160)] {
        let (settings, fields) = twenty();
        let mut desk = Desk::with(settings, mode, &fields);
        let span = desk.ahead(14);
        desk.read(span).await.unwrap();
        desk.line.heard();
        for _ in 0..60 {
            desk.pass(60_000).await;
            desk.read(desk.ahead(14)).await.unwrap();
        }
        let requests = desk.line.heard().len();
        assert!(requests <= an_hour, "{mode:?}: {requests}");
        desk.branch.assert_clean();
    }
}

/// Whoever books does not wait behind the reading.
#[tokio::test(start_paused = true)]
async fn a_booking_finds_room_in_the_middle_of_a_reading() {
    let (settings, fields) = twenty();
    let desk = Desk::with(settings, Mode::Partner, &fields);
    let span = desk.ahead(14);
    let booking = async {
        drop(tokio::time::timeout(Duration::from_secs(50), std::future::pending::<()>()).await);
        let began_ms = desk.now_ms();
        desk.deliver(&visit(), None).await.unwrap();
        desk.now_ms() - began_ms
    };
    let (read, waited_ms) = tokio::join!(desk.calendar.changes(None, span), booking);
    read.unwrap();
    assert!(waited_ms < 10_000, "{waited_ms} ms");
    desk.branch.assert_clean();
}

/// The engine gives up on a reading after a while: the next one goes on where that was.
#[tokio::test(start_paused = true)]
async fn a_reading_that_was_cut_off_goes_on() {
    let (settings, fields) = twenty();
    let mut desk = Desk::with(settings, Mode::Partner, &fields);
    let span = desk.ahead(14);
    let cut = tokio::time::timeout(Duration::from_secs(60), desk.calendar.changes(None, span)).await;
    assert!(cut.is_err());
    let before = desk.line.heard().len();
    assert!(before > 100, "{before}");
    desk.read(span).await.unwrap();
    let after = desk.line.heard().len();
    assert!(before + after <= 20 * 14 + 4, "{before} and {after}");
    assert!(desk.is_free("m19", "2026-11-24T12:00:00Z", 60));
    desk.branch.assert_clean();
}

/// All branches of one server are one address to YCLIENTS.
#[tokio::test(start_paused = true)]
async fn entries_of_one_host_share_their_pace() {
    let (settings, fields) = twenty();
    let one = Desk::with(settings.clone(), Mode::Partner, &fields);
    let host = one.calendar.destination().replace("calendar:yclients:", "");
    let (branch, clock) = (one.branch.clone(), Clock::start());
    let mut fields = fields;
    fields.push(("base_url", json!(format!("https://{host}/api/v1"))));
    let other = Desk::altered(settings, Mode::Partner, &fields, move |heard| {
        Some(reply(&branch, heard, clock.now().as_millisecond()))
    });
    assert_eq!(one.calendar.destination(), other.calendar.destination());
    let span = one.ahead(7);
    let (first, second) = tokio::join!(one.calendar.changes(None, span), other.calendar.changes(None, span));
    first.unwrap();
    second.unwrap();
    one.branch.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn being_too_fast_all_the_same_stops_the_whole_address() {
    for mode in [Mode::Partner, Mode::User] {
        let desk = Desk::new(Settings::default(), mode);
        desk.branch.set(|settings| settings.per_min = Some(0));
        let Err(Failure::Later { after, scope, .. }) = desk.calendar.put(&visit(), None).await else {
            panic!("not told to wait")
        };
        assert_eq!((after.map(|after| after.as_secs()), scope), (Some(60), Scope::Destination));
    }
}
