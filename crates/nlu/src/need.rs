//! What a client needs where no service is named: «ёжик на голове», «колёса на зиму перекинуть». A linear model over words and
//! pieces of words says which kind of service is meant; the business's own names say which of its services that is.

mod lessons;

use std::sync::{Arc, LazyLock};

pub use lessons::train_needs;

use crate::{
    lexicon::Lexicon,
    linear::{Feature, Kind, Linear, group, texts::best},
    meaning::{Found, Intent},
    numbers,
    what::ServiceIndex,
    wish::{pieces, symbols},
    words::{self, Token, Words},
};

/// Kinds of service in `lexicon/kinds.txt`.
const KINDS: usize = 81;
const MODEL: Kind = Kind { magic: *b"NNM1", rows: 12_000 };
/// A need is believed from this share of right answers on.
const SHARE_MIN: f32 = 0.5;
/// And only if no other service comes so near, in logits: «подготовка к ЕГЭ» is of any subject.
const LEAD_MIN: f32 = 1.0;

/// The services of a business by the kinds they are of.
#[derive(Clone, Debug, Default)]
pub struct NeedIndex {
    /// One a kind, where the business has such a service.
    services: Vec<Option<String>>,
    /// Another model than the shipped one.
    model: Option<Arc<NeedModel>>,
}

impl NeedIndex {
    pub fn new(services: &ServiceIndex) -> Self {
        let services = kinds().map(|names| names.split('|').find_map(|name| only(services, name))).collect();
        Self { services, model: None }
    }

    pub fn use_model(&mut self, model: Arc<NeedModel>) {
        self.model = Some(model);
    }

    /// The service that a message without one is about, if the model is sure enough.
    ///
    /// Only where the wish is one of a visit: who offers goods or is hurt needs no service found, «уберите» calls off, and
    /// «можно перекинуть на 18:30?» moves a visit whose service is known.
    pub fn find(&self, words: &Words, intent: Intent) -> Option<Found<String>> {
        let (first, last) = words.tokens.first().zip(words.tokens.last()).filter(|_| is_of_visit(intent))?;
        let model = self.model()?;
        let ((service, logit), next) = self.likeliest(model, words)?;
        is_sure(model, logit, next).then(|| Found { value: service.to_owned(), span: (first.span.0, last.span.1) })
    }

    /// Whether a price or a fact is asked of a kind of service that the business does not have: «сколько стоит снятие?».
    ///
    /// As sure as [`NeedIndex::find`] is, of all the kinds there are: what nobody has a kind for is not noticed.
    pub fn is_lacking(&self, words: &Words, intent: Intent) -> bool {
        let Some(model) = self.model().filter(|_| matches!(intent, Intent::Price | Intent::Faq)) else { return false };
        let Some((kind, logit, next)) = best(&model.logits(&features(words))) else { return false };
        is_sure(model, logit, next) && self.services.get(kind).is_some_and(Option::is_none)
    }

    /// The likeliest service of the business with its logit, and the logit of the next one.
    fn likeliest(&self, model: &Linear<KINDS>, words: &Words) -> Option<((&str, f32), f32)> {
        let logits = model.logits(&features(words));
        let ours =
            || self.services.iter().zip(logits).filter_map(|(service, logit)| Some((service.as_deref()?, logit)));
        let best = ours().max_by(|(_, one), (_, other)| one.total_cmp(other))?;
        let others = ours().filter(|(service, _)| *service != best.0);
        Some((best, others.map(|(_, logit)| logit).fold(f32::NEG_INFINITY, f32::max)))
    }

    fn model(&self) -> Option<&Linear<KINDS>> {
        self.model.as_deref().map(|own| &own.0).or_else(|| shipped())
    }
}

/// Whether the likeliest kind is believed: often enough right, and none other so near.
fn is_sure(model: &Linear<KINDS>, best: f32, next: f32) -> bool {
    model.calibration.share(best) >= SHARE_MIN && best - next >= LEAD_MIN
}

const fn is_of_visit(intent: Intent) -> bool {
    use Intent::{Book, Callback, Faq, Inform, OtherLang, Price};
    matches!(intent, Book | Callback | Faq | Inform | OtherLang | Price)
}

/// The service that these words name, and nothing beside it.
fn only(services: &ServiceIndex, name: &str) -> Option<String> {
    let mut words = words::split(name);
    words.tokens.iter_mut().for_each(|token| token.number = numbers::of_token(token));
    let found = services.find(&mut words);
    let [only] = &found[..] else { return None };
    let is_own = |token: &Token| token.roles.service || services.is_word_of(&only.value, token);
    words.tokens.iter().all(is_own).then(|| only.value.clone())
}

/// The services of a business with the kind each is of; two kinds of one service give the last.
pub fn kinds_of(lexicon: &Lexicon) -> impl Iterator<Item = (String, &'static str)> {
    let services = lexicon.needs.services.iter().zip(kinds());
    services.filter_map(|(service, names)| Some((service.clone()?, names.split('|').next().unwrap_or_default().trim())))
}

/// The kinds in the order of the columns, each with its names.
fn kinds() -> impl Iterator<Item = &'static str> {
    include_str!("../lexicon/kinds.txt")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// What the model looks at.
pub fn features(words: &Words) -> Vec<Feature> {
    let symbols = symbols(words);
    let mut list = Vec::with_capacity(128);
    group(&mut list, 2.0, |see| {
        for (at, symbol) in symbols.iter().enumerate() {
            see(&["word", symbol]);
            if let Some(next) = symbols.get(at + 1) {
                see(&["pair", symbol, next]);
            }
        }
    });
    group(&mut list, 3.0, |see| pieces(words, see));
    list
}

/// A trained model of needs, one megabyte.
#[derive(Clone, Debug, PartialEq)]
pub struct NeedModel(Linear<KINDS>);

impl NeedModel {
    /// The bytes to keep.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes(MODEL)
    }
}

/// The bytes of the model compiled into the program.
pub const fn shipped_needs() -> &'static [u8] {
    include_bytes!("../data/needs.model")
}

/// The model compiled into the program; bytes that are no model say nothing.
fn shipped() -> Option<&'static Linear<KINDS>> {
    static SHIPPED: LazyLock<Option<Linear<KINDS>>> = LazyLock::new(|| Linear::from_bytes(MODEL, shipped_needs()).ok());
    SHIPPED.as_ref()
}

/// Loads the model now, so that the first message is as quick as the others.
pub fn warm_up() {
    shipped();
}
