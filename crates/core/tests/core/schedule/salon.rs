//! A small salon on a page, for the tests of the schedule: 24 November 2026 is a Tuesday.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;
use nochnik_core::business::{Business, Document, Settings};
use nochnik_core::schedule::{Busy, Slot};
use nochnik_core::values::SpecialistId;

pub const SALON: &str = r#"
id = "test"
type = "beauty_salon"
name = "Проба"
timezone = "Europe/Moscow"

[hours]
mon = ["10:00", "20:00"]
tue = ["10:00", "20:00"]
wed = [["10:00", "13:00"], ["14:00", "20:00"]]
thu = ["10:00", "20:00"]
fri = ["10:00", "20:00"]
sat = ["10:00", "16:00"]

[special_days]
2026-11-26 = []
2026-11-29 = [["12:00", "15:00"]]

[policy]
grid_min = 30
lead_time_min = 60
horizon_days = 14

[[services]]
id = "manicure"
name = "Маникюр"
price = 1200
duration_min = 60

[[services]]
id = "gel"
name = "Маникюр с покрытием"
price = 2200
duration_min = 90
buffer_min = 15

[[services]]
id = "brows"
name = "Брови"
price = 700
duration_min = 30

[[staff]]
id = "anna"
name = "Анна"
services = ["manicure", "gel", "brows"]

[[staff]]
id = "maria"
name = "Мария"
services = ["manicure"]
[staff.hours]
tue = ["08:00", "14:00"]
thu = ["10:00", "20:00"]
"#;

pub fn settings(toml: &str) -> Settings {
    let document: Document = toml::from_str(toml).expect("the document of the test reads");
    Settings::build(document, 1).expect("the document of the test has no problems")
}

/// A wall time of the business: `2026-11-24T18:00`.
pub fn wall(text: &str) -> DateTime {
    text.parse().expect("a wall time")
}

pub fn at(settings: &Settings, text: &str) -> Timestamp {
    settings.zone.to_timestamp(wall(text)).expect("an instant")
}

/// `busy` rows read `anna 2026-11-24T12:00 2026-11-24T13:00`.
pub fn business(settings: &Settings, busy: &[&str]) -> Business {
    let row = |line: &&str| {
        let words: Vec<&str> = line.split(' ').collect();
        Busy::of_specialist(SpecialistId::from(words[0]), at(settings, words[1]), at(settings, words[2]))
    };
    Business { settings: settings.clone(), changes: Arc::default(), busy: Arc::new(busy.iter().map(row).collect()) }
}

/// Slots as a person would list them: `24 18:00 anna`.
pub fn lines(settings: &Settings, slots: &[Slot]) -> Vec<String> {
    slots
        .iter()
        .map(|slot| format!("{} {}", settings.wall(slot.starts_at).strftime("%d %H:%M"), slot.specialist))
        .collect()
}
