//! Which features have a row of weights: those met most widely, each found by its key and a tag.

use std::collections::HashMap;

use super::{Feature, Lesson};

/// A feature sits in one of so many rows from its home on.
const REACH: usize = 8;
/// The tag of a row that nobody sits in.
const FREE: u8 = 0;

/// The tags of all rows: a feature without a seat says nothing, to the pupil as to the reader.
#[derive(Clone, PartialEq)]
pub struct Seats {
    tags: Vec<u8>,
}

impl Seats {
    pub fn empty(rows: usize) -> Self {
        Self { tags: vec![FREE; rows] }
    }

    /// Kept tags, one a row.
    pub fn kept(tags: &[u8]) -> Self {
        Self { tags: tags.to_vec() }
    }

    pub fn tags(&self) -> &[u8] {
        &self.tags
    }

    /// Seats the features of the lessons: first those that most families have, then as many as find room.
    pub fn given(rows: usize, lessons: &[Lesson<'_>]) -> Self {
        let mut seats = Self::empty(rows);
        for key in by_spread(lessons) {
            seats.seat(key);
        }
        seats
    }

    /// The row of a feature, if it has one; one stranger in thirty is taken for another feature.
    pub fn row(&self, feature: &Feature) -> Option<usize> {
        let tag = tag(feature.key);
        self.rows(feature.key).find(|row| self.tags.get(*row) == Some(&tag))
    }

    /// The rows a feature may sit in, its home first.
    fn rows(&self, key: u32) -> impl Iterator<Item = usize> + use<> {
        let all = self.tags.len();
        let home = key as usize % all;
        (0..REACH).map(move |step| (home + step) % all)
    }

    fn seat(&mut self, key: u32) {
        let tag = tag(key);
        for row in self.rows(key) {
            match self.tags.get_mut(row) {
                Some(seat) if *seat == FREE => {
                    *seat = tag;
                    return;
                }
                Some(seat) if *seat == tag => return,
                _ => {}
            }
        }
    }
}

/// The keys of all features, those of most families first.
fn by_spread(lessons: &[Lesson<'_>]) -> Vec<u32> {
    let mut spread: HashMap<u32, (u32, u32)> = HashMap::new();
    let mut last_met: HashMap<u32, &str> = HashMap::new();
    for lesson in lessons {
        for feature in lesson.sides.first().into_iter().flatten() {
            let count = spread.entry(feature.key).or_default();
            let is_new = last_met.insert(feature.key, lesson.family) != Some(lesson.family);
            count.0 += u32::from(is_new);
            count.1 += 1;
        }
    }
    let mut keys: Vec<(u32, (u32, u32))> = spread.into_iter().collect();
    keys.sort_unstable_by(|(left, left_met), (right, right_met)| right_met.cmp(left_met).then(left.cmp(right)));
    keys.into_iter().map(|(key, _)| key).collect()
}

/// What a row remembers of the feature that sits there; never [`FREE`].
fn tag(key: u32) -> u8 {
    let [first, second, third, fourth] = key.wrapping_mul(0x9e37_79b1).to_le_bytes();
    (first ^ second ^ third ^ fourth).max(1)
}
