//! What to say next: this file hears the client and picks the topic; the topics decide.

mod absent;
mod again;
mod answer;
mod assent;
mod beside;
mod book;
mod by_hand;
mod change;
mod decide;
mod gather;
mod handoff;
mod heard;
mod named;
mod offer;
mod own_time;
mod privacy;
mod request;
mod reserve;
mod series;
mod settle;
mod several;
mod silence;
mod sms;
mod talk;
mod turns;
mod waitlist;
mod which;
mod who;
mod yes_no;

use jiff::Timestamp;
use nochnik_nlu::{Expecting, Intent, Meaning, Risk};

use crate::business::{AnswerMode, Settings};
use crate::calendar;
use crate::care;
use crate::consult::{self, Doubt};
use crate::conversation::{Asking, Speaker};
use crate::effect::{Alarm, Effect};
use crate::escalation::Why;
use crate::event::{Input, InputKind};
use crate::limits::{BURST_MESSAGES_MAX, RATING_MAX};
use crate::phrases::Phrase;
use crate::proof::{Deed, Proof, Purpose};
use crate::staff;
use crate::turn::Turn;
use crate::values::Phone;
use heard::{heard_text, show_back, transcript_text, typed_button, with_mended_phone, with_rest_of_phone, write_down};

pub(crate) use book::hold_expired;
pub use by_hand::HandVisit;
pub(crate) use by_hand::enter;
pub(crate) use handoff::tell_nobody_came;
pub use heard::line_of;
pub use reserve::{CalendarAnswer, CalendarAsk};
pub(crate) use reserve::{answered as calendar_answered, due as calendar_due};
pub(crate) use settle::{booked_by_person, decided, look_for_another};
pub(crate) use silence::silence_due;
pub(crate) use waitlist::{over as waitlist_over, slot_freed};

/// Between paragraphs of one message.
const PARAGRAPH: &str = "\n\n";

/// The channel says that the client's number is another one. What the client wrote themselves stands.
pub(crate) fn new_number(turn: &mut Turn, phone: &Phone) {
    if turn.conv.client.phone.is_none() || turn.conv.client.is_phone_vouched {
        gather::own_phone(turn, phone);
    }
}

/// The client wrote. Who answers, and whether now, is decided here.
pub(crate) fn client(turn: &mut Turn, inputs: &[Input]) {
    write_down(turn, inputs);
    if let Speaker::Person { person, .. } = turn.conv.speaker.clone() {
        let text = transcript_text(inputs, &turn.conv.shown);
        privacy::overheard(turn, &heard_text(inputs));
        return staff::client_wrote(turn, &person, inputs, &text);
    }
    match turn.settings().document.policy.answer {
        _ if answers_at_once(&turn.conv.speaker, turn.settings(), turn.now) => answer(turn, inputs),
        AnswerMode::Always | AnswerMode::AfterHours => keep_unanswered(turn, inputs),
        AnswerMode::Backup => {
            if turn.conv.unanswered.is_empty() {
                let due = turn.after(turn.settings().document.policy.backup_min);
                turn.wake(Alarm::BackupDue { since: turn.now }, due);
            }
            keep_unanswered(turn, inputs);
        }
    }
}

/// Whether what a client writes now is the bot's to answer, and without delay.
pub fn answers_at_once(speaker: &Speaker, settings: &Settings, now: Timestamp) -> bool {
    let is_always = settings.document.policy.answer == AnswerMode::Always;
    *speaker == Speaker::Bot && (is_always || calendar::is_after_hours(settings, now))
}

/// Nobody of the staff has answered in the day for too long: the bot speaks.
pub(crate) fn backup_due(turn: &mut Turn, since: Timestamp) {
    let is_waiting = turn.conv.unanswered.first().is_some_and(|input| input.at <= since);
    if turn.conv.speaker == Speaker::Bot && is_waiting {
        let waiting = std::mem::take(&mut turn.conv.unanswered);
        answer(turn, &waiting);
        turn.conv.lead = crate::lead::assess(&turn.conv, &turn.whys, turn.settings(), turn.now);
        crate::escalation::consider(turn);
    }
}

pub(crate) fn keep_unanswered(turn: &mut Turn, inputs: &[Input]) {
    turn.conv.unanswered.extend_from_slice(inputs);
    let extra = turn.conv.unanswered.len().saturating_sub(BURST_MESSAGES_MAX);
    turn.conv.unanswered.drain(..extra);
}

/// The bot's own answer to everything the client said since the last one.
pub(crate) fn answer(turn: &mut Turn, inputs: &[Input]) {
    let is_first = !turn.conv.client.is_greeted;
    if is_first {
        greet(turn);
    } else if turn.conv.client.notice.as_ref() != Some(&data_notice(turn)) {
        turn.say(Phrase::DataNoticeChanged, &[]);
        notify_of_data(turn);
    }
    let doubt = turn.conv.doubt.take();
    let text = heard_text(inputs);
    for input in inputs {
        match &input.what {
            InputKind::Start { source: Some(source) } => turn.conv.client.source = Some(source.clone()),
            InputKind::OwnPhone { phone } => gather::own_phone(turn, phone),
            InputKind::Contact { phone: Some(phone) } => {
                gather::stated_phone(turn, phone.clone());
            }
            _ => {}
        }
    }
    let button = inputs.iter().rev().find_map(|input| match &input.what {
        InputKind::Button { id, press_id } => Some((id.as_str(), press_id.as_deref())),
        _ => None,
    });
    let is_unread = |what: &InputKind| matches!(what, InputKind::Attachment { .. } | InputKind::Unknown);
    let has_unread = inputs.iter().any(|input| is_unread(&input.what));
    turn.has_unread = has_unread;
    show_back(turn, inputs);
    if let Some(doubt) = doubt.filter(|_| button.is_none()) {
        // The client did not wait for the second reader: all of it is answered now, by the rules.
        let text = if privacy::heard(turn, &text) { doubt.text } else { format!("{}\n{text}", doubt.text) };
        turn.is_spoken |= doubt.is_spoken;
        let meaning = read(turn, text.trim(), turn.now);
        understood(turn, text.trim(), &meaning, doubt.is_first);
        if has_unread {
            unread(turn);
        }
    } else if !text.is_empty() {
        // Ahead of the answer, so that a question stands last.
        if has_unread {
            turn.say(Phrase::AttachmentKept, &[]);
            turn.whys.push(Why::Unread);
        }
        reply(turn, text, is_first);
    } else if let Some((id, press_id)) = button {
        press(turn, id, press_id);
        silence::watch(turn);
    } else if has_unread {
        unread(turn);
    } else if inputs.iter().any(|input| matches!(input.what, InputKind::OwnPhone { .. } | InputKind::Contact { .. })) {
        book::go_on(turn);
    } else {
        turn.say(Phrase::HowCanIHelp, &[]);
        answer::menu(turn);
    }
}

/// What a bot cannot read is a person's business.
fn unread(turn: &mut Turn) {
    turn.say(Phrase::Attachment, &[]);
    turn.whys.push(Why::Unread);
}

fn greet(turn: &mut Turn) {
    turn.conv.client.is_greeted = true;
    let business = turn.settings().document.name.clone();
    turn.say(Phrase::Greeting, &[("business", &business)]);
    notify_of_data(turn);
}

/// Spam gets no answer: whoever was not greeted for it is greeted later.
fn unsay(turn: &mut Turn, is_first: bool) {
    if turn.hush() && is_first {
        turn.conv.client.is_greeted = false;
    }
}

/// What is done with the data, in today's words; the log keeps which ones the client saw.
fn notify_of_data(turn: &mut Turn) {
    let notice = data_notice(turn);
    for paragraph in notice.split(PARAGRAPH) {
        turn.say_text(paragraph.to_owned());
    }
    turn.conv.client.notice = Some(notice.clone());
    turn.emit(Effect::Prove(Proof { purpose: Purpose::Booking, deed: Deed::Notified, text: notice }));
}

fn data_notice(turn: &Turn) -> String {
    let document = &turn.settings().document;
    let operator = if document.privacy.operator.is_empty() { &document.name } else { &document.privacy.operator };
    let notice = turn.phrase(Phrase::DataNotice, &[("operator", operator)]);
    if document.privacy.policy_url.is_empty() {
        return notice;
    }
    format!("{notice}{PARAGRAPH}{}", turn.phrase(Phrase::DataNoticeLink, &[("url", &document.privacy.policy_url)]))
}

/// How the reader should take a short word, from the question that stands open.
pub fn expecting(asking: Asking) -> Option<Expecting> {
    match asking {
        Asking::Nothing => None,
        Asking::Service => Some(Expecting::AskService),
        Asking::When | Asking::Visit => Some(Expecting::AskWhen),
        Asking::Slot => Some(Expecting::OfferSlots),
        Asking::Name => Some(Expecting::AskName),
        Asking::Phone => Some(Expecting::AskPhone),
        Asking::Confirm | Asking::ConfirmCancel | Asking::ConfirmMove | Asking::Series | Asking::Sms => {
            Some(Expecting::Confirm)
        }
        Asking::Reminder => Some(Expecting::Reminder),
        Asking::Rating => Some(Expecting::Csat),
    }
}

fn read(turn: &Turn, text: &str, at: Timestamp) -> Meaning {
    turn.settings().reader.read(text, expecting(turn.conv.asking), turn.wall(at))
}

fn reply(turn: &mut Turn, text: String, is_first: bool) {
    if privacy::heard(turn, &text) {
        return;
    }
    if let Some(id) = typed_button(turn, &text) {
        press(turn, &id, None);
        return silence::watch(turn);
    }
    let text = with_mended_phone(turn, text);
    let text = with_rest_of_phone(turn, text);
    let mut meaning = read(turn, &text, turn.now);
    named::complete(turn, &text, &mut meaning);
    named::reduce(turn, &text, &mut meaning);
    named::pick(turn, &text, &mut meaning);
    if is_doubtful(turn, &meaning) {
        let doubt = Doubt { since: turn.now, text, is_first, is_spoken: turn.is_spoken, asking: turn.conv.asking };
        let inquiry = consult::inquiry(&doubt, turn.settings());
        turn.wake(Alarm::ConsultDue { since: doubt.since }, inquiry.ends_at());
        turn.emit(Effect::Consult(Box::new(inquiry)));
        turn.conv.doubt = Some(doubt);
        return;
    }
    understood(turn, &text, &meaning, is_first);
}

/// Worth a second reader: the rules are unsure, and nothing in the message is certain or dangerous.
fn is_doubtful(turn: &Turn, meaning: &Meaning) -> bool {
    let Some(model) = &turn.settings().document.model else { return false };
    let is_plain = meaning.risks.is_empty() && !meaning.intent().is_outside() || meaning.intent() == Intent::Offtopic;
    let gives_phone = turn.conv.asking == Asking::Phone && meaning.phone.is_some();
    let is_answer = gives_phone || meaning.choice.is_some() || meaning.rating.is_some();
    is_plain && !is_answer && f64::from(meaning.certainty) < model.ask_under
}

/// The second reader answered, or its time is over. One that comes late finds no doubt any more.
pub(crate) fn consulted(turn: &mut Turn, since: Timestamp, answer: Option<&serde_json::Value>) {
    let Some(doubt) = turn.conv.doubt.take_if(|doubt| doubt.since == since) else { return };
    if turn.conv.speaker != Speaker::Bot {
        return;
    }
    turn.is_spoken = doubt.is_spoken;
    let meaning = read(turn, &doubt.text, doubt.since);
    let believed = answer.and_then(|answer| consult::believe(answer, &doubt, &meaning, turn.settings()));
    understood(turn, &doubt.text, &believed.unwrap_or(meaning), doubt.is_first);
}

fn understood(turn: &mut Turn, text: &str, meaning: &Meaning, is_first: bool) {
    decide::decide(turn, text, meaning, is_first);
    silence::watch(turn);
}

/// The bot asked for something towards a visit.
fn is_in_form(turn: &Turn) -> bool {
    turn.conv.wish.wants_visit && turn.conv.asking != Asking::Nothing
}

/// A low rating is a complaint, whatever words came with it.
fn rated(turn: &mut Turn, rating: u8) {
    if care::rate(turn, rating) {
        handoff::risk(turn, Risk::Complaint);
    }
}

/// A button of ours. What it stood for may be long gone: it answers with what is true now.
fn press(turn: &mut Turn, id: &str, press_id: Option<&str>) {
    if let Some(press_id) = press_id {
        let to = turn.conv.address.clone();
        turn.emit(Effect::AnswerPress { to, press_id: press_id.to_owned(), text: None });
    }
    let (verb, rest) = id.split_once('.').unwrap_or((id, ""));
    match verb {
        "slot" => offer::press_offer(turn, rest),
        "svc" => book::press_service(turn, rest),
        "services" => book::more_services(turn, rest),
        "send" => request::confirm(turn),
        "yes" => settle::press_confirm(turn, rest),
        "change" => book::change(turn),
        "other" => offer::other_time(turn),
        "human" => handoff::person(turn, Why::Human, None),
        "book" => book::start(turn),
        "price" => answer::price(turn, &[]),
        "cancel" => change::press_cancel(turn, rest),
        "keep" => change::keep(turn),
        "will" => care::will_come(turn, &format!("{}/{rest}", turn.conv.id)),
        "move" => change::press_move(turn, rest),
        "shift" => own_time::press(turn, rest),
        "rate" => match rest.parse() {
            Ok(rating @ 1..=RATING_MAX) => rated(turn, rating),
            _ => turn.say(Phrase::NotUnderstood, &[]),
        },
        "back" => settle::bring_back(turn, rest),
        "wait" => waitlist::press(turn, rest),
        "series" => series::press(turn, rest),
        "sms" => sms::settle(turn, rest == "yes"),
        _ => turn.say(Phrase::NotUnderstood, &[]),
    }
}
