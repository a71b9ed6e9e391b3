//! One rule a table: what happens exactly at a bound, a minute before and a minute after, and on either side
//! of every «and» and «or». Whole conversations are told by the stories.

mod afterwards;
mod beside;
mod bursts;
mod by_hand;
mod care;
mod client;
mod contacts;
mod elsewhere;
mod gathered;
mod heard;
mod hours;
mod ladder;
mod means;
mod moved;
mod named;
mod offers;
mod push;
mod records;
mod requests;
mod staff;
pub mod talk;
mod told;
mod topics;
mod visits;
mod voice;
mod waitlist;
mod words;
mod yes_no;
