//! Phrase → text, from the phrase book compiled in and the business's own wordings.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::business::Settings;

const BOOK_TEXT: &str = include_str!("../../../phrases/ru.txt");

static BOOK: LazyLock<BTreeMap<&'static str, String>> = LazyLock::new(|| lines(BOOK_TEXT).collect());

fn lines(book: &'static str) -> impl Iterator<Item = (&'static str, String)> {
    book.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, text)| (name, text.replace("\\n", "\n")))
}

macro_rules! phrases {
    ($($variant:ident = $name:literal [$($arg:literal),*];)+) => {
        /// Everything Nochnik says; the wording stands in `phrases/ru.txt`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Phrase { $($variant),+ }

        impl Phrase {
            pub const ALL: &'static [Phrase] = &[$(Phrase::$variant),+];

            /// The name in the phrase book and in a business's document.
            pub fn name(self) -> &'static str {
                match self { $(Phrase::$variant => $name),+ }
            }

            /// Whether clients hear it; else it is for the staff.
            pub fn is_for_clients(self) -> bool {
                !["n_", "a_", "p_", "s_", "d_"].iter().any(|beginning| self.name().starts_with(beginning))
            }

            /// What the phrase may have filled in.
            pub fn arguments(self) -> &'static [&'static str] {
                match self { $(Phrase::$variant => &[$($arg),*]),+ }
            }
        }
    };
}

impl Phrase {
    /// Said for the law, for somebody's safety, or as a promise: no word of it may change.
    pub fn is_exact(self) -> bool {
        matches!(
            self,
            Self::Greeting
                | Self::DataNotice
                | Self::DataNoticeLink
                | Self::DataNoticeChanged
                | Self::Medical
                | Self::Emergency
                | Self::SelfHarm
                | Self::Complaint
                | Self::Legal
                | Self::HandoffNow
                | Self::HandoffMorning
                | Self::HandoffNobody
                | Self::PromiseSlipped
                | Self::Waiting
                | Self::WaitingMorning
                | Self::NobodyCame
                | Self::NobodyCameByDay
                | Self::DoNotWait
                | Self::Requested
                | Self::Stopped
                | Self::EraseAccepted
                | Self::Stranger
                | Self::Heard
                | Self::SayHere
        )
    }
}

phrases! {
    Greeting = "greeting" ["business"];
    DataNotice = "data_notice" ["operator"];
    DataNoticeLink = "data_notice_link" ["url"];
    DataNoticeChanged = "data_notice_changed" [];
    HowCanIHelp = "how_can_i_help" [];
    HelloAgain = "hello_again" ["name"];
    ThanksReply = "thanks_reply" [];
    Bye = "bye" [];
    IAmABot = "i_am_a_bot" [];
    NotUnderstood = "not_understood" [];
    NotUnderstoodForm = "not_understood_form" [];
    NotUnderstoodButtons = "not_understood_buttons" [];
    Attachment = "attachment" [];
    AttachmentKept = "attachment_kept" [];
    Heard = "heard" ["text"];
    HeardYes = "heard_yes" [];
    Abuse = "abuse" [];
    Offtopic = "offtopic" [];
    Injection = "injection" [];
    BusinessOffer = "business_offer" [];
    BusinessOrder = "business_order" [];
    OtherLanguage = "other_language" [];
    StillHere = "still_here" [];
    AskService = "ask_service" [];
    AskServiceNoted = "ask_service_noted" ["known"];
    AskServiceOf = "ask_service_of" ["services"];
    AskWhen = "ask_when" [];
    AskWhenOffers = "ask_when_offers" ["service", "offers"];
    AskMoveOffers = "ask_move_offers" ["offers"];
    Offer = "offer" ["service", "offers"];
    OfferOther = "offer_other" ["wanted", "offers"];
    OfferTooFar = "offer_too_far" ["until", "offers"];
    MoveNear = "move_near" ["wanted"];
    AskMove = "ask_move" ["service", "was", "moment"];
    Moved = "moved" ["service", "moment", "specialist", "role"];
    NothingSooner = "nothing_sooner" [];
    NoSuchDay = "no_such_day" [];
    OneAtATime = "one_at_a_time" [];
    Noted = "noted" [];
    ContactKept = "contact_kept" [];
    ContactChanged = "contact_changed" ["contact", "moment"];
    PriceStands = "price_stands" [];
    PriceCheaper = "price_cheaper" ["lines"];
    OfferOffGrid = "offer_off_grid" ["hour", "minutes", "offers"];
    OfferClosed = "offer_closed" ["hours", "offers"];
    OfferDayOver = "offer_day_over" ["hours", "offers"];
    OfferDayOff = "offer_day_off" ["day", "offers"];
    OfferAbsent = "offer_absent" ["who", "offers"];
    OfferTaken = "offer_taken" ["offers"];
    OfferStale = "offer_stale" ["offers"];
    OfferAgain = "offer_again" [];
    OfferLine = "offer_line" ["number", "moment", "specialist"];
    ServiceInstead = "service_instead" ["service"];
    OneByOne = "one_by_one" ["service"];
    ThenSecond = "then_second" [];
    ThenNext = "then_next" ["service"];
    UrgentCalled = "urgent_called" ["person", "until"];
    NoSlots = "no_slots" ["service"];
    NoSpecialist = "no_specialist" ["service", "role", "roles_gen"];
    OtherHours = "other_hours" ["lines"];
    NoOtherHours = "no_other_hours" [];
    People = "people" ["people"];
    PeopleOf = "people_of" ["service", "people"];
    DaysOf = "days_of" ["specialist", "lines"];
    NoDaysOf = "no_days_of" ["specialist"];
    NobodyElse = "nobody_else" ["service", "people"];
    NobodySoNamed = "nobody_so_named" ["name"];
    NoSuchSpecialist = "no_such_specialist" ["name"];
    AskName = "ask_name" [];
    AskPhone = "ask_phone" [];
    PhoneNeeded = "phone_needed" [];
    NameNeeded = "name_needed" [];
    PhoneBroken = "phone_broken" [];
    Confirm = "confirm" ["service", "moment", "specialist", "price", "contact", "role"];
    SlotKept = "slot_kept" ["moment", "specialist", "minutes", "role"];
    Moving = "moving" ["moment"];
    Booked = "booked" ["moment", "service", "specialist", "name", "role"];
    Requested = "requested" ["moment", "service", "specialist", "until", "role"];
    CalendarAsked = "calendar_asked" [];
    Approved = "approved" ["moment", "service", "specialist", "name", "role"];
    Declined = "declined" ["moment"];
    BookedAddress = "booked_address" ["address"];
    BookedFile = "booked_file" ["link"];
    ConfirmChanged = "confirm_changed" [];
    FollowUp = "follow_up" [];
    FollowUpService = "follow_up_service" ["service"];
    GivenUp = "given_up" [];
    RequestWhen = "request_when" ["service"];
    RequestHour = "request_hour" ["wanted"];
    RequestDayOff = "request_day_off" ["day"];
    RequestClosed = "request_closed" ["hours"];
    RequestConfirm = "request_confirm" ["service", "moment", "price", "contact"];
    RequestTaken = "request_taken" ["service", "moment", "name"];
    RequestWaits = "request_waits" [];
    HoldLost = "hold_lost" ["minutes"];
    WaitlistNever = "waitlist_never" ["who"];
    WaitlistJoined = "waitlist_joined" ["service", "wanted", "minutes"];
    WaitlistFreed = "waitlist_freed" ["moment", "service", "specialist", "minutes"];
    WaitlistPassed = "waitlist_passed" [];
    WaitlistLost = "waitlist_lost" ["moment"];
    WaitlistLeft = "waitlist_left" [];
    SeriesAsk = "series_ask" ["days"];
    SeriesTaken = "series_taken" ["days"];
    SeriesNone = "series_none" [];
    SeriesBooked = "series_booked" ["days"];
    SeriesRequested = "series_requested" ["days"];
    SeriesOnce = "series_once" ["moment"];
    TooMany = "too_many" ["count"];
    AskCancelAll = "ask_cancel_all" ["lines"];
    AskCancelWhich = "ask_cancel_which" ["lines"];
    AskCancel = "ask_cancel" ["moment", "service"];
    AskNewTime = "ask_new_time" [];
    Cancelled = "cancelled" ["moment"];
    ChangeService = "change_service" ["services", "moment"];
    TakeOut = "take_out" ["services", "moment"];
    Kept = "kept" ["moment"];
    KeptAll = "kept_all" ["moments"];
    Agreed = "agreed" ["moment"];
    NothingToCancel = "nothing_to_cancel" [];
    Rescheduled = "rescheduled" ["moment"];
    LateNoted = "late_noted" ["role_gen"];
    LateMove = "late_move" ["role_gen"];
    MyBookings = "my_bookings" ["lines"];
    MyBooking = "my_booking" ["moment", "service", "specialist", "role"];
    NoBooking = "no_booking" [];
    VisitElsewhere = "visit_elsewhere" ["service", "moment"];
    ChangeElsewhere = "change_elsewhere" ["service", "moment"];
    SmsAsk = "sms_ask" ["phone"];
    SmsAgreed = "sms_agreed" [];
    SmsDeclined = "sms_declined" [];
    Sms = "sms" ["business", "moment"];
    SmsDiscreet = "sms_discreet" ["moment"];
    SmsChange = "sms_change" ["phone"];
    SmsUnsent = "sms_unsent" ["business", "phone"];
    SmsUnsentDiscreet = "sms_unsent_discreet" ["phone"];
    SmsLate = "sms_late" ["business", "phone"];
    SmsLateDiscreet = "sms_late_discreet" ["phone"];
    SayHere = "say_here" ["text"];
    RemindHere = "remind_here" ["service", "moment"];
    RemindHereDiscreet = "remind_here_discreet" ["moment"];
    Remind = "remind" ["moment", "service", "specialist", "role"];
    RemindDiscreet = "remind_discreet" ["moment"];
    RemindAsk = "remind_ask" [];
    RemindSoon = "remind_soon" ["moment", "service", "specialist", "role"];
    RemindSoonDiscreet = "remind_soon_discreet" ["moment"];
    Expected = "expected" ["moment"];
    AskRating = "ask_rating" ["service"];
    AskRatingDiscreet = "ask_rating_discreet" [];
    RatingThanks = "rating_thanks" [];
    Stopped = "stopped" [];
    VisitStands = "visit_stands" ["moment"];
    VisitMoved = "visit_moved" ["was", "moment", "service", "specialist", "role"];
    VisitMovedDiscreet = "visit_moved_discreet" ["was", "moment"];
    VisitOtherSpecialist = "visit_other_specialist" ["moment", "service", "before", "specialist", "role"];
    VisitMovedAsk = "visit_moved_ask" [];
    VisitCalledOff = "visit_called_off" ["moment"];
    Resumed = "resumed" [];
    EraseAccepted = "erase_accepted" ["until"];
    Stranger = "stranger" [];
    PriceLine = "price_line" ["service", "price", "duration"];
    PriceFrom = "price_from" ["price"];
    PriceList = "price_list" ["lines"];
    PriceFree = "price_free" [];
    PriceMore = "price_more" ["more"];
    PriceTotal = "price_total" ["price"];
    PriceWhich = "price_which" [];
    ThenBook = "then_book" [];
    FaqAddress = "faq_address" ["address"];
    FaqHours = "faq_hours" ["hours"];
    OurPhone = "our_phone" ["phone", "hours"];
    FaqHoursDay = "faq_hours_day" ["day", "hours"];
    OpenNow = "open_now" [];
    ClosedNow = "closed_now" [];
    FaqUnknown = "faq_unknown" [];
    QuestionToo = "question_too" [];
    HandoffNow = "handoff_now" ["person", "until"];
    HandoffMorning = "handoff_morning" ["until"];
    HandoffNobody = "handoff_nobody" ["until"];
    Waiting = "waiting" [];
    WaitingMorning = "waiting_morning" ["until"];
    NobodyCame = "nobody_came" ["until"];
    NobodyCameByDay = "nobody_came_by_day" ["until"];
    DoNotWait = "do_not_wait" [];
    MayLeavePhone = "may_leave_phone" [];
    ContactPassed = "contact_passed" [];
    WithoutContact = "without_contact" [];
    WithoutCall = "without_call" [];
    AnswerHere = "answer_here" [];
    AskPhoneForPerson = "ask_phone_for_person" [];
    AskNameForCall = "ask_name_for_call" [];
    AskServiceForCall = "ask_service_for_call" [];
    Unclear = "unclear" [];
    Taken = "taken" ["person", "until"];
    TakenCall = "taken_call" ["person", "until"];
    TakenSlipped = "taken_slipped" ["person"];
    TakenSlippedLed = "taken_slipped_led" ["person"];
    Morning = "morning" ["person", "until"];
    PromiseSlipped = "promise_slipped" [];
    PromiseSlippedDanger = "promise_slipped_danger" [];
    BotIsBack = "bot_is_back" [];
    PersonLeft = "person_left" [];
    Medical = "medical" [];
    Emergency = "emergency" [];
    SelfHarm = "self_harm" [];
    Complaint = "complaint" [];
    Legal = "legal" [];
    NoCalls = "no_calls" [];
    MayMove = "may_move" [];
    HowOff = "how_off" [];
    WillRemind = "will_remind" [];
    NoReminders = "no_reminders" [];
    Callback = "callback" ["phone", "until"];
    CallbackAskPhone = "callback_ask_phone" [];
    ButtonYes = "b_yes" [];
    ButtonChange = "b_change" [];
    ButtonOtherTime = "b_other_time" [];
    ButtonMoreServices = "b_more_services" [];
    ButtonHuman = "b_human" [];
    ButtonBook = "b_book" [];
    ButtonWait = "b_wait" [];
    ButtonSeriesYes = "b_series_yes" [];
    ButtonSeriesNo = "b_series_no" [];
    ButtonSmsYes = "b_sms_yes" [];
    ButtonSmsNo = "b_sms_no" [];
    ButtonWaitNo = "b_wait_no" [];
    ButtonWaitNoMore = "b_wait_no_more" [];
    ButtonPrice = "b_price" [];
    ButtonCancelYes = "b_cancel_yes" [];
    ButtonCancelNo = "b_cancel_no" [];
    ButtonBack = "b_back" [];
    ButtonBoth = "b_both" [];
    ButtonAll = "b_all" [];
    ButtonCancelBooking = "b_cancel" [];
    ButtonWill = "b_will" [];
    ButtonMove = "b_move" [];
    ButtonMoveYes = "b_move_yes" [];
    NoticeHeader = "n_header" ["name", "service", "when"];
    NoticeHeaderDiscreet = "n_header_discreet" ["name", "when"];
    NoticeDiscreet = "n_discreet" [];
    NoticeNameDiscreet = "n_name_discreet" ["number"];
    NoticeNoName = "n_no_name" [];
    NoticeNoService = "n_no_service" [];
    NoticeNoWhen = "n_no_when" [];
    NoticeCallWhen = "n_call_when" ["when"];
    NoticeUrgent = "n_urgent" [];
    NoticeOffer = "n_offer" ["name", "why"];
    NoticeDeadline = "n_deadline" ["why", "until"];
    NoticeVisit = "n_visit" ["moment", "service", "specialist", "role"];
    NoticePhone = "n_phone" ["phone"];
    NoticePhoneMissing = "n_phone_missing" [];
    NoticeScore = "n_score" ["score", "reasons"];
    NoticeChannel = "n_channel" ["channel", "since"];
    NoticeReply = "n_reply" [];
    NoticeReminder = "n_reminder" ["minutes"];
    NoticeBundle = "n_bundle" ["count", "lines"];
    NoticeBundleMore = "n_bundle_more" ["count"];
    MeansSpent = "n_means_spent" ["roubles"];
    LeftPressed = "n_left_pressed" ["person"];
    CanarySilent = "n_canary_silent" [];
    NobodyWrites = "n_nobody_writes" ["since", "usual"];
    ChannelSilent = "n_channel_silent" ["channel", "since", "usual"];
    ChannelDown = "n_channel_down" ["channel", "since", "why"];
    ChannelMayPass = "n_channel_may_pass" [];
    ChannelBack = "n_channel_back" ["channel"];
    ChannelRenewed = "n_channel_renewed" ["channel", "since", "until"];
    AlertTitle = "n_alert_title" ["business"];
    AlertText = "n_alert" ["business", "why", "until"];
    AlertNobody = "n_alert_nobody" ["business", "since", "why", "until"];
    AlertLate = "n_alert_late" ["business", "why", "minutes"];
    AlertPush = "n_alert_push" ["business", "why", "until"];
    AlertPushLate = "n_alert_push_late" ["business", "why", "minutes"];
    AlertCall = "n_alert_call" ["business", "why"];
    AlertCallKey = "n_alert_call_key" ["business", "why"];
    NoticeSenior = "n_senior" [];
    NoticePassed = "n_passed" [];
    NoticeNobody = "n_nobody" [];
    NoticeUnreached = "n_unreached" [];
    NoticeMorning = "n_morning" [];
    NoticeTaken = "n_taken" ["person", "time"];
    NoticeBooked = "n_booked" ["moment"];
    NoticeWon = "n_won" [];
    NoticeLost = "n_lost" [];
    CrmLost = "n_crm_lost" ["crm", "since"];
    LineBegun = "n_line_begun" ["why", "talk"];
    LineAgain = "n_line_again" ["why"];
    LineUnheard = "n_line_unheard" [];
    LineClosed = "n_line_closed" ["crm"];
    CalendarIll = "n_calendar_ill" ["calendar", "hint"];
    CalendarWell = "n_calendar_well" ["calendar"];
    CalendarEmptied = "n_calendar_emptied" ["calendar", "count"];
    CalendarCovers = "n_calendar_covers" ["calendar", "moments"];
    CalendarUnwritten = "n_calendar_unwritten" ["calendar", "moment", "name"];
    CalendarUnremoved = "n_calendar_unremoved" ["calendar", "moment", "name"];
    CalendarLateCancelled = "n_calendar_cancelled" ["name", "calendar", "was", "moment"];
    CalendarLateMoved = "n_calendar_moved" ["name", "calendar", "detail"];
    CalendarRefused = "n_calendar_refused" ["name", "calendar", "was", "moment", "detail"];
    LetterTitle = "n_letter_title" ["business"];
    MoveLateCancelled = "n_move_cancelled" ["name", "person", "was", "moment"];
    MoveLateMoved = "n_move_late" ["name", "person", "moment", "detail"];
    MoveRefused = "n_move_refused" ["name", "person", "was", "moment", "detail"];
    CalendarWhyPast = "n_calendar_past" [];
    CalendarWhyTaken = "n_calendar_taken" [];
    CalendarWhyLesson = "n_calendar_lesson" [];
    EnteredByHand = "n_entered" ["service", "moment", "specialist"];
    EnteredTaken = "n_entered_taken" ["name", "moment"];
    NoticeApproved = "n_approved" ["person", "time"];
    NoticeDeclined = "n_declined" ["person", "time"];
    NoticeInTime = "n_in_time" [];
    NoticeOverdue = "n_overdue" ["why", "since"];
    NoticeGivenUp = "n_given_up" ["moment"];
    NoticeParked = "n_parked" ["person", "time"];
    NoticeClosed = "n_closed" ["why"];
    NoticeOutcome = "n_outcome" ["name"];
    NoticeNewMessage = "n_new_message" ["name", "text"];
    NoticeUnheard = "n_unheard" ["name"];
    NoticeNewMessageDiscreet = "n_new_message_discreet" ["name"];
    AnswerTake = "a_take" [];
    AnswerCannot = "a_cannot" [];
    AnswerMorning = "a_morning" [];
    AnswerApprove = "a_approve" [];
    AnswerDecline = "a_decline" [];
    AnswerBooked = "a_booked" [];
    AnswerNoAnswer = "a_no_answer" [];
    AnswerRefused = "a_refused" [];
    AnswerSpam = "a_spam" [];
    PressTaken = "p_taken" [];
    PressAlready = "p_already" ["person"];
    PressPassed = "p_passed" [];
    PressParked = "p_parked" [];
    PressApproved = "p_approved" [];
    PressDeclined = "p_declined" [];
    PressOutcome = "p_outcome" [];
    PressBooked = "p_booked" ["moment"];
    PressClosed = "p_closed" [];
    PressStale = "p_stale" [];
    LateApology = "late_apology" [];
    StaffHelp = "s_help" [];
    StaffSent = "s_sent" [];
    StaffStranger = "s_stranger" ["business"];
    StaffBound = "s_bound" ["name"];
    DutyTroubles = "d_troubles" ["troubles"];
    DutyReadyAsk = "d_ready_ask" ["span"];
    DutyReadyButton = "d_ready_button" [];
    DutyReady = "d_ready" [];
    DutyNotYours = "d_not_yours" [];
    DutyMissing = "d_missing" ["person", "span"];
    DutyMissingBesides = "d_missing_besides" ["person", "span", "besides"];
    DutyBesides = "d_besides" ["person", "span", "besides"];
    DutyFound = "d_found" ["person"];
    DutyRelieved = "d_relieved" ["person"];
    SwapWhich = "d_swap_which" [];
    SwapNone = "d_swap_none" [];
    SwapWhom = "d_swap_whom" ["span"];
    SwapNobody = "d_swap_nobody" ["span"];
    SwapFor = "d_swap_for" ["person"];
    SwapNothing = "d_swap_nothing" [];
    SwapSent = "d_swap_sent" ["person"];
    SwapAsk = "d_swap_ask" ["person", "span"];
    SwapAskReturn = "d_swap_ask_return" ["person", "gives", "takes"];
    SwapYes = "d_swap_yes" [];
    SwapNo = "d_swap_no" [];
    SwapAgreed = "d_swap_agreed" ["lines"];
    SwapLine = "d_swap_line" ["person", "instead", "span"];
    SwapRefused = "d_swap_refused" ["other", "span", "person"];
    SwapExpired = "d_swap_expired" ["other", "span", "person"];
    SwapOver = "d_swap_over" [];
    DutyMute = "d_mute" ["person", "troubles"];
}

/// The business's own wording, else the book's. The book is complete: a test holds it so.
pub fn wording(settings: &Settings, phrase: Phrase) -> &str {
    let own = settings.document.phrases.get(phrase.name()).map(String::as_str);
    own.unwrap_or_else(|| original(phrase))
}

/// The book's own wording.
pub fn original(phrase: Phrase) -> &'static str {
    BOOK.get(phrase.name()).map(String::as_str).unwrap_or_default()
}

/// The chapters of the book with their phrases, in its order.
pub fn chapters() -> Vec<(&'static str, Vec<Phrase>)> {
    let mut chapters = Vec::new();
    for line in BOOK_TEXT.lines() {
        if let Some(title) = line.strip_prefix("# --- ") {
            chapters.push((title, Vec::new()));
        } else if let Some((name, _)) = line.split_once(" = ")
            && let Some(phrase) = Phrase::ALL.iter().find(|phrase| phrase.name() == name)
            && let Some((_, phrases)) = chapters.last_mut()
        {
            phrases.push(*phrase);
        }
    }
    chapters
}

/// The phrase with its arguments filled in.
pub fn text(settings: &Settings, phrase: Phrase, arguments: &[(&str, &str)]) -> String {
    let all: Vec<(&str, &str)> = arguments.iter().copied().chain(roles(&settings.document.kind)).collect();
    fill(wording(settings, phrase), &all)
}

/// What those who serve are called in a business of this kind: `role` «врач», `role_gen` «врача», `roles_gen` «врачей».
pub fn roles(kind: &str) -> [(&'static str, &'static str); 3] {
    let [one, of_one, of_many] = match kind {
        "barbershop" => ["барбер", "барбера", "барберов"],
        "clinic" => ["врач", "врача", "врачей"],
        "fitness_studio" => ["тренер", "тренера", "тренеров"],
        "tutoring" => ["преподаватель", "преподавателя", "преподавателей"],
        _ => ["мастер", "мастера", "мастеров"],
    };
    [("role", one), ("role_gen", of_one), ("roles_gen", of_many)]
}

/// Names that stand in braces, in their order.
pub(crate) fn placeholders(wording: &str) -> impl Iterator<Item = &str> {
    wording.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name)
}

/// A wording with its arguments filled in. One pass, so that a value with braces in it is not filled again.
pub fn fill(wording: &str, arguments: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(wording.len() + 32);
    let mut rest = wording;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}').map(|i| open + i) else { break };
        out.push_str(&rest[..open]);
        match arguments.iter().find(|(name, _)| *name == &rest[open + 1..close]) {
            Some((_, value)) => out.push_str(value),
            None => out.push_str(&rest[open..=close]),
        }
        rest = &rest[close + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{BOOK, BOOK_TEXT, Phrase, fill, lines, original, placeholders, roles};
    use crate::business::lint_phrase;
    use crate::limits::BUTTON_LABEL_CHARS_MAX;

    #[test]
    fn every_phrase_stands_in_the_book_once_with_its_own_arguments() {
        for phrase in Phrase::ALL {
            let text = BOOK.get(phrase.name()).unwrap_or_else(|| panic!("{} is not in the book", phrase.name()));
            let known: BTreeSet<_> = phrase.arguments().iter().copied().collect();
            assert!(
                placeholders(text).collect::<BTreeSet<_>>().is_subset(&known),
                "{} has unknown braces",
                phrase.name()
            );
        }
        assert_eq!(
            lines(BOOK_TEXT).count(),
            Phrase::ALL.len(),
            "a line of the book is used by nobody, or stands twice"
        );
    }

    #[test]
    fn every_phrase_stands_in_a_chapter_and_the_staffs_are_apart() {
        let all: Vec<_> = super::chapters().into_iter().flat_map(|(_, phrases)| phrases).collect();
        assert_eq!(all.len(), Phrase::ALL.len());
        assert!(
            Phrase::Booked.is_for_clients()
                && !Phrase::CalendarIll.is_for_clients()
                && !Phrase::DutyReady.is_for_clients()
        );
    }

    #[test]
    fn our_own_wordings_would_pass_the_look_at_an_owners() {
        let found: Vec<_> = BOOK.iter().flat_map(|(name, text)| lint_phrase(name, text)).collect();
        assert_eq!(found, []);
    }

    #[test]
    fn buttons_fit_the_narrowest_channel() {
        for phrase in Phrase::ALL.iter().filter(|p| p.name().starts_with("b_") || p.name().starts_with("a_")) {
            assert!(BOOK[phrase.name()].chars().count() <= BUTTON_LABEL_CHARS_MAX, "{}", phrase.name());
        }
    }

    #[test]
    fn who_serves_is_called_as_the_kind_of_business_calls_them() {
        let cases = [
            ("clinic", "Понял, предупрежу врача.", "Смотрю окна у других врачей."),
            ("fitness_studio", "Понял, предупрежу тренера.", "Смотрю окна у других тренеров."),
            ("tutoring", "Понял, предупрежу преподавателя.", "Смотрю окна у других преподавателей."),
            ("barbershop", "Понял, предупрежу барбера.", "Смотрю окна у других барберов."),
            ("beauty_salon", "Понял, предупрежу мастера.", "Смотрю окна у других мастеров."),
        ];
        for (kind, late, others) in cases {
            assert_eq!(fill(original(Phrase::LateNoted), &roles(kind)), late);
            assert!(fill(original(Phrase::NoSpecialist), &roles(kind)).ends_with(others), "{kind}");
        }
    }

    #[test]
    fn a_value_with_braces_is_not_filled_again() {
        assert_eq!(fill("{a} и {b}", &[("a", "{b}"), ("b", "два")]), "{b} и два");
        assert_eq!(fill("{забыли", &[]), "{забыли");
    }
}
