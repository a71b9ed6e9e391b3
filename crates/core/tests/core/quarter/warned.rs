//! What the owner reads of hours without anybody on duty, held against the roster's own data.

use nochnik_core::duty::{Watch, Word, look};

use crate::quarter::plan::{DAY_MIN, OWNER, Plan, at, minute};

/// A warning comes at least so long before, where so much was known at that time. Source: the task of the quarter.
const BEFORE_MIN: i64 = 12 * 60;
/// What arises within a day of its hour may have had no humane hour twelve hours before it.
const LATE_MIN: i64 = DAY_MIN;
const MORNING_MIN: i64 = 9 * 60;
const EVENING_MIN: i64 = 21 * 60;
/// How finely the quarter is looked over.
const GRID_MIN: i64 = 10;
const NOBODY: &str = "Никто не дежурит: ";
const MONTHS: [(&str, i64); 5] = [("октября", 0), ("ноября", 31), ("декабря", 61), ("января", 92), ("февраля", 123)];

struct Warning {
    told: i64,
    from: i64,
    to: i64,
}

/// Returns how many of the minutes looked at had nobody.
pub fn judge(plan: &Plan, end: i64) -> usize {
    let warnings = warnings(plan, end);
    let empty =
        (DAY_MIN..end).step_by(GRID_MIN as usize).filter_map(|minute| Some((minute, plan.empty_since(minute)?)));
    let mut count = 0;
    for (minute, known) in empty {
        count += 1;
        let of_it = warnings.iter().filter(|it| it.told >= known && (it.from..it.to).contains(&minute));
        let told = of_it.map(|it| it.told).min();
        let until = latest(minute, known);
        assert!(
            told.is_some_and(|told| told <= until),
            "{}: known {}, told {told:?}, by {until}",
            at(minute),
            at(known)
        );
    }
    count
}

/// By when the owner must know.
fn latest(minute: i64, known: i64) -> i64 {
    let of_day = known.rem_euclid(DAY_MIN);
    let morning = known - of_day + if of_day < MORNING_MIN { MORNING_MIN } else { DAY_MIN + MORNING_MIN };
    let humane = if (MORNING_MIN..EVENING_MIN).contains(&of_day) { known } else { morning };
    if minute - known >= LATE_MIN { minute - BEFORE_MIN } else { humane.min(minute).max(minute - BEFORE_MIN) }
}

/// Looks whenever the watch asks to, and whenever the roster becomes another one.
fn warnings(plan: &Plan, end: i64) -> Vec<Warning> {
    let mut moves: Vec<i64> = plan.moves().collect();
    moves.sort_unstable();
    let (mut watch, mut now, mut warnings) = (Watch::default(), at(0), Vec::new());
    while minute(now) < end {
        let looked = look(watch, &plan.business(now), now);
        watch = looked.watch;
        for word in looked.words {
            match word {
                Word::Tell { person, text, .. } if person.as_str() == OWNER => {
                    let lines = text.lines().filter_map(|line| line.strip_prefix(NOBODY));
                    warnings.extend(lines.map(|line| read(line, minute(now))));
                }
                _ => {}
            }
        }
        let next_move = moves.iter().map(|known| at(*known)).find(|known| *known > now).unwrap_or(looked.next_at);
        now = looked.next_at.min(next_move);
    }
    warnings
}

/// «чт, 26 ноября, 20:00–23:00. …», «чт, 26 ноября, 20:00 – пт, 27 ноября, 09:00. …».
fn read(line: &str, told: i64) -> Warning {
    let span = line.split(". ").next().unwrap().replace('\u{a0}', " ");
    let (from, to) = span.split_once('–').unwrap();
    let (date, time) = from.trim().rsplit_once(", ").unwrap();
    let (to_date, to_time) = to.trim().rsplit_once(", ").unwrap_or((date, to.trim()));
    Warning { told, from: day(date) + clock(time), to: day(to_date) + clock(to_time) }
}

/// «чт, 26 ноября» as the minute on which it begins; the first Monday is 5 October.
fn day(text: &str) -> i64 {
    let (number, month) = text.rsplit_once(", ").map_or(text, |(_, date)| date).split_once(' ').unwrap();
    let before = MONTHS.iter().find(|(name, _)| *name == month).unwrap().1;
    (before + number.parse::<i64>().unwrap() - 5) * DAY_MIN
}

fn clock(text: &str) -> i64 {
    let (hour, minute) = text.split_once(':').unwrap();
    hour.parse::<i64>().unwrap() * 60 + minute.parse::<i64>().unwrap()
}
