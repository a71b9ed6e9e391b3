//! The engine, as the web sees it.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use jiff::Timestamp;
use nochnik_adapters::Failure;
use nochnik_adapters::ports::{Crm, Hook, Media, Notifier};
use nochnik_adapters::{channels, crm, means};
use nochnik_core::business::{Business, PUSH, Settings};
use nochnik_core::conversation::Booking;
use nochnik_core::dialogue::HandVisit;
use nochnik_core::event::{NoticeAnswer, StaffAct};
use nochnik_core::outside::{Hindrance, VisitChange};
use nochnik_core::schedule::NoPlace;
use nochnik_engine::clock::pause;
use nochnik_engine::grants::{Addresses, Refused, Visit};
use nochnik_engine::{Author, Engine, Refusal, TakePage, Trouble, channel_destination, inbound};
use nochnik_store::inbox::InboxCounts;
use nochnik_store::{audit, inbox};
use tokio::sync::broadcast;

use crate::key::random_bytes;
use crate::web::desk::{Change, ChannelHealth, Desk, Health, HookRefusal, Inbox, Invitation};

/// How often the counts on the health page are read.
const COUNT_EVERY: Duration = Duration::from_secs(5);
/// Who lets us into a CRM, in the journal: the browser that comes back has no session with it.
const OWNER: &str = "owner";
const TRY_AGAIN: &str = "CRM не ответила как нужно. Нажмите «Подключить» в кабинете ещё раз.";
/// Changes a slow listener may be behind before it reads everything anew.
const CHANGES_MAX: usize = 1_024;

/// A desk with an engine behind it.
pub struct EngineDesk {
    engine: Engine,
    counts: Arc<RwLock<Counts>>,
    changes: broadcast::Sender<Change>,
}

/// What came for each business.
type Counts = BTreeMap<String, InboxCounts>;

impl EngineDesk {
    /// Sits down at a running engine: passes its changes on and keeps its counts.
    pub fn new(engine: Engine) -> Self {
        let (changes, _) = broadcast::channel(CHANGES_MAX);
        let counts = Arc::new(RwLock::new(Counts::new()));
        tokio::spawn(pass_on(engine.clone(), changes.clone()));
        tokio::spawn(keep_counting(engine.clone(), Arc::clone(&counts)));
        Self { engine, counts, changes }
    }

    /// Every way out of every business, its channels, its means and its CRM; the failing ones first.
    fn ways_out(&self) -> Vec<ChannelHealth> {
        let troubles = self.engine.troubles();
        let mut all = Vec::new();
        for settings in self.engine.settings() {
            let business = settings.id.to_string();
            for entry in &settings.document.channels {
                let account = entry.account();
                let ways = [inbound(&business, account), channel_destination(&business, account)];
                let way = way_out(&business, channel_title(&entry.kind), &ways, &troubles);
                all.push(ChannelHealth { account: account.to_owned(), ..way });
            }
            for entry in &settings.document.means {
                if let Some(destination) = self.engine.means_destination(&business, entry.account()) {
                    all.push(way_out(&business, means_title(&entry.kind), &[destination], &troubles));
                }
            }
            let is_named = settings.document.means.iter().any(|entry| entry.account() == PUSH);
            if let Some(push) = self.engine.push(&business).filter(|_| !is_named && !settings.pushed.is_empty()) {
                all.push(way_out(&business, push.kind().title, &[push.destination()], &troubles));
            }
            if let (Some(entry), Some(destination)) = (&settings.document.crm, self.engine.crm_destination(&business)) {
                all.push(way_out(&business, crm_title(&entry.kind), &[destination], &troubles));
            }
        }
        all.sort_by_key(|way| way.trouble.is_none());
        all
    }
}

fn told(counts: InboxCounts) -> Inbox {
    let number = |n: i64| u64::try_from(n).unwrap_or(0);
    Inbox {
        taken: number(counts.waiting + counts.done + counts.parked),
        worked: number(counts.done),
        parked: number(counts.parked),
    }
}

/// `ways` are the names under which it may be known to fail; the oldest trouble is told.
fn way_out(business: &str, title: &str, ways: &[String], troubles: &[(String, Trouble)]) -> ChannelHealth {
    let known = troubles.iter().filter(|(name, _)| ways.contains(name)).map(|(_, trouble)| trouble);
    let trouble = known.min_by_key(|trouble| trouble.since_ms).map(|trouble| {
        let since = Timestamp::from_millisecond(trouble.since_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let silent = format!("{title} не отвечает. Всё сохранено и уйдёт, когда связь вернётся");
        (since, if trouble.hint.is_empty() { silent } else { trouble.hint.clone() })
    });
    ChannelHealth { business: business.to_owned(), account: String::new(), title: title.to_owned(), trouble }
}

fn channel_title(kind: &str) -> &str {
    channels::kinds().into_iter().find(|known| known.name == kind).map_or(kind, |known| known.title)
}

fn means_title(kind: &str) -> &str {
    means::kinds().into_iter().find(|known| known.name == kind).map_or(kind, |known| known.title)
}

fn crm_title(kind: &str) -> &str {
    crm::kinds().into_iter().find(|known| known.name == kind).map_or(kind, |known| known.title)
}

async fn pass_on(engine: Engine, changes: broadcast::Sender<Change>) {
    let mut news = engine.changes();
    loop {
        let change = match news.recv().await {
            Ok(change) => Change { business: change.business, conversation: change.conversation },
            // Some were missed: listeners read everything anew.
            Err(broadcast::error::RecvError::Lagged(_)) => {
                Change { business: String::new(), conversation: String::new() }
            }
            Err(broadcast::error::RecvError::Closed) => return,
        };
        // Nobody may be listening.
        let _ = changes.send(change);
    }
}

async fn keep_counting(engine: Engine, counts: Arc<RwLock<Counts>>) {
    loop {
        match engine.store.read(|sql| inbox::counts_by_business(sql)).await {
            Ok(read) => *counts.write().unwrap_or_else(PoisonError::into_inner) = read,
            Err(nochnik_store::StoreError::Closed) => return,
            Err(error) => tracing::warn!(%error, "Could not count the inbox"),
        }
        pause(COUNT_EVERY).await;
    }
}

#[async_trait]
impl Desk for EngineDesk {
    async fn hook(
        &self,
        business: &str,
        account: &str,
        secret: &str,
        headers: &[(&str, &[u8])],
        body: &[u8],
        is_query: bool,
    ) -> Result<String, HookRefusal> {
        if !self.engine.is_alive() {
            return Err(HookRefusal::NotReady);
        }
        let taken = self.engine.receive(business, account, secret, &Hook { headers, body }, is_query).await;
        taken.map_err(|refusal| refused(&refusal))
    }

    async fn ring(
        &self,
        business: &str,
        account: &str,
        secret: &str,
        headers: &[(&str, &[u8])],
    ) -> Result<(), HookRefusal> {
        if !self.engine.is_alive() {
            return Err(HookRefusal::NotReady);
        }
        let rung = self.engine.ring(business, account, secret, &Hook { headers, body: &[] });
        rung.map_err(|refusal| refused(&refusal))
    }

    async fn report(
        &self,
        business: &str,
        means: &str,
        secret: &str,
        headers: &[(&str, &[u8])],
        body: &[u8],
    ) -> Result<(u16, &'static str), HookRefusal> {
        if !self.engine.is_alive() {
            return Err(HookRefusal::NotReady);
        }
        let taken = self.engine.report(business, means, secret, &Hook { headers, body }).await;
        taken.map(|answer| (answer.status, answer.body)).map_err(|refusal| refused(&refusal))
    }

    async fn take_page(&self, token: &str) -> Result<Option<TakePage>> {
        Ok(self.engine.take_page(token).await?)
    }

    async fn take(&self, token: &str) -> Result<Option<TakePage>> {
        Ok(self.engine.take_by_link(token).await?)
    }

    async fn chat(&self, business: &str, account: &str, peer: &str, body: &[u8]) -> Result<(), HookRefusal> {
        if !self.engine.is_alive() {
            return Err(HookRefusal::NotReady);
        }
        self.engine.chat(business, account, peer, body).await.map(drop).map_err(|refusal| refused(&refusal))
    }

    async fn opened(&self, code: &str, is_counted: bool) -> Result<Option<String>> {
        Ok(self.engine.opened(code, is_counted).await?)
    }

    async fn visit(
        &self,
        business: &str,
        conversation: &str,
        number: &str,
        token: &str,
    ) -> Result<Option<(Settings, Booking)>> {
        Ok(self.engine.visit(business, conversation, number, token).await?)
    }

    async fn staff(
        &self,
        business: &str,
        conversation: &str,
        person: &str,
        act: StaffAct,
        once: Option<&str>,
    ) -> Result<()> {
        Ok(self.engine.staff(business, conversation, person, act, &name_of(once)).await?)
    }

    async fn answer(
        &self,
        business: &str,
        conversation: &str,
        case: &str,
        person: &str,
        answer: NoticeAnswer,
        once: Option<&str>,
    ) -> Result<()> {
        Ok(self.engine.answer(business, conversation, case, person, answer, &name_of(once)).await?)
    }

    async fn has_act(&self, business: &str, once: &str) -> Result<bool> {
        Ok(self.engine.has_act(business, once).await?)
    }

    async fn hindrance(&self, business: &str, conversation: &str, change: VisitChange) -> Result<Option<Hindrance>> {
        Ok(self.engine.hindrance(business, conversation, change).await?)
    }

    async fn business(&self, business: &str) -> Result<Option<Business>> {
        Ok(self.engine.business(business).await?)
    }

    async fn enter(
        &self,
        business: &str,
        author: &Author,
        visit: &HandVisit,
        once: &str,
    ) -> Result<Result<(), NoPlace>> {
        Ok(self.engine.enter(business, author, visit, once).await?)
    }

    async fn is_undecided(&self, business: &str, conversation: &str, booking: &str) -> Result<bool> {
        Ok(self.engine.is_undecided(business, conversation, booking).await?)
    }

    async fn file(&self, business: &str, conversation: &str, seq: i64) -> Result<Option<Media>> {
        Ok(self.engine.file(business, conversation, seq).await?)
    }

    async fn replay(&self, business: &str, outbox_id: i64, actor: &str) -> Result<()> {
        if !self.engine.replay(business, outbox_id).await? {
            return Ok(());
        }
        let (business, actor, now_ms) = (business.to_owned(), actor.to_owned(), self.engine.clock.now_ms());
        let journal = self.engine.store.write(move |sql| {
            let subject = outbox_id.to_string();
            let entry =
                audit::NewEntry { at_ms: now_ms, actor: &actor, action: "replay", subject: &subject, details: "{}" };
            audit::append(sql, &business, &entry)
        });
        Ok(journal.await?)
    }

    async fn try_subscriber(&self, business: &str, subscriber: &str, actor: &str) -> Result<()> {
        self.engine.try_subscriber(business, subscriber).await?;
        let (business, subject, actor) = (business.to_owned(), subscriber.to_owned(), actor.to_owned());
        let now_ms = self.engine.clock.now_ms();
        let journal = self.engine.store.write(move |sql| {
            let action = "subscriber_try";
            let entry = audit::NewEntry { at_ms: now_ms, actor: &actor, action, subject: &subject, details: "{}" };
            audit::append(sql, &business, &entry)
        });
        Ok(journal.await?)
    }

    async fn invite(&self, business: &str, person: &str) -> Result<String> {
        let code = drawn::<8>()?;
        Ok(self.engine.invite(business, person, &code).await?)
    }

    async fn crm_link(&self, business: &str) -> Result<Option<Invitation>> {
        let (secret, browser) = (drawn::<16>()?, drawn::<16>()?);
        let link = self.engine.crm_link(business, &browser, &secret).await?;
        Ok(link.map(|link| Invitation { link, browser }))
    }

    /// By a task of its own: a browser that goes away must not take the only answer of the vendor with it.
    async fn crm_redeem(&self, state: &str, browser: &str, query: &[(String, String)]) -> Result<(), String> {
        let (engine, state, browser, query) =
            (self.engine.clone(), state.to_owned(), browser.to_owned(), query.to_vec());
        let task = tokio::spawn(async move { engine.crm_redeem(&state, &browser, &query, OWNER).await });
        match task.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(refused)) => Err(why(&refused)),
            Err(_) => Err(TRY_AGAIN.to_owned()),
        }
    }

    async fn crm_news(&self, business: &str, secret: &str, body: &[u8]) -> Result<(), HookRefusal> {
        self.engine.crm_news(business, secret, body).await.map_err(|refusal| refused(&refusal))
    }

    async fn crm_visit(&self, business: &str, body: &[u8]) -> Result<Visit, HookRefusal> {
        self.engine.crm_visit(business, body).await.map_err(|refusal| refused(&refusal))
    }

    async fn is_crm_at(&self, business: &str, origin: &str) -> Result<bool> {
        Ok(self.engine.is_crm_at(business, origin).await?)
    }

    fn crm(&self, business: &str) -> Option<Arc<dyn Crm>> {
        self.engine.crm(business)
    }

    fn crm_addresses(&self, business: &str) -> Option<Addresses> {
        self.engine.crm_addresses(business)
    }

    fn push(&self, business: &str) -> Option<Arc<dyn Notifier>> {
        self.engine.push(business)
    }

    fn health(&self) -> Health {
        Health {
            workers: self.engine.beats().into_iter().map(|(name, age_ms)| (name.to_owned(), age_ms)).collect(),
            is_ready: self.engine.is_alive(),
            channels: self.ways_out(),
            unopened: self.engine.unopened(),
            inbox: self.counts.read().unwrap_or_else(PoisonError::into_inner).values().copied().map(told).sum(),
        }
    }

    fn inbox(&self, business: &str) -> Inbox {
        let counts = self.counts.read().unwrap_or_else(PoisonError::into_inner);
        counts.get(business).copied().map(told).unwrap_or_default()
    }

    fn now(&self) -> Timestamp {
        self.engine.clock.now()
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }
}

/// The name of an act: the caller's, or one of its own.
fn name_of(once: Option<&str>) -> String {
    once.map_or_else(|| uuid::Uuid::now_v7().to_string(), str::to_owned)
}

/// What nobody guesses, two letters a byte.
pub fn drawn<const BYTES: usize>() -> Result<String> {
    Ok(random_bytes::<BYTES>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What an owner reads in the browser that came back.
fn why(refused: &Refused) -> String {
    match refused {
        Refused::Link => "Эта ссылка уже использована, устарела или открыта не в том браузере. Нажмите «Подключить» в кабинете ещё раз.".to_owned(),
        Refused::Vendor(Failure::Broken { hint, .. }) => (*hint).to_owned(),
        Refused::Vendor(failure) => {
            tracing::warn!(%failure, "A CRM did not let us in");
            TRY_AGAIN.to_owned()
        }
        Refused::Store(error) => {
            tracing::error!(%error, "An access could not be kept");
            TRY_AGAIN.to_owned()
        }
    }
}

fn refused(refusal: &Refusal) -> HookRefusal {
    match refusal {
        Refusal::NotFound => HookRefusal::NotFound,
        Refusal::Forged => HookRefusal::Forged,
        Refusal::TooLarge => HookRefusal::TooLarge,
        Refusal::Unreadable(_) => HookRefusal::BadBody,
        Refusal::NotStored(error) => {
            tracing::error!(%error, "A delivery could not be stored; the vendor is asked to repeat");
            HookRefusal::NotReady
        }
        Refusal::NotAnswered(failure) => {
            tracing::warn!(%failure, "A vendor could not be asked what it wants to hear");
            HookRefusal::NotReady
        }
    }
}
