//! What is counted: facts as they become known, and the days that are over with their facts added up.
//!
//! A fact belongs to the moment it became known and is never changed, so a kept day stays true. What is spent and
//! pressed is counted elsewhere by the UTC day; it is read here with the rest.

use crate::{Sql, StoreError, all, one, values};

/// One thing to count. Writing and reading share the type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// When it became known.
    pub at_ms: i64,
    /// A word of the core.
    pub what: String,
    /// By which channel.
    pub channel: String,
    /// The business was closed.
    pub is_night: bool,
    /// What it means depends on `what`.
    pub amount: i64,
}

/// What a business spent and what its clients pressed in some days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Daily {
    /// Questions to a language model.
    pub questions: i64,
    /// Their tokens.
    pub tokens: i64,
    /// SMS and calls to the staff.
    pub rings: i64,
    /// Their price.
    pub kop: i64,
    /// Buttons shown and pressed.
    pub buttons: (i64, i64),
    /// Links shown and opened.
    pub links: (i64, i64),
}

/// Adds a fact.
pub fn add(sql: &mut dyn Sql, business: &str, fact: &Fact) -> Result<(), StoreError> {
    let text =
        "insert into facts (business_id, at_ms, what, channel, is_night, amount) values ($1, $2, $3, $4, $5, $6)";
    sql.run(text, values![business, fact.at_ms, &fact.what, &fact.channel, fact.is_night, fact.amount])
}

/// Shows each fact of `[from_ms, to_ms)`, in no particular order.
pub fn each(
    sql: &mut dyn Sql,
    business: &str,
    (from_ms, to_ms): (i64, i64),
    see: &mut dyn FnMut(Fact),
) -> Result<(), StoreError> {
    let text = "select at_ms, what, channel, is_night, amount from facts \
                where business_id = $1 and at_ms >= $2 and at_ms < $3";
    sql.rows(text, values![business, from_ms, to_ms], &mut |row| {
        see(Fact {
            at_ms: row.int(0)?,
            what: row.text(1)?,
            channel: row.text(2)?,
            is_night: row.flag(3)?,
            amount: row.int(4)?,
        });
        Ok(())
    })
}

/// How many facts of one word became known since then.
pub fn count_since(sql: &mut dyn Sql, business: &str, what: &str, since_ms: i64) -> Result<i64, StoreError> {
    let text = "select count(*) from facts where business_id = $1 and at_ms >= $2 and what = $3";
    Ok(one(sql, text, values![business, since_ms, what], |row| row.int(0))?.unwrap_or_default())
}

/// When the first fact became known; `None` while there is none.
pub fn first_at_ms(sql: &mut dyn Sql, business: &str) -> Result<Option<i64>, StoreError> {
    let text = "select at_ms from facts where business_id = $1 order by at_ms limit 1";
    one(sql, text, values![business], |row| row.int(0))
}

/// Keeps a day that is over; one that is kept already stays as it is.
pub fn keep(sql: &mut dyn Sql, business: &str, day: i64, tally: &str) -> Result<(), StoreError> {
    let text = "insert into fact_days (business_id, day, tally) values ($1, $2, $3) \
                on conflict (business_id, day) do nothing";
    sql.run(text, values![business, day, tally])
}

/// The kept days of `[from, to)`, the earliest first.
pub fn kept(sql: &mut dyn Sql, business: &str, from: i64, to: i64) -> Result<Vec<(i64, String)>, StoreError> {
    let text = "select day, tally from fact_days where business_id = $1 and day >= $2 and day < $3 order by day";
    all(sql, text, values![business, from, to], |row| Ok((row.int(0)?, row.text(1)?)))
}

/// The last kept day.
pub fn last_kept(sql: &mut dyn Sql, business: &str) -> Result<Option<i64>, StoreError> {
    let text = "select day from fact_days where business_id = $1 order by day desc limit 1";
    one(sql, text, values![business], |row| row.int(0))
}

/// What was spent and pressed in the UTC days `[from, to)`.
pub fn daily(sql: &mut dyn Sql, business: &str, from: i64, to: i64) -> Result<Daily, StoreError> {
    let span = values![business, from, to];
    let spent = "select cast(coalesce(sum(questions), 0) as bigint), cast(coalesce(sum(tokens), 0) as bigint) \
                 from spending where business_id = $1 and day >= $2 and day < $3";
    let rung = "select cast(coalesce(sum(rings), 0) as bigint), cast(coalesce(sum(kop), 0) as bigint) \
                from ring_spending where business_id = $1 and day >= $2 and day < $3";
    let pressed = "select cast(coalesce(sum(case when what like 'button:%' then shown end), 0) as bigint), \
                   cast(coalesce(sum(case when what like 'button:%' then taken end), 0) as bigint), \
                   cast(coalesce(sum(case when what like 'link:%' then shown end), 0) as bigint), \
                   cast(coalesce(sum(case when what like 'link:%' then taken end), 0) as bigint) \
                   from clicks where business_id = $1 and day >= $2 and day < $3";
    let (questions, tokens) = one(sql, spent, span, |row| Ok((row.int(0)?, row.int(1)?)))?.unwrap_or_default();
    let (rings, kop) = one(sql, rung, span, |row| Ok((row.int(0)?, row.int(1)?)))?.unwrap_or_default();
    let (buttons, links) = one(sql, pressed, span, |row| Ok(((row.int(0)?, row.int(1)?), (row.int(2)?, row.int(3)?))))?
        .unwrap_or_default();
    Ok(Daily { questions, tokens, rings, kop, buttons, links })
}
