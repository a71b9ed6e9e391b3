//! Forms as browsers write them (`application/x-www-form-urlencoded`): to vendors and from them.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

pub const CONTENT_TYPE: &str = "application/x-www-form-urlencoded";

pub fn encode(pairs: &[(&str, &str)]) -> String {
    let escaped = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    pairs.join("&")
}

/// Names and values in their order; bytes that are no UTF-8 become U+FFFD.
pub fn decode(body: &[u8]) -> Vec<(String, String)> {
    let body = String::from_utf8_lossy(body);
    let plain = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    body.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (plain(name), plain(value))
        })
        .collect()
}

/// The only value of a field; a doubled field counts as absent: who knows which of the two is meant.
pub fn only<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut values = pairs.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str());
    values.next().filter(|_| values.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::{decode, encode, only};

    #[test]
    fn what_is_written_is_read_back() {
        let pairs = [("to", "+79281234567"), ("text", "Лотос: 50 % & «ё»\nодна строка"), ("empty", "")];
        let read = decode(encode(&pairs).as_bytes());
        assert_eq!(read, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_browser_writes_blanks_as_plus() {
        let read = decode(b"data%5B0%5D=test%0A1&name=a+b&name=c&flag");
        assert_eq!(only(&read, "data[0]"), Some("test\n1"));
        assert_eq!(only(&read, "name"), None, "two values");
        assert_eq!(only(&read, "flag"), Some(""));
        assert_eq!(only(&read, "absent"), None);
    }
}
