//! The shipped model of needs, trained from the texts.

use super::{MODEL, NeedModel, features, kinds};
use crate::linear::texts::School;

const SCHOOL: School = School { kind: MODEL, column, features };

/// The shipped model, trained anew from `data/*.txt` without the families that are left out.
pub fn train_needs(is_left_out: impl Fn(&str) -> bool) -> NeedModel {
    let written = SCHOOL.samples(include_str!("../../data/needs.txt"), false);
    let asked = SCHOOL.samples(include_str!("../../data/asked.txt"), true);
    NeedModel(SCHOOL.train(written.chain(asked), is_left_out))
}

/// The column of a kind, by the first of its names.
fn column(kind: &str) -> Option<usize> {
    kinds().position(|names| names.split('|').next().is_some_and(|name| name.trim() == kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{linear::texts::sections, need::KINDS};

    /// A kind misspelt in a head would teach that nothing is needed.
    #[test]
    fn every_head_names_kinds_that_are_known() {
        assert_eq!(kinds().count(), KINDS, "lexicon/kinds.txt");
        for line in sections(include_str!("../../data/needs.txt")).chain(sections(include_str!("../../data/asked.txt")))
        {
            for kind in line.answers() {
                assert!(column(kind).is_some(), "{kind:?} above {:?}", line.text);
            }
        }
    }
}
