//! Dates and times: a table of rules reads pieces, then the pieces are put together.
//!
//! A piece is one thing said («в среду», «после шести», «утром»); [`window`] decides which of them
//! is the wanted time, which the old one, and which belongs to something else.

mod ahead;
mod beside;
mod calendar;
mod choice;
mod clauses;
mod clock;
mod day;
mod eve;
mod fraction;
mod loose;
mod narrow;
mod nth;
mod parts;
mod past;
mod period;
mod shift;
mod until;
mod window;

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Time, Weekday};

use crate::words::{Gap, Token, Words};

pub(crate) use clauses::is_correction;
pub(crate) use window::{close, leads_on, settle};

/// A length in days is kept in minutes like any other.
const MINUTES_A_DAY: i64 = 24 * 60;

/// A time of day as said, before its half of the day is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    pub hour: i8,
    pub minute: i8,
    pub half: Option<Half>,
}

/// «утра», «дня», «вечера», «ночи» beside an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    Morning,
    Day,
    Evening,
    Night,
}

/// A day and, where it is said, the hour of it.
pub(crate) type Moment = (Date, Option<Clock>);

/// One thing said about a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Day(Date),
    Days(Date, Date),
    At(Clock),
    After(Clock),
    Before(Clock),
    Range(Clock, Clock),
    /// «утром»: its usual bounds and the half it speaks of.
    Part(Time, Time, Option<Half>),
    /// «через час»: an instant counted from now.
    Instant(DateTime),
    /// «в ближайшие два часа»: from one moment to another.
    Span(DateTime, DateTime),
    /// «с 18:00 пятницы до 12:00 воскресенья»: from one moment to another of two named days.
    Stretch(Moment, Moment),
    /// «за день до этого»: so many days before the date named earlier.
    Earlier(i32),
    /// «вчера», «неделю назад»: over, and never wished for.
    Past,
    /// «на полчаса»: a length, meaningful beside «позже» or «раньше».
    Shift(i64),
}

impl Piece {
    pub fn is_date(&self) -> bool {
        matches!(self, Self::Day(_) | Self::Days(..))
    }

    pub fn is_time(&self) -> bool {
        !self.is_date() && !matches!(self, Self::Shift(_) | Self::Past | Self::Earlier(_))
    }
}

/// The small word before a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lead {
    None,
    From,
    Till,
    After,
    Onto,
    Instead,
}

/// A piece and the tokens it stands on, with its preposition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    pub piece: Piece,
    pub lead: Lead,
    pub start: usize,
    pub end: usize,
    /// «не в 17, а в 15»: said to be wrong.
    pub is_denied: bool,
}

/// What a rule sees: the tokens, where it stands, and today.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub tokens: &'a [Token],
    pub at: usize,
    pub now: DateTime,
    /// The piece right before is a date: «вт 19».
    pub follows_date: bool,
    /// We asked when; a bare number is an hour.
    pub is_asked: bool,
}

impl<'a> View<'a> {
    /// The same view some tokens further on.
    pub fn shifted(&self, by: usize) -> Self {
        View { at: self.at + by, ..*self }
    }

    pub fn token(&self, offset: usize) -> Option<&'a Token> {
        self.tokens.get(self.at + offset).filter(|token| !token.roles.phone)
    }

    pub fn before(&self, distance: usize) -> Option<&'a Token> {
        self.at.checked_sub(distance).and_then(|index| self.tokens.get(index))
    }

    pub fn is(&self, offset: usize, words: &[&str]) -> bool {
        self.token(offset).is_some_and(|token| token.is_any(words))
    }

    pub fn starts(&self, offset: usize, beginnings: &[&str]) -> bool {
        self.token(offset).is_some_and(|token| token.starts_any(beginnings))
    }

    pub fn number(&self, offset: usize) -> Option<crate::numbers::Reading> {
        self.token(offset)?;
        crate::numbers::at(self.tokens, self.at + offset)
    }

    pub fn today(&self) -> Date {
        self.now.date()
    }
}

/// A rule of the grammar: reads a piece where the view stands and says how many tokens it took.
type Rule = fn(&View<'_>) -> Option<(Piece, usize)>;

/// The grammar, first match wins. Longer and surer readings stand above shorter ones.
const RULES: &[(&str, Rule)] = &[
    ("вчера, два часа назад, на прошлой неделе", past::past),
    ("через неделю в среду, через два часа, часа через два, +15 минут", ahead::after),
    ("следующие 3 дня, ближайшие две недели", ahead::coming_days),
    ("ближайшие три часа, в следующий час", ahead::coming_hours),
    ("за день до 8 марта, накануне праздника, за неделю до этого", eve::before_day),
    ("на полчаса позже, пораньше на час, минут на 20 позже", clock::shift),
    ("сегодня ночью, этой ночью, запишите на ночь", parts::night),
    ("сегодня, завтра, послезавтра, на следующий день", day::near_day),
    ("прямо сейчас", ahead::now),
    ("первый понедельник декабря, в последнюю пятницу месяца", nth::weekday_of_month),
    ("в следующую среду, в эту субботу, в пн", day::weekday),
    ("на этой, на следующей неделе", day::week),
    ("на выходных", day::weekend),
    ("в будни, по рабочим дням", loose::workdays),
    ("на днях, в ближайшие дни", loose::near_days),
    ("на той неделе", loose::that_week),
    ("до конца недели, до конца месяца", period::till_end),
    ("в начале недели, в конце следующей недели", period::part_of_week),
    ("в сентябре 25 и 26 числа, в декабре 5-го", calendar::day_behind_month),
    ("авг 26, 2027", calendar::month_first),
    ("октябрь 2027", calendar::month_of_year),
    ("с 13 по 15 июля, 13 - 15.10, 14.10 по 15.10.2027", calendar::range),
    ("в майские, на новогодних праздниках", period::rest),
    ("в последний день ноября", day::last_of_month),
    ("в начале декабря, в конце месяца, в декабре", day::part_of_month),
    ("25 ноября, двадцать пятого, 5-го, 5 числа, 1 и 2 января", calendar::of_month),
    ("в этом месяце, в следующем году, в следующем квартале", period::named),
    ("в третьем квартале, четвёртый квартал 2028", period::numbered_quarter),
    ("2027-03-05, 05-03-2027", calendar::dashed),
    ("25.11, 25/11", calendar::dotted),
    ("летом, зимой", period::season),
    ("на новый год, рождество", period::holiday),
    ("после праздников, после майских", period::days_off),
    ("перед новым годом", day::before_new_year),
    ("с 10 до 12, между пятью и шестью, 17-18", clock::range),
    ("в 6-7 вечера, часов в 10-11", clock::about_range),
    ("в седьмом часу", fraction::within_hour),
    ("в начале седьмого, в конце восьмого", fraction::edge_of_hour),
    ("полвосьмого, в половине восьмого, четверть третьего, десять минут шестого, без пяти шесть", fraction::fraction),
    ("до обеда, после обеда, в обед", parts::lunch),
    ("в первой половине дня", parts::half_of_day),
    ("кроме утра", parts::except),
    ("в конце рабочего дня", parts::end_of_day),
    ("утром, вечерком, после работы", parts::part),
    ("полдень, к открытию", parts::named),
    ("завтра в этот же час", ahead::this_hour),
    ("18:00, 14 30, 15.00", clock::precise),
    ("в 6, часов в пять, к часу дня, после шести, до 12", clock::hour),
];

/// A message that names more times than this names none; it bounds the work of a long text.
const SPOTS_MAX: usize = 24;

/// Reads all pieces of a message and marks their tokens.
pub(crate) fn read(words: &mut Words, now: DateTime, is_asked: bool) -> Vec<Spot> {
    let mut spots: Vec<Spot> = Vec::new();
    let mut at = 0;
    while at < words.tokens.len() && spots.len() < SPOTS_MAX {
        let follows_date = spots.last().is_some_and(|spot| spot.end == at && spot.piece.is_date());
        let view = View { tokens: &words.tokens, at, now, follows_date, is_asked };
        let found =
            view.token(0).filter(|token| can_begin(token)).and_then(|_| RULES.iter().find_map(|(_, rule)| rule(&view)));
        let Some((piece, len)) = found.filter(|(_, len)| *len > 0) else {
            at += 1;
            continue;
        };
        let end = (at + len).min(words.tokens.len());
        let lead = lead(&view);
        let is_denied = is_denied(&view, lead);
        spots.push(Spot { piece, lead, start: at, end, is_denied });
        for token in words.tokens.iter_mut().take(end).skip(at) {
            token.roles.when = piece != Piece::Past;
        }
        at = end;
    }
    for index in 0..spots.len() {
        let is_last = index + 1 == spots.len();
        // «раньше семи никак» is from seven on.
        let says_sooner = words.tokens.get(spots[index].start).is_some_and(|token| token.is("раньше"));
        let is_ruled_out = is_ruled_out(words, spots[index].end, is_last, says_sooner);
        if let Piece::Before(clock) = spots[index].piece
            && is_ruled_out
            && says_sooner
        {
            spots[index].piece = Piece::After(clock);
            continue;
        }
        // «я до двух работаю»: free from then on.
        if let Piece::Before(clock) = spots[index].piece
            && is_busy_until(words, spots[index].end)
        {
            spots[index].piece = Piece::After(clock);
        }
        // «чтоб к девяти я уже уехал»: the visit is over by then.
        if let Piece::At(clock) = spots[index].piece
            && is_end_of_visit(words, &spots[index])
        {
            spots[index].piece = Piece::Before(clock);
        }
        spots[index].is_denied |= is_ruled_out;
        // «в четверг с утра никак»: the day with its part.
        let is_joined = |left: &Spot, right: &Spot| {
            let is_beside = left.end == right.start && left.piece.is_date() && right.piece.is_time();
            is_beside && words.tokens.get(right.start).is_some_and(|token| !token.gap.ends_clause())
        };
        if is_ruled_out && index > 0 && is_joined(&spots[index - 1], &spots[index]) {
            spots[index - 1].is_denied = true;
        }
        if is_wondered_at(words, &spots, index) {
            let piece = spots[index].piece;
            for spot in spots.iter_mut().filter(|spot| spot.piece == piece) {
                spot.is_denied = true;
            }
        }
    }
    let mut spots = narrow::narrowed(spots, &words.tokens, now);
    until::bounded(&mut spots, &words.tokens, now.date());
    spots
}

/// Whether a day is named that the calendar does not have: «31 июня».
pub(crate) fn names_no_day(words: &Words, now: DateTime) -> bool {
    let view = |at| View { tokens: &words.tokens, at, now, follows_date: false, is_asked: false };
    (0..words.tokens.len()).any(|at| calendar::is_nowhere(&view(at)))
}

/// The days of the week that a message names, 0 for Monday, each once and in their order.
pub(crate) fn weekdays(words: &Words, now: DateTime) -> Vec<i8> {
    let view = |at| View { tokens: &words.tokens, at, now, follows_date: false, is_asked: false };
    let named = (0..words.tokens.len()).filter_map(|at| day::weekday_at(&view(at), 0));
    let named: BTreeSet<i8> = named.map(Weekday::to_monday_zero_offset).collect();
    named.into_iter().collect()
}

/// Of words of one letter only these begin a time; most of a long nonsense ends here.
fn can_begin(token: &Token) -> bool {
    token.number.is_some() || token.is_any(&["в", "к", "с", "ч"]) || token.text.chars().nth(1).is_some()
}

/// The preposition of a piece: its own first token, or the token right before it.
fn lead(view: &View<'_>) -> Lead {
    let own = view.token(0).map_or(Lead::None, lead_of);
    if own != Lead::None {
        return own;
    }
    if is_not_before(view) {
        return Lead::From;
    }
    let is_joined = view.token(0).is_some_and(|token| !token.gap.ends_sentence());
    view.before(1).filter(|_| is_joined).map_or(Lead::None, lead_of)
}

fn lead_of(token: &Token) -> Lead {
    match token.text.as_str() {
        "с" | "со" | "от" | "из" => Lead::From,
        "по" | "до" => Lead::Till,
        "после" => Lead::After,
        "на" | "в" | "во" | "к" => Lead::Onto,
        "вместо" => Lead::Instead,
        _ => Lead::None,
    }
}

/// «не раньше пятницы»: from that day on.
fn is_not_before(view: &View<'_>) -> bool {
    let is_joined = |token: Option<&Token>| token.is_some_and(|token| !token.gap.ends_clause());
    view.before(1).is_some_and(|token| token.is_any(&["раньше", "ранее"]))
        && view.before(2).is_some_and(|token| token.is("не"))
        && is_joined(view.token(0))
        && is_joined(view.before(1))
}

/// «завтра нет, в пятницу», «утром вообще никак»: the word of refusal ends the clause. The last time of a message may be
/// that of a visit given up («завтра мимо»); only «никак» refuses it.
fn is_ruled_out(words: &Words, end: usize, is_last: bool, says_sooner: bool) -> bool {
    const REFUSED: &[&str] = &["нет", "мимо", "отпадает", "исключено"];
    let joined = |at: usize| words.tokens.get(at).filter(|token| !token.gap.ends_clause());
    let is_stressed = joined(end).is_some_and(|token| token.is_any(&["вообще", "совсем", "точно", "ну", "прям"]));
    // «раньше семи вечера мне никак»
    let is_own = joined(end).is_some_and(|token| token.is_any(&["мне", "нам", "я", "мы"]));
    let at = if is_stressed || is_own { end + 1 } else { end };
    let is_refused = joined(at).is_some_and(|token| token.is("никак") || !is_last && token.is_any(REFUSED));
    let gap = words.tokens.get(at + 1).map_or(words.tail, |next| next.gap);
    let is_over = words.tokens.get(at + 1).is_none_or(|next| next.gap.ends_clause());
    // «Можно в среду, раньше семи мне никак?»: what is asked is the visit.
    is_refused && is_over && (says_sooner || !gap.has(Gap::QUESTION))
}

/// «до двух работаю», «до шести на смене»: the client is busy before.
fn is_busy_until(words: &Words, end: usize) -> bool {
    let next = |offset: usize| words.tokens.get(end + offset).filter(|token| !token.gap.ends_clause());
    let is_own = usize::from(next(0).is_some_and(|token| token.is_any(&["я", "мы"])));
    let is_at = next(is_own).is_some_and(|token| token.is_any(&["на", "в"]));
    const PLACES: &[&str] = &["работе", "смене", "учебе", "парах", "школе", "садике", "офисе", "дежурстве", "уроках"];
    next(is_own).is_some_and(|token| token.is_any(&["работаю", "работаем", "учусь", "занят", "занята", "дежурю"]))
        || is_at && next(is_own + 1).is_some_and(|token| token.is_any(PLACES))
}

/// «чтоб к девяти утра я уже уехал», «выйти от вас обязана к 17:00»: by that hour the client is gone.
fn is_end_of_visit(words: &Words, spot: &Spot) -> bool {
    const NEAR_TOKENS: usize = 5;
    const GONE: &[&str] = &["уеха", "освобод", "выйти", "вышл", "законч", "уйти", "ушл"];
    let is_led = words.tokens.get(spot.start).is_some_and(|token| token.is("к"))
        || spot.start.checked_sub(1).and_then(|at| words.tokens.get(at)).is_some_and(|token| token.is("к"));
    let before = words.tokens.get(spot.start.saturating_sub(NEAR_TOKENS)..spot.start).unwrap_or_default();
    let after = words.tokens.iter().skip(spot.end).take(NEAR_TOKENS);
    let near: Vec<&Token> = before.iter().chain(after).collect();
    let is_bound =
        near.iter().any(|token| token.is_any(&["чтоб", "чтобы", "надо", "обязана", "обязан", "должна", "должен"]));
    is_led && is_bound && near.iter().any(|token| token.starts_any(GONE))
}

/// «на субботу… какая суббота, в пятницу!»: named by a slip, another day is named after it.
fn is_wondered_at(words: &Words, spots: &[Spot], index: usize) -> bool {
    let Some(spot) = spots.get(index).filter(|spot| spot.piece.is_date()) else { return false };
    let before = spot.start.checked_sub(1).and_then(|at| words.tokens.get(at));
    let is_wonder = before.is_some_and(|token| token.is_any(&["какая", "какой", "какое", "какие"]));
    let is_said_before = spots.iter().take(index).any(|other| other.piece == spot.piece);
    let is_other_after = spots.iter().skip(index + 1).any(|other| other.piece.is_date() && other.piece != spot.piece);
    is_wonder && is_said_before && is_other_after
}

/// «не в 17», «не завтра», «кроме среды»: «не» before the piece and its preposition, in one clause.
fn is_denied(view: &View<'_>, lead: Lead) -> bool {
    if is_not_before(view) {
        return false;
    }
    let has_own_lead = view.token(0).is_some_and(|token| lead_of(token) != Lead::None);
    let distance = if lead == Lead::None || has_own_lead { 1 } else { 2 };
    let next = if distance == 1 { view.token(0) } else { view.before(1) };
    next.is_some_and(|token| !token.gap.ends_clause())
        && view.before(distance).is_some_and(|token| token.is_any(&["не", "кроме"]))
}
