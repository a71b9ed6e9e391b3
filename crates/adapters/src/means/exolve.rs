//! MTS Exolve: SMS. Receipts are not in what was read of its documentation, so there are none here:
//! whoever waits for an answer waits for the person's own.
//!
//! Source: docs.exolve.ru, read 2026-11-22; `contracts/sms/`. The name of the answer's `message_id` is
//! not among what was read: an answer without it counts as unknown.

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::header::HeaderValue;
use serde_json::json;

use super::door::{Care, Door, Hints, strange};
use super::fields::{
    BASE_URL, BURST, EXTRA_CA, LIMITS, PARALLEL, PER_S, PROXY, SEGMENTS_MAX, check_phone, digits, field, id, words,
};
use super::{OpenContext, sms};
use crate::failure::Failure;
use crate::ports::{Alert, Delivery, Handed, Kind, Notifier, Pace, Way};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "exolve",
    title: "МТС Exolve",
    fields: &[
        field("token", "Ключ приложения", "Из кабинета МТС Exolve, приложение → «API-ключ»", true),
        field("number", "Отправитель", "Арендованный номер 79581112233 или согласованное имя", true),
        SEGMENTS_MAX,
        BASE_URL,
        PROXY,
        EXTRA_CA,
        PER_S,
        BURST,
        PARALLEL,
    ],
    limits: LIMITS,
    can_poll: false,
    has_hook: false,
    is_for_staff: false,
    notice: Some(
        "Имя отправителя дают только юридическому лицу или ИП. О доставке МТС Exolve не сообщает (ноябрь 2026 года).",
    ),
};

const PACE: Pace = Pace { burst: 5, per_s: 5.0, parallel: 2, requests: 1 };
const HINTS: Hints = Hints {
    key: "МТС Exolve не принимает ключ приложения. Возьмите новый в кабинете и замените его в Настройках → Связь.",
    money: "На счёте МТС Exolve кончились деньги. Пополните его в кабинете МТС Exolve.",
    address: "По этому адресу МТС Exolve не отвечает. Проверьте поле «Адрес»: по умолчанию https://api.exolve.ru/.",
};

pub(super) fn open(settings: &Settings<'_>, _context: &OpenContext) -> Result<Arc<dyn Notifier>, SettingsProblem> {
    let token = settings.required("token")?;
    let mut authorization = HeaderValue::from_str(&format!("Bearer {token}"))
        .map_err(|_| settings.problem("token", "В ключе есть недопустимые символы: скопируйте его ещё раз"))?;
    authorization.set_sensitive(true);
    Ok(Arc::new(Exolve {
        door: Door::open(settings, "https://api.exolve.ru/", HINTS)?,
        authorization,
        number: settings.required("number")?.to_owned(),
        segments_max: sms::segments_max(settings)?,
        pace: settings.pace(PACE)?,
    }))
}

struct Exolve {
    door: Door,
    authorization: HeaderValue,
    number: String,
    segments_max: u32,
    pace: Pace,
}

#[async_trait]
impl Notifier for Exolve {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn way(&self) -> Way {
        Way::Sms
    }

    fn destination(&self) -> String {
        self.door.destination(KIND.name, &self.number)
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn check_address(&self, to: &str) -> Result<(), &'static str> {
        check_phone(to)
    }

    async fn send(&self, to: &str, alert: &Alert, _key: &str) -> Result<Handed, Failure> {
        let fitted = sms::fit(words(alert)?, alert.link.as_deref(), self.segments_max, usize::MAX);
        let body = json!({ "number": self.number, "destination": digits(to)?, "text": fitted.text });
        let said = self.door.json("messaging/v1/SendSMS", &body, &self.authorization, Care::Sends).await?;
        let Some(id) = id(&said["message_id"]) else {
            return Err(strange("the answer names no message".to_owned(), Care::Sends));
        };
        Ok(Handed {
            vendor_id: Some(id),
            delivery: Delivery::Accepted,
            price_kop: None,
            segments: fitted.segments,
            is_cut: fitted.is_cut,
        })
    }

    /// Sends nothing: no call that changes nothing is documented.
    async fn check(&self) -> Result<Vec<String>, Failure> {
        Ok(vec![format!(
            "SMS пойдут через МТС Exolve от «{}». Ключ и деньги проверятся при первой отправке.",
            self.number
        )])
    }
}
