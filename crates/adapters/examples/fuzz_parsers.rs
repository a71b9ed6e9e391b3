//! Throws broken updates at the parsers of the channels, looking for panics and for readings that make no sense.
//!
//! `cargo run -p nochnik-adapters --example fuzz_parsers --release -- N [SEED [KIND]]` reads N of them a parser, of
//! all kinds or of one. Update n is made from SEED + n alone, so `-- 1 NUMBER` plays one again. Ends with 1 if anything was found.

#![expect(clippy::unwrap_used, reason = "a tool stops at the first surprise")]
#![expect(clippy::disallowed_methods, reason = "takes a seed from the clock where none is given")]

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/adapters/messengers"]
mod messengers {
    mod desk;
    pub mod mutate;
    pub mod parsers;
}
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/adapters/wire.rs"]
mod wire;

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use messengers::parsers::{KINDS, Parser};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let count: u64 = arguments.next().expect("how many updates a parser?").parse().unwrap();
    let now = || u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap();
    let first = arguments.next().map_or_else(now, |seed| seed.parse().unwrap());
    let only = arguments.next();
    let mut out = io::stdout().lock();
    writeln!(out, "seed {first}").unwrap();
    let mut found = 0_u64;
    for kind in KINDS.into_iter().filter(|kind| only.as_ref().is_none_or(|only| only == kind)) {
        let (parser, began) = (Parser::open(kind), Instant::now());
        for seed in first..first + count {
            let read = catch_unwind(AssertUnwindSafe(|| parser.read(seed)));
            let fault = read.unwrap_or_else(|_| Err("a panic".to_owned()));
            if let Err(fault) = fault {
                found += 1;
                let body = parser.body(seed);
                writeln!(out, "{kind}, seed {seed}: {fault}: {}", String::from_utf8_lossy(&body)).unwrap();
            }
        }
        writeln!(out, "{kind}: {count} updates in {} s", began.elapsed().as_secs()).unwrap();
    }
    writeln!(out, "{found} faults").unwrap();
    ExitCode::from(u8::from(found > 0))
}
