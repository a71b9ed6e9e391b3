//! What a business spends on a language model, by UTC day: days since 1970.

use crate::{Sql, StoreError, one, values};

/// One day of one business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// Questions that were sent.
    pub questions: i64,
    /// Tokens of the questions and the answers.
    pub tokens: i64,
}

/// Counts one question.
pub fn add(sql: &mut dyn Sql, business: &str, day: i64, tokens: i64) -> Result<(), StoreError> {
    let text = "insert into spending (business_id, day, questions, tokens) values ($1, $2, 1, $3) \
                on conflict (business_id, day) do update set \
                questions = spending.questions + 1, tokens = spending.tokens + excluded.tokens";
    sql.run(text, values![business, day, tokens])
}

/// Reads a day; nothing was spent on one that is not there.
pub fn of_day(sql: &mut dyn Sql, business: &str, day: i64) -> Result<Spent, StoreError> {
    let text = "select questions, tokens from spending where business_id = $1 and day = $2";
    let spent =
        one(sql, text, values![business, day], |row| Ok(Spent { questions: row.int(0)?, tokens: row.int(1)? }))?;
    Ok(spent.unwrap_or_default())
}
