//! Which days, which channel, day or night: read from the address, shown as chips.

use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};
use nochnik_core::numbers::Choice;
use serde::Deserialize;

use super::super::look::{chips, icon};
use super::super::query::query;
use super::super::words;

/// Days of a quarter: thirteen weeks, so that both periods have the same days of the week.
const QUARTER_DAYS: i32 = 91;
/// The longest period of one's own.
const DAYS_MAX: i32 = 366;

/// What the address asks for; a word that is not known is the first of its kind.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// `today`, `week`, `month`, `quarter` or `own`.
    period: String,
    /// The first and the last day of one's own.
    from: String,
    to: String,
    channel: String,
    /// `night` or `day`.
    part: String,
}

/// Days `[from, to)`, and the first of as many before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub before: Date,
    pub from: Date,
    pub to: Date,
}

impl Span {
    fn ending(to: Date, days: i32) -> Self {
        let from = back(to, days);
        Self { before: back(from, days), from, to }
    }

    /// The last day that belongs to it.
    pub fn last(&self) -> Date {
        back(self.to, 1)
    }

    /// The last day of the period before.
    pub fn last_before(&self) -> Date {
        back(self.from, 1)
    }

    pub fn words(&self) -> String {
        let told = |from: Date, last: Date| match from == last {
            true => words::date(from),
            false => format!("{} — {}", words::date(from), words::date(last)),
        };
        let now = told(self.from, self.last());
        format!("{now}. Было — столько же дней перед ними: {}.", told(self.before, self.last_before()))
    }
}

fn back(date: Date, days: i32) -> Date {
    date.checked_sub(days.days()).unwrap_or(Date::MIN)
}

impl Asked {
    /// Its days; dates that do not read, or too many of them, are a week.
    pub fn span(&self, today: Date) -> Span {
        let tomorrow = back(today, -1);
        match self.period.as_str() {
            "today" => Span::ending(tomorrow, 1),
            "month" => Span::ending(tomorrow, 30),
            "quarter" => Span::ending(tomorrow, QUARTER_DAYS),
            "own" => self.own().unwrap_or_else(|| Span::ending(tomorrow, 7)),
            _ => Span::ending(tomorrow, 7),
        }
    }

    fn own(&self) -> Option<Span> {
        let (from, last): (Date, Date) = (self.from.parse().ok()?, self.to.parse().ok()?);
        let days = last.since(from).ok()?.get_days() + 1;
        (1..=DAYS_MAX).contains(&days).then(|| Span::ending(back(last, -1), days))
    }

    /// Dates of one's own that were given and do not do.
    fn is_amiss(&self) -> bool {
        self.period == "own" && self.own().is_none()
    }

    pub fn channel(&self) -> Option<&str> {
        Some(self.channel.as_str()).filter(|channel| !channel.is_empty())
    }

    pub fn choice(&self) -> Choice {
        let is_night = match self.part.as_str() {
            "night" => Some(true),
            "day" => Some(false),
            _ => None,
        };
        Choice { channel: self.channel().map(str::to_owned), is_night }
    }

    /// The same as the part of an address behind the question mark.
    pub fn query(&self) -> String {
        let all = [
            ("period", self.period.as_str()),
            ("from", &self.from),
            ("to", &self.to),
            ("channel", &self.channel),
            ("part", &self.part),
        ];
        query(&all)
    }

    pub fn filters(&self, channels: &[(String, String)]) -> Markup {
        let periods = [("today", "Сегодня"), ("", "7 дней"), ("month", "30 дней"), ("quarter", "Квартал")];
        let with = |change: &dyn Fn(&mut Self)| {
            let mut other = self.clone();
            change(&mut other);
            format!("/console/numbers?{}", other.query())
        };
        let is_known = periods.iter().any(|(word, _)| *word == self.period) || self.period == "own";
        let chosen = if is_known { self.period.as_str() } else { "" };
        let periods = periods.map(|(word, label)| {
            let address = with(&|other| {
                *other = Self { period: word.to_owned(), from: String::new(), to: String::new(), ..self.clone() };
            });
            (address, label, chosen == word)
        });
        let parts = [("", "Всё время"), ("night", "Ночью"), ("day", "Днём")]
            .map(|(word, label)| (with(&|other| word.clone_into(&mut other.part)), label, self.part == word));
        let own = channels.iter().map(|(kind, title)| (kind.as_str(), title.as_str()));
        let channels: Vec<_> = std::iter::once(("", "Все каналы"))
            .chain(own)
            .map(|(kind, title)| (with(&|other| kind.clone_into(&mut other.channel)), title, self.channel == kind))
            .collect();
        html! {
            (chips("За какой период", &periods))
            (self.dates())
            (chips("По какому каналу", &channels))
            (chips("Ночью или днём", &parts))
        }
    }

    /// The same as one form, for a page whose addresses must say nothing.
    pub fn form(&self, action: &str, pass: &str, channels: &[(String, String)]) -> Markup {
        let periods = [("today", "Сегодня"), ("", "7 дней"), ("month", "30 дней"), ("quarter", "Квартал")];
        let parts = [("", "Всё время"), ("night", "Ночью"), ("day", "Днём")];
        let own = channels.iter().map(|(kind, title)| (kind.as_str(), title.as_str()));
        let channels: Vec<_> = std::iter::once(("", "Все каналы")).chain(own).collect();
        html! {
            form .dates method="post" action=(action) {
                input type="hidden" name="pass" value=(pass);
                (choice("period", "Период", &self.period, &periods))
                (choice("channel", "Канал", &self.channel, &channels))
                (choice("part", "Время суток", &self.part, &parts))
                button .button type="submit" { "Показать" }
            }
        }
    }

    fn dates(&self) -> Markup {
        html! {
            details .own open[self.period == "own"] {
                summary { "Свои даты" }
                form .dates method="get" action="/console/numbers" {
                    input type="hidden" name="period" value="own";
                    input type="hidden" name="channel" value=(self.channel);
                    input type="hidden" name="part" value=(self.part);
                    div .field { label for="from" { "С" } input #from type="date" name="from" value=(self.from) required; }
                    div .field { label for="to" { "По" } input #to type="date" name="to" value=(self.to) required; }
                    button .button type="submit" { "Показать" }
                }
                @if self.is_amiss() {
                    p .problem role="alert" { (icon("circle-alert")) "Нужны первый и последний день, не больше года между ними. Пока показаны 7 дней." }
                }
            }
        }
    }
}

fn choice(name: &str, label: &str, chosen: &str, options: &[(&str, &str)]) -> Markup {
    html! {
        div .field {
            label for=(name) { (label) }
            select #(name) name=(name) {
                @for (word, title) in options { option value=(word) selected[*word == chosen] { (title) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn span(period: &str, from: &str, to: &str) -> Span {
        let asked = Asked { period: period.into(), from: from.into(), to: to.into(), ..Asked::default() };
        asked.span(date(2026, 11, 25))
    }

    #[test]
    fn the_period_before_is_as_long_and_ends_where_this_one_begins() {
        let week = span("", "", "");
        assert_eq!((week.before, week.from, week.last()), (date(2026, 11, 12), date(2026, 11, 19), date(2026, 11, 25)));
        let today = span("today", "", "");
        assert_eq!((today.before, today.from, today.last()), (date(2026, 11, 24), date(2026, 11, 25), today.from));
        let own = span("own", "2026-02-01", "2026-02-28");
        assert_eq!((own.before, own.from, own.last()), (date(2026, 1, 4), date(2026, 2, 1), date(2026, 2, 28)));
    }

    #[test]
    fn dates_that_do_not_do_are_a_week() {
        for (from, to) in
            [("", ""), ("2026-02-30", "2026-03-01"), ("2026-03-02", "2026-03-01"), ("2020-01-01", "2026-01-01")]
        {
            assert_eq!(span("own", from, to), span("", "", ""), "{from} {to}");
            let asked = Asked { period: "own".into(), from: from.into(), to: to.into(), ..Asked::default() };
            assert!(asked.is_amiss());
        }
    }
}
