//! Which topic answers a message. Topics are asked in the order of the lists below, and the first that takes the message
//! ends it: what is dangerous stands ahead of what is only said, what stands booked ahead of what is wished for.

use nochnik_nlu::{Intent, Meaning, Risk};

use super::gather::Taken;
use super::talk::{GUESS, is_impatient, is_question, talk};
use super::turns::{self, Way};
use super::{
    again, answer, beside, book, change, gather, handoff, is_in_form, named, rated, series, several, unsay, waitlist,
    which, who, yes_no,
};
use crate::care;
use crate::conversation::{Asking, ReadAs};
use crate::escalation::{self, Why};
use crate::phrases::Phrase;
use crate::turn::Turn;

/// «А как насчёт 1 января?»: a question that names a day and no more takes so many words.
const DAY_WORDS_MAX: usize = 5;

/// A message as it was read; its words are those of the turn.
#[derive(Clone, Copy)]
struct Message<'m> {
    meaning: &'m Meaning,
    /// What the message before was taken for.
    before: Option<ReadAs>,
    /// «А 1 января?» behind a question about the hours.
    asks_hours_on: bool,
    /// Nothing was ever said to this client.
    is_first: bool,
}

impl Message<'_> {
    /// Sure enough to act on without asking again.
    fn is_sure(self) -> bool {
        self.meaning.certainty >= change::CERTAIN
    }

    /// Nothing in it is dangerous; a grievance is.
    fn is_calm(self) -> bool {
        self.meaning.risks.is_empty()
    }

    /// At most a grievance was heard in it.
    fn is_no_danger(self) -> bool {
        self.meaning.risks.iter().all(|risk| *risk == Risk::Complaint)
    }
}

/// One thing that a message may be about. True when it is, and was answered.
type Topic = fn(&mut Turn, Message) -> bool;

/// Whatever is wished for or booked.
const FIRST: &[Topic] = &[
    leaves_waitlist,
    wants_back,
    repeats_visit,
    is_in_danger,
    is_still_in_danger,
    wants_no_calls,
    wants_no_reminders,
    is_waiting_for_us,
    is_outside,
    is_of_other_language,
    leaves_contact_of_offer,
    asks_for_stranger,
    is_later_still,
    turned,
    asks_hours,
    asks_our_phone,
];

/// What is said of a visit that stands or is held, ahead of any new wish.
const OF_WHAT_STANDS: &[Topic] = &[
    says_farewell,
    picks_visit_to_cancel,
    asks_of_visits,
    may_move,
    wants_reminder,
    is_unsure,
    moves_another,
    moves_visit_made,
];

/// A part of the dialogue that needs what was wished for to be taken down, and comes before the intent.
type TopicOfWish = fn(&mut Turn, Message, Taken) -> bool;

const OF_WISH: &[TopicOfWish] = &[
    leaves_off,
    names_no_day,
    names_what_to_change,
    adds_beside,
    wants_one_more,
    tells_of_stranger,
    asks_which_of_two,
    is_of_two_people,
    rates,
    will_wait,
    is_impatient_for_person,
];

/// Takes the facts, then lets the topic of the message answer.
pub(super) fn decide(turn: &mut Turn, text: &str, meaning: &Meaning, is_first: bool) {
    text.clone_into(&mut turn.said);
    turn.conv.heard = gather::chips(turn, meaning);
    let before = turn.conv.read_as.take();
    let is_of_hours = meaning.has(Intent::Faq) && meaning.topics.iter().any(|topic| topic == "hours");
    let asks_hours_on = before.is_some_and(|before| before.is_of_hours) && is_day_alone(turn, meaning);
    turn.conv.read_as = Some(ReadAs {
        intent: meaning.intent(),
        certainty: meaning.certainty,
        is_of_hours: is_of_hours || asks_hours_on,
    });
    let message = Message { meaning, before, asks_hours_on, is_first };
    if FIRST.iter().any(|topic| topic(turn, message)) {
        return;
    }
    let first = several::first_of(turn, text, meaning);
    let message = Message { meaning: first.as_ref(), ..message };
    if OF_WHAT_STANDS.iter().any(|topic| topic(turn, message)) {
        return;
    }
    let taken = gather::take(turn, message.meaning);
    if OF_WISH.iter().any(|topic| topic(turn, message, taken)) {
        return;
    }
    by_intent(turn, message, taken.is_news);
}

fn says(turn: &Turn, way: Way) -> bool {
    turns::is_said(&turn.said, way)
}

/// «Больше не жду» of one who waits is no complaint.
fn leaves_waitlist(turn: &mut Turn, message: Message) -> bool {
    let is_left = waitlist::is_left(turn) && message.is_no_danger();
    if is_left {
        waitlist::leave(turn);
    }
    is_left
}

/// «Верните запись» asks for no money back.
fn wants_back(turn: &mut Turn, message: Message) -> bool {
    // «Экзамен же утром, запишите меня обратно на то же время»: the morning is the exam's.
    let is_same_time = says(turn, Way::SameTime);
    let is_timeless = message.meaning.when.as_ref().is_none_or(|it| is_same_time && it.value.from_on.is_none());
    let is_no_grief = message.is_no_danger() && is_timeless && !says(turn, Way::Money);
    is_no_grief && says(turn, Way::Restore) && change::restore(turn)
}

/// «И так каждые три недели», whatever so few words were taken for.
fn repeats_visit(turn: &mut Turn, message: Message) -> bool {
    let is_series = series::is_of_visit_made(turn, message.meaning);
    if is_series {
        series::of_visit_made(turn, message.meaning);
    }
    is_series
}

fn is_in_danger(turn: &mut Turn, message: Message) -> bool {
    let Some(risk) = worst(&message.meaning.risks) else { return false };
    gather::contact(turn, message.meaning);
    handoff::risk(turn, risk);
    true
}

fn worst(risks: &[Risk]) -> Option<Risk> {
    [Risk::Emergency, Risk::SelfHarm, Risk::Medical, Risk::Legal, Risk::Complaint]
        .into_iter()
        .find(|risk| risks.contains(risk))
}

/// «Может, до утра подождать?» of one in danger whom nobody has answered yet: nothing is sold, and whom to ring is said again.
fn is_still_in_danger(turn: &mut Turn, message: Message) -> bool {
    let meaning = message.meaning;
    let is_of_time = meaning.has(Intent::Inform) && meaning.when.is_some();
    let asks =
        matches!(meaning.intent(), Intent::Book | Intent::Faq | Intent::Reschedule | Intent::Abuse | Intent::Offtopic);
    let asks = asks || is_of_time;
    let has_facts = !meaning.services.is_empty() || meaning.phone.is_some() || meaning.name.is_some();
    let is_asking = asks && !has_facts && handoff::is_in_danger(turn);
    if is_asking {
        handoff::question(turn);
    }
    is_asking
}

/// «Не звоните мне»: nobody rings.
fn wants_no_calls(turn: &mut Turn, message: Message) -> bool {
    // «Звонить не надо, просто учтите», once the grievance is with a person.
    let is_calm = message.is_calm() || message.is_no_danger() && handoff::is_awaited(turn);
    if !says(turn, Way::NoCalls) || !is_calm {
        return false;
    }
    turn.conv.wish.wants_call = false;
    turn.say(Phrase::NoCalls, &[]);
    true
}

/// «Не напоминайте мне». Of «не приду, отмените и больше не напоминайте» the rest is answered.
fn wants_no_reminders(turn: &mut Turn, message: Message) -> bool {
    if !says(turn, Way::NoReminders) || !message.is_calm() || turn.said.contains('?') {
        return false;
    }
    turn.conv.client.no_reminders = true;
    let is_wish = [Way::CalledOff, Way::Book, Way::Move].into_iter().any(|way| says(turn, way));
    let has_more = is_wish || message.meaning.when.is_some() || !message.meaning.services.is_empty();
    if has_more || turn.conv.asking == Asking::Reminder {
        return false;
    }
    turn.say(Phrase::NoReminders, &[]);
    true
}

fn is_waiting_for_us(turn: &mut Turn, message: Message) -> bool {
    let is_waiting = is_impatient(turn, message.meaning);
    if is_waiting {
        turn.say(Phrase::HowCanIHelp, &[]);
        answer::menu(turn);
    }
    is_waiting
}

/// Advertisers, insults, tricks, offers. Who is expected or is booking is never left without an answer, whatever their words
/// look like.
fn is_outside(turn: &mut Turn, message: Message) -> bool {
    match message.meaning.intent() {
        Intent::Spam if !is_in_form(turn) && turn.conv.coming(turn.now).is_empty() => unsay(turn, message.is_first),
        Intent::Abuse => turn.say(Phrase::Abuse, &[]),
        Intent::Injection => turn.say(Phrase::Injection, &[]),
        Intent::Business if !is_in_form(turn) => {
            turn.whys.push(Why::Offer);
            let is_order = message.meaning.topic() == Some("corporate");
            turn.say(if is_order { Phrase::BusinessOrder } else { Phrase::BusinessOffer }, &[]);
        }
        _ => return false,
    }
    true
}

fn is_of_other_language(turn: &mut Turn, message: Message) -> bool {
    if message.meaning.intent() != Intent::OtherLang {
        return false;
    }
    if yes_no::is_asked(turn) && says(turn, Way::ForeignYes) {
        yes_no::confirmed(turn, message.meaning);
    } else {
        gather::contact(turn, message.meaning);
        handoff::person(turn, Why::Human, Some(Phrase::OtherLanguage));
    }
    true
}

/// Whoever left an offer is no client: nobody is called, the number stands in the talk.
fn leaves_contact_of_offer(turn: &mut Turn, message: Message) -> bool {
    let is_offer = message.before.is_some_and(|before| before.intent == Intent::Business);
    if !is_offer || !is_contact(message.meaning) {
        return false;
    }
    turn.conv.read_as = message.before;
    turn.say(Phrase::ContactKept, &[]);
    true
}

fn asks_for_stranger(turn: &mut Turn, message: Message) -> bool {
    let is_stranger = who::is_nobody_of_ours(turn, message.meaning);
    if is_stranger {
        book::go_on(turn);
    }
    is_stranger
}

/// «Не, даже на 20», «ой, наверное все 25» behind «опоздаю на 15»: minutes, and no hour to move the visit to. «Петровичу
/// передайте» wants nobody else either.
fn is_later_still(turn: &mut Turn, message: Message) -> bool {
    let was_late = message.before.is_some_and(|before| before.intent == Intent::Late);
    let is_moved = message.meaning.has(Intent::Reschedule) || message.meaning.has(Intent::Cancel);
    // «не смогу, давайте 25 числа» names a day.
    let has_day = message.meaning.when.as_ref().is_some_and(|when| when.value.from_on.is_some());
    let is_of_late = says(turn, Way::PassOn) || change::tells_more_minutes(&turn.said);
    let is_still_late = was_late && !is_moved && !has_day && message.is_calm() && is_of_late;
    if is_still_late && change::has_visit(turn) {
        turn.conv.read_as = message.before;
        turn.say(Phrase::LateNoted, &[]);
        return true;
    }
    false
}

/// A word that turns the talk, whatever the rest of the message was taken for.
fn turned(turn: &mut Turn, message: Message) -> bool {
    let meaning = message.meaning;
    let is_bare = meaning.services.is_empty() && meaning.when.is_none() && !is_question(meaning);
    if !is_bare || !message.is_calm() {
        return false;
    }
    let was_late = message.before.is_some_and(|before| before.intent == Intent::Late) || meaning.has(Intent::Late);
    if was_late && says(turn, Way::OnTime) && !turn.conv.coming(turn.now).is_empty() {
        escalation::late_no_more(turn);
        change::keep(turn);
        return true;
    }
    if meaning.has(Intent::Callback) || !says(turn, Way::Undecided) {
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
        escalation::let_sleep(turn);
    }
    true
}

fn asks_hours(turn: &mut Turn, message: Message) -> bool {
    if message.asks_hours_on {
        answer::hours(turn, message.meaning);
        book::offer_to_book(turn);
    }
    message.asks_hours_on
}

/// «Какой у вас телефон?», «дайте номер позвонить»: ours is asked for, and no call.
fn asks_our_phone(turn: &mut Turn, message: Message) -> bool {
    let meaning = message.meaning;
    let has_facts = meaning.phone.is_some() || meaning.when.is_some() || !meaning.services.is_empty();
    let is_asked = says(turn, Way::OurPhone) && message.is_calm() && !has_facts && answer::our_phone(turn);
    if is_asked && is_in_form(turn) {
        book::go_on(turn);
    }
    is_asked
}

fn says_farewell(turn: &mut Turn, message: Message) -> bool {
    let is_farewell = yes_no::says_farewell(turn, message.meaning);
    if is_farewell {
        yes_no::tell_expected(turn);
    }
    is_farewell
}

fn picks_visit_to_cancel(turn: &mut Turn, message: Message) -> bool {
    message.is_calm() && change::picks_which(turn, message.meaning)
}

fn asks_of_visits(turn: &mut Turn, message: Message) -> bool {
    message.is_calm() && which::are_asked_for(turn)
}

/// Something is booked, and the message names no time.
fn is_of_visit(turn: &Turn, message: Message) -> bool {
    !turn.conv.coming(turn.now).is_empty() && message.meaning.when.is_none()
}

/// «Можно будет отменить?», «как у вас отменяют?»: a question, and nothing is called off.
fn may_move(turn: &mut Turn, message: Message) -> bool {
    change::explains(turn, message.meaning)
}

fn wants_reminder(turn: &mut Turn, message: Message) -> bool {
    if !says(turn, Way::Remind) {
        return false;
    }
    turn.conv.client.no_reminders = false;
    let is_reminded = is_of_visit(turn, message) && care::is_reminded(turn);
    if is_reminded {
        turn.say(Phrase::WillRemind, &[]);
    }
    is_reminded
}

fn is_unsure(turn: &mut Turn, message: Message) -> bool {
    let is_unsure = is_of_visit(turn, message) && says(turn, Way::Unsure);
    if is_unsure {
        change::move_or_cancel(turn);
    }
    is_unsure
}

fn moves_another(turn: &mut Turn, message: Message) -> bool {
    message.is_calm() && change::moves_another(turn, message.meaning)
}

fn moves_visit_made(turn: &mut Turn, message: Message) -> bool {
    if says(turn, Way::Next) || !change::is_of_visit_made(turn, message.meaning) {
        return false;
    }
    gather::gather(turn, message.meaning);
    change::reschedule(turn, message.meaning, message.is_sure());
    true
}

/// «Стрижку уберите», «развал не надо, передумал»: the rest of the wish stands. Of a wish another day is no end either:
/// «субботу вычёркиваем, воскресенье».
fn leaves_off(turn: &mut Turn, message: Message, taken: Taken) -> bool {
    let intent = message.meaning.intent();
    let is_off = matches!(intent, Intent::Cancel | Intent::Decline) && turn.conv.wish.wants_visit;
    let is_other_day = intent == Intent::Cancel && taken.is_other_day;
    let is_left = is_off && (taken.is_thinned || is_other_day);
    if is_left {
        book::go_on(turn);
    }
    is_left
}

/// «31 июня»
fn names_no_day(turn: &mut Turn, message: Message, _: Taken) -> bool {
    if !message.meaning.is_day_nowhere || message.meaning.when.is_some() {
        return false;
    }
    turn.conv.wish.wants_visit = true;
    turn.conv.asking = Asking::When;
    turn.say(Phrase::NoSuchDay, &[]);
    true
}

fn names_what_to_change(turn: &mut Turn, message: Message, taken: Taken) -> bool {
    !taken.is_news && book::names_what_to_change(turn, message.meaning)
}

fn adds_beside(turn: &mut Turn, message: Message, _: Taken) -> bool {
    let is_beside = beside::is_meant(turn, message.meaning);
    if is_beside {
        beside::book(turn, message.meaning);
    }
    is_beside
}

/// «И ещё одну запись на пятницу» of one who is expected.
fn wants_one_more(turn: &mut Turn, message: Message, _: Taken) -> bool {
    let is_behind = message.meaning.has(Intent::Book) && again::is_right_behind(turn);
    let is_more = says(turn, Way::Next) || is_behind || again::is_at_same_time(turn, message.meaning);
    if !is_more || turn.conv.coming(turn.now).is_empty() {
        return false;
    }
    again::like_last(turn, message.meaning);
    book::start(turn);
    true
}

/// Said ahead of the answer, which another topic gives.
fn tells_of_stranger(turn: &mut Turn, message: Message, _: Taken) -> bool {
    if let Some(name) = message.meaning.stranger.as_ref().filter(|_| message.meaning.has(Intent::Book)) {
        turn.say(Phrase::NoSuchSpecialist, &[("name", name)]);
    }
    false
}

/// «Маникюр или педикюр, что посоветуете?»
fn asks_which_of_two(turn: &mut Turn, message: Message, _: Taken) -> bool {
    let is_either = named::is_either(turn, message.meaning);
    if is_either {
        turn.conv.wish.wants_visit = true;
        book::ask_which(turn, &named::services_in(message.meaning));
    }
    is_either
}

/// «Меня и подругу»: the second is kept for later; at the summary nothing else is meant.
fn is_of_two_people(turn: &mut Turn, message: Message, _: Taken) -> bool {
    if !is_for_two(turn, message.meaning) {
        return false;
    }
    several::keep_second(turn);
    let is_summed_up = turn.conv.asking == Asking::Confirm;
    if is_summed_up {
        book::go_on(turn);
    }
    is_summed_up
}

fn rates(turn: &mut Turn, message: Message, _: Taken) -> bool {
    let Some(rating) = message.meaning.rating.filter(|_| turn.conv.asking == Asking::Rating) else { return false };
    rated(turn, rating);
    true
}

fn will_wait(turn: &mut Turn, message: Message, _: Taken) -> bool {
    let is_wait = says(turn, Way::Wait) && !message.meaning.intent().is_outside();
    if is_wait {
        waitlist::ask_to_be_told(turn, message.meaning);
    }
    is_wait
}

/// «Ну где же вы?» of one whom a person was called to. «Хорошо, жду, спасибо» is content.
fn is_impatient_for_person(turn: &mut Turn, message: Message, taken: Taken) -> bool {
    let meaning = message.meaning;
    let asks_more = meaning.has(Intent::Price) || !meaning.services.is_empty();
    let is_yes = meaning.intent() == Intent::Confirm && yes_no::is_asked(turn);
    let is_content = meaning.topics.iter().any(|topic| topic == "thanks" || topic == "bye");
    let is_hurry = says(turn, Way::Hurry) && !taken.is_news && !asks_more && !is_yes && !is_content;
    if !is_hurry || !handoff::is_awaited(turn) {
        return false;
    }
    handoff::still_waiting(turn);
    true
}

/// Nothing took the message by its words: what it was read as decides.
fn by_intent(turn: &mut Turn, message: Message, is_news: bool) {
    let Message { meaning, is_first, .. } = message;
    match meaning.intent() {
        Intent::Medical => handoff::risk(turn, Risk::Medical),
        Intent::Complaint => handoff::risk(turn, Risk::Complaint),
        Intent::Human => handoff::person(turn, Why::Human, None),
        Intent::Cancel => called_off(turn, message),
        Intent::Reschedule if again::is_repeat(turn, meaning) && meaning.when_old.is_none() => {
            talk(turn, meaning, is_news, is_first);
        }
        Intent::Reschedule => change::reschedule(turn, meaning, message.is_sure()),
        Intent::Late => change::late(turn, meaning),
        Intent::Confirm => yes_no::yes(turn, meaning, is_news, is_first),
        // «А точно в субботу?»: what was asked is what is written, once more.
        Intent::Faq if yes_no::is_settling(turn) && says(turn, Way::Doubt) && is_of_what_is_written(turn, meaning) => {
            yes_no::repeat(turn);
        }
        Intent::Decline if says(turn, Way::Over) && !says(turn, Way::Enough) => change::cancel(turn, false),
        Intent::Decline => yes_no::no(turn, is_news),
        _ => talk(turn, meaning, is_news, is_first),
    }
}

/// No entry answers it but the visit itself.
fn is_of_what_is_written(turn: &Turn, meaning: &Meaning) -> bool {
    meaning.topic() == Some("my_booking") || answer::is_unknown(turn, meaning)
}

/// «Отмените»: a wish, a part of a visit or the whole of it.
fn called_off(turn: &mut Turn, message: Message) {
    let meaning = message.meaning;
    // A guess at «отмените» of somebody with no visit, who named a service: they want it.
    if meaning.certainty < GUESS && change::wants_what_is_named(turn, meaning) {
        return book::start(turn);
    }
    // «Отмените и запишите на четверг»: the visit moves.
    if meaning.when.is_some() && (meaning.has(Intent::Book) || says(turn, Way::Book)) {
        return change::reschedule(turn, meaning, message.is_sure());
    }
    if change::is_of_part(turn, meaning) {
        return change::take_out(turn, meaning);
    }
    // «Не приду» was heard already, and a new time asked for.
    let is_given_up = turn.conv.asking == Asking::When && turn.conv.replaced.is_some();
    let is_asked = matches!(turn.conv.asking, Asking::Reminder | Asking::ConfirmCancel) || is_given_up;
    // «Можно ли отменить запись?» asks, whatever it is meant for.
    let is_told = says(turn, Way::CalledOff) && (message.is_sure() || is_asked) && !turn.said.contains(" ли ");
    let is_plain = change::finds_meant(turn, meaning) && is_told;
    change::cancel(turn, is_plain && !turn.is_spoken);
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
    let is_each = meaning.services.len() == 2 && says(turn, Way::Each);
    let is_said = is_each || says(turn, Way::Two) || named::is_of_both_ages(turn, meaning);
    is_visit && is_said && !is_one_service
}
