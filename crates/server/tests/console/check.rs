//! «Проверка»: the stories of a business from the console, played beside the server's own work.

#![expect(clippy::disallowed_methods, reason = "a test waits for work that takes seconds")]

use std::time::Duration;

use crate::support::Site;
use crate::support::browser::Browser;
use axum::http::StatusCode;

const CHECK: &str = "/console/check";
/// Looks of a tenth of a second: twenty nights are played, and a debug build is slow.
const LOOKS_MAX: usize = 3_000;

/// Waits until the piece of the page says it.
async fn told(browser: &mut Browser, words: &str) -> String {
    for _ in 0..LOOKS_MAX {
        let page = browser.get(&format!("{CHECK}/state")).await.text;
        if page.contains(words) {
            return page;
        }
        assert!(!page.contains("не дошла до конца"), "{page}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("«{words}» did not come");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stories_of_a_business_are_played_beside_the_work_and_shown_with_their_verdicts() {
    let site = Site::open().await;
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    assert_eq!(manager.get(&format!("{CHECK}/protocol")).await.status, StatusCode::NOT_FOUND);
    assert!(manager.get(CHECK).await.text.contains("Проверить заготовку"));
    assert_eq!(manager.post(CHECK, &[("by", "shipped")]).await.status, StatusCode::SEE_OTHER);
    assert!(manager.get(CHECK).await.text.contains("Играем сценарии"), "the page does not wait");
    let page = told(&mut manager, "Прошли").await;
    for words in ["Прошли 20 из 20", "всё сходится", "Что происходит", "Ожидаем", "Вышло"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    let protocol = manager.get(&format!("{CHECK}/protocol")).await;
    assert!(protocol.header("content-disposition").contains("nochnik-protocol-2026-11-25.html"));
    assert!(protocol.text.contains("Протокол приёмки") && protocol.text.contains("Подписи"));
    assert!(site.desk.acts.lock().unwrap().is_empty(), "nothing happened to real clients");
    let mut observer = Browser::signed_in(&site.router, "gost").await;
    assert!(observer.get(CHECK).await.text.contains("Прошли 20 из 20"), "an observer looks");
    assert_eq!(observer.post(CHECK, &[("by", "shipped")]).await.status, StatusCode::FORBIDDEN);
    let mut evil = manager.clone().with("sec-fetch-site", "cross-site").with("origin", "https://evil.example");
    assert_eq!(evil.post(CHECK, &[("by", "own")]).await.status, StatusCode::FORBIDDEN);
    let mut stranger = Browser::new(&site.router);
    assert_eq!(stranger.get(CHECK).await.status, StatusCode::SEE_OTHER);
}

/// The stories are of the kind, the settings one's own: whatever does not hold is named, and stands first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn own_settings_are_played_to_the_end_whatever_does_not_hold() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    // Nobody does manicure any more: who asks for it cannot be booked.
    for id in ["manicure", "manicure_gel"] {
        let off = format!("/console/settings/services/{id}/off");
        assert_eq!(owner.post(&off, &[]).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(owner.post(CHECK, &[("by", "own")]).await.status, StatusCode::SEE_OTHER);
    let page = told(&mut owner, "из 20\u{a0}сценариев").await;
    let (failed, held) = (page.rfind("не прошёл"), page.find("mark green"));
    assert!(failed.is_some() && held.is_some() && failed < held, "what failed stands first: {page}");
    assert!(page.contains("Запись одним сообщением") && page.contains("Вышло: "), "{page}");
}
