//! What the kinds of model have in common: their fields, the keys made of them, the name of an account.

use reqwest::Url;
use reqwest::header::HeaderValue;
use sha2::{Digest, Sha256};

use crate::ports::{Field, Limits};
use crate::settings::{Settings, SettingsProblem};

/// Models say nothing to people by themselves: the limits of a channel do not apply.
pub const LIMITS: Limits = Limits { text_chars_max: usize::MAX, buttons_max: 0, label_chars_max: 0 };

pub const PROXY: Field = field("proxy", "Прокси", "http://адрес:порт или socks5h://адрес:порт", false);
pub const PER_S: Field =
    field("per_s", "Запросов в секунду", "Если договор с поставщиком разрешает больше или меньше", false);
pub const BURST: Field =
    field("burst", "Запросов подряд", "Если договор с поставщиком разрешает больше или меньше", false);
pub const PARALLEL: Field =
    field("parallel", "Запросов одновременно", "Если договор с поставщиком разрешает больше или меньше", false);

pub const fn field(name: &'static str, title: &'static str, help: &'static str, is_required: bool) -> Field {
    // A proxy's address may hold a password.
    let is_secret = matches!(name.as_bytes(), b"key" | b"proxy");
    let is_address = matches!(name.as_bytes(), b"base_url" | b"token_url" | b"proxy");
    Field { name, title, help, is_required, is_secret, is_address }
}

/// `scheme key` as a header's value that no log prints.
pub fn authorization(settings: &Settings<'_>, scheme: &str, key: &str) -> Result<HeaderValue, SettingsProblem> {
    secret_value(&format!("{scheme} {key}")).ok_or_else(|| {
        settings.problem("key", "В ключе есть недопустимые символы: скопируйте его ещё раз, без пробелов и переносов")
    })
}

/// `None` when the text cannot stand in a header.
pub fn secret_value(text: &str) -> Option<HeaderValue> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    let mut value = HeaderValue::from_str(text).ok().filter(|_| is_plain)?;
    value.set_sensitive(true);
    Some(value)
}

/// Names the account at `base` for the pace; `owner` tells accounts of one server apart and is not shown.
pub fn destination(kind: &str, base: &Url, owner: &[u8]) -> String {
    let host = base.host_str().unwrap_or_default();
    let port = base.port_or_known_default().unwrap_or_default();
    let digest = Sha256::digest(owner);
    format!("model:{kind}:{host}:{port}:{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3])
}
