//! What differs from the shifts for once, in words.

use jiff::Timestamp;
use nochnik_core::business::Settings;
use nochnik_core::values::PersonId;
use nochnik_core::wall;
use nochnik_store::duty::{Absence, Override};

/// «Марина, вместо: Ольга, пт, 27 ноября, 20:00 – сб, 28 ноября, 09:00».
pub fn stands_in(settings: &Settings, row: &Override) -> String {
    let instead = match row.instead_of.as_str() {
        "" => "дополнительно".to_owned(),
        id => format!("вместо: {}", name(settings, id)),
    };
    format!("{}, {instead}, {}", name(settings, &row.person_id), span(settings, row.from_ms, row.to_ms))
}

/// «Марина отсутствует, пт, 27 ноября, 20:00 – сб, 28 ноября, 09:00».
pub fn is_away(settings: &Settings, row: &Absence) -> String {
    format!("{} отсутствует, {}", name(settings, &row.person_id), span(settings, row.from_ms, row.to_ms))
}

/// «пт, 27 ноября, 20:00 – сб, 28 ноября, 09:00».
pub fn span(settings: &Settings, from_ms: i64, to_ms: i64) -> String {
    let wall_of = |ms| settings.wall(Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX));
    wall::span(wall_of(from_ms), wall_of(to_ms))
}

/// Name of a person, or the id when the document no longer has them.
pub fn name<'a>(settings: &'a Settings, id: &'a str) -> &'a str {
    settings.person(&PersonId::new(id)).map_or(id, |person| person.name.as_str())
}
