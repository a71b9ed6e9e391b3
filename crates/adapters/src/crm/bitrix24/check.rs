//! Explains the portal to its owner: access, rights, mode, and what was made on it.

use jiff::Timestamp;
use serde_json::json;

use crate::bitrix24::call::{Care, Portal};
use super::refs::Entity;
use super::terms::{ORIGINATOR, TAGS_FIELD};
use super::setup::Ground;
use super::{Errand, Mode, Options};
use crate::failure::Failure;

const SCOPE: &str = "crm";

/// Asks who we are and what we may, makes source and field, and says it in sentences.
pub async fn check(portal: &Portal, options: &Options) -> Result<Vec<String>, Failure> {
    let mut lines = vec![access(portal).await?];
    let scopes = portal.call("scope", &json!({}), Care::Asks).await?.unwrap_or_default();
    let scopes = scopes.as_array();
    let has = |name: &str| scopes.is_none_or(|scopes| scopes.iter().any(|scope| scope == name));
    let whom = if portal.app().is_some() { "Приложению" } else { "Вебхуку" };
    if !has(SCOPE) {
        lines.push(format!("{whom} не хватает права «CRM (crm)»: отметьте его в настройках на портале."));
        return Ok(lines);
    }
    let ground = Ground::prepare(portal, options, Timestamp::UNIX_EPOCH).await?;
    lines.push(mode(&ground, options));
    lines.push(source(&ground, options));
    lines.push(tags(&ground));
    let entity = options.entity(&ground);
    lines.push(options.responsible.told());
    if options.errand == Errand::Task {
        lines.push(match has("task") || has("tasks") {
            true => "Дежурному ставится задача со сроком, привязанная к карточке.".to_owned(),
            false => format!("{whom} не хватает права «Задачи (task, tasks)»: вместо задачи дежурный получит дело в карточке."),
        });
    }
    lines.extend(ground.stages.told(&options.stages, entity));
    lines.extend(options.mapping.told(entity, &ground.shapes));
    Ok(lines)
}

async fn access(portal: &Portal) -> Result<String, Failure> {
    let host = portal.host();
    Ok(match portal.call("profile", &json!({}), Care::Asks).await? {
        Ok(profile) => {
            let name = [&profile["NAME"], &profile["LAST_NAME"]].map(|name| name.as_str().unwrap_or_default()).join(" ");
            let who = if portal.app().is_some() { "Доступ дал сотрудник" } else { "Вебхук создан сотрудником" };
            format!("Портал {host} отвечает. {who}: {}.", name.trim())
        }
        Err(_) => format!("Портал {host} отвечает."),
    })
}

fn mode(ground: &Ground, options: &Options) -> String {
    match (options.mode, ground.is_simple) {
        (Mode::Auto, false) => "На портале включены лиды: каждая заявка станет лидом.",
        (Mode::Auto, true) => "Лиды на портале выключены: каждая заявка станет контактом и сделкой.",
        (Mode::Simple, _) => "По вашей настройке каждая заявка станет контактом и сделкой.",
        (Mode::Lead, false) => "По вашей настройке каждая заявка станет лидом.",
        (Mode::Lead, true) => {
            "В настройках выбраны лиды, но на портале они выключены: портал сам превратит их в сделки. Лучше mode = \"auto\"."
        }
    }
    .to_owned()
}

fn source(ground: &Ground, options: &Options) -> String {
    match &options.source_id {
        Some(id) => format!("Источник заявок: {id}."),
        None if ground.has_source => format!("Источник заявок: «Ночник» ({ORIGINATOR})."),
        None => "Источник «Ночник» создать не удалось: нужен вебхук администратора CRM. Заявки придут с источником по умолчанию.".to_owned(),
    }
}

fn tags(ground: &Ground) -> String {
    let is_whole = [Entity::Lead, Entity::Deal].iter().all(|entity| ground.tagged.contains(entity.name()));
    if is_whole {
        format!("Поле «Метки Ночника» ({TAGS_FIELD}) есть: по нему можно отобрать ночные заявки.")
    } else {
        "Поле «Метки Ночника» создать не удалось: нужен вебхук администратора CRM. Ночные заявки видны по «[ночной]» в названии.".to_owned()
    }
}
