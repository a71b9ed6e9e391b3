//! The players of stories tell right from wrong: each expectation met and unmet, bad lines refused by their
//! number, a labelled case played to the state it comes to.

use nochnik_core::business::{Document, Settings};
use nochnik_core::story::{Verdict, converse, play, read, rehearse, rehearsed};
use serde_json::{Value, json};

fn salon() -> Settings {
    let document: Document = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    let mut document = rehearsed(document);
    document.shifts.clear();
    Settings::build(document, 1).unwrap()
}

/// Thursday noon; each line of `acts` is one of the story.
fn told(acts: &[&str]) -> String {
    format!("Проба\nсейчас: чт 19 ноября 2026, 12:00\n\n{}\n", acts.join("\n"))
}

fn verdict(acts: &[&str]) -> Verdict {
    rehearse(&read(&told(acts)).unwrap(), &salon())
}

/// Asks for a manicure tomorrow at three; the bot asks whether all is right.
const ASKS: &str = "клиент: маникюр у Анны 20.11 в 15:00, Вера, 8 918 555 01 50";
/// The manicure is booked.
const BOOKED: [&str; 3] = [ASKS, "ночник: Всё верно?", "клиент: да"];
const OFFERED: [&str; 1] = ["клиент: запишите на маникюр"];
const ANGRY: [&str; 1] = ["клиент: маникюр ужасный, верните деньги!"];

/// What stands instead of what the line expects; empty when it holds.
fn instead(before: &[&str], line: &str) -> String {
    let acts: Vec<&str> = before.iter().copied().chain([line]).collect();
    let verdict = verdict(&acts);
    assert_eq!(verdict.broken, None, "{line}");
    verdict.failures().next().map_or_else(String::new, |failed| {
        assert_eq!((failed.text.as_str(), failed.number), (line, 3 + acts.len()), "{line}");
        failed.instead.clone().unwrap().replace('\u{a0}', " ")
    })
}

/// Every kind of expectation: an act before it, a line that holds, one that does not, and what is told instead.
#[test]
fn each_expectation_is_met_or_says_what_is_there() {
    let asks = [ASKS];
    let cases: &[(&[&str], &str, &str, &str)] = &[
        (&BOOKED, "ночник: Записал вас … Анна", "ночник: Анна … Записал вас", "Записал вас"),
        (&BOOKED, "ночник: записал ВАС", "ночник: Отменил", "Записал вас"),
        (&BOOKED, "не говорит: скидка", "не говорит: Записал … Анна", "Записал вас"),
        (&["менеджер Марина: Ждём!"], "ночник: (молчит)", "ночник: Ждём", "(молчит)"),
        (&asks, "кнопка: да, всё верно", "кнопка: Нет", "Да, всё верно; Изменить"),
        (&BOOKED, "не говорит: кнопка", "кнопка: Да", "кнопок нет"),
        (&OFFERED, "окна: 3", "окна: 2", "сегодня 13:00"),
        (&asks, "окна: нет", "окна: 1", "окон нет"),
        (&OFFERED, "окно: Сегодня 13:00", "окно: сегодня 13:30", "сегодня 13:00"),
        (&asks, "бронь: пт 20.11 15:00 Маникюр, Анна", "бронь: пт 20.11 15:30", "бронь: пт 20.11 15:00 Маникюр"),
        (&asks, "бронь: есть", "бронь: нет", "бронь: пт 20.11 15:00"),
        (&asks, "запись: нет", "запись: есть", "бронь: пт 20.11 15:00"),
        (&BOOKED, "запись: пт 20.11 15:00 Маникюр, Анна", "запись: пт 20.11 15:00 Мария", "запись: пт 20.11 15:00"),
        (&BOOKED, "отмена: нет", "отмена: пт 20.11 15:00", "запись: пт 20.11 15:00"),
        (&["клиент: здравствуйте"], "запись: нет", "запись: есть", "записей нет"),
        (&ANGRY, "дежурному: жалоба", "дежурному: спам", "Марина, дежурный (12:00): "),
        (&ANGRY, "старшему: ничего", "старшему: жалоба", "Марина, дежурный"),
        (&ANGRY, "владельцу: ничего", "дежурному: ничего", "Марина, дежурный"),
        (&["клиент: здравствуйте"], "никого не будим", "дежурному: жалоба", "никого не звали"),
        (&["клиент: здравствуйте"], "дежурному: ничего", "владельцу: жалоба", "никого не звали"),
        (&ANGRY, "ведёт: бот", "никого не будим", "Марина, дежурный"),
        (&BOOKED, "лид: горячий, записан", "лид: горячий, потерян", "горячий; записан"),
        (&ANGRY, "лид: нет", "лид: тёплый", "лида нет"),
        (&BOOKED, "лид: записан", "лид: нет", "горячий; записан"),
        (&asks, "контакт: Вера, +7 918 555-01-50", "контакт: Оля", "Вера; +7 918 555-01-50"),
        (&ANGRY, "контакт: нет", "контакт: Вера", "контакта нет"),
        (&ANGRY, "дело: открыто, жалоба", "дело: закрыто", "открыто; жалоба"),
        (&BOOKED, "дело: закрыто", "дело: нет", "закрыто; горячий лид"),
        (&["клиент: здравствуйте"], "дело: нет", "дело: открыто", "дела нет"),
        (&["менеджер Марина: Ждём!"], "ведёт: марина", "ведёт: бот", "Марина"),
        (&["клиент: здравствуйте"], "ведёт: бот", "ведёт: Марина", "бот"),
    ];
    for (before, holds, fails, there) in cases {
        assert_eq!(instead(before, holds), "", "{holds}");
        let told = instead(before, fails);
        assert!(!told.is_empty() && told.contains(there), "{fails}: {told}");
    }
}

#[test]
fn who_was_called_is_told_by_role() {
    let climbs = ["клиент: маникюр ужасный, верните деньги!", "… прошло 16 мин"];
    assert_eq!(instead(&climbs, "старшему: Дежурный не ответил … жалоба"), "");
    assert_eq!(instead(&climbs, "владельцу: жалоба"), "");
    let told = instead(&climbs, "никого не будим");
    assert!(told.contains("Олег, старший (12:10)") && told.contains("Роза, владелец (12:15)"), "{told}");
    let taken = [ANGRY[0], "Марина жмёт «Беру»"];
    assert_eq!(instead(&taken, "дело: взято Марина"), "");
    let parked = [ANGRY[0], "Марина жмёт «Утром»"];
    assert_eq!(instead(&parked, "дело: до утра"), "");
    let cancelled = [BOOKED[0], BOOKED[1], BOOKED[2], "ночник: Записал", "клиент: отмените запись"];
    assert_eq!(instead(&cancelled, "отмена: пт 20.11 15:00"), "");
    assert_eq!(instead(&cancelled, "запись: нет"), "");
    assert_eq!(instead(&BOOKED, "лид: горячий"), "");
    let begun = [BOOKED[0], BOOKED[1], BOOKED[2], "… прошло 27 ч"];
    assert_eq!(instead(&begun, "запись: нет"), "", "it has begun");
    let ahead = [BOOKED[0], BOOKED[1], BOOKED[2], "… прошло 26 ч 59 мин"];
    assert_eq!(instead(&ahead, "запись: есть"), "", "it begins in a minute");
}

/// What a person reads of an act.
#[test]
fn what_came_of_an_act_is_shown_in_order() {
    let verdict = verdict(&BOOKED);
    let seen: Vec<String> = verdict.scenes.iter().flat_map(|scene| scene.seen.clone()).collect();
    let has = |start: &str| seen.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!((has("ночник (12:00): "), has("→ Марина, дежурный (12:00): ")), (2, 1), "{seen:?}");
    assert_eq!((has("* бронь: пт 20.11 15:00"), has("* запись: пт 20.11 15:00")), (1, 1), "{seen:?}");
    assert_eq!((has("* лид: горячий, с контактом"), has("* лид: горячий, записан"), has("* ведёт")), (1, 1, 0));
    assert!(!seen.iter().any(|line| line.contains("\n\n")), "no empty lines");
    assert!(seen[0].ends_with("[Да, всё верно] [Изменить]"));
    assert!(seen.iter().any(|line| line.contains(" | Телефон: +7 918 555-01-50 | ")), "a lock screen's part, {seen:?}");
    assert!(!seen.iter().any(|line| line.contains("Ответьте на это сообщение")), "and no more of it");

    let led =
        rehearse(&read(&told(&["клиент: здравствуйте", "ночник: Чем", "менеджер Марина: Ждём!"])).unwrap(), &salon());
    let last = &led.scenes.last().unwrap().seen;
    assert_eq!(last[..], ["Марина (12:00): Ждём!", "* ведёт: Марина"]);
}

#[test]
fn a_story_passes_when_all_it_expects_came_and_it_expects_something() {
    let fault = |acts: &[&str]| verdict(acts).fault();
    assert_eq!(fault(&[ASKS, "бронь: есть"]), None);
    assert!(verdict(&[ASKS, "бронь: есть"]).is_passed());
    assert_eq!(fault(&[ASKS]).as_deref(), Some("сценарий ничего не проверяет"));
    let unmet = fault(&[ASKS, "бронь: есть", "бронь: нет"]).unwrap();
    assert!(unmet.starts_with("строка 6: ожидали «бронь: нет», а вышло: бронь: пт 20.11 15:00"), "{unmet}");
    assert!(!verdict(&[ASKS, "бронь: нет"]).is_passed());
    let broken = verdict(&[ASKS, "бронь: есть", "клиент: [кнопка] Нет такой"]);
    assert!(!broken.is_passed());
    assert!(broken.fault().unwrap().starts_with("строка 6: кнопки «Нет такой» клиент не видел, видел: Да, всё верно"));
    assert_eq!(verdict(&[ASKS, "бронь: есть", "# заметка", "бронь: есть"]).fault(), None, "a remark adds to what was");
    let remarks = verdict(&[ASKS, "# заметка", ""]);
    assert_eq!(remarks.scenes.len(), 2, "an empty line is no scene");
    assert!(remarks.scenes[1].seen.is_empty() && remarks.scenes[1].lines == ["# заметка"]);
}

/// A line that is no act and no expectation, and what is said of it.
#[test]
fn a_bad_line_is_refused_by_its_number() {
    for (line, told) in [
        ("попугай: карр", "непонятно: «попугай: карр»"),
        ("Марина жмёт «Беру", "непонятно"),
        ("… прошло скоро", "не похоже на «2 ч 15 мин»"),
        ("… прошло 2 дня", "не похоже"),
        ("… прошло 2", "не похоже"),
        ("клиент: [песня] ля", "не знаю, что такое [песня]"),
        ("клиент: [свой номер] 123", "«123» — не номер"),
        ("модель: нет", "expected"),
        ("занято: Анна, сб 21 ноября", "не похоже на «Анна, сб 21 ноября, 18:30–19:30»"),
        ("освободилось: Анна, 21 ноября, 18:30–19:30", "не похоже"),
        ("одновременно занято: Анна, сб 21 ноябрь, 18:30–19:30", "не похоже"),
        ("в другом чате: Анна", "не похоже"),
        ("Марина отмечает: опоздал", "отметить можно «пришёл» или «не пришёл», а не «опоздал»"),
        ("запись: сб 20.11 15:00", "не похоже на «сб 21.11 18:30 Маникюр, Анна»"),
        ("запись: пт 20.11", "не похоже"),
        ("запись: пт 20.11 25:00", "не похоже"),
        ("окна: два", "«два» — не число окон"),
        ("кнопка:", "после «кнопка:» ничего не сказано"),
    ] {
        let error = read(&told_with(line)).unwrap_err();
        assert_eq!(error.line, 5, "{line}");
        assert!(error.text.contains(told), "{line}: {}", error.text);
        assert!(error.to_string().starts_with("строка 5: "), "{error}");
    }
    let early = read("Проба\nсейчас: чт 19 ноября 2026, 12:00\nночник: рано\n").unwrap_err();
    assert_eq!((early.line, early.text.as_str()), (3, "ожидание стоит до первого действия"));
    for head in [
        "",
        "чт 19 ноября 2026, 12:00",
        "сейчас: пт 19 ноября 2026, 12:00",
        "сейчас: чт 19 ноября, 12:00",
        "сейчас: чт 19 ноября 2026",
    ] {
        assert_eq!(read(&format!("Проба\n{head}\n")).unwrap_err().line, 2, "{head}");
    }
}

fn told_with(line: &str) -> String {
    told(&["клиент: здравствуйте", line])
}

/// What the story asks for is not there.
#[test]
fn what_cannot_be_played_is_told() {
    for (line, told) in [
        ("Марина жмёт «Беру»", "Марина не видит кнопки «Беру»"),
        ("Жанна жмёт «Беру»", "в документе нет человека по имени Жанна"),
        ("менеджер Жанна: ау", "в документе нет человека по имени Жанна"),
        ("занято: Жанна, сб 21 ноября, 18:30–19:30", "в документе нет мастера по имени Жанна"),
        ("освободилось: Анна, сб 21 ноября, 18:30–19:30", "это время не было занято"),
        ("модель: {}", "модель ни о чём не спрашивали"),
        ("Марина отмечает: пришёл", "ни один визит ещё не начался"),
    ] {
        let broken = verdict(&["клиент: здравствуйте", line]).broken.unwrap();
        assert_eq!((broken.line, broken.text.as_str()), (5, told), "{line}");
    }
    let begun = [BOOKED[0], BOOKED[1], BOOKED[2], "… прошло 27 ч", "Марина отмечает: пришёл"];
    assert_eq!(verdict(&begun).broken, None, "it begins that minute");
    let ahead = [BOOKED[0], BOOKED[1], BOOKED[2], "… прошло 26 ч 59 мин", "Марина отмечает: пришёл"];
    assert!(verdict(&ahead).broken.is_some());
}

/// Only what people would see of a story is written down, unless it is told in detail.
#[test]
fn a_transcript_keeps_expectations_and_drops_old_words() {
    let text = told(&["клиент: [голосовое]", "ночник: старые слова", "никого не будим", "… прошло 3 с"]);
    let played = play(&read(&text).unwrap(), &salon()).unwrap();
    assert!(!played.contains("старые слова") && played.contains("понимаю только текст"), "{played}");
    assert!(played.contains("\nникого не будим\n"));
    assert!(!played.contains("будильник"));
    let head = "Проба\nсалон: lotos    сейчас: чт 19 ноября 2026, 12:00    подробно\n\nклиент: [фото]\n";
    let story = read(head).unwrap();
    assert!(story.is_detailed);
    let played = play(&story, &salon()).unwrap();
    assert!(played.starts_with(head) && played.contains("будильник: чт, 19 ноября, 12:02, звать дальше"), "{played}");
    for kind in ["[стикер]", "[свой номер] +79185550150", "[пришёл по ссылке] vesna"] {
        let played = play(&read(&told(&[&format!("клиент: {kind}")])).unwrap(), &salon()).unwrap();
        assert!(played.contains("ночник:  Здравствуйте!"), "{kind}");
    }
}

/// A labelled case, turn by turn.
fn turns(known: Value, texts: &[&str]) -> Vec<Value> {
    let turns: Vec<Value> = texts.iter().map(|text| json!({ "client": text })).collect();
    let mut case = json!({ "id": 7, "now": "2026-11-19T12:00:00+03:00", "turns": turns });
    if !known.is_null() {
        case["known"] = known;
    }
    let played = converse(&salon(), &case.to_string()).unwrap();
    assert_eq!(played["id"], json!(7));
    played["turns"].as_array().unwrap().clone()
}

fn known(when: &str, question: Value) -> Value {
    json!({ "name": "Вера", "phone": "+79185550150", "services": ["manicure"], "staff": "anna",
            "when": { "from": when }, "last_bot_question": question })
}

#[test]
fn a_labelled_case_comes_to_its_states() {
    let states = |known: Value, texts: &[&str]| -> Vec<String> {
        turns(known, texts).iter().map(|turn| turn["state"].as_str().unwrap().to_owned()).collect()
    };
    let all = ["маникюр у Анны 20.11 в 15:00", "Вера", "8 918 555 01 50", "да", "отмените запись"];
    let expected = ["collecting", "collecting", "awaiting_confirm", "booked", "cancelled"];
    assert_eq!(states(Value::Null, &all), expected);
    assert_eq!(states(Value::Null, &["маникюр ужасный, верните деньги!"]), ["escalated"]);
    assert_eq!(states(Value::Null, &["позовите администратора"]), ["handed_off"]);
    assert_eq!(states(Value::Null, &["здравствуйте", "мой номер 8 918 555 01 50"]), ["closed", "qualified"]);
    assert_eq!(states(Value::Null, &["сколько стоит маникюр?"]), ["collecting"], "a lead without a wish yet");
    assert_eq!(states(Value::Null, &["Продаём базы клиентов дёшево, подписывайтесь на наш канал"]), ["closed"]);
    let visit = known("2026-11-20T15:00:00", Value::Null);
    assert_eq!(states(visit.clone(), &["я опаздываю на 10 минут"]), ["handed_off"]);
    assert_eq!(states(visit.clone(), &["спасибо"]), ["booked"]);
    assert_eq!(states(visit.clone(), &["перенесите на 21.11 в 15:00"]), ["awaiting_confirm"]);
    assert_eq!(states(visit.clone(), &["перенесите запись"]), ["collecting"]);
    assert_eq!(
        states(Value::Null, &["маникюр и брови завтра в 15:00, Вера, 8 918 555 01 50", "да"]),
        ["awaiting_confirm", "booked"]
    );
    let reminded = known("2026-11-20T15:00:00", json!("reminder"));
    assert!(turns(reminded, &["да"])[0]["reply"].as_str().unwrap().contains("ждём вас"));
    let rated = known("2026-11-18T15:00:00", json!("csat"));
    assert!(turns(rated, &["5"])[0]["reply"].as_str().unwrap().contains("Спасибо за оценку"));
}

#[test]
fn a_labelled_case_keeps_what_was_collected() {
    let first = &turns(Value::Null, &["маникюр у Анны 20.11 в 15:00, Вера, 8 918 555 01 50"])[0];
    let got = &first["collected"];
    assert_eq!((&got["name"], &got["phone"]), (&json!("Вера"), &json!("+79185550150")));
    assert_eq!(
        (&got["services"], &got["staff"], &got["late_min"]),
        (&json!(["manicure"]), &json!("anna"), &Value::Null)
    );
    assert!(got["when"].to_string().contains("2026-11-20") && got["when_old"].is_null(), "{got}");
    assert_eq!((&first["hot"], &first["intent"]), (&json!(true), &json!("book")));
    let visit = known("2026-11-20T15:00:00", Value::Null);
    let booked = &turns(visit.clone(), &["спасибо"])[0]["collected"];
    assert_eq!((&booked["services"], &booked["staff"]), (&json!(["manicure"]), &json!("anna")));
    assert!(booked["when"].to_string().contains("15:00"), "{booked}");
    let moved = &turns(visit.clone(), &["перенесите на 21.11 в 16:00"])[0]["collected"];
    assert!(
        moved["when"].to_string().contains("2026-11-21") && moved["when_old"].to_string().contains("2026-11-20"),
        "{moved}"
    );
    let late = &turns(visit.clone(), &["я опаздываю на 10 минут", "спасибо"])[1]["collected"];
    assert_eq!(late["late_min"], json!(10));
    let other = &turns(visit, &["запишите ещё на педикюр к Марии 21.11 в 15:00"])[0]["collected"];
    assert_eq!(other["services"], json!(["pedicure"]));
    assert_eq!(other["staff"], Value::Null, "Maria does no pedicures: the wish is anybody's");
    let silent = &turns(Value::Null, &["Продаём базы клиентов дёшево, подписывайтесь на наш канал"])[0];
    assert_eq!((&silent["reply"], &silent["hot"]), (&Value::Null, &json!(false)));
    assert!(converse(&salon(), "{}").is_err() && converse(&salon(), "нет").is_err());
}

/// A yes that brings something where nothing stands open to be agreed to is what it brings.
#[test]
fn a_labelled_yes_is_what_it_brings() {
    const OFFERED: &str = "запишите на маникюр к Анне";
    const SUMMARY: &str = "маникюр у Анны 20.11 в 15:00, Вера, 8 918 555 01 50";
    for (before, text, intent) in [
        (SUMMARY, "да", "confirm"),
        (SUMMARY, "да, 8 909 444 55 66", "confirm"),
        (OFFERED, "да", "confirm"),
        (OFFERED, "давайте первое", "confirm"),
        (OFFERED, "да, давайте в пятницу в 17", "inform"),
        ("здравствуйте", "да, Вера", "inform"),
        ("здравствуйте", "да, 8 909 444 55 66", "inform"),
        ("здравствуйте", "да", "confirm"),
    ] {
        let played = turns(Value::Null, &[before, text]);
        assert_eq!(played[1]["intent"], json!(intent), "{before} — {text}");
    }
}
