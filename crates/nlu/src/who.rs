//! The client's name: as introduced, beside a phone, or standing alone.

use crate::{
    lexicon::shipped,
    mash,
    meaning::{Expecting, Found},
    names::{self, Part},
    words::{Gap, Token, Words},
};

/// A name as people write it has at most three words.
pub const NAME_WORDS_MAX: usize = 3;

/// Verbs that move a booking or strike it off; whom they move is named in the accusative.
const CHANGES: &[&str] =
    &["снима", "сними", "вычерк", "отмени", "убер", "перекин", "перенес", "передвин", "сдвин", "подвин", "переброс"];

/// The verb stands at most so many words behind the name it moves.
const MOVED_TOKENS_MAX: usize = 6;

/// Verbs of being named.
const NAMED: &[&str] = &["зовут", "звать", "кличут", "величают"];

/// Words after which a name follows, whatever the word is.
const INTRODUCTIONS: &[&str] = &[
    "зовут",
    "кличут",
    "величают",
    "имя",
    "фамилия",
    "фио",
    "звать",
    "зовите",
    "называйте",
    "представлюсь",
    "пишет",
    "im",
    // Turkish, Azerbaijani, Uzbek, Kazakh and Kyrgyz
    "adım",
    "adim",
    "ismim",
    "атым",
    "есімім",
    "клиент",
    "клиентка",
    "клиента",
    "подпись",
    "имени",
    "беспокоит",
    "фамилию",
    "фамилии",
];
/// Words after which only a known name counts.
const HINTS: &[&str] = &[
    "я",
    "это",
    "мама",
    "папа",
    "бабушка",
    "дедушка",
    "баба",
    "дед",
    "дядя",
    "тетя",
    "от",
    "контакт",
    "из",
    "муж",
    "жена",
    "сестра",
    "брат",
    "уважением",
    "мам",
    "пап",
    "am",
    "семья",
    "вами",
];
/// Words before a number in other languages, as they look in Cyrillic or as typed.
const CONTACT_WORDS: &[&str] = &[
    "phone", "tel", "mob", "mobile", "whatsapp", "viber", "telegram", "number", "call", "contact", "thanks", "please",
];
/// May stand between a name and its number.
const PHONE_LEADS: &[&str] = &["т", "тел", "тлф", "телеф", "моб", "сот", "here"];
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
        let is_joined = len == 0 || !token.gap.ends_clause();
        let has_patronymic = len > 0 && names::part_of(&words.tokens[start + len - 1].text) == Some(Part::Patronymic);
        let next_is_first = has_patronymic && names::is_known(&token.text);
        if !is_joined || next_is_first || !is_name_word(words, start, len, is_asked) {
            break;
        }
        len += 1;
    }
    len
}

fn is_name_word(words: &Words, start: usize, offset: usize, is_asked: bool) -> bool {
    let Some(token) = words.tokens.get(start + offset).filter(|token| is_free(token)) else { return false };
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
    let is_hyphened = is_hyphen(token) || words.tokens.get(at + 1).is_some_and(is_hyphen);
    // «оформляйте» is a plea, as every word that ends so.
    let is_plea = token.text.ends_with("йте") || token.text.ends_with("йтесь");
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

/// «зовут …», also over a pronoun: «зовите меня …», «зовут её …».
fn is_introduced(words: &Words, at: usize) -> bool {
    let is_word = |distance: usize| {
        let joined = words.tokens.get(at).is_some_and(|token| !token.gap.ends_sentence());
        at.checked_sub(distance).and_then(|index| words.tokens.get(index)).filter(|_| joined)
    };
    let is_over_pronoun = is_word(1).is_some_and(|word| word.is_any(&["меня", "ее", "его", "мне", "нее"]));
    let distance = if is_over_pronoun { 2 } else { 1 };
    let is_named = is_word(1).is_some_and(|word| word.is_any(&["is", "am"]))
        && is_word(2).is_some_and(|word| word.is_any(&["name", "this", "i"]));
    // «имя поправьте: Снежанна»
    let is_put_right = is_word(1).is_some_and(|word| word.starts_any(&["поправ", "исправ", "измен", "поменя"]))
        && is_word(2).is_some_and(|word| word.starts_any(&["имя", "фамили"]));
    // «не Марк, а Макар»
    let is_put_right = is_put_right
        || is_word(1).is_some_and(|word| word.is("а"))
            && is_word(2).is_some_and(|word| names::is_known(&word.text))
            && is_word(3).is_some_and(|word| word.is("не"));
    let follows = |offset: usize, words_of: &[&str]| {
        words.tokens.get(at + offset).is_some_and(|word| word.is_any(words_of) && !word.gap.ends_sentence())
    };
    let is_after = follows(1, &["меня", "ее", "его"]) && follows(2, NAMED);
    // «Вахтангом звать»
    let is_after = is_after || follows(1, &["звать", "зовут"]) && words.tokens.get(at).is_some_and(Token::is_capital);
    // «Кравец моя фамилия», «Кравец фамилия»
    let is_after = is_after
        || words.tokens.get(at).is_some_and(Token::is_capital)
            && (follows(1, &["фамилия"]) || follows(1, &["моя"]) && follows(2, &["фамилия"]));
    // «Жанна беспокоит»
    let is_after = is_after
        || at == 0 && follows(1, &["беспокоит", "пишет"])
        || at == 0
            && follows(1, &["на"])
            && follows(2, &["связи", "проводе"])
            && names::is_known(&words.tokens[at].text);
    // «фамилию посторонним» introduces nobody.
    let is_spread = is_word(1).is_some_and(|word| word.is("фамилию")) && !words.tokens[at].is_capital();
    is_after
        || is_named
        || is_put_right
        || !is_spread && is_word(distance).is_some_and(|word| word.is_any(INTRODUCTIONS))
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

fn touches_phone(words: &Words, start: usize, len: usize) -> bool {
    let is_phone = |index: usize| words.tokens.get(index).is_some_and(|token| token.roles.phone);
    // «Карапет т.8-904…», «Mike here, +7…»
    let is_lead = |index: usize| words.tokens.get(index).is_some_and(|token| token.is_any(PHONE_LEADS));
    start.checked_sub(1).is_some_and(is_phone)
        || is_phone(start + len)
        || is_lead(start + len) && is_phone(start + len + 1)
}

/// How sure a run is the client's name; 0 when it is not.
fn belief(words: &Words, start: usize, len: usize, is_asked: bool) -> u32 {
    let Some(run) = words.tokens.get(start..start + len) else { return 0 };
    let before = start.checked_sub(1).and_then(|index| words.tokens.get(index));
    let after = words.tokens.get(start + len);
    let is_first_known = run.iter().any(|token| names::part_of(&token.text) == Some(Part::First));
    let is_nominative = run.iter().all(|token| names::nominative(&token.text).is_none_or(|name| name == token.text));
    let is_ambiguous = run.iter().all(|token| {
        token.is_any(AMBIGUOUS)
            || names::nominative(&token.text).is_some_and(|name| len > 1 && AMBIGUOUS.contains(&name))
    });
    // «Лада Гранта» is a car.
    if len > 1 && is_ambiguous {
        return 0;
    }
    let is_capital = run.iter().all(Token::is_capital);
    let joined_before = before.filter(|_| run.first().is_some_and(|token| !token.gap.ends_sentence()));
    if joined_before.is_some_and(|word| {
        word.starts_any(&["спасибо", "благодар", "улиц", "проспект", "площад"])
            || word.is_any(&["к", "у", "ул", "на", "до"])
    }) && !is_named_for(words, start)
        && !is_corrected(words, start, len)
        && !(is_asked && joined_before.is_some_and(|word| word.is("на")))
    {
        return 0;
    }
    let is_enclosed = before.is_some_and(|word| word.is_any(&["меня", "ее", "его"]))
        && after.is_some_and(|word| word.is_any(NAMED) && !word.gap.ends_sentence());
    let is_introduced = is_introduced(words, start)
        || is_enclosed
        || after.is_some_and(|word| {
            word.is_any(&["меня", "ее", "его"])
                && !word.gap.ends_sentence()
                && words.tokens.get(start + len + 1).is_some_and(|next| next.is_any(NAMED))
        });
    if is_introduced {
        let is_part = joined_before.is_some_and(|word| word.starts_any(&["фамил"]));
        return match () {
            () if is_others(words, start, len) => 8,
            () if is_part => 9,
            () => 10,
        };
    }
    // «муж Сергей, мой номер …, я Инна»: who speaks of themselves is the contact.
    if joined_before.is_some_and(|word| word.is("я")) && is_first_known && is_nominative && !is_ambiguous {
        return 9;
    }
    if is_asked && (is_first_known || is_as_long_as_a_name(words) || is_capital && is_before_number(words, start, len))
    {
        return 8;
    }
    if touches_phone(words, start, len) {
        let is_latin = run.iter().all(|token| token.typed.is_ascii());
        let is_signed =
            run.first().is_some_and(|token| token.gap.ends_clause()) && !words.tokens[start].is_any(CONTACT_WORDS);
        return match () {
            () if is_first_known => 9,
            // «…, Emily, +7 918 …»
            () if is_capital && is_latin && is_signed && len == 1 => 6,
            () if is_capital && !is_latin => 8,
            () => 0,
        };
    }
    if joined_before.is_some_and(|word| word.is_any(HINTS))
        && (is_first_known || is_capital)
        && (is_nominative || is_named_for(words, start))
    {
        return 7;
    }
    // «Казбек это, …», «Гульнара я, …», «Бабаджанян я», «Мурад пишет, …»
    let opens = start == 0 || run.first().is_some_and(|token| token.gap.ends_clause());
    let is_signed = opens && after.is_some_and(|word| word.is_any(&["это", "я", "пишет"]) && !word.gap.ends_clause());
    let is_over = words.tokens.get(start + len + 1).is_none_or(|next| next.gap.ends_clause());
    let is_of_family = |token: &Token| names::part_of(&token.text) == Some(Part::Surname) && !is_vocabulary(token);
    let is_surname = is_capital && run.iter().all(is_of_family);
    if is_signed && is_over && (is_first_known || is_surname) {
        return 7;
    }
    if is_named_for(words, start) && is_first_known {
        return 7;
    }
    let has_patronymic = len > 1 && run.iter().any(|token| names::part_of(&token.text) == Some(Part::Patronymic));
    // Who speaks to the telephone writes no capitals at all.
    let is_spoken = !words.tokens.iter().any(Token::is_capital);
    if has_patronymic && is_first_known && (is_capital || is_spoken) {
        return 5;
    }
    if is_ambiguous && !is_capital {
        return 0;
    }
    standing(words, start, len, is_first_known, is_capital, is_nominative)
}

/// «Амалия, номер 8 989 …», asked: the name, the number, and between them only words that announce it.
fn is_before_number(words: &Words, start: usize, len: usize) -> bool {
    let rest = words.tokens.get(start + len..).unwrap_or_default();
    let number = rest.iter().position(|token| token.roles.phone);
    let announces = |token: &Token| token.is_any(PHONE_LEADS) || token.is_any(&["номер", "телефон", "мой"]);
    start == 0 && number.is_some_and(|at| rest[..at].iter().all(announces))
}

/// Whether the name found is that of somebody the client speaks of.
pub fn is_of_other(words: &Words, span: (usize, usize)) -> bool {
    let holds = |token: &Token| span.0 <= token.span.0 && token.span.1 <= span.1;
    let start = words.tokens.iter().position(holds);
    let len = words.tokens.iter().filter(|token| holds(token)).count();
    start.is_some_and(|start| is_others(words, start, len))
}

/// «мужа зовут Сергей», «Зарема её зовут»: the visitor; the contact, where named too, goes before.
fn is_others(words: &Words, start: usize, len: usize) -> bool {
    const OTHERS: &[&str] = &[
        "ее",
        "его",
        "мужа",
        "жену",
        "маму",
        "папу",
        "сына",
        "дочь",
        "дочку",
        "доченьку",
        "сестру",
        "брата",
        "бабушку",
        "дедушку",
        "тетю",
        "дядю",
        "подругу",
        "друга",
        "ребенка",
        "внука",
        "внучку",
        "тещу",
        "свекровь",
        "малыша",
    ];
    let before = words.tokens.get(start.saturating_sub(2)..start).unwrap_or_default();
    let after = words.tokens.get(start + len..).unwrap_or_default();
    let after = after.iter().take(1).filter(|token| !token.gap.ends_clause());
    before.iter().chain(after).any(|token| token.is_any(OTHERS))
}

/// «на имя Ашота», «запишите Карину», «поменяйте имя на Ирина»: the case does not matter.
fn is_named_for(words: &Words, start: usize) -> bool {
    let before = start.checked_sub(1).and_then(|index| words.tokens.get(index));
    let earlier = start.checked_sub(2).and_then(|index| words.tokens.get(index));
    let is_put_on = before.is_some_and(|word| word.is("на"))
        && earlier
            .is_some_and(|word| word.starts_any(&["запис", "запиш", "оформ", "брон", "забронир", "имя", "фамили"]));
    // «снимайте Мурада с записи»
    // «Оформите на пятницу …, на Ильдара, 8 951 …», «пиши на завтра на 11 Ваграма»
    let has_lead = before.is_some_and(|word| word.is("на"))
        && words.tokens.get(start.saturating_sub(1)).is_some_and(|token| start < 2 || token.gap.ends_clause())
        && (touches_phone(words, start, 1) || touches_phone(words, start, 2));
    let is_put_down = has_lead || is_put_down(words, start);
    let is_struck_off =
        is_put_down || before.is_some_and(|word| word.starts_any(CHANGES) || word.starts_any(&["спрос"]));
    is_put_on
        || is_struck_off
        || is_put_for(words, start)
        || is_moved(words, start)
        || before.is_some_and(|word| word.is_any(&["имя", "имени"]) || word.starts_any(&["запиш"]))
}

/// «камень снять 14-го в обед на Джамилю»: a name in the accusative behind «на», with nothing after it in its clause.
fn is_put_for(words: &Words, start: usize) -> bool {
    let Some(token) = words.tokens.get(start) else { return false };
    let is_led = start.checked_sub(1).and_then(|at| words.tokens.get(at)).is_some_and(|word| word.is("на"));
    let is_oblique = names::nominative(&token.text).is_some_and(|name| name != token.text);
    let next = words.tokens.get(start + 1);
    let is_over = next.is_none_or(|next| next.gap.ends_clause() || next.roles.phone || names::is_known(&next.text));
    is_led && token.is_capital() && is_oblique && is_over && !token.gap.ends_clause()
}

/// «Брониславу с 14-го перекиньте на 21-е»: the name opens the sentence, and the verb behind it moves or strikes off.
fn is_moved(words: &Words, start: usize) -> bool {
    let Some(token) = words.tokens.get(start) else { return false };
    let opens = start == 0 || token.gap.ends_sentence();
    let is_oblique = names::nominative(&token.text).is_some_and(|name| name != token.text);
    let sentence =
        words.tokens.iter().skip(start + 1).take_while(|token| !token.gap.ends_clause()).take(MOVED_TOKENS_MAX);
    opens && is_oblique && sentence.into_iter().any(|token| token.starts_any(CHANGES) || token.starts_any(&["запиш"]))
}

/// «пиши на завтра на 11 Ваграма»: nothing but the time stands between the verb and whom it writes down.
fn is_put_down(words: &Words, start: usize) -> bool {
    const PUT_DOWN: &[&str] = &["пиши", "впиш", "запиш", "записыва", "поставь", "ставь", "оформ", "внеси"];
    let between = words.tokens.get(..start).unwrap_or_default().iter().rev();
    let mut rest = between.skip_while(|token| token.roles.when || token.is_any(&["на", "в", "к"]));
    rest.next().is_some_and(|token| token.starts_any(PUT_DOWN))
}

/// A name that stands alone between marks, or ends the message.
fn standing(
    words: &Words,
    start: usize,
    len: usize,
    is_first_known: bool,
    is_capital: bool,
    is_nominative: bool,
) -> u32 {
    let opens = words.tokens.get(start).is_some_and(|token| start == 0 || token.gap.ends_clause());
    let next = words.tokens.get(start + len);
    let closes = next.is_none_or(|token| token.gap.ends_clause());
    let is_last = next.is_none();
    let is_called = start == 0 && next.is_some_and(|token| token.gap.has(Gap::COMMA));
    if !is_nominative && !(opens && closes) {
        return 0;
    }
    let is_surname = words.tokens.get(start).is_some_and(|token| names::part_of(&token.text) == Some(Part::Surname));
    match (opens && closes, is_last) {
        (true, false) if is_called && next.is_some_and(|word| word.is_any(KIN)) => 8,
        (true, _) if is_called => u32::from(is_first_known),
        (true, false) if start == 0 && is_surname && next.is_some_and(|word| word.gap.ends_sentence()) => 4,
        (true, true) if is_first_known || is_capital => 6,
        (true, false) if is_first_known => 5,
        (false, true) if is_first_known && (is_capital || follows_fact(words, start)) => 4,
        (false, false) if is_first_known && follows_fact(words, start) => 3,
        _ => 0,
    }
}

fn follows_fact(words: &Words, start: usize) -> bool {
    let before = start.checked_sub(1).and_then(|index| words.tokens.get(index));
    before.is_some_and(|token| token.roles.when || token.roles.phone || token.roles.service)
}

/// The name as shown: each word capitalised, first names in the nominative.
fn spelled(tokens: &[Token]) -> String {
    // «Рамиля Фаритовна» is she, not Рамиль in another case.
    let is_woman = tokens.iter().any(|token| ["овна", "евна", "ична"].iter().any(|end| token.text.ends_with(end)));
    let is_man_oblique = tokens.iter().any(|token| {
        names::nominative(&token.text).is_some_and(|name| name != token.text && !name.ends_with(['а', 'я']))
    });
    let words = tokens.iter().map(|token| {
        let is_latin = token.typed.chars().all(|letter| letter.is_ascii_alphabetic());
        let typed = token.typed.to_lowercase();
        let lower = names::nominative(&token.text).map_or_else(
            || match names::from_latin(&token.text).filter(|_| is_latin) {
                Some(name) => with_sound(name, &typed),
                None if is_latin => with_sound(&token.text, &typed),
                None if is_man_oblique && tokens.len() > 1 => nominative_of_man(&typed),
                None => nominative_of_other(&typed),
            },
            |name| {
                // «Алёна» stays with her «ё» when the form is already the nominative.
                let stands = name == token.text || (is_woman && token.text.ends_with(['а', 'я']));
                match () {
                    () if is_latin => with_sound(name, &typed),
                    () if stands => typed.clone(),
                    () => with_dots(name, &typed),
                }
            },
        );
        capitalised(&lower)
    });
    let joints = tokens.iter().map(|token| if is_hyphen(token) { "-" } else { " " });
    words
        .zip(joints)
        .fold(String::new(), |name, (word, joint)| if name.is_empty() { word } else { name + joint + &word })
}

/// «Лёлей» is Лёля: the nominative keeps the «ё» that was typed.
fn with_dots(name: &str, typed: &str) -> String {
    let mut typed = typed.chars();
    name.chars().map(|letter| if typed.next() == Some('ё') && letter == 'е' { 'ё' } else { letter }).collect()
}

/// «Artyom», «Semyon»: «yo» is «ё», wherever it stands among the «е» of the name.
fn with_sound(name: &str, latin: &str) -> String {
    let latin = latin.replace("yo", "ё").replace("jo", "ё");
    let mut sounds = latin.chars().filter(|letter| matches!(letter, 'e' | 'ё'));
    name.chars().map(|letter| if letter == 'е' && sounds.next() == Some('ё') { 'ё' } else { letter }).collect()
}

/// «Павлюка Глеба»: a man's surname beside his name in the genitive.
fn nominative_of_man(word: &str) -> String {
    const CONSONANTS: &str = "бвгджзклмнпрстфхцчшщ";
    match word.strip_suffix(['а', 'у']) {
        Some(base) if base.ends_with(|letter| CONSONANTS.contains(letter)) && !base.ends_with("ович") => {
            base.to_owned()
        }
        _ => nominative_of_other(word),
    }
}

/// Patronymics in other cases: «Петровичу», «Георгиевну».
fn nominative_of_other(word: &str) -> String {
    const FEMALE: &[&str] = &["овну", "овны", "овне", "евну", "евны", "евне"];
    if let Some(ending) = FEMALE.iter().find(|ending| word.ends_with(*ending)) {
        let cut = word.len() - ending.chars().next_back().map_or(0, char::len_utf8);
        return format!("{}а", &word[..cut]);
    }
    // «Людочкой меня зовут»
    if let Some(base) =
        ["чкой", "нькой", "шкой"].iter().find_map(|end| word.ends_with(end).then(|| &word[..word.len() - "ой".len()]))
    {
        return format!("{base}а");
    }
    for ending in ["овича", "овичу", "евича", "евичу"] {
        if word.ends_with(ending) {
            return word.trim_end_matches(['а', 'у']).to_owned();
        }
    }
    word.to_owned()
}

pub fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
