//! `nochnik duty`: who is on duty at a moment and who would be called; who stands in, who is away.

use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use nochnik_core::business::{Business, Means, Person, Settings};
use nochnik_core::duty::{on_duty, problems, stretches};
use nochnik_core::escalation::{Forecast, Skip, Why, forecast};
use nochnik_core::values::PersonId;
use nochnik_core::wall;
use nochnik_store::{Sql, StoreError, duty, push_devices};

use super::business::stored;
use super::serve::now;
use crate::app::App;
use crate::cli::{AbsenceCommand, DutyCommand, OverrideCommand, say};
use crate::config::Config;
use crate::duty_words::{self, name};
use crate::opener::Vendors;

/// How far ahead the shifts and what is amiss with them are told.
const AHEAD: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A lead that just deserves a call.
const SCORE: f64 = 0.71;

/// Tells who is on duty: at a moment, with a reason step by step; else the next seven days.
pub async fn show(config: Config, business: &str, at: Option<&str>, why: Option<&str>) -> Result<ExitCode> {
    let app = App::open(config).await?;
    let settings = Vendors::of(&app)?.with_lines(stored(&app, business).await?);
    let id = business.to_owned();
    let now_ms = now().as_millisecond();
    let read = move |sql: &mut dyn Sql| {
        let changes = nochnik_engine::duty_changes(sql, &id, 0)?;
        Ok((changes, duty::swaps(sql, &id, now_ms)?, push_devices::people(sql, &id)?))
    };
    let (changes, swaps, pushed) = app.store.read(read).await?;
    app.store.close().await;
    let business =
        Business { settings: settings.with_pushed(pushed), changes: changes.into(), busy: std::sync::Arc::default() };
    let at_moment = at.map(|text| moment(&business.settings, text, now())).transpose()?;
    let lines = match (at_moment, why) {
        (None, None) => {
            let mut lines = week(&business, now());
            lines.extend(
                swaps.iter().filter(|swap| swap.state == "asked").map(|swap| swap_line(&business.settings, swap)),
            );
            lines
        }
        (at, None) => vec![at_the_desk(&business, at.unwrap_or_else(now))],
        (at, Some(why)) => {
            let at = at.unwrap_or_else(now);
            let mut lines = vec![at_the_desk(&business, at)];
            lines.extend(steps(&business, reason(why)?, at));
            lines
        }
    };
    say(&lines)
}

/// Notes, lists or takes back what differs from the shifts for once.
pub async fn change(config: Config, business: &str, command: DutyCommand) -> Result<ExitCode> {
    let app = App::open(config).await?;
    let settings = stored(&app, business).await?;
    let id = business.to_owned();
    let (lines, now) = (settings.clone(), now());
    let job = match command {
        DutyCommand::Override(command) => overriding(&settings, id, command, now)?,
        DutyCommand::Absence(command) => absent(&settings, id, command, now)?,
    };
    let told = app.store.write(move |sql| job(sql, &lines)).await?;
    app.store.close().await;
    say(&told)
}

type Job = Box<dyn Fn(&mut dyn Sql, &Settings) -> Result<Vec<String>, StoreError> + Send + Sync>;

fn overriding(settings: &Settings, business: String, command: OverrideCommand, now: Timestamp) -> Result<Job> {
    Ok(match command {
        OverrideCommand::Add { person, instead_of, from, to } => {
            let (from_ms, to_ms) = span(settings, &from, &to, now)?;
            let instead_of = instead_of.map(|id| known(settings, &id)).transpose()?.unwrap_or_default();
            let change = duty::Override { id: 0, person_id: known(settings, &person)?, instead_of, from_ms, to_ms };
            Box::new(move |sql, settings| {
                let id = duty::put_override(sql, &business, &change)?;
                Ok(vec![override_line(settings, &duty::Override { id, ..change.clone() })])
            })
        }
        OverrideCommand::List => Box::new(move |sql, settings| {
            let rows = duty::overrides(sql, &business, now.as_millisecond())?;
            Ok(listed(rows.iter().map(|row| override_line(settings, row)).collect(), "Подмен нет."))
        }),
        OverrideCommand::Remove { id } => Box::new(move |sql, _| {
            Ok(vec![removed(duty::remove_override(sql, &business, id)?, "nochnik duty override list")])
        }),
    })
}

fn absent(settings: &Settings, business: String, command: AbsenceCommand, now: Timestamp) -> Result<Job> {
    Ok(match command {
        AbsenceCommand::Add { person, from, to } => {
            let (from_ms, to_ms) = span(settings, &from, &to, now)?;
            let absence = duty::Absence { id: 0, person_id: known(settings, &person)?, from_ms, to_ms };
            Box::new(move |sql, settings| {
                let id = duty::put_absence(sql, &business, &absence)?;
                Ok(vec![absence_line(settings, &duty::Absence { id, ..absence.clone() })])
            })
        }
        AbsenceCommand::List => Box::new(move |sql, settings| {
            let rows = duty::absences(sql, &business, now.as_millisecond())?;
            Ok(listed(rows.iter().map(|row| absence_line(settings, row)).collect(), "Никто не отсутствует."))
        }),
        AbsenceCommand::Remove { id } => Box::new(move |sql, _| {
            Ok(vec![removed(duty::remove_absence(sql, &business, id)?, "nochnik duty absence list")])
        }),
    })
}

fn listed(lines: Vec<String>, nothing: &str) -> Vec<String> {
    if lines.is_empty() { vec![nothing.to_owned()] } else { lines }
}

fn removed(is_removed: bool, list: &str) -> String {
    if is_removed {
        "Убрано.".to_owned()
    } else {
        format!("Такой записи нет. Какие есть: {list}")
    }
}

/// «12: Марина, вместо: Ольга, пт, 27 ноября, 20:00 – сб, 28 ноября, 09:00».
fn override_line(settings: &Settings, row: &duty::Override) -> String {
    format!("{}: {}", row.id, duty_words::stands_in(settings, row))
}

fn absence_line(settings: &Settings, row: &duty::Absence) -> String {
    format!("{}: {}", row.id, duty_words::is_away(settings, row))
}

/// «Ждёт ответа о подмене: Марина → Ольга, пт, 27 ноября, 20:00 – сб, 28 ноября, 09:00».
fn swap_line(settings: &Settings, swap: &duty::Swap) -> String {
    let (asker, other) = (name(settings, &swap.asker_id), name(settings, &swap.other_id));
    let back =
        swap.takes_ms.map(|(from_ms, to_ms)| format!(", взамен: {}", duty_words::span(settings, from_ms, to_ms)));
    let gives = duty_words::span(settings, swap.gives_ms.0, swap.gives_ms.1);
    format!("Ждёт ответа о подмене: {asker} → {other}, {gives}{}", back.unwrap_or_default())
}

fn span(settings: &Settings, from: &str, to: &str, now: Timestamp) -> Result<(i64, i64)> {
    let begins_at = moment(settings, from, now)?;
    let ends_at = moment(settings, to, begins_at)?;
    if begins_at >= ends_at {
        bail!("«{to}» не позже, чем «{from}». Проверьте дни и часы");
    }
    Ok((begins_at.as_millisecond(), ends_at.as_millisecond()))
}

fn known(settings: &Settings, id: &str) -> Result<String> {
    if settings.person(&PersonId::new(id)).is_some() {
        return Ok(id.to_owned());
    }
    let ids: Vec<&str> = settings.document.people.iter().map(|person| person.id.as_str()).collect();
    Err(anyhow!("Человека с id «{id}» нет. Есть: {}", ids.join(", ")))
}

/// «2026-11-29 02:10», or «вс 02:10» as the reader understands it from `now` on.
fn moment(settings: &Settings, text: &str, now: Timestamp) -> Result<Timestamp> {
    let today = settings.wall(now);
    let wall = text.parse::<DateTime>().ok().or_else(|| {
        let when = settings.reader.read(text, None, today).when?.value;
        let at = when.from_at?;
        let on = when.from_on.unwrap_or(today.date());
        let is_past = on.to_datetime(at) < today && when.from_on.is_none();
        Some(if is_past { on.tomorrow().ok()? } else { on }.to_datetime(at))
    });
    let wall =
        wall.with_context(|| format!("«{text}» не похоже на день и час; пишите «вс 02:10» или «2026-11-29 02:10»"))?;
    settings.zone.to_timestamp(wall).with_context(|| format!("Время «{text}» не читается"))
}

fn reason(text: &str) -> Result<Why> {
    serde_json::from_value(text.into())
        .with_context(|| format!("Причины «{text}» нет; есть, например, hot, urgent, medical, complaint, human, score"))
}

/// «вс, 29 ноября, 02:10: дежурит Марина».
fn at_the_desk(business: &Business, at: Timestamp) -> String {
    let people = on_duty(&business.settings, &business.changes, at);
    let names: Vec<String> = people.iter().map(|person| person.name.clone()).collect();
    let verb = if names.len() > 1 { "дежурят" } else { "дежурит" };
    let moment = told_moment(&business.settings, at);
    if names.is_empty() {
        format!("{moment}: никто не дежурит")
    } else {
        format!("{moment}: {verb} {}", wall::list(&names))
    }
}

fn told_moment(settings: &Settings, at: Timestamp) -> String {
    let at = settings.wall(at);
    format!("{}, {}", wall::date(at.date()), wall::time(at))
}

/// The shifts of the coming days and what is amiss with them.
fn week(business: &Business, from: Timestamp) -> Vec<String> {
    let Business { settings, changes, .. } = business;
    let to = from.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
    let told = |span: nochnik_core::duty::Span| wall::span(settings.wall(span.from), settings.wall(span.to));
    let mut lines: Vec<String> = stretches(settings, changes, from, to)
        .iter()
        .map(|stretch| format!("{}: {}", told(stretch.span), name(settings, stretch.person.as_str())))
        .collect();
    let found = problems(settings, changes, from, to);
    if !found.is_empty() {
        lines.push("Нужно внимание:".to_owned());
        lines.extend(found.iter().map(|problem| format!("  {}", problem.text(settings))));
    }
    lines
}

/// What would happen if a case for this reason came up and nobody answered.
fn steps(business: &Business, why: Why, at: Timestamp) -> Vec<String> {
    let found = forecast(business, &[why], SCORE, at);
    if found.iter().all(|step| step.called.is_err()) {
        return vec![format!("{}: позвать некого, случай ждёт утра", wall::capitalised(why.title()))];
    }
    let heading = format!("{}, если никто не ответит:", wall::capitalised(why.title()));
    std::iter::once(heading).chain(found.iter().map(|step| step_line(&business.settings, step))).collect()
}

fn step_line(settings: &Settings, step: &Forecast) -> String {
    let head = format!("  {}, ступень {}", told_moment(settings, step.at), step.level);
    match &step.called {
        Ok(people) => {
            let called: Vec<String> = people.iter().map(|id| called(settings, id, step.means)).collect();
            format!("{head}: {}", called.join("; "))
        }
        Err(Skip::NotForThis) => format!("{head}: пропущено, ступень не для этого случая"),
        Err(Skip::Nobody) => format!("{head}: пропущено, звать некого"),
        Err(Skip::NoMeans) => format!("{head}: пропущено, связаться нечем"),
    }
}

/// «Марина (telegram)»: the means that is used, the last one past their number.
fn called(settings: &Settings, id: &PersonId, means: u8) -> String {
    let Some(person) = settings.person(id) else { return id.to_string() };
    format!("{} ({})", person.name, account(person, means))
}

fn account(person: &Person, means: u8) -> &str {
    let place = usize::from(means.max(1) - 1).min(person.means.len().saturating_sub(1));
    person.means.get(place).map_or("", Means::account)
}
