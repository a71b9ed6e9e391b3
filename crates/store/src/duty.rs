//! What differs from a document's shifts for once. Every change moves the business's duty version on.

use crate::{Row, Sql, StoreError, all, one, values};

/// Somebody is on instead of another, or besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The duty version that made it.
    pub id: i64,
    /// Who is on.
    pub person_id: String,
    /// Instead of whom; empty means besides.
    pub instead_of: String,
    /// From when on.
    pub from_ms: i64,
    /// Until when, not included.
    pub to_ms: i64,
}

/// Somebody cannot be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// The duty version that made it.
    pub id: i64,
    /// Who is away.
    pub person_id: String,
    /// From when on.
    pub from_ms: i64,
    /// Until when, not included.
    pub to_ms: i64,
}

/// One asked another to take a shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swap {
    /// The duty version that made it.
    pub id: i64,
    /// Who asked.
    pub asker_id: String,
    /// Who was asked.
    pub other_id: String,
    /// What is given away, half-open.
    pub gives_ms: (i64, i64),
    /// What is taken for it, half-open.
    pub takes_ms: Option<(i64, i64)>,
    /// `asked`, `agreed`, `refused` or `expired`.
    pub state: String,
}

/// Rows of one list, the newest: a year of a busy clinic has some hundreds.
const LIST_MAX: i64 = 500;

/// Notes who stands in and returns the row's id. `id` of what is handed in does not matter.
pub fn put_override(sql: &mut dyn Sql, business: &str, change: &Override) -> Result<i64, StoreError> {
    let id = next_version(sql, business)?;
    let text = "insert into duty_overrides (business_id, id, person_id, instead_of, from_ms, to_ms) \
                values ($1, $2, $3, $4, $5, $6)";
    let Override { person_id, instead_of, from_ms, to_ms, .. } = change;
    sql.run(text, values![business, id, person_id.as_str(), instead_of.as_str(), *from_ms, *to_ms])?;
    Ok(id)
}

/// Notes an absence and returns the row's id. `id` of what is handed in does not matter.
pub fn put_absence(sql: &mut dyn Sql, business: &str, absence: &Absence) -> Result<i64, StoreError> {
    let id = next_version(sql, business)?;
    let text = "insert into duty_absences (business_id, id, person_id, from_ms, to_ms) values ($1, $2, $3, $4, $5)";
    sql.run(text, values![business, id, absence.person_id.as_str(), absence.from_ms, absence.to_ms])?;
    Ok(id)
}

/// Notes that a swap was asked for and returns the row's id. `id` of what is handed in does not matter.
pub fn put_swap(sql: &mut dyn Sql, business: &str, swap: &Swap) -> Result<i64, StoreError> {
    let id = next_version(sql, business)?;
    let text = "insert into duty_swaps (business_id, id, asker_id, other_id, gives_from_ms, gives_to_ms, \
                takes_from_ms, takes_to_ms, state) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let (from_ms, to_ms) = (swap.takes_ms.map(|takes| takes.0), swap.takes_ms.map(|takes| takes.1));
    let (asker, other) = (swap.asker_id.as_str(), swap.other_id.as_str());
    let (gives_from_ms, gives_to_ms) = swap.gives_ms;
    let state = swap.state.as_str();
    sql.run(text, values![business, id, asker, other, gives_from_ms, gives_to_ms, from_ms, to_ms, state])?;
    Ok(id)
}

/// One swap; `None` when it was taken off the list.
pub fn swap(sql: &mut dyn Sql, business: &str, id: i64) -> Result<Option<Swap>, StoreError> {
    let text = "select id, asker_id, other_id, gives_from_ms, gives_to_ms, takes_from_ms, takes_to_ms, state \
                from duty_swaps where business_id = $1 and id = $2";
    one(sql, text, values![business, id], swap_of)
}

/// Writes how a swap that was asked for stands now; false when it was answered before.
pub fn settle_swap(sql: &mut dyn Sql, business: &str, id: i64, state: &str) -> Result<bool, StoreError> {
    let text = "update duty_swaps set state = $3 where business_id = $1 and id = $2 and state = 'asked'";
    Ok(sql.exec(text, values![business, id, state])? > 0)
}

/// Takes a stand-in back; false when there is none.
pub fn remove_override(sql: &mut dyn Sql, business: &str, id: i64) -> Result<bool, StoreError> {
    next_version(sql, business)?;
    Ok(sql.exec("delete from duty_overrides where business_id = $1 and id = $2", values![business, id])? > 0)
}

/// Takes back who came besides for exactly this time; false when there is no such row.
pub fn remove_besides(
    sql: &mut dyn Sql,
    business: &str,
    person: &str,
    (from_ms, to_ms): (i64, i64),
) -> Result<bool, StoreError> {
    next_version(sql, business)?;
    let text = "delete from duty_overrides where business_id = $1 and person_id = $2 and instead_of = '' \
                and from_ms = $3 and to_ms = $4";
    Ok(sql.exec(text, values![business, person, from_ms, to_ms])? > 0)
}

/// What was said so far about the duty to come, and its version; `None` at first.
pub fn watch(sql: &mut dyn Sql, business: &str) -> Result<Option<(String, i64)>, StoreError> {
    let text = "select state, version from duty_watch where business_id = $1";
    one(sql, text, values![business], |row| Ok((row.text(0)?, row.int(1)?)))
}

/// Keeps what is said now over the version that was read, 0 for none; false when another node was quicker.
pub fn put_watch(sql: &mut dyn Sql, business: &str, version: i64, state: &str) -> Result<bool, StoreError> {
    let text = "insert into duty_watch (business_id, version, state) values ($1, $2, $3) \
                on conflict (business_id) do update set version = excluded.version, state = excluded.state \
                where duty_watch.version = $4";
    Ok(sql.exec(text, values![business, version + 1, state, version])? > 0)
}

/// Takes an absence back; false when there is none.
pub fn remove_absence(sql: &mut dyn Sql, business: &str, id: i64) -> Result<bool, StoreError> {
    next_version(sql, business)?;
    Ok(sql.exec("delete from duty_absences where business_id = $1 and id = $2", values![business, id])? > 0)
}

/// Takes a swap off the list; false when there is none. What was agreed stays.
pub fn remove_swap(sql: &mut dyn Sql, business: &str, id: i64) -> Result<bool, StoreError> {
    Ok(sql.exec("delete from duty_swaps where business_id = $1 and id = $2", values![business, id])? > 0)
}

/// Who stands in, of what ends after a moment, in the order it was made.
pub fn overrides(sql: &mut dyn Sql, business: &str, after_ms: i64) -> Result<Vec<Override>, StoreError> {
    let text = "select id, person_id, instead_of, from_ms, to_ms from duty_overrides \
                where business_id = $1 and to_ms > $2 order by id desc limit $3";
    in_order(sql, text, business, after_ms, |row| {
        Ok(Override {
            id: row.int(0)?,
            person_id: row.text(1)?,
            instead_of: row.text(2)?,
            from_ms: row.int(3)?,
            to_ms: row.int(4)?,
        })
    })
}

/// Who is away, of what ends after a moment, in the order it was made.
pub fn absences(sql: &mut dyn Sql, business: &str, after_ms: i64) -> Result<Vec<Absence>, StoreError> {
    let text = "select id, person_id, from_ms, to_ms from duty_absences \
                where business_id = $1 and to_ms > $2 order by id desc limit $3";
    in_order(sql, text, business, after_ms, |row| {
        Ok(Absence { id: row.int(0)?, person_id: row.text(1)?, from_ms: row.int(2)?, to_ms: row.int(3)? })
    })
}

/// Swaps whose given shift ends after a moment, in the order they were asked for.
pub fn swaps(sql: &mut dyn Sql, business: &str, after_ms: i64) -> Result<Vec<Swap>, StoreError> {
    let text = "select id, asker_id, other_id, gives_from_ms, gives_to_ms, takes_from_ms, takes_to_ms, state \
                from duty_swaps where business_id = $1 and gives_to_ms > $2 order by id desc limit $3";
    in_order(sql, text, business, after_ms, swap_of)
}

/// The newest rows, the oldest of them first.
fn in_order<T>(
    sql: &mut dyn Sql,
    text: &'static str,
    business: &str,
    after_ms: i64,
    read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut rows = all(sql, text, values![business, after_ms, LIST_MAX], read)?;
    rows.reverse();
    Ok(rows)
}

fn swap_of(row: &Row) -> Result<Swap, StoreError> {
    Ok(Swap {
        id: row.int(0)?,
        asker_id: row.text(1)?,
        other_id: row.text(2)?,
        gives_ms: (row.int(3)?, row.int(4)?),
        takes_ms: row.opt_int(5)?.zip(row.opt_int(6)?),
        state: row.text(7)?,
    })
}

/// Moves the version on; whoever changes the duty of one business at once stands in a line here.
pub(crate) fn next_version(sql: &mut dyn Sql, business: &str) -> Result<i64, StoreError> {
    let text = "update businesses set duty_version = duty_version + 1 where id = $1 returning duty_version";
    let version = one(sql, text, values![business], |row| row.int(0))?;
    version.ok_or_else(|| StoreError::stale("businesses"))
}
