//! How a delivery proves that it comes from the vendor.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::ports::{Forged, Hook};

/// The only header of that name; a doubled one proves nothing: who knows which of the two a proxy looked at.
fn only<'a>(hook: &Hook<'a>, name: &str) -> Option<&'a [u8]> {
    let mut found = hook.headers.iter().filter(|(own, _)| *own == name).map(|(_, value)| *value);
    found.next().filter(|_| found.next().is_none())
}

/// The delivery brings our secret in a header. An empty secret of ours is believed by nobody.
pub fn by_header(hook: &Hook<'_>, name: &str, secret: &SecretString) -> Result<(), Forged> {
    let theirs = only(hook, name).ok_or(Forged)?;
    equal(secret.expose_secret().as_bytes(), theirs)
}

/// Compares in constant time; an empty secret of ours equals nothing.
pub fn equal(ours: &[u8], theirs: &[u8]) -> Result<(), Forged> {
    if !ours.is_empty() && bool::from(ours.ct_eq(theirs)) { Ok(()) } else { Err(Forged) }
}

/// A header holds `sha256=` and the HMAC-SHA256 of the body as it came, in hex.
pub fn by_signature(hook: &Hook<'_>, name: &str, secret: &SecretString) -> Result<(), Forged> {
    let theirs = only(hook, name).and_then(|value| value.strip_prefix(b"sha256=")).ok_or(Forged)?;
    is_hmac(secret.expose_secret().as_bytes(), hook.body, theirs)
}

/// Whether `hex` is the HMAC-SHA256 of `data`; an empty key proves nothing.
pub fn is_hmac(key: &[u8], data: &[u8], hex: &[u8]) -> Result<(), Forged> {
    let sum = unhex(hex).filter(|_| !key.is_empty()).ok_or(Forged)?;
    let mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| Forged)?;
    mac.chain_update(data).verify_slice(&sum).map_err(|_| Forged)
}

fn unhex(hex: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pair = |pair: &[u8]| match *pair {
        [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
        _ => None,
    };
    hex.chunks(2).map(pair).collect()
}
