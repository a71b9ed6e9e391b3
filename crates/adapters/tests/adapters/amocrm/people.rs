//! Leads and contacts that people made, changed or deleted in the account.

use nochnik_doubles::amocrm::{LOST, PIPELINE, Settings, WON};
use serde_json::json;

use crate::amocrm::desk::Desk;
use crate::cards::{PHONE, card};

#[tokio::test]
async fn an_open_lead_of_the_same_phone_gets_the_conversation_instead_of_a_second_lead() {
    for spelling in ["+79281234567", "8 (928) 123-45-67", "79281234567", "9281234567"] {
        for has_short_pages in [false, true] {
            let mut desk = Desk::warmed(Settings { has_short_pages, ..Settings::default() }).await;
            desk.contact("Однофамилица", "+7 863 123-45-67");
            let contact = desk.contact("Аня", spelling);
            let lead = desk.lead("Звонок на стойку", contact, json!({ "_embedded": { "tags": [{ "name": "VIP" }] } }));
            let contacts = desk.account.contacts();
            desk.deliver(&card()).await.unwrap();

            let leads = desk.account.leads();
            assert_eq!(leads.len(), 1, "{spelling}");
            assert_eq!(leads[0].name, "Звонок на стойку", "{spelling}: people's words stay");
            assert_eq!(leads[0].tags, ["VIP", "горячий", "ночной"], "{spelling}");
            assert!(leads[0].custom.is_empty(), "{spelling}: {:?}", leads[0].custom);
            assert_eq!(desk.account.contacts(), contacts, "{spelling}: the contact is not ours");
            assert_eq!(desk.notes_of(lead).len(), 1, "{spelling}");
            assert_eq!(desk.account.tasks()[0].lead, lead, "{spelling}");
            desk.account.assert_clean();
        }
    }
}

#[tokio::test]
async fn a_second_request_of_the_same_phone_joins_the_first_and_leaves_it_whole() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let first = card();
    desk.deliver(&first).await.unwrap();
    let refs_of_first = std::mem::take(&mut desk.refs);
    let mut second = card();
    second.origin = "lotos:78:1".to_owned();
    second.tags = vec!["лист ожидания".to_owned()];
    second.todo.as_mut().unwrap().marker = "N-000002".to_owned();
    desk.deliver(&second).await.unwrap();

    let leads = desk.account.leads();
    assert_eq!((leads.len(), desk.account.contacts().len()), (1, 2), "one lead; the other contact is of the warm-up");
    assert_eq!(leads[0].tags, ["горячий", "ночной", "лист ожидания"]);
    assert_eq!(desk.notes_of(leads[0].id).len(), 2, "a note for each conversation");
    assert_eq!(desk.account.tasks().len(), 2);
    desk.refs = refs_of_first;
    desk.line.heard();
    desk.deliver(&first).await.unwrap();
    assert!(desk.line.heard().is_empty(), "the first one is as it was");
    desk.account.assert_clean();
}

#[tokio::test]
async fn a_closed_lead_is_history_and_a_new_one_is_made_for_its_contact() {
    for status in [WON, LOST] {
        let mut desk = Desk::warmed(Settings::default()).await;
        let contact = desk.contact("Анна", PHONE);
        desk.lead("Прошлый визит", contact, json!({ "status_id": status, "pipeline_id": PIPELINE }));
        desk.deliver(&card()).await.unwrap();
        let leads = desk.account.leads();
        assert_eq!(leads.len(), 2);
        assert_eq!(leads[1].contacts, [contact]);
        assert_eq!(leads[1].custom["NOCHNIK_SERVICE"], "Маникюр");
        desk.account.assert_clean();
    }
}

#[tokio::test]
async fn of_several_contacts_with_the_phone_the_newest_is_taken_and_people_are_told() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let older = desk.contact("Анна", PHONE);
    desk.pass(60_000);
    let newest = desk.contact("Анна К.", "89281234567");
    let before = desk.account.contacts().len();
    desk.deliver(&card()).await.unwrap();
    let leads = desk.account.leads();
    assert_eq!(leads[0].contacts, [newest], "the newest, not {older}");
    assert_eq!(desk.account.contacts().len(), before);
    let note = &desk.notes_of(leads[0].id)[0];
    assert!(note.contains("Контакты: с этим телефоном их 2"), "{note}");
    desk.account.assert_clean();
}

#[tokio::test]
async fn a_deleted_lead_is_not_put_back() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let mut card = card();
    desk.deliver(&card).await.unwrap();
    desk.account.deletes_lead(desk.account.leads()[0].id);
    card.title = "Педикюр — Анна".to_owned();
    desk.deliver(&card).await.unwrap();
    desk.line.heard();
    card.title = "Маникюр и педикюр — Анна".to_owned();
    desk.deliver(&card).await.unwrap();
    assert!(desk.line.heard().is_empty(), "what is gone is not asked after again");
    assert!(desk.account.leads().is_empty());
    desk.account.assert_clean();
}

/// Whatever is the first thing to be written there.
#[tokio::test]
async fn a_lead_deleted_meanwhile_is_noticed_by_a_new_line_and_by_a_new_task() {
    for change in ["line", "task"] {
        let mut desk = Desk::warmed(Settings::default()).await;
        let mut card = card();
        desk.deliver(&card).await.unwrap();
        desk.account.deletes_lead(desk.account.leads()[0].id);
        match change {
            "line" => card.transcript[1].text = "Записала на 18:30".to_owned(),
            _ => card.todo.as_mut().unwrap().marker = "N-000003".to_owned(),
        }
        desk.deliver(&card).await.unwrap();
        assert_eq!(desk.refs["gone"], "yes", "{change}");
        desk.account.assert_clean();
    }
}

#[tokio::test]
async fn a_note_that_people_deleted_is_written_anew_when_the_talk_goes_on() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let mut card = card();
    desk.deliver(&card).await.unwrap();
    let lead = desk.account.leads()[0].id;
    desk.account.deletes_notes(lead);
    card.transcript[1].text = "Записала на 18:30".to_owned();
    desk.deliver(&card).await.unwrap();
    assert_eq!(desk.notes_of(lead).len(), 1);
    desk.account.assert_clean();
}

#[tokio::test]
async fn a_value_that_people_changed_is_not_put_back() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let mut card = card();
    desk.deliver(&card).await.unwrap();
    let lead = desk.account.leads()[0].id;
    desk.people("PATCH", &format!("leads/{lead}"), &json!({ "name": "Анна, постоянная" }));
    card.transcript[1].text = "Записала на 18:30".to_owned();
    desk.deliver(&card).await.unwrap();
    assert_eq!(desk.account.leads()[0].name, "Анна, постоянная");
    desk.account.assert_clean();
}

/// People added a second number to our contact: setting phones replaces all, so theirs is sent along.
#[tokio::test]
async fn a_phone_that_becomes_known_is_added_to_those_of_people() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let mut card = card();
    let phone = card.phone.take();
    card.name = None;
    desk.deliver(&card).await.unwrap();
    let contact = desk.account.leads()[0].contacts[0];
    let work = json!([{ "field_code": "PHONE", "values": [{ "value": "+78632000000", "enum_code": "HOME" }] }]);
    desk.people("PATCH", &format!("contacts/{contact}"), &json!({ "custom_fields_values": work }));
    card.phone = phone;
    card.name = Some("Анна".to_owned());
    desk.deliver(&card).await.unwrap();
    let found = desk.account.contacts().into_iter().find(|found| found.id == contact).unwrap();
    assert_eq!((found.name.as_str(), found.phones), ("Анна", vec!["+78632000000".to_owned(), PHONE.to_owned()]));
    desk.account.assert_clean();
}

/// Who was dismissed is not offered.
#[tokio::test]
async fn the_staff_of_the_account_is_read_for_the_roster() {
    let desk = Desk::new(Settings::default());
    let staff = desk.crm.staff().await.unwrap().unwrap();
    let found: Vec<(i64, &str)> = staff.iter().map(|person| (person.id, person.name.as_str())).collect();
    assert_eq!(found, [(504_141, "Ирина Серова")]);
    desk.account.assert_clean();
}
