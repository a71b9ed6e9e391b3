//! What changed between two versions of a document, in plain words for its owner.

use std::collections::BTreeMap;

use nochnik_core::business::{Document, Service, Specialist, WEEKDAYS, Week};
use nochnik_core::values::Money;
use nochnik_core::wall;
use serde_json::Value;

use crate::hours_text;

/// Days of a week as people read them; order is that of [`WEEKDAYS`].
pub const DAY_NAMES: [&str; 7] = ["понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"];

/// The same as they stand in a row.
pub const DAYS_SHORT: [&str; 7] = ["пн", "вт", "ср", "чт", "пт", "сб", "вс"];

/// Parts of a document that are told by their name alone: keys of the document and words.
const PARTS: [(&str, &str); 27] = [
    ("name", "название"),
    ("city", "город"),
    ("timezone", "часовой пояс"),
    ("address", "адрес"),
    ("phone", "телефон"),
    ("special_days", "особые дни"),
    ("holidays", "праздники"),
    ("resources", "места и аппараты"),
    ("people", "кого звать ночью"),
    ("shifts", "смены дежурных"),
    ("policy", "правила ответов и записи"),
    ("care", "напоминания и оценки"),
    ("reports", "отчёты владельцу"),
    ("retention", "сроки хранения"),
    ("access", "вход в кабинет"),
    ("questions", "вопросы клиенту"),
    ("escalation", "порядок вызова"),
    ("replies", "заготовки ответов"),
    ("channels", "каналы"),
    ("means", "способы позвать сотрудника"),
    ("crm", "CRM"),
    ("model", "языковая модель"),
    ("speech", "распознавание голоса"),
    ("calendars", "календари"),
    ("subscribers", "вебхуки"),
    ("privacy", "персональные данные"),
    ("phrases", "свои тексты"),
];

/// Sentences without a full stop, most telling first; empty when nothing a person cares for has changed.
pub fn words(before: &Document, after: &Document) -> Vec<String> {
    let mut told = Vec::new();
    by_id(&mut told, "услуга", &before.services, &after.services, |service| (&service.id, &service.name), service);
    by_id(
        &mut told,
        "мастер",
        &before.specialists,
        &after.specialists,
        |one| (&one.id, &one.name),
        |was, now| specialist(was, now, after),
    );
    told.extend(week("часы работы", &before.hours, &after.hours));
    told.extend(answers(&before.faq, &after.faq));
    told.extend(parts(before, after));
    told
}

/// Entries that came, went, or differ in what `differences` tells.
fn by_id<'a, T>(
    told: &mut Vec<String>,
    word: &str,
    before: &'a [T],
    after: &'a [T],
    names: impl Fn(&'a T) -> (&'a str, &'a str),
    differences: impl Fn(&'a T, &'a T) -> Vec<String>,
) {
    let was: BTreeMap<&str, &T> = before.iter().map(|one| (names(one).0, one)).collect();
    let now: BTreeMap<&str, &T> = after.iter().map(|one| (names(one).0, one)).collect();
    for one in after {
        let (id, name) = names(one);
        match was.get(id) {
            None => told.push(format!("Добавлено: {word} «{name}»")),
            Some(old) => {
                let found = differences(old, one);
                if !found.is_empty() {
                    told.push(format!("«{name}»: {}", found.join(", ")));
                }
            }
        }
    }
    let gone = before.iter().map(&names).filter(|(id, _)| !now.contains_key(id));
    told.extend(gone.map(|(_, name)| format!("Убрано: {word} «{name}»")));
}

pub fn service(was: &Service, now: &Service) -> Vec<String> {
    let mut found = Vec::new();
    if was.name != now.name {
        found.push(format!("раньше называлась «{}»", was.name));
    }
    if (was.price, was.price_from) != (now.price, now.price_from) {
        found.push(format!("цена {} → {}", price(was), price(now)));
    }
    if was.duration_min != now.duration_min {
        found.push(format!("длительность {} → {} мин", was.duration_min, now.duration_min));
    }
    if was.buffer_min != now.buffer_min {
        found.push(format!("перерыв после {} → {} мин", was.buffer_min, now.buffer_min));
    }
    if was.capacity != now.capacity {
        found.push(format!("мест {} → {}", was.capacity, now.capacity));
    }
    if was.synonyms != now.synonyms {
        found.push("как её называют клиенты".to_owned());
    }
    let rest = |service: &Service| (service.gap, service.buffer_before_min, service.resource.clone());
    if rest(was) != rest(now) || json(&was.starts) != json(&now.starts) {
        found.push("подробности времени".to_owned());
    }
    found
}

/// «от 1 500 ₽».
pub fn price(service: &Service) -> String {
    let from = if service.price_from { "от " } else { "" };
    format!("{from}{}", Money::from_rub(service.price))
}

pub fn specialist(was: &Specialist, now: &Specialist, after: &Document) -> Vec<String> {
    let mut found = Vec::new();
    if was.name != now.name {
        found.push(format!("раньше «{}»", was.name));
    }
    let name = |id: &String| after.services.iter().find(|service| &service.id == id).map(|service| &*service.name);
    let known = |ids: &[String], others: &[String]| -> Vec<String> {
        let missing = ids.iter().filter(|id| !others.contains(id));
        missing.filter_map(|id| Some(format!("«{}»", name(id)?))).collect()
    };
    let (more, less) = (known(&now.services, &was.services), known(&was.services, &now.services));
    if !more.is_empty() {
        found.push(format!("теперь делает {}", more.join(", ")));
    }
    if !less.is_empty() {
        found.push(format!("больше не делает {}", less.join(", ")));
    }
    if was.hours != now.hours || json(&was.shifts) != json(&now.shifts) {
        found.push("своё время работы".to_owned());
    }
    if json(&was.days_off) != json(&now.days_off) {
        found.push("отпуск и больничные".to_owned());
    }
    if was.role != now.role || was.aliases != now.aliases {
        found.push("должность и имена".to_owned());
    }
    found
}

fn week(word: &str, was: &Week, now: &Week) -> Option<String> {
    let of = |week: &Week, key: &str| {
        week.named_days().find(|(day, _)| *day == key).map_or_else(Vec::new, |(_, hours)| hours.to_vec())
    };
    let differs: Vec<String> = WEEKDAYS
        .iter()
        .zip(DAY_NAMES)
        .filter_map(|(key, name)| {
            let (was, now) = (of(was, key), of(now, key));
            (was != now).then(|| format!("{name} {} → {}", hours_text::text(&was), hours_text::text(&now)))
        })
        .collect();
    (!differs.is_empty()).then(|| format!("Изменены {word}: {}", differs.join("; ")))
}

fn answers(was: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Option<String> {
    let differs = was.keys().chain(now.keys()).filter(|topic| was.get(*topic) != now.get(*topic));
    let count = differs.collect::<std::collections::BTreeSet<_>>().len();
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    (count > 0).then(|| format!("Ответы на вопросы: {}", wall::count(count, "изменён", "изменены", "изменены")))
}

/// Parts whose content is not told: secrets and people's numbers stand there.
fn parts(before: &Document, after: &Document) -> Option<String> {
    let (was, now) = (json(before), json(after));
    let differs: Vec<&str> =
        PARTS.iter().filter(|(key, _)| was.get(*key) != now.get(*key)).map(|(_, word)| *word).collect();
    (!differs.is_empty()).then(|| format!("Изменено: {}", differs.join(", ")))
}

fn json<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = r#"
id = "salon"
type = "beauty_salon"
name = "Салон"
phone = "+7 918 555-00-00"
[hours]
mon = ["10:00", "20:00"]
tue = ["10:00", "20:00"]
[faq]
parking = "Есть"
[[services]]
id = "cut"
name = "Стрижка"
price = 1000
duration_min = 60
[[services]]
id = "beard"
name = "Борода"
price = 800
duration_min = 30
[[staff]]
id = "anna"
name = "Анна"
services = ["cut"]
"#;

    fn told(change: impl Fn(String) -> String) -> Vec<String> {
        let read = |text: &str| -> Document { toml::from_str(text).unwrap() };
        words(&read(BEFORE), &read(&change(BEFORE.to_owned())))
    }

    #[test]
    fn a_change_is_told_as_its_owner_would() {
        assert_eq!(told(|text| text), Vec::<String>::new());
        assert_eq!(
            told(|text| text.replace("price = 1000", "price = 1200\nprice_from = true")),
            ["«Стрижка»: цена 1\u{a0}000\u{a0}₽ → от 1\u{a0}200\u{a0}₽"]
        );
        assert_eq!(
            told(|text| text.replace("[[services]]\nid = \"beard\"", "[[services]]\nid = \"shave\"")),
            ["Добавлено: услуга «Борода»", "Убрано: услуга «Борода»"]
        );
        assert_eq!(
            told(|text| text.replace("services = [\"cut\"]", "services = [\"beard\"]")),
            ["«Анна»: теперь делает «Борода», больше не делает «Стрижка»"]
        );
        assert_eq!(
            told(|text| text.replace("tue = [\"10:00\", \"20:00\"]", "wed = [\"12:00\", \"18:00\"]")),
            ["Изменены часы работы: вторник 10:00–20:00 → выходной; среда выходной → 12:00–18:00"]
        );
        assert_eq!(told(|text| text.replace("Есть", "Нет")), ["Ответы на вопросы: 1\u{a0}изменён"]);
        assert_eq!(told(|text| text.replace("555-00-00", "555-00-01")), ["Изменено: телефон"]);
    }

    #[test]
    fn no_number_and_no_secret_is_told() {
        let told = told(|text| {
            text.replace("555-00-00", "555-00-01")
                + "\n[[channels]]\nkind = \"telegram\"\ntoken = \"7123456789:AAsecret\"\n"
        });
        assert_eq!(told, ["Изменено: телефон, каналы"]);
    }
}
