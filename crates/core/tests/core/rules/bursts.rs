//! When a burst of short messages is over. Source: reliability F19, two and a half seconds of silence, eight at most.

use jiff::SignedDuration;
use nochnik_core::burst::wait_until;
use nochnik_core::conversation::Asking;
use nochnik_core::event::{AttachmentKind, Input, InputKind};

use crate::rules::talk::{Talk, salon};

fn text(words: &str) -> InputKind {
    InputKind::Text { text: words.to_owned() }
}

/// Milliseconds from the first message until which more is waited for.
fn waits_ms(inputs: &[(i64, InputKind)], now_ms: i64) -> Option<i64> {
    let begin = Talk::begin("2026-11-19T12:00").now;
    let at = |ms| begin + SignedDuration::from_millis(ms);
    let input = |(ms, what): &(i64, InputKind)| Input {
        at: at(*ms),
        message_id: "m".into(),
        what: what.clone(),
        profile_name: None,
        own_phone: None,
    };
    let inputs: Vec<Input> = inputs.iter().map(input).collect();
    let until = wait_until(&inputs, Asking::Nothing, &salon(""), at(now_ms))?;
    Some(until.as_millisecond() - begin.as_millisecond())
}

#[test]
fn a_fragment_waits_for_silence_and_never_too_long() {
    let hello = || text("здравствуйте");
    let cases = [
        (vec![(0, hello())], 0, Some(2_500), "a greeting alone"),
        (vec![(0, hello())], 2_499, Some(2_500), "almost silent long enough"),
        (vec![(0, hello())], 2_500, None, "silent long enough"),
        (vec![(0, hello()), (2_000, hello())], 2_000, Some(4_500), "the last message begins the silence anew"),
        (vec![(0, hello()), (7_000, hello())], 7_000, Some(8_000), "but eight seconds are the end"),
        (vec![(0, text("хочу маникюр завтра в 15:00"))], 0, None, "a whole request"),
        (vec![(0, InputKind::Edited { text: "здравствуйте".into() })], 0, Some(2_500), "an edited greeting"),
        (vec![(0, InputKind::attachment(AttachmentKind::Photo))], 0, None, "nothing to read"),
        (vec![(0, InputKind::Unknown), (0, hello())], 0, Some(2_500), "what cannot be read beside a greeting"),
        (vec![(0, hello()), (0, InputKind::Button { id: "book".into(), press_id: None })], 0, None, "a button"),
        (vec![(0, hello()), (0, InputKind::Start { source: None })], 0, None, "a link"),
        (vec![(0, hello()), (0, InputKind::Contact { phone: None })], 0, None, "a contact"),
        (vec![], 0, None, "nothing"),
    ];
    for (inputs, now_ms, expected, why) in cases {
        assert_eq!(waits_ms(&inputs, now_ms), expected, "{why}");
    }
}

/// Sixty characters are a whole request, whatever stands in them; a line end joins two messages and counts.
#[test]
fn a_long_text_is_whole() {
    let greeting = |letters: usize| format!("здравствуйте{}", "!".repeat(letters - 12));
    assert_eq!(waits_ms(&[(0, text(&greeting(59)))], 0), Some(2_500));
    assert_eq!(waits_ms(&[(0, text(&greeting(60)))], 0), None);
}
