//! Finds what is wrong with a document before anything is built from it.

use jiff::tz::TimeZone;

use super::{Document, Problem};

impl Document {
    /// Lists everything that must be mended before the business can work; empty when it can.
    pub fn check(&self) -> Vec<Problem> {
        self.zone().err().into_iter().collect()
    }

    /// The time zone the document names.
    pub(super) fn zone(&self) -> Result<TimeZone, Problem> {
        TimeZone::get(&self.timezone).map_err(|_| {
            let text = format!("часовой пояс «{}» неизвестен; напишите, например, Europe/Moscow", self.timezone);
            Problem::new("timezone", text)
        })
    }
}
