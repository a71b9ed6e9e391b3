//! BB codes of the portal's texts: none in what we say, none left in what its people say.

/// Text without BB codes: a bracket followed by an invisible space opens none.
pub fn plain(text: &str) -> String {
    text.replace('[', "[\u{200b}")
}

/// What somebody wrote over there, as words.
pub fn read(text: &str) -> String {
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
        if matches!(name.as_str(), "b" | "i" | "u" | "s" | "br" | "url" | "user" | "quote" | "code" | "size" | "color")
        {
            return Some((&text[..at], tag, &text[end + 1..]));
        }
        from = at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn codes_of_the_portal_become_plain_words() {
        for (written, said) in [
            ("Добрый день![br]Ждём вас.", "Добрый день!\nЖдём вас."),
            ("[b]Важно[/b]: с [i]собой[/i] паспорт", "Важно: с собой паспорт"),
            ("[url=https://lotos.ru]сайт[/url]", "https://lotos.ru сайт"),
            ("массаж [60 мин]", "массаж [60 мин]"),
            ("[br]", ""),
        ] {
            assert_eq!(read(written), said, "{written}");
        }
    }
}
