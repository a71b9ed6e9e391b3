//! Watches over the channels: an owner hears within a minute of evidence that one has fallen silent, and when it
//! is back. What waits for it takes another way where the client has one. Source: reliability F14–F16, F69.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use nochnik_adapters::ports::{Outgoing, Subscribed};
use nochnik_core::business::{Means, Person, Role, Settings};
use nochnik_core::phrases::{self, Phrase};
use nochnik_core::wall;
use nochnik_store::outbox::Status;
use nochnik_store::{Sql, StoreError, keys, outbox};

use crate::Engine;
use crate::arrived::instant;
use crate::businesses::Known;
use crate::courier::Trouble;
use crate::duty::tell_by;
use crate::elsewhere::{Sight, WAITING_MAX, lead_round};
use crate::errand::{channel_destination, inbound};

const EVERY_MS: i64 = 5_000;
/// What may pass by itself is told after so long: a line that stutters would ring every night.
const PATIENCE_MS: i64 = 45_000;
/// A channel in trouble is asked this often whether it is well.
const PROBE_EVERY_MS: i64 = 60_000;
const PROBE_TIMEOUT: Duration = Duration::from_secs(20);
/// What is sent waits so long for its own channel.
const GO_ROUND_MS: i64 = 5 * 60_000;

/// Looks for as long as the engine runs.
pub(crate) async fn run(engine: Engine) {
    let mut probed_ms: HashMap<String, i64> = HashMap::new();
    // Businesses with nothing to tell of: the store is not asked about them again.
    let mut quiet: HashSet<String> = HashSet::new();
    let began_ms = engine.clock.now_ms();
    while !engine.tasks.is_stopping() {
        let now_ms = engine.clock.now_ms();
        for known in engine.businesses.all() {
            let troubles = troubles_of(&engine, &known);
            for account in troubles.keys() {
                let probed = probed_ms.entry(format!("{}/{account}", known.settings.id)).or_insert(now_ms);
                if now_ms - *probed >= PROBE_EVERY_MS {
                    *probed = now_ms;
                    engine.tasks.spawn(probe(engine.clone(), Arc::clone(&known), account.clone()));
                }
            }
            let business = known.settings.id.to_string();
            // A node that has just begun knows of no trouble yet, and must not take that for good news.
            let is_new = now_ms - began_ms < PATIENCE_MS;
            if troubles.is_empty() && (is_new || quiet.contains(&business)) {
                continue;
            }
            let all_troubles = Arc::clone(&engine.troubles);
            let job = move |sql: &mut dyn Sql| {
                let sight = Sight { known: &known, troubles: &all_troubles, now_ms };
                look(sql, &sight, &troubles, !is_new)
            };
            match engine.store.write(job).await {
                Ok(seen) => {
                    seen.news.iter().for_each(|conversation| engine.turns.poke(&business, conversation));
                    if seen.is_quiet {
                        quiet.insert(business)
                    } else {
                        quiet.remove(&business)
                    };
                }
                Err(error) => tracing::error!(%error, "Could not watch over the channels"),
            }
        }
        tokio::select! {
            biased;
            () = engine.tasks.stopping() => return,
            () = engine.clock.sleep_until_ms(now_ms + EVERY_MS) => {}
        }
    }
}

/// A channel that nothing is to be sent by would never be known to be well again: it is asked who we are.
async fn probe(engine: Engine, known: Arc<Known>, account: String) {
    let business = known.settings.id.to_string();
    let Some(channel) = known.ports.channels.get(&account) else { return };
    let destination = channel_destination(&business, &account);
    let job = move |sql: &mut dyn Sql| outbox::list(sql, &business, Status::Waiting, WAITING_MAX);
    let waits = |rows: Vec<outbox::ListedRow>| rows.iter().any(|listed| listed.row.destination == destination);
    // What waits tries the channel by itself, and tells more than a question does.
    if engine.store.read(job).await.map_or(true, waits) {
        return;
    }
    if let Ok(Ok(_)) = tokio::time::timeout(PROBE_TIMEOUT, channel.check()).await {
        engine.troubles.end(&destination);
    }
}

/// What is wrong with each account, coming in or going out, the older of the two.
fn troubles_of(engine: &Engine, known: &Known) -> HashMap<String, Trouble> {
    let business = known.settings.id.as_str();
    let accounts = known.settings.document.channels.iter().map(|entry| entry.account());
    let found = accounts.filter_map(|account| {
        let ways = [inbound(business, account), channel_destination(business, account)];
        let trouble = ways.iter().filter_map(|way| engine.troubles.of(way)).min_by_key(|trouble| trouble.since_ms)?;
        Some((account.to_owned(), trouble))
    });
    found.collect()
}

/// What a look at one business came to.
struct Looked {
    /// Conversations that have news.
    news: Vec<String>,
    /// No account is in trouble, and none whose trouble was told waits to be told well.
    is_quiet: bool,
}

fn look(
    sql: &mut dyn Sql,
    sight: &Sight<'_>,
    troubles: &HashMap<String, Trouble>,
    knows_all: bool,
) -> Result<Looked, StoreError> {
    let &Sight { known, now_ms, .. } = sight;
    let settings = &known.settings;
    let mut news = Vec::new();
    for entry in &settings.document.channels {
        let account = entry.account();
        let name = format!("down:{}/{account}", settings.id);
        let told = keys::get(sql, &name)?.filter(|since| !since.is_empty());
        match troubles.get(account) {
            Some(trouble) if told.is_none() && is_due(trouble, now_ms) => {
                let since = trouble.since_ms.to_string();
                keys::put(sql, &name, since.as_bytes())?;
                tell(sql, known, account, &format!("{name}:{since}"), &down(known, account, trouble), now_ms)?;
            }
            None if told.is_some() && knows_all => {
                keys::put(sql, &name, b"")?;
                let title = title(known, account);
                let text = phrases::text(settings, Phrase::ChannelBack, &[("channel", &title)]);
                tell(sql, known, account, &format!("{name}:back:{now_ms}"), &text, now_ms)?;
            }
            _ => {}
        }
        if troubles.get(account).is_some_and(|trouble| now_ms - trouble.since_ms >= GO_ROUND_MS) {
            news.extend(lead_round(sql, sight, account)?);
        }
    }
    Ok(Looked { news, is_quiet: troubles.is_empty() && knows_all })
}

/// What a person must mend is told at once.
fn is_due(trouble: &Trouble, now_ms: i64) -> bool {
    !trouble.hint.is_empty() || now_ms - trouble.since_ms >= PATIENCE_MS
}

fn down(known: &Known, account: &str, trouble: &Trouble) -> String {
    let settings = &known.settings;
    let since = moment(settings, trouble.since_ms);
    let title = title(known, account);
    let why = if trouble.hint.is_empty() {
        phrases::text(settings, Phrase::ChannelMayPass, &[])
    } else {
        trouble.hint.clone()
    };
    phrases::text(settings, Phrase::ChannelDown, &[("channel", &title), ("since", &since), ("why", &why)])
}

/// As people call it; with its own name where a kind is there twice.
pub(crate) fn title(known: &Known, account: &str) -> String {
    let kind = known.ports.channels.get(account).map(|channel| channel.kind());
    match kind {
        Some(kind) if kind.name == account => kind.title.to_owned(),
        Some(kind) => format!("{} ({account})", kind.title),
        None => account.to_owned(),
    }
}

fn moment(settings: &Settings, ms: i64) -> String {
    wall::time(settings.wall(instant(ms)))
}

/// Remembers that a vendor pushes to us. One that had stopped is the owner's news: what was written meanwhile may
/// be lost.
pub(crate) async fn note_hook(
    engine: &Engine,
    (business, account): (&str, &str),
    url: &str,
    subscribed: Subscribed,
) -> Result<(), StoreError> {
    let Some(known) = engine.businesses.last(business) else { return Ok(()) };
    let (account, url, now_ms) = (account.to_owned(), url.to_owned(), engine.clock.now_ms());
    let job = move |sql: &mut dyn Sql| {
        let name = format!("hook:{}/{account}", known.settings.id);
        let stood = keys::get(sql, &name)?.and_then(|bytes| String::from_utf8(bytes).ok());
        keys::put(sql, &name, format!("{now_ms} {url}").as_bytes())?;
        // A first time, and a new address of ours, are no news.
        let before = stood.as_deref().and_then(|stood| stood.split_once(' ')).filter(|(_, before)| *before == url);
        let Some((since_ms, _)) = before.filter(|_| subscribed == Subscribed::Renewed) else { return Ok(()) };
        let settings = &known.settings;
        let since = moment(settings, since_ms.parse().unwrap_or(now_ms));
        let (title, until) = (title(&known, &account), moment(settings, now_ms));
        let arguments = [("channel", title.as_str()), ("since", &since), ("until", &until)];
        let text = phrases::text(settings, Phrase::ChannelRenewed, &arguments);
        tell(sql, &known, &account, &format!("{name}:{now_ms}"), &text, now_ms)
    };
    engine.store.write(job).await
}

/// Every owner, by a messenger other than the one that fails where they have another.
pub(crate) fn tell(
    sql: &mut dyn Sql,
    known: &Known,
    failing: &str,
    key: &str,
    text: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    for owner in known.settings.document.people.iter().filter(|person| person.role == Role::Owner) {
        let Some(means) = means_beside(owner, failing) else { continue };
        let message = Outgoing { text: text.to_owned(), ..Outgoing::default() };
        tell_by(sql, known, &format!("{key}:{}", owner.id), means, message, now_ms)?;
    }
    Ok(())
}

fn means_beside<'p>(owner: &'p Person, failing: &str) -> Option<(&'p str, &'p str)> {
    let messengers: Vec<_> = owner.means.iter().filter_map(Means::as_messenger).collect();
    let other = messengers.iter().find(|(account, _)| *account != failing);
    other.or(messengers.first()).copied()
}
