//! What to say next: this file hears the client and picks the topic; the topics decide.

mod again;
mod answer;
mod assent;
mod beside;
mod book;
mod change;
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
mod turns;
mod waitlist;
mod who;
mod yes_no;

use jiff::Timestamp;
use nochnik_nlu::{Expecting, Intent, Meaning, Risk, Urgency};

use crate::business::{AnswerMode, Settings};
use crate::calendar;
use crate::care;
use crate::consult::{self, Doubt};
use crate::conversation::{Asking, ReadAs, Speaker};
use crate::effect::{Alarm, Effect};
use crate::escalation::{self, Why};
use crate::event::{Input, InputKind};
use crate::limits::{BURST_MESSAGES_MAX, MISSES_BEFORE_BUTTONS, MISSES_BEFORE_PERSON, RATING_MAX};
use crate::phrases::Phrase;
use crate::proof::{Deed, Proof, Purpose};
use crate::staff;
use crate::turn::Turn;
use crate::values::Phone;
use heard::{heard_text, show_back, transcript_text, typed_button, with_mended_phone, with_rest_of_phone, write_down};
use turns::Way;

pub(crate) use book::hold_expired;
pub use heard::line_of;
pub use reserve::{CalendarAnswer, CalendarAsk};
pub(crate) use reserve::{answered as calendar_answered, due as calendar_due};
pub(crate) use settle::{decided, look_for_another};
pub(crate) use silence::silence_due;
pub(crate) use waitlist::{over as waitlist_over, slot_freed};

/// «А как насчёт 1 января?»: a question that names a day and no more takes so many words.
const DAY_WORDS_MAX: usize = 5;
/// «А сколько мне ждать ответа?» takes so many words.
const IMPATIENT_WORDS_MAX: usize = 6;
/// What a message was taken for with less certainty is a guess.
const GUESS: f32 = 0.5;
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
    decide(turn, text, meaning, is_first);
    silence::watch(turn);
}

/// Takes the facts, then lets the topic of the message answer.
fn decide(turn: &mut Turn, text: &str, meaning: &Meaning, is_first: bool) {
    text.clone_into(&mut turn.said);
    let is_sure = meaning.certainty >= change::CERTAIN;
    turn.conv.heard = gather::chips(turn, meaning);
    let before = turn.conv.read_as.take();
    let is_of_hours = meaning.has(Intent::Faq) && meaning.topics.iter().any(|topic| topic == "hours");
    let asks_hours_on = before.is_some_and(|before| before.is_of_hours) && is_day_alone(turn, meaning);
    turn.conv.read_as = Some(ReadAs {
        intent: meaning.intent(),
        certainty: meaning.certainty,
        is_of_hours: is_of_hours || asks_hours_on,
    });
    // «Больше не жду» of one who waits is no complaint.
    if waitlist::is_left(turn) && meaning.risks.iter().all(|risk| *risk == Risk::Complaint) {
        return waitlist::leave(turn);
    }
    // «Верните запись» asks for no money back.
    // «Экзамен же утром, запишите меня обратно на то же время»: the morning is the exam's.
    let is_same_time = turns::is_said(text, Way::SameTime);
    let is_timeless = meaning.when.as_ref().is_none_or(|found| is_same_time && found.value.from_on.is_none());
    let is_no_grief = meaning.risks.iter().all(|risk| *risk == Risk::Complaint) && is_timeless;
    let is_no_grief = is_no_grief && !turns::is_said(text, Way::Money);
    if is_no_grief && turns::is_said(text, Way::Restore) && change::restore(turn) {
        return;
    }
    // «И так каждые три недели», whatever so few words were taken for.
    if series::is_of_visit_made(turn, meaning) {
        return series::of_visit_made(turn, meaning);
    }
    if let Some(risk) = worst(&meaning.risks) {
        gather::contact(turn, meaning);
        return handoff::risk(turn, risk);
    }
    if turns::is_said(text, Way::NoCalls) && meaning.risks.is_empty() {
        turn.conv.wish.wants_call = false;
        return turn.say(Phrase::NoCalls, &[]);
    }
    if turns::is_said(text, Way::NoReminders) && meaning.risks.is_empty() && !text.contains('?') {
        turn.conv.client.no_reminders = true;
        // «Не приду, отмените и больше не напоминайте»: the rest is answered.
        let ways = [Way::CalledOff, Way::Book, Way::Move];
        let has_more = meaning.when.is_some() || ways.into_iter().any(|way| turns::is_said(text, way));
        if !has_more && meaning.services.is_empty() && turn.conv.asking != Asking::Reminder {
            return turn.say(Phrase::NoReminders, &[]);
        }
    }
    if is_impatient(turn, meaning) {
        turn.say(Phrase::HowCanIHelp, &[]);
        return answer::menu(turn);
    }
    match meaning.intent() {
        // Who is expected or is booking is never left without an answer, whatever their words look like.
        Intent::Spam if !is_in_form(turn) && turn.conv.coming(turn.now).is_empty() => return unsay(turn, is_first),
        Intent::Abuse => return turn.say(Phrase::Abuse, &[]),
        Intent::Injection => return turn.say(Phrase::Injection, &[]),
        Intent::Business if !is_in_form(turn) => {
            turn.whys.push(Why::Offer);
            return turn.say(Phrase::BusinessOffer, &[]);
        }
        Intent::OtherLang if yes_no::is_asked(turn) && turns::is_said(text, Way::ForeignYes) => {
            return yes_no::confirmed(turn, meaning);
        }
        Intent::OtherLang => {
            gather::contact(turn, meaning);
            return handoff::person(turn, Why::Human, Some(Phrase::OtherLanguage));
        }
        _ => {}
    }
    if before.is_some_and(|before| before.intent == Intent::Business) && is_contact(meaning) {
        // Whoever left an offer is no client: nobody is called, the number stands in the talk.
        turn.conv.read_as = before;
        return turn.say(Phrase::ContactKept, &[]);
    }
    if who::is_nobody_of_ours(turn, meaning) {
        return book::go_on(turn);
    }
    if turned(turn, meaning, before) {
        return;
    }
    if asks_hours_on {
        answer::hours(turn, meaning);
        return book::offer_to_book(turn);
    }
    let first = several::first_of(turn, text, meaning);
    let meaning = first.as_ref();
    let has_visit = !turn.conv.coming(turn.now).is_empty() && meaning.when.is_none();
    if yes_no::says_farewell(turn, meaning) {
        return yes_no::tell_expected(turn);
    }
    let is_held = turn.conv.held().is_some() && meaning.when.is_none();
    if (has_visit || is_held) && turns::is_said(text, Way::MayMove) {
        return may_move(turn);
    }
    if turns::is_said(text, Way::Remind) {
        turn.conv.client.no_reminders = false;
    }
    if has_visit && turns::is_said(text, Way::Remind) && care::is_reminded(turn) {
        return turn.say(Phrase::WillRemind, &[]);
    }
    if has_visit && turns::is_said(text, Way::Unsure) {
        return change::move_or_cancel(turn);
    }
    let is_for_another = turns::is_said(text, Way::Next);
    if !is_for_another && change::is_of_visit_made(turn, meaning) {
        gather::gather(turn, meaning);
        return change::reschedule(turn, is_sure);
    }
    let wished = turn.conv.wish.services.clone();
    let has_other_day = gather::names_other_day(turn, meaning);
    let news = gather::gather(turn, meaning);
    let left = &turn.conv.wish.services;
    // «Стрижку уберите», «развал не надо, передумал»: the rest of the wish stands.
    let has_left_off = matches!(meaning.intent(), Intent::Cancel | Intent::Decline) && turn.conv.wish.wants_visit;
    let is_thinned = !left.is_empty() && left.len() < wished.len() && left.iter().all(|it| wished.contains(it));
    // «Субботу вычёркиваем, воскресенье»: of a wish another day is no end.
    let is_other_day = meaning.intent() == Intent::Cancel && has_other_day;
    if has_left_off && (is_thinned || is_other_day) {
        return book::go_on(turn);
    }
    if meaning.is_day_nowhere && meaning.when.is_none() {
        turn.conv.wish.wants_visit = true;
        turn.conv.asking = Asking::When;
        return turn.say(Phrase::NoSuchDay, &[]);
    }
    if !news && book::names_what_to_change(turn, meaning) {
        return;
    }
    if beside::is_meant(turn, meaning) {
        return beside::book(turn, meaning);
    }
    let is_behind = meaning.has(Intent::Book) && again::is_right_behind(turn);
    let is_beside = turns::is_said(text, Way::Next) || is_behind || again::is_at_same_time(turn, meaning);
    if is_beside && !turn.conv.coming(turn.now).is_empty() {
        again::like_last(turn, meaning);
        return book::start(turn);
    }
    if let Some(name) = meaning.stranger.as_ref().filter(|_| meaning.has(Intent::Book)) {
        turn.say(Phrase::NoSuchSpecialist, &[("name", name)]);
    }
    if named::is_either(turn, meaning) {
        turn.conv.wish.wants_visit = true;
        return book::ask_which(turn, &named::services_in(meaning));
    }
    if is_for_two(turn, meaning) {
        several::keep_second(turn);
        if turn.conv.asking == Asking::Confirm {
            return book::go_on(turn);
        }
    }
    if let Some(rating) = meaning.rating.filter(|_| turn.conv.asking == Asking::Rating) {
        return rated(turn, rating);
    }
    if turns::is_said(text, Way::Wait) && !meaning.intent().is_outside() {
        return waitlist::ask_to_be_told(turn, meaning);
    }
    let asks_more = meaning.has(Intent::Price) || !meaning.services.is_empty();
    let is_yes = meaning.intent() == Intent::Confirm && yes_no::is_asked(turn);
    // «Хорошо, жду, спасибо» is content.
    let is_content = meaning.topics.iter().any(|topic| topic == "thanks" || topic == "bye");
    if handoff::is_awaited(turn) && !news && !asks_more && !is_yes && !is_content && turns::is_said(text, Way::Hurry) {
        return handoff::still_waiting(turn);
    }
    match meaning.intent() {
        Intent::Medical => handoff::risk(turn, Risk::Medical),
        Intent::Complaint => handoff::risk(turn, Risk::Complaint),
        Intent::Human => handoff::person(turn, Why::Human, None),
        // A guess at «отмените» of somebody with no visit, who named a service: they want it.
        Intent::Cancel if meaning.certainty < GUESS && change::wants_what_is_named(turn, meaning) => book::start(turn),
        // «Отмените и запишите на четверг»: the visit moves.
        Intent::Cancel if is_booked_anew(meaning, text) => change::reschedule(turn, is_sure),
        Intent::Cancel if change::is_of_part(turn, meaning) => change::take_out(turn, meaning),
        Intent::Cancel => {
            let is_asked = turn.conv.asking == Asking::Reminder;
            // «Можно ли отменить запись?» asks, whatever it is meant for.
            let is_plain = turns::is_said(text, Way::CalledOff) && (is_sure || is_asked) && !text.contains(" ли ");
            let is_plain = change::finds_meant(turn, meaning) && is_plain;
            change::cancel(turn, is_plain && !turn.is_spoken);
        }
        Intent::Reschedule if again::is_repeat(turn, meaning) && meaning.when_old.is_none() => {
            talk(turn, meaning, news, is_first)
        }
        Intent::Reschedule => change::reschedule(turn, is_sure),
        Intent::Late => change::late(turn, meaning),
        Intent::Confirm => yes_no::yes(turn, meaning, news, is_first),
        // «А точно в субботу?»: what was asked is what is written, once more.
        Intent::Faq
            if yes_no::is_settling(turn) && turns::is_said(text, Way::Doubt) && answer::is_unknown(turn, meaning) =>
        {
            yes_no::repeat(turn);
        }
        Intent::Decline if turns::is_said(text, Way::Over) && !turns::is_said(text, Way::Enough) => {
            change::cancel(turn, false);
        }
        Intent::Decline => yes_no::no(turn, news),
        _ => talk(turn, meaning, news, is_first),
    }
}

/// «Можно будет отменить?»: answered, and an open question asked once more.
fn may_move(turn: &mut Turn) {
    turn.say(Phrase::MayMove, &[]);
    if turn.conv.held().is_some() {
        book::go_on(turn);
    }
}

/// A word that turns the talk, whatever the rest of the message was taken for. False where none was said.
fn turned(turn: &mut Turn, meaning: &Meaning, before: Option<ReadAs>) -> bool {
    let is_bare = meaning.services.is_empty() && meaning.when.is_none() && !is_question(meaning);
    if !is_bare || !meaning.risks.is_empty() {
        return false;
    }
    let was_late = before.is_some_and(|before| before.intent == Intent::Late) || meaning.has(Intent::Late);
    if was_late && turns::is_said(&turn.said, Way::OnTime) && !turn.conv.coming(turn.now).is_empty() {
        escalation::late_no_more(turn);
        change::keep(turn);
        return true;
    }
    if meaning.has(Intent::Callback) || !turns::is_said(&turn.said, Way::Undecided) {
        return false;
    }
    if gather::contact(turn, meaning) && turn.conv.held().is_none() {
        turn.say(Phrase::Noted, &[]);
    }
    if turn.conv.held().is_some() {
        yes_no::wait_a_moment(turn);
    } else {
        turn.conv.asking = Asking::Nothing;
        turn.say(Phrase::StillHere, &[]);
    }
    true
}

/// «Отмените и запишите на субботу», by the reader or in so many words.
fn is_booked_anew(meaning: &Meaning, text: &str) -> bool {
    meaning.when.is_some() && (meaning.has(Intent::Book) || turns::is_said(text, Way::Book))
}

/// «А 1 января?»: a day and nothing else, of somebody who is not being booked.
fn is_day_alone(turn: &Turn, meaning: &Meaning) -> bool {
    let is_short = turn.said.split_whitespace().count() <= DAY_WORDS_MAX;
    let has_day = meaning.when.as_ref().is_some_and(|found| found.value.from_on.is_some());
    let has_who = meaning.specialist.is_some() || meaning.stranger.is_some() || meaning.name.is_some();
    let has_more = has_who || !meaning.services.is_empty() || meaning.phone.is_some();
    is_short && has_day && !has_more && !turn.conv.wish.wants_visit && meaning.risks.is_empty()
}

/// A name or a number and nothing else.
fn is_contact(meaning: &Meaning) -> bool {
    let is_wish = meaning.when.is_some() || !meaning.services.is_empty() || meaning.has(Intent::Book);
    (meaning.name.is_some() || meaning.phone.is_some()) && !is_wish
}

/// «Меня и подругу»: two visits, unless it is one service for two.
fn is_for_two(turn: &Turn, meaning: &Meaning) -> bool {
    let is_visit = turn.conv.wish.wants_visit && !meaning.intent().is_outside() && turn.conv.then.is_empty();
    let names = turn.settings().names_of(&turn.conv.wish.services);
    let is_one_service = turns::is_said(&names, Way::Two) || names.contains("двоих") || names.contains(" и сын");
    // «Мне маникюр, подруге педикюр»
    let is_each = meaning.services.len() == 2 && turns::is_said(&turn.said, Way::Each);
    let is_said = is_each || turns::is_said(&turn.said, Way::Two) || named::is_of_both_ages(turn, meaning);
    is_visit && is_said && !is_one_service
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

/// «а картой можно?» after «Записать вас?» is no yes.
fn is_question(meaning: &Meaning) -> bool {
    meaning.has(Intent::Faq) || meaning.has(Intent::Price)
}

fn worst(risks: &[Risk]) -> Option<Risk> {
    [Risk::Emergency, Risk::SelfHarm, Risk::Medical, Risk::Legal, Risk::Complaint]
        .into_iter()
        .find(|risk| risks.contains(risk))
}

/// Answers what was asked, then goes on with the form.
fn talk(turn: &mut Turn, meaning: &Meaning, news: bool, is_first: bool) {
    let mut is_answered = false;
    if meaning.urgency > Urgency::Normal && !meaning.has(Intent::Callback) {
        handoff::urgent(turn);
    }
    let beside = named::priced_beside(turn, meaning);
    if meaning.has(Intent::Price) || !beside.is_empty() || asks_another_price(turn, meaning) {
        answer::price(turn, &beside);
        is_answered = true;
    }
    if meaning.has(Intent::Faq) && answer::is_unknown(turn, meaning) && asks_about_question(turn, meaning) {
        return;
    }
    if who::answers(turn, meaning) {
        is_answered = true;
    } else if meaning.has(Intent::Faq) && !asks_for_time(turn, meaning) && !picks_any(turn) {
        if answer::is_unknown(turn, meaning) {
            return handoff::question(turn);
        }
        answer::faq(turn, meaning);
        is_answered = true;
    }
    if meaning.has(Intent::Callback) {
        return handoff::callback(turn);
    }
    let is_wish = !is_answered || turn.conv.wish.wants_visit;
    if meaning.has(Intent::Book) || (news && is_wish) {
        turn.conv.misses = 0;
        return book::take(turn, meaning, is_answered);
    }
    if is_answered {
        turn.conv.misses = 0;
        return book::offer_to_book(turn);
    }
    match meaning.intent() {
        Intent::Smalltalk | Intent::Feedback => answer::smalltalk(turn, meaning, is_first),
        Intent::Inform => book::take(turn, meaning, false),
        _ => missed(turn, meaning),
    }
}

/// «Зачем номер?», «а что-нибудь ещё есть?», «а что у вас есть?»: of the very question that stands open. True when it was
/// answered.
fn asks_about_question(turn: &mut Turn, meaning: &Meaning) -> bool {
    let is_said = |way: Way| turns::is_said(&turn.said, way);
    let is_bare = meaning.services.is_empty() && meaning.when.is_none();
    match turn.conv.asking {
        Asking::Phone if turn.conv.held().is_some() && is_said(Way::Why) => book::insist_on_phone(turn),
        Asking::Name if turn.conv.held().is_some() && is_said(Way::Why) => book::insist_on_name(turn),
        Asking::Slot if is_bare && is_said(Way::OtherTimes) => offer::other_time(turn),
        Asking::Service if is_bare && is_said(Way::Range) => answer::price(turn, &[]),
        _ => return false,
    }
    true
}

/// «Самое раннее» is asked for, not about.
fn picks_any(turn: &Turn) -> bool {
    let is_time_asked = matches!(turn.conv.asking, Asking::When | Asking::Slot);
    let ways = [Way::Earliest, Way::Latest, Way::Whichever];
    is_time_asked && ways.into_iter().any(|way| turns::is_said(&turn.said, way))
}

/// «А на послезавтра есть?» in the middle of booking asks for a time.
fn asks_for_time(turn: &Turn, meaning: &Meaning) -> bool {
    let is_general = meaning.topics.iter().all(|topic| topic == "service_info");
    is_general && meaning.when.is_some() && turn.conv.wish.wants_visit
}

/// «а стрижка?» after a price is another question of price.
fn asks_another_price(turn: &Turn, meaning: &Meaning) -> bool {
    let wish = &turn.conv.wish;
    wish.asked_price
        && !wish.wants_visit
        && matches!(turn.conv.asking, Asking::Nothing | Asking::Visit)
        && !meaning.services.is_empty()
        && meaning.when.is_none()
        && meaning.intent() == Intent::Inform
}

/// «Сколько ждать ответа?» of somebody to whom nobody was called: no abuse, whatever it was taken for, and answered now.
fn is_impatient(turn: &Turn, meaning: &Meaning) -> bool {
    let is_guess = meaning.certainty < GUESS && meaning.services.is_empty();
    let is_lost = is_guess || matches!(meaning.intent(), Intent::Abuse | Intent::Offtopic | Intent::Smalltalk);
    let is_short = turn.said.split_whitespace().count() <= IMPATIENT_WORDS_MAX;
    let is_idle = turn.conv.asking == Asking::Nothing && !handoff::is_awaited(turn);
    // «Жду» of one who has booked is content.
    is_lost && is_short && is_idle && turns::is_said(&turn.said, Way::Hurry) && !yes_no::says_farewell(turn, meaning)
}

/// Twice not understood: buttons. Three times: a person.
fn missed(turn: &mut Turn, meaning: &Meaning) {
    if handoff::is_awaited(turn) {
        return handoff::still_waiting(turn);
    }
    turn.conv.misses += 1;
    if turn.conv.misses >= MISSES_BEFORE_PERSON {
        turn.conv.misses = 0;
        return handoff::person(turn, Why::Unclear, Some(Phrase::Unclear));
    }
    if turn.conv.misses >= MISSES_BEFORE_BUTTONS {
        turn.say(Phrase::NotUnderstoodButtons, &[]);
        return answer::menu(turn);
    }
    if is_in_form(turn) || yes_no::is_settling(turn) {
        turn.say(Phrase::NotUnderstoodForm, &[]);
        return yes_no::repeat(turn);
    }
    let phrase = if meaning.intent() == Intent::Offtopic && meaning.certainty > 0.7 {
        Phrase::Offtopic
    } else {
        Phrase::NotUnderstood
    };
    turn.say(phrase, &[]);
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
