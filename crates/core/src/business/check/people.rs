//! Who is woken, when, and in which order.

use std::collections::HashSet;

use super::findings::{Findings, NAME_CHARS_MAX};
use crate::business::{Document, Level, PUSH, Person, Role, Route, Shift, Step, WEEKDAYS};
use crate::calendar::DAY_MIN;
use crate::limits::RUNGS_MAX;

const PEOPLE_MAX: usize = 100;
/// Everybody twice a week.
const SHIFTS_MAX: usize = 700;
/// Ways to reach one person: a messenger or two, SMS, a call, e-mail, and room.
const MEANS_MAX: usize = 10;
/// Accounts of one business: two of every kind.
const ENTRIES_MAX: usize = 20;
/// Past it the matrix is slower by nothing: an hour.
const AFTER_S_MAX: u16 = 3_600;
/// A vendor's id of a person is opaque, but never longer.
const PEER_CHARS_MAX: usize = 200;
/// A case lives until the morning queue: a step a day later would never run.
const AFTER_MIN_MAX: u16 = DAY_MIN;

pub(super) fn check_people(document: &Document, findings: &mut Findings) {
    let people = &document.people;
    findings.count("people", people.len(), PEOPLE_MAX, "людей");
    findings.ids("people", people.iter().map(|person| person.id.as_str()));
    let accounts = Accounts {
        channels: document.channels.iter().map(|channel| channel.account()).collect(),
        means: document.means.iter().map(|means| means.account()).chain([PUSH]).collect(),
    };
    for (place, person) in people.iter().enumerate() {
        check_person(&format!("people[{place}]"), person, &accounts, findings);
    }
}

struct Accounts<'d> {
    channels: HashSet<&'d str>,
    means: HashSet<&'d str>,
}

fn check_person(path: &str, person: &Person, accounts: &Accounts<'_>, findings: &mut Findings) {
    findings.text(&format!("{path}.name"), &person.name, NAME_CHARS_MAX);
    findings.optional_phone(&format!("{path}.phone"), &person.phone);
    findings.count(&format!("{path}.means"), person.means.len(), MEANS_MAX, "способов связи");
    for (place, means) in person.means.iter().enumerate() {
        let path = format!("{path}.means[{place}]");
        if let Some(after_s) = means.after_s {
            findings.number(&format!("{path}.after_s"), after_s, 10..=AFTER_S_MAX, " секунд");
        }
        match &means.route {
            Route::Messenger { channel, peer } => {
                if !accounts.channels.contains(channel.as_str()) {
                    let text = format!("канал «{channel}» не включён; добавьте его в channels или выберите другой");
                    findings.add(format!("{path}.channel"), text);
                }
                findings.text(&format!("{path}.peer"), peer, PEER_CHARS_MAX);
            }
            Route::Account { means, to } => {
                if !accounts.means.contains(means.as_str()) {
                    let text = format!("способ «{means}» не настроен; добавьте его в means или выберите другой");
                    findings.add(format!("{path}.means"), text);
                }
                if let Some(to) = to {
                    findings.text(&format!("{path}.to"), to, PEER_CHARS_MAX);
                }
            }
        }
    }
}

pub(super) fn check_means(document: &Document, findings: &mut Findings) {
    findings.count("means", document.means.len(), ENTRIES_MAX, "способов связи");
    let mut seen = HashSet::new();
    for (place, entry) in document.means.iter().enumerate() {
        if entry.kind.trim().is_empty() {
            findings.add(format!("means[{place}].kind"), "не указан вид способа связи; напишите, например, smsru");
        }
        if !seen.insert(entry.account()) {
            let text = format!("способ «{}» уже есть выше; дайте этому другой id", entry.account());
            findings.add(format!("means[{place}].id"), text);
        }
    }
}

pub(super) fn check_shifts(document: &Document, findings: &mut Findings) {
    findings.count("shifts", document.shifts.len(), SHIFTS_MAX, "смен");
    for (place, shift) in document.shifts.iter().enumerate() {
        let path = format!("shifts[{place}]");
        check_crew(&path, shift, document, findings);
        check_turns(&path, shift, findings);
        for (day_place, day) in shift.days.iter().enumerate() {
            if !WEEKDAYS.contains(&day.as_str()) {
                let text = format!("дня «{day}» нет; дни недели пишутся так: {}", WEEKDAYS.join(", "));
                findings.add(format!("{path}.days[{day_place}]"), text);
            }
        }
    }
}

/// Everybody whom a shift names is known, and it names one or several, not both.
fn check_crew(path: &str, shift: &Shift, document: &Document, findings: &mut Findings) {
    let mut known = |key: String, id: &str| {
        if document.people.iter().all(|person| person.id != id) {
            let text = format!("человека с id «{id}» нет в people; добавьте его или исправьте смену");
            findings.add(format!("{path}.{key}"), text);
        }
    };
    if shift.people.is_empty() {
        known("person".to_owned(), &shift.person);
    }
    for (place, id) in shift.people.iter().enumerate() {
        known(format!("people[{place}]"), id);
    }
    if let Some(spare) = &shift.spare {
        known("spare".to_owned(), spare);
    }
    findings.count(&format!("{path}.people"), shift.people.len(), PEOPLE_MAX, "людей в смене");
    if !shift.person.is_empty() && !shift.people.is_empty() {
        findings.add(format!("{path}.person"), "смена названа и person, и people; оставьте что-то одно");
    }
    if shift.people.iter().enumerate().any(|(place, id)| shift.people[..place].contains(id)) {
        findings.add(format!("{path}.people"), "каждый человек стоит в очереди один раз; уберите повтор");
    }
}

/// Turns need a length and a first day; where there are none, neither is wanted.
fn check_turns(path: &str, shift: &Shift, findings: &mut Findings) {
    let crew = u16::try_from(shift.people.len().max(1)).unwrap_or(u16::MAX);
    findings.number(&format!("{path}.at_once"), shift.at_once, 1..=crew, "");
    let is_by_turns = crew > shift.at_once;
    if is_by_turns && shift.every.is_none() {
        findings.add(format!("{path}.every"), "не сказано, как часто меняются; напишите, например, every = \"1w\"");
    }
    if is_by_turns && shift.since.is_none() {
        findings.add(format!("{path}.since"), "не сказано, с какого дня идёт очередь; напишите since = \"2026-11-30\"");
    }
    if !is_by_turns && shift.every.is_some() {
        findings.add(format!("{path}.every"), "меняться здесь некому; добавьте людей в people или уберите every");
    }
}

pub(super) fn check_escalation(document: &Document, findings: &mut Findings) {
    let rungs = document.escalation.iter().flat_map(|level| &level.steps).map(|step| step.minutes().count()).sum();
    findings.count("escalation", rungs, RUNGS_MAX, "шагов");
    for (place, level) in document.escalation.iter().enumerate() {
        let path = format!("escalation[{place}]");
        findings.number(&format!("{path}.level"), level.level, 2..=3, "");
        if !is_anybody(document, level.role) {
            let role = role_title(level.role);
            findings.add(
                format!("{path}.role"),
                format!("{role} никто не назначен; добавьте человека или уберите ступень"),
            );
        }
        check_steps(&path, level, findings);
    }
}

fn check_steps(path: &str, level: &Level, findings: &mut Findings) {
    if level.steps.is_empty() {
        findings.add(format!("{path}.steps"), "в ступени нет ни одного шага; добавьте шаг или уберите ступень");
    }
    for (place, step) in level.steps.iter().enumerate() {
        let path = format!("{path}.steps[{place}]");
        findings.number(&format!("{path}.after_min"), step.after_min, 0..=AFTER_MIN_MAX, " минут");
        check_repeat(&path, step, findings);
        if step.means == 0 {
            findings.add(format!("{path}.means"), "способы связи считаются с единицы; напишите 1 или больше");
        }
    }
    if !level.steps.is_sorted_by_key(|step| step.after_min) {
        findings.add(
            format!("{path}.steps"),
            "шаги стоят не по времени; расставьте их по after_min от меньшего к большему",
        );
    }
}

/// What is repeated says how often and until when.
fn check_repeat(path: &str, step: &Step, findings: &mut Findings) {
    if let Some(every) = step.repeat_every_min {
        findings.number(&format!("{path}.repeat_every_min"), every, 1..=AFTER_MIN_MAX, " минут");
    }
    if let Some(until) = step.until_min {
        findings.number(&format!("{path}.until_min"), until, step.after_min..=AFTER_MIN_MAX, " минут");
    }
    if step.repeat_every_min.is_some() != step.until_min.is_some() {
        findings.add(path, "повтору нужны оба числа: repeat_every_min — как часто, until_min — до какой минуты");
    }
}

/// Whoever stands in the shifts is on duty, whatever the role.
fn is_anybody(document: &Document, role: Role) -> bool {
    let is_by_shift = document.shifts.iter().any(|shift| shift.role == role);
    is_by_shift || document.people.iter().any(|person| person.role == role)
}

fn role_title(role: Role) -> &'static str {
    match role {
        Role::Duty => "дежурным (duty)",
        Role::Senior => "старшим (senior)",
        Role::Owner => "владельцем (owner)",
    }
}
