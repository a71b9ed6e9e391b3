//! The installation's key pair of web push, derived from its key: nothing to keep and nothing to ask the owner for.

use anyhow::{Context, Result};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use nochnik_adapters::means::public_push_key;

use crate::key::Key;

const PURPOSE: &str = "webpush";

/// Both halves in base64url. `Debug` shows neither.
#[derive(Clone)]
pub struct PushKey {
    /// Signs pushes.
    pub private: String,
    /// What browsers subscribe with; every subscription is bound to it.
    pub public: String,
}

impl std::fmt::Debug for PushKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PushKey(***)")
    }
}

impl PushKey {
    /// The same pair for the same key. One of four milliards of derivations is no number of the curve; the next one is.
    pub fn of(key: &Key) -> Result<Self> {
        let private = |turn: u8| BASE64_URL_SAFE_NO_PAD.encode(key.sign(PURPOSE, &[turn]));
        let pair = |private: String| Some(Self { public: public_push_key(&private)?, private });
        (0..=u8::MAX).map(private).find_map(pair).context("Ключ уведомлений не получается")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pair_follows_from_the_key() -> Result<()> {
        let (key, other) = (Key::random()?, Key::random()?);
        let pair = PushKey::of(&key)?;
        assert_eq!(pair.public, PushKey::of(&key)?.public, "browsers stay subscribed over a restart");
        assert_ne!(pair.public, PushKey::of(&other)?.public);
        assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(&pair.public)?.len(), 65, "an uncompressed point");
        assert_eq!(format!("{pair:?}"), "PushKey(***)");
        Ok(())
    }
}
