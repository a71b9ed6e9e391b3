//! Pushes to a person's browser: switched on, tried, listed, switched off. Their card stands on «Ещё».
//!
//! What a browser gives when it subscribes is a secret: it is kept for the courier and shown to nobody again.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nochnik_adapters::Failure;
use nochnik_adapters::failure::codes;
use nochnik_adapters::ports::Alert;
use nochnik_store::push_devices::{self, Device};
use nochnik_store::{Sql, people};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::assets::hex;
use super::look::icon;
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, words};

/// Trial pushes of one person within the window: a test, not an alarm clock.
const TRIALS_MAX: i64 = 10;
const TRIALS_WINDOW_MS: i64 = 10 * 60_000;

const UNREADABLE: &str = "Подписка браузера не читается: обновите страницу и включите уведомления ещё раз";
const NOT_CALLED: &str = "Вас нет среди тех, кого зовут ночью: попросите владельца добавить вас в people";

/// What the page sends: the browser's own subscription, and what becomes of it.
#[derive(Deserialize)]
pub struct Wish {
    subscription: Value,
    /// Only if we know this browser already: it says that it is still there.
    #[serde(default)]
    is_known: bool,
    /// Endpoint of the subscription that the browser has given up for this one.
    #[serde(default)]
    replaces: Option<String>,
}

/// `GET /console/push/key`: what a browser subscribes with; no secret.
pub async fn key(State(web): State<Shared>) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static("text/plain"))], web.push_key.clone()).into_response()
}

/// `POST /console/push`: keeps this browser's subscription; the list comes back with this device marked.
pub async fn subscribe(
    State(web): State<Shared>,
    viewer: Viewer,
    headers: HeaderMap,
    wish: Result<Json<Wish>, JsonRejection>,
) -> Response {
    let done = match wish {
        Ok(Json(wish)) => keep(&web, &viewer, &headers, wish).await,
        Err(_) => Err(Trouble::BadForm(UNREADABLE)),
    };
    done.map_or_else(|trouble| trouble.into_json(), IntoResponse::into_response)
}

/// `POST /console/push/{id}/off`: forgets one of the person's own devices.
pub async fn off(State(web): State<Shared>, viewer: Viewer, Path(id): Path<String>) -> Result<Redirect, Trouble> {
    forget(&web, &viewer, &id).await?;
    Ok(Redirect::to("/console/more#push"))
}

/// `POST /console/push/{id}/try`: one trial push to one of the person's own devices, at once.
pub async fn trial(State(web): State<Shared>, viewer: Viewer, Path(id): Path<String>) -> Response {
    match ring(&web, &viewer, &id).await {
        Ok((is_sent, text)) => Json(json!({ "is_sent": is_sent, "text": text })).into_response(),
        Err(trouble) => trouble.into_json(),
    }
}

/// The card of the viewer's own devices; an observer, who may take no case, has none.
pub async fn card(web: &Web, viewer: &Viewer) -> Result<Markup, Trouble> {
    if !viewer.may_do("/console/push") {
        return Ok(html! {});
    }
    if !viewer.salon.is_called(&viewer.person) {
        return Ok(html! {
            section .card.stack {
                h2 { "Уведомления на этом устройстве" }
                p .quiet { "Ночью зовут тех, кто есть в документе бизнеса, в разделе people. Вас, «" (viewer.person) "», там нет: попросите владельца добавить." }
            }
        });
    }
    let devices = devices(web, viewer).await?;
    Ok(html! {
        section .card.stack #push {
            h2 { "Уведомления на этом устройстве" }
            p .quiet { "Ночной вызов придёт и сюда, даже когда кабинет закрыт. Имени и телефона клиента на заблокированном экране не будет." }
            p .note #push-state role="status" hidden {
                span .when-amber { (icon("circle-alert")) }
                span .when-green { (icon("circle-check")) }
                span {}
            }
            div .row #push-acts hidden {
                button .button.main-action #push-on type="button" hidden { (icon("bell-ring")) "Включить" }
                button .button #push-try type="button" hidden { (icon("send-horizontal")) "Прислать пробное" }
                button .button.plain #push-off type="button" hidden { "Выключить" }
            }
            div #push-devices { (list(viewer, &devices, None)) }
        }
    })
}

async fn keep(web: &Web, viewer: &Viewer, headers: &HeaderMap, wish: Wish) -> Result<Markup, Trouble> {
    if !viewer.salon.is_called(&viewer.person) {
        return Err(Trouble::BadForm(NOT_CALLED));
    }
    let port = web.desk.push(&viewer.business).ok_or(Trouble::NotReady)?;
    let subscription = wish.subscription.to_string();
    port.check_address(&subscription).map_err(Trouble::BadForm)?;
    let endpoint = wish.subscription["endpoint"].as_str().ok_or(Trouble::BadForm(UNREADABLE))?;
    let (id, now_ms) = (device_id(endpoint), web.desk.now().as_millisecond());
    let device = Device {
        id: id.clone(),
        person_id: viewer.person.clone(),
        subscription,
        name: browser_name(headers),
        since_ms: now_ms,
        seen_ms: now_ms,
    };
    let (business, replaced) = (viewer.business.clone(), wish.replaces.as_deref().map(device_id));
    let job = move |sql: &mut dyn Sql| {
        if let Some(old) = replaced.as_ref().filter(|old| **old != device.id) {
            push_devices::remove(sql, &business, &device.person_id, old)?;
        }
        if wish.is_known {
            return push_devices::renew(sql, &business, &device).map(drop);
        }
        push_devices::put(sql, &business, &device)
    };
    web.store.write(job).await?;
    Ok(list(viewer, &devices(web, viewer).await?, Some(&id)))
}

async fn devices(web: &Web, viewer: &Viewer) -> Result<Vec<Device>, Trouble> {
    let (business, person) = (viewer.business.clone(), viewer.person.clone());
    Ok(web.store.read(move |sql| push_devices::of_person(sql, &business, &person)).await?)
}

async fn forget(web: &Web, viewer: &Viewer, id: &str) -> Result<(), Trouble> {
    let (business, person, id) = (viewer.business.clone(), viewer.person.clone(), id.to_owned());
    web.store.write(move |sql| push_devices::remove(sql, &business, &person, &id)).await?;
    Ok(())
}

/// Whether it left, and a sentence for the person.
async fn ring(web: &Web, viewer: &Viewer, id: &str) -> Result<(bool, &'static str), Trouble> {
    let device = devices(web, viewer).await?.into_iter().find(|device| device.id == id).ok_or(Trouble::NotFound)?;
    let (business, subject) = (viewer.business.clone(), format!("push:{}", viewer.person));
    let now_ms = web.desk.now().as_millisecond();
    let count = move |sql: &mut dyn Sql| people::count_attempt(sql, &business, &subject, now_ms, TRIALS_WINDOW_MS);
    if web.store.write(count).await? > TRIALS_MAX {
        return Err(Trouble::TooMany { after_s: TRIALS_WINDOW_MS.unsigned_abs() / 1_000 });
    }
    let port = web.desk.push(&viewer.business).ok_or(Trouble::NotReady)?;
    let alert = Alert {
        title: viewer.salon.document().name.clone(),
        text: "Пробное уведомление: так придёт ночной вызов.".to_owned(),
        link: Some("/console".to_owned()),
        picture: None,
    };
    let told = match port.send(&device.subscription, &alert, &format!("try:{id}:{now_ms}")).await {
        Ok(_) => return Ok((true, "Отправлено: уведомление придёт через несколько секунд.")),
        Err(Failure::Refused { code, .. }) if code == codes::UNREACHABLE => {
            forget(web, viewer, id).await?;
            "Браузер больше не принимает наши уведомления. Включите их заново."
        }
        Err(Failure::Broken { hint, .. }) => hint,
        Err(_) => {
            "Служба уведомлений этого браузера не отвечает. Ночью позовём другим способом, если он у вас есть; попробуйте позже."
        }
    };
    Ok((false, told))
}

fn list(viewer: &Viewer, devices: &[Device], this: Option<&str>) -> Markup {
    let today = viewer.salon.wall(viewer.now_ms).date();
    let seen = |device: &Device| words::near_day(viewer.salon.wall(device.seen_ms).date(), today).to_lowercase();
    html! {
        @if devices.is_empty() { p .quiet.small { "Пока не включены ни на одном устройстве." } }
        @else {
            h3 .small.quiet { "Включены на устройствах" }
            ul .list {
                @for device in devices {
                    @let is_this = this == Some(device.id.as_str());
                    li data-device=[is_this.then_some(&device.id)] {
                        div .spread.middle {
                            div {
                                (device.name)
                                div .quiet.small { @if is_this { "это устройство" } @else { "кабинет открывали: " (seen(device)) } }
                            }
                            form method="post" action={ "/console/push/" (device.id) "/off" } hidden[is_this] {
                                button .button.plain type="submit" aria-label={ "Убрать: " (device.name) } { "Убрать" }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Follows from the endpoint, which nobody can guess and which therefore does not stand in a page.
fn device_id(endpoint: &str) -> String {
    hex(&Sha256::digest(endpoint)[..16])
}

/// «Chrome, Android», as far as the browser tells.
pub fn browser_name(headers: &HeaderMap) -> String {
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let first = |known: &[(&str, &'static str)], otherwise| {
        known.iter().find(|(sign, _)| agent.contains(sign)).map_or(otherwise, |(_, name)| *name)
    };
    // Browsers name their ancestors, too: the youngest sign comes first.
    let browser = first(
        &[
            ("YaBrowser", "Яндекс Браузер"),
            ("SamsungBrowser", "Samsung Internet"),
            ("OPR/", "Opera"),
            ("Edg", "Edge"),
            ("Firefox", "Firefox"),
            ("FxiOS", "Firefox"),
            ("CriOS", "Chrome"),
            ("Chrome", "Chrome"),
            ("Safari", "Safari"),
        ],
        "Браузер",
    );
    let system = first(
        &[
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Android", "Android"),
            ("Windows", "Windows"),
            ("Mac OS", "macOS"),
            ("Linux", "Linux"),
        ],
        "",
    );
    if system.is_empty() { browser.to_owned() } else { format!("{browser}, {system}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_as_people_know_it() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
                "Chrome, Android",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0.0.0 YaBrowser/25.10.0 Mobile Safari/537.36",
                "Яндекс Браузер, Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/26.0 Mobile/15E148 Safari/604.1",
                "Safari, iPhone",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge, Windows",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox, Linux"),
            ("curl/8.5.0", "Браузер"),
        ] {
            let headers = HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_static(agent))]);
            assert_eq!(browser_name(&headers), name, "{agent}");
        }
        assert_eq!(browser_name(&HeaderMap::new()), "Браузер");
    }
}
