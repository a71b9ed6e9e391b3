//! What is written down is read back as it was: documents, and small values by themselves.

use jiff::civil::Time;
use nochnik_core::business::{Document, Quiet, Rest};
use nochnik_core::event::FileRef;
use nochnik_core::lead::{Reason, Sign};
use nochnik_core::limits::FILE_NAME_BYTES_MAX;
use nochnik_core::values::{PersonId, Phone};
use rstest::rstest;
use serde_json::{Value, json};

fn demo() -> Value {
    let document: Document = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    serde_json::to_value(document).unwrap()
}

/// The demo with this value at this place, read and written again.
fn written(pointer: &str, value: &Value) -> Value {
    let mut json = demo();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    json.pointer_mut(parent).unwrap()[key] = value.clone();
    let document: Document = serde_json::from_value(json).unwrap();
    assert_eq!(document.check(), [], "{pointer}");
    serde_json::to_value(document).unwrap().pointer(pointer).cloned().unwrap_or_default()
}

#[rstest]
#[case::holidays("/holidays", json!("closed"))]
#[case::retention("/retention", json!({"messages_days": 30, "leads_days": 60, "visits_days": 1_095}))]
#[case::short_links("/shorten_links", json!(true))]
#[case::former("/former", json!({"services": [{"id": "spa", "name": "Спа"}], "staff": [{"id": "vera", "name": "Вера"}]}))]
#[case::chairs("/resources", json!([{"id": "chair", "name": "Кресло", "count": 2}]))]
fn what_an_owner_says_beside_the_usual_is_kept(#[case] place: &str, #[case] value: Value) {
    assert_eq!(written(place, &value), value);
}

#[test]
fn a_lesson_keeps_its_seats_and_times() {
    let lesson = json!({"id": "yoga", "name": "Йога", "price": 500, "duration_min": 60, "capacity": 10,
        "starts": ["mon 19:00", "thu 09:30"], "buffer_before_min": 5});
    let mut services = demo()["services"].clone();
    services.as_array_mut().unwrap().push(lesson.clone());
    let kept = written("/services", &services);
    for key in ["capacity", "starts", "buffer_before_min"] {
        assert_eq!(kept[8][key], lesson[key], "{key}");
        assert_eq!(kept[0][key], Value::Null, "{key} of what has none");
    }
}

/// The demo, where somebody can be called by everything.
fn with_ways(means: &Value) -> Document {
    let mut json = demo();
    json["means"] = json!([{"kind": "smsru", "api_id": "1"}, {"kind": "email", "id": "mail"}]);
    json["people"][0]["means"] = means.clone();
    let document: Document = serde_json::from_value(json).unwrap();
    assert_eq!(document.check(), []);
    document
}

#[rstest]
#[case::messenger(json!({"channel": "terminal", "peer": "101"}))]
#[case::account(json!({"means": "smsru"}))]
#[case::account_and_address(json!({"means": "mail", "to": "anna@lotos.example"}))]
#[case::push(json!({"means": "webpush", "after_s": 60}))]
#[case::by_night_only_what_is_urgent(json!({"channel": "terminal", "peer": "101", "quiet": "23:00-08:05"}))]
#[case::only_what_is_urgent(json!({"means": "smsru", "only_urgent": true}))]
fn a_way_to_a_person_is_written_as_it_was(#[case] means: Value) {
    let document = with_ways(&json!([means.clone()]));
    assert_eq!(serde_json::to_value(&document.people[0].means[0]).unwrap(), means);
}

#[rstest]
#[case::one_person(json!({"person": "marina", "days": ["mon"], "from": "09:00:00", "to": "18:00:00"}))]
#[case::as_a_senior(json!({"person": "oleg", "role": "senior", "days": [], "from": "18:00:00", "to": "09:00:00"}))]
#[case::a_week_each(json!({"people": ["marina", "oleg"], "every": "1w", "since": "2026-11-30", "days": [],
    "from": "09:00:00", "to": "09:00:00"}))]
#[case::three_days_each(json!({"people": ["marina", "oleg"], "every": "3d", "since": "2026-11-30", "spare": "roza",
    "days": [], "from": "09:00:00", "to": "09:00:00"}))]
#[case::two_at_once(json!({"people": ["marina", "oleg", "roza"], "every": "2w", "since": "2026-11-30", "at_once": 2,
    "days": [], "from": "09:00:00", "to": "09:00:00"}))]
fn a_shift_is_written_as_it_was(#[case] shift: Value) {
    assert_eq!(written("/shifts", &json!([shift.clone()])), json!([shift]));
}

#[test]
fn conditions_of_a_level_are_written_as_they_were() {
    let only = json!(["hot", "urgent", "risk", "complaint", "human", "callback", "score >= 0.9"]);
    assert_eq!(written("/escalation/0/only", &only), only);
}

#[rstest]
#[case("2/2")]
#[case("1/60")]
#[case("2/1/3/2")]
fn a_rotation_is_written_as_it_was(#[case] pattern: &str) {
    let shifts = json!({"from": "2026-11-02", "pattern": pattern});
    assert_eq!(written("/staff/0/shifts", &shifts), shifts);
}

/// From Sunday 1 November on: two days on, one off, three on, two off, and again.
#[test]
fn a_rotation_of_several_runs_goes_round() {
    let rotation: nochnik_core::business::Rotation =
        serde_json::from_value(json!({"from": "2026-11-01", "pattern": "2/1/3/2"})).unwrap();
    let works = |day: i8| rotation.works_on(jiff::civil::date(2026, 11, day));
    let on: Vec<i8> = (1..=16).filter(|day| works(*day)).collect();
    assert_eq!(on, [1, 2, 4, 5, 6, 9, 10, 12, 13, 14]);
    assert!(!rotation.works_on(jiff::civil::date(2026, 10, 31)), "not begun");
}

/// Half-open, and past midnight where the end is earlier.
#[rstest]
#[case::before("23:00-08:00", "22:59", false)]
#[case::begins("23:00-08:00", "23:00", true)]
#[case::midnight("23:00-08:00", "00:00", true)]
#[case::last_minute("23:00-08:00", "07:59", true)]
#[case::over("23:00-08:00", "08:00", false)]
#[case::before_lunch("13:00-14:00", "12:59", false)]
#[case::lunch("13:00-14:00", "13:00", true)]
#[case::end_of_lunch("13:00-14:00", "13:59", true)]
#[case::after_lunch("13:00-14:00", "14:00", false)]
fn quiet_hours_of_a_person_hold_back_what_is_not_urgent(#[case] hours: &str, #[case] at: &str, #[case] holds: bool) {
    let quiet = Quiet::try_from(hours.to_owned()).unwrap();
    let at: Time = at.parse().unwrap();
    let rest = Rest { quiet: Some(quiet), only_urgent: false };
    assert_eq!((quiet.covers(at), rest.holds(false, at), rest.holds(true, at)), (holds, holds, false));
    assert_eq!(String::from(quiet), hours);
}

#[test]
fn a_calendar_is_named_by_its_id_or_its_kind_and_is_somebodys_or_everybodys() {
    let mut json = demo();
    json["calendars"] = json!([{"kind": "caldav"}, {"kind": "caldav", "id": "anna", "specialists": ["anna", "maria"]}]);
    let document: Document = serde_json::from_value(json).unwrap();
    let found: Vec<_> = document
        .calendars
        .iter()
        .map(|entry| (entry.account(), ["anna", "maria", "sofia"].map(|who| entry.is_of(who))))
        .collect();
    assert_eq!(found, [("caldav", [true, true, true]), ("anna", [true, true, false])]);
}

#[test]
fn a_phone_is_written_whole() {
    let phone = Phone::parse("+79185550150").unwrap();
    assert_eq!(serde_json::to_value(&phone).unwrap(), json!("+79185550150"));
    assert_eq!(String::from(phone), "+79185550150");
}

#[test]
fn whoever_writes_in_the_messengers_own_app_is_nobody_of_the_people() {
    assert!(PersonId::outside().is_outside());
    assert!(!PersonId::new("marina").is_outside());
}

#[test]
fn a_file_is_asked_for_by_the_name_its_channel_gave() {
    let longest = "f".repeat(FILE_NAME_BYTES_MAX);
    for name in ["AgADBQAD", &longest] {
        assert_eq!(FileRef::new(name, Some(3)).unwrap().name(), name);
    }
    assert_eq!(FileRef::new("", None), None);
    assert_eq!(FileRef::new(&format!("{longest}f"), None), None);
}

#[rstest]
#[case(1.2, "хочет записаться +1,2")]
#[case(-0.5, "хочет записаться −0,5")]
#[case::weighs_nothing(0.0, "хочет записаться +0,0")]
fn a_reason_says_what_it_adds(#[case] weight: f64, #[case] text: &str) {
    assert_eq!(Reason { sign: Sign::WantsVisit, weight }.text(), text);
}
