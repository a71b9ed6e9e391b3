//! A business as pages see it: its settings, its wall clock, the names behind ids.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};
use nochnik_core::business::{Document, Person, Settings};
use nochnik_core::duty::{self, Changes};
use nochnik_core::values::{ServiceId, SpecialistId};
use nochnik_core::{calendar, wall};
use nochnik_engine::duty_changes;
use nochnik_store::case_steps::Step;
use nochnik_store::{Sql, businesses, push_devices};

use super::{Trouble, Web};
use crate::case_words;

/// A business with its document checked and its clock at hand.
pub struct Salon {
    settings: Settings,
    changes: Changes,
}

impl Salon {
    /// Loads the business; `None` when there is no such one.
    pub async fn load(web: &Web, business: &str) -> Result<Option<Self>, Trouble> {
        let id = business.to_owned();
        let job = move |sql: &mut dyn Sql| {
            Ok((businesses::get(sql, &id)?, duty_changes(sql, &id, 0)?, push_devices::people(sql, &id)?))
        };
        let (Some(row), changes, pushed) = web.store.read(job).await? else { return Ok(None) };
        let document = serde_json::from_str(&row.document).map_err(|error| Trouble::broken(&error))?;
        let settings = Settings::build(document, row.version).map_err(|problems| {
            let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
            Trouble::broken(&format!("document of {business}: {}", paths.join(", ")))
        })?;
        Ok(Some(Self { settings: settings.with_pushed(pushed), changes }))
    }

    pub fn document(&self) -> &Document {
        &self.settings.document
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What differs from the shifts for once.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// The stored version of the document.
    pub fn version(&self) -> i64 {
        self.settings.version
    }

    /// The wall clock of the business at an instant in milliseconds.
    pub fn wall(&self, at_ms: i64) -> DateTime {
        self.settings.wall(Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH))
    }

    /// The instant a day of the business begins.
    pub fn day_begins_ms(&self, date: Date) -> i64 {
        self.instant_ms(date.at(0, 0, 0, 0))
    }

    /// The last closing before `now_ms`: from then on it is night work.
    pub fn night_began_ms(&self, now_ms: i64) -> i64 {
        let now = Timestamp::from_millisecond(now_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        calendar::last_closing(&self.settings, now).as_millisecond()
    }

    /// Names of those on duty at this moment.
    pub fn on_duty(&self, now_ms: i64) -> Vec<&str> {
        let at = Timestamp::from_millisecond(now_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        duty::on_duty(&self.settings, &self.changes, at).into_iter().map(|person| person.name.as_str()).collect()
    }

    /// What is amiss with the duty of the seven days from this moment on, in words.
    pub fn duty_problems(&self, now_ms: i64) -> Vec<String> {
        self.problems_of(&self.settings, now_ms)
    }

    /// The same, were the document another; nothing where it could not stand at all.
    pub fn duty_problems_with(&self, document: Document, now_ms: i64) -> Vec<String> {
        let Ok(settings) = Settings::build(document, self.version()) else { return Vec::new() };
        let pushed = self.settings.pushed.iter().cloned();
        self.problems_of(&settings.with_pushed(pushed), now_ms)
    }

    fn problems_of(&self, settings: &Settings, now_ms: i64) -> Vec<String> {
        let from = Timestamp::from_millisecond(now_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let to = from.saturating_add(SignedDuration::from_hours(7 * 24)).unwrap_or(Timestamp::MAX);
        let found = duty::problems(settings, &self.changes, from, to);
        // Who cannot be called is said on that person's own card.
        let is_mute = |problem: &duty::Problem| matches!(problem.trouble, duty::Trouble::NoMeans(_));
        let shown = found.iter().filter(|problem| problem.is_grave() && !is_mute(problem));
        shown.map(|problem| problem.text(settings)).collect()
    }

    /// Who is on duty in the seven days from this moment on: the time and the name.
    pub fn duty_week(&self, now_ms: i64) -> Vec<(String, String)> {
        let from = Timestamp::from_millisecond(now_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let to = from.saturating_add(SignedDuration::from_hours(7 * 24)).unwrap_or(Timestamp::MAX);
        let told = |stretch: duty::Stretch| {
            let span = wall::span(self.settings.wall(stretch.span.from), self.settings.wall(stretch.span.to));
            (span, self.person(stretch.person.as_str()).to_owned())
        };
        duty::stretches(&self.settings, &self.changes, from, to).into_iter().map(told).collect()
    }

    /// Whether at least one of those on duty in the seven days from this moment on can be called.
    pub fn reaches_somebody(&self, now_ms: i64) -> bool {
        let from = Timestamp::from_millisecond(now_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let to = from.saturating_add(SignedDuration::from_hours(7 * 24)).unwrap_or(Timestamp::MAX);
        let can_be_called =
            |stretch: &duty::Stretch| self.settings.person(&stretch.person).is_some_and(|one| self.has_means(one));
        duty::stretches(&self.settings, &self.changes, from, to).iter().any(can_be_called)
    }

    /// What the service of a visit is called, whatever became of it.
    pub fn service(&self, id: &str) -> &str {
        self.settings.service_name(&ServiceId::new(id))
    }

    /// The same for who serves.
    pub fn specialist(&self, id: &str) -> &str {
        self.settings.specialist_name(&SpecialistId::new(id))
    }

    /// Name of somebody of the staff, or the login itself.
    pub fn person<'a>(&'a self, id: &'a str) -> &'a str {
        self.document().person_name(id).unwrap_or(id)
    }

    /// «02:10:03».
    pub fn clock(&self, at_ms: i64) -> String {
        case_words::clock(&self.settings, at_ms)
    }

    /// A step of a case in words.
    pub fn step(&self, step: &Step) -> String {
        case_words::step(&self.settings, step)
    }

    /// Whether this is one of those whom the document lets be called.
    pub fn is_called(&self, id: &str) -> bool {
        self.document().people.iter().any(|person| person.id == id)
    }

    /// Whether the person can be called at all: by the document or by a push.
    pub fn has_means(&self, person: &Person) -> bool {
        self.settings.has_means(person)
    }

    /// Whether the person switched pushes on in some browser.
    pub fn takes_pushes(&self, person: &Person) -> bool {
        self.settings.pushed.contains(&person.id)
    }

    /// The instant of a wall clock's time.
    pub fn moment(&self, at: DateTime) -> Timestamp {
        self.settings.moment_of(at)
    }

    fn instant_ms(&self, at: DateTime) -> i64 {
        at.to_zoned(self.settings.zone.clone()).map_or(0, |zoned| zoned.timestamp().as_millisecond())
    }
}
