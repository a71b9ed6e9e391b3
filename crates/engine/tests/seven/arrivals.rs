//! Deliveries that do not say all by themselves: shortened ones, and those about a client rather than from one.

use std::sync::Arc;

use nochnik_doubles::{Fault, Faults};
use serde_json::json;

use crate::ends::{CLIENT, PHONE, Vk};
use crate::meta::WhatsApp;
use crate::stage::Stage;

const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const NEW_NUMBER: &str = "79185550077";
/// The wish stands at the very end.
const LONG: &str = "Здравствуйте! Давно к вам собиралась, подруга очень хвалила мастеров, и вот наконец решилась, \
                    отпуск начался, и время есть. Подскажите, пожалуйста, сколько стоит педикюр?";

fn night() -> nochnik_core::story::Story {
    crate::story("01-booking-step-by-step")
}

async fn heard(stage: &Stage) -> String {
    let messages = stage.messages().await;
    messages.into_iter().find(|message| message.author == "client").unwrap().text
}

/// VK sends half of a long message; the API has the whole of it.
#[tokio::test(start_paused = true)]
async fn a_message_that_vk_shortened_is_fetched_whole() {
    let vk = Vk::new();
    let double = vk.double();
    let stage = Stage::open(&night(), vec![Arc::new(vk)]).await;
    double.crop_next(CLIENT);
    stage.says(0, LONG).await;
    assert_eq!(heard(&stage).await, LONG);
    assert!(stage.end().seen().contains("Педикюр"), "{}", stage.end().seen());
    stage.end().assert_clean();
    stage.engine.kill().await;
}

/// Half a message is better than none.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_fetched_whole_is_answered_as_it_came() {
    let vk = Vk::new();
    let double = vk.double();
    let stage = Stage::open(&night(), vec![Arc::new(vk)]).await;
    double.crop_next(CLIENT);
    stage
        .end()
        .plan(Faults::by(|call| (call.method == "messages.getByConversationMessageId").then_some(Fault::Status(503))));
    stage.says(0, LONG).await;
    let heard = heard(&stage).await;
    assert!(LONG.starts_with(&heard) && !heard.is_empty(), "{heard}");
    stage.engine.kill().await;
}

/// With the number the client's id changes, and with it the chat: the number leads from one to the other.
#[tokio::test(start_paused = true)]
async fn who_changes_the_number_is_known_in_the_new_chat() {
    let whatsapp = WhatsApp::open_handed(&[]);
    let double = whatsapp.double();
    let stage = Stage::open(&night(), vec![Arc::new(whatsapp)]).await;
    stage.says(0, "хочу маникюр в субботу в 17:00").await;
    stage.says(0, "Оля").await;
    stage.presses(0, "Да, всё верно").await;
    let (old, before) = (stage.conversation_in(0), stage.messages().await.len());
    double.client_changes_number(PHONE, NEW_NUMBER, stage.now_ms());
    stage.settle().await;
    let state = stage.state_of(&old).await;
    assert_eq!(state.client.phone.unwrap().e164(), format!("+{NEW_NUMBER}"));
    double.client_says(NEW_NUMBER, "я записана?", stage.now_ms());
    stage.settle().await;
    let new = stage.state_of(&stage.conversation_with(0, double.user_id_of(NEW_NUMBER))).await;
    assert_eq!(new.elsewhere.len(), 1, "the visit of the old chat");
    assert_eq!(stage.messages_of(&old).await.len(), before, "nobody is answered for a change of number");
    stage.engine.kill().await;
}

/// A picture is named in its bubble, and stays with its messenger until one of the staff looks at it.
#[tokio::test(start_paused = true)]
async fn a_picture_can_be_looked_at() {
    let whatsapp = WhatsApp::open_handed(&[]);
    let double = whatsapp.double();
    let stage = Stage::open(&night(), vec![Arc::new(whatsapp)]).await;
    double.client_sends_file(PHONE, "image", "image/png", PICTURE, json!({}), stage.now_ms());
    stage.says(0, "хочу такой маникюр").await;
    let messages = stage.messages().await;
    let (picture, words) = (&messages[0], &messages[1]);
    assert_eq!((picture.text.as_str(), words.file.as_ref()), ("[фото]", None));
    let id = stage.conversation_in(0);
    let file = |seq| stage.engine.file("lotos", &id, seq);
    assert_eq!(file(picture.seq).await.unwrap().map(|media| media.bytes), Some(PICTURE.to_vec()));
    assert!(file(words.seq).await.unwrap().is_none(), "words have no file");
    stage.end().plan(Faults::by(|_| Some(Fault::Status(404))));
    assert!(file(picture.seq).await.unwrap().is_none(), "it is there no more");
    stage.engine.kill().await;
}
