//! A linear classifier: one row of bytes a feature, one column an answer, each answer against the rest.

pub mod calibration;
mod fit;
mod seats;
pub mod texts;

pub use fit::{Lesson, fit};

use calibration::Calibration;
use seats::Seats;

/// So many columns fit into the set of right answers of a lesson.
const COLUMNS_MAX: usize = 128;

/// One thing seen and how much it weighs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Feature {
    pub key: u32,
    pub value: f32,
}

/// FNV-1a over the parts, a zero byte between them, folded to half.
pub fn key(parts: &[&str]) -> u32 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let [first, second, third, fourth, rest @ ..] = hash.to_le_bytes();
    u32::from_le_bytes([first, second, third, fourth]) ^ u32::from_le_bytes(rest)
}

/// Adds features under one common weight: the square root keeps the sum of squares the same.
pub fn group(list: &mut Vec<Feature>, weight: f32, seen: impl FnOnce(&mut dyn FnMut(&[&str]))) {
    let start = list.len();
    seen(&mut |parts| list.push(Feature { key: key(parts), value: 1.0 }));
    let count = u16::try_from(list.len() - start).unwrap_or(u16::MAX);
    let value = weight / f32::from(count.max(1)).sqrt();
    list.iter_mut().skip(start).for_each(|feature| feature.value = value);
}

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
            Self::Unknown => write!(out, "not a model of this release"),
            Self::Size { bytes, expected } => write!(out, "the model has {expected} bytes, this has {bytes}"),
        }
    }
}

impl std::error::Error for ModelError {}

/// The bytes a model opens with, and its rows: those of so many features.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub magic: [u8; 4],
    pub rows: usize,
}

/// Trained weights for so many answers.
#[derive(Clone, PartialEq)]
pub struct Linear<const COLUMNS: usize> {
    /// What one step of a weight is worth, in logits.
    step: f32,
    bias: [f32; COLUMNS],
    /// How far what it says can be trusted.
    pub calibration: Calibration,
    /// Whose row is which.
    seats: Seats,
    /// Row by row: the weights of one feature for every answer.
    weights: Vec<i8>,
}

impl<const COLUMNS: usize> std::fmt::Debug for Linear<COLUMNS> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Linear").field("columns", &COLUMNS).field("step", &self.step).finish_non_exhaustive()
    }
}

impl<const COLUMNS: usize> Linear<COLUMNS> {
    const HEAD_BYTES: usize = 4 + 4 * (3 + COLUMNS);

    /// Knows nothing: every answer is as likely as not.
    pub fn blank(kind: Kind) -> Self {
        Self {
            step: 0.0,
            bias: [0.0; COLUMNS],
            calibration: Calibration::NONE,
            seats: Seats::empty(kind.rows),
            weights: vec![0; kind.rows * COLUMNS],
        }
    }

    /// Rounds trained weights to bytes.
    fn rounded(seats: Seats, weights: &[f32], bias: [f32; COLUMNS], calibration: Calibration) -> Self {
        let largest = weights.iter().fold(f32::MIN_POSITIVE, |largest, weight| largest.max(weight.abs()));
        let unit = largest / 127.0;
        #[expect(clippy::cast_possible_truncation, reason = "the quotient lies within -127 and 127")]
        let weights = weights.iter().map(|weight| (weight / unit).round() as i8).collect();
        Self { step: unit, bias, calibration, seats, weights }
    }

    /// The bytes to keep; [`Linear::from_bytes`] reads them on any machine.
    pub fn to_bytes(&self, kind: Kind) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::HEAD_BYTES + kind.rows * (1 + COLUMNS));
        bytes.extend(kind.magic);
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
    /// [`ModelError`] when the bytes are no model of this kind and release.
    pub fn from_bytes(kind: Kind, bytes: &[u8]) -> Result<Self, ModelError> {
        let expected = Self::HEAD_BYTES + kind.rows * (1 + COLUMNS);
        if !bytes.starts_with(&kind.magic) {
            return Err(ModelError::Unknown);
        }
        if bytes.len() != expected {
            return Err(ModelError::Size { bytes: bytes.len(), expected });
        }
        let (head, body) = bytes.split_at(Self::HEAD_BYTES);
        let (tags, weights) = body.split_at(kind.rows);
        let mut floats = head[kind.magic.len()..]
            .chunks_exact(4)
            .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]));
        let mut next = || floats.next().ok_or(ModelError::Unknown);
        let step = next()?;
        let calibration = Calibration { slope: next()?, shift: next()? };
        let mut bias = [0.0; COLUMNS];
        bias.iter_mut().zip(floats).for_each(|(bias, read)| *bias = read);
        let weights = weights.iter().map(|byte| i8::from_le_bytes([*byte])).collect();
        Ok(Self { step, bias, calibration, seats: Seats::kept(tags), weights })
    }

    /// What speaks for each answer, in logits.
    pub fn logits(&self, features: &[Feature]) -> [f32; COLUMNS] {
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

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: Kind = Kind { magic: *b"TEST", rows: 16 };

    #[test]
    fn what_is_no_model_is_refused() {
        let read = |bytes: &[u8]| Linear::<3>::from_bytes(KIND, bytes);
        assert_eq!(read(b"hello"), Err(ModelError::Unknown));
        assert_eq!(read(b"TES0 of an older release"), Err(ModelError::Unknown));
        assert!(matches!(read(b"TEST"), Err(ModelError::Size { bytes: 4, .. })));
        let blank = Linear::blank(KIND);
        assert_eq!(read(&blank.to_bytes(KIND)), Ok(blank));
    }
}
