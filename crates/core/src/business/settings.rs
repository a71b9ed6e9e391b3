//! A checked document with what is computed from it once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use nochnik_nlu::{Lexicon, ModelError, ServiceWords, SpecialistWords, WishModel};

use super::{ChannelEntry, Document, Line, Person, Problem, Reader, Service, Specialist};
use crate::score::Weights;
use crate::values::{BusinessId, PersonId, ServiceId, SpecialistId};

/// A validated document with what is computed from it once. Cheap to clone.
#[derive(Clone)]
pub struct Settings {
    pub id: BusinessId,
    /// The stored version this was built from.
    pub version: i64,
    pub document: Arc<Document>,
    pub zone: TimeZone,
    pub reader: Reader,
    /// The accounts of `means` that could be opened; the others reach nobody.
    pub lines: Arc<BTreeMap<String, Line>>,
    /// Of a lead's score: set by hand, until the business's own outcomes gave better ones.
    pub weights: Arc<Weights>,
    /// Specialists whose visits stand only once a calendar outside has taken them.
    pub decided: Arc<BTreeSet<String>>,
    /// Ids of those with a device that takes pushes.
    pub pushed: Arc<BTreeSet<String>>,
}

impl Settings {
    /// Checks the document and prepares it; the problems are those of [`Document::check`].
    pub fn build(document: Document, version: i64) -> Result<Self, Vec<Problem>> {
        let problems = document.check();
        if !problems.is_empty() {
            return Err(problems);
        }
        let zone = document.zone().map_err(|problem| vec![problem])?;
        let reader = Reader::new(lexicon_of(&document));
        let id = BusinessId::new(&*document.id);
        Ok(Self {
            id,
            version,
            document: Arc::new(document),
            zone,
            reader,
            lines: Arc::default(),
            weights: Arc::default(),
            decided: Arc::default(),
            pushed: Arc::default(),
        })
    }

    /// Reads wishes by a model the business trained, as its bytes are kept.
    ///
    /// # Errors
    /// [`ModelError`] when they are no model of this release; the shipped one goes on then.
    pub fn read_by(&mut self, model: &[u8]) -> Result<(), ModelError> {
        self.reader = self.reader.clone().with_model(Arc::new(WishModel::from_bytes(model)?));
        Ok(())
    }

    /// Tells which accounts of `means` work, and what each of them is: only who opens them knows.
    #[must_use]
    pub fn with_lines(self, lines: BTreeMap<String, Line>) -> Self {
        Self { lines: Arc::new(lines), ..self }
    }

    /// Tells for whom a calendar outside has the last word: only who opens the calendars knows.
    #[must_use]
    pub fn with_decided(self, specialists: impl IntoIterator<Item = String>) -> Self {
        Self { decided: Arc::new(specialists.into_iter().collect()), ..self }
    }

    pub fn is_decided(&self, specialist: &SpecialistId) -> bool {
        self.decided.contains(specialist.as_str())
    }

    /// Scores leads by these weights.
    #[must_use]
    pub fn with_weights(self, weights: Weights) -> Self {
        Self { weights: Arc::new(weights), ..self }
    }

    /// Tells who switched pushes on in some browser.
    #[must_use]
    pub fn with_pushed(self, people: impl IntoIterator<Item = String>) -> Self {
        Self { pushed: Arc::new(people.into_iter().collect()), ..self }
    }

    /// Whether the person can be called at all, at whatever hour.
    pub fn has_means(&self, person: &Person) -> bool {
        !person.means.is_empty() || self.pushed.contains(&person.id)
    }

    /// The business's wall clock at this moment.
    pub fn wall(&self, at: Timestamp) -> DateTime {
        self.zone.to_datetime(at)
    }

    pub fn service(&self, id: &ServiceId) -> Option<&Service> {
        self.document.services.iter().find(|service| service.id == id.as_str())
    }

    pub fn specialist(&self, id: &SpecialistId) -> Option<&Specialist> {
        self.document.specialists.iter().find(|specialist| specialist.id == id.as_str())
    }

    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        self.document.people.iter().find(|person| person.id == id.as_str())
    }

    /// The switched-on channel of this account name.
    pub fn channel(&self, account: &str) -> Option<&ChannelEntry> {
        self.document.channels.iter().find(|channel| channel.account() == account)
    }

    /// Specialists who do every one of these services, in the document's order; all for no services.
    pub fn specialists_for(&self, services: &[ServiceId]) -> Vec<&Specialist> {
        let does_all = |specialist: &&Specialist| {
            services.iter().all(|service| specialist.services.iter().any(|own| own == service.as_str()))
        };
        self.document.specialists.iter().filter(does_all).collect()
    }
}

/// The words by which clients of this business name its services and specialists.
fn lexicon_of(document: &Document) -> Lexicon {
    let services: Vec<ServiceWords> = document
        .services
        .iter()
        .map(|s| ServiceWords { id: s.id.clone(), name: s.name.clone(), synonyms: s.synonyms.clone() })
        .collect();
    let specialists: Vec<SpecialistWords> = document
        .specialists
        .iter()
        .map(|s| SpecialistWords {
            id: s.id.clone(),
            name: s.name.clone(),
            aliases: s.aliases.clone(),
            role: s.role.clone(),
        })
        .collect();
    let opens_early = document.hours.named_days().any(|(_, hours)| hours.iter().any(|open| open.from_min <= EIGHT_MIN));
    Lexicon::new(&services, &specialists, opens_early)
}

/// Eight in the morning: where a business is open by then, «в 8» is the morning.
const EIGHT_MIN: u16 = 8 * 60;
