//! A person called by SMS, call, letter or push: handed over once, asked after, paid for.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use nochnik_adapters::Failure;
use nochnik_adapters::failure::{Scope, codes};
use nochnik_adapters::ports::{Alert, Delivery, Handed, Notifier, Outgoing, Way};
use nochnik_core::effect::Button;
use nochnik_core::event::NoticeAnswer;
use nochnik_core::limits::{BUNDLE_LINES_MAX, CALLS_MAX, CALLS_WINDOW_MIN};
use nochnik_core::phrases::{self, Phrase};
use nochnik_core::storm;
use nochnik_core::values::CaseId;
use nochnik_store::cases::{self, CaseState};
use nochnik_store::outbox::{NewRow, OutboxRow};
use nochnik_store::{Sql, StoreError, case_steps, notices, outbox, people, ring_spending};

use super::deliver::Done;
use super::{Carrier, push};
use crate::businesses::Known;
use crate::duty;
use crate::errand::{Card, Errand};
use crate::failures::not_stored;
use crate::summons;
use crate::tokens::button_id;

/// Longer than this no vendor is waited for: the next means must ring within a quarter of a minute.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A summons that could not leave for so long is stale: later rungs have rung since.
const LIFE_MS: i64 = 10 * 60_000;
/// Moments after the hand-over at which a vendor that can be asked is asked how far it has come.
const LOOK_MS: [i64; 4] = [10_000, 20_000, 60_000, 180_000];
const DAY_MS: i64 = 86_400_000;
/// Where the vendor does not tell the price: what a part of an SMS and a minute of a call cost, rounded up.
const SMS_KOP: u64 = 600;
const CALL_KOP: u64 = 1_000;

/// What a summons needs beside its row.
pub(super) struct Ring {
    pub means: String,
    pub to: String,
    pub token: String,
    pub case: CaseId,
    pub alert: Alert,
    pub is_urgent: bool,
}

/// What a reminder by SMS needs beside its row.
pub(super) struct Text {
    pub means: String,
    pub to: String,
    pub alert: Alert,
    pub until_ms: i64,
}

/// Hands a reminder to the client's own phone over, while it still helps.
pub(super) async fn text(carrier: &Carrier, row: &OutboxRow, known: &Arc<Known>, text: Text) -> Result<Done, Failure> {
    let port = port(known, &text.means)?;
    if carrier.clock.now_ms() > text.until_ms {
        return Ok(Done::Nothing);
    }
    may_ring(carrier, row, known, port.way(), &text.to, false).await?;
    let handed = send(&*port, &text.to, &text.alert, &row.key).await?;
    Ok(Done::Handed { price_kop: price_kop(port.way(), &handed), handed, looks: false })
}

async fn send(port: &dyn Notifier, to: &str, alert: &Alert, key: &str) -> Result<Handed, Failure> {
    tokio::time::timeout(TIMEOUT, port.send(to, alert, key))
        .await
        .unwrap_or_else(|_| Err(Failure::Unknown { why: "no answer in time".into() }))
}

/// Hands the summons over, unless its case waits for nobody any more.
pub(super) async fn hand_over(
    carrier: &Carrier,
    row: &OutboxRow,
    known: &Arc<Known>,
    ring: Ring,
) -> Result<Done, Failure> {
    let port = port(known, &ring.means)?;
    if !is_wanted(carrier, row, &ring.case).await? {
        return Ok(Done::Nothing);
    }
    may_ring(carrier, row, known, port.way(), &ring.to, ring.is_urgent).await?;
    let key = ring.token.as_str();
    let sent = match port.way() {
        Way::Push => push::send(carrier, &row.business, &*port, &ring).await,
        _ => send(&*port, &ring.to, &ring.alert, key).await,
    };
    match sent {
        Ok(handed) => {
            Ok(Done::Handed { price_kop: price_kop(port.way(), &handed), handed, looks: port.kind().can_poll })
        }
        Err(Failure::Unknown { why }) => match port.foreseen_id(key).filter(|_| port.kind().can_poll) {
            Some(vendor_id) => Ok(Done::Doubtful { vendor_id }),
            None => Err(Failure::Unknown { why }),
        },
        Err(failure) => Err(failure),
    }
}

/// Asks how far a summons has come.
pub(super) async fn look(known: &Arc<Known>, means: &str, to: &str, vendor_id: &str) -> Result<Done, Failure> {
    let port = port(known, means)?;
    tokio::time::timeout(TIMEOUT, port.look(to, vendor_id))
        .await
        .unwrap_or_else(|_| Err(Failure::Later { after: None, scope: Scope::Row, why: "no answer in time".into() }))
        .map(Done::Looked)
}

fn port(known: &Known, means: &str) -> Result<Arc<dyn Notifier>, Failure> {
    known.ports.means.get(means).cloned().ok_or_else(|| Failure::Broken {
        why: format!("means {means} is not open"),
        hint: "Способ связи выключен или настроен с ошибкой. Проверьте раздел means в документе бизнеса",
    })
}

/// The case still waits, and the summons is not stale.
async fn is_wanted(carrier: &Carrier, row: &OutboxRow, case: &CaseId) -> Result<bool, Failure> {
    if carrier.clock.now_ms() - row.created_at_ms > LIFE_MS {
        return Ok(false);
    }
    let (business, case) = (row.business.clone(), case.clone());
    carrier.store.read(move |sql| is_waiting(sql, &business, &case)).await.map_err(|error| not_stored(&error))
}

/// Whether a case waits for a person. The last rung rings while its case goes into the morning queue.
pub(super) fn is_waiting(sql: &mut dyn Sql, business: &str, case: &CaseId) -> Result<bool, StoreError> {
    let case = cases::get(sql, business, case.as_str())?;
    Ok(case.is_some_and(|case| matches!(case.state, CaseState::Open | CaseState::Morning)))
}

/// The message of a bundle, about those of its cases that still wait; `None` when all are over or taken.
pub(super) async fn bundled(
    carrier: &Carrier,
    row: &OutboxRow,
    known: &Known,
    mut cards: Vec<Card>,
) -> Result<Option<Outgoing>, Failure> {
    let (business, ids) = (row.business.clone(), cards.iter().map(|card| card.case.clone()).collect::<Vec<_>>());
    let waiting = carrier
        .store
        .read(move |sql| ids.iter().map(|case| is_waiting(sql, &business, case)).collect::<Result<Vec<_>, _>>());
    let mut waiting = waiting.await.map_err(|error| not_stored(&error))?.into_iter();
    cards.retain(|_| waiting.next().unwrap_or(true));
    // A case that rang twice within the minute is told once, as it was told last.
    let mut seen = HashSet::new();
    cards.reverse();
    cards.retain(|card| seen.insert(card.case.clone()));
    cards.reverse();
    if cards.is_empty() {
        return Ok(None);
    }
    let lines: Vec<&str> = cards.iter().map(|card| card.line.as_str()).collect();
    let text = storm::text(&known.settings, &lines);
    let button = |(number, card): (usize, &Card)| Button {
        id: button_id(&card.token, NoticeAnswer::Take),
        label: storm::label(&known.settings, number),
    };
    let buttons = (1..).zip(cards.iter().take(BUNDLE_LINES_MAX)).map(button).collect();
    Ok(Some(Outgoing { text, buttons, ..Outgoing::default() }))
}

/// Refuses what would torment the person or empty the purse.
async fn may_ring(
    carrier: &Carrier,
    row: &OutboxRow,
    known: &Arc<Known>,
    way: Way,
    to: &str,
    is_urgent: bool,
) -> Result<(), Failure> {
    if !matches!(way, Way::Sms | Way::Call) {
        return Ok(());
    }
    let (known, now_ms) = (Arc::clone(known), carrier.clock.now_ms());
    let (business, to, is_retry) = (row.business.clone(), to.to_owned(), row.attempts > 0);
    let judged = carrier.store.write(move |sql| {
        let is_spent = is_spent(sql, &known, now_ms)?;
        let calls = match way {
            Way::Call if !is_retry => {
                people::count_attempt(sql, &business, &format!("call:{to}"), now_ms, CALLS_WINDOW_MIN * 60_000)?
            }
            _ => 0,
        };
        Ok((is_spent, usize::try_from(calls).unwrap_or(0) > CALLS_MAX))
    });
    let (is_spent, is_too_often) = judged.await.map_err(|error| not_stored(&error))?;
    if is_spent {
        tracing::error!(business = %row.business, "The day's money for SMS and calls is spent");
    }
    if is_too_often {
        let why = "this phone has been called enough for a quarter of an hour".to_owned();
        return Err(Failure::Refused { code: codes::TOO_OFTEN.to_owned(), why });
    }
    if is_spent && !is_urgent {
        return Err(Failure::Refused { code: "spent".to_owned(), why: "the day's money is spent".to_owned() });
    }
    Ok(())
}

/// Whether the day's money is gone; the owner is told once.
fn is_spent(sql: &mut dyn Sql, known: &Known, now_ms: i64) -> Result<bool, StoreError> {
    let (business, day) = (known.settings.id.as_str(), now_ms.div_euclid(DAY_MS));
    let spent = ring_spending::of_day(sql, business, day)?;
    if spent < i64::from(known.settings.document.policy.means_kop_per_day) {
        return Ok(false);
    }
    let roubles = (spent / 100).to_string();
    let text = phrases::text(&known.settings, Phrase::MeansSpent, &[("roubles", &roubles)]);
    duty::tell_owners(sql, known, &format!("spent:{day}"), &text, now_ms)?;
    Ok(true)
}

fn price_kop(way: Way, handed: &Handed) -> u64 {
    let guess = match way {
        Way::Sms => SMS_KOP * u64::from(handed.segments),
        Way::Call => CALL_KOP,
        Way::Email | Way::Push => 0,
    };
    handed.price_kop.unwrap_or(guess)
}

/// Writes down what became of a summons or a look; returns the conversation that has news.
pub(super) fn write_down(
    sql: &mut dyn Sql,
    row: &OutboxRow,
    done: &Heard,
    now_ms: i64,
) -> Result<Option<String>, StoreError> {
    let business = row.business.as_str();
    let Ok(errand) = serde_json::from_str::<Errand>(&row.payload) else { return Ok(None) };
    match (errand, done) {
        (Errand::Summon { means, to, token, .. }, Heard::Handed { vendor_id, delivery, price_kop, looks }) => {
            pay(sql, business, *price_kop, now_ms)?;
            case_steps::sent(sql, business, &token, now_ms)?;
            if let Some(vendor_id) = vendor_id {
                notices::set_message_id(sql, business, &token, vendor_id)?;
                if *looks {
                    ask_again(sql, row, (&means, &to, &token, vendor_id), 0, false, now_ms)?;
                }
            }
            summons::told(sql, business, &token, *delivery, now_ms)
        }
        (Errand::Text { .. }, Heard::Handed { price_kop, .. }) => {
            pay(sql, business, *price_kop, now_ms)?;
            Ok(None)
        }
        (Errand::Summon { means, to, token, .. }, Heard::Doubtful { vendor_id }) => {
            notices::set_message_id(sql, business, &token, vendor_id)?;
            ask_again(sql, row, (&means, &to, &token, vendor_id), 0, true, now_ms)?;
            Ok(None)
        }
        (Errand::Look { token, is_doubtful: true, .. }, Heard::Looked(None)) => {
            summons::told(sql, business, &token, Delivery::Failed { why: "не отправлено" }, now_ms)
        }
        (Errand::Look { means, to, token, vendor_id, round, is_doubtful }, Heard::Looked(found)) => {
            let news = match found {
                Some(delivery) => summons::told(sql, business, &token, *delivery, now_ms)?,
                None => None,
            };
            if matches!(notices::delivery(sql, business, &token)?.as_deref(), Some("" | "accepted")) {
                let is_doubtful = is_doubtful && found.is_none();
                ask_again(sql, row, (&means, &to, &token, &vendor_id), round + 1, is_doubtful, now_ms)?;
            }
            Ok(news)
        }
        _ => Ok(None),
    }
}

fn pay(sql: &mut dyn Sql, business: &str, price_kop: u64, now_ms: i64) -> Result<(), StoreError> {
    if price_kop == 0 {
        return Ok(());
    }
    ring_spending::add(sql, business, now_ms.div_euclid(DAY_MS), i64::try_from(price_kop).unwrap_or(i64::MAX))
}

/// What a port said, for the transaction that writes it down.
#[derive(Clone, Debug)]
pub(super) enum Heard {
    Handed { vendor_id: Option<String>, delivery: Delivery, price_kop: u64, looks: bool },
    Doubtful { vendor_id: String },
    Looked(Option<Delivery>),
}

fn ask_again(
    sql: &mut dyn Sql,
    row: &OutboxRow,
    (means, to, token, vendor_id): (&str, &str, &str, &str),
    round: usize,
    is_doubtful: bool,
    now_ms: i64,
) -> Result<(), StoreError> {
    let Some(after_ms) = LOOK_MS.get(round) else { return Ok(()) };
    let errand = Errand::Look {
        means: means.to_owned(),
        to: to.to_owned(),
        token: token.to_owned(),
        vendor_id: vendor_id.to_owned(),
        round,
        is_doubtful,
    };
    let new = NewRow {
        key: &format!("look:{token}:{round}"),
        conversation_id: &row.conversation_id,
        lane: &format!("look:{token}"),
        destination: &row.destination,
        kind: errand.kind(),
        priority: 2,
        payload: &serde_json::to_string(&errand).unwrap_or_default(),
        created_at_ms: now_ms,
        due_at_ms: now_ms + after_ms,
    };
    outbox::put(sql, &row.business, &new, None).map(drop)
}
