//! How often an answer is right that is said to be so likely: Platt's line over logits.

/// Rounds of the fit; it stands still long before.
const ROUNDS: usize = 60;

/// A line over logits: what comes out is a share of right answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    pub slope: f32,
    pub shift: f32,
}

impl Calibration {
    /// Leaves every logit as it is.
    pub const NONE: Self = Self { slope: 1.0, shift: 0.0 };

    /// The share of right answers among those with this logit.
    pub fn share(self, logit: f32) -> f32 {
        sigmoid(self.slope * logit + self.shift)
    }

    /// The likeliest line through what was said and whether it was right, by Newton's method;
    /// [`Calibration::NONE`] when there is nothing to learn from.
    pub fn fitted(answers: &[(f32, bool)]) -> Self {
        let mut line = Self::NONE;
        for _ in 0..ROUNDS {
            let mut slopes = [0.0_f64; 2];
            let mut bends = [1e-6, 0.0, 1e-6];
            for (logit, is_right) in answers {
                let share = f64::from(line.share(*logit));
                let (logit, error) = (f64::from(*logit), f64::from(u8::from(*is_right)) - share);
                let weight = share * (1.0 - share);
                slopes = [slopes[0] + error * logit, slopes[1] + error];
                bends = [bends[0] + weight * logit * logit, bends[1] + weight * logit, bends[2] + weight];
            }
            let area = bends[0] * bends[2] - bends[1] * bends[1];
            if area <= 1e-9 {
                break;
            }
            let step = [
                (bends[2] * slopes[0] - bends[1] * slopes[1]) / area,
                (bends[0] * slopes[1] - bends[1] * slopes[0]) / area,
            ];
            line = line.moved(step);
        }
        line
    }

    #[expect(clippy::cast_possible_truncation, reason = "a line needs no more digits")]
    fn moved(self, step: [f64; 2]) -> Self {
        let [slope, shift] = step.map(|step| step.clamp(-0.5, 0.5) as f32);
        Self { slope: (self.slope + slope).clamp(0.05, 2.0), shift: (self.shift + shift).clamp(-6.0, 6.0) }
    }
}

/// 1 / (1 + e⁻ˣ) out of additions and products alone, so that training gives the same bytes on
/// every machine; off by less than a millionth.
pub fn sigmoid(logit: f32) -> f32 {
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

    /// Of a hundred answers with one logit seventy are right, with another ninety: so it is said.
    #[test]
    fn the_shares_seen_are_the_shares_said() {
        let answers: Vec<(f32, bool)> = (0..100).flat_map(|index| [(-1.0, index < 70), (2.0, index < 90)]).collect();
        let line = Calibration::fitted(&answers);
        assert!((line.share(-1.0) - 0.7).abs() < 1e-3, "{line:?}");
        assert!((line.share(2.0) - 0.9).abs() < 1e-3, "{line:?}");
    }

    #[test]
    fn nothing_to_learn_from_changes_nothing() {
        assert_eq!(Calibration::fitted(&[]), Calibration::NONE);
    }
}
