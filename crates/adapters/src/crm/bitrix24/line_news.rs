//! What the portal tells of our open line: forms with the brackets of PHP, all of them texts.
//!
//! Nothing is told twice, and in no order that is promised. Where the keys are not documented, the likely ones are
//! read and nothing is guessed. Source: b24-rest-docs `imopenlines/imconnector/events/*.md`, read 2026-11-22.

use nochnik_core::open_line::LinePlace;

use super::line::CONNECTOR;
use crate::bitrix24::codes;
use crate::form;
use crate::ports::LineNews;

pub const EVENTS: [&str; 4] = [
    "ONIMCONNECTORMESSAGEADD",
    "ONIMCONNECTORDIALOGFINISH",
    "ONIMCONNECTORSTATUSDELETE",
    "ONIMCONNECTORLINEDELETE",
];
/// A form holds no more of them.
const MESSAGES_MAX: usize = 50;

type Pairs = [(String, String)];

/// Reads an event that has proved itself; empty where it is none of our line's.
pub fn read(event: &str, body: &[u8], line: i64) -> Vec<LineNews> {
    let pairs = form::decode(body);
    match event {
        "ONIMCONNECTORMESSAGEADD" if is_ours(&pairs, line, ("data[CONNECTOR]", "data[LINE]")) => said(&pairs),
        "ONIMCONNECTORDIALOGFINISH" => ended(&pairs).into_iter().collect(),
        "ONIMCONNECTORSTATUSDELETE" if is_ours(&pairs, line, ("data[connector]", "data[line]")) => {
            vec![LineNews::Closed]
        }
        "ONIMCONNECTORLINEDELETE" if is_line(&pairs, "data[line]", line) || is_line(&pairs, "data", line) => {
            vec![LineNews::Closed]
        }
        _ => Vec::new(),
    }
}

fn is_ours(pairs: &Pairs, line: i64, (connector_at, line_at): (&str, &str)) -> bool {
    form::only(pairs, connector_at) == Some(CONNECTOR) && is_line(pairs, line_at, line)
}

fn is_line(pairs: &Pairs, at: &str, line: i64) -> bool {
    form::only(pairs, at).and_then(|text| text.parse().ok()) == Some(line)
}

fn said(pairs: &Pairs) -> Vec<LineNews> {
    let of_one = |n: usize| {
        let at = |name: &str| form::only(pairs, &format!("data[MESSAGES][{n}]{name}")).filter(|text| !text.is_empty());
        let (dialogue, chat, message) = (at("[chat][id]")?, at("[im][chat_id]")?, at("[im][message_id]")?);
        let text = plain(at("[message][text]")?);
        let operator = at("[message][user_id]").and_then(|id| id.parse().ok());
        let place = LinePlace { chat: chat.to_owned(), message: message.to_owned() };
        (!text.is_empty()).then(|| LineNews::Said { dialogue: dialogue.to_owned(), operator, text, place })
    };
    (0..MESSAGES_MAX).filter_map(of_one).collect()
}

fn ended(pairs: &Pairs) -> Option<LineNews> {
    let at = |name: &str| form::only(pairs, &format!("data[DATA][0]{name}")).filter(|text| !text.is_empty());
    let is_other = at("[connector][connector_id]").is_some_and(|connector| connector != CONNECTOR);
    // Which of the two chats the key names is not documented: one of somebody else's is nobody's here.
    let dialogue = at("[connector][chat_id]").or_else(|| at("[chat][id]")).filter(|_| !is_other)?;
    Some(LineNews::Ended { dialogue: dialogue.to_owned(), session: at("[session][id]")?.to_owned() })
}

/// As words, without the signature that a portal may put before them: `[b]Ольга:[/b] [br]`.
fn plain(text: &str) -> String {
    let text = text.strip_prefix("[b]").and_then(|rest| rest.split_once(":[/b]")).map_or(text, |(_, rest)| rest);
    codes::read(text)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_signature_is_no_part_of_what_is_said() {
        assert_eq!(plain("[b]Ольга:[/b] [br]Добрый день!"), "Добрый день!");
        assert_eq!(plain("[b]Важно[/b]: с собой паспорт"), "Важно: с собой паспорт");
    }
}
