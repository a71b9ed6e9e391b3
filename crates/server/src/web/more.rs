//! «Ещё»: the parts that do not fit the bar, the theme, the way out.

use axum::Form;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::look::{Part, console, icon};
use super::viewer::{THEME_COOKIE, Viewer};
use super::{Shared, Trouble, push};

/// A year: the choice of a theme is a habit.
const THEME_S: u32 = 365 * 24 * 3_600;

#[derive(Deserialize)]
pub struct ThemeForm {
    theme: String,
}

/// `GET /console/more`
pub async fn page(State(web): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    let push = push::card(&web, &viewer).await?;
    let body = html! {
        main .main #main {
            div .head { h1 { "Ещё" } }
            div .stack {
                nav .card.more aria-label="Разделы" {
                    @if viewer.may_open("/console/escalations") { a .narrow-only href="/console/escalations" { (icon("bell-ring")) "Эскалации" } }
                    @if viewer.may_open("/console/leads") { a .narrow-only href="/console/leads" { (icon("thermometer-sun")) "Лиды" } }
                    @if viewer.may_open("/console/numbers") { a .narrow-only href="/console/numbers" { (icon("chart-column")) "Аналитика" } }
                    @if viewer.may_open("/console/settings") { a href="/console/settings" { (icon("settings")) "Настройки" } }
                    a href="/console/channels" { (icon("radio")) "Каналы" }
                    @if viewer.may_open("/console/crm") { a href="/console/crm" { (icon("id-card")) "CRM" } }
                    @if viewer.may_open("/console/calendars") { a href="/console/calendars" { (icon("calendar-days")) "Календари" } }
                    a href="/console/people" { (icon("moon-star")) "Дежурные" }
                    @if viewer.may_open("/console/lessons") { a href="/console/lessons" { (icon("sunrise")) "Разобрать" } }
                    a href="/console/check" { (icon("shield-check")) "Проверка" }
                    @if viewer.may_open("/console/journal") { a href="/console/journal" { (icon("sticky-note")) "Журнал" } }
                    @if viewer.may_open("/console/keys") { a href="/console/keys" { (icon("database")) "Ключи доступа" } }
                    @if viewer.may_open("/console/subscribers") { a href="/console/subscribers" { (icon("send-horizontal")) "Вебхуки" } }
                    a href="/console/logins" { (icon("user-round-check")) "Мои входы" }
                    @if viewer.may_open("/console/delivery") { a .narrow-only href="/console/delivery" { (icon("truck")) "Доставка" } }
                    a .narrow-only href="/console/state" { (icon("activity")) "Состояние" }
                    a href="/" { (icon("store")) "Чат глазами клиента" }
                }
                (push)
                (themes(viewer.theme))
                section .card {
                    h2 { (viewer.salon.document().name) }
                    p .quiet { "Вы вошли как " (viewer.salon.person(&viewer.person)) ", " (viewer.role.title()) "." }
                    p .quiet.small { "Документ бизнеса, версия " (viewer.salon.version()) }
                    form .more method="post" action="/logout" { button type="submit" { (icon("log-out")) "Выйти" } }
                }
            }
        }
    };
    Ok(console(&viewer, Part::More, "Ещё", &body))
}

/// `POST /console/theme`; an unknown word follows the device.
pub async fn theme(State(web): State<Shared>, _viewer: Viewer, Form(form): Form<ThemeForm>) -> Response {
    let theme = match form.theme.as_str() {
        "light" => "light",
        "dark" => "dark",
        _ => "auto",
    };
    let secure = if web.place.is_https() { "; Secure" } else { "" };
    let cookie = format!("{THEME_COOKIE}={theme}; Path=/; Max-Age={THEME_S}; SameSite=Strict; HttpOnly{secure}");
    ([(SET_COOKIE, cookie)], Redirect::to("/console/more")).into_response()
}

fn themes(chosen: &str) -> Markup {
    html! {
        form .card method="post" action="/console/theme" {
            h2 { "Тема" }
            div .row {
                @for (theme, label) in [("auto", "Как на устройстве"), ("light", "Светлая"), ("dark", "Тёмная")] {
                    button .chip type="submit" name="theme" value=(theme) aria-current=[(theme == chosen).then_some("true")] { (label) }
                }
            }
        }
    }
}
