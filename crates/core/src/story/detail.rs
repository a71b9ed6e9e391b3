//! What a story told `подробно` shows besides: cards of the CRM, whole notices, alarms asked for, the log of
//! consents, and what the bot now knows. A line each, only what is new.

use jiff::Timestamp;

use super::show::{heat_word, stage_word};
use super::world::{Played, World};
use crate::consult;
use crate::conversation::{BookingState, Client, Conversation};
use crate::crm::Card;
use crate::effect::{Alarm, Effect, Notice, Reply, Ways};
use crate::escalation::{Case, CaseState};
use crate::proof::Deed;
use crate::schedule::Slot;
use crate::wall;
use crate::wanted;

/// Enough of a text to know it by.
const BEGINNING_CHARS: usize = 60;

/// Lines behind those that every story shows of this effect.
pub(super) fn effect(world: &World<'_>, played: &Played, effect: &Effect) -> Vec<String> {
    let when = |at: Timestamp| moment(world, at);
    let one = |line: String| vec![line];
    match effect {
        Effect::Say(reply) => said(reply),
        Effect::AnswerPress { text: None, .. } => one("кнопка клиента отпущена".to_owned()),
        Effect::Notify(notice) => notice_news(world, notice),
        Effect::RefreshNotices { text, .. } => one(format!("карточка теперь: {}", screen(text))),
        Effect::CloseNotices { text, .. } => one(format!("на закрытой карточке: {}", screen(text))),
        Effect::Crm(card) => card_news(world, played.before.card.as_deref(), card),
        Effect::Line(words) => one(format!("в открытую линию: {}", screen(&words.text))),
        Effect::Extend { until, .. } => one(format!("бронь продлена до {}", wall::time(world.settings.wall(*until)))),
        Effect::Confirm { client_name, is_unreminded, .. } => {
            one(format!("на имя: {client_name}{}", if *is_unreminded { ", без напоминаний" } else { "" }))
        }
        Effect::Keep { client_name, .. } => one(format!("на имя: {client_name}")),
        Effect::Prove(proof) if proof.deed != Deed::Withdrawn => {
            let deed = if proof.deed == Deed::Given { "согласие" } else { "клиент уведомлён" };
            one(format!("в журнал согласий: {deed}, «{}»", beginning(&proof.text)))
        }
        Effect::Prove(proof) => one(format!("слова клиента: «{}»", proof.text)),
        Effect::Acquaint { phone } => one(format!("ищем другие чаты по номеру {}", phone.masked())),
        Effect::RemindElsewhere(reminder) => ways("напомнить", &reminder.ways),
        Effect::ReplyElsewhere(reply) => ways("ответить", &reply.ways),
        Effect::Freed(freed) => {
            let name = world.settings.specialist_name(&freed.specialist);
            one(format!("ждущим: {name}, {}–{}", when(freed.from), wall::time(world.settings.wall(freed.to))))
        }
        Effect::Wake { alarm, due } => {
            alarm_words(alarm).map(|what| format!("будильник: {}, {what}", when(*due))).into_iter().collect()
        }
        Effect::Consult(_)
        | Effect::Summon(_)
        | Effect::AnswerPress { .. }
        | Effect::Hold { .. }
        | Effect::Answered { .. }
        | Effect::Came { .. }
        | Effect::Ended { .. }
        | Effect::Rated { .. }
        | Effect::Release { .. }
        | Effect::Move { .. }
        | Effect::Mirror { .. }
        | Effect::TellOwners { .. } => Vec::new(),
    }
}

fn moment(world: &World<'_>, at: Timestamp) -> String {
    let wall = world.settings.wall(at);
    let seconds = if wall.second() == 0 { String::new() } else { format!(":{:02}", wall.second()) };
    format!("{}, {}{seconds}", wall::date(wall.date()), wall::time(wall))
}

fn beginning(text: &str) -> String {
    let short: String = text.chars().take(BEGINNING_CHARS).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}

/// The part of a card that a lock screen shows, with its last line.
fn screen(text: &str) -> String {
    let mut shown: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).collect();
    shown.extend(text.lines().last().filter(|last| !shown.contains(last)));
    shown.join(" | ")
}

fn said(reply: &Reply) -> Vec<String> {
    let mut lines = Vec::new();
    if reply.by.is_none() && reply.may_reword {
        lines.push("можно сказать другими словами".to_owned());
    }
    if !reply.visits.is_empty() {
        lines.push(format!("в календарь телефона: визитов — {}", reply.visits.len()));
    }
    lines
}

/// The rest of a notice, where it says anything else than the notice before it.
fn notice_news(world: &World<'_>, notice: &Notice) -> Vec<String> {
    let place = world.notices.iter().rposition(|sent| sent == notice).unwrap_or_default();
    let before = world.notices[..place].last().map(notice_rest).unwrap_or_default();
    Some(notice_rest(notice)).filter(|rest| *rest != before).unwrap_or_default()
}

/// What stands below the lock screen's part, and the buttons.
fn notice_rest(notice: &Notice) -> Vec<String> {
    let rest = notice.text.lines().skip_while(|line| !line.is_empty()).filter(|line| !line.is_empty());
    let mut lines: Vec<String> = rest.map(|line| format!("  {line}")).collect();
    let labels: Vec<String> = notice.answers.iter().map(|button| format!("[{}]", button.label)).collect();
    if !labels.is_empty() {
        lines.push(format!("  {}", labels.join(" ")));
    }
    if notice.is_urgent {
        lines.push("  будит и в тихие часы".to_owned());
    }
    lines
}

fn alarm_words(alarm: &Alarm) -> Option<&'static str> {
    Some(match alarm {
        Alarm::HoldExpired { .. } => "бронь кончится",
        Alarm::Escalation { .. } => "звать дальше",
        Alarm::NextMeans { .. } => "звать следующим способом",
        Alarm::NobodyTook { .. } => "сказать всем, что никто не взял",
        Alarm::OutcomeDue { .. } => "спросить, чем кончилось",
        Alarm::PersonSilent { .. } => "проверить, ответил ли человек",
        Alarm::BackupDue { .. } => "ответить за людей",
        Alarm::SilenceDue { .. } => "напомнить о разговоре",
        Alarm::ReminderSilent { .. } => "не ответит — в список для звонка",
        Alarm::RatingDue { .. } => "спросить оценку",
        Alarm::SlotFreed { .. } => "сказать о свободном времени",
        Alarm::WaitlistOver { .. } => "ждать больше нечего",
        Alarm::CalendarDue { .. } => "проверить, ответил ли календарь",
        Alarm::PromiseDue { .. } => "проверить обещание",
        Alarm::ConsultDue { .. } => "не ждать модель",
        // Every story shows reminders; the others no turn asks for itself.
        Alarm::ReminderDue { .. } | Alarm::RemindHere { .. } | Alarm::SayHere { .. } | Alarm::Repair { .. } => {
            return None;
        }
    })
}

fn ways(what: &str, ways: &Ways) -> Vec<String> {
    let chats = ways.chats_of.iter().map(|phone| format!("{what} в другом чате, номер {}", phone.masked()));
    let sms = ways.sms.iter().map(|sms| format!("СМС через {}, {}: «{}»", sms.means, sms.to.masked(), sms.text));
    chats.chain(sms).collect()
}

fn card_news(world: &World<'_>, before: Option<&Card>, card: &Card) -> Vec<String> {
    let was = before.map(|before| card_lines(world, before)).unwrap_or_default();
    card_lines(world, card).into_iter().filter(|line| !was.contains(line)).collect()
}

fn card_lines(world: &World<'_>, card: &Card) -> Vec<String> {
    let list = |words: &[String]| if words.is_empty() { "нет".to_owned() } else { words.join(", ") };
    let mut lines = vec![
        format!("CRM: «{}», {}", card.title, card.channel_title),
        format!("CRM, лид: {}, {}, {:.1}", heat_word(card.heat), stage_word(card.stage), card.score),
        format!("CRM, метки: {}", list(&card.tags)),
    ];
    if !card.wanted.is_empty() {
        lines.push(format!("CRM, когда: {}", card.wanted));
    }
    if let Some(phone) = &card.phone {
        lines.push(format!("CRM, телефон: {}, {}", phone.pretty(), confirmed_word(card.is_phone_confirmed)));
    }
    if let Some(source) = &card.source {
        lines.push(format!("CRM, источник: {source}"));
    }
    if let Some(visit) = &card.booking {
        let ends = wall::time(world.settings.wall(visit.ends_at));
        lines.push(format!("CRM, визит: {} до {ends}, {}", visit.text, visit.specialist));
    }
    lines.push(match &card.todo {
        Some(todo) => {
            let deadline = wall::time(world.settings.wall(todo.deadline));
            format!("CRM, задача {} до {deadline}: {}; {}", todo.marker, todo.title, todo.text)
        }
        None => "CRM, задачи нет".to_owned(),
    });
    lines
}

fn confirmed_word(is_confirmed: bool) -> &'static str {
    if is_confirmed { "подтверждён" } else { "не подтверждён" }
}

/// What the bot now knows and waits for that no effect tells.
pub(super) fn changes(world: &World<'_>, before: &Conversation) -> Vec<String> {
    let (was, is) = (facts(world, before), facts(world, &world.conv));
    is.into_iter().filter(|fact| !was.contains(fact)).collect()
}

fn facts(world: &World<'_>, conv: &Conversation) -> Vec<String> {
    let mut facts = vec![
        format!("понято: {}", conv.heard.join(" · ")),
        format!("бот {}", consult::asked(conv.asking)),
        client_words(&conv.client),
        wish_words(world, conv),
        case_words(world, conv.case.as_ref()),
        bookings_words(world, conv),
    ];
    if let Some(old) = conv.replaced.as_deref().and_then(|id| conv.booking(id)) {
        facts.push(format!("вместо визита: {}", visit(world, &old.slot)));
    }
    if conv.misses > 0 {
        facts.push(format!("не понято подряд: {}", conv.misses));
    }
    if !conv.unanswered.is_empty() {
        facts.push(format!("сообщений ждёт ответа человека: {}", conv.unanswered.len()));
    }
    if let Some(entry) = &conv.waitlist {
        let (from, to) = (entry.window.from, entry.window.to);
        let ends = [wall::date(from.date()), wall::time(from), wall::date(to.date()), wall::time(to)].join(", ");
        facts.push(format!("ждёт времени: {ends}; уже предлагали: {}", entry.passed.len()));
    }
    facts
}

fn client_words(client: &Client) -> String {
    let name = client.name.clone().unwrap_or_else(|| "имени нет".to_owned());
    let phone = client.phone.as_ref().map_or_else(
        || "номера нет".to_owned(),
        |phone| format!("{}, {}", phone.masked(), confirmed_word(client.is_phone_confirmed)),
    );
    let marks = [(client.is_blocked, ", недоступен"), (client.is_stopped, ", просил не писать")];
    let marks: String = marks.iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| *mark).collect();
    format!("о клиенте: {name}, {phone}{marks}")
}

fn wish_words(world: &World<'_>, conv: &Conversation) -> String {
    let (wish, today) = (&conv.wish, world.settings.wall(world.now).date());
    let specialist = wish.specialist.as_ref().and_then(|id| world.settings.specialist(id));
    let parts = [
        world.settings.names_of(&wish.services),
        specialist.map_or_else(String::new, |specialist| specialist.name.clone()),
        wish.when.as_ref().map_or_else(String::new, |when| wanted::text(when, today)),
        wish.call_when.as_ref().map_or_else(String::new, |when| format!("позвонить {}", wanted::text(when, today))),
        wish.every_days
            .map_or_else(String::new, |days| format!("раз в {}", wall::count(days.into(), "день", "дня", "дней"))),
    ];
    let marks = [
        (wish.wants_visit, "визит"),
        (wish.asked_price, "цена"),
        (wish.wants_call, "звонок"),
        (wish.handed_over_at.is_some(), "заявка передана"),
        (wish.followed_at.is_some(), "о разговоре напомнили"),
    ];
    let marks = marks.iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| (*mark).to_owned());
    let words: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).chain(marks).collect();
    format!("нужно клиенту: {}", if words.is_empty() { "ничего".to_owned() } else { words.join(" · ") })
}

fn case_words(world: &World<'_>, case: Option<&Case>) -> String {
    let Some(case) = case else { return "дела нет".to_owned() };
    let name = |id| world.settings.person(id).map_or("", |person| &person.name);
    let state = match &case.state {
        CaseState::Open => "открыто".to_owned(),
        CaseState::Taken { by, .. } => format!("ведёт {}", name(by)),
        CaseState::Morning { .. } => "отложено".to_owned(),
        CaseState::Closed { why, .. } => format!("закрыто ({why})"),
    };
    let whys: Vec<&str> = case.whys.iter().map(|why| why.title()).collect();
    let next = case.next_at.map_or_else(|| "шагов больше нет".to_owned(), |at| format!("дальше {}", moment(world, at)));
    let promised = case.promised_until.map_or_else(String::new, |at| format!("; обещано до {}", moment(world, at)));
    format!("дело {state}: {}; {next}{promised}", whys.join(", "))
}

fn bookings_words(world: &World<'_>, conv: &Conversation) -> String {
    let line = |booking: &crate::conversation::Booking| {
        let state = match booking.state {
            BookingState::Held { .. } => "бронь",
            BookingState::Requested { .. } => "ждёт решения",
            BookingState::Confirmed { .. } => "записан",
            BookingState::Arrived { .. } => "пришёл",
            BookingState::NoShow { .. } => "не пришёл",
            BookingState::Cancelled { .. } => "отменено",
            BookingState::Expired => "бронь снята",
        };
        format!("№ {} {} {state}", booking.number(), visit(world, &booking.slot))
    };
    let lines: Vec<String> = conv.bookings.iter().map(line).collect();
    format!("записи: {}", if lines.is_empty() { "нет".to_owned() } else { lines.join("; ") })
}

fn visit(world: &World<'_>, slot: &Slot) -> String {
    let name = world.settings.specialist_name(&slot.specialist);
    format!("{}, {name}", moment(world, slot.starts_at))
}
