//! Effects and changes of state as lines of a story. The clockwork (alarms asked for, cards brought
//! up to date) is left out: what comes of it is seen when it comes.

use super::detail;
use super::world::{Played, World};
use crate::conversation::{Answer, Conversation, Speaker};
use crate::crm::Stage;
use crate::effect::{Alarm, Effect, Notice, Reply, Summons};
use crate::escalation::CaseState;
use crate::lead::Heat;
use crate::proof::{Deed, Purpose};
use crate::schedule::Slot;
use crate::wall;

const INDENT: &str = "         ";

/// Lines of one event; `time` stands before those that an alarm caused.
pub(super) fn effects(world: &World<'_>, played: &Played, time: Option<&str>) -> Vec<String> {
    let mut lines = Vec::new();
    for effect in &played.effects {
        match effect {
            Effect::Say(reply) if reply.by.is_none() => lines.extend(said(reply, time)),
            effect => lines.extend(one(world, effect).map(|line| starred(&line, time))),
        }
        if world.is_detailed {
            lines.extend(detail::effect(world, played, effect).iter().map(|line| starred(line, time)));
        }
    }
    lines.extend(changes(world, &played.before).iter().map(|line| starred(line, time)));
    if world.is_detailed {
        lines.extend(detail::changes(world, &played.before).iter().map(|line| starred(line, time)));
    }
    lines
}

fn starred(line: &str, time: Option<&str>) -> String {
    let time = time.map_or_else(String::new, |time| format!("{time} "));
    format!("{INDENT}* {time}{line}")
}

fn said(reply: &Reply, time: Option<&str>) -> Vec<String> {
    let who = time.map_or_else(|| "ночник:  ".to_owned(), |time| format!("ночник ({time}):  "));
    let mut lines: Vec<String> = reply
        .text
        .lines()
        .filter(|line| !line.is_empty())
        .enumerate()
        .map(|(index, line)| if index == 0 { format!("{who}{line}") } else { format!("{INDENT}{line}") })
        .collect();
    let mut labels: Vec<String> = reply.buttons.iter().map(|button| format!("[{}]", button.label)).collect();
    labels.extend(reply.asks_phone.then(|| "[отправить свой номер]".to_owned()));
    if !labels.is_empty() {
        lines.push(format!("{INDENT}{}", labels.join(" ")));
    }
    lines
}

fn one(world: &World<'_>, effect: &Effect) -> Option<String> {
    Some(match effect {
        Effect::Hold { slot, until, .. } => {
            format!("бронь на время: {}, до {}", visit(world, slot), wall::time(world.settings.wall(*until)))
        }
        Effect::Confirm { booking, .. } => {
            let found = world.conv.bookings.iter().find(|own| &own.id == booking)?;
            format!("запись подтверждена: {}", visit(world, &found.slot))
        }
        Effect::Prove(proof) if proof.deed == Deed::Withdrawn => {
            format!("в журнал согласий: отзыв, {}", purpose_word(proof.purpose))
        }
        Effect::Keep { booking, .. } => {
            let found = world.conv.booking(booking)?;
            let whose = if found.asked.is_some() { "календаря" } else { "человека" };
            format!("ждёт решения {whose}: {}", visit(world, &found.slot))
        }
        Effect::Answered { answer: Answer::Asked, .. } => "ждём ответа на напоминание".to_owned(),
        Effect::Answered { answer: Answer::Coming, .. } => "клиент подтвердил визит".to_owned(),
        Effect::Answered { answer: Answer::Silent, .. } => "в список для звонка: не ответил на напоминание".to_owned(),
        Effect::Came { has_come: true, .. } => "визит состоялся".to_owned(),
        Effect::Came { has_come: false, .. } => "клиент не пришёл".to_owned(),
        Effect::Rated { rating, .. } => format!("оценка визита: {rating}"),
        Effect::Wake { alarm: Alarm::ReminderDue { .. }, due } => {
            let wall = world.settings.wall(*due);
            format!("напоминание: {}, {}", wall::date(wall.date()), wall::time(wall))
        }
        Effect::Release { .. } => "окно освобождено".to_owned(),
        Effect::Move { slot, .. } => format!("запись перенесена: {}", visit(world, slot)),
        Effect::Mirror { .. } => "в календаре исправлено по нашей записи".to_owned(),
        Effect::TellOwners { text } => format!("владельцу: {text}"),
        Effect::Notify(notice) => notified(world, notice),
        Effect::Summon(summons) => summoned(world, summons),
        Effect::CloseNotices { text, .. } => format!("карточка закрыта: {}", text.lines().last().unwrap_or_default()),
        Effect::Consult(inquiry) => format!("спрошена модель: «{}»", inquiry.user.replace('\n', " / ")),
        Effect::AnswerPress { text: Some(text), .. } => format!("в ответ на кнопку: {text}"),
        _ => return None,
    })
}

/// «сб, 21 ноября, 18:30, Анна».
fn visit(world: &World<'_>, slot: &Slot) -> String {
    let wall = world.settings.wall(slot.starts_at);
    let specialist = world.settings.specialist_name(&slot.specialist);
    format!("{}, {}, {specialist}", wall::date(wall.date()), wall::time(wall))
}

/// Who is called by what means, and the part of the notice that a lock screen shows.
fn notified(world: &World<'_>, notice: &Notice) -> String {
    let name = world.settings.person(&notice.person).map_or("", |person| &person.name);
    let screen: Vec<&str> = notice.text.lines().take_while(|line| !line.is_empty()).collect();
    format!("{name}, {}, ступень {}: {}", notice.to.channel, notice.level, screen.join(" | "))
}

fn summoned(world: &World<'_>, summons: &Summons) -> String {
    let name = world.settings.person(&summons.person).map_or("", |person| &person.name);
    format!("{name}, {}, ступень {}: {}", summons.means, summons.level, summons.text)
}

/// What changed in the state that no effect tells.
fn changes(world: &World<'_>, before: &Conversation) -> Vec<String> {
    let after = &world.conv;
    let mut lines = Vec::new();
    let lead = |conv: &Conversation| conv.lead.as_ref().map(|lead| (lead.heat, lead.stage));
    if let Some((heat, stage)) = lead(after).filter(|now| lead(before) != Some(*now)) {
        lines.push(format!("лид {}, {}", heat_word(heat), stage_word(stage)));
    }
    if after.request_no != before.request_no {
        lines.push("новая заявка в CRM".to_owned());
    }
    let parked = |conv: &Conversation| match conv.case.as_ref().map(|case| &case.state) {
        Some(CaseState::Morning { until }) => Some(*until),
        _ => None,
    };
    if let Some(until) = parked(after).filter(|until| parked(before) != Some(*until)) {
        let wall = world.settings.wall(until);
        lines.push(format!("в утренней очереди до: {}, {}", wall::date(wall.date()), wall::time(wall)));
    }
    match (before.waitlist.is_some(), after.waitlist.is_some()) {
        (false, true) => lines.push("в листе ожидания".to_owned()),
        (true, false) => lines.push("больше не в листе ожидания".to_owned()),
        _ => {}
    }
    match (&before.speaker, &after.speaker) {
        (Speaker::Bot, Speaker::Person { person, .. }) => {
            let name = world.settings.person(person).map_or("", |person| &person.name);
            lines.push(format!("диалог ведёт {name}, бот молчит"));
        }
        (Speaker::Person { .. }, Speaker::Bot) => lines.push("диалог снова ведёт бот".to_owned()),
        _ => {}
    }
    lines
}

pub(super) fn heat_word(heat: Heat) -> &'static str {
    match heat {
        Heat::Cold => "холодный",
        Heat::Warm => "тёплый",
        Heat::Hot => "горячий",
    }
}

fn purpose_word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Booking => "ответы и запись",
        Purpose::Messages => "сообщения от нас",
        Purpose::Sms => "напоминания по СМС",
        Purpose::Storage => "хранение данных",
    }
}

pub(super) fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::New => "новый",
        Stage::Qualified => "с контактом",
        Stage::Booked => "записан",
        Stage::Arrived => "пришёл",
        Stage::NoShow => "не пришёл",
        Stage::Cancelled => "запись отменена",
        Stage::Lost => "потерян",
    }
}
