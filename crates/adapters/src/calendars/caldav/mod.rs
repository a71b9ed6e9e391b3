//! A calendar by CalDAV: Yandex, Nextcloud, Radicale and whoever else speaks it.
//!
//! Visits are written under a name made of the booking, always on a condition, and read back; foreign events are only
//! busy time. Invitations, alarms and tasks are not spoken of. Source: RFC 4791, 5545, 6578, 6764; what Radicale 3.9.0
//! answers was measured, Yandex and Nextcloud are taken from the reports of others, read 2026-11-22.

mod call;
mod cursor;
mod discovery;
mod hosts;
mod href;
mod ical;
mod multistatus;
mod queries;
mod sync;
mod write;
mod xml;

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::HeaderValue;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use tracing::warn;

use self::call::Talk;
use self::discovery::{Absence, Found, Wish};
use self::ical::Draft;
use self::sync::{Harvest, Reader, Trouble, vanished};
use self::write::Writer;
use super::OpenContext;
use crate::failure::Failure;
use crate::http::Http;
use crate::ports::{Calendar, Changes, EventRef, Field, Kind, Limits, Pace, Span, Visit};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "caldav",
    title: "Календарь CalDAV (Яндекс, Nextcloud)",
    fields: FIELDS,
    limits: Limits { text_chars_max: usize::MAX, buttons_max: 0, label_chars_max: 0 },
    can_poll: true,
    has_hook: false,
    is_for_staff: false,
    notice: Some(
        "Нужен пароль приложения, обычный пароль Яндекс не примет. Имя и телефон клиента попадают в календарь, только если \
         включить show_clients: тогда календарь должен храниться в России (152-ФЗ). На живых Яндексе и Nextcloud ещё не \
         проверено (2026 год).",
    ),
};

const FIELDS: &[Field] = &[
    field(
        "url",
        "Адрес сервера или календаря",
        "Яндекс: https://caldav.yandex.ru. Nextcloud: Календарь → Настройки календаря → Скопировать основной адрес CalDAV",
        true,
    ),
    field("login", "Логин", "Яндекс: адрес почты целиком, salon@yandex.ru. Nextcloud: имя пользователя", true),
    field(
        "password",
        "Пароль приложения",
        "Яндекс: id.yandex.ru → Безопасность → Пароли приложений → Создать → «Календарь CalDAV»; действует не сразу, через \
         2–3 часа. Nextcloud: Настройки → Безопасность → Устройства и сеансы → Создать новый пароль приложения",
        true,
    ),
    field("calendar", "Какой календарь", "Название или адрес, если в учётной записи их несколько", false),
    field(
        "show_clients",
        "Имя и телефон клиента в событии",
        "true — показывать; по умолчанию в календаре только «Занято (Ночник)» и номер записи",
        false,
    ),
    field("zone", "Часовой пояс", "Для событий на целый день: Europe/Moscow (по умолчанию), Asia/Omsk…", false),
    field("proxy", "Прокси", "http://адрес:порт или socks5h://адрес:порт", false),
    field("extra_ca", "Корневой сертификат", "Путь к файлу PEM, если у сервера свой центр сертификации", false),
];

const fn field(name: &'static str, title: &'static str, help: &'static str, is_required: bool) -> Field {
    // A proxy's address may hold a password.
    let is_secret = matches!(name.as_bytes(), b"password" | b"proxy");
    let is_address = matches!(name.as_bytes(), b"url" | b"proxy");
    Field { name, title, help, is_required, is_secret, is_address }
}

/// What the live check reads ahead.
const CHECKED: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(super) fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Arc<dyn Calendar>, SettingsProblem> {
    let mut url = settings.url("url", "")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(settings.problem("url", "Логин и пароль пишутся в свои поля, а не в адрес"));
    }
    url.set_query(None);
    url.set_fragment(None);
    let login = settings.required("login")?;
    if login.contains(':') {
        return Err(settings.problem("login", "В логине не бывает двоеточия"));
    }
    let pair = STANDARD.encode(format!("{login}:{}", settings.required("password")?));
    let mut authorization = HeaderValue::from_str(&format!("Basic {pair}"))
        .map_err(|_| settings.problem("password", "В пароле есть лишние знаки: скопируйте его ещё раз"))?;
    authorization.set_sensitive(true);
    let zone = settings.text("zone")?.unwrap_or("Europe/Moscow");
    let zone = TimeZone::get(zone)
        .map_err(|_| settings.problem("zone", "Такого часового пояса нет: он пишется как Europe/Moscow"))?;
    Ok(Arc::new(CalDav {
        talk: Talk { http: Http::open(settings, &url)?, authorization, timeout: hosts::timeout(&url) },
        wish: Wish {
            login: login.to_owned(),
            calendar: settings.text("calendar")?.map(str::to_owned),
            found: Mutex::new(None),
            url,
        },
        zone,
        show_clients: settings.flag("show_clients")?,
        now: context.now.clone(),
    }))
}

struct CalDav {
    talk: Talk,
    wish: Wish,
    zone: TimeZone,
    show_clients: bool,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

#[async_trait]
impl Calendar for CalDav {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    /// The login is a person's address, so it is there only as a digest.
    fn destination(&self) -> String {
        let digest = Sha256::digest(self.wish.login.as_bytes());
        let account: String = digest[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        let port = self.wish.url.port_or_known_default().unwrap_or_default();
        format!("calendar:caldav:{}:{port}:{account}", self.host())
    }

    fn pace(&self) -> Pace {
        hosts::pace(&self.wish.url)
    }

    async fn changes(&self, cursor: Option<&str>, span: Span) -> Result<Changes, Failure> {
        let harvest = self.read(cursor, span).await?;
        if harvest.unreadable > 0 {
            warn!(events = harvest.unreadable, "Passed over events of a calendar that cannot be read");
        }
        Ok(harvest.changes)
    }

    async fn put(&self, visit: &Visit, known: Option<&EventRef>) -> Result<EventRef, Failure> {
        let draft = Draft::of(visit, self.show_clients);
        let found = self.wish.find(&self.talk).await?;
        let writer = self.writer(&found);
        let done = match known {
            None => writer.create(&draft).await,
            Some(known) => writer.update(&draft, known).await,
        };
        self.noted(&found, done).await
    }

    async fn remove(&self, known: &EventRef) -> Result<(), Failure> {
        let found = self.wish.find(&self.talk).await?;
        let done = self.writer(&found).remove(known).await;
        self.noted(&found, done).await
    }

    async fn check(&self) -> Result<Vec<String>, Failure> {
        let found = match self.wish.find(&self.talk).await {
            Ok(found) => found,
            Err(Absence::Unclear { names, hint }) => {
                let names: Vec<String> = names.iter().map(|name| format!("«{name}»")).collect();
                return Ok(vec![hint.to_owned(), format!("В учётной записи есть: {}.", names.join(", "))]);
            }
            Err(Absence::Failed(failure)) => return Err(failure),
        };
        let now = (self.now)();
        let span = Span { from: now, to: now.checked_add(CHECKED).unwrap_or(now) };
        let harvest = self.read(None, span).await?;
        let mut lines = vec![format!("Календарь «{}» на {} открыт.", found.name, self.host())];
        if !found.is_writable {
            lines.push("Записывать в него нельзя: откройте доступ на изменение или выберите другой календарь.".to_owned());
        }
        lines.push(format!("На месяц вперёд событий: {}.", harvest.changes.events.len()));
        if harvest.unreadable > 0 {
            lines.push(format!("Не читаются и время не занимают: {}.", harvest.unreadable));
        }
        if self.show_clients {
            lines.push("В событиях видны имя и телефон клиента.".to_owned());
        }
        Ok(lines)
    }
}

impl CalDav {
    fn host(&self) -> &str {
        self.wish.url.host_str().unwrap_or_default()
    }

    /// A calendar that is not where it was is looked for once more.
    async fn read(&self, cursor: Option<&str>, span: Span) -> Result<Harvest, Failure> {
        for _ in 0..2 {
            let found = self.wish.find(&self.talk).await?;
            let reader = Reader { talk: &self.talk, found: &found, zone: &self.zone };
            match reader.read(cursor, span).await {
                Ok(harvest) => return Ok(harvest),
                Err(Trouble::Failed(failure)) => return Err(failure),
                Err(Trouble::Gone) => self.wish.forget(&found).await,
            }
        }
        Err(vanished())
    }

    fn writer<'a>(&'a self, found: &'a Found) -> Writer<'a> {
        Writer { talk: &self.talk, found, zone: &self.zone, now: (self.now)() }
    }

    /// After a write that found no calendar the next one looks for it anew.
    async fn noted<T>(&self, found: &Found, done: Result<T, Failure>) -> Result<T, Failure> {
        if matches!(&done, Err(failure) if *failure == vanished()) {
            self.wish.forget(found).await;
        }
        done
    }
}
