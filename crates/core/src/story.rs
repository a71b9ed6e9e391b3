//! A conversation as plain text: read, play, print. The owner of a salon can read it and say «мы бы
//! так не ответили».
//!
//! Knows no files: the text comes in, the text with today's answers goes out.

mod converse;
mod detail;
mod expect;
mod parse;
mod player;
mod rehearsal;
mod replay;
mod seen;
mod show;
mod verdict;
mod world;

pub use converse::converse;
pub use expect::{Check, Expected, Wanted};
pub use parse::{StoryError, act_of, read};
pub use player::{absence, came, decide, play, stand_in, visit_change};
pub use rehearsal::{REHEARSAL_ACCOUNT, rehearse, rehearsed};
pub use replay::{Parting, Past, replay};
pub use seen::{Call, Heard, Seen};
pub use verdict::{Checked, Judged, Verdict};

use jiff::SignedDuration;
use jiff::civil::DateTime;

use crate::dialogue::CalendarAnswer;
use crate::event::InputKind;
use crate::request::RequestEnd;

/// A story as written, without the answers: those are played afresh.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    pub title: String,
    /// Name of the business's file, without its ending; empty when the header names none.
    pub business: String,
    /// Wall clock of the business when the story begins.
    pub starts_at: DateTime,
    /// Shows the CRM, whole notices, alarms and what the bot knows as well: `подробно` ends the header.
    pub is_detailed: bool,
    pub scenes: Vec<Scene>,
}

/// What stands in the story, as it was written, and what it asks of the player.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// One line, or several of a burst.
    pub lines: Vec<String>,
    /// Number of its first line in the text, from 1.
    pub number: usize,
    pub act: Act,
    /// What must have come of it.
    pub expected: Vec<Expected>,
}

/// What happens in the world.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// A remark `# …` or an empty line.
    Nothing,
    /// One turn of the client: a message, or a burst of several.
    Client(Vec<Said>),
    /// `менеджер Марина: …`
    Reply { person: String, text: String },
    /// `Марина жмёт «Беру»`
    Press { person: String, label: String },
    /// `Марина жмёт клавишу`: the agreed one, in a phone call.
    Key { person: String },
    /// `не доходит: Марина, sms`: the means that rang last by this account came to nothing.
    Unreached { person: String, account: String },
    /// `Марина возвращает диалог боту`
    GiveBack { person: String },
    /// `Марина отмечает: пришёл` or `не пришёл`, of the visit that began last.
    Came { person: String, has_come: bool },
    /// A person moves the client's next visit in the console, or calls it off.
    Visit { person: String, now: Option<Visit> },
    /// `Марина подтверждает запись` or `отказывает в записи` in the console, of the soonest that waits for a word.
    Decide { person: String, is_approved: bool },
    /// `… прошло 15 ч 50 мин`
    Wait(SignedDuration),
    /// `занято: Анна, сб 21 ноября, 18:30–19:30`: somebody else's visit.
    Taken(Visit),
    /// `модель: {…}`: the second reader answers, truly or not.
    Model(serde_json::Value),
    /// `освободилось: …`: somebody else's visit is cancelled.
    Freed(Visit),
    /// `в другом чате: Мария, сб 21 ноября, 18:30–20:00`: a visit of the same client, whose number both channels
    /// vouch for, to the first service of that specialist.
    Elsewhere(Visit),
    /// `в другом чате напоминаем: Мария, сб 21 ноября, 18:30–20:00`: that chat is closed, so this one speaks for it.
    RemindHere(Visit),
    /// `клиент закрыл чат`: nothing of ours reaches them.
    Closed,
    /// `в другом чате не дошло: …`: those words, of a bot, were meant for another chat of the same client.
    SayHere(String),
    /// `не дошло`: the last message to the client came back, their chat is closed. `не дошло: window_closed`: for
    /// this reason.
    Bounced { code: String },
    /// `подмена: Марина → Оля, пт 20 ноября, 20:00 – сб 21 ноября, 09:00`: who stands in for whom.
    StandIn { person: String, instead_of: String, from: DateTime, to: DateTime },
    /// `отсутствует: Марина, пт 20 ноября, 20:00 – сб 21 ноября, 09:00`
    Away { person: String, from: DateTime, to: DateTime },
    /// `в календаре перенесли: Анна, вс 22 ноября, 12:00–13:00`: the client's next visit; `в календаре удалили`: it is gone.
    Calendar(Option<Visit>),
    /// `календарь: записал`, `занято` or `отказал`: it has the last word about the visit asked of it last.
    CalendarSaid(CalendarAnswer),
    /// People end the request in the CRM.
    RequestEnded(RequestEnd),
    /// «в CRM: пришёл», «в CRM: не пришёл».
    VisitJudged { has_come: bool },
    /// `одновременно занято: …`: the same, but the next turn learns of it only when it is saved.
    Raced(Visit),
}

/// One thing the client did.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    Input(InputKind),
    /// A button by its label.
    Button(String),
}

/// Somebody else's visit on the business's wall clock. Half-open.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    pub specialist: String,
    pub from: DateTime,
    pub to: DateTime,
}
