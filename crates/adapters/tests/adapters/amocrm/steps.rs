//! A lead goes through the stages its owner has named, and stays where people have put it. Contract sheet, sections 3.1
//! and 3.7; decisions 0029 and 0039.

use jiff::Timestamp;
use nochnik_adapters::ports::{CardReport, CardState};
use nochnik_core::crm::{Card, Stage};
use nochnik_doubles::amocrm::{
    BOOKED, CANCELLED, FIRST, LOST, OTHER_FIRST, OTHER_PIPELINE, PIPELINE, Settings, UNSORTED, WON,
};
use nochnik_doubles::{Fault, Faults};
use serde_json::{Value, json};

use crate::amocrm::desk::Desk;
use crate::cards::{PHONE, card};

/// Stages by name, by number in quotation marks and by number alone.
fn named() -> Value {
    json!({ "booked": "записан", "arrived": WON, "no_show": LOST.to_string(), "cancelled": CANCELLED })
}

fn desk(settings: Settings) -> Desk {
    Desk::with(settings, &[("stages", named())])
}

fn at(stage: Stage) -> Card {
    Card { stage, ..card() }
}

fn stands(desk: &Desk) -> (i64, i64, i64) {
    let lead = desk.account.leads().pop().unwrap();
    let of = |name: &str| lead.fields[name].as_i64().unwrap();
    (lead.id, of("status_id"), of("pipeline_id"))
}

fn moved_by_people(desk: &Desk, status: i64, pipeline: i64) {
    let moved = json!({ "status_id": status, "pipeline_id": pipeline });
    desk.people("PATCH", &format!("leads/{}", stands(desk).0), &moved);
}

async fn report(desk: &Desk) -> CardReport {
    let now = Timestamp::from_millisecond(desk.now_ms()).unwrap();
    desk.crm.states(std::slice::from_ref(&desk.refs), now).await.unwrap()[0]
}

#[tokio::test]
async fn a_lead_follows_the_request() {
    let mut desk = desk(Settings::default());
    for (step, stage) in [
        (Stage::New, FIRST),
        (Stage::Qualified, FIRST),
        (Stage::Booked, BOOKED),
        (Stage::Cancelled, CANCELLED),
        (Stage::Booked, BOOKED),
        (Stage::Arrived, WON),
        (Stage::NoShow, LOST),
    ] {
        desk.deliver(&at(step)).await.unwrap();
        assert_eq!((stands(&desk).1, stands(&desk).2), (stage, PIPELINE), "{step:?}");
    }
    assert_eq!(desk.account.leads().len(), 1);
    desk.account.assert_clean();
}

#[tokio::test]
async fn a_lead_is_made_where_its_request_already_stands() {
    for (step, stage) in [(Stage::Booked, BOOKED), (Stage::Arrived, WON), (Stage::New, FIRST)] {
        let mut desk = desk(Settings::default());
        desk.deliver(&at(step)).await.unwrap();
        assert_eq!(stands(&desk).1, stage, "{step:?}");
        desk.account.assert_clean();
    }
}

#[tokio::test]
async fn a_step_costs_one_look_and_the_same_step_none() {
    let mut desk = desk(Settings::default());
    desk.deliver(&at(Stage::New)).await.unwrap();
    desk.line.heard();
    desk.deliver(&at(Stage::Booked)).await.unwrap();
    let heard = desk.line.heard();
    assert_eq!(heard.len(), 2, "a look and a change: {heard:?}");
    desk.deliver(&at(Stage::Booked)).await.unwrap();
    assert_eq!(desk.line.heard().len(), 0);
}

#[tokio::test]
async fn what_people_have_moved_stays_there() {
    let mut desk = desk(Settings::default());
    desk.deliver(&at(Stage::New)).await.unwrap();
    moved_by_people(&desk, CANCELLED, PIPELINE);
    for step in [Stage::Booked, Stage::Arrived, Stage::NoShow] {
        desk.deliver(&at(step)).await.unwrap();
        assert_eq!(stands(&desk).1, CANCELLED, "{step:?}");
    }
}

#[tokio::test]
async fn a_won_lead_is_reopened_by_a_visit_that_did_not_take_place_and_by_nothing_else() {
    let mut desk = desk(Settings::default());
    desk.deliver(&at(Stage::Arrived)).await.unwrap();
    for (step, stage) in [(Stage::Cancelled, WON), (Stage::Booked, WON), (Stage::NoShow, LOST)] {
        desk.deliver(&at(step)).await.unwrap();
        assert_eq!(stands(&desk).1, stage, "{step:?}");
    }
}

#[tokio::test]
async fn a_lead_taken_to_another_pipeline_belongs_to_people() {
    let mut desk = desk(Settings { has_second: true, ..Settings::default() });
    desk.deliver(&at(Stage::New)).await.unwrap();
    moved_by_people(&desk, OTHER_FIRST, OTHER_PIPELINE);
    desk.deliver(&at(Stage::Booked)).await.unwrap();
    assert_eq!((stands(&desk).1, stands(&desk).2), (OTHER_FIRST, OTHER_PIPELINE));
    moved_by_people(&desk, WON, OTHER_PIPELINE);
    assert_eq!(
        report(&desk).await,
        CardReport { state: CardState::Won, has_come: None },
        "won with a course, not a visit"
    );
}

#[tokio::test]
async fn a_pipeline_and_a_first_stage_of_the_owners_choice_are_where_a_lead_is_moved_from() {
    let fields = [("status_id", json!(CANCELLED)), ("pipeline_id", json!(PIPELINE)), ("stages", named())];
    let mut desk = Desk::with(Settings::default(), &fields);
    desk.deliver(&at(Stage::New)).await.unwrap();
    assert_eq!(stands(&desk).1, CANCELLED);
    desk.deliver(&at(Stage::Booked)).await.unwrap();
    assert_eq!(stands(&desk).1, BOOKED);
    let fields = [("pipeline_id", json!(OTHER_PIPELINE)), ("stages", json!({ "booked": "Обучение" }))];
    let mut desk = Desk::with(Settings { has_second: true, ..Settings::default() }, &fields);
    desk.deliver(&at(Stage::Booked)).await.unwrap();
    assert_eq!((stands(&desk).1, stands(&desk).2), (OTHER_FIRST, OTHER_PIPELINE));
    desk.account.assert_clean();
}

#[tokio::test]
async fn somebody_elses_lead_keeps_its_stage() {
    let mut desk = desk(Settings::default());
    let contact = desk.contact("Ольга", PHONE);
    let lead = desk.lead("Звонок на стойку", contact, json!({ "status_id": FIRST }));
    desk.deliver(&at(Stage::Booked)).await.unwrap();
    assert_eq!((stands(&desk).0, stands(&desk).1), (lead, FIRST));
}

#[tokio::test]
async fn a_move_whose_answer_was_lost_is_found_and_not_taken_for_peoples() {
    for fault in [Fault::ExecuteThenDrop, Fault::ExecuteThenStatus(504), Fault::ExecuteLate(20_000), Fault::Status(429)]
    {
        for call in 0..3 {
            let mut desk = desk(Settings::default());
            desk.deliver(&at(Stage::New)).await.unwrap();
            desk.account.plan(Faults::listed((0..=call).map(|at| (at == call).then_some(fault)).collect::<Vec<_>>()));
            desk.deliver(&at(Stage::Booked)).await.unwrap();
            desk.calm();
            desk.pass(60_000);
            desk.account.settle(desk.now_ms());
            assert_eq!(stands(&desk).1, BOOKED, "{fault:?} at call {call}");
            desk.deliver(&at(Stage::Cancelled)).await.unwrap();
            assert_eq!(stands(&desk).1, CANCELLED, "{fault:?} at call {call}");
        }
    }
}

#[tokio::test]
async fn a_stage_that_is_not_there_or_takes_no_lead_is_told_and_moves_nothing() {
    let stages = json!({ "booked": "Записана", "qualified": UNSORTED.to_string(), "arrived": "успешно реализовано" });
    let mut desk = Desk::with(Settings::default(), &[("stages", stages)]);
    for step in [Stage::Qualified, Stage::Booked] {
        desk.deliver(&at(step)).await.unwrap();
        assert_eq!(stands(&desk).1, FIRST, "{step:?}");
    }
    let told = desk.crm.check().await.unwrap().join("\n");
    for words in [
        "«записан»: этапа «Записана» в воронке нет. Есть: 32392156 Первичный контакт, 32392157 Записан",
        "«есть услуга и телефон»: на этап «Неразобранное» сделку не переводят",
        "«пришёл»: сделка перейдёт на этап «Успешно реализовано»",
    ] {
        assert!(told.contains(words), "{words}\n{told}");
    }
    let told = Desk::new(Settings::default()).crm.check().await.unwrap().join("\n");
    assert!(told.contains("По этапам сделки Ночник не двигает: поле stages пусто"), "{told}");
    desk.account.assert_clean();
}

#[tokio::test]
async fn what_people_say_of_the_visit_by_a_stage_comes_back() {
    let mut desk = desk(Settings::default());
    desk.deliver(&at(Stage::Booked)).await.unwrap();
    for (stage, has_come, state) in [
        (BOOKED, None, CardState::Open),
        (LOST, Some(false), CardState::Lost),
        (WON, Some(true), CardState::Won),
        (CANCELLED, None, CardState::Open),
    ] {
        moved_by_people(&desk, stage, PIPELINE);
        assert_eq!(report(&desk).await, CardReport { state, has_come }, "{stage}");
    }
    let mut desk = Desk::with(Settings::default(), &[("stages", json!({ "arrived": WON, "no_show": "142" }))]);
    desk.deliver(&at(Stage::Booked)).await.unwrap();
    moved_by_people(&desk, WON, PIPELINE);
    assert_eq!(report(&desk).await.has_come, None, "named for two steps it says nothing");
}
