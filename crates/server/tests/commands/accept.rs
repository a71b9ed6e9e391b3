//! `nochnik accept` and `nochnik talk --at` as they are run: what they print, write and exit with.

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

fn nochnik(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nochnik"));
    command.args(arguments);
    command
}

/// What was printed, with plain spaces for the unbreakable ones.
fn told(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap().replace('\u{a0}', " ")
}

#[test]
fn all_that_is_shipped_is_accepted_and_the_reports_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let (junit, html) = (folder.path().join("junit.xml"), folder.path().join("protocol.html"));
    let output = nochnik(&["accept"]).arg("--junit").arg(&junit).arg("--html").arg(&html).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    assert!(told(&output).contains("Прошли 120 из 120 сценариев"), "{}", told(&output));
    let junit = fs::read_to_string(junit).unwrap();
    assert!(junit.contains("tests=\"120\" failures=\"0\""));
    assert_eq!(junit.matches("<testcase ").count(), 120);
    let html = fs::read_to_string(html).unwrap();
    assert!(html.contains("Протокол приёмки") && html.contains("Подписи"));
    assert!(!html.contains("<script") && !html.contains("src="), "the page stands alone");
}

#[test]
fn a_story_that_does_not_hold_fails_the_run_and_names_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let story = "Цена\nсейчас: пт 20 ноября 2026, 23:40\n\nклиент: сколько стоит УЗИ?\nночник: 1 ₽ ровно\n";
    fs::write(folder.path().join("01-price.txt"), story).unwrap();
    let output = nochnik(&["accept", "--preset", "clinic", "--stories"]).arg(folder.path()).output().unwrap();
    assert!(!output.status.success());
    let told = told(&output);
    assert!(told.contains("не прошёл 01-price.txt «Цена»: строка 5") && told.contains("1 900 ₽"), "{told}");
    assert!(told.contains("Прошли 0 из 1 сценария"), "{told}");
}

#[test]
fn two_runs_of_one_story_tell_the_same() {
    let played = || told(&nochnik(&["accept", "--preset", "barbershop"]).output().unwrap());
    assert_eq!(played(), played());
}

#[test]
fn a_talk_begins_at_the_moment_that_was_named() {
    let mut talk = nochnik(&["talk", "--preset", "beauty_salon", "--at", "2026-12-31 23:40"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    talk.stdin.take().unwrap().write_all("педикюр завтра\nМарина жмёт «Беру»\n".as_bytes()).unwrap();
    let told = told(&talk.wait_with_output().unwrap());
    assert!(told.contains("чт, 31 декабря, 23:40"), "{told}");
    assert!(told.contains("выходной") && told.contains("вс 03.01"), "{told}");
}

#[test]
fn a_server_keeps_its_own_time() {
    let output = nochnik(&["talk", "--at", "2026-12-31 23:40"]).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("--preset"));
}

#[test]
fn a_preset_is_printed_as_a_document_that_can_be_read_again() {
    let output = nochnik(&["business", "preset", "tutoring"]).output().unwrap();
    let document: nochnik_core::business::Document = toml::from_str(&told(&output)).unwrap();
    assert_eq!(document.kind, "tutoring");
}
