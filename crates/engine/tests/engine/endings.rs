//! A case that a person took and gave back to the bot is ended from the console, as by a button under its notice.

use std::time::Duration;

use nochnik_core::event::{NoticeAnswer, StaffAct};
use nochnik_core::values::Address;
use nochnik_engine::case_report::{self, CaseReport};
use nochnik_engine::clock::pause;
use nochnik_engine::{Engine, conversation_id};
use nochnik_store::cases::CaseState;
use serde_json::json;

use super::salon;

const SALON: &str = "lotos";

async fn case_of(engine: &Engine, talk: &str) -> CaseReport {
    let talk = talk.to_owned();
    engine.store.read(move |sql| case_report::last_of(sql, SALON, &talk)).await.unwrap().unwrap()
}

/// Vera wants a person; Marina takes the case and gives the talk back.
async fn taken(engine: &Engine) -> String {
    let body =
        json!({ "id": "00000000-0000-4000-8000-000000000001", "kind": "text", "text": "позовите администратора" });
    engine.chat(SALON, "widget", "vera", body.to_string().as_bytes()).await.unwrap();
    pause(Duration::from_secs(10)).await;
    let address = Address { channel: "widget".to_owned(), account: "widget".to_owned(), peer: "vera".to_owned() };
    let talk = conversation_id(SALON, &address).to_string();
    for (act, name) in [(StaffAct::TakeOver, "take"), (StaffAct::GiveBack, "back")] {
        engine.staff(SALON, &talk, "marina", act, name).await.unwrap();
        pause(Duration::from_secs(10)).await;
    }
    talk
}

#[tokio::test(start_paused = true)]
async fn a_case_given_back_is_ended_once_and_by_the_word_that_was_said() {
    let engine = salon::open(&[SALON]).await;
    let talk = taken(&engine).await;
    let case = case_of(&engine, &talk).await.case;
    assert_eq!(case.state, CaseState::Taken, "given back to the bot it is still somebody's");
    for (answer, name) in [(NoticeAnswer::NoAnswer, "end"), (NoticeAnswer::Spam, "late")] {
        engine.answer(SALON, &talk, &case.id, "marina", answer, name).await.unwrap();
        pause(Duration::from_secs(10)).await;
    }
    let over = case_of(&engine, &talk).await;
    let told: Vec<_> = over.steps.iter().map(|step| (step.what.as_str(), step.detail.as_str())).collect();
    assert_eq!((over.case.state, told.last()), (CaseState::Closed, Some(&("closed", "не дозвонился"))), "{told:?}");
    assert!(engine.has_act(SALON, "late").await.unwrap(), "it came, and found nothing to do");
}
