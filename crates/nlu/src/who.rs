//! The client's name: as introduced, beside a phone, or standing alone.

mod belief;
mod spelled;

use crate::{
    lexicon::shipped,
    mash,
    meaning::{Expecting, Found},
    names::{self, Part},
    words::{Gap, Token, Words},
};
use belief::{belief, follows_fact, is_before_number, is_introduced, is_moved, is_named_for, touches_phone};
use spelled::spelled;

pub use belief::is_of_other;
pub use spelled::capitalised;

/// A name as people write it has at most three words.
pub const NAME_WORDS_MAX: usize = 3;

/// Never a name, wherever they stand: «зовут её Офелия».
const PRONOUNS: &[&str] = &["ее", "его", "меня", "мне", "нее", "него", "нас", "нам", "сам", "само", "сама"];
/// Who a contact is to the visitor: «Лариса, мама Ани».
const KIN: &[&str] =
    &["мама", "папа", "бабушка", "дедушка", "баба", "дед", "жена", "муж", "сестра", "брат", "тетя", "дядя"];
/// Words that are names too, and more often are not.
const AMBIGUOUS: &[&str] = &[
    "гор",
    "роза",
    "вера",
    "слава",
    "света",
    "лев",
    "мая",
    "рома",
    "тема",
    "надежда",
    "любовь",
    "лада",
    "авто",
    "эка",
    "адам",
    "мага",
    "мира",
    "мир",
    "марк",
    "марта",
    "ани",
    "ася",
    "роман",
    "иса",
    "мари",
    "сона",
    "лия",
    "карим",
    "ваге",
    "тома",
    "геля",
    "лина",
    "вика",
    "макка",
    "иман",
    "заза",
    "лука",
    "маис",
    "макар",
    "эля",
    "виталик",
    "влад",
    "лина",
    "гия",
    "белой",
    "нона",
    "султан",
    "грант",
    "рафа",
    "ева",
    "миле",
    "гена",
    "шура",
    "мотя",
    "лера",
    "леха",
    "алмаз",
    "рина",
    "белла",
    "камал",
    "комил",
    "злата",
    "алле",
    "давит",
    "аля",
    "ая",
];

/// A run of name words and why we believe it.
struct Candidate {
    start: usize,
    len: usize,
    belief: u32,
}

/// Whether the whole message may be a name: «Тер-Петросян Ваагн Арамович» has three words.
pub fn is_as_long_as_a_name(words: &Words) -> bool {
    words.tokens.len() <= NAME_WORDS_MAX + hyphens(&words.tokens)
}

/// Words joined to the one before them by a hyphen, among the first of a name.
fn hyphens(tokens: &[Token]) -> usize {
    tokens.iter().take(NAME_WORDS_MAX + 1).skip(1).filter(|token| is_hyphen(token)).count()
}

/// Finds the name of the client (of the contact, where contact and visitor are both named).
///
/// Names of specialists are out: their tokens must be marked before. Marks the tokens taken.
pub fn find(words: &mut Words, expecting: Option<Expecting>) -> Option<Found<String>> {
    let is_asked = expecting == Some(Expecting::AskName);
    let mut best: Option<Candidate> = None;
    let mut at = 0;
    while at < words.tokens.len() {
        let len = run_len(words, at, is_asked);
        if len == 0 {
            at += 1;
            continue;
        }
        let belief = if is_denied(words, at) { 0 } else { belief(words, at, len, is_asked) };
        let is_better = |known: &Candidate| belief > known.belief || is_corrected(words, at, len);
        if belief > 0 && best.as_ref().is_none_or(is_better) {
            best = Some(Candidate { start: at, len, belief });
        }
        at += len;
    }
    let found = best?;
    for token in words.tokens.iter_mut().skip(found.start).take(found.len) {
        token.roles.name = true;
    }
    let tokens = words.tokens.get(found.start..found.start + found.len)?;
    let span = (tokens.first()?.span.0, tokens.last()?.span.1);
    let value = her_name(words, found.start, tokens).unwrap_or_else(|| spelled(tokens));
    Some(Found { value, span })
}

/// «Брониславу перекиньте», «запишите Александру»: in the accusative «-у» is hers, though it might be his dative.
fn her_name(words: &Words, start: usize, tokens: &[Token]) -> Option<String> {
    let [token] = tokens else { return None };
    let base = token.text.strip_suffix('у').filter(|base| names::is_known(base))?;
    let hers = format!("{base}а");
    let is_hers = names::nominative(&hers).is_some_and(|name| name == hers);
    (is_hers && (is_moved(words, start) || is_named_for(words, start))).then(|| capitalised(&hers))
}

/// «не Светлана, а Снежана»: said not to be the name.
fn is_denied(words: &Words, start: usize) -> bool {
    let is_joined = words.tokens.get(start).is_some_and(|token| !token.gap.ends_clause());
    is_joined && start.checked_sub(1).and_then(|before| words.tokens.get(before)).is_some_and(|word| word.is("не"))
}

/// «Олег, ой, Олеся», «нет, на Алису»: a name from the dictionary put in the place of the one before.
fn is_corrected(words: &Words, start: usize, len: usize) -> bool {
    const CORRECTIONS: &[&str] =
        &["ой", "нет", "точнее", "вернее", "упс", "пардон", "тьфу", "ошиблась", "ошибся", "опечатка", "виноват"];
    let run = words.tokens.get(start..start + len).unwrap_or_default();
    let is_known = run.iter().any(|token| names::part_of(&token.text) == Some(Part::First));
    let before = words.tokens.get(start.saturating_sub(2)..start).unwrap_or_default();
    let is_said = before.iter().rev().take_while(|word| word.is("на") || word.is_any(CORRECTIONS));
    is_known && is_said.into_iter().any(|word| word.is_any(CORRECTIONS))
}

/// How many tokens from here read as one name; 0 for none.
fn run_len(words: &Words, start: usize, is_asked: bool) -> usize {
    let mut len = 0;
    while len < NAME_WORDS_MAX + hyphens(words.tokens.get(start..).unwrap_or_default()) {
        let Some(token) = words.tokens.get(start + len) else { break };
        let is_joined = len == 0 || !token.gap.ends_clause() || is_asked && is_behind_surname(words, start + len);
        let has_patronymic = len > 0 && names::part_of(&words.tokens[start + len - 1].text) == Some(Part::Patronymic);
        let next_is_first = has_patronymic && names::is_known(&token.text);
        if !is_joined || next_is_first || !is_name_word(words, start, len, is_asked) {
            break;
        }
        len += 1;
    }
    len
}

/// «Сухорукова, Зинаида Марковна», asked for a name: as a form has it.
fn is_behind_surname(words: &Words, at: usize) -> bool {
    let [before, token] = words.tokens.get(at.saturating_sub(1)..=at).unwrap_or_default() else { return false };
    let is_first = names::part_of(&token.text) == Some(Part::First);
    is_first && names::part_of(&before.text) == Some(Part::Surname) && token.gap.has(Gap::COMMA)
}

fn is_name_word(words: &Words, start: usize, offset: usize, is_asked: bool) -> bool {
    // «Алё» is no Аля in the dative.
    let is_open = |token: &&Token| is_free(token) && !token.is("але");
    let Some(token) = words.tokens.get(start + offset).filter(is_open) else { return false };
    match names::part_of(&token.text) {
        Some(Part::First | Part::Patronymic) => true,
        Some(Part::Surname) => {
            (token.is_capital() || is_asked || is_introduced(words, start + offset)) && !is_vocabulary(token)
        }
        None => is_prefix(words, start + offset) || is_unusual_name(words, start + offset, offset, is_asked),
    }
}

/// «Тер-Петросян»: the first part of an Armenian surname.
fn is_prefix(words: &Words, at: usize) -> bool {
    let (prefix, rest) = (words.tokens.get(at), words.tokens.get(at + 1));
    let is_surname = |token: &Token| is_hyphen(token) && names::part_of(&token.text) == Some(Part::Surname);
    prefix.is_some_and(|token| token.is("тер")) && rest.is_some_and(is_surname)
}

/// A word outside the dictionary where only a name can stand.
fn is_unusual_name(words: &Words, at: usize, offset: usize, is_asked: bool) -> bool {
    let Some(token) = words.tokens.get(at) else { return false };
    // «встанет-то» is no double name.
    let is_particle = |token: &Token| token.is_any(&["то", "ка", "таки", "нибудь", "либо"]);
    let is_joint = |token: &Token| is_hyphen(token) && !is_particle(token);
    let is_hyphened = is_joint(token) || words.tokens.get(at + 1).is_some_and(is_joint);
    // «оформляйте» is a plea, as every word that ends so, and «дождётесь» asks.
    let is_plea = ["йте", "йтесь", "етесь", "итесь"].iter().any(|ending| token.text.ends_with(ending));
    if (is_vocabulary(token) && !(is_hyphened && is_asked)) || is_plea || token.text.chars().count() < 2 {
        return false;
    }
    let before = at.checked_sub(1).and_then(|index| words.tokens.get(index));
    let is_introduced = is_introduced(words, at);
    let is_beside_phone = token.is_capital() && touches_phone(words, at, 1);
    let is_said_to_be = token.is_capital()
        && before.is_some_and(|word| word.is_any(&["это", "я"]) && !token.gap.ends_clause())
        && words.tokens.get(at + 1).is_none_or(|next| next.gap.ends_clause());
    let is_answer = is_asked
        && (is_as_long_as_a_name(words) || token.is_capital() && is_before_number(words, at, 1))
        && !words.tokens.iter().any(|word| mash::is_mashed(word) && !names::is_known(&word.text));
    let continues = offset > 0 && token.is_capital() && before.is_some_and(|word| names::is_known(&word.text));
    // «тётя Люба» answers with her name.
    if token.is_any(KIN) {
        return false;
    }
    // «Аревик Грачьевна», «запись на Павлюка Глеба».
    let follower = words.tokens.get(at + 1).filter(|next| !next.gap.ends_clause() && next.is_capital());
    let is_before_patronymic = follower.is_some_and(|next| names::part_of(&next.text) == Some(Part::Patronymic));
    let is_before_first = follower.is_some_and(|next| names::part_of(&next.text) == Some(Part::First))
        && before.is_some_and(|word| word.is("на"))
        && at
            .checked_sub(2)
            .and_then(|index| words.tokens.get(index))
            .is_some_and(|word| word.starts_any(&["запис", "брон"]));
    let is_before_name = token.is_capital() && (is_before_patronymic || is_before_first);
    let is_sure = is_introduced || is_before_name || is_said_to_be || is_beside_phone || is_answer || continues;
    !token.is_any(PRONOUNS) && (is_sure || is_first_of_pair(words, at) || is_signature(words, at))
}

/// «Гюльчачак Сафина 8906…»: an unusual first name before a surname and a number.
fn is_first_of_pair(words: &Words, at: usize) -> bool {
    let Some([first, surname]) = words.tokens.get(at..at + 2) else { return false };
    let is_surname = names::part_of(&surname.text) == Some(Part::Surname) && !surname.gap.ends_clause();
    let opens = at == 0 || first.gap.ends_clause();
    opens && first.is_capital() && surname.is_capital() && is_surname && touches_phone(words, at, 2)
}

/// «завтра меня не ждите. Нунуфар»: one capitalised word that closes the message, and is no verb or adjective.
fn is_signature(words: &Words, at: usize) -> bool {
    const OF_OTHER_WORDS: &[&str] = &["у", "ю", "о", "те", "ть", "ем", "им", "шь", "ое", "ая", "ые", "ый", "ий", "ся"];
    let Some(token) = words.tokens.get(at).filter(|token| at > 0 && token.is_capital()) else { return false };
    let is_cyrillic =
        token.typed.chars().all(|letter| ('а'..='ё').contains(&letter.to_lowercase().next().unwrap_or(' ')));
    let is_long = token.text.chars().count() >= 4;
    let is_after_fact = token.gap.ends_clause() && follows_fact(words, at);
    let closes = at + 1 == words.tokens.len() && (token.gap.ends_sentence() || is_after_fact);
    closes
        && is_cyrillic
        && is_long
        && !mash::is_mashed(token)
        && !OF_OTHER_WORDS.iter().any(|end| token.text.ends_with(end))
}

/// Whether a hyphen joins a word to the one before it: «Саид-Ахмед».
fn is_hyphen(token: &Token) -> bool {
    token.gap.is_glued() && token.gap.has(Gap::DASH)
}

fn is_free(token: &Token) -> bool {
    !token.roles.phone
        && !token.roles.specialist
        && !token.roles.when
        && !token.roles.service
        && !token.is_digits()
        && token.number.is_none()
}

/// Whether a word is a name too, and more often is not.
pub fn is_ambiguous(token: &Token) -> bool {
    token.is_any(AMBIGUOUS) || names::nominative(&token.text).is_some_and(|name| AMBIGUOUS.contains(&name))
}

fn is_vocabulary(token: &Token) -> bool {
    shipped().speller.knows(token) || shipped().everyday.contains(token.text.as_str())
}
