//! Text → story. Indented lines say for a person what came of an act: passed over.

use std::fmt;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};

use super::expect::{Expected, check_of};
use super::{Act, Said, Scene, Story, Visit};
use crate::dialogue::CalendarAnswer;
use crate::event::{AttachmentKind, InputKind};
use crate::request::RequestEnd;
use crate::values::Phone;
use crate::wall;

/// What is wrong with a story and in which of its lines, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryError {
    pub line: usize,
    pub text: String,
}

impl fmt::Display for StoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "строка {}: {}", self.line, self.text)
    }
}

impl std::error::Error for StoryError {}

/// Ends the header of a story that shows the clockwork, too.
const DETAILED: &str = "подробно";

/// Reads a story: a title, the line `салон: … сейчас: …` (or `сейчас: …` alone, perhaps ended by `подробно`), then what happens and
/// what is expected of it.
pub fn read(text: &str) -> Result<Story, StoryError> {
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim_end()));
    let title = lines.next().map(|(_, line)| line.to_owned()).unwrap_or_default();
    let (number, header) = lines.next().unwrap_or((2, ""));
    let (header, is_detailed) = header.strip_suffix(DETAILED).map_or((header, false), |header| (header, true));
    let (business, starts_at) =
        header_of(header).ok_or_else(|| wrong(number, "нужно «салон: имя    сейчас: пт 20 ноября 2026, 23:40»"))?;
    let mut scenes: Vec<Scene> = Vec::new();
    let mut is_answered = true;
    for (number, line) in lines {
        if line.starts_with([' ', '\u{a0}']) {
            is_answered = true;
            continue;
        }
        if let Some(check) = check_of(line, starts_at.date()) {
            let check = check.map_err(|text| StoryError { line: number, text })?;
            let scene = scenes.last_mut().ok_or_else(|| wrong(number, "ожидание стоит до первого действия"))?;
            scene.expected.push(Expected { text: line.to_owned(), number, check });
            is_answered = true;
            continue;
        }
        let act = act_of(line, starts_at.date()).map_err(|text| StoryError { line: number, text })?;
        let last = scenes.last_mut().filter(|_| !is_answered);
        is_answered = false;
        match (act, last) {
            (Act::Client(said), Some(Scene { lines, act: Act::Client(burst), .. })) => {
                lines.push(line.to_owned());
                burst.extend(said);
            }
            (act, _) => scenes.push(Scene { lines: vec![line.to_owned()], number, act, expected: Vec::new() }),
        }
    }
    Ok(Story { title, business, starts_at, is_detailed, scenes })
}

fn wrong(line: usize, text: &str) -> StoryError {
    StoryError { line, text: text.to_owned() }
}

fn header_of(line: &str) -> Option<(String, DateTime)> {
    let (business, now) = line.strip_prefix("салон:").unwrap_or(line).split_once("сейчас:")?;
    let (date, time) = now.trim().split_once(", ")?;
    let words: Vec<&str> = date.split(' ').collect();
    let [weekday, day, month, year] = words[..] else { return None };
    let on = date_of(day, month, year.parse().ok()?)?;
    let is_its_weekday = wall::weekday_short(on.weekday()) == weekday;
    is_its_weekday.then_some((business.trim().to_owned(), on.to_datetime(time_of(time)?)))
}

fn date_of(day: &str, month: &str, year: i16) -> Option<Date> {
    let month = (1..=12).find(|number| wall::month_of(*number) == month)?;
    Date::new(year, month, day.parse().ok()?).ok()
}

fn time_of(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// One line of what happens: a client's words, a press of the staff, time that passes.
///
/// Dates without a year are those of the year of `began_on`. The error is in Russian.
pub fn act_of(line: &str, began_on: Date) -> Result<Act, String> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(Act::Nothing);
    }
    if let Some(length) = line.strip_prefix("… прошло ") {
        return length_of(length).map(Act::Wait).ok_or_else(|| format!("«{length}» не похоже на «2 ч 15 мин»"));
    }
    match line {
        "клиент закрыл чат" => return Ok(Act::Closed),
        "в календаре удалили" => return Ok(Act::Calendar(None)),
        "не дошло" => return Ok(Act::Bounced { code: "unreachable".to_owned() }),
        _ => {}
    }
    if let Some((who, text)) = line.split_once(':') {
        let text = text.trim();
        match who {
            "клиент" => return said_of(text).map(|said| Act::Client(vec![said])),
            "модель" => return serde_json::from_str(text).map(Act::Model).map_err(|error| error.to_string()),
            "занято" => return visit_of(text, began_on).map(Act::Taken),
            "в CRM" => return said_in_crm(text),
            "календарь" => return calendar_answer_of(text).map(Act::CalendarSaid),
            "в календаре перенесли" => {
                return visit_of(text, began_on).map(|visit| Act::Calendar(Some(visit)));
            }
            "освободилось" => return visit_of(text, began_on).map(Act::Freed),
            "в другом чате напоминаем" => return visit_of(text, began_on).map(Act::RemindHere),
            "в другом чате не дошло" => return Ok(Act::SayHere(text.to_owned())),
            "не дошло" => return Ok(Act::Bounced { code: text.to_owned() }),
            "в другом чате" => return visit_of(text, began_on).map(Act::Elsewhere),
            "подмена" => return stand_in_of(text, began_on),
            "отсутствует" => return away_of(text, began_on),
            "одновременно занято" => return visit_of(text, began_on).map(Act::Raced),
            _ => {}
        }
        if let Some(person) = who.strip_suffix(" отмечает") {
            let has_come = match text {
                "пришёл" => true,
                "не пришёл" => false,
                _ => return Err(format!("отметить можно «пришёл» или «не пришёл», а не «{text}»")),
            };
            return Ok(Act::Came { person: person.to_owned(), has_come });
        }
        if let Some(person) = who.strip_suffix(" переносит") {
            return visit_of(text, began_on).map(|now| Act::Visit { person: person.to_owned(), now: Some(now) });
        }
        if let Some(person) = who.strip_prefix("менеджер ") {
            return Ok(Act::Reply { person: person.to_owned(), text: text.to_owned() });
        }
    }
    if let Some(person) = line.strip_suffix(" отменяет запись") {
        return Ok(Act::Visit { person: person.to_owned(), now: None });
    }
    for (words, is_approved) in [(" подтверждает запись", true), (" отказывает в записи", false)]
    {
        if let Some(person) = line.strip_suffix(words) {
            return Ok(Act::Decide { person: person.to_owned(), is_approved });
        }
    }
    if let Some(person) = line.strip_suffix(" жмёт клавишу") {
        return Ok(Act::Key { person: person.to_owned() });
    }
    if let Some((person, account)) = line.strip_prefix("не доходит: ").and_then(|rest| rest.split_once(", ")) {
        return Ok(Act::Unreached { person: person.to_owned(), account: account.to_owned() });
    }
    if let Some(person) = line.strip_suffix(" возвращает диалог боту") {
        return Ok(Act::GiveBack { person: person.to_owned() });
    }
    let press = line.split_once(" жмёт «").and_then(|(person, label)| Some((person, label.strip_suffix('»')?)));
    match press {
        Some((person, label)) => Ok(Act::Press { person: person.to_owned(), label: label.to_owned() }),
        None => Err(format!("непонятно: «{line}»")),
    }
}

fn said_in_crm(text: &str) -> Result<Act, String> {
    match text {
        "продано" => Ok(Act::RequestEnded(RequestEnd::Won)),
        "отказ" => Ok(Act::RequestEnded(RequestEnd::Lost)),
        "удалили" => Ok(Act::RequestEnded(RequestEnd::Gone)),
        "пришёл" => Ok(Act::VisitJudged { has_come: true }),
        "не пришёл" => Ok(Act::VisitJudged { has_come: false }),
        _ => Err(format!("в CRM бывает «продано», «отказ», «удалили», «пришёл» или «не пришёл», а не «{text}»")),
    }
}

fn calendar_answer_of(text: &str) -> Result<CalendarAnswer, String> {
    match text {
        "записал" => Ok(CalendarAnswer::Stands),
        "занято" => Ok(CalendarAnswer::Taken),
        "отказал" => Ok(CalendarAnswer::Refused),
        _ => Err(format!("календарь говорит «записал», «занято» или «отказал», а не «{text}»")),
    }
}

/// «2 ч 15 мин», «30 мин», «8 ч», «3 с».
fn length_of(text: &str) -> Option<SignedDuration> {
    let words: Vec<&str> = text.split(' ').collect();
    let mut length = SignedDuration::ZERO;
    for pair in words.chunks(2) {
        let [count, unit] = *pair else { return None };
        let count: i64 = count.parse().ok()?;
        length += match unit {
            "ч" => SignedDuration::from_hours(count),
            "мин" => SignedDuration::from_mins(count),
            "с" => SignedDuration::from_secs(count),
            _ => return None,
        };
    }
    Some(length)
}

fn said_of(text: &str) -> Result<Said, String> {
    let Some((kind, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return Ok(Said::Input(InputKind::Text { text: text.to_owned() }));
    };
    let rest = rest.trim();
    let attachment = |kind| Ok(Said::Input(InputKind::attachment(kind)));
    match kind {
        "кнопка" => Ok(Said::Button(rest.to_owned())),
        "свой номер" => match Phone::parse(rest) {
            Ok(phone) => Ok(Said::Input(InputKind::OwnPhone { phone })),
            Err(_) => Err(format!("«{rest}» — не номер")),
        },
        "голосом" => Ok(Said::Input(InputKind::Spoken { text: rest.to_owned() })),
        "голосовое" => attachment(AttachmentKind::Voice),
        "фото" => attachment(AttachmentKind::Photo),
        "стикер" => attachment(AttachmentKind::Sticker),
        "геопозиция" => attachment(AttachmentKind::Location),
        "пришёл по ссылке" => Ok(Said::Input(InputKind::Start { source: Some(rest.to_owned()) })),
        _ => Err(format!("не знаю, что такое [{kind}]")),
    }
}

/// «Анна, сб 21 ноября, 18:30–19:30», in the year the story begins.
fn visit_of(text: &str, began_on: Date) -> Result<Visit, String> {
    let parts: Vec<&str> = text.split(", ").collect();
    let read = || {
        let [specialist, date, hours] = parts[..] else { return None };
        let words: Vec<&str> = date.split(' ').collect();
        let [_, day, month] = words[..] else { return None };
        let on = date_of(day, month, began_on.year())?;
        let (from, to) = hours.split_once('–')?;
        Some(Visit {
            specialist: specialist.to_owned(),
            from: on.to_datetime(time_of(from)?),
            to: on.to_datetime(time_of(to)?),
        })
    };
    read().ok_or_else(|| format!("«{text}» не похоже на «Анна, сб 21 ноября, 18:30–19:30»"))
}

/// «Марина → Оля, пт 20 ноября, 20:00 – сб 21 ноября, 09:00».
fn stand_in_of(text: &str, began_on: Date) -> Result<Act, String> {
    let read = || {
        let (instead_of, rest) = text.split_once(" → ")?;
        let (person, span) = rest.split_once(", ")?;
        let (from, to) = span_of(span, began_on)?;
        Some(Act::StandIn { person: person.to_owned(), instead_of: instead_of.to_owned(), from, to })
    };
    read().ok_or_else(|| format!("«{text}» не похоже на «Марина → Оля, пт 20 ноября, 20:00 – сб 21 ноября, 09:00»"))
}

/// «Марина, пт 20 ноября, 20:00 – сб 21 ноября, 09:00».
fn away_of(text: &str, began_on: Date) -> Result<Act, String> {
    let read = || {
        let (person, span) = text.split_once(", ")?;
        let (from, to) = span_of(span, began_on)?;
        Some(Act::Away { person: person.to_owned(), from, to })
    };
    read().ok_or_else(|| format!("«{text}» не похоже на «Марина, пт 20 ноября, 20:00 – сб 21 ноября, 09:00»"))
}

fn span_of(text: &str, began_on: Date) -> Option<(DateTime, DateTime)> {
    let (from, to) = text.split_once(" – ")?;
    Some((moment_of(from, began_on)?, moment_of(to, began_on)?))
}

/// «пт 20 ноября, 20:00», in the year the story begins.
fn moment_of(text: &str, began_on: Date) -> Option<DateTime> {
    let (date, time) = text.split_once(", ")?;
    let words: Vec<&str> = date.split(' ').collect();
    let [_, day, month] = words[..] else { return None };
    Some(date_of(day, month, began_on.year())?.to_datetime(time_of(time)?))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use jiff::civil::datetime;

    use super::super::Act;
    use super::{length_of, read};

    const HEAD: &str = "Проба\nсалон: lotos    сейчас: пт 20 ноября 2026, 23:40\n\n";

    #[test]
    fn a_header_names_the_business_and_the_moment() {
        let story = read(HEAD).unwrap();
        assert_eq!((story.title.as_str(), story.business.as_str()), ("Проба", "lotos"));
        assert_eq!(story.starts_at, datetime(2026, 11, 20, 23, 40, 0, 0));
        assert_eq!(read("Проба\nсалон: lotos    сейчас: сб 20 ноября 2026, 23:40\n").unwrap_err().line, 2);
    }

    #[test]
    fn lines_in_a_row_are_one_burst_and_an_answer_ends_it() {
        let text = format!("{HEAD}клиент: маникюр\nклиент: завтра\nночник: Слушаю\n   * бронь\nклиент: да\n");
        let turns: Vec<usize> = read(&text)
            .unwrap()
            .scenes
            .iter()
            .filter_map(|scene| if let Act::Client(said) = &scene.act { Some(said.len()) } else { None })
            .collect();
        assert_eq!(turns, [2, 1]);
    }

    #[test]
    fn lengths_are_hours_and_minutes() {
        assert_eq!(length_of("15 ч 50 мин"), Some(SignedDuration::from_mins(950)));
        assert_eq!(length_of("30 мин"), Some(SignedDuration::from_mins(30)));
        assert_eq!(length_of("скоро"), None);
    }

    #[test]
    fn a_wrong_line_is_named() {
        let error = read(&format!("{HEAD}клиент: привет\nпопугай: карр\n")).unwrap_err();
        assert_eq!(error.line, 5);
    }
}
