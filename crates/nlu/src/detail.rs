//! Small numbers beside an intent: minutes of delay, a rating, the chosen slot.

use crate::{
    numbers,
    words::{Gap, Token, Words},
};

/// More minutes than this is not a delay any more.
const LATE_MINUTES_MAX: u32 = 600;

/// Minutes of delay; of a range («10–15») the upper bound, of «на минутку» one.
pub fn late_min(words: &Words) -> Option<u16> {
    let minutes = said_min(&words.tokens).or_else(|| bare_min(&words.tokens))?;
    u16::try_from(minutes).ok()
}

/// «задержусь на 20», «на двадцать опоздаю»: a number beside the delay itself, no hour of the clock.
fn bare_min(tokens: &[Token]) -> Option<u32> {
    tokens.iter().enumerate().find_map(|(at, token)| {
        let is_over = at > 0 && tokens.get(at - 1).is_some_and(|before| before.is("на"));
        let near = at.saturating_sub(2)..=at + 1;
        let is_delay =
            near.filter_map(|index| tokens.get(index)).any(|word| word.starts_any(&["задерж", "опозд", "опазд"]));
        let value = numbers::at(tokens, at).filter(|_| is_over && is_delay && !token.roles.phone)?.value;
        (3..=90).contains(&value).then_some(value)
    })
}

fn said_min(tokens: &[Token]) -> Option<u32> {
    for (at, token) in tokens.iter().enumerate() {
        let minutes = if token.is_any(&["полчаса", "полчасика", "полчасик", "получаса"])
        {
            Some(30)
        } else if token.is("полтора") && tokens.get(at + 1).is_some_and(|next| next.starts_any(&["час"])) {
            Some(90)
        } else if token.starts_any(&["мин"]) && !token.starts_any(&["минус"]) {
            counted(tokens, at).or_else(|| token.is_any(&["минутку", "минуточку", "минуту"]).then_some(1))
        } else if token.is_any(&["час", "часик", "часок", "часа", "часов"]) {
            let is_quarter = at > 0 && tokens.get(at - 1).is_some_and(|before| before.starts_any(&["четверт"]));
            let is_length =
                at > 0 && tokens.get(at - 1).is_some_and(|before| before.is_any(&["на", "через", "примерно"]));
            let is_about = token.is("час")
                && tokens.get(at + 1).is_some_and(|next| next.is_any(&["примерно", "ехать", "езды", "где"]));
            let count = at
                .checked_sub(1)
                .and_then(|before| tokens.get(before))
                .and_then(|before| before.number)
                .map(|number| number.value);
            match count {
                _ if is_quarter => Some(15),
                Some(count) if token.is_any(&["часа", "часов", "час"]) && count <= 10 => Some(count * 60),
                None if token.starts_any(&["час"]) && (is_length || is_about) => Some(60),
                _ => None,
            }
        } else {
            None
        };
        if let Some(minutes) = minutes.filter(|minutes| (1..=LATE_MINUTES_MAX).contains(minutes)) {
            return Some(minutes);
        }
    }
    None
}

/// The largest number within three tokens of «минут», on the side where it stands.
fn counted(tokens: &[Token], at: usize) -> Option<u32> {
    let value =
        |index: usize| tokens.get(index).filter(|token| !token.roles.phone).and_then(|_| numbers::at(tokens, index));
    let before = (at.saturating_sub(4)..at).filter_map(|index| {
        value(index).filter(|reading| at - (index + reading.len) <= 1 || is_range(tokens, index + reading.len))
    });
    let before = before.map(|reading| reading.value).max();
    before.or_else(|| {
        (at + 1..=at + 4)
            .filter(|index| index - at <= 3 || is_range(tokens, *index))
            .filter_map(value)
            .map(|reading| reading.value)
            .max()
    })
}

fn is_range(tokens: &[Token], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| token.gap.has(Gap::DASH))
}

/// A rating: a number of 1 to 10 after a question about it, or said to be one.
pub fn rating(words: &Words, is_asked: bool) -> Option<u8> {
    let tokens = &words.tokens;
    let named = tokens.iter().enumerate().find_map(|(at, token)| {
        let is_named = token.starts_any(&["оценк", "ставлю", "поставл", "балл", "звезд"]);
        let near = [at + 1, at + 2].into_iter().chain(at.checked_sub(1));
        is_named.then(|| near.into_iter().find_map(|index| small(tokens, index)))?
    });
    let of_ten = tokens.iter().enumerate().find_map(|(at, token)| {
        let is_of = token.is("из")
            && at > 0
            && tokens.get(at + 1).is_some_and(|next| next.number.is_some_and(|number| matches!(number.value, 5 | 10)));
        is_of.then(|| small(tokens, at - 1))?
    });
    let worded = tokens.iter().find_map(|token| {
        const WORDS: &[(&[&str], u8)] = &[
            (&["десяточк", "десятк"], 10),
            (&["девяточк", "девятк"], 9),
            (&["восьмерочк", "восьмерк"], 8),
            (&["семерочк", "семерк"], 7),
            (&["шестерочк", "шестерк"], 6),
            (&["пятерк", "пятерочк", "пятак", "отлично"], 5),
            (&["четверк", "четверочк"], 4),
            (&["тройк", "троечк", "трояк"], 3),
            (&["двойк", "двоечк", "двояк"], 2),
            (&["единиц", "единич", "кол"], 1),
        ];
        WORDS
            .iter()
            .find(|(beginnings, _)| token.starts_any(beginnings) && !token.is("отлично"))
            .map(|(_, value)| *value)
    });
    let bare = || (0..tokens.len().min(3)).find_map(|index| small(tokens, index));
    named.or(of_ten).or_else(|| is_asked.then(|| worded.or_else(bare)).flatten())
}

fn small(tokens: &[Token], at: usize) -> Option<u8> {
    let number = tokens.get(at).filter(|token| !token.roles.phone)?.number?;
    u8::try_from(number.value).ok().filter(|value| (1..=10).contains(value))
}

/// A list of offers is no longer; a larger number after it is an hour.
const OFFERS_LISTED_MAX: u32 = 3;

/// «2» after a list of times: the second of them rather than two o'clock.
pub fn is_number_of_offer(words: &Words) -> bool {
    let mut numbers = words.tokens.iter().filter_map(|token| token.number);
    let first = numbers.next();
    numbers.next().is_none() && first.is_some_and(|number| number.value <= OFFERS_LISTED_MAX)
}

/// The slot chosen of those offered: «первое», «второй вариант», «2»; one-based.
pub fn choice(words: &Words) -> Option<u8> {
    let tokens = &words.tokens;
    let is_bare = tokens.len() == 1
        || (tokens.len() == 2
            && tokens.first().is_some_and(|token| {
                token.is_any(&["давайте", "давай", "вариант", "номер", "лучше", "тогда", "пусть"])
            }));
    // Of three offered the second.
    if tokens.len() <= 2 && tokens.iter().any(|token| token.is_any(&["среднее", "средний", "средняя", "среднюю"]))
    {
        return Some(2);
    }
    tokens.iter().enumerate().find_map(|(at, token)| {
        let number = token.number.filter(|_| !token.roles.phone && !token.roles.when)?;
        let next = tokens.get(at + 1);
        let is_date = next.is_some_and(|next| next.starts_any(&["числ", "половин"]));
        let is_option = number.kind == numbers::Kind::Ordinal
            || next.is_some_and(|next| {
                next.starts_any(&["вариант", "окн", "окошк", "слот"])
                    || (next.gap.has(Gap::DASH) && next.is_any(&["й", "ый", "ой", "е", "ое", "го"]))
            })
            || at
                .checked_sub(1)
                .and_then(|before| tokens.get(before))
                .is_some_and(|before| before.starts_any(&["вариант", "номер", "окошк"]));
        let value = u8::try_from(number.value).ok().filter(|value| (1..=9).contains(value))?;
        ((is_option || is_bare) && !is_date).then_some(value)
    })
}
