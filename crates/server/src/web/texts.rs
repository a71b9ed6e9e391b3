//! «Тексты бота»: what clients hear, in the owner's own words, with a look at it before it is said.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use maud::{Markup, html};
use nochnik_adapters::channels;
use nochnik_core::business::{Document, lint_phrase};
use nochnik_core::phrases::{self, Phrase};
use serde::Deserialize;

use super::look::{empty, icon};
use super::meanwhile::{alone, caught_up};
use super::settings::{Filled, follow, frame, heading, heading_under, problems, save_read, seen_input};
use super::viewer::Viewer;
use super::{Shared, Trouble, words};
use crate::document_change::{Deed, Objection};

const PATH: &str = "/console/settings/texts";
const TEXT: &str = "text";
/// The button that brings the book's own wording back.
const ORIGINAL: &str = "original";
/// Longest own wording, in characters. Source: the check of a document.
const TEXT_CHARS_MAX: usize = 1_000;
/// Characters of an SMS of several parts in Cyrillic; one alone has three more.
const SMS_PART_CHARS: usize = 67;
const SMS_CHARS: usize = 70;

/// What stands in braces: the name, what it is, and one to look at.
const ARGUMENTS: [(&str, &str, &str); 37] = [
    ("address", "адрес", "ул. Примерная, 24"),
    ("before", "прежний мастер", "Мария"),
    ("business", "название", "Салон «Лотос»"),
    ("contact", "имя и телефон", "Ольга, +7 918 ***-**-31"),
    ("count", "сколько", "3 записи"),
    ("day", "день", "воскресенье, 29 ноября"),
    ("days", "дни", "ср, 2 декабря, и ср, 9 декабря"),
    ("duration", "длительность", "1 ч 30 мин"),
    ("hour", "час", "12:20"),
    ("hours", "часы работы", "с 10:00 до 20:00"),
    ("known", "что уже известно", "ср, 25 ноября, 11:00, Анна"),
    ("lines", "строки прайса", "Маникюр — 1 500 ₽"),
    ("link", "ссылка", "https://example.ru/visit"),
    ("minutes", "сколько минут", "10 минут"),
    ("more", "сколько ещё услуг", "7 услуг"),
    ("moment", "день и время", "ср, 25 ноября, 18:30"),
    ("moments", "дни и время записей", "ср, 25 ноября, 18:30; сб, 28 ноября, 11:00"),
    ("name", "имя клиента", "Ольга"),
    ("number", "номер", "1"),
    ("offers", "свободные окна", "1. ср, 25 ноября, 18:30 — Анна"),
    ("operator", "кто обрабатывает данные", "ИП Лотосова Роза Андреевна"),
    ("people", "кто работает", "Анна и Мария"),
    ("person", "сотрудник", "Марина"),
    ("phone", "телефон", "+7 918 555-12-31"),
    ("price", "цена", "1 500 ₽"),
    ("role", "кто принимает: мастер, врач, тренер", "мастер"),
    ("role_gen", "он же: мастера, врача, тренера", "мастера"),
    ("roles_gen", "они же: мастеров, врачей, тренеров", "мастеров"),
    ("service", "услуга", "Маникюр с гель-лаком"),
    ("services", "услуги", "Стрижка, Окрашивание"),
    ("specialist", "мастер", "Анна"),
    ("text", "слова клиента", "хочу на маникюр"),
    ("until", "к какому часу", "до 10:15"),
    ("url", "адрес страницы", "https://example.ru/privacy"),
    ("wanted", "желаемое время", "ср, 25 ноября, 18:00"),
    ("was", "прежнее время", "вт, 24 ноября, 15:00"),
    ("who", "кто и когда не работает", "по четвергам Анна не работает"),
];

/// What means another thing in one text: the text, the name, what it is there, and one to look at.
const OWN_ARGUMENTS: [(Phrase, &str, &str, &str); 15] = [
    (Phrase::OfferTooFar, "until", "последний день записи", "1 марта"),
    (Phrase::OfferAbsent, "who", "кто и когда не работает", "По четвергам Анна не работает"),
    (Phrase::AskCancelWhich, "lines", "записи клиента", "ср, 2 декабря, 18:30 — Маникюр"),
    (Phrase::NobodyCameByDay, "until", "когда позовут снова", "сегодня, с 15:10"),
    (Phrase::EraseAccepted, "until", "последний день ответа", "14 декабря"),
    (Phrase::UrgentCalled, "until", "к какому часу", "10:15"),
    (Phrase::HandoffNow, "until", "к какому часу", "10:15"),
    (Phrase::Taken, "until", "к какому часу", "10:15"),
    (Phrase::TakenCall, "until", "к какому часу", "10:15"),
    (Phrase::NoSuchSpecialist, "name", "о ком спросили", "Ирина"),
    (Phrase::NobodySoNamed, "name", "о ком спросили", "Ирина"),
    (Phrase::OtherHours, "lines", "часы по дням", "Сб — с 10:00 до 18:00"),
    (Phrase::DaysOf, "lines", "ближайшие рабочие дни", "Ср, 2 декабря: с 10:00 до 20:00"),
    (Phrase::MyBookings, "lines", "записи клиента", "ср, 2 декабря, 18:30 — Маникюр"),
    (Phrase::AskCancelAll, "lines", "записи клиента", "ср, 2 декабря, 18:30 — Маникюр"),
];

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// Part of a text.
    find: String,
}

/// `GET /console/settings/texts`
pub async fn page(State(_): State<Shared>, viewer: Viewer, Query(wanted): Query<Wanted>) -> Markup {
    let own = &viewer.salon.document().phrases;
    let find = wanted.find.trim().to_lowercase();
    let is_found = |phrase: &Phrase| {
        phrase.is_for_clients() && phrases::wording(viewer.salon.settings(), *phrase).to_lowercase().contains(&find)
    };
    let chapters =
        phrases::chapters().into_iter().map(|(title, all)| (title, all.into_iter().filter(is_found).collect()));
    let chapters: Vec<(&str, Vec<Phrase>)> = chapters.filter(|(_, all): &(_, Vec<_>)| !all.is_empty()).collect();
    let inside = html! {
        p .quiet { "Всё, что бот говорит клиентам. Свои слова заменят наши; прежние всегда можно вернуть." }
        form .search role="search" action=(PATH) method="get" {
            (icon("search"))
            label .sr for="find" { "Слова из текста" }
            input #find type="search" name="find" value=(wanted.find) placeholder="Слова из текста" maxlength="60";
        }
        @if chapters.is_empty() { (empty("search", "Таких текстов нет", "Попробуйте другие слова.", Some((PATH, "Показать все")))) }
        @for (title, all) in &chapters {
            details .card open[!find.is_empty()] {
                summary { (title) " · " (words::count(all.len() as u64, "текст", "текста", "текстов")) }
                ul .list.queue {
                    @for phrase in all {
                        li {
                            a href={ (PATH) "/" (phrase.name()) } { (phrases::wording(viewer.salon.settings(), *phrase)) }
                            @if own.contains_key(phrase.name()) { div .quiet.small { "свой текст" } }
                        }
                    }
                }
            }
        }
    };
    frame(&viewer, "Тексты бота", &heading("Тексты бота"), &inside)
}

/// `GET /console/settings/texts/{name}`
pub async fn one(State(_): State<Shared>, viewer: Viewer, Path(name): Path<String>) -> Result<Markup, Trouble> {
    let phrase = known(&name)?;
    Ok(show(&viewer, phrase, &filled_of(viewer.salon.document(), phrase)))
}

/// `POST /console/settings/texts/{name}`
pub async fn change(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(name): Path<String>,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let phrase = known(&name)?;
    let mut filled = caught_up(&web, &viewer, texts, alone, |document| filled_of(document, phrase).texts).await?;
    if filled.objection.is_none() {
        let deed = Deed { action: "text", subject: phrase.name().to_owned() };
        let saved = save_read(&web, &viewer, &filled, deed, read(phrase, &filled), move |own, document| {
            match own {
                Some(text) => drop(document.phrases.insert(phrase.name().to_owned(), text.clone())),
                None => drop(document.phrases.remove(phrase.name())),
            }
            Ok(())
        });
        filled.objection = saved.await?;
    }
    follow(&filled, &format!("{PATH}/{}", phrase.name()), |filled| Ok(show(&viewer, phrase, filled)))
}

fn filled_of(document: &Document, phrase: Phrase) -> Filled {
    let own = document.phrases.get(phrase.name()).map(String::as_str);
    Filled::of([(TEXT, own.unwrap_or_else(|| phrases::original(phrase)).to_owned())])
}

fn known(name: &str) -> Result<Phrase, Trouble> {
    let found = Phrase::ALL.iter().find(|phrase| phrase.name() == name && phrase.is_for_clients());
    found.copied().ok_or(Trouble::NotFound)
}

/// The own wording; `None` for the book's. What a client would see broken is refused, what a lawyer would frown at is
/// only told.
fn read(phrase: Phrase, filled: &Filled) -> Result<Option<String>, Objection> {
    let text = filled.text(TEXT).replace('\r', "");
    if filled.is_ticked(ORIGINAL) || text == phrases::original(phrase) {
        return Ok(None);
    }
    if text.is_empty() {
        return Err(Objection::new(TEXT, "Текст пуст. Напишите его или верните исходный"));
    }
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(Objection::new(TEXT, "Текст длиннее 1 000 знаков: клиенту столько не прочесть, сократите"));
    }
    let broken = remarks(phrase, &text).into_iter().find(|remark| remark.is_broken);
    broken.map_or(Ok(Some(text)), |remark| Err(Objection::new(TEXT, remark.text)))
}

struct Remark {
    text: String,
    /// The client would see it cut or with braces.
    is_broken: bool,
}

fn remarks(phrase: Phrase, text: &str) -> Vec<Remark> {
    let found = lint_phrase(phrase.name(), text).into_iter();
    found.map(|problem| Remark { is_broken: !problem.text.contains("38-ФЗ"), text: problem.text }).collect()
}

fn show(viewer: &Viewer, phrase: Phrase, filled: &Filled) -> Markup {
    let text = filled.text(TEXT);
    let problem = filled.problem(TEXT);
    let is_own = viewer.salon.document().phrases.contains_key(phrase.name());
    let inside = html! {
        section .card.stack aria-label="Как это увидит клиент" {
            h2 { "Клиент увидит" }
            div .bubble.bot { div .text { (phrases::fill(text, &samples(viewer, phrase))) } }
            @for line in carried(viewer, phrase, text) { p .quiet.small { (line) } }
            @for remark in remarks(phrase, text) { p .note.amber { (icon("triangle-alert")) span { (capital(&remark.text)) } } }
        }
        form .card.stack method="post" {
            (seen_input(viewer))
            (problems(filled))
            div .field {
                label for="field-text" { "Текст" }
                textarea #field-text name=(TEXT) rows="5" maxlength=(TEXT_CHARS_MAX) aria-describedby="text-help" aria-invalid=[problem.map(|_| "true")] { (text) }
                @if let Some(problem) = problem { p .problem role="alert" { (icon("circle-alert")) (capital(problem)) } }
                p .help #text-help { (help(phrase)) }
            }
            div .row {
                button .button.main-action type="submit" { "Сохранить" }
                @if is_own { button .button type="submit" name=(ORIGINAL) value="yes" formnovalidate { "Вернуть исходный" } }
            }
            @if is_own { p .quiet.small { "Исходный: " (phrases::original(phrase)) } }
        }
    };
    frame(viewer, "Текст бота", &heading_under(PATH, "К текстам", "Текст бота"), &inside)
}

fn help(phrase: Phrase) -> String {
    let told = |name: &&str| match argument(phrase, name) {
        Some((_, meaning, _)) => format!("{{{name}}} — {meaning}"),
        None => format!("{{{name}}}"),
    };
    let all: Vec<String> = phrase.arguments().iter().map(told).collect();
    if all.is_empty() {
        "Здесь ничего не подставляется.".to_owned()
    } else {
        format!("Подставится само: {}.", all.join("; "))
    }
}

/// What stands in braces in this text.
fn argument(phrase: Phrase, name: &str) -> Option<(&'static str, &'static str, &'static str)> {
    let own = OWN_ARGUMENTS.iter().find(|(of, known, ..)| *of == phrase && *known == name);
    let own = own.map(|(_, name, meaning, sample)| (*name, *meaning, *sample));
    own.or_else(|| ARGUMENTS.iter().find(|(known, ..)| *known == name).copied())
}

/// Values to look at; who serves is called as in this business.
fn samples(viewer: &Viewer, phrase: Phrase) -> Vec<(&'static str, &'static str)> {
    let of = |name: &&'static str| argument(phrase, name).map(|(name, _, sample)| (name, sample));
    let roles = phrases::roles(&viewer.salon.document().kind);
    roles.into_iter().chain(phrase.arguments().iter().filter_map(of)).collect()
}

/// How each channel of the business carries it.
fn carried(viewer: &Viewer, phrase: Phrase, text: &str) -> Vec<String> {
    let length = phrases::fill(text, &samples(viewer, phrase)).chars().count();
    let document = viewer.salon.document();
    let kinds =
        channels::kinds().into_iter().filter(|kind| document.channels.iter().any(|entry| entry.kind == kind.name));
    let mut lines: Vec<String> = kinds
        .map(|kind| match length.div_ceil(kind.limits.text_chars_max.max(1)) {
            0 | 1 => format!("{}: одно сообщение", kind.title),
            parts => {
                format!("{}: уйдёт по частям, {}", kind.title, words::count(parts as u64, "часть", "части", "частей"))
            }
        })
        .collect();
    if phrase.name().starts_with("sms") {
        let parts = if length <= SMS_CHARS { 1 } else { length.div_ceil(SMS_PART_CHARS) };
        lines.push(format!("SMS: {}", words::count(parts as u64, "часть", "части", "частей")));
    }
    lines
}

/// A sentence of a list begins small, alone it begins with a capital.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_clients_hear_has_something_to_look_at() {
        for phrase in Phrase::ALL.iter().filter(|phrase| phrase.is_for_clients()) {
            for name in phrase.arguments() {
                assert!(ARGUMENTS.iter().any(|(known, ..)| known == name), "{}: {{{name}}}", phrase.name());
            }
        }
    }

    #[test]
    fn nothing_to_look_at_says_a_word_twice() {
        for phrase in Phrase::ALL.iter().filter(|phrase| phrase.is_for_clients()) {
            let samples: Vec<(&str, &str)> = phrase
                .arguments()
                .iter()
                .filter_map(|name| argument(*phrase, name).map(|(name, _, sample)| (name, sample)))
                .collect();
            let text = phrases::fill(phrases::original(*phrase), &samples);
            let words: Vec<&str> = text.split_whitespace().collect();
            assert!(words.windows(2).all(|pair| pair[0] != pair[1]), "{}: {text}", phrase.name());
        }
    }

    #[test]
    fn what_means_another_thing_stands_in_its_text() {
        for (phrase, name, ..) in OWN_ARGUMENTS {
            assert!(phrase.arguments().contains(&name), "{}: {{{name}}}", phrase.name());
        }
    }
}
