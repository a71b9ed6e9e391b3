//! Content lines of iCalendar: put together, taken apart, folded again. Source: RFC 5545, 3.1 and 3.3.11.
//!
//! Kept by hand and not by a crate: what a person added to our event must come back as it was, so a line that is
//! not understood is carried on whole; and one broken line must not hide the others.

/// Octets of a line without its end.
const LINE_BYTES_MAX: usize = 75;
/// VCALENDAR, VEVENT, VALARM and one to spare.
const DEPTH_MAX: usize = 8;

/// One property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// In capitals.
    pub name: String,
    /// Names in capitals, values without quotes.
    pub params: Vec<(String, String)>,
    /// As it stands there, still escaped.
    pub value: String,
}

/// BEGIN, what is between, END.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Component {
    pub name: String,
    pub lines: Vec<Line>,
    pub parts: Vec<Component>,
}

/// It is no iCalendar, or is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

impl Line {
    pub fn parse(text: &str) -> Option<Self> {
        let end = text.find([';', ':'])?;
        let (name, mut rest) = text.split_at(end);
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return None;
        }
        let mut params = Vec::new();
        while let Some(tail) = rest.strip_prefix(';') {
            let (key, tail) = tail.split_once('=')?;
            let (value, tail) = param_value(tail)?;
            params.push((key.to_ascii_uppercase(), value));
            rest = tail;
        }
        Some(Self { name: name.to_ascii_uppercase(), params, value: rest.strip_prefix(':')?.to_owned() })
    }

    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub fn is(&self, name: &str, value: &str) -> bool {
        self.name == name && self.value.trim().eq_ignore_ascii_case(value)
    }
}

impl Component {
    /// The first property of this name.
    pub fn line(&self, name: &str) -> Option<&Line> {
        self.all(name).next()
    }

    pub fn all(&self, name: &str) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |line| line.name == name)
    }

    /// Reads the components of a whole text; a line that is none is passed over.
    pub fn parse(text: &[u8]) -> Result<Vec<Self>, Unreadable> {
        let mut found = Vec::new();
        let mut open: Vec<Self> = Vec::new();
        for line in unfold(text).iter().filter_map(|line| Line::parse(line)) {
            match line.name.as_str() {
                "BEGIN" if open.len() < DEPTH_MAX => {
                    let name = line.value.trim().to_ascii_uppercase();
                    open.push(Self { name, ..Self::default() });
                }
                "BEGIN" => return Err(Unreadable),
                "END" => {
                    let closed = open.pop().filter(|part| line.is("END", &part.name)).ok_or(Unreadable)?;
                    open.last_mut().map_or(&mut found, |outer| &mut outer.parts).push(closed);
                }
                _ => open.last_mut().ok_or(Unreadable)?.lines.push(line),
            }
        }
        if open.is_empty() && !found.is_empty() { Ok(found) } else { Err(Unreadable) }
    }
}

/// Several values of one parameter come as one text, with their commas.
fn param_value(text: &str) -> Option<(String, &str)> {
    let mut is_quoted = false;
    let end = text.find(|sign| {
        is_quoted ^= sign == '"';
        !is_quoted && (sign == ';' || sign == ':')
    })?;
    Some((text[..end].replace('"', ""), &text[end..]))
}

/// Puts folded lines together before their bytes are read: a fold may stand within a letter. Bytes that are no UTF-8
/// become U+FFFD.
pub fn unfold(text: &[u8]) -> Vec<String> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for line in text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match (line.first(), lines.last_mut()) {
            (Some(b' ' | b'\t'), Some(last)) => last.extend_from_slice(&line[1..]),
            (Some(_), _) => lines.push(line.to_vec()),
            (None, _) => {}
        }
    }
    lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect()
}

/// Folds each line at 75 octets, never within a letter, and ends it with CRLF.
pub fn fold<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for line in lines {
        let mut rest = line;
        let mut room = LINE_BYTES_MAX;
        while rest.len() > room {
            let cut = rest.floor_char_boundary(room);
            text.push_str(&rest[..cut]);
            text.push_str("\r\n ");
            rest = &rest[cut..];
            room = LINE_BYTES_MAX - 1;
        }
        text.push_str(rest);
        text.push_str("\r\n");
    }
    text
}

/// A text as the value of a property; control characters are left out.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '\n' => escaped.push_str("\\n"),
            '\\' | ';' | ',' => escaped.extend(['\\', sign]),
            sign if sign.is_control() => {}
            sign => escaped.push(sign),
        }
    }
    escaped
}

pub fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut signs = value.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => text.extend(signs.next().map(|sign| if matches!(sign, 'n' | 'N') { '\n' } else { sign })),
            sign => text.push(sign),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Component, Line, escape, fold, unescape, unfold};

    #[test]
    fn a_line_is_taken_apart() {
        let line = Line::parse(r#"ATTENDEE;CN="Анна; мастер: 1";ROLE=CHAIR:mailto:a@b.example"#).unwrap();
        assert_eq!((line.name.as_str(), line.value.as_str()), ("ATTENDEE", "mailto:a@b.example"));
        assert_eq!(line.param("CN"), Some("Анна; мастер: 1"));
        assert_eq!(line.param("ROLE"), Some("CHAIR"));
        for bad in ["", "DTSTART", ":x", "A B:x", "A;B:x", "A;B=\"x:y"] {
            assert_eq!(Line::parse(bad), None, "{bad}");
        }
    }

    /// 74 octets and a letter of two: the letter goes to the next line whole.
    #[test]
    fn lines_are_folded_at_75_octets_between_letters() {
        let long = format!("{}яэ", "a".repeat(74));
        assert_eq!(fold([long.as_str()]), format!("{}\r\n яэ\r\n", "a".repeat(74)));
        let longer = "ж".repeat(200);
        let folded = fold([longer.as_str()]);
        assert!(folded.split("\r\n").all(|line| line.len() <= 75), "{folded}");
        assert_eq!(unfold(folded.as_bytes()), [longer]);
        assert_eq!(fold(["a".repeat(75).as_str()]), format!("{}\r\n", "a".repeat(75)));
    }

    #[test]
    fn a_fold_within_a_letter_is_mended() {
        assert_eq!(unfold(b"SUMMARY:\xd0\r\n \x9d\n\t!\r\n\r\nB:1"), ["SUMMARY:Н!", "B:1"]);
    }

    #[test]
    fn signs_of_the_format_are_escaped() {
        assert_eq!(escape("а; б, в\\г\r\nд\u{7}"), r"а\; б\, в\\г\nд");
        assert_eq!(unescape(r"а\; б\, в\\г\Nд"), "а; б, в\\г\nд");
        assert_eq!(unescape("a\\"), "a");
    }

    #[test]
    fn components_must_close() {
        for bad in ["", "BEGIN:VCALENDAR", "BEGIN:A\nEND:B", "END:A", "X:1\nBEGIN:A\nEND:A"] {
            assert!(Component::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        let deep = "BEGIN:A\n".repeat(9) + &"END:A\n".repeat(9);
        assert!(Component::parse(deep.as_bytes()).is_err());
    }
}
