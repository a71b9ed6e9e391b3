//! Leads, as programs read them.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use nochnik_store::leads::{self, PageFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::Shared;
use super::super::leads::{listed, reason_words};
use super::super::seen::Record;
use super::asked::{Asked, Id, Stretch, moment};
use super::key::{Caller, Scope};
use super::problem::{Problem, Refusals};

/// Насколько лид тёплый.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Heat {
    Cold,
    Warm,
    Hot,
}

impl Heat {
    fn word(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
            Self::Hot => "hot",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Cold, Self::Warm, Self::Hot].into_iter().find(|heat| heat.word() == word)
    }
}

/// На какой стадии лид.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeadState {
    New,
    Qualified,
    Booked,
    Arrived,
    NoShow,
    Cancelled,
    Lost,
}

impl LeadState {
    const ALL: [Self; 7] =
        [Self::New, Self::Qualified, Self::Booked, Self::Arrived, Self::NoShow, Self::Cancelled, Self::Lost];

    fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Qualified => "qualified",
            Self::Booked => "booked",
            Self::Arrived => "arrived",
            Self::NoShow => "no_show",
            Self::Cancelled => "cancelled",
            Self::Lost => "lost",
        }
    }
}

/// Лид: один на диалог.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Lead)]
pub struct LeadView {
    /// Он же — диалог: `/api/v1/dialogues/{id}`.
    id: String,
    heat: Heat,
    state: LeadState,
    /// Вероятность сделки.
    #[schema(minimum = 0, maximum = 1)]
    score: f64,
    /// Почему такая: слова, как на странице «Лиды».
    reasons: Vec<String>,
    /// Может быть пустым.
    name: String,
    /// E.164; пусто, пока клиент не назвал.
    phone: String,
    services: Vec<String>,
    /// Когда клиент хочет прийти, словами; может быть пустым.
    wanted_at: String,
    /// Вид канала.
    channel: String,
    /// Откуда пришёл клиент.
    source: String,
    tags: Vec<String>,
    /// Написал в нерабочее время.
    is_after_hours: bool,
    /// Заявка уже стоит в CRM.
    is_in_crm: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// Страница лидов.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadPage {
    items: Vec<LeadView>,
    /// Передайте как `cursor`, чтобы получить следующую страницу; `null` — это всё.
    next: Option<String>,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Choice {
    #[param(inline)]
    heat: Option<Heat>,
    #[param(inline)]
    state: Option<LeadState>,
    /// Вид канала: `telegram`, `widget`…
    #[param(pattern = "^[a-z0-9_-]{1,40}$")]
    channel: Option<String>,
    /// Изменённые с этого мгновения.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Изменённые раньше этого мгновения.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Сколько на странице; без него 50.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// `next` прошлой страницы.
    cursor: Option<String>,
}

/// Лиды, изменённые последними — первыми
#[utoipa::path(
    get, path = "/leads", tag = "leads", operation_id = "listLeads", params(Choice),
    responses((status = 200, description = "Страница лидов", body = LeadPage), Refusals),
    security(("key" = ["leads:read"]))
)]
pub async fn list(
    State(web): State<Shared>,
    caller: Caller,
    Asked(asked): Asked<Choice>,
) -> Result<Json<LeadPage>, Problem> {
    caller.may(Scope::ReadLeads)?;
    let Choice { heat, state, channel, from, to, limit, cursor } = asked;
    let wanted = Stretch { from, to, limit, cursor, channel }.read()?;
    let (business, own) = (caller.business.clone(), wanted.clone());
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        let filter = PageFilter {
            heat: heat.map(Heat::word),
            status: state.map(LeadState::word),
            channel: own.channel.as_deref(),
        };
        leads::page(sql, &business, &filter, &own.window())
    };
    let mut rows = web.store.read(job).await?;
    let next = wanted.next(&mut rows, |(lead, _)| (lead.updated_at_ms, &lead.conversation_id));
    caller.note(&web, Record::Leads, "").await;
    let items = rows.into_iter().map(|(lead, channel)| view(lead, channel)).collect::<Result<_, _>>()?;
    Ok(Json(LeadPage { items, next }))
}

/// Один лид
#[utoipa::path(
    get, path = "/leads/{id}", tag = "leads", operation_id = "getLead", params(("id" = String, Path)),
    responses((status = 200, description = "Лид", body = LeadView), Refusals),
    security(("key" = ["leads:read"]))
)]
pub async fn one(State(web): State<Shared>, caller: Caller, Id(id): Id) -> Result<Json<LeadView>, Problem> {
    caller.may(Scope::ReadLeads)?;
    let (business, wanted) = (caller.business.clone(), id.clone());
    let found = web.store.read(move |sql| leads::with_channel(sql, &business, &wanted)).await?;
    let (lead, channel) = found.ok_or_else(Problem::not_found)?;
    caller.note(&web, Record::Talk, &id).await;
    Ok(Json(view(lead, channel)?))
}

fn view(lead: leads::Lead, channel: String) -> Result<LeadView, Problem> {
    let state = LeadState::ALL.into_iter().find(|state| state.word() == lead.status);
    let (Some(heat), Some(state)) = (Heat::parse(&lead.heat), state) else {
        return Err(anyhow::anyhow!("a lead is stored as {} and {}", lead.heat, lead.status).into());
    };
    Ok(LeadView {
        heat,
        state,
        score: lead.score,
        reasons: reason_words(&lead.reasons),
        services: listed(&lead.services),
        tags: listed(&lead.tags),
        id: lead.conversation_id,
        name: lead.name,
        phone: lead.phone,
        wanted_at: lead.wanted_at,
        channel,
        source: lead.source,
        is_after_hours: lead.is_after_hours,
        is_in_crm: lead.crm_refs.is_some(),
        created_at: moment(lead.created_at_ms),
        updated_at: moment(lead.updated_at_ms),
    })
}
