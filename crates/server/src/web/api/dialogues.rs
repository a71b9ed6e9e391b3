//! Dialogues, as programs read them, and the acts of the console.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use nochnik_core::event::StaffAct;
use nochnik_core::limits::TEXT_CHARS_MAX;
use nochnik_core::values::BY_HAND;
use nochnik_store::conversations::{self, PageFilter, Summary};
use nochnik_store::messages::{self, Message};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::ending::{self, Ending};
use super::super::seen::Record;
use super::super::{Shared, Web};
use super::asked::{Asked, Body, Id, Stretch, Taken, moment};
use super::key::{Caller, Once, Scope};
use super::leads::Heat;
use super::problem::{BodyRefusals, Problem, Refusals};

/// Messages of a page, when nobody says how many.
const LISTED: i64 = 50;
const LISTED_MAX: i64 = 200;

/// Кто отвечает клиенту.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    Bot,
    Person,
}

impl Speaker {
    fn word(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::Person => "person",
        }
    }
}

/// Диалог с клиентом в одном канале.
#[derive(Debug, Serialize, ToSchema)]
pub struct Dialogue {
    id: String,
    /// Вид канала.
    channel: String,
    speaker: Speaker,
    /// `null`, пока лида нет.
    heat: Option<Heat>,
    /// Начат в нерабочее время.
    is_after_hours: bool,
    /// Ждёт человека.
    needs_person: bool,
    /// Может быть пустым.
    client_name: String,
    /// Начало последнего сообщения клиента.
    last_text: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    last_at: Timestamp,
}

/// Страница диалогов.
#[derive(Debug, Serialize, ToSchema)]
pub struct DialoguePage {
    items: Vec<Dialogue>,
    /// Передайте как `cursor`, чтобы получить следующую страницу; `null` — это всё.
    next: Option<String>,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Choice {
    #[param(inline)]
    speaker: Option<Speaker>,
    needs_person: Option<bool>,
    /// Вид канала: `telegram`, `widget`…
    #[param(pattern = "^[a-z0-9_-]{1,40}$")]
    channel: Option<String>,
    /// Последнее сообщение с этого мгновения.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Последнее сообщение раньше этого мгновения.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Сколько на странице; без него 50.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// `next` прошлой страницы.
    cursor: Option<String>,
}

/// Диалоги по последнему сообщению, новые первыми
#[utoipa::path(
    get, path = "/dialogues", tag = "dialogues", operation_id = "listDialogues", params(Choice),
    responses((status = 200, description = "Страница диалогов", body = DialoguePage), Refusals),
    security(("key" = ["dialogues:read"]))
)]
pub async fn list(
    State(web): State<Shared>,
    caller: Caller,
    Asked(asked): Asked<Choice>,
) -> Result<Json<DialoguePage>, Problem> {
    caller.may(Scope::ReadDialogues)?;
    let Choice { speaker, needs_person, channel, from, to, limit, cursor } = asked;
    let wanted = Stretch { from, to, limit, cursor, channel }.read()?;
    let (business, own) = (caller.business.clone(), wanted.clone());
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        let filter = PageFilter { speaker: speaker.map(Speaker::word), needs_person, channel: own.channel.as_deref() };
        conversations::page(sql, &business, &filter, &own.window())
    };
    let mut rows = web.store.read(job).await?;
    let next = wanted.next(&mut rows, |summary| (summary.last_at_ms, &summary.id));
    caller.note(&web, Record::Talk, "").await;
    Ok(Json(DialoguePage { items: rows.into_iter().map(view).collect(), next }))
}

/// Один диалог
#[utoipa::path(
    get, path = "/dialogues/{id}", tag = "dialogues", operation_id = "getDialogue", params(("id" = String, Path)),
    responses((status = 200, description = "Диалог", body = Dialogue), Refusals),
    security(("key" = ["dialogues:read"]))
)]
pub async fn one(State(web): State<Shared>, caller: Caller, Id(id): Id) -> Result<Json<Dialogue>, Problem> {
    caller.may(Scope::ReadDialogues)?;
    let found = find(&web, &caller, &id).await?;
    caller.note(&web, Record::Talk, &id).await;
    Ok(Json(view(found)))
}

/// Кто сказал: клиент, бот, человек; `note` — пометка, которой клиент не видит.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    Client,
    Bot,
    Person,
    Note,
}

/// Сообщение.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Message)]
pub struct MessageView {
    /// Номер в диалоге, с единицы.
    #[schema(minimum = 1)]
    number: i64,
    author: Author,
    text: String,
    /// С файлом; сам файл — в кабинете.
    has_file: bool,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// Переписка, старые первыми.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessagePage {
    items: Vec<MessageView>,
    /// Передайте как `after`, чтобы получить следующие; `null` — это всё.
    next: Option<i64>,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MessageChoice {
    /// После сообщения с этим номером.
    #[param(minimum = 0)]
    after: Option<i64>,
    /// Сколько на странице; без него 50.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// Переписка диалога, старые сообщения первыми
#[utoipa::path(
    get, path = "/dialogues/{id}/messages", tag = "dialogues", operation_id = "listMessages",
    params(("id" = String, Path), MessageChoice),
    responses((status = 200, description = "Сообщения", body = MessagePage), Refusals),
    security(("key" = ["dialogues:read"]))
)]
pub async fn messages(
    State(web): State<Shared>,
    caller: Caller,
    Id(id): Id,
    Asked(asked): Asked<MessageChoice>,
) -> Result<Json<MessagePage>, Problem> {
    caller.may(Scope::ReadDialogues)?;
    let (after, limit) = (asked.after.unwrap_or(0), asked.limit.unwrap_or(LISTED));
    if after < 0 || !(1..=LISTED_MAX).contains(&limit) {
        return Err(Problem::unreadable(format!("after — не меньше нуля, limit — от 1 до {LISTED_MAX}.")));
    }
    find(&web, &caller, &id).await?;
    let (business, wanted) = (caller.business.clone(), id.clone());
    let mut rows = web.store.read(move |sql| messages::list(sql, &business, &wanted, after, limit + 1)).await?;
    caller.note(&web, Record::Talk, &id).await;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = rows.len() > shown;
    rows.truncate(shown);
    let next = rows.last().filter(|_| has_more).map(|last| last.seq);
    Ok(Json(MessagePage { items: rows.into_iter().map(bubble).collect(), next }))
}

/// Ответ клиенту.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    #[schema(min_length = 1, max_length = 4000, pattern = r"\S")]
    text: String,
}

/// Ответить клиенту
///
/// Как ответ человека в кабинете: бот замолкает, пока диалог не вернут. Отвечает тот, кто сделал ключ.
#[utoipa::path(
    post, path = "/dialogues/{id}/replies", tag = "dialogues", operation_id = "reply",
    params(("id" = String, Path), Once), request_body = Reply,
    responses((status = 202, description = "Принято", body = Taken), Refusals, BodyRefusals),
    security(("key" = ["dialogues:write"]))
)]
pub async fn reply(
    State(web): State<Shared>,
    caller: Caller,
    Id(id): Id,
    once: Once,
    Body(said): Body<Reply>,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    caller.may(Scope::WriteDialogues)?;
    let text = said.text.trim();
    if text.is_empty() || text.chars().count() > TEXT_CHARS_MAX {
        return Err(Problem::unreadable("text — от одного знака до 4 000."));
    }
    act(&web, &caller, &once, &id, StaffAct::Reply { text: text.to_owned() }, "api_reply").await
}

/// Взять диалог у бота
#[utoipa::path(
    post, path = "/dialogues/{id}/take", tag = "dialogues", operation_id = "takeOver",
    params(("id" = String, Path), Once),
    responses((status = 202, description = "Принято", body = Taken), Refusals),
    security(("key" = ["dialogues:write"]))
)]
pub async fn take(
    State(web): State<Shared>,
    caller: Caller,
    Id(id): Id,
    once: Once,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    caller.may(Scope::WriteDialogues)?;
    act(&web, &caller, &once, &id, StaffAct::TakeOver, "api_take").await
}

/// Вернуть диалог боту
#[utoipa::path(
    post, path = "/dialogues/{id}/back", tag = "dialogues", operation_id = "giveBack",
    params(("id" = String, Path), Once),
    responses((status = 202, description = "Принято", body = Taken), Refusals),
    security(("key" = ["dialogues:write"]))
)]
pub async fn give_back(
    State(web): State<Shared>,
    caller: Caller,
    Id(id): Id,
    once: Once,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    caller.may(Scope::WriteDialogues)?;
    act(&web, &caller, &once, &id, StaffAct::GiveBack, "api_back").await
}

/// Чем закончилось.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    #[schema(inline)]
    outcome: Ending,
}

/// Сказать, чем закончилось дело, которое взял человек
///
/// Как кнопки под карточкой в мессенджере: дело закрывается, «отказ» и «спам» закрывают и лид.
#[utoipa::path(
    post, path = "/dialogues/{id}/outcome", tag = "dialogues", operation_id = "endCase",
    params(("id" = String, Path), Once), request_body = Outcome,
    responses(
        (status = 202, description = "Принято", body = Taken),
        (status = 409, description = "Дела в работе нет", body = Problem, content_type = "application/problem+json"),
        Refusals, BodyRefusals
    ),
    security(("key" = ["dialogues:write"]))
)]
pub async fn end(
    State(web): State<Shared>,
    caller: Caller,
    Id(id): Id,
    once: Once,
    Body(said): Body<Outcome>,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    caller.may(Scope::WriteDialogues)?;
    find(&web, &caller, &id).await?;
    if once.is_done(&web, &caller, &id).await? {
        return Ok(Taken::DONE);
    }
    let case = ending::taken(&web, &caller.business, &id).await?;
    let case =
        case.ok_or_else(|| Problem::conflict("В этом диалоге нет дела в работе: его ещё не взяли или уже закрыли."))?;
    once.answer(&web, &caller, &case, said.outcome.answer()).await?;
    caller.journal(&web, "api_ended", &id).await?;
    Ok(Taken::DONE)
}

/// Does it in a dialogue of the caller's own business, and writes it down.
async fn act(
    web: &Web,
    caller: &Caller,
    once: &Once,
    id: &str,
    act: StaffAct,
    deed: &'static str,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    if find(web, caller, id).await?.channel == BY_HAND {
        return Err(Problem::conflict("Этот клиент записан вручную: писать ему некуда."));
    }
    once.act(web, caller, id, act).await?;
    caller.journal(web, deed, id).await?;
    Ok(Taken::DONE)
}

async fn find(web: &Web, caller: &Caller, id: &str) -> Result<Summary, Problem> {
    let (business, wanted) = (caller.business.clone(), id.to_owned());
    let found = web.store.read(move |sql| conversations::get(sql, &business, &wanted)).await?;
    found.ok_or_else(Problem::not_found)
}

fn view(summary: Summary) -> Dialogue {
    Dialogue {
        speaker: if summary.speaker == Speaker::Person.word() { Speaker::Person } else { Speaker::Bot },
        heat: Heat::parse(&summary.heat),
        id: summary.id,
        channel: summary.channel,
        is_after_hours: summary.is_after_hours,
        needs_person: summary.needs_person,
        client_name: summary.client_name,
        last_text: summary.last_text_short,
        created_at: moment(summary.created_at_ms),
        last_at: moment(summary.last_at_ms),
    }
}

fn bubble(message: Message) -> MessageView {
    MessageView {
        number: message.seq,
        author: match message.author.as_str() {
            "bot" => Author::Bot,
            "person" => Author::Person,
            "note" => Author::Note,
            _ => Author::Client,
        },
        text: message.text,
        has_file: message.file.is_some(),
        at: moment(message.at_ms),
    }
}
