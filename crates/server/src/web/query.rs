//! What stands in an address behind the question mark.

/// The pairs that say something, as an address carries them.
pub fn query(pairs: &[(&str, &str)]) -> String {
    let given = pairs.iter().filter(|(_, value)| !value.is_empty());
    given.map(|(name, value)| format!("{name}={}", escaped(value))).collect::<Vec<_>>().join("&")
}

/// What may stand in an address stands; the rest is written by its bytes.
pub fn escaped(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => text.push(char::from(byte)),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::query;

    #[test]
    fn an_address_carries_nothing_out_of_it() {
        let pairs = [("period", ""), ("channel", "a&part=day\"><"), ("by", "roza")];
        assert_eq!(query(&pairs), "channel=a%26part%3Dday%22%3E%3C&by=roza");
    }
}
