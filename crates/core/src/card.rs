//! The CRM card of a conversation, and whether it says anything new.

use jiff::Timestamp;

use crate::conversation::{BookingState, Conversation};
use crate::crm::{BookedVisit, Card, Stage, Todo};
use crate::duty;
use crate::effect::Effect;
use crate::escalation::CaseState;
use crate::lead::Heat;
use crate::limits::NO_SHOWS_FLAGGED;
use crate::notice;
use crate::request;
use crate::turn::Turn;
use crate::values::BY_HAND;
use crate::wall;
use crate::wanted;

/// Hands the card over when it differs from the last one; transcript, reasons and a new shift alone are no difference.
pub(crate) fn hand_over(turn: &mut Turn) {
    if turn.settings().document.crm.is_none() {
        return;
    }
    let Some(card) = build(turn) else { return };
    let shape = Box::new(Card {
        transcript: Vec::new(),
        score: (card.score * 10.0).round() / 10.0,
        reasons: Vec::new(),
        on_duty: Vec::new(),
        ..card.clone()
    });
    if turn.conv.card.as_ref() == Some(&shape) {
        return;
    }
    turn.conv.card = Some(shape);
    turn.emit(Effect::Crm(Box::new(card)));
}

fn build(turn: &Turn) -> Option<Card> {
    let (conv, settings) = (&turn.conv, turn.settings());
    let lead = conv.lead.as_ref()?;
    let visit = conv.coming(turn.now).into_iter().next();
    let services = visit.map_or(&conv.wish.services, |booking| &booking.services);
    let mut names: Vec<String> = services.iter().map(|id| settings.service_name(id).to_owned()).collect();
    if let (true, Some(before)) = (names.is_empty(), &conv.card) {
        // The request is over or given up: the CRM still says what it was about.
        names.clone_from(&before.services);
    }
    let wanted = wanted::wanted_words(conv, settings, turn.now);
    let name = conv.display_name().map(str::to_owned);
    let subject = if names.is_empty() { "Обращение".to_owned() } else { wall::list(&names) };
    let title = name.as_ref().map_or_else(|| subject.clone(), |name| format!("{subject} — {name}"));
    Some(Card {
        origin: request::origin(conv),
        request_no: conv.request_no,
        title,
        name,
        phone: conv.client.phone.clone(),
        is_phone_confirmed: conv.client.is_phone_confirmed,
        services: names,
        wanted,
        channel: conv.address.channel.clone(),
        channel_title: channel_title(&conv.address.channel).to_owned(),
        source: conv.client.source.clone(),
        is_after_hours: conv.is_after_hours,
        is_urgent: conv.wish.urgency > nochnik_nlu::Urgency::Normal,
        takes_messages: !conv.client.is_stopped,
        heat: lead.heat,
        score: lead.score,
        reasons: lead.reasons.iter().map(|reason| reason.text()).collect(),
        tags: tags(conv),
        stage: stage(conv, lead.stage, turn.now),
        booking: visit.map(|booking| BookedVisit {
            starts_at: booking.slot.starts_at,
            ends_at: booking.slot.ends_at,
            specialist: settings.specialist_name(&booking.slot.specialist).to_owned(),
            text: turn.moment(booking.slot.starts_at),
        }),
        todo: todo(turn, lead.heat),
        on_duty: duty::on_duty(settings, &turn.business.changes, turn.now)
            .into_iter()
            .filter_map(|on| on.crm_user)
            .collect(),
        transcript: conv.transcript.clone(),
    })
}

/// Where the last visit of a sold request has been, the staff has said how it went.
fn stage(conv: &Conversation, stage: Stage, now: Timestamp) -> Stage {
    if stage != Stage::Booked || !conv.coming(now).is_empty() {
        return stage;
    }
    match conv.bookings.iter().max_by_key(|booking| booking.slot.starts_at).map(|booking| &booking.state) {
        Some(BookingState::Arrived { .. }) => Stage::Arrived,
        Some(BookingState::NoShow { .. }) => Stage::NoShow,
        _ => stage,
    }
}

fn channel_title(kind: &str) -> &str {
    match kind {
        "widget" => "Чат на сайте",
        "terminal" => "Терминал",
        BY_HAND => "Телефон",
        other => other,
    }
}

fn tags(conv: &Conversation) -> Vec<String> {
    let standing = || conv.bookings.iter().filter(|b| matches!(b.state, BookingState::Confirmed { .. }));
    let heat = conv.lead.as_ref().map_or(Heat::Cold, |lead| lead.heat);
    [
        (conv.is_after_hours, "ночной"),
        (heat == Heat::Hot, "горячий"),
        (standing().any(|b| b.by.is_none()), "записан ботом"),
        (standing().any(|b| b.by.is_some()), "записан вручную"),
        (conv.waitlist.is_some(), "лист ожидания"),
        (conv.no_shows() >= NO_SHOWS_FLAGGED, "не приходил"),
    ]
    .into_iter()
    .filter(|(has, _)| *has)
    .map(|(_, tag)| tag.to_owned())
    .collect()
}

/// What the duty manager must do: only while somebody is still wanted.
fn todo(turn: &Turn, heat: Heat) -> Option<Todo> {
    let conv = &turn.conv;
    let is_sold = conv.lead.as_ref().is_some_and(|lead| lead.stage >= Stage::Booked);
    let case = conv.case.as_ref().filter(|case| !matches!(case.state, CaseState::Closed { .. }));
    let case = case.filter(|_| !is_sold || heat == Heat::Hot)?;
    let marker =
        format!("N-{}", case.id.as_str().chars().filter(char::is_ascii_alphanumeric).rev().take(8).collect::<String>());
    let why: Vec<String> = case.whys.iter().map(|why| why.title().to_owned()).collect();
    Some(Todo {
        marker,
        title: format!("Ответить: {}", notice::header(turn)),
        text: wall::list(&why),
        deadline: case.take_until(),
    })
}
