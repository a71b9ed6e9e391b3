//! The numbers of the console: what a turn leaves to count, and what a page makes of a period.

mod facts;
mod page;
