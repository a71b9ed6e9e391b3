//! The real binary: started, talked to from outside, killed.

mod browser;
mod emulator;
mod kill;
mod ladder;
mod real;
mod schemathesis;
mod stop;
mod telegram_night;
