//! Holidays of Russia's production calendar, for those who close on them.
//!
//! Knows nothing of weekends and of shortened days: a business's own week says those.

use jiff::civil::{Date, date};

/// Non-working holidays of every year: month, first and last day.
///
/// Source: Labour Code of the Russian Federation, article 112, part 1.
const FIXED: [(i8, i8, i8); 7] = [(1, 1, 8), (2, 23, 23), (3, 8, 8), (5, 1, 1), (5, 9, 9), (6, 12, 12), (11, 4, 4)];

/// Days off that a holiday on a weekend was moved to. A year stands here once its decree is known;
/// of the others only the fixed days are holidays.
///
/// Source for 2026: Decree of the Government of the Russian Federation of 24 September 2025 № 1466
/// (9 January, 31 December) and article 112, part 2 (9 March after Sunday 8 March, 11 May after Saturday
/// 9 May). No decree for 2027 was found on 26 November 2026.
const MOVED: [Date; 4] = [date(2026, 1, 9), date(2026, 3, 9), date(2026, 5, 11), date(2026, 12, 31)];

/// Whether the date is a holiday, or a day off that a holiday was moved to.
pub fn is_holiday(on: Date) -> bool {
    let is_fixed = |(month, first, last): &(i8, i8, i8)| on.month() == *month && (*first..=*last).contains(&on.day());
    FIXED.iter().any(is_fixed) || MOVED.contains(&on)
}
