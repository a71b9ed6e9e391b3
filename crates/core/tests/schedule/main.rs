//! Slots and windows by the calendar: Tue 24 to Sun 29 November 2026.

mod chairs;
mod opening;
mod properties;
mod salon;
mod slots;
mod windows;
