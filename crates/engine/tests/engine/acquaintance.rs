//! One client writes from two chats and gives one number.

use std::time::Duration;

use nochnik_core::conversation::Conversation;
use nochnik_core::values::Address;
use nochnik_engine::clock::pause;
use nochnik_engine::{Engine, conversation_id};
use nochnik_store::conversations;
use serde_json::json;

use super::salon;

const SALON: &str = "lotos";

struct Night {
    engine: Engine,
    said: u32,
}

impl Night {
    async fn says(&mut self, peer: &str, text: &str) {
        self.said += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", self.said);
        let body = json!({ "id": id, "kind": "text", "text": text }).to_string();
        self.engine.chat(SALON, "widget", peer, body.as_bytes()).await.unwrap();
        pause(Duration::from_secs(10)).await;
    }

    async fn state(&self, peer: &str) -> Conversation {
        let talk = talk_of(peer);
        let loaded = self.engine.store.read(move |sql| conversations::peek(sql, SALON, &talk)).await.unwrap();
        serde_json::from_str(&loaded.unwrap().state).unwrap()
    }
}

fn talk_of(peer: &str) -> String {
    let address = Address { channel: "widget".to_owned(), account: "widget".to_owned(), peer: peer.to_owned() };
    conversation_id(SALON, &address).to_string()
}

#[tokio::test(start_paused = true)]
async fn who_booked_from_another_chat_is_known_by_the_number_but_not_told_what_a_stranger_may_not_hear() {
    let mut night = Night { engine: salon::open(&[SALON]).await, said: 0 };
    night.says("work", "маникюр без покрытия к Марии завтра в 10:00, Ольга, 8 918 555 00 01").await;
    night.says("work", "да, всё верно").await;
    pause(Duration::from_secs(36 * 3_600)).await;

    night.says("home", "маникюр без покрытия к Марии в пятницу в 18:00, Ольга, 8 918 555 00 01").await;
    assert!(!night.state("home").await.was_booked_elsewhere, "typed, not yet agreed to");
    night.says("home", "да, всё верно").await;
    let home = night.state("home").await;
    assert!(home.was_booked_elsewhere, "the visit of the other chat is over");

    night.says("work", "спасибо").await;
    night.says("work", "запишите меня на когда-нибудь к Анне на маникюр без покрытия, в субботу в 12:00").await;
    night.says("work", "да, всё верно").await;
    assert_eq!(night.state("work").await.elsewhere, [], "nobody vouches for a number that was typed");
    assert_eq!(home.elsewhere, []);
}
