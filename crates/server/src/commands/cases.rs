//! `nochnik cases`: how people answered when they were called; one case step by step.

use std::process::ExitCode;

use anyhow::{Result, bail};
use jiff::Timestamp;
use nochnik_core::business::Settings;
use nochnik_core::wall;
use nochnik_engine::case_report::{self, CaseReport};

use super::business::stored;
use super::serve::now;
use crate::app::App;
use crate::case_words;
use crate::cli::say;
use crate::config::Config;

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// Cases listed below the summary: the newest.
const LISTED_MAX: usize = 30;

/// The last days in figures and the newest cases, or one case with its steps.
pub async fn show(config: Config, business: &str, days: u16, case: Option<&str>) -> Result<ExitCode> {
    let app = App::open(config).await?;
    let settings = stored(&app, business).await?;
    let (id, to_ms) = (business.to_owned(), now().as_millisecond());
    let from_ms = to_ms - i64::from(days) * DAY_MS;
    let wanted = case.map(str::to_owned);
    let reports = app
        .store
        .read(move |sql| match &wanted {
            Some(case) => Ok(case_report::of_case(sql, &id, case)?.into_iter().collect()),
            None => case_report::opened(sql, &id, from_ms, to_ms),
        })
        .await?;
    app.store.close().await;
    match (case, reports.first()) {
        (Some(case), None) => bail!("Дела «{case}» нет. Какие есть: nochnik cases --of {business}"),
        (Some(_), Some(report)) => say(&steps(&settings, report)),
        (None, _) => say(&last_days(&settings, &reports)),
    }
}

fn last_days(settings: &Settings, reports: &[CaseReport]) -> Vec<String> {
    let mut lines = case_words::summary(settings, &case_report::summary(reports));
    lines.extend(reports.iter().take(LISTED_MAX).map(|report| line(settings, report)));
    lines
}

/// «dialog/c1: пт, 20 ноября, 02:10:01, просит человека — взято за 3 мин».
fn line(settings: &Settings, report: &CaseReport) -> String {
    let case = &report.case;
    let day = settings.wall(Timestamp::from_millisecond(case.opened_at_ms).unwrap_or(Timestamp::MAX)).date();
    let end = match report.taken_after_ms() {
        Some(after_ms) if after_ms < HOUR_MS => {
            format!("взято через {} мин {} с", after_ms / 60_000, after_ms / 1_000 % 60)
        }
        Some(after_ms) => format!("взято через {}", wall::minutes_short(after_ms.unsigned_abs() / 60_000)),
        None => "не взято".to_owned(),
    };
    let at = case_words::clock(settings, case.opened_at_ms);
    format!("{}: {}, {at}, {} — {end}", case.id, wall::date(day), case.why)
}

fn steps(settings: &Settings, report: &CaseReport) -> Vec<String> {
    let at = |step: &nochnik_store::case_steps::Step| {
        let due = case_words::clock(settings, step.due_at_ms);
        format!("{}  (срок {due})  {}", case_words::clock(settings, step.at_ms), case_words::step(settings, step))
    };
    std::iter::once(line(settings, report)).chain(report.steps.iter().map(at)).collect()
}
