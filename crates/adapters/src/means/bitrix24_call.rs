//! A call by the telephony of a Bitrix24 portal: the text is read, no key is taken.
//!
//! Goes by the same way as the cards, and at the same pace. A repeat rings again: after an unknown end
//! nothing tells whether it rang, since only the answer that was lost names the call.
//! Source: b24-rest-docs `voximplant-infocall-start-with-text.md`, read 2026-11-22.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::fields::{EXTRA_CA, LIMITS, PARALLEL, PROXY, check_phone, digits, field, refused, unreachable, words};
use super::{OpenContext, speech};
use crate::bitrix24::call::{Care, Portal, Said};
use crate::failure::Failure;
use crate::ports::{Alert, Delivery, Handed, Kind, Notifier, Pace, Way};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "bitrix24_call",
    title: "Битрикс24: звонок",
    fields: &[
        field("webhook_url", "Входящий вебхук", "https://портал.bitrix24.ru/rest/1/код/ — с правом «Телефония»", true),
        field("line", "Линия", "Код линии исходящей связи: reg200411; список покажет проверка", true),
        field("voice", "Голос", "Код голоса, например ruinternalfemale; по умолчанию — голос портала", false),
        field("per_s", "Обращений в секунду", "По умолчанию 2; на тарифе «Энтерпрайз» можно 5", false),
        field("burst", "Обращений подряд", "По умолчанию 50; на тарифе «Энтерпрайз» можно 250", false),
        PARALLEL,
        PROXY,
        EXTRA_CA,
    ],
    limits: LIMITS,
    can_poll: true,
    has_hook: false,
    is_for_staff: false,
    notice: Some(
        "Нужны платный тариф, арендованный номер и деньги на телефонии портала. На автоматический звонок нужно \
         письменное согласие того, кому звонят (41-ФЗ, с 1 сентября 2025 года).",
    ),
};

/// The portal's own, as for its cards.
const PACE: Pace = Pace { burst: 50, per_s: 2.0, parallel: 1, requests: 1 };
const SCOPES: [&str; 2] = ["telephony", "call"];
const LINE: &str = "На портале Битрикс24 нет такой линии или с неё нельзя звонить роботом. Проверьте поле «Линия» в Настройках → Связь.";
const MONTH: &str =
    "На портале Битрикс24 кончились информационные звонки этого месяца. Подключите другой способ звонить.";

pub(super) fn open(settings: &Settings<'_>, _context: &OpenContext) -> Result<Arc<dyn Notifier>, SettingsProblem> {
    let pace = settings.pace(PACE)?;
    Ok(Arc::new(Bitrix24Call {
        portal: Portal::open(settings, pace.per_s)?,
        line: settings.required("line")?.to_owned(),
        voice: settings.text("voice")?.map(str::to_owned),
        pace,
    }))
}

struct Bitrix24Call {
    portal: Portal,
    line: String,
    voice: Option<String>,
    pace: Pace,
}

#[async_trait]
impl Notifier for Bitrix24Call {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn way(&self) -> Way {
        Way::Call
    }

    fn destination(&self) -> String {
        self.portal.destination()
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn check_address(&self, to: &str) -> Result<(), &'static str> {
        check_phone(to)
    }

    async fn send(&self, to: &str, alert: &Alert, _key: &str) -> Result<Handed, Failure> {
        let (text, is_cut) = speech::fit(words(alert)?);
        let mut body = json!({ "FROM_LINE": self.line, "TO_NUMBER": digits(to)?, "TEXT_TO_PRONOUNCE": text });
        if let Some(voice) = &self.voice {
            body["VOICE"] = voice.as_str().into();
        }
        let said = self.portal.call("voximplant.infocall.startwithtext", &body, Care::Changes).await?;
        let result = said.map_err(|said| failure(&said))?;
        match (result["RESULT"].as_bool(), result["CALL_ID"].as_str()) {
            (Some(true), Some(id)) => Ok(Handed {
                vendor_id: Some(id.to_owned()),
                delivery: Delivery::Accepted,
                price_kop: None,
                segments: 1,
                is_cut,
            }),
            _ => Err(Failure::Unknown { why: "the answer names no call".to_owned() }),
        }
    }

    /// A call stands in the statistics when it has ended.
    async fn look(&self, _to: &str, vendor_id: &str) -> Result<Option<Delivery>, Failure> {
        let filter = json!({ "FILTER": { "CALL_ID": vendor_id } });
        let said = self.portal.call("voximplant.statistic.get", &filter, Care::Asks).await?;
        let rows = said.map_err(|said| refused("bitrix24", &format!("the statistics: {}", said.code)))?;
        let Value::Array(rows) = rows else {
            let why = "the statistics are no list".to_owned();
            return Err(Failure::Later { after: None, scope: crate::failure::Scope::Row, why });
        };
        let row = rows.iter().find(|row| row["CALL_ID"] == vendor_id);
        Ok(Some(row.map_or(Delivery::Accepted, |row| ended(&row["CALL_FAILED_CODE"]))))
    }

    async fn check(&self) -> Result<Vec<String>, Failure> {
        let scopes = self.portal.call("scope", &json!({}), Care::Asks).await?.unwrap_or_default();
        let has_scope =
            scopes.as_array().is_some_and(|all| all.iter().any(|own| SCOPES.iter().any(|scope| own == scope)));
        if !has_scope {
            let text = "Вебхуку не хватает права «Телефония (telephony)»: отметьте его в настройках вебхука.";
            return Ok(vec![text.to_owned()]);
        }
        let lines = self.portal.call("voximplant.line.get", &json!({}), Care::Asks).await?.unwrap_or_default();
        Ok(vec![format!("Портал {} отвечает, право на телефонию есть.", self.portal.host()), self.about_line(&lines)])
    }
}

impl Bitrix24Call {
    fn about_line(&self, lines: &Value) -> String {
        let lines = lines.as_object().cloned().unwrap_or_default();
        if let Some(title) = lines.get(&self.line).and_then(Value::as_str) {
            return format!("Звонки пойдут с линии «{title}» ({}).", self.line);
        }
        if lines.is_empty() {
            return "Линии портала не видны: нужен вебхук сотрудника с правом управлять номерами.".to_owned();
        }
        let known: Vec<String> =
            lines.iter().map(|(id, title)| format!("{id} — {}", title.as_str().unwrap_or(id))).collect();
        format!("Линии {} на портале нет. Есть: {}.", self.line, known.join(", "))
    }
}

/// All refusals have one code, `ERROR_CORE`: the words tell them apart, and nobody repeats them.
fn failure(said: &Said) -> Failure {
    let words = said.text.to_lowercase();
    let has = |part: &str| words.contains(part);
    if has("find config for number") || has("find line") || has("link_base_number") {
        return Failure::Broken { why: "the portal refuses the line".to_owned(), hint: LINE };
    }
    if has("limit for this month") {
        return Failure::Broken { why: "the month's calls are used up".to_owned(), hint: MONTH };
    }
    if has("phone number is not correct") {
        return unreachable("the portal refuses the number");
    }
    refused("bitrix24", &format!("the portal did not call: {}", said.code))
}

/// By the code of a SIP answer, a number or a text.
fn ended(code: &Value) -> Delivery {
    let code = code.as_str().map_or_else(|| code.to_string(), str::to_owned);
    match code.as_str() {
        "200" => Delivery::Delivered,
        "304" => Delivery::Failed { why: "не взяли трубку" },
        "486" => Delivery::Failed { why: "номер занят" },
        "603" | "603-S" => Delivery::Failed { why: "звонок отклонён" },
        "404" | "480" | "484" => Delivery::Failed { why: "номер недоступен" },
        "402" => Delivery::Failed { why: "на телефонии портала кончились деньги" },
        _ => Delivery::Failed { why: "звонок не состоялся" },
    }
}
