//! The steps of a request for which an owner may name stages of a CRM, and what is named.

use std::collections::BTreeMap;

use nochnik_core::crm::Stage;

use crate::settings::{Settings, SettingsProblem};

/// The words of the setting, the steps they stand for, and what these are called.
const STEPS: [(&str, Stage, &str); 5] = [
    ("qualified", Stage::Qualified, "есть услуга и телефон"),
    ("booked", Stage::Booked, "записан"),
    ("arrived", Stage::Arrived, "пришёл"),
    ("no_show", Stage::NoShow, "не пришёл"),
    ("cancelled", Stage::Cancelled, "запись отменена"),
];
const FIELD: &str = "stages";

/// What the owner has named, as typed: a stage's name, code or number.
#[derive(Debug, Default)]
pub struct Named(BTreeMap<&'static str, String>);

impl Named {
    pub fn read(settings: &Settings<'_>) -> Result<Self, SettingsProblem> {
        let mut named = BTreeMap::new();
        for (word, text) in settings.words(FIELD)? {
            let Some((word, ..)) = STEPS.iter().find(|(known, ..)| *known == word) else {
                let known = STEPS.map(|(word, ..)| word).join(", ");
                return Err(settings.problem(FIELD, &format!("Шага «{word}» нет. Известные: {known}")));
            };
            named.insert(*word, text);
        }
        Ok(Self(named))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is named for a step.
    pub fn text(&self, step: Stage) -> Option<&str> {
        let (word, ..) = STEPS.iter().find(|(_, of, _)| *of == step)?;
        self.0.get(word).map(String::as_str)
    }

    /// Named steps in their order: the step, what it is called, what is named for it.
    pub fn all(&self) -> impl Iterator<Item = (Stage, &'static str, &str)> {
        STEPS.iter().filter_map(|(word, step, title)| Some((*step, *title, self.0.get(word)?.as_str())))
    }

    /// Some stage says whether the client came.
    pub fn judges(&self) -> bool {
        [Stage::Arrived, Stage::NoShow].into_iter().any(|step| self.text(step).is_some())
    }

    /// Whether the client came, if the stage that `is_it` knows was named for that and for nothing else.
    pub fn has_come(&self, is_it: impl Fn(&str) -> bool) -> Option<bool> {
        let steps: Vec<Stage> = self.all().filter(|(_, _, text)| is_it(text)).map(|(step, ..)| step).collect();
        match steps.as_slice() {
            [Stage::Arrived] => Some(true),
            [Stage::NoShow] => Some(false),
            _ => None,
        }
    }
}
