//! What a business pays for SMS and calls to its staff, by UTC day: days since 1970.

use crate::{Sql, StoreError, one, values};

/// Counts one ring and its price.
pub fn add(sql: &mut dyn Sql, business: &str, day: i64, kop: i64) -> Result<(), StoreError> {
    let text = "insert into ring_spending (business_id, day, rings, kop) values ($1, $2, 1, $3) \
                on conflict (business_id, day) do update set \
                rings = ring_spending.rings + 1, kop = ring_spending.kop + excluded.kop";
    sql.run(text, values![business, day, kop])
}

/// Kopecks of a day; nothing was spent on one that is not there.
pub fn of_day(sql: &mut dyn Sql, business: &str, day: i64) -> Result<i64, StoreError> {
    let text = "select kop from ring_spending where business_id = $1 and day = $2";
    Ok(one(sql, text, values![business, day], |row| row.int(0))?.unwrap_or_default())
}
