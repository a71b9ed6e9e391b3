//! What each command does, one file a command.

pub mod accept;
pub mod audit;
pub mod business;
pub mod calendar;
pub mod cases;
pub mod channel;
pub mod check;
pub mod converse;
pub mod crm;
pub mod duty;
pub mod init;
pub mod links;
pub mod rehearse;
pub mod score;
pub mod serve;
pub mod staff;
pub mod talk;
pub mod train;
pub mod understand;
pub mod user;
