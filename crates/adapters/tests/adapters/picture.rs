//! The picture of a report: it arrives whole under its words, and never keeps the words from arriving.

use std::collections::BTreeMap;
use std::sync::Arc;

use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::ports::{Channel, Outgoing};
use nochnik_core::business::ChannelEntry;
use nochnik_core::report::{Bar, Chart, Fact};
use nochnik_doubles::{Fault, Faults, max, telegram};
use serde_json::{Value, json};

const TOKEN: &str = "7123456789:AAtelegram";
const MAX_TOKEN: &str = "f9LHodD0cOI";
const ROSA: i64 = 5_012_345_678;
const NOW_MS: i64 = 1_795_312_800_000;
const WORDS: &str = "Доброе утро! Принято: 37 сообщений, обработано: 37. Ничего не потеряно.";

fn chart() -> Chart {
    let bar = |hour: u32, count: u64| Bar { label: format!("{hour:02}"), count };
    let fact = |figure: &str, words: &str| Fact { figure: figure.to_owned(), words: words.to_owned() };
    Chart {
        title: "Салон <красоты> «Лотос» & Ко".to_owned(),
        span: "ночь вт, 24 ноября, 20:00 – ср, 25 ноября, 09:00".to_owned(),
        lead: "Принято 37, обработано 37".to_owned(),
        is_whole: true,
        question: "В какие часы писали?".to_owned(),
        bars: vec![bar(20, 30), bar(21, 0), bar(22, 7)],
        facts: vec![fact("12", "лидов"), fact("7", "записей на 14 200 ₽"), fact("0", "ждут человека")],
    }
}

fn report(words: &str) -> Outgoing {
    Outgoing { text: words.to_owned(), picture: Some(chart()), ..Outgoing::default() }
}

fn open(kind: &str, fields: &[(&str, Value)]) -> Arc<dyn Channel> {
    let fields: BTreeMap<String, Value> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let entry = ChannelEntry { kind: kind.to_owned(), id: None, fields };
    let context = OpenContext { hook_secret: "k3Jx9_abcDEF-0123456789".to_owned(), grants: None, wire: None };
    channels::open(&entry, &context).unwrap()
}

async fn bot() -> (telegram::Double, nochnik_doubles::serve::Server, Arc<dyn Channel>) {
    let double = telegram::Double::new(TOKEN);
    double.client_says(ROSA, "/start", NOW_MS);
    let server = telegram::serve(double.clone()).await.unwrap();
    let channel = open("telegram", &[("token", json!(TOKEN)), ("base_url", json!(server.url()))]);
    (double, server, channel)
}

#[tokio::test]
async fn telegram_shows_the_words_under_the_picture_in_one_message() {
    let (double, _server, channel) = bot().await;
    let receipt = channel.send(&ROSA.to_string(), &report(WORDS), "report#0").await.unwrap();
    let [shown] = &double.sent_to(ROSA)[..] else { panic!("{:?}", double.sent_to(ROSA)) };
    assert_eq!((shown.text.as_str(), shown.has_picture), (WORDS, true));
    assert_eq!(receipt.vendor_id, Some(shown.message_id.to_string()));
    double.assert_clean();
}

/// A caption holds 1,024 units; more words go as a message of their own, without a picture.
#[tokio::test]
async fn words_too_long_for_a_caption_go_alone() {
    let (double, _server, channel) = bot().await;
    for (units, has_picture) in [(1_024, true), (1_025, false)] {
        let words = "я".repeat(units);
        channel.send(&ROSA.to_string(), &report(&words), &format!("report#{units}")).await.unwrap();
        let shown = double.last_to(ROSA).unwrap();
        assert_eq!((shown.text == words, shown.has_picture), (true, has_picture), "{units}");
    }
    double.assert_clean();
}

#[tokio::test]
async fn a_bot_server_that_takes_no_picture_gets_the_words() {
    let (double, _server, channel) = bot().await;
    double.plan(Faults::once("sendPhoto", Fault::Status(400)));
    channel.send(&ROSA.to_string(), &report(WORDS), "report#1").await.unwrap();
    let shown = double.last_to(ROSA).unwrap();
    assert_eq!((shown.text.as_str(), shown.has_picture, double.sent_to(ROSA).len()), (WORDS, false, 1));
}

async fn max_bot() -> (max::Double, nochnik_doubles::serve::Server, Arc<dyn Channel>) {
    let double = max::Double::new(MAX_TOKEN);
    double.client_starts(ROSA, None, NOW_MS);
    let server = max::serve(double.clone()).await.unwrap();
    let channel = open("max", &[("token", json!(MAX_TOKEN)), ("base_url", json!(server.url()))]);
    (double, server, channel)
}

#[tokio::test]
async fn max_gets_the_picture_first_and_then_the_message_with_it() {
    let (double, _server, channel) = max_bot().await;
    channel.send(&ROSA.to_string(), &report(WORDS), "report#0").await.unwrap();
    let [shown] = &double.sent_to(ROSA)[..] else { panic!("{:?}", double.sent_to(ROSA)) };
    assert_eq!((shown.text.as_str(), shown.has_picture), (WORDS, true));
    double.assert_clean();
}

#[tokio::test]
async fn max_without_its_uploads_still_brings_the_words() {
    let (double, _server, channel) = max_bot().await;
    double.plan(Faults::once("POST /uploads", Fault::Status(500)));
    channel.send(&ROSA.to_string(), &report(WORDS), "report#1").await.unwrap();
    let shown = double.last_to(ROSA).unwrap();
    assert_eq!((shown.text.as_str(), shown.has_picture), (WORDS, false));
}
