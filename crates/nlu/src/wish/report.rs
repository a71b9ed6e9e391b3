//! How well messages were read: precision and recall by intent, and what was taken for what.

use std::collections::BTreeMap;

use crate::meaning::Intent;

/// How one intent fared as the primary one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IntentScore {
    /// Messages that have it.
    pub said: usize,
    /// Messages we gave it to.
    pub heard: usize,
    /// Both.
    pub right: usize,
}

impl IntentScore {
    /// Of what we heard, the share that was said; 1 when nothing was heard.
    pub fn precision(&self) -> f64 {
        share(self.right, self.heard)
    }

    /// Of what was said, the share we heard; 1 when nothing was said.
    pub fn recall(&self) -> f64 {
        share(self.right, self.said)
    }
}

/// What was said and what was heard, message by message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    table: BTreeMap<(Intent, Intent), usize>,
}

impl Report {
    /// Adds a message: its true intents and ours, each with the primary one first.
    pub(super) fn add(&mut self, said: &[Intent], heard: &[(Intent, f32)]) {
        if let (Some(said), Some((heard, _))) = (said.first(), heard.first()) {
            *self.table.entry((*said, *heard)).or_default() += 1;
        }
    }

    pub fn messages(&self) -> usize {
        self.table.values().sum()
    }

    pub fn right(&self) -> usize {
        self.table.iter().filter(|((said, heard), _)| said == heard).map(|(_, count)| count).sum()
    }

    /// The share of messages whose primary intent was right; 1 for no messages.
    pub fn accuracy(&self) -> f64 {
        share(self.right(), self.messages())
    }

    /// The scores of the intents that were said or heard.
    pub fn scores(&self) -> BTreeMap<Intent, IntentScore> {
        let mut scores: BTreeMap<Intent, IntentScore> = BTreeMap::new();
        for ((said, heard), count) in &self.table {
            scores.entry(*said).or_default().said += count;
            scores.entry(*heard).or_default().heard += count;
            if said == heard {
                scores.entry(*said).or_default().right += count;
            }
        }
        scores
    }

    /// What was taken for what, the most frequent first: said, heard, how often.
    pub fn confusions(&self) -> Vec<(Intent, Intent, usize)> {
        let mut list: Vec<(Intent, Intent, usize)> = self
            .table
            .iter()
            .filter(|((said, heard), _)| said != heard)
            .map(|((said, heard), count)| (*said, *heard, *count))
            .collect();
        list.sort_by_key(|(said, heard, count)| (std::cmp::Reverse(*count), *said, *heard));
        list
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of messages are far below 2^52")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}
