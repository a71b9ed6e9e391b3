//! Whole conversations of the labelled set: one case in, what the bot made of each turn out.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use nochnik_nlu::{Expecting, Grain, Intent, Meaning, When, label};
use serde::Deserialize;
use serde_json::{Value, json};

use super::world::{Played, World};
use crate::business::Settings;
use crate::conversation::{Asking, Booking, BookingState, Conversation};
use crate::dialogue::expecting;
use crate::effect::Effect;
use crate::escalation::{CaseState, Why};
use crate::event::InputKind;
use crate::lead::Heat;
use crate::schedule::Slot;
use crate::values::{Phone, ServiceId, SpecialistId};
use crate::wall;

/// A visit that was is put so long ago.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// One case; the keys of the expected outcome are passed over.
#[derive(Deserialize)]
struct Case {
    id: Value,
    now: Timestamp,
    #[serde(default)]
    known: Option<Known>,
    turns: Vec<ClientTurn>,
}

#[derive(Deserialize)]
struct ClientTurn {
    client: String,
}

/// A client who came back, perhaps with a booking.
#[derive(Deserialize)]
struct Known {
    name: Option<String>,
    phone: Option<String>,
    services: Vec<ServiceId>,
    staff: Option<SpecialistId>,
    when: Option<KnownWhen>,
    last_bot_question: Option<Expecting>,
}

/// Only the beginning matters: a booking has an exact one.
#[derive(Deserialize)]
struct KnownWhen {
    from: String,
}

/// Plays one case and tells intent, state, collected facts, heat and reply after every turn.
///
/// The reply is null when the bot keeps silent. Fails when the line is not a case.
pub fn converse(settings: &Settings, line: &str) -> Result<Value, serde_json::Error> {
    let case: Case = serde_json::from_str(line)?;
    let mut world = World::new(settings, case.now);
    let mut facts = Facts::default();
    if let Some(known) = &case.known {
        facts.services.clone_from(&known.services);
        remember(&mut world, known);
        facts.staff.clone_from(&known.staff);
        facts.learn(&world);
    }
    let turns: Vec<Value> = case.turns.iter().map(|turn| play(&mut world, &mut facts, &turn.client)).collect();
    Ok(json!({ "id": case.id, "turns": turns }))
}

fn play(world: &mut World<'_>, facts: &mut Facts, text: &str) -> Value {
    let wall = world.settings.wall(world.now);
    let meaning = world.settings.reader.read(text, expecting(world.conv.asking), wall);
    let taken_as = taken_as(&world.conv, &meaning);
    let was_late = is_late(&world.conv);
    let played = world.client(vec![InputKind::Text { text: text.to_owned() }]);
    facts.asked_for(meaning.specialist.as_ref().map(|found| SpecialistId::new(&found.value)), world);
    facts.learn(world);
    facts.late_min = meaning.late_min.or(facts.late_min);
    json!({
        // «Ой, скорее на 20» behind «опоздаю на 15» is read as what it was said of.
        "intent": if was_late && is_late(&world.conv) { Intent::Late } else { taken_as },
        "state": state_of(world, &played, meaning.intent()),
        "collected": facts.value(),
        "hot": world.conv.lead.as_ref().is_some_and(|lead| lead.heat == Heat::Hot),
        "reply": reply_of(&played).map(|text| text.replace(wall::NBSP, " ")),
    })
}

fn is_late(conv: &Conversation) -> bool {
    conv.read_as.is_some_and(|read| read.intent == Intent::Late)
}

/// A yes where nothing is asked that a yes answers is what it brings: a time that nobody offered, a name, a number.
fn taken_as(conv: &Conversation, meaning: &Meaning) -> Intent {
    let is_offered = conv.asking == Asking::Slot && (meaning.choice.is_some() || meaning.when.is_none());
    let is_open = matches!(conv.asking, Asking::Nothing | Asking::When | Asking::Slot) && !is_offered;
    let brings = meaning.when.is_some() || meaning.name.is_some() || meaning.phone.is_some();
    match meaning.intent() {
        Intent::Confirm if is_open && brings => Intent::Inform,
        intent => intent,
    }
}

/// A rating was given, or the wish given up, and nothing is asked.
fn is_done_with(conv: &Conversation, intent: Intent) -> bool {
    conv.asking == Asking::Nothing && matches!(intent, Intent::Feedback | Intent::Cancel | Intent::Decline)
}

fn reply_of(played: &Played) -> Option<&str> {
    played.effects.iter().find_map(|effect| match effect {
        Effect::Say(reply) => Some(reply.text.as_str()),
        _ => None,
    })
}

/// Puts the returning client's booking and the open question into the world.
fn remember(world: &mut World<'_>, known: &Known) {
    world.conv.client.is_greeted = true;
    world.conv.client.name.clone_from(&known.name);
    world.conv.client.phone = known.phone.as_deref().and_then(|phone| Phone::parse(phone).ok());
    world.conv.client.is_phone_confirmed = true;
    world.conv.asking = match known.last_bot_question {
        Some(Expecting::Reminder) => Asking::Reminder,
        Some(Expecting::Csat) => Asking::Rating,
        _ => Asking::Nothing,
    };
    if matches!(known.last_bot_question, Some(Expecting::OfferSlots | Expecting::AskWhen)) {
        world.conv.asking = Asking::When;
        world.conv.wish.wants_visit = true;
        world.conv.wish.services.clone_from(&known.services);
    }
    let coming = known.when.as_ref().and_then(|when| when.from.parse().ok());
    let is_of_past = coming.is_none() && matches!(known.last_bot_question, None | Some(Expecting::Csat));
    // Nothing is known of a visit that was but what for, and by whom.
    let past = world.settings.wall(world.now).date().checked_sub(WEEK).ok().map(|day| day.at(12, 0, 0, 0));
    let Some(wall) = coming.or(past.filter(|_| is_of_past)) else { return };
    let Some(slot) = slot_of(world.settings, known, wall) else { return };
    let id = world.conv.next_id("");
    let at = world.now;
    let state = if is_of_past { BookingState::Arrived { at } } else { BookingState::Confirmed { at } };
    if !is_of_past {
        world.remember(&id, slot.clone());
    }
    world.conv.bookings.push(Booking::new(id, known.services.clone(), slot, state));
}

fn slot_of(settings: &Settings, known: &Known, wall: DateTime) -> Option<Slot> {
    // A service that nobody is told to do was done by somebody all the same.
    let able = settings.specialists_for(&known.services).into_iter().chain(&settings.document.specialists).next();
    let first = able.map(|found| SpecialistId::new(&*found.id));
    let minutes =
        known.services.iter().filter_map(|id| settings.service(id)).map(|it| i64::from(it.duration_min)).sum();
    let starts_at = settings.moment_of(wall);
    let ends_at = starts_at + SignedDuration::from_mins(minutes);
    Some(Slot {
        specialist: known.staff.clone().or(first)?,
        starts_at,
        ends_at,
        busy_until: ends_at,
        extra: Default::default(),
    })
}

/// The state of the labelled set that the talk has come to.
fn state_of(world: &World<'_>, played: &Played, intent: Intent) -> &'static str {
    let conv = &world.conv;
    let live = conv.case.as_ref().filter(|case| !matches!(case.state, CaseState::Closed { .. }));
    let whys = live.map_or(&[][..], |case| &case.whys);
    let is_last_cancelled =
        conv.bookings.last().is_some_and(|booking| matches!(booking.state, BookingState::Cancelled { .. }));
    match () {
        () if whys.iter().any(|why| why.is_grave()) => "escalated",
        () if intent == Intent::Late
            || whys.iter().any(|why| why.is_handoff() || matches!(why, Why::Late | Why::LateLater)) =>
        {
            "handed_off"
        }
        () if matches!(conv.asking, Asking::Confirm | Asking::ConfirmMove) => "awaiting_confirm",
        () if conv.wish.handed_over_at.is_some() => "booked",
        () if conv.wish.wants_visit || conv.replaced.is_some() => "collecting",
        () if is_last_cancelled => "cancelled",
        () if !conv.coming(world.now).is_empty() => "booked",
        () if is_done_with(conv, intent) => "closed",
        () if conv.client.phone.is_some() => "qualified",
        () if reply_of(played).is_none() || conv.lead.is_none() => "closed",
        () => "collecting",
    }
}

/// What has been gathered so far; a booked wish is emptied, so that the last of it is kept here.
#[derive(Default)]
struct Facts {
    name: Option<String>,
    phone: Option<String>,
    services: Vec<ServiceId>,
    staff: Option<SpecialistId>,
    when: Option<When>,
    when_old: Option<When>,
    late_min: Option<u16>,
}

impl Facts {
    /// Only whom the client named: an old visit's specialist, kept for a new one, was not asked for.
    fn asked_for(&mut self, named: Option<SpecialistId>, world: &World<'_>) {
        let wish = &world.conv.wish;
        self.staff =
            named.or(self.staff.take()).filter(|staff| !wish.wants_visit || wish.specialist.as_ref() == Some(staff));
    }

    fn learn(&mut self, world: &World<'_>) {
        let conv = &world.conv;
        self.name.clone_from(&conv.client.name);
        self.phone = conv.client.phone.as_ref().map(|phone| phone.e164().to_owned());
        let booking = conv.held().or_else(|| conv.bookings.iter().rev().find(|b| is_standing(b)));
        if !conv.wish.services.is_empty() {
            self.services.clone_from(&conv.wish.services);
        } else if let Some(booking) = booking {
            self.services.clone_from(&booking.services);
        }
        let replaced = conv.replaced.as_deref().and_then(|id| conv.booking(id));
        self.when_old = replaced.map(|old| exact(world.settings, old)).or(self.when_old);
        self.when = when_of(world.settings, conv, booking).or(self.when);
    }

    fn value(&self) -> Value {
        json!({
            "name": self.name,
            "phone": self.phone,
            "services": self.services,
            "staff": self.staff,
            "when": self.when.as_ref().map(label::window),
            "when_old": self.when_old.as_ref().map(label::window),
            "late_min": self.late_min,
        })
    }
}

fn is_standing(booking: &Booking) -> bool {
    matches!(booking.state, BookingState::Confirmed { .. })
}

/// The slot kept for the client, else the wish, else the visit that stands.
fn when_of(settings: &Settings, conv: &Conversation, booking: Option<&Booking>) -> Option<When> {
    let exact = |booking| exact(settings, booking);
    conv.held().map(exact).or(conv.wish.when).or_else(|| booking.map(exact))
}

fn exact(settings: &Settings, booking: &Booking) -> When {
    let wall = settings.wall(booking.slot.starts_at);
    When {
        grain: Grain::Time,
        from_on: Some(wall.date()),
        to_on: None,
        from_at: Some(wall.time()),
        to_at: None,
        is_date_stated: true,
        is_hour_certain: true,
    }
}
