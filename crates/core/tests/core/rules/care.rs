//! Reminders, who came, the rating. The demo salon reminds a day and two hours before, is quiet from 22:00 to 9:00,
//! asks somebody to ring after three hours and a rating an hour after the visit.

use nochnik_core::conversation::{Answer, Asking, Booking, BookingState, Speaker};
use nochnik_core::effect::{Alarm, Effect};
use nochnik_core::escalation::Why;
use nochnik_core::event::{StaffAct, What};
use nochnik_core::outside::{Stands, VisitChange};
use nochnik_core::values::PersonId;

use crate::rules::talk::{Talk, reply, said, wall, woken};

/// Reminders that a visit booked at this moment gets.
fn reminders(patch: &str, booked_at: &str, visit: &str) -> Vec<String> {
    let talk = Talk::booked(patch, booked_at, visit);
    let due = |((due, _), alarm): (&(jiff::Timestamp, u32), &Alarm)| {
        matches!(alarm, Alarm::ReminderDue { .. }).then(|| talk.wall(*due).strftime("%d %H:%M").to_string())
    };
    talk.alarms.iter().filter_map(due).collect()
}

#[test]
fn a_reminder_goes_out_where_it_still_helps() {
    let cases: &[(&str, &str, &str, &[&str], &str)] = &[
        ("", "2026-11-17T12:00", "2026-11-19T15:00", &["18 15:00", "19 13:00"], "a day and two hours before"),
        ("", "2026-11-19T12:00", "2026-11-19T15:00", &["19 13:00"], "booked an hour before the reminder"),
        ("", "2026-11-19T12:01", "2026-11-19T15:00", &[], "booked later than that"),
        ("", "2026-11-18T14:00", "2026-11-19T15:00", &["18 15:00", "19 13:00"], "an hour before the first"),
        ("", "2026-11-18T14:01", "2026-11-19T15:00", &["19 13:00"], "a minute later"),
        ("", "2026-11-18T12:00", "2026-11-19T10:00", &["19 09:00"], "put off to nine, an hour before the visit"),
        ("", "2026-11-18T12:00", "2026-11-19T09:30", &["18 21:30"], "nine is too late: the evening before"),
        ("", "2026-11-18T20:30", "2026-11-19T09:30", &["18 21:30"], "booked an hour before that evening"),
        ("", "2026-11-18T20:31", "2026-11-19T09:30", &[], "and a minute later"),
        (
            "care = { remind_before_min = [660] }",
            "2026-11-17T12:00",
            "2026-11-19T09:30",
            &["18 21:30"],
            "due at 22:30: half an hour before that night, not the one before it",
        ),
        ("care = { unreminded_percent = 0 }", "2026-11-17T12:00", "2026-11-19T15:00", &["18 15:00", "19 13:00"], "all"),
        ("care = { remind_before_min = [] }", "2026-11-17T12:00", "2026-11-19T15:00", &[], "none are wanted"),
    ];
    for (patch, booked_at, visit, expected, why) in cases {
        assert_eq!(reminders(patch, booked_at, visit), *expected, "{why}");
    }
}

/// A visit on Thursday at 15:00, booked on Tuesday.
fn visit() -> Talk {
    Talk::booked("", "2026-11-17T12:00", "2026-11-19T15:00")
}

fn remind(talk: &mut Talk, before_min: u16, at: &str) -> Vec<Effect> {
    let Booking { id, slot, .. } = talk.visit().clone();
    talk.alarm(Alarm::ReminderDue { booking: id, before_min, starts_at: Some(slot.starts_at) }, at)
}

/// Nothing reaches the client or the staff, and nothing is to come; the CRM's card may be brought up to date.
fn is_quiet(effects: &[Effect]) -> bool {
    effects.iter().all(|effect| matches!(effect, Effect::Crm(_)))
}

#[test]
fn a_late_reminder_is_sent_while_it_helps_and_once() {
    let cases = [
        (1440, "2026-11-18T15:00", true, "in time"),
        (1440, "2026-11-19T12:59", true, "late, but the next is not due yet"),
        (1440, "2026-11-19T13:00", false, "the next is due now and speaks"),
        (120, "2026-11-19T14:45", true, "a quarter of an hour is left"),
        (120, "2026-11-19T14:46", false, "less is left"),
        (120, "2026-11-19T15:00", false, "the visit has begun"),
    ];
    for (before_min, at, is_sent, why) in cases {
        let mut talk = visit();
        assert_eq!(!said(&remind(&mut talk, before_min, at)).is_empty(), is_sent, "{why}");
        assert!(said(&remind(&mut talk, before_min, at)).is_empty(), "{why}: again");
    }
}

#[test]
fn a_reminder_due_in_quiet_hours_waits_for_the_morning_if_the_morning_is_early_enough() {
    let mut at_ten = Talk::booked("", "2026-11-17T12:00", "2026-11-19T10:00");
    let effects = remind(&mut at_ten, 120, "2026-11-19T08:59");
    assert_eq!(woken(&at_ten, &effects, "reminder"), [wall("2026-11-19T09:00")]);
    assert!(said(&effects).is_empty());
    assert!(!said(&remind(&mut at_ten, 120, "2026-11-19T09:00")).is_empty(), "nine is no quiet hour any more");

    let mut at_half_past_nine = Talk::booked("", "2026-11-17T12:00", "2026-11-19T09:30");
    let effects = remind(&mut at_half_past_nine, 120, "2026-11-19T08:59");
    assert!(is_quiet(&effects), "half an hour is too little notice");
    let mut evening = visit();
    let effects = remind(&mut evening, 1440, "2026-11-18T22:00");
    assert_eq!(woken(&evening, &effects, "reminder"), [wall("2026-11-19T09:00")]);
    let mut before = visit();
    assert!(!said(&remind(&mut before, 1440, "2026-11-18T21:59")).is_empty());
}

#[test]
fn nobody_is_reminded_who_does_not_want_it_or_cannot_be_reached() {
    let mut stopped = visit();
    stopped.conv.client.is_stopped = true;
    assert!(is_quiet(&remind(&mut stopped, 1440, "2026-11-18T15:00")));
    let mut blocked = visit();
    blocked.conv.client.is_blocked = true;
    let booking = blocked.visit().id.clone();
    let answered = Effect::Answered { booking, answer: Answer::Silent };
    assert!(remind(&mut blocked, 1440, "2026-11-18T15:00").contains(&answered), "somebody should ring");
    let mut other = visit();
    let alarm = Alarm::ReminderDue { booking: "talk/99".into(), before_min: 1440, starts_at: None };
    assert!(is_quiet(&other.alarm(alarm, "2026-11-18T15:00")), "no such visit");
}

/// The staff rings when the first reminder was not answered, but not once the visit has begun.
#[test]
fn who_does_not_answer_is_rung_before_the_visit() {
    let ring = |after_min: u16| {
        let patch = format!("care = {{ remind_before_min = [120], ring_after_min = {after_min} }}");
        let mut talk = Talk::booked(&patch, "2026-11-17T12:00", "2026-11-19T15:00");
        let effects = remind(&mut talk, 120, "2026-11-19T13:00");
        woken(&talk, &effects, "reminder_silent")
    };
    assert_eq!(ring(119), [wall("2026-11-19T14:59")]);
    assert_eq!(ring(120), [], "the visit begins then");

    let silent = |answer: Option<&str>, booking: &str| {
        let mut talk = visit();
        remind(&mut talk, 1440, "2026-11-18T15:00");
        if let Some(answer) = answer {
            talk.says(answer);
        }
        talk.alarm(Alarm::ReminderSilent { booking: booking.to_owned(), starts_at: None }, "2026-11-18T18:00");
        talk.visit().answer
    };
    let id = visit().visit().id.clone();
    assert_eq!(silent(None, &id), Some(Answer::Silent));
    assert_eq!(silent(Some("буду"), &id), Some(Answer::Coming));
    assert_eq!(silent(None, "talk/99"), Some(Answer::Asked));
}

/// The same visit at another time.
fn moved(talk: &mut Talk, to: &str) {
    let was = Stands::of(&talk.visit().slot);
    let from = talk.at(to);
    let now = Stands { from, to: from + was.to.duration_since(was.from), ..was.clone() };
    let change = VisitChange { booking: talk.visit().id.clone(), was, now: Some(now) };
    talk.staff(StaffAct::Visit(change));
    assert_eq!(talk.visit().slot.starts_at, from);
}

/// The hours, to the end of which reminders went out.
fn reminded(talk: &mut Talk, days: i64) -> Vec<String> {
    let mut sent = Vec::new();
    for _ in 0..days * 24 {
        let before = talk.visit().reminded.len();
        talk.passes(60);
        if talk.visit().reminded.len() > before {
            sent.push(talk.wall(talk.now).strftime("%a %H:%M").to_string());
        }
    }
    sent
}

#[test]
fn a_visit_that_is_moved_is_reminded_of_by_its_new_time() {
    let mut to_friday = Talk::booked("", "2026-11-14T12:00", "2026-11-17T15:00");
    moved(&mut to_friday, "2026-11-20T15:00");
    assert_eq!(reminded(&mut to_friday, 7), ["Thu 15:00", "Fri 13:00"], "nothing on Monday and on Tuesday");
    let mut to_tuesday = Talk::booked("", "2026-11-14T12:00", "2026-11-20T15:00");
    moved(&mut to_tuesday, "2026-11-17T15:00");
    assert_eq!(reminded(&mut to_tuesday, 7), ["Mon 15:00", "Tue 13:00"]);
    // The one for the day before would come at once, and is spared.
    let mut to_tonight = Talk::booked("", "2026-11-17T11:00", "2026-11-18T14:00");
    moved(&mut to_tonight, "2026-11-17T18:00");
    assert_eq!(reminded(&mut to_tonight, 2), ["Tue 16:00"], "the old time's reminder says nothing at 14:00");
}

/// Reminded at three of a visit that was moved at half past three, and again at five: three hours run from five.
#[test]
fn who_is_reminded_anew_of_a_moved_visit_has_the_whole_time_to_answer() {
    let mut talk = visit();
    let until = |at: &str, talk: &mut Talk| {
        talk.passes(talk.at(at).duration_since(talk.now).as_mins());
        talk.visit().answer
    };
    assert_eq!(until("2026-11-18T15:30", &mut talk), Some(Answer::Asked));
    moved(&mut talk, "2026-11-19T17:00");
    assert_eq!(until("2026-11-18T16:59", &mut talk), None, "the new time has reminders of its own");
    assert_eq!(until("2026-11-18T17:00", &mut talk), Some(Answer::Asked));
    assert_eq!(
        until("2026-11-18T19:59", &mut talk),
        Some(Answer::Asked),
        "an hour after the reminder is too early to ring"
    );
    assert_eq!(until("2026-11-18T20:00", &mut talk), Some(Answer::Silent));
}

#[test]
fn a_visit_that_is_moved_is_rated_once() {
    let mut talk = Talk::booked("", "2026-11-14T12:00", "2026-11-20T15:00");
    moved(&mut talk, "2026-11-17T15:00");
    let mut asked = Vec::new();
    for _ in 0..8 * 24 {
        talk.passes(60);
        if talk.conv.asking == Asking::Rating {
            asked.push(talk.wall(talk.now).strftime("%a %H:%M").to_string());
            talk.presses("rate.5");
        }
    }
    assert_eq!(asked, ["Tue 17:00"]);
}

#[test]
fn a_reminder_opens_a_question_only_where_none_is_open_and_the_bot_speaks() {
    let asking = |change: fn(&mut Talk)| {
        let mut talk = visit();
        change(&mut talk);
        remind(&mut talk, 1440, "2026-11-18T15:00");
        talk.conv.asking
    };
    let leads = |talk: &mut Talk| {
        talk.conv.speaker = Speaker::Person { person: PersonId::new("marina"), last_at: talk.now };
    };
    assert_eq!(asking(|_| {}), Asking::Reminder);
    assert_eq!(asking(|talk| talk.conv.asking = Asking::Name), Asking::Name);
    assert_eq!(asking(leads), Asking::Nothing);
    let mut coming = visit();
    remind(&mut coming, 1440, "2026-11-18T15:00");
    coming.presses("will.1");
    let effects = remind(&mut coming, 120, "2026-11-19T13:00");
    assert_eq!(coming.conv.asking, Asking::Nothing, "who has said «буду» is not asked again");
    let labels: Vec<&str> = reply(&effects).unwrap().buttons.iter().map(|button| button.label.as_str()).collect();
    assert_eq!(labels, ["Перенести", "Отменить запись"]);
}

#[test]
fn the_staff_marks_a_visit_from_its_first_minute_and_the_last_word_counts() {
    let arrived = |at| BookingState::Arrived { at };
    let missed = |at| BookingState::NoShow { at };
    let mut talk = visit();
    let booking = talk.visit().id.clone();
    let mut mark = |at: &str, has_come: bool| {
        talk.now = talk.at(at);
        let effects = talk.staff(StaffAct::Came { booking: booking.clone(), has_come });
        (talk.visit().state.clone(), effects.iter().any(|effect| matches!(effect, Effect::Came { .. })), talk.now)
    };
    let (state, is_told, _) = mark("2026-11-19T14:59", true);
    assert!(matches!(state, BookingState::Confirmed { .. }) && !is_told, "it has not begun");
    let (state, is_told, now) = mark("2026-11-19T15:00", true);
    assert!(state == arrived(now) && is_told);
    let (_, is_told, _) = mark("2026-11-19T15:01", true);
    assert!(!is_told, "said already");
    let (state, is_told, now) = mark("2026-11-19T15:02", false);
    assert!(state == missed(now) && is_told, "it was somebody else");
    let (_, is_told, _) = mark("2026-11-19T15:03", false);
    assert!(!is_told, "said already");
    let (state, is_told, now) = mark("2026-11-19T15:04", true);
    assert!(state == arrived(now) && is_told, "came late");
}

#[test]
fn a_rating_is_asked_of_who_was_there_and_is_free_to_answer() {
    let asked = |at: &str, change: fn(&mut Talk)| {
        let mut talk = visit();
        change(&mut talk);
        let booking = talk.visit().id.clone();
        let effects = talk.alarm(Alarm::RatingDue { booking, ends_at: None }, at);
        (!said(&effects).is_empty(), woken(&talk, &effects, "rating"))
    };
    let leads: fn(&mut Talk) =
        |talk| talk.conv.speaker = Speaker::Person { person: PersonId::new("marina"), last_at: talk.now };
    let yes = (true, vec![]);
    let no = (false, vec![]);
    assert_eq!(asked("2026-11-19T16:00", |_| {}), yes, "the visit ends at four");
    assert_eq!(asked("2026-11-19T15:59", |_| {}), no);
    assert_eq!(asked("2026-11-19T17:00", |talk| talk.conv.asking = Asking::Reminder), yes, "a reminder is over");
    assert_eq!(asked("2026-11-19T17:00", |talk| talk.conv.asking = Asking::Name), no);
    assert_eq!(asked("2026-11-19T17:00", leads), no);
    assert_eq!(asked("2026-11-19T17:00", |talk| talk.conv.client.is_blocked = true), no);
    assert_eq!(asked("2026-11-19T17:00", |talk| talk.conv.client.is_stopped = true), no);
    let missed: fn(&mut Talk) = |talk| {
        let at = talk.now;
        talk.conv.bookings.last_mut().unwrap().state = BookingState::NoShow { at };
    };
    assert_eq!(asked("2026-11-19T17:00", missed), no);
    assert_eq!(asked("2026-11-19T22:30", |_| {}), (false, vec![wall("2026-11-20T09:00")]), "not at night");
    assert_eq!(asked("2026-11-19T21:59", |_| {}), yes);
}

/// The regulation: one to three is a complaint.
#[test]
fn a_low_rating_goes_to_a_person() {
    for (rating, is_low) in [(1, true), (3, true), (4, false), (5, false)] {
        let mut talk = visit();
        let booking = talk.visit().id.clone();
        talk.alarm(Alarm::RatingDue { booking: booking.clone(), ends_at: None }, "2026-11-19T17:00");
        let effects = talk.presses(&format!("rate.{rating}"));
        assert!(effects.contains(&Effect::Rated { booking, rating }), "{rating}");
        let is_complaint = talk.conv.case.as_ref().is_some_and(|case| case.whys.contains(&Why::Complaint));
        assert_eq!(is_complaint, is_low, "{rating}");
        assert_eq!(said(&effects).contains("Спасибо за оценку"), !is_low, "{rating}");
    }
    for id in ["rate.0", "rate.6", "rate.", "rate.x"] {
        let mut talk = visit();
        assert!(said(&talk.presses(id)).contains("Не совсем понял"), "{id}");
    }
}

#[test]
fn a_yes_under_a_reminder_of_another_visit_is_of_that_visit() {
    let mut talk = visit();
    let effects = talk.presses("will.9");
    assert!(said(&effects).contains("записи пока нет"), "no such visit");
    assert_eq!(talk.visit().answer, None);
    talk.conv.asking = Asking::Name;
    let first = talk.presses("will.1");
    assert!(first.iter().any(|effect| matches!(effect, Effect::Answered { answer: Answer::Coming, .. })));
    assert_eq!(talk.conv.asking, Asking::Name, "the question that stood open still does");
    let again = talk.presses("will.1");
    assert!(!again.iter().any(|effect| matches!(effect, Effect::Answered { .. })), "said already");
    let late = talk.play(What::Alarm(Alarm::ReminderSilent { booking: talk.visit().id.clone(), starts_at: None }));
    assert!(is_quiet(&late));
}
