//! Wordings of a model: which of them may be sent, judged by a person, line by line.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use nochnik_core::business::{Document, Settings};
use nochnik_core::rephrase::seal;

const REPLY: &str =
    "Ольга, записала вас: завтра, ср, 25 ноября, 18:30, Маникюр с гель-лаком, мастер Анна, 2 200 ₽. Всё верно?";

fn salon() -> Settings {
    let document: Document = toml::from_str(include_str!("../../../businesses/demo.toml")).unwrap();
    Settings::build(document, 1).unwrap()
}

#[test]
fn facts_go_out_behind_marks() {
    let sealed = seal(REPLY, &salon(), &["Ольга"]);
    assert_eq!(sealed.text, "[1], записала вас: завтра, ср, [2] ноября, [3], [4], мастер [5], [6] [7] ₽. Всё верно?");
    for secret in ["Ольга", "25", "18:30", "Маникюр", "Анна", "2 200"] {
        assert!(!sealed.text.contains(secret), "{secret}");
    }
}

#[test]
fn only_a_faithful_wording_is_sent() {
    let sealed = seal(REPLY, &salon(), &["Ольга"]);
    let faithful = "[1], смотрите: завтра, ср, [2] ноября, [3] — [4], мастер [5], [6] [7] ₽. Верно?";
    let expected = "Ольга, смотрите: завтра, ср, 25 ноября, 18:30 — Маникюр с гель-лаком, мастер Анна, 2 200 ₽. Верно?";
    assert_eq!(sealed.open(faithful).as_deref(), Some(expected));
    for (wording, why) in [
        ("[1], завтра, ср, [2] ноября, [3] — [4], мастер [5], [6] ₽. Верно?", "a mark is lost"),
        ("[1], [1], завтра, ср, [2] ноября, [3] — [4], мастер [5], [6] [7] ₽. Верно?", "a mark is doubled"),
        ("[1], завтра, ср, [2] ноября, [3] — [4], мастер [5], [6] [7] [8] ₽. Верно?", "a mark is invented"),
        ("[1], завтра, ср, [2] ноября, [3] — [4], мастер [5], [6] [7] ₽ и скидка 10 %. Верно?", "a number"),
        ("[1], завтра, ср, [2] ноября, [3] — [4], мастер [5], [6] [7] ₽, со скидкой. Верно?", "a promise"),
        ("[1], в четверг, ср, [2] ноября, [3] — [4], мастер [5], [6] [7] ₽. Верно?", "another day"),
        ("[1], завтра, ср, [2] декабря, [3] — [4], мастер [5], [6] [7] ₽. Верно?", "another month"),
        ("[1], завтра, ср, [2] ноября, [3] — [4], мастер [5] или Жанна, [6] [7] ₽. Верно?", "another name"),
        ("[1], завтра, ср, [2] ноября, [3] — [4], мастер [5], [6] [7] ₽. Подробнее на evil.example. Верно?", "a link"),
        ("[1], завтра, ср, [2] ноября, [3] — [4], мастер [5], [6] [7] ₽. Гарантируем результат! Верно?", "a guarantee"),
        ("[1], завтра, ср, [2] ноября, [3] — [4], мастер [5], [6] [7] ₽. Ждём!", "the question is gone"),
        ("[1], завтра, ср, [2] ноября, в семь — [3] [4], мастер [5], [6] [7] ₽. Верно?", "an hour in words"),
        ("", "nothing"),
        ("Конечно! Вот переписанный ответ:", "chatter"),
    ] {
        assert_eq!(sealed.open(wording), None, "{why}: {wording}");
    }
}
