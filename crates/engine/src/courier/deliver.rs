//! One call: the row's errand to its port, then what came of it into the store.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use nochnik_adapters::Failure;
use nochnik_adapters::failure::{Scope, codes};
use nochnik_adapters::ports::{Attempt, Channel, Delivery, Handed, Outgoing, Receipt, window_closed};
use nochnik_core::crm::CrmRefs;
use nochnik_core::effect::Prepared;
use nochnik_core::phrases::{self, Phrase};
use nochnik_store::outbox::OutboxRow;
use nochnik_store::{leads, messages, notices};

use super::Carrier;
use super::consult;
use super::listen;
use super::mirror::{self, Mirrored};
use super::news;
use super::open_line;
use super::outcome::{self, Recorded, Verdict};
use super::summon::{self, Ring, Text};
use crate::arrived::instant;
use crate::businesses::Known;
use crate::errand::{CONSULT, Errand, LISTEN};

/// A reply older than this begins with an apology. Source: reliability 4.1.
const LATE_MS: i64 = 10 * 60_000;
/// A reply older than this is not sent by itself.
const TOO_LATE_MS: i64 = 12 * 3_600_000;
/// A message on its way may arrive a little later than it left.
const WINDOW_MARGIN_MS: i64 = 60_000;
const CHANNEL_TIMEOUT: Duration = Duration::from_secs(30);
/// A Bitrix24 portal may work on one call for a minute.
const CRM_TIMEOUT: Duration = Duration::from_secs(75);

/// What the destination should learn from the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GateNews {
    Answered,
    /// Nothing was asked of it.
    Untouched,
    /// The row never came to its turn.
    NotCalled,
    Wait {
        until_ms: i64,
    },
    Failed,
}

/// A finished call.
pub(super) struct Sent {
    pub gate: GateNews,
    /// Requests it took, where that is known.
    pub requests: Option<u32>,
    /// When to look into the store again: another row of the lane, or this one once more.
    pub look_at_ms: Option<i64>,
}

/// What a port gave back.
pub(super) enum Done {
    Sent(Receipt),
    Card {
        refs: CrmRefs,
        request_no: u32,
    },
    /// What the second reader understood.
    Answered(serde_json::Value),
    /// The words of a voice message.
    Heard(String),
    /// A vendor of means took a summons; `looks`: it can be asked how far it has come.
    Handed {
        handed: Handed,
        price_kop: u64,
        looks: bool,
    },
    /// Perhaps it did; it can be asked by this id.
    Doubtful {
        vendor_id: String,
    },
    /// How far a summons has come; `None`: the vendor never got it.
    Looked(Option<Delivery>),
    /// A calendar shows a visit as it stands here.
    Mirrored(Mirrored),
    /// A program took news, with this status.
    Told {
        status: u16,
    },
    /// There was nothing to do any more.
    Nothing,
}

/// What a call took.
#[derive(Default)]
pub(super) struct Toll {
    /// Requests, where that is known.
    requests: Option<u32>,
    /// What left for the model.
    pub sent: Option<consult::Sent>,
    /// The words that went out instead of the reply's own.
    pub said: Option<String>,
    /// What left for the speech server.
    pub voice: Option<listen::Voice>,
}

pub(super) async fn deliver(carrier: Carrier, row: OutboxRow, leased_until_ms: i64) -> Sent {
    let mut toll = Toll::default();
    let result = call(&carrier, &row, &mut toll).await;
    finish(carrier, row, leased_until_ms, result, toll).await
}

/// Gives up a row whose destination is down, without asking it.
pub(super) async fn turn_away(carrier: Carrier, row: OutboxRow, leased_until_ms: i64) -> Sent {
    let result = Err(Failure::Refused { code: "down".into(), why: "the vendor is down".into() });
    Sent { gate: GateNews::NotCalled, ..finish(carrier, row, leased_until_ms, result, Toll::default()).await }
}

async fn finish(
    carrier: Carrier,
    row: OutboxRow,
    leased_until_ms: i64,
    result: Result<Done, Failure>,
    toll: Toll,
) -> Sent {
    let verdict = outcome::judge(&row, &result, carrier.clock.now_ms());
    if let Err(failure) = &result {
        report(&carrier, &row, failure);
    }
    if let Verdict::Dead { code, why } = &verdict {
        tracing::warn!(outbox.id = row.id, kind = %row.kind, code, why, "Gave up outbox row {}", row.id);
    }
    metrics::counter!("nochnik_sent_total", "kind" => row.kind.clone(), "outcome" => verdict.name()).increment(1);
    let requests = toll.requests;
    let recorded = outcome::record(&carrier, &row, leased_until_ms, (&result, &verdict), toll).await;
    let recorded = recorded.unwrap_or_else(|error| {
        tracing::error!(outbox.id = row.id, %error, "Could not store the outcome of outbox row {}", row.id);
        Recorded::default()
    });
    for conversation in recorded.pokes {
        (carrier.poke)(&row.business, &conversation);
    }
    let gate = match &result {
        Ok(Done::Nothing) if matches!(row.kind.as_str(), CONSULT | LISTEN) => GateNews::Untouched,
        // A wait told for one row says nothing against the destination.
        Ok(_) | Err(Failure::Refused { .. } | Failure::Later { after: Some(_), scope: Scope::Row, .. }) => {
            GateNews::Answered
        }
        Err(Failure::Later { after: Some(_), scope: Scope::Destination, .. }) | Err(Failure::Broken { .. }) => {
            GateNews::Wait { until_ms: verdict.due_at_ms().unwrap_or_else(|| carrier.clock.now_ms()) }
        }
        Err(_) => GateNews::Failed,
    };
    Sent { gate, requests, look_at_ms: verdict.due_at_ms().or(recorded.lane_goes_on.then_some(0)) }
}

fn report(carrier: &Carrier, row: &OutboxRow, failure: &Failure) {
    let (why, hint) = match failure {
        Failure::Broken { why, hint } => (why.as_str(), *hint),
        Failure::Later { why, .. } | Failure::Unknown { why } => (why.as_str(), ""),
        Failure::Refused { .. } => return,
    };
    if matches!(failure, Failure::Later { after: Some(_), scope: Scope::Row, .. }) {
        tracing::info!(outbox.id = row.id, destination = %row.destination, why, "Outbox row {} waits", row.id);
        return;
    }
    carrier.troubles.begin(&row.destination, carrier.clock.now_ms(), why, hint);
    if hint.is_empty() {
        tracing::warn!(outbox.id = row.id, destination = %row.destination, why, "A call to {} failed", row.destination);
    } else {
        tracing::error!(outbox.id = row.id, destination = %row.destination, why, "A person must mend {}", row.destination);
    }
}

async fn call(carrier: &Carrier, row: &OutboxRow, toll: &mut Toll) -> Result<Done, Failure> {
    let errand: Errand = serde_json::from_str(&row.payload)
        .map_err(|_| Failure::Refused { code: "malformed".into(), why: "the row cannot be read".into() })?;
    let Some(known) = carrier.businesses.last(&row.business) else {
        return Err(Failure::Later { after: None, scope: Scope::Row, why: "the business is not loaded".into() });
    };
    let errand = match errand {
        Errand::Card { card } => return put_card(carrier, row, &known, &card, &mut toll.requests).await,
        Errand::Line { words } => return open_line::say(carrier, row, &known, &words).await,
        Errand::Seen { place, vendor_id, at_ms } => {
            return open_line::delivered(row, &known, &place, &vendor_id, at_ms).await;
        }
        Errand::Visit { calendar, booking, is_forced } => {
            let wanted = mirror::Wanted { calendar: &calendar, booking: &booking, is_forced };
            return mirror::show(carrier, row, &known, wanted).await;
        }
        Errand::News { subscriber, body } => return news::bring(carrier, row, &known, (&subscriber, &body)).await,
        Errand::Consult { inquiry } => return consult::ask(carrier, row, &known, *inquiry, &mut toll.sent).await,
        Errand::Listen { account, file, until_ms, .. } => {
            return listen::hear(carrier, row, &known, (&account, &file), until_ms, &mut toll.voice).await;
        }
        Errand::Summon { means, to, token, case, alert, is_urgent } => {
            return summon::hand_over(carrier, row, &known, Ring { means, to, token, case, alert, is_urgent }).await;
        }
        Errand::Text { means, to, alert, until_ms } => {
            return summon::text(carrier, row, &known, Text { means, to, alert, until_ms }).await;
        }
        Errand::Look { means, to, vendor_id, .. } => return summon::look(&known, &means, &to, &vendor_id).await,
        errand => errand,
    };
    let channel = channel_of(&known, &errand)?;
    let sending = send(carrier, row, &known, &*channel, errand, toll);
    tokio::time::timeout(CHANNEL_TIMEOUT, sending)
        .await
        .unwrap_or_else(|_| Err(Failure::Unknown { why: "no answer in time".into() }))
}

fn channel_of(known: &Arc<Known>, errand: &Errand) -> Result<Arc<dyn Channel>, Failure> {
    let account = errand.account().unwrap_or_default();
    known.ports.channels.get(account).cloned().ok_or_else(|| Failure::Broken {
        why: format!("channel {account} is not open"),
        hint: "Канал выключен или настроен с ошибкой. Проверьте его в кабинете: Ещё → Каналы",
    })
}

async fn send(
    carrier: &Carrier,
    row: &OutboxRow,
    known: &Known,
    channel: &dyn Channel,
    errand: Errand,
    toll: &mut Toll,
) -> Result<Done, Failure> {
    match errand {
        Errand::Say { peer, message, may_reword, reminder, .. } => {
            let prepared = reminder.map(|reminder| reminder.prepared);
            if is_window_closed(carrier, row, channel).await? {
                return prepared_or_nothing(channel, row, &peer, &message, prepared.as_ref()).await.map(Done::Sent);
            }
            let mut message = aged(carrier, row, known, message)?;
            if may_reword && let Some(words) = consult::reword(carrier, row, known, &message.text, &mut toll.sent).await
            {
                message.text.clone_from(&words);
                toll.said = Some(words);
            }
            match channel.send(&peer, &message, &row.key).await {
                // The vendor counts otherwise than we do.
                Err(Failure::Refused { code, .. }) if code == codes::WINDOW_CLOSED => {
                    prepared_or_nothing(channel, row, &peer, &message, prepared.as_ref()).await.map(Done::Sent)
                }
                sent => sent.map(Done::Sent),
            }
        }
        Errand::Notice { peer, message, .. } | Errand::Tell { peer, message, .. } => {
            channel.send(&peer, &message, &row.key).await.map(Done::Sent)
        }
        Errand::Bundle { peer, cards, .. } => match summon::bundled(carrier, row, known, cards).await? {
            Some(message) => channel.send(&peer, &message, &row.key).await.map(Done::Sent),
            None => Ok(Done::Nothing),
        },
        Errand::Edit { peer, token, message, .. } => {
            let found = carrier.store.read(move |sql| notices::find(sql, &token)).await;
            let found =
                found.map_err(|error| Failure::Later { after: None, scope: Scope::Row, why: error.to_string() })?;
            match found.and_then(|(_, notice)| notice.vendor_message_id) {
                Some(vendor_id) => channel.edit(&peer, &vendor_id, &message).await.map(Done::Sent),
                // The notice itself never arrived: there is nothing to change.
                None => Ok(Done::Nothing),
            }
        }
        Errand::Press { press_id, text, .. } => {
            channel.answer_press(&press_id, text.as_deref()).await.map(|()| Done::Nothing)
        }
        Errand::Card { .. }
        | Errand::Line { .. }
        | Errand::Seen { .. }
        | Errand::Visit { .. }
        | Errand::News { .. }
        | Errand::Consult { .. }
        | Errand::Listen { .. }
        | Errand::Summon { .. }
        | Errand::Text { .. }
        | Errand::Look { .. } => Ok(Done::Nothing),
    }
}

/// Whether the client has been silent for so long that the channel takes no free text.
async fn is_window_closed(carrier: &Carrier, row: &OutboxRow, channel: &dyn Channel) -> Result<bool, Failure> {
    let Some(window) = channel.window() else { return Ok(false) };
    let (business, conversation) = (row.business.clone(), row.conversation_id.clone());
    let last = carrier.store.read(move |sql| messages::last_client_at_ms(sql, &business, &conversation)).await;
    let last = last.map_err(|error| Failure::Later { after: None, scope: Scope::Row, why: error.to_string() })?;
    Ok(is_window_over(window, last, carrier.clock.now_ms()))
}

/// Whether a channel's window, counted from the client's last word, is over or as good as over.
pub(crate) fn is_window_over(window: SignedDuration, last_ms: Option<i64>, now_ms: i64) -> bool {
    let window_ms = i64::try_from(window.as_millis()).unwrap_or(i64::MAX) - WINDOW_MARGIN_MS;
    // Nothing of the client's is kept any more: then it was long ago.
    last_ms.is_none_or(|last_ms| now_ms - last_ms >= window_ms)
}

async fn prepared_or_nothing(
    channel: &dyn Channel,
    row: &OutboxRow,
    peer: &str,
    message: &Outgoing,
    prepared: Option<&Prepared>,
) -> Result<Receipt, Failure> {
    match prepared {
        Some(prepared) => channel.send_prepared(peer, prepared, &message.buttons, &row.key).await,
        None => Err(window_closed()),
    }
}

/// A reply that comes late says so; one that comes much too late does not come.
fn aged(carrier: &Carrier, row: &OutboxRow, known: &Known, message: Outgoing) -> Result<Outgoing, Failure> {
    let age_ms = carrier.clock.now_ms() - row.created_at_ms;
    if age_ms > TOO_LATE_MS {
        return Err(Failure::Refused { code: "late".into(), why: "the reply is more than twelve hours old".into() });
    }
    if age_ms <= LATE_MS {
        return Ok(message);
    }
    let apology = phrases::text(&known.settings, Phrase::LateApology, &[]);
    Ok(Outgoing { text: format!("{apology}\n\n{}", message.text), ..message })
}

async fn put_card(
    carrier: &Carrier,
    row: &OutboxRow,
    known: &Known,
    card: &nochnik_core::crm::Card,
    requests: &mut Option<u32>,
) -> Result<Done, Failure> {
    let Some(crm) = &known.ports.crm else { return Ok(Done::Nothing) };
    let (business, conversation) = (row.business.clone(), row.conversation_id.clone());
    let lead = carrier.store.read(move |sql| leads::of_conversation(sql, &business, &conversation)).await;
    let refs = lead
        .ok()
        .flatten()
        .filter(|lead| lead.request_no == i64::from(card.request_no))
        .and_then(|lead| lead.crm_refs)
        .and_then(|refs| serde_json::from_str(&refs).ok())
        .unwrap_or_default();
    let attempt = Attempt {
        now: carrier.clock.now(),
        unknown_since: row.unknown_since_ms.map(instant),
        // Unlike the count of tries, this outlives a replay by a person.
        is_repeat: !row.last_outcome.is_empty(),
    };
    let putting = crm.put(card, &refs, attempt);
    let Ok(put) = tokio::time::timeout(CRM_TIMEOUT, putting).await else {
        return Err(Failure::Unknown { why: "no answer in time".into() });
    };
    *requests = Some(put.requests);
    put.done.map(|refs| Done::Card { refs, request_no: card.request_no })
}

impl Verdict {
    pub(super) fn due_at_ms(&self) -> Option<i64> {
        match self {
            Self::Retry { due_at_ms, .. } => Some(*due_at_ms),
            Self::Done | Self::Dead { .. } => None,
        }
    }
}
