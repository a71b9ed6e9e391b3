//! `nochnik user add`: lets somebody into the console, or gives them a new password; `nochnik user second-factor-off`.

use std::io::BufRead;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use nochnik_store::{Sql, audit, businesses, people, second_factors};

use crate::app::App;
use crate::cli::say;
use crate::commands::serve::now;
use crate::config::Config;
use crate::web::{self, Role};

/// Who acts, as the journal names it.
const ACTOR: &str = "terminal";

/// Asks for the password (or reads one line) and saves the login.
pub async fn add(config: Config, business: &str, login: &str, role: &str, from_stdin: bool) -> Result<ExitCode> {
    let role = Role::parse(role).context("Такой роли нет: owner, manager, observer или integrator")?;
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

/// Takes a lost second factor away; whoever is signed in with that login is out.
pub async fn second_factor_off(config: Config, business: &str, login: &str) -> Result<ExitCode> {
    let app = App::open(config).await?;
    let (id, subject, now_ms) = (business.to_owned(), login.to_lowercase(), now().as_millisecond());
    let job = move |sql: &mut dyn Sql| {
        if !second_factors::remove(sql, &id, &subject)? {
            return Ok(false);
        }
        people::end_sessions(sql, &id, &subject)?;
        let (actor, action) = (ACTOR, "second_factor_taken");
        let entry = audit::NewEntry { at_ms: now_ms, actor, action, subject: &subject, details: "{}" };
        audit::append(sql, &id, &entry)?;
        Ok(true)
    };
    let is_taken = app.store.write(job).await?;
    app.store.close().await;
    if !is_taken {
        bail!("У входа «{login}» бизнеса «{business}» второго фактора нет");
    }
    say(&[format!("Второй фактор входа «{login}» снят. Теперь хватит пароля; новый включают в «Ещё → Мои входы»")])
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
