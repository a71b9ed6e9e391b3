//! Phone numbers in any spelling: digits with any marks, over several lines, in words.

use std::ops::Range;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, enums::Region};

use crate::{
    meaning::Found,
    numbers::{self, Kind},
    words::{Gap, Token, Words},
};

/// E.164 allows fifteen digits; a prefix for going abroad may add three.
const DIGITS_MAX: usize = 18;
/// Fewer digits do not look like a phone, unless we asked for one.
const BROKEN_DIGITS_MIN: usize = 8;
const BROKEN_ANSWER_DIGITS_MIN: usize = 5;
const NORTH_AMERICA: i32 = 1;

/// What was found: the last complete number, or digits that look like a part of one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Phones {
    pub phone: Option<Found<String>>,
    pub is_broken: bool,
}

/// Builds the number plans now (some milliseconds).
pub fn warm_up() {
    valid("+79000000000");
}

/// Finds phones and marks their tokens; after a correction the last one counts.
///
/// `is_asked`: the question before was about the phone, so a short run of digits is a broken one.
pub fn find(words: &mut Words, is_asked: bool) -> Phones {
    let mut phones = Phones::default();
    for run in runs(&words.tokens) {
        let pieces = pieces(&words.tokens, &run);
        if let Some((phone, range)) = whole_in(&pieces) {
            let span = (words.tokens[range.start].span.0, words.tokens[range.end - 1].span.1);
            phones = Phones { phone: Some(Found { value: phone, span }), is_broken: false };
            mark(words, range);
            continue;
        }
        let digits: usize = pieces.iter().map(|piece| piece.digits.len()).sum();
        let least = if is_asked { BROKEN_ANSWER_DIGITS_MIN } else { BROKEN_DIGITS_MIN };
        let is_long_piece = pieces.iter().any(|piece| piece.digits.len() >= 7);
        if digits >= least && (is_asked || is_long_piece || looks_dialled(&pieces)) && phones.phone.is_none() {
            phones.is_broken = true;
            mark(words, run);
        }
    }
    put_end_right(words, &mut phones);
    with_city_code(words, &mut phones);
    phones
}

/// «8928… ой, конец не тот, 12», «последняя 3, а не 2»: the number with its last digits put right.
fn put_end_right(words: &mut Words, phones: &mut Phones) {
    const ENDS: &[&str] = &["последн", "конц", "конец", "окончан", "хвост"];
    let Some(phone) = &mut phones.phone else { return };
    let rest = |token: &Token| token.span.0 >= phone.span.1;
    // «в конце недели» is of no number, and nothing is put right without a word of it.
    let is_end = |at: usize| {
        let of_time =
            words.tokens.get(at + 1).is_some_and(|next| next.starts_any(&["недел", "месяц", "дня", "год", "рабоч"]));
        words.tokens[at].starts_any(ENDS) && !of_time
    };
    let is_wrong = |token: &Token| {
        token.is_any(&["не", "ой", "нет", "вернее", "точнее", "тьфу"])
            || token.starts_any(&["ошиб", "неправ", "исправ", "перепут"])
    };
    if !words.tokens.iter().any(|token| rest(token) && is_wrong(token)) {
        return;
    }
    let found = (0..words.tokens.len()).find(|at| rest(&words.tokens[*at]) && is_end(*at));
    let Some(named) = found else { return };
    let is_digits = |at: usize| words.tokens.get(at).is_some_and(|token| token.is_digits() && token.text.len() <= 4);
    let is_denied = |at: usize| words.tokens[at - 1].is("не");
    let mut found = (named + 1..words.tokens.len().min(named + 6)).filter(|at| is_digits(*at) && !is_denied(*at));
    let Some(at) = found.next() else { return };
    let end = words.tokens[at].text.clone();
    let kept = phone.value.len().saturating_sub(end.len());
    let fixed = format!("{}{end}", &phone.value[..kept]);
    if let Some(number) = valid(&fixed) {
        phone.value = number;
        mark(words, at..at + 1);
    }
}

/// «код 863, потом 298 14 60»: the code of the city apart from the number.
fn with_city_code(words: &mut Words, phones: &mut Phones) {
    if phones.phone.is_some() {
        return;
    }
    let coded = words.tokens.iter().position(|token| token.is("код"));
    // «2-70-15-38 домашний, код 863»
    if let Some(code) = coded.filter(|code| *code + 2 == words.tokens.len()) {
        return with_code_behind(words, phones, code + 1);
    }
    let Some(at) = coded.map(|at| at + 1).filter(|at| words.tokens.get(*at).is_some_and(Token::is_digits)) else {
        return;
    };
    let is_filler = |token: &&Token| token.is_any(&["потом", "затем", "дальше", "номер", "а", "и", "телефон"]);
    let from = at + 1 + words.tokens.iter().skip(at + 1).take_while(is_filler).count();
    let len = words.tokens.iter().skip(from).take_while(|token| token.is_digits()).count();
    let digits: String =
        words.tokens[at..=at].iter().chain(&words.tokens[from..from + len]).map(|token| token.text.as_str()).collect();
    if let Some(phone) = dialled(&digits, false).iter().find_map(|number| valid(number)) {
        let span = (words.tokens[at].span.0, words.tokens[from + len - 1].span.1);
        *phones = Phones { phone: Some(Found { value: phone, span }), is_broken: false };
        mark(words, at..from + len);
    }
}

fn with_code_behind(words: &mut Words, phones: &mut Phones, code: usize) {
    let is_of_number = |at: usize| words.tokens[at].is_digits();
    let Some(last) = (0..code - 1).rev().find(|at| is_of_number(*at)) else { return };
    let first = (0..=last).rev().take_while(|at| is_of_number(*at)).last().unwrap_or(last);
    if !words.tokens[code].is_digits() {
        return;
    }
    let parts = std::iter::once(code).chain(first..=last);
    let digits: String = parts.map(|at| words.tokens[at].text.as_str()).collect();
    if let Some(phone) = dialled(&digits, false).iter().find_map(|number| valid(number)) {
        let span = (words.tokens[first].span.0, words.tokens[code].span.1);
        *phones = Phones { phone: Some(Found { value: phone, span }), is_broken: false };
        mark(words, first..code + 1);
    }
}

/// One number of a run as digits.
#[derive(Debug)]
struct Piece {
    digits: String,
    token: usize,
    len: usize,
    has_plus: bool,
}

fn mark(words: &mut Words, range: Range<usize>) {
    for token in words.tokens.get_mut(range).into_iter().flatten() {
        token.roles.phone = true;
    }
}

/// Stretches of tokens that are numbers and nothing else.
fn runs(tokens: &[Token]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    while start < tokens.len() {
        let len = tokens[start..].iter().take_while(|token| is_dialable(token)).count();
        if len > 0 {
            runs.push(start..start + len);
        }
        start += len.max(1);
    }
    runs
}

fn is_dialable(token: &Token) -> bool {
    let is_ordinal = token.number.is_some_and(|number| number.kind == Kind::Ordinal);
    token.is_digits() || (token.number.is_some() && !is_ordinal) || token.is("плюс") || digit_named(token).is_some()
}

/// «три пятёрки», «два нуля»: a digit so many times; «пятёрка» is one.
fn repeated(tokens: &[Token], at: usize) -> Option<(String, usize)> {
    let digit = |at: usize| tokens.get(at).and_then(digit_named);
    if let Some(digit) = digit(at) {
        return Some((digit.to_string(), 1));
    }
    let times = tokens[at].number.filter(|number| (2..=4).contains(&number.value))?.value;
    let digit = digit(at + 1).filter(|_| !tokens[at + 1].gap.ends_clause())?;
    Some((digit.to_string().repeat(usize::try_from(times).ok()?), 2))
}

/// «пятёрка», «нулей»: the digit that the noun names.
fn digit_named(token: &Token) -> Option<u8> {
    const NOUNS: [(u8, &[&str]); 10] = [
        (0, &["нулик", "нуля", "нулей", "ноля", "нолей"]),
        (1, &["единиц", "единич", "единички"]),
        (2, &["двойк", "двоек", "двоеч"]),
        (3, &["тройк", "троек", "троеч"]),
        (4, &["четверк", "четверок"]),
        (5, &["пятерк", "пятерок", "пятероч"]),
        (6, &["шестерк", "шестерок", "шестероч"]),
        (7, &["семерк", "семерок", "семероч"]),
        (8, &["восьмерк", "восьмерок", "восьмероч"]),
        (9, &["девятк", "девяток", "девяточ"]),
    ];
    NOUNS.iter().find(|(_, nouns)| token.starts_any(nouns)).map(|(digit, _)| *digit)
}

fn pieces(tokens: &[Token], run: &Range<usize>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = run.start;
    let mut has_plus = false;
    while at < run.end {
        let token = &tokens[at];
        if token.is("плюс") {
            has_plus = true;
            at += 1;
            continue;
        }
        has_plus |= token.gap.has(Gap::PLUS);
        let (digits, len) = if let Some(digits) = repeated(tokens, at) {
            digits
        } else if token.is_digits() {
            (token.text.clone(), 1)
        } else {
            numbers::at(tokens, at).map_or((String::new(), 1), |number| (number.value.to_string(), number.len))
        };
        let len = len.min(run.end - at);
        pieces.push(Piece { digits, token: at, len, has_plus });
        has_plus = false;
        at += len;
    }
    pieces
}

/// The last stretch of whole pieces that makes a valid number; of two beginnings the earlier.
fn whole_in(pieces: &[Piece]) -> Option<(String, Range<usize>)> {
    let mut found = None;
    let mut start = 0;
    while start < pieces.len() {
        match whole_from(&pieces[start..]) {
            Some((phone, taken)) => {
                let last = &pieces[start + taken - 1];
                found = Some((phone, pieces[start].token..last.token + last.len));
                start += taken;
            }
            None => start += 1,
        }
    }
    found
}

/// The valid number that starts with the first piece, and how many pieces it takes.
fn whole_from(pieces: &[Piece]) -> Option<(String, usize)> {
    let mut digits = String::with_capacity(DIGITS_MAX);
    for (index, piece) in pieces.iter().enumerate() {
        let is_next_number = index > 0 && piece.has_plus;
        digits.push_str(&piece.digits);
        if is_next_number || digits.len() > DIGITS_MAX {
            return None;
        }
        let goes_on =
            pieces.get(index + 1).is_some_and(|next| !next.has_plus && next.digits.len() <= 2 && digits.len() < 10);
        if digits.len() >= 10 && !goes_on {
            let found = dialled(&digits, pieces[0].has_plus).iter().find_map(|number| valid(number));
            if let Some(phone) = found {
                return Some((phone, index + 1));
            }
        }
    }
    None
}

/// The spellings under which a row of digits may be a full number.
fn dialled(digits: &str, has_plus: bool) -> Vec<String> {
    const NEIGHBOURS: &[&str] = &["375", "374", "380", "992", "993", "994", "995", "996", "998"];
    if has_plus {
        let fixed = digits.strip_prefix('8').filter(|rest| rest.len() == 10).map(|rest| format!("+7{rest}"));
        return [format!("+{digits}")].into_iter().chain(fixed).collect();
    }
    match digits.len() {
        10 => vec![format!("+7{digits}")],
        11 if digits.starts_with(['7', '8']) => vec![format!("+7{}", &digits[1..])],
        11.. if NEIGHBOURS.iter().any(|code| digits.starts_with(code)) => vec![format!("+{digits}")],
        13.. if digits.starts_with("810") => vec![format!("+{}", &digits[3..])],
        _ => Vec::new(),
    }
}

/// E.164 of a number that the number plan of its country allows.
fn valid(number: &str) -> Option<String> {
    let parsed = PHONE_NUMBER_UTIL.parse(number, Some(Region::RU)).ok()?;
    let is_valid = if parsed.country_code == NORTH_AMERICA { is_american(number) } else { parsed.is_valid() };
    is_valid.then(|| parsed.format_as(PhoneNumberFormat::E164).into_owned())
}

/// `+1` is shared by 25 countries; asking each one's plan takes a tenth of a second, their common rule
/// does for a number somebody left to be called back: neither part of the code begins with 0 or 1.
fn is_american(number: &str) -> bool {
    let digits = number.strip_prefix("+1").unwrap_or_default().as_bytes();
    digits.len() == 10 && [digits[0], digits[3]].iter().all(|digit| (b'2'..=b'9').contains(digit))
}

fn looks_dialled(pieces: &[Piece]) -> bool {
    let Some(first) = pieces.first() else { return false };
    first.has_plus
        || (matches!(first.digits.as_str(), "8" | "7") && pieces.len() >= 4)
        || first.digits.starts_with("89")
        || first.digits.starts_with("79")
}
