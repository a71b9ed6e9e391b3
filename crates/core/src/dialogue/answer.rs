//! Answers: prices, questions, small talk. Every figure comes from the business's own document.

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};
use nochnik_nlu::{Grain, Intent, Meaning, When};

use super::turns::{self, Way};
use super::{book, handoff, offer, yes_no};
use crate::acquaintance;
use crate::business::Fact;
use crate::calendar;
use crate::conversation::Asking;
use crate::crm::CLIENT;
use crate::phrases::Phrase;
use crate::turn::Turn;
use crate::values::{Money, Phone, ServiceId};
use crate::wall;

/// Lines of a whole price list in one message; the rest is asked for by name.
const PRICE_LINES_MAX: usize = 12;
/// How far ahead days of other hours are told of, and how many.
const HOLIDAYS_AHEAD_DAYS: usize = 60;
const HOLIDAY_LINES_MAX: usize = 14;
/// A night: the next morning people greet again.
const NEW_TALK: SignedDuration = SignedDuration::from_hours(8);

/// What these cost, which are asked about beside the ones wanted; where there are none, what is wanted costs.
pub(super) fn price(turn: &mut Turn, beside: &[ServiceId]) {
    turn.conv.wish.asked_price = true;
    tell_prices(turn, beside);
}

/// «Какой краской красите?»: no figure of the price list answers that.
pub(super) fn asks_property(turn: &Turn) -> bool {
    turns::is_said(&turn.said, Way::Property) && !turns::is_said(&turn.said, Way::OfChoice)
}

/// «Какие услуги?»: all that the business does, with prices.
pub(super) fn services(turn: &mut Turn) {
    let lines = price_lines(turn, &[]);
    turn.say(Phrase::PriceList, &[("lines", &lines)]);
    tell_rest(turn);
}

/// How many services the list had no room for.
fn tell_rest(turn: &mut Turn) {
    let rest = turn.settings().document.services.len().saturating_sub(PRICE_LINES_MAX);
    if rest > 0 {
        let more = wall::count(u64::try_from(rest).unwrap_or(0), "услуга", "услуги", "услуг");
        turn.say(Phrase::PriceMore, &[("more", &more)]);
    }
}

/// The lines of the price list, which say how long as well: «сколько длится?» asks for no price.
fn tell_prices(turn: &mut Turn, beside: &[ServiceId]) {
    let asked = if beside.is_empty() { priced(turn) } else { beside.to_vec() };
    let lines = price_lines(turn, &asked);
    let is_list = asked.is_empty();
    if turns::is_said(&turn.said, Way::Dear) && offer::is_on_screen(turn, &[&lines]) {
        say_less(turn, &asked);
    } else if is_list {
        turn.say(Phrase::PriceList, &[("lines", &lines)]);
        tell_rest(turn);
    } else {
        turn.say_text(lines);
        if asked.len() > 1 {
            let total = book::price_of(turn, &asked);
            turn.say(Phrase::PriceTotal, &[("price", &total)]);
        }
    }
    let asks_service = turn.settings().document.questions.info.contains(&Fact::Service);
    if asks_service && matches!(turn.conv.asking, Asking::Nothing | Asking::Visit) && is_list {
        turn.conv.asking = Asking::Service;
    }
}

/// «А чё так дорого?»: the same figures once more are no answer; what costs less is, and what is off the price.
fn say_less(turn: &mut Turn, asked: &[ServiceId]) {
    let cheaper = if turns::is_said(&turn.said, Way::Cheaper) { cheaper(turn, asked) } else { vec![] };
    if cheaper.is_empty() {
        turn.say(Phrase::PriceStands, &[]);
    } else {
        let lines = price_lines(turn, &cheaper);
        turn.say(Phrase::PriceCheaper, &[("lines", &lines)]);
        turn_to(turn, cheaper);
    }
    if let Some(promo) = turn.settings().document.faq.get("promo") {
        turn.say_text(promo.clone());
    }
}

/// «Давайте» behind it means what was told last; of several it is asked which.
fn turn_to(turn: &mut Turn, told: Vec<ServiceId>) {
    match &told[..] {
        _ if turn.conv.wish.wants_visit => {}
        [_] => turn.conv.wish.services = told,
        _ => book::ask_which(turn, &told),
    }
}

/// What could take the place of the one service asked about for less: its name begins with the same word and somebody
/// does both, so a woman's haircut gives way to no child's and a dentist to no therapist.
fn cheaper(turn: &Turn, asked: &[ServiceId]) -> Vec<ServiceId> {
    let settings = turn.settings();
    let [Some(dear)] = asked.iter().map(|id| settings.service(id)).collect::<Vec<_>>()[..] else { return vec![] };
    let head = |name: &str| name.split_whitespace().next().map(str::to_lowercase);
    let services = settings.document.services.iter();
    let alike = services.filter(|other| other.price < dear.price && head(&other.name) == head(&dear.name));
    let ids = alike.map(|other| ServiceId::new(&*other.id));
    ids.filter(|id| !settings.specialists_for(&[asked[0].clone(), id.clone()]).is_empty()).collect()
}

/// What a question is about: the services it names, else what the price is asked of.
fn asked_about(turn: &Turn, meaning: &Meaning) -> Vec<ServiceId> {
    let named: Vec<ServiceId> = meaning.services.iter().map(|found| ServiceId::new(&*found.value)).collect();
    if named.is_empty() { priced(turn) } else { named }
}

/// What the price is asked of: the wish, else the visit booked; nothing means the whole list.
fn priced(turn: &Turn) -> Vec<ServiceId> {
    if !turn.conv.wish.services.is_empty() || turns::is_said(&turn.said, Way::PriceList) {
        return turn.conv.wish.services.clone();
    }
    turn.conv.coming(turn.now).first().map(|visit| visit.services.clone()).unwrap_or_default()
}

/// The price of what is wished for stands before the client's eyes.
pub(super) fn is_told(turn: &Turn) -> bool {
    let asked = priced(turn);
    !asked.is_empty() && offer::is_on_screen(turn, &[&price_lines(turn, &asked)])
}

/// The price of each of these, or of everything.
fn price_lines(turn: &Turn, asked: &[ServiceId]) -> String {
    let settings = turn.settings();
    let shown: Vec<_> = if asked.is_empty() {
        settings.document.services.iter().take(PRICE_LINES_MAX).collect()
    } else {
        asked.iter().filter_map(|id| settings.service(id)).collect()
    };
    let lines: Vec<String> = shown
        .iter()
        .map(|service| {
            let price = price_words(turn, service.price, service.price_from);
            let duration = duration(service.duration_min);
            turn.phrase(Phrase::PriceLine, &[("service", &service.name), ("price", &price), ("duration", &duration)])
        })
        .collect();
    lines.join("\n")
}

/// «1 500 ₽», «от 1 500 ₽», «бесплатно».
pub(super) fn price_words(turn: &Turn, rub: i64, is_from: bool) -> String {
    let price = Money::from_rub(rub).to_string();
    match () {
        () if is_from => turn.phrase(Phrase::PriceFrom, &[("price", &price)]),
        () if rub == 0 => turn.phrase(Phrase::PriceFree, &[]),
        () => price,
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

/// A question that the business's own entries do not answer.
pub(super) fn is_unknown(turn: &Turn, meaning: &Meaning) -> bool {
    !meaning.topics.iter().any(|topic| is_known(turn, meaning, topic))
}

fn is_known(turn: &Turn, meaning: &Meaning, topic: &str) -> bool {
    let document = &turn.settings().document;
    match topic {
        "hours" | "my_booking" => true,
        "address" => !document.address.is_empty() || document.faq.contains_key(topic),
        "service_info" => document.faq.contains_key(topic) || has_news_of_service(turn, meaning),
        // «Сертификат есть?» is not answered by a discount.
        "promo" => document.faq.get(topic).is_some_and(|text| {
            !turns::is_said(&turn.said, Way::Certificate) || turns::is_said(text, Way::Certificate)
        }),
        topic => document.faq.contains_key(topic),
    }
}

/// The figures of the service answer a question that names it or asks how long it takes, if they do not stand before
/// the client already; «а анонимно?» they do not answer.
fn has_news_of_service(turn: &Turn, meaning: &Meaning) -> bool {
    let asked = &asked_about(turn, meaning);
    let is_of_service = !meaning.services.is_empty() || turns::is_said(&turn.said, Way::Length);
    let is_of_service = is_of_service && !asks_property(turn);
    is_of_service && !asked.is_empty() && !offer::is_on_screen(turn, &[&price_lines(turn, asked)])
}

/// Answers every question of the message from the business's own entries.
pub(super) fn faq(turn: &mut Turn, meaning: &Meaning) {
    for topic in &meaning.topics {
        let document = &turn.settings().document;
        match topic.as_str() {
            "hours" => hours(turn, meaning),
            "my_booking" => my_booking(turn),
            topic if document.faq.contains_key(topic) => turn.say_text(document.faq[topic].clone()),
            "address" => turn.say(Phrase::FaqAddress, &[("address", &document.address)]),
            "service_info" if !asked_about(turn, meaning).is_empty() => {
                let asked = asked_about(turn, meaning);
                tell_prices(turn, &asked);
            }
            _ => {}
        }
    }
}

/// The day asked about, or the whole week.
pub(super) fn hours(turn: &mut Turn, meaning: &Meaning) {
    if turns::is_said(&turn.said, Way::Now) {
        let is_open = calendar::is_open(turn.settings(), turn.now);
        turn.say(if is_open { Phrase::OpenNow } else { Phrase::ClosedNow }, &[]);
    }
    let settings = turn.settings();
    if turns::is_said(&turn.said, Way::Holidays) {
        return holidays(turn);
    }
    match day_asked(meaning) {
        Some(on) => {
            let (day, hours) = (wall::capitalised(&wall::date_from(on, turn.today())), settings.hours_text(on));
            turn.say(Phrase::FaqHoursDay, &[("day", &day), ("hours", &hours)]);
        }
        None => turn.say(Phrase::FaqHours, &[("hours", &settings.week_text())]),
    }
}

/// The number of the business and when it is answered; false where the owner gave none.
pub(super) fn our_phone(turn: &mut Turn) -> bool {
    let settings = turn.settings();
    let Ok(phone) = Phone::parse(&settings.document.phone) else { return false };
    turn.say(Phrase::OurPhone, &[("phone", &phone.pretty()), ("hours", &settings.week_text())]);
    true
}

/// The week, and the days ahead whose hours are others.
fn holidays(turn: &mut Turn) {
    let (settings, today) = (turn.settings(), turn.today());
    let ahead = today.series(1.day()).take(HOLIDAYS_AHEAD_DAYS);
    let is_other =
        |on: &Date| *calendar::hours_on(&settings.document, *on) != *settings.document.hours.of(on.weekday());
    let other = ahead.filter(is_other).take(HOLIDAY_LINES_MAX);
    let lines: Vec<String> =
        other.map(|on| format!("{}: {}", wall::date_from(on, today), settings.hours_text(on))).collect();
    turn.say(Phrase::FaqHours, &[("hours", &settings.week_text())]);
    let phrase = if lines.is_empty() { Phrase::NoOtherHours } else { Phrase::OtherHours };
    turn.say(phrase, &[("lines", &lines.join("\n"))]);
}

/// The one day that a question is about.
pub(super) fn day_asked(meaning: &Meaning) -> Option<Date> {
    meaning.when.as_ref().and_then(|found| found.value.from_on.filter(|_| is_one_day(&found.value)))
}

fn is_one_day(when: &When) -> bool {
    when.to_on.is_none_or(|to| Some(to) == when.from_on) && when.grain != Grain::FromDay
}

pub(super) fn my_booking(turn: &mut Turn) {
    let coming = turn.conv.coming(turn.now);
    if coming.len() > 1 {
        let lines: Vec<String> = coming
            .iter()
            .map(|visit| {
                let (moment, service, specialist) = book::words_of(turn, visit);
                format!("{moment} — {service}, {specialist}")
            })
            .collect();
        return turn.say(Phrase::MyBookings, &[("lines", &lines.join("\n"))]);
    }
    match book::coming_words(turn) {
        Some((moment, service, specialist)) => {
            turn.say(Phrase::MyBooking, &[("moment", &moment), ("service", &service), ("specialist", &specialist)]);
        }
        None => match acquaintance::next_elsewhere(turn) {
            Some((moment, service)) => {
                turn.say(Phrase::VisitElsewhere, &[("moment", &moment), ("service", &service)]);
            }
            None if turn.conv.wish.handed_over_at.is_some() => turn.say(Phrase::RequestWaits, &[]),
            None => turn.say(Phrase::NoBooking, &[]),
        },
    }
}

pub(super) fn smalltalk(turn: &mut Turn, meaning: &Meaning, is_first: bool) {
    match meaning.topic() {
        Some("bot") => turn.say(Phrase::IAmABot, &[]),
        // A time is kept and nothing booked: whoever takes their leave now may think that it is.
        Some("thanks" | "bye") if turn.conv.held().is_some() => return book::go_on(turn),
        Some("thanks") => return turn.say(Phrase::ThanksReply, &[]),
        Some("bye") => return turn.say(Phrase::Bye, &[]),
        _ if meaning.has(Intent::Feedback) => return turn.say(Phrase::ThanksReply, &[]),
        None if yes_no::is_noted(turn, meaning) && matches!(turn.conv.asking, Asking::Nothing | Asking::Visit) => {
            return noted(turn);
        }
        _ => {}
    }
    if meaning.topics.is_empty() && handoff::tells_how_it_stands(turn) {
        return;
    }
    if !matches!(turn.conv.asking, Asking::Nothing | Asking::Reminder | Asking::Rating) {
        return yes_no::repeat(turn);
    }
    match turn.conv.client.name.clone().filter(|_| !is_first && is_new_talk(turn)) {
        Some(name) => turn.say(Phrase::HelloAgain, &[("name", &name)]),
        None => turn.say(Phrase::HowCanIHelp, &[]),
    }
    if is_first {
        menu(turn);
    }
}

/// «Понял», where nothing is booked: what is to be waited for, or how to go on.
fn noted(turn: &mut Turn) {
    turn.conv.asking = Asking::Nothing;
    turn.say(if handoff::is_awaited(turn) { Phrase::AnswerHere } else { Phrase::StillHere }, &[]);
}

/// We have not spoken for so long that a person would greet again.
fn is_new_talk(turn: &Turn) -> bool {
    let said = turn.conv.transcript.iter().rev().find(|line| line.who != CLIENT);
    said.is_none_or(|line| turn.now.duration_since(line.at) > NEW_TALK)
}

pub(super) fn menu(turn: &mut Turn) {
    let buttons = vec![
        turn.button("book", Phrase::ButtonBook),
        turn.button("price", Phrase::ButtonPrice),
        turn.button("human", Phrase::ButtonHuman),
    ];
    turn.ask(buttons, false);
}
