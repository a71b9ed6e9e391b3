//! An update in one line of words, as the `.toml` files write it.

use nochnik_adapters::Failure;
use nochnik_adapters::failure::Scope;
use nochnik_adapters::ports::{Incoming, IncomingWhat, NOT_SAID, StatusWord};
use nochnik_core::event::{AttachmentKind, FileRef, Input, InputKind};

pub fn of(incoming: &Incoming) -> String {
    let peer = &incoming.peer;
    match &incoming.what {
        IncomingWhat::Input { input, replies_to } => {
            let reply = replies_to.as_ref().map_or_else(String::new, |to| format!(" ← {to}"));
            format!("{} {peer}{} {}{reply}", moment(input), person(input), deed(&input.what))
        }
        IncomingWhat::Reachable(true) => format!("{peer} доступен"),
        IncomingWhat::Reachable(false) => format!("{peer} недоступен"),
        IncomingWhat::NewNumber { phone } => format!("{peer} меняет номер на {}", phone.e164()),
        IncomingWhat::Deleted { message_id } => format!("{peer} удаляет {message_id}"),
        IncomingWhat::Echo(echo) => {
            let whom = if echo.is_persons { "человека" } else { "нас или от человека" };
            format!("{peer} получает от {whom} {} «{}»", echo.message_id, echo.text)
        }
        IncomingWhat::Status(status) => match (&status.word, &status.key) {
            (StatusWord::Read, None) => format!("{peer} видит {}", status.message_id),
            (word, key) => {
                let key = key.as_ref().map_or_else(String::new, |key| format!(" ({key})"));
                format!("{peer}: {} {}{key}", status.message_id, way(word))
            }
        },
        IncomingWhat::Notice { text } => format!("владельцу: {text}"),
        IncomingWhat::Unknown { name, .. } => format!("непонятое {name} от {peer}"),
    }
}

fn moment(input: &Input) -> String {
    if input.at == NOT_SAID { "-".to_owned() } else { input.at.as_millisecond().to_string() }
}

fn person(input: &Input) -> String {
    let name = input.profile_name.iter().map(|name| format!(" {name}"));
    let phone = input.own_phone.iter().map(|phone| format!(" {}", phone.e164()));
    name.chain(phone).collect()
}

fn deed(what: &InputKind) -> String {
    match what {
        InputKind::Text { text } => format!("пишет «{text}»"),
        InputKind::Edited { text } => format!("исправляет на «{text}»"),
        InputKind::Button { id, press_id: None } => format!("нажимает {id}"),
        InputKind::Button { id, press_id: Some(press) } => format!("нажимает {id} ({press})"),
        InputKind::OwnPhone { phone } => format!("даёт свой номер {}", phone.e164()),
        InputKind::Contact { phone } => {
            format!("даёт чей-то номер {}", phone.as_ref().map_or("без цифр", |phone| phone.e164()))
        }
        InputKind::Start { source } => format!("приходит по «{}»", source.as_deref().unwrap_or_default()),
        InputKind::Spoken { text } => format!("говорит «{text}»"),
        InputKind::Attachment { kind, file } => {
            let length = |file: &FileRef| file.seconds.map_or_else(String::new, |seconds| format!(", {seconds} с"));
            let file = file.as_ref().map_or_else(String::new, |file| format!(" ({}{})", file.name(), length(file)));
            format!("шлёт {}{file}", thing(*kind))
        }
        InputKind::Unknown => "шлёт нечто".to_owned(),
    }
}

fn thing(kind: AttachmentKind) -> &'static str {
    match kind {
        AttachmentKind::Voice => "голосовое",
        AttachmentKind::Photo => "фото",
        AttachmentKind::Sticker => "стикер",
        AttachmentKind::Document => "файл",
        AttachmentKind::Video => "видео",
        AttachmentKind::Location => "место",
    }
}

fn way(word: &StatusWord) -> String {
    match word {
        StatusWord::Sent => "ушло".to_owned(),
        StatusWord::Delivered => "доставлено".to_owned(),
        StatusWord::Read => "прочитано".to_owned(),
        StatusWord::Failed(failure) => format!("не дошло: {}", meaning(failure)),
    }
}

/// What is acted upon; words for people are left out.
pub fn meaning(failure: &Failure) -> String {
    match failure {
        Failure::Later { after, scope, .. } => {
            let after = after.map_or_else(String::new, |after| format!(" через {} с", after.as_secs()));
            let who = if *scope == Scope::Row { "сообщение" } else { "весь канал" };
            format!("позже{after}, ждёт {who}")
        }
        Failure::Refused { code, .. } => format!("отказ {code}"),
        Failure::Broken { hint, .. } => {
            assert!(hint.chars().count() > 40, "a person is told what to do: {hint}");
            "чинит человек".to_owned()
        }
        Failure::Unknown { .. } => "неизвестно".to_owned(),
    }
}
