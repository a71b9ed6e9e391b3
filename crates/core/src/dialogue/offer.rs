//! Free times put before the client: found, listed, picked from.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use nochnik_nlu::{Expecting, Grain, Intent, Meaning, When};

use super::turns::{self, Way};
use super::{absent, book, gather, own_time};
use crate::business::Business;
use crate::calendar;
use crate::conversation::{Asking, Booking};
use crate::effect::Button;
use crate::escalation::Why;
use crate::limits::{CLIENT_BOOKINGS_MAX, OFFERS_MAX};
use crate::phrases::Phrase;
use crate::schedule::{self, Slot, SlotAsk, Window};
use crate::turn::{Turn, label_button};
use crate::values::{ServiceId, SpecialistId};
use crate::wall;
use crate::wanted;

/// A list shown so many minutes ago and so many messages back is still before the client's eyes.
const ON_SCREEN_MIN: i64 = 15;
const ON_SCREEN_LINES: usize = 4;
/// A time asked for that is so near means «as soon as can be».
const AT_ONCE: SignedDuration = SignedDuration::from_mins(30);

/// Which of the offers was meant: «первое», or its time said again.
pub(super) fn picked(turn: &Turn, meaning: &Meaning) -> Option<usize> {
    if turn.conv.asking != Asking::Slot || turn.conv.wish.offers.is_empty() {
        return None;
    }
    if let Some(number) = meaning.choice {
        return usize::from(number).checked_sub(1).filter(|index| *index < turn.conv.wish.offers.len());
    }
    if meaning.when.is_none() {
        return named_by_place(turn, meaning);
    }
    let when = meaning.when.as_ref().map(|found| found.value).filter(|when| when.grain == Grain::Time)?;
    let offered = |at: Option<Time>| {
        let mut fitting = turn.conv.wish.offers.iter().enumerate().filter(|(_, slot)| {
            let wall = turn.wall(slot.starts_at);
            Some(wall.time()) == at && when.from_on.is_none_or(|on| on == wall.date())
        });
        let (index, slot) = fitting.next()?;
        // The same hour stands under another day too: which of them is not known.
        let is_one = fitting.all(|(_, other)| other.starts_at == slot.starts_at);
        is_one.then_some(index)
    };
    // «8» before «20:00» on the list, «7» before «07:00».
    let other_half = || {
        let at = when.from_at.filter(|_| !when.is_hour_certain)?;
        let half = SignedDuration::from_hours(12);
        offered(Some(if at.hour() < 12 { at.saturating_add(half) } else { at.saturating_sub(half) }))
    };
    offered(when.from_at).or_else(other_half)
}

/// «Самое раннее», «последнее», «без разницы»: by its place in the list.
fn named_by_place(turn: &Turn, meaning: &Meaning) -> Option<usize> {
    let names_more = !meaning.services.is_empty() || meaning.specialist.is_some() || meaning.intent().is_outside();
    if names_more || meaning.has(Intent::Faq) || meaning.has(Intent::Price) {
        return None;
    }
    match () {
        () if turns::is_said(&turn.said, Way::Earliest) || turns::is_said(&turn.said, Way::Whichever) => Some(0),
        () if turns::is_said(&turn.said, Way::Latest) => turn.conv.wish.offers.len().checked_sub(1),
        () => None,
    }
}

/// Looks for a slot that fits the wish: takes an exact one, else offers.
pub(super) fn find_time(turn: &mut Turn) {
    if has_enough(turn) {
        let count = u64::try_from(CLIENT_BOOKINGS_MAX).unwrap_or(u64::MAX);
        let count = wall::count(count, "запись", "записи", "записей");
        turn.conv.asking = Asking::Nothing;
        turn.say(Phrase::TooMany, &[("count", &count)]);
        return turn.ask(vec![turn.button("human", Phrase::ButtonHuman)], false);
    }
    drop_unfit_specialist(turn);
    drop_unwanted(turn);
    let business = without_own(turn);
    let Some(when) = turn.conv.wish.when else {
        let soon = soonest(turn, &business);
        if turns::is_said(&turn.said, Way::Sooner) && matches!(turn.conv.asking, Asking::Slot | Asking::When) {
            turn.say(Phrase::NothingSooner, &[]);
        }
        return show(turn, soon, Opening::AskWhen);
    };
    if !turn.conv.wish.when_others.is_empty() {
        return find_among(turn, &business);
    }
    let window = schedule::window_of(&when, turn.now, turn.settings());
    if window.from.date() > last_day(turn) {
        turn.conv.wish.when = None;
        turn.conv.wish.when_others.clear();
        let soon = soonest(turn, &business);
        return show(turn, soon, Opening::TooFar);
    }
    let ask = ask_of(turn, window);
    let mut free = schedule::free_slots(&business, &ask, turn.now);
    if let Some(end) = turn.conv.wish.ready_by.filter(|end| when.to_at == Some(*end)) {
        free.retain(|slot| turn.wall(slot.ends_at) <= turn.wall(slot.starts_at).date().to_datetime(end));
    }
    if when.grain == Grain::Time {
        match free.iter().find(|slot| turn.wall(slot.starts_at) == window.from) {
            Some(slot) => choose(turn, slot.clone()),
            None if own_time::is_asked(turn, &ask) => {}
            None => {
                let around = turn.settings().moment_of(window.from);
                let opening = match () {
                    () if closed_day(turn).is_some() => Opening::DayOff,
                    () if absent::is_so(turn) => Opening::Absent,
                    () if !calendar::is_open(turn.settings(), around) => Opening::Closed,
                    () if is_between_beginnings(turn, window.from) => Opening::OffGrid,
                    () => Opening::Other,
                };
                let is_at_once = around.duration_since(turn.now) < AT_ONCE;
                let near = if is_at_once { soonest(turn, &business) } else { nearest(turn, &business, around) };
                show(turn, near, opening);
            }
        }
    } else if free.is_empty() {
        let is_whole_day = when.from_at.is_none() && when.to_at.is_none();
        let near = if is_whole_day {
            soonest_from(turn, &business, window.from.date())
        } else {
            nearest(turn, &business, turn.settings().moment_of(window.from))
        };
        // The day asked for may be the last that is booked: what is free before it is told.
        let near = if near.is_empty() { soonest(turn, &business) } else { near };
        let opening = match () {
            () if closed_day(turn).is_some() => Opening::DayOff,
            () if absent::is_so(turn) => Opening::Absent,
            () if is_day_over(turn) => Opening::DayOver,
            () if !is_whole_day && !window.is_empty() && is_closed_through(turn, &window) => Opening::Closed,
            () => Opening::Other,
        };
        show(turn, near, opening);
    } else {
        show(turn, spread(turn, free), Opening::Offer);
    }
}

/// What is wished for, as the diary is asked for it.
pub(super) fn ask_of(turn: &Turn, window: Window) -> SlotAsk {
    let wish = &turn.conv.wish;
    let (services, specialist) = (wish.services.clone(), wish.specialist.clone());
    SlotAsk { services, specialist, without: wish.without.clone(), window }
}

/// «В пн, ср или пт»: something of every day that is free; taken at once only where one exact time is left.
fn find_among(turn: &mut Turn, business: &Business) {
    let free: Vec<Vec<Slot>> = wanted_times(turn).iter().map(|when| free_at(turn, business, when)).collect();
    let mut found: Vec<Slot> = Vec::new();
    // Of each day one by one, so that no day is left out for another's sake.
    for nth in 0..OFFERS_MAX {
        let of_day = free.iter().filter_map(|slots| slots.get(nth));
        found.extend(of_day.take(OFFERS_MAX.saturating_sub(found.len())).cloned());
    }
    let is_exact = turn.conv.wish.when.is_some_and(|when| when.grain == Grain::Time);
    match &found[..] {
        [] => {
            let near = soonest(turn, business);
            show(turn, near, Opening::Other);
        }
        [only] if is_exact => choose(turn, only.clone()),
        _ => show(turn, found, Opening::Offer),
    }
}

/// Every time that would do.
fn wanted_times(turn: &Turn) -> Vec<When> {
    let wish = &turn.conv.wish;
    wish.when.iter().chain(&wish.when_others).copied().collect()
}

/// Free slots of one of the wanted times, spread over it.
fn free_at(turn: &Turn, business: &Business, when: &When) -> Vec<Slot> {
    let window = schedule::window_of(when, turn.now, turn.settings());
    if window.from.date() > last_day(turn) {
        return Vec::new();
    }
    let mut free = schedule::free_slots(business, &ask_of(turn, window), turn.now);
    if when.grain == Grain::Time {
        free.retain(|slot| turn.wall(slot.starts_at) == window.from);
    }
    spread(turn, free)
}

/// What was asked for, in words: «ср, 25 ноября, после 18:00 или пт, 27 ноября, после 18:00».
fn wanted_words(turn: &Turn) -> String {
    let words: Vec<String> = wanted_times(turn).iter().map(|when| wanted::text(when, turn.today())).collect();
    words.join(" или ")
}

/// One account books no more than this by itself. The visit that is being moved makes room for the new one.
pub(super) fn has_enough(turn: &Turn) -> bool {
    let is_moved = |visit: &Booking| turn.conv.replaced.as_ref() == Some(&visit.id);
    let stay = turn.conv.coming(turn.now).into_iter().filter(|visit| !is_moved(visit));
    stay.count() >= CLIENT_BOOKINGS_MAX
}

/// Whether the wished services could begin at any time of the window.
pub(super) fn is_any_free(turn: &Turn, window: Window) -> bool {
    !schedule::free_slots(&without_own(turn), &ask_of(turn, window), turn.now).is_empty()
}

/// The specialist asked for cannot do this service: said once, then forgotten.
fn drop_unfit_specialist(turn: &mut Turn) {
    let settings = turn.settings();
    let Some(specialist) = turn.conv.wish.specialist.clone() else { return };
    if !settings.specialists_for(&turn.conv.wish.services).iter().any(|able| able.id == specialist.as_str()) {
        let service = settings.names_of(&turn.conv.wish.services);
        turn.conv.wish.specialist = None;
        turn.say(Phrase::NoSpecialist, &[("service", &service)]);
    }
}

/// Nobody does this service but whom the client does not want: said once, then it is theirs to decide.
fn drop_unwanted(turn: &mut Turn) {
    let settings = turn.settings();
    let able = settings.specialists_for(&turn.conv.wish.services);
    let is_unwanted = |id: &str| turn.conv.wish.without.iter().any(|other| other.as_str() == id);
    if turn.conv.wish.without.is_empty() || able.is_empty() || !able.iter().all(|able| is_unwanted(&able.id)) {
        return;
    }
    let names: Vec<String> = able.iter().map(|able| able.name.clone()).collect();
    let service = settings.names_of(&turn.conv.wish.services);
    turn.conv.wish.without.clear();
    turn.say(Phrase::NobodyElse, &[("service", &service), ("people", &wall::list(&names))]);
}

/// The business as it would be if this client's own hold were gone, the one given back a moment ago too. A visit that
/// others refused is still on record: its time stays taken.
pub(super) fn without_own(turn: &Turn) -> Business {
    let held = turn.conv.held().map(|booking| booking.id.as_str());
    let is_given_back = |booking: &str| turn.has_released(booking) && turn.conv.booking(booking).is_none();
    let is_own = |booking: &str| held == Some(booking) || is_given_back(booking);
    if !turn.business.busy.iter().any(|busy| is_own(&busy.booking)) {
        return turn.business.clone();
    }
    let busy = turn.business.busy.iter().filter(|busy| !is_own(&busy.booking)).cloned().collect();
    Business { busy: std::sync::Arc::new(busy), ..turn.business.clone() }
}

fn nearest(turn: &Turn, business: &Business, around: Timestamp) -> Vec<Slot> {
    let wall = turn.wall(around.max(turn.now));
    let ask = ask_of(turn, Window { from: wall, to: wall, daily: None });
    schedule::nearest(business, &ask, wall, turn.now, OFFERS_MAX)
}

/// Times of the nearest day that has any.
fn soonest(turn: &Turn, business: &Business) -> Vec<Slot> {
    soonest_from(turn, business, turn.today())
}

/// The last day we book on.
fn last_day(turn: &Turn) -> Date {
    turn.today().saturating_add(i64::from(turn.settings().document.policy.horizon_days).days())
}

/// Times of the first day, this or after it, that has any.
fn soonest_from(turn: &Turn, business: &Business, first: Date) -> Vec<Slot> {
    let ask = ask_of(turn, Window::of_days(first, last_day(turn)));
    let mut free = schedule::free_slots(business, &ask, turn.now);
    if let Some(first) = free.first().map(|slot| turn.wall(slot.starts_at).date()) {
        free.retain(|slot| turn.wall(slot.starts_at).date() == first);
    }
    spread(turn, free)
}

/// One slot a starting time, at most [`OFFERS_MAX`], evenly over what is free: the client sees that
/// there is a morning and an evening. Of neighbours the hour and its half are told. `free` comes earliest first.
fn spread(turn: &Turn, mut free: Vec<Slot>) -> Vec<Slot> {
    free.dedup_by_key(|slot| slot.starts_at);
    let last = free.len().saturating_sub(1);
    if last < OFFERS_MAX {
        return free;
    }
    let reach = last / (OFFERS_MAX - 1) / 3;
    let is_round = |at: usize| turn.wall(free[at].starts_at).minute() % 30 == 0;
    let rounded = |at: usize| {
        let near = (at.saturating_sub(reach)..=(at + reach).min(last)).filter(|near| is_round(*near));
        near.min_by_key(|near| near.abs_diff(at)).unwrap_or(at)
    };
    (0..OFFERS_MAX).map(|n| free[rounded(n * last / (OFFERS_MAX - 1))].clone()).collect()
}

/// The wanted day, where it is one.
pub(super) fn wanted_day(turn: &Turn) -> Option<Date> {
    let when = turn.conv.wish.when.filter(|_| turn.conv.wish.when_others.is_empty())?;
    let on = when.from_on.or(when.to_on)?;
    let is_one = when.to_on.is_none_or(|to| to == on) && when.grain != Grain::FromDay;
    is_one.then_some(on)
}

/// The one wanted day, when the business is closed on it.
fn closed_day(turn: &Turn) -> Option<Date> {
    wanted_day(turn).filter(|on| calendar::hours_on(&turn.settings().document, *on).is_empty())
}

/// «на 10:20», where visits begin every half an hour: no visit begins then, free or not.
fn is_between_beginnings(turn: &Turn, at: DateTime) -> bool {
    let document = &turn.settings().document;
    let has_times = |service: &ServiceId| {
        document.services.iter().any(|known| known.id == service.as_str() && !known.starts.is_empty())
    };
    let minute = calendar::minute_of(at);
    !minute.is_multiple_of(document.policy.grid_min.max(1)) && !turn.conv.wish.services.iter().any(has_times)
}

/// The business is closed all through the wanted time: «запишите на ночь».
fn is_closed_through(turn: &Turn, window: &Window) -> bool {
    let document = &turn.settings().document;
    let days = window.from.date().series(1.day()).take_while(|date| *date <= window.to.date());
    let mut open = days.flat_map(|date| calendar::hours_on(document, date).iter().map(move |hours| (date, hours)));
    !open.any(|(date, hours)| {
        let (from, to) = (calendar::wall_at(date, hours.from_min), calendar::wall_at(date, hours.to_min));
        from.zip(to).is_some_and(|(from, to)| window.meets(from, to))
    })
}

/// How a list of offers begins.
enum Opening {
    AskWhen,
    Offer,
    Other,
    TooFar,
    Closed,
    OffGrid,
    DayOff,
    Absent,
    DayOver,
    Taken,
    Stale,
}

fn show(turn: &mut Turn, mut offers: Vec<Slot>, opening: Opening) {
    offers.sort_by_key(|slot| slot.starts_at);
    let service = turn.settings().names_of(&turn.conv.wish.services);
    if offers.is_empty() {
        turn.conv.asking = Asking::Nothing;
        turn.say(Phrase::NoSlots, &[("service", &service)]);
        turn.whys.push(Why::NoSlots);
        return;
    }
    let lines: Vec<String> = offers.iter().enumerate().map(|(index, slot)| offer_line(turn, index, slot)).collect();
    let lines = lines.join("\n");
    match &opening {
        Opening::AskWhen if is_on_screen(turn, &[&service, &lines]) => turn.say(Phrase::AskWhen, &[]),
        Opening::Offer if is_on_screen(turn, &[&service, &lines]) => turn.say(Phrase::OfferAgain, &[]),
        Opening::AskWhen if turn.conv.replaced.is_some() => turn.say(Phrase::AskMoveOffers, &[("offers", &lines)]),
        Opening::AskWhen => turn.say(Phrase::AskWhenOffers, &[("service", &service), ("offers", &lines)]),
        Opening::Offer => turn.say(Phrase::Offer, &[("service", &service), ("offers", &lines)]),
        Opening::Taken => turn.say(Phrase::OfferTaken, &[("offers", &lines)]),
        Opening::Stale => turn.say(Phrase::OfferStale, &[("offers", &lines)]),
        _ => say_why_not(turn, &opening, &lines),
    }
    let number = turn.conv.wish.offer_no + 1;
    let today = turn.today();
    let mut buttons: Vec<Button> = offers
        .iter()
        .enumerate()
        .map(|(i, slot)| {
            label_button(format!("slot.{number}.{i}"), &wall::moment_short(turn.wall(slot.starts_at), today))
        })
        .collect();
    buttons.push(turn.button("other", Phrase::ButtonOtherTime));
    if matches!(opening, Opening::Other | Opening::Taken) && turn.conv.wish.when.is_some() && !is_day_over(turn) {
        buttons.push(turn.button("wait.join", Phrase::ButtonWait));
    }
    turn.conv.wish.offer_no = number;
    turn.conv.wish.offers = offers;
    turn.conv.asking = Asking::Slot;
    turn.ask(buttons, false);
}

/// Why the wanted time is not to be had, as the phrase says it and with what it names.
fn why_not(turn: &Turn, opening: &Opening) -> (Phrase, &'static str, String) {
    match opening {
        Opening::TooFar => (Phrase::OfferTooFar, "until", wall::date(last_day(turn))),
        Opening::DayOff => (Phrase::OfferDayOff, "day", closed_day_words(turn).unwrap_or_default()),
        Opening::Absent => (Phrase::OfferAbsent, "who", wall::capitalised(&absent::words(turn).unwrap_or_default())),
        Opening::DayOver => (Phrase::OfferDayOver, "hours", hours_of_wanted_day(turn)),
        Opening::Closed => (Phrase::OfferClosed, "hours", hours_of_wanted_day(turn)),
        Opening::OffGrid => {
            let at = turn.conv.wish.when.and_then(|when| when.from_at);
            (Phrase::OfferOffGrid, "hour", at.map(|at| at.strftime("%H:%M").to_string()).unwrap_or_default())
        }
        _ => (Phrase::OfferOther, "wanted", wanted_words(turn)),
    }
}

/// Says why not, and what is free; where that stands before the client's eyes and no time was named anew, only asks which
/// it is to be.
fn say_why_not(turn: &mut Turn, opening: &Opening, lines: &str) {
    let minutes = wall::minutes(turn.settings().document.policy.grid_min.into());
    let (phrase, name, value) = why_not(turn, opening);
    let arguments = [(name, value.as_str()), ("minutes", &minutes), ("offers", lines)];
    let names_time = || turn.settings().reader.read(&turn.said, Some(Expecting::AskWhen), turn.wall(turn.now)).when;
    if is_on_screen(turn, &[&turn.phrase(phrase, &arguments)]) && names_time().is_none() {
        return turn.say(Phrase::OfferAgain, &[]);
    }
    turn.say(phrase, &arguments);
}

/// The wanted day is today, and the business has closed for it.
fn is_day_over(turn: &Turn) -> bool {
    let last = turn.conv.wish.when.and_then(|when| when.to_on.or(when.from_on));
    let opens = calendar::next_opening(turn.settings(), turn.now).map(|at| turn.wall(at).date());
    last.is_some_and(|last| opens.is_none_or(|opens| last < opens))
}

/// The client was shown all of this in one message a moment ago: it is not written out again.
pub(super) fn is_on_screen(turn: &Turn, texts: &[&str]) -> bool {
    let since = turn.now.saturating_sub(SignedDuration::from_mins(ON_SCREEN_MIN)).unwrap_or(Timestamp::MIN);
    let recent = turn.conv.transcript.iter().rev().take(ON_SCREEN_LINES);
    recent.filter(|line| line.at >= since).any(|line| texts.iter().all(|text| line.text.contains(text)))
}

fn offer_line(turn: &Turn, index: usize, slot: &Slot) -> String {
    let specialist = turn.settings().specialist_name(&slot.specialist);
    let (number, moment) = ((index + 1).to_string(), turn.moment(slot.starts_at));
    turn.phrase(Phrase::OfferLine, &[("number", &number), ("moment", &moment), ("specialist", specialist)])
}

/// The wanted day in words, when the business is closed on it.
pub(super) fn closed_day_words(turn: &Turn) -> Option<String> {
    closed_day(turn).map(|on| wall::capitalised(&wall::date(on)))
}

pub(super) fn hours_of_wanted_day(turn: &Turn) -> String {
    let on = turn.conv.wish.when.and_then(|when| when.from_on).unwrap_or_else(|| turn.today());
    turn.settings().hours_text(on)
}

pub(super) fn press_offer(turn: &mut Turn, rest: &str) {
    let numbers = rest.split_once('.').and_then(|(no, i)| Some((no.parse::<u32>().ok()?, i.parse::<usize>().ok()?)));
    match numbers {
        Some((no, index)) if no == turn.conv.wish.offer_no && index < turn.conv.wish.offers.len() => {
            choose_offer(turn, index)
        }
        _ => press_stale(turn),
    }
}

/// An old button: answers with what is true now.
pub(super) fn press_stale(turn: &mut Turn) {
    if let Some((moment, service, specialist)) = book::coming_words(turn) {
        return turn.say(Phrase::MyBooking, &[("moment", &moment), ("service", &service), ("specialist", &specialist)]);
    }
    if turn.conv.wish.services.is_empty() {
        return book::go_on(turn);
    }
    let business = without_own(turn);
    let soon = soonest(turn, &business);
    show(turn, soon, Opening::Stale);
}

pub(super) fn choose_offer(turn: &mut Turn, index: usize) {
    let Some(slot) = turn.conv.wish.offers.get(index).cloned() else { return book::go_on(turn) };
    match still_free(turn, &turn.conv.wish.services, &slot) {
        Some(slot) => {
            turn.conv.wish.wants_visit = true;
            choose(turn, slot);
        }
        None => offer_instead(turn, &slot),
    }
}

pub(super) fn offer_instead(turn: &mut Turn, slot: &Slot) {
    let business = without_own(turn);
    let near = nearest(turn, &business, slot.starts_at);
    show(turn, near, Opening::Taken);
}

/// The slot as the schedule and the bookings of this very moment have it, perhaps with another
/// seat or chair than was offered.
pub(super) fn still_free(turn: &Turn, services: &[ServiceId], slot: &Slot) -> Option<Slot> {
    free_with(turn, services, slot, Some(slot.specialist.clone()))
}

/// The same time with whoever is free.
pub(super) fn free_with_anyone(turn: &Turn, services: &[ServiceId], slot: &Slot) -> Option<Slot> {
    free_with(turn, services, slot, None)
}

fn free_with(turn: &Turn, services: &[ServiceId], slot: &Slot, specialist: Option<SpecialistId>) -> Option<Slot> {
    let wall = turn.wall(slot.starts_at);
    let ask = SlotAsk {
        services: services.to_vec(),
        specialist,
        without: Vec::new(),
        window: Window { from: wall, to: turn.wall(slot.ends_at), daily: None },
    };
    let free = schedule::free_slots(&without_own(turn), &ask, turn.now);
    free.into_iter().find(|free| free.starts_at == slot.starts_at)
}

/// Whether we book so far ahead.
pub(super) fn is_within_horizon(turn: &Turn, at: Timestamp) -> bool {
    turn.wall(at).date() <= last_day(turn)
}

/// Keeps the slot for this client and goes on.
fn choose(turn: &mut Turn, slot: Slot) {
    gather::drop_hold(turn);
    let services = turn.conv.wish.services.clone();
    let held = book::hold(turn, services, slot, turn.settings().document.policy.hold_min);
    turn.conv.wish.offers.clear();
    if let Some(booking) = held.filter(|_| book::lacks_contact(turn)) {
        say_kept(turn, &booking);
    }
    book::go_on(turn);
}

/// What is kept and for how long: while the summary is still some questions away.
pub(super) fn say_kept(turn: &mut Turn, booking: &Booking) {
    let (moment, _, specialist) = book::words_of(turn, booking);
    let minutes = wall::minutes(turn.settings().document.policy.hold_min.into());
    turn.say(Phrase::SlotKept, &[("moment", &moment), ("specialist", &specialist), ("minutes", &minutes)]);
}

/// None of the offered times suits: asks for the day.
///
/// The day that was asked for stays, until another is named.
pub(super) fn other_time(turn: &mut Turn) {
    let held = turn.conv.held().map(|booking| turn.wall(booking.slot.starts_at).date());
    let wished = turn.conv.wish.when.filter(|when| when.is_date_stated);
    let wished = wished.and_then(|when| when.from_on.filter(|on| when.to_on.is_none_or(|to| to == *on)));
    gather::drop_hold(turn);
    turn.conv.wish.when = wished.or(held).map(gather::whole_day);
    turn.conv.wish.when_others.clear();
    turn.conv.wish.offers.clear();
    turn.conv.asking = Asking::When;
    turn.say(Phrase::AskWhen, &[]);
    turn.ask(Vec::new(), false);
}
