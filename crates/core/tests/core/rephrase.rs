//! Wordings of a model: which of them may be sent, judged by a person, line by line.

use nochnik_core::business::{Document, Settings};
use nochnik_core::rephrase::seal;

const REPLY: &str =
    "Ольга, записала вас: завтра, ср, 25 ноября, 18:30, Маникюр с гель-лаком, мастер Анна, 2 200 ₽. Всё верно?";

fn salon() -> Settings {
    let document: Document = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
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

/// «Маникюр» is sold; what only begins or ends like a name, a number or a link is no fact.
#[test]
fn a_fact_is_a_whole_word() {
    let seal = |text: &str| seal(text, &salon(), &["Оля"]).text;
    for (text, sealed) in [
        ("Оля, ждём", "[1], ждём"),
        ("Оляна, ждём", "Оляна, ждём"),
        ("ПриветОля", "ПриветОля"),
        ("в 18:30.", "в [1]."),
        ("кабинет А5", "кабинет [1]"),
        ("сайт lotos.example/a или https://a.example!", "сайт lotos.example/a или [1]!"),
        ("пишите a@b.example, www.a.example", "пишите [1], [2]"),
        ("скобки [да] наши", "скобки  да  наши"),
        ("отметка [7] чужая", "отметка [1] чужая"),
        ("Женская стрижка и Детская стрижка", "[1] и [2]"),
        ("просто слова", "просто слова"),
    ] {
        assert_eq!(seal(text), sealed, "{text}");
    }
    assert_eq!(nochnik_core::rephrase::seal("Оля", &salon(), &["", " "]).text, "Оля", "an empty name is no name");
}

/// One mark, one sentence; what a model may do with it.
#[test]
fn a_wording_adds_no_fact_of_its_own() {
    let sealed = seal("Ждём вас в 18:30, Оля.", &salon(), &["Оля"]);
    assert_eq!(sealed.text, "Ждём вас в [1], [2].");
    let open = |wording: &str| sealed.open(wording);
    assert_eq!(open("  [2], будем рады видеть вас в [1]!  ").as_deref(), Some("Оля, будем рады видеть вас в 18:30!"));
    assert_eq!(
        open("Ждём в [1].\nДо встречи, [2]!").as_deref(),
        Some("Ждём в 18:30.\nДо встречи, Оля!"),
        "lines are kept"
    );
    for (wording, why) in [
        ("[2], ждём в [1]?", "a question that was none"),
        ("[2], ждём\u{7} в [1].", "a letter that is none"),
        ("[2], ждём в [1]. Ok", "a foreign word"),
        ("[2], ждём в [1], 5", "a number"),
        ("[2], ждём в [1] у Жанны", "a name"),
        ("[2]], ждём в [1]", "a bracket too many"),
        ("][2], ждём в [1]", "a bracket before"),
        ("[2], ждём в [01]", "a mark written otherwise"),
        ("[2], ждём в [+1]", "a mark written otherwise"),
        ("[2], ждём в [0]", "no such mark"),
        ("[2], ждём в [1", "a mark cut off"),
        ("[2], ждём в [раз]", "a mark of a word"),
        ("[2], ждём завтра в [1]", "a day"),
        ("[2], ждём обязательно в [1]", "a promise"),
        ("   ", "nothing"),
    ] {
        assert_eq!(open(wording), None, "{why}: {wording}");
    }
    let longest = sealed.text.chars().count() + 80;
    let padded = |chars: usize| format!("[2], ждём в [1]{}", " и".repeat(40) + &".".repeat(chars - 15 - 80));
    assert!(open(&padded(longest)).is_some(), "eighty letters longer");
    assert!(open(&padded(longest + 1)).is_none(), "and one more");
}

#[test]
fn the_models_task_is_said_with_its_shape() {
    let (system, schema) = nochnik_core::rephrase::instruction();
    assert!(system.contains("Ничего не добавляй") && schema["required"][0] == "reply");
}
