//! A year of a business in its database: evenings that were really played, copied back through the year.

use std::path::Path;

use anyhow::{Context, Result};
use rusqlite::{Connection, params};

/// Copies of the played evenings, that many hours apart: a year of them, at every hour of the day.
pub const COPIES: i64 = 199;
const APART_MS: i64 = 158_040_000;
const WEEK_MS: i64 = 7 * 86_400_000;
/// Visits fill the weeks of a year back and forth: a specialist's diary takes no visit twice.
const WEEKS: i64 = 51;

/// The id of a copy of conversation `id`: as many digits, and no other's.
const COPY_ID: &str = "substr(id, 1, 14) || printf('%06x', ?1)";

/// What stands in the database afterwards.
#[derive(Debug)]
pub struct Amounts {
    pub messages: i64,
    pub conversations: i64,
    pub leads: i64,
    pub visits: i64,
    pub facts: i64,
    /// Messages of clients.
    pub heard: i64,
    /// The conversation with most to show.
    pub longest: String,
    /// The first and the last day of the year, by the salon's calendar.
    pub days: (String, String),
}

/// Days whose facts are added up and kept.
pub fn kept_days(database: &Path) -> Result<i64> {
    Ok(Connection::open(database)?.query_row("select count(*) from fact_days", [], |row| row.get(0))?)
}

/// Copies what was played, one copy a transaction.
pub fn fill(database: &Path) -> Result<Amounts> {
    let mut base = Connection::open(database)?;
    base.execute_batch(
        "create temp table talk as select * from conversations;
         create temp table bubble as select * from messages;
         create temp table lead as select * from leads;
         create temp table alarm as select * from cases;
         create temp table visit as select * from bookings;
         create temp table fact as select * from facts;
         create temp table deed as select * from journal;",
    )?;
    for copy in 1..=COPIES {
        let tx = base.transaction()?;
        copy_talks(&tx, copy)?;
        copy_rest(&tx, copy)?;
        if copy <= WEEKS {
            copy_visits(&tx, copy)?;
        }
        tx.commit()?;
    }
    amounts(&base)
}

fn copy_talks(tx: &Connection, copy: i64) -> Result<()> {
    let id_of = |column: &str| COPY_ID.replace("id,", &format!("{column},"));
    tx.execute(
        &format!(
            "insert into conversations select business_id, {COPY_ID}, channel, account, peer || '-' || ?1, version, \
             replace(state, id, {COPY_ID}), speaker, heat, is_after_hours, needs_person, client_name, last_text_short, \
             search, last_at_ms - ?2, created_at_ms - ?2 from talk"
        ),
        params![copy, copy * APART_MS],
    )?;
    let talk = id_of("conversation_id");
    tx.execute(
        &format!(
            "insert into messages select null, business_id, {talk}, seq, at_ms - ?2, author, person_id, text, buttons, null, \
             delivery, chips, file from bubble"
        ),
        params![copy, copy * APART_MS],
    )?;
    tx.execute(
        &format!(
            "insert into leads select business_id, {talk}, heat, score, reasons, name, phone, services, wanted_at, \
             status, source, tags, is_after_hours, crm_refs, created_at_ms - ?2, updated_at_ms - ?2, request_no, \
             request_end from lead"
        ),
        params![copy, copy * APART_MS],
    )?;
    Ok(())
}

fn copy_rest(tx: &Connection, copy: i64) -> Result<()> {
    let id_of = |column: &str| COPY_ID.replace("id,", &format!("{column},"));
    let talk = id_of("conversation_id");
    // What was open that night is closed by now.
    tx.execute(
        &format!(
            "insert into cases select business_id, replace(id, conversation_id, {talk}), {talk}, 'closed', level, \
             policy, taken_by, opened_at_ms - ?2, null, coalesce(closed_at_ms, opened_at_ms + 600000) - ?2, why \
             from alarm"
        ),
        params![copy, copy * APART_MS],
    )?;
    tx.execute(
        "insert into facts (business_id, at_ms, what, channel, is_night, amount) \
         select business_id, at_ms - ?2, what, channel, (is_night + ?1) % 2, amount from fact",
        params![copy, copy * APART_MS],
    )?;
    tx.execute(
        "insert into journal (business_id, at_ms, actor, action, subject, details) \
         select business_id, at_ms - ?1, actor, action, subject, details from deed",
        params![copy * APART_MS],
    )?;
    Ok(())
}

fn copy_visits(tx: &Connection, copy: i64) -> Result<()> {
    let talk = COPY_ID.replace("id,", "conversation_id,");
    let columns = columns_of(tx, "bookings")?;
    let values: Vec<String> = columns
        .iter()
        .map(|column| match column.as_str() {
            "id" => format!("replace(id, conversation_id, {talk})"),
            "conversation_id" => talk.clone(),
            "status" => "case status when 'confirmed' then 'arrived' else status end".to_owned(),
            "starts_at_ms" | "ends_at_ms" | "visit_ends_at_ms" => format!("{column} - ?2"),
            // One part, put by the table itself.
            "spans" => "0".to_owned(),
            _ => column.clone(),
        })
        .collect();
    tx.execute(
        // On a Sunday «через неделю» is Monday in eight days: what is further off than a week stands in the next copy's way.
        &format!(
            "insert into bookings ({}) select {} from visit \
             where ends_at_ms <= (select min(starts_at_ms) from visit) + ?3",
            columns.join(", "),
            values.join(", ")
        ),
        params![copy, copy * WEEK_MS, WEEK_MS],
    )?;
    Ok(())
}

fn columns_of(tx: &Connection, table: &str) -> Result<Vec<String>> {
    let mut found = tx.prepare("select name from pragma_table_info(?1)")?;
    let names = found.query_map([table], |row| row.get(0))?;
    names.collect::<Result<_, _>>().context("the columns of a table")
}

fn amounts(base: &Connection) -> Result<Amounts> {
    let count = |what: &str| base.query_row(&format!("select count(*) from {what}"), [], |row| row.get::<_, i64>(0));
    let longest = "select conversation_id from messages group by conversation_id order by count(*) desc limit 1";
    Ok(Amounts {
        messages: count("messages")?,
        conversations: count("conversations")?,
        leads: count("leads")?,
        visits: count("bookings")?,
        facts: count("facts")?,
        heard: count("messages where author = 'client'")?,
        longest: base.query_row(longest, [], |row| row.get(0))?,
        days: base.query_row("select date('now', '+3 hours', '-365 days'), date('now', '+3 hours')", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?,
    })
}
