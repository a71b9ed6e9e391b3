//! «Взять услуги и мастеров»: first what would change, in words; then, agreed to, the next version of the document.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use nochnik_core::business::CalendarEntry;
use tower_sessions::Session;

use super::{PAGE, count_check, heading, kept, page_of, title};
use crate::calendar_import::{self, Told};
use crate::calendar_setup;
use crate::document_change::Objection;
use crate::web::look::{Part, console, icon};
use crate::web::settings::{Filled, seen_input};
use crate::web::viewer::Viewer;
use crate::web::{Shared, Trouble};

/// A page is given up at twenty seconds; seventy masters are read in these.
const READ_MAX: Duration = Duration::from_secs(18);
/// What was agreed to.
const PLAN: &str = "plan";
const OTHER_NOW: &str = "Пока вы смотрели, в календаре что-то изменилось. Проверьте, что получится теперь";

/// `POST /console/calendars/of/{account}/import`: shows what would change, or saves what was agreed to.
pub async fn take(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(account): Path<String>,
    session: Session,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let document = viewer.salon.document();
    let entry = calendar_setup::entry(document, &account).ok_or(Trouble::NotFound)?;
    count_check(&web, &viewer).await?;
    let asked = Filled { texts, objection: None };
    let offered = match calendar_import::read(entry, READ_MAX).await {
        Ok(offered) => offered,
        Err(objection) => return Ok(refused(&viewer, entry, None, &objection)),
    };
    let told = match calendar_import::merge(&mut document.clone(), &account, &offered) {
        Ok(told) => told,
        Err(objection) => return Ok(refused(&viewer, entry, None, &objection)),
    };
    let plan = asked.text(PLAN);
    if plan.is_empty() || told.is_nothing() {
        return Ok(page(&viewer, entry, Some(&told), None).into_response());
    }
    if plan != told.fingerprint() {
        return Ok(refused(&viewer, entry, Some(&told), &Objection::new("", OTHER_NOW)));
    }
    let by = crate::document_change::By { seen: asked.seen(), ..super::by(&viewer) };
    match calendar_import::save(&web.store, by, account, offered).await? {
        Ok(()) => kept(&session, done(&told)).await,
        Err(objection) => Ok(refused(&viewer, entry, Some(&told), &objection)),
    }
}

/// What the list of calendars says next.
fn done(told: &Told) -> Vec<String> {
    let sentence = |line: &String| format!("{line}.");
    std::iter::once("Взято и сохранено:".to_owned()).chain(told.new.iter().chain(&told.changed).map(sentence)).collect()
}

fn refused(viewer: &Viewer, entry: &CalendarEntry, told: Option<&Told>, objection: &Objection) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page(viewer, entry, told, Some(objection))).into_response()
}

fn page(viewer: &Viewer, entry: &CalendarEntry, told: Option<&Told>, objection: Option<&Objection>) -> Markup {
    let back = page_of(entry.account());
    let head = format!("Услуги и мастера из {}", title(&entry.kind));
    let body = html! {
        main .main #main {
            (heading(&head))
            div .stack.narrow {
                @if let Some(objection) = objection { p .note.red role="alert" { (icon("circle-alert")) span { (objection.whole()) } } }
                @if let Some(told) = told {
                    @if told.is_nothing() { p .note { (icon("circle-check")) span { "Менять нечего: всё уже как в календаре." } } }
                    @for (title, lines) in told.parts() {
                        section .card { h2 { (title) } ul .list { @for line in lines { li { (line) } } } }
                    }
                    @if !told.is_nothing() {
                        form .stack method="post" action={ (back) "/import" } {
                            (seen_input(viewer))
                            input type="hidden" name=(PLAN) value=(told.fingerprint());
                            button .button.main-action type="submit" { "Сохранить" }
                        }
                        p .quiet.small { "Ничего не удаляется. Прежние настройки останутся в «Что менялось»." }
                    }
                }
                a .button.plain href=(if told.is_some_and(|told| !told.is_nothing()) { back } else { PAGE.to_owned() }) { "Назад" }
            }
        }
    };
    console(viewer, Part::More, &head, &body)
}
