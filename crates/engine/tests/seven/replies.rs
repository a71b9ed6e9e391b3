//! A reply that its chat does not take: another chat of the client brings it, once, or a person hears of it.

use std::sync::Arc;

use nochnik_core::conversation::{Conversation, Speaker};
use nochnik_core::event::StaffAct;
use nochnik_core::story::Story;
use nochnik_doubles::{Fault, Faults};
use serde_json::json;

use crate::ends::{End, Max, Telegram};
use crate::meta::WhatsApp;
use crate::stage::{Plan, Stage};

const HOUR_MS: i64 = 3_600_000;
const ANSWER: &str = "Добрый день! Мастер Мария будет в четверг с десяти.";

/// Thursday 19 November 2026, 23:40.
fn night() -> Story {
    crate::story("01-booking-step-by-step")
}

/// A client who has written in the first chat, and is known by the same number in the second.
async fn known_in_both(first: Arc<dyn End>, is_vouched: bool, plan: Plan<'_>) -> Stage {
    let stage = Stage::open_as(&night(), vec![first, Arc::new(Telegram::new())], plan).await;
    stage.says(1, "добрый вечер").await;
    stage.shares_phone(1).await;
    stage.says(0, "добрый вечер").await;
    if !is_vouched {
        stage.shares_phone(0).await;
    }
    stage
}

async fn marina_says(stage: &Stage, text: &str) {
    stage.staff(0, "marina", StaffAct::Reply { text: text.to_owned() }).await;
}

fn copies(stage: &Stage, words: &str) -> [usize; 2] {
    [0, 1].map(|chat| stage.ends[chat].seen().matches(words).count())
}

fn is_person_called(state: &Conversation) -> bool {
    state.case.as_ref().is_some_and(|case| format!("{:?}", case.whys).contains("Unanswered"))
}

/// The morning after next: WhatsApp takes no free text any more. Source: reliability F74.
#[tokio::test(start_paused = true)]
async fn what_a_person_writes_into_a_closed_window_comes_by_the_other_chat() {
    let stage = known_in_both(Arc::new(WhatsApp::open_handed(&[])), true, Plan::default()).await;
    stage.wait(35 * HOUR_MS).await;
    marina_says(&stage, ANSWER).await;
    assert_eq!(copies(&stage, ANSWER), [0, 1], "{}", stage.ends[1].seen());
    assert!(stage.ends[1].seen().contains("В другом чате ответ не доставить"), "{}", stage.ends[1].seen());
    // Who answers there is answered by Marina, not by a bot that has not heard the talk.
    assert!(matches!(stage.state(1).await.speaker, Speaker::Person { .. }));
    assert!(!is_person_called(&stage.state(0).await));
    stage.end().assert_clean();
    stage.engine.kill().await;
}

#[tokio::test(start_paused = true)]
async fn two_closed_chats_do_not_pass_it_to_and_fro() {
    for (order, fault) in [(json!(["sms"]), None), (json!(["client-too"]), Some(Fault::Status(403)))] {
        let plan = Plan { care: json!({ "elsewhere": order }), ..Plan::default() };
        let stage = known_in_both(Arc::new(WhatsApp::open_handed(&[])), true, plan).await;
        stage.wait(35 * HOUR_MS).await;
        stage.ends[1].plan(Faults::by(move |_| fault));
        marina_says(&stage, ANSWER).await;
        stage.live(10).await;
        assert_eq!(copies(&stage, ANSWER), [0, 0], "{order}\n{}", stage.ends[1].seen());
        // Where the other chat is not one of the owner's ways, the first conversation calls a person at once.
        assert_eq!(is_person_called(&stage.state(0).await), fault.is_none(), "{order}");
        stage.engine.kill().await;
    }
}

/// MAX takes in what the client writes and lets nothing out. Source: reliability F69.
#[tokio::test(start_paused = true)]
async fn what_waits_for_a_channel_that_is_down_leaves_it_after_five_minutes() {
    for fault in [Fault::Status(401), Fault::Status(503)] {
        let stage = known_in_both(Arc::new(Max::new()), false, Plan::default()).await;
        stage.engine.watch_channels();
        stage.end().plan(Faults::by(move |_| Some(fault)));
        stage.ends[0].says("где вы находитесь?");
        stage.live(4).await;
        assert_eq!(copies(&stage, "Примерная"), [0, 0], "{fault:?}: a short trouble moves nobody");
        stage.live(4).await;
        assert_eq!(copies(&stage, "Примерная"), [0, 1], "{fault:?}\n{}", stage.ends[1].seen());
        stage.end().plan(Faults::none());
        stage.live(20).await;
        assert_eq!(copies(&stage, "Примерная"), [0, 1], "{fault:?}: not a second time by the chat that is back");
        stage.engine.kill().await;
    }
}

/// What perhaps came is not said elsewhere: the client would read it twice.
#[tokio::test(start_paused = true)]
async fn a_reply_whose_end_is_unknown_stays_in_its_chat() {
    let stage = known_in_both(Arc::new(Max::new()), false, Plan::default()).await;
    stage.engine.watch_channels();
    stage.end().plan(Faults::by(|_| Some(Fault::Status(502))));
    stage.ends[0].says("где вы находитесь?");
    stage.live(20).await;
    assert_eq!(copies(&stage, "Примерная"), [0, 0], "{}", stage.ends[1].seen());
    assert!(is_person_called(&stage.state(0).await), "nobody knows whether the client was answered");
    stage.engine.kill().await;
}
