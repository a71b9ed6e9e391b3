//! A page of ours among the portal's own: put there, taken away, and who opens it.
//!
//! Source: b24-rest-docs `api-reference/widgets/placement-bind.md`, `placement-get.md`, `placement-unbind.md`,
//! `crm/analytics-menu.md`, `settings/app-installation`, read 2026-11-22.

use reqwest::Url;
use serde_json::{Value, json};

use super::find::id_of;
use crate::bitrix24::app::App;
use crate::bitrix24::batch::{Batch, Command};
use crate::bitrix24::call::{Care, Portal, Said};
use crate::failure::Failure;
use crate::ports::{Forged, Grant, Visitor};

/// In the menu of «CRM → Аналитика».
const MENU: &str = "CRM_ANALYTICS_MENU";
const TITLE: &str = "Ночник";
const HINT: &str = "Битрикс24 не даёт поставить страницу. В карточке приложения на портале отметьте права «CRM (crm)» и «Встраивание приложений (placement)», подключите доступ заново от имени администратора и повторите.";

pub async fn place(portal: &Portal, address: &str, is_there: bool) -> Result<(), Failure> {
    let bound = portal.try_call("placement.get", &json!({}), Care::Asks).await?.map_err(|said| refused(&said))?;
    let is_bound = bound.as_array().is_some_and(|all| all.iter().any(|own| is_ours(own, address)));
    if is_bound == is_there {
        return Ok(());
    }
    let done = if is_there {
        let body = json!({ "PLACEMENT": MENU, "HANDLER": address, "TITLE": TITLE, "LANG_ALL": { "ru": { "TITLE": TITLE } } });
        portal.try_call("placement.bind", &body, Care::Changes).await?
    } else {
        portal.try_call("placement.unbind", &json!({ "PLACEMENT": MENU, "HANDLER": address }), Care::Changes).await?
    };
    match done {
        // `false`: it was not done.
        Ok(Value::Bool(false)) => Err(Failure::Broken { why: "the portal did not bind the page".to_owned(), hint: HINT }),
        Ok(_) => Ok(()),
        Err(said) => Err(refused(&said)),
    }
}

fn is_ours(bound: &Value, address: &str) -> bool {
    bound["placement"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(MENU)) && bound["handler"] == address
}

fn refused(said: &Said) -> Failure {
    Failure::Broken { why: said.why(), hint: HINT }
}

/// The visitor's own access must be one of this portal's for our application; it is used for this and forgotten.
pub async fn visitor(
    app: &App,
    portal: &Portal,
    body: &[u8],
    grant: Option<&Grant>,
) -> Result<Result<Visitor, Forged>, Failure> {
    let Ok(own) = app.visitor(body, grant) else { return Ok(Err(Forged)) };
    let Some(origin) = Url::parse(&own.endpoint).ok().map(|url| url.origin().ascii_serialization()) else {
        return Ok(Err(Forged));
    };
    let mut batch = Batch::default();
    batch.add("app", Command::new("app.info", &json!({})));
    batch.add("who", Command::new("profile", &json!({})));
    let Ok(seen) = portal.batch_as(&own, &batch).await? else { return Ok(Err(Forged)) };
    let (Ok(info), Ok(who)) = (seen.get("app"), seen.get("who")) else { return Ok(Err(Forged)) };
    let is_our_app = info["CODE"].as_str() == Some(app.client_id());
    let visitor = id_of(&who["ID"]).map(|id| Visitor { id, is_admin: who["ADMIN"] == true, origin });
    Ok(visitor.filter(|_| is_our_app).ok_or(Forged))
}
