//! Many cases at once: a person gets three cards by themselves, the next ones together, a minute's in one message.
//!
//! What is urgent always comes by itself: among thirty others nobody would see it. Nothing is lost in a bundle, for
//! every case in it keeps its own button and climbs its own ladder. Source: reliability F83.

use jiff::Timestamp;

use crate::business::Settings;
use crate::limits::{BUNDLE_LINES_MAX, NOTICES_SINGLE_MAX};
use crate::phrases::{Phrase, text as phrase};
use crate::wall;

/// A bundle leaves within so long of the first case in it: a person is to know within a minute.
const GATHER_S: i64 = 60;

/// Whether a card goes by itself to one who got so many within [`crate::limits::NOTICES_WINDOW_MIN`] minutes.
pub fn is_single(recent: usize, is_urgent: bool) -> bool {
    is_urgent || recent < NOTICES_SINGLE_MAX
}

/// When the bundle leaves that takes what comes up at this moment: at the end of its minute.
pub fn leaves_at(now: Timestamp) -> Timestamp {
    let minute = now.as_second().div_euclid(GATHER_S);
    Timestamp::from_second((minute + 1) * GATHER_S).unwrap_or(Timestamp::MAX)
}

/// The first lines of a card, on one line.
pub fn line_of(card: &str) -> String {
    let lines: Vec<&str> = card.lines().take(2).filter(|line| !line.is_empty()).collect();
    lines.join(". ")
}

/// One message about all of them, numbered as their buttons are; past [`BUNDLE_LINES_MAX`] only how many more.
pub fn text(settings: &Settings, lines: &[&str]) -> String {
    let waiting = wall::count(u64::try_from(lines.len()).unwrap_or(0), "клиент", "клиента", "клиентов");
    let shown = (1..).zip(lines.iter().take(BUNDLE_LINES_MAX)).map(|(number, line)| format!("{number}. {line}"));
    let shown = shown.collect::<Vec<String>>().join("\n");
    let text = phrase(settings, Phrase::NoticeBundle, &[("count", &waiting), ("lines", &shown)]);
    match lines.len().checked_sub(BUNDLE_LINES_MAX).filter(|more| *more > 0) {
        Some(more) => {
            format!("{text}\n{}", phrase(settings, Phrase::NoticeBundleMore, &[("count", &more.to_string())]))
        }
        None => text,
    }
}

/// «Беру 2»: the label of the button for a line.
pub fn label(settings: &Settings, number: usize) -> String {
    format!("{} {number}", phrase(settings, Phrase::AnswerTake, &[]))
}

#[cfg(test)]
mod tests {
    use super::{is_single, leaves_at, line_of};

    #[test]
    fn three_go_by_themselves_and_the_urgent_always() {
        let single = |recent| (is_single(recent, false), is_single(recent, true));
        assert_eq!([0, 2, 3, 100].map(single), [(true, true), (true, true), (false, true), (false, true)]);
    }

    #[test]
    fn a_bundle_leaves_at_the_end_of_its_minute() {
        for (now, leaves) in [("23:40:00", "23:41:00"), ("23:40:59.999", "23:41:00"), ("23:59:30", "24:00:00")] {
            let of = |time: &str| match time {
                "24:00:00" => "2026-11-26T00:00:00Z".parse().unwrap(),
                time => format!("2026-11-25T{time}Z").parse::<jiff::Timestamp>().unwrap(),
            };
            assert_eq!(leaves_at(of(now)), of(leaves), "{now}");
        }
    }

    #[test]
    fn a_line_is_who_what_when_and_why() {
        let card = "Оля · маникюр · завтра 18:30\nГорячий лид. Взять до 23:45\nТелефон: +7 918 555-01-50";
        assert_eq!(line_of(card), "Оля · маникюр · завтра 18:30. Горячий лид. Взять до 23:45");
    }
}
