//! One talk played by the real engine: store, turns, courier and alarms, on a clock that only the story moves.
//!
//! Runs on a paused runtime ([`runtime`]); see docs/decisions/0014-rehearsal-on-a-paused-clock.md.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use jiff::SignedDuration;
use jiff::civil::DateTime;
use nochnik_adapters::ports::{Hook, Incoming, IncomingWhat, NOT_SAID};
use nochnik_core::business::Settings;
use nochnik_core::calendar;
use nochnik_core::conversation::Conversation;
use nochnik_core::duty;
use nochnik_core::effect::Button;
use nochnik_core::event::{Input, InputKind, StaffAct};
use nochnik_core::story::{
    Act, Call, Heard, REHEARSAL_ACCOUNT, Said, Seen, Visit, absence, came, decide, stand_in, visit_change,
};
use nochnik_core::values::{Address, BusinessId, ConversationId, PersonId, SpecialistId};
use nochnik_core::waitlist::Freed;
use nochnik_engine::clock::pause;
use nochnik_engine::{Clock, Engine, Keys, Setup, conversation_id};
use nochnik_store::bookings::NewBooking;
use nochnik_store::duty as rows;
use nochnik_store::messages::Delivery;
use nochnik_store::{Store, alarms, bookings, businesses, conversations, inbox, messages, outbox, wish_models};
use tokio::runtime::{Builder, Runtime};

use super::booth::Booth;

/// The channel the client of a rehearsal writes in, kind and account.
const CLIENT_ACCOUNT: &str = "widget";
const CLIENT_PEER: &str = "client";
/// Whose the visits of others are.
const OTHER: &str = "other";
/// How often it is looked whether the engine has come to rest.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Looks before the engine is said to be restless: a minute of the story's time, several times the longest burst.
const LOOKS_MAX: u32 = 3_000;
/// Alarms of one wait: a core that wakes itself for ever is a fault, not a story.
const ALARMS_MAX: u32 = 2_000;
/// Bubbles one act may bring.
const BUBBLES_MAX: i64 = 1_000;

/// A runtime whose time stands still until everybody waits, then jumps to whoever waits for least.
pub fn runtime() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_time().start_paused(true).build()?)
}

/// A business with one client.
pub struct Stage {
    settings: Settings,
    engine: Engine,
    booth: Booth,
    clock: Clock,
    conversation: ConversationId,
    address: Address,
    /// Number of the last bubble looked at.
    bubble: i64,
    /// Messages of the booth looked at.
    sent: usize,
    /// Buttons the client has seen, oldest first.
    buttons: Vec<Button>,
    /// Names deliveries and visits, so that none repeats.
    count: u64,
}

impl Stage {
    /// Opens the business at this moment of its wall clock. `settings` are those of a rehearsed document.
    pub async fn open(settings: &Settings, starts_at: DateTime) -> Result<Self> {
        let clock = Clock::starting_at(settings.moment_of(starts_at));
        let store = Store::open_inline()?;
        let (id, json, now_ms) = (settings.id.to_string(), serde_json::to_string(&*settings.document)?, clock.now_ms());
        // The engine reads by what lies in the store.
        let model = settings.reader.lexicon().model();
        let taught = (model != nochnik_nlu::shipped_model()).then(|| model.to_bytes());
        let job = move |sql: &mut dyn nochnik_store::Sql| {
            businesses::put(sql, &id, &json, now_ms)?;
            taught.as_ref().map(|model| wish_models::publish(sql, &id, model, now_ms)).transpose()
        };
        store.write(job).await?;
        let booth = Booth::new(clock);
        let setup = Setup {
            store,
            opener: Box::new(booth.clone()),
            keys: Keys::new(b"rehearsal".to_vec()),
            clock,
            node: "rehearsal".to_owned(),
            public_url: String::new(),
            listens: false,
        };
        let engine = Engine::start(setup).await.context("Репетиция не начинается")?;
        let channel = CLIENT_ACCOUNT.to_owned();
        let address = Address { account: channel.clone(), channel, peer: CLIENT_PEER.to_owned() };
        let conversation = conversation_id(settings.id.as_str(), &address);
        let (settings, buttons) = (settings.clone(), Vec::new());
        Ok(Self { settings, engine, booth, clock, conversation, address, bubble: 0, sent: 0, buttons, count: 0 })
    }

    /// Does what the story says and waits until the engine rests. The inner error is the story's: a button never
    /// shown, a person unknown.
    pub async fn perform(&mut self, act: &Act) -> Result<Result<(), String>> {
        let done = match act {
            Act::Nothing => return Ok(Ok(())),
            Act::Client(said) => self.client(said).await?,
            Act::Press { person, label } => self.press(person, label).await?,
            Act::Reply { person, text } => self.staff(person, StaffAct::Reply { text: text.clone() }).await?,
            Act::GiveBack { person } => self.staff(person, StaffAct::GiveBack).await?,
            Act::Came { person, has_come } => match came(&self.state().await?, self.clock.now(), *has_come) {
                Ok(act) => self.staff(person, act).await?,
                Err(problem) => Err(problem),
            },
            Act::Visit { person, now } => {
                match visit_change(&self.settings, &self.state().await?, self.clock.now(), now.as_ref()) {
                    Ok(change) => self.staff(person, StaffAct::Visit(change)).await?,
                    Err(problem) => Err(problem),
                }
            }
            Act::Decide { person, is_approved } => match decide(&self.state().await?, self.clock.now(), *is_approved) {
                Ok(act) => self.staff(person, act).await?,
                Err(problem) => Err(problem),
            },
            Act::Wait(length) => self.wait(*length).await.map(Ok)?,
            // The store runs one turn at a time: whoever is faster is simply there before.
            Act::Taken(visit) | Act::Raced(visit) => self.take(visit).await?,
            Act::Freed(visit) => self.give_back(visit).await?,
            Act::Elsewhere(_) | Act::RemindHere(_) | Act::SayHere(_) => Err("в приёмке у клиента один чат".to_owned()),
            Act::Closed | Act::Bounced { .. } => Err("в приёмке чат клиента всегда открыт".to_owned()),
            Act::StandIn { person, instead_of, from, to } => {
                match stand_in(&self.settings, person, instead_of, *from, *to) {
                    Ok(change) => self.stand_in(change).await.map(Ok)?,
                    Err(problem) => Err(problem),
                }
            }
            Act::Away { person, from, to } => match absence(&self.settings, person, *from, *to) {
                Ok(absence) => self.away(absence).await.map(Ok)?,
                Err(problem) => Err(problem),
            },
            Act::Key { .. } | Act::Unreached { .. } => Err("в приёмке зовут только карточкой".to_owned()),
            Act::Calendar(_) | Act::CalendarSaid(_) => Err("календари в приёмке не участвуют".to_owned()),
            Act::RequestEnded(_) | Act::VisitJudged { .. } => Err("CRM в приёмке не участвует".to_owned()),
            Act::Model(_) => Err("языковая модель в приёмке не участвует".to_owned()),
        };
        self.settle().await?;
        Ok(done)
    }

    /// All that reached people since the last look, and how things stand.
    pub async fn look(&mut self) -> Result<Seen> {
        let (heard, calls) = (self.heard().await?, self.calls());
        self.buttons.extend(heard.iter().flat_map(|heard| heard.buttons.iter().cloned()));
        Ok(Seen { heard, calls, state: self.state().await?, now: self.clock.now() })
    }

    pub async fn close(self) {
        self.engine.kill().await;
    }

    async fn client(&mut self, said: &[Said]) -> Result<Result<(), String>> {
        for said in said {
            let what = match said {
                Said::Input(kind) => kind.clone(),
                Said::Button(label) => match self.buttons.iter().rev().find(|button| &button.label == label) {
                    Some(button) => InputKind::Button { id: button.id.clone(), press_id: None },
                    None => return Ok(Err(format!("кнопки «{label}» клиент не видел"))),
                },
            };
            self.deliver(CLIENT_ACCOUNT, CLIENT_PEER, what).await?;
        }
        Ok(Ok(()))
    }

    /// The latest card of this person that carries such a button.
    async fn press(&mut self, name: &str, label: &str) -> Result<Result<(), String>> {
        let Some(person) = self.person(name) else { return Ok(Err(unknown(name))) };
        let cards = self.booth.sent_since(0);
        let own = cards.iter().rev().filter(|sent| sent.account == REHEARSAL_ACCOUNT && sent.peer == person.as_str());
        let button = own.flat_map(|sent| &sent.message.buttons).find(|button| button.label == label);
        let Some(button) = button else { return Ok(Err(format!("{name} не видит кнопки «{label}»"))) };
        let what = InputKind::Button { id: button.id.clone(), press_id: Some("press".to_owned()) };
        self.deliver(REHEARSAL_ACCOUNT, person.as_str(), what).await.map(Ok)
    }

    async fn staff(&mut self, name: &str, act: StaffAct) -> Result<Result<(), String>> {
        let Some(person) = self.person(name) else { return Ok(Err(unknown(name))) };
        self.count += 1;
        let (business, conversation) = (self.settings.id.as_str(), self.conversation.as_str());
        self.engine.staff(business, conversation, person.as_str(), act, &self.count.to_string()).await?;
        Ok(Ok(()))
    }

    /// Somebody else's visit, as if another conversation had booked it.
    async fn take(&mut self, visit: &Visit) -> Result<Result<(), String>> {
        let Some(specialist) = self.specialist(&visit.specialist) else { return Ok(Err(no_specialist(visit))) };
        self.count += 1;
        let (business, id, specialist) =
            (self.settings.id.to_string(), format!("{OTHER}/{}", self.count), specialist.to_string());
        let ms = |at| self.settings.moment_of(at).as_millisecond();
        let (starts_at_ms, ends_at_ms) = (ms(visit.from), ms(visit.to));
        let job = move |sql: &mut dyn nochnik_store::Sql| {
            let booking = NewBooking {
                id: &id,
                conversation_id: OTHER,
                specialist_id: &specialist,
                service_id: "",
                client_name: "",
                starts_at_ms,
                ends_at_ms,
                visit_ends_at_ms: ends_at_ms,
                held_until_ms: None,
                spans: &[],
            };
            bookings::hold(sql, &business, &booking)?;
            bookings::confirm(sql, &business, &id, "", false)
        };
        self.engine.store.write(job).await?;
        Ok(Ok(()))
    }

    /// Somebody else's visit is cancelled.
    async fn give_back(&mut self, visit: &Visit) -> Result<Result<(), String>> {
        let ms = |at| self.settings.moment_of(at).as_millisecond();
        let (business, from_ms, to_ms) = (self.settings.id.to_string(), ms(visit.from), ms(visit.to));
        let Some(specialist) = self.specialist(&visit.specialist) else { return Ok(Err(no_specialist(visit))) };
        let wanted = specialist.to_string();
        let job = move |sql: &mut dyn nochnik_store::Sql| {
            let listed = bookings::list(sql, &business, from_ms, to_ms)?;
            let is_it =
                |booking: &&bookings::Booking| booking.conversation_id == OTHER && booking.specialist_id == wanted;
            match listed.iter().find(is_it) {
                Some(booking) => bookings::cancel(sql, &business, &booking.id),
                None => Ok(false),
            }
        };
        if !self.engine.store.write(job).await? {
            return Ok(Err("это время не было занято".to_owned()));
        }
        let (from, to) = (self.settings.moment_of(visit.from), self.settings.moment_of(visit.to));
        self.engine.freed(self.settings.id.as_str(), Freed { specialist, from, to }).await?;
        Ok(Ok(()))
    }

    async fn stand_in(&self, change: duty::Override) -> Result<()> {
        let row = rows::Override {
            id: 0,
            person_id: change.person.to_string(),
            instead_of: change.instead_of.map(|person| person.to_string()).unwrap_or_default(),
            from_ms: change.span.from.as_millisecond(),
            to_ms: change.span.to.as_millisecond(),
        };
        let business = self.settings.id.to_string();
        self.engine.store.write(move |sql| rows::put_override(sql, &business, &row)).await?;
        Ok(())
    }

    async fn away(&self, absence: duty::Absence) -> Result<()> {
        let row = rows::Absence {
            id: 0,
            person_id: absence.person.to_string(),
            from_ms: absence.span.from.as_millisecond(),
            to_ms: absence.span.to.as_millisecond(),
        };
        let business = self.settings.id.to_string();
        self.engine.store.write(move |sql| rows::put_absence(sql, &business, &row)).await?;
        Ok(())
    }

    async fn deliver(&mut self, account: &str, peer: &str, what: InputKind) -> Result<()> {
        self.count += 1;
        let input =
            Input { at: NOT_SAID, message_id: format!("m{}", self.count), what, profile_name: None, own_phone: None };
        let (dedupe_key, what) = (format!("d{}", self.count), IncomingWhat::Input { input, replies_to: None });
        self.booth.arrives(Incoming { dedupe_key, peer: peer.to_owned(), what });
        let business = self.settings.id.as_str();
        let path = self.engine.keys().hook_path(business, account);
        self.engine.hook(business, account, &path, &Hook { headers: &[], body: b"" }).await?;
        Ok(())
    }

    /// Goes from alarm to alarm, so that none rings late, and then to the end of the wait.
    async fn wait(&self, length: SignedDuration) -> Result<()> {
        let until_ms = self.clock.now_ms() + i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
        for _ in 0..ALARMS_MAX {
            let due_ms = self.engine.store.read(alarms::next_due_ms).await?.filter(|due_ms| *due_ms <= until_ms);
            self.jump(due_ms.unwrap_or(until_ms)).await;
            if due_ms.is_none() {
                return Ok(());
            }
            self.settle().await?;
        }
        Err(anyhow!("Сценарий не приходит к покою: будильник звонит снова и снова"))
    }

    async fn jump(&self, to_ms: i64) {
        let left_ms = u64::try_from(to_ms - self.clock.now_ms()).unwrap_or(0);
        tokio::time::advance(Duration::from_millis(left_ms)).await;
    }

    /// Waits until nothing is left to play or to send.
    async fn settle(&self) -> Result<()> {
        for _ in 0..LOOKS_MAX {
            pause(LOOK_EVERY).await;
            let now_ms = self.clock.now_ms();
            let is_at_rest = self
                .engine
                .store
                .read(move |sql| {
                    let is_rung = alarms::next_due_ms(sql)?.is_none_or(|due_ms| due_ms > now_ms);
                    Ok(is_rung && inbox::counts(sql)?.waiting == 0 && outbox::counts(sql)?.waiting == 0)
                })
                .await?;
            if is_at_rest {
                return Ok(());
            }
        }
        Err(anyhow!("Движок не приходит к покою: что-то не играется или не уходит"))
    }

    /// New bubbles of ours that reached the client.
    async fn heard(&mut self) -> Result<Vec<Heard>> {
        let (business, conversation, after) =
            (self.settings.id.to_string(), self.conversation.to_string(), self.bubble);
        let job =
            move |sql: &mut dyn nochnik_store::Sql| messages::list(sql, &business, &conversation, after, BUBBLES_MAX);
        let bubbles = self.engine.store.read(job).await?;
        self.bubble = bubbles.last().map_or(self.bubble, |bubble| bubble.seq);
        let ours = bubbles.into_iter().filter(|bubble| bubble.delivery.is_some_and(is_out));
        ours.map(|bubble| {
            let buttons = bubble.buttons.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default();
            let at = jiff::Timestamp::from_millisecond(bubble.at_ms)?;
            let by = bubble.person_id.map(PersonId::new);
            Ok(Heard { at, text: bubble.text, buttons, by })
        })
        .collect()
    }

    fn calls(&mut self) -> Vec<Call> {
        let sent = self.booth.sent_since(self.sent);
        self.sent += sent.len();
        let calls = sent.into_iter().filter(|sent| sent.account == REHEARSAL_ACCOUNT);
        calls.map(|sent| Call { at: sent.at, person: PersonId::new(sent.peer), text: sent.message.text }).collect()
    }

    async fn state(&self) -> Result<Conversation> {
        let (business, conversation) = (self.settings.id.to_string(), self.conversation.to_string());
        let loaded = self.engine.store.read(move |sql| conversations::peek(sql, &business, &conversation)).await?;
        if let Some(loaded) = loaded {
            return Ok(serde_json::from_str(&loaded.state)?);
        }
        let (now, business) = (self.clock.now(), BusinessId::new(self.settings.id.as_str()));
        let is_after_hours = calendar::is_after_hours(&self.settings, now);
        Ok(Conversation::new(business, self.conversation.clone(), self.address.clone(), now, is_after_hours))
    }

    fn specialist(&self, name: &str) -> Option<SpecialistId> {
        let found = self.settings.document.specialists.iter().find(|specialist| specialist.name == name)?;
        Some(SpecialistId::new(&*found.id))
    }

    fn person(&self, name: &str) -> Option<PersonId> {
        let found = self.settings.document.people.iter().find(|person| person.name == name)?;
        Some(PersonId::new(found.id.as_str()))
    }
}

fn is_out(delivery: Delivery) -> bool {
    matches!(delivery, Delivery::Sent | Delivery::Delivered | Delivery::Read)
}

fn no_specialist(visit: &Visit) -> String {
    format!("в документе нет мастера по имени {}", visit.specialist)
}

fn unknown(name: &str) -> String {
    format!("в документе нет человека по имени {name}")
}
