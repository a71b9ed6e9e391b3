//! Updates → inbox: polled accounts are fetched, vendors of the others are told where to push. Each account, and each
//! calendar outside, is listened to as it is set now.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use nochnik_adapters::Failure;
use nochnik_adapters::ports::{Calendar, Channel, Crm, Notifier, Polled, Subscribed};
use nochnik_store::{StoreError, keys};
use tokio_util::sync::CancellationToken;

use crate::Engine;
use crate::businesses::Known;
use crate::calendars::Watched;
use crate::clock::pause;
use crate::errand::inbound;
use crate::requests::Looker;
use crate::watch;

/// After an answer with nothing in it: a vendor that does not hold the request would be asked in a
/// busy loop. A held one costs this much once in its time-out.
const PAUSE_EMPTY: Duration = Duration::from_millis(100);
const PAUSE_MIN: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// How soon an account that was added or changed is listened to, at most.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often a vendor is told again where to push: somebody may have taken the address away.
const SUBSCRIBE_EVERY: Duration = Duration::from_secs(300);
/// After a vendor that could not be told.
const SUBSCRIBE_AGAIN: Duration = Duration::from_secs(30);

/// Begins and ends listeners as the settings change, for as long as the engine runs.
pub async fn keep(engine: Engine, public_url: String) {
    let mut channels: Heard<dyn Channel> = HashMap::new();
    let mut means: Heard<dyn Notifier> = HashMap::new();
    let mut calendars: Heard<dyn Calendar> = HashMap::new();
    let mut crms: Heard<dyn Crm> = HashMap::new();
    while !engine.tasks.is_stopping() {
        let all = engine.businesses.all();
        for (place, port, stop) in renew(&mut channels, all.iter().flat_map(channels_of)) {
            begin(&engine, &public_url, place, port, stop);
        }
        for (place, port, stop) in renew(&mut means, all.iter().flat_map(means_of)) {
            begin_means(&engine, &public_url, place, port, stop);
        }
        for (place, port, stop) in renew(&mut calendars, all.iter().flat_map(calendars_of)) {
            let (business, account) = place;
            let hook_url =
                public_url.starts_with("https://").then(|| engine.keys.calendar_hook(&public_url, &business, &account));
            engine.tasks.spawn(Watched { engine: engine.clone(), business, account, port, hook_url, stop }.run());
        }
        for ((business, _), port, stop) in renew(&mut crms, all.iter().flat_map(crm_of)) {
            engine.tasks.spawn(Looker { engine: engine.clone(), business, port, stop }.run());
        }
        tokio::select! {
            biased;
            () = engine.tasks.stopping() => return,
            () = pause(LOOK_EVERY) => {}
        }
    }
}

/// Business and account.
type Place = (String, String);

/// Who is listened to, and what ends it.
type Heard<P> = HashMap<Place, (Arc<P>, CancellationToken)>;

fn channels_of(known: &Arc<Known>) -> impl Iterator<Item = (Place, Arc<dyn Channel>)> {
    let ports = known.ports.channels.iter();
    ports.map(|(account, port)| ((known.settings.id.to_string(), account.clone()), Arc::clone(port)))
}

fn means_of(known: &Arc<Known>) -> impl Iterator<Item = (Place, Arc<dyn Notifier>)> {
    let ports = known.ports.means.iter();
    ports.map(|(account, port)| ((known.settings.id.to_string(), account.clone()), Arc::clone(port)))
}

/// A business has one CRM at most: it needs no account to be known by.
fn crm_of(known: &Arc<Known>) -> Option<(Place, Arc<dyn Crm>)> {
    known.ports.crm.as_ref().map(|port| ((known.settings.id.to_string(), String::new()), Arc::clone(port)))
}

fn calendars_of(known: &Arc<Known>) -> impl Iterator<Item = (Place, Arc<dyn Calendar>)> {
    let ports = known.ports.calendars.iter();
    ports.map(|(account, port)| ((known.settings.id.to_string(), account.clone()), Arc::clone(port)))
}

/// Ends listeners of ports that are there no more, and tells which are to begin.
fn renew<P: ?Sized>(
    heard: &mut Heard<P>,
    present: impl Iterator<Item = (Place, Arc<P>)>,
) -> Vec<(Place, Arc<P>, CancellationToken)> {
    let present: HashMap<Place, Arc<P>> = present.collect();
    heard.retain(|place, (port, stop)| {
        let stands = present.get(place).is_some_and(|now| Arc::ptr_eq(now, port));
        if !stands {
            stop.cancel();
        }
        stands
    });
    let mut begun = Vec::new();
    for (place, port) in present {
        if !heard.contains_key(&place) {
            let stop = CancellationToken::new();
            heard.insert(place.clone(), (Arc::clone(&port), stop.clone()));
            begun.push((place, port, stop));
        }
    }
    begun
}

/// Fetches what is fetched, and tells the vendors of the rest where to push.
fn begin(engine: &Engine, public_url: &str, place: Place, channel: Arc<dyn Channel>, stop: CancellationToken) {
    let kind = channel.kind();
    let listener = Listener { engine: engine.clone(), business: place.0, account: place.1, stop };
    if kind.can_poll && channel.polls() {
        engine.tasks.spawn(listener.fetch(channel));
    } else if kind.has_hook && !public_url.is_empty() {
        let path = engine.keys.hook_path(&listener.business, &listener.account);
        let url = format!("{public_url}/hook/{}/{}/{path}", listener.business, listener.account);
        engine.tasks.spawn(listener.subscribe(channel, url));
    }
}

fn begin_means(engine: &Engine, public_url: &str, place: Place, means: Arc<dyn Notifier>, stop: CancellationToken) {
    if means.kind().has_hook && public_url.starts_with("https://") {
        let url = engine.keys.means_hook(public_url, &place.0, &place.1);
        let listener = Listener { engine: engine.clone(), business: place.0, account: place.1, stop };
        engine.tasks.spawn(listener.subscribe_means(means, url));
    }
}

/// One account and what ends listening to it.
struct Listener {
    engine: Engine,
    business: String,
    account: String,
    stop: CancellationToken,
}

impl Listener {
    /// Fetches one account's updates.
    async fn fetch(self, channel: Arc<dyn Channel>) {
        let mut delay = PAUSE_MIN;
        if let Err(failure) = channel.subscribe(None).await {
            tracing::warn!(channel = %self.account, %failure, "Could not switch {} to fetching", self.account);
        }
        loop {
            let polled = tokio::select! {
                biased;
                () = self.ended() => return,
                polled = self.poll(&*channel) => polled,
            };
            let wait = match polled {
                Ok(has_come) => {
                    delay = PAUSE_MIN;
                    let least = if has_come { Duration::ZERO } else { PAUSE_EMPTY };
                    channel.poll_pause().max(least)
                }
                Err(told) => {
                    let wait = delay.max(told);
                    delay = (delay * 2).min(PAUSE_MAX);
                    wait
                }
            };
            if !self.waited(wait).await {
                return;
            }
        }
    }

    /// Tells the vendor where to push, and tells it again.
    async fn subscribe(self, channel: Arc<dyn Channel>, url: String) {
        loop {
            let told = tokio::select! {
                biased;
                () = self.ended() => return,
                told = channel.subscribe(Some(&url)) => told,
            };
            let wait = match told {
                Ok(subscribed) => {
                    self.heals();
                    self.note_hook(&url, subscribed).await;
                    SUBSCRIBE_EVERY
                }
                Err(failure) => {
                    self.ails(&failure);
                    SUBSCRIBE_AGAIN
                }
            };
            if !self.waited(wait).await {
                return;
            }
        }
    }

    /// The same for a vendor of SMS or calls, which reports how far they have come.
    async fn subscribe_means(self, means: Arc<dyn Notifier>, url: String) {
        loop {
            if let Err(failure) = means.subscribe(Some(&url)).await {
                tracing::warn!(means = %self.account, %failure, "Could not tell {} where to report", self.account);
            }
            if !self.waited(SUBSCRIBE_EVERY).await {
                return;
            }
        }
    }

    /// Fetches one batch; tells whether there was anything in it, or how long the vendor wants to be left alone.
    async fn poll(&self, channel: &dyn Channel) -> Result<bool, Duration> {
        let name = format!("cursor:{}/{}", self.business, self.account);
        let read = name.clone();
        let cursor = self.engine.store.read(move |sql| keys::get(sql, &read)).await;
        let cursor = cursor.map_err(|error| self.fails(&error))?.and_then(|bytes| String::from_utf8(bytes).ok());
        let polled = channel.poll(cursor.as_deref()).await;
        let Polled { incoming, cursor: next } = polled.map_err(|failure| {
            self.ails(&failure);
            told(&failure)
        })?;
        self.heals();
        if incoming.is_empty() && next == cursor {
            return Ok(false);
        }
        let mark = next.map(|next| (name, next));
        let taken = self.engine.take_in(&self.business, &self.account, incoming, mark).await;
        taken.map(|_| true).map_err(|error| self.fails(&error))
    }

    /// The vendor does not let us listen; whoever watches over channels sees it.
    fn ails(&self, failure: &Failure) {
        let (why, hint) = match failure {
            Failure::Broken { why, hint } => (why.clone(), *hint),
            failure => (failure.to_string(), ""),
        };
        tracing::warn!(channel = %self.account, why, "Could not listen to {}", self.account);
        let (name, now_ms) = (inbound(&self.business, &self.account), self.engine.clock.now_ms());
        self.engine.troubles.begin(&name, now_ms, &why, hint);
    }

    fn heals(&self) {
        self.engine.troubles.end(&inbound(&self.business, &self.account));
    }

    /// The store is ill: nothing of the channel's, and no vendor says how long to wait.
    fn fails(&self, error: &StoreError) -> Duration {
        tracing::warn!(channel = %self.account, %error, "Could not store updates of {}", self.account);
        Duration::ZERO
    }

    async fn note_hook(&self, url: &str, subscribed: Subscribed) {
        let (engine, place) = (&self.engine, (self.business.as_str(), self.account.as_str()));
        if let Err(error) = watch::note_hook(engine, place, url, subscribed).await {
            self.fails(&error);
        }
    }

    async fn ended(&self) {
        tokio::select! {
            biased;
            () = self.engine.tasks.stopping() => {}
            () = self.stop.cancelled() => {}
        }
    }

    /// False when listening has ended meanwhile.
    async fn waited(&self, wait: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.ended() => false,
            () = pause(wait) => true,
        }
    }
}

/// How long the vendor wants to be left alone; zero where it does not say.
fn told(failure: &Failure) -> Duration {
    match failure {
        Failure::Later { after: Some(after), .. } => Duration::try_from(*after).unwrap_or_default(),
        _ => Duration::ZERO,
    }
}
