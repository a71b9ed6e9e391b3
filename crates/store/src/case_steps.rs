//! The steps of a case, in order: what the report of a night is made of.

use crate::{Row, Sql, StoreError, all, values};

/// One step. Writing and reading share the type.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// When it was due: the moment of its rung, or of what it answers.
    pub due_at_ms: i64,
    /// When it was decided.
    pub at_ms: i64,
    /// `opened`, `called`, `taken`, `passed`, `morning` or `closed`.
    pub what: String,
    /// Whom it called, or who did it; empty when nobody.
    pub person_id: String,
    /// Account it called by; empty when it called nobody.
    pub means: String,
    /// Level of the call; 0 when it called nobody.
    pub level: i64,
    /// The notice's; empty when it called nobody.
    pub token: String,
    /// Why it opened or closed; may be empty.
    pub detail: String,
    /// When a vendor had the call.
    pub sent_at_ms: Option<i64>,
    /// How far the call came, as [`crate::notices::delivery`] says; only read.
    pub delivery: String,
}

/// Adds a step as the case's next one.
pub fn add(sql: &mut dyn Sql, business: &str, case: &str, step: &Step) -> Result<(), StoreError> {
    let text = "insert into case_steps (business_id, case_id, seq, due_at_ms, at_ms, what, person_id, means, level, \
                token, detail, sent_at_ms) select $1, $2, coalesce(max(seq), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10, \
                $11 from case_steps where business_id = $1 and case_id = $2";
    let values = values![
        business,
        case,
        step.due_at_ms,
        step.at_ms,
        &step.what,
        &step.person_id,
        &step.means,
        step.level,
        &step.token,
        &step.detail,
        step.sent_at_ms,
    ];
    sql.run(text, values)
}

/// A vendor has the call of this notice; the first moment stays.
pub fn sent(sql: &mut dyn Sql, business: &str, token: &str, now_ms: i64) -> Result<(), StoreError> {
    let text = "update case_steps set sent_at_ms = $3 where token = $2 and business_id = $1 and sent_at_ms is null";
    sql.run(text, values![business, token, now_ms])
}

/// The steps of one case, the first one first.
pub fn of_case(sql: &mut dyn Sql, business: &str, case: &str) -> Result<Vec<Step>, StoreError> {
    let text = "select s.due_at_ms, s.at_ms, s.what, s.person_id, s.means, s.level, s.token, s.detail, s.sent_at_ms, \
                coalesce(n.delivery, '') from case_steps s left join notices n on n.business_id = s.business_id \
                and n.token = s.token and s.token <> '' where s.business_id = $1 and s.case_id = $2 order by s.seq";
    all(sql, text, values![business, case], step)
}

fn step(row: &Row<'_>) -> Result<Step, StoreError> {
    Ok(Step {
        due_at_ms: row.int(0)?,
        at_ms: row.int(1)?,
        what: row.text(2)?,
        person_id: row.text(3)?,
        means: row.text(4)?,
        level: row.int(5)?,
        token: row.text(6)?,
        detail: row.text(7)?,
        sent_at_ms: row.opt_int(8)?,
        delivery: row.text(9)?,
    })
}
