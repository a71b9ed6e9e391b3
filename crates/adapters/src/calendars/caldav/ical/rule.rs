//! When a series comes again. Everything here is wall time; zones are none of its business.

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rrule::RRuleSet;

use super::lines::Unreadable;
use super::values::Written;

/// Parts that the rules of RFC 5545 have, but for UNTIL.
const PARTS: [&str; 13] = [
    "FREQ", "COUNT", "INTERVAL", "WKST", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO",
    "BYMONTH", "BYSETPOS",
];
/// Times of one rule that are looked at; only one that counts from long ago comes near.
const LOOKED_MAX: usize = 20_000;

/// A rule, taken apart as far as it must be.
pub struct Rule {
    /// Without UNTIL, which the crate wants in its own form.
    parts: String,
    until: Option<Written>,
    pub is_yearly: bool,
    /// Between two times of a rule that does not count, where such a step leads from one to another.
    step: Option<SignedDuration>,
}

impl Rule {
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let mut rule = Self { parts: String::new(), until: None, is_yearly: false, step: None };
        let (mut unit_s, mut interval, mut counts) = (None, 1, false);
        for part in text.trim().split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or(Unreadable)?;
            let (name, value) = (name.trim().to_ascii_uppercase(), value.trim().to_ascii_uppercase());
            match name.as_str() {
                "UNTIL" => rule.until = Some(Written::parse(&value).ok_or(Unreadable)?),
                "RSCALE" if value != "GREGORIAN" => return Err(Unreadable),
                "FREQ" => {
                    unit_s = unit_of(&value);
                    rule.is_yearly = value == "YEARLY";
                }
                "INTERVAL" => interval = value.parse::<u16>().ok().filter(|times| *times > 0).ok_or(Unreadable)?,
                "COUNT" => counts = true,
                _ => {}
            }
            if PARTS.contains(&name.as_str()) {
                let mark = if rule.parts.is_empty() { "" } else { ";" };
                rule.parts.push_str(&format!("{mark}{name}={value}"));
            }
        }
        rule.step = unit_s.filter(|_| !counts).map(|unit_s| SignedDuration::from_secs(unit_s * i64::from(interval)));
        Ok(rule)
    }

    /// Lists the starts from `from` to `to`, at most `count_max`, in their order. `to_wall` turns UTC into the series' own
    /// time. `start` itself is there only if the rule says so.
    pub fn starts(
        &self,
        start: DateTime,
        (from, to): (DateTime, DateTime),
        to_wall: impl Fn(DateTime) -> Option<DateTime>,
        count_max: usize,
    ) -> Result<Vec<DateTime>, Unreadable> {
        let until = match self.until {
            None => None,
            Some(Written::Day(date)) => Some(date.at(23, 59, 59, 0)),
            Some(Written::Wall(wall)) => Some(wall),
            Some(Written::Utc(utc)) => Some(to_wall(utc).ok_or(Unreadable)?),
        };
        let nearer = self.nearer(start, from);
        if until.is_some_and(|until| until < nearer) {
            return Ok(Vec::new());
        }
        let until = until.map(|until| format!(";UNTIL={}", written(until))).unwrap_or_default();
        let text = format!("DTSTART:{}\nRRULE:{}{until}", written(nearer), self.parts);
        let set: RRuleSet = text.parse().map_err(|_| Unreadable)?;
        let walls = set.limit().into_iter().take(LOOKED_MAX).map_while(|time| wall_of(time.timestamp()));
        Ok(walls.skip_while(|wall| *wall < from).take_while(|wall| *wall <= to).take(count_max).collect())
    }

    /// A start closer to `from` that gives the same times after it: a daily series of ten years is not counted through.
    /// Weeks and what is shorter only: a month of 31 days is no step.
    fn nearer(&self, start: DateTime, from: DateTime) -> DateTime {
        let Some(step) = self.step.filter(|_| from > start) else { return start };
        let steps = from.duration_since(start).as_secs() / step.as_secs() - 1;
        let ahead = i32::try_from(steps).ok().filter(|steps| *steps > 0).and_then(|steps| step.checked_mul(steps));
        ahead.and_then(|ahead| start.checked_add(ahead).ok()).unwrap_or(start)
    }
}

fn unit_of(frequency: &str) -> Option<i64> {
    match frequency {
        "SECONDLY" => Some(1),
        "MINUTELY" => Some(60),
        "HOURLY" => Some(3_600),
        "DAILY" => Some(86_400),
        "WEEKLY" => Some(7 * 86_400),
        _ => None,
    }
}

/// The crate counts in UTC: a wall without gaps.
fn written(wall: DateTime) -> String {
    wall.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn wall_of(second: i64) -> Option<DateTime> {
    jiff::Timestamp::from_second(second).ok().map(|moment| TimeZone::UTC.to_datetime(moment))
}

#[cfg(test)]
mod tests {
    use jiff::civil::DateTime;

    use super::Rule;

    #[track_caller]
    fn check(rule: &str, start: &str, from: &str, expected: &[&str]) {
        let wall = |text: &str| -> DateTime { text.parse().unwrap() };
        let rule = Rule::parse(rule).unwrap();
        let found = rule.starts(wall(start), (wall(from), DateTime::MAX), Some, expected.len()).unwrap();
        assert_eq!(found, expected.iter().map(|text| wall(text)).collect::<Vec<_>>(), "{start}");
    }

    /// 19 October 2026 is a Monday, seven weeks after 31 August and six after 7 September.
    #[test]
    fn a_series_is_joined_on_any_day_of_its_week() {
        let twice = "FREQ=WEEKLY;BYDAY=MO,TH";
        check(twice, "2026-09-07T09:00", "2026-10-19T08:00", &["2026-10-19T09:00", "2026-10-22T09:00"]);
        check(twice, "2026-09-07T09:00", "2026-10-20T00:00", &["2026-10-22T09:00", "2026-10-26T09:00"]);
        check(twice, "2026-10-22T09:00", "2026-10-01T00:00", &["2026-10-22T09:00", "2026-10-26T09:00"]);
        let other_weeks = "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,WE;WKST=SU";
        // Weeks begin on Sunday: 6 and 9 September, then 4 and 7 October, then 18 and 21 October.
        check(other_weeks, "2026-09-09T09:00", "2026-10-08T00:00", &["2026-10-18T09:00", "2026-10-21T09:00"]);
        check("FREQ=HOURLY;INTERVAL=5", "2026-10-19T00:00", "2026-10-20T00:00", &["2026-10-20T01:00", "2026-10-20T06:00"]);
    }

    /// Ten times from 16 October, whatever of them is looked at.
    #[test]
    fn a_series_that_counts_is_counted_from_its_start() {
        let found = ["2026-10-24T09:00", "2026-10-25T09:00"];
        check("FREQ=DAILY;COUNT=10", "2026-10-16T09:00", "2026-10-24T00:00", &found);
        let rule = Rule::parse("FREQ=DAILY;COUNT=10").unwrap();
        let window = ("2026-10-24T00:00".parse().unwrap(), DateTime::MAX);
        assert_eq!(rule.starts("2026-10-16T09:00".parse().unwrap(), window, Some, 100).unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for bad in ["FREQ", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;UNTIL=soon", "FREQ=DAILY;RSCALE=CHINESE", "INTERVAL=-1"] {
            assert!(Rule::parse(bad).is_err(), "{bad}");
        }
        let start: DateTime = "2026-10-19T09:00".parse().unwrap();
        for bad in ["", "COUNT=3", "FREQ=FORTNIGHTLY", "FREQ=DAILY;BYMONTH=13"] {
            let rule = Rule::parse(bad).unwrap();
            assert!(rule.starts(start, (start, DateTime::MAX), Some, 1).is_err(), "{bad}");
        }
    }
}
