//! Cards that people made, changed or deleted on the portal.

use nochnik_core::crm::Card;
use nochnik_doubles::bitrix24::{Mode, PhoneMatch, Settings};
use serde_json::{Value, json};

use crate::bitrix24::desk::Desk;
use crate::cards::{PHONE, card};

fn phone(text: &str) -> Value {
    json!([{ "typeId": "PHONE", "valueType": "WORK", "value": text }])
}

const TAGS: &str = "UF_CRM_NOCHNIK_TAGS";

#[tokio::test]
async fn an_open_lead_of_the_same_phone_gets_the_conversation_instead_of_a_second_lead() {
    for (spelling, phone_match) in [
        ("+79281234567", PhoneMatch::Literal),
        ("8 (928) 123-45-67", PhoneMatch::Literal),
        ("79281234567", PhoneMatch::EightIsSeven),
    ] {
        let mut desk = Desk::warmed(Settings { phone_match, ..Settings::default() }).await;
        let made = json!({ "title": "Звонок на стойку", "name": "Аня", "fm": phone(spelling), TAGS: ["VIP"] });
        let lead = desk.made_by_people(1, made);
        let card = card();
        desk.deliver(&card).await.unwrap();
        assert!(desk.own_leads(&card).is_empty(), "{spelling}");
        let found = desk.portal.leads().into_iter().find(|found| found.id == lead).unwrap();
        assert_eq!(found.fields["title"], "Звонок на стойку", "{spelling}: people's words stay");
        assert_eq!(found.fields["name"], "Аня", "{spelling}");
        assert_eq!(found.fields[TAGS], json!(["VIP", "горячий", "ночной"]), "{spelling}");
        assert_eq!(found.phones, [spelling]);
        assert_eq!(desk.portal.comments_of("lead", lead).len(), 1, "{spelling}");
        assert_eq!(desk.portal.todos()[0]["OWNER_ID"], lead.to_string(), "{spelling}");
        desk.portal.assert_clean();
    }
}

#[tokio::test]
async fn a_closed_lead_is_history_and_a_new_one_is_made() {
    let mut desk = Desk::warmed(Settings::default()).await;
    desk.made_by_people(1, json!({ "title": "Спам", "stageId": "JUNK", "fm": phone(PHONE) }));
    let card = card();
    desk.deliver(&card).await.unwrap();
    assert_eq!(desk.own_leads(&card).len(), 1);
}

#[tokio::test]
async fn fault_f49_a_known_contact_is_joined_and_never_made_twice() {
    for mode in [Mode::Classic, Mode::Simple] {
        let mut desk = Desk::warmed(Settings { mode, ..Settings::default() }).await;
        let older = desk.made_by_people(3, json!({ "name": "Анна", "fm": phone(PHONE) }));
        let newest = desk.made_by_people(3, json!({ "name": "Анна К.", "fm": phone("89281234567") }));
        let before = desk.portal.contacts().len();
        let card = card();
        desk.deliver(&card).await.unwrap();
        assert_eq!(desk.portal.contacts().len(), before, "{mode:?}");
        let made = if mode == Mode::Classic { desk.portal.leads() } else { desk.portal.deals() };
        let made = made.into_iter().find(|made| made.fields["originId"] == card.origin.as_str()).unwrap();
        assert_eq!(made.fields["contactIds"], json!([newest]), "{mode:?}: the newest, not {older}");
        desk.portal.assert_clean();
    }
}

#[tokio::test]
async fn an_open_deal_of_the_contact_gets_the_conversation() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let contact = desk.made_by_people(3, json!({ "name": "Анна", "fm": phone(PHONE) }));
    let won = desk.made_by_people(2, json!({ "title": "Прошлый визит", "stageId": "WON", "contactIds": [contact] }));
    let open = desk.made_by_people(2, json!({ "title": "Абонемент", "contactIds": [contact] }));
    let card = card();
    desk.deliver(&card).await.unwrap();
    assert!(desk.own_leads(&card).is_empty());
    assert_eq!(desk.portal.comments_of("deal", open).len(), 1);
    assert_eq!(desk.portal.comments_of("deal", won).len(), 0);
    desk.portal.assert_clean();
}

#[tokio::test]
async fn a_deleted_lead_is_not_put_back() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let mut card = card();
    desk.deliver(&card).await.unwrap();
    let lead = desk.own_leads(&card)[0].id;
    desk.people("crm.item.delete", json!({ "entityTypeId": 1, "id": lead }));
    card.title = "Педикюр — Анна".to_owned();
    desk.deliver(&card).await.unwrap();
    desk.line.heard();
    card.title = "Маникюр и педикюр — Анна".to_owned();
    desk.deliver(&card).await.unwrap();
    assert!(desk.line.heard().is_empty(), "what is gone is not asked after again");
    assert!(desk.own_leads(&card).is_empty());
    desk.portal.assert_clean();
}

#[tokio::test]
async fn a_lead_that_became_a_deal_is_followed() {
    let settings = Settings { robots_convert_leads: true, hides_converted_leads: true, ..Settings::default() };
    let mut desk = Desk::warmed(settings).await;
    let mut card = card();
    desk.deliver(&card).await.unwrap();
    desk.pass(60_000);
    desk.portal.settle(desk.now_ms());
    card.transcript[1].text = "Записала на 18:30".to_owned();
    desk.deliver(&card).await.unwrap();
    let lead = desk.own_leads(&card)[0].id;
    let deal = desk.portal.deals().into_iter().find(|deal| deal.fields["leadId"] == lead).unwrap();
    let comments = desk.portal.comments_of("deal", deal.id);
    assert_eq!(comments.len(), 1);
    assert!(comments[0].ends_with("бот: Записала на 18:30"));
    assert_eq!(desk.own_leads(&card).len(), 1, "no second lead");
    desk.portal.assert_clean();
}

/// Found by a night of the simulation: the change met a lead that had just become a deal, and its to-do was made on both.
#[tokio::test]
async fn a_to_do_that_met_a_lead_on_its_way_to_a_deal_is_made_once() {
    for hides_converted_leads in [false, true] {
        let settings = Settings { robots_convert_leads: true, hides_converted_leads, ..Settings::default() };
        let mut desk = Desk::warmed(settings).await;
        let whole = card();
        desk.deliver(&Card { todo: None, ..whole.clone() }).await.unwrap();
        desk.pass(60_000);
        desk.portal.settle(desk.now_ms());
        desk.deliver(&whole).await.unwrap();
        let made = desk.portal.todos();
        assert_eq!(made.len(), 1, "{made:?}");
        desk.portal.assert_clean();
    }
}

#[tokio::test]
async fn a_value_that_people_changed_is_not_put_back() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let mut card = card();
    desk.deliver(&card).await.unwrap();
    let lead = desk.own_leads(&card)[0].id;
    desk.people("crm.item.update", json!({ "entityTypeId": 1, "id": lead, "fields": { "title": "Анна, постоянная" } }));
    card.transcript[1].text = "Записала на 18:30".to_owned();
    desk.deliver(&card).await.unwrap();
    assert_eq!(desk.own_leads(&card)[0].fields["title"], "Анна, постоянная");
}

/// Ones who were dismissed are not offered; without the right to see phones the names come alone.
#[tokio::test]
async fn the_staff_of_the_portal_is_read_for_the_roster() {
    for (scopes, expected) in [(["crm", "user_basic"], Some("+79281112233")), (["crm", "user_brief"], None)] {
        let scopes = scopes.map(str::to_owned).to_vec();
        let desk = Desk::new(Settings { scopes, ..Settings::default() });
        let staff = desk.crm.staff().await.unwrap().unwrap();
        let found: Vec<(i64, &str, Option<&str>)> = staff
            .iter()
            .map(|person| (person.id, person.name.as_str(), person.phone.as_ref().map(|phone| phone.e164())))
            .collect();
        assert_eq!(found[1..], [(23, "Ирина Серова", expected)]);
        desk.portal.assert_clean();
    }
}
