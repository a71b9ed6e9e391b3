//! «Какие у вас мастера?», «когда работает Ирина?»: who serves, and on which days, from the business's own document.

use jiff::ToSpan;
use jiff::civil::Date;
use nochnik_nlu::{Intent, Meaning};

use super::turns::{self, Way};
use super::{answer, named};
use crate::business::Specialist;
use crate::conversation::Asking;
use crate::phrases::Phrase;
use crate::turn::Turn;
use crate::values::SpecialistId;
use crate::wall;

/// Specialists told of in one message.
const PEOPLE_MAX: usize = 12;
/// Working days told of one specialist, and how far ahead they are looked for.
const DAYS_TOLD: usize = 4;
const DAYS_AHEAD: usize = 14;

/// Answers who serves or when somebody does; false where neither was asked.
pub(super) fn answers(turn: &mut Turn, meaning: &Meaning) -> bool {
    let works = turns::is_said(&turn.said, Way::Works);
    // «Работает ли Ольга в субботу?» may be taken for a wish to come.
    let is_asked = works && (turn.said.contains('?') || turn.said.contains(" ли "));
    let is_question = is_asked || meaning.has(Intent::Faq) && !meaning.has(Intent::Price) && !meaning.has(Intent::Book);
    if let Some(name) = meaning.stranger.as_ref().filter(|_| is_question && works) {
        turn.say(Phrase::NobodySoNamed, &[("name", name)]);
        return true;
    }
    let Some(specialist) = meaning.specialist.as_ref() else { return is_question && people(turn, meaning) };
    let id = SpecialistId::new(&specialist.value);
    match turn.settings().specialist(&id) {
        Some(specialist) if is_question && works => {
            days(turn, specialist, answer::day_asked(meaning));
            true
        }
        _ => false,
    }
}

/// «К Руслану» under the times offered, whatever so few words were taken for: says that nobody of that name works here.
pub(super) fn is_nobody_of_ours(turn: &mut Turn, meaning: &Meaning) -> bool {
    use Intent::{Confirm, Decline, Faq, Inform, Smalltalk};
    let is_small = matches!(meaning.intent(), Confirm | Decline | Faq | Inform | Smalltalk);
    let is_alone = is_small && meaning.when.is_none() && meaning.services.is_empty();
    let is_amid = matches!(turn.conv.asking, Asking::Slot | Asking::When);
    let Some(name) = meaning.stranger.as_ref().filter(|_| is_alone && is_amid) else { return false };
    turn.say(Phrase::NoSuchSpecialist, &[("name", name)]);
    true
}

/// Who does the services named, or everybody.
fn people(turn: &mut Turn, meaning: &Meaning) -> bool {
    if !turns::is_said(&turn.said, Way::Who) {
        return false;
    }
    let settings = turn.settings();
    let services = named::services_in(meaning);
    let able = settings.specialists_for(&services);
    let names: Vec<String> = able.iter().take(PEOPLE_MAX).map(|able| able.name.clone()).collect();
    if names.is_empty() {
        return false;
    }
    if services.is_empty() {
        let lines: Vec<String> = able.iter().take(PEOPLE_MAX).map(|specialist| with_role(specialist)).collect();
        turn.say(Phrase::People, &[("people", &lines.join("\n"))]);
    } else {
        let service = settings.names_of(&services);
        turn.say(Phrase::PeopleOf, &[("service", &service), ("people", &wall::list(&names))]);
    }
    true
}

/// «Анна — мастер ногтевого сервиса».
fn with_role(specialist: &Specialist) -> String {
    match specialist.role.as_str() {
        "" => specialist.name.clone(),
        role => format!("{} — {role}", specialist.name),
    }
}

/// The day asked about, or the next days of work.
fn days(turn: &mut Turn, specialist: &Specialist, day: Option<Date>) {
    let today = turn.today();
    let hours = |on: Date| turn.settings().specialist_hours_text(specialist, on);
    let told: Vec<String> = match day {
        Some(on) => vec![format!("{}: {}", wall::date_from(on, today), hours(on))],
        None => {
            let ahead = today.series(1.day()).skip(1).take(DAYS_AHEAD);
            let comes = ahead.filter(|on| turn.settings().is_served_by(specialist, *on)).take(DAYS_TOLD);
            comes.map(|on| format!("{}: {}", wall::date_from(on, today), hours(on))).collect()
        }
    };
    let phrase = if told.is_empty() { Phrase::NoDaysOf } else { Phrase::DaysOf };
    turn.say(phrase, &[("specialist", &specialist.name), ("lines", &told.join("\n"))]);
}
