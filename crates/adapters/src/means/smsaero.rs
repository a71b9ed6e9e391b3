//! SMS Aero, version 2 of its API. One address is called, the owner's choice: a silent repeat on a
//! mirror, as the vendor's own SDK makes it, would send twice.
//!
//! Source: PyPI smsaero_api 3.2.0, read 2026-11-22; `contracts/sms/`.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

use super::door::{Care, Door, Hints, strange};
use super::fields::{
    BASE_URL, BURST, EXTRA_CA, LIMITS, PARALLEL, PER_S, PROXY, SEGMENTS_MAX, check_phone, digits, field, id, kopecks,
    refused, roubles, unreachable, words,
};
use super::{OpenContext, sms};
use crate::form;
use crate::failure::{Failure, codes};
use crate::ports::{Alert, Delivery, DeliveryReport, Forged, Handed, Hook, Kind, Notifier, Pace, ParseProblem, Way};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "smsaero",
    title: "SMS Aero",
    fields: &[
        field("email", "Почта кабинета", "С ней входят в SMS Aero", true),
        field("api_key", "Ключ API", "Из кабинета SMS Aero, раздел «API и SMPP»", true),
        field("sign", "Имя отправителя", "Согласованное в SMS Aero, от 2 до 64 знаков", true),
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
    has_hook: true,
    is_for_staff: false,
    notice: Some("Имя отправителя дают по договору юридическому лицу или ИП (2026 год)."),
};

const PACE: Pace = Pace { burst: 5, per_s: 5.0, parallel: 2, requests: 1 };
const TEXT_CHARS: std::ops::RangeInclusive<usize> = 2..=640;
const SIGN_CHARS: std::ops::RangeInclusive<usize> = 2..=64;
const HINTS: Hints = Hints {
    key: "SMS Aero не принимает почту или ключ. Проверьте их в Настройках → Связь.",
    money: "На счёте SMS Aero кончились деньги. Пополните его в кабинете SMS Aero.",
    address: "По этому адресу SMS Aero не отвечает. Проверьте поле «Адрес»: по умолчанию https://gate.smsaero.ru/v2/.",
};
const SENDER: &str = "SMS Aero не согласовал имя отправителя. Согласуйте его в кабинете SMS Aero.";

pub(super) fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Arc<dyn Notifier>, SettingsProblem> {
    let (email, key) = (settings.required("email")?, settings.required("api_key")?);
    let sign = settings.required("sign")?;
    if !SIGN_CHARS.contains(&sign.chars().count()) {
        return Err(settings.problem("sign", "Имя отправителя — от 2 до 64 знаков"));
    }
    let mut authorization = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(format!("{email}:{key}"))))
        .map_err(|_| settings.problem("api_key", "В ключе есть недопустимые символы: скопируйте его ещё раз"))?;
    authorization.set_sensitive(true);
    Ok(Arc::new(SmsAero {
        door: Door::open(settings, "https://gate.smsaero.ru/v2/", HINTS)?,
        email: email.to_owned(),
        authorization,
        sign: sign.to_owned(),
        hook_url: context.hook_url.clone(),
        segments_max: sms::segments_max(settings)?,
        pace: settings.pace(PACE)?,
    }))
}

struct SmsAero {
    door: Door,
    email: String,
    authorization: HeaderValue,
    sign: String,
    /// Reports go where each message says.
    hook_url: Option<String>,
    segments_max: u32,
    pace: Pace,
}

#[async_trait]
impl Notifier for SmsAero {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn way(&self) -> Way {
        Way::Sms
    }

    fn destination(&self) -> String {
        self.door.destination(KIND.name, &self.email)
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn check_address(&self, to: &str) -> Result<(), &'static str> {
        check_phone(to)
    }

    async fn send(&self, to: &str, alert: &Alert, _key: &str) -> Result<Handed, Failure> {
        let fitted = sms::fit(words(alert)?, alert.link.as_deref(), self.segments_max, *TEXT_CHARS.end());
        if fitted.text.chars().count() < *TEXT_CHARS.start() {
            return Err(refused(codes::MALFORMED, "the text is shorter than two characters"));
        }
        let mut body = json!({ "number": digits(to)?, "text": fitted.text, "sign": self.sign });
        if let Some(url) = &self.hook_url {
            body["callbackUrl"] = url.as_str().into();
            body["callbackFormat"] = "JSON".into();
        }
        let said = self.call("sms/send", &body, Care::Sends).await?;
        let sms = first(&said["data"]);
        let Some(id) = id(&sms["id"]) else {
            return Err(strange("the answer names no message".to_owned(), Care::Sends));
        };
        Ok(Handed {
            vendor_id: Some(id),
            delivery: sms["status"].as_i64().map_or(Delivery::Accepted, delivery),
            price_kop: kopecks(&sms["cost"]),
            segments: fitted.segments,
            is_cut: fitted.is_cut,
        })
    }

    async fn look(&self, _to: &str, vendor_id: &str) -> Result<Option<Delivery>, Failure> {
        let id: u64 = vendor_id.parse().map_err(|_| refused(codes::GONE, "an id of SMS Aero is a number"))?;
        let said = self.call("sms/status", &json!({ "id": id }), Care::Asks).await?;
        match first(&said["data"])["status"].as_i64() {
            Some(status) => Ok(Some(delivery(status))),
            None => Err(strange("the answer has no status".to_owned(), Care::Asks)),
        }
    }

    /// The vendor signs nothing.
    fn verify(&self, _hook: &Hook<'_>) -> Result<(), Forged> {
        Ok(())
    }

    /// Takes JSON, as we ask for, and a form as well: the vendor's own default is not written down.
    fn parse(&self, body: &[u8]) -> Result<Vec<DeliveryReport>, ParseProblem> {
        let (vendor_id, status) = match serde_json::from_slice::<Value>(body) {
            Ok(said) => (id(&said["id"]), id(&said["status"])),
            Err(_) => {
                let pairs = form::decode(body);
                let own = |name| form::only(&pairs, name).map(str::to_owned);
                (own("id"), own("status"))
            }
        };
        let status = status.and_then(|status| status.parse().ok());
        match (vendor_id, status) {
            (Some(vendor_id), Some(status)) => Ok(vec![DeliveryReport { vendor_id, delivery: delivery(status) }]),
            _ => Err(ParseProblem("a report has an id and a status".to_owned())),
        }
    }

    async fn check(&self) -> Result<Vec<String>, Failure> {
        let said = self.call("balance", &json!({}), Care::Asks).await?;
        let mut lines = vec![match kopecks(&said["data"]["balance"]) {
            Some(left) => format!("SMS Aero принимает ключ. На счёте {}.", roubles(left)),
            None => "SMS Aero принимает ключ.".to_owned(),
        }];
        lines.push(format!("Имя отправителя «{}» проверится при первой отправке.", self.sign));
        Ok(lines)
    }
}

impl SmsAero {
    async fn call(&self, path: &str, body: &Value, care: Care) -> Result<Value, Failure> {
        let said = self.door.json(path, body, &self.authorization, care).await?;
        match (said["success"].as_bool(), said["result"].as_str()) {
            (Some(true), _) => Ok(said),
            (Some(false), _) => Err(self.failure(&said["message"].to_string().to_lowercase())),
            (None, Some("no credits")) => Err(self.door.money_problem("SMS Aero said: no credits".to_owned())),
            (None, Some("reject")) => Err(self.failure(&said["reason"].to_string().to_lowercase())),
            _ => Err(strange("the answer is not SMS Aero's".to_owned(), care)),
        }
    }

    /// The vendor's words tell cases apart; they may quote number and text, so nobody repeats them.
    fn failure(&self, words: &str) -> Failure {
        let has = |any: &[&str]| any.iter().any(|word| words.contains(word));
        let why = |what: &str| format!("SMS Aero refused: {what}");
        if has(&["credit", "balance", "money", "недостаточно", "средств"]) {
            return self.door.money_problem(why("no money"));
        }
        if has(&["auth", "авторизация", "авторизации", "api key", "api_key"]) {
            return self.door.key_problem(why("the key"));
        }
        if has(&["sign", "sender", "подпись", "подписи", "отправитель", "отправителя"])
        {
            return Failure::Broken { why: why("the sender's name"), hint: SENDER };
        }
        if has(&["number", "phone", "номер"]) {
            return unreachable(&why("the number"));
        }
        refused("smsaero", &why("no known reason"))
    }
}

/// Several numbers give a list, one gives an object.
fn first(data: &Value) -> &Value {
    if data.is_array() { &data[0] } else { data }
}

/// 0 and 1 are in the vendor's library; 2 and 6 are what people report of it. Any other is under way.
fn delivery(status: i64) -> Delivery {
    match status {
        1 => Delivery::Delivered,
        2 => Delivery::Failed { why: "телефон был выключен или вне сети" },
        6 => Delivery::Failed { why: "SMS отклонено оператором" },
        _ => Delivery::Accepted,
    }
}
