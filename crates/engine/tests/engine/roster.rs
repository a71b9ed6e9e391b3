//! Before a shift: its person is asked, one who is silent is not alone, the owner hears of it; on virtual time, in the
//! site chat, which the people of this salon use as their messenger. And a storm of clients at once.

use std::sync::Arc;
use std::time::Duration;

use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::ports::{Channel, Crm};
use nochnik_core::business::{ChannelEntry, CrmEntry};
use nochnik_engine::clock::pause;
use nochnik_engine::{Clock, Engine, Keys, Opener, Setup};
use nochnik_store::outbox::Status;
use nochnik_store::{Store, businesses, cases, duty, outbox};
use serde_json::{Value, json};

const SALON: &str = "lotos";
/// Wednesday 25 November 2026, 19:40 in Moscow; the shift begins at eight.
const EVENING: &str = "2026-11-25T16:40:00Z";
const EIGHT_S: i64 = 1_795_626_000;

struct Widget;

impl Opener for Widget {
    fn channel(&self, _: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        channels::open(entry, &OpenContext::default()).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        Ok(None)
    }
}

/// Olya by day, Marina by night with Oleg to spare.
fn document() -> Value {
    let demo: toml::Table = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    let mut document = serde_json::to_value(demo).unwrap();
    let person = |id: &str, name: &str, role: &str| json!({ "id": id, "name": name, "role": role, "means": [{ "channel": "widget", "peer": id }] });
    document["people"] = json!([
        person("marina", "Марина", "duty"),
        person("olya", "Оля", "duty"),
        person("oleg", "Олег", "senior"),
        person("roza", "Роза", "owner"),
    ]);
    document["shifts"] = json!([
        { "person": "marina", "from": "20:00", "to": "09:00", "spare": "oleg" },
        { "person": "olya", "from": "09:00", "to": "20:00" },
    ]);
    document
}

async fn open() -> Engine {
    let (store, json) = (Store::open_inline().unwrap(), document().to_string());
    store.write(move |sql| businesses::put(sql, SALON, &json, 0)).await.unwrap();
    let setup = Setup {
        store,
        opener: Box::new(Widget),
        keys: Keys::new(vec![7; 32]),
        clock: Clock::starting_at(EVENING.parse().unwrap()),
        node: "one".to_owned(),
        public_url: String::new(),
        listens: false,
    };
    Engine::start(setup).await.unwrap()
}

async fn minutes(count: u64) {
    pause(Duration::from_secs(count * 60)).await;
}

/// Everything told to this person, the oldest first, with the buttons under it.
async fn told(engine: &Engine, person: &str) -> Vec<String> {
    let rows = engine.store.read(|sql| outbox::list(sql, SALON, Status::Done, 100)).await.unwrap();
    let mut rows: Vec<_> = rows.into_iter().map(|listed| listed.row).collect();
    rows.retain(|row| row.lane == format!("staff:widget/{person}"));
    rows.sort_by_key(|row| row.id);
    let text = |payload: &str| {
        let payload: Value = serde_json::from_str(payload).unwrap();
        let message = &payload["tell"]["message"];
        let buttons = message["buttons"].as_array().into_iter().flatten();
        let buttons: Vec<String> = buttons.map(|button| format!(" [{}]", button["label"].as_str().unwrap())).collect();
        format!("{}{}", message["text"].as_str().unwrap().replace('\u{a0}', " "), buttons.concat())
    };
    rows.iter().map(|row| text(&row.payload)).collect()
}

async fn presses(engine: &Engine, person: &str, number: u8, button: &str) {
    let body =
        json!({ "id": format!("00000000-0000-4000-8000-0000000000{number:02}"), "kind": "button", "text": button });
    engine.chat(SALON, "widget", person, body.to_string().as_bytes()).await.unwrap();
    pause(Duration::from_secs(3)).await;
}

async fn besides(engine: &Engine) -> Vec<String> {
    let rows = engine.store.read(|sql| duty::overrides(sql, SALON, 0)).await.unwrap();
    rows.into_iter().map(|row| row.person_id).collect()
}

#[tokio::test(start_paused = true)]
async fn one_who_does_not_confirm_a_shift_is_not_alone() {
    let engine = open().await;
    minutes(4).await;
    assert_eq!(told(&engine, "marina").await, [""; 0], "not before a quarter to eight");
    minutes(2).await;
    let asked = "Скоро ваше дежурство: ср, 25 ноября, 20:00 – чт, 26 ноября, 09:00. Вы на месте? [На месте]";
    assert_eq!(told(&engine, "marina").await, [asked]);
    minutes(15).await;
    assert_eq!(besides(&engine).await, ["oleg"]);
    assert_eq!((told(&engine, "roza").await.len(), told(&engine, "oleg").await.len()), (1, 1));

    let button = format!("d.ready.{EIGHT_S}");
    presses(&engine, "oleg", 1, &button).await;
    assert_eq!(besides(&engine).await, ["oleg"], "it is not his to press");
    presses(&engine, "client", 2, &button).await;
    assert_eq!(besides(&engine).await, ["oleg"], "nor a client's");
    presses(&engine, "marina", 3, &button).await;
    assert_eq!(besides(&engine).await, [""; 0]);
    assert_eq!(told(&engine, "marina").await.last().unwrap(), "Спасибо, вы на дежурстве.");
    assert_eq!(told(&engine, "oleg").await.last().unwrap(), "Марина на месте, в эту смену вас больше не зовём.");
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_confirmed_shift_disturbs_nobody() {
    let engine = open().await;
    minutes(6).await;
    presses(&engine, "marina", 1, &format!("d.ready.{EIGHT_S}")).await;
    minutes(30).await;
    assert_eq!(told(&engine, "roza").await, [""; 0]);
    assert_eq!(besides(&engine).await, [""; 0]);
    engine.stop().await;
}

/// The spare has fallen ill as well: nobody is left for the night, and the owner reads it at once.
#[tokio::test(start_paused = true)]
async fn the_owner_hears_of_a_night_without_anybody() {
    let engine = open().await;
    let ill = |person: &'static str| {
        let ten = (EIGHT_S + 7_200) * 1_000;
        let absence = duty::Absence { id: 0, person_id: person.into(), from_ms: ten, to_ms: ten + 3_600_000 };
        engine.store.write(move |sql| duty::put_absence(sql, SALON, &absence))
    };
    ill("marina").await.unwrap();
    ill("oleg").await.unwrap();
    minutes(1).await;
    let expected = "Дежурства, нужно внимание:\n\
        Никто не дежурит: ср, 25 ноября, 22:00–23:00. Добавьте смену или назначьте подмену.\n\
        Марина отсутствует в свою смену: ср, 25 ноября, 22:00–23:00. Замены нет, назначьте подмену.";
    assert_eq!(told(&engine, "roza").await, [expected]);
    minutes(10).await;
    assert_eq!(told(&engine, "roza").await.len(), 1, "once");
    engine.stop().await;
}

/// The rows of one kind that went out, as they were queued.
async fn sent(engine: &Engine, kind: &str) -> Vec<Value> {
    let rows = engine.store.read(|sql| outbox::list(sql, SALON, Status::Done, 500)).await.unwrap();
    let rows = rows.into_iter().map(|listed| listed.row).filter(|row| row.kind == kind);
    rows.map(|row| serde_json::from_str::<Value>(&row.payload).unwrap()[kind].clone()).collect()
}

async fn write_in(engine: &Engine, from: u8, to: u8, text: &str) {
    for client in from..to {
        let id = format!("00000000-0000-4000-8000-0000000001{client:02}");
        let body = json!({ "id": id, "kind": "text", "text": text });
        engine.chat(SALON, "widget", &format!("client{client}"), body.to_string().as_bytes()).await.unwrap();
    }
}

/// Three cards come by themselves, the others of the minute together, each with its own button; danger comes alone.
#[tokio::test(start_paused = true)]
async fn fault_f83_a_storm_comes_in_bundles_and_loses_nothing() {
    let engine = open().await;
    write_in(&engine, 0, 20, "позовите администратора").await;
    minutes(1).await;
    pause(Duration::from_secs(15)).await;
    let (single, bundles) = (sent(&engine, "notice").await, sent(&engine, "bundle").await);
    let cards = |bundles: &[Value]| -> Vec<Value> {
        bundles.iter().flat_map(|bundle| bundle["cards"].as_array().unwrap().clone()).collect()
    };
    assert_eq!(single.len(), 3);
    assert_eq!(cards(&bundles).len(), 17, "the other seventeen");
    assert!(bundles.len() <= 2, "of one minute, or of two when it ended meanwhile");

    write_in(&engine, 20, 21, "человек упал и не дышит, скорее").await;
    pause(Duration::from_secs(5)).await;
    assert_eq!(sent(&engine, "notice").await.len(), 4, "danger waits for no bundle");

    let token = cards(&bundles)[10]["token"].as_str().unwrap().to_owned();
    presses(&engine, "olya", 50, &format!("n.{token}.take")).await;
    let open_now = engine.store.read(|sql| cases::unfinished(sql, SALON)).await.unwrap();
    let taken: Vec<_> = open_now.iter().filter(|case| case.taken_by.as_deref() == Some("olya")).collect();
    assert_eq!((open_now.len(), taken.len()), (21, 1));
    engine.stop().await;
}

async fn says(engine: &Engine, person: &str, number: u8, text: &str) {
    let body = json!({ "id": format!("00000000-0000-4000-8000-0000000002{number:02}"), "kind": "text", "text": text });
    engine.chat(SALON, "widget", person, body.to_string().as_bytes()).await.unwrap();
    pause(Duration::from_secs(3)).await;
}

/// Marina gives tomorrow's night away for Olya's day after it.
#[tokio::test(start_paused = true)]
async fn two_swap_shifts_by_taps() {
    let engine = open().await;
    let (tomorrow, day_after) = (EIGHT_S + 24 * 3_600, EIGHT_S + 37 * 3_600);
    says(&engine, "marina", 1, "Подмена").await;
    let which = told(&engine, "marina").await.pop().unwrap();
    assert!(which.starts_with("Какую смену отдать? [сегодня 20:00] [завтра 20:00]"), "{which}");
    presses(&engine, "marina", 2, &format!("d.give.{tomorrow}")).await;
    let span = "чт, 26 ноября, 20:00 – пт, 27 ноября, 09:00";
    assert_eq!(told(&engine, "marina").await.pop().unwrap(), format!("Смена {span}. Кого попросить? [Оля]"));
    presses(&engine, "marina", 3, &format!("d.ask.{tomorrow}.olya")).await;
    let what_for = told(&engine, "marina").await.pop().unwrap();
    assert!(
        what_for.starts_with("Оля: какую смену взять взамен? [Никакую] [завтра 09:00] [пт 27.11 09:00]"),
        "{what_for}"
    );
    for number in [4, 5] {
        presses(&engine, "marina", number, &format!("d.swap.{tomorrow}.{day_after}.olya")).await;
    }
    assert_eq!(told(&engine, "marina").await.pop().unwrap(), "Вопрос отправлен: Оля. Ответ придёт сюда.");
    let asked = format!(
        "Марина предлагает обмен. Вы выходите: {span}. За вас выйдут: пт, 27 ноября, 09:00–20:00. Согласны? [Согласен] [Нет]"
    );
    assert_eq!(told(&engine, "olya").await, [asked], "asked once");

    let swap = engine.store.read(|sql| duty::swaps(sql, SALON, 0)).await.unwrap().remove(0).id;
    presses(&engine, "marina", 6, &format!("d.yes.{swap}")).await;
    assert_eq!(besides(&engine).await, [""; 0], "it is not hers to answer");
    presses(&engine, "olya", 7, &format!("d.yes.{swap}")).await;
    assert_eq!(besides(&engine).await, ["olya", "marina"], "two stand-ins");
    let agreed = format!(
        "Подмена согласована.\nДежурит Оля (вместо: Марина): {span}\n\
         Дежурит Марина (вместо: Оля): пт, 27 ноября, 09:00–20:00"
    );
    for person in ["marina", "olya", "roza"] {
        assert_eq!(told(&engine, person).await.pop().as_ref(), Some(&agreed), "{person}");
    }
    presses(&engine, "olya", 8, &format!("d.no.{swap}")).await;
    assert_eq!(besides(&engine).await.len(), 2, "the first answer stands");
    engine.stop().await;
}

/// Tonight's shift begins without an answer: it stays Marina's, and everybody knows; a refusal likewise.
#[tokio::test(start_paused = true)]
async fn a_swap_refused_or_unanswered_changes_nothing() {
    let engine = open().await;
    presses(&engine, "marina", 1, &format!("d.swap.{EIGHT_S}..olya")).await;
    presses(&engine, "marina", 2, &format!("d.swap.{}..olya", EIGHT_S + 24 * 3_600)).await;
    let refused = engine.store.read(|sql| duty::swaps(sql, SALON, 0)).await.unwrap()[1].id;
    presses(&engine, "olya", 3, &format!("d.no.{refused}")).await;
    let no = "Подмены не будет, отказ: Оля. Дежурит Марина: чт, 26 ноября, 20:00 – пт, 27 ноября, 09:00.";
    assert_eq!(told(&engine, "marina").await.pop().unwrap(), no);
    minutes(36).await;
    let late = "Подмены не будет, ответа не было: Оля. Дежурит Марина: ср, 25 ноября, 20:00 – чт, 26 ноября, 09:00.";
    for person in ["marina", "olya", "roza"] {
        assert!(told(&engine, person).await.iter().any(|line| line == late), "{person}");
    }
    let besides = engine.store.read(|sql| duty::overrides(sql, SALON, 0)).await.unwrap();
    assert!(besides.iter().all(|row| row.instead_of.is_empty()), "nobody stands in");
    engine.stop().await;
}
