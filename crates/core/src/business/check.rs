//! Finds what is wrong with a document before anything is built from it.
//!
//! Every text names what is wrong and what to do; it is read by an owner, not by an engineer.

mod calendars;
mod catalogue;
mod findings;
mod hours;
mod people;
mod policy;
mod subscribers;
mod visit;

use jiff::tz::TimeZone;

use self::findings::Findings;
use super::{Document, Problem};

impl Document {
    /// Lists everything that must be mended before the business can work, in the document's order;
    /// empty when nothing must.
    pub fn check(&self) -> Vec<Problem> {
        let mut findings = Findings::default();
        catalogue::check_business(self, &mut findings);
        if let Err(problem) = self.zone() {
            findings.push(problem);
        }
        hours::check(self, &mut findings);
        catalogue::check_resources(self, &mut findings);
        catalogue::check_services(self, &mut findings);
        catalogue::check_specialists(self, &mut findings);
        people::check_people(self, &mut findings);
        people::check_shifts(self, &mut findings);
        policy::check_policy(&self.policy, &mut findings);
        policy::check_care(self, &mut findings);
        policy::check_questions(&self.questions, &mut findings);
        people::check_escalation(self, &mut findings);
        policy::check_channels(self, &mut findings);
        calendars::check(self, &mut findings);
        subscribers::check(self, &mut findings);
        people::check_means(self, &mut findings);
        policy::check_model(self, &mut findings);
        policy::check_speech(self, &mut findings);
        policy::check_privacy(self, &mut findings);
        policy::check_retention(self.retention, &mut findings);
        findings.into_problems()
    }

    /// The time zone the document names.
    pub(super) fn zone(&self) -> Result<TimeZone, Problem> {
        TimeZone::get(&self.timezone).map_err(|_| {
            let text = format!("часовой пояс «{}» неизвестен; напишите, например, Europe/Moscow", self.timezone);
            Problem::new("timezone", text)
        })
    }
}
