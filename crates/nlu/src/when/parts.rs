//! Rules that read parts of the day. Their bounds: the labelled set's conventions.

use jiff::civil::{Time, time};

use super::{Clock, Half, Piece, View, ahead, clock, period};
use crate::words::{Gap, Token};

/// The hour at which the night is over.
const NIGHT_ENDS: i8 = 6;

/// «до обеда», «после обеда», «в обед».
pub(super) fn lunch(view: &View<'_>) -> Option<(Piece, usize)> {
    let is_lunch = |offset| view.starts(offset, &["обед"]) && !view.starts(offset, &["обедн"]);
    if view.is(0, &["до"]) && is_lunch(1) {
        return Some((Piece::Before(Clock { hour: 13, minute: 0, half: Some(Half::Day) }), 2));
    }
    if view.is(0, &["после", "с"]) && is_lunch(1) {
        return Some((Piece::Part(time(13, 0, 0, 0), time(18, 0, 0, 0), Some(Half::Day)), 2));
    }
    if view.starts(0, &["послеобед"]) {
        return Some((Piece::Part(time(13, 0, 0, 0), time(18, 0, 0, 0), Some(Half::Day)), 1));
    }
    let skip = usize::from(view.is(0, &["в", "к", "на"]));
    // «в обеденный перерыв уложусь?» asks how long it takes.
    if view.is(skip, &["обеденный"]) && (1..=2).any(|after| view.starts(skip + after, &["улож", "успе"]))
    {
        return None;
    }
    is_lunch(skip).then(|| (Piece::Part(time(12, 0, 0, 0), time(14, 0, 0, 0), Some(Half::Day)), skip + 1))
}

/// «в первой половине дня», «вторая половина».
pub(super) fn half_of_day(view: &View<'_>) -> Option<(Piece, usize)> {
    let first = view.starts(0, &["перв"]);
    if !(first || view.starts(0, &["втор"])) || !view.starts(1, &["половин", "полов"]) {
        return None;
    }
    let is_of_day = view.is(2, &["дня"]);
    if !is_of_day && (view.starts(2, &["недел", "месяц"]) || super::day::month_at_offset(view, 2).is_some()) {
        return None;
    }
    let len = 2 + usize::from(is_of_day);
    let (from, to) = if first { (8, 13) } else { (12, 22) };
    let half = if first { Half::Morning } else { Half::Day };
    Some((Piece::Part(time(from, 0, 0, 0), time(to, 0, 0, 0), Some(half)), len))
}

/// «кроме утра», «кроме вечера»: the rest of the day on the side where most of it lies.
pub(super) fn except(view: &View<'_>) -> Option<(Piece, usize)> {
    if !view.is(0, &["кроме"]) {
        return None;
    }
    let bound = |hour| Clock { hour, minute: 0, half: Some(Half::Day) };
    match () {
        () if view.starts(1, &["утр"]) => Some((Piece::After(bound(12)), 2)),
        () if view.starts(1, &["вечер"]) && !view.starts(1, &["вечерин"]) => {
            Some((Piece::Before(bound(17)), 2))
        }
        () => None,
    }
}

/// «в конце дня», «к концу рабочего дня».
pub(super) fn end_of_day(view: &View<'_>) -> Option<(Piece, usize)> {
    let skip = usize::from(view.is(0, &["в", "к", "под"]));
    let day_at = skip + 1 + usize::from(view.is(skip + 1, &["рабочего"]));
    let is_said = view.is(skip, &["конце", "концу", "конец"]) && view.is(day_at, &["дня"]);
    is_said.then(|| (Piece::Part(time(17, 0, 0, 0), time(22, 0, 0, 0), Some(Half::Evening)), day_at + 1))
}

/// Put right, «воскресный» is «воскресенье»: it counts as it was typed.
fn is_of_day(token: &Token) -> bool {
    let typed = token.typed.to_lowercase();
    OF_DAYS.iter().any(|beginning| typed.starts_with(beginning))
}

/// «На воскресный день» is all of it.
const OF_DAYS: &[&str] = &["сегодняшн", "завтрашн", "послезавтрашн", "понедельничн", "пятничн", "субботн", "воскресн"];

/// «утром», «с утра», «вечерком», «ближе к вечеру», «после работы».
pub(super) fn part(view: &View<'_>) -> Option<(Piece, usize)> {
    // «с работы не отпускают» is no time.
    let is_let_go =
        view.before(1).is_some_and(|token| token.starts_any(&["отпус", "отпрос", "уйд", "уйт", "ушл", "уволи"]));
    // «с работы не отпускают», the verb behind it.
    let is_kept =
        view.is(2, &["не"]) && view.starts(3, &["отпус", "отпро", "вырв"]) || view.starts(2, &["отпус", "отпро"]);
    if view.is(0, &["после", "с"]) && view.is(1, &["работы", "смены", "учебы"]) && !is_let_go && !is_kept
    {
        return Some((Piece::Part(time(17, 0, 0, 0), time(22, 0, 0, 0), Some(Half::Evening)), 2));
    }
    if view.is(0, &["до", "перед"]) && view.is(1, &["работы", "работой", "сменой", "учебой"])
    {
        return Some((Piece::Part(time(8, 0, 0, 0), time(10, 0, 0, 0), Some(Half::Morning)), 2));
    }
    let skip = usize::from(view.is(0, &["с", "со", "на", "по", "под", "к"]));
    let token = view.token(skip)?;
    let is_greeting = view.before(1).is_some_and(|before| {
        before.starts_any(&["добр", "хорош", "прият", "прекрасн", "чудесн", "good"]) && !before.is("хорошо")
    });
    let after = view.token(skip + 1);
    // «вечера доброго!», «девушки вечер добрый», wherever it stands
    let is_wished = token.is_any(&["вечера", "утра", "дня"]) && after.is_some_and(|after| after.is("доброго"))
        || token.is_any(&["вечер", "утро", "день"])
            && skip == 0
            && after.is_some_and(|after| after.is_any(&["добрый", "доброе"]));
    let is_greeting_after = after.is_some_and(|after| after.starts_any(&["добр"])) && view.at == 0 || is_wished;
    // «весь вечер дёргает»: how long, and not when.
    let is_length = view.before(1).is_some_and(|before| before.is_any(&["весь", "все", "всю", "целый", "целое"]));
    // «чай с утра разрешается?»
    const MEALS: &[&str] = &["чай", "кофе", "завтрак", "поесть", "кушать", "воду", "пить"];
    // «вечерний макияж», «дневной мейк»: a kind of it, and no hour.
    let is_kind = view.starts(skip, &["вечерн", "дневн"])
        && view.starts(skip + 1, &["макияж", "мейк", "прическ", "уклад", "образ", "плать"])
        || view.starts(skip, &["вечеринк"]);
    // «вечером когда закрываетесь»
    let asks_hours =
        view.is(skip + 1, &["когда", "до", "во"]) && (2..=4).any(|after| view.starts(skip + after, &["закр", "откр"]));
    let is_led = view.before(1).is_some_and(|before| before.is_any(&["с", "по"]));
    let is_meal = view.before(1 + usize::from(is_led)).is_some_and(|before| before.is_any(MEALS));
    if is_greeting || is_greeting_after || is_length || is_meal || is_kind || asks_hours || is_bare_greeting(view) {
        return None;
    }
    let (from, to, half) = if token.starts_any(&["утр", "утречк", "утрец", "поутру", "спозаранк", "ранья"])
        || token.is_any(&["morning", "ertalab"])
    {
        (8, 12, Half::Morning)
    } else if token.is_any(&["днем", "деньком", "дневное", "дневной"])
        || (token.is("день")
            && (skip == 0 || view.is(0, &["на"]))
            && !view.before(1).is_some_and(is_of_day)
            && view.follows_date
            && !is_named_day(view, skip + 1))
        || token.is("afternoon")
    {
        (12, 17, Half::Day)
    } else if token.starts_any(&["вечер", "вечерк"])
        || token.is_any(&["веч", "evening", "kechqurun", "oqshom", "akşam", "aksam"])
    {
        (17, 22, Half::Evening)
    } else {
        return None;
    };
    Some((Piece::Part(time(from, 0, 0, 0), time(to, 0, 0, 0), Some(half)), skip + 1))
}

/// «сегодня ночью», «этой ночью»: the night that is, or the coming one; not of what happened in it («не спала»).
/// «Можно ночью?», «запишите на ночь»: any night, where a visit is meant.
pub(super) fn night(view: &View<'_>) -> Option<(Piece, usize)> {
    let is_near = view.is(0, &["сегодня", "этой"]) && view.is(1, &["ночью"]);
    let is_any = view.is(0, &["ночью"]) || view.is(0, &["ночь"]) && view.before(1).is_some_and(|token| token.is("на"));
    if is_near && !period::tells_of_past(view) {
        let is_night = view.now.hour() < NIGHT_ENDS;
        let day = if is_night { view.today() } else { view.today().tomorrow().ok()? };
        return Some((Piece::Span(day.at(0, 0, 0, 0), day.at(NIGHT_ENDS, 0, 0, 0)), 2));
    }
    let bounds = (Time::midnight(), time(NIGHT_ENDS, 0, 0, 0));
    let is_meant = is_any && ahead::is_of_visit(view) && !period::tells_of_past(view);
    is_meant.then_some((Piece::Part(bounds.0, bounds.1, Some(Half::Night)), 1))
}

/// «завтра день рождения», «в субботу день города»: what day it is, not its middle.
fn is_named_day(view: &View<'_>, at: usize) -> bool {
    view.starts(at, &["рожд", "город", "открыт", "свят", "знан", "учител", "матер", "побед", "отца"])
}

/// «Вечер! Можно к вам …»: a greeting without «добрый».
fn is_bare_greeting(view: &View<'_>) -> bool {
    // «Вечер, побриться в пятницу можно?»: another time is named in the message.
    let is_followed = || (2..view.tokens.len()).any(|at| super::day::weekday_at(view, at).is_some());
    let is_called = view.token(1).is_some_and(|token| {
        token.gap.has(Gap::EXCLAIM) || token.gap.has(Gap::NEWLINE) || token.gap.has(Gap::COMMA) && is_followed()
    });
    let is_slang = view.is(1, &["в"]) && view.starts(2, &["хат"]);
    view.at == 0 && view.is(0, &["вечер", "утро", "день", "вечерок", "вечерочек", "утречко"]) && (is_called || is_slang)
}

/// «в полдень», «в полночь», «к открытию», «сразу как откроетесь». «Как откроетесь» without a day is when to ring, not
/// when to come.
pub(super) fn named(view: &View<'_>) -> Option<(Piece, usize)> {
    let skip = clock::lead_len(view);
    if view.starts(skip, &["полноч", "полуноч"]) && (skip > 0 || view.follows_date || view.tokens.len() == 1)
    {
        return clock::finish(view, Clock { hour: 0, minute: 0, half: Some(Half::Night) }, skip + 1);
    }
    // «полдня или дольше» is a length.
    let is_noon =
        view.starts(skip, &["полдень", "полудн"]) || view.is(0, &["до", "после", "к"]) && view.is(skip, &["полдня"]);
    if is_noon || view.is(skip, &["noon", "midday"]) {
        return clock::finish(view, Clock { hour: 12, minute: 0, half: Some(Half::Day) }, skip + 1);
    }
    let after = usize::from(view.is(0, &["сразу", "прямо", "первой", "первым", "первыми"]));
    if let Some(len) = opening_of_work(view) {
        return Some((Piece::Part(time(8, 0, 0, 0), time(12, 0, 0, 0), Some(Half::Morning)), len));
    }
    // «с самого открытия»
    let stressed = usize::from(view.is(after, &["к", "с"]) && view.starts(after + 1, &["самому", "самого"]));
    let after = after + stressed;
    let is_opening = view.is(after - stressed, &["к", "с"]) && view.starts(after + 1, &["открыт"])
        || after == 1 && view.starts(1, &["открыт"])
        || (after == 1 || view.follows_date) && view.is(after, &["как"]) && view.starts(after + 1, &["откро"]);
    let is_right_then = view.before(1).is_some_and(|token| token.is_any(&["прям", "прямо", "сразу"]));
    let doors = opening_of_doors(view).filter(|_| view.follows_date || is_right_then);
    let len = is_opening.then_some(2 + after).or(doors)?;
    Some((Piece::Part(time(8, 0, 0, 0), time(12, 0, 0, 0), Some(Half::Morning)), len))
}

/// «как только откроетесь», «прям как двери откроете»: how many tokens say it.
fn opening_of_doors(view: &View<'_>) -> Option<usize> {
    let only = usize::from(view.is(1, &["только"]));
    let doors = usize::from(view.is(1 + only, &["двери", "вы"]));
    let at = 1 + only + doors;
    (view.is(0, &["как"]) && only + doors > 0 && view.starts(at, &["откро", "откры"])).then_some(at + 1)
}

/// «к началу приёма», «к самому началу», «с началом смены»: how many tokens say it.
fn opening_of_work(view: &View<'_>) -> Option<usize> {
    let at = 1 + usize::from(view.is(1, &["самому", "самого", "самым"]));
    let is_led = view.is(0, &["к", "с"]) && view.is(at, &["началу", "начала", "началом"]);
    let is_work = view.starts(at + 1, &["прием", "рабоч", "смен", "дня"]);
    let len = at + 1 + usize::from(is_work) + usize::from(is_work && view.starts(at + 1, &["рабоч"]));
    (is_led && (is_work || at == 2)).then_some(len)
}
