//! Published updates, broken at random: one place of the JSON becomes a stranger, goes away or is doubled, or the
//! bytes themselves are cut and changed.

use proptest::prelude::RngExt;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::{Value, json};

/// Deepest stranger, in arrays.
const DEPTH_MAX: usize = 60;

pub struct Mutator {
    rng: TestRng,
}

impl Mutator {
    pub fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Self { rng: TestRng::from_seed(RngAlgorithm::ChaCha, &bytes) }
    }

    /// A body made of `example` by one to four breaks.
    pub fn body(&mut self, example: &Value) -> Vec<u8> {
        let mut broken = example.clone();
        for _ in 0..self.below(4) + 1 {
            self.break_one(&mut broken);
        }
        let mut bytes = broken.to_string().into_bytes();
        if self.below(4) == 0 {
            self.break_bytes(&mut bytes);
        }
        bytes
    }

    /// Walks down to some place and breaks it.
    fn break_one(&mut self, value: &mut Value) {
        let deeper = self.below(8) > 0;
        match value {
            Value::Object(fields) if deeper && !fields.is_empty() => {
                let at = self.below(fields.len());
                let name = fields.keys().nth(at).cloned().unwrap_or_default();
                match self.below(12) {
                    0 => drop(fields.remove(&name)),
                    1 => drop(fields.insert(self.name(), self.stranger())),
                    _ => self.break_one(&mut fields[&name]),
                }
            }
            Value::Array(items) if deeper && !items.is_empty() => {
                let at = self.below(items.len());
                match self.below(8) {
                    0 => drop(items.remove(at)),
                    1 => items.push(items[at].clone()),
                    _ => self.break_one(&mut items[at]),
                }
            }
            place => *place = self.stranger(),
        }
    }

    fn stranger(&mut self) -> Value {
        match self.below(12) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(-1),
            3 => json!(0),
            4 => json!(i64::MAX),
            5 => json!(u64::MAX),
            6 => json!(1e300),
            7 => json!(""),
            8 => json!(self.words()),
            9 => json!({ self.name(): self.words() }),
            10 => json!([null, self.words(), {}]),
            _ => (0..self.below(DEPTH_MAX)).fold(json!("дно"), |inner, _| json!([inner])),
        }
    }

    fn words(&mut self) -> String {
        let length = self.below(40);
        (0..length).map(|_| char::from_u32(self.below(0x1_F700) as u32).unwrap_or('\u{FFFD}')).collect()
    }

    fn name(&mut self) -> String {
        const NAMES: &[&str] = &[
            "text",
            "attachments",
            "payload",
            "type",
            "id",
            "mid",
            "from",
            "message",
            "timestamp",
            "ref",
            "x",
            "is_echo",
        ];
        NAMES[self.below(NAMES.len())].to_owned()
    }

    fn break_bytes(&mut self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let at = self.below(bytes.len());
        match self.below(3) {
            0 => bytes.truncate(at),
            1 => bytes[at] = self.below(256) as u8,
            _ => bytes.insert(at, self.below(256) as u8),
        }
    }

    /// Of 0 to `count` - 1.
    fn below(&mut self, count: usize) -> usize {
        self.rng.random_range(0..count.max(1))
    }
}
