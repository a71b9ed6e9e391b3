//! YCLIENTS: the salon's schedule lives there, so free times are read there and a visit stands once it is written there.
//!
//! With the partner's token alone the times offered by online booking are read, and visits are written the way its
//! widget does; with a user's token the journal itself is read. The SMS code of a branch that confirms phones, group
//! events, webhooks and the marketplace are not spoken. Source: developers.yclients.com (snapshot of 2025-11-25) and
//! PyPI `yclients` 0.1.1, read 2026-11-22. Nobody has called a live account yet.

mod call;
mod catalogue;
mod check;
mod company;
mod doubt;
mod journal;
mod offers;
mod online;
mod ours;
mod pace;
mod read;
mod reading;
mod record;
mod take;
mod times;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use nochnik_core::values::{ServiceId, SpecialistId};
use sha2::{Digest, Sha256};

use self::call::Account;
use self::company::Company;
use self::doubt::Doubts;
use self::offers::Offers;
use self::ours::{Cursor, Ours};
use self::reading::Reading;
use super::OpenContext;
use crate::failure::Failure;
use crate::ports::{Calendar, Catalogue, Changes, EventRef, Field, Kind, Limits, Pace, Span, Visit};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "yclients",
    title: "YCLIENTS",
    fields: FIELDS,
    limits: Limits { text_chars_max: 1_000, buttons_max: 0, label_chars_max: 0 },
    can_poll: true,
    has_hook: false,
    is_for_staff: false,
    notice: Some(
        "Расписание ведёт YCLIENTS: Ночник предлагает только то время, которое свободно там. Нужен ключ партнёра; на живом филиале ещё не проверено (2026 год).",
    ),
};

const FIELDS: &[Field] = &[
    field("company", "Номер филиала", "Число из адреса журнала записи в YCLIENTS", true),
    field("partner_token", "Ключ партнёра", "Кабинет разработчика YCLIENTS → настройки аккаунта", true),
    field("user_token", "Ключ пользователя", "Отдельного пользователя «Ночник» с правами на журнал; без ключа хватает онлайн-записи", false),
    field("partner_id", "Номер партнёра", "Только если YCLIENTS отвечает «partner id not specified»", false),
    field("base_url", "Адрес API", "По умолчанию https://api.yclients.ru/api/v1", false),
    field("staff", "Мастера", "Наши мастера и их номера в YCLIENTS: anna = 6544; заполнит кнопка «Взять услуги и мастеров»", false),
    field("services", "Услуги", "Наши услуги и их номера в YCLIENTS: manicure = 331; заполнит та же кнопка", false),
    field("book_by", "Как записывать", "online — по правилам онлайн-записи (по умолчанию), journal — прямо в журнал", false),
    field("proxy", "Прокси", "http://адрес:порт или socks5h://адрес:порт", false),
    field("extra_ca", "Корневой сертификат", "Путь к файлу PEM, если сеть подменяет сертификаты", false),
];

const fn field(name: &'static str, title: &'static str, help: &'static str, is_required: bool) -> Field {
    // A proxy's address may hold a password.
    let is_secret = matches!(name.as_bytes(), b"partner_token" | b"user_token" | b"proxy");
    let is_address = matches!(name.as_bytes(), b"base_url" | b"proxy");
    Field { name, title, help, is_required, is_secret, is_address }
}

/// What may leave our address in a second; the requests within a call are counted by `pace.rs`. A visit is looked for,
/// checked and written.
const PACE: Pace = Pace { burst: 5, per_s: 3.0, parallel: 2, requests: 3 };

/// Why YCLIENTS did not do what was asked; beside [`codes`](crate::failure::codes), for people to read.
pub mod refusals {
    /// The client is in the branch's black list: a person should speak with them.
    pub const BLACKLISTED: &str = "blacklisted";
    /// Only a person can write this visit: the branch wants what we have not.
    pub const NEEDS_PERSON: &str = "needs_person";
    /// The branch does not let clients change or cancel this visit any more.
    pub const NOT_ALLOWED: &str = "not_allowed";
    /// YCLIENTS does not take the client's number.
    pub const PHONE: &str = "phone";
    /// Online booking does not offer the service any more.
    pub const NOT_BOOKABLE: &str = "not_bookable";
}

/// The two families of calls: the widget's, and the administrator's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Online,
    Journal,
}

/// The entry's own choices.
struct Options {
    /// Our specialists by the numbers they have there.
    staff: BTreeMap<i64, SpecialistId>,
    services: BTreeMap<ServiceId, i64>,
    way: Way,
}

impl Options {
    fn read(settings: &Settings<'_>) -> Result<Self, SettingsProblem> {
        let mut staff = BTreeMap::new();
        for (ours, id) in settings.ids("staff")? {
            if let Some(other) = staff.insert(id, SpecialistId::new(ours.as_str())) {
                let text = format!("Номер {id} указан дважды: у «{other}» и у «{ours}»");
                return Err(settings.problem("staff", &text));
            }
        }
        let services = settings.ids("services")?;
        let services = services.into_iter().map(|(ours, id)| (ServiceId::new(ours), id)).collect();
        let way = settings.choice("book_by", &[("online", Way::Online), ("journal", Way::Journal)])?;
        if way == Way::Journal && settings.text("user_token")?.is_none() {
            return Err(settings.problem("book_by", "Запись прямо в журнал требует ключа пользователя (user_token)"));
        }
        Ok(Self { staff, services, way })
    }

    fn staff_id(&self, specialist: &SpecialistId) -> Option<i64> {
        self.staff.iter().find(|(_, ours)| *ours == specialist).map(|(id, _)| *id)
    }

    /// Another text where other events would be told of.
    fn name(&self, account: &Account) -> String {
        let text = format!("{} {} {:?} {:?}", account.company, account.has_user(), self.staff, self.services);
        Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

struct Yclients {
    account: Account,
    options: Options,
    company: company::Known,
    offers: Offers,
    ours: Mutex<Ours>,
    doubts: Doubts,
    /// Days of masters whose times we have just changed, or were told are others.
    stale: Mutex<BTreeSet<(i64, Date)>>,
    /// One reading at a time.
    reading: tokio::sync::Mutex<Reading>,
}

pub(super) fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Arc<dyn Calendar>, SettingsProblem> {
    Ok(Arc::new(Yclients {
        account: Account::open(settings, context)?,
        options: Options::read(settings)?,
        company: company::Known::default(),
        offers: Offers::default(),
        ours: Mutex::default(),
        doubts: Doubts::default(),
        stale: Mutex::default(),
        reading: tokio::sync::Mutex::default(),
    }))
}

impl Yclients {
    fn ours(&self) -> MutexGuard<'_, Ours> {
        self.ours.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stale(&self, staff: i64, at: Timestamp, company: &Company) {
        let day = company.zone.to_datetime(at).date();
        self.stale.lock().unwrap_or_else(PoisonError::into_inner).insert((staff, day));
    }
}

#[async_trait]
impl Calendar for Yclients {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn destination(&self) -> String {
        self.account.destination()
    }

    fn pace(&self) -> Pace {
        PACE
    }

    fn decides(&self) -> bool {
        true
    }

    /// A reading that was cut off goes on from there at the next call.
    async fn changes(&self, cursor: Option<&str>, span: Span) -> Result<Changes, Failure> {
        let company = self.company.get(&self.account).await?;
        let mut reading = self.reading.lock().await;
        reading.begin(self.account.now());
        reading.drop_stale(std::mem::take(&mut self.stale.lock().unwrap_or_else(PoisonError::into_inner)));
        let known = cursor.and_then(Cursor::read);
        if let Some(known) = &known {
            self.ours().note_all(&known.ours);
        }
        let of = self.options.name(&self.account);
        let known = known.filter(|known| known.of == of);
        let seen = if self.account.has_user() {
            self.journal(&company, known, span, &mut reading).await?
        } else {
            self.online(&company, known.is_none(), span, &mut reading).await?
        };
        reading.finish();
        let mut ours = self.ours();
        ours.trim(self.account.now());
        let cursor = Cursor { of, changed: seen.changed, to: seen.to, ours: ours.clone() };
        Ok(Changes { events: seen.events, cursor: cursor.write(), is_whole: seen.is_whole })
    }

    async fn put(&self, visit: &Visit, known: Option<&EventRef>) -> Result<EventRef, Failure> {
        match known {
            None => self.create(visit).await,
            Some(known) => self.change(visit, known).await,
        }
    }

    async fn remove(&self, known: &EventRef) -> Result<(), Failure> {
        self.delete(known).await
    }

    fn catalogue(&self) -> Option<&dyn Catalogue> {
        Some(self)
    }

    async fn check(&self) -> Result<Vec<String>, Failure> {
        check::check(&self.account, &self.options).await
    }
}
