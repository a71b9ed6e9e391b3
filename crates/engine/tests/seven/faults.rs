//! What goes wrong between us and a vendor while the client is answered: the right decision each time, and no
//! more copies than reliability 3.2 allows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nochnik_core::event::InputKind;
use nochnik_core::story::Said;
use nochnik_doubles::{Fault, Faults};

use crate::end;
use crate::stage::Stage;

const VENDORS: [&str; 5] = ["telegram", "max", "vk", "whatsapp", "instagram"];
/// Twice the longest wait of any of these troubles.
const AFTER_MIN: u32 = 10;

/// How many copies of one answer the client may see at the end, at least and at most.
struct Row {
    fault: Fault,
    name: &'static str,
    copies: fn(&str) -> (usize, usize),
}

const ROWS: &[Row] = &[
    Row { fault: Fault::DropBefore, name: "the line was cut before", copies: |_| (1, 1) },
    // Nobody knows whether it came. VK knows a repeat by its number, WhatsApp tells by a status under our key,
    // Instagram by an echo; the other two may show it twice, never more.
    Row {
        fault: Fault::ExecuteThenDrop,
        name: "done, and the answer lost",
        copies: |vendor| if matches!(vendor, "telegram" | "max") { (2, 2) } else { (1, 1) },
    },
    Row { fault: Fault::Delay(3_000), name: "slow", copies: |_| (1, 1) },
    Row { fault: Fault::Status(429), name: "too many", copies: |_| (1, 1) },
    Row { fault: Fault::Status(500), name: "ill", copies: |_| (1, 1) },
    Row { fault: Fault::Status(502), name: "a page in place of an answer", copies: |_| (1, 1) },
    Row { fault: Fault::Hang, name: "never an answer", copies: |_| (1, 1) },
];

/// The first message of ours meets the fault, which is then told; every other call passes.
pub fn once(fault: Fault) -> (Faults, Arc<AtomicBool>) {
    let met = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&met);
    let faults = Faults::by(move |call| {
        let is_message = matches!(call.method, "sendMessage" | "POST /messages" | "messages.send" | "messages");
        (is_message && !met.swap(true, Ordering::Relaxed)).then_some(fault)
    });
    (faults, told)
}

fn says(text: &str) -> Vec<Said> {
    vec![Said::Input(InputKind::Text { text: text.to_owned() })]
}

#[tokio::test(start_paused = true)]
async fn an_answer_arrives_whatever_happens_to_the_first_try() {
    let story = crate::story("01-booking-step-by-step");
    for vendor in VENDORS {
        for row in ROWS {
            let stage = Stage::open(&story, vec![end(vendor).into()]).await;
            let (faults, is_met) = once(row.fault);
            stage.end().plan(faults);
            stage.client(&says("сколько стоит маникюр?")).await;
            stage.live(AFTER_MIN).await;
            assert!(is_met.load(Ordering::Relaxed), "{vendor}, {}: it happened", row.name);
            let seen = stage.end().seen();
            let copies = seen.matches("Здравствуйте! Салон красоты «Лотос»").count();
            let (least, most) = (row.copies)(vendor);
            assert!((least..=most).contains(&copies), "{vendor}, {}: {copies} copies\n{seen}", row.name);
            // Life goes on after it.
            stage.client(&says("а где вы находитесь?")).await;
            stage.settle().await;
            assert!(stage.end().seen().contains("Примерная"), "{vendor}, {}", row.name);
            stage.end().assert_clean();
            stage.engine.kill().await;
        }
    }
}

/// A token that is no good any more stops the channel, not the conversation: all of it goes out once it is mended.
#[tokio::test(start_paused = true)]
async fn what_waits_for_a_person_is_not_lost() {
    let story = crate::story("01-booking-step-by-step");
    for vendor in VENDORS {
        let stage = Stage::open(&story, vec![end(vendor).into()]).await;
        stage.end().plan(Faults::by(|_| Some(Fault::Status(401))));
        stage.client(&says("сколько стоит маникюр?")).await;
        stage.live(1).await;
        let troubles = stage.engine.troubles();
        assert!(troubles.iter().any(|(_, trouble)| !trouble.hint.is_empty()), "{vendor}: a person hears what to mend");
        stage.end().plan(Faults::none());
        stage.live(AFTER_MIN).await;
        let copies = stage.end().seen().matches("Здравствуйте! Салон красоты «Лотос»").count();
        assert_eq!(copies, 1, "{vendor}");
        stage.engine.kill().await;
    }
}
