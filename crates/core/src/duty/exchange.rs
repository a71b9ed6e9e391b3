//! A person on duty gives a shift away by taps: which one, to whom, what for; the other says yes or no.
//!
//! Every button says all that was chosen before it, so that nothing is kept until the question is asked.

use jiff::{SignedDuration, Timestamp};

use super::changes::{Changes, Span};
use super::stretches;
use super::swap::{Swap, SwapState};
use super::watch::{Word, to_owners, told};
use crate::business::{Business, Person, Role, Settings};
use crate::effect::Button;
use crate::limits::{BUTTON_ID_BYTES_MAX, BUTTON_LABEL_CHARS_MAX};
use crate::notice::{messenger, person_name};
use crate::phrases::{Phrase, text};
use crate::values::PersonId;
use crate::wall;

/// Shifts of so many days ahead can be given away: two weeks, as rosters are made.
const AHEAD: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Buttons of one question; more do not fit a screen.
const CHOICES_MAX: usize = 8;
/// What one of the staff writes to begin.
const WORDS: [&str; 3] = ["подмена", "подменить", "обмен"];

/// A button of the exchange. Shifts are named by the moment they begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tap {
    Give { from: Timestamp },
    Ask { from: Timestamp, other: PersonId },
    Offer { from: Timestamp, takes: Option<Timestamp>, other: PersonId },
    Answer { swap: i64, is_agreed: bool },
}

/// A question to the person who taps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    pub text: String,
    pub buttons: Vec<Button>,
}

/// Whether these words of one of the staff begin an exchange.
pub fn is_wish(text: &str) -> bool {
    WORDS.contains(&text.trim().to_lowercase().as_str())
}

/// Reads a button back; `None` when it is not one of the exchange.
pub fn read_tap(button: &str) -> Option<Tap> {
    let moment = |text: &str| Timestamp::from_second(text.parse().ok()?).ok();
    let (word, rest) = button.strip_prefix("d.")?.split_once('.')?;
    match word {
        "give" => Some(Tap::Give { from: moment(rest)? }),
        "ask" => {
            let (from, other) = rest.split_once('.')?;
            Some(Tap::Ask { from: moment(from)?, other: PersonId::new(other) })
        }
        "swap" => {
            let (from, rest) = rest.split_once('.')?;
            let (takes, other) = rest.split_once('.')?;
            let takes = if takes.is_empty() { None } else { Some(moment(takes)?) };
            Some(Tap::Offer { from: moment(from)?, takes, other: PersonId::new(other) })
        }
        "yes" | "no" => Some(Tap::Answer { swap: rest.parse().ok()?, is_agreed: word == "yes" }),
        _ => None,
    }
}

/// Which shift?
pub fn which(business: &Business, asker: &PersonId, now: Timestamp) -> Menu {
    let settings = &business.settings;
    let buttons = choices(coming(business, asker, now).into_iter().map(|span| {
        let id = format!("d.give.{}", span.from.as_second());
        (id, begins(settings, span, now))
    }));
    let phrase = if buttons.is_empty() { Phrase::SwapNone } else { Phrase::SwapWhich };
    Menu { text: text(settings, phrase, &[]), buttons }
}

/// Whom to ask: those of the duty managers who are free then and can be written to.
pub fn whom(business: &Business, asker: &PersonId, from: Timestamp, now: Timestamp) -> Menu {
    let settings = &business.settings;
    let Some(gives) = shift(business, asker, from, now) else { return closed(settings) };
    let is_free = |person: &&Person| {
        let id = PersonId::new(&*person.id);
        let is_on = coming(business, &id, now).iter().any(|span| span.meets(gives));
        person.role == Role::Duty && id != *asker && !is_on && messenger(settings, person).is_some()
    };
    let people = settings.document.people.iter().filter(is_free);
    let buttons =
        choices(people.map(|person| (format!("d.ask.{}.{}", from.as_second(), person.id), person.name.clone())));
    let phrase = if buttons.is_empty() { Phrase::SwapNobody } else { Phrase::SwapWhom };
    Menu { text: text(settings, phrase, &[("span", &told(settings, gives))]), buttons }
}

/// What for: a shift of the other's, or nothing.
pub fn what_for(business: &Business, asker: &PersonId, from: Timestamp, other: &PersonId, now: Timestamp) -> Menu {
    let settings = &business.settings;
    if shift(business, asker, from, now).is_none() || settings.person(other).is_none() {
        return closed(settings);
    }
    let id = |takes: &str| format!("d.swap.{}.{takes}.{other}", from.as_second());
    let nothing = (id(""), text(settings, Phrase::SwapNothing, &[]));
    let theirs = coming(business, other, now).into_iter().filter(|span| !is_on_then(business, asker, *span, now));
    let theirs = theirs.map(|span| (id(&span.from.as_second().to_string()), begins(settings, span, now)));
    let buttons = choices(std::iter::once(nothing).chain(theirs));
    Menu { text: text(settings, Phrase::SwapFor, &[("person", &person_name(settings, other))]), buttons }
}

/// The request as it stands when all is chosen; `None` when the shifts are others by now.
pub fn offer(
    business: &Business,
    asker: &PersonId,
    (from, takes): (Timestamp, Option<Timestamp>),
    other: &PersonId,
    now: Timestamp,
) -> Option<Swap> {
    let gives = shift(business, asker, from, now)?;
    let takes = match takes {
        Some(takes) => Some(shift(business, other, takes, now)?),
        None => None,
    };
    let is_known = business.settings.person(other).is_some() && asker != other;
    is_known.then(|| Swap { asker: asker.clone(), other: other.clone(), gives, takes, state: SwapState::Asked })
}

/// The question to the other; `id` is the request's row.
pub fn question(settings: &Settings, id: i64, swap: &Swap) -> Word {
    let (asker, gives) = (person_name(settings, &swap.asker), told(settings, swap.gives));
    let asked = match swap.takes {
        None => text(settings, Phrase::SwapAsk, &[("person", &asker), ("span", &gives)]),
        Some(takes) => {
            let takes = told(settings, takes);
            text(settings, Phrase::SwapAskReturn, &[("person", &asker), ("gives", &gives), ("takes", &takes)])
        }
    };
    let button = |word: &str, phrase| Button { id: format!("d.{word}.{id}"), label: text(settings, phrase, &[]) };
    let buttons = vec![button("yes", Phrase::SwapYes), button("no", Phrase::SwapNo)];
    Word::Tell { person: swap.other.clone(), text: asked, buttons }
}

/// What both and the owners are told once a request is answered, or nobody answered it.
pub fn settled(settings: &Settings, swap: &Swap) -> Vec<Word> {
    let (asker, other) = (person_name(settings, &swap.asker), person_name(settings, &swap.other));
    let gives = told(settings, swap.gives);
    let news = match swap.state {
        SwapState::Asked => return Vec::new(),
        SwapState::Agreed => {
            let line = |comes: &str, instead: &str, span: &str| {
                text(settings, Phrase::SwapLine, &[("person", comes), ("instead", instead), ("span", span)])
            };
            let back = swap.takes.map(|takes| line(&asker, &other, &told(settings, takes)));
            let lines: Vec<String> = std::iter::once(line(&other, &asker, &gives)).chain(back).collect();
            text(settings, Phrase::SwapAgreed, &[("lines", &lines.join("\n"))])
        }
        SwapState::Refused => {
            text(settings, Phrase::SwapRefused, &[("other", &other), ("span", &gives), ("person", &asker)])
        }
        SwapState::Expired => {
            text(settings, Phrase::SwapExpired, &[("other", &other), ("span", &gives), ("person", &asker)])
        }
    };
    let both = [&swap.asker, &swap.other].into_iter().cloned();
    let both = both.map(|person| Word::Tell { person, text: news.clone(), buttons: Vec::new() });
    let mut words: Vec<Word> = both.collect();
    for word in to_owners(settings, &news, None) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

fn closed(settings: &Settings) -> Menu {
    Menu { text: text(settings, Phrase::SwapOver, &[]), buttons: Vec::new() }
}

/// The person's stretches of duty that begin within [`AHEAD`], whole.
fn coming(business: &Business, person: &PersonId, now: Timestamp) -> Vec<Span> {
    let Business { settings, changes, .. } = business;
    let changes: &Changes = changes;
    let until = now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
    let looked_to = until.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
    let found = stretches(settings, changes, now, looked_to).into_iter();
    found.filter(|it| it.person == *person && now < it.span.from && it.span.from < until).map(|it| it.span).collect()
}

fn shift(business: &Business, person: &PersonId, from: Timestamp, now: Timestamp) -> Option<Span> {
    coming(business, person, now).into_iter().find(|span| span.from == from)
}

fn is_on_then(business: &Business, person: &PersonId, span: Span, now: Timestamp) -> bool {
    coming(business, person, now).iter().any(|own| own.meets(span))
}

fn begins(settings: &Settings, span: Span, now: Timestamp) -> String {
    wall::moment_short(settings.wall(span.from), settings.wall(now).date())
}

/// The first of them as buttons; one whose id no channel carries is left out.
fn choices(found: impl Iterator<Item = (String, String)>) -> Vec<Button> {
    let short = |label: String| label.chars().take(BUTTON_LABEL_CHARS_MAX).collect();
    let fitting = found.filter(|(id, _)| id.len() <= BUTTON_ID_BYTES_MAX).take(CHOICES_MAX);
    fitting.map(|(id, label)| Button { id, label: short(label) }).collect()
}
