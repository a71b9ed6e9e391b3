//! Slots and windows by the calendar: Tue 24 to Sun 29 November 2026.

mod by_hand;
mod chairs;
mod conflicts;
mod opening;
mod oracle;
mod properties;
mod rota;
mod salon;
mod slots;
mod windows;
