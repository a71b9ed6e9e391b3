//! Bookings, as programs read and change them, and who came.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use nochnik_core::event::StaffAct;
use nochnik_core::news::{booking_of, published};
use nochnik_core::outside::{Stands, VisitChange};
use nochnik_core::values::SpecialistId;
use nochnik_store::bookings::{self, Answer, Booking, BookingStatus};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::calendar::visit;
use super::super::salon::Salon;
use super::super::seen::Record;
use super::super::{Shared, Web};
use super::asked::{Asked, Body, Id, Stretch, Taken, moment};
use super::key::{Caller, Once, Scope};
use super::problem::{BodyRefusals, Problem, Refusals};

/// На какой стадии запись: ждёт клиента, а без `held_until` — слова человека; есть; пришёл; не пришёл; отменена; истекла, не подтвердившись.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BookingState {
    Held,
    Confirmed,
    Arrived,
    NoShow,
    Cancelled,
    Expired,
}

impl BookingState {
    fn stored(self) -> BookingStatus {
        match self {
            Self::Held => BookingStatus::Held,
            Self::Confirmed => BookingStatus::Confirmed,
            Self::Arrived => BookingStatus::Arrived,
            Self::NoShow => BookingStatus::NoShow,
            Self::Cancelled => BookingStatus::Cancelled,
            Self::Expired => BookingStatus::Expired,
        }
    }

    fn of(status: BookingStatus) -> Self {
        match status {
            BookingStatus::Held => Self::Held,
            BookingStatus::Confirmed => Self::Confirmed,
            BookingStatus::Arrived => Self::Arrived,
            BookingStatus::NoShow => Self::NoShow,
            BookingStatus::Cancelled => Self::Cancelled,
            BookingStatus::Expired => Self::Expired,
        }
    }
}

/// Что с напоминанием: ждём ответа; клиент будет; молчит, позвоните.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reminder {
    Asked,
    Coming,
    Silent,
}

/// Имя и постоянный номер из настроек бизнеса.
#[derive(Debug, Serialize, ToSchema)]
pub struct Named {
    id: String,
    name: String,
}

/// Запись клиента.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Booking)]
pub struct BookingView {
    id: String,
    dialogue_id: String,
    /// Вид канала; `phone` — запись внёс человек, писать клиенту некуда.
    channel: String,
    state: BookingState,
    service: Named,
    specialist: Named,
    /// Может быть пустым.
    client_name: String,
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// До какого мгновения держится время; `null`, если не на время.
    #[schema(value_type = Option<String>, format = DateTime)]
    held_until: Option<Timestamp>,
    /// `null`, пока не напоминали.
    reminder: Option<Reminder>,
    /// Оценка клиента.
    #[schema(minimum = 1, maximum = 5)]
    rating: Option<i64>,
}

/// Страница записей.
#[derive(Debug, Serialize, ToSchema)]
pub struct BookingPage {
    items: Vec<BookingView>,
    /// Передайте как `cursor`, чтобы получить следующую страницу; `null` — это всё.
    next: Option<String>,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Choice {
    #[param(inline)]
    state: Option<BookingState>,
    /// Вид канала: `telegram`, `widget`…
    #[param(pattern = "^[a-z0-9_-]{1,40}$")]
    channel: Option<String>,
    /// Визит начинается с этого мгновения.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Визит начинается раньше этого мгновения.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Сколько на странице; без него 50.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// `next` прошлой страницы.
    cursor: Option<String>,
}

/// Записи по началу визита, ранние первыми
#[utoipa::path(
    get, path = "/bookings", tag = "bookings", operation_id = "listBookings", params(Choice),
    responses((status = 200, description = "Страница записей", body = BookingPage), Refusals),
    security(("key" = ["bookings:read"]))
)]
pub async fn list(
    State(web): State<Shared>,
    caller: Caller,
    Asked(asked): Asked<Choice>,
) -> Result<Json<BookingPage>, Problem> {
    caller.may(Scope::ReadBookings)?;
    let Choice { state, channel, from, to, limit, cursor } = asked;
    let wanted = Stretch { from, to, limit, cursor, channel }.read()?;
    let (business, own) = (caller.business.clone(), wanted.clone());
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        bookings::page(sql, &business, state.map(BookingState::stored), own.channel.as_deref(), &own.window())
    };
    let mut rows = web.store.read(job).await?;
    let next = wanted.next(&mut rows, |(booking, _)| (booking.starts_at_ms, &booking.id));
    let salon = salon(&web, &caller).await?;
    caller.note(&web, Record::Bookings, "").await;
    let items = rows.into_iter().map(|(booking, channel)| view(&salon, booking, channel)).collect();
    Ok(Json(BookingPage { items, next }))
}

/// Одна запись
#[utoipa::path(
    get, path = "/bookings/{id}", tag = "bookings", operation_id = "getBooking", params(("id" = String, Path)),
    responses((status = 200, description = "Запись", body = BookingView), Refusals),
    security(("key" = ["bookings:read"]))
)]
pub async fn one(State(web): State<Shared>, caller: Caller, Id(id): Id) -> Result<Json<BookingView>, Problem> {
    caller.may(Scope::ReadBookings)?;
    let (booking, channel) = find(&web, &caller, &id).await?;
    let salon = salon(&web, &caller).await?;
    caller.note(&web, Record::Talk, &booking.conversation_id).await;
    Ok(Json(view(&salon, booking, channel)))
}

/// Пришёл ли клиент.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attendance {
    has_come: bool,
}

/// Отметить, пришёл клиент или нет
///
/// Как «Пришёл» и «Не пришёл» на странице «Записи»: когда визит начался; ошибку можно исправить.
#[utoipa::path(
    post, path = "/bookings/{id}/attendance", tag = "bookings", operation_id = "markAttendance",
    params(("id" = String, Path), Once), request_body = Attendance,
    responses(
        (status = 202, description = "Принято", body = Taken),
        (status = 409, description = "Визит ещё не начался или его нет", body = Problem, content_type = "application/problem+json"),
        Refusals, BodyRefusals
    ),
    security(("key" = ["bookings:write"]))
)]
pub async fn came(
    State(web): State<Shared>,
    caller: Caller,
    Id(id): Id,
    once: Once,
    Body(said): Body<Attendance>,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    caller.may(Scope::WriteBookings)?;
    let (booking, _) = find(&web, &caller, &id).await?;
    if booking.starts_at_ms > web.desk.now().as_millisecond() {
        return Err(Problem::conflict("Визит ещё не начался. Отметьте после его начала."));
    }
    if !matches!(booking.status, BookingStatus::Confirmed | BookingStatus::Arrived | BookingStatus::NoShow) {
        return Err(Problem::conflict("Эта запись отменена, истекла или ещё не подтверждена: отмечать нечего."));
    }
    let act = StaffAct::Came { booking: booking.id.clone(), has_come: said.has_come };
    once.act(&web, &caller, &booking.conversation_id, act).await?;
    caller.journal(&web, "api_came", &booking.conversation_id).await?;
    Ok(Taken::DONE)
}

/// Слово человека о записи, которая его ждёт.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// `true` — запись состоится, `false` — отказ: бот предложит клиенту другое время.
    is_approved: bool,
}

/// Подтвердить запись или отказать в ней
///
/// Там, где записи подтверждает человек (`state: held` без `held_until`). Клиент узнаёт сразу.
#[utoipa::path(
    post, path = "/bookings/{id}/decision", tag = "bookings", operation_id = "decideBooking",
    params(("id" = String, Path), Once), request_body = Decision,
    responses(
        (status = 202, description = "Принято", body = Taken),
        (status = 409, description = "Запись не ждёт решения", body = Problem, content_type = "application/problem+json"),
        Refusals, BodyRefusals
    ),
    security(("key" = ["bookings:write"]))
)]
pub async fn decide(
    State(web): State<Shared>,
    caller: Caller,
    Id(id): Id,
    once: Once,
    Body(said): Body<Decision>,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    caller.may(Scope::WriteBookings)?;
    let (booking, _) = find(&web, &caller, &id).await?;
    if once.is_done(&web, &caller, &booking.conversation_id).await? {
        return Ok(Taken::DONE);
    }
    if !web.desk.is_undecided(&caller.business, &booking.conversation_id, &booking.id).await? {
        return Err(Problem::conflict("Запись не ждёт решения: она подтверждена, отменена, истекла или уже началась."));
    }
    let act = StaffAct::Decide { booking: booking.id.clone(), is_approved: said.is_approved };
    once.act(&web, &caller, &booking.conversation_id, act).await?;
    caller.journal(&web, "api_decided", &booking.conversation_id).await?;
    Ok(Taken::DONE)
}

/// Куда перенести запись.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// Новое начало; длится визит столько же.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// `id` мастера; без него — тот же.
    #[serde(default)]
    specialist_id: Option<String>,
}

/// Перенести запись
///
/// Как перенос на странице «Записи»: клиент получает сообщение с кнопками. Занятое другой записью время не отдаётся;
/// часы работы и то, что мастер умеет, — на совести того, кто переносит.
#[utoipa::path(
    post, path = "/bookings/{id}/move", tag = "bookings", operation_id = "moveBooking",
    params(("id" = String, Path), Once), request_body = Move,
    responses(
        (status = 202, description = "Принято", body = Taken),
        (status = 409, description = "Так не перенести", body = Problem, content_type = "application/problem+json"),
        Refusals, BodyRefusals
    ),
    security(("key" = ["bookings:write"]))
)]
pub async fn shift(
    State(web): State<Shared>,
    caller: Caller,
    Id(id): Id,
    once: Once,
    Body(to): Body<Move>,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    caller.may(Scope::WriteBookings)?;
    let (booking, _) = find(&web, &caller, &id).await?;
    let specialist = to.specialist_id.unwrap_or_else(|| booking.specialist_id.clone());
    let salon = salon(&web, &caller).await?;
    if !salon.document().specialists.iter().any(|each| each.id == specialist) {
        return Err(Problem::unreadable("specialist_id — мастер из настроек этого бизнеса."));
    }
    let length = SignedDuration::from_millis(booking.visit_ends_at_ms - booking.starts_at_ms);
    let ends_at = to.starts_at.checked_add(length).map_err(|_| Problem::unreadable("starts_at слишком далеко."))?;
    let now = Stands { specialist: SpecialistId::new(specialist), from: to.starts_at, to: ends_at };
    change(&web, &caller, &once, &booking, Some(now), "api_moved").await
}

/// Отменить запись
///
/// Клиент узнает об отмене, бот предложит ему другое время; освободившееся окно получат те, кто его ждёт.
#[utoipa::path(
    post, path = "/bookings/{id}/cancel", tag = "bookings", operation_id = "cancelBooking",
    params(("id" = String, Path), Once),
    responses(
        (status = 202, description = "Принято", body = Taken),
        (status = 409, description = "Отменять нечего", body = Problem, content_type = "application/problem+json"),
        Refusals
    ),
    security(("key" = ["bookings:write"]))
)]
pub async fn cancel(
    State(web): State<Shared>,
    caller: Caller,
    Id(id): Id,
    once: Once,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    caller.may(Scope::WriteBookings)?;
    let (booking, _) = find(&web, &caller, &id).await?;
    change(&web, &caller, &once, &booking, None, "api_cancelled").await
}

/// From where the booking stands to where it is to go; nowhere: it is off.
async fn change(
    web: &Web,
    caller: &Caller,
    once: &Once,
    booking: &Booking,
    now: Option<Stands>,
    deed: &'static str,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    let talk = booking.conversation_id.as_str();
    if once.is_done(web, caller, talk).await? {
        return Ok(Taken::DONE);
    }
    let change = VisitChange { booking: booking.id.clone(), was: visit::stands(booking), now };
    if let Some(why) = web.desk.hindrance(&caller.business, talk, change.clone()).await? {
        return Err(Problem::conflict(visit::words_of(why)));
    }
    once.act(web, caller, talk, StaffAct::Visit(change)).await?;
    caller.journal(web, deed, talk).await?;
    Ok(Taken::DONE)
}

async fn find(web: &Web, caller: &Caller, id: &str) -> Result<(Booking, String), Problem> {
    let (business, wanted) = (caller.business.clone(), booking_of(id));
    let found = web.store.read(move |sql| bookings::with_channel(sql, &business, &wanted)).await?;
    found.ok_or_else(Problem::not_found)
}

async fn salon(web: &Web, caller: &Caller) -> Result<Salon, Problem> {
    Salon::load(web, &caller.business).await?.ok_or_else(Problem::not_found)
}

fn view(salon: &Salon, booking: Booking, channel: String) -> BookingView {
    BookingView {
        channel,
        state: BookingState::of(booking.status),
        service: Named { name: salon.service(&booking.service_id).to_owned(), id: booking.service_id },
        specialist: Named { name: salon.specialist(&booking.specialist_id).to_owned(), id: booking.specialist_id },
        id: published(&booking.id),
        dialogue_id: booking.conversation_id,
        client_name: booking.client_name,
        starts_at: moment(booking.starts_at_ms),
        ends_at: moment(booking.visit_ends_at_ms),
        held_until: booking.held_until_ms.map(moment),
        reminder: booking.answer.map(|answer| match answer {
            Answer::Asked => Reminder::Asked,
            Answer::Coming => Reminder::Coming,
            Answer::Silent => Reminder::Silent,
        }),
        rating: booking.rating,
    }
}
