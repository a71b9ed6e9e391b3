//! Who sends a push: a short-lived signature by the key the browsers subscribed to.
//!
//! One key for the whole installation; every subscription is bound to it. Source: RFC 8292.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use p256::SecretKey;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::rand_core::OsRng;
use reqwest::Url;
use serde_json::json;

use crate::settings::{Settings, SettingsProblem};

/// The specification allows a day; half of it forgives a clock that is wrong by hours.
const LIFE: SignedDuration = SignedDuration::from_hours(12);
const KEY_PROBLEM: &str = "Ключ сервера — 32 байта в base64url: он создаётся сам при первом запуске";

/// Makes the installation's private key: 32 bytes in base64url, to be kept among the secrets.
pub fn new_key() -> String {
    URL_SAFE_NO_PAD.encode(SecretKey::random(&mut OsRng).to_bytes())
}

/// What a browser needs to subscribe (`applicationServerKey`): 65 bytes in base64url. `None` when the
/// private key is not one.
pub fn public_key(private_key: &str) -> Option<String> {
    let key = SigningKey::from_slice(&URL_SAFE_NO_PAD.decode(private_key.trim_end_matches('=')).ok()?).ok()?;
    Some(URL_SAFE_NO_PAD.encode(key.verifying_key().to_encoded_point(false)))
}

pub struct Signer {
    key: SigningKey,
    public_key: String,
    /// `mailto:` or `https:`; Apple refuses anything else.
    contact: String,
}

impl Signer {
    pub fn open(settings: &Settings<'_>) -> Result<Self, SettingsProblem> {
        let wrong = || settings.problem("private_key", KEY_PROBLEM);
        let text = settings.required("private_key")?.trim_end_matches('=');
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
        let key = SigningKey::from_slice(&bytes).map_err(|_| wrong())?;
        let contact = settings.required("contact")?;
        let is_address = match contact.strip_prefix("mailto:") {
            Some(address) => address.parse::<lettre::Address>().is_ok(),
            None => contact.starts_with("https://") && Url::parse(contact).is_ok(),
        };
        if !is_address {
            return Err(settings.problem("contact", "Здесь нужен адрес mailto:owner@salon.example или https://…"));
        }
        let public_key = URL_SAFE_NO_PAD.encode(key.verifying_key().to_encoded_point(false));
        Ok(Self { key, public_key, contact: contact.to_owned() })
    }

    /// The key a browser subscribes with.
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// The value of `Authorization` for one push service.
    pub fn authorization(&self, endpoint: &Url, now: Timestamp) -> String {
        let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let header = part(json!({ "typ": "JWT", "alg": "ES256" }));
        let claims = part(json!({
            "aud": endpoint.origin().ascii_serialization(),
            "exp": (now + LIFE).as_second(),
            "sub": self.contact,
        }));
        let signed = format!("{header}.{claims}");
        let signature: Signature = self.key.sign(signed.as_bytes());
        format!("vapid t={signed}.{}, k={}", URL_SAFE_NO_PAD.encode(signature.to_bytes()), self.public_key)
    }
}
