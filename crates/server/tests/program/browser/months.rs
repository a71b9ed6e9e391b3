//! Two months of a salon as facts, so that pictures of them have something to show.

use std::path::Path;

use nochnik_core::lead::Sign;
use nochnik_core::score::{Outcome, refit};
use nochnik_store::numbers::{self, Fact};
use nochnik_store::{Sql, Store, StoreError, scores};

const SALON: &str = "lotos";
const DAYS: i64 = 60;
const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// Moscow is so far ahead of UTC.
const AHEAD_H: i64 = 3;
/// Clients an hour of the wall clock, in tenths: most come in the evening.
const HOURS: [u64; 24] = [14, 8, 3, 1, 1, 1, 2, 4, 6, 9, 12, 12, 11, 13, 12, 11, 12, 14, 18, 22, 27, 30, 28, 22];

/// Looks like chance and is the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn is_one_of(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}

/// Puts the months before `now_ms` into a new database.
pub async fn fill(database: &Path, now_ms: i64) {
    let store = Store::open(&format!("sqlite:{}", database.display())).await.unwrap();
    store.write(move |sql| months(sql, now_ms)).await.unwrap();
    store.close().await;
}

fn months(sql: &mut dyn Sql, now_ms: i64) -> Result<(), StoreError> {
    let mut dice = Dice(11);
    for hour_back in 1..DAYS * 24 {
        let at_ms = now_ms - hour_back * HOUR_MS;
        let hour = usize::try_from((at_ms / HOUR_MS + AHEAD_H) % 24).unwrap();
        // The salon does a little better from week to week.
        let busy = HOURS[hour] * (100 + u64::try_from(DAYS * 24 - hour_back).unwrap() / 24) / 100;
        let clients = busy / 10 + u64::from(dice.roll(10) < busy % 10);
        for _ in 0..clients {
            let channel = ["widget", "widget", "telegram", "telegram", "vk", "max"][dice.roll(6) as usize];
            client(sql, &mut dice, channel, !(10..21).contains(&hour), at_ms)?;
        }
    }
    let outcomes: Vec<Outcome> = (0..260)
        .map(|number| {
            let is_won = number % 3 != 0;
            let called = [Sign::PhoneGiven, Sign::WantsVisit];
            Outcome { signs: if is_won || number % 6 == 0 { called.to_vec() } else { vec![Sign::AskedPrice] }, is_won }
        })
        .collect();
    let fitted = refit(&outcomes).unwrap();
    scores::put_refit(sql, SALON, &serde_json::to_string(&fitted).unwrap(), fitted.is_used, now_ms - DAY_MS).map(drop)
}

/// One who writes, and what may come of it.
fn client(sql: &mut dyn Sql, dice: &mut Dice, channel: &str, is_night: bool, at_ms: i64) -> Result<(), StoreError> {
    let mut add = |what: &str, amount: u64| {
        let amount = i64::try_from(amount).unwrap();
        let fact = Fact { at_ms, what: what.to_owned(), channel: channel.to_owned(), is_night, amount };
        numbers::add(sql, SALON, &fact)
    };
    let messages = 2 + dice.roll(6);
    for _ in 0..messages {
        add("heard", 1)?;
        add("read", u64::from(dice.is_one_of(14)))?;
        add("answered", 300 + dice.roll(1_900) + if dice.is_one_of(150) { 4_000 } else { 0 })?;
    }
    add("contact", 1)?;
    if dice.is_one_of(3) {
        return Ok(());
    }
    add("lead", 1)?;
    add("in_crm", 900 + dice.roll(9_000))?;
    if dice.is_one_of(3) {
        return Ok(());
    }
    add("qualified", 1)?;
    if dice.is_one_of(4) {
        add("case", 1)?;
        add("taken", 20_000 + dice.roll(400_000))?;
        add("ended", u64::from(!dice.is_one_of(3)))?;
    }
    if dice.is_one_of(2) {
        return Ok(());
    }
    add("booked", (1_200 + dice.roll(20) * 100) * 100)?;
    add("booker", 1)?;
    match dice.roll(10) {
        0 => add("no_show", 1),
        1 => add("cancelled", 1),
        2 => add("moved", 1),
        _ => {
            add("arrived", 1)?;
            add("guest", 1)?;
            add("rated", 3 + dice.roll(3))
        }
    }
}
