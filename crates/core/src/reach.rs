//! By what a person is reached now: which of their means may ring, and what comes after one that failed.

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::business::{Business, Line, Means, PUSH, Person, Rest, Route, Settings, Way};
use crate::duty;
use crate::effect::{Alarm, Effect, Notice, Summons};
use crate::escalation::{self, Case, Rung};
use crate::limits::{CALLS_MAX, CALLS_WINDOW_MIN};
use crate::notice;
use crate::turn::Turn;
use crate::values::{Address, CaseId, PersonId};

/// What became of a case's rings, as far as later ones depend on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rings {
    /// Did not bring the case to their person; at most every means of everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failed: Vec<Target>,
    /// The highest level on which somebody was rung; 0 before the first.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    level: u8,
    /// Phone calls of the last [`CALLS_WINDOW_MIN`] minutes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    calls: Vec<(PersonId, Timestamp)>,
}

fn is_none_yet(level: &u8) -> bool {
    *level == 0
}

/// One means of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub person: PersonId,
    /// Id of an entry of `channels` or `means`.
    pub account: String,
    /// The person's address there.
    pub to: String,
}

/// A means with where it leads.
struct Ring<'s> {
    means: &'s Means,
    to: To,
}

enum To {
    Messenger(Address),
    Line { line: Line, to: String },
}

/// Pushes where the document gives them no place.
static BESIDE: LazyLock<Means> = LazyLock::new(|| Means {
    route: Route::Account { means: PUSH.to_owned(), to: None },
    after_s: None,
    rest: Rest::default(),
});

/// Whether anything may ring this person at this moment.
pub(crate) fn is_possible(settings: &Settings, person: &Person, is_urgent: bool, now: Timestamp) -> bool {
    !allowed(settings, person, is_urgent, now).is_empty() || beside(settings, person, is_urgent, now).is_some()
}

/// Rings a person by the means of this number, from 1, counted among those that may ring and have not failed.
/// Past the last one the last is used: a later rung never reaches fewer people. Pushes without a number go with it.
pub(crate) fn ring(turn: &mut Turn, case: &mut Case, person: &Person, rung: &Rung, text: &str) {
    ring_by(turn, case, person, (rung.means, rung.level), text);
    let (settings, now) = (turn.settings(), turn.now);
    let Some(beside) = beside(settings, person, case.is_urgent(), now) else { return };
    // As with the others: when everything has failed it is tried once more.
    if !case.rings.has_failed(person, &beside) || !is_working(settings, case, person, now) {
        send(turn, case, person, &beside, (rung.level, text));
    }
}

fn ring_by(turn: &mut Turn, case: &mut Case, person: &Person, (number, level): (u8, u8), text: &str) {
    let (settings, now) = (turn.settings(), turn.now);
    let allowed = allowed(settings, person, case.is_urgent(), now);
    let is_free = |ring: &&Ring<'_>| ring.way() != Some(Way::Call) || case.rings.may_call(person, now);
    let free: Vec<&Ring<'_>> = allowed.iter().filter(is_free).collect();
    let working: Vec<&Ring<'_>> = free.iter().filter(|ring| !case.rings.has_failed(person, ring)).copied().collect();
    // When nothing else may ring, what failed is tried once more: what was down may be up.
    let choice = if working.is_empty() { free } else { working };
    let Some(last) = choice.len().checked_sub(1) else { return };
    let place = usize::from(number.max(1) - 1).min(last);
    send(turn, case, person, choice[place], (level, text));
    if let Some(after_s) = choice.get(place + 1).and_then(|next| next.means.after_s) {
        let target = choice[place].target(person);
        let due = now.saturating_add(SignedDuration::from_secs(i64::from(after_s))).unwrap_or(Timestamp::MAX);
        turn.wake(Alarm::NextMeans { case: case.id.clone(), target }, due);
    }
}

/// A means came to nothing: the person's next one rings now, or else the next rung does.
pub(crate) fn failed(turn: &mut Turn, case_id: &CaseId, target: &Target) {
    let is_it = |case: &&mut Case| &case.id == case_id && case.is_open();
    let Some(case) = turn.conv.case.as_mut().filter(is_it) else { return };
    if case.rings.failed.contains(target) {
        return;
    }
    case.rings.failed.push(target.clone());
    if !go_on(turn, target) && !is_rung_besides(turn, target) {
        escalation::hurry(turn, &target.person);
    }
}

/// What failed was not alone: pushes ring at the same moment as the numbered means, and either of them is enough.
fn is_rung_besides(turn: &Turn, target: &Target) -> bool {
    let (settings, now) = (turn.settings(), turn.now);
    let Some((person, case)) = settings.person(&target.person).zip(turn.conv.case.as_ref()) else { return false };
    if target.account == PUSH && !has_place(person) {
        return is_working(settings, case, person, now);
    }
    beside(settings, person, case.is_urgent(), now).is_some_and(|ring| !case.rings.has_failed(person, &ring))
}

/// The means before it has been silent for as long as the person wished.
pub(crate) fn next_due(turn: &mut Turn, case_id: &CaseId, target: &Target) {
    // What failed has been followed by the next at once.
    let is_it = |case: &Case| {
        &case.id == case_id && case.is_open() && !case.has_passed(&target.person) && !case.rings.failed.contains(target)
    };
    if turn.conv.case.as_ref().is_some_and(is_it) {
        go_on(turn, target);
    }
}

/// The ladder has ended and nobody took the case: everybody who may be called now and whom an SMS reaches gets one,
/// whatever level they belong to. Source: PRODUCT section 7; who is off duty sleeps.
pub(crate) fn tell_all(turn: &mut Turn) {
    let Some(case) = turn.conv.case.clone() else { return };
    let (Business { settings, changes, .. }, now) = (turn.business, turn.now);
    let (title, text) = (notice::alert_title(turn), notice::nobody_took(turn, &case));
    let is_told = |person: &&Person| {
        duty::is_called(settings, changes, person, now) && !case.has_passed(&PersonId::new(&*person.id))
    };
    for person in settings.document.people.iter().filter(is_told) {
        let allowed = allowed(settings, person, case.is_urgent(), now);
        let is_sms = |ring: &&Ring<'_>| ring.way() == Some(Way::Sms) && !case.rings.has_failed(person, ring);
        let Some(ring) = allowed.iter().find(is_sms) else { continue };
        turn.emit(Effect::Summon(Summons {
            case: case.id.clone(),
            person: PersonId::new(&*person.id),
            means: ring.means.account().to_owned(),
            to: ring.to.address().to_owned(),
            level: case.level(),
            title: title.clone(),
            text: text.clone(),
            is_urgent: case.is_urgent(),
        }));
    }
}

/// Rings by the means behind this one; false when there is none left, or the person's shift is over.
fn go_on(turn: &mut Turn, target: &Target) -> bool {
    let Business { settings, changes, .. } = turn.business;
    let on = settings.person(&target.person).filter(|person| duty::is_called(settings, changes, person, turn.now));
    let Some(person) = on else { return false };
    let Some(mut case) = turn.conv.case.take() else { return false };
    let number = number_behind(settings, &case, person, target, turn.now);
    if let Some(number) = number.filter(|_| !case.has_passed(&target.person)) {
        let text = notice::text(turn, &case, None);
        let level = case.level();
        ring_by(turn, &mut case, person, (number, level), &text);
    }
    turn.conv.case = Some(case);
    number.is_some()
}

/// Which of the working means follows this one in the person's order; `None` when it was the last.
fn number_behind(settings: &Settings, case: &Case, person: &Person, target: &Target, now: Timestamp) -> Option<u8> {
    // It may lead nowhere by now: the last device of the person is gone.
    let is_it = |means: &Means| {
        means.account() == target.account
            && leads_to(settings, person, means).is_none_or(|to| to.address() == target.to)
    };
    let place = person.means.iter().position(is_it)?;
    let is_behind = |ring: &Ring<'_>| person.means.iter().skip(place + 1).any(|means| means == ring.means);
    let allowed = allowed(settings, person, case.is_urgent(), now);
    let is_working = |ring: &&Ring<'_>| {
        !case.rings.has_failed(person, ring) && (ring.way() != Some(Way::Call) || case.rings.may_call(person, now))
    };
    let mut working = allowed.iter().filter(is_working);
    working.position(is_behind).and_then(|place| u8::try_from(place + 1).ok())
}

/// Whether some means that may ring has not failed yet.
pub(crate) fn is_working(settings: &Settings, case: &Case, person: &Person, now: Timestamp) -> bool {
    let allowed = allowed(settings, person, case.is_urgent(), now);
    let beside = beside(settings, person, case.is_urgent(), now);
    allowed.iter().chain(&beside).any(|ring| !case.rings.has_failed(person, ring))
}

/// The means that lead somewhere and are not at rest, in the person's order.
fn allowed<'s>(settings: &Settings, person: &'s Person, is_urgent: bool, now: Timestamp) -> Vec<Ring<'s>> {
    let at = settings.wall(now).time();
    if person.rest().holds(is_urgent, at) {
        return Vec::new();
    }
    let awake = person.means.iter().filter(|means| !means.rest.holds(is_urgent, at));
    awake.filter_map(|means| Some(Ring { means, to: leads_to(settings, person, means)? })).collect()
}

/// Pushes to the devices of a person in whose order the document does not name them.
fn beside(settings: &Settings, person: &Person, is_urgent: bool, now: Timestamp) -> Option<Ring<'static>> {
    if has_place(person) || person.rest().holds(is_urgent, settings.wall(now).time()) {
        return None;
    }
    Some(Ring { means: &BESIDE, to: leads_to(settings, person, &BESIDE)? })
}

/// The document gives pushes a number of their own.
fn has_place(person: &Person) -> bool {
    person.means.iter().any(|means| means.account() == PUSH)
}

fn leads_to(settings: &Settings, person: &Person, means: &Means) -> Option<To> {
    match &means.route {
        Route::Messenger { channel, peer } => notice::address(settings, channel, peer).map(To::Messenger),
        Route::Account { means, to } => {
            let line = *settings.lines.get(means)?;
            let to = match (to, line.way) {
                (Some(to), _) => to.clone(),
                (None, Way::Sms | Way::Call) => Some(person.phone.clone()).filter(|phone| !phone.is_empty())?,
                (None, Way::Push) => settings.pushed.contains(&person.id).then(|| person.id.clone())?,
                (None, Way::Email) => return None,
            };
            Some(To::Line { line, to })
        }
    }
}

fn send(turn: &mut Turn, case: &mut Case, person: &Person, ring: &Ring<'_>, (level, text): (u8, &str)) {
    let (is_urgent, id) = (case.is_urgent(), PersonId::new(&*person.id));
    let effect = match &ring.to {
        To::Messenger(to) => Effect::Notify(Notice {
            case: case.id.clone(),
            person: id,
            to: to.clone(),
            level,
            text: text.to_owned(),
            answers: notice::case_answers(turn.settings(), case),
            is_urgent,
        }),
        To::Line { line, to } => Effect::Summon(Summons {
            case: case.id.clone(),
            person: id,
            means: ring.means.account().to_owned(),
            to: to.clone(),
            level,
            title: notice::alert_title(turn),
            text: notice::alert(turn, case, *line),
            is_urgent,
        }),
    };
    if ring.way() == Some(Way::Call) {
        case.rings.count_call(person, turn.now);
    }
    case.rings.level = case.rings.level.max(level);
    turn.emit(effect);
}

impl To {
    fn address(&self) -> &str {
        match self {
            Self::Messenger(to) => &to.peer,
            Self::Line { to, .. } => to,
        }
    }
}

impl Ring<'_> {
    fn way(&self) -> Option<Way> {
        match self.to {
            To::Messenger(_) => None,
            To::Line { line, .. } => Some(line.way),
        }
    }

    fn target(&self, person: &Person) -> Target {
        Target {
            person: PersonId::new(&*person.id),
            account: self.means.account().to_owned(),
            to: self.to.address().to_owned(),
        }
    }
}

impl Rings {
    /// The highest level on which somebody was rung, not merely where the ladder stands; 0 before the first.
    pub fn level(&self) -> u8 {
        self.level
    }

    fn has_failed(&self, person: &Person, ring: &Ring<'_>) -> bool {
        self.failed.contains(&ring.target(person))
    }

    fn may_call(&self, person: &Person, now: Timestamp) -> bool {
        let of_person = self.calls.iter().filter(|(id, at)| id.as_str() == person.id && is_recent(*at, now));
        of_person.count() < CALLS_MAX
    }

    fn count_call(&mut self, person: &Person, now: Timestamp) {
        self.calls.retain(|(_, at)| is_recent(*at, now));
        self.calls.push((PersonId::new(&*person.id), now));
    }
}

fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) < SignedDuration::from_mins(CALLS_WINDOW_MIN)
}
