//! The night at a glance: what the picture beside the report's words shows.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::Night;
use crate::business::Settings;
use crate::numbers::{Choice, What};
use crate::values::Money;
use crate::wall::{self, NBSP};

/// From here on every hour of the day has its bar.
const WHOLE_DAY: SignedDuration = SignedDuration::from_hours(24);
const HOURS: u8 = 24;

/// A picture in words and figures; who carries pictures draws it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chart {
    /// The business.
    pub title: String,
    /// Which night.
    pub span: String,
    /// The proof that nothing was lost.
    pub lead: String,
    /// Everything that was taken in is done.
    pub is_whole: bool,
    /// What the bars answer.
    pub question: String,
    pub bars: Vec<Bar>,
    pub facts: Vec<Fact>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    pub label: String,
    pub count: u64,
}

/// «12», «лидов».
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub figure: String,
    pub words: String,
}

/// `None`: nobody wrote, and there is nothing to look at.
pub fn chart(settings: &Settings, night: &Night) -> Option<Chart> {
    let taken = night.taken;
    if taken.all() == 0 {
        return None;
    }
    Some(Chart {
        title: settings.document.name.clone(),
        span: format!("ночь {}", wall::span(settings.wall(night.began_at), settings.wall(night.ended_at))),
        lead: format!("Принято {}, обработано {}", taken.all(), taken.done),
        is_whole: taken.done == taken.all(),
        question: "В какие часы писали?".to_owned(),
        bars: bars(settings, night),
        facts: facts(night),
    })
}

/// The hours of the night in their order; of a longer time each hour of the day, from the closing on.
fn bars(settings: &Settings, night: &Night) -> Vec<Bar> {
    let heard = night.tally.total(What::Heard, &Choice::default()).spread;
    let first = settings.wall(night.began_at).hour().unsigned_abs();
    let last = settings.wall(night.ended_at);
    let is_full = night.ended_at.duration_since(night.began_at) >= WHOLE_DAY;
    let until = (last.hour().unsigned_abs() + u8::from(last.minute() > 0)) % HOURS;
    let hours = if is_full { HOURS } else { (until + HOURS - first) % HOURS };
    let bar = |hour: u8| {
        let count = heard.iter().find(|(at, _)| **at == hour).map_or(0, |(_, count)| *count);
        Bar { label: format!("{hour:02}"), count: u64::try_from(count).unwrap_or(0) }
    };
    (0..hours).map(|after| bar((first + after) % HOURS)).collect()
}

fn facts(night: &Night) -> Vec<Fact> {
    let total = |what| night.tally.total(what, &Choice::default());
    let booked = total(What::Booked);
    let lead = fact(total(What::Lead).count, ["лид", "лида", "лидов"]);
    let mut visit = fact(booked.count, ["запись", "записи", "записей"]);
    if booked.sum > 0 {
        visit.words = format!("{} на {}", visit.words, Money::from_kop(booked.sum));
    }
    let waiting = i64::try_from(night.waiting.len()).unwrap_or(i64::MAX);
    vec![lead, visit, fact(waiting, ["ждёт человека", "ждут человека", "ждут человека"])]
}

fn fact(count: i64, [one, few, many]: [&str; 3]) -> Fact {
    let told = wall::count(u64::try_from(count).unwrap_or(0), one, few, many);
    let (figure, words) = told.split_once(NBSP).unwrap_or((&told, ""));
    Fact { figure: figure.to_owned(), words: words.to_owned() }
}
