//! The one door in: what a channel read becomes rows of the inbox, each for its conversation.

use jiff::Timestamp;
use nochnik_adapters::ports::{Echo, Incoming, IncomingWhat, Outgoing};
use nochnik_adapters::sound::SOUND_SECONDS_MAX;
use nochnik_core::duty::{Menu, Tap, is_wish, read_ready, read_tap, which};
use nochnik_core::event::{AttachmentKind, FileRef, Input, InputKind, StaffAct, What};
use nochnik_core::phrases::{self, Phrase};
use nochnik_core::values::{Address, CaseId, PersonId};
use nochnik_store::inbox::Arrival;
use nochnik_store::outbox::NewRow;
use nochnik_store::{Sql, StoreError, inbox, notices, outbox};

use crate::arrived::{Arrived, conversation_id, instant};
use crate::bind;
use crate::businesses::Known;
use crate::duty;
use crate::errand::{Errand, LISTEN, channel_destination};
use crate::returns::{self, Conversation};
use crate::summons;
use crate::tokens;
use crate::watch;

/// So long the turn of a voice message waits for its words: the answer still comes in seconds.
const LISTEN_MS: i64 = 8_000;

/// What an ingested delivery touched.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ingested {
    /// Conversations to play.
    pub conversations: Vec<String>,
    pub new: usize,
    pub repeated: usize,
    pub unknown: usize,
    /// Taps that were refused: a foreign, forged or used token.
    pub refused: usize,
    /// One of the staff was bound to an address: the document has a new version.
    pub has_bound: bool,
    /// An answer to one of the staff waits in the outbox of this destination.
    pub told: Option<String>,
    /// A voice message waits in the outbox of this speech server.
    pub listens: Option<String>,
}

/// Stores a delivery. Repeating it changes nothing: every update has its own key.
pub fn ingest(
    sql: &mut dyn Sql,
    known: &Known,
    account: &str,
    incoming: &[Incoming],
    now_ms: i64,
) -> Result<Ingested, StoreError> {
    let mut door = Door { sql, known, account, now_ms, done: Ingested::default() };
    for update in incoming {
        door.update(update)?;
    }
    Ok(door.done)
}

struct Door<'a> {
    sql: &'a mut dyn Sql,
    known: &'a Known,
    account: &'a str,
    now_ms: i64,
    done: Ingested,
}

impl Door<'_> {
    fn business(&self) -> &str {
        self.known.settings.id.as_str()
    }

    fn channel(&self) -> &str {
        self.known.settings.channel(self.account).map_or(self.account, |entry| entry.kind.as_str())
    }

    fn address(&self, peer: &str) -> Address {
        Address { channel: self.channel().to_owned(), account: self.account.to_owned(), peer: peer.to_owned() }
    }

    fn update(&mut self, update: &Incoming) -> Result<(), StoreError> {
        match &update.what {
            IncomingWhat::Unknown { raw, .. } => self.keep_unknown(update, raw),
            IncomingWhat::Reachable(is_reachable) => {
                let address = self.address(&update.peer);
                let conversation = conversation_id(self.business(), &address).to_string();
                self.arrive(
                    &update.dedupe_key,
                    conversation,
                    &Arrived::Reachable { address, is_reachable: *is_reachable },
                )
            }
            IncomingWhat::Input { input, replies_to } => self.input(update, input, replies_to.as_deref()),
            IncomingWhat::NewNumber { phone } => {
                let conversation = self.conversation_of(&update.peer);
                // A client that we do not know has had no other number.
                if !conversation.is_known(self.sql)? {
                    return Ok(());
                }
                let what = What::NewNumber(phone.clone());
                self.arrive(&update.dedupe_key, conversation.id, &Arrived::Happened(what))
            }
            IncomingWhat::Deleted { message_id } => {
                let conversation = self.conversation_of(&update.peer);
                returns::deleted(self.sql, &conversation, message_id)
            }
            IncomingWhat::Echo(echo) => self.echo(update, echo),
            IncomingWhat::Notice { text } => {
                let key = format!("vendor:{}/{}", self.account, update.dedupe_key);
                watch::tell(self.sql, self.known, self.account, &key, text, self.now_ms)
            }
            IncomingWhat::Status(status) => {
                let conversation = self.conversation_of(&update.peer);
                let news = returns::status(self.sql, &conversation, status, self.now_ms)?;
                self.done.conversations.extend(news);
                Ok(())
            }
        }
    }

    fn conversation_of(&self, peer: &str) -> Conversation {
        let business = self.business().to_owned();
        let id = conversation_id(&business, &self.address(peer)).to_string();
        Conversation { business, id }
    }

    /// A message that left our account by itself: somebody of the staff answers in the vendor's own app.
    fn echo(&mut self, update: &Incoming, echo: &Echo) -> Result<(), StoreError> {
        let conversation = self.conversation_of(&update.peer);
        let channel = self.known.ports.channels.get(self.account);
        let text_chars_max = channel.map_or(usize::MAX, |channel| channel.kind().limits.text_chars_max);
        if !returns::is_persons(self.sql, &conversation, echo, text_chars_max)? {
            return returns::came_back(self.sql, &conversation, echo, text_chars_max, self.now_ms);
        }
        let (text, message_id) = (echo.text.clone(), echo.message_id.clone());
        let act = StaffAct::WroteElsewhere { text, message_id };
        let what = What::Staff { person: PersonId::outside(), act };
        self.arrive(&update.dedupe_key, conversation.id, &Arrived::Happened(what))
    }

    fn keep_unknown(&mut self, update: &Incoming, raw: &str) -> Result<(), StoreError> {
        let dedupe_key = format!("{}/{}", self.account, update.dedupe_key);
        let arrival = Arrival {
            dedupe_key: &dedupe_key,
            conversation_id: "",
            kind: "unknown",
            payload: raw,
            received_at_ms: self.now_ms,
            due_at_ms: self.now_ms,
        };
        let business = self.business().to_owned();
        match inbox::keep(self.sql, &business, &arrival)? {
            Some(_) => self.done.unknown += 1,
            None => self.done.repeated += 1,
        }
        Ok(())
    }

    fn input(&mut self, update: &Incoming, input: &Input, replies_to: Option<&str>) -> Result<(), StoreError> {
        if let InputKind::Button { id, press_id } = &input.what
            && let Some((token, answer)) = tokens::read_button(id)
        {
            return self.tap(update, token, answer, press_id.clone());
        }
        if let InputKind::Button { id, press_id } = &input.what
            && let Some(begins_at) = read_ready(id)
        {
            return self.ready(update, begins_at, press_id.as_deref());
        }
        if let InputKind::Button { id, press_id } = &input.what
            && let Some(tap) = read_tap(id)
        {
            return self.exchange(update, &tap, press_id.as_deref());
        }
        if let Some(payload) = bind_payload(&input.what)
            && let Some(name) = self.bind(update, payload)?
        {
            self.done.has_bound = true;
            let text = phrases::text(&self.known.settings, Phrase::StaffBound, &[("name", &name)]);
            return self.tell(update, text);
        }
        let staff = (self.account.to_owned(), update.peer.clone());
        if let Some(person) = self.known.staff.get(&staff).cloned() {
            return self.staff(update, input, &person, replies_to);
        }
        if self.is_for_staff() {
            return self.stranger(update);
        }
        let address = self.address(&update.peer);
        let conversation = conversation_id(self.business(), &address).to_string();
        let file = voice_file(&input.what).filter(|_| self.known.ports.speech.is_some());
        let listening_until_ms = file.map(|_| self.now_ms + LISTEN_MS);
        let arrived = Arrived::Client { address, input: input.clone(), listening_until_ms };
        let news = self.done.new;
        self.arrive(&update.dedupe_key, conversation.clone(), &arrived)?;
        match file.zip(listening_until_ms).filter(|_| self.done.new > news) {
            Some((file, until_ms)) => self.listen(update, &conversation, file, until_ms),
            None => Ok(()),
        }
    }

    /// Has a voice message turned into words. Nothing but its name is kept: the sound goes from hand to hand.
    fn listen(
        &mut self,
        update: &Incoming,
        conversation: &str,
        file: &FileRef,
        until_ms: i64,
    ) -> Result<(), StoreError> {
        let Some(destination) = self.known.ports.speech.as_ref().map(|speech| speech.destination()) else {
            return Ok(());
        };
        let account = self.account.to_owned();
        let arrival = format!("{account}/{}", update.dedupe_key);
        let key = format!("{LISTEN}:{arrival}");
        let errand = Errand::Listen { account, file: file.clone(), arrival, until_ms };
        let row = NewRow {
            key: &key,
            conversation_id: conversation,
            lane: &key,
            destination: &destination,
            kind: LISTEN,
            priority: 0,
            payload: &serde_json::to_string(&errand).unwrap_or_default(),
            created_at_ms: self.now_ms,
            due_at_ms: self.now_ms,
        };
        let business = self.business().to_owned();
        if outbox::put(self.sql, &business, &row, None)?.is_some() {
            self.done.listens = Some(destination);
        }
        Ok(())
    }

    /// A button under a notice. It works for the person it was sent to, in the place it was sent to.
    fn tap(
        &mut self,
        update: &Incoming,
        token: &str,
        answer: nochnik_core::event::NoticeAnswer,
        press_id: Option<String>,
    ) -> Result<(), StoreError> {
        let found = notices::find(self.sql, token)?.filter(|(business, notice)| {
            business == self.business() && notice.account == self.account && notice.peer == update.peer
        });
        let Some((_, notice)) = found else {
            self.done.refused += 1;
            return Ok(());
        };
        if self.known.settings.person(&PersonId::new(&*notice.person_id)).is_none() {
            self.done.refused += 1;
            return summons::pressed_by_one_who_left(self.sql, self.known, &notice, self.now_ms);
        }
        let (case, person) = (CaseId::new(&*notice.case_id), PersonId::new(&*notice.person_id));
        let what = if notice.expires_at_ms <= self.now_ms {
            What::StalePress { case, person, press_id }
        } else {
            let business = self.business().to_owned();
            notices::use_once(self.sql, &business, token, self.now_ms)?;
            What::Answer { case, person, answer, press_id }
        };
        self.arrive(&update.dedupe_key, notice.conversation_id, &Arrived::Happened(what))
    }

    /// «На месте»: from the address of one of the staff only, so that no button of it needs a secret.
    fn ready(&mut self, update: &Incoming, begins_at: Timestamp, press_id: Option<&str>) -> Result<(), StoreError> {
        let staff = (self.account.to_owned(), update.peer.clone());
        let Some(person) = self.known.staff.get(&staff) else {
            self.done.refused += 1;
            return Ok(());
        };
        let answer = duty::ready(self.sql, self.known, &PersonId::new(&**person), begins_at, self.now_ms)?;
        self.answer(update, press_id, answer)
    }

    /// A button of the exchange of shifts, in the same trust.
    fn exchange(&mut self, update: &Incoming, tap: &Tap, press_id: Option<&str>) -> Result<(), StoreError> {
        let staff = (self.account.to_owned(), update.peer.clone());
        let Some(person) = self.known.staff.get(&staff) else {
            self.done.refused += 1;
            return Ok(());
        };
        let menu = duty::exchange(self.sql, self.known, &PersonId::new(&**person), tap, self.now_ms)?;
        if let Some(press_id) = press_id {
            let (account, press_id) = (self.account.to_owned(), press_id.to_owned());
            self.put(update, &Errand::Press { account, press_id, text: None })?;
        }
        menu.map_or(Ok(()), |menu| self.offer(update, menu))
    }

    fn offer(&mut self, update: &Incoming, menu: Menu) -> Result<(), StoreError> {
        let message = Outgoing { text: menu.text, buttons: menu.buttons, ..Outgoing::default() };
        self.put(update, &Errand::Tell { account: self.account.to_owned(), peer: update.peer.clone(), message })
    }

    /// Answers a press where the channel has a way to, else by a message.
    fn answer(&mut self, update: &Incoming, press_id: Option<&str>, text: String) -> Result<(), StoreError> {
        match press_id {
            Some(press_id) => {
                let (account, press_id) = (self.account.to_owned(), press_id.to_owned());
                self.put(update, &Errand::Press { account, press_id, text: Some(text) })
            }
            None => self.tell(update, text),
        }
    }

    /// One of the staff writes: an answer to a card goes to its client, anything else gets help.
    fn staff(
        &mut self,
        update: &Incoming,
        input: &Input,
        person: &str,
        replies_to: Option<&str>,
    ) -> Result<(), StoreError> {
        let text = match &input.what {
            InputKind::Text { text } => text,
            // What a machine heard is not passed on to a client as somebody's words.
            InputKind::Start { .. } | InputKind::Spoken { .. } => return self.help(update),
            _ => return Ok(()),
        };
        let notice = match replies_to {
            Some(message) => {
                let (business, channel) = (self.business().to_owned(), self.channel().to_owned());
                notices::by_message(self.sql, &business, &channel, self.account, &update.peer, message)?
            }
            None => None,
        };
        match notice {
            None if is_wish(text) => {
                let menu = which(&self.known.roster(), &PersonId::new(person), instant(self.now_ms));
                self.offer(update, menu)
            }
            Some(notice) => {
                let what = What::Staff { person: PersonId::new(person), act: StaffAct::Reply { text: text.clone() } };
                self.arrive(&update.dedupe_key, notice.conversation_id, &Arrived::Happened(what))
            }
            None => self.help(update),
        }
    }

    /// Nobody who writes there is a client.
    fn is_for_staff(&self) -> bool {
        self.known.ports.channels.get(self.account).is_some_and(|channel| channel.kind().is_for_staff)
    }

    fn stranger(&mut self, update: &Incoming) -> Result<(), StoreError> {
        let settings = &self.known.settings;
        let text = phrases::text(settings, Phrase::StaffStranger, &[("business", &settings.document.name)]);
        self.tell(update, text)
    }

    fn help(&mut self, update: &Incoming) -> Result<(), StoreError> {
        let text = phrases::text(&self.known.settings, Phrase::StaffHelp, &[]);
        self.tell(update, text)
    }

    fn bind(&mut self, update: &Incoming, payload: &str) -> Result<Option<String>, StoreError> {
        let business = self.business().to_owned();
        bind::accept(self.sql, &business, self.account, &update.peer, payload, self.now_ms)
    }

    /// Answers one of the staff outside any conversation.
    fn tell(&mut self, update: &Incoming, text: String) -> Result<(), StoreError> {
        let message = Outgoing { text, ..Outgoing::default() };
        self.put(update, &Errand::Tell { account: self.account.to_owned(), peer: update.peer.clone(), message })
    }

    fn put(&mut self, update: &Incoming, errand: &Errand) -> Result<(), StoreError> {
        let destination = channel_destination(self.business(), self.account);
        let payload = serde_json::to_string(errand).unwrap_or_default();
        let row = NewRow {
            key: &format!("{}:{}", errand.kind(), update.dedupe_key),
            conversation_id: "",
            lane: &format!("staff:{}/{}", self.account, update.peer),
            destination: &destination,
            kind: errand.kind(),
            priority: 1,
            payload: &payload,
            created_at_ms: self.now_ms,
            due_at_ms: self.now_ms,
        };
        let business = self.business().to_owned();
        if outbox::put(self.sql, &business, &row, None)?.is_some() {
            self.done.told = Some(destination);
        }
        Ok(())
    }

    fn arrive(&mut self, dedupe_key: &str, conversation: String, arrived: &Arrived) -> Result<(), StoreError> {
        let dedupe_key = format!("{}/{dedupe_key}", self.account);
        let business = self.business().to_owned();
        match arrive(self.sql, &business, &dedupe_key, &conversation, arrived, self.now_ms)? {
            true => self.done.new += 1,
            false => self.done.repeated += 1,
        }
        if !self.done.conversations.contains(&conversation) {
            self.done.conversations.push(conversation);
        }
        Ok(())
    }
}

/// The file of a voice message that is short enough to be heard.
fn voice_file(what: &InputKind) -> Option<&FileRef> {
    match what {
        InputKind::Attachment { kind: AttachmentKind::Voice, file } => file.as_ref(),
        _ => None,
    }
    .filter(|file| file.seconds.is_none_or(|seconds| seconds <= SOUND_SECONDS_MAX))
}

/// A staff member's one-time code comes by a start link or typed as it stands.
fn bind_payload(what: &InputKind) -> Option<&str> {
    match what {
        InputKind::Start { source } => source.as_deref(),
        InputKind::Text { text } => Some(text.trim()),
        _ => None,
    }
    .filter(|payload| payload.starts_with("duty_"))
}

/// Puts one event into the inbox; false when it is there already.
pub fn arrive(
    sql: &mut dyn Sql,
    business: &str,
    dedupe_key: &str,
    conversation: &str,
    arrived: &Arrived,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let payload = serde_json::to_string(arrived).unwrap_or_default();
    let arrival = Arrival {
        dedupe_key,
        conversation_id: conversation,
        kind: arrived.kind(),
        payload: &payload,
        received_at_ms: now_ms,
        due_at_ms: now_ms,
    };
    Ok(inbox::put(sql, business, &arrival)?.is_some())
}
