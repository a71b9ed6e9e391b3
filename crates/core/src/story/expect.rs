//! What a story expects, as it is written: `запись: сб 21.11 18:30 Маникюр, Анна`.

use jiff::civil::{Date, DateTime, Time};

use crate::business::Role;
use crate::wall;

/// One expectation of a story and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// The line as it was written.
    pub text: String,
    /// Its number in the text, from 1.
    pub number: usize,
    pub check: Check,
}

impl Expected {
    /// The bot's own words: a transcript writes them afresh.
    pub(super) fn is_words(&self) -> bool {
        matches!(self.check, Check::Says(_) | Check::Silent)
    }
}

/// What must be true once the act above it is over. Words are compared without regard to case, «ё»
/// and the width of spaces.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// `ночник: Записал … Анна`: one of the bot's messages holds these pieces in this order.
    Says(Vec<String>),
    /// `не говорит: скидка`: none of them does.
    SaysNot(Vec<String>),
    /// `ночник: (молчит)`
    Silent,
    /// `кнопка: Да, всё верно`: the client sees it.
    Button(String),
    /// `окна: 3`, `окна: нет`
    Slots(usize),
    /// `окно: завтра 18:30`, `окно: сб 21.11 18:30`: it is among those offered.
    Slot(String),
    /// `бронь: …`: kept while the client answers.
    Held(Wanted),
    /// `запись: …`: confirmed and still to come.
    Booked(Wanted),
    /// `отмена: …`
    Cancelled(Wanted),
    /// `дежурному: жалоба`: somebody of this role was called with these words; without pieces, nobody was.
    Called(Role, Vec<String>),
    /// `никого не будим`
    NobodyCalled,
    /// `лид: горячий, записан`, `лид: нет`
    Lead(Vec<String>),
    /// `контакт: Оля, +7 918 555-12-31`
    Contact(Vec<String>),
    /// `дело: открыто, жалоба`, `дело: нет`
    Case(Vec<String>),
    /// `ведёт: Марина`, `ведёт: бот`
    Leads(String),
}

/// A visit as a story names it.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// `нет`
    None,
    /// `есть`
    Any,
    /// `сб 21.11 18:30 Маникюр, Анна`: the moment, and words that stand in the service or the name.
    At { wall: DateTime, words: Vec<String> },
}

/// «нет» in a place where something could stand.
const NONE: &str = "нет";

/// Reads a line that begins with a verb of ours; `None` when it begins with something else.
///
/// Dates without a year are those of the year that begins on `began_on`. The error is in Russian.
pub(super) fn check_of(line: &str, began_on: Date) -> Option<Result<Check, String>> {
    if line == "никого не будим" {
        return Some(Ok(Check::NobodyCalled));
    }
    // «ночник (23:45): …» carries the time at which an alarm made it speak.
    let timed = line.strip_prefix("ночник (").and_then(|rest| rest.split_once("):"));
    let (verb, rest) = timed.map(|(_, rest)| ("ночник", rest)).or_else(|| line.split_once(':'))?;
    let rest = rest.trim();
    let check = match verb {
        "не говорит" => Ok(Check::SaysNot(pieces(rest))),
        "кнопка" => Ok(Check::Button(rest.to_owned())),
        "окна" => count_of(rest).map(Check::Slots),
        "окно" => Ok(Check::Slot(rest.to_owned())),
        "бронь" => visit_of(rest, began_on).map(Check::Held),
        "запись" => visit_of(rest, began_on).map(Check::Booked),
        "отмена" => visit_of(rest, began_on).map(Check::Cancelled),
        "дежурному" => Ok(Check::Called(Role::Duty, call_of(rest))),
        "старшему" => Ok(Check::Called(Role::Senior, call_of(rest))),
        "владельцу" => Ok(Check::Called(Role::Owner, call_of(rest))),
        "лид" => Ok(Check::Lead(words_of(rest))),
        "контакт" => Ok(Check::Contact(words_of(rest))),
        "дело" => Ok(Check::Case(words_of(rest))),
        "ведёт" => Ok(Check::Leads(rest.to_owned())),
        "ночник" => Ok(says_of(rest)),
        _ => return None,
    };
    Some(if rest.is_empty() { Err(format!("после «{verb}:» ничего не сказано")) } else { check })
}

fn says_of(text: &str) -> Check {
    if text == "(молчит)" { Check::Silent } else { Check::Says(pieces(text)) }
}

/// The parts between the dots «…».
fn pieces(text: &str) -> Vec<String> {
    text.split('…').map(plain).filter(|piece| !piece.is_empty()).collect()
}

fn call_of(text: &str) -> Vec<String> {
    if text == "ничего" { Vec::new() } else { pieces(text) }
}

/// The parts between commas; empty for «нет».
fn words_of(text: &str) -> Vec<String> {
    if text == NONE { Vec::new() } else { text.split(", ").map(plain).collect() }
}

fn count_of(text: &str) -> Result<usize, String> {
    if text == NONE { Ok(0) } else { text.parse().map_err(|_| format!("«{text}» — не число окон")) }
}

fn visit_of(text: &str, began_on: Date) -> Result<Wanted, String> {
    match text {
        NONE => return Ok(Wanted::None),
        "есть" => return Ok(Wanted::Any),
        _ => {}
    }
    let read = || {
        let mut parts = text.splitn(4, ' ');
        let (weekday, date, time) = (parts.next()?, parts.next()?, parts.next()?);
        let on = date_of(date, began_on)?;
        let words = parts.next().map(words_of).unwrap_or_default();
        (wall::weekday_short(on.weekday()) == weekday)
            .then_some(Wanted::At { wall: on.to_datetime(time_of(time)?), words })
    };
    read().ok_or_else(|| format!("«{text}» не похоже на «сб 21.11 18:30 Маникюр, Анна»"))
}

/// «21.11», on or after the day the story begins.
fn date_of(text: &str, began_on: Date) -> Option<Date> {
    let (day, month) = text.split_once('.')?;
    let (day, month) = (day.parse().ok()?, month.parse().ok()?);
    [began_on.year(), began_on.year() + 1]
        .into_iter()
        .filter_map(|year| Date::new(year, month, day).ok())
        .find(|on| *on >= began_on)
}

fn time_of(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// As words are compared: small letters, «е» for «ё», one plain space between them.
pub(super) fn plain(text: &str) -> String {
    let small = text.to_lowercase();
    let words: Vec<&str> = small.split_whitespace().collect();
    words.join(" ").chars().map(|letter| if letter == 'ё' { 'е' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, datetime};

    use super::{Check, Wanted, check_of};
    use crate::business::Role;

    fn check(line: &str) -> Result<Check, String> {
        check_of(line, date(2026, 11, 20)).unwrap()
    }

    #[test]
    fn a_visit_is_a_moment_and_words() {
        let wanted = Wanted::At {
            wall: datetime(2026, 11, 21, 18, 30, 0, 0),
            words: vec!["маникюр с гель-лаком".to_owned(), "анна".to_owned()],
        };
        assert_eq!(check("запись: сб 21.11 18:30 Маникюр с гель-лаком, Анна"), Ok(Check::Booked(wanted)));
        assert_eq!(check("запись: нет"), Ok(Check::Booked(Wanted::None)));
        let new_year = Wanted::At { wall: datetime(2027, 1, 4, 9, 0, 0, 0), words: vec![] };
        assert_eq!(check("бронь: пн 04.01 09:00"), Ok(Check::Held(new_year)));
    }

    #[test]
    fn a_wrong_weekday_and_an_empty_line_are_told() {
        assert!(check("запись: вс 21.11 18:30").is_err());
        assert!(check("запись:").is_err());
        assert!(check("окна: много").is_err());
    }

    #[test]
    fn dots_part_what_stands_in_order() {
        let says = Check::Says(vec!["записал".to_owned(), "ждем".to_owned()]);
        assert_eq!(check("ночник: Записал … ждём"), Ok(says.clone()));
        assert_eq!(check("ночник (23:45):  Записал … ждём"), Ok(says));
        assert_eq!(check("ночник:  (молчит)"), Ok(Check::Silent));
        assert_eq!(check("дежурному: ничего"), Ok(Check::Called(Role::Duty, vec![])));
    }

    #[test]
    fn another_verb_is_not_ours() {
        assert_eq!(check_of("клиент: привет", date(2026, 11, 20)), None);
    }
}
