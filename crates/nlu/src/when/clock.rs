//! Rules that read times of day. Bounds of the parts of the day: the labelled set's conventions.

use super::{Clock, Half, Lead, MINUTES_A_DAY, Piece, View};
use crate::{
    numbers::{Kind, Reading},
    words::{Gap, Token},
};

/// Words after a number that make it something else than an hour.
const UNITS: &[&str] = &[
    "лет",
    "год",
    "класс",
    "кл",
    "дн",
    "день",
    "недел",
    "минут",
    "мин",
    "руб",
    "тыс",
    "км",
    "литр",
    "чел",
    "процент",
    "раз",
    "рук",
    "шт",
    "месяц",
    "числ",
    "занят",
    "посещ",
    "ребен",
    "зуб",
    "этаж",
    "квартир",
    "дом",
    "сотруд",
    "балл",
    "звезд",
    "миллион",
    "р",
    "м",
    "см",
    "градус",
    "радиус",
    "диаметр",
    "дюйм",
    "размер",
    "грамм",
    "кг",
    "мм",
    "процедур",
    "сеанс",
    "урок",
    "врем",
    "пальц",
    "сантим",
    "машин",
    "тачк",
    "персон",
    "годик",
];

/// «ставка в час», «рублей в час»: a price, not a time.
const RATES: &[&str] = &["ставк", "цен", "тариф", "руб", "стоимост", "сколько", "почем", "раз"];

/// «в 6-7 вечера», «часов в 10-11»: hours that follow one another closely; «в 18-40» is one time.
pub(super) fn about_range(view: &View<'_>) -> Option<(Piece, usize)> {
    let skip = lead_len(view);
    let led = view.shifted(skip);
    let (first, second) = (led.token(0)?.number?, led.token(1)?.number?);
    let is_close = second.value > first.value && second.value - first.value <= CHOICE_HOURS_MAX;
    if skip == 0 || !is_close || !view.is(skip - 1, &["в", "к", "на"]) {
        return None;
    }
    let (piece, len) = range(&led)?;
    Some((piece, skip + len))
}

/// «с 10 до 12», «между пятью и шестью», «17-18», «18:30/19:00».
pub(super) fn range(view: &View<'_>) -> Option<(Piece, usize)> {
    let opener = ["с", "со", "от", "между"].iter().find(|word| view.is(0, &[word]));
    let start_at = usize::from(opener.is_some());
    let has_unit_first = view.starts(start_at, &["час"]) && view.number(start_at + 1).is_some();
    let skip = usize::from(has_unit_first && opener.is_some());
    let (from, from_len) = value(view, start_at + skip)?;
    let middle = start_at + skip + from_len;
    let closers: &[&str] = if opener == Some(&"между") { &["и"] } else { &["до", "по"] };
    let (to_at, is_dashed) = if opener.is_some() && view.is(middle, closers) {
        (middle + 1, false)
    } else if is_between(view, start_at, middle) {
        (middle, true)
    } else {
        return None;
    };
    let (to, to_len) = value(view, to_at)?;
    let is_backwards = (from.hour, from.minute) >= (to.hour, to.minute) && to.hour >= 8;
    if (is_dashed && is_backwards) || is_unit(view, to_at + to_len) {
        return None;
    }
    let half = to.half.or(from.half);
    let from = Clock { half: from.half.or(half.filter(|half| *half != Half::Evening || from.hour < to.hour)), ..from };
    Some((Piece::Range(from, to), to_at + to_len))
}

/// A dash between hours, or a slash after an exact time.
fn is_between(view: &View<'_>, first_at: usize, second_at: usize) -> bool {
    let Some(gap) = view.token(second_at).map(|token| token.gap) else { return false };
    let is_exact = view.token(first_at + 1).is_some_and(|token| token.gap == Gap::COLON);
    (gap.has(Gap::DASH) && is_dash_range(view, second_at)) || (gap.has(Gap::SLASH) && is_exact)
}

/// «17-18»: two hours; «14-30» is a time, «555-12» nothing.
fn is_dash_range(view: &View<'_>, second_at: usize) -> bool {
    let Some(second) = view.token(second_at).filter(|token| token.is_digits() && token.text.len() <= 2) else {
        return false;
    };
    let has_minutes = view.token(second_at + 1).is_some_and(|token| {
        token.is_digits() && token.text.len() == 2 && token.gap.is_glued() && token.gap.has(Gap::COLON)
    });
    let looks_so = |value: u32| value == 0 || value >= 25;
    let is_minutes =
        !has_minutes && second.text.len() == 2 && second.number.is_some_and(|number| looks_so(number.value));
    let is_longer = view.token(second_at + 1).is_some_and(|token| token.is_digits() && token.gap.has(Gap::DASH));
    !is_minutes && !is_longer && !view.token(0).is_some_and(|token| token.gap.has(Gap::DASH) && token.gap.is_glued())
}

/// Which way a known time is moved.
const LATER: &[&str] = &["позже", "попозже", "позднее", "попозднее", "вперед", "дальше"];
const SOONER: &[&str] = &["раньше", "пораньше", "ранее"];

/// «на полчаса позже», «пораньше на час», «минут на 20 позже», «часом раньше», «на неделю вперёд»: a known time moved by a
/// length.
pub(super) fn shift(view: &View<'_>) -> Option<(Piece, usize)> {
    let way = |at: usize| match () {
        () if view.is(at, LATER) => 1,
        () if view.is(at, SOONER) => -1,
        () => 0,
    };
    let opens = way(0);
    if opens != 0 && view.is(1, &["на"]) {
        let (minutes, len) = lengths(view, 2)?;
        // «Попозже на час дня» is an hour of the day.
        let is_hour = view.is(2 + len, &["дня", "ночи", "утра", "вечера"]);
        return (!is_hour).then_some((Piece::Shift(opens * minutes), 2 + len));
    }
    let (minutes, len) = days_length(view).or_else(|| shift_length(view))?;
    let sign = way(len);
    (sign != 0).then_some((Piece::Shift(sign * minutes), len + 1))
}

/// «на неделю», «на два дня»: a length in days, as minutes, and how many tokens say it.
fn days_length(view: &View<'_>) -> Option<(i64, usize)> {
    const DAYS_MAX: u32 = 90;
    if !view.is(0, &["на"]) {
        return None;
    }
    let (count, len) = match view.number(1) {
        Some(number) => (number.value.min(DAYS_MAX), 1 + number.len),
        None if view.is(1, &["пару"]) => (2, 2),
        None => (1, 1),
    };
    let days = match view.token(len)? {
        unit if unit.starts_any(&["недел"]) => 7,
        unit if unit.is_any(&["день", "денек", "дня", "дней", "деньков", "сутки", "суток"]) => {
            1
        }
        _ => return None,
    };
    Some((i64::from(count) * days * MINUTES_A_DAY, len + 1))
}

/// «на полчаса», «минут на 20», «часом»: a length and how many tokens say it.
fn shift_length(view: &View<'_>) -> Option<(i64, usize)> {
    if view.is(0, &["на"]) {
        return lengths(view, 1).map(|(minutes, len)| (minutes, len + 1));
    }
    if view.is(0, &["часом", "часиком"]) {
        return Some((60, 1));
    }
    if view.is(0, &["получасом", "полчасом"]) {
        return Some((30, 1));
    }
    let unit = match () {
        () if view.starts(0, &["минут"]) => 1,
        () if view.is(0, &["часа", "часика", "часов"]) => 60,
        () => return None,
    };
    if !view.is(1, &["на"]) {
        return None;
    }
    if unit == 60 && view.is(2, &["полтора"]) {
        return Some((90, 3));
    }
    let number = view.number(2)?;
    Some((i64::from(number.value.min(2_880)) * unit, 2 + number.len))
}

/// A length, or two of which the first counts: «час-полтора», «на 15-20 минут».
fn lengths(view: &View<'_>, at: usize) -> Option<(i64, usize)> {
    let is_dashed = |at: usize| view.token(at).is_some_and(|token| token.gap.has(Gap::DASH));
    if let Some((minutes, len)) = length(view, at) {
        if !is_dashed(at + len) {
            return Some((minutes, len));
        }
        let second = length(view, at + len).map_or(usize::from(view.is(at + len, &["полтора"])), |(_, len)| len);
        return Some((minutes, len + second));
    }
    let first = view.number(at).filter(|number| is_dashed(at + number.len))?;
    let (minutes, len) = length(view, at + first.len)?;
    let second = view.number(at + first.len)?;
    Some((minutes / i64::from(second.value.max(1)) * i64::from(first.value.min(48)), first.len + len))
}

/// A length of time in minutes and its tokens.
fn length(view: &View<'_>, at: usize) -> Option<(i64, usize)> {
    if view.is(at, &["полчаса", "полчасика", "получаса", "пол"]) {
        return Some((30, 1 + usize::from(view.is(at, &["пол"]))));
    }
    if view.is(at, &["полтора"]) {
        return Some((90, 1 + usize::from(view.starts(at + 1, &["час"]))));
    }
    if view.is(at, &["час", "часик", "часок"]) {
        return Some((60, 1));
    }
    let is_pair = view.is(at, &["пару"]);
    let (value, len) = if is_pair { (2, 1) } else { view.number(at).map(|number| (number.value, number.len))? };
    let unit = view.token(at + len)?;
    let minutes = match () {
        () if unit.starts_any(&["час"]) => i64::from(value.min(48)) * 60,
        () if unit.starts_any(&["мин"]) => i64::from(value.min(2_880)),
        () => return None,
    };
    Some((minutes, len + 1))
}

/// «18:00», «15.00», «14-30», «в 14 30», «12 00».
pub(super) fn precise(view: &View<'_>) -> Option<(Piece, usize)> {
    let skip = lead_len(view);
    let (clock, len) = precise_value(view, skip)?;
    // «на 1.03», «на 10.10 в 14:00» are days: odd minutes, or another time right after.
    let has_time_after = view.is(skip + len, &["в", "к", "после", "до"]) && view.number(skip + len + 1).is_some();
    let is_day = super::calendar::dotted(&view.shifted(skip)).is_some();
    if is_day && (clock.minute % 5 != 0 || has_time_after) {
        return None;
    }
    finish(view, clock, skip + len)
}

fn precise_value(view: &View<'_>, at: usize) -> Option<(Clock, usize)> {
    let (first, second) = (view.token(at)?, view.token(at + 1)?);
    if !first.is_digits() || !second.is_digits() || first.text.len() > 2 || second.text.len() != 2 {
        return None;
    }
    let (hours, minutes) = (first.number?.value, second.number?.value);
    // «в 10-20»: nobody comes between ten and twenty o'clock.
    let is_far = minutes > hours + CHOICE_HOURS_MAX && minutes.is_multiple_of(5);
    let is_within = at > 0 && view.is(at - 1, &["с", "со", "от"]);
    // «завтра, 19-15»: the hours of a choice do not run backwards.
    let is_backwards = minutes < hours && minutes.is_multiple_of(5) && hours < 24;
    let is_clocked = at > 0 && (minutes < hours || is_far && !is_within) || view.follows_date && is_backwards;
    let is_dashed = second.gap.has(Gap::DASH) && (is_clocked || !is_dash_range(view, at + 1));
    let is_comma = at > 0 && second.gap == Gap::COMMA;
    let is_marked =
        second.gap.is_glued() && (second.gap.has(Gap::COLON) || second.gap.has(Gap::DOT) || is_dashed || is_comma);
    let is_led = at > 0
        || view.follows_date
        || view.is_asked
        || view.before(1).is_some_and(|token| token.is_any(&["в", "к", "на"]));
    // «к Роме 18 00»: two digits and two, with no other beside them.
    let is_alone = |token: Option<&Token>| token.is_none_or(|token| !token.is_digits());
    let is_round = at == 0 && first.text.len() == 2 && matches!(second.text.as_str(), "00" | "30");
    let is_led = is_led || is_round && is_alone(view.before(1)) && is_alone(view.token(2));
    let is_spaced = second.gap == Gap::SPACE && is_led && second.text.ends_with(['0', '5']);
    if !(is_marked || is_spaced) || is_unit(view, at + 2) {
        return None;
    }
    let hour = i8::try_from(first.number?.value).ok().filter(|hour| (0..=23).contains(hour))?;
    let minute = i8::try_from(second.number?.value).ok().filter(|minute| (0..=59).contains(minute))?;
    let has_seconds = view.token(at + 2).is_some_and(|third| {
        third.is_digits() && third.text.len() == 2 && third.gap.is_glued() && third.gap.has(Gap::COLON)
    });
    let len = 2 + usize::from(has_seconds);
    let has_unit = view.is(at + len, &["ч"]);
    // «07:00» is written by the clock of 24 hours.
    let half = (first.text.len() == 2 && first.text.starts_with('0') && hour > 0).then_some(Half::Morning);
    Some((Clock { hour, minute, half }, len + usize::from(has_unit)))
}

/// «в 6», «часов в пять», «к часу дня», «после шести», «до 12», «19 часов».
pub(super) fn hour(view: &View<'_>) -> Option<(Piece, usize)> {
    let skip = lead_len(view);
    if super::calendar::of_month(&view.shifted(skip)).is_some()
        || super::calendar::dotted(&view.shifted(skip)).is_some()
    {
        return None;
    }
    let (clock, len) = hour_value(view, skip)?;
    let is_named = view.starts(skip, &["час"]) || has_hour_word(view, skip, len);
    let is_led =
        skip > 0 || is_named || view.follows_date || is_answer(view, len) || is_put_right(view) || is_bubble(view, len);
    // «за 2 дня» is a length, «10.1» a decimal.
    let is_length = skip == 0 && view.before(1).is_some_and(|token| token.is("за"));
    if is_length || is_long(view, len + skip) || is_decimal(view, skip) {
        return None;
    }
    // «в двух машинах», «на 20-х дисках»
    let is_cased = view.is(skip, &["двух", "трех", "четырех", "пяти"]) || view.is(skip + len - 1, &["х"]);
    let is_of_things =
        |token: &Token| !token.gap.ends_clause() && (token.text.ends_with("ах") || token.text.ends_with("ях"));
    // «дастер на 16х»: of wheels
    let is_of_wheels =
        view.is(0, &["на"]) && view.token(skip + len).is_some_and(|token| token.is("х") && token.gap.is_glued());
    let is_in_so_many = is_of_wheels || is_cased && view.token(skip + len).is_some_and(is_of_things);
    let is_other =
        is_in_so_many || is_unit(view, skip + len) || is_counted(view, skip + len) || is_dashed_count(view, skip + len);
    if !is_led || (is_other && !is_named) {
        return None;
    }
    finish(view, clock, skip + len)
}

/// «пятница⏎Тимур⏎19⏎свободно?»: a line of its own after a day.
fn is_bubble(view: &View<'_>, len: usize) -> bool {
    let opens = view.token(0).is_some_and(|token| token.gap.has(Gap::NEWLINE));
    let closes = view.token(len).is_none_or(|next| next.gap.has(Gap::NEWLINE));
    opens && closes && view.tokens.iter().take(view.at).any(|token| token.roles.when)
}

/// «к 11… стоп, пусть 13», «ладно, тогда 18»: an hour in place of another.
fn is_put_right(view: &View<'_>) -> bool {
    const INSTEAD: &[&str] =
        &["пусть", "тогда", "нет", "лучше", "точнее", "вернее", "стоп", "ой", "стойте", "погодите", "постойте"];
    let has_hour = view.tokens.iter().take(view.at).any(|token| token.roles.when && token.number.is_some());
    let is_short = view.at < 4 && view.token(1).is_none();
    let is_let =
        view.before(1).is_some_and(|token| token.is("будет")) && view.before(2).is_some_and(|token| token.is("пусть"));
    // «вместо 17 поставить 20», «вместо 10 хочу 13»
    let is_set = has_hour
        && view.before(1).is_some_and(|token| token.starts_any(&["постав", "сдела", "хоч", "хоте", "надо", "нужно"]));
    // «не 19 а 20»
    let is_hour = |token: Option<&Token>| {
        token.is_some_and(|token| token.is_digits() && token.number.is_some_and(|it| (1..=24).contains(&it.value)))
    };
    let is_denied = view.before(1).is_some_and(|token| token.is("не")) && view.is(1, &["а"]) && is_hour(view.token(2));
    let is_exchanged = view.before(1).is_some_and(|token| token.is("а"))
        && is_hour(view.before(2))
        && view.before(3).is_some_and(|token| token.is("не"));
    is_set
        || view.is_asked && (is_denied || is_exchanged)
        || (is_let || view.before(1).is_some_and(|token| token.is_any(INSTEAD))) && (has_hour || is_short)
}

/// «на 10-15 минут», «на 5-10 человек»: of a count given as two the first is no hour either.
fn is_dashed_count(view: &View<'_>, at: usize) -> bool {
    view.token(at).is_some_and(|token| token.is_digits() && token.gap.has(Gap::DASH)) && is_unit(view, at + 1)
}

/// «закладывать часа два или больше?»: how long, not at what hour.
fn is_long(view: &View<'_>, len: usize) -> bool {
    view.is(0, &["часа"])
        && view.number(1).is_some()
        && !view.follows_date
        && (view.is(len, &["или", "и"]) && view.is(len + 1, &["больше", "меньше", "более", "все"])
            || view.before(1).is_some_and(|token| token.starts_any(LASTING)))
}

/// Verbs and words after which an hour is a length: «займёт часа два».
const LASTING: &[&str] =
    &["займет", "занимает", "заклад", "длит", "идет", "уйдет", "ехать", "ждать", "ждал", "минимум"];

/// «10.1», «36,6»: one figure right after a dot or a comma.
fn is_decimal(view: &View<'_>, at: usize) -> bool {
    view.token(at).is_some_and(Token::is_digits)
        && view.token(at + 1).is_some_and(|token| {
            token.is_digits()
                && token.text.len() == 1
                && token.gap.is_glued()
                && (token.gap.has(Gap::DOT) || token.gap.has(Gap::COMMA))
        })
}

/// Words around a bare hour that add nothing to it: «давайте 17», «19 норм».
const AROUND_HOUR: &[&str] = &[
    "а",
    "ну",
    "да",
    "ок",
    "давай",
    "давайте",
    "тогда",
    "лучше",
    "можно",
    "пусть",
    "хочу",
    "ладно",
    "хорошо",
    "только",
    "пожалуйста",
    "норм",
    "нормально",
    "удобно",
    "подходит",
    "подойдет",
    "пойдет",
    "устроит",
    "запишите",
    "есть",
    "сможете",
    "если",
    "будет",
    "самый",
    "раз",
    "го",
    "гоу",
    "погнали",
    "бери",
    "берем",
    "беру",
    "пиши",
    "пишите",
    "ставь",
    "ставьте",
    "нам",
    "мне",
    "вот",
];

/// Whether the whole answer to «когда?» is this number.
fn is_answer(view: &View<'_>, len: usize) -> bool {
    let around = view.tokens.iter().enumerate().filter(|(at, _)| !(view.at..view.at + len).contains(at));
    view.is_asked && around.into_iter().all(|(_, token)| token.is_any(AROUND_HOUR))
}

fn has_hour_word(view: &View<'_>, at: usize, len: usize) -> bool {
    half_after(view, at + len).0.is_some()
        || (at..at + len)
            .any(|offset| view.starts(offset, &["час"]) || view.is(offset, &["ч", "утра", "дня", "вечера", "ночи"]))
}

/// «на 25 сотрудников»: a plural right after makes the number a count.
fn is_counted(view: &View<'_>, at: usize) -> bool {
    view.token(at).is_some_and(|token| {
        let is_plural = ["ов", "ев", "ей", "ий", "ек", "ок", "ик"].iter().any(|ending| token.text.ends_with(ending));
        is_plural
            && !token.gap.ends_clause()
            && token.text.chars().count() > 3
            && !crate::names::is_known(&token.text)
            && !token.roles.service
    })
}

/// A time in any of the spellings, without a preposition, with «утра» or «вечера» after it.
fn value(view: &View<'_>, at: usize) -> Option<(Clock, usize)> {
    let (clock, len) =
        precise_value(view, at).or_else(|| super::fraction::value(view, at)).or_else(|| hour_value(view, at))?;
    let (half, half_len) = half_after(view, at + len);
    Some((Clock { half: clock.half.or(half), ..clock }, len + half_len))
}

fn hour_value(view: &View<'_>, at: usize) -> Option<(Clock, usize)> {
    let token = view.token(at)?;
    // «завтра к часу к вам», but «на час в пятницу» is a length.
    let is_towards = at > 0 && view.is(at - 1, &["к"]);
    if token.is_any(&["час", "часу", "часа", "часом"])
        && view.number(at + 1).is_none()
        && (is_towards || !view.is(at + 1, &["в", "к", "на"]))
    {
        let is_rate =
            at > 1 && view.starts(at - 2, RATES) || view.before(1).is_some_and(|token| token.starts_any(RATES));
        // «на час, чт 7 утра»: how long, where the hour is told with its half of the day.
        let is_length = at > 0 && view.is(at - 1, &["на"]) && has_told_hour(view);
        let is_near = at > 1 && view.is(at - 1, &["районе"]) && view.is(at - 2, &["в"]);
        let is_led = at > 0
            && (is_near || view.is(at - 1, &["в", "к", "после", "до", "на", "с", "от", "между", "и"]))
            && !is_rate
            && !is_length;
        // «Третий час ночи, а не спится» tells what time it is.
        let is_counted = |token: &Token| token.is_any(&["через", "второй", "третий", "четвертый", "пятый"]);
        // «Час ночи, а я всё про ноги думаю»
        let tells_time = view.at == 0 && at == 0 && view.is(1, &["ночи"]) && view.token(2).is_some();
        let is_of_day = view.is(at + 1, &["дня", "ночи"]) && !view.before(1).is_some_and(is_counted) && !tells_time;
        let is_led = is_led || is_of_day;
        let half = half_after(view, at + 1).0.or(Some(Half::Day));
        return is_led.then_some((Clock { hour: 1, minute: 0, half }, 1));
    }
    // «в одно время», «одна стрижка»: an hour is «час», never a bare «один».
    let is_one = token.starts_any(&["один", "одн"]) && !token.starts_any(&["одинн"]) && !view.starts(at + 1, &["час"]);
    // «с двумя н»: with two of something.
    let is_with = token.text.ends_with("мя") && at > 0 && view.is(at - 1, &["с", "со"]);
    if token.roles.service || is_one || is_with || (token.is_digits() && token.text.len() > 2) {
        return None;
    }
    let number = view.number(at).filter(|number| (1..=24).contains(&number.value))?;
    let is_fraction_of_month = number.kind == Kind::Ordinal;
    if is_fraction_of_month {
        return None;
    }
    let mut len = number.len + usize::from(has_case_ending(view, at, number));
    let hour = i8::try_from(number.value % 24).ok()?;
    let unit = usize::from(view.starts(at + len, &["час"]) || view.is(at + len, &["ч", "00"]));
    len += unit;
    let is_glued = unit == 1
        && view.token(at + len).is_some_and(|token| token.gap.is_glued() && token.is_digits() && token.text.len() == 2);
    let has_minute_word = |minutes: &Reading| unit == 1 && view.starts(at + len + minutes.len, &["мин"]);
    let minutes = view.number(at + len).filter(|minutes| {
        is_minutes(minutes.value, minutes.kind, number.kind)
            || (minutes.value < 60 && (is_glued || has_minute_word(minutes)))
    });
    // «в три часа с четвертью», «с половиной»
    if unit == 1 && view.is(at + len, &["с"]) {
        let minute = match () {
            () if view.is(at + len + 1, &["четвертью"]) => Some(15),
            () if view.is(at + len + 1, &["половиной"]) => Some(30),
            () => None,
        };
        if let Some(minute) = minute {
            return Some((Clock { hour, minute, half: None }, len + 2));
        }
    }
    if let Some((minute, taken)) = minutes_after_zero(view, at + len) {
        return Some((Clock { hour, minute, half: None }, len + taken));
    }
    let minute = minutes.and_then(|minutes| i8::try_from(minutes.value).ok()).unwrap_or(0);
    len += minutes.map_or(0, |minutes| minutes.len);
    len += usize::from(minutes.is_some() && view.starts(at + len, &["мин"]));
    Some((Clock { hour, minute, half: None }, len))
}

/// «7 утра», «8 вечера» somewhere in the message.
fn has_told_hour(view: &View<'_>) -> bool {
    view.tokens.windows(2).any(|pair| {
        pair[0].number.is_some() && pair[1].is_any(&["утра", "вечера", "дня", "ночи"]) && !pair[1].gap.ends_clause()
    })
}

/// «к 18-ти», «после 5ти»: the case ending that people write after digits.
fn has_case_ending(view: &View<'_>, at: usize, number: Reading) -> bool {
    number.kind == Kind::Digits
        && view.token(at + number.len).is_some_and(|token| {
            let is_dashed = token.gap.has(Gap::DASH) && token.is_any(&["и", "х", "м"]);
            // «около 4х», «к 4м»; «на 4х колёсах» counts.
            let is_led =
                at > 0 && view.is(at - 1, &["около", "к", "до", "после", "часов"]) && token.is_any(&["х", "м"]);
            token.gap.is_glued() && (is_dashed || is_led || token.is_any(&["ти", "ми"]))
        })
}

/// «ноль пять», «ноль-ноль» after an hour.
fn minutes_after_zero(view: &View<'_>, at: usize) -> Option<(i8, usize)> {
    let is_zero = |number: &Reading| number.value == 0 && number.kind == Kind::Cardinal;
    let zero = view.number(at).filter(is_zero)?;
    let units = view.number(at + zero.len).filter(|units| units.value <= 9 && units.kind == Kind::Cardinal)?;
    Some((i8::try_from(units.value).ok()?, zero.len + units.len))
}

/// «семь тридцать» in words; digits are read by [`precise`].
fn is_minutes(value: u32, kind: Kind, hour_kind: Kind) -> bool {
    kind == Kind::Cardinal && hour_kind == Kind::Cardinal && (10..=59).contains(&value)
}

fn is_unit(view: &View<'_>, at: usize) -> bool {
    view.token(at).is_some_and(|token| {
        let is_short = token.text.chars().count() <= 2;
        !token.gap.ends_clause()
            && !token.starts_any(&["годит", "рубен", "рубин"])
            && UNITS.iter().any(|unit| {
                if is_short { token.is(unit) } else { unit.chars().count() > 2 && token.text.starts_with(unit) }
            })
    })
}

/// «утра», «дня», «вечера», «ночи» after an hour.
pub(super) fn half_after(view: &View<'_>, at: usize) -> (Option<Half>, usize) {
    let half = view.token(at).filter(|token| !token.gap.ends_sentence()).and_then(|token| match token.text.as_str() {
        "утра" | "am" => Some(Half::Morning),
        "дня" | "днем" => Some(Half::Day),
        "вечера" | "pm" | "веч" => Some(Half::Evening),
        "ночи" => Some(Half::Night),
        _ => None,
    });
    (half, usize::from(half.is_some()))
}

/// Hours of one choice lie no further apart: «в 9 или 10 вечера», not «в 11 или в 7 вечера».
const CHOICE_HOURS_MAX: u32 = 3;

/// The half of the day that a neighbouring choice names: «в 6 или 7 вечера», «в 9 и в 10 утра».
fn shared_half(view: &View<'_>, clock: Clock, len: usize) -> Option<Half> {
    if !view.is(len, &["и", "или", "либо"]) {
        return None;
    }
    let at = len + 1 + usize::from(view.is(len + 1, &["в", "к"]));
    let (other, other_len) = hour_value(view, at)?;
    let is_near = u32::from(other.hour.abs_diff(clock.hour)) <= CHOICE_HOURS_MAX;
    half_after(view, at + other_len).0.filter(|_| is_near)
}

/// How many tokens of «в», «часов в», «не раньше», «где-то в» stand before the value.
pub(super) fn lead_len(view: &View<'_>) -> usize {
    const LEADS: &[&str] = &[
        "в",
        "во",
        "к",
        "ко",
        "на",
        "после",
        "до",
        "с",
        "от",
        "позже",
        "раньше",
        "около",
        "вместо",
        "at",
        "saat",
        "soat",
        "сағат",
        "саат",
    ];
    let hours = usize::from(view.starts(0, &["часов", "часам", "часик", "часа", "часу", "часов"]));
    let about = usize::from(view.is(hours, &["так", "где", "примерно", "около", "приблизительно"]));
    let denied = usize::from(
        view.is(hours + about, &["не"]) && view.starts(hours + about + 1, &["раньше", "ранее", "позже", "позднее"]),
    );
    let at = hours + about + denied;
    // «время семь», but «время два часа» is how long.
    let is_time_named = view.is(at, &["время"])
        && view.number(at + 1).is_some_and(|number| !view.starts(at + 1 + number.len, &["час", "мин"]));
    let first = usize::from(view.is(at, LEADS) || denied > 0 || is_time_named);
    let is_doubled = view.is(at + 1, &["районе", "пределах", "часов", "часам", "часикам", "часа", "часу", "около"]);
    let is_hour_named = view.is(at + 1, &["районе"]) && view.is(at + 2, &["часа"]);
    let second = usize::from(first > 0 && is_doubled && (is_hour_named || view.number(at + 2).is_some()));
    // «завтра около трёх», without «в».
    let is_near = hours == 0
        && about == 1
        && view.is(0, &["около"])
        && (view.number(1).is_some() || view.is(1, &["часа"]) && view.is(2, &["дня", "ночи"]));
    if first == 0 && hours == 0 { usize::from(is_near) } else { at + first + second }
}

/// Which bound the words before the value set.
fn bound(view: &View<'_>, skip_end: usize) -> Lead {
    let mut is_denied = false;
    for offset in 0..skip_end {
        let Some(token) = view.token(offset) else { break };
        match token.text.as_str() {
            "не" => is_denied = true,
            "после" => return Lead::After,
            "позже" | "позднее" => return if is_denied { Lead::Till } else { Lead::After },
            "раньше" | "ранее" => return if is_denied { Lead::After } else { Lead::Till },
            "до" => return Lead::Till,
            "с" | "от" => return Lead::From,
            _ => {}
        }
    }
    Lead::Onto
}

/// Adds the half of the day and turns a bound into its piece.
pub(super) fn finish(view: &View<'_>, clock: Clock, len: usize) -> Option<(Piece, usize)> {
    let (half, half_len) = half_after(view, len);
    let (half, half_len) = if half_len == 0 && view.is(len, &["часов", "часа", "ч"]) {
        let (half, more) = half_after(view, len + 1);
        (half, 1 + more)
    } else {
        (half, half_len)
    };
    let half = half.or_else(|| shared_half(view, clock, len));
    let clock = Clock { half: clock.half.or(half), ..clock };
    let len = len + half_len;
    let mut lead = bound(view, lead_len(view));
    if lead == Lead::Onto {
        lead = match view.token(len).filter(|token| !token.gap.ends_sentence()) {
            Some(token) if token.is_any(&["позже", "позднее"]) => Lead::After,
            _ => Lead::Onto,
        };
    }
    let piece = match lead {
        Lead::After => Piece::After(clock),
        Lead::From => Piece::After(clock),
        Lead::Till => Piece::Before(clock),
        _ => Piece::At(clock),
    };
    Some((piece, len))
}
