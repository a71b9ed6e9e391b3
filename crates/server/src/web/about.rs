//! «О бизнесе»: how it is called and where it is, and who answers for personal data.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use maud::{Markup, html};
use nochnik_core::business::Document;

use super::meanwhile::{alone, caught_up};
use super::settings::{self, Filled, Input, follow, frame, heading, problems, save, seen_input};
use super::viewer::Viewer;
use super::{Shared, Trouble};
use crate::document_change::{Deed, Objection, Problems};

pub const PATH: &str = "/console/settings/about";
const INPUTS: [&str; 6] = ["name", "city", "address", "phone", "operator", "policy_url"];

/// `GET /console/settings/about`
pub async fn page(State(_): State<Shared>, viewer: Viewer) -> Markup {
    show(&viewer, &filled_of(viewer.salon.document()))
}

fn filled_of(about: &Document) -> Filled {
    Filled::of([
        ("name", about.name.clone()),
        ("city", about.city.clone()),
        ("address", about.address.clone()),
        ("phone", about.phone.clone()),
        ("operator", about.privacy.operator.clone()),
        ("policy_url", about.privacy.policy_url.clone()),
    ])
}

/// `POST /console/settings/about`
pub async fn change(
    State(web): State<Shared>,
    viewer: Viewer,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let mut filled = caught_up(&web, &viewer, texts, alone, |document| filled_of(document).texts).await?;
    if filled.objection.is_none() {
        let said = INPUTS.map(|name| filled.text(name).to_owned());
        let deed = Deed { action: "about", subject: String::new() };
        let saved = save(&web, &viewer, filled.seen(), deed, move |document| put(document, &said)).await?;
        filled.objection = saved.map(|objection| objection.beside(&INPUTS));
    }
    follow(&filled, "/console/settings", |filled| Ok(show(&viewer, filled)))
}

/// Puts name, city, address, phone, operator and the policy's address into a document.
pub fn put(document: &mut Document, said: &[String; 6]) -> Result<(), Objection> {
    let [name, city, address, phone, operator, policy_url] = said;
    let mut problems = Problems::default();
    if name.is_empty() {
        problems.note("name", "Напишите, как вас называют клиенты");
    }
    if operator.is_empty() {
        problems.note("operator", "Закон требует назвать, кто собирает данные: «ИП Иванова А. А.»");
    }
    let is_page = |uri: Uri| uri.scheme_str() == Some("https") && uri.host().is_some();
    if !policy_url.is_empty() && !policy_url.parse().is_ok_and(is_page) {
        problems.note("policy_url", "Нужен адрес страницы, который начинается с https://");
    }
    problems.finish(|| Some(()))?;
    document.name.clone_from(name);
    document.city.clone_from(city);
    document.address.clone_from(address);
    document.phone = settings::phone(phone);
    document.privacy.operator.clone_from(operator);
    document.privacy.policy_url.clone_from(policy_url);
    Ok(())
}

fn show(viewer: &Viewer, filled: &Filled) -> Markup {
    let input = |name, label, help, mode| Input { name, label, help, mode }.show(filled);
    let inside = html! {
        form .stack method="post" {
            (seen_input(viewer))
            (problems(filled))
            section .card.stack {
                (input("name", "Название", "Так бот представится: Салон красоты «Лотос»", "text"))
                (input("city", "Город", "", "text"))
                (input("address", "Адрес", "Как объяснили бы дорогу: улица, дом, вход", "text"))
                (input("phone", "Телефон", "Куда клиент может позвонить днём: 8 (863) 555-02-00", "tel"))
            }
            section .card.stack {
                h2 { "Персональные данные" }
                (input("operator", "Кто собирает данные", "ИП или организация, как в документах: закон требует назвать её в первом сообщении", "text"))
                (input("policy_url", "Политика обработки данных", "Адрес страницы на вашем сайте: https://…", "url"))
            }
            button .button.main-action type="submit" { "Сохранить" }
        }
    };
    frame(viewer, "О бизнесе", &heading("О бизнесе"), &inside)
}
