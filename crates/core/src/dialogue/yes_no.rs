//! A yes and a no: to which question, and whether they are one.

use jiff::civil::Date;
use nochnik_nlu::{Found, Grain, Intent, Meaning, When};

use super::assent::{self, Assent};
use super::talk::{is_question, talk};
use super::turns::{self, Way};
use super::{answer, book, change, handoff, offer, own_time, series, settle, sms, waitlist};
use crate::conversation::{Asking, Booking};
use crate::phrases::Phrase;
use crate::turn::Turn;

/// A word so short is a sound, unless it is one of assent.
const HUM_CHARS_MAX: usize = 2;

/// Signs of somebody who is not content.
const UNHAPPY: [char; 9] = ['?', '😡', '🤬', '😠', '😤', '👎', '💩', '😞', '😢'];

/// «Хорошо, всё понял, спасибо»: a longer message says more than that it was read.
const NOTED_WORDS_MAX: usize = 4;

/// Words that were taken for a yes.
pub(super) fn yes(turn: &mut Turn, meaning: &Meaning, news: bool, is_first: bool) {
    let said = turn.said.clone();
    let is_of_summary = turn.conv.asking == Asking::Confirm;
    match () {
        () if is_question(meaning) && !is_asked(turn) && meaning.choice.is_none() => {
            talk(turn, meaning, news, is_first)
        }
        // «Вот такой хочу» under a picture is about the picture.
        () if turn.has_unread && is_of_summary && !turns::is_said(&said, Way::Yes) => book::go_on(turn),
        // «А с ребёнком к вам можно» asks, with its mark left out.
        () if is_settling(turn)
            && is_question(meaning)
            && meaning.when.is_none()
            && !turns::is_said(&said, Way::Yes) =>
        {
            talk(turn, meaning, news, is_first);
        }
        // «Мм» settles nothing.
        () if is_settling(turn) && (is_hum(&said) || assent::of(&said) != Assent::Yes) => {
            unsettled(turn, meaning, news, is_first);
        }
        // Of «правильно 8 909 …» what was agreed to is another thing now.
        () if is_of_summary && news => book::go_on(turn),
        () if turn.is_spoken && ask_again(turn) => {}
        () => {
            confirmed(turn, meaning);
            if meaning.has(Intent::Faq) {
                answer::faq(turn, meaning);
            }
        }
    }
}

/// The open question is answered by a plain yes.
pub(super) fn is_asked(turn: &Turn) -> bool {
    matches!(
        turn.conv.asking,
        Asking::Confirm | Asking::ConfirmCancel | Asking::ConfirmMove | Asking::Reminder | Asking::Series | Asking::Sms
    )
}

/// A yes would book, move or call off.
pub(super) fn is_settling(turn: &Turn) -> bool {
    matches!(turn.conv.asking, Asking::Confirm | Asking::ConfirmMove | Asking::ConfirmCancel | Asking::Series)
}

/// Words taken for a yes that are none: a question is answered and the yes asked for again, a pause is waited for, what is
/// not right is asked about.
fn unsettled(turn: &mut Turn, meaning: &Meaning, news: bool, is_first: bool) {
    match (assent::of(&turn.said), turn.conv.asking) {
        (_, Asking::Confirm) if news => book::go_on(turn),
        (Assent::Pause, Asking::Confirm) => no(turn, news),
        (Assent::Objection, _) => no(turn, news),
        // «Точно на 15?» is about the time that is written.
        (Assent::Question, Asking::Confirm) if is_question(meaning) && meaning.when.is_none() => {
            talk(turn, meaning, news, is_first);
        }
        _ => repeat(turn),
    }
}

/// The open question, once more.
pub(super) fn repeat(turn: &mut Turn) {
    match turn.conv.asking {
        Asking::ConfirmCancel => change::cancel(turn, false),
        Asking::Series => series::ask(turn),
        Asking::Sms => sms::ask(turn),
        _ => book::go_on(turn),
    }
}

/// The time is kept for the client who needs a moment.
pub(super) fn wait_a_moment(turn: &mut Turn) {
    if let Some(booking) = turn.conv.held().cloned() {
        book::extend(turn, &booking.id);
        offer::say_kept(turn, &booking);
    }
}

/// «Мм», «э»: sounds that are no yes, whatever they were taken for.
fn is_hum(text: &str) -> bool {
    let mut words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let has_words = words.peek().is_some();
    has_words && words.all(|word| word.chars().count() <= HUM_CHARS_MAX) && !turns::is_said(text, Way::Yes)
}

/// A yes that was heard settles nothing: the question that would be settled by it is asked again, to be answered
/// by a button or in writing. False where no such question stands open.
fn ask_again(turn: &mut Turn) -> bool {
    if !is_asked(turn) || turn.conv.asking == Asking::Reminder {
        return false;
    }
    turn.say(Phrase::HeardYes, &[]);
    repeat(turn);
    true
}

/// «да»: to which question?
pub(super) fn confirmed(turn: &mut Turn, meaning: &Meaning) {
    match turn.conv.asking {
        Asking::Confirm => settle::confirm(turn),
        Asking::ConfirmCancel => change::cancel_confirmed(turn),
        // «Вторник в 17:30 устроит?» is another time and no yes to this one.
        Asking::ConfirmMove if meaning.when.is_some() || meaning.shift_min.is_some() => book::go_on(turn),
        Asking::ConfirmMove => own_time::confirm(turn),
        Asking::Reminder => change::expect(turn),
        Asking::Series => series::accept(turn),
        Asking::Sms => sms::settle(turn, true),
        Asking::Slot if meaning.choice.is_none() && turn.conv.wish.offers.len() == 1 => offer::choose_offer(turn, 0),
        Asking::Nothing if is_expected(turn, meaning) => tell_expected(turn),
        Asking::Nothing if !turn.conv.wish.wants_visit && meaning.when.is_none() && meaning.services.is_empty() => {
            turn.say(Phrase::HowCanIHelp, &[]);
            answer::menu(turn);
        }
        _ => {
            turn.conv.wish.wants_visit = true;
            book::take(turn, meaning, false);
        }
    }
}

/// «Ок», «понял», «супер, тогда до субботы», «значит, в пятницу в три» of one who has booked: nothing is asked for, and
/// the visit is said once more.
pub(super) fn says_farewell(turn: &Turn, meaning: &Meaning) -> bool {
    use Intent::{Book, Confirm, Feedback, Inform, Reschedule, Smalltalk};
    let is_said = |way: Way| turns::is_said(&turn.said, way);
    let is_wish = [Way::Book, Way::More, Way::Again, Way::Next].into_iter().any(is_said);
    let is_plain = meaning
        .intents
        .iter()
        .all(|(intent, _)| matches!(intent, Book | Confirm | Feedback | Inform | Reschedule | Smalltalk));
    let is_time_said = meaning.when.is_some() && is_plain && !is_wish && !is_said(Way::Move);
    let is_noted = is_noted(turn, meaning) && !handoff::is_awaited(turn);
    (is_said(Way::Farewell) || is_noted || is_time_said) && is_expected(turn, meaning)
}

/// «Хорошо», «понял», 👍: read, and nothing asked for.
pub(super) fn is_noted(turn: &Turn, meaning: &Meaning) -> bool {
    let is_short = turn.said.split_whitespace().count() <= NOTED_WORDS_MAX;
    let is_sign = !turn.said.contains(|letter: char| letter.is_alphanumeric() || UNHAPPY.contains(&letter));
    meaning.has(Intent::Smalltalk) && is_short && (is_sign || turns::is_said(&turn.said, Way::Noted))
}

/// A visit is booked, no other is being booked, and nothing was named but its own time and services.
fn is_expected(turn: &Turn, meaning: &Meaning) -> bool {
    let coming = turn.conv.coming(turn.now);
    let is_own = |visit: &&Booking| {
        let own = turn.wall(visit.slot.starts_at);
        let is_own_service = |found: &Found<String>| visit.services.iter().any(|own| own.as_str() == found.value);
        meaning.services.iter().all(is_own_service)
            && meaning.when.as_ref().is_none_or(|found| {
                let when = found.value;
                let is_its_time = matches!(when.grain, Grain::Day | Grain::Time)
                    && when.from_on.is_none_or(|on| on == own.date())
                    && when.from_at.is_none_or(|at| at == own.time());
                is_its_time || is_till(&when, own.date())
            })
    };
    turn.conv.asking == Asking::Nothing
        && !turn.conv.wish.wants_visit
        && meaning.shift_min.is_none()
        && coming.first().is_some_and(is_own)
}

/// «До субботы» of a visit on Saturday: all days before it.
fn is_till(when: &When, day: Date) -> bool {
    when.grain == Grain::Days && when.from_at.is_none() && when.to_on.and_then(|last| last.tomorrow().ok()) == Some(day)
}

/// When the client is expected.
pub(super) fn tell_expected(turn: &mut Turn) {
    if let Some((moment, ..)) = book::coming_words(turn) {
        turn.say(Phrase::Agreed, &[("moment", &moment)]);
    }
}

/// «нет»: to which question?
pub(super) fn no(turn: &mut Turn, news: bool) {
    let is_yes = turn.conv.asking == Asking::Confirm && !news && !turn.is_spoken;
    if is_yes && turn.conv.held().is_some() && assent::affirms(&turn.said) {
        return settle::confirm(turn);
    }
    match turn.conv.asking {
        Asking::ConfirmMove if news => book::go_on(turn),
        Asking::ConfirmCancel | Asking::ConfirmMove => change::keep(turn),
        // «Нет, простыла, давайте на пятницу»
        Asking::Reminder if news && turn.conv.wish.when.is_some() => change::move_next(turn),
        Asking::Reminder => change::move_or_cancel(turn),
        Asking::Series => series::decline(turn),
        Asking::Sms => sms::settle(turn, false),
        Asking::Confirm if news => book::go_on(turn),
        Asking::Confirm if waitlist::is_offered(turn) => waitlist::decline(turn),
        Asking::Confirm if assent::of(&turn.said) == Assent::Pause && turn.conv.held().is_some() => wait_a_moment(turn),
        Asking::Confirm if turns::is_said(&turn.said, Way::Enough) => book::go_on(turn),
        Asking::Confirm if turns::is_said(&turn.said, Way::NoNeed) => book::give_up(turn),
        Asking::Confirm => {
            if !book::asks_what_to_change(turn) {
                book::change(turn);
            }
        }
        Asking::Slot if news => book::go_on(turn),
        Asking::Slot => offer::other_time(turn),
        Asking::Name | Asking::Phone if news => book::go_on(turn),
        Asking::Phone if turn.conv.held().is_some() => book::insist_on_phone(turn),
        Asking::Name if turn.conv.held().is_some() => book::insist_on_name(turn),
        Asking::Phone if handoff::is_awaited(turn) => handoff::without_contact(turn),
        Asking::Phone if turn.conv.wish.wants_call => handoff::without_call(turn),
        // «Нет, спасибо» of one who has booked.
        Asking::Nothing if !turn.conv.coming(turn.now).is_empty() => change::tell_kept(turn),
        _ => {
            turn.conv.asking = Asking::Nothing;
            turn.say(Phrase::StillHere, &[]);
        }
    }
}
