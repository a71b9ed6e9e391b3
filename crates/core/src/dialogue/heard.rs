//! What came in, as words: for the transcript, and for the reader.

use super::turns::{self, Way};
use super::{gather, read};
use crate::conversation::Asking;
use crate::crm::CLIENT;
use crate::effect::Button;
use crate::event::{AttachmentKind, Input, InputKind};
use crate::limits::{HEARD_CHARS_MAX, OFFERS_MAX, TEXT_CHARS_MAX};
use crate::phrases::Phrase;
use crate::turn::Turn;

/// So many of the buttons shown may be of the question that stands open.
const LATEST_BUTTONS: usize = OFFERS_MAX + 2;
/// So many digits are a part of a telephone number; from [`PHONE_DIGITS_MIN`] on it may be whole.
const PHONE_PART_DIGITS_MIN: usize = 3;
const PHONE_DIGITS_MIN: usize = 10;
/// The end of a number that is put right.
const PHONE_END_DIGITS: std::ops::RangeInclusive<usize> = 1..=4;

pub(super) fn write_down(turn: &mut Turn, inputs: &[Input]) {
    for input in inputs {
        if let Some(name) = &input.profile_name {
            turn.conv.client.profile_name = Some(name.clone());
        }
        // What the client said about their number themselves stands.
        if let Some(phone) = input.own_phone.as_ref().filter(|_| turn.conv.client.phone.is_none()) {
            gather::own_phone(turn, phone);
        }
        if let Some(line) = line_of(&input.what, &turn.conv.shown) {
            turn.conv.note(input.at, CLIENT, &line);
        }
    }
}

pub(super) fn transcript_text(inputs: &[Input], shown: &[Button]) -> String {
    inputs.iter().filter_map(|input| line_of(&input.what, shown)).collect::<Vec<_>>().join("\n")
}

/// How an input reads in a transcript; nothing for the ones that say nothing.
///
/// `shown` are the buttons the client has seen, the newest last: a press reads as its label.
pub fn line_of(what: &InputKind, shown: &[Button]) -> Option<String> {
    Some(match what {
        InputKind::Text { text } => text.clone(),
        InputKind::Edited { text } => format!("(исправлено) {text}"),
        InputKind::Spoken { text } => format!("[голосом] {text}"),
        InputKind::Button { id, .. } => {
            let button = shown.iter().rev().find(|button| button.id == *id);
            button.map_or_else(|| "[кнопка]".to_owned(), |button| button.label.clone())
        }
        InputKind::OwnPhone { phone } => format!("[свой номер: {}]", phone.pretty()),
        InputKind::Contact { .. } => "[контакт]".to_owned(),
        InputKind::Start { .. } => return None,
        InputKind::Attachment { kind, .. } => match kind {
            AttachmentKind::Voice => "[голосовое сообщение]",
            AttachmentKind::Photo => "[фото]",
            AttachmentKind::Sticker => "[стикер]",
            AttachmentKind::Document => "[файл]",
            AttachmentKind::Video => "[видео]",
            AttachmentKind::Location => "[место на карте]",
        }
        .to_owned(),
        InputKind::Unknown => "[сообщение, которое бот не умеет показать]".to_owned(),
    })
}

pub(super) fn heard_text(inputs: &[Input]) -> String {
    let words = inputs.iter().filter_map(|input| match &input.what {
        InputKind::Text { text } | InputKind::Edited { text } | InputKind::Spoken { text } => Some(text.as_str()),
        _ => None,
    });
    joined(words)
}

fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let joined = lines.collect::<Vec<_>>().join("\n");
    joined.trim().chars().take(TEXT_CHARS_MAX).collect()
}

/// The client sees what was heard before anything is made of it.
pub(super) fn show_back(turn: &mut Turn, inputs: &[Input]) {
    let spoken = joined(inputs.iter().filter_map(|input| match &input.what {
        InputKind::Spoken { text } => Some(text.as_str()),
        _ => None,
    }));
    turn.is_spoken = !spoken.is_empty();
    if turn.is_spoken {
        let mut shown: String = spoken.chars().take(HEARD_CHARS_MAX).collect();
        if shown.len() < spoken.len() {
            shown.push('…');
        }
        turn.say(Phrase::Heard, &[("text", &shown)]);
    }
}

/// «8 918 44», then «и дальше 55 107»: the number that the two messages give together, where neither does alone.
pub(super) fn with_rest_of_phone(turn: &mut Turn, text: String) -> String {
    let part = turn.conv.phone_part.take();
    // «Мой номер +7 928», whatever was asked.
    let says_number = text.contains("+7") || ["номер", "телефон"].iter().any(|word| text.to_lowercase().contains(word));
    // «Дарина 8928», broken off: the name was asked for, and a number began.
    let begins_number = || {
        let last = text.split_whitespace().last().unwrap_or_default();
        last.len() >= PHONE_PART_DIGITS_MIN && ["89", "79"].iter().any(|code| last.starts_with(code))
    };
    let is_expected =
        turn.conv.asking == Asking::Phone || says_number || turn.conv.asking == Asking::Name && begins_number();
    if !is_expected && part.is_none() {
        return text;
    }
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    // Words stand between the parts: they are kept, ahead of the number.
    let only = |text: &str, is_kept: fn(&char) -> bool| text.chars().filter(is_kept).collect::<String>();
    let both = part.map(|part| {
        let words = only(&text, |letter| !letter.is_ascii_digit());
        format!("{words}\n{} {}", only(&part, is_of_number), only(&text, is_of_number))
    });
    let is_whole = |text: &str| read(turn, text, turn.now).phone.is_some();
    match both {
        Some(both) if !is_whole(&text) && is_whole(&both) => both,
        _ => {
            let is_part =
                is_expected && (PHONE_PART_DIGITS_MIN..PHONE_DIGITS_MIN).contains(&digits(&text)) && !is_whole(&text);
            turn.conv.phone_part = is_part.then(|| text.clone());
            text
        }
    }
}

/// «На конце 54, а не 45», of a number known: that number with its end put right, as if it had been written whole.
pub(super) fn with_mended_phone(turn: &Turn, text: String) -> String {
    let lower = text.to_lowercase();
    // «Можно в конце недели после 18?» is of no number.
    let says_number = ["номер", "телефон", "цифр"].iter().any(|word| lower.contains(word));
    let known = turn.conv.client.phone.as_ref().filter(|_| turns::is_said(&text, Way::PhoneTail));
    let Some(known) = known.filter(|_| read(turn, &text, turn.now).phone.is_none()) else { return text };
    let words: Vec<String> = lower.split(|letter: char| !letter.is_alphanumeric()).map(str::to_owned).collect();
    let is_end = |word: &str| PHONE_END_DIGITS.contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_denied = |at: usize| at.checked_sub(1).is_some_and(|before| words[before] == "не");
    let (wrong, right): (Vec<usize>, Vec<usize>) =
        (0..words.len()).filter(|at| is_end(&words[*at])).partition(|at| is_denied(*at));
    let [right] = right[..] else { return text };
    if !says_number && wrong.is_empty() {
        return text;
    }
    let (right, number) = (&words[right], known.e164());
    let is_so_ended = wrong.iter().all(|at| number.ends_with(&words[*at]) && words[*at].len() == right.len());
    if is_so_ended { format!("{}{right}", &number[..number.len() - right.len()]) } else { text }
}

fn is_of_number(letter: &char) -> bool {
    letter.is_ascii_digit() || matches!(letter, ' ' | '+' | '-')
}

/// «Изменить», typed as it stands on a button of the question that is open: as good as a press.
///
/// A time or a service typed is read as any other: the list it stood on may be gone.
pub(super) fn typed_button(turn: &Turn, text: &str) -> Option<String> {
    /// Understood whatever is asked; of the others the question must stand open.
    const ALWAYS: [&str; 3] = ["book", "price", "human"];
    const OF_QUESTION: [&str; 3] = ["change", "other", "keep"];
    if turn.is_spoken {
        return None;
    }
    let is_asked = turn.conv.asking != Asking::Nothing;
    let is_plain = |id: &str| ALWAYS.contains(&id) || is_asked && OF_QUESTION.contains(&id);
    let is_it =
        |button: &&Button| is_plain(button.id.as_str()) && button.label.to_lowercase() == text.trim().to_lowercase();
    turn.conv.shown.iter().rev().take(LATEST_BUTTONS).find(is_it).map(|button| button.id.clone())
}
