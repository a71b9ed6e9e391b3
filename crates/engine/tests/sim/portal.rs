//! The portal of one night: each seed meets another kind of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use nochnik_doubles::bitrix24::{Mode, PhoneMatch, Settings};
use nochnik_doubles::faults::{Fault, Faults};

use crate::dice::Dice;

/// One outside call in so many meets a fault.
const FAULT_ONE_IN: u64 = 5;
/// Seconds of one method in ten minutes, where the budget is tight: some sixty cards are written, then it is shut.
const TIGHT_S: f64 = 20.0;

/// By the bits of the seed: sixteen nights in a row meet every kind of portal, and twenty the robots too.
pub fn settings(seed: u64) -> Settings {
    let has = |bit: u64| seed >> bit & 1 == 1;
    // In the nights with leads: left alone, turned into deals, turned and seen no more.
    let robots = seed / 2 % 3;
    Settings {
        mode: if has(0) { Mode::Classic } else { Mode::Simple },
        operating_limit_s: Some(if has(2) { TIGHT_S } else { 480.0 }),
        phone_match: if has(3) { PhoneMatch::EightIsSeven } else { PhoneMatch::Literal },
        index_lag_ms: if has(1) { 20_000 } else { 0 },
        robots_convert_leads: robots > 0,
        hides_converted_leads: robots == 2,
        ..Settings::default()
    }
}

/// Whether the portal gets another name in the middle of the night.
pub fn moves(seed: u64) -> bool {
    seed >> 2 & 1 == 1
}

/// What may go wrong with any outside call.
pub fn kinds() -> Vec<Fault> {
    vec![
        Fault::DropBefore,
        Fault::ExecuteThenDrop,
        Fault::ExecuteThenStatus(500),
        Fault::Status(503),
        Fault::Status(429),
        Fault::Status(502),
        Fault::Delay(4_000),
        Fault::Hang,
    ]
}

/// The portal cuts a request at sixty seconds: until then it may be at work on one whose caller has gone.
pub fn late_kinds() -> Vec<Fault> {
    [kinds(), vec![Fault::ExecuteLate(20_000), Fault::ExecuteLate(60_000), Fault::Delay(61_000)]].concat()
}

/// Each call in five meets one of `kinds`; `seen` counts them.
pub fn faults(seed: u64, kinds: Vec<Fault>, seen: Arc<AtomicU64>) -> Faults {
    let mut dice = Dice::new(seed);
    Faults::by(move |_| {
        let fault = dice.one_in(FAULT_ONE_IN).then(|| *dice.pick(&kinds))?;
        seen.fetch_add(1, Ordering::Relaxed);
        Some(fault)
    })
}
