//! The table of «Записи»: a day by the clock, a week by the day; a visit in it can be dragged.
//!
//! A table and not boxes laid by coordinates: it reads aloud, prints, and needs no style in the page.

use jiff::civil::{Date, DateTime, Time};
use maud::{Markup, html};
use nochnik_core::business::Specialist;
use nochnik_core::calendar::specialist_hours_on;
use nochnik_store::bookings::{Booking, BookingStatus};
use nochnik_store::calendars::Taken;

use super::super::viewer::Viewer;
use super::super::words;
use super::{new, visit};

/// Minutes of a row, at the most: a visit of half an hour is still seen.
const STEP_MIN_MAX: u16 = 30;
/// Minutes of a row, at the least: a day of rows is a table one can look over.
const STEP_MIN_MIN: u16 = 15;
/// Shown where nobody works and nothing stands, in minutes since midnight.
const IDLE: (u16, u16) = (10 * 60, 20 * 60);
const DAY_MIN: u16 = 24 * 60;

/// Minutes of one day that the table shows.
struct Rows {
    from_min: u16,
    to_min: u16,
    step_min: u16,
}

impl Rows {
    fn count(&self) -> u16 {
        (self.to_min - self.from_min).div_ceil(self.step_min)
    }

    fn minute(&self, row: u16) -> u16 {
        self.from_min + row * self.step_min
    }

    /// Rows `[first, last)` that these minutes take.
    fn span(&self, (from_min, to_min): (u16, u16)) -> (u16, u16) {
        let first = from_min.saturating_sub(self.from_min) / self.step_min;
        let last = to_min.saturating_sub(self.from_min).div_ceil(self.step_min);
        (first.min(self.count() - 1), last.clamp(first + 1, self.count()))
    }
}

/// What stands in a specialist's column.
enum Item<'a> {
    Visit(&'a Booking),
    /// An event of a calendar outside.
    Elsewhere,
}

/// Things that overlap share a cell, so that none hides another.
struct Cell<'a> {
    rows: (u16, u16),
    items: Vec<Item<'a>>,
}

struct Column<'a> {
    id: &'a str,
    name: &'a str,
    /// When the specialist serves.
    hours: Vec<(u16, u16)>,
    cells: Vec<Cell<'a>>,
}

impl Column<'_> {
    fn serves(&self, minute: u16) -> bool {
        self.hours.iter().any(|(from, to)| (*from..*to).contains(&minute))
    }
}

/// A day by the clock: a column for each specialist who serves, or has visits.
pub fn day(viewer: &Viewer, day: Date, found: &[Booking], elsewhere: &[Taken]) -> Markup {
    let standing: Vec<&Booking> = found.iter().filter(|booking| stands(booking)).collect();
    let rows = rows_of(viewer, day, &standing);
    let columns = columns_of(viewer, day, &rows, &standing, elsewhere);
    html! {
        table .clock {
            caption .sr { "Записи по мастерам, " (words::day(day)) }
            thead { tr { th scope="col" { span .sr { "Время" } } @for column in &columns { th scope="col" { (column.name) } } } }
            tbody {
                @for row in 0..rows.count() {
                    @let minute = rows.minute(row);
                    tr .full-hour[minute.is_multiple_of(60)] {
                        th scope="row" { span .sr[!minute.is_multiple_of(60)] { (words::clock(time_of(minute))) } }
                        @for column in &columns { (cell(viewer, day, column, row, minute)) }
                    }
                }
            }
        }
    }
}

fn cell(viewer: &Viewer, day: Date, column: &Column<'_>, row: u16, minute: u16) -> Markup {
    if let Some(cell) = column.cells.iter().find(|cell| cell.rows.0 == row) {
        return html! {
            td .held rowspan=(cell.rows.1 - cell.rows.0) {
                @for item in &cell.items {
                    @match item {
                        Item::Visit(booking) => (chip(viewer, booking)),
                        Item::Elsewhere => div .visit.elsewhere { "занято в календаре" },
                    }
                }
            }
        };
    }
    if column.cells.iter().any(|cell| (cell.rows.0..cell.rows.1).contains(&row)) {
        return html! {};
    }
    let time = words::clock(time_of(minute));
    html! {
        td .closed[!column.serves(minute)] data-day=(day) data-time=(time) data-specialist=(column.id) {
            @if column.serves(minute) && may_be_entered(viewer, day, minute) {
                // Not on the way of the key Tab: the button above leads to the same form.
                a .enter href=(new::href(day, &time, column.id)) tabindex="-1" aria-label={ "Записать: " (column.name) ", " (time) } {}
            }
        }
    }
}

fn may_be_entered(viewer: &Viewer, day: Date, minute: u16) -> bool {
    let at = viewer.salon.moment(day.to_datetime(time_of(minute)));
    viewer.may_do(new::PATH) && at.as_millisecond() > viewer.now_ms
}

/// A week: a line for each specialist, a cell for each day. Dropped there, a visit keeps its time.
pub fn week(viewer: &Viewer, days: &[Date], found: &[Booking]) -> Markup {
    let document = viewer.salon.document();
    let standing: Vec<&Booking> = found.iter().filter(|booking| stands(booking)).collect();
    let mut people: Vec<(&str, &str, Option<&Specialist>)> =
        document.specialists.iter().map(|each| (each.id.as_str(), each.name.as_str(), Some(each))).collect();
    for booking in &standing {
        if !people.iter().any(|(id, ..)| *id == booking.specialist_id) {
            people.push((&booking.specialist_id, viewer.salon.specialist(&booking.specialist_id), None));
        }
    }
    let today = viewer.salon.wall(viewer.now_ms).date();
    html! {
        table .week {
            caption .sr { "Записи недели по мастерам" }
            thead { tr {
                th scope="col" { span .sr { "Мастер" } }
                @for day in days { th scope="col" aria-current=[(*day == today).then_some("date")] { a href={ "/console/calendar?day=" (day) } { (words::day(*day)) } } }
            } }
            tbody {
                @for (id, name, specialist) in &people {
                    tr {
                        th scope="row" { (name) }
                        @for day in days {
                            @let serves = specialist.is_some_and(|specialist| !specialist_hours_on(document, specialist, *day).is_empty());
                            td .closed[!serves] data-day=(day) data-specialist=(id) {
                                @for booking in standing.iter().filter(|booking| booking.specialist_id == *id && super::on(viewer, booking) == *day) {
                                    (chip(viewer, booking))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// One visit. Only one to come can be dragged.
fn chip(viewer: &Viewer, booking: &Booking) -> Markup {
    let starts = viewer.salon.wall(booking.starts_at_ms);
    let is_to_come = viewer.may_do("/console/calendar/visit") && visit::is_to_come(booking, viewer.now_ms);
    let tone = match booking.status {
        BookingStatus::Held => "amber",
        BookingStatus::NoShow => "red",
        BookingStatus::Arrived => "green",
        _ => "",
    };
    html! {
        a .visit.amber[tone == "amber"].red[tone == "red"].green[tone == "green"] href=(visit::href(booking)) draggable=(is_to_come)
            data-visit=[is_to_come.then_some(&booking.id)] {
            b { (words::clock(starts.time())) } " " (words::client_name(&booking.client_name))
            span .small { (viewer.salon.service(&booking.service_id)) }
            @if tone == "amber" { span .small { @if booking.held_until_ms.is_none() { "подтвердите" } @else { "бронь" } } }
            @if tone == "red" { span .small { "неявка" } }
        }
    }
}

fn stands(booking: &Booking) -> bool {
    !matches!(booking.status, BookingStatus::Cancelled | BookingStatus::Expired)
}

fn rows_of(viewer: &Viewer, day: Date, standing: &[&Booking]) -> Rows {
    let document = viewer.salon.document();
    let hours = document.specialists.iter().flat_map(|each| specialist_hours_on(document, each, day));
    let spans: Vec<(u16, u16)> = hours
        .map(|hours| (hours.from_min, hours.to_min))
        .chain(standing.iter().map(|booking| minutes(viewer, day, booking.starts_at_ms, booking.visit_ends_at_ms)))
        .collect();
    let from_min = spans.iter().map(|span| span.0).min().unwrap_or(IDLE.0) / 60 * 60;
    let to_min = spans.iter().map(|span| span.1).max().unwrap_or(IDLE.1).div_ceil(60) * 60;
    let step_min = document.policy.grid_min.clamp(STEP_MIN_MIN, STEP_MIN_MAX);
    Rows { from_min, to_min: to_min.clamp(from_min + 60, DAY_MIN), step_min }
}

fn columns_of<'a>(
    viewer: &'a Viewer,
    day: Date,
    rows: &Rows,
    standing: &[&'a Booking],
    elsewhere: &'a [Taken],
) -> Vec<Column<'a>> {
    let document = viewer.salon.document();
    let mut columns: Vec<Column<'a>> = document
        .specialists
        .iter()
        .map(|each| {
            let hours =
                specialist_hours_on(document, each, day).iter().map(|span| (span.from_min, span.to_min)).collect();
            Column { id: &each.id, name: &each.name, hours, cells: Vec::new() }
        })
        .collect();
    for booking in standing {
        if !columns.iter().any(|column| column.id == booking.specialist_id) {
            let id = booking.specialist_id.as_str();
            columns.push(Column { id, name: viewer.salon.specialist(id), hours: Vec::new(), cells: Vec::new() });
        }
    }
    for column in &mut columns {
        let own = standing.iter().filter(|booking| booking.specialist_id == column.id);
        let visits = own.map(|booking| {
            (minutes(viewer, day, booking.starts_at_ms, booking.visit_ends_at_ms), Item::Visit(booking))
        });
        // Time of nobody in particular closes everybody's.
        let others =
            elsewhere.iter().filter(|taken| taken.specialist_id == column.id || taken.specialist_id.is_empty());
        let others = others.map(|taken| (minutes(viewer, day, taken.starts_at_ms, taken.ends_at_ms), Item::Elsewhere));
        let all = visits.chain(others).filter(|((from, to), _)| *to > rows.from_min && *from < rows.to_min);
        column.cells = cells_of(rows, all.collect());
    }
    columns.retain(|column| !column.hours.is_empty() || !column.cells.is_empty());
    columns
}

fn cells_of<'a>(rows: &Rows, mut items: Vec<((u16, u16), Item<'a>)>) -> Vec<Cell<'a>> {
    items.sort_by_key(|(span, _)| *span);
    let mut cells: Vec<Cell<'a>> = Vec::new();
    for (span, item) in items {
        let (first, last) = rows.span(span);
        match cells.last_mut() {
            Some(cell) if first < cell.rows.1 => {
                cell.rows.1 = cell.rows.1.max(last);
                cell.items.push(item);
            }
            _ => cells.push(Cell { rows: (first, last), items: vec![item] }),
        }
    }
    cells
}

/// Minutes of this day, since its midnight; what reaches beyond it ends with it.
fn minutes(viewer: &Viewer, day: Date, from_ms: i64, to_ms: i64) -> (u16, u16) {
    let minute = |at: DateTime| match at.date().cmp(&day) {
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Greater => DAY_MIN,
        std::cmp::Ordering::Equal => u16::from(at.hour().unsigned_abs()) * 60 + u16::from(at.minute().unsigned_abs()),
    };
    (minute(viewer.salon.wall(from_ms)), minute(viewer.salon.wall(to_ms)))
}

fn time_of(minute: u16) -> Time {
    let part = |n: u16| i8::try_from(n).unwrap_or_default();
    Time::new(part(minute / 60 % 24), part(minute % 60), 0, 0).unwrap_or(Time::midnight())
}
