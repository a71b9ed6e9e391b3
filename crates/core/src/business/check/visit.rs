//! What a visit takes: processing gaps, chairs and rooms, seats and fixed times of a lesson.

use super::findings::Findings;
use crate::business::{Document, Service, WeekTime};

/// Seats of one lesson.
const CAPACITY_MAX: u16 = 200;
/// Fixed times of one service: every half hour of a week.
const STARTS_MAX: usize = 336;

pub(super) fn check_visit(path: &str, service: &Service, document: &Document, findings: &mut Findings) {
    check_gap(path, service, findings);
    check_resource(path, service, document, findings);
    findings.number(&format!("{path}.capacity"), service.capacity, 1..=CAPACITY_MAX, "");
    findings.count(&format!("{path}.starts"), service.starts.len(), STARTS_MAX, "начал занятия");
    for (place, start) in service.starts.iter().enumerate() {
        if !is_within_hours(*start, service.duration_min, document) {
            let start = String::from(*start);
            let text = format!("в «{start}» занятие не помещается в часы работы; поправьте время или часы в hours");
            findings.add(format!("{path}.starts[{place}]"), text);
        }
    }
}

fn check_gap(path: &str, service: &Service, findings: &mut Findings) {
    let Some(gap) = service.gap else { return };
    let path = format!("{path}.gap");
    if gap.after_min == 0 || gap.for_min == 0 {
        findings.add(&*path, "after_min и for_min должны быть больше нуля; уберите gap, если перерыва нет");
    }
    if u32::from(gap.after_min) + u32::from(gap.for_min) >= u32::from(service.duration_min) {
        let text = format!("перерыв должен кончаться раньше визита, а визит длится {} минут", service.duration_min);
        findings.add(&*path, text);
    }
    if service.capacity > 1 {
        findings.add(&*path, "у группового занятия перерыва быть не может; уберите gap или capacity");
    }
}

fn check_resource(path: &str, service: &Service, document: &Document, findings: &mut Findings) {
    let Some(id) = &service.resource else { return };
    if !document.resources.iter().any(|resource| resource.id == *id) {
        let text = format!("«{id}» нет в списке resources; добавьте туда эту запись или уберите её у услуги");
        findings.add(format!("{path}.resource"), text);
    }
}

/// By the week alone: single days and holidays may close it for once.
fn is_within_hours(start: WeekTime, duration_min: u16, document: &Document) -> bool {
    let end_min = start.minute.saturating_add(duration_min);
    document.hours.of(start.weekday).iter().any(|open| open.from_min <= start.minute && end_min <= open.to_min)
}
