//! Zvonok.com: a robot calls, reads the text and takes a key press for «Беру».
//!
//! A postback is not signed: it is believed when the path is secret, the campaign is ours, and (the
//! caller's to see) the call is one we made. Asking by id is not documented well enough to be used.
//! Source: grafana/oncall `engine/apps/zvonok/`, read 2026-11-22; `contracts/sms/`.

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::door::{Care, Door, Hints, strange};
use super::fields::{
    BASE_URL, BURST, EXTRA_CA, LIMITS, PARALLEL, PER_S, PROXY, check_phone, digits, field, id, refused, unreachable,
    words,
};
use super::{OpenContext, speech};
use crate::form;
use crate::failure::Failure;
use crate::ports::{
    Alert, Delivery, DeliveryReport, Forged, Handed, Hook, HookAnswer, Kind, Notifier, Pace, ParseProblem, Way,
};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "zvonok",
    title: "Звонок (Zvonok.com)",
    fields: &[
        field("public_key", "Ключ API", "Из кабинета Zvonok, раздел «Профиль»", true),
        field("campaign_id", "Номер кампании", "Кампания вида «API» с ответом клавишей", true),
        field("ack_value", "Значение клавиши", "Что приходит в button при нажатии; по умолчанию 1", false),
        field("speaker", "Голос", "Имя голоса из кабинета Zvonok; по умолчанию — голос кампании", false),
        BASE_URL,
        PROXY,
        EXTRA_CA,
        PER_S,
        BURST,
        PARALLEL,
    ],
    limits: LIMITS,
    can_poll: false,
    has_hook: true,
    is_for_staff: false,
    notice: Some(
        "На автоматический звонок нужно письменное согласие того, кому звонят (41-ФЗ, с 1 сентября 2025 года). \
         В кампании укажите адрес ответа с параметрами call_id, campaign_id, status и button.",
    ),
};

const PACE: Pace = Pace { burst: 3, per_s: 1.0, parallel: 1, requests: 1 };
const HINTS: Hints = Hints {
    key: "Zvonok не принимает ключ. Возьмите новый в кабинете и замените его в Настройках → Связь.",
    money: "На счёте Zvonok кончились деньги. Пополните его в кабинете Zvonok.",
    address: "По этому адресу Zvonok не отвечает. Проверьте поле «Адрес»: по умолчанию https://zvonok.com/.",
};
const CAMPAIGN: &str =
    "Zvonok не знает такой кампании или она остановлена. Проверьте номер кампании в Настройках → Связь.";

pub(super) fn open(settings: &Settings<'_>, _context: &OpenContext) -> Result<Arc<dyn Notifier>, SettingsProblem> {
    Ok(Arc::new(Zvonok {
        door: Door::open(settings, "https://zvonok.com/", HINTS)?,
        public_key: SecretString::from(settings.required("public_key")?),
        campaign_id: settings.required("campaign_id")?.to_owned(),
        ack_value: settings.text("ack_value")?.unwrap_or("1").to_owned(),
        speaker: settings.text("speaker")?.map(str::to_owned),
        pace: settings.pace(PACE)?,
    }))
}

struct Zvonok {
    door: Door,
    public_key: SecretString,
    campaign_id: String,
    ack_value: String,
    speaker: Option<String>,
    pace: Pace,
}

#[async_trait]
impl Notifier for Zvonok {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn way(&self) -> Way {
        Way::Call
    }

    fn destination(&self) -> String {
        self.door.destination(KIND.name, self.public_key.expose_secret())
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn can_acknowledge(&self) -> bool {
        true
    }

    fn check_address(&self, to: &str) -> Result<(), &'static str> {
        check_phone(to)
    }

    async fn send(&self, to: &str, alert: &Alert, _key: &str) -> Result<Handed, Failure> {
        digits(to)?;
        let (text, is_cut) = speech::fit(words(alert)?);
        let mut pairs = vec![
            ("public_key", self.public_key.expose_secret()),
            ("campaign_id", self.campaign_id.as_str()),
            ("phone", to),
            ("text", text.as_str()),
        ];
        pairs.extend(self.speaker.as_deref().map(|speaker| ("speaker", speaker)));
        let said = self.door.query("manager/cabapi_external/api/v1/phones/call/", &pairs, Care::Sends).await?;
        match (id(&said["call_id"]), said["status"].as_str()) {
            (Some(id), _) => {
                Ok(Handed { vendor_id: Some(id), delivery: Delivery::Accepted, price_kop: None, segments: 1, is_cut })
            }
            (None, Some("error")) => Err(self.failure(&said["data"].to_string().to_lowercase())),
            (None, _) => Err(strange("the answer names no call".to_owned(), Care::Sends)),
        }
    }

    fn verify(&self, hook: &Hook<'_>) -> Result<(), Forged> {
        let pairs = form::decode(hook.body);
        let theirs = form::only(&pairs, "campaign_id").ok_or(Forged)?;
        if bool::from(self.campaign_id.as_bytes().ct_eq(theirs.as_bytes())) { Ok(()) } else { Err(Forged) }
    }

    fn parse(&self, body: &[u8]) -> Result<Vec<DeliveryReport>, ParseProblem> {
        let pairs = form::decode(body);
        let own = |name| form::only(&pairs, name).filter(|value| !value.is_empty());
        let (Some(call_id), Some(status)) = (own("call_id"), own("status")) else {
            return Err(ParseProblem("a postback has a call_id and a status".to_owned()));
        };
        let is_agreed_key = own("button") == Some(self.ack_value.as_str());
        let delivery = delivery(status, is_agreed_key);
        Ok(delivery.map(|delivery| DeliveryReport { vendor_id: call_id.to_owned(), delivery }).into_iter().collect())
    }

    fn hook_answer(&self) -> HookAnswer {
        HookAnswer { status: 204, body: "" }
    }

    /// Calls nobody: no call of the vendor's that changes nothing is documented.
    async fn check(&self) -> Result<Vec<String>, Failure> {
        Ok(vec![
            format!(
                "Звонки пойдут через кампанию {} в Zvonok. Ключ и деньги проверятся при первом звонке.",
                self.campaign_id
            ),
            format!("«Беру» по телефону — клавиша со значением button = {}.", self.ack_value),
        ])
    }
}

impl Zvonok {
    /// The vendor's words tell cases apart; they may quote the number, so nobody repeats them.
    fn failure(&self, words: &str) -> Failure {
        let has = |any: &[&str]| any.iter().any(|word| words.contains(word));
        let why = |what: &str| format!("Zvonok refused: {what}");
        if has(&["balance", "money", "funds", "баланс", "средств", "денег"]) {
            return self.door.money_problem(why("no money"));
        }
        if has(&["key", "auth", "ключ", "доступ"]) {
            return self.door.key_problem(why("the key"));
        }
        if has(&["campaign", "кампания", "кампании"]) {
            return Failure::Broken { why: why("the campaign"), hint: CAMPAIGN };
        }
        if has(&["phone", "number", "телефон", "номер"]) {
            return unreachable(&why("the number"));
        }
        refused("zvonok", &why("no known reason"))
    }
}

/// Only the agreed key acknowledges: listening to the end does not. `None` for statuses of other
/// kinds of call (a code told) and for those nobody named.
fn delivery(status: &str, is_agreed_key: bool) -> Option<Delivery> {
    let failed = |why| Some(Delivery::Failed { why });
    match status {
        "in_process" => Some(Delivery::Accepted),
        "user" if is_agreed_key => Some(Delivery::Acknowledged),
        "user" | "compl_finished" => Some(Delivery::Delivered),
        "compl_nofinished" => failed("трубку положили, не дослушав"),
        "novalid_button" => failed("нажата другая клавиша"),
        "attempts_exc" => failed("не дозвонились"),
        "interrupted" => failed("звонок прервался"),
        "duration_error" | "expires" => failed("время звонка вышло"),
        "no_provider" => failed("оператор не принял звонок"),
        "deleted" => failed("звонок удалён в кабинете Zvonok"),
        "synth_error" => failed("не удалось озвучить текст"),
        _ => None,
    }
}
