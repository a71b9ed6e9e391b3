//! The rosters of a quarter as the test's own data, and who is on duty by them, found by looking at every shift.
//!
//! Time is whole minutes since Monday, 5 October 2026, 00:00 in Moscow, which never changes its clocks.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use nochnik_core::business::{Business, Document, Line, Settings, Way};
use nochnik_core::duty::{Absence, Changes, Override, Span};
use nochnik_core::values::PersonId;
use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;

pub const DAY_MIN: i64 = 1_440;
const WEEK_MIN: i64 = 7 * DAY_MIN;
const FIRST: &str = "2026-10-04T21:00:00Z";
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
pub const DUTY: [&str; 4] = ["anna", "boris", "vera", "galina"];
pub const SENIOR: &str = "oleg";
pub const OWNER: &str = "roza";

/// Hours of rest, from and to, in minutes of the day; both past midnight.
pub const REST: [(&str, i64, i64); 2] = [("vera", 2 * 60, 5 * 60), (SENIOR, 60, 6 * 60)];

const DOCUMENT: &str = r#"
id = "quarter"
type = "beauty_salon"
name = "Проба"
timezone = "Europe/Moscow"
services = [{ id = "nails", name = "Маникюр", price = 1500, duration_min = 60 }]
staff = [{ id = "master", name = "Майя", services = ["nails"] }]
channels = [{ kind = "widget" }, { kind = "telegram" }]
means = [{ kind = "sms" }, { kind = "call" }]
privacy = { operator = "Проба", policy_url = "https://quarter.example/privacy" }
holidays = "closed"

[hours]
mon = ["09:00", "20:00"]
tue = ["09:00", "20:00"]
wed = ["09:00", "20:00"]
thu = ["09:00", "20:00"]
fri = ["09:00", "20:00"]
sat = ["10:00", "18:00"]
"#;

/// A shift as the owner would say it.
#[derive(Clone, Debug)]
struct Turn {
    crew: Vec<&'static str>,
    every_days: i64,
    /// Empty: every day.
    weekdays: Vec<usize>,
    from: i64,
    to: i64,
    spare: Option<&'static str>,
}

/// Somebody stands in, or is away; known from a moment on.
#[derive(Clone, Debug)]
struct Difference {
    known: i64,
    person: &'static str,
    what: What,
    from: i64,
    to: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Away,
    InsteadOf(&'static str),
    Besides,
}

/// Everything the owner and the staff agree on in a quarter.
pub struct Plan {
    /// From which minute on these shifts hold; the first from the beginning.
    shifts: Vec<(i64, Vec<Turn>, Settings)>,
    /// In the order they became known.
    differences: Vec<Difference>,
    /// When the server is down: from and to.
    pub downs: Vec<(i64, i64)>,
    /// When a vendor is: which, from and to.
    pub outages: Vec<(&'static str, i64, i64)>,
}

pub fn at(minute: i64) -> Timestamp {
    FIRST.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minute)
}

pub fn minute(at: Timestamp) -> i64 {
    at.duration_since(FIRST.parse().unwrap()).as_secs().div_euclid(60)
}

pub fn chance(random: &mut TestRng, percent: u32) -> bool {
    random.random_range(0..100) < percent
}

pub fn one_of<T: Copy>(random: &mut TestRng, from: &[T]) -> T {
    from[random.random_range(0..from.len())]
}

impl Plan {
    /// New shifts every few weeks, something different every few days, the server or a vendor down now and then.
    pub fn draw(random: &mut TestRng, nights: i64) -> Self {
        let end = (nights + 3) * DAY_MIN;
        let mut shifts = Vec::new();
        let mut from = 0;
        while from < end {
            let turns = draw_turns(random);
            let settings = settings_of(&turns);
            shifts.push((from, turns, settings));
            from += WEEK_MIN * random.random_range(1..=4_i64);
        }
        let mut differences: Vec<Difference> = (0..nights / 2).map(|_| draw_difference(random, end)).collect();
        differences.sort_by_key(|it| it.known);
        // Once a day, with time between two for what is overdue.
        let downs = (0..nights + 3).map(|day| {
            let from = day * DAY_MIN + random.random_range(0..DAY_MIN - 60);
            (from, from + random.random_range(1..=40))
        });
        let downs = downs.collect();
        let outages = (0..nights).map(|_| {
            let from = random.random_range(0..end);
            (one_of(random, &["telegram", "sms", "call"]), from, from + random.random_range(1..=300))
        });
        let outages = outages.collect();
        Self { shifts, differences, downs, outages }
    }

    fn shifts_at(&self, minute: i64) -> &(i64, Vec<Turn>, Settings) {
        self.shifts.iter().rev().find(|(from, ..)| *from <= minute).unwrap()
    }

    fn known_at(&self, minute: i64) -> impl Iterator<Item = &Difference> {
        self.differences.iter().take_while(move |it| it.known <= minute)
    }

    /// What the core is given at this moment.
    pub fn business(&self, now: Timestamp) -> Business {
        let minute = minute(now);
        let mut changes = Changes::default();
        for Difference { person, what, from, to, .. } in self.known_at(minute) {
            let (person, span) = (PersonId::new(*person), Span { from: at(*from), to: at(*to) });
            match what {
                What::Away => changes.absences.push(Absence { person, span }),
                What::Besides => changes.overrides.push(Override { person, instead_of: None, span }),
                What::InsteadOf(other) => {
                    changes.overrides.push(Override { person, instead_of: Some(PersonId::new(*other)), span });
                }
            }
        }
        Business { settings: self.shifts_at(minute).2.clone(), changes: Arc::new(changes), busy: Arc::default() }
    }

    /// Who is on duty at a minute, as it is known at another.
    pub fn on_duty(&self, minute: i64, known: i64) -> Vec<&'static str> {
        let mut on: Vec<&'static str> = Vec::new();
        for turn in &self.shifts_at(known).1 {
            for day in [minute.div_euclid(DAY_MIN) - 1, minute.div_euclid(DAY_MIN)] {
                if turn.covers(day, minute) {
                    on.extend(self.in_fact(turn.whose(day), turn.spare, minute, known));
                }
            }
        }
        let besides = self.known_at(known).filter(|it| it.what == What::Besides && it.covers(minute));
        on.extend(besides.map(|it| it.person).filter(|person| !self.is_away(person, minute, known)));
        on
    }

    /// Who comes for one whose turn it is.
    fn in_fact(
        &self,
        whose: &'static str,
        spare: Option<&'static str>,
        minute: i64,
        known: i64,
    ) -> Option<&'static str> {
        let comes = self.stands_for(whose, minute, known);
        if !self.is_away(comes, minute, known) {
            return Some(comes);
        }
        let spare = self.stands_for(spare?, minute, known);
        (!self.is_away(spare, minute, known)).then_some(spare)
    }

    fn stands_for(&self, whose: &'static str, minute: i64, known: i64) -> &'static str {
        let mut comes = whose;
        for it in self.known_at(known).filter(|it| it.covers(minute)) {
            if it.what == What::InsteadOf(comes) {
                comes = it.person;
            }
        }
        comes
    }

    pub fn is_away(&self, person: &str, minute: i64, known: i64) -> bool {
        self.known_at(known).any(|it| it.person == person && it.what == What::Away && it.covers(minute))
    }

    /// Whether this person may be woken at a minute: on duty, or above it and not away.
    pub fn may_be_woken(&self, person: &str, minute: i64) -> bool {
        let is_above = person == SENIOR || person == OWNER;
        (is_above && !self.is_away(person, minute, minute)) || self.on_duty(minute, minute).contains(&person)
    }

    /// When the server works again, if it is down at this moment.
    pub fn down_until(&self, now: Timestamp) -> Option<Timestamp> {
        let of = |(from, to): &(i64, i64)| (at(*from) <= now && now < at(*to)).then(|| at(*to));
        self.downs.iter().filter_map(of).max()
    }

    /// Every minute at which the shifts or what differs from them become other ones.
    pub fn moves(&self) -> impl Iterator<Item = i64> {
        self.shifts.iter().map(|(from, ..)| *from).chain(self.differences.iter().map(|it| it.known))
    }

    /// Since when it has been known that nobody is on duty at a minute; `None` while somebody is.
    pub fn empty_since(&self, minute: i64) -> Option<i64> {
        let mut moves: Vec<i64> = self.moves().filter(|known| *known <= minute).collect();
        moves.sort_unstable();
        let is_empty = |known: &&i64| self.on_duty(minute, **known).is_empty();
        moves.iter().rev().take_while(is_empty).last().copied().filter(|_| self.on_duty(minute, minute).is_empty())
    }

    pub fn is_out(&self, vendor: &str, now: Timestamp) -> bool {
        let minute = minute(now);
        self.outages.iter().any(|(out, from, to)| *out == vendor && (*from..*to).contains(&minute))
    }
}

pub fn rests(person: &str, minute: i64) -> bool {
    let of_day = minute.rem_euclid(DAY_MIN);
    REST.iter().any(|(rests, from, to)| *rests == person && (*from..*to).contains(&of_day))
}

impl Difference {
    fn covers(&self, minute: i64) -> bool {
        (self.from..self.to).contains(&minute)
    }
}

impl Turn {
    /// Whether the shift that begins on this day, counted from the first Monday, is on at a minute.
    fn covers(&self, day: i64, minute: i64) -> bool {
        let is_its_day =
            self.weekdays.is_empty() || self.weekdays.contains(&usize::try_from(day.rem_euclid(7)).unwrap());
        let from = day * DAY_MIN + self.from;
        let to = day * DAY_MIN + if self.from < self.to { self.to } else { self.to + DAY_MIN };
        is_its_day && from <= minute && minute < to
    }

    /// The turns were counted from four weeks before the first Monday.
    fn whose(&self, day: i64) -> &'static str {
        let turn = (day + 28) / self.every_days;
        self.crew[usize::try_from(turn).unwrap() % self.crew.len()]
    }
}

/// One to three shifts; most rosters cover the night, some leave holes.
fn draw_turns(random: &mut TestRng) -> Vec<Turn> {
    let mut people = DUTY.to_vec();
    (0..random.random_range(1..=3))
        .map(|_| {
            people.rotate_left(random.random_range(1..4));
            let count = random.random_range(1..=3);
            let weekdays: &[usize] = one_of(random, &[&[], &[], &[], &[0, 1, 2, 3, 4], &[5, 6], &[4, 5, 6]]);
            Turn {
                crew: people[..count].to_vec(),
                every_days: one_of(random, &[1, 2, 3, 7, 14]),
                weekdays: weekdays.to_vec(),
                from: one_of(random, &[20 * 60, 20 * 60, 19 * 60 + 30, 23 * 60, 0]),
                to: one_of(random, &[9 * 60, 9 * 60, 8 * 60, 2 * 60 + 10, 20 * 60]),
                spare: chance(random, 40).then(|| people[3]),
            }
        })
        .collect()
}

/// Mostly agreed days ahead; one illness in three is told at the last moment.
fn draw_difference(random: &mut TestRng, end: i64) -> Difference {
    let known = random.random_range(0..end);
    let ahead = if chance(random, 30) { random.random_range(0..600) } else { random.random_range(0..9 * DAY_MIN) };
    let from = known + ahead;
    let person = one_of(random, &DUTY);
    let what = match random.random_range(0..10) {
        0..=4 => What::Away,
        5 => What::Besides,
        _ => What::InsteadOf(one_of(random, &DUTY)),
    };
    let person = if what == What::Away && chance(random, 15) { SENIOR } else { person };
    Difference { known, person, what, from, to: from + random.random_range(60..3 * DAY_MIN) }
}

fn clock(minutes: i64) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn settings_of(turns: &[Turn]) -> Settings {
    let mut text = DOCUMENT.to_owned();
    for (place, person) in DUTY.iter().chain([&SENIOR, &OWNER]).enumerate() {
        let role = if *person == SENIOR {
            "senior"
        } else if *person == OWNER {
            "owner"
        } else {
            "duty"
        };
        // Every second one is rung by SMS when the messenger has been silent for a minute.
        let after_s = if place % 2 == 0 { ", after_s = 60" } else { "" };
        let quiet = REST.iter().find(|(rests, ..)| rests == person);
        let quiet =
            quiet.map_or_else(String::new, |(_, from, to)| format!("quiet = \"{}-{}\"\n", clock(*from), clock(*to)));
        write!(
            text,
            "\n[[people]]\nid = \"{person}\"\nname = \"{person}\"\nrole = \"{role}\"\nphone = \"+7918555010{place}\"\n{quiet}\
             means = [{{ channel = \"telegram\", peer = \"{person}\" }}, {{ means = \"sms\"{after_s} }}, {{ means = \"call\" }}]\n"
        )
        .unwrap();
    }
    for turn in turns {
        let days: Vec<&str> = turn.weekdays.iter().map(|day| WEEKDAYS[*day]).collect();
        let crew = match turn.crew.as_slice() {
            [alone] => format!("person = \"{alone}\""),
            crew => format!("people = {crew:?}\nevery = \"{}d\"\nsince = \"2026-09-07\"", turn.every_days),
        };
        let spare = turn.spare.map_or_else(String::new, |spare| format!("spare = \"{spare}\"\n"));
        let (from, to) = (clock(turn.from), clock(turn.to));
        write!(text, "\n[[shifts]]\n{crew}\ndays = {days:?}\n{spare}from = \"{from}\"\nto = \"{to}\"\n").unwrap();
    }
    let document: Document = toml::from_str(&text).unwrap();
    let lines = [("sms", Way::Sms, false), ("call", Way::Call, true)];
    let lines = lines.map(|(name, way, takes_key)| (name.to_owned(), Line { way, takes_key }));
    Settings::build(document, 1).unwrap().with_lines(BTreeMap::from(lines))
}
