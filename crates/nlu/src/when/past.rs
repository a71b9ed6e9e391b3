//! Rules that read what is over: «вчера», «два часа назад», «на прошлой неделе».

use super::{Piece, View, ahead, day};

/// Said of the past; read so that nothing of it is taken for a wish.
pub(super) fn past(view: &View<'_>) -> Option<(Piece, usize)> {
    let len =
        near(view).or_else(|| still(view)).or_else(|| waited(view)).or_else(|| ago(view)).or_else(|| last(view))?;
    Some((Piece::Past, len))
}

/// «вчера», «позавчера», «вчерашний».
fn near(view: &View<'_>) -> Option<usize> {
    view.starts(0, &["вчера", "позавчера", "позапозавчера"]).then_some(1)
}

/// «вырвали ещё весной», «выдернули летом»: after a verb of the past, or behind «ещё».
fn still(view: &View<'_>) -> Option<usize> {
    let is_told = view.before(1).is_some_and(crate::words::is_past_verb);
    let skip = usize::from(view.is(0, &["еще"]));
    ((is_told || skip > 0) && view.is(skip, &["весной", "летом", "осенью", "зимой"])).then_some(1 + skip)
}

/// «ждал два часа», «просидела почти полтора часа»: how long it took, and no hour.
fn waited(view: &View<'_>) -> Option<usize> {
    const WAITS: &[&str] =
        &["жда", "прожда", "подожда", "сиде", "просиде", "отсиде", "стоя", "простоя", "торча", "протор"];
    let is_told = view.before(1).is_some_and(|verb| verb.starts_any(WAITS) && crate::words::is_past_verb(verb));
    let about = usize::from(view.is(0, &["около", "примерно", "почти", "целых", "больше", "минимум"]));
    ahead::lengths(view, about).filter(|_| is_told).map(|length| about + length.len)
}

/// «2 часа назад», «неделю тому назад».
fn ago(view: &View<'_>) -> Option<usize> {
    let about = usize::from(view.is(0, &["около", "примерно"]));
    let length = ahead::lengths(view, about)?;
    let end = about + length.len;
    let said = usize::from(view.is(end, &["тому"]));
    view.is(end + said, &["назад"]).then_some(end + said + 1)
}

/// «на прошлой неделе», «в прошлый вторник», «прошлой ночью», «последние 2 дня».
fn last(view: &View<'_>) -> Option<usize> {
    const PERIODS: &[&str] =
        &["недел", "месяц", "год", "ноч", "вечер", "утр", "раз", "лет", "выходн", "квартал", "зим", "весн", "осен"];
    if !view.starts(0, &["прошл", "позапрошл", "последн", "предыдущ", "минувш"]) {
        return None;
    }
    if view.starts(0, &["последн"]) {
        view.number(1)?;
        return ahead::lengths(view, 1).map(|length| 1 + length.len);
    }
    let is_period = view.starts(1, PERIODS) || day::weekday_at(view, 1).is_some();
    is_period.then_some(2).or_else(|| ahead::lengths(view, 1).map(|length| 1 + length.len))
}
