//! One destination: the rows in memory, its gate, the calls under way.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::PoisonError;

use nochnik_adapters::ports::Pace;
use nochnik_store::Sql;
use nochnik_store::outbox::{self, OutboxRow};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::deliver::{self, Sent};
use super::{Carrier, Desks, LEASE_MS};
use crate::errand::SUMMON;
use crate::pace::Gate;

/// Rows kept in memory: enough for two seconds of the pace, within these bounds. Small, so that a hot
/// row never waits behind many that are not.
const ROWS_MIN: usize = 16;
const ROWS_MAX: usize = 1_024;
/// Rows taken beyond that in one look, when they are hotter than all that is here.
const HOTTER_MAX: i64 = 4;
/// A row is not sent when less of its lease is left: the call could outlive it.
const LEASE_LEFT_MS: i64 = 80_000;
/// While the other nodes may take us for dead, we ask again so often whether they do.
const UNHEARD_MS: i64 = 1_000;
/// Without work the task ends; the next row begins another.
const IDLE_MS: i64 = 30_000;

/// What the task hears.
pub(super) enum News {
    /// Leased to this node.
    Row(Box<OutboxRow>),
    /// Waits in the store behind its lane, or because we are crowded.
    Behind { priority: i64 },
    /// Something may lie in the store.
    Look,
}

/// A row in memory, first by priority, then by age.
struct Waiting {
    row: Box<OutboxRow>,
    leased_until_ms: i64,
}

impl Waiting {
    fn order(&self) -> (i64, i64) {
        (self.row.priority, self.row.id)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

pub(super) struct Destination {
    name: String,
    carrier: Carrier,
    desks: Desks,
    news: mpsc::UnboundedReceiver<News>,
    rows: BinaryHeap<Reverse<Waiting>>,
    gate: Gate,
    rows_max: usize,
    calls: JoinSet<Sent>,
    /// When to look into the store; the past means now.
    look_at_ms: Option<i64>,
    /// When a row that was told to wait for the destination is due again: it goes before the younger ones here.
    back_at_ms: Option<i64>,
    /// Rows with too little of their lease left, to be given back: business, id, and when the lease ends.
    stale: Vec<(String, i64, i64)>,
    /// Rows lie in the store: there was no room here, or their lane was not free.
    has_more: bool,
}

impl Destination {
    pub(super) fn new(name: String, carrier: Carrier, desks: Desks, news: mpsc::UnboundedReceiver<News>) -> Self {
        let pace = pace_of(&carrier, &name);
        let rows_max = ((pace.per_s * 2.0) as usize).clamp(ROWS_MIN, ROWS_MAX);
        let gate = Gate::new(pace, carrier.clock.now_ms());
        Self {
            name,
            carrier,
            desks,
            news,
            rows: BinaryHeap::new(),
            gate,
            rows_max,
            calls: JoinSet::new(),
            look_at_ms: None,
            back_at_ms: None,
            stale: Vec::new(),
            has_more: false,
        }
    }

    pub(super) async fn run(mut self) {
        let mut idle_since_ms = self.carrier.clock.now_ms();
        loop {
            while let Ok(news) = self.news.try_recv() {
                self.hear(news);
            }
            self.look_into_store().await;
            let gate_at_ms = self.send_what_may_go();
            // While older rows lie in the store a new one does not overtake them.
            self.carrier.crowd.set(&self.name, self.has_more || self.rows.len() >= self.rows_max);
            let now_ms = self.carrier.clock.now_ms();
            let is_idle = self.rows.is_empty() && self.calls.is_empty();
            if !is_idle {
                idle_since_ms = now_ms;
            } else if self.carrier.tasks.is_stopping()
                || (self.look_at_ms.is_none() && now_ms - idle_since_ms >= IDLE_MS)
            {
                if self.leaves() {
                    return;
                }
                continue;
            }
            // An idle task that knows when it will be needed sleeps until then, however long it has been idle.
            let idle_end_ms = (is_idle && self.look_at_ms.is_none()).then_some(idle_since_ms + IDLE_MS);
            // While it stops nothing is looked for: a look that is due must not keep it awake.
            let looks = [self.look_at_ms, self.back_at_ms].map(|at| at.filter(|_| !self.carrier.tasks.is_stopping()));
            let wake_at_ms = [gate_at_ms, idle_end_ms].into_iter().chain(looks).flatten().min();
            let clock = self.carrier.clock;
            let stopping = self.carrier.tasks.clone();
            tokio::select! {
                biased;
                Some(sent) = self.calls.join_next(), if !self.calls.is_empty() => {
                    if let Ok(sent) = sent {
                        self.came_back(&sent);
                    }
                }
                news = self.news.recv() => match news {
                    Some(news) => self.hear(news),
                    None => return,
                },
                () = stopping.stopping(), if is_idle => {}
                () = clock.sleep_until_ms(wake_at_ms.unwrap_or(i64::MAX / 2)), if wake_at_ms.is_some() => {}
            }
        }
    }

    /// Takes the desk away, so that the next row begins another task; false when something was just laid on it.
    fn leaves(&self) -> bool {
        let mut desks = self.desks.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.news.is_empty() {
            return false;
        }
        desks.remove(&self.name);
        true
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Row(row) => {
                let leased_until_ms = row.created_at_ms + LEASE_MS;
                self.rows.push(Reverse(Waiting { row, leased_until_ms }));
            }
            News::Behind { priority } => {
                self.has_more = true;
                // With nothing here, whatever it waited for may have gone while this news was on its way.
                let is_idle = self.rows.is_empty() && self.calls.is_empty();
                let is_hotter = self.rows.peek().is_some_and(|Reverse(first)| priority < first.row.priority);
                if is_idle || is_hotter {
                    self.look_at(0);
                }
            }
            News::Look => self.look_at(0),
        }
    }

    fn look_at(&mut self, at_ms: i64) {
        self.look_at_ms = Some(self.look_at_ms.map_or(at_ms, |known| known.min(at_ms)));
    }

    /// Claims rows when it is time and there is room. While crowded only what is hotter is worth a look.
    async fn look_into_store(&mut self) {
        let now_ms = self.carrier.clock.now_ms();
        let is_due = |at: Option<i64>| at.is_some_and(|at_ms| at_ms <= now_ms);
        let is_back = is_due(self.back_at_ms);
        if !(is_back || is_due(self.look_at_ms)) || self.carrier.tasks.is_stopping() {
            return;
        }
        if !self.carrier.pulse.is_heard() {
            self.look_at_ms = Some(now_ms + UNHEARD_MS);
            return;
        }
        let room = self.rows_max.saturating_sub(self.rows.len());
        let (limit, hotter_than) = match self.rows.peek() {
            // What comes back is older than what took its place.
            Some(Reverse(first)) if room == 0 => (HOTTER_MAX, first.row.priority + i64::from(is_back)),
            _ => (i64::try_from(room).unwrap_or(i64::MAX), i64::MAX),
        };
        let (name, node) = (self.name.clone(), self.carrier.node.clone());
        let stale = std::mem::take(&mut self.stale);
        let job = move |sql: &mut dyn Sql| {
            stale
                .iter()
                .try_for_each(|(business, id, until_ms)| outbox::give_back(sql, business, *id, &node, *until_ms))?;
            outbox::claim(sql, &node, now_ms, LEASE_MS, &name, hotter_than, limit)
        };
        let claimed = self.carrier.store.write(job).await;
        self.look_at_ms = None;
        self.back_at_ms = self.back_at_ms.filter(|_| !is_back);
        match claimed {
            Ok(rows) => {
                self.has_more = room == 0 || rows.len() == room;
                let leased_until_ms = now_ms + LEASE_MS;
                self.rows.extend(rows.into_iter().map(|row| Reverse(Waiting { row: Box::new(row), leased_until_ms })));
            }
            Err(error) => {
                tracing::error!(destination = %self.name, %error, "Could not look into the outbox");
                self.look_at(now_ms + 1_000);
            }
        }
    }

    /// Begins every call the gate lets through; returns when it opens next.
    fn send_what_may_go(&mut self) -> Option<i64> {
        if !self.carrier.pulse.is_heard() {
            self.let_go();
            return None;
        }
        loop {
            let now_ms = self.carrier.clock.now_ms();
            let Reverse(first) = self.rows.peek()?;
            if first.leased_until_ms - now_ms < LEASE_LEFT_MS {
                // Too little of the lease is left: whoever claims it next sends it. Left to run out, the lease would
                // let younger rows go first.
                self.stale.push((first.row.business.clone(), first.row.id, first.leased_until_ms));
                self.look_at(0);
                self.rows.pop();
                continue;
            }
            if let Err(at_ms) = self.gate.try_pass(now_ms) {
                // A person is not called by a vendor that is down: another means rings at once.
                if self.gate.is_broken() && first.row.kind == SUMMON {
                    let Reverse(waiting) = self.rows.pop()?;
                    self.calls.spawn(deliver::turn_away(self.carrier.clone(), *waiting.row, waiting.leased_until_ms));
                    continue;
                }
                return at_ms;
            }
            let Reverse(waiting) = self.rows.pop()?;
            self.calls.spawn(deliver::deliver(self.carrier.clone(), *waiting.row, waiting.leased_until_ms));
        }
    }

    /// What is here may be another node's by now: it is given back, where it still is ours, and claimed anew.
    fn let_go(&mut self) {
        let rows = self.rows.drain();
        self.stale
            .extend(rows.map(|Reverse(Waiting { row, leased_until_ms })| (row.business, row.id, leased_until_ms)));
        self.look_at(self.carrier.clock.now_ms() + UNHEARD_MS);
    }

    fn came_back(&mut self, sent: &Sent) {
        let now_ms = self.carrier.clock.now_ms();
        if let Some(requests) = sent.requests {
            self.gate.settle(requests);
        }
        match sent.gate {
            deliver::GateNews::Answered => {
                self.gate.answered();
                self.carrier.troubles.end(&self.name);
            }
            deliver::GateNews::Untouched => self.gate.let_be(),
            deliver::GateNews::NotCalled => {}
            deliver::GateNews::Wait { until_ms } => {
                self.gate.told_to_wait(until_ms);
                self.back_at_ms = Some(until_ms);
            }
            deliver::GateNews::Failed => self.gate.failed(now_ms),
        }
        if let Some(at_ms) = sent.look_at_ms {
            self.look_at(at_ms);
        }
        if self.has_more && self.rows.len() <= self.rows_max / 2 {
            self.look_at(0);
        }
    }
}

fn pace_of(carrier: &Carrier, destination: &str) -> Pace {
    for known in carrier.businesses.all() {
        let business = known.settings.id.as_str();
        for (account, channel) in &known.ports.channels {
            if crate::errand::channel_destination(business, account) == destination {
                return channel.pace();
            }
        }
        if let Some(means) = known.ports.means.values().find(|means| means.destination() == destination) {
            return means.pace();
        }
        if let Some(crm) = known.ports.crm.as_ref().filter(|crm| crm.destination() == destination) {
            return crm.pace();
        }
        for (id, subscriber) in &known.ports.subscribers {
            if crate::errand::subscriber_destination(business, id) == destination {
                return subscriber.pace();
            }
        }
        let line = known.ports.crm.as_ref().and_then(|crm| crm.line());
        if let Some(line) = line.filter(|line| line.destination() == destination) {
            return line.pace();
        }
        if let Some(model) = known.ports.model.as_ref().filter(|model| model.destination() == destination) {
            return model.pace();
        }
        if let Some(speech) = known.ports.speech.as_ref().filter(|speech| speech.destination() == destination) {
            return speech.pace();
        }
    }
    Pace { burst: 1, per_s: 1.0, parallel: 1, requests: 1 }
}
