//! Everything we may ask of the world. The core only returns these; floor 4 carries them out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::acquaintance::VisitElsewhere;
use crate::consult::Inquiry;
use crate::conversation::Answer;
use crate::crm::Card;
use crate::open_line::LineWords;
use crate::proof::Proof;
use crate::reach::Target;
use crate::schedule::Slot;
use crate::score::Outcome;
use crate::values::{Address, CaseId, PersonId, Phone, ServiceId};
use crate::waitlist::Freed;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// To the client, in the conversation's own channel.
    Say(Reply),
    /// Ends the waiting circle on the button the client or the manager pressed.
    AnswerPress {
        to: Address,
        press_id: String,
        text: Option<String>,
    },
    /// To one person of the staff by one means.
    Notify(Notice),
    /// To one person of the staff by SMS, call, e-mail or push.
    Summon(Summons),
    /// Replaces the text of every notice of the case, keeping the buttons.
    RefreshNotices {
        case: CaseId,
        text: String,
    },
    /// Replaces the text of every notice of the case and takes its buttons away.
    CloseNotices {
        case: CaseId,
        text: String,
    },
    /// Asks the second reader; its answer is an event, [`crate::event::What::Consulted`].
    Consult(Box<Inquiry>),
    /// The whole card as the CRM should show it now; a later one makes an earlier needless.
    Crm(Box<Card>),
    /// Into the open line of the CRM in which this dialogue stands.
    Line(LineWords),
    /// Keeps the slot while the client answers. Part of the turn's own transaction.
    Hold {
        booking: String,
        slot: Slot,
        service: ServiceId,
        until: Timestamp,
    },
    /// Keeps it longer: the client is still answering.
    Extend {
        booking: String,
        until: Timestamp,
    },
    Confirm {
        booking: String,
        client_name: String,
        /// Gets no reminders, to measure what reminders do.
        is_unreminded: bool,
    },
    /// Keeps the slot for a named client until a person confirms or declines.
    Keep {
        booking: String,
        client_name: String,
    },
    /// How the reminder of a visit stands, for the call list.
    Answered {
        booking: String,
        answer: Answer,
    },
    /// The staff said whether the client came.
    Came {
        booking: String,
        has_come: bool,
    },
    /// A row of the consent log.
    Prove(Proof),
    /// How a case that a person took ended: the score learns from it.
    Ended {
        case: CaseId,
        outcome: Outcome,
    },
    /// The client's rating of a visit, 1 to 5.
    Rated {
        booking: String,
        rating: u8,
    },
    Release {
        booking: String,
    },
    /// A visit that stands is at another time now. `by`: the account of the calendar where that was done.
    Move {
        booking: String,
        slot: Slot,
        by: Option<String>,
    },
    /// The calendars outside are to show this visit as it stands here.
    Mirror {
        booking: String,
    },
    /// To every owner whom a messenger reaches.
    TellOwners {
        text: String,
    },
    /// Look who else has this number; the answer is an event, [`crate::event::What::Acquainted`].
    Acquaint {
        phone: Phone,
    },
    /// A reminder whose chat is closed goes another way.
    RemindElsewhere(Box<RemindElsewhere>),
    /// So does a reply.
    ReplyElsewhere(Box<ReplyElsewhere>),
    /// Time that came free: the first who waits for it is woken with [`Alarm::SlotFreed`].
    Freed(Freed),
    /// Wake this conversation later. Never cancelled: a late one finds nothing to do.
    Wake {
        alarm: Alarm,
        due: Timestamp,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    pub text: String,
    pub buttons: Vec<Button>,
    /// Ask the channel for its «send my number» button, where it has one.
    pub asks_phone: bool,
    /// Who speaks: `None` is the bot, else a person of the staff.
    pub by: Option<PersonId>,
    /// The bookings that it tells of as settled: their calendar files may go along.
    #[serde(default)]
    pub visits: Vec<String>,
    /// A model may find other words for it; never for what the law or a danger wants said as it stands.
    #[serde(default)]
    pub may_reword: bool,
    /// A reminder, which another way may bring: later than this it helps nobody.
    #[serde(default)]
    pub reminder: Option<Reminding>,
    #[serde(default)]
    pub if_lost: IfLost,
}

/// What becomes of a message that its chat does not take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IfLost {
    /// It was our own wish to write: nobody misses it.
    Nothing,
    /// A person hears that the client did not.
    #[default]
    PersonTold,
    /// The bot's answer: another chat of the client brings it, or an SMS calls the client back. Who closed the chat
    /// does not wait for a bot.
    GoesRound,
    /// A person's words, or a promise: as above, for who closed the chat as well.
    GoesRoundAlways,
}

/// What makes a reply a reminder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminding {
    pub until: Timestamp,
    pub prepared: Prepared,
}

/// The same in words that a channel may have approved, for when it takes no others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    pub name: PreparedName,
    /// What stands in its places, in order; each one line.
    pub values: Vec<String>,
}

/// Which of the prepared texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PreparedName {
    /// Business, moment, service; asks whether the client comes.
    Remind,
    /// Business, moment, service; asks nothing.
    RemindSoon,
    /// Business and moment.
    RemindDiscreet,
    /// Business and moment; asks nothing.
    RemindSoonDiscreet,
}

/// At most [`crate::limits::BUTTON_ID_BYTES_MAX`] bytes of id, so that every channel carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    pub id: String,
    pub label: String,
}

/// A call to a person of the staff.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    pub case: CaseId,
    pub person: PersonId,
    pub to: Address,
    /// 2 or 3, as in the regulation; 1 is the bot.
    pub level: u8,
    pub text: String,
    /// Under each stands a one-time token that floor 4 makes.
    pub answers: Vec<NoticeButton>,
    /// May break the person's own quiet hours.
    pub is_urgent: bool,
}

/// A call to a person of the staff outside the messengers. Nothing in it is a client's: it goes through foreign hands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summons {
    pub case: CaseId,
    pub person: PersonId,
    /// Id of an entry of `means`.
    pub means: String,
    /// As the means wants it: a phone, an e-mail address, a push subscription.
    pub to: String,
    pub level: u8,
    /// One line.
    pub title: String,
    pub text: String,
    /// Goes out even when the day's money is spent.
    pub is_urgent: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeButton {
    pub answer: crate::event::NoticeAnswer,
    pub label: String,
}

/// A reminder for another chat of the client, else for an SMS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemindElsewhere {
    pub booking: String,
    /// Which of the reminders it is: minutes before the visit.
    pub before_min: u16,
    pub visit: VisitElsewhere,
    pub ways: Ways,
    /// Later than this it helps nobody.
    pub until: Timestamp,
}

/// A reply for another chat of the client, else for an SMS that calls them back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplyElsewhere {
    /// Under which the reply was to go out.
    pub key: String,
    pub ways: Ways,
}

/// How else a client is reached. Never empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ways {
    /// By this number other chats of the client are found; `None` where no channel vouches for it.
    pub chats_of: Option<Phone>,
    /// The client agreed to it.
    pub sms: Option<Sms>,
}

/// A text to the client's own phone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sms {
    /// Id of an entry of `means`.
    pub means: String,
    pub to: Phone,
    pub text: String,
}

/// What to be woken for. `generation`-like fields make a late alarm recognisable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alarm {
    HoldExpired {
        booking: String,
    },
    /// The case's rung number `rung` is due.
    Escalation {
        case: CaseId,
        rung: u16,
    },
    /// A person's means has been silent for as long as they wished: the next one is due.
    NextMeans {
        case: CaseId,
        target: Target,
    },
    /// A quarter of an hour after «Беру»: how did it end?
    OutcomeDue {
        case: CaseId,
    },
    /// A person leads the dialogue and has been silent while the client waits.
    PersonSilent {
        since: Timestamp,
    },
    /// The auditor found the case open with nothing to come.
    Repair {
        case: CaseId,
    },
    /// In `backup` mode: nobody of the staff answered in time.
    BackupDue {
        since: Timestamp,
    },
    /// The second reader has not answered: the rules' own reading stands.
    ConsultDue {
        since: Timestamp,
    },
    /// The client may have fallen silent in the middle of a talk.
    SilenceDue {
        since: Timestamp,
    },
    /// A reminder is due, so many minutes before the visit that was to begin at `starts_at`; not known of old alarms.
    ReminderDue {
        booking: String,
        before_min: u16,
        #[serde(default)]
        starts_at: Option<Timestamp>,
    },
    /// Another conversation of this client, whose chat is closed, has a visit to remind of: its booking there.
    RemindHere {
        booking: String,
        before_min: u16,
        visit: VisitElsewhere,
    },
    /// Another conversation of this client has a reply that its chat did not take; `from` is its key there.
    SayHere {
        from: String,
        text: String,
        /// Whose words they are; `None`: the bot's.
        by: Option<PersonId>,
    },
    /// The first reminder of the visit that was to begin at `starts_at` was not answered for hours; not known of old alarms.
    ReminderSilent {
        booking: String,
        #[serde(default)]
        starts_at: Option<Timestamp>,
    },
    /// The visit that was to end at `ends_at` is over: its rating is asked. Not known of old alarms.
    RatingDue {
        booking: String,
        #[serde(default)]
        ends_at: Option<Timestamp>,
    },
    /// A time came free that this client may have waited for.
    SlotFreed {
        freed: Freed,
    },
    /// Nothing of what the client waited for since then can come any more.
    WaitlistOver {
        since: Timestamp,
    },
    /// The ladder ended some minutes ago: has anybody taken the case?
    NobodyTook {
        case: CaseId,
    },
    /// A calendar outside has not said whether the visit stands.
    CalendarDue {
        booking: String,
    },
    /// What we promised the client («ответим до 09:30») falls due.
    PromiseDue {
        case: CaseId,
    },
}

impl Alarm {
    /// The name stored beside the row; part of its unique key.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::HoldExpired { .. } => "hold",
            Self::Escalation { .. } => "escalation",
            Self::NextMeans { .. } => "next_means",
            Self::OutcomeDue { .. } => "outcome",
            Self::PersonSilent { .. } => "person_silent",
            Self::NobodyTook { .. } => "nobody_took",
            Self::Repair { .. } => "repair",
            Self::BackupDue { .. } => "backup",
            Self::CalendarDue { .. } => "calendar",
            Self::PromiseDue { .. } => "promise",
            Self::ConsultDue { .. } => "consult",
            Self::SilenceDue { .. } => "silence",
            Self::ReminderDue { .. } => "reminder",
            Self::ReminderSilent { .. } => "reminder_silent",
            Self::RatingDue { .. } => "rating",
            Self::SlotFreed { .. } => "slot_freed",
            Self::RemindHere { .. } => "remind_here",
            Self::SayHere { .. } => "say_here",
            Self::WaitlistOver { .. } => "waitlist_over",
        }
    }

    /// What makes two alarms of one kind differ within a conversation.
    pub fn subject(&self) -> String {
        match self {
            Self::HoldExpired { booking }
            | Self::CalendarDue { booking }
            | Self::ReminderSilent { booking, .. }
            | Self::RatingDue { booking, .. } => booking.clone(),
            Self::ReminderDue { booking, before_min, .. } | Self::RemindHere { booking, before_min, .. } => {
                format!("{booking}/{before_min}")
            }
            Self::SayHere { from, .. } => from.clone(),
            Self::SlotFreed { freed } => {
                format!("{}/{}/{}", freed.specialist, freed.from.as_millisecond(), freed.to.as_millisecond())
            }
            Self::NextMeans { case, target } => format!("{case}/{}/{}/{}", target.person, target.account, target.to),
            Self::Escalation { case, rung } => format!("{case}/{rung}"),
            Self::OutcomeDue { case }
            | Self::NobodyTook { case }
            | Self::PromiseDue { case }
            | Self::Repair { case } => case.to_string(),
            Self::PersonSilent { since }
            | Self::BackupDue { since }
            | Self::ConsultDue { since }
            | Self::SilenceDue { since }
            | Self::WaitlistOver { since } => since.as_millisecond().to_string(),
        }
    }
}
