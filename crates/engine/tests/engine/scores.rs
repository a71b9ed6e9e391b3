//! The score learns from the cases of its business: outcomes in, weights of the next lead out.

use std::time::Duration;

use nochnik_core::lead::Sign;
use nochnik_core::score::{OUTCOMES_MIN, Outcome, Refit};
use nochnik_core::values::Address;
use nochnik_engine::clock::pause;
use nochnik_engine::{Engine, conversation_id};
use nochnik_store::{leads, scores};
use serde_json::{Value, json};

use super::salon;

const SALON: &str = "lotos";
const HOUR: Duration = Duration::from_secs(3_600);

/// Of two who left a phone, the one who also asks to be rung buys.
async fn cases_end(engine: &Engine, count: usize) {
    for number in 0..count {
        let is_won = number % 2 == 0;
        let mut signs = vec![Sign::PhoneGiven];
        signs.extend(is_won.then_some(Sign::WantsCall));
        let outcome = serde_json::to_string(&Outcome { signs, is_won }).unwrap();
        let now_ms = engine.clock.now_ms();
        engine
            .store
            .write(move |sql| scores::put_outcome(sql, SALON, &format!("c{number}"), &outcome, now_ms))
            .await
            .unwrap();
    }
}

/// What the wish to be rung weighs in the lead of a client who says so now.
async fn weight_of_a_call(engine: &Engine, peer: &str) -> f64 {
    let text = "перезвоните мне завтра днём, Ольга, 8 918 555 00 01";
    let body = json!({ "id": "00000000-0000-4000-8000-000000000001", "kind": "text", "text": text }).to_string();
    engine.chat(SALON, "widget", peer, body.as_bytes()).await.unwrap();
    pause(Duration::from_secs(10)).await;
    let address = Address { channel: "widget".to_owned(), account: "widget".to_owned(), peer: peer.to_owned() };
    let talk = conversation_id(SALON, &address).to_string();
    let lead = engine.store.read(move |sql| leads::of_conversation(sql, SALON, &talk)).await.unwrap().unwrap();
    let reasons: Vec<Value> = serde_json::from_str(&lead.reasons).unwrap();
    let reason = reasons.into_iter().find(|reason| reason["text"] == Sign::WantsCall.title());
    reason.unwrap()["weight"].as_f64().unwrap()
}

async fn last(engine: &Engine) -> Option<scores::Refit> {
    engine.store.read(|sql| scores::last(sql, SALON)).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn two_hundred_outcomes_give_the_business_its_own_weights_once_a_week() {
    let engine = salon::open(&[SALON]).await;
    cases_end(&engine, OUTCOMES_MIN - 1).await;
    pause(HOUR * 2).await;
    assert_eq!(last(&engine).await, None, "one is missing");
    assert!((weight_of_a_call(&engine, "before").await - Sign::WantsCall.weight()).abs() < 1e-9);

    cases_end(&engine, OUTCOMES_MIN).await;
    pause(HOUR * 2).await;
    let first = last(&engine).await.unwrap();
    let report: Refit = serde_json::from_str(&first.refit).unwrap();
    assert!(first.is_used && report.is_used && report.loss < report.loss_by_hand, "{report:?}");
    assert!(weight_of_a_call(&engine, "after").await > Sign::WantsCall.weight() + 0.3);

    pause(HOUR * 24 * 6).await;
    assert_eq!(last(&engine).await, Some(first.clone()), "not before a week is over");
    pause(HOUR * 30).await;
    assert_eq!(last(&engine).await.unwrap().version, first.version + 1);
}
