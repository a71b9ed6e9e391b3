//! What must go out, in order within its lane, under one key for ever.
//!
//! A row is sent by the node that holds its lease. A node that stalled longer than its lease
//! loses it and can no longer record an outcome, so two nodes never both finish one row.

use crate::{Row, Sql, StoreError, all, dialect, one, values};

/// An effect on its way out.
#[derive(Debug, Clone, Copy)]
pub struct NewRow<'a> {
    /// Idempotency key, the same however often the effect is played.
    pub key: &'a str,
    /// Whose effect; may be empty.
    pub conversation_id: &'a str,
    /// Rows of one lane go strictly one after another.
    pub lane: &'a str,
    /// Who receives: a channel's account, the CRM, the model.
    pub destination: &'a str,
    /// Name of the effect.
    pub kind: &'a str,
    /// 0 goes first.
    pub priority: i64,
    /// JSON.
    pub payload: &'a str,
    /// Moment of the turn.
    pub created_at_ms: i64,
    /// Not to be sent before.
    pub due_at_ms: i64,
}

/// The right to send a row until a moment.
#[derive(Debug, Clone, Copy)]
pub struct Lease<'a> {
    /// The node.
    pub owner: &'a str,
    /// Until when.
    pub until_ms: i64,
}

/// A row that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queued {
    /// Its id; grows.
    pub id: i64,
    /// Whether the wanted lease was given: only to the first unfinished row of a lane that is due at once.
    pub is_leased: bool,
}

/// A claimed row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its id.
    pub id: i64,
    /// Whose.
    pub business: String,
    /// Idempotency key.
    pub key: String,
    /// Whose effect; may be empty.
    pub conversation_id: String,
    /// Its lane.
    pub lane: String,
    /// Who receives.
    pub destination: String,
    /// Name of the effect.
    pub kind: String,
    /// 0 goes first.
    pub priority: i64,
    /// JSON.
    pub payload: String,
    /// Moment of the turn.
    pub created_at_ms: i64,
    /// Not to be sent before.
    pub due_at_ms: i64,
    /// Tries that ended without success.
    pub attempts: i64,
    /// Outcome of the last of them, of a row that was given up the code; empty at first.
    pub last_outcome: String,
    /// Since when nobody knows whether it was done; look it up before repeating.
    pub unknown_since_ms: Option<i64>,
}

/// A try that ended without success.
#[derive(Debug, Clone, Copy)]
pub struct Retry<'a> {
    /// Who tried.
    pub owner: &'a str,
    /// When to try again.
    pub due_at_ms: i64,
    /// What is known now.
    pub outcome: &'a str,
    /// For the console.
    pub why: &'a str,
    /// Since when nobody knows whether it was done; none ends the doubt.
    pub unknown_since_ms: Option<i64>,
}

/// Why a row is given up.
#[derive(Debug, Clone, Copy)]
pub struct End<'a> {
    /// By this the console knows what to say.
    pub code: &'a str,
    /// In whatever words there are.
    pub why: &'a str,
}

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// To be sent, or being sent.
    Waiting,
    /// Sent, with its receipt.
    Done,
    /// Given up; a person may replay it.
    Dead,
    /// Replaced by a later row before it was sent.
    Superseded,
}

impl Status {
    fn number(self) -> i64 {
        match self {
            Self::Waiting => 0,
            Self::Done => 1,
            Self::Dead => 2,
            Self::Superseded => 3,
        }
    }
}

/// A row in the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRow {
    /// The row.
    pub row: OutboxRow,
    /// Who sends it now; empty when nobody.
    pub lease_owner: String,
    /// What the receiver answered, JSON.
    pub receipt: Option<String>,
    /// Why the last try failed.
    pub why: String,
}

/// What waits for one receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Who.
    pub destination: String,
    /// Rows that are due.
    pub count: i64,
    /// When the oldest of them was made.
    pub oldest_at_ms: i64,
}

/// Rows of all businesses by status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutboxCounts {
    /// To be sent.
    pub waiting: i64,
    /// Sent.
    pub done: i64,
    /// Given up.
    pub dead: i64,
    /// Replaced.
    pub superseded: i64,
}

/// Puts an effect, leased at once when asked and possible. `None` means the key is known: the old row stays as it is.
pub fn put(
    sql: &mut dyn Sql,
    business: &str,
    row: &NewRow<'_>,
    lease: Option<Lease<'_>>,
) -> Result<Option<Queued>, StoreError> {
    // One statement: whether the lane is free is asked where the row is made. The cast tells PostgreSQL the width.
    let text = "insert into outbox (business_id, key, conversation_id, lane, destination, kind, priority, payload, \
                created_at_ms, due_at_ms, lease_owner, lease_until_ms) \
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
                case when exists (select 1 from outbox where business_id = $1 and lane = $4 and status = 0) \
                then '' else $11 end, \
                case when exists (select 1 from outbox where business_id = $1 and lane = $4 and status = 0) \
                then 0 else cast($12 as bigint) end) \
                on conflict (business_id, key) do nothing returning id, lease_until_ms";
    let wanted = lease.filter(|_| row.due_at_ms <= row.created_at_ms);
    let (owner, until_ms) = wanted.map_or(("", 0), |lease| (lease.owner, lease.until_ms));
    let values = values![
        business,
        row.key,
        row.conversation_id,
        row.lane,
        row.destination,
        row.kind,
        row.priority,
        row.payload,
        row.created_at_ms,
        row.due_at_ms,
        owner,
        until_ms,
    ];
    one(sql, text, values, |row| Ok(Queued { id: row.int(0)?, is_leased: row.int(1)? > 0 }))
}

/// What a row says that nobody has begun to send; `None` when there is none under this key. Only inside `write`: on
/// PostgreSQL the row is held, so that what is added to it is not written over.
pub fn waiting_payload(sql: &mut dyn Sql, business: &str, key: &str) -> Result<Option<String>, StoreError> {
    let text = dialect::WAITING_PAYLOAD.of(sql)?;
    one(sql, text, values![business, key], |row| row.text(0))
}

/// Has such a row say something else; false when it is being sent by now.
pub fn reword(sql: &mut dyn Sql, business: &str, key: &str, payload: &str) -> Result<bool, StoreError> {
    let text = "update outbox set payload = $3 \
                where business_id = $1 and key = $2 and status = 0 and lease_owner = ''";
    Ok(sql.exec(text, values![business, key, payload])? > 0)
}

/// Lets a lane go before others: lowers the priority number of its waiting rows, never raises it.
pub fn hurry(sql: &mut dyn Sql, business: &str, lane: &str, priority: i64) -> Result<(), StoreError> {
    let text = "update outbox set priority = $3 where business_id = $1 and lane = $2 and status = 0 and priority > $3";
    sql.run(text, values![business, lane, priority])
}

/// Drops rows of this kind that came before `before_id`, for a later one says all they did: waiting ones
/// that nobody has begun to send, and dead ones, which a person need not see twice.
pub fn supersede(
    sql: &mut dyn Sql,
    business: &str,
    lane: &str,
    kind: &str,
    before_id: i64,
    now_ms: i64,
) -> Result<(), StoreError> {
    let values = values![business, lane, kind, before_id, now_ms];
    // Two statements, for each has an index of its own.
    let text = "update outbox set status = 3, finished_at_ms = $5 where business_id = $1 and lane = $2 and kind = $3 \
                and id < $4 and status = 0 and lease_owner = '' and unknown_since_ms is null";
    sql.run(text, values)?;
    let text = "update outbox set status = 3, finished_at_ms = $5 where business_id = $1 and lane = $2 and kind = $3 \
                and id < $4 and status = 2";
    sql.run(text, values)
}

/// Leases up to `limit` ready rows of one destination for `lease_ms`, those with a priority number below
/// `hotter_than`, by priority, then age; one of a lane at a time. A lease that has run out is as good as
/// none, though its owner may still record the outcome until somebody else holds the row; whether such a row
/// was sent nobody knows: it is marked unknown from `now_ms` on.
pub fn claim(
    sql: &mut dyn Sql,
    owner: &str,
    now_ms: i64,
    lease_ms: i64,
    destination: &str,
    hotter_than: i64,
    limit: i64,
) -> Result<Vec<OutboxRow>, StoreError> {
    sql.run(dialect::FREE.of(sql.dialect()), values![now_ms])?;
    let text = dialect::CLAIM.of(sql.dialect());
    let mut claimed =
        all(sql, text, values![owner, now_ms + lease_ms, now_ms, limit, destination, hotter_than], outbox_row)?;
    claimed.sort_by_key(|row| (row.priority, row.id));
    Ok(claimed)
}

/// Frees the rows of nodes that have not spoken since `silent_since_ms`, by the clock they share; returns how many. Whether such
/// a row was sent nobody knows: it is marked unknown from `now_ms` on.
pub fn take_over(sql: &mut dyn Sql, silent_since_ms: i64, now_ms: i64) -> Result<u64, StoreError> {
    let text = dialect::TAKE_OVER.of(sql.dialect());
    sql.exec(text, values![silent_since_ms, now_ms])
}

/// What became of a row that one courier finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finished {
    /// Another row waits in its lane.
    pub lane_goes_on: bool,
}

/// Finishes a row under a lease: what to set, then how the lane stands.
macro_rules! finish {
    ($set:literal) => {
        concat!(
            "update outbox set ",
            $set,
            ", lease_owner = '', lease_until_ms = 0 \
             where business_id = $1 and id = $2 and status = 0 and lease_owner = $3 \
             returning cast(case when exists (select 1 from outbox p where p.business_id = outbox.business_id \
             and p.lane = outbox.lane and p.status = 0 and p.id <> outbox.id) then 1 else 0 end as bigint)"
        )
    };
}

/// Records success; `None` when the lease was lost to another node, whose outcome then counts.
pub fn done(
    sql: &mut dyn Sql,
    business: &str,
    id: i64,
    owner: &str,
    receipt: Option<&str>,
    now_ms: i64,
) -> Result<Option<Finished>, StoreError> {
    let text = finish!("status = 1, receipt = $4, finished_at_ms = $5, unknown_since_ms = null, last_outcome = 'done'");
    one(sql, text, values![business, id, owner, receipt, now_ms], finished)
}

/// The receiver tells by itself that a row was done whose end nobody knew: it is not sent again. Others are left
/// as they stand, and so is one that is being sent just now.
pub fn settle(sql: &mut dyn Sql, business: &str, key: &str, now_ms: i64) -> Result<(), StoreError> {
    let text = "update outbox set status = 1, finished_at_ms = $3, unknown_since_ms = null, last_outcome = 'done' \
                where business_id = $1 and key = $2 and status = 0 and unknown_since_ms is not null and lease_owner = ''";
    sql.run(text, values![business, key, now_ms])
}

/// Gives up a row that nobody is sending just now; false when somebody is, or it is finished.
pub fn give_up(sql: &mut dyn Sql, business: &str, id: i64, end: End<'_>, now_ms: i64) -> Result<bool, StoreError> {
    let text = "update outbox set status = 2, finished_at_ms = $5, last_outcome = $3, why = $4 \
                where business_id = $1 and id = $2 and status = 0 and lease_owner = ''";
    Ok(sql.exec(text, values![business, id, end.code, end.why, now_ms])? > 0)
}

/// Gives the row back to be tried later; false when the lease was lost.
pub fn retry(sql: &mut dyn Sql, business: &str, id: i64, retry: &Retry<'_>) -> Result<bool, StoreError> {
    let text = "update outbox set attempts = attempts + 1, due_at_ms = $4, last_outcome = $5, why = $6, \
                unknown_since_ms = $7, lease_owner = '', lease_until_ms = 0 \
                where business_id = $1 and id = $2 and status = 0 and lease_owner = $3";
    let Retry { owner, due_at_ms, outcome, why, unknown_since_ms } = *retry;
    Ok(sql.exec(text, values![business, id, owner, due_at_ms, outcome, why, unknown_since_ms])? > 0)
}

/// Gives back a row that was not sent, as it was. A lease that ends at another moment is another one, under which the row
/// may be on its way.
pub fn give_back(
    sql: &mut dyn Sql,
    business: &str,
    id: i64,
    owner: &str,
    leased_until_ms: i64,
) -> Result<(), StoreError> {
    let text = "update outbox set lease_owner = '', lease_until_ms = 0 \
                where business_id = $1 and id = $2 and status = 0 and lease_owner = $3 and lease_until_ms = $4";
    sql.run(text, values![business, id, owner, leased_until_ms])
}

/// Gives the row up, which frees its lane; `None` when the lease was lost.
pub fn dead(
    sql: &mut dyn Sql,
    business: &str,
    id: i64,
    owner: &str,
    end: End<'_>,
    now_ms: i64,
) -> Result<Option<Finished>, StoreError> {
    let text = finish!("status = 2, attempts = attempts + 1, last_outcome = $4, why = $5, finished_at_ms = $6");
    one(sql, text, values![business, id, owner, end.code, end.why, now_ms], finished)
}

fn finished(row: &Row<'_>) -> Result<Finished, StoreError> {
    Ok(Finished { lane_goes_on: row.flag(0)? })
}

/// Sends a dead row again under its old key, and returns it; `None` when it is not dead.
pub fn replay(sql: &mut dyn Sql, business: &str, id: i64, now_ms: i64) -> Result<Option<OutboxRow>, StoreError> {
    let text = "update outbox set status = 0, attempts = 0, due_at_ms = $3, finished_at_ms = null \
                where business_id = $1 and id = $2 and status = 2 \
                returning id, business_id, key, conversation_id, lane, destination, kind, priority, payload, \
                created_at_ms, due_at_ms, attempts, last_outcome, unknown_since_ms";
    one(sql, text, values![business, id, now_ms], outbox_row)
}

/// The row of a key, however it stands; `None` when it was never there or is purged.
pub fn by_key(sql: &mut dyn Sql, business: &str, key: &str) -> Result<Option<OutboxRow>, StoreError> {
    let text = "select id, business_id, key, conversation_id, lane, destination, kind, priority, payload, \
                created_at_ms, due_at_ms, attempts, last_outcome, unknown_since_ms \
                from outbox where business_id = $1 and key = $2";
    one(sql, text, values![business, key], outbox_row)
}

/// Rows of a conversation whose end nobody knows and which nobody is sending just now.
pub fn in_doubt(sql: &mut dyn Sql, business: &str, conversation: &str) -> Result<Vec<OutboxRow>, StoreError> {
    let text = "select id, business_id, key, conversation_id, lane, destination, kind, priority, payload, \
                created_at_ms, due_at_ms, attempts, last_outcome, unknown_since_ms \
                from outbox where business_id = $1 and conversation_id = $2 and status = 0 \
                and unknown_since_ms is not null and lease_owner = '' order by id";
    all(sql, text, values![business, conversation], outbox_row)
}

/// Lists rows of one business for the console, newest first.
pub fn list(sql: &mut dyn Sql, business: &str, status: Status, limit: i64) -> Result<Vec<ListedRow>, StoreError> {
    // The number stands in the text: with it the planner knows which index holds these rows and no others.
    macro_rules! listed {
        ($status:literal) => {
            concat!(
                "select id, business_id, key, conversation_id, lane, destination, kind, priority, payload, \
                 created_at_ms, due_at_ms, attempts, last_outcome, unknown_since_ms, lease_owner, receipt, why \
                 from outbox where business_id = $1 and status = ",
                $status,
                " order by id desc limit $2"
            )
        };
    }
    let text = match status {
        Status::Waiting => listed!(0),
        Status::Done => listed!(1),
        Status::Dead => listed!(2),
        Status::Superseded => listed!(3),
    };
    all(sql, text, values![business, limit], |row| {
        Ok(ListedRow {
            row: outbox_row(row)?,
            lease_owner: row.text(14)?,
            receipt: row.opt_text(15)?,
            why: row.text(16)?,
        })
    })
}

/// Lists the news for one subscriber, newest first, each with how it stands.
pub fn news_of(
    sql: &mut dyn Sql,
    business: &str,
    destination: &str,
    limit: i64,
) -> Result<Vec<(Status, ListedRow)>, StoreError> {
    let text = "select id, business_id, key, conversation_id, lane, destination, kind, priority, payload, \
                created_at_ms, due_at_ms, attempts, last_outcome, unknown_since_ms, lease_owner, receipt, why, status \
                from outbox where business_id = $1 and destination = $2 and kind = 'news' order by id desc limit $3";
    all(sql, text, values![business, destination, limit], |row| {
        let all = [Status::Waiting, Status::Done, Status::Dead, Status::Superseded];
        let number = row.int(17)?;
        let status = all.into_iter().find(|status| status.number() == number).ok_or_else(|| row.corrupt(17))?;
        let (lease_owner, receipt, why) = (row.text(14)?, row.opt_text(15)?, row.text(16)?);
        Ok((status, ListedRow { row: outbox_row(row)?, lease_owner, receipt, why }))
    })
}

/// Tells, for all businesses, which receivers have due rows, how many and since when.
pub fn destinations_waiting(sql: &mut dyn Sql, now_ms: i64) -> Result<Vec<Waiting>, StoreError> {
    let text = "select destination, count(*), min(created_at_ms) from outbox \
                where status = 0 and due_at_ms <= $1 group by destination order by destination";
    all(sql, text, values![now_ms], |row| {
        Ok(Waiting { destination: row.text(0)?, count: row.int(1)?, oldest_at_ms: row.int(2)? })
    })
}

/// Tells when [`claim`] will next find something, past or future: the first free row of a lane, or a lease that runs out.
pub fn next_due_ms(sql: &mut dyn Sql) -> Result<Option<i64>, StoreError> {
    let text = "select o.due_at_ms from outbox o where o.status = 0 and o.lease_until_ms = 0 and not exists \
                (select 1 from outbox p where p.business_id = o.business_id and p.lane = o.lane and p.status = 0 \
                and p.id < o.id) order by o.due_at_ms limit 1";
    let free = one(sql, text, &[], |row| row.int(0))?;
    let text = "select min(lease_until_ms) from outbox where status = 0 and lease_until_ms > 0";
    let leased = one(sql, text, &[], |row| row.opt_int(0))?.flatten();
    Ok(free.into_iter().chain(leased).min())
}

/// Counts rows of all businesses.
pub fn counts(sql: &mut dyn Sql) -> Result<OutboxCounts, StoreError> {
    let text = "select status, count(*) from outbox group by status";
    let rows = all(sql, text, &[], |row| Ok((row.int(0)?, row.int(1)?)))?;
    let of = |wanted: Status| rows.iter().find(|(status, _)| *status == wanted.number()).map_or(0, |(_, count)| *count);
    Ok(OutboxCounts {
        waiting: of(Status::Waiting),
        done: of(Status::Done),
        dead: of(Status::Dead),
        superseded: of(Status::Superseded),
    })
}

/// Forgets at most `limit` rows that were sent or replaced before `before_ms`; dead ones stay until a person decides.
pub fn purge(sql: &mut dyn Sql, before_ms: i64, limit: i64) -> Result<u64, StoreError> {
    let text = "delete from outbox where (business_id, id) in (select business_id, id from outbox \
                where status in (1, 3) and finished_at_ms < $1 order by finished_at_ms limit $2)";
    sql.exec(text, values![before_ms, limit])
}

fn outbox_row(row: &Row<'_>) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        id: row.int(0)?,
        business: row.text(1)?,
        key: row.text(2)?,
        conversation_id: row.text(3)?,
        lane: row.text(4)?,
        destination: row.text(5)?,
        kind: row.text(6)?,
        priority: row.int(7)?,
        payload: row.text(8)?,
        created_at_ms: row.int(9)?,
        due_at_ms: row.int(10)?,
        attempts: row.int(11)?,
        last_outcome: row.text(12)?,
        unknown_since_ms: row.opt_int(13)?,
    })
}
