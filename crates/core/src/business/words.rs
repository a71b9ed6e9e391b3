//! Parts of the document read out in words.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};

use super::{Hours, Settings, Specialist};
use crate::calendar;
use crate::values::ServiceId;
use crate::wall;

impl Settings {
    /// «Маникюр и педикюр», with what left the catalogue since.
    pub fn names_of(&self, services: &[ServiceId]) -> String {
        let names: Vec<String> = services.iter().map(|id| self.service_name(id).to_owned()).collect();
        // «Диагностика и ремонт + Замена масла»: a name with an «и» of its own takes no other.
        if names.len() > 1 && names.iter().any(|name| name.contains(" и ")) {
            return names.join(" + ");
        }
        wall::list(&names)
    }

    /// «с 09:00 до 21:00», «выходной».
    pub fn hours_text(&self, on: Date) -> String {
        hours_words(calendar::hours_on(&self.document, on))
    }

    /// The hours at which this specialist serves on a date: «с 10:00 до 18:00», «выходной».
    pub fn specialist_hours_text(&self, specialist: &Specialist, on: Date) -> String {
        hours_words(&calendar::specialist_hours_on(&self.document, specialist, on))
    }

    /// Whether this specialist serves on a date at all.
    pub fn is_served_by(&self, specialist: &Specialist, on: Date) -> bool {
        !calendar::specialist_hours_on(&self.document, specialist, on).is_empty()
    }

    /// The week, days of equal hours together: «пн–сб: с 09:00 до 21:00», a line each.
    pub fn week_text(&self) -> String {
        const DAYS: [(Weekday, &str); 7] = [
            (Weekday::Monday, "пн"),
            (Weekday::Tuesday, "вт"),
            (Weekday::Wednesday, "ср"),
            (Weekday::Thursday, "чт"),
            (Weekday::Friday, "пт"),
            (Weekday::Saturday, "сб"),
            (Weekday::Sunday, "вс"),
        ];
        let mut groups: Vec<(&str, &str, String)> = Vec::new();
        for (weekday, name) in DAYS {
            let hours = hours_words(self.document.hours.of(weekday));
            match groups.last_mut().filter(|(_, _, last)| *last == hours) {
                Some(group) => group.1 = name,
                None => groups.push((name, name, hours)),
            }
        }
        let lines = groups.into_iter().map(|(from, to, hours)| match from == to {
            true => format!("{from}: {hours}"),
            false => format!("{from}–{to}: {hours}"),
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The instant of a wall time; one out of the calendar's range is the end of time.
    pub fn moment_of(&self, wall: DateTime) -> Timestamp {
        calendar::instant(&self.zone, wall).unwrap_or(Timestamp::MAX)
    }
}

fn hours_words(hours: &Hours) -> String {
    if hours.is_empty() {
        return "выходной".to_owned();
    }
    let clock = |min: u16| format!("{:02}:{:02}", min / 60, min % 60);
    let parts = hours.iter().map(|open| format!("с {} до {}", clock(open.from_min), clock(open.to_min)));
    parts.collect::<Vec<_>>().join(" и ")
}
