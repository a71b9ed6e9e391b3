//! Teaching the reader: what is learned, what is kept back, and whether the new model may be published.
//!
//! `nochnik train` and «Разобрать» go by it; see docs/decisions/0011-versions-of-a-business-model.md and 0030-lessons-from-the-console.md.

use anyhow::Result;
use jiff::civil::DateTime;
use nochnik_core::lesson::is_frozen;
use nochnik_nlu::{Example, Expecting, Intent, Lexicon, Report, Trained, assess, train};
use nochnik_store::lessons::Lesson;

/// The same messages, read by the model in use and by the new one.
pub struct Compared {
    pub before: Report,
    pub after: Report,
}

impl Compared {
    pub fn is_no_worse(&self) -> bool {
        self.after.right() >= self.before.right()
    }
}

/// A new model, and what it did with messages that it had not seen.
pub struct Outcome {
    pub trained: Trained,
    /// Of the messages that are never trained on; `None` where there are none.
    pub frozen: Option<Compared>,
    /// Messages it learned from.
    pub examples: usize,
}

impl Outcome {
    /// Only such a model is published.
    pub fn is_no_worse(&self) -> bool {
        self.trained.is_no_worse() && self.frozen.as_ref().is_none_or(Compared::is_no_worse)
    }
}

/// Trains on some and reads the others; takes seconds.
pub fn learn(examples: &[Example], frozen: &[Example], lexicon: &Lexicon, now: DateTime) -> Result<Outcome> {
    let trained = train(examples, lexicon, now)?;
    let compared = |frozen: &[Example]| -> Result<Compared> {
        let before = assess(frozen, lexicon.model(), lexicon, now)?;
        Ok(Compared { before, after: assess(frozen, &trained.model, lexicon, now)? })
    };
    let frozen = if frozen.is_empty() { None } else { Some(compared(frozen)?) };
    Ok(Outcome { trained, frozen, examples: examples.len() })
}

/// What is learned from labelled messages, and what is kept back. One whose label this release does not know is left out.
pub fn examples(lessons: &[Lesson]) -> (Vec<Example>, Vec<Example>) {
    let (frozen, taught): (Vec<_>, Vec<_>) = lessons.iter().partition(|lesson| is_frozen(lesson.id));
    let read = |lessons: Vec<&Lesson>| lessons.into_iter().filter_map(example).collect();
    (read(taught), read(frozen))
}

fn example(lesson: &Lesson) -> Option<Example> {
    let intent = Intent::named(&lesson.label)?;
    Some(Example {
        text: lesson.text.clone(),
        expecting: context(&lesson.context),
        intents: vec![intent],
        family: lesson.text.clone(),
    })
}

/// The question before a message, from the word it is kept by.
pub fn context(word: &str) -> Option<Expecting> {
    serde_json::from_value(word.into()).ok()
}
