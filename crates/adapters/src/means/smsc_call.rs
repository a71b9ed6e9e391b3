//! SMSC by voice: a robot calls and reads the text. Which key was pressed is not reported to us.
//!
//! Source: smsc.ru API pages, read 2026-11-22; `contracts/sms/`.

use std::sync::Arc;

use async_trait::async_trait;

use super::fields::{BASE_URL, BURST, EXTRA_CA, LIMITS, PARALLEL, PER_S, PROXY, check_phone, digits, field, words};
use super::smsc::{self, API_KEY, Account, LOGIN, PASSWORD};
use super::{OpenContext, speech};
use crate::failure::Failure;
use crate::ports::{Alert, Delivery, Handed, Kind, Notifier, Pace, Way};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "smsc_call",
    title: "SMSC: звонок",
    fields: &[
        LOGIN,
        PASSWORD,
        API_KEY,
        field("voice", "Голос", "Код голоса из кабинета SMSC; по умолчанию — голос сервиса", false),
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
    notice: Some(
        "На автоматический звонок нужно письменное согласие того, кому звонят (41-ФЗ, с 1 сентября 2025 года). \
         Нажатие клавиши не передаётся: «Беру» придёт только из мессенджера или кабинета.",
    ),
};

pub(super) fn open(settings: &Settings<'_>, _context: &OpenContext) -> Result<Arc<dyn Notifier>, SettingsProblem> {
    Ok(Arc::new(SmscCall {
        account: Account::open(settings)?,
        voice: settings.text("voice")?.map(str::to_owned),
        pace: settings.pace(smsc::PACE)?,
    }))
}

struct SmscCall {
    account: Account,
    voice: Option<String>,
    pace: Pace,
}

#[async_trait]
impl Notifier for SmscCall {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn way(&self) -> Way {
        Way::Call
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
        let (text, is_cut) = speech::fit(words(alert)?);
        let mut extra = vec![("call", "1")];
        extra.extend(self.voice.as_deref().map(|voice| ("voice", voice)));
        let sent = self.account.send(digits(to)?, &text, key, &extra).await?;
        Ok(Handed { is_cut, ..sent.into_handed() })
    }

    fn foreseen_id(&self, key: &str) -> Option<String> {
        Some(smsc::id_of(key))
    }

    async fn look(&self, to: &str, vendor_id: &str) -> Result<Option<Delivery>, Failure> {
        self.account.look(digits(to)?, vendor_id).await
    }

    async fn check(&self) -> Result<Vec<String>, Failure> {
        self.account.check().await
    }
}
