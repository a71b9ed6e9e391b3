//! What the kinds of means have in common: their fields, the addresses they take, what they say of money.

use nochnik_core::values::Phone;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::failure::{Failure, codes};
use crate::ports::{Alert, Field, Limits};

pub const BASE_URL: Field = field("base_url", "Адрес", "Другой адрес того же сервиса: зеркало или проверочный", false);
pub const PROXY: Field = field("proxy", "Прокси", "http://адрес:порт или socks5h://адрес:порт", false);
pub const EXTRA_CA: Field = field(
    "extra_ca",
    "Корневой сертификат",
    "Путь к файлу PEM, если у прокси или сервера свой центр сертификации",
    false,
);
pub const SEGMENTS_MAX: Field = field(
    "segments_max",
    "Частей в одном SMS",
    "По умолчанию 3: это 201 русская буква. Платят за каждую часть, длинный текст сокращается",
    false,
);
pub const PER_S: Field = field("per_s", "Обращений в секунду", "По умолчанию 5", false);
pub const BURST: Field = field("burst", "Обращений подряд", "По умолчанию 5", false);
pub const PARALLEL: Field = field("parallel", "Обращений одновременно", "По умолчанию 2", false);

/// SMS and calls carry no buttons; the text is bounded by parts or by seconds, not here.
pub const LIMITS: Limits = Limits { text_chars_max: usize::MAX, buttons_max: 0, label_chars_max: 0 };

pub const fn field(name: &'static str, title: &'static str, help: &'static str, is_required: bool) -> Field {
    // A proxy's address may hold a password.
    let is_secret = matches!(
        name.as_bytes(),
        b"api_id" | b"password" | b"api_key" | b"token" | b"public_key" | b"webhook_url" | b"private_key" | b"proxy"
    );
    let is_address = matches!(name.as_bytes(), b"base_url" | b"host" | b"port" | b"webhook_url" | b"proxy");
    Field { name, title, help, is_required, is_secret, is_address }
}

pub const PHONE_PROBLEM: &str = "Нужен номер телефона с кодом страны: +79281234567";

/// The digits of a phone in E.164, without the plus.
pub fn digits(to: &str) -> Result<&str, Failure> {
    let digits = to.strip_prefix('+').filter(|_| Phone::parse(to).is_ok());
    digits.ok_or_else(|| unreachable("the address is not a phone number"))
}

pub fn check_phone(to: &str) -> Result<(), &'static str> {
    digits(to).map(drop).map_err(|_| PHONE_PROBLEM)
}

/// What is to be sent or said. Vendors answer an empty text in too many ways.
pub fn words(alert: &Alert) -> Result<&str, Failure> {
    let words = alert.text.trim();
    if words.is_empty() { Err(refused(codes::MALFORMED, "the text is empty")) } else { Ok(words) }
}

pub fn unreachable(why: &str) -> Failure {
    refused(codes::UNREACHABLE, why)
}

pub fn refused(code: &str, why: &str) -> Failure {
    Failure::Refused { code: code.to_owned(), why: why.to_owned() }
}

/// Roubles as a number or as text, in kopecks; `None` for anything else and for less than nothing.
pub fn kopecks(roubles: &Value) -> Option<u64> {
    let roubles = roubles.as_f64().or_else(|| roubles.as_str()?.trim().parse().ok())?;
    (0.0..1e9).contains(&roubles).then(|| (roubles * 100.0).round() as u64)
}

/// «412,30 ₽» of an account's balance.
pub fn roubles(kopecks: u64) -> String {
    format!("{},{:02} ₽", kopecks / 100, kopecks % 100)
}

/// A vendor's id, whether it came as a number or as text.
pub fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Tells accounts of one vendor apart without showing any of them.
pub fn fingerprint(account: &str) -> String {
    Sha256::digest(account).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{digits, kopecks, roubles};

    #[test]
    fn money_is_read_however_it_is_written() {
        for (said, expected) in [
            (json!(5.49), Some(549)),
            (json!("512.00"), Some(51_200)),
            (json!(0), Some(0)),
            (json!(-3), None),
            (json!("много"), None),
            (json!(null), None),
        ] {
            assert_eq!(kopecks(&said), expected, "{said}");
        }
        assert_eq!(roubles(41_230), "412,30 ₽");
        assert_eq!(roubles(5), "0,05 ₽");
    }

    #[test]
    fn only_a_whole_number_is_a_phone() {
        assert_eq!(digits("+79281234567").unwrap(), "79281234567");
        for wrong in ["79281234567", "+7", "", "позвоните", "+7928123456789012"] {
            assert!(digits(wrong).is_err(), "{wrong}");
        }
    }
}
