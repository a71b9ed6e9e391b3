//! Cards to an address of the owner's own, over real sockets, against a strict receiver.

use crate::cards;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use nochnik_adapters::Failure;
use nochnik_adapters::crm;
use nochnik_adapters::failure::Scope;
use nochnik_adapters::ports::{Attempt, Crm};
use nochnik_core::business::CrmEntry;
use nochnik_core::crm::{Card, CrmRefs, TranscriptLine};
use nochnik_core::limits::{TRANSCRIPT_LINE_CHARS_MAX, TRANSCRIPT_LINES_MAX};
use nochnik_doubles::serve::Server;
use nochnik_doubles::webhook::{Sink, serve_with};
use nochnik_doubles::{Fault, Faults};
use serde_json::json;

use self::cards::{NOW_MS, PHONE, TODO_MARKER, card};

const SECRET: &str = "whsec_bm9jaG5pay10ZXN0LWtleS0wMTIzNDU2Nzg5YWI=";

/// A receiver whose clock stands at the cards' moment, and the adapter that speaks to it.
async fn desk() -> (Sink, Server, Arc<dyn Crm>) {
    let sink = Sink::new(SECRET);
    let server = serve_with(sink.clone(), 0, Arc::new(|| NOW_MS)).await.unwrap();
    let crm = open(&server.url(), SECRET);
    (sink, server, crm)
}

fn open(base: &str, secret: &str) -> Arc<dyn Crm> {
    let fields = [("url", format!("{base}/nochnik")), ("secret", secret.to_owned())];
    let fields: BTreeMap<_, _> = fields.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    crm::open(Some(&CrmEntry { kind: "webhook".to_owned(), fields }), &crm::OpenContext::default()).unwrap().unwrap()
}

async fn put(crm: &Arc<dyn Crm>, card: &Card, refs: &CrmRefs) -> Result<CrmRefs, Failure> {
    let attempt = Attempt { now: Timestamp::from_millisecond(NOW_MS).unwrap(), ..Attempt::default() };
    crm.put(card, refs, attempt).await.done
}

#[tokio::test]
async fn a_card_comes_signed_and_whole_and_a_repeat_is_known_by_its_id() {
    let (sink, _server, crm) = desk().await;
    let mut card = card();
    let refs = put(&crm, &card, &CrmRefs::new()).await.unwrap();
    let id = refs.values().next().unwrap().clone();
    let received = sink.received();
    let body = &received[&id].body;
    assert_eq!(body["origin"], card.origin.as_str());
    assert_eq!(body["phone"], PHONE);
    assert_eq!(body["todo"]["marker"], TODO_MARKER);

    put(&crm, &card, &CrmRefs::new()).await.unwrap();
    assert_eq!((sink.received().len(), sink.received()[&id].deliveries), (1, 2));
    put(&crm, &card, &refs).await.unwrap();
    assert_eq!(sink.received()[&id].deliveries, 2, "what is known to be there is not sent");
    card.wanted = "в пятницу".to_owned();
    assert_ne!(put(&crm, &card, &refs).await.unwrap(), refs);
    assert_eq!(sink.received().len(), 2);
    sink.assert_clean();
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_under_the_same_id() {
    let (sink, _server, crm) = desk().await;
    for fault in [Fault::DropBefore, Fault::ExecuteThenDrop] {
        sink.plan(Faults::once("webhook", fault));
        let card = Card { wanted: format!("{fault:?}"), ..card() };
        let failure = put(&crm, &card, &CrmRefs::new()).await.unwrap_err();
        assert!(matches!(failure, Failure::Later { scope: Scope::Row, .. }), "{fault:?}: {failure}");
        put(&crm, &card, &CrmRefs::new()).await.unwrap();
    }
    let deliveries: Vec<u32> = sink.received().values().map(|received| received.deliveries).collect();
    assert_eq!(deliveries.iter().sum::<u32>(), 3, "one of the four was lost on the way there");
    assert_eq!(deliveries.len(), 2);
    sink.assert_clean();
}

/// A failure as far as anything hangs on it.
#[derive(Debug, PartialEq)]
enum Means {
    Later,
    Refused,
    Broken,
}

#[tokio::test]
async fn each_status_means_what_the_specification_says() {
    let (sink, _server, crm) = desk().await;
    for (status, expected) in [
        (400, Means::Refused),
        (410, Means::Refused),
        (422, Means::Refused),
        (401, Means::Broken),
        (403, Means::Broken),
        (404, Means::Broken),
        (302, Means::Broken),
        (408, Means::Later),
        (429, Means::Later),
        (500, Means::Later),
        (503, Means::Later),
    ] {
        sink.plan(Faults::once("webhook", Fault::Status(status)));
        let failure = put(&crm, &card(), &CrmRefs::new()).await.unwrap_err();
        let means = match &failure {
            Failure::Later { scope: Scope::Destination, .. } => Means::Later,
            Failure::Refused { .. } => Means::Refused,
            Failure::Broken { .. } => Means::Broken,
            other => panic!("{status}: {other}"),
        };
        assert_eq!(means, expected, "{status}");
    }
}

#[tokio::test]
async fn a_wrong_key_is_for_a_person_to_mend() {
    let (sink, server, _) = desk().await;
    let crm = open(&server.url(), "whsec_YW5vdGhlciBrZXkgb2YgdHdlbnR5LWZvdXIgYnl0ZXM=");
    let failure = put(&crm, &card(), &CrmRefs::new()).await.unwrap_err();
    assert!(matches!(failure, Failure::Broken { hint, .. } if hint.contains("ключ")), "{failure}");
    assert!(sink.received().is_empty());
}

#[tokio::test]
async fn a_receiver_that_is_not_there_is_tried_later() {
    let (_, server, crm) = desk().await;
    drop(server);
    let failure = put(&crm, &card(), &CrmRefs::new()).await.unwrap_err();
    assert!(matches!(failure, Failure::Later { after: None, .. }), "{failure}");
    assert!(!failure.to_string().contains("127.0.0.1"), "addresses may hold secrets: {failure}");
}

/// What an owner types leads outside; of whoever keeps the machine a receiver may stand beside it.
#[test]
fn control_c17_an_owner_types_a_public_address_alone() {
    for (url, is_public) in [
        ("https://salon.example/nochnik", true),
        ("http://127.0.0.1:8081/nochnik", false),
        ("https://localhost/nochnik", false),
        ("https://10.0.0.5/nochnik", false),
        ("https://169.254.169.254/latest", false),
        ("https://salon.example:8443/nochnik", false),
    ] {
        let fields = [("url".to_owned(), json!(url)), ("secret".to_owned(), json!(SECRET))].into();
        let entry = CrmEntry { kind: "webhook".to_owned(), fields };
        let open = |is_public_only| {
            crm::open(Some(&entry), &crm::OpenContext { is_public_only, ..crm::OpenContext::default() })
        };
        assert!(open(false).is_ok(), "{url}");
        let problem = open(true).err();
        assert_eq!(problem.is_none(), is_public, "{url}");
        assert!(
            problem.is_none_or(|problem| problem.field == "url" && problem.text_ru.contains("из интернета")),
            "{url}"
        );
    }
}

/// Such a name may have led elsewhere when it was typed.
#[tokio::test]
async fn control_c17_a_name_that_leads_to_a_private_machine_brings_no_card_there() {
    let sink = TcpListener::bind("127.0.0.1:0").unwrap();
    sink.set_nonblocking(true).unwrap();
    let crm = open(&format!("https://localhost.:{}", sink.local_addr().unwrap().port()), SECRET);
    let failure = put(&crm, &card(), &CrmRefs::new()).await.unwrap_err();
    assert!(matches!(failure, Failure::Later { .. }), "{failure}");
    assert!(sink.accept().is_err(), "nobody came");
}

/// The longest conversation the core hands over stays within what receivers take.
#[tokio::test]
async fn of_a_long_conversation_the_newest_lines_are_sent() {
    let (sink, _server, crm) = desk().await;
    let at = Timestamp::from_millisecond(NOW_MS).unwrap() - SignedDuration::from_hours(1);
    let line = |n: usize| {
        let text = format!("{n:02}{}", "ы".repeat(TRANSCRIPT_LINE_CHARS_MAX - 2));
        TranscriptLine { at, who: "клиент".to_owned(), text }
    };
    let card = Card { transcript: (0..TRANSCRIPT_LINES_MAX).map(line).collect(), ..card() };
    put(&crm, &card, &CrmRefs::new()).await.unwrap();
    let received = sink.received();
    let lines = received.values().next().unwrap().body["transcript"].as_array().unwrap().clone();
    assert!(lines.len() >= 10, "{} lines", lines.len());
    assert_eq!(lines.last().unwrap()["text"], card.transcript.last().unwrap().text.as_str());
    sink.assert_clean();
}
