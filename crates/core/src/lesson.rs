//! Which messages a person should look at to teach the reader: what was not understood, or read with doubt.

use nochnik_nlu::{Expecting, Intent};

use crate::conversation::Conversation;
use crate::dialogue::expecting;
use crate::escalation::{Case, Why};
use crate::event::{self, Event};

/// Read with less certainty than this, a message is worth a look: a person would ask again.
const DOUBT_UNDER: f32 = 0.5;
/// Each lesson of so many is kept back and never trained on: it tells whether the rest did any good.
const FROZEN_EVERY: i64 = 5;

/// What was made of a message that a person should look at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lesson {
    /// `None` while a second reader is asked.
    pub heard: Option<Intent>,
    /// The probability of that, 0 to 1.
    pub certainty: f32,
    /// The client was asked again, or a person was called for it.
    pub is_missed: bool,
    /// What the bot had asked.
    pub context: Option<Expecting>,
}

impl Lesson {
    /// What it was taken for, as files of examples have it; empty while nobody knows.
    pub fn heard_word(&self) -> &'static str {
        self.heard.map_or("", Intent::name)
    }

    /// The question before it in the same words; empty for none.
    pub fn context_word(&self) -> String {
        let value = serde_json::to_value(self.context).unwrap_or_default();
        value.as_str().unwrap_or_default().to_owned()
    }
}

/// What this turn made of the client's words; `None` when it is sure of them, or nothing was read.
pub fn lesson_of(before: Option<&Conversation>, event: &Event, after: &Conversation) -> Option<Lesson> {
    let event::What::Client(inputs) = &event.what else { return None };
    if !inputs.iter().any(|input| input.what.is_said()) {
        return None;
    }
    let context = before.and_then(|before| expecting(before.asking));
    let of = |value: fn(&Conversation) -> bool| before.is_some_and(value);
    if after.doubt.is_some() && !of(|before| before.doubt.is_some()) {
        return Some(Lesson { heard: None, certainty: 0.0, is_missed: false, context });
    }
    let is_unclear = |case: &Case| case.whys.contains(&Why::Unclear);
    let is_given_up = after.case.as_ref().is_some_and(is_unclear)
        && !before.and_then(|before| before.case.as_ref()).is_some_and(is_unclear);
    let is_missed = is_given_up || after.misses > before.map_or(0, |before| before.misses);
    // Said again word for word, or not read at all, as when a person has taken over.
    let is_read = before.is_none_or(|before| before.read_as != after.read_as);
    let read = after.read_as.filter(|read| is_missed || (is_read && read.certainty < DOUBT_UNDER))?;
    Some(Lesson { heard: Some(read.intent), certainty: read.certainty, is_missed, context })
}

/// Whether a lesson of this number is kept back from training.
pub fn is_frozen(number: i64) -> bool {
    number % FROZEN_EVERY == 0
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::conversation::{Asking, ReadAs};
    use crate::event::{Input, InputKind};
    use crate::values::{Address, BusinessId, ConversationId};

    fn talk(read_as: Option<(Intent, f32)>, misses: u8) -> Conversation {
        let address = Address { channel: "widget".into(), account: "widget".into(), peer: "1".into() };
        let (business, id) = (BusinessId::new("lotos"), ConversationId::new("talk"));
        let mut talk = Conversation::new(business, id, address, Timestamp::UNIX_EPOCH, true);
        talk.read_as = read_as.map(|(intent, certainty)| ReadAs { intent, certainty, is_of_hours: false });
        talk.misses = misses;
        talk
    }

    fn event(what: InputKind) -> Event {
        let at = Timestamp::UNIX_EPOCH;
        let input = Input { at, message_id: "m".into(), what, profile_name: None, own_phone: None };
        Event { id: "e".into(), at, what: event::What::Client(vec![input]) }
    }

    fn said() -> Event {
        event(InputKind::Text { text: "слова".into() })
    }

    #[test]
    fn doubt_and_misses_are_lessons_and_certainty_is_not() {
        let sure = talk(Some((Intent::Book, 0.9)), 0);
        let doubtful = talk(Some((Intent::Faq, 0.4)), 0);
        let missed = talk(Some((Intent::Offtopic, 0.8)), 1);
        assert_eq!(lesson_of(None, &said(), &sure), None);
        let lesson = lesson_of(None, &said(), &doubtful).expect("a person would ask again");
        assert_eq!((lesson.heard_word(), lesson.is_missed, lesson.context_word().as_str()), ("faq", false, ""));
        assert!(lesson_of(Some(&sure), &said(), &missed).is_some_and(|lesson| lesson.is_missed));
        assert_eq!(lesson_of(Some(&doubtful), &said(), &doubtful), None, "nothing was read anew");
    }

    #[test]
    fn the_question_before_it_belongs_to_a_lesson() {
        let mut before = talk(None, 0);
        before.asking = Asking::Name;
        let lesson = lesson_of(Some(&before), &said(), &talk(Some((Intent::Inform, 0.3)), 0)).expect("doubt");
        assert_eq!(lesson.context_word(), "ask_name");
    }

    #[test]
    fn a_tap_teaches_nothing() {
        let doubtful = talk(Some((Intent::Faq, 0.4)), 0);
        let button = event(InputKind::Button { id: "b".into(), press_id: None });
        assert_eq!(lesson_of(None, &button, &doubtful), None);
    }

    #[test]
    fn each_fifth_is_kept_back() {
        assert_eq!((1..=10).filter(|number| is_frozen(*number)).collect::<Vec<_>>(), [5, 10]);
    }
}
