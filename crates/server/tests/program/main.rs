//! The real binary: started, talked to from outside, killed.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test drives its peers itself and says what it saw"
)]

mod browser;
mod emulator;
mod kill;
mod ladder;
mod metrics;
mod real;
mod schemathesis;
mod stop;
mod telegram_night;
