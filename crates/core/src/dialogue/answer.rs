//! Answers: prices, questions, small talk. Every figure comes from the business's own document.

use nochnik_nlu::{Intent, Meaning};

use super::book;
use crate::conversation::Asking;
use crate::escalation::Why;
use crate::phrases::Phrase;
use crate::turn::Turn;
use crate::values::Money;
use crate::wall;

/// Lines of a whole price list in one message; the rest is asked for by name.
const PRICE_LINES_MAX: usize = 12;

pub(super) fn price(turn: &mut Turn) {
    let settings = turn.settings();
    let asked = &turn.conv.wish.services;
    let shown: Vec<_> = if asked.is_empty() {
        settings.document.services.iter().take(PRICE_LINES_MAX).collect()
    } else {
        asked.iter().filter_map(|id| settings.service(id)).collect()
    };
    let lines: Vec<String> = shown
        .iter()
        .map(|service| {
            let price = Money::from_rub(service.price).to_string();
            let price = if service.price_from { turn.phrase(Phrase::PriceFrom, &[("price", &price)]) } else { price };
            let duration = duration(service.duration_min);
            turn.phrase(Phrase::PriceLine, &[("service", &service.name), ("price", &price), ("duration", &duration)])
        })
        .collect();
    let is_list = turn.conv.wish.services.is_empty();
    turn.conv.wish.asked_price = true;
    if is_list {
        turn.say(Phrase::PriceList, &[("lines", &lines.join("\n"))]);
    } else {
        turn.say_text(lines.join("\n"));
    }
    if turn.conv.asking == Asking::Nothing && is_list {
        turn.conv.asking = Asking::Service;
    }
}

fn duration(minutes: u16) -> String {
    let (hours, minutes) = (u64::from(minutes / 60), u64::from(minutes % 60));
    match (hours, minutes) {
        (0, m) => wall::count(m, "минута", "минуты", "минут"),
        (h, 0) => wall::count(h, "час", "часа", "часов"),
        (h, m) => format!("{} {}", wall::count(h, "час", "часа", "часов"), wall::count(m, "минута", "минуты", "минут")),
    }
}

/// Answers from the business's own entries; what is not there goes to a person. Returns whether
/// anything was said.
pub(super) fn faq(turn: &mut Turn, meaning: &Meaning) -> bool {
    let document = &turn.settings().document;
    match meaning.topic.as_deref() {
        Some("address") if !document.address.is_empty() => {
            turn.say(Phrase::FaqAddress, &[("address", &document.address)])
        }
        Some("hours") => {
            let hours = turn.settings().week_text();
            turn.say(Phrase::FaqHours, &[("hours", &hours)]);
        }
        Some("my_booking") => match book::coming_words(turn) {
            Some((moment, service, specialist)) => {
                turn.say(Phrase::MyBooking, &[("moment", &moment), ("service", &service), ("specialist", &specialist)]);
            }
            None => turn.say(Phrase::NoBooking, &[]),
        },
        Some(topic) if document.faq.contains_key(topic) => turn.say_text(document.faq[topic].clone()),
        Some("service_info") if !turn.conv.wish.services.is_empty() => price(turn),
        _ => {
            turn.say(Phrase::FaqUnknown, &[]);
            turn.whys.push(Why::Question);
        }
    }
    true
}

pub(super) fn smalltalk(turn: &mut Turn, meaning: &Meaning, is_first: bool) {
    match meaning.topic.as_deref() {
        Some("bot") => turn.say(Phrase::IAmABot, &[]),
        Some("thanks") => return turn.say(Phrase::ThanksReply, &[]),
        Some("bye") => return turn.say(Phrase::Bye, &[]),
        _ if meaning.has(Intent::Feedback) => return turn.say(Phrase::ThanksReply, &[]),
        _ => {}
    }
    if turn.conv.asking != Asking::Nothing {
        return book::go_on(turn);
    }
    turn.say(Phrase::HowCanIHelp, &[]);
    if is_first {
        menu(turn);
    }
}

pub(super) fn menu(turn: &mut Turn) {
    let buttons = vec![
        turn.button("book", Phrase::ButtonBook),
        turn.button("price", Phrase::ButtonPrice),
        turn.button("human", Phrase::ButtonHuman),
    ];
    turn.ask(buttons, false);
}
