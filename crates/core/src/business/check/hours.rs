//! Working hours of the business and of its specialists, and single days.

use super::findings::Findings;
use crate::business::{DaysOff, Document, Hours, WEEKDAYS, Week};

/// Single days a document may list: two years of holidays and repairs.
const SPECIAL_DAYS_MAX: usize = 400;
/// Days off and leaves of one specialist: some years of them.
const DAYS_OFF_MAX: usize = 400;

pub(super) fn check(document: &Document, findings: &mut Findings) {
    check_week("hours", &document.hours, findings);
    let is_ever_open = document.hours.named_days().any(|(_, hours)| !hours.is_empty())
        || document.special_days.values().any(|hours| !hours.is_empty());
    if !is_ever_open {
        findings.add(
            "hours",
            "нет ни одного рабочего часа; впишите хотя бы один день, например mon = [\"09:00\", \"20:00\"]",
        );
    }
    findings.count("special_days", document.special_days.len(), SPECIAL_DAYS_MAX, "особых дней");
    for (date, hours) in &document.special_days {
        check_day(&format!("special_days.{date}"), hours, findings);
    }
}

/// Known days, intervals in order.
pub(super) fn check_week(path: &str, week: &Week, findings: &mut Findings) {
    for (day, hours) in week.named_days() {
        let path = format!("{path}.{day}");
        if !WEEKDAYS.contains(&day) {
            findings.add(&*path, format!("дня «{day}» нет; дни недели пишутся так: {}", WEEKDAYS.join(", ")));
        }
        check_day(&path, hours, findings);
    }
}

/// Leaves that do not end before they begin.
pub(super) fn check_days_off(path: &str, days_off: &[DaysOff], findings: &mut Findings) {
    findings.count(path, days_off.len(), DAYS_OFF_MAX, "выходных и отпусков");
    for (place, off) in days_off.iter().enumerate() {
        let (first, last) = off.ends();
        if last < first {
            let text = format!("{first} позже, чем {last}; поставьте сначала первый день, потом последний");
            findings.add(format!("{path}[{place}]"), text);
        }
    }
}

fn check_day(path: &str, hours: &Hours, findings: &mut Findings) {
    if hours.windows(2).any(|pair| pair[0].to_min > pair[1].from_min) {
        findings
            .add(path, "промежутки времени пересекаются или стоят не по порядку; расставьте их от раннего к позднему");
    }
}
