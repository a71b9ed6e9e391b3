//! Who is told of a freed time: a table over the demo salon, read without its code.

use jiff::Timestamp;
use jiff::civil::DateTime;
use nochnik_core::business::Settings;
use nochnik_core::schedule::{Extra, Slot, Window};
use nochnik_core::values::{ConversationId, ServiceId, SpecialistId};
use nochnik_core::waitlist::{Freed, WaitlistEntry, next};
use rstest::rstest;

/// Friday 20 November 2026, 21:40.
const NOW: &str = "2026-11-20T21:40:00";

fn salon() -> Settings {
    Settings::build(toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap(), 1).unwrap()
}

fn wall(text: &str) -> DateTime {
    text.parse().unwrap()
}

/// Anna is free again on Saturday from 12:00 to 13:10: a manicure and the ten minutes behind it.
fn freed(settings: &Settings) -> Freed {
    let at = |text| settings.moment_of(wall(text));
    Freed { specialist: SpecialistId::new("anna"), from: at("2026-11-21T12:00:00"), to: at("2026-11-21T13:10:00") }
}

/// A client who wants this service between these hours of Saturday, since so many minutes.
fn entry(service: &str, from: &str, to: &str, minutes: i64, now: Timestamp) -> WaitlistEntry {
    let window = Window::new(wall(&format!("2026-11-21T{from}:00")), wall(&format!("2026-11-21T{to}:00")));
    WaitlistEntry {
        services: vec![ServiceId::new(service)],
        specialist: None,
        window,
        aim: window.from,
        since: now - jiff::SignedDuration::from_mins(minutes),
        replaces: None,
        offered: None,
        passed: Vec::new(),
    }
}

fn told(entries: Vec<(&str, WaitlistEntry)>) -> Option<String> {
    let settings = salon();
    let now = settings.moment_of(wall(NOW));
    let entries: Vec<_> = entries.into_iter().map(|(id, entry)| (ConversationId::new(id), entry)).collect();
    next(&freed(&settings), &entries, &settings, now).map(ToString::to_string)
}

#[rstest]
#[case::within("manicure", "12:00", "14:00", true)]
#[case::would_begin_before_and_end_in_it("manicure", "11:10", "11:30", true)]
#[case::ends_as_it_begins("manicure", "10:00", "11:00", false)]
#[case::begins_as_it_ends("manicure", "13:10", "15:00", false)]
#[case::begins_within_its_last_minutes("manicure", "13:00", "15:00", true)]
#[case::anna_cuts_no_hair("haircut_w", "12:00", "14:00", false)]
#[case::no_such_service("tattoo", "12:00", "14:00", false)]
fn a_wish_fits_when_the_visit_would_take_of_the_freed_time(
    #[case] service: &str,
    #[case] from: &str,
    #[case] to: &str,
    #[case] is_told: bool,
) {
    let now = salon().moment_of(wall(NOW));
    assert_eq!(told(vec![("ira", entry(service, from, to, 5, now))]).is_some(), is_told);
}

#[test]
fn whoever_is_being_asked_or_has_let_it_pass_or_wants_another_specialist_is_left_out() {
    let settings = salon();
    let now = settings.moment_of(wall(NOW));
    let own = || entry("manicure", "12:00", "14:00", 5, now);
    let asked = WaitlistEntry { offered: Some("ira/1".to_owned()), ..own() };
    let passed = WaitlistEntry { passed: vec![freed(&settings)], ..own() };
    let marias = WaitlistEntry { specialist: Some(SpecialistId::new("maria")), ..own() };
    for left_out in [asked, passed, marias] {
        assert_eq!(told(vec![("ira", left_out.clone())]), None, "{left_out:?}");
        assert_eq!(told(vec![("ira", left_out), ("lena", own())]).as_deref(), Some("lena"));
    }
}

#[test]
fn the_specialist_asked_for_goes_before_the_length_and_the_length_before_the_waiting() {
    let now = salon().moment_of(wall(NOW));
    let short_for_long = entry("pedicure", "12:00", "14:00", 600, now);
    let fits_best = entry("manicure", "12:00", "14:00", 5, now);
    let waits_longer = entry("manicure", "12:00", "14:00", 60, now);
    let asks_anna =
        WaitlistEntry { specialist: Some(SpecialistId::new("anna")), ..entry("pedicure", "12:00", "14:00", 1, now) };
    let first = |entries: &[(&'static str, &WaitlistEntry)]| {
        told(entries.iter().map(|(id, entry)| (*id, (*entry).clone())).collect()).unwrap()
    };
    assert_eq!(first(&[("long", &short_for_long), ("best", &fits_best)]), "best");
    assert_eq!(first(&[("best", &fits_best), ("longer", &waits_longer)]), "longer");
    assert_eq!(first(&[("longer", &waits_longer), ("anna", &asks_anna)]), "anna");
    assert_eq!(told(Vec::new()), None);
}

/// A hundred minutes: gel leaves ten of them empty, a plain manicure forty.
#[test]
fn a_long_time_goes_to_the_visit_that_fills_it_best() {
    let settings = salon();
    let now = settings.moment_of(wall(NOW));
    let at = |text| settings.moment_of(wall(text));
    let freed =
        Freed { specialist: SpecialistId::new("anna"), from: at("2026-11-21T12:00:00"), to: at("2026-11-21T13:40:00") };
    let entries = [("short", "manicure", 60), ("fills", "manicure_gel", 5)]
        .map(|(id, service, minutes)| (ConversationId::new(id), entry(service, "12:00", "14:00", minutes, now)));
    assert_eq!(next(&freed, &entries, &settings, now).unwrap().to_string(), "fills");
}

/// Anna is free again from 12:00 to 13:10; a visit of hers takes what stands from its preparation to its buffer.
#[rstest]
#[case::within("anna", "12:10", "13:00", 0, true)]
#[case::ends_as_it_begins("anna", "11:00", "12:00", 0, false)]
#[case::ends_in_it("anna", "11:00", "12:01", 0, true)]
#[case::begins_as_it_ends("anna", "13:10", "14:00", 0, false)]
#[case::begins_in_it("anna", "13:09", "14:00", 0, true)]
#[case::is_made_ready_in_it("anna", "13:20", "14:00", 15, true)]
#[case::is_made_ready_after_it("anna", "13:20", "14:00", 10, false)]
#[case::somebody_else("maria", "12:10", "13:00", 0, false)]
fn a_visit_meets_a_freed_time_when_it_takes_any_of_it(
    #[case] who: &str,
    #[case] from: &str,
    #[case] to: &str,
    #[case] before_min: u16,
    #[case] meets: bool,
) {
    let settings = salon();
    let at = |text: &str| settings.moment_of(wall(&format!("2026-11-21T{text}:00")));
    let slot = Slot {
        specialist: SpecialistId::new(who),
        starts_at: at(from),
        ends_at: at(to),
        busy_until: at(to),
        extra: Extra { before_min, ..Extra::default() },
    };
    assert_eq!(freed(&settings).meets(&slot), meets);
}
