//! A browser's subscription: where its pushes go and how they are locked.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use p256::PublicKey;
use reqwest::Url;
use serde::Deserialize;
use web_push_native::{Auth, encrypt};

/// Browsers write no padding, some libraries do.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const JSON_BYTES_MAX: usize = 4_096;
const AUTH_BYTES: usize = 16;

/// The push services of the browsers. Anything else would let whoever subscribes send our requests
/// into our own network. Source: `contracts/README.md`, web push.
const HOSTS: [&str; 2] = ["fcm.googleapis.com", "web.push.apple.com"];
const DOMAINS: [&str; 3] = [".push.services.mozilla.com", ".push.apple.com", ".notify.windows.com"];

const NOT_ONE: &str = "Это не подписка браузера: включите уведомления в кабинете ещё раз";
const STRANGER: &str = "Уведомления этого браузера идут через незнакомую службу: откройте кабинет в Chrome, Яндекс Браузере, Firefox, Edge или Safari";

pub struct Subscription {
    pub endpoint: Url,
    public_key: PublicKey,
    auth: Auth,
}

#[derive(Deserialize)]
struct Raw {
    endpoint: String,
    keys: Keys,
}

#[derive(Deserialize)]
struct Keys {
    p256dh: String,
    auth: String,
}

impl Subscription {
    /// Reads what `pushManager.subscribe` gave, as JSON. `test_origin` (`http://127.0.0.1:8090`) is
    /// allowed beside the services.
    pub fn read(json: &str, test_origin: Option<&str>) -> Result<Self, &'static str> {
        if json.len() > JSON_BYTES_MAX {
            return Err(NOT_ONE);
        }
        let raw: Raw = serde_json::from_str(json).map_err(|_| NOT_ONE)?;
        let endpoint = Url::parse(&raw.endpoint).map_err(|_| NOT_ONE)?;
        let bytes = |text: &str| BASE64.decode(text).map_err(|_| NOT_ONE);
        let public_key = PublicKey::from_sec1_bytes(&bytes(&raw.keys.p256dh)?).map_err(|_| NOT_ONE)?;
        let auth: [u8; AUTH_BYTES] = bytes(&raw.keys.auth)?.try_into().map_err(|_| NOT_ONE)?;
        if !is_push_service(&endpoint) && test_origin != Some(endpoint.origin().ascii_serialization().as_str()) {
            return Err(STRANGER);
        }
        Ok(Self { endpoint, public_key, auth: auth.into() })
    }

    /// One record of RFC 8188, locked for this browser. `None` when the system gives no randomness.
    pub fn encrypt(&self, plain: Vec<u8>) -> Option<Vec<u8>> {
        encrypt(plain, &self.public_key, &self.auth).ok()
    }
}

/// Encrypted, at the usual door, without a name and password, at a host we know.
fn is_push_service(endpoint: &Url) -> bool {
    let is_plain = endpoint.port().is_none() && endpoint.username().is_empty() && endpoint.password().is_none();
    let Some(host) = endpoint.domain().filter(|_| is_plain && endpoint.scheme() == "https") else { return false };
    HOSTS.contains(&host) || DOMAINS.iter().any(|domain| host.len() > domain.len() && host.ends_with(domain))
}

#[cfg(test)]
mod tests {
    use super::is_push_service;

    #[test]
    fn only_known_push_services_are_called() {
        for (endpoint, expected) in [
            ("https://fcm.googleapis.com/fcm/send/abc", true),
            ("https://updates.push.services.mozilla.com/wpush/v2/abc", true),
            ("https://web.push.apple.com/abc", true),
            ("https://api.push.apple.com/3/device/abc", true),
            ("https://db5p.notify.windows.com/w/?token=abc", true),
            ("https://FCM.googleapis.com/abc", true),
            ("http://fcm.googleapis.com/abc", false),
            ("https://fcm.googleapis.com:8443/abc", false),
            ("https://fcm.googleapis.com.evil.example/abc", false),
            ("https://evil.example/?fcm.googleapis.com", false),
            ("https://fcm.googleapis.com@evil.example/abc", false),
            ("https://user:pw@fcm.googleapis.com/abc", false),
            ("https://xnotify.windows.com/abc", false),
            ("https://.notify.windows.com/abc", false),
            ("https://127.0.0.1/abc", false),
            ("https://[::1]/abc", false),
            ("https://169.254.169.254/latest", false),
            ("https://2130706433/abc", false),
            ("https://localhost/abc", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(endpoint.parse().is_ok_and(|url| is_push_service(&url)), expected, "{endpoint}");
        }
    }
}
