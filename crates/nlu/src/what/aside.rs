//! Words of services by which none is wanted: refused, done long ago, somebody's car, a place.

use super::{SPREAD_TOKENS_MAX, is_infinitive};
use crate::words::{Token, is_past_verb};

/// Whether the word at a token is said of something else than a wish.
pub(super) fn is_aside(tokens: &[Token], at: usize) -> bool {
    const RULES: &[fn(&[Token], usize) -> bool] = &[
        is_struck_off,
        is_parked,
        is_sender,
        is_make,
        is_past,
        is_slip,
        is_whereabouts,
        is_of_beard,
        is_undone,
        is_feared,
        is_length_of_hair,
        is_of_pet,
    ];
    RULES.iter().any(|is_so| is_so(tokens, at))
}

/// «гелевый маникюр»: an adjective, and in one clause with it the word it is said of.
pub(super) fn qualifies_next(tokens: &[Token], at: usize) -> bool {
    const ENDINGS: &[&str] = &["ый", "ий", "ой", "ая", "яя", "ое", "ее", "ую", "юю", "ого", "его", "ые", "ие"];
    let is_adjective = tokens.get(at).is_some_and(|token| ENDINGS.iter().any(|ending| token.text.ends_with(ending)));
    is_adjective && tokens.get(at + 1).is_some_and(|next| !next.gap.ends_clause())
}

/// «машинки боится»: what a child is afraid of, and no clipper.
fn is_feared(tokens: &[Token], at: usize) -> bool {
    tokens.get(at + 1).is_some_and(|token| !token.gap.ends_clause() && token.is_any(&["боится", "боимся", "боюсь"]))
}

/// «мелирование на каре»: how long the hair is.
fn is_length_of_hair(tokens: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    tokens.get(at).is_some_and(|token| token.is("каре")) && before.is_some_and(|token| token.is("на"))
}

/// «а собаку стрижёте?»: nobody's pet is served here.
fn is_of_pet(tokens: &[Token], at: usize) -> bool {
    const PETS: &[&str] =
        &["собак", "собач", "кошк", "кота", "коту", "котик", "пса", "щенк", "щенок", "питомц", "попуга"];
    let near = tokens.get(at.saturating_sub(SPREAD_TOKENS_MAX)..(at + 1 + SPREAD_TOKENS_MAX).min(tokens.len()));
    near.unwrap_or_default().iter().any(|token| token.starts_any(PETS) && !token.starts_any(&["собаками"]))
}

/// «раньше не красилась», «давно не стриглась»: what was not done, and no word of what is wished.
fn is_undone(tokens: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    before.is_some_and(|token| token.is("не")) && tokens.get(at).is_some_and(is_past_verb)
}

/// «он в школе», «из школы»: where somebody is, and no lesson.
fn is_whereabouts(tokens: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    let is_place = tokens.get(at).is_some_and(|token| token.is_any(&["школе", "школы"]));
    is_place && before.is_some_and(|token| token.is_any(&["в", "из", "от", "около", "возле", "после"]))
}

/// Whether a service is said not to be wanted: «бороду не надо».
pub(super) fn is_refused(tokens: &[Token], at: usize) -> bool {
    const UNWANTED: &[&str] = &[
        "надо",
        "нужно",
        "нужна",
        "нужен",
        "нужны",
        "буду",
        "хочу",
        "делаем",
        "делать",
        "трогаем",
        "трогать",
        "трогайте",
    ];
    let after = |offset: usize| tokens.get(at + offset).filter(|token| !token.gap.ends_clause());
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    let earlier = at.checked_sub(2).and_then(|earlier| tokens.get(earlier));
    // «без укладки», «без самой коронки», «педикюр вместо маникюра»
    let is_filler =
        |token: &Token| token.is_any(&["самой", "самого", "всякой", "всякого", "всяких", "никакой", "никаких"]);
    let is_without = before.is_some_and(|token| token.is_any(&["без", "вместо"]))
        || before.is_some_and(is_filler) && earlier.is_some_and(|token| token.is("без"));
    // «не стретчинг, а пилатес», «не машинкой а обычную стрижку»
    // «не по физике, химия нужна, перепутала я»
    let is_after_not = before.is_some_and(|token| token.is("не"))
        || before.is_some_and(|token| token.is("по")) && earlier.is_some_and(|token| token.is("не"));
    let is_denied = is_after_not
        && tokens.get(at).is_some_and(|token| !token.gap.ends_clause())
        && tokens
            .iter()
            .skip(at + 1)
            .take(SPREAD_TOKENS_MAX)
            .any(|token| token.is("а") || token.starts_any(&["перепут", "ошибл", "оговор"]));
    // «педикюр вычёркиваем», «реснички пока пропустим»
    const CROSSED: &[&str] =
        &["вычеркива", "вычеркн", "убира", "убери", "уберем", "исключ", "выкин", "выкид", "отставить"];
    const SKIPPED: &[&str] = &["пропуст", "пропуска"];
    let is_still = usize::from(after(1).is_some_and(|token| token.is("пока")));
    let is_crossed_out = after(1).is_some_and(|token| token.starts_any(CROSSED))
        || after(1 + is_still).is_some_and(|token| token.starts_any(SKIPPED));
    // «зуб не болит, просто осмотр»
    // «боли нету»
    let is_none = tokens.get(at).is_some_and(|token| token.is_any(&["боли", "боль"]))
        && after(1).is_some_and(|token| token.is_any(&["нет", "нету"]));
    let is_absent = is_none
        || before.is_some_and(|token| token.is("не"))
            && tokens.get(at).is_some_and(|token| token.starts_any(&["бол", "ноет", "ноют", "беспоко"]));
    // «голову не мыть и не укладывать»
    let is_not_done = before.is_some_and(|token| token.is("не")) && tokens.get(at).is_some_and(is_infinitive);
    // «пилатес, а не растяжка», «на пилатес, не на йогу»
    let is_replaced = before.is_some_and(|token| token.is("не")) && earlier.is_some_and(|token| token.is("а"))
        || before.is_some_and(|token| token.is_any(&["на", "к", "про"])) && earlier.is_some_and(|token| token.is("не"));
    is_denied
        || is_replaced
        || is_absent
        || is_not_done
        || is_crossed_out
        || is_without
        || after(1).is_some_and(|token| token.is("не")) && after(2).is_some_and(|token| token.is_any(UNWANTED))
        || is_put_off(tokens, at)
}

/// «педикюр потом как-нибудь», «бороду в другой раз», «брови не сейчас», «ресницы пока рано».
fn is_put_off(tokens: &[Token], at: usize) -> bool {
    let clause: Vec<&Token> =
        tokens.iter().skip(at + 1).take(SPREAD_TOKENS_MAX).take_while(|token| !token.gap.ends_clause()).collect();
    let is_later = |pair: &[&Token]| {
        pair[0].is_any(&["другой", "следующий"]) && pair[1].is("раз")
            || pair[0].is("не") && pair[1].is("сейчас")
            || pair[0].is("как") && pair[1].is("нибудь")
            || pair[0].is("пока") && pair[1].is_any(&["рано", "не", "нет"])
    };
    clause.windows(2).any(is_later)
}

/// «снимите меня с записи»: a booking is taken off, not a polish.
fn is_struck_off(tokens: &[Token], at: usize) -> bool {
    const STRUCK: &[&str] =
        &["меня", "нас", "запись", "записи", "мою", "бронь", "маму", "мужа", "сына", "дочь", "дочку", "ребенка"];
    let is_courtesy = |token: &&Token| token.starts_any(&["пожалуй", "пожалуст", "пож", "плиз"]);
    let polite = usize::from(tokens.get(at + 1).as_ref().is_some_and(is_courtesy));
    // Commas around the courtesy part nothing.
    let next = tokens.get(at + 1 + polite).filter(|token| polite > 0 || !token.gap.ends_clause());
    let before = at.checked_sub(1).and_then(|index| tokens.get(index));
    // «запись снимите», with nothing after it.
    // «педикюр в среду снимите»: a visit on its day.
    let is_dated = next.is_none() && before.is_some_and(|token| token.roles.when);
    let is_of_booking =
        is_dated || before.is_some_and(|token| token.is("визит") || next.is_none() && token.is_any(STRUCK));
    // «снимите с записи»
    let is_off = next.is_some_and(|token| token.is_any(&["с", "со"]))
        && tokens.get(at + 2 + polite).is_some_and(|token| token.starts_any(&["запис", "очеред", "брон", "учет"]));
    // «снимите завтрашнюю запись»
    let is_ahead = next.is_some()
        && tokens
            .iter()
            .skip(at + 1)
            .take(SPREAD_TOKENS_MAX)
            .take_while(|token| !token.gap.ends_clause())
            .any(|token| token.is_any(&["запись", "бронь", "визит", "записи"]));
    tokens.get(at).is_some_and(|token| token.starts_any(&["сним", "снять"]))
        && (is_ahead || is_off || is_of_booking || next.is_some_and(|token| token.is_any(STRUCK)))
}

/// «приус 30 кузов», «в сотом кузове»: the make of a car, and no bodywork.
fn is_make(tokens: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    let is_numbered = before.is_some_and(|token| token.number.is_some() || token.is_digits());
    is_numbered && tokens.get(at).is_some_and(|token| token.is_any(&["кузов", "кузове", "кузова"]))
}

/// «машинку приткнуть»: a car, and no clipper.
fn is_parked(tokens: &[Token], at: usize) -> bool {
    const PARKED: &[&str] = &["приткн", "припарк", "притул", "поставить", "оставить", "воткнуть"];
    let near = tokens.get(at.saturating_sub(3)..(at + 4).min(tokens.len())).unwrap_or_default();
    tokens.get(at).is_some_and(|token| token.starts_any(&["машинк"]))
        && near.iter().any(|token| token.starts_any(PARKED))
}

/// «терапевт направил на УЗИ», «врач прописал массаж»: who sent the client, and no wish.
fn is_sender(tokens: &[Token], at: usize) -> bool {
    const SENT: &[&str] = &["направил", "отправил", "прислал", "назначил", "прописал", "посоветовал", "велел"];
    tokens.get(at + 1).is_some_and(|token| !token.gap.ends_clause() && token.starts_any(SENT))
}

/// A clause is looked at so far back; it bounds the work of a long text without marks.
const CLAUSE_TOKENS_MAX: usize = 12;

/// «ещё весной», of what is over.
const SEASONS: &[&str] = &["весной", "летом", "осенью", "зимой"];

/// The clause a token stands in, and the token's place in it.
fn clause_of(tokens: &[Token], at: usize) -> (&[Token], usize) {
    let first = at.saturating_sub(CLAUSE_TOKENS_MAX);
    let opens = (first..=at).rev().find(|start| tokens.get(*start).is_some_and(|token| token.gap.ends_clause()));
    let start = opens.unwrap_or(first);
    let rest = tokens.get(start..).unwrap_or_default();
    let len = 1 + rest.iter().skip(1).take(2 * CLAUSE_TOKENS_MAX).take_while(|token| !token.gap.ends_clause()).count();
    (rest.get(..len).unwrap_or_default(), at - start)
}

pub(super) fn in_one_clause(tokens: &[Token], from: usize, to: usize) -> bool {
    tokens.get(from + 1..=to).is_some_and(|between| !between.iter().any(|token| token.gap.ends_clause()))
}

/// «восьмёрку у вас удалили летом»: a deed of the past, told with its time.
pub(super) fn is_told_of(tokens: &[Token], at: usize) -> bool {
    let (clause, place) = clause_of(tokens, at);
    let is_dated = |token: &Token| token.is_any(SEASONS) || token.is_any(&["вчера", "недавно", "давно"]);
    // «ещё в мае», «ещё прошлым летом»
    let is_since = |row: &[Token]| {
        row[0].is("еще") && (row[1].is("в") || row[1].starts_any(&["прошл"]))
            || row[0].is_any(&["том", "прошлом"]) && row[1].is_any(&["году", "месяце"])
    };
    let is_dated = clause.iter().any(is_dated) || clause.windows(2).any(is_since);
    // «колёса обули отлично, спасибо», «импланту уже пять лет»
    let is_praised =
        clause.iter().any(|token| token.is_any(&["отлично", "супер", "замечательно", "прекрасно", "здорово"]));
    let is_old = |row: &[Token]| row[0].is("уже") && row[1].number.is_some() && row[2].is_any(&["лет", "года", "год"]);
    is_thanked_for(clause, place)
        || (is_dated || is_praised) && clause.iter().any(is_past_verb)
        || clause.windows(3).any(is_old)
}

/// «благодарю за кузов», «спасибо вам за стрижку»
fn is_thanked_for(clause: &[Token], place: usize) -> bool {
    let before = clause.get(..place).unwrap_or_default();
    let near = before.get(before.len().saturating_sub(2)..).unwrap_or_default();
    let thanks = before.iter().rev().skip(1).take(SPREAD_TOKENS_MAX);
    near.iter().any(|token| token.is("за")) && thanks.into_iter().any(|token| token.starts_any(&["спасиб", "благодар"]))
}

/// «год назад каналы чистили»: a verb of the past in the clause that «назад» opens.
fn is_told_after(tokens: &[Token], at: usize) -> bool {
    let (clause, place) = clause_of(tokens, at);
    let before = clause.get(..place).unwrap_or_default();
    // «полтора года как вырвали»
    const LENGTHS: &[&str] = &["год", "года", "лет", "месяц", "месяца", "месяцев", "неделя", "недели", "недель"];
    // «год как брекеты сняли»
    let is_since = |row: &[Token]| row[1].is("как") && row[0].is_any(LENGTHS);
    let is_ago = before.iter().any(|token| token.is("назад"))
        || clause.get(..=place).unwrap_or_default().windows(2).any(is_since);
    let is_long_ago = || clause.iter().any(|token| token.is("еще")) && clause.iter().any(|token| token.is_any(SEASONS));
    (is_ago || is_long_ago()) && clause.iter().any(is_past_verb)
}

fn is_past(tokens: &[Token], at: usize) -> bool {
    let is_after = at.checked_sub(1).and_then(|before| tokens.get(before)).is_some_and(|token| token.is("после"));
    let rest = tokens.iter().skip(at + 1).take_while(|token| !token.gap.ends_clause());
    let is_ago = |token: &Token| token.is("назад");
    let is_past = is_after || rest.take(SPREAD_TOKENS_MAX).any(is_ago) || is_told_after(tokens, at);
    is_past && !is_wanted_again(tokens, at)
}

/// «после функционалки рук не чувствую, ставьте снова»: what was done is wanted once more.
fn is_wanted_again(tokens: &[Token], at: usize) -> bool {
    let rest = tokens.get(at + 1..).unwrap_or_default();
    let is_again = |token: &Token| token.is_any(&["снова", "опять"]) || token.starts_any(&["повтор"]);
    let is_once_more = |pair: &[Token]| pair[0].is("еще") && pair[1].is_any(&["раз", "разок"]);
    let is_wish = |token: &Token| token.starts_any(&["став", "постав", "запиш", "запис", "хоч", "возьм"]);
    (rest.iter().any(is_again) || rest.windows(2).any(is_once_more)) && rest.iter().any(is_wish)
}

/// «тут ошибка», «ошибка в номере»: in what was written, and not in a car.
fn is_slip(tokens: &[Token], at: usize) -> bool {
    let is_error = tokens.get(at).is_some_and(|token| token.starts_any(&["ошибк"]));
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    let after = tokens.get(at + 1).filter(|token| !token.gap.ends_clause());
    is_error
        && (before.is_some_and(|token| token.is_any(&["тут", "здесь", "вас", "моя"]))
            || after.is_some_and(|token| token.is_any(&["в", "вышла", "закралась"])))
}

/// «бороду подстричь»: the verb says what is done with the beard, and no haircut beside it.
fn is_of_beard(tokens: &[Token], at: usize) -> bool {
    let is_beard = |token: &Token| token.is_any(&["бороду", "бородку", "усы"]);
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    let after = tokens.get(at + 1).filter(|token| !token.gap.ends_clause());
    let follows = before.is_some_and(is_beard) && tokens.get(at).is_some_and(|token| !token.gap.ends_clause());
    let verb = tokens.get(at).filter(|token| token.text.ends_with("чь") || token.text.ends_with("гите"));
    verb.is_some() && (follows || after.is_some_and(is_beard))
}

pub(super) fn is_overgrown(token: &Token) -> bool {
    token.starts_any(&["зарос", "оброс"])
}
