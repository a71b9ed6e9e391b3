//! Specialists meant by what they are: «к хирургу», «нужен косметолог».

use crate::{
    lexicon::{SpecialistWords, shipped},
    words::{Token, Words, plain_words},
};

/// Positions so general that they tell nobody from the others.
const GENERAL: &[&str] = &["тренер", "репетитор", "администратор"];

/// The positions of specialists, ready for search.
#[derive(Clone, Debug, Default)]
pub struct PositionIndex {
    /// Ids and what their positions are called.
    people: Vec<(String, Vec<&'static str>)>,
}

impl PositionIndex {
    pub fn new(people: &[SpecialistWords]) -> Self {
        let positions = |person: &SpecialistWords| plain_words(&person.role).iter().filter_map(position).collect();
        Self { people: people.iter().map(|person| (person.id.clone(), positions(person))).collect() }
    }

    /// The ids of everybody whose position is named, in the order of the business; empty when that is nobody or all.
    pub fn find(&self, words: &Words) -> Vec<String> {
        let named: Vec<&str> = words
            .tokens
            .iter()
            .enumerate()
            .filter(|(at, _)| !is_denied(&words.tokens, *at))
            .filter_map(|(_, token)| position(token).filter(|position| !GENERAL.contains(position)))
            .collect();
        let is_named = |positions: &[&str]| positions.iter().any(|position| named.contains(position));
        let found: Vec<String> =
            self.people.iter().filter(|(_, positions)| is_named(positions)).map(|(id, _)| id.clone()).collect();
        if found.len() == self.people.len() { Vec::new() } else { found }
    }
}

/// What a word calls a specialist, if it is a position.
pub(crate) fn position(token: &Token) -> Option<&'static str> {
    if token.roles.phone || token.roles.specialist { None } else { shipped().positions.root_of(&token.text) }
}

/// «терапевт не нужен», «не к терапевту».
fn is_denied(tokens: &[Token], at: usize) -> bool {
    const TOWARDS: &[&str] = &["к", "ко", "у", "на"];
    let after = |offset: usize| tokens.get(at + offset).filter(|token| !token.gap.ends_clause());
    let before = |distance: usize| at.checked_sub(distance).and_then(|index| tokens.get(index));
    let is_refused = after(1).is_some_and(|token| token.is("не"))
        && after(2).is_some_and(|token| token.starts_any(&["нуж", "над", "хоч", "подой"]));
    let distance = if before(1).is_some_and(|token| token.is_any(TOWARDS)) { 2 } else { 1 };
    is_refused || before(distance).is_some_and(|token| token.is("не"))
}
