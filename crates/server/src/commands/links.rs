//! `nochnik links`: what clients open and press, in numbers.

use std::process::ExitCode;

use anyhow::Result;
use nochnik_core::wall;
use nochnik_engine::Clock;
use nochnik_store::links::{self, Clicks, Link};

use super::business::stored;
use crate::app::App;
use crate::cli::say;
use crate::config::Config;

const DAY_MS: i64 = 86_400_000;
const LINKS_MAX: i64 = 1_000;

/// Prints each link and each kind of button: how often it was shown and taken within the last `days`.
pub async fn show(config: Config, business: &str, days: u16) -> Result<ExitCode> {
    let app = App::open(config).await?;
    stored(&app, business).await?;
    let (owner, from) = (business.to_owned(), Clock::System.now_ms().div_euclid(DAY_MS) - i64::from(days) + 1);
    let read = app.store.read(move |sql| Ok((links::list(sql, &owner, LINKS_MAX)?, links::since(sql, &owner, from)?)));
    let (known, counted) = read.await?;
    app.store.close().await;
    if counted.is_empty() {
        return say(&["За это время клиентам не показывали ни ссылок, ни кнопок.".to_owned()]);
    }
    say(&counted.iter().map(|clicks| line(clicks, &known)).collect::<Vec<_>>())
}

fn line(clicks: &Clicks, known: &[Link]) -> String {
    let title = match clicks.what.split_once(':') {
        Some(("link", code)) => {
            let link = known.iter().find(|link| link.code == code);
            link.map_or_else(|| format!("ссылка {code}"), |link| link.target.clone())
        }
        Some(("button", kind)) => format!("кнопка {}", button(kind)),
        _ => clicks.what.clone(),
    };
    let shown = u64::try_from(clicks.shown).unwrap_or_default();
    let share = if clicks.shown == 0 { String::new() } else { format!(" — {} %", clicks.taken * 100 / clicks.shown) };
    let times = wall::count(shown, "показ", "показа", "показов");
    format!("{title}: {times}, открыли или нажали {}{share}", clicks.taken)
}

/// What stands on the buttons of a kind.
fn button(kind: &str) -> &str {
    match kind {
        "svc" => "с услугой",
        "slot" => "со временем",
        "other" => "«Другое время»",
        "yes" => "«Да, всё верно»",
        "change" => "«Изменить»",
        "will" => "«Буду»",
        "move" => "«Перенести»",
        "cancel" => "«Отменить»",
        "rate" => "с оценкой",
        "human" => "«Администратор»",
        "book" => "«Записаться»",
        "price" => "«Узнать цену»",
        "wait" => "листа ожидания",
        other => other,
    }
}
