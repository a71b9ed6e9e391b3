//! Reads messages in the words of one business.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::civil::DateTime;
use nochnik_nlu::{Expecting, Lexicon, Meaning, WishModel, understand};

/// What was read last: the answer depends on nothing but these three.
struct Reading {
    text: String,
    expecting: Option<Expecting>,
    now: DateTime,
    meaning: Meaning,
}

/// The lexicon with the last reading. One turn asks twice about the same words (is the burst over, and
/// what does it want), and reading is the dearest thing a turn computes. Cheap to clone.
#[derive(Clone)]
pub struct Reader {
    lexicon: Arc<Lexicon>,
    last: Arc<Mutex<Option<Reading>>>,
}

impl Reader {
    pub(super) fn new(lexicon: Lexicon) -> Self {
        Self { lexicon: Arc::new(lexicon), last: Arc::default() }
    }

    /// Reads wishes by a model the business trained.
    #[must_use]
    pub fn with_model(self, model: Arc<WishModel>) -> Self {
        Self::new(Arc::unwrap_or_clone(self.lexicon).with_model(model))
    }

    /// The words of the business and the model in use.
    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// As [`understand`], with the words of the business.
    pub fn read(&self, text: &str, expecting: Option<Expecting>, now: DateTime) -> Meaning {
        let known = self.last().as_ref().filter(|read| read.is(text, expecting, now)).map(|read| read.meaning.clone());
        known.unwrap_or_else(|| {
            let meaning = understand(text, expecting, &self.lexicon, now);
            *self.last() = Some(Reading { text: text.to_owned(), expecting, now, meaning: meaning.clone() });
            meaning
        })
    }

    fn last(&self) -> MutexGuard<'_, Option<Reading>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reading {
    fn is(&self, text: &str, expecting: Option<Expecting>, now: DateTime) -> bool {
        self.text == text && self.expecting == expecting && self.now == now
    }
}
