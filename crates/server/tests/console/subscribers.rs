//! «Вебхуки»: what programs are told, over a real engine against a strict receiver, and the owner's page.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::support::browser::Browser;
use crate::support::{NIGHT, PASSWORD, Site, lotos};
use async_trait::async_trait;
use axum::http::StatusCode;
use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::http::{Answer, Call, Lost, Wire};
use nochnik_adapters::ports::{Channel, Crm, Subscriber};
use nochnik_adapters::subscribers;
use nochnik_core::business::{ChannelEntry, CrmEntry, SubscriberEntry};
use nochnik_core::event::StaffAct;
use nochnik_core::values::Address;
use nochnik_doubles::webhook::{Delivery, Sink};
use nochnik_doubles::{Fault, Faults, Outcome};
use nochnik_engine::clock::pause;
use nochnik_engine::{Clock, Engine, Keys, Opener, Setup, conversation_id, subscriber_destination};
use nochnik_store::outbox::{self, End, NewRow, Status};
use nochnik_store::{Store, businesses};
use serde_json::json;

const PAGE: &str = "/console/subscribers";
const SECRET: &str = "whsec_bm9jaG5pay10ZXN0LWtleS0wMTIzNDU2Nzg5YWI=";

/// The receiver at the other end of a wire without sockets.
struct Line {
    sink: Sink,
    clock: Clock,
}

#[async_trait]
impl Wire for Line {
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        let header = |name: &str| {
            let found = call.headers.iter().find(|(known, _)| known.as_str() == name);
            found.map_or_else(String::new, |(_, value)| value.to_str().unwrap().to_owned())
        };
        let delivery = Delivery {
            id: header("webhook-id"),
            timestamp: header("webhook-timestamp"),
            signature: header("webhook-signature"),
            body: String::from_utf8(call.body().to_vec()).unwrap(),
        };
        match self.sink.request(&delivery, self.clock.now_ms()) {
            Outcome::Answered(answer) => Ok(Answer { status: answer.status, ..Answer::default() }),
            _ => Err(Lost::Perhaps("the connection closed".to_owned())),
        }
    }
}

struct Doors(Arc<Line>);

impl Opener for Doors {
    fn channel(&self, _: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        channels::open(entry, &OpenContext::default()).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        Ok(None)
    }

    fn subscriber(&self, _: &str, entry: &SubscriberEntry) -> Result<Arc<dyn Subscriber>, String> {
        subscribers::open(&entry.url, &entry.secret, Some(self.0.clone())).map_err(|problem| problem.to_string())
    }
}

/// The demo salon with a program that hears of leads and of who leads a dialogue.
async fn salon() -> (Engine, Sink) {
    let (sink, clock) = (Sink::new(SECRET), Clock::starting_at(NIGHT.parse().unwrap()));
    let store = Store::open_inline().unwrap();
    let mut document = serde_json::to_value(lotos()).unwrap();
    document["subscribers"] = json!([{
        "id": "a1", "url": "https://program.example/nochnik", "secret": SECRET,
        "events": ["lead.made", "dialogue.taken", "dialogue.returned"],
    }]);
    store.write(move |sql| businesses::put(sql, "lotos", &document.to_string(), 0)).await.unwrap();
    let setup = Setup {
        store,
        opener: Box::new(Doors(Arc::new(Line { sink: sink.clone(), clock }))),
        keys: Keys::new(vec![7; 32]),
        clock,
        node: "one".to_owned(),
        public_url: String::new(),
        listens: false,
    };
    (Engine::start(setup).await.unwrap(), sink)
}

async fn says(engine: &Engine, n: u8, text: &str) -> String {
    let id = format!("00000000-0000-4000-8000-{n:012}");
    let body = json!({ "id": id, "kind": "text", "text": text }).to_string();
    engine.chat("lotos", "widget", "olga", body.as_bytes()).await.unwrap();
    pause(Duration::from_secs(20)).await;
    let address = Address { channel: "widget".into(), account: "widget".into(), peer: "olga".into() };
    conversation_id("lotos", &address).to_string()
}

/// What came, by its kind; and under how many ids.
fn heard(sink: &Sink) -> (BTreeSet<String>, usize) {
    let received = sink.received();
    let kinds = received.values().map(|one| one.body["type"].as_str().unwrap().to_owned());
    (kinds.collect(), received.len())
}

#[tokio::test(start_paused = true)]
async fn a_program_is_told_what_it_asked_for_and_nothing_of_the_client() {
    let (engine, sink) = salon().await;
    let talk = says(&engine, 1, "Хочу записаться на маникюр на субботу, Ольга, +7 918 555-12-31").await;
    assert_eq!(heard(&sink), (BTreeSet::from(["lead.made".to_owned()]), 1));
    engine.staff("lotos", &talk, "marina", StaffAct::TakeOver, "1").await.unwrap();
    pause(Duration::from_secs(20)).await;
    engine.staff("lotos", &talk, "marina", StaffAct::GiveBack, "2").await.unwrap();
    pause(Duration::from_secs(20)).await;
    let all = ["dialogue.returned", "dialogue.taken", "lead.made"].map(str::to_owned);
    assert_eq!(heard(&sink), (BTreeSet::from(all), 3));
    for one in sink.received().values() {
        assert_eq!(one.body["data"], json!({ "dialogue_id": talk }));
        assert!(one.body["timestamp"].as_str().unwrap().starts_with("2026-11-25T20:4"));
        assert_eq!(one.deliveries, 1);
    }
    sink.assert_clean();
    engine.kill().await;
}

#[tokio::test(start_paused = true)]
async fn news_that_was_not_taken_comes_again_under_its_id_and_stands_in_the_log() {
    let (engine, sink) = salon().await;
    sink.plan(Faults::once("webhook", Fault::Status(503)));
    says(&engine, 1, "Хочу записаться на маникюр на субботу").await;
    pause(Duration::from_secs(600)).await;
    assert_eq!(heard(&sink).1, 1, "after a while it has come");
    let log = log(&engine).await;
    assert_eq!(log, [(Status::Done, 1, r#"{"status":204}"#.to_owned())]);

    // What the receiver refuses for good waits for a person.
    sink.plan(Faults::once("webhook", Fault::Status(410)));
    let talk = says(&engine, 2, "и педикюр").await;
    engine.staff("lotos", &talk, "marina", StaffAct::TakeOver, "1").await.unwrap();
    pause(Duration::from_secs(20)).await;
    let rows = engine.store.read(|sql| outbox::list(sql, "lotos", Status::Dead, 9)).await.unwrap();
    assert_eq!((rows.len(), rows[0].why.as_str()), (1, "the receiver answered 410"));
    assert!(engine.replay("lotos", rows[0].row.id).await.unwrap());
    pause(Duration::from_secs(20)).await;
    assert_eq!(heard(&sink).1, 2);
    sink.assert_clean();
    engine.kill().await;
}

#[tokio::test(start_paused = true)]
async fn a_trial_is_signed_logged_and_sent_again_like_any_other_event() {
    let (engine, sink) = salon().await;
    engine.try_subscriber("lotos", "a1").await.unwrap();
    pause(Duration::from_secs(20)).await;
    let received = sink.received();
    let [ping] = &received.values().collect::<Vec<_>>()[..] else { panic!("one event: {received:#?}") };
    assert_eq!((&ping.body["type"], &ping.body["data"]), (&json!("ping"), &json!({})));
    assert!(ping.body["timestamp"].as_str().unwrap().starts_with("2026-11-25T20:4"), "{}", ping.body);
    assert_eq!(log(&engine).await, [(Status::Done, 0, r#"{"status":204}"#.to_owned())]);

    sink.plan(Faults::once("webhook", Fault::Status(410)));
    engine.try_subscriber("lotos", "a1").await.unwrap();
    pause(Duration::from_secs(20)).await;
    let rows = engine.store.read(|sql| outbox::list(sql, "lotos", Status::Dead, 9)).await.unwrap();
    assert_eq!((rows.len(), rows[0].why.as_str()), (1, "the receiver answered 410"));
    assert!(engine.replay("lotos", rows[0].row.id).await.unwrap());
    pause(Duration::from_secs(20)).await;
    assert_eq!(sink.received().len(), 2, "another trial is another event");
    sink.assert_clean();
    engine.kill().await;
}

async fn log(engine: &Engine) -> Vec<(Status, i64, String)> {
    let destination = subscriber_destination("lotos", "a1");
    let rows = engine.store.read(move |sql| outbox::news_of(sql, "lotos", &destination, 9)).await.unwrap();
    rows.into_iter().map(|(status, row)| (status, row.row.attempts, row.receipt.unwrap_or_default())).collect()
}

#[tokio::test]
async fn an_owner_adds_a_program_sees_its_deliveries_and_takes_it_off() {
    let site = Site::open().await;
    for login in ["marina", "gost"] {
        let mut other = Browser::new(&site.router);
        other.login(login, PASSWORD).await;
        assert_eq!(other.get(PAGE).await.status, StatusCode::FORBIDDEN);
        let form = [("url", "https://program.example/"), ("event.lead.made", "on")];
        assert_eq!(other.post(PAGE, &form).await.status, StatusCode::FORBIDDEN);
    }
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let version = owner.get(PAGE).await.text.split("name=\"seen\" value=\"").nth(1).unwrap()[..1].to_owned();
    // Nothing of this machine or of a local network, nothing open, nothing without an event.
    for (url, event) in [
        ("http://program.example/", "event.lead.made"),
        ("https://127.0.0.1/", "event.lead.made"),
        ("https://[::1]/", "event.lead.made"),
        ("https://169.254.169.254/latest/", "event.lead.made"),
        ("https://10.0.0.7/", "event.lead.made"),
        ("https://localhost/", "event.lead.made"),
        ("https://program.example:8443/", "event.lead.made"),
        ("https://user:pass@program.example/", "event.lead.made"),
        ("https://program.example/", "event.everything"),
    ] {
        let form = [("url", url), (event, "on"), ("seen", version.as_str())];
        assert_eq!(owner.post(PAGE, &form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{url}");
    }
    let form = [("url", "https://program.example/<b>"), ("event.lead.made", "on"), ("seen", version.as_str())];
    let made = owner.post(PAGE, &form).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    assert!(made.text.contains("whsec_") && !made.text.contains("<b>"), "{}", made.text);
    let page = owner.get(PAGE).await.text;
    assert!(page.contains("Появился лид") && !page.contains("whsec_"), "{page}");
    let id = page.split("/console/subscribers/of/").nth(1).unwrap()[..8].to_owned();
    let one = format!("{PAGE}/of/{id}");
    assert!(owner.get(&one).await.text.contains("Событий ещё не было"));
    tries_it_out(&site, &mut owner, &id).await;

    let row = dead(&site, &id).await;
    let told = owner.get(&one).await.text;
    assert!(told.contains("Появился лид") && told.contains("ответ 410") && told.contains("Отправить снова"), "{told}");
    assert_eq!(owner.post(&format!("{one}/again/{row}"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.desk.replays.lock().unwrap()[..], [("lotos".to_owned(), row, "roza".to_owned())]);
    assert_eq!(owner.post(&format!("{one}/again/{}", row + 1), &[]).await.status, StatusCode::NOT_FOUND);
    let journal = owner.get("/console/journal").await.text;
    assert!(journal.contains("Добавлен вебхук") && !journal.contains("whsec_"), "{journal}");
    let asked = owner.get(&format!("{one}/off")).await.text;
    assert!(asked.contains("больше не узнает о событиях") && asked.contains("ключ подписи будет другим"), "{asked}");
    assert_eq!(owner.get(&one).await.status, StatusCode::OK, "a question takes nothing off");
    assert_eq!(owner.post(&format!("{one}/off"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(owner.get(&one).await.status, StatusCode::NOT_FOUND);
}

/// The button is the owner's alone, and there is one for each program.
async fn tries_it_out(site: &Site, owner: &mut Browser, id: &str) {
    let trial = format!("{PAGE}/of/{id}/try");
    let asked = owner.post(&trial, &[]).await;
    assert_eq!((asked.status, asked.header("location")), (StatusCode::SEE_OTHER, format!("{PAGE}/of/{id}").as_str()));
    assert_eq!(owner.post(&format!("{PAGE}/of/nobody/try"), &[]).await.status, StatusCode::NOT_FOUND);
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    assert_eq!(manager.post(&trial, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(site.desk.trials.lock().unwrap()[..], [("lotos".to_owned(), id.to_owned(), "roza".to_owned())]);
}

/// A piece of news that its receiver has refused.
async fn dead(site: &Site, id: &str) -> i64 {
    let destination = subscriber_destination("lotos", id);
    let body = json!({ "type": "lead.made", "data": { "dialogue_id": "c1" } }).to_string();
    let payload = json!({ "news": { "subscriber": id, "body": body } }).to_string();
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        let row = NewRow {
            key: "c1#news.0",
            conversation_id: "c1",
            lane: "news:c1",
            destination: &destination,
            kind: "news",
            priority: 9,
            payload: &payload,
            created_at_ms: 0,
            due_at_ms: 0,
        };
        let queued = outbox::put(sql, "lotos", &row, None)?.unwrap();
        let end = End { code: "http_410", why: "the receiver answered 410" };
        outbox::give_up(sql, "lotos", queued.id, end, 1)?;
        Ok(queued.id)
    };
    site.store.write(job).await.unwrap()
}
