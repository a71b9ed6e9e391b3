//! The log of a case in words: for the terminal and for the page.

use jiff::Timestamp;
use nochnik_core::business::Settings;
use nochnik_core::wall;
use nochnik_engine::case_report::{LATE_MS, Share, Summary, lateness_ms};
use nochnik_store::case_steps::Step;

/// «02:10:03».
pub fn clock(settings: &Settings, at_ms: i64) -> String {
    let at = settings.wall(Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::MAX));
    format!("{}:{:02}", wall::time(at), at.second())
}

pub fn name(settings: &Settings, id: &str) -> String {
    settings.document.person_name(id).unwrap_or(id).to_owned()
}

/// «зовём: Марина, telegram, ступень 2; ушло за 2 с».
pub fn step(settings: &Settings, step: &Step) -> String {
    let who = name(settings, &step.person_id);
    match step.what.as_str() {
        "opened" => format!("понадобился человек: {}", step.detail),
        "called" => format!("зовём: {who}, {}, ступень {}; {}", step.means, step.level, fate(step)),
        "taken" => format!("«Беру»: {who}"),
        "passed" => format!("«Не могу»: {who}"),
        "morning" => "в утренней очереди".to_owned(),
        _ if step.detail.is_empty() => "закрыто".to_owned(),
        _ => format!("закрыто: {}", step.detail),
    }
}

fn fate(step: &Step) -> String {
    let after = seconds(lateness_ms(step));
    match (step.sent_at_ms, step.delivery.as_str()) {
        (_, "failed") => "не дошло".to_owned(),
        (None, _) => "не ушло".to_owned(),
        (Some(_), "delivered") => format!("ушло за {after}, дошло"),
        (Some(_), "acknowledged") => format!("ушло за {after}, ответ клавишей"),
        (Some(_), _) => format!("ушло за {after}"),
    }
}

fn seconds(ms: i64) -> String {
    format!("{:.1} с", ms.max(0) as f64 / 1_000.0).replace('.', ",")
}

/// What a week of cases says of the duty, a line a fact.
pub fn summary(settings: &Settings, summary: &Summary) -> Vec<String> {
    let cases = wall::count(summary.cases as u64, "дело", "дела", "дел");
    let calls = wall::count(summary.calls as u64, "вызов", "вызова", "вызовов");
    let mut lines = vec![format!("Всего {cases}. {}", share("Все вместе", summary.all))];
    lines.push(format!(
        "{calls}; позже срока больше чем на {} с — {}, самый поздний — через {}.",
        LATE_MS / 1_000,
        summary.late_calls,
        seconds(summary.latest_ms)
    ));
    lines.extend(summary.people.iter().map(|(id, own)| share(&name(settings, id), *own)));
    lines.extend(summary.levels.iter().map(|(level, own)| share(&format!("Ступень {level}"), *own)));
    lines
}

/// «Марина: звали 8, взято 6, за пять минут 5 (63 %).»
fn share(who: &str, share: Share) -> String {
    let percent = 100.0 * share.in_time as f64 / share.called.max(1) as f64;
    format!("{who}: звали {}, взято {}, за пять минут {} ({percent:.0} %).", share.called, share.taken, share.in_time)
}
