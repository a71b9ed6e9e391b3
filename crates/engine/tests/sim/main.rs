//! Whole nights under a virtual clock: seeded clients, staff and faults, crashes between any two
//! steps; then the checkers of I1–I8 look at what the platforms saw.
//!
//! `cargo sim` plays the seeds of `make test`; `SEEDS=200 cargo sim` more; `SEED=7 cargo sim` one of
//! them again; `TURNS=` sets how many things happen in each. `make nights` plays a thousand of them. The
//! real core, store, engine and adapters run; only the sockets and the clock are not there.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a simulation drives everything itself and says what it saw"
)]

mod cards;
mod check;
mod dice;
mod night;
mod portal;
mod wire;

use night::{Ledger, play};

/// Things that happen in one night, faults and crashes among them.
const TURNS: u64 = 2_000;
/// Every kind of portal is met: there are sixteen.
const SEEDS: u64 = 20;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn nights_with_faults_lose_nothing() {
    let turns = number("TURNS").unwrap_or(TURNS);
    let seeds = match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 1..number("SEEDS").unwrap_or(SEEDS) + 1,
    };
    let mut sum = Ledger::default();
    for seed in seeds.clone() {
        // Printed first, so that a failing night names itself.
        println!("SEED={seed} TURNS={turns} cargo sim");
        let ledger = play(seed, turns);
        println!("  {}", ledger.line());
        sum.add(&ledger);
    }
    println!("{} nights: {}", seeds.end - seeds.start, sum.line());
    assert!(
        sum.messages > 0 && sum.leads > 0 && sum.bookings > 0 && sum.crashes > 0,
        "a night in which nothing happens proves nothing"
    );
}

#[test]
fn the_same_seed_is_the_same_night() {
    assert_eq!(play(99, 400), play(99, 400));
}
