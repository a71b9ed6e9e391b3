//! What was told goes at night when its term is over; what belongs to a visit stays for longer.

use std::time::Duration;

use jiff::SignedDuration;
use nochnik_core::conversation::Conversation;
use nochnik_core::values::Address;
use nochnik_engine::clock::pause;
use nochnik_engine::{Engine, conversation_id};
use nochnik_store::conversations::Filter;
use nochnik_store::{Value, conversations, leads, messages, retention};
use serde_json::json;

use super::salon;

const SALON: &str = "lotos";
const DAY: Duration = Duration::from_secs(86_400);

async fn says(engine: &Engine, peer: &str, number: u32, text: &str) {
    let id = format!("00000000-0000-4000-8000-{number:012}");
    let body = json!({ "id": id, "kind": "text", "text": text }).to_string();
    engine.chat(SALON, "widget", peer, body.as_bytes()).await.unwrap();
    pause(Duration::from_secs(10)).await;
}

fn talk_of(peer: &str) -> String {
    let address = Address { channel: "widget".to_owned(), account: "widget".to_owned(), peer: peer.to_owned() };
    conversation_id(SALON, &address).to_string()
}

/// Whether the conversation is kept, its lead, and how many messages.
async fn kept(engine: &Engine, peer: &str) -> (bool, bool, usize) {
    let talk = talk_of(peer);
    let read = move |sql: &mut dyn nochnik_store::Sql| {
        let is_kept = conversations::get(sql, SALON, &talk)?.is_some();
        let has_lead = leads::of_conversation(sql, SALON, &talk)?.is_some();
        Ok((is_kept, has_lead, messages::list(sql, SALON, &talk, 0, 99)?.len()))
    };
    engine.store.read(read).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_long_enough_goes_at_night() {
    let engine = salon::open_as("", &[SALON], |document| {
        document["retention"] = json!({ "messages_days": 30, "leads_days": 30, "visits_days": 365 });
    });
    let engine = engine.await;
    says(&engine, "ira", 1, "Здравствуйте, где у вас парковка?").await;
    says(&engine, "olga", 2, "Здравствуйте! Запишите меня на маникюр без покрытия завтра в 12:00").await;
    says(&engine, "olga", 3, "Да, Ольга, +7 918 555-12-31").await;
    let (of_ira, of_olga) = (kept(&engine, "ira").await, kept(&engine, "olga").await);
    assert!(of_ira.2 >= 2 && of_olga.1 && of_olga.2 >= 4, "{of_ira:?} {of_olga:?}");

    // Reminders and questions after a visit are over by then.
    pause(DAY * 2).await;
    assert!(kept(&engine, "ira").await.0, "two days are not too long");
    age(&engine, 40).await;
    pause(DAY).await;
    assert_eq!(kept(&engine, "ira").await, (false, false, 0));
    assert_eq!(kept(&engine, "olga").await, (true, true, 1), "a visit of last month keeps all but its words");
    let gone = engine.store.read(|sql| retention::erased(sql, SALON, 9)).await.unwrap();
    let [(_, gone)] = gone[..] else { panic!("one night: {gone:?}") };
    assert_eq!((gone.conversations, gone.visits), (1, 0));

    assert_eq!(words_of(&engine, "olga").await, Vec::<String>::new(), "nor does its state remember them");
    says(&engine, "olga", 5, "Здравствуйте!").await;
    assert_eq!(words_of(&engine, "olga").await[0], "Здравствуйте!");

    says(&engine, "ira", 4, "Здравствуйте! А педикюр сколько стоит?").await;
    assert!(kept(&engine, "ira").await.2 >= 2, "who comes back is answered as anybody");
}

/// What the state of a conversation holds of what was said.
async fn words_of(engine: &Engine, peer: &str) -> Vec<String> {
    let talk = talk_of(peer);
    let loaded = engine.store.read(move |sql| conversations::peek(sql, SALON, &talk)).await.unwrap().unwrap();
    let state: Conversation = serde_json::from_str(&loaded.state).unwrap();
    state.transcript.into_iter().map(|line| line.text).collect()
}

/// Lets days go by for what is kept, which all the clocks of an engine would take minutes for.
async fn age(engine: &Engine, days: i64) {
    let ms = days * 86_400_000;
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        for text in [
            "update conversations set last_at_ms = last_at_ms - $1, created_at_ms = created_at_ms - $1",
            "update messages set at_ms = at_ms - $1",
        ] {
            sql.exec(text, &[Value::from(ms)])?;
        }
        for summary in conversations::list(sql, SALON, &Filter::default(), i64::MAX, 9)? {
            let loaded = conversations::load(sql, SALON, &summary.id)?.unwrap();
            let mut state: Conversation = serde_json::from_str(&loaded.state).unwrap();
            for line in &mut state.transcript {
                line.at -= SignedDuration::from_millis(ms);
            }
            let state = serde_json::to_string(&state).unwrap();
            conversations::restate(sql, SALON, &summary.id, loaded.version, &state)?;
        }
        Ok(())
    };
    engine.store.write(job).await.unwrap();
}
