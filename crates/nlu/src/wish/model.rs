//! The model of wishes: a linear classifier over words, letters and findings, a column an intent.

use std::sync::LazyLock;

use crate::{
    linear::{Feature, Kind, Linear, ModelError, calibration::Calibration},
    meaning::Intent,
};

pub(super) const COLUMNS: usize = Intent::ALL.len();
pub(super) const KIND: Kind = Kind { magic: *b"NWM4", rows: 40_000 };

/// A trained classifier of wishes, nine tenths of a megabyte.
#[derive(Clone, Debug, PartialEq)]
pub struct WishModel(pub(super) Linear<COLUMNS>);

impl WishModel {
    /// The bytes to keep; [`WishModel::from_bytes`] reads them on any machine.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes(KIND)
    }

    /// Reads a kept model.
    ///
    /// # Errors
    /// [`ModelError`] when the bytes are no model of this release.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        Linear::from_bytes(KIND, bytes).map(Self)
    }

    /// What speaks for each intent, in logits, in the order of [`Intent::ALL`].
    pub(super) fn logits(&self, features: &[Feature]) -> [f32; COLUMNS] {
        self.0.logits(features)
    }

    pub(super) const fn calibration(&self) -> Calibration {
        self.0.calibration
    }
}

/// The model compiled into the program.
pub fn shipped_model() -> &'static WishModel {
    static SHIPPED: LazyLock<WishModel> = LazyLock::new(|| {
        let read = WishModel::from_bytes(include_bytes!("../../data/intents.model"));
        read.unwrap_or_else(|_| WishModel(Linear::blank(KIND)))
    });
    &SHIPPED
}
