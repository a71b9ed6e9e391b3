//! Plays a story and writes it down afresh, with today's answers in it.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::parse::StoryError;
use super::show;
use super::world::{Played, World};
use super::{Act, Said, Scene, Story, Visit};
use crate::acquaintance::{Acquaintance, VisitElsewhere};
use crate::business::Settings;
use crate::conversation::Conversation;
use crate::duty::{Absence, Override, Span};
use crate::effect::Alarm;
use crate::event::{InputKind, NoticeAnswer, SendOutcome, StaffAct, What};
use crate::outside::{CalendarChange, Stands, VisitChange};
use crate::reach::Target;
use crate::schedule::Busy;
use crate::values::{CaseId, PersonId, ServiceId, SpecialistId};
use crate::waitlist::Freed;
use crate::wall;

/// Whose booking a time is that somebody else has taken.
const OTHERS: &str = "others/1";

/// Plays the story over this business. The same story over the same business gives the same text.
///
/// Fails where the story asks for what is not there: a button never shown, a person unknown.
pub fn play(story: &Story, settings: &Settings) -> Result<String, StoryError> {
    let mut world = World::new(settings, settings.moment_of(story.starts_at));
    world.is_detailed = story.is_detailed;
    let mut text = head(story);
    for scene in &story.scenes {
        for line in &scene.lines {
            text.push_str(line);
            text.push('\n');
        }
        let answers = perform(&mut world, scene).map_err(|text| StoryError { line: scene.number, text })?;
        for line in answers.iter().chain(scene.expected.iter().filter(|it| !it.is_words()).map(|it| &it.text)) {
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    Ok(text.replace(wall::NBSP, " "))
}

fn head(story: &Story) -> String {
    let (on, time) = (story.starts_at.date(), wall::time(story.starts_at));
    let date =
        format!("{} {} {} {}", wall::weekday_short(on.weekday()), on.day(), wall::month_of(on.month()), on.year());
    let detail = if story.is_detailed { "    подробно" } else { "" };
    format!("{}\nсалон: {}    сейчас: {date}, {time}{detail}\n", story.title, story.business)
}

pub(super) fn perform(world: &mut World<'_>, scene: &Scene) -> Result<Vec<String>, String> {
    match &scene.act {
        Act::Nothing => Ok(Vec::new()),
        Act::Client(said) => {
            let kinds = said.iter().map(|said| kind_of(world, said)).collect::<Result<_, _>>()?;
            let played = world.client(kinds);
            Ok(at_once(world, &played))
        }
        Act::Reply { person, text } => {
            let person = person_of(world, person)?;
            staff(world, person, StaffAct::Reply { text: text.clone() })
        }
        Act::GiveBack { person } => {
            let person = person_of(world, person)?;
            staff(world, person, StaffAct::GiveBack)
        }
        Act::Came { person, has_come } => {
            let person = person_of(world, person)?;
            let act = came(&world.conv, world.now, *has_come)?;
            staff(world, person, act)
        }
        Act::Key { person } => {
            let person = person_of(world, person)?;
            let last = world.summons.iter().rev().find(|summons| summons.person == person);
            let case = last.map(|summons| summons.case.clone()).ok_or("этому человеку не звонили")?;
            let played = world.play(What::Answer { case, person, answer: NoticeAnswer::Take, press_id: None });
            Ok(at_once(world, &played))
        }
        Act::Unreached { person, account } => {
            let person = person_of(world, person)?;
            let (case, to) = rung(world, &person, account).ok_or("этим способом никого не звали")?;
            let target = Target { person, account: account.clone(), to };
            let played = world.play(What::Unreached { case, target });
            Ok(at_once(world, &played))
        }
        Act::Press { person, label } => press(world, person, label),
        Act::Wait(length) => Ok(wait(world, *length)),
        Act::Model(answer) => {
            let since = world.asked_at.ok_or("модель ни о чём не спрашивали")?;
            let played = world.play(What::Consulted { since, answer: Some(answer.clone()) });
            Ok(at_once(world, &played))
        }
        Act::Taken(visit) => {
            let busy = busy_of(world, visit)?;
            world.others.push(busy);
            Ok(Vec::new())
        }
        Act::Freed(visit) => {
            let busy = busy_of(world, visit)?;
            let before = world.others.len();
            world.others.retain(|other| *other != busy);
            if world.others.len() == before {
                return Err("это время не было занято".to_owned());
            }
            let freed = Freed { specialist: specialist_of(world.settings, visit)?, from: busy.from, to: busy.to };
            Ok(world.tell_of(freed).map_or_else(Vec::new, |played| at_once(world, &played)))
        }
        Act::Elsewhere(visit) => {
            let visit = elsewhere(world, visit)?;
            let other = Acquaintance { name: None, is_vouched: true, was_booked: false, visits: vec![visit] };
            let played = world.play(What::Acquainted(vec![other]));
            Ok(at_once(world, &played))
        }
        Act::RemindHere(visit) => {
            let visit = elsewhere(world, visit)?;
            let alarm = Alarm::RemindHere { booking: "o/1".to_owned(), before_min: 0, visit };
            let played = world.play(What::Alarm(alarm));
            Ok(at_once(world, &played))
        }
        Act::Closed => {
            let played = world.play(What::Reachable(false));
            Ok(at_once(world, &played))
        }
        Act::SayHere(text) => {
            let alarm = Alarm::SayHere { from: "o#0".to_owned(), text: text.clone(), by: None };
            let played = world.play(What::Alarm(alarm));
            Ok(at_once(world, &played))
        }
        Act::Bounced { code } => {
            let (key, if_lost) = world.last_said.clone().ok_or("клиенту ещё ничего не писали")?;
            let outcome = SendOutcome::Refused { code: code.clone() };
            let played = world.play(What::Sent { key, outcome, if_lost });
            Ok(at_once(world, &played))
        }
        Act::StandIn { person, instead_of, from, to } => {
            let change = stand_in(world.settings, person, instead_of, *from, *to)?;
            Arc::make_mut(&mut world.changes).overrides.push(change);
            Ok(Vec::new())
        }
        Act::Away { person, from, to } => {
            let absence = absence(world.settings, person, *from, *to)?;
            Arc::make_mut(&mut world.changes).absences.push(absence);
            Ok(Vec::new())
        }
        Act::Visit { person, now } => {
            let person = person_of(world, person)?;
            let change = visit_change(world.settings, &world.conv, world.now, now.as_ref())?;
            staff(world, person, StaffAct::Visit(change))
        }
        Act::Decide { person, is_approved } => {
            let person = person_of(world, person)?;
            let act = decide(&world.conv, world.now, *is_approved)?;
            staff(world, person, act)
        }
        Act::Calendar(visit) => {
            let visit = visit_change(world.settings, &world.conv, world.now, visit.as_ref())?;
            let change = CalendarChange { calendar: "Яндекс".to_owned(), visit };
            let played = world.play(What::CalendarChanged(change));
            Ok(at_once(world, &played))
        }
        Act::RequestEnded(end) => {
            let request_no = world.conv.request_no;
            let played = world.play(What::RequestEnded { request_no, end: *end });
            Ok(at_once(world, &played))
        }
        Act::VisitJudged { has_come } => {
            let request_no = world.conv.request_no;
            let played = world.play(What::VisitJudged { request_no, has_come: *has_come });
            Ok(at_once(world, &played))
        }
        Act::CalendarSaid(answer) => {
            let asked = world.conv.requested(world.now).into_iter().next_back().map(|booking| booking.id.clone());
            let booking = asked.ok_or("календарь ни о чём не спрашивали")?;
            let played = world.play(What::CalendarAnswered { booking, answer: *answer });
            Ok(at_once(world, &played))
        }
        Act::Raced(visit) => {
            let busy = busy_of(world, visit)?;
            world.raced.push(busy);
            Ok(Vec::new())
        }
    }
}

/// A change of the client's next visit, else of the one called off last. Refused in the story's words where there is
/// none.
pub fn visit_change(
    settings: &Settings,
    conv: &Conversation,
    now: Timestamp,
    visit: Option<&Visit>,
) -> Result<VisitChange, String> {
    let coming = conv.coming(now).into_iter().next();
    let booking = coming.or_else(|| conv.bookings.last()).ok_or("клиент ни на что не записан")?;
    let stands = |visit: &Visit| {
        let (from, to) = (settings.moment_of(visit.from), settings.moment_of(visit.to));
        specialist_of(settings, visit).map(|specialist| Stands { specialist, from, to })
    };
    let was = Stands::of(&booking.slot);
    Ok(VisitChange { booking: booking.id.clone(), was, now: visit.map(stands).transpose()? })
}

fn elsewhere(world: &World<'_>, visit: &Visit) -> Result<VisitElsewhere, String> {
    let specialist = specialist_of(world.settings, visit)?;
    let services = world.settings.specialist(&specialist).and_then(|found| found.services.first());
    let services = services.map(|service| vec![ServiceId::new(&**service)]).unwrap_or_default();
    Ok(VisitElsewhere { services, specialist, starts_at: world.settings.moment_of(visit.from) })
}

/// The mark on the visit that began last. Refused in the story's words while none has begun.
pub fn came(conv: &Conversation, now: Timestamp, has_come: bool) -> Result<StaffAct, String> {
    let begun = conv.bookings.iter().filter(|booking| booking.slot.starts_at <= now);
    let last = begun.max_by_key(|booking| booking.slot.starts_at).ok_or("ни один визит ещё не начался")?;
    Ok(StaffAct::Came { booking: last.id.clone(), has_come })
}

/// The word on the soonest visit that waits for it. Refused in the story's words where none does.
pub fn decide(conv: &Conversation, now: Timestamp, is_approved: bool) -> Result<StaffAct, String> {
    let first = conv.undecided(now).into_iter().next().ok_or("ни одна запись не ждёт решения человека")?;
    Ok(StaffAct::Decide { booking: first.id.clone(), is_approved })
}

/// What came of one act; silence is said, too.
pub(super) fn at_once(world: &World<'_>, played: &Played) -> Vec<String> {
    let shown = show::effects(world, played, None);
    if shown.is_empty() { vec!["ночник:  (молчит)".to_owned()] } else { shown }
}

fn staff(world: &mut World<'_>, person: PersonId, act: StaffAct) -> Result<Vec<String>, String> {
    let played = world.play(What::Staff { person, act });
    Ok(show::effects(world, &played, None))
}

fn press(world: &mut World<'_>, name: &str, label: &str) -> Result<Vec<String>, String> {
    let person = person_of(world, name)?;
    let (case, answer) = button_of(world, &person, label).ok_or_else(|| format!("{name} не видит кнопки «{label}»"))?;
    let played = world.play(What::Answer { case, person, answer, press_id: Some("press".to_owned()) });
    Ok(at_once(world, &played))
}

/// The case and the address of the last ring of this person by this account.
fn rung(world: &World<'_>, person: &PersonId, account: &str) -> Option<(CaseId, String)> {
    let summons = world.summons.iter().rev().find(|it| &it.person == person && it.means == account);
    let notice = || world.notices.iter().rev().find(|it| &it.person == person && it.to.account == account);
    summons
        .map(|it| (it.case.clone(), it.to.clone()))
        .or_else(|| notice().map(|it| (it.case.clone(), it.to.peer.clone())))
}

/// The latest notice of this person that carries such a button.
fn button_of(world: &World<'_>, person: &PersonId, label: &str) -> Option<(CaseId, NoticeAnswer)> {
    let own = world.notices.iter().rev().filter(|notice| &notice.person == person);
    own.flat_map(|notice| notice.answers.iter().map(|button| (&notice.case, button)))
        .find(|(_, button)| button.label == label)
        .map(|(case, button)| (case.clone(), button.answer))
}

/// Moves the clock and fires what falls due on the way, in order.
pub(super) fn wait(world: &mut World<'_>, length: jiff::SignedDuration) -> Vec<String> {
    let until = world.now + length;
    let mut shown = Vec::new();
    while let Some(alarm) = world.next_alarm(until) {
        let played = world.play(What::Alarm(alarm));
        let time = wall::time(world.settings.wall(world.now));
        shown.extend(show::effects(world, &played, Some(&time)));
    }
    world.now = until;
    shown
}

fn kind_of(world: &World<'_>, said: &Said) -> Result<InputKind, String> {
    match said {
        Said::Input(kind) => Ok(kind.clone()),
        Said::Button(label) => {
            let shown = world.buttons.iter().rev().find(|button| &button.label == label);
            let button = shown.ok_or_else(|| {
                let labels: Vec<&str> = world.buttons.iter().map(|button| button.label.as_str()).collect();
                format!("кнопки «{label}» клиент не видел, видел: {}", labels.join(", "))
            })?;
            Ok(InputKind::Button { id: button.id.clone(), press_id: Some("press".to_owned()) })
        }
    }
}

/// The override that a story speaks of.
///
/// # Errors
/// One of the names is nobody's.
pub fn stand_in(
    settings: &Settings,
    person: &str,
    instead_of: &str,
    from: DateTime,
    to: DateTime,
) -> Result<Override, String> {
    let span = Span { from: settings.moment_of(from), to: settings.moment_of(to) };
    Ok(Override { person: named(settings, person)?, instead_of: Some(named(settings, instead_of)?), span })
}

/// The absence that a story speaks of.
///
/// # Errors
/// The name is nobody's.
pub fn absence(settings: &Settings, person: &str, from: DateTime, to: DateTime) -> Result<Absence, String> {
    let span = Span { from: settings.moment_of(from), to: settings.moment_of(to) };
    Ok(Absence { person: named(settings, person)?, span })
}

fn named(settings: &Settings, name: &str) -> Result<PersonId, String> {
    let found = settings.document.people.iter().find(|person| person.name == name);
    found.map(|person| PersonId::new(&*person.id)).ok_or_else(|| format!("в документе нет человека по имени {name}"))
}

fn person_of(world: &World<'_>, name: &str) -> Result<PersonId, String> {
    named(world.settings, name)
}

fn busy_of(world: &World<'_>, visit: &Visit) -> Result<Busy, String> {
    let specialist = specialist_of(world.settings, visit)?;
    let (from, to) = (world.settings.moment_of(visit.from), world.settings.moment_of(visit.to));
    Ok(Busy { booking: OTHERS.to_owned(), ..Busy::of_specialist(specialist, from, to) })
}

fn specialist_of(settings: &Settings, visit: &Visit) -> Result<SpecialistId, String> {
    let specialists = &settings.document.specialists;
    let found = specialists.iter().find(|specialist| specialist.name == visit.specialist);
    let specialist = found.ok_or_else(|| format!("в документе нет мастера по имени {}", visit.specialist))?;
    Ok(SpecialistId::new(&*specialist.id))
}
