//! What came in, as words: for the transcript, and for the reader.

use super::gather;
use crate::crm::CLIENT;
use crate::effect::Button;
use crate::event::{AttachmentKind, Input, InputKind};
use crate::limits::{HEARD_CHARS_MAX, TEXT_CHARS_MAX};
use crate::phrases::Phrase;
use crate::turn::Turn;

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
