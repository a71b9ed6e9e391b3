//! The YCLIENTS adapter against the double: what is free there is offered, and one visit is one record, whatever happens.

mod booking;
mod catalogue;
mod desk;
mod faults;
mod journal;
mod moves;
mod odd;
mod offered;
mod owner;
mod pace;
mod refusals;
