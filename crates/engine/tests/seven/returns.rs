//! What comes back of messages that have gone by: receipts, a person's own words in the vendor's app, a message
//! that its client took back.

use std::sync::Arc;

use nochnik_store::messages::Delivery;

use crate::ends::{CLIENT, End, Vk};
use crate::meta::{Instagram, WhatsApp};
use crate::stage::Stage;

fn night() -> nochnik_core::story::Story {
    crate::story("01-booking-step-by-step")
}

async fn delivery_of_the_last(stage: &Stage) -> Option<Delivery> {
    stage.messages().await.iter().rev().find(|message| message.author == "bot").and_then(|message| message.delivery)
}

#[tokio::test(start_paused = true)]
async fn receipts_move_a_bubble_on_in_whatever_order_they_come() {
    let whatsapp = WhatsApp::new();
    let double = whatsapp.double();
    let stage = Stage::open(&night(), vec![Arc::new(whatsapp)]).await;
    double.shuffle_deliveries(20_261_127);
    stage.says(0, "сколько стоит маникюр?").await;
    stage.live(1).await;
    assert_eq!(delivery_of_the_last(&stage).await, Some(Delivery::Delivered));
    double.client_reads(crate::ends::PHONE, stage.now_ms());
    stage.live(1).await;
    assert_eq!(delivery_of_the_last(&stage).await, Some(Delivery::Read));
    stage.engine.kill().await;
}

/// What was taken for sent and then failed is a person's business.
#[tokio::test(start_paused = true)]
async fn a_message_that_fails_later_is_known_to_have_failed() {
    let whatsapp = WhatsApp::new();
    let double = whatsapp.double();
    let stage = Stage::open(&night(), vec![Arc::new(whatsapp)]).await;
    stage.says(0, "сколько стоит маникюр?").await;
    double.fail_messages(Some(131_026));
    stage.end().says("а педикюр?");
    stage.live(1).await;
    assert_eq!(delivery_of_the_last(&stage).await, Some(Delivery::Failed));
    stage.engine.kill().await;
}

#[tokio::test(start_paused = true)]
async fn a_person_who_answers_in_the_vendors_own_app_silences_the_bot() {
    // The second stands in what the bot has said just before.
    for words in ["Здравствуйте, это Роза. Сейчас всё расскажу", "Записать вас?"]
    {
        let instagram = Instagram::new();
        let double = instagram.double();
        let stage = Stage::open(&night(), vec![Arc::new(instagram)]).await;
        stage.says(0, "сколько стоит маникюр?").await;
        let before = stage.messages().await.len();
        double.human_answers(&stage.end().peer(), words, stage.now_ms());
        stage.settle().await;
        stage.says(0, "а педикюр?").await;
        let said = stage.messages().await;
        let authors: Vec<&str> = said[before..].iter().map(|message| message.author.as_str()).collect();
        assert_eq!(authors, ["person", "client"], "the bot leaves the talk to her: {said:?}");
        assert_eq!(said[before].text, words);
        stage.engine.kill().await;
    }
}

/// Our own words come back from Instagram as well, and silence nobody.
#[tokio::test(start_paused = true)]
async fn our_own_echo_is_nobodys_word() {
    let stage = Stage::open(&night(), vec![Arc::new(Instagram::new())]).await;
    stage.says(0, "сколько стоит маникюр?").await;
    stage.live(1).await;
    stage.says(0, "а педикюр?").await;
    let said = stage.messages().await;
    assert!(said.iter().all(|message| message.author != "person"), "{said:?}");
    assert_eq!(said.last().unwrap().author, "bot");
    stage.engine.kill().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_that_its_client_took_back_is_not_kept() {
    let instagram = Instagram::new();
    let double = instagram.double();
    let stage = Stage::open(&night(), vec![Arc::new(instagram)]).await;
    let mid =
        double.client_says(&stage.end().peer(), "мой номер 8 918 555-12-31, сколько стоит маникюр?", stage.now_ms());
    stage.settle().await;
    assert!(double.client_unsends(&stage.end().peer(), &mid, stage.now_ms()));
    stage.settle().await;
    let said = stage.messages().await;
    assert_eq!(said[0].text, "[сообщение удалено клиентом]");
    stage.engine.kill().await;
}

/// It would stay open to the staff for as long as the vendor keeps the file.
#[tokio::test(start_paused = true)]
async fn a_picture_that_its_client_took_back_cannot_be_opened() {
    let instagram = Instagram::new();
    let double = instagram.double();
    let stage = Stage::open(&night(), vec![Arc::new(instagram)]).await;
    let mid = double.client_sends_file(&stage.end().peer(), "image", stage.now_ms());
    stage.settle().await;
    assert!(stage.messages().await[0].file.is_some());
    assert!(double.client_unsends(&stage.end().peer(), &mid, stage.now_ms()));
    stage.settle().await;
    let said = &stage.messages().await[0];
    assert_eq!((said.text.as_str(), said.file.as_ref()), ("[сообщение удалено клиентом]", None));
    stage.engine.kill().await;
}

/// Who has not finished writing sees that an answer is coming; when a person leads the talk, nobody pretends.
#[tokio::test(start_paused = true)]
async fn while_a_burst_lasts_the_client_sees_that_an_answer_is_coming() {
    let instagram = Instagram::new();
    let double = instagram.double();
    let stage = Stage::open(&night(), vec![Arc::new(instagram)]).await;
    let peer = stage.end().peer();
    stage.end().says("здравствуйте, а");
    stage.deliver().await;
    nochnik_engine::clock::pause(std::time::Duration::from_millis(500)).await;
    assert!(double.shows_typing(&peer), "the burst is not over");
    stage.settle().await;
    assert!(!double.shows_typing(&peer), "the answer has come");
    double.human_answers(&peer, "Здравствуйте, это Роза", stage.now_ms());
    stage.settle().await;
    stage.end().says("а ещё, а");
    stage.live(1).await;
    assert!(!double.shows_typing(&peer), "she writes herself");
    stage.engine.kill().await;
}

/// VK and Instagram bring no name with a message; it is asked for once, and stands in the card.
#[tokio::test(start_paused = true)]
async fn a_name_that_no_message_brings_is_looked_up() {
    let (vk, instagram) = (Vk::new(), Instagram::new());
    vk.double().name(CLIENT, "Анна", "Ковалёва");
    let ends: [(Arc<dyn End>, &str); 2] = [(Arc::new(vk), "Анна Ковалёва"), (Arc::new(instagram), "Анна К.")];
    for (end, name) in ends {
        let stage = Stage::open(&night(), vec![end]).await;
        stage.says(0, "сколько стоит маникюр?").await;
        stage.live(1).await;
        assert_eq!(stage.client_name().await, name);
        stage.end().assert_clean();
        stage.engine.kill().await;
    }
}

/// A token of Instagram lives sixty days: it is renewed each week, and the channel works on with the new one.
#[tokio::test(start_paused = true)]
async fn a_token_that_runs_out_is_renewed_in_time() {
    const DAY_MS: i64 = 24 * 3_600_000;
    let stage = Stage::open(&night(), vec![Arc::new(Instagram::new())]).await;
    stage.engine.watch_channels();
    for _ in 0..100 {
        stage.wait(DAY_MS).await;
        stage.settle().await;
    }
    stage.says(0, "сколько стоит маникюр?").await;
    assert!(stage.end().seen().contains("Маникюр без покрытия"), "{}", stage.end().seen());
    assert_eq!(stage.told().await, Vec::<String>::new(), "nobody had to do anything");
    stage.end().assert_clean();
    stage.engine.kill().await;
}
