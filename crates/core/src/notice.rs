//! What a person of the staff reads: fits a lock screen; the first line is who, what, when.

use crate::business::{Line, Means, Person, Settings, Way};
use crate::conversation::Booking;
use crate::duty;
use crate::effect::NoticeButton;
use crate::escalation::{Case, CaseState, Rung, Why};
use crate::event::NoticeAnswer;
use crate::limits::NOTICE_LINES_MAX;
use crate::phrases::{Phrase, text as phrase_text};
use crate::reach;
use crate::turn::Turn;
use crate::values::{Address, PersonId};
use crate::wall;

/// So much of a conversation's id tells it from the others of a night.
const NUMBER_CHARS: usize = 6;

/// The card of a case. `rung` is the one being fired: later ones say that the client still waits.
pub(crate) fn text(turn: &Turn, case: &Case, rung: Option<&Rung>) -> String {
    let mut lines = head(turn, case, rung);
    if turn.settings().document.is_discreet() {
        lines.push(turn.phrase(Phrase::NoticeDiscreet, &[]));
        return lines.join("\n");
    }
    lines.extend(requested(turn));
    lines.push(match &turn.conv.client.phone {
        Some(phone) => turn.phrase(Phrase::NoticePhone, &[("phone", &phone.pretty())]),
        None => turn.phrase(Phrase::NoticePhoneMissing, &[]),
    });
    if let Some(lead) = &turn.conv.lead {
        let reasons: Vec<String> = lead.reasons.iter().map(|reason| reason.text()).collect();
        let score = format!("{:.0}", lead.score * 100.0);
        lines.push(turn.phrase(Phrase::NoticeScore, &[("score", &score), ("reasons", &reasons.join(", "))]));
    }
    lines.push(String::new());
    lines.extend(last_messages(turn));
    lines.push(turn.phrase(Phrase::NoticeReply, &[]));
    lines.join("\n")
}

/// Who, what and when, why a person is wanted and by when; of one who sells to us, who and what alone.
fn head(turn: &Turn, case: &Case, rung: Option<&Rung>) -> Vec<String> {
    let why: Vec<String> = case.whys.iter().take(3).map(|why| why.title().to_owned()).collect();
    let why = wall::capitalised(&why.join(", "));
    if case.is_told_once() {
        return vec![turn.phrase(Phrase::NoticeOffer, &[("name", &client_name(turn)), ("why", &why)])];
    }
    let urging = rung.and_then(|rung| urging(turn, case, rung));
    let deadline = deadline(turn, case, why);
    urging.into_iter().chain([header(turn), deadline]).collect()
}

/// Why a person is wanted and by when; past that, since when the client waits. Once somebody has the case, why alone.
fn deadline(turn: &Turn, case: &Case, why: String) -> String {
    let (since, until) = (wall::time(turn.wall(case.opened_at)), wall::time(turn.wall(case.take_until())));
    match case.state {
        CaseState::Taken { .. } | CaseState::Closed { .. } => why,
        _ if turn.now < case.take_until() => turn.phrase(Phrase::NoticeDeadline, &[("why", &why), ("until", &until)]),
        _ => turn.phrase(Phrase::NoticeOverdue, &[("why", &why), ("since", &since)]),
    }
}

/// One line for each visit that «Подтвердить» would confirm.
fn requested(turn: &Turn) -> Vec<String> {
    let settings = turn.settings();
    let line = |booking: &Booking| {
        let specialist = settings.specialist_name(&booking.slot.specialist);
        let (moment, service) = (turn.moment(booking.slot.starts_at), settings.names_of(&booking.services));
        turn.phrase(Phrase::NoticeVisit, &[("moment", &moment), ("service", &service), ("specialist", specialist)])
    };
    turn.conv.requested(turn.now).into_iter().map(line).collect()
}

/// «Оля · маникюр · завтра 18:30».
pub(crate) fn header(turn: &Turn) -> String {
    let settings = turn.settings();
    let wish = &turn.conv.wish;
    let coming = || turn.conv.coming(turn.now).into_iter().next();
    // Of who is late, and wants nothing else, the visit may have begun.
    let begun = || turn.conv.under_way(turn.now).filter(|_| wish.services.is_empty() && wish.when.is_none());
    let booking = turn.conv.held().or_else(coming).or_else(begun);
    let services = booking.map_or(&wish.services, |booking| &booking.services);
    let service =
        if services.is_empty() { turn.phrase(Phrase::NoticeNoService, &[]) } else { settings.names_of(services) };
    let when = match (booking, &wish.when) {
        (Some(booking), _) => wall::moment_short(turn.wall(booking.slot.starts_at), turn.today()),
        (None, Some(when)) => crate::wanted::text(when, turn.today()),
        (None, None) if let Some(when) = &wish.call_when => {
            turn.phrase(Phrase::NoticeCallWhen, &[("when", &crate::wanted::text(when, turn.today()))])
        }
        (None, None) if wish.urgency > nochnik_nlu::Urgency::Normal => turn.phrase(Phrase::NoticeUrgent, &[]),
        (None, None) => turn.phrase(Phrase::NoticeNoWhen, &[]),
    };
    if settings.document.is_discreet() {
        return turn.phrase(Phrase::NoticeHeaderDiscreet, &[("name", &client_name(turn)), ("when", &when)]);
    }
    turn.phrase(Phrase::NoticeHeader, &[("name", &client_name(turn)), ("service", &service), ("when", &when)])
}

/// How a notice calls the client: where even that must not lie on a locked screen, by a number.
pub(crate) fn client_name(turn: &Turn) -> String {
    if turn.settings().document.is_discreet() {
        let number: String = turn.conv.id.as_str().chars().take(NUMBER_CHARS).collect();
        return turn.phrase(Phrase::NoticeNameDiscreet, &[("number", &number)]);
    }
    turn.conv.display_name().map_or_else(|| turn.phrase(Phrase::NoticeNoName, &[]), str::to_owned)
}

fn urging(turn: &Turn, case: &Case, rung: &Rung) -> Option<String> {
    if case.is_from_night && case.next <= 1 {
        return Some(turn.phrase(Phrase::NoticeMorning, &[]));
    }
    let minutes = u64::try_from(turn.now.duration_since(case.opened_at).as_mins()).unwrap_or(0);
    if rung.level > 2 {
        // Called along with the duty manager, who has had no time to answer.
        let why = Some(why_not_duty(turn, case)).filter(|why| *why != Phrase::NoticeSenior || minutes > 0);
        return why.map(|why| turn.phrase(why, &[]));
    }
    let minutes = wall::minutes_alone(minutes);
    (case.next > 1).then(|| turn.phrase(Phrase::NoticeReminder, &[("minutes", &minutes)]))
}

/// Why the case has come past the duty manager.
fn why_not_duty(turn: &Turn, case: &Case) -> Phrase {
    let on_duty = duty::on_duty(turn.settings(), &turn.business.changes, turn.now);
    match () {
        () if !case.passed.is_empty() => Phrase::NoticePassed,
        () if !on_duty.iter().any(|person| reach::is_possible(turn.settings(), person, case.is_urgent(), turn.now)) => {
            Phrase::NoticeNobody
        }
        () if !on_duty.iter().any(|person| reach::is_working(turn.settings(), case, person, turn.now)) => {
            Phrase::NoticeUnreached
        }
        () => Phrase::NoticeSenior,
    }
}

fn last_messages(turn: &Turn) -> Vec<String> {
    let transcript = &turn.conv.transcript;
    let from = transcript.len().saturating_sub(NOTICE_LINES_MAX);
    transcript[from..]
        .iter()
        .map(|line| {
            let time = wall::time(turn.wall(line.at));
            let short: String = line.text.replace('\n', " ").chars().take(160).collect();
            format!("{time} {}: {short}", line.who)
        })
        .collect()
}

/// The three buttons of a case that waits: who takes it, or, when only a visit waits for a word, yes or no; none where
/// nobody waits.
pub fn case_answers(settings: &Settings, case: &Case) -> Vec<NoticeButton> {
    if case.is_told_once() {
        return Vec::new();
    }
    if case.whys.contains(&Why::Visit) && !case.whys.iter().any(|why| why.is_grave()) {
        return answers(settings, &[NoticeAnswer::Approve, NoticeAnswer::Decline, NoticeAnswer::Take]);
    }
    answers(settings, &[NoticeAnswer::Take, NoticeAnswer::Cannot, NoticeAnswer::Morning])
}

pub(crate) fn answers(settings: &Settings, answers: &[NoticeAnswer]) -> Vec<NoticeButton> {
    let phrase = |answer| match answer {
        NoticeAnswer::Take => Phrase::AnswerTake,
        NoticeAnswer::Cannot => Phrase::AnswerCannot,
        NoticeAnswer::Morning => Phrase::AnswerMorning,
        NoticeAnswer::Approve => Phrase::AnswerApprove,
        NoticeAnswer::Decline => Phrase::AnswerDecline,
        NoticeAnswer::Booked => Phrase::AnswerBooked,
        NoticeAnswer::NoAnswer => Phrase::AnswerNoAnswer,
        NoticeAnswer::Refused => Phrase::AnswerRefused,
        NoticeAnswer::Spam => Phrase::AnswerSpam,
    };
    answers.iter().map(|&answer| NoticeButton { answer, label: phrase_text(settings, phrase(answer), &[]) }).collect()
}

/// The person's first messenger, for what needs no waking; `None` where there is none.
pub(crate) fn messenger(settings: &Settings, person: &Person) -> Option<Address> {
    let (channel, peer) = person.means.iter().find_map(Means::as_messenger)?;
    address(settings, channel, peer)
}

/// Where this peer of a switched-on channel is.
pub(crate) fn address(settings: &Settings, channel: &str, peer: &str) -> Option<Address> {
    let entry = settings.channel(channel)?;
    Some(Address { channel: entry.kind.clone(), account: channel.to_owned(), peer: peer.to_owned() })
}

pub(crate) fn alert_title(turn: &Turn) -> String {
    turn.phrase(Phrase::AlertTitle, &[("business", &turn.settings().document.name)])
}

/// What an SMS, a call, a letter or a push says: nothing that is a client's, for it goes through foreign hands.
pub(crate) fn alert(turn: &Turn, case: &Case, line: Line) -> String {
    let business = &turn.settings().document.name;
    let why = case.whys.iter().copied().min_by_key(|why| !why.is_urgent()).map_or("", Why::public_title);
    if line.way == Way::Call {
        let phrase = if line.takes_key { Phrase::AlertCallKey } else { Phrase::AlertCall };
        return turn.phrase(phrase, &[("business", business), ("why", why)]);
    }
    // The title of a push stands above its text and names the business.
    let is_push = line.way == Way::Push;
    let why = if is_push { wall::capitalised(why) } else { why.to_owned() };
    if turn.now < case.take_until() {
        let until = wall::time(turn.wall(case.take_until()));
        let phrase = if is_push { Phrase::AlertPush } else { Phrase::AlertText };
        return turn.phrase(phrase, &[("business", business), ("why", &why), ("until", &until)]);
    }
    let minutes = u64::try_from(turn.now.duration_since(case.opened_at).as_mins()).unwrap_or(0);
    let minutes = wall::minutes(minutes);
    let phrase = if is_push { Phrase::AlertPushLate } else { Phrase::AlertLate };
    turn.phrase(phrase, &[("business", business), ("why", &why), ("minutes", &minutes)])
}

/// What everybody is told when the ladder has ended: since when the client waits, and when people are called again.
pub(crate) fn nobody_took(turn: &Turn, case: &Case) -> String {
    let business = &turn.settings().document.name;
    let why = case.whys.iter().copied().min_by_key(|why| !why.is_urgent()).map_or("", Why::public_title);
    let clock = |at| wall::time(turn.wall(at));
    let (since, until) = (clock(case.opened_at), case.next_at.map_or_else(String::new, clock));
    let arguments = [("business", business.as_str()), ("since", &since), ("why", why), ("until", &until)];
    turn.phrase(Phrase::AlertNobody, &arguments)
}

/// The name as the staff know it; the id when the person has left the document.
/// Who writes in the messenger's own app, where nobody says which of the staff it is.
const SOMEBODY: &str = "Администратор";

pub(crate) fn person_name(settings: &Settings, id: &PersonId) -> String {
    if id.is_outside() {
        return SOMEBODY.to_owned();
    }
    settings.person(id).map_or_else(|| id.to_string(), |person| person.name.clone())
}
