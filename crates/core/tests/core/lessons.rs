//! Which messages teach the reader: what was doubted, what was given up, what was read with little certainty.

use nochnik_core::consult::Doubt;
use nochnik_core::conversation::{Asking, Conversation, ReadAs};
use nochnik_core::escalation::{Case, Why};
use nochnik_core::event::{Event, Input, InputKind, What};
use nochnik_core::lesson::{Lesson, lesson_of};
use nochnik_nlu::Intent;
use rstest::rstest;

use crate::rules::talk::Talk;

/// A talk in which a person is wanted, for this reason.
fn conv(why: Why) -> Conversation {
    let mut talk = Talk::begin("2026-11-19T12:00");
    talk.says("сколько стоит маникюр?");
    let case = talk.conv.case.take().unwrap();
    Conversation { case: Some(Case { whys: vec![why], ..case }), read_as: None, doubt: None, misses: 0, ..talk.conv }
}

fn read(certainty: f32, conv: Conversation) -> Conversation {
    Conversation { read_as: Some(ReadAs { intent: Intent::Book, certainty, is_of_hours: false }), ..conv }
}

fn lesson(before: &Conversation, after: &Conversation) -> Option<Lesson> {
    let at = after.began_at;
    let what = InputKind::Text { text: "слова".into() };
    let input = Input { at, message_id: "m".into(), what, profile_name: None, own_phone: None };
    lesson_of(Some(before), &Event { id: "e".into(), at, what: What::Client(vec![input]) }, after)
}

#[rstest]
#[case::in_doubt(0.49, true)]
#[case::at_the_bound(0.5, false)]
#[case::sure(0.9, false)]
fn what_is_read_with_less_than_half_the_certainty_teaches(#[case] certainty: f32, #[case] teaches: bool) {
    let before = conv(Why::Hot);
    let found = lesson(&before, &read(certainty, before.clone()));
    assert_eq!(found.map(|lesson| (lesson.heard, lesson.is_missed)), teaches.then_some((Some(Intent::Book), false)));
}

#[test]
fn what_a_second_reader_is_asked_about_teaches_once() {
    let sure = read(0.9, conv(Why::Hot));
    let doubt = Doubt {
        since: sure.began_at,
        text: "слова".into(),
        is_first: false,
        is_spoken: false,
        asking: Asking::Nothing,
    };
    let asked = Conversation { doubt: Some(doubt), ..sure.clone() };
    let found = lesson(&sure, &asked).unwrap();
    assert_eq!((found.heard, found.heard_word(), found.is_missed), (None, "", false));
    assert_eq!(lesson(&asked, &asked), None, "it is asked already");
    assert_eq!(lesson(&asked, &sure), None, "and answered");
}

/// Whatever the certainty: a person was called because the bot did not understand.
#[test]
fn what_the_bot_gave_up_teaches_when_the_person_is_called() {
    let (hot, unclear) = (read(0.9, conv(Why::Hot)), read(0.9, conv(Why::Unclear)));
    let nobody = Conversation { case: None, ..hot.clone() };
    for before in [&hot, &nobody] {
        assert!(lesson(before, &unclear).unwrap().is_missed);
    }
    assert_eq!(lesson(&unclear, &unclear), None, "the person was called before");
    assert_eq!(lesson(&nobody, &hot), None, "called for something else");
}
