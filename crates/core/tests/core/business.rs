//! The business document: the shipped ones are right, and each mistake is named where it stands.

use std::fs;
use std::path::PathBuf;

use nochnik_core::business::{Document, Role, Settings};
use nochnik_core::schedule::{is_after_hours, is_open};
use nochnik_core::values::{PersonId, Phone, ServiceId, SpecialistId};
use nochnik_nlu::Expecting;
use rstest::rstest;
use serde_json::{Value, json};

fn read(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../businesses").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn demo() -> Document {
    toml::from_str(&read("demo.toml")).expect("demo.toml reads")
}

fn demo_settings() -> Settings {
    Settings::build(demo(), 7).expect("demo.toml has no problems")
}

#[test]
fn the_demo_salon_is_ready_to_work() {
    let settings = demo_settings();
    assert_eq!((settings.id.as_str(), settings.version), ("lotos", 7));
    let evening = "2026-11-24T23:40:00+03:00".parse().unwrap();
    let noon = "2026-11-24T12:00:00+03:00".parse().unwrap();
    assert!(is_after_hours(&settings, evening) && !is_open(&settings, evening));
    assert!(is_open(&settings, noon) && !is_after_hours(&settings, noon));
    for service in &settings.document.services {
        let id = ServiceId::new(&*service.id);
        assert!(!settings.specialists_for(&[id]).is_empty(), "nobody does {}", service.id);
    }
}

#[test]
fn demo_phones_are_from_the_pretend_range() {
    let document = demo();
    let phones = document.people.iter().map(|person| &person.phone).chain([&document.phone]);
    for phone in phones {
        assert!(Phone::parse(phone).unwrap().e164().starts_with("+7918555"), "{phone}");
    }
}

#[test]
fn the_demo_says_the_same_in_json() {
    let document = demo();
    let json = serde_json::to_value(&document).unwrap();
    let again: Document = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(again.check(), []);
    assert_eq!(serde_json::to_value(&again).unwrap(), json);
}

#[rstest]
fn a_catalogue_reads_and_has_no_problems(
    #[values("salon", "barber", "dental", "fitness", "auto", "tutor")] name: &str,
) {
    let document: Document = serde_json::from_str(&read(&format!("{name}.json"))).unwrap();
    assert_eq!(document.id, name);
    assert_eq!(document.check(), []);
}

#[test]
fn things_are_found_by_their_ids() {
    let settings = demo_settings();
    assert_eq!(settings.service(&ServiceId::from("brows")).map(|service| service.price), Some(1300));
    assert_eq!(settings.specialist(&SpecialistId::from("sofia")).map(|found| found.name.as_str()), Some("София"));
    assert_eq!(settings.person(&PersonId::from("roza")).map(|person| person.role), Some(Role::Owner));
    assert_eq!(settings.channel("widget").map(|channel| channel.kind.as_str()), Some("widget"));
    assert!(settings.service(&ServiceId::from("botox")).is_none());
    let names = |services: &[&str]| {
        let ids: Vec<ServiceId> = services.iter().map(|id| ServiceId::from(*id)).collect();
        settings.specialists_for(&ids).iter().map(|found| found.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&["manicure"]), ["anna", "maria"]);
    assert_eq!(names(&["manicure", "pedicure"]), ["anna"]);
    assert_eq!(names(&["manicure", "brows"]), Vec::<String>::new());
}

/// The demo as JSON with one place changed.
fn changed(pointer: &str, value: Value) -> Value {
    let mut json = serde_json::to_value(demo()).expect("a document is JSON");
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer begins with a slash");
    match json.pointer_mut(parent) {
        Some(Value::Object(map)) => drop(map.insert(key.to_owned(), value)),
        Some(Value::Array(list)) => list[key.parse::<usize>().expect("a place in a list")] = value,
        other => panic!("{pointer} is not a place: {other:?}"),
    }
    json
}

/// Each mistake alone is found alone, at its path, with a text that holds the word.
#[rstest]
#[case::id_letters("/id", json!("лотос"), "id", "латинских")]
#[case::id_empty("/id", json!(""), "id", "латинских")]
#[case::kind("/type", json!("bakery"), "type", "beauty_salon")]
#[case::zone("/timezone", json!("Europe/Rostov"), "timezone", "Europe/Moscow")]
#[case::currency("/currency", json!("USD"), "currency", "RUB")]
#[case::phone("/phone", json!("8 918 555-01-00"), "phone", "+7")]
#[case::no_hours("/hours", json!({"mon": null}), "hours", "рабочего часа")]
#[case::day_name("/hours/monday", json!(["09:00", "20:00"]), "hours.monday", "mon, tue")]
#[case::hours_cross("/hours/mon", json!([["09:00", "14:00"], ["13:00", "20:00"]]), "hours.mon", "пересекаются")]
#[case::special_day("/special_days/2026-12-30", json!([["12:00", "14:00"], ["09:00", "10:00"]]), "special_days.2026-12-30", "по порядку")]
#[case::empty_answer("/faq/kids", json!(" "), "faq.kids", "пусто")]
#[case::long_answer("/faq/kids", json!("ё".repeat(1_001)), "faq.kids", "1001")]
#[case::zero_duration("/services/0/duration_min", json!(0), "services[0].duration_min", "от 1")]
#[case::price("/services/2/price", json!(-100), "services[2].price", "от 0")]
#[case::buffer("/services/2/buffer_min", json!(600), "services[2].buffer_min", "240 минут")]
#[case::buffer_before("/services/2/buffer_before_min", json!(241), "services[2].buffer_before_min", "240 минут")]
#[case::gap_to_the_end("/services/5/gap", json!({"after_min": 60, "for_min": 120}), "services[5].gap", "180 минут")]
#[case::gap_of_nothing("/services/5/gap", json!({"after_min": 0, "for_min": 30}), "services[5].gap", "больше нуля")]
#[case::unknown_resource("/services/0/resource", json!("table"), "services[0].resource", "resources")]
#[case::no_chairs("/resources", json!([{"id": "chair", "name": "Кресло", "count": 0}]), "resources[0].count", "от 1")]
#[case::no_seats("/services/0/capacity", json!(0), "services[0].capacity", "от 1")]
#[case::lesson_on_sunday("/services/0/starts", json!(["mon 10:00", "sun 12:00"]), "services[0].starts[1]", "sun 12:00")]
#[case::lesson_until_late("/services/0/starts", json!(["mon 19:30"]), "services[0].starts[0]", "часы работы")]
#[case::leave("/staff/0/days_off", json!([["2027-01-24", "2027-01-10"]]), "staff[0].days_off[0]", "сначала первый")]
#[case::unknown_service("/staff/3/services/1", json!("botox"), "staff[3].services[1]", "botox")]
#[case::specialist_day("/staff/1/hours/we", json!(["09:00", "20:00"]), "staff[1].hours.we", "mon, tue")]
#[case::person_phone("/people/0/phone", json!("нет"), "people[0].phone", "+7")]
#[case::unknown_channel("/people/0/means", json!([{"channel": "max", "peer": "1"}]), "people[0].means[0].channel", "max")]
#[case::no_peer("/people/0/means", json!([{"channel": "terminal", "peer": ""}]), "people[0].means[0].peer", "пусто")]
#[case::unknown_person("/shifts/0/person", json!("olya"), "shifts[0].person", "olya")]
#[case::shift_day("/shifts/0/days/0", json!("пн"), "shifts[0].days[0]", "mon, tue")]
#[case::grid_zero("/policy/grid_min", json!(0), "policy.grid_min", "30")]
#[case::grid_odd("/policy/grid_min", json!(7), "policy.grid_min", "30")]
#[case::horizon("/policy/horizon_days", json!(0), "policy.horizon_days", "364 дней")]
#[case::score("/policy/call_score", json!(1.5), "policy.call_score", "от 0 до 1")]
#[case::criteria("/policy/hot/min_criteria", json!(4), "policy.hot.min_criteria", "от 1 до 3")]
#[case::waitlist_hold("/policy/waitlist_hold_min", json!(0), "policy.waitlist_hold_min", "от 1")]
#[case::reminder_too_near("/care", json!({"remind_before_min": [10]}), "care.remind_before_min[0]", "от 15")]
#[case::elsewhere_unknown("/care", json!({"elsewhere": ["sms", "viber"]}), "care.elsewhere[1]", "канала «viber» нет")]
#[case::elsewhere_twice("/care", json!({"elsewhere": ["sms", "sms"]}), "care.elsewhere[1]", "уже назван")]
#[case::reminders_order("/care", json!({"remind_before_min": [120, 1440]}), "care.remind_before_min", "более раннее")]
#[case::too_many_unreminded("/care", json!({"unreminded_percent": 51}), "care.unreminded_percent", "50 %")]
#[case::follow_up_soon("/care", json!({"follow_up_after_min": 14}), "care.follow_up_after_min", "от 15")]
#[case::follow_up_hours("/care", json!({"follow_up_to": "10:00:00"}), "care.follow_up_to", "позже")]
#[case::question_twice("/questions", json!({"booking": ["service", "time", "name", "name"]}), "questions.booking", "повтор")]
#[case::no_time("/questions", json!({"booking": ["service", "name"]}), "questions.booking", "без услуги и времени")]
#[case::no_number("/questions", json!({"urgent": ["name"]}), "questions.urgent", "номера")]
#[case::price_for_a_name("/questions", json!({"info": ["name"]}), "questions", "только услугу")]
#[case::level("/escalation/0/level", json!(1), "escalation[0].level", "от 2 до 3")]
#[case::nobody("/people/1/role", json!("owner"), "escalation[1].role", "старшим")]
#[case::no_steps("/escalation/0/steps", json!([]), "escalation[0].steps", "ни одного шага")]
#[case::means_from_one("/escalation/0/steps/1/means", json!(0), "escalation[0].steps[1].means", "с единицы")]
#[case::steps_order("/escalation/0/steps/1/after_min", json!(60), "escalation[0].steps", "по времени")]
#[case::channel_twice("/channels/1/kind", json!("widget"), "channels[1].id", "другой id")]
#[case::no_operator("/privacy/operator", json!(""), "privacy.operator", "ИП")]
#[case::no_policy("/privacy/policy_url", json!(""), "privacy.policy_url", "ссылку")]
#[case::bad_policy("/privacy/policy_url", json!("lotos.example"), "privacy.policy_url", "https://")]
fn a_mistake_is_named_where_it_stands(
    #[case] place: &str,
    #[case] value: Value,
    #[case] path: &str,
    #[case] word: &str,
) {
    let mut json = changed(place, value);
    if place == "/hours" {
        json["special_days"] = json!({});
    }
    let document: Document = serde_json::from_value(json).unwrap();
    let problems = document.check();
    assert_eq!(problems.iter().map(|problem| problem.path.as_str()).collect::<Vec<_>>(), [path], "{problems:?}");
    assert!(problems[0].text.contains(word), "{}", problems[0].text);
    assert_eq!(Settings::build(document, 1).err(), Some(problems));
}

#[rstest]
fn an_id_stands_once(#[values("services", "staff", "people")] list: &str) {
    let mut json = serde_json::to_value(demo()).unwrap();
    let entries = json[list].as_array_mut().unwrap();
    entries.push(entries[0].clone());
    let path = format!("{list}[{}].id", entries.len() - 1);
    let document: Document = serde_json::from_value(json).unwrap();
    let problems = document.check();
    assert_eq!(problems.iter().map(|problem| &problem.path).collect::<Vec<_>>(), [&path]);
    assert!(problems[0].text.contains("уже занят"), "{}", problems[0].text);
}

#[rstest]
#[case::services("services", 501, "500")]
#[case::staff("staff", 301, "300")]
#[case::people("people", 101, "100")]
fn counts_have_limits(#[case] list: &str, #[case] count: usize, #[case] word: &str) {
    let mut json = serde_json::to_value(demo()).unwrap();
    let copies = (0..count).map(|place| {
        let mut entry = json[list][0].clone();
        entry["id"] = json!(format!("copy-{place}"));
        entry
    });
    let copies: Vec<Value> = copies.collect();
    json[list].as_array_mut().unwrap().extend(copies);
    let document: Document = serde_json::from_value(json).unwrap();
    let problems = document.check();
    assert_eq!(problems.iter().map(|problem| problem.path.as_str()).collect::<Vec<_>>(), [list]);
    assert!(problems[0].text.contains(word), "{}", problems[0].text);
}

#[rstest]
#[case("25:00", "26:00")]
#[case("09:00", "24:01")]
#[case("09:60", "20:00")]
#[case("20:00", "09:00")]
#[case("65535:00", "09:00")]
#[case("утром", "20:00")]
fn hours_that_are_no_hours_do_not_read(#[case] from: &str, #[case] to: &str) {
    let json = changed("/hours/mon", json!([from, to]));
    assert!(serde_json::from_value::<Document>(json).is_err());
}

#[rstest]
#[case::dash("/staff/0/shifts", json!({"from": "2026-11-02", "pattern": "2-2"}), "2/2")]
#[case::no_rest("/staff/0/shifts", json!({"from": "2026-11-02", "pattern": "2/2/3"}), "2/2")]
#[case::zero("/staff/0/shifts", json!({"from": "2026-11-02", "pattern": "2/0"}), "2/2")]
#[case::russian_day("/services/0/starts", json!(["пн 19:00"]), "mon 19:00")]
#[case::midnight("/services/0/starts", json!(["mon 24:00"]), "mon 19:00")]
#[case::no_day("/services/0/starts", json!(["19:00"]), "mon 19:00")]
#[case::day_off("/staff/0/days_off", json!(["завтра"]), "2027-01-10")]
#[case::holidays("/holidays", json!("often"), "as_usual")]
fn what_does_not_read_says_how_to_write_it(#[case] place: &str, #[case] value: Value, #[case] word: &str) {
    let error = serde_json::from_value::<Document>(changed(place, value)).unwrap_err();
    assert!(error.to_string().contains(word), "{error}");
}

/// The previous release refuses keys it does not know: a document that uses none of the new ones has none.
#[test]
fn new_fields_are_written_only_where_they_say_something() {
    let json = serde_json::to_string(&demo()).unwrap();
    let new =
        ["holidays", "resources", "buffer_before_min", "gap", "resource", "capacity", "starts", "days_off", "pattern"];
    for key in new {
        assert!(!json.contains(&format!("\"{key}\":")), "{key}");
    }
    for (key, usual, other) in [("ready_min", 15, 30), ("means_kop_per_day", 50_000, 10_000)] {
        let written = |value: i32| {
            let document: Document = serde_json::from_value(changed(&format!("/policy/{key}"), json!(value))).unwrap();
            serde_json::to_value(&document).unwrap()["policy"][key].clone()
        };
        assert_eq!((written(usual), written(other)), (Value::Null, json!(other)), "{key}");
    }
}

#[test]
fn an_unknown_key_is_refused_by_name() {
    let error = serde_json::from_value::<Document>(changed("/policy/gird_min", json!(30))).unwrap_err();
    assert!(error.to_string().contains("gird_min"), "{error}");
}

/// What stands exactly at a bound is allowed; each is one step from a mistake above or below.
#[test]
fn what_stands_at_a_bound_is_allowed() {
    let cases = [
        ("/faq/kids", json!("ё".repeat(1_000))),
        ("/services/0/duration_min", json!(1)),
        ("/services/0/duration_min", json!(1_440)),
        ("/services/0/price", json!(0)),
        ("/services/0/price", json!(10_000_000)),
        ("/services/0/buffer_min", json!(240)),
        ("/services/5/gap", json!({"after_min": 60, "for_min": 119})),
        ("/services/5/gap", json!({"after_min": 1, "for_min": 1})),
        ("/services/0/capacity", json!(200)),
        ("/services/0/starts", json!(["mon 09:00", "mon 19:00"])),
        ("/staff/0/days_off", json!([["2027-01-10", "2027-01-10"]])),
        ("/resources", json!([{"id": "chair", "name": "Кресло", "count": 100}])),
        ("/policy/grid_min", json!(240)),
        ("/policy/grid_min", json!(12)),
        ("/policy/grid_min", json!(45)),
        ("/policy/horizon_days", json!(364)),
        ("/policy/lead_time_min", json!(43_200)),
        ("/policy/hold_min", json!(60)),
        ("/policy/call_score", json!(1.0)),
        ("/policy/call_score", json!(0.0)),
        ("/policy/hot/min_criteria", json!(3)),
        ("/policy/hot/within_hours", json!(168)),
        ("/care", json!({"remind_before_min": [30_240, 120, 60, 15]})),
        ("/care", json!({"rate_after_min": 10_080})),
        ("/care", json!({"rate_after_min": 5, "follow_up_after_min": 15, "ring_after_min": 10})),
        ("/care", json!({"follow_up_from": "10:00:00", "follow_up_to": "10:01:00", "unreminded_percent": 50})),
        ("/care", json!({"rate_after_min": null, "follow_up_after_min": null, "ring_after_min": 1440})),
        ("/questions", json!({"booking": ["time", "service"], "urgent": ["phone", "service", "name"], "info": []})),
        ("/escalation/0/steps/2/after_min", json!(1_440)),
        ("/escalation/0/steps/1/after_min", json!(4)),
        ("/privacy/policy_url", json!("http://a")),
        ("/model", json!({"kind": "openai", "ask_under": 0.0, "tokens_per_day": 1_000})),
        ("/model", json!({"kind": "openai", "ask_under": 1.0, "tokens_per_day": 100_000_000})),
        ("/speech", json!({"kind": "openai", "per_day": 1})),
        ("/speech", json!({"kind": "openai", "per_day": 100_000})),
        ("/city", json!("")),
        ("/phone", json!("")),
        ("/name", json!("я".repeat(120))),
        ("/services/0/synonyms", json!(vec!["слово"; 60])),
        ("/hours/mon", json!([["09:00", "13:00"], ["13:00", "20:00"]])),
        ("/subscribers", json!(subscribers(5))),
        ("/retention", json!({"messages_days": 30, "leads_days": 1_095, "visits_days": 30})),
        ("/means", json!(accounts("smsru", 20))),
        ("/calendars", json!(accounts("caldav", 60))),
        ("/shifts/0/at_once", json!(1)),
        ("/escalation/0/steps", json!([{"after_min": 5, "repeat_every_min": 1_440, "until_min": 1_440}])),
        ("/escalation/0/steps", json!([{"after_min": 5, "repeat_every_min": 1, "until_min": 5}])),
    ];
    for (place, value) in cases {
        let document: Document = serde_json::from_value(changed(place, value)).unwrap();
        assert_eq!(document.check(), [], "{place}");
    }
}

/// One step past each bound, and what the owner is told.
#[test]
fn one_step_past_a_bound_is_told() {
    let cases = [
        ("/name", json!("я".repeat(121)), "name", "120"),
        ("/name", json!(""), "name", "пусто"),
        ("/address", json!("я".repeat(1_001)), "address", "1000"),
        (
            "/faq",
            json!((0..101).map(|n| (format!("q{n}"), json!("да"))).collect::<serde_json::Map<_, _>>()),
            "faq",
            "100",
        ),
        ("/phrases", json!({"bye": " "}), "phrases.bye", "пусто"),
        ("/id", json!("sa_lon"), "id", "дефисов"),
        ("/id", json!("s".repeat(41)), "id", "40"),
        ("/services/0/duration_min", json!(1_441), "services[0].duration_min", "1440"),
        ("/services/0/price", json!(10_000_001), "services[0].price", "10000000"),
        ("/services/0/synonyms", json!(vec!["слово"; 61]), "services[0].synonyms", "60"),
        ("/services/0/synonyms", json!(["я".repeat(81)]), "services[0].synonyms[0]", "80"),
        ("/services/0/capacity", json!(201), "services[0].capacity", "200"),
        ("/services/5/gap", json!({"after_min": 30, "for_min": 0}), "services[5].gap", "больше нуля"),
        ("/services/0/starts", json!(["mon 08:59"]), "services[0].starts[0]", "mon 08:59"),
        ("/services/0/starts", json!(["mon 19:01"]), "services[0].starts[0]", "mon 19:01"),
        ("/resources", json!([{"id": "chair", "name": "", "count": 1}]), "resources[0].name", "пусто"),
        ("/resources", json!([{"id": "chair", "name": "К", "count": 101}]), "resources[0].count", "100"),
        ("/resources", json!([{"id": "a b", "name": "К"}]), "resources[0].id", "латинских"),
        ("/staff/0/name", json!(""), "staff[0].name", "пусто"),
        ("/staff/0/role", json!("я".repeat(121)), "staff[0].role", "120"),
        ("/staff/0/aliases", json!([""]), "staff[0].aliases[0]", "пусто"),
        ("/people/0/name", json!(""), "people[0].name", "пусто"),
        (
            "/people/0/means",
            json!([{"channel": "terminal", "peer": "1".repeat(201)}]),
            "people[0].means[0].peer",
            "200",
        ),
        ("/people/0/means", json!(vec![json!({"channel": "terminal", "peer": "1"}); 11]), "people[0].means", "10"),
        ("/policy/grid_min", json!(241), "policy.grid_min", "30"),
        ("/policy/grid_min", json!(245), "policy.grid_min", "30"),
        ("/policy/horizon_days", json!(365), "policy.horizon_days", "364"),
        ("/policy/lead_time_min", json!(43_201), "policy.lead_time_min", "43200"),
        ("/policy/hold_min", json!(61), "policy.hold_min", "60"),
        ("/policy/hold_min", json!(0), "policy.hold_min", "60"),
        ("/policy/backup_min", json!(0), "policy.backup_min", "1440"),
        ("/policy/person_silent_min", json!(1_441), "policy.person_silent_min", "1440"),
        ("/policy/outcome_min", json!(0), "policy.outcome_min", "1440"),
        ("/policy/hot/within_hours", json!(169), "policy.hot.within_hours", "168"),
        ("/policy/call_score", json!(-0.1), "policy.call_score", "от 0"),
        ("/care", json!({"remind_before_min": [30_241]}), "care.remind_before_min[0]", "30240"),
        ("/care", json!({"remind_before_min": [120, 120]}), "care.remind_before_min", "без повторов"),
        ("/care", json!({"remind_before_min": [50, 40, 30, 20, 15]}), "care.remind_before_min", "не больше 4"),
        ("/care", json!({"rate_after_min": 4}), "care.rate_after_min", "от 5"),
        ("/care", json!({"rate_after_min": 10_081}), "care.rate_after_min", "10080"),
        ("/care", json!({"ring_after_min": 9}), "care.ring_after_min", "от 10"),
        ("/care", json!({"follow_up_after_min": 1_441}), "care.follow_up_after_min", "1440"),
        ("/questions", json!({"booking": ["time", "name"]}), "questions.booking", "без услуги"),
        ("/questions", json!({"urgent": ["phone", "time"]}), "questions", "время спрашивают"),
        ("/questions", json!({"info": ["service", "service"]}), "questions.info", "повтор"),
        ("/escalation/0/level", json!(4), "escalation[0].level", "от 2 до 3"),
        ("/escalation/0/steps/2/after_min", json!(1_441), "escalation[0].steps[2].after_min", "1440"),
        ("/channels/0/kind", json!(" "), "channels[0].kind", "не указан вид канала"),
        ("/crm", json!({"kind": " "}), "crm.kind", "вид CRM"),
        ("/model", json!({"kind": ""}), "model.kind", "вид модели"),
        ("/model", json!({"kind": "openai", "ask_under": 1.1}), "model.ask_under", "от 0 до 1"),
        ("/model", json!({"kind": "openai", "tokens_per_day": 999}), "model.tokens_per_day", "1000"),
        ("/model", json!({"kind": "openai", "tokens_per_day": 100_000_001_u64}), "model.tokens_per_day", "100000000"),
        ("/speech", json!({"kind": " "}), "speech.kind", "вид распознавания"),
        ("/speech", json!({"kind": "openai", "per_day": 0}), "speech.per_day", "от 1 до 100000"),
        ("/speech", json!({"kind": "openai", "per_day": 100_001}), "speech.per_day", "100000"),
        ("/privacy/operator", json!("я".repeat(301)), "privacy.operator", "300"),
        ("/privacy/policy_url", json!("https://"), "privacy.policy_url", "https://"),
        ("/privacy/policy_url", json!("https:///a"), "privacy.policy_url", "https://"),
        ("/privacy/policy_url", json!("https://a b"), "privacy.policy_url", "https://"),
        ("/privacy/policy_url", json!("https://a\u{7}b"), "privacy.policy_url", "https://"),
        ("/privacy/policy_url", json!("ftp://a"), "privacy.policy_url", "https://"),
        ("/services/0/gap", json!({"after_min": 30, "for_min": 30}), "services[0].gap", "раньше визита"),
        ("/subscribers", json!(subscribers(6)), "subscribers", "не больше 5"),
        ("/retention", json!({"messages_days": 29}), "retention.messages_days", "от 30 до 1095"),
        ("/retention", json!({"leads_days": 1_096}), "retention.leads_days", "от 30 до 1095"),
        ("/retention", json!({"visits_days": 29}), "retention.visits_days", "от 30 до 1095"),
        ("/means", json!(accounts("smsru", 21)), "means", "не больше 20"),
        ("/means", json!([{"kind": " "}]), "means[0].kind", "не указан вид"),
        ("/means", json!([{"kind": "smsru"}, {"kind": "smsru"}]), "means[1].id", "другой id"),
        ("/calendars", json!(accounts("caldav", 61)), "calendars", "не больше 60"),
        ("/calendars", json!([{"kind": ""}]), "calendars[0].kind", "не указан вид"),
        ("/calendars", json!([{"kind": "caldav"}, {"kind": "caldav"}]), "calendars[1].id", "другой id"),
        (
            "/calendars",
            json!([{"kind": "caldav", "specialists": ["anna", "olga"]}]),
            "calendars[0].specialists",
            "«olga» нет",
        ),
        ("/shifts/0/at_once", json!(2), "shifts[0].at_once", "от 1 до 1"),
        ("/shifts/0/every", json!("1w"), "shifts[0].every", "меняться здесь некому"),
        (
            "/escalation/0/steps",
            json!([{"after_min": 0, "repeat_every_min": 0, "until_min": 5}]),
            "escalation[0].steps[0].repeat_every_min",
            "от 1 до 1440",
        ),
        (
            "/escalation/0/steps",
            json!([{"after_min": 5, "repeat_every_min": 1, "until_min": 4}]),
            "escalation[0].steps[0].until_min",
            "от 5 до 1440",
        ),
        ("/escalation/0/steps", json!([{"after_min": 0, "until_min": 5}]), "escalation[0].steps[0]", "оба числа"),
    ];
    for (place, value, path, word) in cases {
        let document: Document = serde_json::from_value(changed(place, value)).unwrap();
        let problems = document.check();
        assert_eq!(problems.iter().map(|problem| problem.path.as_str()).collect::<Vec<_>>(), [path], "{problems:?}");
        assert!(problems[0].text.contains(word), "{}", problems[0].text);
    }
}

/// Well-formed programs that are told news, each with an id of its own.
fn subscribers(count: usize) -> Vec<Value> {
    let one = |place| {
        json!({"id": format!("s{place}"), "url": "https://crm.example/hook", "secret": "whsec_AAAA",
            "events": ["lead.made"]})
    };
    (0..count).map(one).collect()
}

/// Entries of one kind, each with an id of its own.
fn accounts(kind: &str, count: usize) -> Vec<Value> {
    (0..count).map(|place| json!({"kind": kind, "id": format!("a{place}")})).collect()
}

fn paths(json: Value) -> Vec<String> {
    let document: Document = serde_json::from_value(json).unwrap();
    document.check().into_iter().map(|problem| problem.path).collect()
}

#[rstest]
#[case::no_id(0, "id", json!(" "), "subscribers[0].id")]
#[case::same_id(1, "id", json!("s0"), "subscribers[1].id")]
#[case::open_address(1, "url", json!("http://crm.example/hook"), "subscribers[1].url")]
#[case::nothing_to_tell(1, "events", json!([]), "subscribers[1].events")]
fn a_program_that_is_told_news_has_a_name_a_safe_address_and_something_to_hear(
    #[case] place: usize,
    #[case] key: &str,
    #[case] value: Value,
    #[case] path: &str,
) {
    let mut programs = subscribers(2);
    programs[place][key] = value;
    assert_eq!(paths(changed("/subscribers", json!(programs))), [path]);
}

/// Those who take turns need a length and a first day.
#[rstest]
#[case::by_turns(json!({"every": "1w", "since": "2026-11-30"}), &[])]
#[case::all_at_once(json!({"at_once": 2}), &[])]
#[case::how_often(json!({"since": "2026-11-30"}), &["shifts[0].every"])]
#[case::since_when(json!({"every": "1w"}), &["shifts[0].since"])]
#[case::neither(json!({}), &["shifts[0].every", "shifts[0].since"])]
#[case::more_than_there_are(json!({"at_once": 3}), &["shifts[0].at_once"])]
#[case::all_and_yet_by_turns(json!({"at_once": 2, "every": "1w"}), &["shifts[0].every"])]
fn a_shift_of_several_says_how_they_take_turns(#[case] keys: Value, #[case] expected: &[&str]) {
    let mut shift = json!({"people": ["marina", "oleg"], "from": "09:00:00", "to": "09:00:00"});
    shift.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    assert_eq!(paths(changed("/shifts/0", shift)), expected);
}

/// Every channel there may be, and SMS.
#[test]
fn a_message_may_go_round_by_every_channel_and_by_sms() {
    let listed = |ways: usize| {
        let names: Vec<String> = (0..30).map(|place| format!("a{place}")).collect();
        let ways: Vec<&str> = names.iter().map(String::as_str).chain(["sms"; 2]).take(ways).collect();
        let mut json = changed("/channels", json!(accounts("telegram", 30)));
        json["care"] = json!({"elsewhere": ways});
        paths(json)
    };
    assert_eq!(listed(31), [""; 0]);
    assert_eq!(listed(32), ["care.elsewhere", "care.elsewhere[31]"], "one too many, and named before");
}

#[test]
fn a_lesson_has_no_gap() {
    let mut json = changed("/services/5/gap", json!({"after_min": 60, "for_min": 60}));
    assert_eq!(paths(json.clone()), [""; 0]);
    json["services"][5]["capacity"] = json!(2);
    assert_eq!(paths(json), ["services[5].gap"]);
}

/// The senior has one means, and the second step of that level tries the second; who is on duty has two.
#[test]
fn the_owner_is_told_what_deserves_another_look() {
    let mut json = changed("/phrases", json!({"bookd": "Записал вас"}));
    let means = |peers: &[&str]| peers.iter().map(|peer| json!({"channel": "terminal", "peer": peer})).collect();
    json["people"][0]["means"] = means(&["1", "2"]);
    json["people"][1]["means"] = means(&["3"]);
    let document: Document = serde_json::from_value(json).unwrap();
    assert_eq!(document.check(), []);
    let found: Vec<String> = document.lint().into_iter().map(|problem| problem.path).collect();
    assert_eq!(found, ["phrases.bookd", "escalation[1].steps[1].means"]);
}

/// The reader keeps what it read last; what it is asked about anew it reads anew.
#[test]
fn a_reader_that_has_read_before_reads_like_a_fresh_one() {
    let settings = demo_settings();
    let questions = [
        ("завтра в 12", None, "2026-11-24T10:00:00"),
        ("завтра в 12", None, "2026-11-26T10:00:00"),
        ("12", None, "2026-11-26T10:00:00"),
        ("12", Some(Expecting::AskWhen), "2026-11-26T10:00:00"),
        ("12", None, "2026-11-26T10:00:00"),
        ("12", None, "2026-11-26T10:00:00"),
        ("Вера", Some(Expecting::AskWhen), "2026-11-26T10:00:00"),
        ("Вера", Some(Expecting::AskName), "2026-11-26T10:00:00"),
    ];
    for (text, expecting, now) in questions {
        let now = now.parse().unwrap();
        let fresh = demo_settings().reader.read(text, expecting, now);
        assert_eq!(settings.reader.read(text, expecting, now), fresh, "«{text}» {expecting:?} {now}");
    }
}

#[test]
fn bytes_that_are_no_model_are_refused_and_the_shipped_one_goes_on() {
    let mut settings = demo_settings();
    assert!(settings.read_by(b"no model").is_err());
    let now = "2026-11-24T10:00:00".parse().unwrap();
    let read = settings.reader.read("сколько стоит маникюр?", None, now);
    assert_eq!(read, demo_settings().reader.read("сколько стоит маникюр?", None, now));
}

/// Nobody answers clients yet: the operator and the policy may wait.
#[test]
fn a_business_without_channels_may_name_its_operator_later() {
    let mut json = changed("/channels", json!([]));
    json["privacy"] = json!({"operator": "", "policy_url": ""});
    let document: Document = serde_json::from_value(json).unwrap();
    assert_eq!(document.check(), []);
}

/// Hours read and are written again as they stand.
#[test]
fn hours_are_read_to_the_minute() {
    let cases = [("00:00", "24:00"), ("09:05", "09:06"), ("23:59", "24:00"), ("00:00", "00:01")];
    for hours in cases {
        let json = changed("/hours/mon", json!([hours.0, hours.1]));
        let document: Document = serde_json::from_value(json).unwrap();
        assert_eq!(serde_json::to_value(&document).unwrap()["hours"]["mon"], json!([hours.0, hours.1]));
    }
}

#[test]
fn no_minute_is_past_its_hour() {
    let cases = [("09:00", "09:00"), ("09:00", "24:60"), ("24:00", "24:01"), ("09", "10:00"), ("-1:00", "10:00")];
    for hours in cases {
        assert!(serde_json::from_value::<Document>(changed("/hours/mon", json!([hours.0, hours.1]))).is_err());
    }
}

#[rstest]
#[case::longest("60/60", true)]
#[case::too_long("61/2", false)]
#[case::shortest("1/1", true)]
#[case::none("", false)]
#[case::one("2", false)]
fn a_rotation_is_runs_of_one_to_sixty_days(#[case] pattern: &str, #[case] is_read: bool) {
    let json = changed("/staff/0/shifts", json!({"from": "2026-11-02", "pattern": pattern}));
    assert_eq!(serde_json::from_value::<Document>(json).is_ok(), is_read);
}

#[test]
fn words_of_the_document_read_as_they_would_be_said() {
    let settings = demo_settings();
    assert_eq!(
        settings.week_text(),
        "пн–чт: с 09:00 до 20:00\nпт: с 09:00 до 21:00\nсб: с 10:00 до 19:00\nвс: выходной"
    );
    let on = |text: &str| settings.hours_text(text.parse().unwrap());
    assert_eq!((on("2026-11-20").as_str(), on("2026-11-22").as_str()), ("с 09:00 до 21:00", "выходной"));
    assert_eq!(on("2026-12-31"), "с 09:00 до 15:00");
    let names = |ids: &[&str]| settings.names_of(&ids.iter().map(|id| ServiceId::from(*id)).collect::<Vec<_>>());
    assert_eq!(names(&["brows", "lashes"]), "Коррекция и окрашивание бровей + Ламинирование ресниц");
    assert_eq!((names(&[]).as_str(), names(&["botox"]).as_str()), ("", "визит"));
}

/// Quiet hours over midnight, by day, and none at all.
#[test]
fn quiet_hours_are_half_open() {
    let quiet = |from: &str, to: &str, at: &str| {
        let json = changed("/care", json!({"quiet_from": from, "quiet_to": to}));
        let document: Document = serde_json::from_value(json).unwrap();
        document.care.is_quiet(at.parse().unwrap())
    };
    for (from, to, at, expected) in [
        ("22:00:00", "09:00:00", "21:59:59", false),
        ("22:00:00", "09:00:00", "22:00:00", true),
        ("22:00:00", "09:00:00", "08:59:59", true),
        ("22:00:00", "09:00:00", "09:00:00", false),
        ("13:00:00", "14:00:00", "12:59:59", false),
        ("13:00:00", "14:00:00", "13:00:00", true),
        ("13:00:00", "14:00:00", "14:00:00", false),
        ("09:00:00", "09:00:00", "09:00:00", false),
        ("09:00:00", "09:00:00", "03:00:00", false),
    ] {
        assert_eq!(quiet(from, to, at), expected, "{from} to {to}: {at}");
    }
}

/// A step without `means` tries the person's first.
#[test]
fn what_is_left_out_of_a_document_has_its_usual_value() {
    let json = changed("/escalation/0/steps", json!([{ "after_min": 0 }]));
    let document: Document = serde_json::from_value(json).unwrap();
    assert_eq!((document.escalation[0].steps[0].means, document.check()), (1, vec![]));
    let model = changed("/model", json!({ "kind": "openai" }));
    let model = serde_json::from_value::<Document>(model).unwrap().model.unwrap();
    assert!((model.ask_under - 0.5).abs() < f64::EPSILON && !model.phrase && model.tokens_per_day == 300_000);
    let speech = changed("/speech", json!({ "kind": "openai" }));
    assert_eq!(serde_json::from_value::<Document>(speech).unwrap().speech.unwrap().per_day, 500);
    let chair = changed("/resources", json!([{ "id": "chair", "name": "Кресло" }]));
    assert_eq!(serde_json::from_value::<Document>(chair).unwrap().resources[0].count, 1);
}

/// What patients say and write stays on the clinic's own machine. Source: 323-FZ, article 13.
#[test]
fn a_clinic_gives_voices_and_words_to_its_own_machine_alone() {
    let cases = [
        ("http://127.0.0.1:8080/v1", true),
        ("http://localhost/v1", true),
        ("https://api.example.ru/v1", false),
        ("https://127.0.0.1:1@api.example.ru/v1", false),
        ("https://localhost.example.ru/v1", false),
        ("", false),
    ];
    for ((address, is_own), section) in cases.into_iter().flat_map(|case| [(case, "model"), (case, "speech")]) {
        let found = |kind: &str| {
            let mut json = changed("/type", json!(kind));
            json[section] = json!({ "kind": "openai", "base_url": address });
            let document: Document = serde_json::from_value(json).unwrap();
            document.check().iter().any(|problem| problem.path == format!("{section}.kind"))
        };
        assert_eq!(found("clinic"), !is_own, "{section} at «{address}»");
        assert!(!found("beauty_salon"), "{section} at «{address}»");
    }
}
