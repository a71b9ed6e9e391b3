//! SMS.RU: one POST, receipts by a signed webhook or by asking.
//!
//! It has no idempotency: what ended unknown may have gone out, and a repeat is a second, paid SMS.
//! Source: sms.ru/api pages and PyPI smsru_api 1.4.1, read 2026-11-22; `contracts/sms/`.

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::door::{Care, Door, Hints, strange};
use super::fields::{
    BASE_URL, BURST, EXTRA_CA, LIMITS, PARALLEL, PER_S, PROXY, SEGMENTS_MAX, check_phone, digits, field, kopecks,
    refused, roubles, unreachable, words,
};
use super::{OpenContext, sms};
use crate::form;
use crate::failure::{Failure, Scope, codes};
use crate::ports::{
    Alert, Delivery, DeliveryReport, Forged, Handed, Hook, HookAnswer, Kind, Notifier, Pace, ParseProblem, Way,
};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "smsru",
    title: "SMS.RU",
    fields: &[
        field("api_id", "Ключ API", "Из кабинета SMS.RU, раздел «API»: 11111111-2222-…", true),
        field("from", "Имя отправителя", "Согласованное в SMS.RU; без него — общее имя сервиса", false),
        field(
            "mode",
            "Как отправлять",
            "live — по-настоящему (по умолчанию), test — SMS.RU принимает, но не отправляет",
            false,
        ),
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
const ACCEPTED: i64 = 100;
/// A Russian number, or another of the same length: SMS.RU takes no other.
const NUMBER_DIGITS: usize = 11;
const HINTS: Hints = Hints {
    key: "SMS.RU не принимает ключ. Возьмите api_id в кабинете SMS.RU и замените его в Настройках → Связь.",
    money: "На счёте SMS.RU кончились деньги. Пополните его в кабинете SMS.RU.",
    address: "По этому адресу SMS.RU не отвечает. Проверьте поле «Адрес» в Настройках → Связь.",
};
const SENDER: &str =
    "SMS.RU не согласовал имя отправителя. Согласуйте его в кабинете SMS.RU или очистите поле «Имя отправителя».";

pub(super) fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Arc<dyn Notifier>, SettingsProblem> {
    Ok(Arc::new(SmsRu {
        door: Door::open(settings, "https://sms.ru/", HINTS)?,
        api_id: SecretString::from(settings.required("api_id")?),
        from: settings.text("from")?.map(str::to_owned),
        is_test: settings.choice("mode", &[("live", false), ("test", true)])?,
        hook_url: context.hook_url.clone(),
        segments_max: sms::segments_max(settings)?,
        pace: settings.pace(PACE)?,
    }))
}

struct SmsRu {
    door: Door,
    api_id: SecretString,
    from: Option<String>,
    is_test: bool,
    hook_url: Option<String>,
    segments_max: u32,
    pace: Pace,
}

#[async_trait]
impl Notifier for SmsRu {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn way(&self) -> Way {
        Way::Sms
    }

    fn destination(&self) -> String {
        self.door.destination(KIND.name, self.api_id.expose_secret())
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn check_address(&self, to: &str) -> Result<(), &'static str> {
        check_phone(to)?;
        number(to).map(drop).map_err(|_| "SMS.RU отправляет только на номера из 11 цифр: +79281234567")
    }

    async fn send(&self, to: &str, alert: &Alert, _key: &str) -> Result<Handed, Failure> {
        let number = number(to)?;
        let fitted = sms::fit(words(alert)?, alert.link.as_deref(), self.segments_max, usize::MAX);
        let mut pairs = vec![("to", number), ("text", fitted.text.as_str())];
        pairs.extend(self.from.as_deref().map(|from| ("from", from)));
        if self.is_test {
            pairs.push(("test", "1"));
        }
        let said = self.call("sms/send", &pairs, Care::SendsOrFails).await?;
        let sms = &said["sms"][number];
        self.check_code(sms, Care::SendsOrFails)?;
        let Some(id) = sms["sms_id"].as_str() else {
            return Err(strange("the answer names no message".to_owned(), Care::Sends));
        };
        Ok(Handed {
            vendor_id: Some(id.to_owned()),
            delivery: Delivery::Accepted,
            price_kop: kopecks(&sms["cost"]),
            segments: fitted.segments,
            is_cut: fitted.is_cut,
        })
    }

    async fn look(&self, _to: &str, vendor_id: &str) -> Result<Option<Delivery>, Failure> {
        let said = self.call("sms/status", &[("sms_id", vendor_id)], Care::Asks).await?;
        let sms = &said["sms"][vendor_id];
        match sms["status_code"].as_i64() {
            Some(code) => Ok(delivery(code)),
            None => Err(strange("the answer has no status".to_owned(), Care::Asks)),
        }
    }

    /// `hash` is hex SHA-256 of the key followed by all entries in order. It says nothing of when.
    fn verify(&self, hook: &Hook<'_>) -> Result<(), Forged> {
        let pairs = form::decode(hook.body);
        let theirs = form::only(&pairs, "hash").ok_or(Forged)?;
        let mut digest = Sha256::new().chain_update(self.api_id.expose_secret());
        for entry in entries(&pairs) {
            digest.update(entry);
        }
        let ours: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        if bool::from(ours.as_bytes().ct_eq(theirs.to_ascii_lowercase().as_bytes())) { Ok(()) } else { Err(Forged) }
    }

    fn parse(&self, body: &[u8]) -> Result<Vec<DeliveryReport>, ParseProblem> {
        let pairs = form::decode(body);
        if entries(&pairs).next().is_none() {
            return Err(ParseProblem("a report has data[0]".to_owned()));
        }
        Ok(entries(&pairs).filter_map(report).collect())
    }

    fn hook_answer(&self) -> HookAnswer {
        HookAnswer { status: 200, body: "100" }
    }

    /// Leaves foreign addresses of the account alone: only our own one is taken off.
    async fn subscribe(&self, hook_url: Option<&str>) -> Result<(), Failure> {
        let (path, url) = match (hook_url, &self.hook_url) {
            (Some(url), _) => ("callback/add", url),
            (None, Some(own)) => ("callback/del", own.as_str()),
            (None, None) => return Ok(()),
        };
        self.call(path, &[("url", url)], Care::Asks).await.map(drop)
    }

    async fn check(&self) -> Result<Vec<String>, Failure> {
        let balance = self.call("my/balance", &[], Care::Asks).await?;
        let mut lines = vec![match kopecks(&balance["balance"]) {
            Some(left) => format!("SMS.RU принимает ключ. На счёте {}.", roubles(left)),
            None => "SMS.RU принимает ключ.".to_owned(),
        }];
        if let Some(from) = &self.from {
            let senders = self.call("my/senders", &[], Care::Asks).await?;
            let is_known = senders["senders"].as_array().is_some_and(|all| all.iter().any(|own| own == from.as_str()));
            lines.push(if is_known {
                format!("Имя отправителя «{from}» согласовано.")
            } else {
                SENDER.to_owned()
            });
        }
        if self.is_test {
            lines.push("Включён проверочный режим: SMS никому не придут.".to_owned());
        }
        Ok(lines)
    }
}

impl SmsRu {
    async fn call(&self, path: &str, pairs: &[(&str, &str)], care: Care) -> Result<Value, Failure> {
        let mut all = vec![("api_id", self.api_id.expose_secret()), ("json", "1")];
        all.extend_from_slice(pairs);
        let said = self.door.form(path, &all, care).await?;
        self.check_code(&said, care)?;
        Ok(said)
    }

    /// `OK` outside with `ERROR` inside is normal: both levels are looked at.
    fn check_code(&self, level: &Value, care: Care) -> Result<(), Failure> {
        let code = level["status_code"].as_i64();
        match (level["status"].as_str(), code) {
            (Some("OK"), Some(ACCEPTED..=103)) => Ok(()),
            (Some("ERROR"), Some(code)) => Err(self.failure(code)),
            _ => Err(strange("the answer is not SMS.RU's".to_owned(), care)),
        }
    }

    /// Codes from 200 on but 220 are from client libraries, not from a page of the vendor's.
    fn failure(&self, code: i64) -> Failure {
        let why = format!("SMS.RU said {code}");
        match code {
            200 | 300..=302 => self.door.key_problem(why),
            201 => self.door.money_problem(why),
            202 | 207 => unreachable(&why),
            203 => refused(codes::MALFORMED, &why),
            204 => Failure::Broken { why, hint: SENDER },
            220 => Failure::Later { after: None, scope: Scope::Destination, why },
            230..=232 => refused(codes::TOO_OFTEN, &why),
            code => refused(&format!("smsru_{code}"), &why),
        }
    }
}

fn number(to: &str) -> Result<&str, Failure> {
    let digits = digits(to)?;
    if digits.len() == NUMBER_DIGITS { Ok(digits) } else { Err(unreachable("SMS.RU takes numbers of 11 digits")) }
}

/// `data[0]`, `data[1]` and so on, as far as they go without a gap.
fn entries(pairs: &[(String, String)]) -> impl Iterator<Item = &str> {
    (0..).map_while(|n| form::only(pairs, &format!("data[{n}]")))
}

/// Lines of an entry: kind, id, code, Unix time.
fn report(entry: &str) -> Option<DeliveryReport> {
    let mut lines = entry.lines().map(str::trim);
    let (Some("sms_status"), Some(id), Some(code)) = (lines.next(), lines.next(), lines.next()) else { return None };
    Some(DeliveryReport { vendor_id: id.to_owned(), delivery: delivery(code.parse().ok()?)? })
}

/// `None` for a message SMS.RU does not know. What a code means beyond 100, 103 and 104 is from
/// client libraries: a code nobody named counts as still under way.
fn delivery(code: i64) -> Option<Delivery> {
    let failed = |why| Some(Delivery::Failed { why });
    match code {
        -1 => None,
        103 => Some(Delivery::Delivered),
        104 => failed("телефон был выключен или вне сети, срок SMS вышел"),
        105 => failed("SMS удалил оператор"),
        106 => failed("сбой в телефоне получателя"),
        107 => failed("оператор не назвал причины"),
        108 => failed("SMS отклонено"),
        _ => Some(Delivery::Accepted),
    }
}
