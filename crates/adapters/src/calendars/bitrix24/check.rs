//! Explains the portal to its owner: what it lets us do, and where visits will stand.

use jiff::SignedDuration;
use serde_json::json;

use super::{Bitrix24, Shelf};
use crate::bitrix24::call::Care;
use crate::failure::Failure;
use crate::ports::Span;

pub async fn check(calendar: &Bitrix24) -> Result<Vec<String>, Failure> {
    let (scope, title) = match calendar.shelf {
        Shelf::Bookings => ("booking", "Бронирование"),
        Shelf::Events => ("calendar", "Календарь"),
    };
    let host = calendar.portal.host();
    let scopes = calendar.portal.call("scope", &json!({}), Care::Asks).await?.unwrap_or_default();
    if scopes.as_array().is_some_and(|scopes| !scopes.iter().any(|own| own == scope)) {
        return Ok(vec![format!("Портал {host} отвечает, но вебхуку не хватает права «{title} ({scope})»: отметьте его в настройках вебхука.")]);
    }
    let now = (calendar.now)();
    let week = Span { from: now, to: now + SignedDuration::from_hours(7 * 24) };
    let rows = calendar.list(week).await?;
    let taken = rows.iter().filter(|row| !row.is_free).count();
    let place = match calendar.shelf {
        Shelf::Bookings => "Визиты встанут в онлайн-запись Битрикс24",
        Shelf::Events => "Визиты встанут в календари сотрудников",
    };
    Ok(vec![
        format!("Портал {host} отвечает. {place}, мастеров: {}.", calendar.whose.len()),
        format!("На ближайшую неделю там занято событиями: {taken}."),
    ])
}
