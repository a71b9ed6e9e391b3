//! What was said becomes what is known. Nothing said earlier is lost; a correction wins.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, ToSpan};
use nochnik_nlu::{Expecting, Found, Grain, Intent, Meaning, When};

use super::turns::{self, Way};
use super::{again, change, named, series, which};
use crate::calendar;
use crate::conversation::{Asking, Booking, BookingState};
use crate::turn::Turn;
use crate::values::{Phone, ServiceId, SpecialistId};
use crate::wanted;

/// What a message brought to the wish.
#[derive(Clone, Copy)]
pub(super) struct Taken {
    /// A fact that was not known before.
    pub is_news: bool,
    /// Of several services some stay, and no other came.
    pub is_thinned: bool,
    /// A day other than the one wished for, which was struck out.
    pub is_other_day: bool,
}

/// Takes every fact of the message, and tells what became of the wish.
pub(super) fn take(turn: &mut Turn, meaning: &Meaning) -> Taken {
    let is_other_day = names_other_day(turn, meaning);
    let wished = turn.conv.wish.services.clone();
    let is_news = gather(turn, meaning);
    let left = &turn.conv.wish.services;
    let is_thinned = !left.is_empty() && left.len() < wished.len() && left.iter().all(|it| wished.contains(it));
    Taken { is_news, is_thinned, is_other_day }
}

/// Takes every fact of the message; returns whether any was new.
pub(super) fn gather(turn: &mut Turn, meaning: &Meaning) -> bool {
    let mut is_news = contact(turn, meaning);
    let services = named::services_of(turn, meaning);
    let beside = named::priced_beside(turn, meaning);
    // «Можно с ребёнком? И запишите на маникюр»: the question does not swallow the wish.
    let is_booked_too = meaning.has(Intent::Faq) && !services.is_empty() && turns::is_said(&turn.said, Way::Book);
    if !services.is_empty() && services != turn.conv.wish.services {
        named::want(turn, services);
        is_news = true;
        drop_hold(turn);
    }
    let wish = &mut turn.conv.wish;
    if !beside.is_empty() {
        wish.beside = beside;
    }
    wish.urgency = wish.urgency.max(meaning.urgency);
    wish.asked_price |= meaning.has(Intent::Price);
    wish.wants_call |= meaning.has(Intent::Callback);
    wish.wants_visit |= meaning.has(Intent::Book) || meaning.has(Intent::Reschedule) || is_booked_too;
    is_news |= again::takes_up(turn, meaning);
    if let Some(found) = &meaning.specialist {
        let specialist = Some(SpecialistId::new(&found.value));
        if turn.conv.wish.specialist != specialist {
            if let Some(kept) = turn.conv.held().map(|booking| turn.wall(booking.slot.starts_at)) {
                turn.conv.wish.when = Some(exactly(kept));
                turn.conv.wish.when_others.clear();
            }
            turn.conv.wish.specialist = specialist;
            is_news = true;
            drop_hold(turn);
        }
    }
    is_news |= unwanted(turn, meaning);
    is_news |= named::of_position(turn, meaning) || named::of_only_service(turn, meaning);
    if meaning.has(Intent::Callback) && (meaning.when.is_none() || !is_of_visit(turn, meaning)) {
        turn.conv.wish.call_when = call_time(turn).or(turn.conv.wish.call_when);
    }
    let said = meaning.when.as_ref().map(|found| found.value).or_else(|| not_old(turn, meaning));
    let same_day = same_day(turn, meaning);
    let said = said.filter(|_| is_of_visit(turn, meaning)).map(|when| merge(same_day.as_ref(), when)).or(same_day);
    let said = said.map(|when| over_by(turn, when)).map(|when| at_held_hour(turn, when));
    let said = said.or(turn.conv.wish.when.filter(|_| meaning.refused_part.is_some()));
    let said = said.map(|when| beside_part(meaning, when));
    let others = others(turn, meaning, said);
    let merged = said.map(|when| merge(turn.conv.wish.when.as_ref(), when));
    let is_hour_alone = said.is_some_and(|when| when.from_on.is_none());
    let merged = merged.map(|when| if is_hour_alone { not_over(turn, when) } else { when });
    let merged = merged.map(|when| on_old_day(turn, when));
    let moved = moved(turn, meaning).or(merged).or_else(|| shifted(turn, meaning)).map(|when| at_old_hour(turn, when));
    let wanted = moved.or(turn.conv.wish.when);
    let others = if moved.is_some() { others } else { turn.conv.wish.when_others.clone() };
    if wanted != turn.conv.wish.when || others != turn.conv.wish.when_others {
        turn.conv.wish.when = wanted;
        turn.conv.wish.when_others = others;
        is_news = true;
        drop_hold(turn);
    }
    if !meaning.has(Intent::Faq) {
        series::hear(turn, meaning);
    }
    is_news |= again::is_repeat(turn, meaning) && again::repeat(turn);
    is_news |= again::takes_up_given_up(turn, meaning);
    is_news || meaning.choice.is_some()
}

/// Whom the client does not want goes; a time kept with them goes back. True when anybody was named.
fn unwanted(turn: &mut Turn, meaning: &Meaning) -> bool {
    let kept = turn.conv.held().map(|booking| booking.slot.specialist.clone());
    let visit = || turn.conv.coming(turn.now).first().map(|visit| visit.slot.specialist.clone());
    let at_hand = || kept.clone().or_else(|| turn.conv.wish.specialist.clone()).or_else(visit);
    let other = at_hand().filter(|_| turns::is_said(&turn.said, Way::OtherOne) && meaning.specialist.is_none());
    let named = meaning.unwanted.iter().map(SpecialistId::new).chain(other);
    let news: Vec<SpecialistId> = named.filter(|id| !turn.conv.wish.without.contains(id)).collect();
    if news.is_empty() {
        return false;
    }
    let is_kept = kept.as_ref().is_some_and(|kept| news.contains(kept));
    let kept_at = turn.conv.held().map(|booking| turn.wall(booking.slot.starts_at)).filter(|_| is_kept);
    let wish = &mut turn.conv.wish;
    wish.specialist = wish.specialist.take().filter(|id| !news.contains(id));
    wish.without.extend(news);
    if let Some(at) = kept_at {
        turn.conv.wish.when = Some(exactly(at));
        drop_hold(turn);
    }
    true
}

/// Further times that would do, each completed by what was said before; an hour alone is for every day named.
fn others(turn: &Turn, meaning: &Meaning, said: Option<When>) -> Vec<When> {
    let wish = &turn.conv.wish;
    let is_said = said.is_some() && said == meaning.when.as_ref().map(|found| found.value);
    if is_said && !meaning.when_others.is_empty() {
        return meaning.when_others.iter().map(|when| merge(wish.when.as_ref(), *when)).collect();
    }
    let is_hour = said.is_some_and(|when| when.from_on.is_none() && when.to_on.is_none());
    match said.filter(|_| is_hour) {
        Some(when) => wish.when_others.iter().map(|other| merge(Some(other), when)).collect(),
        None => Vec::new(),
    }
}

/// «На полчаса позже»: counted from the time kept for the client, else from the hour wanted, else from the visit
/// booked; on the day named beside it, if one was.
fn moved(turn: &Turn, meaning: &Meaning) -> Option<When> {
    let minutes = meaning.shift_min.filter(|_| !meaning.has(Intent::Late))?;
    let day = meaning.when.as_ref().and_then(|found| found.value.from_on.filter(|on| found.value.to_on == Some(*on)));
    let wanted = turn.conv.wish.when.filter(|when| when.grain == Grain::Time);
    let wanted = wanted.and_then(|when| Some(when.from_on?.to_datetime(when.from_at?)));
    let kept = turn.conv.held().map(|booking| turn.wall(booking.slot.starts_at)).or(wanted);
    let visit = || which::to_move(turn, meaning).map(|booking| turn.wall(booking.slot.starts_at));
    let at = kept.or_else(visit)?.checked_add(SignedDuration::from_mins(minutes)).ok()?;
    Some(exactly(day.unwrap_or(at.date()).to_datetime(at.time())))
}

/// Any time of this day.
pub(super) fn whole_day(on: Date) -> When {
    When {
        grain: Grain::Day,
        from_on: Some(on),
        to_on: Some(on),
        from_at: None,
        to_at: None,
        is_date_stated: true,
        is_hour_certain: false,
    }
}

/// This moment and no other.
pub(super) fn exactly(at: DateTime) -> When {
    let on = Some(at.date());
    When {
        grain: Grain::Time,
        from_on: on,
        to_on: on,
        from_at: Some(at.time()),
        to_at: None,
        is_date_stated: true,
        is_hour_certain: true,
    }
}

/// «Позже», «пораньше» before a list of one day's times: behind or before the middle of it.
fn around_offers(turn: &Turn) -> Option<When> {
    let offers = &turn.conv.wish.offers;
    let middle = turn.wall(offers.get(offers.len() / 2)?.starts_at);
    let is_one_day = offers.iter().all(|slot| turn.wall(slot.starts_at).date() == middle.date());
    (turn.conv.asking == Asking::Slot && is_one_day).then(|| exactly(middle))
}

/// «А пораньше?», «попозже» after an hour was named: the same day before it or behind it.
fn shifted(turn: &Turn, meaning: &Meaning) -> Option<When> {
    let is_change = meaning.has(Intent::Reschedule) || meaning.has(Intent::Late) || meaning.when.is_some();
    let is_picked = turns::is_said(&turn.said, Way::Earliest) || turns::is_said(&turn.said, Way::Latest);
    if is_change || is_picked {
        return None;
    }
    let has_one_hour = |when: &When| matches!(when.grain, Grain::Time | Grain::Before | Grain::After);
    let kept = || turn.conv.held().map(|booking| exactly(turn.wall(booking.slot.starts_at)));
    let old = turn.conv.wish.when.filter(has_one_hour).or_else(kept).or_else(|| around_offers(turn))?;
    let at = old.from_at.or(old.to_at)?;
    if turns::is_said(&turn.said, Way::Sooner) {
        return Some(When {
            grain: Grain::Before,
            from_at: None,
            to_at: Some(at),
            to_on: old.to_on.or(old.from_on),
            ..old
        });
    }
    let from_at = Some(if old.grain == Grain::Before { at } else { at.checked_add(grid(turn)).ok()? });
    turns::is_said(&turn.said, Way::Later).then_some(When { grain: Grain::After, from_at, to_at: None, ..old })
}

/// «Пораньше», «попозже» of a visit: its day before its hour or behind it. «Раньше не успею» wants neither.
pub(super) fn beside_hour(turn: &Turn, stood: DateTime) -> Option<When> {
    if turn.said.contains("не ") && !turn.said.contains('?') {
        return None;
    }
    let day = When { is_hour_certain: true, ..whole_day(stood.date()) };
    if turns::is_said(&turn.said, Way::Sooner) {
        return Some(When { grain: Grain::Before, to_at: Some(stood.time()), ..day });
    }
    let from_at = stood.time().checked_add(grid(turn)).ok();
    turns::is_said(&turn.said, Way::Later).then_some(When { grain: Grain::After, from_at, ..day })
}

fn grid(turn: &Turn) -> SignedDuration {
    SignedDuration::from_mins(turn.settings().document.policy.grid_min.into())
}

/// A day taken for the old visit's, though no visit stands on it, is the wanted one.
fn not_old(turn: &Turn, meaning: &Meaning) -> Option<When> {
    let old = meaning.when_old.filter(|when| when.from_on.is_some())?;
    let coming = turn.conv.coming(turn.now);
    let is_visit = coming.iter().any(|booking| Some(turn.wall(booking.slot.starts_at).date()) == old.from_on);
    (!coming.is_empty() && !is_visit).then_some(old)
}

/// When to ring: the reader keeps it apart from the time of a visit, so the rest of the message is read
/// without the call.
fn call_time(turn: &Turn) -> Option<When> {
    let rest: Vec<&str> = turn.said.split_whitespace().filter(|word| !turns::is_said(word, Way::Call)).collect();
    let meaning = turn.settings().reader.read(&rest.join(" "), Some(Expecting::AskWhen), turn.wall(turn.now));
    meaning.when.map(|found| today_if_ahead(turn, found.value))
}

/// An hour with no day is today's while it is ahead and the business is open then: to ring needs no lead time.
fn today_if_ahead(turn: &Turn, when: When) -> When {
    let is_undated = when.from_on.is_none() && when.to_on.is_none();
    let Some(at) = when.from_at.filter(|_| is_undated && when.grain == Grain::Time) else { return when };
    let moment = turn.settings().moment_of(turn.today().to_datetime(at));
    let is_ahead = moment > turn.now && calendar::is_open(turn.settings(), moment);
    When { from_on: is_ahead.then(|| turn.today()), ..when }
}

/// «В пятницу, только не утром»: that day behind the morning, or before the evening.
fn beside_part(meaning: &Meaning, when: When) -> When {
    let Some((from, to)) = meaning.refused_part.filter(|_| when.grain == Grain::Day) else { return when };
    if from.hour() < 12 {
        When { grain: Grain::After, from_at: Some(to), ..when }
    } else {
        When { grain: Grain::Before, to_at: Some(from), ..when }
    }
}

/// «А сегодня?», then «тогда в 10», said at night: the next ten o'clock.
fn not_over(turn: &Turn, when: When) -> When {
    let at = when.from_on.zip(when.from_at).map(|(on, at)| turn.settings().moment_of(on.to_datetime(at)));
    let is_over = when.grain == Grain::Time && at.is_some_and(|at| at <= turn.now);
    if is_over { When { from_on: None, to_on: None, is_date_stated: false, ..when } } else { when }
}

/// «Чтобы к 13 была готова»: the hour is that of the end; what begins early enough will do.
fn over_by(turn: &mut Turn, when: When) -> When {
    let is_end = matches!(when.grain, Grain::Time | Grain::Before) && turns::is_said(&turn.said, Way::Ready);
    let Some(end) = when.from_at.or(when.to_at).filter(|_| is_end) else { return when };
    turn.conv.wish.ready_by = Some(end);
    When { grain: Grain::Before, to_on: when.to_on.or(when.from_on), from_at: None, to_at: Some(end), ..when }
}

/// «В пятницу в это же время», of a visit that is being moved.
fn at_old_hour(turn: &Turn, when: When) -> When {
    let old = turn.conv.replaced.as_deref().and_then(|id| turn.conv.booking(id));
    match old.filter(|_| turns::is_said(&turn.said, Way::SameTime)) {
        Some(old) => at_hour(when, turn.wall(old.slot.starts_at).time()),
        None => when,
    }
}

/// «Перенесите», then «14:00»: that hour of the day on which the visit stands.
fn on_old_day(turn: &Turn, when: When) -> When {
    let old = turn.conv.replaced.as_deref().and_then(|id| turn.conv.booking(id));
    let is_undated = when.grain == Grain::Time && when.from_on.is_none() && when.to_on.is_none();
    match old.filter(|old| is_undated && old.slot.starts_at > turn.now) {
        Some(old) => like_old(when, turn.wall(old.slot.starts_at)),
        None => when,
    }
}

/// A day with no hour said, at this hour; what has an hour keeps it.
pub(super) fn at_hour(when: When, at: Time) -> When {
    match when.grain {
        Grain::Day => When { grain: Grain::Time, from_at: Some(at), to_on: when.from_on, ..when },
        _ => when,
    }
}

/// A day with no hour said keeps the hour of the visit that is moved, an hour with no day its day.
pub(super) fn like_old(when: When, old: DateTime) -> When {
    let is_undated = when.from_on.is_none() && when.to_on.is_none();
    match when.grain {
        Grain::Time if is_undated => {
            When { from_on: Some(old.date()), to_on: Some(old.date()), is_date_stated: true, ..when }
        }
        _ => at_hour(when, old.time()),
    }
}

/// Whether the time said is the time of a visit: «до скольки в субботу?», «наберите завтра» and
/// «отмените на вторник» are not.
fn is_of_visit(turn: &Turn, meaning: &Meaning) -> bool {
    let names_service = meaning.has(Intent::Callback) && !meaning.services.is_empty();
    // «Отмените и запишите на субботу».
    let is_anew =
        meaning.has(Intent::Cancel) && (turns::is_said(&turn.said, Way::Book) || names_other_day(turn, meaning));
    if meaning.has(Intent::Book) || meaning.has(Intent::Reschedule) || names_service || is_anew {
        return true;
    }
    // «Спасибо, до завтра».
    if meaning.intent() == Intent::Smalltalk && matches!(meaning.topic(), Some("bye" | "thanks")) {
        return false;
    }
    let is_late = meaning.has(Intent::Late) && (change::has_visit(turn) || turns::is_said(&turn.said, Way::Late));
    let is_aside = is_late || [Intent::Cancel, Intent::Callback].into_iter().any(|intent| meaning.has(intent));
    // «А в воскресенье вы работаете?» in the middle of booking asks, and moves nothing.
    let asks_hours = meaning.topics.iter().any(|topic| topic == "hours");
    // «Парковка вечером платная?» once the time is chosen.
    let is_topic = |topic: &String| !["service_info", "thanks", "bye"].contains(&topic.as_str());
    let has_hour = meaning.when.as_ref().is_some_and(|found| found.value.grain == Grain::Time);
    let is_chosen = turn.conv.held().is_some() && !has_hour && meaning.topics.iter().any(is_topic);
    let is_question = meaning.has(Intent::Faq) && (!turn.conv.wish.wants_visit || asks_hours || is_chosen);
    // «Завтра не смогу» names the visit that was reminded of, «давайте на пятницу» another day.
    let visit = turn.conv.coming(turn.now).first().map(|visit| turn.wall(visit.slot.starts_at).date());
    let named = meaning.when.as_ref().and_then(|found| found.value.from_on);
    let is_own_day = named.is_none() || named == visit || !turns::is_said(&turn.said, Way::Proposes);
    let is_refused = meaning.has(Intent::Decline) && turn.conv.asking == Asking::Reminder && is_own_day;
    !is_aside && !is_question && !is_refused
}

/// «Субботу вычёркиваем, воскресенье», while a visit is being booked and none stands.
fn names_other_day(turn: &Turn, meaning: &Meaning) -> bool {
    let held = turn.conv.held().map(|booking| turn.wall(booking.slot.starts_at).date());
    let wished = held.or(turn.conv.wish.when.and_then(|when| when.from_on));
    let named = meaning.when.as_ref().and_then(|found| found.value.from_on);
    let is_booking = turn.conv.wish.wants_visit && turn.conv.coming(turn.now).is_empty();
    // «Отмените, зарплата только в пятницу» asks for no Friday.
    let is_struck = [Way::Struck, Way::Proposes].into_iter().any(|way| turns::is_said(&turn.said, way));
    is_booking && is_struck && named.is_some() && wished.is_some() && named != wished
}

/// Name and phone only: what we may take even from an alarming message.
pub(super) fn contact(turn: &mut Turn, meaning: &Meaning) -> bool {
    let mut is_news = false;
    // «Её Катя зовут» renames nobody who has a name.
    let is_own = !meaning.is_name_of_other || turn.conv.client.name.is_none();
    let is_new = |name: &&Found<String>| turn.conv.client.name.as_ref() != Some(&name.value);
    if let Some(name) = meaning.name.as_ref().filter(|_| is_own).filter(is_new) {
        turn.conv.client.name = Some(name.value.clone());
        is_news = true;
    }
    if let Some(phone) = meaning.phone.as_ref().and_then(|found| Phone::parse(&found.value).ok()) {
        is_news |= stated_phone(turn, phone);
    }
    is_news
}

/// A number the client wrote. Another number than before must be confirmed afresh.
pub(super) fn stated_phone(turn: &mut Turn, phone: Phone) -> bool {
    if turn.conv.client.phone.as_ref() == Some(&phone) {
        return false;
    }
    turn.conv.client.phone = Some(phone);
    turn.conv.client.is_phone_confirmed = false;
    turn.conv.client.is_phone_vouched = false;
    true
}

/// The channel vouches that the number is the client's own.
pub(super) fn own_phone(turn: &mut Turn, phone: &Phone) {
    turn.conv.client.phone = Some(phone.clone());
    turn.conv.client.is_phone_confirmed = true;
    turn.conv.client.is_phone_vouched = true;
}

/// The wish changed: the slot kept for the old one goes back, a request made of it stands no more.
pub(super) fn drop_hold(turn: &mut Turn) {
    turn.conv.wish.handed_over_at = None;
    let is_held = |state: &BookingState| matches!(state, BookingState::Held { .. });
    let held: Vec<Booking> = turn.conv.bookings.extract_if(.., |booking| is_held(&booking.state)).collect();
    held.iter().for_each(|booking| turn.release(booking));
}

/// Nobody comes before this hour of the morning.
const EARLY_HOUR: i8 = 5;
/// An hour put right lies so near the one before.
const NEAR_HOURS: i16 = 2;

/// «В 8» of somebody who asked for the evening is 20:00, «в 7» after «утром» is 07:00; an hour of the other half of
/// the day was not wished for.
fn of_wished_half(old: &When, new: When) -> When {
    let Some(at) = new.from_at.filter(|_| new.grain == Grain::Time && !new.is_hour_certain) else { return new };
    let half = SignedDuration::from_hours(12);
    let other = if at.hour() < 12 { at.saturating_add(half) } else { at.saturating_sub(half) };
    // «Утром» begins at eight for whoever gives no hour, earlier for whoever does.
    let is_morning = old.grain == Grain::Part
        && old.to_at.is_some_and(|to| to.hour() <= 12)
        && (EARLY_HOUR..12).contains(&other.hour());
    let is_wished = |at: Time| old.from_at.is_some_and(|from| from <= at) && old.to_at.is_none_or(|to| at <= to);
    if old.grain != Grain::Time && (is_wished(other) || is_morning) && !is_wished(at) {
        return When { from_at: Some(other), ..new };
    }
    // «В 9 утра», then «нет, в 8»: the eight beside the nine.
    let is_near =
        |at: Time| old.from_at.is_some_and(|from| (i16::from(from.hour()) - i16::from(at.hour())).abs() <= NEAR_HOURS);
    if old.grain == Grain::Time && old.is_hour_certain && is_near(other) && !is_near(at) {
        return When { from_at: Some(other), is_hour_certain: true, ..new };
    }
    new
}

/// «В четверг» of somebody who asked for next week is its Thursday.
fn of_wished_days(old: &When, new: When) -> When {
    let (Some(first), Some(last)) = (old.from_on, old.to_on) else { return new };
    let (Some(on), true) = (new.from_on, old.grain == Grain::Days) else { return new };
    let is_one = new.to_on.is_none_or(|to| to == on);
    let ahead = on.weekday().since(first.weekday());
    let within = first.checked_add(i64::from(ahead).days()).ok().filter(|day| *day <= last);
    match within.filter(|_| is_one && (on < first || last < on)) {
        Some(day) => When { from_on: Some(day), to_on: new.to_on.map(|_| day), ..new },
        None => new,
    }
}

/// «Давайте послезавтра, час тот же», of a time that is kept: its hour.
fn at_held_hour(turn: &Turn, when: When) -> When {
    let held = turn.conv.held().map(|booking| turn.wall(booking.slot.starts_at).time());
    match held.filter(|_| turns::is_said(&turn.said, Way::SameTime)) {
        Some(at) => at_hour(when, at),
        None => when,
    }
}

/// «Ещё маникюр в тот же день», «маму в тот же день на 15:00»: the day of the visit booked.
fn same_day(turn: &Turn, meaning: &Meaning) -> Option<When> {
    let is_said = turns::is_said(&turn.said, Way::SameDay) && meaning.has(Intent::Book);
    let visit = turn.conv.coming(turn.now).into_iter().next().filter(|_| is_said)?;
    Some(whole_day(turn.wall(visit.slot.starts_at).date()))
}

/// «в 19» after «в четверг» is Thursday at 19; «лучше в среду» after «в 19» keeps the hour.
fn merge(old: Option<&When>, new: When) -> When {
    let Some(old) = old else { return new };
    let new = of_wished_days(old, of_wished_half(old, new));
    let has_date = |when: &When| when.from_on.is_some() || when.to_on.is_some();
    let has_hour = |when: &When| when.from_at.is_some() || when.to_at.is_some();
    if !has_date(&new) && has_date(old) && old.from_on == old.to_on {
        return When { from_on: old.from_on, to_on: old.to_on, is_date_stated: old.is_date_stated, ..new };
    }
    // «С вечера пятницы до воскресенья», then «в субботу»: its ends are not the hours of that day.
    let is_stretch = old.grain == Grain::Range && old.from_on != old.to_on;
    if !has_hour(&new) && has_hour(old) && new.grain == Grain::Day && !is_stretch {
        return When {
            grain: old.grain,
            from_at: old.from_at,
            to_at: old.to_at,
            is_hour_certain: old.is_hour_certain,
            ..new
        };
    }
    new
}

/// What was understood, as quiet chips for the console: «маникюр», «ср, 25 ноября, после 18:00».
pub(super) fn chips(turn: &Turn, meaning: &Meaning) -> Vec<String> {
    let settings = turn.settings();
    let mut chips: Vec<String> = meaning
        .services
        .iter()
        .filter_map(|found| settings.service(&ServiceId::new(&found.value)))
        .map(|service| service.name.clone())
        .collect();
    if let Some(found) = &meaning.specialist {
        chips.extend(settings.specialist(&SpecialistId::new(&found.value)).map(|specialist| specialist.name.clone()));
    }
    chips.extend(meaning.when.as_ref().map(|found| wanted::text(&found.value, turn.today())));
    if meaning.urgency > nochnik_nlu::Urgency::Normal {
        chips.push("срочно".to_owned());
    }
    chips
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date, datetime, time};
    use nochnik_nlu::{Grain, Meaning, When};

    use super::{at_hour, beside_part, like_old, merge};

    fn when(grain: Grain, on: Option<Date>, from_hour: Option<i8>, to_hour: Option<i8>) -> When {
        let at = |hour: i8| time(hour, 0, 0, 0);
        let (from_at, to_at) = (from_hour.map(at), to_hour.map(at));
        When { grain, from_on: on, to_on: on, from_at, to_at, is_date_stated: on.is_some(), is_hour_certain: true }
    }

    const THURSDAY: Date = date(2026, 11, 19);
    const SATURDAY: Date = date(2026, 11, 21);

    #[test]
    fn an_hour_joins_the_day_said_before_and_a_day_the_hour() {
        let day = when(Grain::Day, Some(THURSDAY), None, None);
        let at_six = when(Grain::Time, None, Some(18), None);
        let evening = when(Grain::Part, None, Some(17), Some(21));
        let thursday_at_six = when(Grain::Time, Some(THURSDAY), Some(18), None);
        let saturday = when(Grain::Day, Some(SATURDAY), None, None);
        let weekend = When { grain: Grain::Days, to_on: Some(date(2026, 11, 22)), ..saturday };
        let cases = [
            (None, at_six, at_six, "nothing was said before"),
            (Some(day), at_six, thursday_at_six, "«в 18» after «в четверг»"),
            (Some(day), evening, when(Grain::Part, Some(THURSDAY), Some(17), Some(21)), "«вечером» after «в четверг»"),
            (
                Some(thursday_at_six),
                saturday,
                when(Grain::Time, Some(SATURDAY), Some(18), None),
                "another day, the same hour",
            ),
            (
                Some(thursday_at_six),
                when(Grain::Time, None, Some(19), None),
                when(Grain::Time, Some(THURSDAY), Some(19), None),
                "another hour",
            ),
            (Some(weekend), at_six, at_six, "of two days neither is the day"),
            (Some(day), saturday, saturday, "another day"),
            (Some(thursday_at_six), weekend, weekend, "days keep no hour"),
            (
                Some(when(Grain::Before, None, None, Some(12))),
                saturday,
                when(Grain::Before, Some(SATURDAY), None, Some(12)),
                "«до 12», then a day",
            ),
            (Some(evening), at_six, at_six, "no day was said yet"),
            (
                Some(thursday_at_six),
                when(Grain::Time, Some(SATURDAY), Some(12), None),
                when(Grain::Time, Some(SATURDAY), Some(12), None),
                "both anew",
            ),
        ];
        for (old, new, expected, why) in cases {
            assert_eq!(merge(old.as_ref(), new), expected, "{why}");
        }
        let unsure = When { is_hour_certain: false, ..thursday_at_six };
        assert!(!merge(Some(&unsure), saturday).is_hour_certain, "an unsure hour stays unsure");
        let tomorrow = When { is_date_stated: false, ..day };
        assert!(!merge(Some(&tomorrow), at_six).is_date_stated, "and a guessed day a guess");
    }

    /// An hour that may be of either half of the day, after a part of it or another hour: the hour taken.
    #[test]
    fn an_hour_is_of_the_half_that_was_wished_for() {
        let part = |from, to| when(Grain::Part, None, Some(from), Some(to));
        let range = |from, to| when(Grain::Range, None, Some(from), Some(to));
        let nine = when(Grain::Time, None, Some(9), None);
        let unsure = When { is_hour_certain: false, ..nine };
        let cases = [
            (part(8, 12), 19, 7, "«утром», then «в 7»: earlier than mornings begin"),
            (part(8, 12), 16, 16, "nobody comes at four in the morning"),
            (part(8, 12), 17, 5, "but at five"),
            (part(17, 22), 8, 20, "«вечером», then «в 8»"),
            (part(12, 17), 19, 19, "seven is of no afternoon, nor is it of a morning"),
            (range(8, 12), 19, 19, "hours named are meant as they were named"),
            (part(17, 22), 18, 18, "of the half wished for already"),
            (nine, 20, 8, "«в 9 утра», then «нет, в 8»"),
            (nine, 23, 11, "two hours beside it"),
            (nine, 12, 12, "no hour of the other half is near"),
            (unsure, 20, 20, "nothing is known of the nine"),
        ];
        for (old, said, expected, why) in cases {
            let new = When { is_hour_certain: false, ..when(Grain::Time, None, Some(said), None) };
            assert_eq!(merge(Some(&old), new).from_at.map(|at| at.hour()), Some(expected), "{why}");
            let certain = When { is_hour_certain: true, ..new };
            assert_eq!(merge(Some(&old), certain).from_at, certain.from_at, "said for certain: {why}");
        }
        let eight = When { is_hour_certain: false, ..when(Grain::Time, None, Some(20), None) };
        assert!(merge(Some(&nine), eight).is_hour_certain, "the eight beside the nine is one for certain");
    }

    /// «На следующей неделе», then a day: which one is meant.
    #[test]
    fn a_day_is_of_the_days_that_were_wished_for() {
        let day = |on: i8| date(2026, 11, on);
        let week = When { grain: Grain::Days, to_on: Some(day(29)), ..when(Grain::Day, Some(day(23)), None, None) };
        let cases = [
            (day(19), day(26), "the Thursday before is of the week"),
            (day(30), day(23), "and the Monday behind it"),
            (day(23), day(23), "its first day"),
            (day(25), day(25), "one in the middle"),
            (day(29), day(29), "its last day"),
        ];
        for (said, expected, why) in cases {
            let merged = merge(Some(&week), when(Grain::Day, Some(said), None, None));
            assert_eq!((merged.from_on, merged.to_on), (Some(expected), Some(expected)), "{why}");
        }
        let from = When { grain: Grain::FromDay, to_on: None, ..when(Grain::Day, Some(day(19)), None, None) };
        assert_eq!(merge(Some(&week), from).to_on, None, "«с четверга» has no end");
        let two = When { to_on: Some(day(20)), ..when(Grain::Days, Some(day(19)), None, None) };
        assert_eq!(merge(Some(&week), two), two, "of two days each is meant");
        let short = When { to_on: Some(day(24)), ..week };
        let thursday = when(Grain::Day, Some(day(19)), None, None);
        assert_eq!(merge(Some(&short), thursday), thursday, "no Thursday is among two days");
    }

    /// «В пятницу, только не утром».
    #[test]
    fn a_part_refused_leaves_the_rest_of_the_day() {
        let refused = |from: i8, to: i8| Meaning {
            refused_part: Some((time(from, 0, 0, 0), time(to, 0, 0, 0))),
            ..Meaning::default()
        };
        let day = when(Grain::Day, Some(THURSDAY), None, None);
        let after = when(Grain::After, Some(THURSDAY), Some(12), None);
        assert_eq!(beside_part(&refused(8, 12), day), after, "not in the morning");
        assert_eq!(
            beside_part(&refused(12, 17), day),
            when(Grain::Before, Some(THURSDAY), None, Some(12)),
            "nor by day"
        );
        assert_eq!(beside_part(&refused(17, 22), day), when(Grain::Before, Some(THURSDAY), None, Some(17)));
        let hour = when(Grain::Time, Some(THURSDAY), Some(9), None);
        assert_eq!(beside_part(&refused(8, 12), hour), hour, "an hour named stands");
        assert_eq!(beside_part(&Meaning::default(), day), day);
    }

    #[test]
    fn a_moved_visit_keeps_its_hour_or_its_day() {
        let old = datetime(2026, 11, 21, 14, 0, 0, 0);
        let at = |hour| when(Grain::Time, Some(SATURDAY), Some(hour), None);
        assert_eq!(like_old(when(Grain::Time, None, Some(15), None), old), at(15), "another hour of that day");
        let thursday = like_old(when(Grain::Day, Some(THURSDAY), None, None), old);
        assert_eq!((thursday.grain, thursday.from_on, thursday.to_on), (Grain::Time, Some(THURSDAY), Some(THURSDAY)));
        assert_eq!(thursday.from_at, Some(time(14, 0, 0, 0)), "another day at that hour");
        let both = when(Grain::Time, Some(THURSDAY), Some(15), None);
        assert_eq!(like_old(both, old), both);
        let evening = when(Grain::After, None, Some(18), None);
        assert_eq!(like_old(evening, old), evening, "an evening is any evening");
        assert_eq!(at_hour(evening, time(14, 0, 0, 0)), evening);
        let by_saturday = When { to_on: Some(SATURDAY), ..when(Grain::Time, None, Some(15), None) };
        assert_eq!(like_old(by_saturday, old), by_saturday, "it has a day already");
        let from_thursday = When { to_on: None, ..when(Grain::Day, Some(THURSDAY), None, None) };
        assert_eq!(at_hour(from_thursday, time(14, 0, 0, 0)).to_on, Some(THURSDAY), "an hour is of one day");
    }
}
