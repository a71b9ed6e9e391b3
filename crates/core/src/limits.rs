//! Every bound of the core in one table, with its unit and its reason.

/// Longest text of one client message we keep, in characters. MAX allows 4,000, VK 9,000;
/// what is cut is marked.
pub const TEXT_CHARS_MAX: usize = 4_000;
/// Longest name of a file in its channel, in bytes: the signed addresses of VK and Meta stay under a thousand.
pub const FILE_NAME_BYTES_MAX: usize = 2_048;
/// Of what was heard in a voice message so much is shown back, in characters: half a minute of talk.
pub const HEARD_CHARS_MAX: usize = 500;
/// Messages joined into one turn; a longer burst makes several turns.
pub const BURST_MESSAGES_MAX: usize = 60;
/// Quiet time that ends an unfinished burst. Source: reliability F19.
pub const BURST_QUIET_MS: i64 = 2_500;
/// The longest a burst may keep its client waiting. Source: reliability F19.
pub const BURST_WAIT_MS: i64 = 8_000;
/// Lines of a conversation kept in its state, for notices and the CRM; the store keeps all.
pub const TRANSCRIPT_LINES_MAX: usize = 60;
/// Characters of one such line.
pub const TRANSCRIPT_LINE_CHARS_MAX: usize = 600;
/// Last messages shown in a notice.
pub const NOTICE_LINES_MAX: usize = 4;
/// Times offered at once: a phone screen and the poorest channel's buttons.
pub const OFFERS_MAX: usize = 3;
/// Bytes of a button's id: Telegram allows 64, VK's payload is the next tightest.
pub const BUTTON_ID_BYTES_MAX: usize = 64;
/// Characters of a button's label: WhatsApp cuts at 20.
pub const BUTTON_LABEL_CHARS_MAX: usize = 20;
/// Different buttons remembered for reading a late press, the last shown.
pub const SHOWN_BUTTONS_MAX: usize = 24;
/// Names of each kind that a document remembers of what it no longer has: several years of a salon's changes.
pub const FORMER_MAX: usize = 200;
/// Ready replies of one business: more is not looked over with one thumb.
pub const REPLIES_MAX: usize = 40;
/// Characters of a ready reply: one bubble that is read on a phone without scrolling.
pub const REPLY_CHARS_MAX: usize = 1_000;
/// Characters of a ready reply's title.
pub const REPLY_TITLE_CHARS_MAX: usize = 60;
/// Slots returned for one question: more than a week of half-hours, a day of five minutes with two specialists. Fewer would
/// hide the evening, and the end of a week, from whoever asks for either.
pub const SLOTS_MAX: usize = 288;
/// Future bookings one client may hold, so that one account cannot book out a day (attack A-23).
pub const CLIENT_BOOKINGS_MAX: usize = 2;
/// Visits of a series, the first among them: a month of weekly ones.
pub const SERIES_VISITS_MAX: i64 = 4;
/// Misunderstandings in a row before buttons, and before a person.
pub const MISSES_BEFORE_BUTTONS: u8 = 2;
pub const MISSES_BEFORE_PERSON: u8 = 3;
/// A rating up to this goes to a person. Source: the regulation, CSAT of 1 to 3.
pub const RATING_LOW: u8 = 3;
/// The best rating.
pub const RATING_MAX: u8 = 5;
/// Missed visits after which the staff is warned of the next one.
pub const NO_SHOWS_FLAGGED: usize = 2;
/// Reminders of one visit.
pub const REMINDERS_MAX: usize = 4;
/// Phone calls to one person within [`CALLS_WINDOW_MIN`] minutes: more wakes nobody who did not wake before.
/// Source: GoAlert's throttle of voice calls; reliability 2.
pub const CALLS_MAX: usize = 3;
pub const CALLS_WINDOW_MIN: i64 = 15;
/// Cards that one person gets by themselves within [`NOTICES_WINDOW_MIN`] minutes; further ones come together.
/// Source: reliability F83.
pub const NOTICES_SINGLE_MAX: usize = 3;
pub const NOTICES_WINDOW_MIN: i64 = 5;
/// Cases told line by line in one message, each with its button; more do not fit a screen.
pub const BUNDLE_LINES_MAX: usize = 8;
/// Rungs of one escalation: a night of calls every quarter of an hour has about fifty.
pub const RUNGS_MAX: usize = 64;
