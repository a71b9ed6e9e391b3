//! What the portal tells of our open line: forms with the brackets of PHP, all of them texts.
//!
//! Nothing is told twice, and in no order that is promised. Where the keys are not documented, the likely ones are
//! read and nothing is guessed. Source: b24-rest-docs `imopenlines/imconnector/events/*.md`, read 2026-11-22.

use nochnik_core::open_line::LinePlace;

use super::line::CONNECTOR;
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

/// Without BB codes, and without the signature that a portal may put before the words: `[b]Ольга:[/b] [br]`.
fn plain(text: &str) -> String {
    let text = text.strip_prefix("[b]").and_then(|rest| rest.split_once(":[/b]")).map_or(text, |(_, rest)| rest);
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag, after)) = next_tag(rest) {
        plain.push_str(before);
        if tag.eq_ignore_ascii_case("br") {
            plain.push('\n');
        } else if let Some(address) = tag.strip_prefix("url=").or_else(|| tag.strip_prefix("URL=")) {
            plain.push_str(address);
            plain.push(' ');
        }
        rest = after;
    }
    plain.push_str(rest);
    let lines: Vec<&str> = plain.trim().lines().map(str::trim).collect();
    lines.join("\n")
}

/// The next code that a portal writes; other brackets are the person's own.
fn next_tag(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(at) = text[from..].find('[').map(|at| from + at) {
        let end = at + text[at..].find(']')?;
        let tag = &text[at + 1..end];
        let name = tag.trim_start_matches('/').split('=').next().unwrap_or_default().to_ascii_lowercase();
        if matches!(name.as_str(), "b" | "i" | "u" | "s" | "br" | "url" | "user" | "quote" | "code" | "size" | "color") {
            return Some((&text[..at], tag, &text[end + 1..]));
        }
        from = at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn codes_of_the_portal_become_plain_words() {
        for (written, read) in [
            ("[b]Ольга:[/b] [br]Добрый день!", "Добрый день!"),
            ("Добрый день![br]Ждём вас.", "Добрый день!\nЖдём вас."),
            ("[b]Важно[/b]: с [i]собой[/i] паспорт", "Важно: с собой паспорт"),
            ("[url=https://lotos.ru]сайт[/url]", "https://lotos.ru сайт"),
            ("массаж [60 мин]", "массаж [60 мин]"),
            ("[br]", ""),
        ] {
            assert_eq!(plain(written), read, "{written}");
        }
    }
}
