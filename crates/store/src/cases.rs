//! Escalation cases: what somebody on duty must notice, and the proof that none is forgotten.

use crate::{Row, Sql, StoreError, all, one, values};

/// A case. Writing and reading share the type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its id.
    pub id: String,
    /// About which conversation.
    pub conversation_id: String,
    /// Where it stands.
    pub state: CaseState,
    /// Which level is being woken.
    pub level: i64,
    /// The policy frozen when it began, JSON.
    pub policy: String,
    /// Who took it.
    pub taken_by: Option<String>,
    /// When it began; kept from the first save.
    pub opened_at_ms: i64,
    /// When the next level comes, if one does.
    pub next_at_ms: Option<i64>,
    /// When it ended.
    pub closed_at_ms: Option<i64>,
    /// Why it began.
    pub why: String,
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseState {
    /// People are being woken.
    Open,
    /// Somebody said «Беру».
    Taken,
    /// Waits in the morning queue.
    Morning,
    /// Over.
    Closed,
}

impl CaseState {
    /// The stored word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Taken => "taken",
            Self::Morning => "morning",
            Self::Closed => "closed",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Open, Self::Taken, Self::Morning, Self::Closed].into_iter().find(|state| state.word() == word)
    }
}

/// How a case ended, as its steps tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Somebody took it.
    Taken,
    /// Nobody took it at night: it stood in the morning queue.
    Morning,
    /// It was over before anybody took it.
    Alone,
}

impl End {
    /// The word it is asked for by.
    pub fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Morning => "morning",
            Self::Alone => "alone",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Taken, Self::Morning, Self::Alone].into_iter().find(|end| end.word() == word)
    }
}

/// Which closed cases are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Closed<'a> {
    /// Opened since then.
    pub since_ms: i64,
    /// How it ended; `None` is any way.
    pub end: Option<End>,
    /// Who took it; `None` is anybody or nobody.
    pub taken_by: Option<&'a str>,
    /// Older than this one, by the moment it opened and its id; `None` begins with the newest.
    pub before: Option<(i64, &'a str)>,
}

/// An open case that nothing will move on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    /// Whose.
    pub business: String,
    /// Which.
    pub id: String,
    /// About which conversation.
    pub conversation_id: String,
}

/// Saves a case.
pub fn upsert(sql: &mut dyn Sql, business: &str, case: &Case) -> Result<(), StoreError> {
    let text = "insert into cases (business_id, id, conversation_id, state, level, policy, taken_by, opened_at_ms, \
                next_at_ms, closed_at_ms, why) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
                on conflict (business_id, id) do update set state = excluded.state, level = excluded.level, \
                policy = excluded.policy, taken_by = excluded.taken_by, next_at_ms = excluded.next_at_ms, \
                closed_at_ms = excluded.closed_at_ms, why = excluded.why";
    let values = values![
        business,
        &case.id,
        &case.conversation_id,
        case.state.word(),
        case.level,
        &case.policy,
        case.taken_by.as_ref(),
        case.opened_at_ms,
        case.next_at_ms,
        case.closed_at_ms,
        &case.why,
    ];
    sql.run(text, values)
}

/// Reads one case.
pub fn get(sql: &mut dyn Sql, business: &str, id: &str) -> Result<Option<Case>, StoreError> {
    let text = "select id, conversation_id, state, level, policy, taken_by, opened_at_ms, next_at_ms, closed_at_ms, \
                why from cases where business_id = $1 and id = $2";
    one(sql, text, values![business, id], case)
}

/// Lists cases somebody still has to do with: open, taken, or kept for the morning; the oldest first.
pub fn unfinished(sql: &mut dyn Sql, business: &str) -> Result<Vec<Case>, StoreError> {
    let text = "select id, conversation_id, state, level, policy, taken_by, opened_at_ms, next_at_ms, closed_at_ms, \
                why from cases where business_id = $1 and state <> 'closed' order by opened_at_ms, id";
    all(sql, text, values![business], case)
}

/// The newest case of a conversation.
pub fn last_of(sql: &mut dyn Sql, business: &str, conversation: &str) -> Result<Option<Case>, StoreError> {
    let text = "select id, conversation_id, state, level, policy, taken_by, opened_at_ms, next_at_ms, closed_at_ms, \
                why from cases where business_id = $1 and id > $2 and id < $3 order by opened_at_ms desc, id desc limit 1";
    // Ids are `conversation/c…`; the sign after the slash is the nought.
    let (from, to) = (format!("{conversation}/"), format!("{conversation}0"));
    one(sql, text, values![business, &from, &to], case)
}

/// Lists cases opened in `[from_ms, to_ms)`, the newest first.
pub fn opened(
    sql: &mut dyn Sql,
    business: &str,
    from_ms: i64,
    to_ms: i64,
    limit: i64,
) -> Result<Vec<Case>, StoreError> {
    let text = "select id, conversation_id, state, level, policy, taken_by, opened_at_ms, next_at_ms, closed_at_ms, \
                why from cases where business_id = $1 and opened_at_ms >= $2 and opened_at_ms < $3 \
                order by opened_at_ms desc, id limit $4";
    all(sql, text, values![business, from_ms, to_ms, limit], case)
}

/// Lists closed cases, the newest first. Who took one stands in its steps: the row of a closed case forgets it.
pub fn closed(sql: &mut dyn Sql, business: &str, wanted: &Closed<'_>, limit: i64) -> Result<Vec<Case>, StoreError> {
    let text = "select c.id, c.conversation_id, c.state, c.level, c.policy, c.taken_by, c.opened_at_ms, c.next_at_ms, \
                c.closed_at_ms, c.why from cases c where c.business_id = $1 and c.state = 'closed' \
                and c.opened_at_ms >= $2 and c.opened_at_ms <= $3 and (c.opened_at_ms < $3 or c.id < $4) \
                and (cast($5 as text) = '' or exists (select 1 from case_steps s where s.business_id = c.business_id \
                and s.case_id = c.id and s.what = 'taken' and s.person_id = $5)) \
                and (cast($6 as text) = '' or $6 = case \
                when exists (select 1 from case_steps s where s.business_id = c.business_id and s.case_id = c.id \
                and s.what = 'taken') then 'taken' \
                when exists (select 1 from case_steps s where s.business_id = c.business_id and s.case_id = c.id \
                and s.what = 'morning') then 'morning' else 'alone' end) \
                order by c.opened_at_ms desc, c.id desc limit $7";
    let (before_ms, before_id) = wanted.before.unwrap_or((i64::MAX, ""));
    let (taken_by, end) = (wanted.taken_by.unwrap_or_default(), wanted.end.map_or("", End::word));
    all(sql, text, values![business, wanted.since_ms, before_ms, before_id, taken_by, end, limit], case)
}

/// Sweeps all businesses for open cases, older than `grace_ms`, that nothing will move on.
///
/// Nothing means: no waiting alarm of kind `escalation` and no waiting event of the conversation.
/// In health the list is empty; the auditor asks every half minute.
pub fn without_next(sql: &mut dyn Sql, now_ms: i64, grace_ms: i64) -> Result<Vec<Orphan>, StoreError> {
    let text = "select c.id, c.business_id, c.conversation_id from cases c \
                where c.state <> 'closed' and c.state = 'open' and coalesce(c.next_at_ms, c.opened_at_ms) < $1 \
                and not exists (select 1 from alarms a where a.business_id = c.business_id \
                and a.conversation_id = c.conversation_id and a.kind = 'escalation' and a.status = 0) \
                and not exists (select 1 from inbox i where i.business_id = c.business_id \
                and i.conversation_id = c.conversation_id and i.status = 0) order by c.business_id, c.opened_at_ms";
    all(sql, text, values![now_ms - grace_ms], |row| {
        Ok(Orphan { id: row.text(0)?, business: row.text(1)?, conversation_id: row.text(2)? })
    })
}

fn case(row: &Row<'_>) -> Result<Case, StoreError> {
    Ok(Case {
        id: row.text(0)?,
        conversation_id: row.text(1)?,
        state: CaseState::parse(&row.text(2)?).ok_or_else(|| row.corrupt(2))?,
        level: row.int(3)?,
        policy: row.text(4)?,
        taken_by: row.opt_text(5)?,
        opened_at_ms: row.int(6)?,
        next_at_ms: row.opt_int(7)?,
        closed_at_ms: row.opt_int(8)?,
        why: row.text(9)?,
    })
}
