//! Word lists: those shipped in `lexicon/*.txt` and the business's own names of things and people.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, LazyLock},
};

use crate::{
    cues::CueList,
    meaning::{Found, Intent},
    names,
    need::{self, NeedIndex, NeedModel},
    numbers,
    position::PositionIndex,
    specialist::SpecialistIndex,
    spelling::Speller,
    topic::{self, TopicModel},
    what::ServiceIndex,
    wish::{self, WishModel},
    words::{self, Words},
};

/// No beginning (`слов*`) of a list is longer.
const BEGINNING_CHARS_MAX: usize = 40;

/// A service as the owner describes it.
#[derive(Clone, Debug)]
pub struct ServiceWords {
    pub id: String,
    pub name: String,
    pub synonyms: Vec<String>,
}

/// A specialist as clients call them.
#[derive(Clone, Debug)]
pub struct SpecialistWords {
    pub id: String,
    pub name: String,
    pub aliases: Vec<String>,
    /// What they are, in the owner's words: «хирург-имплантолог»; may be empty.
    pub role: String,
}

/// Everything of one business that reading needs; built once, shared by reference.
#[derive(Clone, Debug)]
pub struct Lexicon {
    pub(crate) services: ServiceIndex,
    pub(crate) needs: NeedIndex,
    pub(crate) specialists: SpecialistIndex,
    pub(crate) positions: PositionIndex,
    pub(crate) speller: Speller,
    /// Open at 8 in the morning: a bare «в 8» is then the morning.
    pub(crate) opens_early: bool,
    /// The business's own model of wishes; the shipped one where there is none.
    model: Option<Arc<WishModel>>,
    /// Another model of topics than the shipped one.
    topics: Option<Arc<TopicModel>>,
}

impl Lexicon {
    pub fn new(services: &[ServiceWords], specialists: &[SpecialistWords], opens_early: bool) -> Self {
        let service_texts = services.iter().flat_map(|service| service.synonyms.iter().chain([&service.name]));
        let specialist_texts = specialists.iter().flat_map(|person| person.aliases.iter().chain([&person.name]));
        let own: Vec<String> = service_texts
            .chain(specialist_texts)
            .flat_map(|text| words::plain_words(text))
            .map(|token| token.text)
            .collect();
        let services = ServiceIndex::new(services);
        Self {
            needs: NeedIndex::new(&services),
            services,
            specialists: SpecialistIndex::new(specialists),
            positions: PositionIndex::new(specialists),
            speller: Speller::new(own.iter().map(String::as_str)),
            opens_early,
            model: None,
            topics: None,
        }
    }

    /// Reads wishes by a model the business trained.
    #[must_use]
    pub fn with_model(mut self, model: Arc<WishModel>) -> Self {
        self.model = Some(model);
        self
    }

    /// Reads needs by another model than the shipped one.
    #[must_use]
    pub fn with_needs(mut self, model: Arc<NeedModel>) -> Self {
        self.needs.use_model(model);
        self
    }

    /// Reads topics of questions by another model than the shipped one.
    #[must_use]
    pub fn with_topics(mut self, model: Arc<TopicModel>) -> Self {
        self.topics = Some(model);
        self
    }

    /// What a question is about, or what one who is no client wants; `heard` is what the lists say.
    pub(crate) fn topic_of(&self, words: &Words, heard: &[String], is_of_client: bool) -> Option<&'static str> {
        self.topics.as_deref().unwrap_or_else(|| topic::shipped_topics()).find(words, heard, is_of_client)
    }

    /// The service that a message without a named one is about. Words that several services share are left out: what stands
    /// around them must tell.
    pub(crate) fn need(&self, words: &Words, intent: Intent) -> Option<Found<String>> {
        let telling = words.tokens.iter().filter(|token| !self.services.is_of_several(token)).cloned().collect();
        self.needs.find(&Words { tokens: telling, ..*words }, intent)
    }

    /// Whether a price or a fact is asked of a kind of service that the business does not have.
    pub(crate) fn is_lacking(&self, words: &Words, intent: Intent) -> bool {
        self.needs.is_lacking(words, intent)
    }

    /// The model wishes are read by.
    pub fn model(&self) -> &WishModel {
        self.model.as_deref().unwrap_or_else(|| wish::shipped_model())
    }
}

/// The lists compiled into the program.
pub(crate) struct Shipped {
    /// What each intent, topic and tone sounds like.
    pub cues: CueList,
    /// Descriptions of a need in other words than its name: «пробил колесо».
    pub paraphrases: CueList,
    /// Marks inside a date or a time: corrections, old times, clauses about something else.
    pub marks: CueList,
    pub speller: Speller,
    /// Common words of other languages.
    pub foreign: HashSet<&'static str>,
    /// Words of every day that nobody is called.
    pub everyday: HashSet<&'static str>,
    /// Words too general to name a service alone.
    pub generic: HashSet<String>,
    kin: Kin,
    /// What specialists are called by their trade.
    pub positions: Kin,
}

/// The shipped lists; built at first use, then free.
pub(crate) fn shipped() -> &'static Shipped {
    static SHIPPED: LazyLock<Shipped> = LazyLock::new(Shipped::build);
    &SHIPPED
}

impl Shipped {
    fn build() -> Self {
        let cues = CueList::parse(concat!(
            include_str!("../lexicon/intents.txt"),
            "\n",
            include_str!("../lexicon/client.txt"),
            "\n",
            include_str!("../lexicon/outsiders.txt"),
            "\n",
            include_str!("../lexicon/health.txt"),
            "\n",
            include_str!("../lexicon/topics.txt")
        ));
        let paraphrases = CueList::parse(include_str!("../lexicon/paraphrases.txt"));
        let marks = CueList::parse(include_str!("../lexicon/marks.txt"));
        let kin = Kin::parse(include_str!("../lexicon/kin.txt"));
        let positions = Kin::parse(include_str!("../lexicon/positions.txt"));
        let common: Vec<&'static str> =
            list(include_str!("../lexicon/common.txt")).chain(numbers::vocabulary()).collect();
        let known: Vec<&'static str> = list(include_str!("../lexicon/known.txt")).collect();
        let lists = [&cues, &marks, &paraphrases];
        let speller = Speller::new(common.iter().map(|word| &word[..]).chain(kin.words())).accept(
            lists
                .iter()
                .flat_map(|list| list.vocabulary())
                .chain(known.iter().map(|word| &word[..]))
                .chain(positions.words()),
            lists.iter().flat_map(|list| list.beginnings()).chain(kin.beginnings()).chain(positions.beginnings()),
        );
        let generic = list(include_str!("../lexicon/generic.txt"))
            .map(|word| kin.root_of(word).map_or_else(|| words::stem(word), str::to_owned))
            .collect();
        let foreign = list(include_str!("../lexicon/foreign.txt")).collect();
        let everyday = list(include_str!("../lexicon/everyday.txt")).collect();
        Self { cues, paraphrases, marks, speller, foreign, everyday, generic, kin, positions }
    }
}

/// The words of a list: divided by blanks, `#` starts a comment.
pub(crate) fn list(source: &'static str) -> impl Iterator<Item = &'static str> {
    source.lines().filter_map(|line| line.split('#').next()).flat_map(str::split_whitespace)
}

/// What a word is about: the root of its family, or its stem.
pub(crate) fn concept(token: &words::Token) -> &str {
    shipped().kin.root_of(&token.text).unwrap_or(&token.stem)
}

/// Loads every shipped list now, so that the first message is as quick as the others.
pub fn warm_up() {
    shipped();
    names::warm_up();
    crate::phone::warm_up();
    wish::shipped_model();
    need::warm_up();
    topic::shipped_topics();
}

/// Families of words that mean the same thing across derivations: «стрижка», «подстричься».
#[derive(Debug, Default)]
pub(crate) struct Kin {
    by_stem: HashMap<String, String>,
    by_beginning: HashMap<String, String>,
    words: Vec<String>,
}

impl Kin {
    /// Reads lines `root: word begin* word`.
    fn parse(source: &str) -> Self {
        let mut kin = Self::default();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            let Some((root, members)) = line.split_once(':') else { continue };
            let root = root.trim().to_owned();
            kin.words.push(root.clone());
            for member in members.split_whitespace().chain([root.as_str()]) {
                let member = member.replace('ё', "е");
                if let Some(beginning) = member.strip_suffix('*') {
                    kin.by_beginning.insert(beginning.to_owned(), root.clone());
                } else {
                    kin.by_stem.insert(words::stem(&member), root.clone());
                    kin.words.push(member);
                }
            }
        }
        kin
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    fn beginnings(&self) -> impl Iterator<Item = &str> {
        self.by_beginning.keys().map(String::as_str)
    }

    /// The family of a word by its stem, else by its longest known beginning.
    pub fn root_of(&self, word: &str) -> Option<&str> {
        if let Some(root) = self.by_stem.get(&words::stem(word)) {
            return Some(root);
        }
        let beginnings = word.char_indices().take(BEGINNING_CHARS_MAX).map(|(at, letter)| at + letter.len_utf8());
        let ends = beginnings.collect::<Vec<_>>().into_iter().rev();
        ends.filter_map(|end| word.get(..end))
            .find_map(|beginning| self.by_beginning.get(beginning))
            .map(String::as_str)
    }
}
