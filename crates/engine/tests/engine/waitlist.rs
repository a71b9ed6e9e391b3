//! A visit is cancelled in the night: of two who wait for its time one is told, and after her silence the other.

use std::time::Duration;

use nochnik_core::values::Address;
use nochnik_engine::clock::pause;
use nochnik_engine::{Engine, conversation_id};
use nochnik_store::bookings::{self, BookingStatus, NewBooking};
use nochnik_store::messages;
use serde_json::json;

use super::salon;

const SALON: &str = "lotos";
/// Longer than the twenty minutes that a freed time is held.
const SILENCE: Duration = Duration::from_secs(21 * 60);

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

    /// The last thing this client was told.
    async fn told(&self, peer: &str) -> String {
        let talk = talk_of(peer);
        let job = move |sql: &mut dyn nochnik_store::Sql| messages::list(sql, SALON, &talk, 0, 100);
        let bubbles = self.engine.store.read(job).await.unwrap();
        bubbles.into_iter().rfind(|bubble| bubble.author == "bot").unwrap().text.replace('\u{a0}', " ")
    }

    /// Somebody of another channel sits there: Maria, on Thursday, between these hours of Moscow.
    async fn taken(&self, id: &'static str, from: &str, to: &str) {
        let ms =
            |hour: &str| format!("2026-11-26T{hour}:00+03:00").parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let (starts_at_ms, ends_at_ms) = (ms(from), ms(to));
        let booking = NewBooking {
            id,
            conversation_id: "other",
            specialist_id: "maria",
            service_id: "manicure",
            client_name: "",
            starts_at_ms,
            ends_at_ms,
            visit_ends_at_ms: ends_at_ms,
            held_until_ms: None,
            spans: &[],
        };
        self.engine.store.write(move |sql| bookings::hold(sql, SALON, &booking)).await.unwrap();
    }

    /// Who holds Maria's noon now, and how firmly.
    async fn noon(&self) -> Vec<(String, BookingStatus)> {
        let at: jiff::Timestamp = "2026-11-26T12:00:00+03:00".parse().unwrap();
        let at_ms = at.as_millisecond();
        let listed = self.engine.store.read(move |sql| bookings::list(sql, SALON, at_ms, at_ms + 1)).await.unwrap();
        let live = listed.into_iter().filter(|booking| {
            booking.starts_at_ms == at_ms && matches!(booking.status, BookingStatus::Held | BookingStatus::Confirmed)
        });
        live.map(|booking| (booking.conversation_id, booking.status)).collect()
    }
}

fn talk_of(peer: &str) -> String {
    let address = Address { channel: "widget".to_owned(), account: "widget".to_owned(), peer: peer.to_owned() };
    conversation_id(SALON, &address).to_string()
}

#[tokio::test(start_paused = true)]
async fn a_freed_time_goes_to_one_who_waits_and_after_her_silence_to_the_next() {
    let mut night = Night { engine: salon::open(&[SALON]).await, said: 0 };
    night.says("olga", "маникюр без покрытия к Марии завтра в 12:00, Ольга, 8 918 555 00 01").await;
    night.says("olga", "да, всё верно").await;
    assert_eq!(night.noon().await, [(talk_of("olga"), BookingStatus::Confirmed)]);
    night.taken("before", "09:00", "12:00").await;
    night.taken("after", "13:20", "15:00").await;

    for peer in ["ira", "lena"] {
        night.says(peer, "маникюр без покрытия к Марии завтра в 12:00").await;
        night.says(peer, "если вдруг освободится, напишите мне").await;
        let told = night.told(peer).await;
        assert!(told.starts_with("Записал в лист ожидания"), "{told}");
    }

    night.says("olga", "отмените мою запись").await;
    let told = night.told("ira").await;
    assert!(told.contains("Освободилось время") && told.contains("12:00 — Мария"), "{told}");
    assert_eq!(night.noon().await, [(talk_of("ira"), BookingStatus::Held)], "held for the one who was told");
    assert!(night.told("lena").await.starts_with("Записал в лист ожидания"), "never to two at once");

    pause(SILENCE).await;
    assert!(night.told("ira").await.starts_with("Не дождался ответа"));
    assert_eq!(night.noon().await, [(talk_of("lena"), BookingStatus::Held)]);

    for line in ["Лена", "8 918 555 00 02", "да, всё верно"] {
        night.says("lena", line).await;
    }
    night.says("ira", "да").await;
    assert_eq!(night.noon().await, [(talk_of("lena"), BookingStatus::Confirmed)], "the late yes takes nothing");

    night.says("lena", "отмените запись").await;
    assert_eq!(night.noon().await, [], "who let it pass is not asked about the same time again");
    let left = night.engine.store.read(|sql| nochnik_store::waitlist::meeting(sql, SALON, 0, i64::MAX, 10)).await;
    let waiting: Vec<_> = left.unwrap().into_iter().map(|entry| entry.conversation_id).collect();
    assert_eq!(waiting, [talk_of("ira")], "lena waits no more");
}
