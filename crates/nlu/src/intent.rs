//! Which intents a message carries: weighed cues, the details found, and the question before.

use crate::{
    evidence::Evidence,
    meaning::{Expecting, INTENTS_MAX, Intent, Language},
};

/// A cue list decides for a client's wish from here on.
const HEARD: f32 = 3.0;
/// Said outright («запишите», «отмените»).
const OUTRIGHT: f32 = 4.0;
/// Enough to take the writer for somebody who is no client, or for a patient.
const DECISIVE: f32 = 5.0;

/// What the other readers found, as far as intents depend on it.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "a row of independent findings, not a state")]
pub struct Findings {
    pub has_service: bool,
    pub has_specialist: bool,
    pub has_when: bool,
    pub has_phone: bool,
    pub is_phone_broken: bool,
    pub has_name: bool,
    pub has_choice: bool,
    pub has_rating: bool,
    /// Two separate times were named.
    pub has_two_times: bool,
    pub is_question: bool,
    /// The writer laughs: «))», «😂».
    pub is_laughing: bool,
    /// «ой нет, в пятницу»: the writer puts a word of this very message right.
    pub is_corrected: bool,
    /// Words of the message that some list or name knows.
    pub known_words: usize,
    pub words: usize,
    /// Every word is letters struck at random, or fills a pause.
    pub is_mashed: bool,
    /// Only marks or pictures: «+», «👍», «?».
    pub sign: Option<Sign>,
}

/// How sure it is that letters struck at random ask for nothing.
const MASHED: f32 = 0.4;

/// A message without words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Yes,
    No,
    Other,
}

/// Decides the intents, the primary one first, each with its probability.
pub fn decide(
    evidence: &Evidence<'_>,
    findings: &Findings,
    expecting: Option<Expecting>,
    language: Language,
) -> Vec<(Intent, f32)> {
    let judge = Judge { evidence, findings, expecting };
    if let Some(intent) = judge.sign() {
        return vec![(intent, 0.8)];
    }
    if findings.is_mashed {
        return vec![(Intent::Offtopic, MASHED)];
    }
    if let Some(intent) = judge.outsider(language) {
        return vec![(intent, 0.85)];
    }
    let mut intents = judge.wishes();
    if intents.is_empty() {
        intents.push(judge.fallback());
    }
    intents.sort_by_key(|(intent, _)| *intent);
    intents.dedup_by_key(|(intent, _)| *intent);
    intents.truncate(INTENTS_MAX);
    intents
}

struct Judge<'a> {
    evidence: &'a Evidence<'a>,
    findings: &'a Findings,
    expecting: Option<Expecting>,
}

impl Judge<'_> {
    fn score(&self, label: &str) -> f32 {
        self.evidence.score(label)
    }

    fn hears(&self, label: &str, least: f32) -> bool {
        self.score(label) >= least
    }

    fn is_after(&self, questions: &[Expecting]) -> bool {
        self.expecting.is_some_and(|expecting| questions.contains(&expecting))
    }

    fn has_data(&self) -> bool {
        let found = self.findings;
        found.has_service
            || found.has_specialist
            || found.has_when
            || found.has_phone
            || found.is_phone_broken
            || found.has_name
    }

    /// A message of marks and pictures only.
    fn sign(&self) -> Option<Intent> {
        let is_asked = self.is_after(&[Expecting::Reminder, Expecting::Confirm, Expecting::OfferSlots]);
        Some(match self.findings.sign? {
            Sign::Yes if is_asked => Intent::Confirm,
            Sign::No if is_asked => Intent::Decline,
            Sign::Yes | Sign::No if self.is_after(&[Expecting::Csat]) => Intent::Feedback,
            _ => Intent::Smalltalk,
        })
    }

    /// Writers who are no clients, and messages only a person may answer.
    fn outsider(&self, language: Language) -> Option<Intent> {
        if self.hears("injection", DECISIVE) {
            return Some(Intent::Injection);
        }
        if self.hears("emergency", DECISIVE) || self.hears("selfharm", DECISIVE) {
            return None;
        }
        if language == Language::Other {
            return Some(Intent::OtherLang);
        }
        let is_client =
            self.hears("complaint", OUTRIGHT) || self.hears("legal", OUTRIGHT) || self.hears("medical", DECISIVE);
        if self.hears("abuse", DECISIVE) && !is_client {
            return Some(Intent::Abuse);
        }
        let wants_visit = self.hears("book", OUTRIGHT) || (self.findings.has_service && self.findings.has_when);
        if self.hears("spam", DECISIVE) && !wants_visit && !(self.findings.is_question && self.findings.has_service) {
            return Some(Intent::Spam);
        }
        if !self.evidence.under("business:", DECISIVE).is_empty()
            && !is_client
            && !(wants_visit && self.findings.has_when && self.findings.has_service)
        {
            return Some(Intent::Business);
        }
        let is_off = self.hears("offtopic", OUTRIGHT)
            && !is_client
            && !self.findings.has_service
            && !self.findings.has_specialist;
        let is_visit =
            self.hears("cancel", OUTRIGHT) || self.hears("reschedule", OUTRIGHT) || self.hears("late", OUTRIGHT);
        (is_off && !is_visit).then_some(Intent::Offtopic)
    }

    /// Everything a client wants, in no order.
    fn wishes(&self) -> Vec<(Intent, f32)> {
        let mut found = Vec::new();
        self.answer(&mut found);
        self.grave(&mut found);
        if !has_any(&found, &[Intent::Medical, Intent::Complaint]) {
            self.visit(&mut found);
            self.questions(&mut found);
            self.book(&mut found);
        }
        if found.is_empty() || has_only(&found, &[Intent::Human, Intent::Callback]) {
            self.data(&mut found);
        }
        let is_small = self.hears("smalltalk", HEARD) || !self.evidence.under("smalltalk:", HEARD).is_empty();
        if found.is_empty() && is_small && !self.is_after(&[Expecting::Csat]) {
            found.push((Intent::Smalltalk, 0.8));
        }
        found
    }

    /// Yes, no, a rating or data in answer to a question.
    fn answer(&self, found: &mut Vec<(Intent, f32)>) {
        let moves = self.hears("reschedule", OUTRIGHT) || self.hears("cancel", OUTRIGHT);
        let short = self.findings.words <= 4;
        if self.is_after(&[Expecting::Reminder, Expecting::Confirm, Expecting::OfferSlots]) {
            if self.hears("decline", 1.0) && !moves {
                found.push((Intent::Decline, 0.9));
                if self.findings.has_when && !self.is_after(&[Expecting::Reminder]) {
                    found.push((Intent::Book, 0.6));
                }
            } else if (self.hears("confirm", 1.0) || self.findings.has_choice) && !moves {
                found.push((Intent::Confirm, 0.9));
            }
        }
        if self.is_after(&[Expecting::Csat]) && (self.findings.has_rating || self.hears("feedback", HEARD)) {
            found.push((Intent::Feedback, 0.9));
        }
        if self.expecting.is_none() && short && !self.has_data() {
            if self.hears("confirm_bare", HEARD) {
                found.push((Intent::Confirm, 0.7));
            } else if self.hears("decline_bare", HEARD) {
                found.push((Intent::Decline, 0.7));
            }
        }
        let is_data_question =
            self.is_after(&[Expecting::AskName, Expecting::AskPhone, Expecting::AskWhen, Expecting::AskService]);
        if is_data_question && self.hears("decline_bare", HEARD) && !self.has_data() {
            found.push((Intent::Decline, 0.7));
        }
    }

    fn grave(&self, found: &mut Vec<(Intent, f32)>) {
        let is_rated = has_any(found, &[Intent::Feedback]) && self.findings.has_rating;
        if self.hears("emergency", DECISIVE) || self.hears("medical", DECISIVE) || self.hears("selfharm", DECISIVE) {
            found.push((Intent::Medical, 0.9));
        } else if self.hears("legal", OUTRIGHT) || (self.hears("complaint", OUTRIGHT) && !is_rated) {
            found.push((Intent::Complaint, 0.9));
            found.retain(|(intent, _)| *intent != Intent::Feedback);
        }
        if self.hears("human", OUTRIGHT) {
            found.push((Intent::Human, 0.9));
        }
    }

    /// Moving, cancelling, being late.
    fn visit(&self, found: &mut Vec<(Intent, f32)>) {
        if has_any(found, &[Intent::Confirm, Intent::Decline]) {
            return;
        }
        let is_absent = self.hears("absent", HEARD);
        let wants_other = self.findings.has_two_times;
        let moves = self.hears("reschedule", OUTRIGHT) || (is_absent && wants_other);
        if self.hears("cancel", OUTRIGHT) {
            found.push((Intent::Cancel, 0.9));
        } else if self.hears("late", OUTRIGHT) {
            found.push((Intent::Late, 0.9));
        } else if moves {
            found.push((Intent::Reschedule, 0.9));
        } else if is_absent {
            found.push((Intent::Cancel, 0.8));
        }
    }

    fn questions(&self, found: &mut Vec<(Intent, f32)>) {
        if self.hears("callback", OUTRIGHT) {
            found.push((Intent::Callback, 0.9));
        }
        if self.hears("price", HEARD) {
            found.push((Intent::Price, 0.9));
        }
        if self.asks() {
            found.push((Intent::Faq, 0.8));
        }
        let praises = self.hears("feedback", HEARD) && !self.is_after(&[Expecting::Csat]);
        if praises && !has_any(found, &[Intent::Confirm, Intent::Decline]) {
            found.push((Intent::Feedback, 0.7));
        }
    }

    /// A question about the business; what merely describes a service gives way to a wish.
    fn asks(&self) -> bool {
        let topics = self.evidence.under("faq:", HEARD);
        let is_loose = topics.iter().all(|(topic, ..)| *topic == "service_info");
        let has_wish = self.hears("price", HEARD)
            || (self.findings.has_when && self.hears("book", HEARD))
            || self.hears("callback", OUTRIGHT);
        !topics.is_empty() && !(is_loose && has_wish)
    }

    fn book(&self, found: &mut Vec<(Intent, f32)>) {
        let is_busy = has_any(found, &[Intent::Reschedule, Intent::Late, Intent::Confirm, Intent::Decline]);
        let is_answering =
            self.is_after(&[Expecting::AskName, Expecting::AskPhone, Expecting::AskWhen, Expecting::AskService])
                && self.has_data();
        if is_busy || is_answering {
            return;
        }
        let is_outright = self.hears("book", OUTRIGHT);
        let is_crowded = has_any(found, &[Intent::Human, Intent::Cancel, Intent::Callback]);
        let has_question = has_any(found, &[Intent::Faq]);
        let has_price = has_any(found, &[Intent::Price]);
        let heard = self.hears("book", HEARD);
        let details = self.findings;
        let asks_own_booking = self.hears("faq:my_booking", HEARD);
        let is_booking = if is_crowded || asks_own_booking {
            self.hears("book_ask", HEARD)
        } else if has_any(found, &[Intent::Feedback]) {
            heard
        } else if has_question {
            is_outright
                || (heard
                    && details.has_when
                    && (details.has_service || details.has_specialist || self.hears("book_visit", HEARD)))
        } else if has_price {
            is_outright || (heard && details.has_when)
        } else {
            heard || self.is_telegraph()
        };
        if is_booking {
            found.push((Intent::Book, if heard { 0.9 } else { 0.7 }));
        }
    }

    /// «маникюр завтра 18:00»: what and when without a verb.
    fn is_telegraph(&self) -> bool {
        let found = self.findings;
        let parts = [found.has_service, found.has_specialist, found.has_when].into_iter().filter(|has| *has).count();
        let is_short_service = found.has_service && found.words <= 4;
        parts >= 2
            || is_short_service
            || (found.has_service && found.has_phone)
            || (found.has_when && found.is_question)
            || self.hears("urgent", HEARD)
            || (found.has_service && self.hears("book", 2.0))
    }

    /// Bare data, as an answer or on its own.
    fn data(&self, found: &mut Vec<(Intent, f32)>) {
        let is_data_question = self.is_after(&[
            Expecting::AskName,
            Expecting::AskPhone,
            Expecting::AskWhen,
            Expecting::AskService,
            Expecting::OfferSlots,
        ]);
        if found.is_empty() && (self.has_data() || is_data_question) && !self.is_after(&[Expecting::Csat]) {
            found.push((Intent::Inform, if self.has_data() { 0.85 } else { 0.5 }));
        }
    }

    /// Nothing was heard: a question about us, or not for us at all.
    fn fallback(&self) -> (Intent, f32) {
        let is_readable = self.findings.known_words * 2 >= self.findings.words && self.findings.words > 0;
        if self.hears("decline", 1.0) && self.findings.words <= 4 {
            return (Intent::Decline, 0.4);
        }
        if self.is_after(&[Expecting::Csat]) {
            return (Intent::Feedback, 0.5);
        }
        if self.findings.is_question && is_readable {
            return (Intent::Faq, 0.35);
        }
        if self.hears("book", 2.0) {
            return (Intent::Book, 0.4);
        }
        if self.hears("offtopic", 1.0) || !is_readable { (Intent::Offtopic, 0.4) } else { (Intent::Smalltalk, 0.3) }
    }
}

fn has_any(found: &[(Intent, f32)], intents: &[Intent]) -> bool {
    found.iter().any(|(intent, _)| intents.contains(intent))
}

fn has_only(found: &[(Intent, f32)], intents: &[Intent]) -> bool {
    found.iter().all(|(intent, _)| intents.contains(intent))
}
