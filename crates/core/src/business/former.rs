//! Names of what a business no longer has: visits booked with it still stand, and are read out by people.

use serde::{Deserialize, Serialize};

use super::{Document, Settings};
use crate::limits::FORMER_MAX;
use crate::values::{ServiceId, SpecialistId};

/// What left the document, the longest gone first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Former {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    services: Vec<Named>,
    #[serde(default, rename = "staff", skip_serializing_if = "Vec::is_empty")]
    specialists: Vec<Named>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    people: Vec<Named>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    id: String,
    name: String,
}

/// Stands for a service that nobody remembers: «Вы записаны: визит, ср, 25 ноября».
const SOME_VISIT: &str = "визит";
/// The same for a specialist, after the word for who serves: «мастер прежний».
const SOME_SPECIALIST: &str = "прежний";

impl Former {
    /// Everybody and everything of a document, as if it were gone.
    fn of(document: &Document) -> Self {
        let named = |(id, name): (&String, &String)| Named { id: id.clone(), name: name.clone() };
        Self {
            services: document.services.iter().map(|one| (&one.id, &one.name)).map(named).collect(),
            specialists: document.specialists.iter().map(|one| (&one.id, &one.name)).map(named).collect(),
            people: document.people.iter().map(|one| (&one.id, &one.name)).map(named).collect(),
        }
    }
}

impl Document {
    /// Keeps the names of what `before` has, or remembers, and this one has no more. Before a new version is stored.
    pub fn remember(&mut self, before: &Self) {
        let known = [std::mem::take(&mut self.former), before.former.clone(), Former::of(before)];
        let now = Former::of(self);
        let gone = |of: fn(&Former) -> &[Named]| gone(known.iter().flat_map(of), of(&now));
        self.former = Former {
            services: gone(|all| &all.services),
            specialists: gone(|all| &all.specialists),
            people: gone(|all| &all.people),
        };
    }

    /// Name of a service that is, or was, in the catalogue.
    pub fn service_name(&self, id: &str) -> Option<&str> {
        let own = self.services.iter().find(|service| service.id == id).map(|service| service.name.as_str());
        own.or_else(|| name_in(&self.former.services, id))
    }

    /// Name of somebody who serves, or served.
    pub fn specialist_name(&self, id: &str) -> Option<&str> {
        let own = self.specialists.iter().find(|one| one.id == id).map(|one| one.name.as_str());
        own.or_else(|| name_in(&self.former.specialists, id))
    }

    /// Name of somebody of the staff, or of who was.
    pub fn person_name(&self, id: &str) -> Option<&str> {
        let own = self.people.iter().find(|person| person.id == id).map(|person| person.name.as_str());
        own.or_else(|| name_in(&self.former.people, id))
    }
}

impl Settings {
    /// What a visit's service is called; never empty, whatever became of the catalogue.
    pub fn service_name(&self, id: &ServiceId) -> &str {
        self.document.service_name(id.as_str()).unwrap_or(SOME_VISIT)
    }

    /// The same for the specialist of a visit.
    pub fn specialist_name(&self, id: &SpecialistId) -> &str {
        self.document.specialist_name(id.as_str()).unwrap_or(SOME_SPECIALIST)
    }
}

fn name_in<'a>(all: &'a [Named], id: &str) -> Option<&'a str> {
    all.iter().find(|one| one.id == id).map(|one| one.name.as_str())
}

/// All of them once, without those that stay; the longest gone are forgotten first.
fn gone<'a>(known: impl Iterator<Item = &'a Named>, stay: &[Named]) -> Vec<Named> {
    let mut all: Vec<Named> = Vec::new();
    for one in known {
        if !all.iter().chain(stay).any(|other| other.id == one.id) {
            all.push(one.clone());
        }
    }
    all.split_off(all.len().saturating_sub(FORMER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALON: &str = r#"
id = "salon"
type = "beauty_salon"
name = "Салон"
[hours]
tue = ["10:00", "20:00"]
[[services]]
id = "cut"
name = "Стрижка"
price = 1000
duration_min = 60
[[staff]]
id = "anna"
name = "Анна"
services = ["cut"]
"#;

    fn salon(text: &str) -> Document {
        toml::from_str(text).unwrap()
    }

    /// The same salon after everybody and everything in it has changed.
    fn another() -> Document {
        salon(
            &SALON
                .replace("\"cut\"", "\"brows\"")
                .replace("Стрижка", "Брови")
                .replace("anna", "olga")
                .replace("Анна", "Ольга"),
        )
    }

    #[test]
    fn what_left_the_document_is_still_called_by_its_name() {
        let mut after = another();
        after.remember(&salon(SALON));
        assert_eq!((after.service_name("cut"), after.specialist_name("anna")), (Some("Стрижка"), Some("Анна")));
        // One change later it is still known.
        let mut later = another();
        later.remember(&after);
        assert_eq!(later.specialist_name("anna"), Some("Анна"));
        let settings = Settings::build(later, 1).unwrap();
        assert_eq!(settings.names_of(&["cut".into()]), "Стрижка");
        assert_eq!(settings.names_of(&["nails".into()]), "визит", "never heard of");
        assert_eq!(settings.specialist_name(&"vera".into()), "прежний");
    }

    #[test]
    fn what_is_back_goes_by_its_own_name() {
        let mut without = another();
        without.remember(&salon(SALON));
        let mut again = salon(&SALON.replace("Анна", "Аня"));
        again.remember(&without);
        assert_eq!(again.specialist_name("anna"), Some("Аня"));
        assert!(again.former.specialists.iter().all(|one| one.id != "anna"), "it is there itself");
    }

    #[test]
    fn the_longest_gone_are_forgotten_first() {
        let named = |n: usize| Named { id: format!("service-{n}"), name: format!("Услуга {n}") };
        let mut old = another();
        old.former.services = (0..FORMER_MAX).map(named).collect();
        old.services = salon(SALON).services;
        let mut after = another();
        after.remember(&old);
        assert_eq!(after.former.services.len(), FORMER_MAX);
        assert_eq!((after.service_name("service-0"), after.service_name("cut")), (None, Some("Стрижка")));
    }
}
