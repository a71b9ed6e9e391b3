//! Pictures of the numbers, each the answer to the question above it, each with its figures as a table.

use jiff::civil::{Date, Weekday};
use maud::{Markup, html};
use nochnik_core::numbers::{Choice, DEFINITIONS, FUNNEL, Number, Tally, What};

use super::super::look::icon;
use super::super::words::{self, NBSP};
use super::{Report, figures};

/// More days than this are shown by the week: a bar stays wide enough to be seen on a phone.
const BARS_MAX: usize = 92;
const WEEK: usize = 7;
const HOURS: usize = 24;
/// Shades of the map of hours, the empty one besides.
const SHADES: i64 = 4;
/// What a bar is drawn on: a tenth of its width is the gap.
const BAR: usize = 10;
const TALL: i64 = 100;
/// What of the table of channels stands on the page.
const BY_CHANNEL: [&str; 5] = ["messages", "contacts", "leads", "booked", "conversion"];

/// Some days as one bar.
struct Bar {
    from: Date,
    last: Date,
    night: i64,
    day: i64,
}

impl Bar {
    fn all(&self) -> i64 {
        self.night + self.day
    }

    fn title(&self) -> String {
        if self.from == self.last {
            return words::day(self.from);
        }
        format!("{} — {}", words::date(self.from), words::date(self.last))
    }
}

/// «Сколько лидов приходит ночью?»
pub fn leads(report: &Report) -> Markup {
    let choice = report.asked.choice();
    let now = bars(&report.now.days, &choice);
    let before = report.before.as_ref().map_or_else(Vec::new, |before| bars(&before.days, &choice));
    let tallest = now.iter().chain(&before).map(Bar::all).max().unwrap_or(0).max(1);
    let (night, all) = (now.iter().map(|bar| bar.night).sum::<i64>(), now.iter().map(Bar::all).sum::<i64>());
    let line: Vec<String> = before
        .iter()
        .enumerate()
        .map(|(at, bar)| format!("{},{}", at * BAR + BAR / 2, TALL - bar.all() * TALL / tallest))
        .collect();
    let words = format!("Лиды: {} из {} — в нерабочее время", words::grouped(night), words::grouped(all));
    html! {
        figure .card.plot {
            figcaption { h2 { "Сколько лидов приходит ночью?" } p { (words) } }
            div .tallest.small.quiet { (words::grouped(tallest)) }
            svg .bars viewBox={ "0 0 " (now.len() * BAR) " " (TALL) } preserveAspectRatio="none" role="img" aria-label=(words) {
                @for (at, bar) in now.iter().enumerate() {
                    @let (night, day) = (bar.night * TALL / tallest, bar.day * TALL / tallest);
                    rect .by-day x=(at * BAR + 1) y=(TALL - night - day) width=(BAR - 2) height=(day) {}
                    rect .by-night x=(at * BAR + 1) y=(TALL - night) width=(BAR - 2) height=(night) {}
                }
                polyline .was points=(line.join(" ")) vector-effect="non-scaling-stroke" {}
            }
            div .spread.quiet.small {
                span { (now.first().map(Bar::title).unwrap_or_default()) }
                @if now.len() > 1 { span { (now.last().map(Bar::title).unwrap_or_default()) } }
            }
            p .legend.small { span .by-night { "ночью" } span .by-day { "днём" } span .was { "было, всего" } }
            details {
                summary { "Таблицей" }
                table .sheet {
                    thead { tr { th scope="col" { "Когда" } th scope="col" { "Ночью" } th scope="col" { "Днём" } th scope="col" { "Было" } } }
                    tbody {
                        @for (at, bar) in now.iter().enumerate() {
                            tr { th scope="row" { (bar.title()) } td { (bar.night) } td { (bar.day) } td { (was_told(before.get(at).map(Bar::all))) } }
                        }
                    }
                }
            }
        }
    }
}

/// «нет данных» where nothing was counted.
fn was_told(count: Option<i64>) -> String {
    figures::told(count.map(Number::Count))
}

fn bars(days: &[(Date, Tally)], choice: &Choice) -> Vec<Bar> {
    let step = if days.len() > BARS_MAX { WEEK } else { 1 };
    let count = |tally: &Tally, is_night| {
        let is_chosen = choice.is_night.is_none_or(|chosen| chosen == is_night);
        let part = Choice { is_night: Some(is_night), ..choice.clone() };
        if is_chosen { tally.total(What::Lead, &part).count } else { 0 }
    };
    let bar = |days: &[(Date, Tally)]| Bar {
        from: days.first().map_or(Date::MIN, |(date, _)| *date),
        last: days.last().map_or(Date::MIN, |(date, _)| *date),
        night: days.iter().map(|(_, tally)| count(tally, true)).sum(),
        day: days.iter().map(|(_, tally)| count(tally, false)).sum(),
    };
    days.chunks(step).map(bar).collect()
}

/// «В какие часы пишут?»
pub fn hours(report: &Report) -> Markup {
    let week = week(&report.now.days, &report.asked.choice());
    let busiest = week.iter().flatten().copied().max().unwrap_or(0);
    let days = [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday]
        .into_iter()
        .chain([Weekday::Saturday, Weekday::Sunday])
        .map(words::weekday);
    let days: Vec<&str> = days.collect();
    html! {
        figure .card.plot {
            figcaption { h2 { "В какие часы пишут?" } p { (peak(&week, &days, busiest)) } }
            div .heat role="img" aria-label=(peak(&week, &days, busiest)) {
                @for (day, counts) in days.iter().zip(&week) {
                    span .small.quiet { (day) }
                    @for count in counts { i class={ "h" (shade(*count, busiest)) } {} }
                }
                span {}
                @for hour in [0, 6, 12, 18] { span .hour.small.quiet { (hour) ":00" } }
            }
            details {
                summary { "Таблицей" }
                table .sheet.dense {
                    thead { tr { th scope="col" { "Час" } @for day in &days { th scope="col" { (day) } } } }
                    tbody {
                        @for hour in 0..HOURS {
                            tr { th scope="row" { (hour) } @for counts in &week { td { (counts[hour]) } } }
                        }
                    }
                }
            }
        }
    }
}

/// Messages of clients by the day of the week and the hour.
fn week(days: &[(Date, Tally)], choice: &Choice) -> [[i64; HOURS]; WEEK] {
    let mut week = [[0; HOURS]; WEEK];
    for (date, tally) in days {
        let day = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        for (hour, count) in tally.total(What::Heard, choice).spread {
            if let Some(cell) = week[day].get_mut(usize::from(hour)) {
                *cell += count;
            }
        }
    }
    week
}

fn peak(week: &[[i64; HOURS]; WEEK], days: &[&str], busiest: i64) -> String {
    let cells =
        week.iter().zip(days).flat_map(|(counts, day)| counts.iter().enumerate().map(move |(hour, n)| (day, hour, *n)));
    match cells.into_iter().find(|(.., count)| *count == busiest && busiest > 0) {
        Some((day, hour, count)) => {
            let told = words::count(count.unsigned_abs(), "сообщение", "сообщения", "сообщений");
            format!("Больше всего: {day}, {hour}:00–{}:00 — {told}", hour + 1)
        }
        None => "За этот период никто не писал".to_owned(),
    }
}

fn shade(count: i64, busiest: i64) -> i64 {
    if count == 0 { 0 } else { (count * SHADES + busiest - 1) / busiest.max(1) }
}

/// «Где теряются клиенты?»
pub fn funnel(report: &Report) -> Markup {
    let choice = report.asked.choice();
    let steps: Vec<(&str, i64, Option<i64>)> = FUNNEL
        .iter()
        .map(|(what, title)| {
            let count = |tally: &Tally| {
                let cell = tally.total(*what, &choice);
                // That somebody came may be taken back; a count of facts would keep it.
                if *what == What::Guest { cell.sum } else { cell.count }
            };
            (*title, count(&report.now.whole), report.before.as_ref().map(|before| count(&before.whole)))
        })
        .collect();
    let widest = steps.iter().map(|(_, now, _)| *now).max().unwrap_or(0).max(1);
    html! {
        figure .card.plot {
            figcaption { h2 { "Где теряются клиенты?" } p { "Сколько людей за период дошли до каждого шага: две записи подряд и два визита в один день — один человек. Шаг считается в день, когда он сделан." } }
            ol .steps-down {
                @for (at, (title, now, was)) in steps.iter().enumerate() {
                    li {
                        div .spread {
                            span { (title) }
                            span {
                                b { (words::grouped(*now)) }
                                @if at > 0 && steps[at - 1].1 > 0 { span .quiet { " · " (now * 100 / steps[at - 1].1) (NBSP) "%" } }
                            }
                        }
                        svg .bar viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" { rect .by-night width=(now * 100 / widest) height="4" {} }
                        span .small.quiet { "было: " (was_told(*was)) }
                    }
                }
            }
        }
    }
}

/// «Сбывается ли оценка лида?»
pub fn calibration(report: &Report) -> Markup {
    let at = |share: f64| format!("{:.1}", share * 100.0);
    let percent = |share: f64| format!("{:.0}{NBSP}%", share * 100.0);
    html! {
        figure .card.plot {
            figcaption { h2 { "Сбывается ли оценка лида?" } }
            @if let Some(refit) = &report.refit {
                p {
                    "Проверено на " (words::count(refit.held_out as u64, "новом исходе", "новых исходах", "новых исходах")) ". Чем ближе точки к линии, тем честнее оценка. "
                    @if refit.is_used { "Работают веса, подобранные по вашим исходам." } @else { "Подобранные веса не лучше исходных, поэтому работают исходные." }
                }
                svg .square viewBox="-3 -3 106 106" role="img" aria-label="По горизонтали — обещанная вероятность, по вертикали — сколько сбылось" {
                    rect .frame-line x="0" y="0" width="100" height="100" {}
                    line .was x1="0" y1="100" x2="100" y2="0" {}
                    @for bin in &refit.calibration { circle .by-night cx=(at(bin.foretold)) cy=(at(1.0 - bin.came_true)) r="2.5" {} }
                }
                div .spread.quiet.small { span { "обещано 0" (NBSP) "%" } span { "100" (NBSP) "%" } }
                details {
                    summary { "Таблицей" }
                    table .sheet {
                        thead { tr { th scope="col" { "Обещано" } th scope="col" { "Сбылось" } th scope="col" { "Исходов" } } }
                        tbody { @for bin in &refit.calibration { tr { th scope="row" { (percent(bin.foretold)) } td { (percent(bin.came_true)) } td { (bin.count) } } } }
                    }
                }
            } @else {
                p .quiet { (icon("clock")) "Пока не измерено: нужно 200 вызовов с известным концом. До тех пор оценка считается по исходным весам." }
            }
        }
    }
}

/// «Что даёт каждый канал?»
pub fn channels(report: &Report) -> Markup {
    let shown: Vec<_> = BY_CHANNEL.iter().filter_map(|key| DEFINITIONS.iter().find(|each| each.key == *key)).collect();
    html! {
        section .card {
            h2 { "Что даёт каждый канал?" }
            table .sheet.wide {
                thead { tr { th scope="col" { "Канал" } @for each in &shown { th scope="col" { (each.title) } } } }
                tbody {
                    @for (kind, title) in &report.channels {
                        @let choice = Choice { channel: Some(kind.clone()), ..report.asked.choice() };
                        tr {
                            th scope="row" { (title) }
                            @for each in &shown { td data-label=(each.title) { (figures::told(each.number(&report.now.whole, &choice))) } }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_hour_has_the_last_shade_and_a_single_message_the_first() {
        assert_eq!([0, 1, 25, 26, 100].map(|count| shade(count, 100)), [0, 1, 1, 2, 4]);
        assert_eq!(shade(0, 0), 0);
    }
}
