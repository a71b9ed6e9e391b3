//! Bitrix24 as a calendar: its online booking (`booking.v1`), or the calendars of its employees where there is none.
//! Visits stand there, what people put there takes time here, and a visit moved there comes back.
//!
//! Neither has versions that mean «changed»: a version here is where the thing stands, so that a moved one differs. By an
//! incoming webhook only. Events that repeat are taken as the portal lists them; whether it lists each time of a series
//! is not documented. Source: b24-rest-docs `api-reference/booking`, `api-reference/calendar`, read 2026-11-22; no live
//! portal has been asked yet.

mod bookings;
mod check;
mod cursor;
mod events;
mod row;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use nochnik_core::values::SpecialistId;

use self::row::{Row, Wanted};
use super::OpenContext;
use crate::bitrix24::call::Portal;
use crate::failure::{Failure, Scope, codes};
use crate::ports::{Calendar, Changed, Changes, EventRef, EventState, Field, Kind, Limits, Pace, Span, Taken, Visit};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "bitrix24",
    title: "Битрикс24: запись и календари",
    fields: FIELDS,
    limits: Limits { text_chars_max: 1_000, buttons_max: 0, label_chars_max: 0 },
    can_poll: true,
    has_hook: false,
    is_for_staff: false,
    notice: Some(
        "Нужен входящий вебхук с правом «Бронирование (booking)» или «Календарь (calendar)» и подписка на Маркет. Портал сам шлёт клиентам уведомления о бронировании: выключите у ресурса те, что шлёт Ночник. На живом портале ещё не проверено (2026 год).",
    ),
};

const FIELDS: &[Field] = &[
    field("webhook_url", "Входящий вебхук", "https://портал.bitrix24.ru/rest/1/код/ — с правом «Бронирование» или «Календарь»", true),
    field("resources", "Ресурсы бронирования", "Наши мастера и номера ресурсов: { anna = 3 }; если на портале есть онлайн-запись", false),
    field("employees", "Календари сотрудников", "Вместо ресурсов: наши мастера и номера сотрудников: { anna = 12 }", false),
    field("show_clients", "Показывать клиентов", "true — услуга, имя и телефон клиента; по умолчанию только «Занято (Ночник)» и номер записи", false),
    field("per_s", "Обращений в секунду", "По умолчанию 2; на тарифе «Энтерпрайз» можно 5", false),
    field("burst", "Обращений подряд", "По умолчанию 50; на тарифе «Энтерпрайз» можно 250", false),
    field("parallel", "Обращений одновременно", "По умолчанию 1", false),
    field("proxy", "Прокси", "http://адрес:порт или socks5h://адрес:порт", false),
    field("extra_ca", "Корневой сертификат", "Путь к файлу PEM, если у портала свой центр сертификации", false),
];

const fn field(name: &'static str, title: &'static str, help: &'static str, is_required: bool) -> Field {
    // A proxy's address may hold a password.
    let is_secret = matches!(name.as_bytes(), b"webhook_url" | b"proxy");
    let is_address = matches!(name.as_bytes(), b"webhook_url" | b"proxy");
    Field { name, title, help, is_required, is_secret, is_address }
}

/// One bucket with the CRM of the same portal. A visit is looked for, then written.
const PACE: Pace = Pace { burst: 50, per_s: 2.0, parallel: 1, requests: 2 };
/// The portal cuts a request at 60 s; after this long it no longer works on one.
const SETTLED_AFTER: SignedDuration = SignedDuration::from_secs(70);
/// Rows that are asked for by themselves because a list does not show them any more.
const MISSING_MAX: usize = 10;

/// Where visits stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shelf {
    Bookings,
    Events,
}

struct Bitrix24 {
    portal: Portal,
    shelf: Shelf,
    /// Our specialists by the numbers of their resources or employees.
    whose: BTreeMap<i64, SpecialistId>,
    has_clients: bool,
    pace: Pace,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Bookings that the portal may still be at work on, since when.
    doubts: Mutex<BTreeMap<String, Timestamp>>,
}

pub(super) fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Arc<dyn Calendar>, SettingsProblem> {
    let pace = settings.pace(PACE)?;
    settings.required("webhook_url")?;
    let (resources, employees) = (settings.ids("resources")?, settings.ids("employees")?);
    let (shelf, named, name) = match (resources.is_empty(), employees.is_empty()) {
        (false, true) => (Shelf::Bookings, resources, "resources"),
        (true, false) => (Shelf::Events, employees, "employees"),
        _ => {
            let text = "Укажите одно из двух: ресурсы бронирования (resources) или сотрудников (employees)";
            return Err(settings.problem("resources", text));
        }
    };
    let mut whose = BTreeMap::new();
    for (ours, id) in named {
        if let Some(other) = whose.insert(id, SpecialistId::new(ours.as_str())) {
            let text = format!("Номер {id} указан дважды: у «{other}» и у «{ours}»");
            return Err(settings.problem(name, &text));
        }
    }
    Ok(Arc::new(Bitrix24 {
        portal: Portal::open(settings, pace.per_s)?,
        shelf,
        whose,
        has_clients: settings.flag("show_clients")?,
        pace,
        now: context.now.clone(),
        doubts: Mutex::default(),
    }))
}

#[async_trait]
impl Calendar for Bitrix24 {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn destination(&self) -> String {
        self.portal.destination()
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    async fn changes(&self, cursor: Option<&str>, span: Span) -> Result<Changes, Failure> {
        let rows = self.list(span).await?;
        let known = cursor.and_then(cursor::read);
        let mut events: Vec<Changed> = Vec::new();
        let (missing, later) = cursor::missing(known.as_ref(), &rows, (self.now)());
        for id in missing {
            events.push(self.missing(id, span).await?);
        }
        let is_news = |row: &&Row| known.as_ref().is_none_or(|known| known.get(&row.id) != Some(&row.version()));
        events.extend(self.told(&rows, span).filter(|(row, _)| is_news(row)).map(|(_, changed)| changed));
        Ok(Changes { events, cursor: Some(cursor::write(&rows, later)), is_whole: known.is_none() })
    }

    async fn put(&self, visit: &Visit, known: Option<&EventRef>) -> Result<EventRef, Failure> {
        let wanted = self.wanted(visit)?;
        match known {
            Some(known) => self.change(&wanted, known).await,
            None => self.create(&wanted).await,
        }
    }

    async fn remove(&self, known: &EventRef) -> Result<(), Failure> {
        match self.get(id_of(known)?).await? {
            None => Ok(()),
            Some(row) if row.version() != known.version => Err(changed()),
            Some(row) => self.delete(row.id).await,
        }
    }

    async fn check(&self) -> Result<Vec<String>, Failure> {
        check::check(self).await
    }
}

impl Bitrix24 {
    /// Each row as an event of its own; of several that bear one booking's mark the oldest is the visit, the rest are
    /// copies that people made.
    fn told<'a>(&'a self, rows: &'a [Row], span: Span) -> impl Iterator<Item = (&'a Row, Changed)> {
        let mut first: BTreeMap<&str, i64> = BTreeMap::new();
        for row in rows {
            if let Some(booking) = row.booking() {
                first.entry(booking).or_insert(row.id);
            }
        }
        rows.iter().filter_map(move |row| {
            let booking = row.booking().filter(|booking| first.get(booking) == Some(&row.id));
            Some((row, Changed { event: row.event(), state: self.state(row, booking, span)? }))
        })
    }

    /// `None`: nothing that anybody here has heard of.
    fn state(&self, row: &Row, booking: Option<&str>, span: Span) -> Option<EventState> {
        let ours: Vec<&SpecialistId> = row.whose.iter().filter_map(|id| self.whose.get(id)).collect();
        if let Some(booking) = booking {
            let specialist = if let [one] = ours.as_slice() { Some((*one).clone()) } else { None };
            let time = Taken { specialist, span: row.span };
            return Some(EventState::Visit { booking: booking.to_owned(), time });
        }
        let spans = row.times.iter().filter_map(|time| row::clip(*time, span));
        let times: Vec<Taken> = spans
            .flat_map(|span| ours.iter().map(move |ours| Taken { specialist: Some((*ours).clone()), span }))
            .take(crate::ports::TIMES_MAX)
            .collect();
        (!times.is_empty() && !row.is_free).then_some(EventState::Busy(times))
    }

    /// What a list does not show any more may only have left what was asked for.
    async fn missing(&self, id: i64, span: Span) -> Result<Changed, Failure> {
        let gone = Changed { event: EventRef { id: id.to_string(), version: String::new() }, state: EventState::Gone };
        let Some(row) = self.get(id).await? else { return Ok(gone) };
        let state = self.state(&row, row.booking(), span);
        Ok(state.map_or(gone, |state| Changed { event: row.event(), state }))
    }

    fn wanted(&self, visit: &Visit) -> Result<Wanted, Failure> {
        let whose = self.whose.iter().find(|(_, ours)| **ours == visit.specialist).map(|(id, _)| *id);
        let whose = whose.ok_or_else(|| Failure::Refused {
            code: codes::MALFORMED.to_owned(),
            why: "the specialist has no place on the portal".to_owned(),
        })?;
        Ok(Wanted::of(visit, whose, self.has_clients))
    }

    async fn create(&self, wanted: &Wanted) -> Result<EventRef, Failure> {
        let day = SignedDuration::from_hours(24);
        let near = Span { from: wanted.span.from - day, to: wanted.span.to + day };
        let found = self.list(near).await?.into_iter().find(|row| row.booking() == Some(&wanted.booking));
        if let Some(row) = found {
            let known = row.event();
            return self.change(wanted, &known).await;
        }
        self.wait_until_settled(&wanted.booking)?;
        let made = match self.shelf {
            Shelf::Bookings => bookings::add(&self.portal, wanted).await,
            Shelf::Events => events::add(&self.portal, wanted).await,
        };
        if matches!(made, Err(Failure::Unknown { .. })) {
            self.doubts().insert(wanted.booking.clone(), (self.now)());
        }
        Ok(EventRef { id: made?.to_string(), version: wanted.version() })
    }

    async fn change(&self, wanted: &Wanted, known: &EventRef) -> Result<EventRef, Failure> {
        let Some(row) = self.get(id_of(known)?).await? else { return Err(changed()) };
        let there = row.version();
        // What an earlier try has written is as good as what was heard last.
        if there != known.version && there != wanted.version() {
            return Err(changed());
        }
        if there != wanted.version() || row.words != wanted.words {
            match self.shelf {
                Shelf::Bookings => bookings::update(&self.portal, row.id, wanted).await?,
                // An event belongs to its calendar: another employee's is another event.
                Shelf::Events if !row.whose.contains(&wanted.whose) => {
                    let made = events::add(&self.portal, wanted).await?;
                    self.delete(row.id).await?;
                    return Ok(EventRef { id: made.to_string(), version: wanted.version() });
                }
                Shelf::Events => events::update(&self.portal, row.id, wanted).await?,
            }
        }
        Ok(EventRef { id: row.id.to_string(), version: wanted.version() })
    }

    async fn list(&self, span: Span) -> Result<Vec<Row>, Failure> {
        match self.shelf {
            Shelf::Bookings => bookings::list(&self.portal, span).await,
            Shelf::Events => events::list(&self.portal, &self.whose, span).await,
        }
    }

    async fn get(&self, id: i64) -> Result<Option<Row>, Failure> {
        match self.shelf {
            Shelf::Bookings => bookings::get(&self.portal, id).await,
            Shelf::Events => events::get(&self.portal, id).await,
        }
    }

    async fn delete(&self, id: i64) -> Result<(), Failure> {
        match self.shelf {
            Shelf::Bookings => bookings::delete(&self.portal, id).await,
            Shelf::Events => events::delete(&self.portal, id).await,
        }
    }

    /// Nothing is made while an earlier call can still be at work.
    fn wait_until_settled(&self, booking: &str) -> Result<(), Failure> {
        let now = (self.now)();
        let mut doubts = self.doubts();
        doubts.retain(|_, since| now.duration_since(*since) < SETTLED_AFTER);
        let Some(since) = doubts.get(booking) else { return Ok(()) };
        let left = SETTLED_AFTER - now.duration_since(*since);
        let why = "an earlier call may still be at work on the portal".to_owned();
        Err(Failure::Later { after: Some(left), scope: Scope::Row, why })
    }

    fn doubts(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Timestamp>> {
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn id_of(known: &EventRef) -> Result<i64, Failure> {
    known.id.parse().map_err(|_| changed())
}

fn changed() -> Failure {
    Failure::Refused { code: codes::CHANGED.to_owned(), why: "the visit was moved or deleted by somebody".to_owned() }
}
