//! What a player saw come of an act, and whether it is what the story expects.

use jiff::Timestamp;

use super::expect::{Check, Wanted, plain};
use super::show::{heat_word, stage_word};
use crate::business::{Role, Settings};
use crate::conversation::{Booking, BookingState, Conversation, Speaker};
use crate::effect::Button;
use crate::escalation::CaseState;
use crate::values::PersonId;
use crate::wall;

/// All that reached people between two acts, and the state it left.
#[derive(Clone, Debug)]
pub struct Seen {
    pub heard: Vec<Heard>,
    pub calls: Vec<Call>,
    pub state: Conversation,
    pub now: Timestamp,
}

/// A message to the client.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    pub at: Timestamp,
    pub text: String,
    pub buttons: Vec<Button>,
    /// Wrote it instead of the bot.
    pub by: Option<PersonId>,
}

/// A card to one of the staff.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub at: Timestamp,
    pub person: PersonId,
    pub text: String,
}

impl Seen {
    /// Whether the check holds; if not, what is there instead, in Russian.
    pub fn judge(&self, check: &Check, settings: &Settings) -> Result<(), String> {
        let is_met = match check {
            Check::Says(pieces) => self.says(pieces),
            Check::SaysNot(pieces) => !self.says(pieces),
            Check::Silent => self.own_words().next().is_none(),
            Check::Button(label) => self.labels().any(|shown| plain(shown) == plain(label)),
            Check::Slots(count) => self.offered(settings).len() == *count,
            Check::Slot(label) => self.offered(settings).iter().any(|shown| plain(shown) == plain(label)),
            Check::Held(visit) => self.has(visit, settings, |state, _| matches!(state, BookingState::Held { .. })),
            Check::Booked(visit) => self.has(visit, settings, is_to_come),
            Check::Cancelled(visit) => {
                self.has(visit, settings, |state, _| matches!(state, BookingState::Cancelled { .. }))
            }
            Check::Called(role, pieces) => self.called(*role, pieces, settings),
            Check::NobodyCalled => self.calls.is_empty(),
            Check::Lead(words) => fits(words, &self.lead()),
            Check::Contact(words) => fits(words, &self.contact()),
            Check::Case(words) => fits(words, &self.case(settings)),
            Check::Leads(name) => plain(name) == plain(&self.speaker(settings)),
        };
        if is_met { Ok(()) } else { Err(self.instead(check, settings)) }
    }

    fn own_words(&self) -> impl Iterator<Item = &Heard> {
        self.heard.iter().filter(|heard| heard.by.is_none())
    }

    fn says(&self, pieces: &[String]) -> bool {
        self.own_words().any(|heard| holds(&heard.text, pieces))
    }

    fn labels(&self) -> impl Iterator<Item = &str> {
        self.heard.iter().flat_map(|heard| heard.buttons.iter().map(|button| button.label.as_str()))
    }

    /// Times offered to the client, as the buttons name them.
    fn offered(&self, settings: &Settings) -> Vec<String> {
        let today = settings.wall(self.now).date();
        let name = |at| wall::moment_short(settings.wall(at), today);
        let offers = self.state.wish.offers.iter().map(|slot| name(slot.starts_at));
        offers.filter(|offer| self.labels().any(|label| label == offer)).collect()
    }

    fn has(&self, wanted: &Wanted, settings: &Settings, is_such: fn(&BookingState, bool) -> bool) -> bool {
        let such: Vec<&Booking> = self
            .state
            .bookings
            .iter()
            .filter(|booking| is_such(&booking.state, booking.slot.starts_at > self.now))
            .collect();
        match wanted {
            Wanted::None => such.is_empty(),
            Wanted::Any => !such.is_empty(),
            Wanted::At { wall, words } => such.iter().any(|booking| {
                settings.wall(booking.slot.starts_at) == *wall && are_all_in(words, &[visit_of(booking, settings)])
            }),
        }
    }

    fn called(&self, role: Role, pieces: &[String], settings: &Settings) -> bool {
        let mut calls = self.calls.iter().filter(|call| role_of(&call.person, settings) == Some(role));
        if pieces.is_empty() { calls.next().is_none() } else { calls.any(|call| holds(&call.text, pieces)) }
    }

    fn lead(&self) -> Vec<String> {
        let words = |lead: &crate::lead::Lead| vec![heat_word(lead.heat).to_owned(), stage_word(lead.stage).to_owned()];
        self.state.lead.as_ref().map(words).unwrap_or_default()
    }

    fn contact(&self) -> Vec<String> {
        let client = &self.state.client;
        client.name.iter().cloned().chain(client.phone.iter().map(crate::values::Phone::pretty)).collect()
    }

    fn case(&self, settings: &Settings) -> Vec<String> {
        let Some(case) = &self.state.case else { return Vec::new() };
        let state = match &case.state {
            CaseState::Open => "открыто".to_owned(),
            CaseState::Taken { by, .. } => format!("взято {}", name_of(by, settings)),
            CaseState::Morning { .. } => "до утра".to_owned(),
            CaseState::Closed { .. } => "закрыто".to_owned(),
        };
        std::iter::once(state).chain(case.whys.iter().map(|why| why.title().to_owned())).collect()
    }

    fn speaker(&self, settings: &Settings) -> String {
        match &self.state.speaker {
            Speaker::Bot => "бот".to_owned(),
            Speaker::Person { person, .. } => name_of(person, settings),
        }
    }

    /// What stands where the check looked.
    fn instead(&self, check: &Check, settings: &Settings) -> String {
        match check {
            Check::Says(_) | Check::SaysNot(_) | Check::Silent => {
                listed(self.own_words().map(|heard| format!("«{}»", paragraphs(&heard.text, " / "))), "(молчит)")
            }
            Check::Button(_) => listed(self.labels().map(str::to_owned), "кнопок нет"),
            Check::Slots(_) | Check::Slot(_) => listed(self.offered(settings).into_iter(), "окон нет"),
            Check::Held(_) | Check::Booked(_) | Check::Cancelled(_) => {
                listed(self.state.bookings.iter().map(|booking| booking_line(booking, settings)), "записей нет")
            }
            Check::Called(..) | Check::NobodyCalled => {
                listed(self.calls.iter().map(|call| call_line(call, settings)), "никого не звали")
            }
            Check::Lead(_) => listed(self.lead().into_iter(), "лида нет"),
            Check::Contact(_) => listed(self.contact().into_iter(), "контакта нет"),
            Check::Case(_) => listed(self.case(settings).into_iter(), "дела нет"),
            Check::Leads(_) => self.speaker(settings),
        }
    }

    /// What came of the act, in lines for a person.
    pub fn lines(&self, before: &Conversation, settings: &Settings) -> Vec<String> {
        let heard = self.heard.iter().map(|heard| (heard.at, heard_line(heard, settings)));
        let calls = self.calls.iter().map(|call| (call.at, format!("→ {}", call_line(call, settings))));
        let mut told: Vec<(Timestamp, String)> = heard.chain(calls).collect();
        told.sort_by_key(|(at, _)| *at);
        let mut lines: Vec<String> = told.into_iter().map(|(_, line)| line).collect();
        let was: Vec<String> = before.bookings.iter().map(|booking| booking_line(booking, settings)).collect();
        let is: Vec<String> = self.state.bookings.iter().map(|booking| booking_line(booking, settings)).collect();
        lines.extend(is.into_iter().filter(|line| !was.contains(line)).map(|line| format!("* {line}")));
        if before.lead.as_ref().map(|lead| (lead.heat, lead.stage))
            != self.state.lead.as_ref().map(|lead| (lead.heat, lead.stage))
        {
            lines.push(format!("* лид: {}", self.lead().join(", ")));
        }
        if before.speaker != self.state.speaker {
            lines.push(format!("* ведёт: {}", self.speaker(settings)));
        }
        lines
    }
}

fn is_to_come(state: &BookingState, is_ahead: bool) -> bool {
    matches!(state, BookingState::Confirmed { .. }) && is_ahead
}

/// Every piece stands in the text, each behind the one before it.
fn holds(text: &str, pieces: &[String]) -> bool {
    let text = plain(text);
    let mut rest = text.as_str();
    pieces.iter().all(|piece| match rest.split_once(piece.as_str()) {
        Some((_, behind)) => {
            rest = behind;
            true
        }
        None => false,
    })
}

/// Every word stands in one of the facts; no words ask that there be no facts.
fn fits(words: &[String], facts: &[String]) -> bool {
    if words.is_empty() { facts.is_empty() } else { are_all_in(words, facts) }
}

fn are_all_in(words: &[String], facts: &[String]) -> bool {
    words.iter().all(|word| facts.iter().any(|fact| plain(fact).contains(word.as_str())))
}

fn role_of(person: &PersonId, settings: &Settings) -> Option<Role> {
    settings.person(person).map(|person| person.role)
}

fn name_of(person: &PersonId, settings: &Settings) -> String {
    settings.person(person).map_or_else(|| person.to_string(), |person| person.name.clone())
}

/// «Маникюр без покрытия, Анна»
fn visit_of(booking: &Booking, settings: &Settings) -> String {
    let services = booking.services.iter().map(|id| settings.service_name(id));
    let specialist = settings.specialist_name(&booking.slot.specialist);
    services.chain(std::iter::once(specialist)).collect::<Vec<_>>().join(", ")
}

fn booking_line(booking: &Booking, settings: &Settings) -> String {
    let word = match booking.state {
        BookingState::Held { .. } => "бронь",
        BookingState::Requested { .. } => "заявка",
        BookingState::Confirmed { .. } => "запись",
        BookingState::Arrived { .. } => "визит",
        BookingState::NoShow { .. } => "неявка",
        BookingState::Cancelled { .. } => "отмена",
        BookingState::Expired => "бронь снята",
    };
    let at = settings.wall(booking.slot.starts_at);
    let date = format!("{} {:02}.{:02}", wall::weekday_short(at.weekday()), at.day(), at.month());
    format!("{word}: {date} {} {}", wall::time(at), visit_of(booking, settings))
}

fn heard_line(heard: &Heard, settings: &Settings) -> String {
    let who = heard.by.as_ref().map_or_else(|| "ночник".to_owned(), |person| name_of(person, settings));
    let labels: String = heard.buttons.iter().map(|button| format!(" [{}]", button.label)).collect();
    format!("{who} ({}): {}{labels}", wall::time(settings.wall(heard.at)), paragraphs(&heard.text, "\n"))
}

/// The text without its empty lines.
fn paragraphs(text: &str, between: &str) -> String {
    text.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(between)
}

/// The part of a card that a lock screen shows.
fn call_line(call: &Call, settings: &Settings) -> String {
    let role = match role_of(&call.person, settings) {
        Some(Role::Senior) => "старший",
        Some(Role::Owner) => "владелец",
        _ => "дежурный",
    };
    let screen: Vec<&str> = call.text.lines().take_while(|line| !line.is_empty()).collect();
    let (name, time) = (name_of(&call.person, settings), wall::time(settings.wall(call.at)));
    format!("{name}, {role} ({time}): {}", screen.join(" | "))
}

fn listed(items: impl Iterator<Item = String>, nothing: &str) -> String {
    let items: Vec<String> = items.collect();
    if items.is_empty() { nothing.to_owned() } else { items.join("; ") }
}
