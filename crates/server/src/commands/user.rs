//! `nochnik user add`: lets somebody into the console, or gives them a new password.

use std::io::BufRead;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use nochnik_store::businesses;

use crate::app::App;
use crate::cli::say;
use crate::commands::serve::now;
use crate::config::Config;
use crate::web::{self, Role};

/// Asks for the password (or reads one line) and saves the login.
pub async fn add(config: Config, business: &str, login: &str, role: &str, from_stdin: bool) -> Result<ExitCode> {
    let role = Role::parse(role).context("Такой роли нет: owner, manager или observer")?;
    let password = if from_stdin { first_line()? } else { asked()? };
    let app = App::open(config).await?;
    let id = business.to_owned();
    if app.store.read(move |sql| businesses::get_version(sql, &id)).await?.is_none() {
        bail!("Бизнеса «{business}» нет. Посмотрите список: nochnik business list");
    }
    let login = login.to_lowercase();
    web::set_password(&app.store, business, &login, role, &password, now().as_millisecond()).await?;
    app.store.close().await;
    say(&[format!("Готово: {login}, {}. Прежние сеансы закончены", role.title())])
}

fn first_line() -> Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("Пароль не прочитался")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn asked() -> Result<String> {
    let prompt = dialoguer::Password::new()
        .with_prompt("Пароль, не короче 12 знаков")
        .with_confirmation("Ещё раз", "Пароли не совпали, повторите");
    prompt.interact().context("Пароль не спросить: нет терминала. Передайте его так: --password-stdin")
}
