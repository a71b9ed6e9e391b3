//! Each error of a vendor means what its table says; what is not the vendor's own answer is never success.

use nochnik_adapters::Failure;
use nochnik_core::effect::Button;
use serde_json::{Value, json};

use crate::messengers::desk::{KINDS, example, examples, expected, message};
use crate::messengers::line;
use crate::wire::{Line, Reply};

async fn sent_into(kind: &str, reply: impl Fn() -> Reply + Send + Sync + 'static) -> Result<(), Failure> {
    let expected = expected(kind);
    let channel = expected.open(&Line::to(move |_, _| reply()));
    channel.send(&expected.requests.peer, &message("Записала вас"), "e#0").await.map(drop)
}

#[tokio::test]
async fn each_example_error_means_what_the_table_says() {
    for kind in KINDS {
        let expected = expected(kind);
        assert_eq!(
            examples(kind, "error."),
            expected.errors.keys().cloned().collect(),
            "{kind}: every error is expected"
        );
        for (name, trouble) in expected.errors {
            let (status, body) = (trouble.status, example(kind, &name));
            let failure = sent_into(kind, move || Reply::says(status, &body)).await.unwrap_err();
            assert_eq!(line::meaning(&failure), trouble.means, "{kind} {name}");
            assert!(!failure.to_string().contains("sample"), "{kind} {name}: the vendor's words stay out");
        }
    }
}

/// Kind, status, body, what it means for a message to a client.
fn table() -> Vec<(&'static str, u16, Value, &'static str)> {
    let max = |code: &str| json!({ "code": code, "message": "…" });
    let vk = |code: i64| json!({ "error": { "error_code": code, "error_msg": "…" } });
    let vk_of_one = |code: i64| json!({ "response": [{ "peer_id": 1, "message_id": 0, "error": { "code": code } }] });
    let meta = |code: i64, subcode: i64| json!({ "error": { "message": "…", "code": code, "error_subcode": subcode } });
    let (row, all) = ("позже, ждёт сообщение", "позже, ждёт весь канал");
    let (mends, unreachable, malformed) = ("чинит человек", "отказ unreachable", "отказ malformed");
    let flood_row = "позже через 300 с, ждёт сообщение";
    vec![
        ("max", 403, max("chat.denied"), unreachable),
        ("max", 404, max("chat.not.found"), unreachable),
        ("max", 404, max("message.not.found"), "отказ gone"),
        ("max", 503, max("service.unavailable"), row),
        ("max", 500, max("internal"), "неизвестно"),
        ("max", 405, max("method.not.allowed"), malformed),
        ("vk", 200, vk(1), row),
        ("vk", 200, vk(10), row),
        ("vk", 200, vk(9), flood_row),
        ("vk", 200, vk(29), "позже через 300 с, ждёт весь канал"),
        ("vk", 200, vk(5), mends),
        ("vk", 200, vk(27), mends),
        ("vk", 200, vk(28), mends),
        ("vk", 200, vk(1117), mends),
        ("vk", 200, vk(7), mends),
        ("vk", 200, vk(15), mends),
        ("vk", 200, vk(203), mends),
        ("vk", 200, vk(912), mends),
        ("vk", 200, vk(14), "отказ blocked"),
        ("vk", 200, vk(18), unreachable),
        ("vk", 200, vk(900), unreachable),
        ("vk", 200, vk(902), unreachable),
        ("vk", 200, vk(985), unreachable),
        ("vk", 200, vk_of_one(901), unreachable),
        ("vk", 200, vk(950), "отказ window_closed"),
        ("vk", 200, vk(909), "отказ gone"),
        ("vk", 200, vk(914), malformed),
        ("vk", 200, json!({ "answer": 1 }), all),
        ("whatsapp", 400, meta(131_047, 0), "отказ window_closed"),
        ("whatsapp", 400, meta(131_026, 0), unreachable),
        ("whatsapp", 400, meta(131_030, 0), unreachable),
        ("whatsapp", 400, meta(131_049, 0), "отказ too_often"),
        ("whatsapp", 400, meta(131_050, 0), "отказ blocked"),
        ("whatsapp", 400, meta(132_001, 0), "отказ template"),
        ("whatsapp", 400, meta(132_015, 0), "отказ template"),
        ("whatsapp", 400, meta(100, 33), malformed),
        ("whatsapp", 400, meta(131_062, 0), malformed),
        ("whatsapp", 400, meta(10, 0), mends),
        ("whatsapp", 403, meta(200, 0), mends),
        ("whatsapp", 403, meta(368, 0), mends),
        ("whatsapp", 400, meta(131_042, 0), mends),
        ("whatsapp", 400, meta(131_045, 0), mends),
        ("whatsapp", 400, meta(131_048, 0), mends),
        ("whatsapp", 500, meta(131_000, 0), "неизвестно"),
        ("whatsapp", 500, meta(131_016, 0), row),
        ("whatsapp", 400, meta(4, 0), all),
        ("whatsapp", 400, meta(80_007, 0), all),
        ("whatsapp", 503, meta(0, 0), row),
        ("instagram", 400, meta(10, 2_018_278), "отказ window_closed"),
        ("instagram", 400, meta(10, 0), mends),
        ("instagram", 403, meta(200, 0), mends),
        ("instagram", 400, meta(368, 0), mends),
        ("instagram", 400, meta(100, 0), malformed),
        ("instagram", 400, meta(4, 0), all),
        ("instagram", 500, meta(2, 0), "неизвестно"),
        ("instagram", 400, meta(-1, 0), "неизвестно"),
    ]
}

#[tokio::test]
async fn each_code_of_the_sheets_means_what_they_say() {
    for (kind, status, body, means) in table() {
        let said = body.clone();
        let failure = sent_into(kind, move || Reply::says(status, &said)).await.unwrap_err();
        assert_eq!(line::meaning(&failure), means, "{kind} {status} {body}");
    }
}

/// VK knows a repeat by its number; whoever else may have sent it does not say so.
#[tokio::test]
async fn what_is_not_the_vendors_answer_is_never_success() {
    for kind in KINDS {
        let doubtful = if kind == "vk" { "позже, ждёт сообщение" } else { "неизвестно" };
        let strange = if kind == "vk" { "позже, ждёт весь канал" } else { "неизвестно" };
        for status in [200, 403, 404, 502, 504] {
            let failure = sent_into(kind, move || Reply::page(status)).await.unwrap_err();
            assert_eq!(line::meaning(&failure), strange, "{kind}: a page with {status}");
        }
        let failure = sent_into(kind, || Reply::Drops).await.unwrap_err();
        assert_eq!(line::meaning(&failure), doubtful, "{kind}: the line was cut");
        let failure = sent_into(kind, || Reply::Unreachable).await.unwrap_err();
        assert_eq!(line::meaning(&failure), "позже, ждёт весь канал", "{kind}: nothing left us");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_answers_ends() {
    for kind in KINDS {
        let failure = sent_into(kind, || Reply::Hangs).await.unwrap_err();
        assert!(matches!(failure, Failure::Unknown { .. } | Failure::Later { .. }), "{kind}");
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_before_it_leaves() {
    for kind in KINDS {
        let (expected, line) = (expected(kind), Line::to(|_, _| Reply::Unreachable));
        let channel = expected.open(&line);
        let mut nameless = message("Выберите");
        nameless.buttons.push(Button { id: String::new(), label: "Да".into() });
        let peer = expected.requests.peer.as_str();
        for (peer, message) in [(peer, message(" \n ")), (peer, nameless), ("сосед", message("Здравствуйте"))]
        {
            let failure = channel.send(peer, &message, "e#0").await.unwrap_err();
            assert_eq!(line::meaning(&failure), "отказ malformed", "{kind}");
        }
        assert!(line.heard().is_empty(), "{kind}");
    }
}
