//! Stretches of time of one branch: days of its wall, and what is left of a day.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use sha2::{Digest, Sha256};

use crate::ports::Span;

/// Days of one span that are looked at: no schedule goes further.
const DAYS_MAX: usize = 400;

/// The days that `span` touches, earliest first.
pub fn days(span: Span, zone: &TimeZone) -> Vec<Date> {
    if span.to <= span.from {
        return Vec::new();
    }
    let first = zone.to_datetime(span.from).date();
    let last = zone.to_datetime(span.to.saturating_sub(SignedDuration::from_nanos(1)).unwrap_or(span.to)).date();
    first.series(1.day()).take_while(|day| *day <= last).take(DAYS_MAX).collect()
}

/// From midnight to midnight; `None` at the end of time.
pub fn whole_day(day: Date, zone: &TimeZone) -> Option<Span> {
    let midnight = |date: Date| zone.to_timestamp(date.at(0, 0, 0, 0)).ok();
    Some(Span { from: midnight(day)?, to: midnight(day.tomorrow().ok()?)? })
}

/// What of `inner` lies in `outer`; `None`: nothing.
pub fn clip(inner: Span, outer: Span) -> Option<Span> {
    let common = Span { from: inner.from.max(outer.from), to: inner.to.min(outer.to) };
    (common.from < common.to).then_some(common)
}

/// What `free` leaves of `whole`, earliest first. `free` may overlap and come in any order.
pub fn rest(whole: Span, mut free: Vec<Span>) -> Vec<Span> {
    free.sort_by_key(|span| span.from);
    let (mut left, mut from) = (Vec::new(), whole.from);
    for span in free.into_iter().filter_map(|span| clip(span, whole)) {
        left.extend((from < span.from).then_some(Span { from, to: span.from }));
        from = from.max(span.to);
    }
    left.extend((from < whole.to).then_some(Span { from, to: whole.to }));
    left
}

/// Another text for other times.
pub fn version(times: &[Span]) -> String {
    let mut digest = Sha256::new();
    for span in times {
        for at in [span.from, span.to] {
            digest.update(Timestamp::as_second(at).to_be_bytes());
        }
    }
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::{days, rest, version, whole_day};
    use crate::ports::Span;

    fn span(from: i64, to: i64) -> Span {
        let at = |second| Timestamp::from_second(second).unwrap();
        Span { from: at(from), to: at(to) }
    }

    #[test]
    fn what_is_left_of_a_day_is_in_order_and_without_gaps() {
        let check = |free: &[(i64, i64)], left: &[(i64, i64)]| {
            let free = free.iter().map(|(from, to)| span(*from, *to)).collect();
            let left: Vec<Span> = left.iter().map(|(from, to)| span(*from, *to)).collect();
            assert_eq!(rest(span(0, 100), free), left);
        };
        check(&[], &[(0, 100)]);
        check(&[(0, 100)], &[]);
        check(&[(60, 70), (10, 30), (20, 40)], &[(0, 10), (40, 60), (70, 100)]);
        check(&[(10, 50), (20, 30)], &[(0, 10), (50, 100)]);
        check(&[(-20, 10), (90, 200), (300, 400)], &[(10, 90)]);
        check(&[(50, 50)], &[(0, 100)]);
    }

    #[test]
    fn days_are_those_of_the_branchs_wall() {
        let zone = TimeZone::get("Europe/Moscow").unwrap();
        let at = |text: &str| text.parse().unwrap();
        let from_to = |from, to| days(Span { from: at(from), to: at(to) }, &zone);
        let (first, second) = (date(2026, 11, 24), date(2026, 11, 25));
        assert_eq!(from_to("2026-11-24T20:00:00Z", "2026-11-24T22:00:00Z"), [first, second]);
        assert_eq!(from_to("2026-11-24T00:00:00Z", "2026-11-24T21:00:00Z"), [first], "half-open");
        assert_eq!(from_to("2026-11-24T00:00:00Z", "2026-11-24T00:00:00Z"), []);
        assert_eq!(whole_day(first, &zone), Some(Span { from: at("2026-11-23T21:00:00Z"), to: at("2026-11-24T21:00:00Z") }));
        assert_ne!(version(&[span(0, 1)]), version(&[span(0, 2)]));
    }
}
