//! A wanted time, read back in words.

use jiff::Timestamp;
use jiff::civil::Date;
use nochnik_nlu::{Grain, When};

use crate::business::Settings;
use crate::conversation::{Booking, Conversation};
use crate::wall;

/// «завтра, ср, 25 ноября, после 18:00».
pub fn text(when: &When, today: Date) -> String {
    if let Some(text) = stretch_text(when) {
        return text;
    }
    let day = match (when.from_on, when.to_on) {
        (Some(from), Some(to)) if from != to => format!("{} – {}", wall::date(from), wall::date(to)),
        (Some(on), _) if when.grain == Grain::FromDay => format!("с {}", wall::date(on)),
        (Some(on), _) | (None, Some(on)) => wall::date_from(on, today),
        (None, None) => String::new(),
    };
    let clock = |at: jiff::civil::Time| format!("{:02}:{:02}", at.hour(), at.minute());
    let hours = match (when.grain, when.from_at, when.to_at) {
        (Grain::Time, Some(at), _) => clock(at),
        (_, Some(from), Some(to)) => format!("{}–{}", clock(from), clock(to)),
        (_, Some(from), None) => format!("после {}", clock(from)),
        (_, None, Some(to)) => format!("до {}", clock(to)),
        (_, None, None) => String::new(),
    };
    [day, hours].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// «пт, 27 ноября, 18:00 – вс, 29 ноября, 12:00»: the hours are those of the first and of the last day.
fn stretch_text(when: &When) -> Option<String> {
    let (from, to) = (when.from_on?, when.to_on?);
    let is_stretch = when.grain == Grain::Range && from < to;
    is_stretch.then_some(())?;
    Some(wall::span(from.to_datetime(when.from_at?), to.to_datetime(when.to_at?)))
}

/// «завтра, ср, 25 ноября, около 18:00»: where an hour is wanted and one near it would do.
pub fn around(when: &When, today: Date) -> String {
    let day = text(&When { from_at: None, to_at: None, ..*when }, today);
    let hour = when.from_at.map(|at| format!("около {:02}:{:02}", at.hour(), at.minute()));
    [Some(day), hour].into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// When the client wants to come, or comes: the visit's moment, else the wish in words, else nothing.
pub fn wanted_words(conversation: &Conversation, settings: &Settings, now: Timestamp) -> String {
    let today = settings.wall(now).date();
    let moment = |booking: &Booking| wall::moment_from(settings.wall(booking.slot.starts_at), today);
    match (conversation.coming(now).first(), &conversation.wish.when, conversation.under_way(now)) {
        (Some(booking), ..) => moment(booking),
        (None, Some(when), _) => text(when, today),
        (None, None, Some(begun)) => moment(begun),
        (None, None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};
    use nochnik_nlu::{Grain, When};

    use super::{around, text};

    #[test]
    fn a_wanted_time_reads_as_it_was_said() {
        let tomorrow = Some(date(2026, 11, 25));
        let six = Some(time(18, 0, 0, 0));
        let cases = [
            (Grain::After, tomorrow, six, None, "завтра, ср, 25 ноября, после 18:00"),
            (Grain::Time, tomorrow, six, None, "завтра, ср, 25 ноября, 18:00"),
            (Grain::Day, tomorrow, None, None, "завтра, ср, 25 ноября"),
            (Grain::Range, None, six, Some(time(20, 0, 0, 0)), "18:00–20:00"),
        ];
        for (grain, on, from_at, to_at, expected) in cases {
            let when =
                When { grain, from_on: on, to_on: on, from_at, to_at, is_date_stated: true, is_hour_certain: true };
            assert_eq!(text(&when, date(2026, 11, 24)).replace('\u{a0}', " "), expected);
        }
        let when = When {
            grain: Grain::Range,
            from_on: tomorrow,
            to_on: Some(date(2026, 11, 27)),
            from_at: six,
            to_at: Some(time(12, 0, 0, 0)),
            is_date_stated: true,
            is_hour_certain: true,
        };
        let words = text(&when, date(2026, 11, 24)).replace('\u{a0}', " ");
        assert_eq!(words, "ср, 25 ноября, 18:00 – пт, 27 ноября, 12:00");
    }

    /// One hour near which would do: where it ends says nothing more.
    #[test]
    fn around_an_hour_names_the_hour_alone() {
        let (six, eight) = (Some(time(18, 0, 0, 0)), Some(time(20, 0, 0, 0)));
        let tomorrow = Some(date(2026, 11, 25));
        let when = When {
            grain: Grain::Range,
            from_on: tomorrow,
            to_on: tomorrow,
            from_at: six,
            to_at: eight,
            is_date_stated: true,
            is_hour_certain: true,
        };
        let words = around(&when, date(2026, 11, 24)).replace('\u{a0}', " ");
        assert_eq!(words, "завтра, ср, 25 ноября, около 18:00");
    }
}
