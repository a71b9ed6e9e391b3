//! Explains the account to its owner: access, pipeline, responsible, and what was made in it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::Value;

use super::Options;
use super::call::{self, Account, Talk};
use super::fields::{Fields, OURS};
use super::find::id_of;
use super::stages::Stages;
use super::staff;
use crate::failure::Failure;

/// The kind of the stage «Неразобранное», where no lead may be put.
pub const UNSORTED: i64 = 1;

/// Asks who we are and what we may, makes our fields, and says it in sentences.
pub async fn check(account: &Account, options: &Options) -> Result<Vec<String>, Failure> {
    let talk = Talk::new(account, Timestamp::UNIX_EPOCH);
    let mut lines = vec![access(account, &talk).await?];
    lines.extend(account.token_end().map(token_end));
    lines.extend(account.app().map(|_| "Доступ дан разрешением в браузере и продлевается сам.".to_owned()));
    if account.host().ends_with("kommo.com") {
        lines.push("Серверы Kommo за границей: данные клиентов из России хранить там нельзя (152-ФЗ).".to_owned());
    }
    let pipelines = talk.one("leads/pipelines", &[]).await?.unwrap_or_default();
    lines.push(pipeline(&pipelines, options));
    lines.extend(Stages::read(&pipelines, options.pipeline_id).told(&options.stages));
    if let Some(id) = options.responsible_id {
        lines.push(responsible(&talk, id).await?);
    }
    lines.push(own_fields(&Fields::prepare(&talk, Timestamp::UNIX_EPOCH).await?));
    Ok(lines)
}

async fn access(account: &Account, talk: &Talk<'_>) -> Result<String, Failure> {
    let seen = talk.one("account", &[]).await?.ok_or_else(call::no_account)?;
    let name = seen["name"].as_str().unwrap_or_default();
    Ok(format!("amoCRM отвечает: {}, аккаунт «{name}».", account.host()))
}

fn token_end(end: Timestamp) -> String {
    format!(
        "Токен действует до {}. Продлить его нельзя: заранее создайте новый в amoМаркет → ваша интеграция → «Ключи и доступы».",
        end.strftime("%d.%m.%Y")
    )
}

fn pipeline(seen: &Value, options: &Options) -> String {
    let all = seen["_embedded"]["pipelines"].as_array().map_or(&[][..], Vec::as_slice);
    let is_it = |row: &&Value| match options.pipeline_id {
        Some(id) => id_of(row) == Some(id),
        None => row["is_main"] == true,
    };
    let Some(found) = all.iter().find(is_it) else {
        let known: Vec<String> = all.iter().map(numbered).collect();
        return format!("Воронки из настройки pipeline_id в аккаунте нет. Есть: {}.", known.join(", "));
    };
    let stages = found["_embedded"]["statuses"].as_array().map_or(&[][..], Vec::as_slice);
    let open = |row: &&Value| row["type"] != UNSORTED;
    let name = found["name"].as_str().unwrap_or_default();
    match options.status_id {
        None => format!("Заявки встанут в воронку «{name}», на её первый этап."),
        Some(id) => match stages.iter().filter(open).find(|row| id_of(row) == Some(id)) {
            Some(stage) => {
                let stage = stage["name"].as_str().unwrap_or_default();
                format!("Заявки встанут в воронку «{name}», этап «{stage}».")
            }
            None => {
                let known: Vec<String> = stages.iter().filter(open).map(numbered).collect();
                format!("Этапа {id} в воронке «{name}» нет. Есть: {}.", known.join(", "))
            }
        },
    }
}

/// «32392156 Первичный контакт».
fn numbered(row: &Value) -> String {
    format!("{} {}", row["id"], row["name"].as_str().unwrap_or_default())
}

async fn responsible(talk: &Talk<'_>, id: i64) -> Result<String, Failure> {
    let staff = staff::staff(talk).await?;
    Ok(match staff.iter().find(|person| person.id == id) {
        Some(person) => format!("Ответственный за новые заявки: {}.", person.name),
        None => format!("Сотрудника {id} в аккаунте нет или он отключён: заявки достанутся владельцу токена."),
    })
}

fn own_fields(fields: &Fields) -> String {
    let missing: Vec<&str> = OURS.iter().filter(|(code, ..)| !fields.has(code)).map(|(_, name, _)| *name).collect();
    if missing.is_empty() {
        return "Поля Ночника в сделках есть: услуга, визит и метка, по которой сделка находится.".to_owned();
    }
    format!(
        "Не удалось создать поля сделок: {}. Нужен токен администратора (Настройки → Пользователи); до того метка стоит в названии, остальное — в примечании.",
        missing.join(", ")
    )
}

/// When a token ends: it is a JWT, whose middle part says so. `None` where it is something else.
pub fn end_of(token: &str) -> Option<Timestamp> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Timestamp::from_second(claims["exp"].as_f64()? as i64).ok()
}
