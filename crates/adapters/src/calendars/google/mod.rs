//! Google Calendar: one calendar that the owner shares with a robot, or opens by their own consent.
//!
//! Source: `contracts/google/calendar.v3.json` (revision 20261030) and the vendor's pages on synchronizing, errors,
//! versions of resources and server-to-server sign-in, read 2026-11-22.

mod account;
mod bells;
mod call;
mod changes;
mod check;
mod event;
mod read;
mod refusal;
mod robot;
mod token;
mod write;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::tz::TimeZone;

use self::account::Account;
use self::call::Door;
use super::OpenContext;
use crate::failure::Failure;
use crate::ports::{Bells, Calendar, Changes, EventRef, Field, Kind, Limits, Pace, Span, Visit};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "google",
    title: "Google Календарь",
    fields: &[
        Field {
            is_required: true,
            ..field(
                "calendar",
                "Идентификатор календаря",
                "Google Календарь → шестерёнка → Настройки → ваш календарь слева → «Интеграция календаря» → \
                 «Идентификатор календаря». Он похож на адрес почты",
            )
        },
        secret(
            "service_account",
            "Ключ робота (JSON)",
            "Google Cloud → IAM → Сервисные аккаунты → Ключи → Создать ключ → JSON: вставьте весь текст файла. Затем в \
             Google Календаре: ваш календарь → «Настройки и общий доступ» → «Доступ для пользователей» → добавьте адрес \
             робота (client_email из файла) с правом «Вносить изменения в мероприятия»",
        ),
        field(
            "client_id",
            "Идентификатор клиента",
            "Вместо робота, если владелец входит сам: Google Cloud → API и сервисы → Учётные данные → Клиент OAuth",
        ),
        secret("client_secret", "Секрет клиента", "Стоит рядом с идентификатором клиента"),
        secret("refresh_token", "Токен обновления", "Его Google выдаёт, когда владелец разрешает доступ к календарю"),
        field(
            "show_clients",
            "Показывать клиентов",
            "true — в событии будут услуга, имя и телефон клиента. По умолчанию там только «Занято (Ночник)» и номер записи",
        ),
        field("zone", "Часовой пояс", "Для событий на весь день; по умолчанию Europe/Moscow"),
        field("base_url", "Адрес", "По умолчанию https://www.googleapis.com/calendar/v3"),
        field("token_url", "Адрес выдачи доступа", "По умолчанию https://oauth2.googleapis.com/token"),
        // A proxy's address may hold a password.
        secret("proxy", "Прокси", "http://адрес:порт или socks5h://адрес:порт"),
        field("extra_ca", "Корневой сертификат", "Путь к файлу PEM, если прокси подписывает ответы сам"),
    ],
    limits: Limits { text_chars_max: usize::MAX, buttons_max: 0, label_chars_max: 0 },
    can_poll: true,
    has_hook: false,
    is_for_staff: false,
    notice: Some(
        "Календарь Google хранится за границей: Ночник пишет туда только время и номер записи, если не включить показ \
         клиентов. Из России Google отвечает не всегда (ноябрь 2026 года): может понадобиться прокси.",
    ),
};

/// The vendor's known bounds are 600 requests a minute for one account; projects begun after May 2026 have lower ones
/// that are not published.
const PACE: Pace = Pace { burst: 10, per_s: 2.0, parallel: 2, requests: 1 };

const fn field(name: &'static str, title: &'static str, help: &'static str) -> Field {
    let is_address = matches!(name.as_bytes(), b"base_url" | b"token_url" | b"proxy");
    Field { name, title, help, is_required: false, is_secret: false, is_address }
}

const fn secret(name: &'static str, title: &'static str, help: &'static str) -> Field {
    Field { is_secret: true, ..field(name, title, help) }
}

pub(super) fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Arc<dyn Calendar>, SettingsProblem> {
    let account = Account::read(settings)?;
    let calendar = calendar_of(settings, &account)?;
    let zone = settings.text("zone")?.unwrap_or("Europe/Moscow");
    let tz = TimeZone::get(zone)
        .map_err(|_| settings.problem("zone", "Такого часового пояса нет. Он записывается как Europe/Moscow"))?;
    Ok(Arc::new(Google {
        has_clients: settings.flag("show_clients")?,
        zone: zone.to_owned(),
        tz,
        door: Door::open(settings, context, calendar, account)?,
    }))
}

fn calendar_of(settings: &Settings<'_>, account: &Account) -> Result<String, SettingsProblem> {
    let calendar = settings.required("calendar")?;
    match account {
        // What is written there nobody ever sees.
        Account::Robot(robot) if calendar == "primary" || calendar.eq_ignore_ascii_case(robot.email()) => {
            Err(settings.problem(
                "calendar",
                "Это собственный календарь робота, его никто не видит. Нужен идентификатор вашего календаря: Google \
                 Календарь → Настройки → ваш календарь → «Интеграция календаря»",
            ))
        }
        Account::Owner(_) if calendar == "primary" => Ok(calendar.to_owned()),
        _ if calendar.contains('@') => Ok(calendar.to_owned()),
        _ => Err(settings.problem(
            "calendar",
            "Это не похоже на идентификатор календаря: в нём есть «@». Скопируйте его: Google Календарь → Настройки → \
             ваш календарь → «Интеграция календаря»",
        )),
    }
}

struct Google {
    door: Door,
    /// Otherwise an event says no more than that the time is taken.
    has_clients: bool,
    zone: String,
    tz: TimeZone,
}

#[async_trait]
impl Calendar for Google {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn destination(&self) -> String {
        self.door.destination()
    }

    fn pace(&self) -> Pace {
        PACE
    }

    async fn changes(&self, cursor: Option<&str>, span: Span) -> Result<Changes, Failure> {
        self.changes_after(cursor, span).await
    }

    async fn put(&self, visit: &Visit, known: Option<&EventRef>) -> Result<EventRef, Failure> {
        match known {
            Some(known) => self.change(visit, known).await,
            None => self.create(visit).await,
        }
    }

    async fn remove(&self, known: &EventRef) -> Result<(), Failure> {
        self.take_away(known).await
    }

    fn bells(&self) -> Option<&dyn Bells> {
        Some(self)
    }

    async fn check(&self) -> Result<Vec<String>, Failure> {
        self.look_around().await
    }
}
