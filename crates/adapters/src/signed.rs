//! Signed deliveries after the Standard Webhooks specification 1.0.0 (standardwebhooks.com, read 2026-11-22): the
//! headers, the key, and what an answer means.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

use crate::failure::{Failure, Scope, codes};
use crate::http::Answer;

/// The specification advises to stay below 20 kB: receivers may refuse what is longer.
pub const BODY_BYTES_MAX: usize = 20_000;
const SECRET_PREFIX: &str = "whsec_";
/// Length of the key in bytes, as the specification asks.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Reads `whsec_` and base64 as a key; `None` is none.
pub fn key_of(secret: &str) -> Option<Vec<u8>> {
    let key = STANDARD.decode(secret.strip_prefix(SECRET_PREFIX)?).ok()?;
    KEY_BYTES.contains(&key.len()).then_some(key)
}

/// The same for the same content, another for any other: by it a receiver knows a repeat.
pub fn delivery_id(origin: &str, body: &[u8]) -> String {
    let digest = Sha256::new().chain_update(origin).chain_update([0]).chain_update(body).finalize();
    format!("msg_{}", URL_SAFE_NO_PAD.encode(&digest[..18]))
}

/// `at_s` is the moment of this try in Unix seconds; receivers refuse one older than 5 minutes.
pub fn headers(key: &[u8], id: &str, at_s: i64, body: &[u8]) -> Result<[(HeaderName, HeaderValue); 3], Failure> {
    let value = |text: &str| {
        HeaderValue::from_str(text).map_err(|_| Failure::Refused {
            code: codes::MALFORMED.to_owned(),
            why: "a header is not ASCII".to_owned(),
        })
    };
    Ok([
        (HeaderName::from_static("webhook-id"), value(id)?),
        (HeaderName::from_static("webhook-timestamp"), value(&at_s.to_string())?),
        (HeaderName::from_static("webhook-signature"), value(&signature(key, id, at_s, body))?),
    ])
}

fn signature(key: &[u8], id: &str, at_s: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(format!("{id}.{at_s}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// What a person should mend, by what the receiver says.
pub struct Hints {
    /// The signature is not believed.
    pub key: &'static str,
    /// Nothing is taken at this address.
    pub address: &'static str,
}

pub fn verdict(answer: &Answer, hints: &Hints) -> Result<(), Failure> {
    let why = format!("the receiver answered {}", answer.status);
    match answer.status {
        200..=299 => Ok(()),
        408 | 425 | 429 | 500.. => Err(Failure::Later { after: answer.retry_after, scope: Scope::Destination, why }),
        401 | 403 => Err(Failure::Broken { why, hint: hints.key }),
        300..=399 | 404 => Err(Failure::Broken { why, hint: hints.address }),
        status => Err(Failure::Refused { code: format!("http_{status}"), why }),
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::signature;

    /// The expected value was computed with `openssl dgst -sha256 -mac HMAC` over
    /// `id.timestamp.body`, the bytes the specification names.
    #[test]
    fn a_delivery_is_signed_as_standard_webhooks_asks() {
        let key = STANDARD.decode("bm9jaG5pay10ZXN0LWtleS0wMTIzNDU2Nzg5YWI=").unwrap();
        let body = r#"{"title":"Маникюр"}"#;
        assert_eq!(
            signature(&key, "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", 1_795_312_800, body.as_bytes()),
            "v1,nTL8Qblo1sLqIfdvdbc4Gi/BedwO+uY4mGy2PerWv5o="
        );
    }
}
