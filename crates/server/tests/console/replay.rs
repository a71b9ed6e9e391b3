//! «Что пошло бы иначе»: a price is changed, and the dialogues that would have heard it are found.

#![expect(clippy::disallowed_methods, reason = "a test waits for work beside the server's own")]

use std::time::Duration;

use crate::support::Site;
use crate::support::browser::Browser;
use crate::support::night::{say, talk};
use axum::http::StatusCode;
use nochnik_store::businesses;

const REPLAY: &str = "/console/settings/replay";
/// Looks of a tenth of a second.
const LOOKS_MAX: usize = 600;
const DAY_MS: i64 = 86_400_000;

/// What a client wrote, each line a minute after the one before.
async fn wrote(site: &Site, peer: &str, at_ms: i64, lines: &[(&str, &str)]) {
    let id = talk(&site.store, "lotos", "widget", peer, at_ms).await;
    for (minute, (author, text)) in (0_i64..).zip(lines) {
        say(&site.store, "lotos", &id, author, text, None, at_ms + minute * 60_000).await;
    }
}

async fn compared(browser: &mut Browser, query: &str) -> String {
    for _ in 0..LOOKS_MAX {
        let page = browser.get(&format!("{REPLAY}/state?{query}")).await.text;
        if !page.contains("Сравниваем") {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the comparison does not end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_price_shows_which_dialogues_would_have_heard_it() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let now_ms = site.desk.now.lock().unwrap().as_millisecond();
    let price = ("client", "сколько стоит маникюр с гель-лаком?");
    wrote(&site, "asks", now_ms - DAY_MS, &[("client", "Добрый вечер"), price]).await;
    wrote(&site, "elsewhere", now_ms - DAY_MS, &[("client", "где вы находитесь?")]).await;
    wrote(&site, "of-a-person", now_ms - DAY_MS, &[("client", "добрый вечер"), ("person", "Слушаю"), price]).await;
    wrote(&site, "long-ago", now_ms - 40 * DAY_MS, &[price]).await;

    let before = site.store.read(|sql| businesses::get(sql, "lotos")).await.unwrap().unwrap().version;
    let form = [("name", "Маникюр с гель-лаком"), ("price", "9990"), ("duration_min", "90")];
    let saved = owner.post("/console/settings/services/manicure_gel", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);

    let query = format!("from={before}&to={}", before + 1);
    let versions = owner.get("/console/settings/versions").await.text;
    assert!(versions.contains(&query.replace('&', "&amp;")), "the list of versions leads here: {versions}");
    assert!(
        !owner.get(&format!("{REPLAY}?{query}")).await.text.contains("Иначе"),
        "nothing is said before it is asked"
    );
    let (from, to) = (before.to_string(), (before + 1).to_string());
    let begun = owner.post(REPLAY, &[("from", &from), ("to", &to)]).await;
    assert_eq!((begun.status, begun.header("location")), (StatusCode::SEE_OTHER, format!("{REPLAY}?{query}").as_str()));
    let page = compared(&mut owner, &query).await;
    assert!(page.contains("Иначе пошёл бы 1\u{a0}диалог"), "{page}");
    let (old, new) = page.split_once(&format!("Версия {to}")).unwrap();
    assert!(new.contains("9 990") && !old.contains("9 990"), "each version says its own price: {page}");
    assert!(
        page.contains("сколько стоит маникюр с гель-лаком?") && page.contains("/console/chats/visit-asks"),
        "{page}"
    );

    // The way back is compared as well, and is not mixed up with the way there.
    let back = format!("from={to}&to={from}");
    assert!(!owner.get(&format!("{REPLAY}/state?{back}")).await.text.contains("Иначе"));
    let question = owner.get(&format!("/console/settings/versions/{before}")).await.text;
    assert!(question.contains(&back.replace('&', "&amp;")), "{question}");
    for strange in [format!("{REPLAY}/state?from=1"), format!("{REPLAY}?from=a&to=b")] {
        assert_eq!(owner.get(&strange).await.status, StatusCode::BAD_REQUEST, "{strange}");
    }
    assert_eq!(owner.post(REPLAY, &[("from", "9"), ("to", "99")]).await.status, StatusCode::NOT_FOUND);
}
