//! Short links and buttons are counted, and nobody is followed.

use nochnik_core::values::Address;
use nochnik_engine::conversation_id;
use nochnik_store::links::{self, Clicks};
use nochnik_store::{businesses, messages};
use serde_json::{Value, json};

use super::salon;

const MENU: &str = "https://menu.example/lotos?from=bot";
const PRIVACY: &str = "https://salon.example/privacy";

/// What a visitor who says hello is answered.
async fn answered(shortens: bool) -> (nochnik_engine::Engine, String) {
    let engine = salon::open_at("https://night.example", &["lotos"]).await;
    let set = move |sql: &mut dyn nochnik_store::Sql| {
        let row = businesses::get(sql, "lotos")?.unwrap();
        let mut document: Value = serde_json::from_str(&row.document).unwrap();
        document["shorten_links"] = json!(shortens);
        document["privacy"]["policy_url"] = json!(PRIVACY);
        document["phrases"]["greeting"] = json!(format!("Здравствуйте! Меню: {MENU}. И ещё раз: {MENU}"));
        businesses::put(sql, "lotos", &document.to_string(), 1)
    };
    engine.store.write(set).await.unwrap();
    let body = json!({ "id": "00000000-0000-4000-8000-000000000001", "kind": "text", "text": "добрый вечер!" });
    engine.chat("lotos", "widget", "visitor", body.to_string().as_bytes()).await.unwrap();
    let address = Address { channel: "widget".into(), account: "widget".into(), peer: "visitor".into() };
    let id = conversation_id("lotos", &address).to_string();
    for _ in 0..1_000 {
        nochnik_engine::clock::pause(std::time::Duration::from_millis(50)).await;
        let id = id.clone();
        let said = engine.store.read(move |sql| messages::list(sql, "lotos", &id, 0, 10)).await.unwrap();
        if let Some(bubble) = said.iter().find(|message| message.author == "bot") {
            return (engine, bubble.text.clone());
        }
    }
    panic!("nobody answers");
}

async fn counted(engine: &nochnik_engine::Engine) -> Vec<Clicks> {
    engine.store.read(|sql| links::since(sql, "lotos", 0)).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_link_goes_out_short_and_each_opening_is_one_more() {
    let (engine, text) = answered(true).await;
    assert!(!text.contains(MENU), "{text}");
    assert!(text.contains(PRIVACY), "what the law wants read stands as it is: {text}");
    let code = text.split("https://night.example/l/").nth(1).unwrap();
    let code: String = code.chars().take_while(char::is_ascii_alphanumeric).collect();
    for is_counted in [true, true, false] {
        assert_eq!(engine.opened(&code, is_counted).await.unwrap().as_deref(), Some(MENU));
    }
    assert_eq!(engine.opened("nobody", true).await.unwrap(), None);
    let link = counted(&engine).await.into_iter().find(|clicks| clicks.what == format!("link:{code}")).unwrap();
    assert_eq!((link.shown, link.taken), (2, 2), "it stood in the text twice, and was opened by two people");
    engine.kill().await;
}

#[tokio::test(start_paused = true)]
async fn without_the_setting_an_address_stays_as_it_is() {
    let (engine, text) = answered(false).await;
    assert!(text.contains(MENU) && !text.contains("/l/"), "{text}");
    assert!(counted(&engine).await.iter().all(|clicks| clicks.what.starts_with("button:")));
    engine.kill().await;
}

/// A kind of button counts once a message, however many stand there.
#[tokio::test(start_paused = true)]
async fn buttons_are_counted_by_kind() {
    let (engine, _) = answered(false).await;
    let body = json!({ "id": "00000000-0000-4000-8000-000000000002", "kind": "button", "text": "book" });
    engine.chat("lotos", "widget", "visitor", body.to_string().as_bytes()).await.unwrap();
    nochnik_engine::clock::pause(std::time::Duration::from_secs(20)).await;
    let counted = counted(&engine).await;
    let of = |kind: &str| counted.iter().find(|clicks| clicks.what == format!("button:{kind}")).cloned().unwrap();
    assert_eq!((of("book").shown, of("book").taken), (1, 1));
    assert_eq!((of("svc").shown, of("svc").taken), (1, 0), "six services were offered at once");
    engine.kill().await;
}
