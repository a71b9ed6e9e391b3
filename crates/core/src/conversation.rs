//! The state of one talk: all that a step knows of the past. The store saves it whole, as JSON.

use jiff::Timestamp;
use jiff::civil::Time;
use nochnik_nlu::{Intent, Urgency, When};
use serde::{Deserialize, Serialize};

use crate::acquaintance::{Asked, VisitElsewhere};
use crate::consult::Doubt;
use crate::crm::{Card, TranscriptLine};
use crate::dialogue::CalendarAsk;
use crate::effect::Button;
use crate::escalation::Case;
use crate::event::Input;
use crate::lead::Lead;
use crate::limits::{BURST_MESSAGES_MAX, SHOWN_BUTTONS_MAX, TRANSCRIPT_LINE_CHARS_MAX, TRANSCRIPT_LINES_MAX};
use crate::open_line::InLine;
use crate::request::RequestEnd;
use crate::schedule::Slot;
use crate::values::{Address, BusinessId, ConversationId, PersonId, Phone, ServiceId, SpecialistId};
use crate::waitlist::WaitlistEntry;

/// Raised when a saved state changes its meaning; the reader keeps reading every older one.
pub const STATE_VERSION: u16 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    pub version: u16,
    pub business: BusinessId,
    pub id: ConversationId,
    pub address: Address,
    pub began_at: Timestamp,
    /// Began outside the working hours: carries the tag «ночной» for good.
    pub is_after_hours: bool,
    pub client: Client,
    pub speaker: Speaker,
    pub wish: Wish,
    pub asking: Asking,
    pub bookings: Vec<Booking>,
    /// The booking that goes when the one under way is confirmed.
    pub replaced: Option<String>,
    /// The visit whose rating is asked.
    #[serde(default)]
    pub rated: Option<String>,
    pub lead: Option<Lead>,
    pub case: Option<Case>,
    /// Numbers cases and bookings of this conversation, so that their ids never repeat.
    pub counter: u32,
    /// Misunderstandings in a row.
    pub misses: u8,
    /// What the client said while the bot keeps silent for a person, oldest first.
    pub unanswered: Vec<Input>,
    pub transcript: Vec<TranscriptLine>,
    /// When the last of the words was said that are kept no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgotten_to: Option<Timestamp>,
    /// The last card handed to the CRM, without its transcript: an equal one is not sent again.
    pub card: Option<Box<Card>>,
    /// Chips of the last thing understood, for the console.
    pub heard: Vec<String>,
    /// Buttons the client has seen, the newest last: a press is written down as its label.
    #[serde(default)]
    pub shown: Vec<Button>,
    /// How the last message was taken, for counting.
    #[serde(default)]
    pub read_as: Option<ReadAs>,
    /// What the client said and the second reader is asked about.
    #[serde(default)]
    pub doubt: Option<Doubt>,
    /// What the client waits for.
    #[serde(default)]
    pub waitlist: Option<WaitlistEntry>,
    /// Offered together, not yet agreed to.
    #[serde(default)]
    pub series: Option<Series>,
    /// The number by which other chats of this client were looked for.
    #[serde(default)]
    pub asked_who: Option<Asked>,
    /// Visits that other chats of this client hold, soonest first.
    #[serde(default)]
    pub elsewhere: Vec<VisitElsewhere>,
    /// A visit booked in another chat is over.
    #[serde(default)]
    pub was_booked_elsewhere: bool,
    /// Numbers the requests of this conversation, from 0: each is a card of its own in the CRM.
    #[serde(default)]
    pub request_no: u32,
    /// People ended the request in the CRM, and nothing new is wanted yet.
    #[serde(default)]
    pub request_end: Option<RequestEnd>,
    /// Visits wanted after the one under way, each booked in its turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<NextVisit>,
    /// The wish that was given up last, which «запишите всё-таки» takes up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<GivenUp>,
    /// «Точно отменить?» stands open about every visit to come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancels_all: bool,
    /// The visit that was named to be called off, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancels: Option<String>,
    /// The beginning of a telephone number that came in parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_part: Option<String>,
    /// The dialogue stands in an open line of the CRM, too.
    #[serde(default)]
    pub line: Option<InLine>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Client {
    pub name: Option<String>,
    pub profile_name: Option<String>,
    pub phone: Option<Phone>,
    /// The client agreed with the number read back, or the channel vouches for it.
    pub is_phone_confirmed: bool,
    /// The channel vouches for the number: nobody else can have given it.
    #[serde(default)]
    pub is_phone_vouched: bool,
    /// Advertisement tag of the link the client came by.
    pub source: Option<String>,
    /// The greeting with the data notice went out.
    pub is_greeted: bool,
    /// The notice as the client saw it last: another one is shown again.
    #[serde(default)]
    pub notice: Option<String>,
    pub is_blocked: bool,
    /// Asked not to be written to: nothing goes out on our own account.
    #[serde(default)]
    pub is_stopped: bool,
    /// Asked for no reminders: nothing else of what we send is meant.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_reminders: bool,
    /// Whether reminders may come by SMS when the chat is closed; `None` until asked.
    #[serde(default)]
    pub takes_sms: Option<bool>,
}

/// A message as it was taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadAs {
    pub intent: Intent,
    /// The probability of that, 0 to 1.
    pub certainty: f32,
    /// It asked for the opening hours, so that «а в воскресенье?» after it asks for them too.
    #[serde(default)]
    pub is_of_hours: bool,
}

/// Who speaks with the client.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    #[default]
    Bot,
    Person {
        person: PersonId,
        last_at: Timestamp,
    },
}

/// What has been gathered towards a visit. Kept until the visit is booked or given up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wish {
    pub services: Vec<ServiceId>,
    pub specialist: Option<SpecialistId>,
    pub when: Option<When>,
    /// Further times that would do as well as `when`: «в пн, ср или пт».
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when_others: Vec<When>,
    /// What these do is wanted, as long as no service is named: «к хирургу».
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of_position: Vec<SpecialistId>,
    pub urgency: Urgency,
    pub wants_visit: bool,
    pub asked_price: bool,
    pub wants_call: bool,
    /// Times shown to the client last, in the order shown.
    pub offers: Vec<Slot>,
    /// Goes up with every list of offers: an old button is told from a fresh one.
    pub offer_no: u32,
    /// The client said yes to a wish that a person settles; `None` once it changes.
    #[serde(default)]
    pub handed_over_at: Option<Timestamp>,
    /// We wrote first, after a silence: done once.
    #[serde(default)]
    pub followed_at: Option<Timestamp>,
    /// Days between the visits of a series («каждый вторник»).
    #[serde(default)]
    pub every_days: Option<u16>,
    /// Days of the week of a series, where several were named; 0 is Monday.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weekdays: Vec<i8>,
    /// Services spoken of beside the wanted ones: asked about, or given up for them. «На оба» wants them too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<ServiceId>,
    /// What the client said when no service could be made of it: «ламинирование», before «ресниц».
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_part: Option<String>,
    /// Nobody of these, as the client says: «только не к Анне».
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<SpecialistId>,
    /// The visit is to be over by this hour: «чтобы к 13 была готова».
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_by: Option<Time>,
    /// When the client wants to be rung.
    #[serde(default)]
    pub call_when: Option<When>,
}

/// The open question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asking {
    #[default]
    Nothing,
    Service,
    When,
    Slot,
    Name,
    Phone,
    /// «Всё верно?» about the held booking.
    Confirm,
    /// «Точно отменить?»
    ConfirmCancel,
    /// «Перенести?» of a visit into time that it holds itself.
    ConfirmMove,
    /// «Записать вас?» after an answer.
    Visit,
    /// «Записать вас так же и дальше?»
    Series,
    /// «Прислать тогда напоминание по СМС?»
    Sms,
    /// «Всё в силе?» about the coming visit.
    Reminder,
    /// «Оцените визит от 1 до 5».
    Rating,
}

/// A visit that is booked when the one before it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NextVisit {
    pub services: Vec<ServiceId>,
    /// `None`: at the time of the visit before it.
    pub when: Option<When>,
}

/// What was being booked when the client wanted no visit after all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GivenUp {
    pub at: Timestamp,
    pub services: Vec<ServiceId>,
    pub specialist: Option<SpecialistId>,
    pub when: Option<When>,
}

/// Visits put before the client to follow the first one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub services: Vec<ServiceId>,
    pub slots: Vec<Slot>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Booking {
    /// Unique within the business: `conversation/n`.
    pub id: String,
    pub services: Vec<ServiceId>,
    pub slot: Slot,
    pub state: BookingState,
    /// What the client said to a reminder; `None` until the first one went out.
    #[serde(default)]
    pub answer: Option<Answer>,
    /// The reminders that went out, by minutes before the visit.
    #[serde(default)]
    pub reminded: Vec<u16>,
    /// Key of the message with the last reminder, until it is known to have come.
    #[serde(default)]
    pub reminder_key: Option<String>,
    /// The visit that goes when a person confirms this one.
    #[serde(default)]
    pub replaces: Option<String>,
    /// A calendar outside has been asked and has not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<CalendarAsk>,
    /// Belongs to the share that goes without reminders.
    #[serde(default)]
    pub is_unreminded: bool,
    /// The person of the staff who entered it by hand; `None`: the client agreed to it in a chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// It was agreed, then called off: brought back, it is no second visit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub had_stood: bool,
}

/// How a reminder stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Sent, nothing heard.
    Asked,
    /// «Буду».
    Coming,
    /// Nothing heard for hours, or the client cannot be reached: somebody should ring.
    Silent,
}

impl Booking {
    pub fn new(id: String, services: Vec<ServiceId>, slot: Slot, state: BookingState) -> Self {
        Self {
            id,
            services,
            slot,
            state,
            answer: None,
            reminded: Vec::new(),
            reminder_key: None,
            replaces: None,
            asked: None,
            is_unreminded: false,
            by: None,
            had_stood: false,
        }
    }

    /// The part of the id that is its own within the conversation: a button carries it.
    pub fn number(&self) -> &str {
        self.id.rsplit('/').next().unwrap_or_default()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingState {
    Held {
        until: Timestamp,
    },
    /// Agreed to by the client; a person of the staff has the last word, the time is kept.
    Requested {
        at: Timestamp,
    },
    Confirmed {
        at: Timestamp,
    },
    /// The client came.
    Arrived {
        at: Timestamp,
    },
    /// The client did not come.
    NoShow {
        at: Timestamp,
    },
    Cancelled {
        at: Timestamp,
    },
    Expired,
}

impl Conversation {
    /// A conversation nobody has said anything in yet.
    pub fn new(
        business: BusinessId,
        id: ConversationId,
        address: Address,
        began_at: Timestamp,
        is_after_hours: bool,
    ) -> Self {
        Self {
            version: STATE_VERSION,
            business,
            id,
            address,
            began_at,
            is_after_hours,
            client: Client::default(),
            speaker: Speaker::Bot,
            wish: Wish::default(),
            asking: Asking::Nothing,
            bookings: Vec::new(),
            replaced: None,
            rated: None,
            lead: None,
            case: None,
            counter: 0,
            misses: 0,
            unanswered: Vec::new(),
            transcript: Vec::new(),
            forgotten_to: None,
            card: None,
            heard: Vec::new(),
            shown: Vec::new(),
            read_as: None,
            doubt: None,
            waitlist: None,
            series: None,
            asked_who: None,
            elsewhere: Vec::new(),
            was_booked_elsewhere: false,
            request_no: 0,
            request_end: None,
            then: Vec::new(),
            given_up: None,
            phone_part: None,
            cancels_all: false,
            cancels: None,
            line: None,
        }
    }

    /// Nothing that is written here reaches the client: there is no chat, or it is closed to us.
    pub fn is_closed(&self) -> bool {
        self.client.is_blocked || !self.address.has_chat()
    }

    pub fn booking(&self, id: &str) -> Option<&Booking> {
        self.bookings.iter().find(|booking| booking.id == id)
    }

    pub fn booking_mut(&mut self, id: &str) -> Option<&mut Booking> {
        self.bookings.iter_mut().find(|booking| booking.id == id)
    }

    /// Whether a visit booked in this or another chat is over.
    pub fn was_booked(&self, now: Timestamp) -> bool {
        self.was_booked_elsewhere || self.bookings.iter().any(|booking| booking.slot.ends_at < now)
    }

    /// Visits the client missed.
    pub fn no_shows(&self) -> usize {
        self.bookings.iter().filter(|booking| matches!(booking.state, BookingState::NoShow { .. })).count()
    }

    pub fn held(&self) -> Option<&Booking> {
        self.bookings.iter().find(|b| matches!(b.state, BookingState::Held { .. }))
    }

    /// Visits to come that wait for the word of a person, soonest first.
    pub fn requested(&self, now: Timestamp) -> Vec<&Booking> {
        self.coming(now).into_iter().filter(|b| matches!(b.state, BookingState::Requested { .. })).collect()
    }

    /// Visits to come on which a person's word is wanted: no calendar is being asked about them. Soonest first.
    pub fn undecided(&self, now: Timestamp) -> Vec<&Booking> {
        self.requested(now).into_iter().filter(|b| b.asked.is_none()).collect()
    }

    /// Confirmed and requested visits that have not begun, soonest first.
    pub fn coming(&self, now: Timestamp) -> Vec<&Booking> {
        let mut coming: Vec<_> = self
            .bookings
            .iter()
            .filter(|b| matches!(b.state, BookingState::Confirmed { .. } | BookingState::Requested { .. }))
            .filter(|b| b.slot.starts_at > now)
            .collect();
        coming.sort_by_key(|b| b.slot.starts_at);
        coming
    }

    /// The visit that has begun and is not over.
    pub fn under_way(&self, now: Timestamp) -> Option<&Booking> {
        self.bookings.iter().find(|booking| {
            matches!(booking.state, BookingState::Confirmed { .. } | BookingState::Requested { .. })
                && booking.slot.starts_at <= now
                && now < booking.slot.ends_at
        })
    }

    /// How staff and the CRM call the client: the name given, else the profile's.
    pub fn display_name(&self) -> Option<&str> {
        self.client.name.as_deref().or(self.client.profile_name.as_deref())
    }

    /// Writes a line down, cutting what is too long and forgetting what is too old.
    pub fn note(&mut self, at: Timestamp, who: &str, text: &str) {
        let mut line: String = text.chars().take(TRANSCRIPT_LINE_CHARS_MAX).collect();
        if line.len() < text.len() {
            line.push('…');
        }
        self.transcript.push(TranscriptLine { at, who: who.to_owned(), text: line });
        let extra = self.transcript.len().saturating_sub(TRANSCRIPT_LINES_MAX);
        self.transcript.drain(..extra);
    }

    /// Forgets the words that were said before then; true when there were any.
    pub fn forget_before(&mut self, before: Timestamp) -> bool {
        let waiting = self.unanswered.len();
        self.unanswered.retain(|input| input.at >= before);
        let last = self.transcript.iter().map(|line| line.at).filter(|at| *at < before).max();
        self.transcript.retain(|line| line.at >= before);
        self.forgotten_to = last.or(self.forgotten_to);
        last.is_some() || self.unanswered.len() < waiting
    }

    /// When something was said last, though the words be kept no longer; `None`: nothing was.
    pub fn last_said_at(&self) -> Option<Timestamp> {
        self.transcript.last().map(|line| line.at).or(self.forgotten_to)
    }

    /// Remembers the buttons of a message, so that a press can be read as what the client saw. A list shown
    /// again takes no second place: it must not push out what the client still sees above it.
    pub fn show(&mut self, buttons: &[Button]) {
        self.shown.retain(|shown| buttons.iter().all(|button| button.id != shown.id));
        self.shown.extend_from_slice(buttons);
        let extra = self.shown.len().saturating_sub(SHOWN_BUTTONS_MAX);
        self.shown.drain(..extra);
    }

    /// Puts a button of long ago beside the ones of late, so that its press is read. What is pressed in the same burst
    /// may be among the oldest and stays: our next message makes the list short again.
    pub fn recall(&mut self, button: Button) {
        self.shown.push(button);
        let extra = self.shown.len().saturating_sub(SHOWN_BUTTONS_MAX + BURST_MESSAGES_MAX);
        self.shown.drain(..extra);
    }

    /// An id that never repeats: `conversation/n`, `conversation/cn`.
    pub fn next_id(&mut self, letter: &str) -> String {
        self.counter += 1;
        format!("{}/{letter}{}", self.id, self.counter)
    }
}
