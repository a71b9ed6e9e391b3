//! What clients told, taken away when it has been kept long enough. Everything is done bit by bit, and a bit is whole:
//! what is half taken away is found again.

use crate::{Sql, StoreError, all, conversations, one, values};

/// Before which moments what was told is too old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Messages.
    pub messages_before_ms: i64,
    /// The last message of a conversation.
    pub leads_before_ms: i64,
    /// The end of its last visit.
    pub visits_before_ms: i64,
}

/// What was taken away. Writing and reading share the type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Erased {
    /// Whole conversations, each with whatever was kept beside it.
    pub conversations: i64,
    /// Messages, of those conversations too.
    pub messages: i64,
    /// Leads.
    pub leads: i64,
    /// Visits.
    pub visits: i64,
    /// Cases.
    pub cases: i64,
}

/// How much is taken away in one transaction. Source: compliance 6.3.
pub const ROWS_MAX: i64 = 1_000;

/// What makes a conversation `c` of the business `$1` too old: silent since before `$2`, without a visit since `$3`, and
/// nothing in it waits for anybody at `$4`.
macro_rules! is_overdue {
    () => {
        "c.last_at_ms < $2 \
        and not exists (select 1 from bookings b where b.business_id = $1 and b.conversation_id = c.id \
            and b.status in ('held', 'confirmed', 'arrived', 'no_show') and b.visit_ends_at_ms >= $3) \
        and not exists (select 1 from cases k where k.business_id = $1 and k.conversation_id = c.id \
            and k.state <> 'closed') \
        and not exists (select 1 from inbox i where i.business_id = $1 and i.conversation_id = c.id and i.status = 0) \
        and not exists (select 1 from inbox i where i.business_id = $1 and i.conversation_id = c.id and i.status = 2) \
        and not exists (select 1 from outbox o where o.business_id = $1 and o.conversation_id = c.id and o.status = 0) \
        and not exists (select 1 from alarms a where a.business_id = $1 and a.conversation_id = c.id and a.status = 0) \
        and not exists (select 1 from waitlist w where w.business_id = $1 and w.conversation_id = c.id \
            and w.to_ms >= $4)"
    };
}

/// Conversations that have been kept long enough, the quietest first, at most `limit`: nothing in them waits for anybody.
pub fn overdue(
    sql: &mut dyn Sql,
    business: &str,
    terms: &Terms,
    now_ms: i64,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let text = concat!(
        "select c.id from conversations c where c.business_id = $1 and ",
        is_overdue!(),
        " order by c.last_at_ms, c.id limit $5"
    );
    let values = values![business, terms.leads_before_ms, terms.visits_before_ms, now_ms, limit];
    all(sql, text, values, |row| row.text(0))
}

/// Whether a conversation still is one of [`overdue`]; other turns of it wait.
fn is_overdue(
    sql: &mut dyn Sql,
    business: &str,
    conversation: &str,
    terms: &Terms,
    now_ms: i64,
) -> Result<bool, StoreError> {
    conversations::load(sql, business, conversation)?;
    let text = concat!("select c.id from conversations c where c.business_id = $1 and c.id = $5 and ", is_overdue!());
    let values = values![business, terms.leads_before_ms, terms.visits_before_ms, now_ms, conversation];
    Ok(one(sql, text, values, |row| row.text(0))?.is_some())
}

/// Conversations with messages that have been kept long enough, at most `limit`.
pub fn outspoken(sql: &mut dyn Sql, business: &str, before_ms: i64, limit: i64) -> Result<Vec<String>, StoreError> {
    let text = "select id from conversations c where business_id = $1 and created_at_ms < $2 and (select m.at_ms \
        from messages m where m.business_id = $1 and m.conversation_id = c.id and not (m.author = 'note' and m.text = '') \
        order by m.seq limit 1) < $2 order by last_at_ms, id limit $3";
    all(sql, text, values![business, before_ms, limit], |row| row.text(0))
}

/// Takes away some of a conversation of [`overdue`]: at most `room` of its messages, and with the last of them whatever is
/// kept beside it; nothing when the client came back, or somebody waits in it, since it was found. Consents, the journal
/// and what was counted name nobody or are kept for longer by law.
pub fn erase(
    sql: &mut dyn Sql,
    business: &str,
    conversation: &str,
    terms: &Terms,
    now_ms: i64,
    room: i64,
) -> Result<Erased, StoreError> {
    let mut erased = Erased::default();
    if !is_overdue(sql, business, conversation, terms, now_ms)? {
        return Ok(erased);
    }
    let text = "delete from messages where business_id = $1 and conversation_id = $2 and seq in (select seq \
                from messages where business_id = $1 and conversation_id = $2 order by seq limit $3)";
    erased.messages = count(sql.exec(text, values![business, conversation, room])?);
    if erased.messages == room {
        return Ok(erased);
    }
    erased.conversations = 1;
    for (text, counted) in [
        ("delete from leads where business_id = $1 and conversation_id = $2", Some(&mut erased.leads)),
        (
            "delete from booking_spans where business_id = $1 and booking_id in (select id from bookings \
             where business_id = $1 and conversation_id = $2)",
            None,
        ),
        ("delete from bookings where business_id = $1 and conversation_id = $2", Some(&mut erased.visits)),
        (
            "delete from notices where business_id = $1 and case_id in (select id from cases where business_id = $1 \
             and conversation_id = $2)",
            None,
        ),
        (
            "delete from case_steps where business_id = $1 and case_id in (select id from cases where business_id = $1 \
             and conversation_id = $2)",
            None,
        ),
        ("delete from cases where business_id = $1 and conversation_id = $2", Some(&mut erased.cases)),
        ("delete from waitlist where business_id = $1 and conversation_id = $2", None),
        ("delete from lessons where business_id = $1 and conversation_id = $2 and label = ''", None),
        // What was sent goes by itself within a month; what nobody could deliver does not.
        ("delete from outbox where business_id = $1 and conversation_id = $2 and status = 2", None),
        ("delete from conversations where business_id = $1 and id = $2", None),
    ] {
        let gone = count(sql.exec(text, values![business, conversation])?);
        if let Some(counted) = counted {
            *counted = gone;
        }
    }
    Ok(erased)
}

/// Takes away at most `room` of a conversation's messages from before then, the oldest first. If nothing newer is there, the last
/// one stays without a word, so that numbers go on: an empty note.
pub fn hush(
    sql: &mut dyn Sql,
    business: &str,
    conversation: &str,
    before_ms: i64,
    room: i64,
) -> Result<Erased, StoreError> {
    let text = "delete from messages where business_id = $1 and conversation_id = $2 and author = 'note' and text = '' \
                and seq < (select max(seq) from messages where business_id = $1 and conversation_id = $2)";
    sql.run(text, values![business, conversation])?;
    let text = "delete from messages where business_id = $1 and conversation_id = $2 and seq in (select seq \
                from messages where business_id = $1 and conversation_id = $2 and at_ms < $3 and seq < (select max(seq) \
                from messages where business_id = $1 and conversation_id = $2) order by seq limit $4)";
    let gone = count(sql.exec(text, values![business, conversation, before_ms, room])?);
    if gone == room {
        return Ok(Erased { messages: gone, ..Erased::default() });
    }
    let text = "update messages set author = 'note', person_id = null, text = '', buttons = null, vendor_id = null, \
                delivery = '', chips = null, file = null where business_id = $1 and conversation_id = $2 and at_ms < $3 \
                and not (author = 'note' and text = '')";
    let last = count(sql.exec(text, values![business, conversation, before_ms])?);
    sql.run(
        "delete from lessons where business_id = $1 and conversation_id = $2 and at_ms < $3 and label = ''",
        values![business, conversation, before_ms],
    )?;
    conversations::hush(sql, business, conversation, before_ms)?;
    Ok(Erased { messages: gone + last, ..Erased::default() })
}

fn count(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// Adds to what was taken away on a day of the business's calendar, a number of days since 1970.
pub fn note(sql: &mut dyn Sql, business: &str, day: i64, erased: &Erased) -> Result<(), StoreError> {
    let text = "insert into erasures (business_id, day, conversations, messages, leads, visits, cases) \
                values ($1, $2, $3, $4, $5, $6, $7) on conflict (business_id, day) do update set \
                conversations = erasures.conversations + excluded.conversations, messages = erasures.messages + excluded.messages, \
                leads = erasures.leads + excluded.leads, visits = erasures.visits + excluded.visits, \
                cases = erasures.cases + excluded.cases";
    let Erased { conversations, messages, leads, visits, cases } = *erased;
    sql.run(text, values![business, day, conversations, messages, leads, visits, cases])
}

/// What was taken away by day, the last first, at most `limit` days.
pub fn erased(sql: &mut dyn Sql, business: &str, limit: i64) -> Result<Vec<(i64, Erased)>, StoreError> {
    let text = "select day, conversations, messages, leads, visits, cases from erasures where business_id = $1 \
                order by day desc limit $2";
    all(sql, text, values![business, limit], |row| {
        let (conversations, messages) = (row.int(1)?, row.int(2)?);
        Ok((
            row.int(0)?,
            Erased { conversations, messages, leads: row.int(3)?, visits: row.int(4)?, cases: row.int(5)? },
        ))
    })
}
