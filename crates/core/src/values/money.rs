//! Whole kopecks.

use std::fmt;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money {
    kop: i64,
}

impl Money {
    pub const fn from_kop(kop: i64) -> Self {
        Self { kop }
    }

    pub const fn from_rub(rub: i64) -> Self {
        Self { kop: rub * 100 }
    }

    pub const fn kop(self) -> i64 {
        self.kop
    }
}

/// «1 500 ₽», «1 500,50 ₽», with no-break spaces.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = (self.kop / 100).abs().to_string();
        let mut rub = String::new();
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                rub.push('\u{a0}');
            }
            rub.push(digit);
        }
        let sign = if self.kop < 0 { "−" } else { "" };
        match self.kop.abs() % 100 {
            0 => write!(f, "{sign}{rub}\u{a0}₽"),
            kop => write!(f, "{sign}{rub},{kop:02}\u{a0}₽"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Money;

    #[test]
    fn money_reads_as_a_price_tag() {
        for (kop, text) in [(150_000, "1 500 ₽"), (0, "0 ₽"), (99_950, "999,50 ₽"), (123_456_700, "1 234 567 ₽")]
        {
            assert_eq!(Money::from_kop(kop).to_string().replace('\u{a0}', " "), text);
        }
    }
}
