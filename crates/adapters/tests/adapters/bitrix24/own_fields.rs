//! Fields of the owner's own, filled in the shape each of them takes.

use jiff::Timestamp;
use nochnik_core::crm::{BookedVisit, Card};
use nochnik_doubles::bitrix24::{Mode, Settings};
use serde_json::{Value, json};

use crate::bitrix24::desk::Desk;
use crate::cards::card;

const LEAD: u8 = 1;

fn made(desk: &Desk, name: &str, kind: &str, more: Value) {
    let mut fields = json!({ "FIELD_NAME": name, "USER_TYPE_ID": kind });
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    desk.people("crm.lead.userfield.add", json!({ "fields": fields }));
}

fn desk() -> Desk {
    let chosen = json!({
        "UF_CRM_MASTER": "specialist", "UF_CRM_WHEN": "visit_start", "UF_CRM_CHANCE": "score",
        "UF_CRM_NIGHT": "after_hours", "UF_CRM_HEAT": "heat", "UF_CRM_SERVICES": "services", "UF_CRM_TEXT": "visit_start",
        "UF_CRM_GONE": "wanted", "UF_CRM_WRONG": "services", "sourceDescription": "ad",
    });
    let desk = Desk::with(Settings::default(), &[("fields", chosen)]);
    made(&desk, "MASTER", "string", json!({}));
    made(&desk, "WHEN", "datetime", json!({}));
    made(&desk, "CHANCE", "integer", json!({}));
    made(&desk, "NIGHT", "boolean", json!({}));
    made(&desk, "HEAT", "enumeration", json!({ "LIST": [{ "VALUE": "Холодный" }, { "VALUE": "Горячий" }] }));
    made(&desk, "SERVICES", "string", json!({ "MULTIPLE": "Y" }));
    made(&desk, "TEXT", "string", json!({}));
    made(&desk, "WRONG", "datetime", json!({}));
    desk
}

fn booked() -> Card {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let visit = BookedVisit {
        starts_at: at("2026-11-25T15:30:00Z"),
        ends_at: at("2026-11-25T17:00:00Z"),
        specialist: "Ольга".to_owned(),
        text: "среда, 25 ноября, 18:30".to_owned(),
    };
    Card { booking: Some(visit), services: vec!["Маникюр".to_owned(), "Брови".to_owned()], ..card() }
}

#[tokio::test]
async fn each_field_gets_its_own_shape() {
    let mut desk = desk();
    desk.deliver(&booked()).await.unwrap();
    let fields = desk.portal.leads().pop().unwrap().fields;
    let hot = {
        let described = desk.people("crm.item.fields", json!({ "entityTypeId": LEAD, "useOriginalUfNames": "Y" }));
        described["fields"]["UF_CRM_HEAT"]["items"][1]["ID"].as_str().unwrap().parse::<i64>().unwrap()
    };
    for (name, value) in [
        ("UF_CRM_MASTER", json!("Ольга")),
        ("UF_CRM_WHEN", json!("2026-11-25T15:30:00+00:00")),
        ("UF_CRM_CHANCE", json!("83")),
        ("UF_CRM_NIGHT", json!("1")),
        ("UF_CRM_HEAT", json!(hot)),
        ("UF_CRM_SERVICES", json!(["Маникюр", "Брови"])),
        ("UF_CRM_TEXT", json!("среда, 25 ноября, 18:30")),
        ("sourceDescription", json!("ig_bio_nov")),
    ] {
        assert_eq!(fields[name], value, "{name}");
    }
    assert_eq!(desk.portal.ignored_fields(), [], "nothing is sent to a field that is not there");
}

#[tokio::test]
async fn what_changes_is_written_again_and_what_people_typed_is_not() {
    let mut desk = desk();
    desk.deliver(&booked()).await.unwrap();
    let lead = desk.portal.leads()[0].id;
    desk.people(
        "crm.item.update",
        json!({ "entityTypeId": LEAD, "id": lead, "useOriginalUfNames": "Y",
        "fields": { "UF_CRM_TEXT": "придёт с дочкой" } }),
    );
    let mut other = booked();
    other.booking.as_mut().unwrap().specialist = "Инна".to_owned();
    desk.deliver(&other).await.unwrap();
    let fields = desk.portal.leads().pop().unwrap().fields;
    assert_eq!((&fields["UF_CRM_MASTER"], &fields["UF_CRM_TEXT"]), (&json!("Инна"), &json!("придёт с дочкой")));
    desk.deliver(&card()).await.unwrap();
    assert_eq!(desk.portal.leads()[0].fields["UF_CRM_MASTER"], "", "the visit is off");
}

#[tokio::test]
async fn the_owner_is_told_of_every_field() {
    let told = desk().crm.check().await.unwrap().join("\n");
    for line in [
        "«мастер» пойдёт в поле «UF_CRM_MASTER» (UF_CRM_MASTER).",
        "Поля UF_CRM_GONE на портале нет, «когда удобно» записать некуда.",
        "Поле «UF_CRM_WRONG» (UF_CRM_WRONG) не примет «услуги»: у него другой тип.",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
}

#[test]
fn what_is_named_wrong_is_refused_with_the_words_that_exist() {
    for (chosen, problem) in [
        (json!({ "UF_CRM_X": "master" }), "Значения «master» нет. Известные: services (услуги)"),
        (json!({ "title": "services" }), "Поле «title» Ночник заполняет сам"),
        (json!(["services"]), "Здесь нужна таблица текстов"),
    ] {
        let told = Desk::refusal(&[("fields", chosen)]);
        assert!(told.contains(problem), "{told}");
    }
    for (fields, problem) in [
        ([("stages", json!({ "won": "WON" }))], "Шага «won» нет. Известные: qualified"),
        ([("responsible", json!("round_robin"))], "Перечислите номера сотрудников"),
        ([("responsible", json!("service"))], "Назовите услуги и номера сотрудников"),
        ([("responsible_ids", json!("12"))], "Здесь нужен список номеров"),
    ] {
        let told = Desk::refusal(&fields);
        assert!(told.contains(problem), "{told}");
    }
}

#[tokio::test]
async fn a_deal_has_fields_of_its_own() {
    let chosen = json!({ "UF_CRM_MASTER": "specialist" });
    let mut desk = Desk::with(Settings { mode: Mode::Simple, ..Settings::default() }, &[("fields", chosen)]);
    desk.people("crm.deal.userfield.add", json!({ "fields": { "FIELD_NAME": "MASTER", "USER_TYPE_ID": "string" } }));
    desk.deliver(&booked()).await.unwrap();
    assert_eq!(desk.portal.deals()[0].fields["UF_CRM_MASTER"], "Ольга");
}
