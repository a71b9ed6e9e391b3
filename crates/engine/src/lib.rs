//! Floor 4, runs: loops, locks, retries and the only clock. Decides nothing and speaks no vendor.

#![forbid(unsafe_code)]

mod acquaintance;
mod alarm;
mod arrived;
mod audit;
mod bind;
mod businesses;
mod by_hand;
mod calendars;
mod canary;
mod case_log;
pub mod case_report;
pub mod clock;
pub mod consents;
mod courier;
mod duty;
mod elsewhere;
mod errand;
mod failures;
pub mod grants;
mod health;
mod ingest;
mod links;
mod listen;
pub mod numbers;
mod open_line;
mod pace;
mod pulse;
mod renew;
mod report;
mod requests;
pub mod retention;
mod returns;
mod save;
mod score;
mod silence;
mod summons;
mod tasks;
mod tokens;
mod turn;
mod turns;
mod waitlist;
mod watch;

use std::sync::Arc;

use nochnik_adapters::Failure;
use nochnik_adapters::failure::codes;
use nochnik_adapters::ports::{Channel, Forged, Hook, HookAnswer, Incoming, Media, Notifier, ParseProblem};
use nochnik_core::business::{PUSH, Settings};
use nochnik_core::conversation::Booking;
use nochnik_core::event::{NoticeAnswer, StaffAct, What};
use nochnik_core::outside::{self, Hindrance, VisitChange};
use nochnik_core::values::{CaseId, PersonId};
use nochnik_core::waitlist::Freed;
use nochnik_store::{
    Change, Dialect, Sql, Store, StoreError, conversations, inbox, keys, messages, nodes, notices, outbox,
};
use tokio::sync::{Notify, Semaphore, broadcast};

pub use arrived::conversation_id;
pub use businesses::{Known, Opener, Ports, duty_changes, line_of, standing};
pub use by_hand::Author;
pub use canary::Canary;
pub use clock::Clock;
pub use courier::Trouble;
pub use errand::{channel_destination, inbound, subscriber_destination};
pub use health::{Beat, SILENCE_MS_MAX};
pub use ingest::Ingested;
pub use summons::{TakePage, TakeState};
pub use tokens::Keys;

use alarm::AlarmBell;
use arrived::Arrived;
use businesses::Businesses;
use courier::{Carrier, Courier, Crowd, Troubles};
use errand::Errand;
use pulse::Pulse;
use tasks::Tasks;
use turn::TurnContext;
use turns::Turns;

/// Turns under way at once on SQLite, where one writer groups them.
const TURNS_SQLITE: usize = 512;
/// And on PostgreSQL, where each holds a connection.
const TURNS_POSTGRES: usize = 16;
/// How often rows that nobody works on are looked for.
const SWEEP_MS: i64 = 1_000;

/// What an engine is started with.
pub struct Setup {
    pub store: Store,
    pub opener: Box<dyn Opener>,
    pub keys: Keys,
    pub clock: Clock,
    /// Unique among the nodes of one database.
    pub node: String,
    /// Address vendors push to, without a slash at the end.
    pub public_url: String,
    /// Fetch updates of channels that can be fetched.
    pub listens: bool,
}

/// A running node.
#[derive(Clone)]
pub struct Engine {
    pub store: Store,
    pub clock: Clock,
    businesses: Arc<Businesses>,
    keys: Keys,
    tasks: Tasks,
    turns: Turns,
    courier: Courier,
    troubles: Arc<Troubles>,
    calendar_bell: Arc<Notify>,
    ringing: calendars::bells::Ringing,
    card_bells: requests::CardBells,
    beats: Arc<[Beat]>,
    canary: Canary,
}

/// Why a delivery was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("no such door")]
    NotFound,
    #[error("forged")]
    Forged,
    #[error("cannot be read: {0}")]
    Unreadable(#[from] ParseProblem),
    /// Longer than this vendor's deliveries are.
    #[error("too large")]
    TooLarge,
    /// Not stored: the vendor should send it again.
    #[error("not stored: {0}")]
    NotStored(#[from] StoreError),
    /// The vendor itself could not be asked what it wants to hear; it should try again.
    #[error("not answered: {0}")]
    NotAnswered(Failure),
}

impl Engine {
    /// Starts a node: reads the businesses, takes up what an earlier one left, begins to listen.
    pub async fn start(setup: Setup) -> Result<Self, StoreError> {
        let Setup { store, opener, keys, clock, node, public_url, listens } = setup;
        let businesses = Arc::new(Businesses::new(opener));
        businesses.refresh(&store).await?;
        if store.dialect() == Dialect::Sqlite {
            // The file is ours alone: whoever held rows before is gone.
            store.write(|sql| nodes::forget(sql, i64::MAX)).await?;
        }
        let node: Arc<str> = node.into();
        let pulse = Pulse::begin(&store, &node, clock).await?;
        let (tasks, crowd, troubles, bell) =
            (Tasks::default(), Arc::<Crowd>::default(), Arc::<Troubles>::default(), AlarmBell::default());
        let beat = |name| Beat::new(name, clock.now_ms());
        let (turn_beat, alarm_beat, sweep_beat, audit_beat) =
            (beat("turns"), beat("alarms"), beat("sweep"), beat("audit"));
        let calendar_bell = Arc::<Notify>::default();
        let poke_slot: Arc<std::sync::OnceLock<Turns>> = Arc::default();
        let slot = Arc::clone(&poke_slot);
        let carrier = Carrier {
            store: store.clone(),
            businesses: Arc::clone(&businesses),
            clock,
            node: Arc::clone(&node),
            tasks: tasks.clone(),
            crowd: Arc::clone(&crowd),
            wordings: Arc::default(),
            troubles: Arc::clone(&troubles),
            pulse: pulse.clone(),
            calendar_bell: Arc::clone(&calendar_bell),
            poke: Arc::new(move |business, conversation| {
                if let Some(turns) = slot.get() {
                    turns.poke(business, conversation);
                }
            }),
        };
        let courier = Courier::new(carrier);
        let room = match store.dialect() {
            Dialect::Sqlite => TURNS_SQLITE,
            Dialect::Postgres => TURNS_POSTGRES,
        };
        let turns = Turns {
            store: store.clone(),
            context: TurnContext {
                businesses: Arc::clone(&businesses),
                keys: keys.clone(),
                node: Arc::clone(&node),
                public_url: Arc::from(public_url.as_str()),
                crowd,
                troubles: Arc::clone(&troubles),
            },
            courier: courier.clone(),
            bell: bell.clone(),
            clock,
            tasks: tasks.clone(),
            beat: turn_beat,
            room: Arc::new(Semaphore::new(room)),
            busy: Arc::default(),
        };
        drop(poke_slot.set(turns.clone()));
        let beats = Arc::from([alarm_beat.clone(), sweep_beat.clone()]);
        let engine = Self {
            store,
            clock,
            businesses,
            keys,
            tasks,
            turns,
            courier,
            troubles,
            calendar_bell,
            ringing: calendars::bells::Ringing::default(),
            card_bells: requests::CardBells::default(),
            beats,
            canary: Canary::default(),
        };
        engine.tasks.accompany(pulse.run(engine.store.clone(), node, clock));
        engine.begin(bell, alarm_beat, sweep_beat, audit_beat);
        if listens {
            engine.tasks.spawn(listen::keep(engine.clone(), public_url));
        }
        Ok(engine)
    }

    fn begin(&self, bell: AlarmBell, alarm_beat: Beat, sweep_beat: Beat, audit_beat: Beat) {
        let (store, turns, clock, tasks) = (self.store.clone(), self.turns.clone(), self.clock, self.tasks.clone());
        self.tasks.spawn(alarm::run(store.clone(), turns.clone(), bell, clock, tasks.clone(), alarm_beat));
        self.tasks.spawn(score::run(store.clone(), clock, tasks.clone()));
        self.tasks.spawn(numbers::run(store.clone(), self.businesses.clone(), clock, tasks.clone()));
        self.tasks.spawn(retention::run(store.clone(), self.businesses.clone(), clock, tasks.clone()));
        self.tasks.spawn(audit::run(store, turns, clock, tasks, audit_beat));
        self.tasks.spawn(sweep(self.clone(), sweep_beat));
        self.tasks.spawn(duty::run(self.clone()));
    }

    /// How the client of our own does.
    pub fn canary(&self) -> &Canary {
        &self.canary
    }

    /// Tells the owners of channels that fall silent and of accesses that are lost, leads reminders round the former, and
    /// renews what runs out.
    pub fn watch_channels(&self) {
        self.tasks.spawn(watch::run(self.clone()));
        self.tasks.spawn(silence::run(self.clone()));
        self.tasks.spawn(renew::run(self.clone()));
        self.tasks.spawn(grants::watch(self.clone()));
    }

    /// Tells the owners every morning how the night went, for as long as it runs.
    pub fn report_mornings(&self) {
        self.tasks.spawn(report::run(self.clone()));
    }

    /// Watches itself and its channels, for as long as it runs: for a server, not for a rehearsal.
    pub fn watch_itself(&self) {
        self.tasks.spawn(canary::run(self.clone()));
        self.watch_channels();
        self.report_mornings();
    }

    /// What a vendor wants to hear: the proof that the address is ours where it asks for that, else the word
    /// for a delivery that is stored for good. `is_query`: it came by GET, with its query for a body.
    pub async fn receive(
        &self,
        business: &str,
        account: &str,
        path: &str,
        hook: &Hook<'_>,
        is_query: bool,
    ) -> Result<String, Refusal> {
        let channel = self.hooked(business, account, path)?;
        if hook.body.len() > channel.hook_bytes_max() {
            return Err(Refusal::TooLarge);
        }
        let proof = channel.handshake(hook).await.map_err(|failure| match failure {
            Failure::Refused { code, .. } if code == codes::FORGED => Refusal::Forged,
            failure => Refusal::NotAnswered(failure),
        })?;
        match proof {
            Some(words) => Ok(words),
            // Nobody delivers by GET.
            None if is_query => Err(Refusal::Forged),
            None => self.hook(business, account, path, hook).await.map(|_| channel.hook_answer().to_owned()),
        }
    }

    /// The channel whose secret path this is.
    fn hooked(&self, business: &str, account: &str, path: &str) -> Result<Arc<dyn Channel>, Refusal> {
        let expected = self.keys.hook_path(business, account);
        let is_ours = subtle::ConstantTimeEq::ct_eq(expected.as_bytes(), path.as_bytes());
        if bool::from(is_ours) { self.channel(business, account) } else { Err(Refusal::NotFound) }
    }

    /// Takes a raw delivery of a vendor. Ok means stored for good: only then may it be acknowledged.
    pub async fn hook(&self, business: &str, account: &str, path: &str, hook: &Hook<'_>) -> Result<Ingested, Refusal> {
        let channel = self.hooked(business, account, path)?;
        channel.verify(hook).map_err(|Forged| Refusal::Forged)?;
        let whole = channel.completed(hook.body).await;
        let incoming = channel.parse(whole.as_deref().unwrap_or(hook.body))?;
        Ok(self.take_in(business, account, incoming, None).await?)
    }

    /// Takes a vendor's report about SMS or calls; a report by GET comes with its query for a body. Reports about what
    /// we never sent are passed over. Ok carries what the vendor wants to hear.
    pub async fn report(
        &self,
        business: &str,
        account: &str,
        path: &str,
        hook: &Hook<'_>,
    ) -> Result<HookAnswer, Refusal> {
        let expected = self.keys.means_path(business, account);
        if !bool::from(subtle::ConstantTimeEq::ct_eq(expected.as_bytes(), path.as_bytes())) {
            return Err(Refusal::NotFound);
        }
        let known = self.businesses.last(business).ok_or(Refusal::NotFound)?;
        let port = known.ports.means.get(account).cloned().ok_or(Refusal::NotFound)?;
        port.verify(hook).map_err(|Forged| Refusal::Forged)?;
        let reports = port.parse(hook.body)?;
        let (owner, name, now_ms) = (business.to_owned(), account.to_owned(), self.clock.now_ms());
        let news = self.store.write(move |sql| {
            let mut news = Vec::new();
            for report in &reports {
                let Some(notice) = notices::by_receipt(sql, &owner, &name, &report.vendor_id)? else { continue };
                news.extend(summons::told(sql, &owner, &notice.token, report.delivery, now_ms)?);
            }
            Ok(news)
        });
        for conversation in news.await? {
            self.turns.poke(business, &conversation);
        }
        Ok(port.hook_answer())
    }

    /// Takes a message of our own chat; who may send it was checked by the page's own session.
    pub async fn chat(&self, business: &str, account: &str, peer: &str, body: &[u8]) -> Result<Ingested, Refusal> {
        let incoming = self.channel(business, account)?.parse(body)?;
        let incoming = incoming.into_iter().map(|update| update.from_session(peer)).collect();
        Ok(self.take_in(business, account, incoming, None).await?)
    }

    fn channel(&self, business: &str, account: &str) -> Result<Arc<dyn Channel>, Refusal> {
        let known = self.businesses.last(business).ok_or(Refusal::NotFound)?;
        known.ports.channels.get(account).cloned().ok_or(Refusal::NotFound)
    }

    /// Stores updates, and the cursor that confirms them, then plays what they touched.
    pub(crate) async fn take_in(
        &self,
        business: &str,
        account: &str,
        incoming: Vec<Incoming>,
        mark: Option<(String, String)>,
    ) -> Result<Ingested, StoreError> {
        let Some(known) = self.businesses.last(business) else { return Ok(Ingested::default()) };
        let (account, clock, now) = (account.to_owned(), self.clock, self.clock.now());
        let incoming: Vec<Incoming> = incoming.into_iter().map(|update| update.received_at(now)).collect();
        let done = self
            .store
            .write(move |sql| {
                let done = ingest::ingest(sql, &known, &account, &incoming, clock.now_ms())?;
                if let Some((name, cursor)) = &mark {
                    keys::put(sql, name, cursor.as_bytes())?;
                }
                Ok(done)
            })
            .await?;
        metrics::counter!("nochnik_updates_total", "what" => "new").increment(done.new as u64);
        metrics::counter!("nochnik_updates_total", "what" => "repeated").increment(done.repeated as u64);
        metrics::counter!("nochnik_updates_total", "what" => "unknown").increment(done.unknown as u64);
        metrics::counter!("nochnik_updates_total", "what" => "refused").increment(done.refused as u64);
        for conversation in &done.conversations {
            self.turns.poke(business, conversation);
        }
        if done.has_bound {
            self.reload(business).await?;
        }
        for destination in [&done.told, &done.listens].into_iter().flatten() {
            self.courier.look(destination);
        }
        Ok(done)
    }

    /// One of the staff acts from the console. `id` makes a repeated click harmless.
    pub async fn staff(
        &self,
        business: &str,
        conversation: &str,
        person: &str,
        act: StaffAct,
        id: &str,
    ) -> Result<(), StoreError> {
        self.happened(business, conversation, What::Staff { person: PersonId::new(person), act }, id).await
    }

    /// One of the staff says of a case in the console what the buttons under its notice say.
    pub async fn answer(
        &self,
        business: &str,
        conversation: &str,
        case: &str,
        person: &str,
        answer: NoticeAnswer,
        id: &str,
    ) -> Result<(), StoreError> {
        let (case, person) = (CaseId::new(case), PersonId::new(person));
        self.happened(business, conversation, What::Answer { case, person, answer, press_id: None }, id).await
    }

    async fn happened(&self, business: &str, conversation: &str, what: What, id: &str) -> Result<(), StoreError> {
        let (owner, key, name, now_ms) =
            (business.to_owned(), act_key(id), conversation.to_owned(), self.clock.now_ms());
        self.store
            .write(move |sql| ingest::arrive(sql, &owner, &key, &name, &Arrived::Happened(what.clone()), now_ms))
            .await?;
        self.turns.poke(business, conversation);
        Ok(())
    }

    /// Whether an act of this name came already.
    pub async fn has_act(&self, business: &str, id: &str) -> Result<bool, StoreError> {
        let (owner, key) = (business.to_owned(), act_key(id));
        self.store.read(move |sql| inbox::has(sql, &owner, &key)).await
    }

    /// What keeps a person from changing a visit, as far as is known at this moment; `None`: nothing does.
    pub async fn hindrance(
        &self,
        business: &str,
        conversation: &str,
        change: VisitChange,
    ) -> Result<Option<Hindrance>, StoreError> {
        let (owner, id, now) = (business.to_owned(), conversation.to_owned(), self.clock.now());
        let businesses = Arc::clone(&self.businesses);
        let job = move |sql: &mut dyn Sql| {
            let (Some((known, version)), Some(loaded)) =
                (businesses.current(sql, &owner)?, conversations::peek(sql, &owner, &id)?)
            else {
                return Ok(Some(Hindrance::Gone));
            };
            let (state, _) = turn::state_of(&loaded, &id)?;
            Ok(outside::hindrance(&state, &known.snapshot(sql, version, now)?.busy, &change, now))
        };
        self.store.read(job).await
    }

    /// Whether a visit waits for a person's word at this moment.
    pub async fn is_undecided(&self, business: &str, conversation: &str, booking: &str) -> Result<bool, StoreError> {
        let (owner, id, now) = (business.to_owned(), conversation.to_owned(), self.clock.now());
        let booking = booking.to_owned();
        let job = move |sql: &mut dyn Sql| {
            let Some(loaded) = conversations::peek(sql, &owner, &id)? else { return Ok(false) };
            let (state, _) = turn::state_of(&loaded, &id)?;
            Ok(state.undecided(now).iter().any(|waiting| waiting.id == booking))
        };
        self.store.read(job).await
    }

    /// The file that came with a client's message, from where its channel keeps it. `None`: there was none, or it cannot
    /// be had any more.
    pub async fn file(&self, business: &str, conversation: &str, seq: i64) -> Result<Option<Media>, StoreError> {
        let (owner, id) = (business.to_owned(), conversation.to_owned());
        let job = move |sql: &mut dyn Sql| {
            let message = messages::list(sql, &owner, &id, seq - 1, 1)?.into_iter().find(|message| message.seq == seq);
            Ok(message.and_then(|message| message.file).zip(conversations::get(sql, &owner, &id)?))
        };
        let Some((file, summary)) = self.store.read(job).await? else { return Ok(None) };
        let (Ok(file), Ok(channel)) = (serde_json::from_str(&file), self.channel(business, &summary.account)) else {
            return Ok(None);
        };
        let fetched = channel.fetch(&file).await;
        if let Err(failure) = &fetched {
            tracing::warn!(channel = %summary.account, %failure, "A client's file could not be fetched");
        }
        Ok(fetched.ok())
    }

    /// Where a short link of ours leads; `is_counted` when a person opened it. `None`: there is no such link.
    pub async fn opened(&self, code: &str, is_counted: bool) -> Result<Option<String>, StoreError> {
        let (code, now_ms) = (code.to_owned(), self.clock.now_ms());
        self.store.write(move |sql| links::opened(sql, &code, is_counted, now_ms)).await
    }

    /// A visit by the link that its client was sent: `conversation` and `number` make the booking's id.
    /// `None` for a forged link and for a booking that is not known any more.
    pub async fn visit(
        &self,
        business: &str,
        conversation: &str,
        number: &str,
        token: &str,
    ) -> Result<Option<(Settings, Booking)>, StoreError> {
        let id = format!("{conversation}/{number}");
        let expected = self.keys.visit(business, &id);
        if !bool::from(subtle::ConstantTimeEq::ct_eq(expected.as_bytes(), token.as_bytes())) {
            return Ok(None);
        }
        let Some(known) = self.known(business) else { return Ok(None) };
        let (owner, talk) = (business.to_owned(), conversation.to_owned());
        let loaded = self.store.read(move |sql| conversations::peek(sql, &owner, &talk)).await?;
        let state = loaded.map(|loaded| turn::state_of(&loaded, conversation)).transpose()?;
        let booking = state.and_then(|(state, _)| state.booking(&id).cloned());
        Ok(booking.map(|booking| (known.settings.clone(), booking)))
    }

    /// Time came free outside of our own talks: the first who waits for it is told. An unknown business has no
    /// waitlist.
    pub async fn freed(&self, business: &str, freed: Freed) -> Result<(), StoreError> {
        let Some(known) = self.known(business) else { return Ok(()) };
        let now = self.clock.now();
        let told = self.store.write(move |sql| waitlist::tell(sql, &known, now, None, freed.clone())).await?;
        if let Some(due_at_ms) = told {
            self.turns.bell.ring_by(due_at_ms);
        }
        Ok(())
    }

    /// Lets one of the staff bind a messenger: `code` (drawn by the caller) works once, for half an
    /// hour. Returns what the person sends to the bot.
    pub async fn invite(&self, business: &str, person: &str, code: &str) -> Result<String, StoreError> {
        let (owner, person, kept, now_ms) =
            (business.to_owned(), person.to_owned(), code.to_owned(), self.clock.now_ms());
        self.store.write(move |sql| bind::invite(sql, &owner, &person, &kept, now_ms)).await?;
        Ok(bind::start_payload(code))
    }

    /// Sends a dead letter once more.
    pub async fn replay(&self, business: &str, outbox_id: i64) -> Result<bool, StoreError> {
        let (owner, now_ms) = (business.to_owned(), self.clock.now_ms());
        let replay = move |sql: &mut dyn Sql| {
            let Some(row) = outbox::replay(sql, &owner, outbox_id, now_ms)? else { return Ok(false) };
            if let Some(seq) = Errand::bubble(&row) {
                messages::requeue(sql, &owner, &row.conversation_id, seq)?;
            }
            Ok(true)
        };
        let is_replayed = self.store.write(replay).await?;
        self.courier.sweep().await?;
        Ok(is_replayed)
    }

    /// Sends a program an event about nothing, signed and repeated like any other.
    pub async fn try_subscriber(&self, business: &str, subscriber: &str) -> Result<(), StoreError> {
        let (owner, subscriber, now) = (business.to_owned(), subscriber.to_owned(), self.clock.now());
        self.store.write(move |sql: &mut dyn Sql| save::put_trial(sql, &owner, &subscriber, now)).await?;
        self.courier.sweep().await
    }

    /// A business changed in the store: read it afresh.
    pub async fn reload(&self, business: &str) -> Result<(), StoreError> {
        self.businesses.forget(business);
        self.businesses.refresh(&self.store).await
    }

    pub fn known(&self, business: &str) -> Option<Arc<Known>> {
        self.businesses.last(business)
    }

    pub fn settings(&self) -> Vec<Settings> {
        self.businesses.all().iter().map(|known| known.settings.clone()).collect()
    }

    /// What documents name and could not be opened, by business: whose move it is, in Russian.
    pub fn unopened(&self) -> Vec<(String, String)> {
        let of = |known: &Arc<Known>| {
            let problems = known.ports.problems.iter().map(|why| (known.settings.id.to_string(), why.clone()));
            problems.collect::<Vec<_>>()
        };
        self.businesses.all().iter().flat_map(of).collect()
    }

    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.store.changes()
    }

    pub fn beats(&self) -> Vec<(&'static str, i64)> {
        let now_ms = self.clock.now_ms();
        self.beats.iter().map(|beat| (beat.name, beat.age_ms(now_ms))).collect()
    }

    /// Whether deliveries are worked on: a dead worker makes webhooks answer 503, so vendors retry.
    pub fn is_alive(&self) -> bool {
        let now_ms = self.clock.now_ms();
        !self.tasks.is_stopping() && self.beats.iter().all(|beat| beat.is_alive(now_ms))
    }

    /// Where the CRM cards of a business go; `None` when it has no CRM.
    pub fn crm_destination(&self, business: &str) -> Option<String> {
        Some(self.businesses.last(business)?.ports.crm.as_ref()?.destination())
    }

    /// Where the summonses of one account of `means` go.
    pub fn means_destination(&self, business: &str, account: &str) -> Option<String> {
        let port: Arc<dyn Notifier> = self.businesses.last(business)?.ports.means.get(account).cloned()?;
        Some(port.destination())
    }

    /// The door for pushes to the console of a business.
    pub fn push(&self, business: &str) -> Option<Arc<dyn Notifier>> {
        self.businesses.last(business)?.ports.means.get(PUSH).cloned()
    }

    /// What is wrong with the outside now, by destination.
    pub fn troubles(&self) -> Vec<(String, Trouble)> {
        self.troubles.all()
    }

    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Begins nothing new and ends what is under way.
    pub async fn stop(&self) {
        self.tasks.stop().await;
    }

    /// Drops everything where it stands, as a crash would; for tests.
    pub async fn kill(&self) {
        self.tasks.kill().await;
    }
}

/// Frees what dead nodes held.
fn take_over(sql: &mut dyn Sql, now_ms: i64) -> Result<u64, StoreError> {
    let silent_since_ms = nodes::clock_ms(sql, now_ms)? - pulse::SILENCE_MS_MAX;
    outbox::take_over(sql, silent_since_ms, now_ms)
}

/// Takes up what nobody works on: rows of dead nodes, retries that fell due.
async fn sweep(engine: Engine, beat: Beat) {
    let mut grace_ms = 0;
    while !engine.tasks.is_stopping() {
        let now_ms = engine.clock.now_ms();
        let swept = async {
            engine.store.write(move |sql| take_over(sql, now_ms)).await?;
            engine.businesses.refresh(&engine.store).await?;
            engine.turns.sweep(grace_ms).await?;
            engine.courier.sweep().await
        };
        match swept.await {
            Ok(()) => beat.touch(now_ms),
            Err(error) => tracing::error!(%error, "The sweep could not look"),
        }
        // At the start everything left over is ours; later only what has been left for a moment.
        grace_ms = SWEEP_MS;
        tokio::select! {
            biased;
            () = engine.tasks.stopping() => return,
            () = engine.clock.sleep_until_ms(now_ms + SWEEP_MS) => {}
        }
    }
}

/// What keeps a second arrival of a person's act out.
fn act_key(id: &str) -> String {
    format!("console:{id}")
}
