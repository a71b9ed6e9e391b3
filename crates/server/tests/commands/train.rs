//! An owner teaches the bot from the command line: what is taught is read so, what would be worse is
//! refused, and one command goes back.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use nochnik_store::{Store, wish_models};
use serde_json::{Value, json};

/// A word of one house, which no model can know: here it asks to be called back.
const TAUGHT: &str = "киньте мне подлёт";
const EXAMPLES: [&str; 10] = [
    "киньте подлёт утром",
    "хочу подлёт",
    "можно мне подлёт?",
    "пусть марина сделает подлёт",
    "подлёт после обеда если можно",
    "подлёт на выходных бывает?",
    "давайте подлёт",
    "я бы дождалась подлёта",
    "сделайте подлёт пожалуйста",
    "добрый вечер, подлёт завтра",
];
const BOOKINGS: [&str; 4] =
    ["запишите на стрижку", "хочу записаться на завтра", "можно на маникюр в среду?", "запишите меня на субботу"];

fn nochnik(folder: &Path, arguments: &[&str], input: Stdio) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nochnik"))
        .args(arguments)
        .current_dir(folder)
        .env("NOCHNIK_DATABASE", "sqlite:night.db")
        .env("NOCHNIK_KEY_FILE", "key")
        .stdin(input)
        .output()
        .unwrap()
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = nochnik(folder, arguments, Stdio::null());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn lines(folder: &Path, name: &str, texts: &[&str], intent: &str) {
    let lines: Vec<String> =
        texts.iter().map(|text| json!({ "id": 1, "text": text, "intent": intent }).to_string()).collect();
    std::fs::write(folder.join(name), lines.join("\n")).unwrap();
}

/// The intent the business reads in [`TAUGHT`].
fn heard(folder: &Path) -> String {
    lines(folder, "message.jsonl", &[TAUGHT], "other");
    let message = std::fs::File::open(folder.join("message.jsonl")).unwrap();
    let output = nochnik(folder, &["understand", "--of", "lotos"], message.into());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    said["intent"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_taught_is_read_and_can_be_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/../../businesses/demo.toml");
    done(folder, &["business", "import", demo]);
    let untaught = heard(folder);
    assert_ne!(untaught, "callback", "the word must be unknown for the test to mean anything");

    lines(folder, "examples.jsonl", &EXAMPLES, "callback");
    lines(folder, "acceptance.jsonl", &BOOKINGS, "book");
    let told =
        done(folder, &["train", "--of", "lotos", "--examples", "examples.jsonl", "--acceptance", "acceptance.jsonl"]);
    assert!(told.contains("Опубликовано: версия 1."), "{told}");
    assert_eq!(heard(folder), "callback");

    // Bookings taught as spam: the held-out folds agree with each other, the acceptance does not.
    lines(folder, "wrong.jsonl", &BOOKINGS, "spam");
    let wrong = ["train", "--of", "lotos", "--examples", "wrong.jsonl", "--acceptance", "acceptance.jsonl"];
    let refused = nochnik(folder, &wrong, Stdio::null());
    assert!(!refused.status.success());
    let told = String::from_utf8(refused.stdout).unwrap();
    assert!(told.contains("Не опубликовано: стало бы хуже."), "{told}");
    assert_eq!(heard(folder), "callback");

    assert_eq!(done(folder, &["train", "--of", "lotos", "--rollback"]).trim(), "Действует модель из поставки");
    assert_eq!(heard(folder), untaught);
    assert!(!nochnik(folder, &["train", "--of", "lotos", "--rollback"], Stdio::null()).status.success());
}

#[tokio::test]
async fn a_model_of_another_release_does_not_stand_in_the_way_of_teaching_anew() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    done(folder, &["business", "import", concat!(env!("CARGO_MANIFEST_DIR"), "/../../businesses/demo.toml")]);
    let untaught = heard(folder);
    let store = Store::open(&format!("sqlite:{}", folder.join("night.db").display())).await.unwrap();
    store.write(|sql| wish_models::publish(sql, "lotos", b"of another release", 0)).await.unwrap();
    store.close().await;
    assert_eq!(heard(folder), untaught, "the shipped model reads");
    lines(folder, "examples.jsonl", &EXAMPLES, "callback");
    done(folder, &["train", "--of", "lotos", "--examples", "examples.jsonl"]);
    assert_eq!(heard(folder), "callback");
}
