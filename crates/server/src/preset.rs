//! Businesses to begin with: a document for each kind, shipped inside the program.

use anyhow::{Context, Result};
use clap::ValueEnum;
use nochnik_core::business::Document;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../presets/"]
struct Presets;

/// A kind of business with a document to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Preset {
    BeautySalon,
    Barbershop,
    Clinic,
    FitnessStudio,
    CarService,
    Tutoring,
}

impl Preset {
    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::value_variants().iter().find(|preset| preset.name() == name).copied()
    }

    /// As it stands in a document: `beauty_salon`.
    pub fn name(self) -> &'static str {
        match self {
            Self::BeautySalon => "beauty_salon",
            Self::Barbershop => "barbershop",
            Self::Clinic => "clinic",
            Self::FitnessStudio => "fitness_studio",
            Self::CarService => "car_service",
            Self::Tutoring => "tutoring",
        }
    }

    /// The document as it is shipped, with its remarks.
    pub fn text(self) -> Result<String> {
        let name = format!("{}.toml", self.name());
        let file = Presets::get(&name).with_context(|| format!("Заготовки {name} нет в этой сборке"))?;
        Ok(String::from_utf8(file.data.into_owned())?)
    }

    pub fn document(self) -> Result<Document> {
        toml::from_str(&self.text()?).with_context(|| format!("Заготовка {} не разбирается", self.name()))
    }

    /// As an owner calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::BeautySalon => "Салон красоты",
            Self::Barbershop => "Барбершоп",
            Self::Clinic => "Клиника, стоматология",
            Self::FitnessStudio => "Фитнес-студия",
            Self::CarService => "Автосервис",
            Self::Tutoring => "Репетитор, учебный центр",
        }
    }
}
