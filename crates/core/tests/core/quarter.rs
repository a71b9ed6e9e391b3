//! A quarter of nights: rosters, stand-ins, holidays, failing vendors, taps, silence and restarts, all random, and
//! what must be true of every one of them.
//!
//! `SEED=7 NIGHTS=10 cargo test -p nochnik-core --test quarter -- --nocapture` plays one quarter again.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a simulation drives everything itself and says what it saw"
)]

mod judge;
mod night;
mod plan;
mod warned;

use proptest::test_runner::{RngAlgorithm, TestRng};

use crate::quarter::judge::Tally;
use crate::quarter::night::Night;
use crate::quarter::plan::{DAY_MIN, Plan};

const SEEDS: [u64; 2] = [1, 20_261_127];
const NIGHTS: i64 = 91;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

pub fn dice(seed: u64) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

fn seeds() -> Vec<u64> {
    number("SEED").map_or(SEEDS.to_vec(), |seed| vec![seed])
}

fn nights() -> i64 {
    number("NIGHTS").and_then(|nights| i64::try_from(nights).ok()).unwrap_or(NIGHTS)
}

#[test]
fn a_quarter_of_nights_leaves_no_lead_alone() {
    let nights = nights();
    let mut sum = Tally::default();
    for seed in seeds() {
        // Printed first, so that a failing quarter names itself.
        println!("SEED={seed} NIGHTS={nights}");
        let mut random = dice(seed);
        let plan = Plan::draw(&mut random, nights);
        for night in 0..nights {
            Night::begin(&mut random, &plan, night * DAY_MIN).play(&mut sum);
        }
    }
    println!("{sum:?}");
    let Tally { cases, rings, taken, exhausted, failures, restarts, holes } = sum;
    let least = [cases, rings, taken, exhausted, failures, restarts, holes].into_iter().min();
    assert!(least > Some(0), "nights in which nothing happens prove nothing");
}

/// An hour without anybody on duty is told to the owner at least twelve hours before, or, when it arose later, at once.
#[test]
fn no_hole_comes_without_a_warning() {
    let mut holes = 0;
    for seed in seeds() {
        println!("SEED={seed} NIGHTS={}", nights());
        let plan = Plan::draw(&mut dice(seed), nights());
        holes += warned::judge(&plan, nights() * DAY_MIN);
    }
    assert!(holes > 0, "a quarter without a hole proves nothing");
}
