//! «Связь»: by what people are called beside the messengers; adding a means, trying it, changing it, taking it off, and
//! who is called by it.

use std::collections::BTreeMap;

use axum::Form as Posted;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nochnik_adapters::ports::Kind;
use nochnik_core::business::{Document, MeansEntry, Way};
use nochnik_core::wall;
use tower_sessions::Session;

use super::channels::count_check;
use super::kind_form::{Filled, Form, Off, account_input};
use super::look::{icon, mark};
use super::settings::{self, frame, heading_under};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web};
use crate::desk::drawn;
use crate::document_change::{By, Objection};
use crate::kind_setup::{ID, asked};
use crate::means_setup::{self, TO, Wish, title};

const PAGE: &str = "/console/means";
/// Key in a session of what the last check or trial said.
const TOLD: &str = "means";
/// What the input of a person is called, before the person's id.
const WHO: &str = "who.";
const SENT: &str = "Отправили. Если не пришло за пару минут, проверьте имя отправителя и деньги на счёте.";

/// `GET /console/means`
pub async fn page(State(web): State<Shared>, viewer: Viewer) -> Markup {
    let unopened = web.desk.health().unopened;
    let document = viewer.salon.document();
    let inside = html! {
        section .card {
            h2 { "Чем зовём, когда мессенджера мало" }
            @if document.means.is_empty() { p .quiet { "СМС, звонок и письмо доходят и до тех, у кого мессенджер молчит. Без них ночью зовём только мессенджером и уведомлением." } }
            ul .list.channels {
                @for entry in &document.means {
                    li {
                        div {
                            @if means_setup::kind(&entry.kind).is_some() { a href=(page_of(entry.account())) { (title(&entry.kind)) } }
                            @else { (title(&entry.kind)) }
                            @if entry.id.is_some() { " " span .quiet { (entry.account()) } }
                            div .quiet.small { (whom(document, entry)) }
                        }
                        (state(&viewer, &unopened, entry))
                    }
                }
            }
        }
        section .card {
            h2 { "Добавить способ" }
            div .more { @for kind in means_setup::kinds() { a href={ (PAGE) "/add/" (kind.name) } { (icon("bell-ring")) span { (kind.title) } } } }
        }
    };
    frame(&viewer, "Связь", &settings::heading("Связь"), &inside)
}

/// `GET /console/means/add/{kind}`
pub async fn new(viewer: Viewer, Path(kind): Path<String>) -> Result<Markup, Trouble> {
    let kind = means_setup::kind(&kind).ok_or(Trouble::NotFound)?;
    Ok(form(&viewer, kind, None, ("", &Filled::default()), &[]).page(&viewer))
}

/// `POST /console/means/add/{kind}`: «Проверить и подключить».
pub async fn add(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(kind): Path<String>,
    session: Session,
    Posted(texts): Posted<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let kind = means_setup::kind(&kind).ok_or(Trouble::NotFound)?;
    submit(&web, &viewer, kind, None, &session, texts).await
}

/// `GET /console/means/of/{account}`: the form, a trial, and who is called by it.
pub async fn edit(viewer: Viewer, Path(account): Path<String>, session: Session) -> Result<Markup, Trouble> {
    let told = session.remove::<Vec<String>>(TOLD).await.map_err(|error| Trouble::broken(&error))?;
    let (kind, entry) = connected(&viewer, &account)?;
    Ok(of_entry(&viewer, kind, entry, &told.unwrap_or_default(), None))
}

/// `POST /console/means/of/{account}`: «Проверить и сохранить».
pub async fn renew(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(account): Path<String>,
    session: Session,
    Posted(texts): Posted<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let (kind, entry) = connected(&viewer, &account)?;
    submit(&web, &viewer, kind, Some(entry), &session, texts).await
}

/// `POST /console/means/of/{account}/check`: asks the vendor as it is saved; nobody is disturbed.
pub async fn check(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(account): Path<String>,
    session: Session,
) -> Result<Response, Trouble> {
    let (kind, entry) = connected(&viewer, &account)?;
    count_check(&web, &viewer).await?;
    let answer = match means_setup::open(&entry.kind, &entry.fields) {
        Ok(means) => asked(kind, means.check()).await,
        Err(problem) => Err(problem.into()),
    };
    told_or_again(&viewer, kind, entry, &session, answer).await
}

#[derive(serde::Deserialize)]
pub struct Trial {
    to: String,
}

/// `POST /console/means/of/{account}/try`: one message to an address of one's own.
pub async fn trial(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(account): Path<String>,
    session: Session,
    Posted(asked): Posted<Trial>,
) -> Result<Response, Trouble> {
    let (kind, entry) = connected(&viewer, &account)?;
    count_check(&web, &viewer).await?;
    let to = settings::phone(asked.to.trim());
    let key = drawn::<8>()?;
    let sent = means_setup::trial(kind, entry, &to, &viewer.salon.document().name, &key).await;
    told_or_again(&viewer, kind, entry, &session, sent.map(|()| vec![SENT.to_owned()])).await
}

/// `POST /console/means/of/{account}/people`: who is called by it.
pub async fn people(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(account): Path<String>,
    session: Session,
    Posted(texts): Posted<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let (kind, entry) = connected(&viewer, &account)?;
    let called: BTreeMap<String, String> = texts
        .into_iter()
        .filter_map(|(name, text)| Some((name.strip_prefix(WHO)?.to_owned(), text.trim().to_owned())))
        .filter(|(_, text)| !text.is_empty())
        .map(|(id, text)| if way(entry) == Some(Way::Email) { (id, text) } else { (id, String::new()) })
        .collect();
    let saved = means_setup::call(&web.store, by(&viewer), account, called).await?;
    let answer = saved.map(|_| vec!["Сохранили, кого звать.".to_owned()]);
    told_or_again(&viewer, kind, entry, &session, answer).await
}

/// `GET /console/means/of/{account}/off`
pub async fn off_page(viewer: Viewer, Path(account): Path<String>) -> Result<Markup, Trouble> {
    Ok(off_question(&viewer, &account)?.page(&viewer, None))
}

/// `POST /console/means/of/{account}/off`
pub async fn off(State(web): State<Shared>, viewer: Viewer, Path(account): Path<String>) -> Result<Response, Trouble> {
    let question = off_question(&viewer, &account)?;
    Ok(question.follow(&viewer, means_setup::off(&web.store, by(&viewer), account).await?))
}

fn connected<'v>(viewer: &'v Viewer, account: &str) -> Result<(&'static Kind, &'v MeansEntry), Trouble> {
    let entry = means_setup::entry(viewer.salon.document(), account).ok_or(Trouble::NotFound)?;
    Ok((means_setup::kind(&entry.kind).ok_or(Trouble::NotFound)?, entry))
}

fn by(viewer: &Viewer) -> By<'_> {
    By { business: &viewer.business, actor: &viewer.login, seen: None, now_ms: viewer.now_ms }
}

/// Back to the page of the entry with what was answered, or there again with what is wrong.
async fn told_or_again(
    viewer: &Viewer,
    kind: &'static Kind,
    entry: &MeansEntry,
    session: &Session,
    answer: Result<Vec<String>, Objection>,
) -> Result<Response, Trouble> {
    match answer {
        Ok(told) => kept(session, told, entry.account()).await,
        Err(objection) => {
            let page = of_entry(viewer, kind, entry, &[], Some(objection));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn kept(session: &Session, told: Vec<String>, account: &str) -> Result<Response, Trouble> {
    session.insert(TOLD, told).await.map_err(|error| Trouble::broken(&error))?;
    Ok(Redirect::to(&page_of(account)).into_response())
}

async fn submit(
    web: &Web,
    viewer: &Viewer,
    kind: &'static Kind,
    base: Option<&MeansEntry>,
    session: &Session,
    mut texts: BTreeMap<String, String>,
) -> Result<Response, Trouble> {
    let named = texts.remove(ID).unwrap_or_default();
    let mut filled = Filled::read(texts);
    match try_out(web, viewer, kind, base, (&named, &filled)).await? {
        Ok((account, told)) => kept(session, told, &account).await,
        Err(objection) => {
            filled.objection = Some(objection);
            Ok(form(viewer, kind, base, (&named, &filled), &[]).refused(viewer))
        }
    }
}

/// The account and what the check said, once it is saved.
async fn try_out(
    web: &Web,
    viewer: &Viewer,
    kind: &'static Kind,
    base: Option<&MeansEntry>,
    (named, filled): (&str, &Filled),
) -> Result<Result<(String, Vec<String>), Objection>, Trouble> {
    if let Some(unread) = filled.unread(kind).filter(|_| base.is_none()) {
        return Ok(Err(unread));
    }
    count_check(web, viewer).await?;
    let wish = Wish { kind, account: named.to_owned(), typed: filled.typed() };
    let (entry, told) = match means_setup::check(viewer.salon.document(), &wish, base).await {
        Ok(checked) => checked,
        Err(objection) => return Ok(Err(objection)),
    };
    let account = entry.account().to_owned();
    Ok(means_setup::put(&web.store, by(viewer), entry).await?.map(|_| (account, told)))
}

/// The page of an entry as the document has it.
fn of_entry(
    viewer: &Viewer,
    kind: &'static Kind,
    entry: &MeansEntry,
    told: &[String],
    objection: Option<Objection>,
) -> Markup {
    let filled = Filled { objection, ..Filled::of(&entry.fields) };
    form(viewer, kind, Some(entry), (entry.account(), &filled), told).page(viewer)
}

fn form<'a>(
    viewer: &Viewer,
    kind: &'static Kind,
    base: Option<&'a MeansEntry>,
    (named, filled): (&str, &'a Filled),
    told: &'a [String],
) -> Form<'a> {
    let action = match base {
        Some(base) => page_of(base.account()),
        None => format!("{PAGE}/add/{}", kind.name),
    };
    Form {
        own: &[ID, TO],
        more: base.is_none().then(|| account_input("Имя способа", named, filled)),
        told,
        below: base.map_or_else(|| html! {}, |base| below(viewer, base, filled, &action)),
        ..Form::of(kind, base.map(|base| &base.fields), filled, heading(kind.title), action.clone())
    }
}

/// Forms of their own: what stands unsaved in the first one takes no part.
fn below(viewer: &Viewer, entry: &MeansEntry, filled: &Filled, action: &str) -> Markup {
    html! {
        @if viewer.may_do("/console/means/of/{account}/people") { (callable(viewer.salon.document(), entry, action)) }
        @if viewer.may_do("/console/means/of/{account}/try") { (trial_card(entry, filled, action)) }
        div .row {
            form method="post" action={ (action) "/check" } { button .button.plain type="submit" { "Проверить, ничего не меняя" } }
            a .button.plain href={ (action) "/off" } { "Отключить" }
        }
    }
}

/// Who is called by it: letters need an address each, everything else goes to the phone.
fn callable(document: &Document, entry: &MeansEntry, action: &str) -> Markup {
    let is_letter = way(entry) == Some(Way::Email);
    html! {
        form .card.stack method="post" action={ (action) "/people" } {
            h2 { "Кого звать этим способом" }
            @for person in &document.people {
                @let address = means_setup::address_of(person, entry.account());
                @let name = format!("{WHO}{}", person.id);
                @if is_letter {
                    div .field {
                        label for=(name) { (person.name) }
                        input id=(name) name=(name) type="email" value=[address] autocomplete="off" placeholder="Адрес почты";
                    }
                } @else {
                    label .tick {
                        input type="checkbox" name=(name) value="yes" checked[address.is_some()];
                        span { (person.name) @if person.phone.is_empty() { span .quiet.small { " · телефон не указан" } } }
                    }
                }
            }
            p .quiet.small { @if is_letter { "Без адреса письмом не зовём." } @else { "На телефон, который стоит у человека в «Дежурных»." } }
            div .row { button .button type="submit" { "Сохранить, кого звать" } }
        }
    }
}

fn trial_card(entry: &MeansEntry, filled: &Filled, action: &str) -> Markup {
    let problem = filled.problem(TO);
    let (label, mode) = if way(entry) == Some(Way::Email) {
        ("Ваш адрес почты", "email")
    } else {
        ("Ваш телефон", "tel")
    };
    html! {
        form .card.stack method="post" action={ (action) "/try" } {
            h2 { "Проба" }
            div .field {
                label for="to" { (label) }
                input #to name="to" inputmode=(mode) autocomplete=(mode) required aria-describedby="to-help" aria-invalid=[problem.map(|_| "true")];
                @if let Some(problem) = problem { p .problem role="alert" { (icon("circle-alert")) (problem) } }
                p .help #to-help { "Придёт одно короткое сообщение, по вашему тарифу. Адрес нигде не останется." }
            }
            div .row { button .button type="submit" { "Отправить пробу себе" } }
        }
    }
}

fn off_question(viewer: &Viewer, account: &str) -> Result<Off<'static>, Trouble> {
    let entry = means_setup::entry(viewer.salon.document(), account).ok_or(Trouble::NotFound)?;
    Ok(Off {
        title: "Отключить способ связи",
        heading: heading(&format!("Отключить «{}»?", title(&entry.kind))),
        action: format!("{}/off", page_of(account)),
        back: PAGE.to_owned(),
        told: [
            "Этим способом больше никого не позовём. Остальные способы останутся как есть.",
            "Подключить снова можно в любой день, понадобится ключ.",
        ],
    })
}

fn way(entry: &MeansEntry) -> Option<Way> {
    means_setup::open(&entry.kind, &entry.fields).ok().map(|means| means.way())
}

/// «Марина и Олег».
fn whom(document: &Document, entry: &MeansEntry) -> String {
    let names = means_setup::called_by(document, entry.account());
    if names.is_empty() { "никого не зовём".to_owned() } else { wall::list(&names) }
}

fn state(viewer: &Viewer, unopened: &[(String, String)], entry: &MeansEntry) -> Markup {
    let head = format!("Способ связи {}:", entry.account());
    match unopened.iter().find(|(business, why)| *business == viewer.business && why.starts_with(&head)) {
        Some(_) => mark("red", "circle-alert", "не открывается"),
        None => mark("green", "circle-check", "подключён"),
    }
}

fn heading(words: &str) -> Markup {
    heading_under(PAGE, "К связи", words)
}

fn page_of(account: &str) -> String {
    format!("{PAGE}/of/{account}")
}
