//! SMSC (smsc.ru): SMS under ids of our own.
//!
//! HTTP 200 says nothing: an error is an `error` key. What ended unknown is looked up by its id.
//! Source: smsc.ru API pages and PyPI smsc 0.1.1, read 2026-11-22; `contracts/sms/`.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::door::{Care, Door, Hints, strange};
use super::fields::{
    BASE_URL, BURST, EXTRA_CA, LIMITS, PARALLEL, PER_S, PROXY, SEGMENTS_MAX, check_phone, digits, field, id, kopecks,
    refused, roubles, unreachable, words,
};
use super::{OpenContext, sms};
use crate::failure::{Failure, Scope, codes};
use crate::ports::{Alert, Delivery, Field, Handed, Kind, Notifier, Pace, Way};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "smsc",
    title: "SMSC: SMS",
    fields: &[
        LOGIN,
        PASSWORD,
        API_KEY,
        field("sender", "Имя отправителя", "Согласованное в SMSC; без него — общее имя сервиса", false),
        SEGMENTS_MAX,
        BASE_URL,
        PROXY,
        EXTRA_CA,
        PER_S,
        BURST,
        PARALLEL,
    ],
    limits: LIMITS,
    can_poll: true,
    has_hook: false,
    is_for_staff: false,
    notice: Some("Имя отправителя дают по договору юридическому лицу или ИП (2026 год)."),
};

pub const LOGIN: Field = field("login", "Логин", "Логин в SMSC; не нужен, если заполнен ключ API", false);
pub const PASSWORD: Field = field("password", "Пароль", "Пароль SMSC; не нужен, если заполнен ключ API", false);
pub const API_KEY: Field = field("api_key", "Ключ API", "Из кабинета SMSC; вместо логина и пароля", false);

pub const PACE: Pace = Pace { burst: 5, per_s: 5.0, parallel: 2, requests: 1 };
const HINTS: Hints = Hints {
    key: "SMSC не принимает логин, пароль или ключ. Проверьте их в Настройках → Связь.",
    money: "На счёте SMSC кончились деньги. Пополните его в кабинете SMSC.",
    address: "По этому адресу SMSC не отвечает. Проверьте поле «Адрес»: есть и запасной, https://www2.smsc.ru/sys/.",
};
const BLOCKED: &str =
    "SMSC закрыл доступ с этого IP-адреса после многих ошибок. Исправьте настройки и снимите запрет в кабинете SMSC.";
/// How long the same message is refused as a repeat.
const REPEAT_PAUSE: SignedDuration = SignedDuration::from_mins(1);

pub(super) fn open(settings: &Settings<'_>, _context: &OpenContext) -> Result<Arc<dyn Notifier>, SettingsProblem> {
    Ok(Arc::new(Smsc {
        account: Account::open(settings)?,
        sender: settings.text("sender")?.map(str::to_owned),
        segments_max: sms::segments_max(settings)?,
        pace: settings.pace(PACE)?,
    }))
}

struct Smsc {
    account: Account,
    sender: Option<String>,
    segments_max: u32,
    pace: Pace,
}

#[async_trait]
impl Notifier for Smsc {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn way(&self) -> Way {
        Way::Sms
    }

    fn destination(&self) -> String {
        self.account.destination()
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn check_address(&self, to: &str) -> Result<(), &'static str> {
        check_phone(to)
    }

    async fn send(&self, to: &str, alert: &Alert, key: &str) -> Result<Handed, Failure> {
        let fitted = sms::fit(words(alert)?, alert.link.as_deref(), self.segments_max, usize::MAX);
        let mut extra = Vec::new();
        extra.extend(self.sender.as_deref().map(|sender| ("sender", sender)));
        let sent = self.account.send(digits(to)?, &fitted.text, key, &extra).await?;
        Ok(Handed { segments: sent.segments.unwrap_or(fitted.segments), is_cut: fitted.is_cut, ..sent.into_handed() })
    }

    fn foreseen_id(&self, key: &str) -> Option<String> {
        Some(id_of(key))
    }

    async fn look(&self, to: &str, vendor_id: &str) -> Result<Option<Delivery>, Failure> {
        self.account.look(digits(to)?, vendor_id).await
    }

    async fn check(&self) -> Result<Vec<String>, Failure> {
        self.account.check().await
    }
}

/// One account, for SMS and for calls.
pub struct Account {
    door: Door,
    credentials: Credentials,
}

enum Credentials {
    Key(SecretString),
    Password { login: String, password: SecretString },
}

/// What SMSC said of a message it took.
pub struct Sent {
    id: String,
    price_kop: Option<u64>,
    /// As the vendor counts them.
    segments: Option<u32>,
}

impl Sent {
    pub fn into_handed(self) -> Handed {
        Handed {
            vendor_id: Some(self.id),
            delivery: Delivery::Accepted,
            price_kop: self.price_kop,
            segments: 1,
            is_cut: false,
        }
    }
}

impl Account {
    pub fn open(settings: &Settings<'_>) -> Result<Self, SettingsProblem> {
        let credentials = match (settings.text("api_key")?, settings.text("login")?, settings.text("password")?) {
            (Some(key), _, _) => Credentials::Key(SecretString::from(key)),
            (None, Some(login), Some(password)) => {
                Credentials::Password { login: login.to_owned(), password: SecretString::from(password) }
            }
            _ => return Err(settings.problem("api_key", "Заполните ключ API либо логин и пароль вместе")),
        };
        Ok(Self { door: Door::open(settings, "https://smsc.ru/sys/", HINTS)?, credentials })
    }

    pub fn destination(&self) -> String {
        let account = match &self.credentials {
            Credentials::Key(key) => key.expose_secret(),
            Credentials::Password { login, .. } => login,
        };
        self.door.destination(KIND.name, account)
    }

    pub async fn send(&self, phone: &str, text: &str, key: &str, extra: &[(&str, &str)]) -> Result<Sent, Failure> {
        let own_id = id_of(key);
        let mut pairs =
            vec![("phones", phone), ("mes", text), ("id", own_id.as_str()), ("charset", "utf-8"), ("cost", "3")];
        pairs.extend_from_slice(extra);
        let said = self.call("send.php", &pairs, Care::Sends).await?;
        match (id(&said["id"]), said["cnt"].as_u64()) {
            (Some(id), Some(count)) => {
                Ok(Sent { id, price_kop: kopecks(&said["cost"]), segments: u32::try_from(count).ok() })
            }
            _ => Err(strange("the answer is not SMSC's".to_owned(), Care::Sends)),
        }
    }

    pub async fn look(&self, phone: &str, vendor_id: &str) -> Result<Option<Delivery>, Failure> {
        let said = self.call("status.php", &[("phone", phone), ("id", vendor_id)], Care::Asks).await?;
        match said["status"].as_i64() {
            Some(status) => Ok(delivery(status)),
            None => Err(strange("the answer has no status".to_owned(), Care::Asks)),
        }
    }

    pub async fn check(&self) -> Result<Vec<String>, Failure> {
        let said = self.call("balance.php", &[], Care::Asks).await?;
        Ok(vec![match kopecks(&said["balance"]) {
            Some(left) => format!("SMSC принимает ключ. На счёте {}.", roubles(left)),
            None => "SMSC принимает ключ.".to_owned(),
        }])
    }

    async fn call(&self, path: &str, pairs: &[(&str, &str)], care: Care) -> Result<Value, Failure> {
        let mut all = match &self.credentials {
            Credentials::Key(key) => vec![("apikey", key.expose_secret())],
            Credentials::Password { login, password } => {
                vec![("login", login.as_str()), ("psw", password.expose_secret())]
            }
        };
        all.push(("fmt", "3"));
        all.extend_from_slice(pairs);
        let said = self.door.form(path, &all, care).await?;
        match (said.get("error"), said["error_code"].as_i64()) {
            (None, _) => Ok(said),
            (Some(_), Some(code)) => Err(self.failure(code)),
            (Some(_), None) => Err(strange("an error without its code".to_owned(), care)),
        }
    }

    fn failure(&self, code: i64) -> Failure {
        let why = format!("SMSC said {code}");
        match code {
            1 | 5 => refused(codes::MALFORMED, &why),
            2 => self.door.key_problem(why),
            3 => self.door.money_problem(why),
            4 => Failure::Broken { why, hint: BLOCKED },
            6 => refused(codes::BLOCKED, &why),
            7 | 8 => unreachable(&why),
            9 => Failure::Later { after: Some(REPEAT_PAUSE), scope: Scope::Row, why },
            code => refused(&format!("smsc_{code}"), &why),
        }
    }
}

/// The id a message of this key has at SMSC: the same at every try, positive and of 31 bits.
pub fn id_of(key: &str) -> String {
    let digest = Sha256::digest(key);
    let number = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) & 0x7fff_ffff;
    number.max(1).to_string()
}

/// `None` for a message SMSC does not know. Only 1 is on the pages read; the other numbers are the
/// vendor's as its libraries name them, and one that nobody named counts as still under way.
fn delivery(status: i64) -> Option<Delivery> {
    let failed = |why| Some(Delivery::Failed { why });
    match status {
        -3 => None,
        1 | 2 => Some(Delivery::Delivered),
        3 => failed("телефон был выключен или вне сети, срок вышел"),
        20 => failed("доставить невозможно"),
        22 => failed("неверный номер"),
        23 => failed("запрещено правилами SMSC"),
        24 => failed("на счёте SMSC не хватило денег"),
        25 => failed("номер недоступен"),
        _ => Some(Delivery::Accepted),
    }
}
