//! «Стоп», «удалите мои данные», «это не я»: certain words, obeyed at once and written down.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::book;
use crate::conversation::Asking;
use crate::effect::Effect;
use crate::escalation::Why;
use crate::phrases::Phrase;
use crate::proof::{Deed, Proof, Purpose};
use crate::turn::Turn;
use crate::wall;

/// Working days within which a request about data is answered. Source: 152-FZ, article 20 part 1.
const ANSWER_WORKING_DAYS: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Stop,
    Resume,
    Erase,
    Stranger,
}

/// A phrase that says a wish: anywhere in the message, or the whole of it.
struct Saying {
    wish: Wish,
    words: Vec<String>,
    is_whole: bool,
}

static SAYINGS: LazyLock<Vec<Saying>> = LazyLock::new(|| {
    let lines = include_str!("../../lexicon/privacy.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(": ")).flat_map(|(name, phrases)| sayings(name, phrases)).collect()
});

fn sayings(name: &str, phrases: &str) -> Vec<Saying> {
    let wish = match name {
        "stop" => Wish::Stop,
        "resume" => Wish::Resume,
        "erase" => Wish::Erase,
        _ => Wish::Stranger,
    };
    let saying = |phrase: &str| {
        let phrase = phrase.trim();
        let whole = phrase.strip_prefix('=');
        Saying { wish, words: words(whole.unwrap_or(phrase)), is_whole: whole.is_some() }
    };
    phrases.split('|').map(saying).collect()
}

/// Lower case, «е» for «ё», politeness and punctuation gone.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace('ё', "е")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && *word != "пожалуйста")
        .map(str::to_owned)
        .collect()
}

fn wish_of(text: &str) -> Option<Wish> {
    let said = words(text);
    let is_said = |saying: &&Saying| {
        let wanted = &saying.words;
        if saying.is_whole { said == *wanted } else { said.windows(wanted.len().max(1)).any(|part| part == wanted) }
    };
    SAYINGS.iter().find(is_said).map(|saying| saying.wish)
}

/// Obeys what the message says about being written to and about data; false when it says nothing of it.
pub(super) fn heard(turn: &mut Turn, text: &str) -> bool {
    match wish_of(text) {
        None => return false,
        Some(Wish::Stop) => stop(turn, text),
        Some(Wish::Resume) => {
            turn.conv.client.is_stopped = false;
            prove(turn, Purpose::Messages, Deed::Given, text);
            turn.say(Phrase::Resumed, &[]);
        }
        Some(Wish::Erase) => erase(turn, text),
        Some(Wish::Stranger) if !is_written_to(turn) => return false,
        Some(Wish::Stranger) => stranger(turn, text),
    }
    true
}

/// A person leads the talk and answers; what must be obeyed at once is, without a word of the bot's.
pub(super) fn overheard(turn: &mut Turn, text: &str) {
    let purpose = match wish_of(text) {
        Some(Wish::Stop) => Purpose::Messages,
        Some(Wish::Erase) => Purpose::Storage,
        Some(Wish::Resume | Wish::Stranger) | None => return,
    };
    withdraw(turn, purpose, text);
}

/// The bot speaks no more on its own account, and the log says why.
fn withdraw(turn: &mut Turn, purpose: Purpose, text: &str) {
    let is_news = !std::mem::replace(&mut turn.conv.client.is_stopped, true) || purpose != Purpose::Messages;
    turn.conv.waitlist = None;
    if turn.conv.client.takes_sms.take() == Some(true) {
        prove(turn, Purpose::Sms, Deed::Withdrawn, text);
    }
    // A question of ours about a visit stands open no more.
    if matches!(turn.conv.asking, Asking::Reminder | Asking::Rating | Asking::Sms) {
        turn.conv.asking = Asking::Nothing;
    }
    if is_news {
        prove(turn, purpose, Deed::Withdrawn, text);
    }
}

fn stop(turn: &mut Turn, text: &str) {
    withdraw(turn, Purpose::Messages, text);
    turn.say(Phrase::Stopped, &[]);
    tell_visit(turn);
}

/// The visit to come is not called off by it.
fn tell_visit(turn: &mut Turn) {
    if let Some((moment, ..)) = book::coming_words(turn) {
        turn.say(Phrase::VisitStands, &[("moment", &moment)]);
    }
}

/// A person erases, because bookings to come and the CRM's copy are theirs to decide; the client hears by when.
fn erase(turn: &mut Turn, text: &str) {
    withdraw(turn, Purpose::Storage, text);
    let until = wall::date(working_days_after(turn.today(), ANSWER_WORKING_DAYS));
    turn.say(Phrase::EraseAccepted, &[("until", &until)]);
    tell_visit(turn);
    turn.whys.push(Why::Privacy);
}

/// Somebody else gave this number: their visit is not held at a stranger's cost.
fn stranger(turn: &mut Turn, text: &str) {
    withdraw(turn, Purpose::Messages, text);
    let coming: Vec<String> = turn.conv.coming(turn.now).iter().map(|booking| booking.id.clone()).collect();
    coming.iter().for_each(|id| drop(turn.cancel(id)));
    turn.conv.client.phone = None;
    turn.conv.client.is_phone_confirmed = false;
    turn.conv.client.is_phone_vouched = false;
    turn.say(Phrase::Stranger, &[]);
    turn.whys.push(Why::Privacy);
}

/// We wrote first: only then can somebody say that it is not them.
fn is_written_to(turn: &Turn) -> bool {
    turn.conv.coming(turn.now).iter().any(|booking| !booking.reminded.is_empty())
}

fn prove(turn: &mut Turn, purpose: Purpose, deed: Deed, text: &str) {
    turn.emit(Effect::Prove(Proof { purpose, deed, text: text.to_owned() }));
}

/// The date so many working days ahead, Saturdays and Sundays passed over; a holiday makes our term the shorter one.
fn working_days_after(from: Date, count: usize) -> Date {
    let is_working = |date: &Date| !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    from.series(1.day()).skip(1).filter(is_working).nth(count.saturating_sub(1)).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Wish, wish_of, working_days_after};

    #[test]
    fn only_plain_words_are_obeyed() {
        let cases = [
            ("Стоп!", Some(Wish::Stop)),
            ("Отпишите меня, пожалуйста", Some(Wish::Stop)),
            ("не присылайте напоминания, и так помню", Some(Wish::Stop)),
            ("стоп, лучше в среду", None),
            ("не пишите мне на вотсап, пишите сюда", None),
            ("Удалите, пожалуйста, мои данные", Some(Wish::Erase)),
            ("Прошу удалить мои персональные данные", Some(Wish::Erase)),
            ("удалите мою запись", None),
            ("Это не я", Some(Wish::Stranger)),
            ("это не я писала, а муж; запишите на среду", None),
            ("включите напоминания", Some(Wish::Resume)),
        ];
        for (text, expected) in cases {
            assert_eq!(wish_of(text), expected, "{text}");
        }
    }

    #[test]
    fn a_request_is_answered_within_ten_working_days() {
        // Friday 20 November 2026: the tenth working day after it is Friday 4 December.
        assert_eq!(working_days_after(date(2026, 11, 20), 10), date(2026, 12, 4));
        assert_eq!(working_days_after(date(2026, 11, 22), 1), date(2026, 11, 23));
    }
}
