//! The amoCRM adapter against the double: one request, one lead, whatever happens on the way.

mod desk;
mod faults;
mod people;
mod refusals;
mod states;
mod steps;
mod wholeness;
