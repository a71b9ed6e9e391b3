//! A card goes through the stages its owner has named, and stays where people have put it.

use nochnik_adapters::ports::{CardReport, CardState};
use nochnik_core::crm::{Card, Stage};
use nochnik_doubles::bitrix24::{Mode, Settings};
use serde_json::{Value, json};

use crate::bitrix24::desk::Desk;
use crate::cards::card;

const LEAD: u8 = 1;
const DEAL: u8 = 2;

/// A portal without leads whose people have added the stage «Записан» to the main funnel.
async fn deals() -> Desk {
    let named = json!({ "qualified": "PREPARATION", "booked": "записан", "arrived": "WON", "no_show": "LOSE",
        "cancelled": "PREPAYMENT_INVOICE" });
    let desk = Desk::with(Settings { mode: Mode::Simple, ..Settings::default() }, &[("stages", named)]);
    let stage = json!({ "ENTITY_ID": "DEAL_STAGE", "STATUS_ID": "BOOKED", "NAME": "Записан", "SORT": 25 });
    desk.people("crm.status.add", json!({ "fields": stage }));
    desk
}

fn at(stage: Stage) -> Card {
    Card { stage, ..card() }
}

fn deal(desk: &Desk) -> (i64, String) {
    let deal = desk.portal.deals().pop().unwrap();
    (deal.id, deal.fields["stageId"].as_str().unwrap().to_owned())
}

fn moved_by_people(desk: &Desk, entity: u8, id: i64, fields: Value) {
    desk.people("crm.item.update", json!({ "entityTypeId": entity, "id": id, "fields": fields }));
}

#[tokio::test]
async fn a_deal_follows_the_request_by_names_and_by_codes() {
    let mut desk = deals().await;
    for (step, stage) in [
        (Stage::New, "NEW"),
        (Stage::Qualified, "PREPARATION"),
        (Stage::Booked, "BOOKED"),
        (Stage::Cancelled, "PREPAYMENT_INVOICE"),
        (Stage::Booked, "BOOKED"),
        (Stage::Arrived, "WON"),
        (Stage::NoShow, "LOSE"),
    ] {
        desk.deliver(&at(step)).await.unwrap();
        assert_eq!(deal(&desk).1, stage, "{step:?}");
    }
    assert_eq!(desk.portal.deals().len(), 1);
    assert_eq!(desk.portal.ignored_fields(), []);
    desk.portal.assert_clean();
}

#[tokio::test]
async fn a_deal_is_made_where_its_request_already_stands() {
    let mut desk = deals().await;
    desk.deliver(&at(Stage::Booked)).await.unwrap();
    assert_eq!(deal(&desk).1, "BOOKED");
}

#[tokio::test]
async fn what_people_have_moved_stays_there() {
    let mut desk = deals().await;
    desk.deliver(&at(Stage::Qualified)).await.unwrap();
    moved_by_people(&desk, DEAL, deal(&desk).0, json!({ "stageId": "EXECUTING" }));
    for step in [Stage::Booked, Stage::Cancelled, Stage::Arrived] {
        desk.deliver(&at(step)).await.unwrap();
        assert_eq!(deal(&desk).1, "EXECUTING", "{step:?}");
    }
}

#[tokio::test]
async fn a_won_deal_is_reopened_by_a_visit_that_did_not_take_place_and_by_nothing_else() {
    let mut desk = deals().await;
    desk.deliver(&at(Stage::Arrived)).await.unwrap();
    for (step, stage) in [(Stage::Qualified, "WON"), (Stage::Booked, "WON"), (Stage::NoShow, "LOSE")] {
        desk.deliver(&at(step)).await.unwrap();
        assert_eq!(deal(&desk).1, stage, "{step:?}");
    }
}

#[tokio::test]
async fn a_deal_taken_to_another_funnel_belongs_to_people() {
    let settings = Settings { mode: Mode::Simple, funnels: vec![3], ..Settings::default() };
    let mut desk = Desk::with(settings, &[("stages", json!({ "qualified": "PREPARATION", "booked": "EXECUTING" }))]);
    desk.deliver(&at(Stage::Qualified)).await.unwrap();
    moved_by_people(&desk, DEAL, deal(&desk).0, json!({ "categoryId": 3, "stageId": "C3:NEW" }));
    desk.deliver(&at(Stage::Booked)).await.unwrap();
    assert_eq!(deal(&desk).1, "C3:NEW");
}

#[tokio::test]
async fn a_funnel_of_the_owners_choice_has_stages_of_its_own() {
    let settings = Settings { mode: Mode::Simple, funnels: vec![3], ..Settings::default() };
    let fields = [("category_id", json!(3)), ("stages", json!({ "booked": "EXECUTING" }))];
    let mut desk = Desk::with(settings, &fields);
    desk.deliver(&at(Stage::New)).await.unwrap();
    assert_eq!(deal(&desk).1, "C3:NEW");
    desk.deliver(&at(Stage::Booked)).await.unwrap();
    assert_eq!(deal(&desk).1, "C3:EXECUTING", "the owner types the stage by its name");
}

#[tokio::test]
async fn a_lead_goes_on_but_is_never_put_among_the_won() {
    let named = json!({ "qualified": "IN_PROCESS", "booked": "PROCESSED", "arrived": "CONVERTED" });
    let mut desk = Desk::with(Settings::default(), &[("stages", named)]);
    for (step, stage) in [
        (Stage::New, "NEW"),
        (Stage::Qualified, "IN_PROCESS"),
        (Stage::Booked, "PROCESSED"),
        (Stage::Arrived, "PROCESSED"),
    ] {
        desk.deliver(&at(step)).await.unwrap();
        assert_eq!(desk.portal.leads()[0].fields["stageId"], stage, "{step:?}");
    }
    let told = desk.crm.check().await.unwrap().join("\n");
    assert!(told.contains("«пришёл»: в стадию «CONVERTED» лид переводят только люди"), "{told}");
}

#[tokio::test]
async fn somebody_elses_lead_keeps_its_stage() {
    let mut desk = Desk::with(Settings::default(), &[("stages", json!({ "booked": "PROCESSED" }))]);
    let phone = json!([{ "typeId": "PHONE", "valueType": "WORK", "value": crate::cards::PHONE }]);
    let lead = desk.made_by_people(LEAD, json!({ "title": "Звонок на стойку", "fm": phone }));
    desk.deliver(&at(Stage::Booked)).await.unwrap();
    let found = desk.portal.leads().into_iter().find(|found| found.id == lead).unwrap();
    assert_eq!(found.fields["stageId"], "NEW");
}

#[tokio::test]
async fn a_stage_that_is_not_there_is_told_and_moves_nothing() {
    let mut desk = Desk::with(Settings::default(), &[("stages", json!({ "booked": "Записана" }))]);
    desk.deliver(&at(Stage::Booked)).await.unwrap();
    assert_eq!(desk.portal.leads()[0].fields["stageId"], "NEW");
    let told = desk.crm.check().await.unwrap().join("\n");
    assert!(told.contains("«записан»: стадии «Записана» на портале нет. Есть: «NEW», «IN_PROCESS»"), "{told}");
}

#[tokio::test]
async fn what_people_say_of_the_visit_by_a_stage_comes_back() {
    let mut desk = deals().await;
    desk.deliver(&at(Stage::Booked)).await.unwrap();
    let refs = [desk.refs.clone()];
    for (stage, has_come, state) in [
        ("BOOKED", None, CardState::Open),
        ("LOSE", Some(false), CardState::Lost),
        ("WON", Some(true), CardState::Won),
        ("EXECUTING", None, CardState::Open),
    ] {
        moved_by_people(&desk, DEAL, deal(&desk).0, json!({ "stageId": stage }));
        assert_eq!(desk.reports(&refs).await.unwrap(), [CardReport { state, has_come }], "{stage}");
    }
}

#[tokio::test]
async fn a_stage_named_for_two_steps_says_nothing_of_the_visit() {
    let named = json!({ "arrived": "LOSE", "no_show": "LOSE" });
    let mut desk = Desk::with(Settings { mode: Mode::Simple, ..Settings::default() }, &[("stages", named)]);
    desk.deliver(&at(Stage::Booked)).await.unwrap();
    moved_by_people(&desk, DEAL, deal(&desk).0, json!({ "stageId": "LOSE" }));
    let refs = [desk.refs.clone()];
    assert_eq!(desk.reports(&refs).await.unwrap()[0].has_come, None);
}
