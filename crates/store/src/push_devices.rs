//! Browsers in which one of the staff switched pushes on. Whose devices there are is part of who can be called, so
//! that moves the business's duty version on.

use std::fmt;

use crate::{Row, Sql, StoreError, all, duty, values};

/// Devices of one person: a phone, a tablet, a computer, and two that were given up.
pub const DEVICES_MAX: i64 = 5;

/// One browser. Writing and reading share the type.
#[derive(Clone, PartialEq, Eq)]
pub struct Device {
    /// Unique in the business; the same browser's new subscription has another.
    pub id: String,
    /// Whose.
    pub person_id: String,
    /// Where pushes go and how they are locked, JSON as the browser gave it: a secret.
    pub subscription: String,
    /// «Chrome, Android».
    pub name: String,
    /// When it was switched on; kept from the first save.
    pub since_ms: i64,
    /// When the console was last open in it.
    pub seen_ms: i64,
}

/// Whoever reads a subscription can push to its browser.
impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").field("id", &self.id).field("person_id", &self.person_id).finish_non_exhaustive()
    }
}

/// Notes that a device of a person is in use, and its subscription as it is now; false when there is none.
pub fn renew(sql: &mut dyn Sql, business: &str, device: &Device) -> Result<bool, StoreError> {
    let Device { id, person_id, subscription, name, seen_ms, .. } = device;
    let text = "update push_devices set subscription = $4, name = $5, seen_ms = $6 \
                where business_id = $1 and id = $2 and person_id = $3";
    Ok(sql.exec(text, values![business, id, person_id, subscription, name, *seen_ms])? > 0)
}

/// Keeps a device, and takes it from whoever had it. Beyond [`DEVICES_MAX`] the one not seen for longest goes.
pub fn put(sql: &mut dyn Sql, business: &str, device: &Device) -> Result<(), StoreError> {
    if renew(sql, business, device)? {
        return Ok(());
    }
    let Device { id, person_id, subscription, name, since_ms, seen_ms } = device;
    duty::next_version(sql, business)?;
    let text = "insert into push_devices (business_id, id, person_id, subscription, name, since_ms, seen_ms) \
                values ($1, $2, $3, $4, $5, $6, $7) on conflict (business_id, id) do update set \
                person_id = excluded.person_id, subscription = excluded.subscription, name = excluded.name, \
                since_ms = excluded.since_ms, seen_ms = excluded.seen_ms";
    sql.run(text, values![business, id, person_id, subscription, name, *since_ms, *seen_ms])?;
    let text = "delete from push_devices where business_id = $1 and person_id = $2 and id not in \
                (select id from push_devices where business_id = $1 and person_id = $2 \
                order by seen_ms desc, id limit $3)";
    sql.run(text, values![business, person_id, DEVICES_MAX])
}

/// Forgets one device of a person; false when there is none.
pub fn remove(sql: &mut dyn Sql, business: &str, person: &str, id: &str) -> Result<bool, StoreError> {
    duty::next_version(sql, business)?;
    let text = "delete from push_devices where business_id = $1 and person_id = $2 and id = $3";
    Ok(sql.exec(text, values![business, person, id])? > 0)
}

/// Forgets all devices of a person: a new password, a stolen phone.
pub fn remove_all(sql: &mut dyn Sql, business: &str, person: &str) -> Result<(), StoreError> {
    duty::next_version(sql, business)?;
    sql.run("delete from push_devices where business_id = $1 and person_id = $2", values![business, person])
}

/// Devices of a person, the one last seen first.
pub fn of_person(sql: &mut dyn Sql, business: &str, person: &str) -> Result<Vec<Device>, StoreError> {
    let text = "select id, person_id, subscription, name, since_ms, seen_ms from push_devices \
                where business_id = $1 and person_id = $2 order by seen_ms desc, id";
    all(sql, text, values![business, person], device_of)
}

/// Everybody with a device, by id.
pub fn people(sql: &mut dyn Sql, business: &str) -> Result<Vec<String>, StoreError> {
    let text = "select distinct person_id from push_devices where business_id = $1 order by person_id";
    all(sql, text, values![business], |row| row.text(0))
}

fn device_of(row: &Row) -> Result<Device, StoreError> {
    Ok(Device {
        id: row.text(0)?,
        person_id: row.text(1)?,
        subscription: row.text(2)?,
        name: row.text(3)?,
        since_ms: row.int(4)?,
        seen_ms: row.int(5)?,
    })
}
