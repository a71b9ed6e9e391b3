//! Which services of the business a message names.

mod aside;
mod sexes;

use std::{cmp::Reverse, collections::HashMap};

use crate::{
    lexicon::{ServiceWords, concept, shipped},
    meaning::Found,
    words::{Gap, Token, Words, plain_words},
};
use aside::{in_one_clause, is_aside, is_overgrown, is_refused, is_told_of, qualifies_next};

/// Words without a meaning of their own inside a service's name.
const SMALL: &[&str] = &[
    "и",
    "с",
    "со",
    "в",
    "во",
    "на",
    "для",
    "по",
    "к",
    "под",
    "из",
    "до",
    "от",
    "без",
    "или",
    "за",
    "мне",
    "перед",
    "лет",
    "плюс",
    "а",
    "у",
    "о",
    "об",
    "при",
    "не",
    "мой",
    "свой",
    "ваш",
    "это",
    "тон",
    "мы",
    "вы",
    "я",
    "то",
];

/// How far apart words of one name may stand, in tokens.
const SPREAD_TOKENS_MAX: usize = 6;

/// Of whom a child's service speaks.
const CHILD: &str = "ребенок";

/// What is done in the place of a haircut.
const CLIPPER: &str = "машинка";

/// A car that is towed wants no more until it is here.
const TOW: &str = "эвакуатор";
const BATTERY: &str = "аккумулятор";

/// Nails are done, unless this is done to them: «гель с ногтей снять».
const NAIL: &str = "ноготь";
const NAILS_DONE: &str = "маникюр";
const GEL: &str = "гель";
const COVERING: &str = "покрытие";
const DONE_TO_NAILS: [&str; 2] = ["снятие", "наращивание"];

/// Two services named with one head word stand so near.
const COORDINATED_TOKENS_MAX: usize = 3;

/// A word shorter than this names a service only as a whole name of it.
const LONE_CHARS_MIN: usize = 3;

#[derive(Clone, Debug)]
struct Phrase {
    service: usize,
    concepts: Vec<String>,
    /// Its own words are joined by «и» or a plus: «стрижка и борода».
    is_joined: bool,
    /// Only general words are left («мне и сыну»): every word must be said, in order.
    verbatim: Option<Vec<String>>,
}

/// The names of services, ready for search.
#[derive(Clone, Debug, Default)]
pub struct ServiceIndex {
    ids: Vec<String>,
    /// For whom the service is by its name, as [`sexes`] tell it.
    meant_for: Vec<Option<&'static str>>,
    phrases: Vec<Phrase>,
    by_concept: HashMap<String, Vec<usize>>,
    /// Words that only one service has.
    lone: HashMap<String, Option<usize>>,
}

/// A concept of the message and the tokens that express it.
struct Mention<'a> {
    concept: &'a str,
    token: usize,
}

#[derive(Debug)]
struct Candidate {
    service: usize,
    tokens: Vec<usize>,
    /// Words said of a whole name; 0 of a longer one of which a lone word was said.
    words: usize,
    /// What they mean; one word may mean two things («гель» is a covering too).
    concepts: usize,
    /// A child is named by one of them: «ребёнку зубы».
    is_childs: bool,
}

impl Candidate {
    /// One word, of a name said whole or not.
    fn of_word(service: usize, token: usize, words: usize) -> Self {
        Self { service, tokens: vec![token], words, concepts: 1, is_childs: false }
    }

    fn first(&self) -> usize {
        self.tokens.first().copied().unwrap_or(0)
    }

    fn last(&self) -> usize {
        self.tokens.last().copied().unwrap_or(0)
    }

    /// The best first: most words said, a child's before a grown-up's, closest together, with most meaning, earliest.
    fn rank(&self) -> (Reverse<usize>, Reverse<bool>, usize, Reverse<usize>, usize) {
        (Reverse(self.words), Reverse(self.is_childs), self.spread(), Reverse(self.concepts), self.first())
    }

    fn spread(&self) -> usize {
        self.last() - self.first()
    }
}

impl ServiceIndex {
    /// Whether a service is named with this word.
    pub fn has(&self, token: &Token) -> bool {
        self.by_concept.contains_key(concept(token))
    }

    /// Whether some name of the service has this word, or it means nothing by itself.
    pub fn is_word_of(&self, id: &str, token: &Token) -> bool {
        if SMALL.contains(&token.text.as_str()) {
            return true;
        }
        let service = self.ids.iter().position(|known| known == id);
        let mut named = self.phrases.iter().filter(|phrase| Some(phrase.service) == service);
        named.any(|phrase| phrase.concepts.iter().any(|own| own == concept(token)))
    }

    /// «ламинирование», where brows and lashes have one: the word says nothing of which is meant.
    pub fn is_of_several(&self, token: &Token) -> bool {
        let named = self.by_concept.get(concept(token)).into_iter().flatten();
        let named = named.filter_map(|index| self.phrases.get(*index));
        let is_headed = |phrase: &&Phrase| phrase.concepts.first().is_some_and(|first| first == concept(token));
        let mut services = named.filter(is_headed).map(|phrase| phrase.service);
        services.next().is_some_and(|one| services.any(|other| other != one))
    }

    pub fn new(services: &[ServiceWords]) -> Self {
        let mut index = Self { ids: services.iter().map(|service| service.id.clone()).collect(), ..Self::default() };
        for (number, service) in services.iter().enumerate() {
            let name = plain_words(&service.name);
            index.meant_for.push(sexes::of_name(&name));
            for text in service.synonyms.iter().chain([&service.name]) {
                index.add(number, text);
            }
        }
        index
    }

    fn add(&mut self, service: usize, text: &str) {
        let tokens = plain_words(text);
        let mut concepts: Vec<String> = Vec::new();
        // «без покрытия» is no covering; «до 12 лет» no word that a client need say.
        let is_excluded = |at: usize| {
            let before = at.checked_sub(1).and_then(|before| tokens.get(before));
            let is_bound = tokens[at].is_digits() && before.is_some_and(|token| token.is_any(&["до", "от", "с"]));
            is_bound || before.is_some_and(|token| token.is("без"))
        };
        for (at, token) in tokens.iter().enumerate() {
            if (SMALL.contains(&token.text.as_str()) && tokens.len() > 1) || is_excluded(at) {
                continue;
            }
            let concept = concept(token).to_owned();
            if !concepts.contains(&concept) {
                concepts.push(concept);
            }
        }
        let is_reduced = concepts.len() < tokens.len();
        let is_general = concepts.iter().all(|concept| shipped().generic.contains(concept));
        let verbatim = (is_reduced && is_general && concepts.len() == 1)
            .then(|| tokens.iter().map(|token| token.stem.clone()).collect());
        for concept in &concepts {
            self.by_concept.entry(concept.clone()).or_default().push(self.phrases.len());
            let is_telling = concept.chars().count() >= LONE_CHARS_MIN
                && !concept.starts_with(|letter: char| letter.is_ascii_digit());
            if verbatim.is_none() && is_telling && !shipped().generic.contains(concept) {
                let owner = self.lone.entry(concept.clone()).or_insert(Some(service));
                *owner = owner.filter(|known| *known == service);
            }
        }
        let is_joined = tokens.iter().any(opens_another);
        self.phrases.push(Phrase { service, concepts, is_joined, verbatim });
    }

    /// Finds services and marks their tokens; the order is that of the message.
    pub fn find(&self, words: &mut Words) -> Vec<Found<String>> {
        let hits = shipped().paraphrases.find(words);
        let mut mentions: Vec<Mention<'_>> = Vec::with_capacity(words.tokens.len());
        for (token, word) in words.tokens.iter().enumerate().filter(|(_, token)| is_open(token)) {
            mentions.push(Mention { concept: concept(word), token });
            mentions.extend(self.figure(word).map(|concept| Mention { concept, token }));
        }
        mentions.extend(hits.iter().map(|hit| Mention { concept: hit.label, token: hit.start }));
        drop_nails(&mut mentions, &words.tokens);
        self.drop_taken_off(&mut mentions, &words.tokens);
        self.drop_unwanted(&mut mentions, &words.tokens);
        let mut candidates = self.candidates(&words.tokens, &mentions);
        candidates.sort_by_key(Candidate::rank);
        let mut chosen: Vec<Candidate> = Vec::new();
        for candidate in candidates.into_iter().filter(|candidate| !self.is_for_others(candidate, &words.tokens)) {
            let is_known = |other: &Candidate| {
                other.service == candidate.service && candidate.tokens.iter().any(|token| other.tokens.contains(token))
            };
            if chosen.iter().any(is_known) || is_manner(&candidate, &words.tokens) {
                continue;
            }
            if fits(&candidate, &chosen, &words.tokens) && !self.is_said_again(&candidate, &chosen, &words.tokens) {
                chosen.push(candidate);
            }
        }
        self.drop_others_words(&mut chosen, &words.tokens);
        drop_qualified(&mut chosen, &words.tokens);
        self.complete(&mentions, &mut chosen, &words.tokens);
        chosen.sort_by_key(Candidate::first);
        self.report(&chosen, words)
    }

    /// «абонемент на восемь»: a number in words, where a name has it in figures.
    fn figure(&self, word: &Token) -> Option<&str> {
        let said = word.number.filter(|_| !word.is_digits())?;
        self.by_concept.get_key_value(&said.value.to_string()).map(|(concept, _)| concept.as_str())
    }

    /// Leaves out what belongs to another service that was found; two that belong to each other leave something.
    fn drop_others_words(&self, chosen: &mut Vec<Candidate>, tokens: &[Token]) {
        let Some(first) = chosen.first().map(|first| first.service) else { return };
        // One service said again and again has no other.
        if chosen.iter().all(|other| other.service == first) {
            return;
        }
        let mut of_a_word: Vec<usize> =
            chosen.iter().filter(|other| other.words == 1).map(|other| other.service).collect();
        of_a_word.sort_unstable();
        of_a_word.dedup();
        let is_of_another = |candidate: &Candidate| {
            is_mere_look(candidate, tokens)
                || self.is_absorbed(candidate, chosen, tokens)
                || is_verb_of_other(candidate, chosen, tokens)
                || self.is_part_of_other(candidate, &of_a_word, tokens)
        };
        let dropped: Vec<bool> = chosen.iter().map(is_of_another).collect();
        if dropped.contains(&false) {
            let mut places = dropped.into_iter();
            chosen.retain(|_| places.next() == Some(false));
        }
    }

    /// «диагностика подвески», where «Диагностика и ремонт подвески» is a service: no other diagnostics beside it.
    fn is_absorbed(&self, candidate: &Candidate, chosen: &[Candidate], tokens: &[Token]) -> bool {
        let [at] = candidate.tokens[..] else { return false };
        let Some(said) = tokens.get(at).map(concept) else { return false };
        let touches = |other: &Candidate| {
            other.tokens.contains(&(at + 1)) && tokens.get(at + 1).is_some_and(|token| !token.gap.ends_clause())
        };
        let has_word = |service: usize| {
            let mut named = self.phrases.iter().filter(|phrase| phrase.service == service);
            named.any(|phrase| phrase.concepts.iter().any(|concept| concept == said))
        };
        chosen
            .iter()
            .filter(|other| other.service != candidate.service && touches(other))
            .any(|other| has_word(other.service))
    }

    /// «комплекс какой? волосы+борода»: what is part of a service with two names, which was called by one word.
    fn is_part_of_other(&self, candidate: &Candidate, of_a_word: &[usize], tokens: &[Token]) -> bool {
        let is_in = |phrase: &Phrase| {
            let is_said = |at: &usize| {
                tokens.get(*at).is_some_and(|token| phrase.concepts.iter().any(|own| own == concept(token)))
            };
            phrase.is_joined && candidate.tokens.iter().all(is_said)
        };
        let is_other = |phrase: &&Phrase| phrase.service != candidate.service && of_a_word.contains(&phrase.service);
        self.phrases.iter().filter(is_other).any(is_in)
    }

    /// «ноги и бикини»: what is left unsaid of one service is that of the other, «шугаринг».
    fn complete(&self, mentions: &[Mention<'_>], chosen: &mut Vec<Candidate>, tokens: &[Token]) {
        let is_taken = |chosen: &[Candidate], token: usize| chosen.iter().any(|other| other.tokens.contains(&token));
        for mention in mentions {
            if is_taken(chosen, mention.token) {
                continue;
            }
            let beside = chosen.iter().filter(|other| are_coordinated(tokens, mention.token, other));
            let found: Vec<usize> = beside.flat_map(|other| self.shared_with(other.service, mention.concept)).collect();
            if let [service, rest @ ..] = &found[..]
                && rest.iter().all(|other| other == service)
                && chosen.iter().all(|other| other.service != *service)
            {
                chosen.push(Candidate::of_word(*service, mention.token, 1));
            }
        }
    }

    /// Other services of the same two-word kind: «шугаринг ног» beside «шугаринг бикини».
    fn shared_with(&self, service: usize, concept: &str) -> Vec<usize> {
        let heads = |phrase: &Phrase| phrase.concepts.first().filter(|_| phrase.concepts.len() == 2).cloned();
        let own: Vec<String> =
            self.phrases.iter().filter(|phrase| phrase.service == service).filter_map(heads).collect();
        let is_kin = |phrase: &&Phrase| {
            let is_so_said = phrase.concepts.len() == 2 && phrase.concepts[1] == concept;
            phrase.service != service && is_so_said && own.contains(&phrase.concepts[0])
        };
        self.phrases.iter().filter(is_kin).map(|phrase| phrase.service).collect()
    }

    /// «шеллак и педикюр», «мне шеллак, ей педикюр»: each word names a service by itself, and something parts them.
    fn is_of_two(&self, found: &Candidate, anchor: &Mention<'_>, mentions: &[Mention<'_>], tokens: &[Token]) -> bool {
        let is_named_alone = |concept: &str, is_it: fn(usize, usize) -> bool| {
            let phrases = self.by_concept.get(concept).into_iter().flatten();
            let mut named = phrases.filter_map(|index| self.phrases.get(*index));
            named.any(|phrase| phrase.concepts.len() == 1 && is_it(phrase.service, found.service))
        };
        let is_apart = |from: usize| {
            let between = tokens.get(from + 1..=anchor.token).unwrap_or_default();
            between.iter().any(|token| opens_another(token) || token.gap.ends_clause())
        };
        let is_said = tokens.get(anchor.token).is_some_and(|token| concept(token) == anchor.concept);
        is_said
            && is_named_alone(anchor.concept, |one, other| one == other)
            && mentions
                .iter()
                .filter(|other| other.token < anchor.token && found.tokens.contains(&other.token))
                .filter(|other| is_apart(other.token))
                .any(|other| is_named_alone(other.concept, |one, other| one != other))
    }

    /// «Женскую стрижку», where the service found is «Мужская стрижка».
    fn is_for_others(&self, candidate: &Candidate, tokens: &[Token]) -> bool {
        let Some(own) = self.meant_for.get(candidate.service).copied().flatten() else { return false };
        let around = |reach: usize| {
            let last = (candidate.last() + 1 + reach).min(tokens.len());
            tokens.get(candidate.first().saturating_sub(reach)..last).unwrap_or_default()
        };
        sexes::is_of_other(own, around(1), around(2))
    }

    /// «Снять гель сколько стоит?», where nobody takes it off: no service that puts it on.
    fn drop_taken_off(&self, mentions: &mut Vec<Mention<'_>>, tokens: &[Token]) {
        const TAKES_OFF: &[&str] =
            &["снять", "снимать", "снятие", "снятия", "снимете", "снимаете", "снимем", "сниму", "спилить"];
        // «снять и сделать новый»; «снимите меня с записи на гель» takes off somebody.
        const PUTS_ON: &[&str] = &["маник", "педик", "нов", "занов", "свеж", "сдел", "покры", "меня", "запис", "брон"];
        let is_done = self.by_concept.contains_key(DONE_TO_NAILS[0]);
        let is_taken_off = !is_done
            && tokens.iter().any(|token| token.is_any(TAKES_OFF))
            && !tokens.iter().any(|token| token.starts_any(PUTS_ON));
        if is_taken_off {
            mentions.retain(|mention| ![NAIL, NAILS_DONE, GEL, COVERING].contains(&mention.concept));
        }
    }

    /// Drops what the client does not want («бороду не надо», «без укладки») and what is long past
    /// («после удаления», «нерв удалили полгода назад»).
    ///
    /// Where nothing else is named, the unwanted is what was booked: «массаж не надо».
    fn drop_unwanted(&self, mentions: &mut Vec<Mention<'_>>, tokens: &[Token]) {
        let is_named = |mention: &Mention<'_>| self.by_concept.contains_key(mention.concept);
        // «приём по брекетам»: of «приём» alone nothing is left.
        let is_visit =
            |mention: &Mention<'_>| tokens.get(mention.token).is_some_and(|token| token.starts_any(&["прием"]));
        let is_telling = |mention: &Mention<'_>| is_named(mention) && !is_visit(mention);
        let (refused, others): (Vec<&Mention<'_>>, Vec<&Mention<'_>>) = mentions
            .iter()
            .filter(|mention| is_telling(mention))
            .partition(|mention| is_refused(tokens, mention.token));
        let is_all = others.iter().all(|mention| refused.iter().any(|known| known.concept == mention.concept));
        let refused: Vec<String> =
            refused.iter().filter(|_| !is_all).map(|mention| mention.concept.to_owned()).collect();
        // «камуфляж седины… не, камуфляж вычеркни»: nor the other words of that service alone.
        let owner = |concept: &str| self.lone.get(concept).copied().flatten();
        let given_up: Vec<usize> = refused.iter().filter_map(|concept| owner(concept)).collect();
        // «летом красились, теперь стрижка»: what was done then is not wished beside what is.
        // «оброс как йети, сделайте налысо»: a state beside the deed wished for.
        let says_state = |mention: &Mention<'_>| tokens.get(mention.token).is_some_and(is_overgrown);
        // «брови заросли» says it of them.
        let is_beside = |at: usize| {
            mentions.iter().any(|other| {
                let is_near =
                    other.token.abs_diff(at) == 1 || other.token < at && in_one_clause(tokens, other.token, at);
                is_named(other) && other.concept != CHILD && !says_state(other) && is_near
            })
        };
        let states: Vec<usize> =
            mentions.iter().filter(|mention| says_state(mention)).map(|state| state.token).collect();
        let of_others: Vec<usize> = states.into_iter().filter(|at| is_beside(*at)).collect();
        let has_deed = mentions.iter().any(|mention| is_named(mention) && mention.concept == CLIPPER);
        // «не заводится, нужен эвакуатор»: what is wrong is told for the tow's sake.
        let is_towed = mentions.iter().any(|mention| mention.concept == TOW && is_named(mention));
        let is_wish_named = mentions.iter().any(|mention| is_named(mention) && !is_told_of(tokens, mention.token));
        mentions.retain(|mention| {
            let is_dropped = refused.iter().any(|concept| concept == mention.concept)
                || owner(mention.concept).is_some_and(|service| given_up.contains(&service));
            let is_told = is_wish_named && is_told_of(tokens, mention.token)
                || says_state(mention) && (has_deed || of_others.contains(&mention.token));
            !is_dropped
                && !is_told
                && !is_aside(tokens, mention.token)
                && !(is_towed && mention.concept == BATTERY && tokens[mention.token].is("не"))
        });
    }

    /// «племянник зарос, приведу его стричься»: a verb that says no more than the longer name before it.
    fn is_said_again(&self, candidate: &Candidate, chosen: &[Candidate], tokens: &[Token]) -> bool {
        let [at] = candidate.tokens[..] else { return false };
        let is_of_state =
            chosen.iter().flat_map(|other| &other.tokens).any(|at| tokens.get(*at).is_some_and(is_overgrown));
        let found = tokens.get(at).filter(|token| is_infinitive(token) || is_overgrown(token) || is_of_state);
        let Some(token) = found else { return false };
        // «детская стрижка и себе постричься»
        let before = tokens.get(at.saturating_sub(2)..at).unwrap_or_default();
        if before.iter().any(|word| word.is_any(&["и", "себе", "сам", "сама", "мужу", "папе"])) {
            return false;
        }
        let word = concept(token);
        let names = |other: &Candidate| {
            let phrases = self.phrases.iter().filter(|phrase| phrase.service == other.service);
            phrases.into_iter().any(|phrase| phrase.concepts.len() > 1 && phrase.concepts.iter().any(|own| own == word))
        };
        chosen.iter().any(|other| other.service != candidate.service && other.concepts > 1 && names(other))
    }

    fn report(&self, chosen: &[Candidate], words: &mut Words) -> Vec<Found<String>> {
        let mut found: Vec<Found<String>> = Vec::new();
        for candidate in chosen {
            for token in &candidate.tokens {
                if let Some(token) = words.tokens.get_mut(*token) {
                    token.roles.service = true;
                }
            }
            let bounds = words.tokens.get(candidate.first()).zip(words.tokens.get(candidate.last()));
            let Some((id, (first, last))) = self.ids.get(candidate.service).zip(bounds) else { continue };
            if !found.iter().any(|known| known.value == *id) {
                found.push(Found { value: id.clone(), span: (first.span.0, last.span.1) });
            }
        }
        found
    }

    fn candidates(&self, tokens: &[Token], mentions: &[Mention<'_>]) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for mention in mentions {
            for phrase in
                self.by_concept.get(mention.concept).into_iter().flatten().filter_map(|index| self.phrases.get(*index))
            {
                let is_anchor = phrase.concepts.first().is_some_and(|first| first == mention.concept);
                let found = is_anchor.then(|| whole(phrase, mention, mentions, tokens)).flatten();
                candidates.extend(found.filter(|found| !self.is_of_two(found, mention, mentions, tokens)));
            }
            if let Some(Some(service)) = self.lone.get(mention.concept) {
                candidates.push(Candidate::of_word(*service, mention.token, 0));
            }
        }
        candidates
    }
}

/// «каналы почистить», «нерв удалить»: the verb belongs to what stands beside it, and asks for no service of its own.
fn is_verb_of_other(candidate: &Candidate, chosen: &[Candidate], tokens: &[Token]) -> bool {
    let [at] = candidate.tokens[..] else { return false };
    let Some(verb) = tokens.get(at).filter(|token| is_infinitive(token) && !token.text.ends_with("ся")) else {
        return false;
    };
    let is_beside = |other: &Candidate| {
        let is_before = other.tokens.contains(&at.wrapping_sub(1)) && !verb.gap.ends_clause();
        let next = tokens.get(at + 1).filter(|next| !next.gap.ends_clause());
        is_before || next.is_some() && other.tokens.contains(&(at + 1))
    };
    let is_noun = |other: &Candidate| matches!(other.tokens[..], [noun] if tokens.get(noun).is_some_and(|token| !is_infinitive(token)));
    let mut others = chosen.iter().filter(|other| other.service != candidate.service);
    others.any(|other| is_noun(other) && is_beside(other))
}

/// «гелевый маникюр»: the adjective says which, and the noun behind it is no service beside.
fn drop_qualified(chosen: &mut Vec<Candidate>, tokens: &[Token]) {
    let alone: Vec<usize> = chosen.iter().filter(|it| it.tokens.len() == 1).map(Candidate::first).collect();
    let is_qualified = |at: usize| at > 0 && alone.contains(&(at - 1)) && qualifies_next(tokens, at - 1);
    chosen.retain(|candidate| !matches!(candidate.tokens[..], [at] if is_qualified(at)));
}

/// Nails that are the place of something else are no manicure beside it.
fn drop_nails(mentions: &mut Vec<Mention<'_>>, tokens: &[Token]) {
    let deeds: Vec<usize> =
        mentions.iter().filter(|other| DONE_TO_NAILS.contains(&other.concept)).map(|deed| deed.token).collect();
    let is_place = |at: usize, deed: usize| {
        let between = tokens.get(at.min(deed) + 1..=at.max(deed)).unwrap_or_default();
        between.len() <= SPREAD_TOKENS_MAX
            && !between.iter().any(|token| opens_another(token) || token.gap.ends_clause())
    };
    mentions.retain(|mention| {
        let is_nails =
            mention.concept == NAILS_DONE && tokens.get(mention.token).is_some_and(|token| concept(token) == NAIL);
        !(is_nails && deeds.iter().any(|deed| is_place(mention.token, *deed)))
    });
}

/// «ноги и глубокое бикини», «бикини, ноги»: close by, with a link between and nothing that ends the thought.
fn are_coordinated(tokens: &[Token], at: usize, other: &Candidate) -> bool {
    let (from, to) = if at < other.first() { (at, other.first()) } else { (other.last(), at) };
    let between = tokens.get(from + 1..=to).unwrap_or_default();
    let is_link = |token: &Token| token.is_any(&["и", "плюс"]) || token.gap.has(Gap::COMMA) || token.gap.has(Gap::PLUS);
    to > from && to - from <= COORDINATED_TOKENS_MAX && between.iter().any(is_link)
}

/// A place where every word of the phrase stands near its first one.
fn whole(phrase: &Phrase, anchor: &Mention<'_>, mentions: &[Mention<'_>], tokens: &[Token]) -> Option<Candidate> {
    if let Some(stems) = &phrase.verbatim {
        return verbatim(stems, phrase.service, tokens, anchor.token);
    }
    let is_split = !phrase.is_joined && !is_of_both(tokens) && tokens.get(anchor.token + 1).is_some_and(opens_another);
    let spread = if is_of_both(tokens) { 2 * SPREAD_TOKENS_MAX } else { SPREAD_TOKENS_MAX };
    let mut places = vec![anchor.token];
    for concept in phrase.concepts.iter().skip(1) {
        let near = mentions
            .iter()
            .filter(|mention| mention.concept == concept && mention.token.abs_diff(anchor.token) <= spread);
        places.push(near.min_by_key(|mention| mention.token.abs_diff(anchor.token))?.token);
    }
    // «снять и накрыть гелем»: what follows is another wish.
    if is_split && places.iter().any(|token| *token > anchor.token) {
        return None;
    }
    // «ТО» is a service and «то» is not, nor «той», whose stem it is.
    let is_short = phrase.concepts.len() == 1 && SMALL.contains(&anchor.concept);
    if is_short && !tokens.get(anchor.token).is_some_and(Token::is_shouted) {
        return None;
    }
    places.sort_unstable();
    places.dedup();
    // «8 тренировок» is a pass, «в восемь пятнадцать, тренировка» and «в 8 на тренировку» an hour.
    let is_hour = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        before.is_some_and(|token| token.is_any(&["в", "к", "до", "после", "часов"]))
    };
    let is_counted = |at: usize, other: usize| {
        other.abs_diff(at) == 1 && !is_hour(at) || other < at && is_over_preposition(tokens, other, at)
    };
    let is_loose = |at: &usize| {
        // «Восьмой сверху» is a tooth.
        tokens.get(*at).is_some_and(|token| token.number.is_some() && concept(token) == token.stem)
            && places.len() > 1
            && !places.iter().any(|other| is_counted(*at, *other))
    };
    if places.iter().any(is_loose) {
        return None;
    }
    // «женскую стрижку и детскую» are two services.
    let is_of_child =
        |at: &usize| tokens.get(*at).is_some_and(|token| concept(token) == CHILD) && !is_joined(tokens, *at);
    let is_childs = phrase.concepts.iter().any(|concept| concept == CHILD) && places.iter().any(is_of_child);
    let concepts = phrase.concepts.len();
    Some(Candidate { service: phrase.service, words: places.len(), concepts, tokens: places, is_childs })
}

/// «к кардиологу провериться»: beside another service a word that names none.
fn is_mere_look(candidate: &Candidate, tokens: &[Token]) -> bool {
    let [at] = candidate.tokens[..] else { return false };
    tokens.get(at).is_some_and(|token| token.starts_any(&["провер", "показать", "посмотреться"]))
}

/// «побриться наголо»: a word that only says how.
fn is_manner(candidate: &Candidate, tokens: &[Token]) -> bool {
    let [at] = candidate.tokens[..] else { return false };
    let is_bald = tokens.get(at).is_some_and(|token| token.is("наголо"));
    is_bald && tokens.iter().any(|other| other.starts_any(&["побр", "брить", "сбр"]))
}

/// «абонемент на 8»
fn is_over_preposition(tokens: &[Token], one: usize, other: usize) -> bool {
    let between = tokens.get(one.min(other) + 1).filter(|_| one.abs_diff(other) == 2);
    between.is_some_and(|token| token.is_any(&["на", "из", "по", "за"]))
}

fn is_infinitive(token: &Token) -> bool {
    ["ться", "чься", "ть", "чь"].iter().any(|ending| token.text.ends_with(ending))
}

/// «русский и математика, то и другое ЕГЭ»: what is said once is said of both.
fn is_of_both(tokens: &[Token]) -> bool {
    let is_pair =
        |pair: &[Token]| pair[0].is_any(&["то", "там"]) && pair[1].is("и") && pair[2].is_any(&["другое", "там", "то"]);
    tokens.iter().any(|token| token.is_any(&["оба", "обе", "обоим"])) || tokens.windows(3).any(is_pair)
}

/// Whether a word joins what follows to what was said before.
fn opens_another(token: &Token) -> bool {
    token.is_any(&["и", "плюс", "потом", "затем"]) || token.gap.has(Gap::PLUS)
}

fn verbatim(stems: &[String], service: usize, tokens: &[Token], near: usize) -> Option<Candidate> {
    let starts = near.saturating_sub(stems.len())..=near;
    let start = starts.into_iter().find(|start| {
        stems
            .iter()
            .enumerate()
            .all(|(offset, stem)| tokens.get(start + offset).is_some_and(|token| token.stem == *stem))
    })?;
    let words = stems.len();
    Some(Candidate { service, tokens: (start..start + words).collect(), words, concepts: words, is_childs: false })
}

/// Whether a candidate can stand beside those chosen: on its own words, or sharing a head word
/// over «и», a comma or a plus («ламинирование бровей и ресниц»).
fn fits(candidate: &Candidate, chosen: &[Candidate], tokens: &[Token]) -> bool {
    let is_taken = |token: &usize| chosen.iter().any(|other| other.tokens.contains(token));
    let own: Vec<usize> = candidate.tokens.iter().copied().filter(|token| !is_taken(token)).collect();
    if own.len() == candidate.tokens.len() {
        return true;
    }
    // «окрашивание, волосы ниже лопаток»: what is general names another service over an «и» only.
    let is_general = |token: usize| {
        let is_listed = tokens[token - 1].is_any(&["и", "плюс", "или"]) || tokens[token].gap.has(Gap::PLUS);
        !is_listed && shipped().generic.contains(concept(&tokens[token]))
    };
    let is_other = |token: usize| token > 0 && is_joined(tokens, token) && !is_general(token);
    !own.is_empty() && (is_of_both(tokens) || own.iter().all(|token| is_other(*token)))
}

fn is_joined(tokens: &[Token], at: usize) -> bool {
    let is_link = |token: &Token| token.is_any(&["и", "плюс", "или", "с"]);
    let Some(token) = tokens.get(at) else { return false };
    let before = at.checked_sub(1).and_then(|index| tokens.get(index));
    let earlier = at.checked_sub(2).and_then(|index| tokens.get(index));
    token.gap.has(Gap::PLUS)
        || token.gap.has(Gap::COMMA)
        || before.is_some_and(is_link)
        || (before.is_some_and(|word| word.is_any(&["по", "на", "для"])) && earlier.is_some_and(is_link))
}

/// Words that begin like those of a service and mean something else: «удалось», «британский», «консультант».
const OTHER_WORDS: &[&str] = &[
    "пробник",
    "сходит",
    "сходят",
    "сошл",
    "барбершоп",
    "вырвус",
    "вырвемс",
    "вырвешьс",
    "вырватьс",
    "удалос",
    "удастс",
    "удаетс",
    "удалась",
    "британ",
    "консультант",
];
const OTHER_FORMS: &[&str] = &["персонал", "персонала", "персоналу", "персоналом"];

/// Whether a token may speak of a service; «стоп» breaks off, «до восьми» is an hour, «тел.» a telephone.
fn is_open(token: &Token) -> bool {
    !token.roles.phone
        && !token.roles.specialist
        && !token.is_any(&["стоп", "восьми", "тел"])
        && !token.starts_any(OTHER_WORDS)
        && !token.is_any(OTHER_FORMS)
        && !is_time_enough(token)
}

/// «за час уложусь?», «уложитесь до шести?»: time, and no hair.
fn is_time_enough(token: &Token) -> bool {
    token.starts_any(&["улож"]) && !is_infinitive(token) && (token.text.ends_with("сь") || token.text.ends_with("ся"))
}
