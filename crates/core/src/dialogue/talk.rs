//! A message that is neither a yes nor a change: what was asked is answered, then the form goes on.

use nochnik_nlu::{Intent, Meaning, Urgency};

use super::turns::{self, Way};
use super::{answer, book, handoff, is_in_form, named, offer, who, yes_no};
use crate::conversation::Asking;
use crate::escalation::Why;
use crate::limits::{MISSES_BEFORE_BUTTONS, MISSES_BEFORE_PERSON};
use crate::phrases::Phrase;
use crate::turn::Turn;

/// «А сколько мне ждать ответа?» takes so many words.
const IMPATIENT_WORDS_MAX: usize = 6;
/// What a message was taken for with less certainty is a guess.
pub(super) const GUESS: f32 = 0.5;

/// «а картой можно?» after «Записать вас?» is no yes.
pub(super) fn is_question(meaning: &Meaning) -> bool {
    meaning.has(Intent::Faq) || meaning.has(Intent::Price)
}

/// Answers what was asked, then goes on with the form.
pub(super) fn talk(turn: &mut Turn, meaning: &Meaning, news: bool, is_first: bool) {
    let mut is_answered = false;
    if meaning.urgency > Urgency::Normal && !meaning.has(Intent::Callback) {
        handoff::urgent(turn);
    }
    // «Сколько стоит снятие?», which nobody does here: the price of what is wished would be no answer.
    if meaning.has(Intent::Price) && meaning.is_service_lacking {
        return handoff::question(turn);
    }
    let beside = named::priced_beside(turn, meaning);
    // «А краска какая?», of which the price stands there already.
    if meaning.has(Intent::Price) && answer::asks_property(turn) && answer::is_told(turn) {
        return handoff::question(turn);
    }
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
        // «Мой номер +7 928», before it was asked for.
        Intent::Inform
            if turn.conv.phone_part.is_some() && turn.conv.asking != Asking::Phone && is_nothing(meaning) =>
        {
            turn.say(Phrase::PhoneBroken, &[]);
            turn.conv.asking = Asking::Phone;
        }
        // «Это мне мужскую», where nobody does that: said again and again it would only be asked about.
        Intent::Inform if !news && turn.conv.asking == Asking::Service && is_nothing(meaning) => missed(turn, meaning),
        Intent::Inform => book::take(turn, meaning, false),
        _ => missed(turn, meaning),
    }
}

/// Not one fact was read.
fn is_nothing(meaning: &Meaning) -> bool {
    let has_who = meaning.name.is_some() || meaning.phone.is_some() || meaning.is_phone_broken;
    let has_what = !meaning.services.is_empty() || meaning.specialist.is_some() || !meaning.of_position.is_empty();
    !has_who && !has_what && meaning.when.is_none() && meaning.choice.is_none()
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
        Asking::Nothing | Asking::Visit if is_bare && is_said(Way::Cheaper) && answer::is_told(turn) => {
            answer::price(turn, &[]);
        }
        Asking::Nothing | Asking::Visit if is_bare && is_said(Way::Range) => {
            answer::services(turn);
            book::offer_to_book(turn);
        }
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
pub(super) fn is_impatient(turn: &Turn, meaning: &Meaning) -> bool {
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
        // «Татуаж есть?», «солярий?»: one more question, and no impatience.
        return if turn.said.contains('?') { handoff::question(turn) } else { handoff::still_waiting(turn) };
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
