//! The chat of the site as its visitors meet it: a talk that is come back to, the stream, and how many there may be.

use crate::support::browser::{Browser, Events};
use crate::support::{NIGHT, Site, night};
use axum::http::StatusCode;
use serde_json::Value;

/// A visitor with a talk of their own: the page as the script opens it, and the conversation.
async fn visitor(site: &Site) -> (Browser, String) {
    let answer = Browser::new(&site.router).json("/chat/lotos/session", "").await;
    let token = serde_json::from_str::<Value>(&answer.text).unwrap()["token"].as_str().unwrap().to_owned();
    let mut page = Browser::new(&site.router).with("authorization", &format!("Bearer {token}"));
    let said = page.json("/chat/lotos/messages", r#"{"id":"m1","kind":"text","text":"Здравствуйте"}"#).await;
    assert_eq!(said.status, StatusCode::ACCEPTED, "{}", said.text);
    let peer = site.desk.chats.lock().unwrap().last().unwrap().2.clone();
    (page, format!("visit-{peer}"))
}

/// After the greeting and its answer: so many bubbles of one author.
async fn goes_on(site: &Site, talk: &str, author: &str, bubbles: std::ops::RangeInclusive<i64>) {
    let now_ms = NIGHT.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    for n in bubbles {
        night::say(&site.store, "lotos", talk, author, &format!("Реплика {n}"), None, now_ms).await;
    }
}

/// First and last number of what came, and the last words.
fn span(view: &str) -> (i64, i64, String) {
    let view: Value = serde_json::from_str(view).unwrap();
    let lines = view["messages"].as_array().unwrap();
    let seq = |line: Option<&Value>| line.and_then(|line| line["seq"].as_i64()).unwrap_or_default();
    let words = lines.last().map_or("", |line| line["text"].as_str().unwrap());
    (seq(lines.first()), seq(lines.last()), words.to_owned())
}

async fn next(stream: &mut Events) -> (i64, i64, String) {
    span(&stream.next().await.expect("the stream goes on"))
}

#[tokio::test]
async fn a_visitor_comes_back_to_the_end_of_a_long_talk() {
    let site = Site::open().await;
    let (mut page, talk) = visitor(&site).await;
    goes_on(&site, &talk, "bot", 3..=180).await;
    let end = (81, 180, "Реплика 180".to_owned());
    assert_eq!(span(&page.get("/chat/lotos/messages").await.text), end);
    let mut stream = page.listen("/chat/lotos/stream?after=0").await.ok().unwrap();
    assert_eq!(next(&mut stream).await, end);
    assert_eq!(span(&page.get("/chat/lotos/messages?after=150").await.text), (151, 180, "Реплика 180".to_owned()));
}

/// The page that was away for long is told all of it, though nothing changes any more.
#[tokio::test]
async fn what_does_not_fit_one_page_follows_without_a_further_word() {
    let site = Site::open().await;
    let (page, talk) = visitor(&site).await;
    goes_on(&site, &talk, "bot", 3..=250).await;
    let mut stream = page.listen("/chat/lotos/stream?after=2").await.ok().unwrap();
    for (first, last) in [(3, 102), (103, 202), (203, 250)] {
        assert_eq!(next(&mut stream).await, (first, last, format!("Реплика {last}")));
    }
}

#[tokio::test]
async fn remarks_of_the_staff_hide_no_word_that_is_for_the_visitor() {
    let site = Site::open().await;
    let (mut page, talk) = visitor(&site).await;
    goes_on(&site, &talk, "note", 3..=152).await;
    goes_on(&site, &talk, "bot", 153..=153).await;
    let mut stream = page.listen("/chat/lotos/stream?after=2").await.ok().unwrap();
    assert_eq!(next(&mut stream).await, (153, 153, "Реплика 153".to_owned()));
    let whole = page.get("/chat/lotos/messages").await.text;
    assert_eq!((span(&whole), whole.contains("Реплика 50")), ((1, 153, "Реплика 153".to_owned()), false));
}

#[tokio::test]
async fn an_answer_comes_by_the_stream_that_was_open_before_the_first_word() {
    let site = Site::open().await;
    let answer = Browser::new(&site.router).json("/chat/lotos/session", "").await;
    let token = serde_json::from_str::<Value>(&answer.text).unwrap()["token"].as_str().unwrap().to_owned();
    let mut page = Browser::new(&site.router).with("authorization", &format!("Bearer {token}"));
    let mut stream = page.listen("/chat/lotos/stream?after=0").await.ok().unwrap();
    assert_eq!(next(&mut stream).await, (0, 0, String::new()), "who speaks, at once");
    page.json("/chat/lotos/messages", r#"{"id":"m1","kind":"text","text":"Здравствуйте"}"#).await;
    assert_eq!(next(&mut stream).await.1, 2);
}

/// Whoever has no place is told so by its own status, when to come again, and reads the talk meanwhile.
#[tokio::test]
async fn one_stranger_takes_few_of_the_places_for_streams() {
    let site = Site::open().await;
    let (mut page, _) = visitor(&site).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(page.listen("/chat/lotos/stream").await.ok().unwrap());
    }
    let refused = page.listen("/chat/lotos/stream").await.err().expect("three pages of one visitor");
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "10"));
    assert_eq!(span(&page.get("/chat/lotos/messages").await.text).1, 2, "the talk is still read");
    open.pop();
    open.push(page.listen("/chat/lotos/stream").await.ok().expect("a page that was closed leaves its place"));

    // With a token for each stream there are twenty from one address; elsewhere there is a place.
    for _ in 0..10 {
        let (other, _) = visitor(&site).await;
        for _ in 0..2 {
            open.extend(other.listen("/chat/lotos/stream").await.ok());
        }
    }
    assert_eq!(open.len(), 20);
    let (other, _) = visitor(&site).await;
    assert!(other.clone().listen("/chat/lotos/stream").await.is_err());
    assert!(other.from([203, 0, 113, 8]).listen("/chat/lotos/stream").await.is_ok());
}

#[tokio::test]
async fn the_history_is_asked_for_so_often_and_no_more() {
    let site = Site::open().await;
    let (mut page, _) = visitor(&site).await;
    let mut looks = 0;
    while page.get("/chat/lotos/messages?after=2").await.status == StatusCode::OK {
        looks += 1;
        assert!(looks < 1_000, "somebody is let in for ever");
    }
    assert!(looks >= 120, "{looks}");
    let said = page.json("/chat/lotos/messages", r#"{"id":"m2","kind":"text","text":"Вы тут?"}"#).await;
    assert_eq!(said.status, StatusCode::ACCEPTED, "whoever looked too often still writes");
}
