//! Reads values whose types the vendor's pages and answers disagree about.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

/// A whole number, also as a text: `6544`, `"6544"`, `6544.0`.
pub fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 9e15).map(|float| float as i64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The id of a thing; there is none below one.
pub fn id(value: &Value) -> Option<i64> {
    whole(value).filter(|id| *id > 0)
}

/// `true`, `1`, `"1"`, `"true"` and their opposites.
pub fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(is_so) => Some(*is_so),
        Value::String(text) if text == "true" => Some(true),
        Value::String(text) if text == "false" || text.is_empty() => Some(false),
        other => whole(other).map(|number| number != 0),
    }
}

/// A text that says something, or a number written as one.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// ISO 8601 with an offset, Unix seconds, or a wall time of the branch.
pub fn moment(value: &Value, zone: &TimeZone) -> Option<Timestamp> {
    if let Some(seconds) = whole(value) {
        return Timestamp::from_second(seconds).ok();
    }
    let text = value.as_str()?.trim();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    let wall: DateTime = text.parse().ok()?;
    zone.to_timestamp(wall).ok()
}

/// A day: `2026-11-24` with or without a time after it, or Unix seconds of some moment in it.
pub fn day(value: &Value, zone: &TimeZone) -> Option<Date> {
    if let Some(seconds) = whole(value) {
        // Eight digits are a date written without its hyphens.
        let is_date = value.is_string() && (10_000_000..100_000_000).contains(&seconds);
        return if is_date {
            let (year, rest) = (i16::try_from(seconds / 10_000).ok()?, seconds % 10_000);
            Date::new(year, i8::try_from(rest / 100).ok()?, i8::try_from(rest % 100).ok()?).ok()
        } else {
            Some(zone.to_datetime(Timestamp::from_second(seconds).ok()?).date())
        };
    }
    value.as_str()?.trim().get(..10)?.parse().ok()
}

/// The moment of `10:00` or `10:00:00` on a day; `24:00` is the next midnight.
pub fn wall(value: &Value, on: Date, zone: &TimeZone) -> Option<Timestamp> {
    let text = value.as_str()?.trim();
    let wall = if text.starts_with("24:00") {
        on.checked_add(1.day()).ok()?.at(0, 0, 0, 0)
    } else {
        on.to_datetime(text.parse::<Time>().ok()?)
    };
    zone.to_timestamp(wall).ok()
}

/// The elements of a list, which may come as an object by number, or as one element alone.
pub fn items(data: &Value) -> Vec<&Value> {
    match data {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) if fields.contains_key("id") || fields.contains_key("date") => vec![data],
        Value::Object(fields) => fields.values().filter(|value| value.is_object()).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;
    use serde_json::{Value, json};

    use super::{day, flag, items, moment, wall, whole};

    fn moscow() -> TimeZone {
        TimeZone::get("Europe/Moscow").unwrap()
    }

    #[test]
    fn a_number_is_read_in_any_dress() {
        for value in [json!(6544), json!("6544"), json!(6544.0), json!(" 6544 ")] {
            assert_eq!(whole(&value), Some(6_544), "{value}");
        }
        for value in [json!(null), json!("Анна"), json!(1.5), json!(1e300), json!([1]), json!({})] {
            assert_eq!(whole(&value), None, "{value}");
        }
    }

    #[test]
    fn a_moment_is_the_same_however_it_is_written() {
        for value in [
            json!("2026-11-24T15:00:00+03:00"),
            json!("2026-11-24T15:00:00+0300"),
            json!("2026-11-24T12:00:00Z"),
            json!("2026-11-24T15:00:00.000+03:00"),
            json!("2026-11-24 15:00:00"),
            json!(1_795_521_600),
            json!("1795521600"),
        ] {
            assert_eq!(moment(&value, &moscow()).map(|at| at.as_second()), Some(1_795_521_600), "{value}");
        }
        for value in [json!(null), json!("завтра"), json!(i64::MAX), json!("2026-02-30 10:00:00"), json!([])] {
            assert_eq!(moment(&value, &moscow()), None, "{value}");
        }
    }

    #[test]
    fn a_day_is_the_branchs_own() {
        let expected = date(2026, 11, 24);
        for value in [json!("2026-11-24"), json!("2026-11-24T00:00:00+03:00"), json!("20261124"), json!(1_795_467_600)] {
            assert_eq!(day(&value, &moscow()), Some(expected), "{value}");
        }
        assert_eq!(day(&json!("24 ноября 2026"), &moscow()), None);
        let end = wall(&json!("24:00"), expected, &moscow()).unwrap();
        assert_eq!(end, wall(&json!("00:00:00"), date(2026, 11, 25), &moscow()).unwrap());
    }

    #[test]
    fn lists_come_as_lists_as_objects_and_alone() {
        let of = |value: Value| items(&value).len();
        assert_eq!(of(json!([{ "id": 1 }, { "id": 2 }])), 2);
        assert_eq!(of(json!({ "0": { "id": 1 }, "1": { "id": 2 } })), 2);
        assert_eq!(of(json!({ "id": 1, "staff": { "id": 2 } })), 1);
        assert_eq!(of(json!(null)), 0);
        assert_eq!((flag(&json!("1")), flag(&json!(0)), flag(&json!(null))), (Some(true), Some(false), None));
    }
}
