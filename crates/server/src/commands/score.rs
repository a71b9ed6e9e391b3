//! `nochnik score`: what a lead's score is made of, and how well it foretells.

use std::process::ExitCode;

use anyhow::{Context, Result};
use jiff::Timestamp;
use nochnik_core::lead::Sign;
use nochnik_core::score::{Bin, OUTCOMES_MAX, OUTCOMES_MIN, Refit, Weights};
use nochnik_core::wall;
use nochnik_store::scores;

use super::business::stored;
use crate::app::App;
use crate::cli::say;
use crate::config::Config;

pub async fn show(config: Config, business: &str) -> Result<ExitCode> {
    let app = App::open(config).await?;
    let settings = stored(&app, business).await?;
    let id = business.to_owned();
    let limit = i64::try_from(OUTCOMES_MAX).unwrap_or(i64::MAX);
    let (last, outcomes) =
        app.store.read(move |sql| Ok((scores::last(sql, &id)?, scores::outcomes(sql, &id, limit)?.len()))).await?;
    app.store.close().await;
    let Some(last) = last else {
        let mut lines = vec![waiting(outcomes)];
        lines.extend(table(&Weights::default()));
        return say(&lines);
    };
    let refit: Refit = serde_json::from_str(&last.refit).context("отчёт о подборе весов не читается")?;
    let made = settings.wall(Timestamp::from_millisecond(last.made_at_ms)?);
    let mut lines = vec![verdict(&refit, &wall::date(made.date()))];
    lines.extend(table(&if refit.is_used { refit.weights.clone() } else { Weights::default() }));
    lines.push(format!("Проверено на {}, которых подбор не видел:", cases(refit.held_out)));
    lines.extend(refit.calibration.iter().map(point));
    say(&lines)
}

fn waiting(outcomes: usize) -> String {
    if outcomes < OUTCOMES_MIN {
        format!(
            "Веса заданы вручную. Свои подбираются, когда известно, чем кончились {OUTCOMES_MIN} дел; пока известно {outcomes}."
        )
    } else {
        "Веса заданы вручную. Свои подбираются раз в неделю, скоро появятся.".to_owned()
    }
}

fn verdict(refit: &Refit, made: &str) -> String {
    let (by_hand, fitted) = (comma(refit.loss_by_hand), comma(refit.loss));
    let learned = cases(refit.outcomes);
    if refit.is_used {
        format!("Веса подобраны {made}: изучено {learned}. Ошибка {fitted}, с заданными вручную была бы {by_hand}.")
    } else {
        format!(
            "Веса заданы вручную: подобранные {made} (изучено {learned}) ошибаются больше — {fitted} против {by_hand}."
        )
    }
}

fn cases(count: usize) -> String {
    wall::count(count as u64, "дело", "дела", "дел")
}

/// One sign a line: what it adds, and what it would add by hand.
fn table(weights: &Weights) -> Vec<String> {
    let line =
        |title: &str, weight: f64, by_hand: f64| format!("  {title:<22} {:>5}  {:>5}", signed(weight), signed(by_hand));
    let mut lines = vec![format!("  {:<22} {:>5}  {:>5}", "признак", "вес", "вручную")];
    lines.push(line("ничего не известно", weights.bias, Sign::BIAS));
    lines.extend(Sign::ALL.iter().map(|sign| line(sign.title(), weights.of(*sign), sign.weight())));
    lines
}

fn point(bin: &Bin) -> String {
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    format!("  обещано {}, сбылось {} ({})", percent(bin.foretold), percent(bin.came_true), cases(bin.count))
}

fn signed(weight: f64) -> String {
    let sign = if weight < 0.0 { '−' } else { '+' };
    format!("{sign}{}", comma(weight.abs()))
}

fn comma(figure: f64) -> String {
    format!("{figure:.2}").replace('.', ",")
}
