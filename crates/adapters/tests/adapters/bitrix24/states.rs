//! How requests stand with the people of the portal, asked about many at once.

use nochnik_adapters::ports::CardState;
use nochnik_core::crm::{Card, CrmRefs};
use nochnik_doubles::bitrix24::{Mode, Settings};
use serde_json::json;

use crate::bitrix24::desk::Desk;
use crate::cards::card;

async fn delivered(desk: &mut Desk, origin: &str) -> CrmRefs {
    let card = Card { origin: origin.to_owned(), phone: None, todo: None, ..card() };
    desk.refs.clear();
    desk.deliver(&card).await.unwrap();
    desk.refs.clone()
}

fn stage(desk: &Desk, entity: (u8, &str), refs: &CrmRefs, stage: &str) {
    let id: i64 = refs[entity.1].parse().unwrap();
    let moved = json!({ "entityTypeId": entity.0, "id": id, "fields": { "stageId": stage } });
    desk.people("crm.item.update", moved);
}

#[tokio::test]
async fn leads_stand_as_people_left_them() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let mut all = Vec::new();
    for origin in ["lotos:open:lead", "lotos:lost:lead", "lotos:gone:lead", "lotos:sold:lead"] {
        all.push(delivered(&mut desk, origin).await);
    }
    stage(&desk, (1, "lead"), &all[1], "JUNK");
    let gone: i64 = all[2]["lead"].parse().unwrap();
    desk.people("crm.item.delete", json!({ "entityTypeId": 1, "id": gone }));
    let sold: i64 = all[3]["lead"].parse().unwrap();
    stage(&desk, (1, "lead"), &all[3], "CONVERTED");
    desk.line.heard();
    assert_eq!(
        desk.states(&all).await.unwrap(),
        [CardState::Open, CardState::Lost, CardState::Gone, CardState::Open],
        "a lead that became something else goes on there"
    );
    assert_eq!(desk.line.heard().len(), 1, "one request for many cards");

    let deal =
        desk.people("crm.item.add", json!({ "entityTypeId": 2, "fields": { "title": "Из лида", "leadId": sold } }));
    assert_eq!(desk.states(&all[3..]).await.unwrap(), [CardState::Open]);
    let won = json!({ "entityTypeId": 2, "id": deal["item"]["id"], "fields": { "stageId": "WON" } });
    desk.people("crm.item.update", won);
    assert_eq!(desk.states(&all[3..]).await.unwrap(), [CardState::Won]);
    desk.portal.assert_clean();
}

#[tokio::test]
async fn deals_stand_as_people_left_them() {
    let mut desk = Desk::warmed(Settings { mode: Mode::Simple, ..Settings::default() }).await;
    let mut all = Vec::new();
    for origin in ["lotos:open:lead", "lotos:lost:lead", "lotos:won:lead"] {
        all.push(delivered(&mut desk, origin).await);
    }
    stage(&desk, (2, "deal"), &all[1], "LOSE");
    stage(&desk, (2, "deal"), &all[2], "WON");
    assert_eq!(desk.states(&all).await.unwrap(), [CardState::Open, CardState::Lost, CardState::Won]);
    desk.portal.assert_clean();
}

#[tokio::test]
async fn hundreds_of_cards_are_asked_by_fifty() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let refs = delivered(&mut desk, "lotos:open:lead").await;
    desk.line.heard();
    let states = desk.states(&vec![refs; 101]).await.unwrap();
    assert_eq!(states, [CardState::Open; 101]);
    assert_eq!(desk.line.heard().len(), 3);
}

#[tokio::test]
async fn a_request_that_never_reached_the_portal_is_open() {
    let desk = Desk::warmed(Settings::default()).await;
    assert_eq!(desk.states(&[CrmRefs::new()]).await.unwrap(), [CardState::Open]);
    assert!(desk.line.heard().is_empty(), "there is nothing to ask");
}
