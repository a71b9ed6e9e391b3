//! The bytes of a webhook and their signature.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// The JSON as Meta writes it: every character outside ASCII as `\uXXXX`, lower-case hex, surrogates in pairs.
pub fn encode(body: &Value) -> Vec<u8> {
    let mut escaped = String::new();
    for letter in body.to_string().chars() {
        if letter.is_ascii() {
            escaped.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            // Writing into a string cannot fail.
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    escaped.into_bytes()
}

/// The value of `X-Hub-Signature-256` for the raw bytes of a body: `sha256=` and the HMAC in hex.
pub fn sign(app_secret: &str, raw: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).expect("HMAC takes a key of any length");
    let digest = mac.chain_update(raw).finalize().into_bytes();
    digest.iter().fold("sha256=".to_owned(), |mut header, byte| {
        let _ = write!(header, "{byte:02x}");
        header
    })
}
