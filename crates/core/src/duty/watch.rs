//! Looks at the roster ahead of time: tells the owner where nobody will be, has whoever comes on duty say that they
//! are there, and finds one to call besides when they do not.
//!
//! Belongs to a business, not to a conversation. Looking twice at one moment says nothing twice.

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::changes::{Override, Span};
use super::problem::{Problem, Trouble, problems};
use super::roster::Roster;
use super::{Stretch, by_role, on_duty, stretches};
use crate::business::{Business, Person, Role, Settings};
use crate::effect::Button;
use crate::notice::{messenger, person_name};
use crate::phrases::{Phrase, text};
use crate::values::PersonId;
use crate::wall;

/// What is amiss is told so long before it begins, or as soon as it is known.
const AHEAD: SignedDuration = SignedDuration::from_hours(72);
/// How far is looked, so that what is told is told whole.
const HORIZON: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The roster is looked at this often even when nothing is near: the time told ahead moves on.
const EVERY: SignedDuration = SignedDuration::from_mins(15);
/// When an owner may be written to about what has time, on the business's wall clock.
const HUMANE: (Time, Time) = (Time::constant(9, 0, 0, 0), Time::constant(21, 0, 0, 0));
const READY: &str = "d.ready.";

/// What was said so far about the time to come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    #[serde(default)]
    told: Vec<Told>,
    #[serde(default)]
    checks: Vec<Check>,
}

/// A trouble that the owner knows of, as long as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    about: String,
    span: Span,
}

/// Somebody was asked before their shift whether they are there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Check {
    person: PersonId,
    span: Span,
    state: CheckState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CheckState {
    Asked,
    Ready,
    /// The shift began without an answer; `besides` is called along with them.
    Missed {
        besides: Option<Override>,
    },
}

/// What is to be done about the roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// To one of the staff by their messenger.
    Tell { person: PersonId, text: String, buttons: Vec<Button> },
    /// Prove each means of this person without disturbing them.
    Test { person: PersonId },
    /// Somebody is on duty besides from now on.
    Besides(Override),
    /// And is no longer.
    Relieved(Override),
}

/// What a look came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    pub watch: Watch,
    pub words: Vec<Word>,
    /// Before this moment there is nothing new to see, unless the document or its changes are others by then.
    pub next_at: Timestamp,
}

/// Looks at the roster from this moment on.
pub fn look(watch: Watch, business: &Business, now: Timestamp) -> Looked {
    let mut look = Look { business, now, watch, words: Vec::new(), next_at: after(now, EVERY) };
    look.name_troubles();
    look.call_roll();
    look.miss();
    Looked { watch: look.watch, words: look.words, next_at: look.next_at }
}

/// The moment at which the shift begins that a button «На месте» is about; `None` for other buttons.
pub fn read_ready(button: &str) -> Option<Timestamp> {
    Timestamp::from_second(button.strip_prefix(READY)?.parse().ok()?).ok()
}

/// «На месте»: what the person is answered, and what follows. Late is better than never.
pub fn ready(
    watch: Watch,
    business: &Business,
    person: &PersonId,
    begins_at: Timestamp,
    now: Timestamp,
) -> (Looked, String) {
    let mut look = Look { business, now, watch, words: Vec::new(), next_at: now };
    let phrase = if look.confirm(person, begins_at) { Phrase::DutyReady } else { Phrase::DutyNotYours };
    let answer = text(&business.settings, phrase, &[]);
    (Looked { watch: look.watch, words: look.words, next_at: now }, answer)
}

/// Means of one who comes on duty were tested and do not work: the owners are told which.
pub fn mute(settings: &Settings, person: &PersonId, troubles: &[String]) -> Vec<Word> {
    let (name, troubles) = (person_name(settings, person), troubles.join("; "));
    to_owners(settings, &text(settings, Phrase::DutyMute, &[("person", &name), ("troubles", &troubles)]), None)
}

struct Look<'a> {
    business: &'a Business,
    now: Timestamp,
    watch: Watch,
    words: Vec<Word>,
    next_at: Timestamp,
}

impl<'a> Look<'a> {
    fn settings(&self) -> &'a Settings {
        &self.business.settings
    }

    /// Tells the owners in one message what is grave and new; at night only what cannot wait for the morning.
    fn name_troubles(&mut self) {
        let Business { settings, changes, .. } = self.business;
        let mut found = problems(settings, changes, self.now, after(self.now, HORIZON));
        found.retain(Problem::is_grave);
        let stands = |told: &Told| found.iter().any(|it| about(it) == told.about && it.span.meets(told.span));
        self.watch.told.retain(stands);
        let ahead = after(self.now, AHEAD);
        found.retain(|problem| self.untold_from(problem) < problem.span.to && self.untold_from(problem) <= ahead);
        let morning_at = humane_from(settings, self.now);
        if self.now < morning_at && found.iter().all(|problem| self.untold_from(problem) >= morning_at) {
            if !found.is_empty() {
                self.next_at = self.next_at.min(morning_at);
            }
            return;
        }
        if found.is_empty() {
            return;
        }
        let lines: Vec<String> = found.iter().map(|problem| problem.text(settings)).collect();
        self.tell_owners(text(settings, Phrase::DutyTroubles, &[("troubles", &lines.join("\n"))]));
        self.watch.told.extend(found.iter().map(|problem| Told { about: about(problem), span: problem.span }));
    }

    /// From when on the owner does not know of it.
    fn untold_from(&self, problem: &Problem) -> Timestamp {
        let about = about(problem);
        let told = self.watch.told.iter().filter(|told| told.about == about);
        told.fold(problem.span.from, |from, told| if told.span.contains(from) { told.span.to } else { from })
    }

    /// Asks whoever comes on duty within minutes, each once.
    fn call_roll(&mut self) {
        let Business { settings, changes, .. } = self.business;
        self.watch.checks.retain(|check| check.span.to > self.now);
        let ready_min = i64::from(settings.document.policy.ready_min);
        if ready_min == 0 {
            return;
        }
        let mut coming = stretches(settings, changes, self.now, after(self.now, HORIZON));
        coming.retain(|stretch| stretch.span.from > self.now);
        for Stretch { person, span } in coming {
            let asks_at = span.from.saturating_sub(SignedDuration::from_mins(ready_min)).unwrap_or(self.now);
            if asks_at > self.now {
                self.next_at = self.next_at.min(asks_at);
                continue;
            }
            self.next_at = self.next_at.min(span.from);
            let is_asked = self.watch.checks.iter().any(|check| check.person == person && check.span.from == span.from);
            let can_answer = settings.person(&person).is_some_and(|known| messenger(settings, known).is_some());
            if !is_asked && can_answer {
                self.ask(person, span);
            }
        }
    }

    fn ask(&mut self, person: PersonId, span: Span) {
        let settings = self.settings();
        let button = Button {
            id: format!("{READY}{}", span.from.as_second()),
            label: text(settings, Phrase::DutyReadyButton, &[]),
        };
        let asked = text(settings, Phrase::DutyReadyAsk, &[("span", &told(settings, span))]);
        self.words.push(Word::Tell { person: person.clone(), text: asked, buttons: vec![button] });
        self.words.push(Word::Test { person: person.clone() });
        self.watch.checks.push(Check { person, span, state: CheckState::Asked });
    }

    /// The shift has begun and nothing was heard: somebody is called besides, the owner is told.
    fn miss(&mut self) {
        let now = self.now;
        let is_due = |check: &&Check| check.state == CheckState::Asked && check.span.from <= now;
        let due: Vec<Check> = self.watch.checks.iter().filter(is_due).cloned().collect();
        for Check { person, span, .. } in due {
            let on = on_duty(self.settings(), &self.business.changes, now);
            if !on.iter().any(|known| known.id == person.as_str()) {
                self.watch.checks.retain(|check| check.person != person || check.span != span);
                continue;
            }
            let is_covered = on.iter().any(|other| other.id != person.as_str() && !self.is_awaited(other));
            let besides = if is_covered { None } else { self.besides(&person, Span { from: now, to: span.to }) };
            self.tell_of_missing(&person, span, besides.as_ref());
            self.words.extend(besides.clone().map(Word::Besides));
            self.set(&person, span.from, CheckState::Missed { besides });
        }
    }

    /// Nothing has been heard of this person, whose shift has begun.
    fn is_awaited(&self, person: &Person) -> bool {
        let is_theirs = |check: &&Check| check.person.as_str() == person.id && check.span.contains(self.now);
        self.watch.checks.iter().filter(is_theirs).any(|check| check.state != CheckState::Ready)
    }

    /// The spare of the shift, else the next level: somebody who can be called and is not on duty anyway.
    fn besides(&self, missing: &PersonId, span: Span) -> Option<Override> {
        let Business { settings, changes, .. } = self.business;
        let here = Span { from: self.now, to: after(self.now, SignedDuration::from_nanos(1)) };
        let spares = Roster::new(settings, changes, Role::Duty, here).spares_of(missing.as_str(), self.now);
        let spares = spares.into_iter().filter_map(|spare| settings.person(&PersonId::new(spare)));
        let above = [Role::Senior, Role::Owner].into_iter().flat_map(|role| by_role(settings, changes, role, self.now));
        let on = on_duty(settings, changes, self.now);
        let is_free = |person: &&Person| {
            !person.means.is_empty() && person.id != missing.as_str() && on.iter().all(|known| known.id != person.id)
        };
        let next = spares.chain(above).find(is_free)?;
        Some(Override { person: PersonId::new(&*next.id), instead_of: None, span })
    }

    fn tell_of_missing(&mut self, person: &PersonId, span: Span, besides: Option<&Override>) {
        let settings = self.settings();
        let (name, span) = (person_name(settings, person), told(settings, span));
        let Some(besides) = besides else {
            return self.tell_owners(text(settings, Phrase::DutyMissing, &[("person", &name), ("span", &span)]));
        };
        let by = person_name(settings, &besides.person);
        let arguments = [("person", name.as_str()), ("span", &span), ("besides", &by)];
        self.tell_owners_but(&besides.person, text(settings, Phrase::DutyMissingBesides, &arguments));
        let asked = text(settings, Phrase::DutyBesides, &arguments);
        self.words.push(Word::Tell { person: besides.person.clone(), text: asked, buttons: Vec::new() });
    }

    /// False when nobody asked this person about such a shift, or it is over.
    fn confirm(&mut self, person: &PersonId, begins_at: Timestamp) -> bool {
        let now = self.now;
        let is_it = |check: &&Check| check.person == *person && check.span.from == begins_at && check.span.to > now;
        let Some(check) = self.watch.checks.iter().find(is_it).cloned() else { return false };
        if let CheckState::Missed { besides } = check.state {
            let settings = self.settings();
            let told = text(settings, Phrase::DutyFound, &[("person", &person_name(settings, person))]);
            match besides {
                Some(besides) => {
                    let (helper, relieved) = (
                        besides.person.clone(),
                        text(settings, Phrase::DutyRelieved, &[("person", &person_name(settings, person))]),
                    );
                    self.tell_owners_but(&helper, told);
                    self.words.push(Word::Tell { person: helper, text: relieved, buttons: Vec::new() });
                    self.words.push(Word::Relieved(besides));
                }
                None => self.tell_owners(told),
            }
        }
        self.set(person, begins_at, CheckState::Ready);
        true
    }

    fn set(&mut self, person: &PersonId, begins_at: Timestamp, state: CheckState) {
        let is_it = |check: &&mut Check| check.person == *person && check.span.from == begins_at;
        if let Some(check) = self.watch.checks.iter_mut().find(is_it) {
            check.state = state;
        }
    }

    fn tell_owners(&mut self, text: String) {
        self.words.extend(to_owners(self.settings(), &text, None));
    }

    fn tell_owners_but(&mut self, other: &PersonId, text: String) {
        self.words.extend(to_owners(self.settings(), &text, Some(other)));
    }
}

/// The same words for every owner who has a messenger; where there is none, for the seniors.
pub(super) fn to_owners(settings: &Settings, text: &str, but: Option<&PersonId>) -> Vec<Word> {
    let with_messenger = |role: Role| -> Vec<&Person> {
        let people = settings.document.people.iter().filter(|person| person.role == role);
        people.filter(|person| messenger(settings, person).is_some()).collect()
    };
    let owners = with_messenger(Role::Owner);
    let told = if owners.is_empty() { with_messenger(Role::Senior) } else { owners };
    let told = told.into_iter().map(|person| PersonId::new(&*person.id)).filter(|person| Some(person) != but);
    told.map(|person| Word::Tell { person, text: text.to_owned(), buttons: Vec::new() }).collect()
}

fn about(problem: &Problem) -> String {
    match &problem.trouble {
        Trouble::Nobody => "nobody".to_owned(),
        Trouble::Absent(person) => format!("absent/{person}"),
        Trouble::Left(person) => format!("left/{person}"),
        Trouble::NoMeans(person) => format!("mute/{person}"),
        Trouble::TooLong(person) => format!("long/{person}"),
    }
}

/// This moment if an owner may be written to now, else the next at which they may.
fn humane_from(settings: &Settings, now: Timestamp) -> Timestamp {
    let at = settings.wall(now);
    if (HUMANE.0..HUMANE.1).contains(&at.time()) {
        return now;
    }
    let on = if at.time() < HUMANE.0 { at.date() } else { at.date().tomorrow().unwrap_or(at.date()) };
    settings.moment_of(on.to_datetime(HUMANE.0))
}

pub(super) fn told(settings: &Settings, span: Span) -> String {
    wall::span(settings.wall(span.from), settings.wall(span.to))
}

fn after(now: Timestamp, duration: SignedDuration) -> Timestamp {
    now.saturating_add(duration).unwrap_or(Timestamp::MAX)
}
