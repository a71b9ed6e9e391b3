//! Weights of the classifier: one row of bytes a feature, one column an intent.

use std::sync::LazyLock;

use super::{calibration::Calibration, features::Feature, seats::Seats};
use crate::meaning::Intent;

/// So many features have weights.
pub(super) const ROWS: usize = 40_000;
pub(super) const COLUMNS: usize = Intent::ALL.len();
const MAGIC: &[u8; 4] = b"NWM4";
const HEAD_BYTES: usize = MAGIC.len() + 4 * (3 + COLUMNS);

/// A model that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelError {
    /// Not a model, or one of another release.
    Unknown,
    /// Shorter or longer than a model is.
    Size { bytes: usize, expected: usize },
}

impl std::fmt::Display for ModelError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown => write!(out, "not a wish model of this release"),
            Self::Size { bytes, expected } => write!(out, "a wish model has {expected} bytes, this has {bytes}"),
        }
    }
}

impl std::error::Error for ModelError {}

/// A trained classifier of wishes, nine tenths of a megabyte.
#[derive(Clone, PartialEq)]
pub struct WishModel {
    /// What one step of a weight is worth, in logits.
    step: f32,
    bias: [f32; COLUMNS],
    /// How far what it says can be trusted.
    pub(super) calibration: Calibration,
    /// Whose row is which.
    seats: Seats,
    /// Row by row: the weights of one feature for every intent.
    weights: Vec<i8>,
}

impl std::fmt::Debug for WishModel {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("WishModel").field("step", &self.step).finish_non_exhaustive()
    }
}

impl WishModel {
    /// Rounds trained weights to bytes.
    pub(super) fn rounded(seats: Seats, weights: &[f32], bias: [f32; COLUMNS], calibration: Calibration) -> Self {
        let largest = weights.iter().fold(f32::MIN_POSITIVE, |largest, weight| largest.max(weight.abs()));
        let unit = largest / 127.0;
        #[expect(clippy::cast_possible_truncation, reason = "the quotient lies within -127 and 127")]
        let weights = weights.iter().map(|weight| (weight / unit).round() as i8).collect();
        Self { step: unit, bias, calibration, seats, weights }
    }

    /// The bytes to keep; [`WishModel::from_bytes`] reads them on any machine.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + ROWS * (1 + COLUMNS));
        bytes.extend(MAGIC);
        for number in [self.step, self.calibration.slope, self.calibration.shift] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(self.bias.iter().flat_map(|bias| bias.to_le_bytes()));
        bytes.extend(self.seats.tags());
        bytes.extend(self.weights.iter().flat_map(|weight| weight.to_le_bytes()));
        bytes
    }

    /// Reads a kept model.
    ///
    /// # Errors
    /// [`ModelError`] when the bytes are no model of this release.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let expected = HEAD_BYTES + ROWS * (1 + COLUMNS);
        if !bytes.starts_with(MAGIC) {
            return Err(ModelError::Unknown);
        }
        if bytes.len() != expected {
            return Err(ModelError::Size { bytes: bytes.len(), expected });
        }
        let (head, body) = bytes.split_at(HEAD_BYTES);
        let (tags, weights) = body.split_at(ROWS);
        let mut floats =
            head[MAGIC.len()..].chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]));
        let mut next = || floats.next().ok_or(ModelError::Unknown);
        let step = next()?;
        let calibration = Calibration { slope: next()?, shift: next()? };
        let mut bias = [0.0; COLUMNS];
        bias.iter_mut().zip(floats).for_each(|(bias, read)| *bias = read);
        let weights = weights.iter().map(|byte| i8::from_le_bytes([*byte])).collect();
        Ok(Self { step, bias, calibration, seats: Seats::kept(tags), weights })
    }

    /// What speaks for each intent, in logits, in the order of [`Intent::ALL`].
    pub(super) fn logits(&self, features: &[Feature]) -> [f32; COLUMNS] {
        let mut sums = [0.0_f32; COLUMNS];
        for feature in features {
            let weights = self.seats.row(feature).and_then(|row| self.weights.get(row * COLUMNS..(row + 1) * COLUMNS));
            let Some(weights) = weights else { continue };
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += feature.value * f32::from(*weight);
            }
        }
        let mut logits = self.bias;
        for (logit, sum) in logits.iter_mut().zip(sums) {
            *logit += sum * self.step;
        }
        logits
    }
}

/// The model compiled into the program.
pub fn shipped_model() -> &'static WishModel {
    static SHIPPED: LazyLock<WishModel> = LazyLock::new(|| {
        WishModel::from_bytes(include_bytes!("../../data/intents.model")).unwrap_or_else(|_| WishModel::blank())
    });
    &SHIPPED
}

impl WishModel {
    /// Knows nothing: every intent is as likely as not.
    pub(super) fn blank() -> Self {
        Self {
            step: 0.0,
            bias: [0.0; COLUMNS],
            calibration: Calibration::NONE,
            seats: Seats::empty(),
            weights: vec![0; ROWS * COLUMNS],
        }
    }
}

/// 1 / (1 + e⁻ˣ) out of additions and products alone, so that training gives the same bytes on
/// every machine; off by less than a millionth.
pub(super) fn sigmoid(logit: f32) -> f32 {
    let size = f64::from(logit.abs().min(30.0));
    // e⁻ˢ = 2⁻ⁿ · e⁻ʳ with 0 ≤ r < ln 2.
    let halvings = (size / std::f64::consts::LN_2).floor();
    let rest = size - halvings * std::f64::consts::LN_2;
    let mut term = 1.0;
    let mut decay = 1.0;
    for index in 1..=10 {
        term *= -rest / f64::from(index);
        decay += term;
    }
    let mut left = halvings;
    while left >= 1.0 {
        decay *= 0.5;
        left -= 1.0;
    }
    let upper = 1.0 / (1.0 + decay);
    #[expect(clippy::cast_possible_truncation, reason = "a probability needs no more digits")]
    let chance = if logit >= 0.0 { upper } else { 1.0 - upper } as f32;
    chance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigmoid_is_the_textbook_one() {
        for tenth in -200..=200_i16 {
            let logit = f32::from(tenth) / 10.0;
            let expected = 1.0 / (1.0 + (-logit).exp());
            assert!((sigmoid(logit) - expected).abs() < 1e-5, "{logit}");
        }
    }

    #[test]
    fn what_is_no_model_is_refused() {
        assert_eq!(WishModel::from_bytes(b"hello"), Err(ModelError::Unknown));
        assert_eq!(WishModel::from_bytes(b"NWM3 of an older release"), Err(ModelError::Unknown));
        assert!(matches!(WishModel::from_bytes(b"NWM4"), Err(ModelError::Size { bytes: 4, .. })));
        let blank = WishModel::blank();
        assert_eq!(WishModel::from_bytes(&blank.to_bytes()), Ok(blank));
    }
}
