//! What a call's end means for its row: done, once more, or given up. Source: reliability 3.2, 4.3.

use std::sync::Arc;

use nochnik_adapters::Failure;
use nochnik_adapters::failure::{Scope, codes};
use nochnik_core::event::{self, SendOutcome};
use nochnik_core::numbers::{Fact, What};
use nochnik_store::messages::{self, Delivery};
use nochnik_store::outbox::{self, End, OutboxRow, Retry};
use nochnik_store::{StoreError, case_steps, conversations, leads, notices};

use super::deliver::{Done, Toll};
use super::mirror::{self, Mirrored};
use super::summon::{self, Heard};
use super::{Carrier, consult, listen, open_line};
use crate::arrived::Arrived;
use crate::errand::{CARD, CONSULT, Card, Errand, LISTEN, LOOK, NEWS, SUMMON, TEXT, VISIT, Written};
use crate::ingest::arrive;
use crate::numbers::{self, Answering};
use crate::pace::{Retried, look_up_at_ms, retry_delay_ms};
use crate::summons;

const HOUR_MS: i64 = 3_600_000;
/// A message to a client is not tried longer than this.
const MESSAGE_LIFE_MS: i64 = 12 * HOUR_MS;
/// A card is kept for a week: a portal may be down for days.
const CARD_LIFE_MS: i64 = 7 * 24 * HOUR_MS;
/// Settings that a person must mend are tried again this often.
const BROKEN_PROBE_MS: i64 = 5 * 60_000;
/// A message whose end nobody knows is repeated once, after this.
const REPEAT_MS: i64 = 10_000;

/// A summons that was not taken is tried once more after this; then another means rings. Source: reliability 4.3.
const SUMMON_RETRY_MS: i64 = 3_000;
/// Somebody changes a calendar: it is read, which takes some seconds, and so often.
const CHANGED_MS: i64 = 15_000;
const CHANGED_TRIES_MAX: i64 = 20;
/// An outcome that the database did not take is offered to it again after this.
const RECORD_AGAIN_MS: i64 = 2_000;
/// A notice that waits longer than this for its channel is passed on to another means.
const PASS_ON_MS: i64 = 15_000;

/// What becomes of the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Done,
    Retry { due_at_ms: i64, outcome: &'static str, unknown_since_ms: Option<i64>, why: String },
    Dead { code: String, why: String },
}

impl Verdict {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retry { outcome, .. } => outcome,
            Self::Dead { .. } => "dead",
        }
    }
}

pub(super) fn judge(row: &OutboxRow, result: &Result<Done, Failure>, now_ms: i64) -> Verdict {
    let is_card = row.kind == CARD;
    let life_ms = if is_card { CARD_LIFE_MS } else { MESSAGE_LIFE_MS };
    let is_over = now_ms - row.created_at_ms > life_ms;
    let seed = row.id.unsigned_abs();
    match result {
        Ok(_) => Verdict::Done,
        Err(failure) if row.kind == SUMMON => judge_summons(row, failure, now_ms),
        // News, too, is known by its id where it comes again.
        Err(failure) if matches!(row.kind.as_str(), VISIT | NEWS) => judge_visit(row, failure, now_ms),
        // The next look comes by itself; a vendor that cannot be asked tells nothing.
        Err(_) if row.kind == LOOK => Verdict::Done,
        // The rules answer by themselves, and the client waits no longer for the second reader nor for the words of
        // a voice message.
        Err(_) if matches!(row.kind.as_str(), CONSULT | LISTEN) => Verdict::Done,
        // An edit or a pressed button that came to nothing harms nobody.
        Err(Failure::Refused { .. }) if matches!(row.kind.as_str(), "edit" | "press") => Verdict::Done,
        Err(Failure::Refused { code, why }) => Verdict::Dead { code: code.clone(), why: why.clone() },
        Err(failure) if is_over => over(failure),
        Err(Failure::Later { after, scope, why }) => {
            let told_ms = after.map(|after| i64::try_from(after.as_millis()).unwrap_or(i64::MAX));
            let due_at_ms = match (told_ms, row.unknown_since_ms) {
                (Some(told_ms), _) if *scope == Scope::Destination => now_ms + told_ms,
                // Nothing new was sent: the look-ups go on as they were planned.
                (_, Some(since_ms)) if is_card => look_up_at_ms(since_ms, told_ms, now_ms),
                (Some(told_ms), _) => now_ms + told_ms,
                (None, _) => {
                    now_ms + retry_delay_ms(if is_card { Retried::Crm } else { Retried::Message }, row.attempts, seed)
                }
            };
            retry(row, due_at_ms, "later", why)
        }
        Err(Failure::Broken { hint, .. }) => retry(row, now_ms + BROKEN_PROBE_MS, "broken", hint),
        // Something was sent just now: whatever was in doubt before, this is the younger doubt.
        Err(Failure::Unknown { why }) if is_card => retry_in_doubt(look_up_at_ms(now_ms, None, now_ms), now_ms, why),
        Err(Failure::Unknown { why }) => match row.kind.as_str() {
            // The ladder goes on by itself; a second page for one step would only confuse.
            "notice" | "bundle" | "edit" | "press" => Verdict::Done,
            // Two SMS about one visit are one too many; somebody rings the client anyway.
            TEXT => Verdict::Done,
            // Nor is a reminder: the conversation knows which one it was, and whether it goes another way.
            _ if is_reminder(row) => Verdict::Dead { code: "unknown".into(), why: why.clone() },
            _ if row.unknown_since_ms.is_none() => retry_in_doubt(now_ms + REPEAT_MS, now_ms, why),
            _ => Verdict::Dead { code: "unknown".into(), why: why.clone() },
        },
    }
}

fn is_reminder(row: &OutboxRow) -> bool {
    matches!(serde_json::from_str(&row.payload), Ok(Errand::Say { reminder: Some(_), .. }))
}

/// A booking comes into its calendar sooner or later: a put finds what an earlier one has done. What somebody changed
/// there is read first, and then the same is tried again.
fn judge_visit(row: &OutboxRow, failure: &Failure, now_ms: i64) -> Verdict {
    let delay_ms = retry_delay_ms(Retried::Crm, row.attempts, row.id.unsigned_abs());
    match failure {
        Failure::Refused { code, why } if code == codes::CHANGED && row.attempts < CHANGED_TRIES_MAX => {
            retry(row, now_ms + CHANGED_MS, "changed", why)
        }
        Failure::Refused { code, why } => Verdict::Dead { code: code.clone(), why: why.clone() },
        _ if now_ms - row.created_at_ms > CARD_LIFE_MS => over(failure),
        Failure::Later { after, why, .. } => {
            let told_ms = after.map(|after| i64::try_from(after.as_millis()).unwrap_or(i64::MAX));
            retry(row, now_ms + told_ms.unwrap_or(delay_ms), "later", why)
        }
        Failure::Broken { hint, .. } => retry(row, now_ms + BROKEN_PROBE_MS, "broken", hint),
        Failure::Unknown { why } => retry_in_doubt(now_ms + delay_ms, now_ms, why),
    }
}

/// Nothing a person waits for may hang on one vendor: it is dead sooner than later.
fn judge_summons(row: &OutboxRow, failure: &Failure, now_ms: i64) -> Verdict {
    match failure {
        // It may have rung: the ladder goes on by itself, a second ring for one step would only confuse.
        Failure::Unknown { .. } => Verdict::Done,
        Failure::Later { after, why, .. } if row.attempts == 0 => {
            let told_ms = after.map_or(0, |after| i64::try_from(after.as_millis()).unwrap_or(i64::MAX));
            if told_ms > PASS_ON_MS {
                return Verdict::Dead { code: "later".into(), why: why.clone() };
            }
            retry(row, now_ms + told_ms.max(SUMMON_RETRY_MS), "later", why)
        }
        Failure::Refused { code, why } => Verdict::Dead { code: code.clone(), why: why.clone() },
        Failure::Later { why, .. } | Failure::Broken { why, .. } => {
            Verdict::Dead { code: "later".into(), why: why.clone() }
        }
    }
}

/// Tried for as long as it made sense; where a person must mend something, that is why.
fn over(failure: &Failure) -> Verdict {
    let why = match failure {
        Failure::Broken { hint, .. } => (*hint).to_owned(),
        failure => failure.to_string(),
    };
    Verdict::Dead { code: "over".into(), why }
}

/// The notice named by this token will not come, or not in time.
fn is_late(row: &OutboxRow, verdict: &Verdict, now_ms: i64) -> bool {
    match verdict {
        Verdict::Done => false,
        Verdict::Dead { .. } => true,
        Verdict::Retry { due_at_ms, .. } => {
            due_at_ms - row.created_at_ms > PASS_ON_MS || *due_at_ms - now_ms > PASS_ON_MS
        }
    }
}

/// A notice or summons that fails is passed on, once: another means or another person is called.
fn pass_on(
    sql: &mut dyn nochnik_store::Sql,
    row: &OutboxRow,
    verdict: &Verdict,
    now_ms: i64,
) -> Result<Vec<String>, StoreError> {
    if !is_late(row, verdict, now_ms) {
        return Ok(Vec::new());
    }
    let tokens = match serde_json::from_str(&row.payload) {
        Ok(Errand::Notice { token, .. } | Errand::Summon { token, .. }) => vec![token],
        Ok(Errand::Bundle { cards, .. }) => cards.into_iter().map(|card| card.token).collect(),
        _ => Vec::new(),
    };
    let mut news = Vec::new();
    for token in tokens {
        news.extend(summons::unreached(sql, &row.business, &token, now_ms)?);
    }
    Ok(news)
}

/// A refusal tells of this call only: what an earlier call may have done stays in doubt.
fn retry(row: &OutboxRow, due_at_ms: i64, outcome: &'static str, why: &str) -> Verdict {
    Verdict::Retry { due_at_ms, outcome, unknown_since_ms: row.unknown_since_ms, why: why.to_owned() }
}

fn retry_in_doubt(due_at_ms: i64, since_ms: i64, why: &str) -> Verdict {
    Verdict::Retry { due_at_ms, outcome: "unknown", unknown_since_ms: Some(since_ms), why: why.to_owned() }
}

/// What followed from a recorded verdict.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    /// Conversations that have news.
    pub pokes: Vec<String>,
    /// The row's lane is free and another row waits in it.
    pub lane_goes_on: bool,
}

/// Stores the verdict with all that follows from it. What was done once must not be forgotten: while the database does not
/// take it, it is offered again for as long as the row is ours.
pub(super) async fn record(
    carrier: &Carrier,
    row: &OutboxRow,
    leased_until_ms: i64,
    (result, verdict): (&Result<Done, Failure>, &Verdict),
    toll: Toll,
) -> Result<Recorded, StoreError> {
    let job = Arc::new(recording(carrier, row, result, verdict, toll));
    loop {
        let job = Arc::clone(&job);
        let recorded = carrier.store.write_soon(move |sql| job(sql)).await;
        let again_at_ms = carrier.clock.now_ms() + RECORD_AGAIN_MS;
        match &recorded {
            Err(error) if again_at_ms < leased_until_ms => {
                tracing::warn!(outbox.id = row.id, %error, "The outcome of outbox row {} is not stored yet", row.id);
            }
            _ => return recorded,
        }
        tokio::select! {
            biased;
            () = carrier.tasks.stopping() => return recorded,
            () = carrier.clock.sleep_until_ms(again_at_ms) => {}
        }
    }
}

/// The transaction that stores a verdict; it may be played several times.
fn recording(
    carrier: &Carrier,
    row: &OutboxRow,
    result: &Result<Done, Failure>,
    verdict: &Verdict,
    toll: Toll,
) -> impl Fn(&mut dyn nochnik_store::Sql) -> Result<Recorded, StoreError> + Send + Sync + 'static {
    let now_ms = carrier.clock.now_ms();
    let (row, node, verdict) = (row.clone(), carrier.node.clone(), verdict.clone());
    let Toll { sent, said, voice, .. } = toll;
    let after = AfterSuccess { said, ..after_success(&row, result) };
    let known = carrier.businesses.last(&row.business);
    move |sql| {
        let business = row.business.as_str();
        if let Some(sent) = &sent {
            consult::write_down(sql, &row, sent, after.answer.is_some() || after.said.is_some(), now_ms)?;
        }
        if let Some(voice) = &voice {
            listen::write_down(sql, &row, voice, after.words.is_some(), now_ms)?;
        }
        match &verdict {
            Verdict::Done => {
                let done = outbox::done(sql, business, row.id, &node, after.receipt.as_deref(), now_ms)?;
                let news = if done.is_some() { after.write(sql, &row, now_ms)? } else { None };
                Ok(Recorded { pokes: news.into_iter().collect(), lane_goes_on: goes_on(done) })
            }
            Verdict::Retry { due_at_ms, outcome, unknown_since_ms, why } => {
                let (due_at_ms, unknown_since_ms) = (*due_at_ms, *unknown_since_ms);
                let retry = Retry { owner: &node, due_at_ms, outcome, why, unknown_since_ms };
                let is_ours = outbox::retry(sql, business, row.id, &retry)?;
                let pokes = if is_ours { pass_on(sql, &row, &verdict, now_ms)? } else { Vec::new() };
                Ok(Recorded { pokes, ..Recorded::default() })
            }
            Verdict::Dead { code, why } => {
                let dead = outbox::dead(sql, business, row.id, &node, End { code, why }, now_ms)?;
                // Whoever holds the row now may have sent it.
                if dead.is_none() {
                    return Ok(Recorded::default());
                }
                let mut pokes = bury(sql, &row, code, now_ms)?;
                if let Some(known) = &known
                    && mirror::given_up(sql, known, &row, code, now_ms)?
                {
                    pokes.push(row.conversation_id.clone());
                }
                pokes.extend(pass_on(sql, &row, &verdict, now_ms)?);
                Ok(Recorded { pokes, lane_goes_on: goes_on(dead) })
            }
        }
    }
}

/// A lane whose lease was lost is another node's to look after.
fn goes_on(finished: Option<outbox::Finished>) -> bool {
    finished.is_some_and(|finished| finished.lane_goes_on)
}

/// What success leaves behind besides the finished row.
#[derive(Clone, Default)]
struct AfterSuccess {
    receipt: Option<String>,
    vendor_id: Option<String>,
    /// Number of the bubble that was sent.
    bubble: Option<i64>,
    /// What it answered.
    answers: Option<Answering>,
    /// The message of an open line that it was.
    line: Option<Written>,
    token: Option<String>,
    /// The cards of a bundle.
    cards: Vec<Card>,
    refs: Option<String>,
    /// Whose `refs` these are.
    request_no: u32,
    answer: Option<serde_json::Value>,
    /// Of a voice message.
    words: Option<String>,
    said: Option<String>,
    heard: Option<Heard>,
    mirrored: Option<Mirrored>,
}

fn after_success(row: &OutboxRow, result: &Result<Done, Failure>) -> AfterSuccess {
    let mut after = AfterSuccess::default();
    match result {
        Ok(Done::Sent(receipt)) => {
            after.vendor_id.clone_from(&receipt.vendor_id);
            match serde_json::from_str(&row.payload) {
                Ok(Errand::Say { seq, answers, line, .. }) => {
                    (after.bubble, after.answers, after.line) = (Some(seq), answers, line);
                }
                Ok(Errand::Notice { token, .. }) => after.token = Some(token),
                Ok(Errand::Bundle { cards, .. }) => after.cards = cards,
                _ => {}
            }
            after.receipt = receipt.vendor_id.as_ref().map(|id| serde_json::json!({ "vendor_id": id }).to_string());
        }
        Ok(Done::Card { refs, request_no }) => {
            after.request_no = *request_no;
            after.refs = serde_json::to_string(refs).ok();
            after.receipt.clone_from(&after.refs);
        }
        Ok(Done::Answered(answer)) => after.answer = Some(answer.clone()),
        Ok(Done::Heard(words)) => after.words = Some(words.clone()),
        Ok(Done::Handed { handed, price_kop, looks }) => {
            let (vendor_id, delivery) = (handed.vendor_id.clone(), handed.delivery);
            after.heard = Some(Heard::Handed { vendor_id, delivery, price_kop: *price_kop, looks: *looks });
        }
        Ok(Done::Doubtful { vendor_id }) => after.heard = Some(Heard::Doubtful { vendor_id: vendor_id.clone() }),
        Ok(Done::Mirrored(mirrored)) => after.mirrored = Some(mirrored.clone()),
        Ok(Done::Told { status }) => after.receipt = Some(serde_json::json!({ "status": status }).to_string()),
        Ok(Done::Looked(found)) => after.heard = Some(Heard::Looked(*found)),
        Ok(Done::Nothing) | Err(_) => {}
    }
    after
}

impl AfterSuccess {
    /// Returns the conversation that has news of it.
    fn write(
        &self,
        sql: &mut dyn nochnik_store::Sql,
        row: &OutboxRow,
        now_ms: i64,
    ) -> Result<Option<String>, StoreError> {
        let business = row.business.as_str();
        if let Some(seq) = self.bubble {
            if let Some(said) = &self.said {
                messages::set_text(sql, business, &row.conversation_id, seq, said)?;
            }
            let vendor_id = self.vendor_id.as_deref();
            messages::set_delivery(sql, business, &row.conversation_id, seq, Delivery::Sent, vendor_id)?;
            nochnik_store::notify(sql, business, &row.conversation_id)?;
        }
        if let Some(line) = &self.line {
            open_line::tell(sql, row, line, self.vendor_id.as_deref().unwrap_or_default(), now_ms)?;
        }
        if let Some(Answering { since_ms, channel, is_night }) = &self.answers {
            let fact = Fact { what: What::Answered, amount: now_ms - since_ms };
            numbers::add(sql, business, fact, channel, *is_night, now_ms)?;
        }
        for card in &self.cards {
            // What was taken meanwhile was left out of the bundle.
            if summon::is_waiting(sql, business, &card.case)? {
                case_steps::sent(sql, business, &card.token, now_ms)?;
            }
        }
        if let Some(token) = &self.token {
            case_steps::sent(sql, business, token, now_ms)?;
        }
        if let (Some(token), Some(vendor_id)) = (&self.token, &self.vendor_id) {
            notices::set_message_id(sql, business, token, vendor_id)?;
        }
        if let Some(refs) = &self.refs {
            count_first_card(sql, row, now_ms)?;
            let request = (row.conversation_id.as_str(), i64::from(self.request_no));
            leads::set_crm_refs(sql, business, request, refs, now_ms)?;
        }
        if let Some(mirrored) = &self.mirrored {
            let has_news = mirror::write_down(sql, row, mirrored, now_ms)?;
            return Ok(has_news.then(|| row.conversation_id.clone()));
        }
        if row.kind == CONSULT {
            consult::hand_back(sql, row, self.answer.as_ref(), now_ms)?;
            return Ok(Some(row.conversation_id.clone()));
        }
        if row.kind == LISTEN {
            listen::hand_back(sql, row, self.words.as_deref(), now_ms)?;
            return Ok(Some(row.conversation_id.clone()));
        }
        match &self.heard {
            Some(heard) => summon::write_down(sql, row, heard, now_ms),
            None => Ok(None),
        }
    }
}

/// The lead stands in the CRM for the first time.
fn count_first_card(sql: &mut dyn nochnik_store::Sql, row: &OutboxRow, now_ms: i64) -> Result<(), StoreError> {
    let (business, id) = (row.business.as_str(), row.conversation_id.as_str());
    let lead = leads::of_conversation(sql, business, id)?.filter(|lead| lead.crm_refs.is_none());
    let Some(lead) = lead else { return Ok(()) };
    let channel = conversations::get(sql, business, id)?.map(|talk| talk.channel).unwrap_or_default();
    let fact = Fact { what: What::InCrm, amount: now_ms - lead.created_at_ms };
    numbers::add(sql, business, fact, &channel, lead.is_after_hours, now_ms)
}

/// A dead letter: a person sees it, and the conversation learns that its client heard nothing.
pub(crate) fn bury(
    sql: &mut dyn nochnik_store::Sql,
    row: &OutboxRow,
    code: &str,
    now_ms: i64,
) -> Result<Vec<String>, StoreError> {
    nochnik_store::notify(sql, &row.business, &row.conversation_id)?;
    let Some((seq, if_lost)) = Errand::said(row) else { return Ok(Vec::new()) };
    messages::set_delivery(sql, &row.business, &row.conversation_id, seq, Delivery::Failed, None)?;
    let outcome = SendOutcome::Refused { code: code.to_owned() };
    let arrived = Arrived::Happened(event::What::Sent { key: row.key.clone(), outcome, if_lost });
    arrive(sql, &row.business, &format!("sent:{}", row.key), &row.conversation_id, &arrived, now_ms)?;
    Ok(vec![row.conversation_id.clone()])
}

#[cfg(test)]
mod tests {
    use nochnik_adapters::ports::Outgoing;
    use nochnik_core::effect::{IfLost, Prepared, PreparedName, Reminding};

    use super::*;

    const NOW_MS: i64 = 1_795_312_800_000;

    fn row(kind: &str, unknown_since_ms: Option<i64>) -> OutboxRow {
        OutboxRow {
            id: 1,
            business: "lotos".into(),
            key: "i1#0".into(),
            conversation_id: "c".into(),
            lane: "c".into(),
            destination: "channel:lotos/telegram".into(),
            kind: kind.into(),
            priority: 1,
            payload: "{}".into(),
            created_at_ms: NOW_MS,
            due_at_ms: NOW_MS,
            attempts: 0,
            last_outcome: String::new(),
            unknown_since_ms,
        }
    }

    fn unknown() -> Result<Done, Failure> {
        Err(Failure::Unknown { why: "no answer in time".into() })
    }

    /// A reply is repeated once, a page never: its ladder goes on. Source: reliability 3.2.
    #[test]
    fn fault_f76_a_message_of_unknown_end_is_repeated_once_at_most() {
        let first = judge(&row("say", None), &unknown(), NOW_MS);
        let Verdict::Retry { due_at_ms, unknown_since_ms: Some(NOW_MS), .. } = first else { panic!("{first:?}") };
        assert!(due_at_ms > NOW_MS);
        let second = judge(&row("say", Some(NOW_MS)), &unknown(), due_at_ms);
        assert!(matches!(&second, Verdict::Dead { code, .. } if code == "unknown"), "{second:?}");
        for page in ["notice", "bundle", "edit", "press", TEXT] {
            assert_eq!(judge(&row(page, None), &unknown(), NOW_MS), Verdict::Done, "{page}");
        }
    }

    /// A client reads of a visit once; the conversation knows whether it goes another way. Source: reliability 3.2.
    #[test]
    fn a_reminder_of_unknown_end_is_not_repeated() {
        let prepared = Prepared { name: PreparedName::Remind, values: Vec::new() };
        let reminder = Errand::Say {
            seq: 1,
            account: "telegram".into(),
            peer: "1".into(),
            message: Outgoing::default(),
            may_reword: false,
            reminder: Some(Reminding { until: jiff::Timestamp::UNIX_EPOCH, prepared }),
            if_lost: IfLost::PersonTold,
            answers: None,
            line: None,
        };
        let row = OutboxRow { payload: serde_json::to_string(&reminder).unwrap(), ..row("say", None) };
        let verdict = judge(&row, &unknown(), NOW_MS);
        assert!(matches!(&verdict, Verdict::Dead { code, .. } if code == "unknown"), "{verdict:?}");
        let later = judge(&row, &Err(Failure::Later { after: None, scope: Scope::Row, why: "busy".into() }), NOW_MS);
        assert!(matches!(later, Verdict::Retry { unknown_since_ms: None, .. }), "nothing was sent: {later:?}");
    }

    /// A create sent again after the doubt has settled is a doubt of its own, however close behind.
    #[test]
    fn a_new_unknown_end_begins_a_new_doubt() {
        for age_ms in [0, 70_500, 90_000] {
            let now_ms = NOW_MS + age_ms;
            let verdict = judge(&row(CARD, Some(NOW_MS)), &unknown(), now_ms);
            let Verdict::Retry { due_at_ms, unknown_since_ms: Some(since_ms), .. } = verdict else {
                panic!("{verdict:?}")
            };
            assert_eq!((since_ms, due_at_ms), (now_ms, now_ms + 2_000));
        }
    }

    /// A look-up that came to nothing sent nothing: it neither begins the doubt anew nor waits longer.
    #[test]
    fn a_look_up_that_fails_leaves_the_doubt_as_old_as_it_was() {
        let later = |after, scope| Err(Failure::Later { after, scope, why: "cut line".into() });
        let due = |row: &OutboxRow, result: Result<Done, Failure>, now_ms: i64| match judge(row, &result, now_ms) {
            Verdict::Retry { due_at_ms, unknown_since_ms: Some(NOW_MS), .. } => due_at_ms - NOW_MS,
            verdict => panic!("{verdict:?}"),
        };
        let card = OutboxRow { attempts: 4, ..row(CARD, Some(NOW_MS)) };
        let hour = jiff::SignedDuration::from_hours(1);
        assert_eq!(due(&card, later(None, Scope::Row), NOW_MS + 10_500), 30_000);
        assert_eq!(due(&card, later(Some(hour), Scope::Row), NOW_MS + 500), 2_000);
        assert_eq!(due(&card, later(Some(hour), Scope::Destination), NOW_MS + 500), HOUR_MS + 500, "the portal's word");
        assert_eq!(due(&card, later(None, Scope::Destination), NOW_MS + 71_500), 101_500, "not half an hour later");
    }

    /// A card is looked up and tried for a week, then a person sees it. Source: reliability 4.1.
    #[test]
    fn a_card_waits_a_week_for_its_portal_and_a_reply_half_a_day() {
        let later = || Err(Failure::Later { after: None, scope: Scope::Destination, why: "no way there".into() });
        let is_dead = |kind: &str, hours: i64| {
            matches!(judge(&row(kind, None), &later(), NOW_MS + hours * HOUR_MS), Verdict::Dead { .. })
        };
        assert!(!is_dead(CARD, 72), "three days of a portal that is down");
        assert!(!is_dead(CARD, 7 * 24) && is_dead(CARD, 7 * 24 + 1));
        assert!(!is_dead("say", 12) && is_dead("say", 13));
    }
}
