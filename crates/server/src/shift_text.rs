//! A shift of the document in words: who, on which days, by what turns.

use nochnik_core::business::{Role, Shift, WEEKDAYS};
use nochnik_core::wall;

use crate::document_diff::{DAY_NAMES, DAYS_SHORT};

/// «Марина, Аня — по очереди»; `name` tells a person by the id.
pub fn who<'a>(shift: &'a Shift, name: impl Fn(&'a str) -> &'a str) -> String {
    if shift.people.is_empty() {
        return name(&shift.person).to_owned();
    }
    let names: Vec<String> = shift.people.iter().map(|id| name(id).to_owned()).collect();
    match shift.every {
        Some(_) => format!("{} — по очереди", names.join(", ")),
        None => wall::list(&names),
    }
}

/// «каждый день, 20:00–09:00»; «пн, вт, пт, 20:00–09:00, меняются каждую неделю, замена — Роза».
pub fn when<'a>(shift: &'a Shift, name: impl Fn(&'a str) -> &'a str) -> String {
    let mut parts = vec![days(&shift.days), format!("{}–{}", clock(shift.from), clock(shift.to))];
    parts.extend(shift.every.map(|every| format!("меняются {}", turns(every.days))));
    parts.extend((shift.at_once > 1).then(|| format!("вместе по {}", shift.at_once)));
    parts.extend(shift.spare.as_deref().map(|spare| format!("замена — {}", name(spare))));
    parts.extend(called_as(shift.role).map(str::to_owned));
    parts.join(", ")
}

/// «09:00».
pub fn clock(time: jiff::civil::Time) -> String {
    time.strftime("%H:%M").to_string()
}

fn days(days: &[String]) -> String {
    let has = |key: &&str| days.iter().any(|day| day == *key);
    let chosen: Vec<usize> = (0..WEEKDAYS.len()).filter(|place| has(&WEEKDAYS[*place])).collect();
    match chosen[..] {
        [] | [0, 1, 2, 3, 4, 5, 6] => "каждый день".to_owned(),
        [0, 1, 2, 3, 4] => "по будням".to_owned(),
        [5, 6] => "по выходным".to_owned(),
        [one] => DAY_NAMES[one].to_owned(),
        _ => chosen.iter().map(|place| DAYS_SHORT[*place]).collect::<Vec<_>>().join(", "),
    }
}

fn turns(days: u16) -> String {
    match (days, days / 7) {
        (1, _) => "каждый день".to_owned(),
        (7, _) => "каждую неделю".to_owned(),
        (days, weeks) if days % 7 == 0 => format!("каждые {}", wall::count(weeks.into(), "неделю", "недели", "недель")),
        (days, _) => format!("каждые {}", wall::count(days.into(), "день", "дня", "дней")),
    }
}

/// The usual shift is that of who is on duty.
fn called_as(role: Role) -> Option<&'static str> {
    match role {
        Role::Duty => None,
        Role::Senior => Some("как старший"),
        Role::Owner => Some("как владелец"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_is_told_as_people_say_it() {
        fn name(id: &str) -> &str {
            match id {
                "marina" => "Марина",
                "anna" => "Аня",
                _ => "Роза",
            }
        }
        for (json, told) in [
            (r#"{"person": "marina", "from": "20:00", "to": "09:00"}"#, "Марина: каждый день, 20:00–09:00"),
            (
                r#"{"person": "roza", "role": "senior", "days": ["sat", "sun"], "from": "09:00", "to": "09:00"}"#,
                "Роза: по выходным, 09:00–09:00, как старший",
            ),
            (
                r#"{"people": ["marina", "anna"], "every": "1w", "since": "2026-11-30", "spare": "roza",
                    "days": ["fri", "mon", "tue"], "from": "20:00", "to": "09:00"}"#,
                "Марина, Аня — по очереди: пн, вт, пт, 20:00–09:00, меняются каждую неделю, замена — Роза",
            ),
            (
                r#"{"people": ["marina", "anna"], "at_once": 2, "days": ["wed"], "from": "20:00", "to": "23:00"}"#,
                "Марина и Аня: среда, 20:00–23:00, вместе по 2",
            ),
            (
                r#"{"people": ["marina", "anna"], "every": "2d", "since": "2026-11-30",
                    "days": ["mon", "tue", "wed", "thu", "fri"], "from": "20:00", "to": "09:00"}"#,
                "Марина, Аня — по очереди: по будням, 20:00–09:00, меняются каждые 2\u{a0}дня",
            ),
        ] {
            let shift: Shift = serde_json::from_str(json).unwrap();
            assert_eq!(format!("{}: {}", who(&shift, name), when(&shift, name)), told);
        }
    }
}
