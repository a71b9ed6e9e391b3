//! A body of `multipart/form-data` (RFC 7578): texts and one file, in memory.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// Room for the lines around the parts.
const FRAME_BYTES: usize = 1_024;

/// The one file of a form; its name and kind are ours, plain ASCII without quotes.
#[derive(Clone, Copy)]
pub struct File<'a> {
    pub field: &'a str,
    pub name: &'a str,
    pub mime: &'a str,
    pub bytes: &'a [u8],
}

/// Content type and body. Names of fields are plain ASCII; values may hold anything.
pub fn encode(texts: &[(&str, &str)], file: File<'_>) -> (String, Vec<u8>) {
    let boundary = boundary(texts, file.bytes);
    let mut body = Vec::with_capacity(file.bytes.len() + FRAME_BYTES);
    for (name, value) in texts {
        let part = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\r\n{value}\r\n"
        );
        body.extend_from_slice(part.as_bytes());
    }
    let File { field, name, mime, bytes } = file;
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
         Content-Type: {mime}\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(bytes);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

/// A line that stands nowhere in the content. It follows from the content, so that equal forms are equal bytes.
fn boundary(texts: &[(&str, &str)], bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let tried = (0_u32..).map(|round| named(&digest, round));
    let is_free = |boundary: &String| {
        let line = boundary.as_bytes();
        let stands = |content: &[u8]| content.windows(line.len()).any(|window| window == line);
        !stands(bytes) && !texts.iter().any(|(_, value)| stands(value.as_bytes()))
    };
    tried.into_iter().find(is_free).unwrap_or_default()
}

fn named(digest: &[u8], round: u32) -> String {
    let mut name = format!("nochnik{round}x");
    for byte in digest.iter().take(16) {
        // A text takes whatever is written to it.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::{File, boundary, encode, named};

    /// The form of RFC 7578, section 4, by hand.
    #[test]
    fn a_form_is_lines_between_boundaries() {
        let file = File { field: "file", name: "voice.ogg", mime: "audio/ogg", bytes: b"OggS\r\n\0" };
        let (kind, body) = encode(&[("model", "whisper"), ("language", "ru")], file);
        let line = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
        let text = "Content-Type: text/plain; charset=utf-8";
        let expected = format!(
            "--{line}\r\nContent-Disposition: form-data; name=\"model\"\r\n{text}\r\n\r\nwhisper\r\n\
             --{line}\r\nContent-Disposition: form-data; name=\"language\"\r\n{text}\r\n\r\nru\r\n\
             --{line}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"voice.ogg\"\r\n\
             Content-Type: audio/ogg\r\n\r\nOggS\r\n\0\r\n--{line}--\r\n"
        );
        assert_eq!(String::from_utf8(body).unwrap(), expected);
        assert!(line.len() <= 70, "RFC 2046, section 5.1.1");
    }

    #[test]
    fn a_boundary_stands_nowhere_in_the_content() {
        let bytes = b"OggS voice";
        let first = named(&Sha256::digest(bytes), 0);
        assert_eq!(boundary(&[], bytes), first);
        let spiteful = format!("\r\n--{first}--\r\n");
        let second = boundary(&[("prompt", &spiteful)], bytes);
        assert_ne!(second, first);
        assert!(!spiteful.contains(&second));
    }
}
