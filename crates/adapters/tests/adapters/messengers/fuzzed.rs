//! A few thousand broken updates a parser in each run; ten million by `make fuzz`.

use crate::messengers::parsers::{KINDS, Parser};

#[test]
fn a_parser_survives_whatever_it_is_handed() {
    let first = u64::from(std::process::id()) * 1_000_000;
    for kind in KINDS {
        let parser = Parser::open(kind);
        for seed in first..first + 3_000 {
            if let Err(fault) = parser.read(seed) {
                panic!("{kind}, seed {seed}: {fault}: {}", String::from_utf8_lossy(&parser.body(seed)));
            }
        }
    }
}
