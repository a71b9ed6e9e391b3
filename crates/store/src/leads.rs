//! Leads: one a conversation, as the console and the CRM see it.

use crate::{Row, Sql, StoreError, Value, Window, all, one, values};

/// A lead. Writing and reading share the type.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lead {
    /// Where it came up: one lead a conversation, so this is its name too.
    pub conversation_id: String,
    /// `cold`, `warm` or `hot`.
    pub heat: String,
    /// Probability of a deal, 0 to 1.
    pub score: f64,
    /// Why, JSON.
    pub reasons: String,
    /// May be empty.
    pub name: String,
    /// May be empty.
    pub phone: String,
    /// What is wanted, JSON.
    pub services: String,
    /// When it is wanted, in words or ISO; may be empty.
    pub wanted_at: String,
    /// Where it stands.
    pub status: String,
    /// Where the client came from.
    pub source: String,
    /// JSON list.
    pub tags: String,
    /// Whether it came outside working hours.
    pub is_after_hours: bool,
    /// What the CRM calls it, JSON; written by [`set_crm_refs`] alone.
    pub crm_refs: Option<String>,
    /// Which request of its conversation this is; what the CRM called an earlier one is forgotten.
    pub request_no: i64,
    /// How people ended it in the CRM: `won`, `lost` or `gone`.
    pub request_end: Option<String>,
    /// When it came up; kept from the first save of the request.
    pub created_at_ms: i64,
    /// When it last changed.
    pub updated_at_ms: i64,
}

/// Which leads to list; `None` means any.
#[derive(Debug, Clone, Copy, Default)]
pub struct LeadFilter<'a> {
    /// How warm.
    pub heat: Option<&'a str>,
    /// Where it stands.
    pub status: Option<&'a str>,
    /// Changed at this moment or later.
    pub since_ms: i64,
}

/// Saves the lead of a conversation; the time of creation stays that of the request's first save.
pub fn upsert(sql: &mut dyn Sql, business: &str, lead: &Lead) -> Result<(), StoreError> {
    let text = "insert into leads (business_id, conversation_id, heat, score, reasons, name, phone, services, \
                wanted_at, status, source, tags, is_after_hours, created_at_ms, updated_at_ms, request_no, request_end) \
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) \
                on conflict (business_id, conversation_id) do update set heat = excluded.heat, score = excluded.score, \
                reasons = excluded.reasons, name = excluded.name, phone = excluded.phone, services = excluded.services, \
                wanted_at = excluded.wanted_at, status = excluded.status, source = excluded.source, \
                tags = excluded.tags, is_after_hours = excluded.is_after_hours, updated_at_ms = excluded.updated_at_ms, \
                crm_refs = case when leads.request_no = excluded.request_no then leads.crm_refs end, \
                created_at_ms = case when leads.request_no = excluded.request_no then leads.created_at_ms \
                else excluded.created_at_ms end, \
                request_no = excluded.request_no, request_end = excluded.request_end";
    let values = values![
        business,
        &lead.conversation_id,
        &lead.heat,
        lead.score,
        &lead.reasons,
        &lead.name,
        &lead.phone,
        &lead.services,
        &lead.wanted_at,
        &lead.status,
        &lead.source,
        &lead.tags,
        lead.is_after_hours,
        lead.created_at_ms,
        lead.updated_at_ms,
        lead.request_no,
        lead.request_end.as_deref(),
    ];
    sql.run(text, values)
}

/// Keeps what the CRM calls a request of a conversation, unless that has another one by now.
pub fn set_crm_refs(
    sql: &mut dyn Sql,
    business: &str,
    (conversation, request_no): (&str, i64),
    crm_refs: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    let text = "update leads set crm_refs = $4, updated_at_ms = $5 \
                where business_id = $1 and conversation_id = $2 and request_no = $3";
    sql.run(text, values![business, conversation, request_no, crm_refs, now_ms])
}

/// A request that stands in the CRM, as far as we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderWay {
    pub conversation_id: String,
    pub request_no: i64,
    /// JSON.
    pub crm_refs: String,
}

/// Requests in the CRM that nobody has ended, changed after `after_ms`, changed last first.
pub fn under_way(sql: &mut dyn Sql, business: &str, after_ms: i64, limit: i64) -> Result<Vec<UnderWay>, StoreError> {
    let text = "select conversation_id, request_no, crm_refs from leads \
                where business_id = $1 and updated_at_ms > $2 and crm_refs is not null and request_end is null \
                order by updated_at_ms desc, conversation_id desc limit $3";
    all(sql, text, values![business, after_ms, limit], |row| {
        Ok(UnderWay { conversation_id: row.text(0)?, request_no: row.int(1)?, crm_refs: row.text(2)? })
    })
}

/// Reads the lead of a conversation.
pub fn of_conversation(sql: &mut dyn Sql, business: &str, conversation: &str) -> Result<Option<Lead>, StoreError> {
    let text = "select conversation_id, heat, score, reasons, name, phone, services, wanted_at, status, source, \
                tags, is_after_hours, crm_refs, request_no, request_end, created_at_ms, updated_at_ms from leads \
                where business_id = $1 and conversation_id = $2";
    one(sql, text, values![business, conversation], lead)
}

/// Conversations whose lead has this phone, other than `except`, changed last first.
pub fn with_phone(
    sql: &mut dyn Sql,
    business: &str,
    phone: &str,
    except: &str,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let text = "select conversation_id from leads where business_id = $1 and phone = $2 \
                and conversation_id <> $3 order by updated_at_ms desc, conversation_id limit $4";
    all(sql, text, values![business, phone, except, limit], |row| row.text(0))
}

/// Lists leads changed before `before_ms`, newest first.
pub fn list(
    sql: &mut dyn Sql,
    business: &str,
    filter: &LeadFilter<'_>,
    before_ms: i64,
    limit: i64,
) -> Result<Vec<Lead>, StoreError> {
    let text = "select conversation_id, heat, score, reasons, name, phone, services, wanted_at, status, source, \
                tags, is_after_hours, crm_refs, request_no, request_end, created_at_ms, updated_at_ms from leads \
                where business_id = $1 and updated_at_ms < $2 and (cast($3 as text) is null or heat = $3) \
                and (cast($4 as text) is null or status = $4) and updated_at_ms >= $6 \
                order by updated_at_ms desc, conversation_id desc limit $5";
    let values: &[Value<'_>] = values![business, before_ms, filter.heat, filter.status, limit, filter.since_ms];
    all(sql, text, values, lead)
}

/// How many leads changed since then stand where, by the word of their status.
pub fn counts(
    sql: &mut dyn Sql,
    business: &str,
    heat: Option<&str>,
    since_ms: i64,
) -> Result<Vec<(String, i64)>, StoreError> {
    let text = "select status, count(*) from leads where business_id = $1 and updated_at_ms >= $2 \
                and (cast($3 as text) is null or heat = $3) group by status order by status";
    all(sql, text, values![business, since_ms, heat], |row| Ok((row.text(0)?, row.int(1)?)))
}

/// Which leads a page shows; `None` means any.
#[derive(Debug, Clone, Copy, Default)]
pub struct PageFilter<'a> {
    /// How warm.
    pub heat: Option<&'a str>,
    /// Where it stands.
    pub status: Option<&'a str>,
    /// Where its conversation goes on.
    pub channel: Option<&'a str>,
}

/// One page of leads by their last change, newest first, each with the channel of its conversation.
pub fn page(
    sql: &mut dyn Sql,
    business: &str,
    filter: &PageFilter<'_>,
    window: &Window<'_>,
) -> Result<Vec<(Lead, String)>, StoreError> {
    let text = "select l.conversation_id, l.heat, l.score, l.reasons, l.name, l.phone, l.services, l.wanted_at, \
                l.status, l.source, l.tags, l.is_after_hours, l.crm_refs, l.request_no, l.request_end, \
                l.created_at_ms, l.updated_at_ms, c.channel from leads l \
                join conversations c on c.business_id = l.business_id and c.id = l.conversation_id \
                where l.business_id = $1 and l.updated_at_ms >= $2 and l.updated_at_ms < $3 and l.updated_at_ms <= $4 \
                and (l.updated_at_ms < $4 or l.conversation_id < $5) and (cast($6 as text) is null or l.heat = $6) \
                and (cast($7 as text) is null or l.status = $7) and (cast($8 as text) is null or c.channel = $8) \
                order by l.updated_at_ms desc, l.conversation_id desc limit $9";
    let (after_ms, after_id) = window.after.unwrap_or((i64::MAX, ""));
    let PageFilter { heat, status, channel } = *filter;
    let values =
        values![business, window.from_ms, window.to_ms, after_ms, after_id, heat, status, channel, window.limit];
    all(sql, text, values, |row| Ok((lead(row)?, row.text(17)?)))
}

/// One lead with the channel of its conversation.
pub fn with_channel(
    sql: &mut dyn Sql,
    business: &str,
    conversation: &str,
) -> Result<Option<(Lead, String)>, StoreError> {
    let text = "select l.conversation_id, l.heat, l.score, l.reasons, l.name, l.phone, l.services, l.wanted_at, \
                l.status, l.source, l.tags, l.is_after_hours, l.crm_refs, l.request_no, l.request_end, \
                l.created_at_ms, l.updated_at_ms, c.channel from leads l \
                join conversations c on c.business_id = l.business_id and c.id = l.conversation_id \
                where l.business_id = $1 and l.conversation_id = $2";
    one(sql, text, values![business, conversation], |row| Ok((lead(row)?, row.text(17)?)))
}

fn lead(row: &Row<'_>) -> Result<Lead, StoreError> {
    Ok(Lead {
        conversation_id: row.text(0)?,
        heat: row.text(1)?,
        score: row.float(2)?,
        reasons: row.text(3)?,
        name: row.text(4)?,
        phone: row.text(5)?,
        services: row.text(6)?,
        wanted_at: row.text(7)?,
        status: row.text(8)?,
        source: row.text(9)?,
        tags: row.text(10)?,
        is_after_hours: row.flag(11)?,
        crm_refs: row.opt_text(12)?,
        request_no: row.int(13)?,
        request_end: row.opt_text(14)?,
        created_at_ms: row.int(15)?,
        updated_at_ms: row.int(16)?,
    })
}
