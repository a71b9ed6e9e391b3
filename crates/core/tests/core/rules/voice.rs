//! What a machine heard is shown back first, and a yes that was heard settles nothing.

use nochnik_core::conversation::Asking;
use nochnik_core::event::InputKind;
use nochnik_core::limits::HEARD_CHARS_MAX;

use super::talk::{Talk, said};

const EVENING: &str = "2026-11-19T20:00";

fn speaks(talk: &mut Talk, text: &str) -> String {
    said(&talk.does(InputKind::Spoken { text: text.to_owned() }))
}

/// A talk in which everything is known and «Всё верно?» stands open.
fn asked() -> Talk {
    let mut talk = Talk::begin(EVENING);
    talk.says("маникюр у Анны 24.11 в 15:00, Вера, 8 918 555 01 50");
    assert_eq!(talk.conv.asking, Asking::Confirm);
    talk
}

#[test]
fn what_was_heard_is_shown_back_ahead_of_the_answer() {
    let mut talk = Talk::begin(EVENING);
    talk.says("здравствуйте");
    let reply = speaks(&mut talk, "сколько стоит маникюр без покрытия");
    assert!(reply.starts_with("Услышал так: «сколько стоит маникюр без покрытия»"), "{reply}");
    assert!(reply.contains("1 200 ₽"), "and answered as words are: {reply}");
}

#[test]
fn a_long_speech_is_shown_back_in_part() {
    let mut talk = Talk::begin(EVENING);
    for (length, is_cut) in [(HEARD_CHARS_MAX, false), (HEARD_CHARS_MAX + 1, true)] {
        let reply = speaks(&mut talk, &"ы".repeat(length));
        let shown = reply.split(['«', '»']).find(|part| part.starts_with("ыы")).unwrap();
        assert_eq!((shown.chars().count(), shown.ends_with('…')), (HEARD_CHARS_MAX + usize::from(is_cut), is_cut));
    }
}

/// Contract sheet of language models 1.6: what was heard is shown before any booking is made of it.
#[test]
fn a_spoken_yes_books_nothing_and_a_written_one_does() {
    let mut talk = asked();
    for yes in ["да", "да, всё верно", "верно, записывайте"] {
        let reply = speaks(&mut talk, yes);
        assert!(talk.conv.coming(talk.now).is_empty(), "«{yes}» booked: {reply}");
        assert!(reply.contains("Всё верно?"), "asked again after «{yes}»: {reply}");
        assert_eq!(talk.conv.asking, Asking::Confirm);
    }
    talk.says("да");
    assert_eq!(talk.conv.coming(talk.now).len(), 1);
}

#[test]
fn a_written_yes_beside_a_voice_message_may_be_about_what_was_heard() {
    let mut talk = asked();
    let inputs = ["лучше к Марии", "да"].into_iter().zip([true, false]).map(|(text, is_spoken)| {
        let text = text.to_owned();
        if is_spoken { InputKind::Spoken { text } } else { InputKind::Text { text } }
    });
    talk.does_all(inputs.collect());
    assert!(talk.conv.coming(talk.now).is_empty());
}

#[test]
fn a_visit_is_not_cancelled_by_ear() {
    let mut talk = Talk::booked("", EVENING, "2026-11-24T15:00");
    for words in ["отмените мою запись", "да"] {
        speaks(&mut talk, words);
        assert_eq!(talk.conv.coming(talk.now).len(), 1, "after «{words}»");
        assert_eq!(talk.conv.asking, Asking::ConfirmCancel);
    }
    talk.says("да");
    assert!(talk.conv.coming(talk.now).is_empty());
}

#[test]
fn a_series_is_not_booked_by_ear() {
    let mut talk = Talk::begin(EVENING);
    talk.says("маникюр у Анны каждый вторник в 15:00, Вера, 8 918 555 01 50");
    talk.says("да");
    assert_eq!(talk.conv.asking, Asking::Series);
    let reply = speaks(&mut talk, "да");
    assert_eq!((talk.conv.coming(talk.now).len(), talk.conv.asking), (1, Asking::Series), "{reply}");
    talk.says("да");
    assert!(talk.conv.coming(talk.now).len() > 1);
}
