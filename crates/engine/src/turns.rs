//! Which conversations are being played: each one by itself, many side by side.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nochnik_core::conversation::ReadAs;
use nochnik_core::event::What;
use nochnik_core::values::Address;
use nochnik_store::{Sql, Store, StoreError, inbox};
use tokio::sync::Semaphore;

use crate::alarm::AlarmBell;
use crate::arrived::Arrived;
use crate::clock::{Clock, pause};
use crate::courier::Courier;
use crate::health::Beat;
use crate::ingest::arrive;
use crate::tasks::Tasks;
use crate::turn::{self, Played, TurnContext};

const NAME_TIMEOUT: Duration = Duration::from_secs(10);
/// Of a profile's name, so many characters are kept.
const NAME_CHARS_MAX: usize = 80;
/// The mark that an answer is coming is worth no longer wait.
const TYPING_TIMEOUT: Duration = Duration::from_secs(5);
/// Lost races of one turn before it counts as failed and is left to the sweep: a race that nobody ever wins is none.
pub(crate) const RACES_MAX: u32 = 50;
/// Failures of one event before it is set aside for a person. Source: reliability F34.
const FAILURES_MAX: i64 = 3;

type Name = (String, String);

/// Plays conversations that have events.
#[derive(Clone)]
pub struct Turns {
    pub(crate) store: Store,
    pub(crate) context: TurnContext,
    pub(crate) courier: Courier,
    pub(crate) bell: AlarmBell,
    pub(crate) clock: Clock,
    pub(crate) tasks: Tasks,
    pub(crate) beat: Beat,
    /// Turns under way at once: what the database can take.
    pub(crate) room: Arc<Semaphore>,
    /// Conversations being played; true when news came meanwhile.
    pub(crate) busy: Arc<Mutex<HashMap<Name, bool>>>,
}

impl Turns {
    /// Sees to it that the conversation is played from now on, once whoever plays it is done.
    pub fn poke(&self, business: &str, conversation: &str) {
        let name = (business.to_owned(), conversation.to_owned());
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(has_news) = busy.get_mut(&name) {
            *has_news = true;
            return;
        }
        busy.insert(name.clone(), false);
        drop(busy);
        let turns = self.clone();
        self.tasks.spawn(async move { turns.run(name).await });
    }

    async fn run(self, name: Name) {
        loop {
            let goes_on = match self.room.acquire().await {
                Ok(_permit) => self.play(&name).await,
                Err(_) => false,
            };
            let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
            match busy.get_mut(&name) {
                _ if goes_on && !self.tasks.is_stopping() => {}
                Some(has_news) if *has_news && !self.tasks.is_stopping() => *has_news = false,
                _ => {
                    busy.remove(&name);
                    return;
                }
            }
        }
    }

    /// Plays one event; true when more lie behind it.
    async fn play(&self, name: &Name) -> bool {
        for race in 1..=RACES_MAX {
            let (context, (business, conversation), clock) = (self.context.clone(), name.clone(), self.clock);
            let played =
                self.store.write(move |sql| turn::play(sql, &context, &business, &conversation, clock.now())).await;
            match played {
                Ok(played) => return self.after(name, played),
                Err(error) if error.is_race() && race < RACES_MAX => {
                    metrics::counter!("nochnik_turn_races_total").increment(1);
                }
                Err(error) => return self.failed(name, &error).await,
            }
        }
        false
    }

    pub(crate) fn after(&self, name: &Name, played: Played) -> bool {
        self.beat.touch(self.clock.now_ms());
        if let Some((address, message_id)) = played.typing {
            self.show_typing(&name.0, address, message_id);
        }
        if let Some(at_ms) = played.wait_until_ms {
            let (turns, name) = (self.clone(), name.clone());
            self.tasks.spawn(async move {
                tokio::select! {
                    () = turns.tasks.stopping() => {}
                    () = turns.clock.sleep_until_ms(at_ms) => turns.poke(&name.0, &name.1),
                }
            });
            return false;
        }
        if let Some(address) = played.nameless {
            self.look_up_name(name, address);
        }
        if let Some(at_ms) = played.next_alarm_ms {
            self.bell.ring_by(at_ms);
        }
        metrics::counter!("nochnik_events_total").increment(played.events as u64);
        if let Some((read, is_missed)) = played.read {
            count(read, is_missed);
        }
        if let Some(received_ms) = played.oldest_received_ms {
            let waited_s = (self.clock.now_ms() - received_ms).max(0) as f64 / 1_000.0;
            metrics::histogram!("nochnik_turn_seconds").record(waited_s);
            tracing::debug!(conversation.id = %name.1, events = played.events, "Took a turn in conversation {}", name.1);
        }
        self.courier.hand(played.queued);
        played.has_more
    }

    /// A name is a hint: one that cannot be had is not asked for again.
    fn look_up_name(&self, (business, conversation): &Name, address: Address) {
        let Some(known) = self.context.businesses.last(business) else { return };
        let Some(channel) = known.ports.channels.get(&address.account).cloned() else { return };
        let (turns, business, conversation) = (self.clone(), business.clone(), conversation.clone());
        self.tasks.spawn(async move {
            let found = tokio::time::timeout(NAME_TIMEOUT, channel.name_of(&address.peer)).await;
            let Ok(Ok(Some(name))) = found else { return };
            let (owner, id, now_ms) = (business.clone(), conversation.clone(), turns.clock.now_ms());
            let named = Arrived::Happened(What::Named(name.chars().take(NAME_CHARS_MAX).collect()));
            let job = move |sql: &mut dyn Sql| arrive(sql, &owner, &format!("name:{id}"), &id, &named, now_ms);
            match turns.store.write(job).await {
                Ok(_) => turns.poke(&business, &conversation),
                Err(error) => tracing::warn!(%error, "A client's name could not be stored"),
            }
        });
    }

    /// Nothing hangs on it: a vendor that does not take the mark is not asked again.
    fn show_typing(&self, business: &str, address: Address, message_id: String) {
        let Some(known) = self.context.businesses.last(business) else { return };
        let Some(channel) = known.ports.channels.get(&address.account).cloned() else { return };
        self.tasks.spawn(async move {
            let shown = tokio::time::timeout(TYPING_TIMEOUT, channel.typing(&address.peer, &message_id)).await;
            if let Ok(Err(failure)) = shown {
                tracing::debug!(channel = %address.account, %failure, "The typing mark was not taken");
            }
        });
    }

    /// A turn that cannot be played counts against its first event; the third time a person gets it.
    async fn failed(&self, name: &Name, error: &StoreError) -> bool {
        tracing::error!(conversation.id = %name.1, %error, "A turn failed in conversation {}", name.1);
        metrics::counter!("nochnik_turn_failures_total").increment(1);
        if !matches!(error, StoreError::Panicked(_) | StoreError::Corrupt { .. }) && !error.is_race() {
            pause(Duration::from_millis(200)).await;
            return false;
        }
        let (business, conversation, why) = (name.0.clone(), name.1.clone(), error.to_string());
        // Others may be at it still: it is played again at the next sweep.
        let waits = error.is_race();
        let parked = self
            .store
            .write(move |sql| {
                let Some(first) = inbox::pending(sql, &business, &conversation, 1)?.into_iter().next() else {
                    return Ok(false);
                };
                let is_last = first.attempts + 1 >= FAILURES_MAX;
                inbox::fail(sql, &business, first.id, &why, is_last)?;
                Ok(is_last || !waits)
            })
            .await;
        parked.unwrap_or(false)
    }

    /// Conversations whose events nobody plays: left by a dead node or a failed turn.
    pub async fn sweep(&self, grace_ms: i64) -> Result<(), StoreError> {
        const CONVERSATIONS_MAX: i64 = 2_000;
        let before_ms = self.clock.now_ms() - grace_ms;
        let due = self.store.read(move |sql| inbox::due_conversations(sql, before_ms, CONVERSATIONS_MAX)).await?;
        for row in due {
            self.poke(&row.business, &row.conversation);
        }
        Ok(())
    }
}

/// What clients want and how surely it is understood: a shift of either shows that they speak otherwise than
/// the model has learned.
fn count(read: ReadAs, is_missed: bool) {
    let certainty = match read.certainty {
        sure if sure >= 0.8 => "sure",
        likely if likely >= 0.5 => "likely",
        _ => "unsure",
    };
    metrics::counter!("nochnik_read_total", "intent" => read.intent.name(), "certainty" => certainty).increment(1);
    if is_missed {
        metrics::counter!("nochnik_misses_total").increment(1);
    }
}
