//! Why a run of words is believed to be the client's name: introduced, beside a number, in answer, standing alone.

use super::{AMBIGUOUS, KIN, is_as_long_as_a_name, is_corrected, is_vocabulary};
use crate::{
    names::{self, Part},
    words::{Gap, Token, Words},
};

/// Endings of surnames that are the same in every case.
const UNBENT: &[&str] = &["ян", "янц", "дзе", "швили", "ко", "ых", "их"];
/// Verbs of being named.
const NAMED: &[&str] = &["зовут", "звать", "кличут", "величают"];

/// Words after which a name follows, whatever the word is.
const INTRODUCTIONS: &[&str] = &[
    "зовут",
    "кличут",
    "величают",
    "величать",
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
    "ben",
    "mən",
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

/// Verbs that move a booking or strike it off; whom they move is named in the accusative.
const CHANGES: &[&str] =
    &["снима", "сними", "вычерк", "отмени", "убер", "перекин", "перенес", "передвин", "сдвин", "подвин", "переброс"];

/// The verb stands at most so many words behind the name it moves.
const MOVED_TOKENS_MAX: usize = 6;

/// How sure a run is the client's name; 0 when it is not.
pub(super) fn belief(words: &Words, start: usize, len: usize, is_asked: bool) -> u32 {
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
    // «муж Сергей, мой номер …, я Инна», «ребёнок Тамерлан, а я его мама Асият»: who speaks of themselves is the contact.
    let is_own_kin = || {
        let said = words.tokens.get(start.saturating_sub(3)..start).unwrap_or_default();
        // «а пишет жена его, Дарья»
        let is_told = matches!(said, [.., kin, whose] if kin.is_any(KIN) && whose.is_any(&["его", "ее"]));
        is_told
            || matches!(said, [own, whose, kin] if own.is("я") && whose.is_any(&["его", "ее", "их"]) && kin.is_any(KIN))
    };
    // «мальчика Георгий, меня Нана Тенгизовна»
    let is_me = joined_before.is_some_and(|word| word.is("меня") && word.gap.ends_clause());
    let is_own = joined_before.is_some_and(|word| word.is("я")) || is_me || is_own_kin();
    if is_own && is_first_known && is_nominative && !is_ambiguous {
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
    // «записывались на Оганесян»: a surname that has no cases stands as it is.
    let has_no_cases = |token: &Token| UNBENT.iter().any(|ending| token.text.ends_with(ending));
    if is_named_for(words, start) && (is_first_known || is_surname && run.iter().all(has_no_cases)) {
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

/// «зовут …», also over a pronoun: «зовите меня …», «зовут её …».
pub(super) fn is_introduced(words: &Words, at: usize) -> bool {
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
    // «меня Мадлена зовут»
    let is_after = is_after || is_word(1).is_some_and(|word| word.is_any(&["меня", "ее", "его"])) && follows(1, NAMED);
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
    // «фамилия моя Бондарь»
    let is_own = is_word(1).is_some_and(|word| word.is_any(&["моя", "мое", "наша"]))
        && is_word(2).is_some_and(|word| word.is_any(&["фамилия", "имя"]));
    // «фамилию посторонним» introduces nobody.
    let is_spread = is_word(1).is_some_and(|word| word.is("фамилию")) && !words.tokens[at].is_capital();
    is_after
        || is_own
        || is_named
        || is_put_right
        || !is_spread && is_word(distance).is_some_and(|word| word.is_any(INTRODUCTIONS))
}

/// «Амалия, номер 8 989 …», asked: the name, the number, and between them only words that announce it.
pub(super) fn is_before_number(words: &Words, start: usize, len: usize) -> bool {
    let rest = words.tokens.get(start + len..).unwrap_or_default();
    let number = rest.iter().position(|token| token.roles.phone);
    let announces = |token: &Token| token.is_any(PHONE_LEADS) || token.is_any(&["номер", "телефон", "мой"]);
    start == 0 && number.is_some_and(|at| rest[..at].iter().all(announces))
}

pub(super) fn touches_phone(words: &Words, start: usize, len: usize) -> bool {
    let is_phone = |index: usize| words.tokens.get(index).is_some_and(|token| token.roles.phone);
    // «Карапет т.8-904…», «Mike here, +7…»
    let is_lead = |index: usize| words.tokens.get(index).is_some_and(|token| token.is_any(PHONE_LEADS));
    start.checked_sub(1).is_some_and(is_phone)
        || is_phone(start + len)
        || is_lead(start + len) && is_phone(start + len + 1)
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
pub(super) fn is_named_for(words: &Words, start: usize) -> bool {
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
pub(super) fn is_moved(words: &Words, start: usize) -> bool {
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

pub(super) fn follows_fact(words: &Words, start: usize) -> bool {
    let before = start.checked_sub(1).and_then(|index| words.tokens.get(index));
    before.is_some_and(|token| token.roles.when || token.roles.phone || token.roles.service)
}
