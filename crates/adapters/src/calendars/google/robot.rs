//! A robot of Google Cloud: its key as the file of the cabinet holds it, and the assertion that it signs.
//!
//! Signed by the RSA of rustls, which is there for TLS anyway. Source: RFC 7515, 7523; the vendor's page on
//! service accounts, read 2026-11-22.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::RsaSigningKey;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::SigningKey;
use serde_json::{Value, json};

/// Whom the assertion is meant for, wherever it is sent through.
const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
/// The least that lets us read and write events.
const SCOPE: &str = "https://www.googleapis.com/auth/calendar.events";
/// The longest life the vendor allows.
const LIFE: SignedDuration = SignedDuration::from_hours(1);

const NOT_JSON: &str = "Это не текст файла ключа. Откройте скачанный файл .json и вставьте его целиком, вместе с { и }";
const NO_ROBOT: &str = "Это ключ приложения, а не робота. Google Cloud → IAM → Сервисные аккаунты → Ключи → Создать ключ → JSON";
const NO_KEY: &str = "Ключ в файле повреждён. Создайте новый: Google Cloud → IAM → Сервисные аккаунты → Ключи → JSON";

pub struct Robot {
    email: String,
    /// Which of its keys this is.
    key_id: String,
    key: Arc<dyn SigningKey>,
}

/// Shows no key.
impl fmt::Debug for Robot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Robot").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl Robot {
    /// Reads the whole text of the key's file; says in Russian what is wrong with it.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        let file: Value = serde_json::from_str(text).map_err(|_| NOT_JSON)?;
        if !file.is_object() {
            return Err(NOT_JSON);
        }
        if file["type"] != "service_account" {
            return Err(NO_ROBOT);
        }
        let word = |name: &str| file[name].as_str().filter(|text| !text.is_empty()).ok_or(NO_KEY);
        let der = PrivateKeyDer::from_pem_slice(word("private_key")?.as_bytes()).map_err(|_| NO_KEY)?;
        Ok(Self {
            email: word("client_email")?.to_owned(),
            key_id: word("private_key_id")?.to_owned(),
            key: Arc::new(RsaSigningKey::new(&der).map_err(|_| NO_KEY)?),
        })
    }

    /// With whom the owner shares the calendar.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Asks for a token, for the next hour. `None`: the key does not sign.
    pub fn assertion(&self, now: Timestamp) -> Option<String> {
        let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let header = part(json!({ "alg": "RS256", "typ": "JWT", "kid": self.key_id }));
        let issued_at = now.as_second();
        let claims = part(json!({
            "iss": self.email,
            "scope": SCOPE,
            "aud": AUDIENCE,
            "iat": issued_at,
            "exp": issued_at + LIFE.as_secs(),
        }));
        let signed = format!("{header}.{claims}");
        let signer = self.key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256])?;
        let signature = signer.sign(signed.as_bytes()).ok()?;
        Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
