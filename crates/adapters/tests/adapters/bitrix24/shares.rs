//! Who answers for a new card.

use nochnik_core::crm::Card;
use nochnik_doubles::bitrix24::Settings;
use serde_json::{Value, json};

use crate::bitrix24::desk::Desk;
use crate::cards::card;

/// Whom the requests of this many different clients went to, in order.
async fn handed_out(desk: &mut Desk, cards: impl IntoIterator<Item = Card>) -> Vec<i64> {
    let mut all = Vec::new();
    for (at, card) in cards.into_iter().enumerate() {
        let card = Card { origin: format!("lotos:{at}:lead"), phone: None, todo: None, ..card };
        desk.refs.clear();
        desk.deliver(&card).await.unwrap();
        all.push(desk.own_leads(&card)[0].fields["assignedById"].as_i64().unwrap());
    }
    all
}

fn desk(fields: &[(&str, Value)]) -> Desk {
    Desk::with(Settings::unlimited(), fields)
}

fn of(service: &str) -> Card {
    Card { services: vec![service.to_owned()], ..card() }
}

fn on_shift(on_duty: &[i64]) -> Card {
    Card { on_duty: on_duty.to_vec(), ..card() }
}

#[tokio::test]
async fn turns_go_round_and_hold_over_a_restart() {
    let fields = [("responsible", json!("round_robin")), ("responsible_ids", json!([12, 15, 31]))];
    let mut desk = desk(&fields);
    assert_eq!(handed_out(&mut desk, (0..4).map(|_| card())).await, [12, 15, 31, 12]);
}

#[tokio::test]
async fn the_least_loaded_one_gets_the_next() {
    let fields = [("responsible", json!("least_loaded")), ("responsible_ids", json!([12, 15]))];
    let mut desk = desk(&fields);
    for _ in 0..2 {
        desk.made_by_people(1, json!({ "title": "Звонок", "assignedById": 12 }));
    }
    desk.made_by_people(1, json!({ "title": "Спам", "assignedById": 15, "stageId": "JUNK" }));
    assert_eq!(handed_out(&mut desk, (0..3).map(|_| card())).await, [15, 15, 12], "closed ones are no load");
}

#[tokio::test]
async fn a_service_has_its_person_and_the_rest_the_fixed_one() {
    let by_service = json!({ "маникюр": 12, "Стрижка": 15 });
    let fields =
        [("responsible", json!("service")), ("responsible_by_service", by_service), ("responsible_id", json!(23))];
    let cards = ["Маникюр", "Стрижка", "Брови"].map(of);
    assert_eq!(handed_out(&mut desk(&fields), cards).await, [12, 15, 23]);
}

#[tokio::test]
async fn whoever_is_on_shift_gets_it_and_without_a_shift_the_fixed_one() {
    let fields = [("responsible", json!("shift")), ("responsible_id", json!(23))];
    let cards = [on_shift(&[31]), on_shift(&[]), on_shift(&[31, 12]), on_shift(&[31, 12])];
    assert_eq!(handed_out(&mut desk(&fields), cards).await, [31, 23, 12, 31], "two on shift take turns");
}

#[tokio::test]
async fn whom_people_gave_it_to_keeps_it_and_the_to_do_goes_to_the_shift() {
    let mut desk = Desk::with(Settings::default(), &[("responsible", json!("shift"))]);
    desk.deliver(&on_shift(&[31])).await.unwrap();
    assert_eq!(desk.portal.todos()[0]["RESPONSIBLE_ID"], "31");
    let lead = desk.portal.leads()[0].id;
    desk.people("crm.item.update", json!({ "entityTypeId": 1, "id": lead, "fields": { "assignedById": 12 } }));
    desk.deliver(&Card { name: Some("Анна К.".to_owned()), ..on_shift(&[31]) }).await.unwrap();
    assert_eq!(desk.portal.leads()[0].fields["assignedById"], 12);
}
