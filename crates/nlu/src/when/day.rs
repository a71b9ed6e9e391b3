//! Rules that read dates: words, weekdays, days of a month, weeks. Source: the labelled set's conventions.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

use super::{Piece, View, calendar::date_in, period};

const WEEKDAYS: &[(&[&str], &[&str], Weekday)] = &[
    (&["понедельн"], &["пн", "пон", "пнд", "понед", "monday", "mon"], Weekday::Monday),
    (&["вторн"], &["вт", "втр", "втор", "tuesday", "tue"], Weekday::Tuesday),
    (
        &[],
        &["ср", "среда", "среду", "срду", "среу", "среды", "среде", "средам", "средой", "срд", "wednesday"],
        Weekday::Wednesday,
    ),
    (
        &["четверг", "четверж"],
        &["чт", "чтв", "четв", "четверг", "четверк", "чертверг", "thursday", "thu"],
        Weekday::Thursday,
    ),
    (&["пятниц", "пятнич"], &["пт", "птн", "пятн", "friday", "fri"], Weekday::Friday),
    (&["суббот", "субот"], &["сб", "суб", "субб", "saturday"], Weekday::Saturday),
    (&["воскрес"], &["вс", "воскр", "вск", "вскр", "воскресный", "sunday"], Weekday::Sunday),
];

/// Beginnings and whole words of the months; short beginnings would catch other words («декрет»).
const MONTHS: &[(&str, &[&str])] = &[
    ("январ", &["янв"]),
    ("феврал", &["фев", "февр"]),
    ("март", &["мар"]),
    ("апрел", &["апр"]),
    ("майск", &["май", "мая", "мае", "маю", "маем"]),
    ("июн", &[]),
    ("июл", &[]),
    ("август", &["авг"]),
    ("сентябр", &["сен", "сент"]),
    ("октябр", &["окт"]),
    ("ноябр", &["ноя", "нояб"]),
    ("декабр", &["дек"]),
];

pub(super) const NEXT: &[&str] = &["следующ", "след", "будущ", "грядущ"];

const THIS: &[&str] = &["эту", "этот", "это", "эта", "этой", "этих", "эти", "ближайш", "текущ", "данн"];

/// Tomorrow in English, Turkish, Uzbek, Kazakh, Kyrgyz, Tajik, Armenian and Georgian.
const FOREIGN_TOMORROW: &[&str] = &["tomorrow", "yarın", "yarin", "ertaga", "ертең", "эртең", "пагоҳ", "վաղը", "ხვალ"];
/// Today in the same languages.
const FOREIGN_TODAY: &[&str] = &["today", "bugün", "bugun", "бүгін", "бүгүн", "имрӯз", "այսօր", "დღეს"];

/// «сегодня», «завтра», «послезавтра».
pub(super) fn near_day(view: &View<'_>) -> Option<(Piece, usize)> {
    let token = view.token(0)?;
    let (days, len) = if token.is("после") && view.is(1, &["завтра"]) {
        (2, 2)
    } else if token.starts_any(NEXT) && view.is(1, &["день"]) {
        (1, 2)
    } else if token.is("этим") && view.is(1, &["утром", "днем", "вечером"]) {
        (0, 1)
    } else if token.starts_any(&["послепослезавтр"]) {
        (3, 1)
    } else if token.starts_any(&["послезавтр", "послезавтраш"]) {
        (2, 1)
    } else if token.is_any(FOREIGN_TOMORROW)
        || token.starts_any(&["завтра", "завтро", "завтре", "завтрашн", "назавтра"]) && !token.starts_any(&["завтрак"])
    {
        (1, 1)
    } else if token.starts_any(&["сегодн", "седня", "седн", "сеодня"]) && !is_likeness(view)
        || token.is("нынче") && view.is(1, &["вечером", "утром", "днем", "ночью", "вечерком", "в", "к", "после", "до"])
        || token.is_any(FOREIGN_TODAY)
        || token.is_any(&["щас", "сейчас"]) && view.is(1, &["же"])
    {
        (0, 1)
    } else {
        return None;
    };
    let len = len + usize::from(view.is(len, &["днем"]) && token.starts_any(&["завтрашн"]));
    Some((Piece::Day(view.today().checked_add(i64::from(days).days()).ok()?), len))
}

/// «опять на локоны, как сегодня, в 16:30»: between commas it tells what like, not when.
fn is_likeness(view: &View<'_>) -> bool {
    let is_led = view.before(1).is_some_and(|token| token.is("как") && token.gap.ends_clause());
    is_led && view.token(1).is_some_and(|token| token.gap.ends_clause())
}

/// «в среду», «в следующую среду», «по субботам», «пн».
pub(super) fn weekday(view: &View<'_>) -> Option<(Piece, usize)> {
    let is_next = view.starts(0, NEXT);
    let is_this = view.is(0, THIS) || view.starts(0, &["ближайш"]);
    let skip = usize::from(is_next || is_this);
    let said = weekday_at(view, skip);
    let weekday = said.or_else(|| named_before(view, is_next, skip))?;
    let coming = coming(view.today(), weekday);
    let day = if is_next { next_of(view, coming) } else { coming };
    Some((Piece::Day(day), skip + usize::from(said.is_some())))
}

/// «не в эту среду, а в следующую»: the day said right before, where nothing follows.
fn named_before(view: &View<'_>, is_next: bool, skip: usize) -> Option<Weekday> {
    const NEAR_TOKENS: usize = 6;
    let closes = |next: &crate::words::Token| {
        next.gap.ends_clause() || next.is_any(&["давайте", "давай", "можно", "лучше", "пожалуйста"])
    };
    let is_last = view.token(skip).is_none_or(closes);
    let earlier = (1..=NEAR_TOKENS).take_while(|distance| *distance <= view.at);
    let named = || earlier.filter_map(|distance| weekday_at(&View { at: view.at - distance, ..*view }, 0)).next();
    (is_next && is_last).then(named)?
}

/// «на следующей неделе» is Monday to Sunday; «на этой» is from today on, «эта неделя» by its name is the whole of it.
pub(super) fn week(view: &View<'_>) -> Option<(Piece, usize)> {
    if view.is(0, &["на"]) && view.is(1, &["неделе"]) {
        return Some((Piece::Days(view.today(), in_week_of(view.today(), Weekday::Sunday)), 2));
    }
    if !view.starts(1, &["недел"]) {
        return None;
    }
    let today = view.today();
    let monday = in_week_of(today, Weekday::Monday);
    if view.starts(0, NEXT) {
        let start = monday.checked_add(7.days()).ok()?;
        return Some((Piece::Days(start, start.checked_add(6.days()).ok()?), 2));
    }
    let from = if view.is(0, &["эта"]) { monday } else { today };
    (view.is(0, THIS) || view.starts(0, &["ближайш"]))
        .then_some((Piece::Days(from, in_week_of(today, Weekday::Sunday)), 2))
}

/// «на выходных»: the coming Saturday and Sunday; said on one of them those of the next week, but «эти выходные» are
/// still these on a Saturday.
pub(super) fn weekend(view: &View<'_>) -> Option<(Piece, usize)> {
    let is_next = view.starts(0, NEXT);
    let skip = usize::from(is_next || view.is(0, THIS) || view.starts(0, &["ближайш"]));
    let token = view.token(skip)?;
    if !token.starts_any(&["выходн", "выхи", "выхах", "выхам", "уикенд", "викенд"]) || view.is(skip + 1, &["день"])
        // «точно, выходной же»
        || token.is("выходной") && skip == 0 && !view.before(1).is_some_and(|before| before.is_any(&["в", "на"]))
        // «вы без выходных?»
        || view.before(1).is_some_and(|before| before.is("без"))
        // «выходные у вас бывают?»
        || (1..=3).any(|after| view.starts(skip + after, &["быва"]))
        // «какие у вас выходные?»
        || (1..=3).any(|back| view.before(back).is_some_and(|word| word.is_any(&["какие", "каковы"])))
        // «выходной у вас когда?»
        || token.is("выходной") && view.tokens.iter().any(|word| word.is_any(&["когда", "какой"]))
    {
        return None;
    }
    let today = view.today();
    let is_these = view.is(0, THIS) || view.starts(0, &["ближайш"]);
    let saturday =
        if today.weekday() == Weekday::Saturday && is_these { today } else { coming(today, Weekday::Saturday) };
    let saturday = if is_next { next_of(view, saturday) } else { saturday };
    // «в следующий выходной»: one day, the first; «в выходной» is any.
    if token.is("выходной") && (is_next || view.starts(0, &["ближайш"])) {
        let first = if saturday == today { today.tomorrow().ok()? } else { saturday };
        return Some((Piece::Day(first), skip + 1));
    }
    Some((Piece::Days(saturday, saturday.checked_add(1.day()).ok()?), skip + 1))
}

/// «в начале декабря», «в конце месяца», «в декабре».
pub(super) fn part_of_month(view: &View<'_>) -> Option<(Piece, usize)> {
    // «пролечила ещё в мае», «в июне вы мне меняли стойку»
    if view.before(1).is_some_and(|token| token.is("в")) && period::tells_of_past(view) && !period::is_wished(view) {
        return None;
    }
    let part = period::portion(view);
    let at = part.map_or(0, |(_, len)| len);
    let is_next = view.starts(at, NEXT);
    let month_at = at + usize::from(is_next || (part.is_some() && view.is(at, &["этого"])));
    let is_unnamed = view.starts(month_at, &["месяц"]) && (part.is_some() || is_next);
    let (first, len) = if is_unnamed {
        let this = view.today().first_of_month();
        (if is_next { this.checked_add(1.month()).ok()? } else { this }, month_at + 1)
    } else {
        let month = month_at_offset(view, month_at)?;
        // «с октября»: from its first day on.
        if part.is_none() && view.before(1).is_some_and(|token| token.is_any(&["с", "со"])) {
            return Some((Piece::Day(next_month(view.today(), month)?.max(view.today())), month_at + 1));
        }
        let is_led = part.is_some() || view.before(1).is_some_and(|token| token.is_any(&["в", "на"]));
        if !is_led && view.tokens.len() > 1 {
            return None;
        }
        (next_month(view.today(), month)?, month_at + 1)
    };
    let (from, to) = part.map_or((1, 31), |(portion, _)| portion.of_month);
    let within = |first: Date| {
        let start = date_in(first.year(), first.month(), from)?;
        Some((start, date_in(first.year(), first.month(), to.min(first.days_in_month()))?))
    };
    let (start, end) = within(first)?;
    // «в начале месяца», said at its end, is of the next one; «в начале ноября» is in a year.
    let step = if is_unnamed { 1.month() } else { 1.year() };
    let (start, end) = if end < view.today() { within(first.checked_add(step).ok()?)? } else { (start, end) };
    Some((Piece::Days(start, end), len))
}

/// «в последний день ноября», «последнего числа месяца».
pub(super) fn last_of_month(view: &View<'_>) -> Option<(Piece, usize)> {
    let is_last = view.starts(0, &["последн"]) && view.is(1, &["день", "дня", "число", "числа"]);
    let first = if view.starts(2, &["месяц"]) {
        view.today().first_of_month()
    } else {
        next_month(view.today(), month_at_offset(view, 2)?)?
    };
    is_last.then_some((Piece::Day(first.last_of_month()), 3))
}

/// «перед новым годом», «под новый год»: the last two days of the year; «до нового года» any day till then.
pub(super) fn before_new_year(view: &View<'_>) -> Option<(Piece, usize)> {
    let is_said = view.is(0, &["перед", "до", "под"]) && view.starts(1, &["нов"]) && view.starts(2, &["год"]);
    let year = view.today().year();
    let first = if view.is(0, &["до"]) { view.today() } else { date_in(year, 12, 30)? };
    is_said.then_some((Piece::Days(first, date_in(year, 12, 31)?), 3))
}

/// The next such weekday, strictly after today.
fn coming(today: Date, weekday: Weekday) -> Date {
    today.nth_weekday(1, weekday).unwrap_or(today)
}

/// The day of this name in the calendar week (from Monday) of a date.
pub(super) fn in_week_of(day: Date, weekday: Weekday) -> Date {
    let offset = i64::from(weekday.to_monday_zero_offset()) - i64::from(day.weekday().to_monday_zero_offset());
    day.checked_add(offset.days()).unwrap_or(day)
}

/// Moves a coming day on by a week unless it already lies in the next calendar week.
///
/// On a Sunday «следующий» is of the week that begins, unless the same message calls a day of that week «этот».
fn next_of(view: &View<'_>, coming: Date) -> Date {
    let today = view.today();
    let is_this_week = coming <= in_week_of(today, Weekday::Sunday);
    let has_this = || view.tokens.iter().any(|token| token.is_any(&["эту", "этот", "этой", "эта", "это"]));
    let moves = is_this_week || today.weekday() == Weekday::Sunday && has_this();
    if moves { coming.checked_add(7.days()).unwrap_or(coming) } else { coming }
}

pub(super) fn weekday_at(view: &View<'_>, offset: usize) -> Option<Weekday> {
    let token = view.token(offset)?;
    // «пон» alone has understood.
    if token.is("пон") && view.tokens.len() == 1 {
        return None;
    }
    // «полис от ВСК» is an insurer.
    let is_insured = || view.before(1).is_some_and(|before| before.is("от") || before.starts_any(&["полис", "дмс"]));
    if token.is("вск") && is_insured() {
        return None;
    }
    WEEKDAYS
        .iter()
        .find(|(beginnings, words, _)| token.starts_any(beginnings) || token.is_any(words))
        .map(|(.., weekday)| *weekday)
}

pub(super) fn month_at_offset(view: &View<'_>, offset: usize) -> Option<i8> {
    let token = view.token(offset).filter(|token| token.gap.is_glued() || !token.gap.ends_sentence())?;
    let at = MONTHS.iter().position(|(beginning, words)| token.text.starts_with(beginning) || token.is_any(words))?;
    i8::try_from(at + 1).ok()
}

pub(super) fn next_month(today: Date, month: i8) -> Option<Date> {
    let year = if month < today.month() { today.year() + 1 } else { today.year() };
    date_in(year, month, 1)
}
