//! Whether a push is signed by the key its browser subscribed to, for this service and this day.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier};
use serde_json::Value;

/// The longest life of a signature.
const LIFE_S: i64 = 86_400;

/// `authorization` is `vapid t=<JWT>, k=<key>`; `check` holds the claims to the contract.
pub(super) fn check(
    authorization: &str,
    server_key: &str,
    origin: &str,
    now_ms: i64,
    check: impl Fn(&Value) -> Result<(), String>,
) -> Result<(), (u16, String)> {
    let refuse = |why: &str| (403, why.to_owned());
    let (token, key) = parts(authorization).ok_or_else(|| (401, "no vapid authorization".to_owned()))?;
    if key != server_key {
        return Err(refuse("another key than the browser subscribed to"));
    }
    let (signed, signature) = token.rsplit_once('.').ok_or_else(|| refuse("no JWT"))?;
    let (header, claims) = signed.split_once('.').ok_or_else(|| refuse("no JWT"))?;
    if !is_signed(signed, signature, key) {
        return Err(refuse("the signature does not fit"));
    }
    let (header, claims) = (json(header), json(claims));
    if header["alg"] != "ES256" || header["typ"] != "JWT" {
        return Err(refuse("an algorithm other than ES256"));
    }
    check(&claims).map_err(|broken| refuse(&broken))?;
    if claims["aud"] != origin {
        return Err(refuse("signed for another service"));
    }
    let left_s = claims["exp"].as_i64().unwrap_or(0) - now_ms.div_euclid(1_000);
    if !(0..=LIFE_S).contains(&left_s) {
        return Err(refuse("expired, or good for more than a day"));
    }
    Ok(())
}

fn parts(authorization: &str) -> Option<(&str, &str)> {
    let (token, key) = authorization.strip_prefix("vapid t=")?.split_once(',')?;
    Some((token, key.trim_start().strip_prefix("k=")?))
}

fn is_signed(signed: &str, signature: &str, key: &str) -> bool {
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    let key = VerifyingKey::from_sec1_bytes(&bytes(key));
    let signature = Signature::from_slice(&bytes(signature));
    key.is_ok_and(|key| signature.is_ok_and(|signature| key.verify(signed.as_bytes(), &signature).is_ok()))
}

fn json(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap_or_default()).unwrap_or_default()
}
