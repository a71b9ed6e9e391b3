//! «Каналы»: where clients may write, how each channel is doing, the round trip of a test message, switching off.
//!
//! Everybody of the staff sees the list; only an owner opens a channel, because its page shows secrets of its webhook.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nochnik_adapters::channels;
use nochnik_adapters::ports::Kind;
use nochnik_core::business::ChannelEntry;
use nochnik_store::{Sql, conversations, messages, people};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::desk::{ChannelHealth, Health};
use super::live::{LIVE, STEADY};
use super::look::{Part, console, icon, mark};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, words};
use crate::channel_setup::{self, ByHand, Change, Installation};
use crate::document_change::Objection;

/// A test message is waited for so long.
const TRIAL_MS: i64 = 10 * 60_000;
/// A vendor's clock may go so far behind ours.
const CLOCK_MS: i64 = 60_000;
/// How far back the list looks for the last word said in a channel.
const SAID_MS: i64 = 30 * 24 * 3_600_000;
/// Live checks of one login within the window: each asks an address that the form names.
const CHECKS_MAX: i64 = 20;
const CHECKS_WINDOW_MS: i64 = 10 * 60_000;
/// Key of [`Answered`] in a session.
const ANSWERED: &str = "channel";

/// The last live check that went well.
#[derive(Serialize, Deserialize)]
struct Answered {
    account: String,
    name: String,
    at_ms: i64,
}

/// `GET /console/channels`
pub async fn page(State(web): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    let may_set = viewer.may_open("/console/channels/of/{account}");
    let said = said(&web, &viewer).await?;
    let health = web.desk.health();
    let document = viewer.salon.document();
    let body = html! {
        main .main #main {
            div .head { h1 { "Каналы" } }
            div .stack {
                section .card {
                    h2 { "Где вам могут писать" }
                    @if document.channels.is_empty() { p .quiet { "Здесь появятся мессенджеры, в которых отвечает Ночник. Включите первый — это занимает пять минут." } }
                    ul .list.channels {
                        @for (entry, said_ms) in document.channels.iter().zip(said) {
                            li {
                                div {
                                    @if may_set { a href={ (page_of(entry.account())) } { (title(entry)) } } @else { (title(entry)) }
                                    @if entry.id.is_some() { " " span .quiet { (entry.account()) } }
                                    div .quiet.small { @if is_for_staff(entry) { "для своих: зовёт дежурных" } @else { (last_word(&viewer, said_ms)) } }
                                }
                                (state(&viewer, &health, entry))
                            }
                        }
                    }
                }
                @if may_set { (choice(document)) }
                @else { p .quiet { "Включает и выключает каналы владелец." } }
            }
        }
    };
    Ok(console(&viewer, Part::More, "Каналы", &body))
}

/// `GET /console/channels/of/{account}`
pub async fn one(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(account): Path<String>,
    session: Session,
) -> Result<Markup, Trouble> {
    let answered = session.get::<Answered>(ANSWERED).await.map_err(|error| Trouble::broken(&error))?;
    let answered = answered.filter(|answered| answered.account == account);
    show(&web, &viewer, &account, answered.as_ref(), None).await
}

/// `POST /console/channels/of/{account}/check`: asks the vendor who we are; a test message is waited for from then on.
pub async fn check(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(account): Path<String>,
    session: Session,
) -> Result<Response, Trouble> {
    let entry = entry(&viewer, &account)?;
    count_check(&web, &viewer).await?;
    match installation(&web).ask(&viewer.business, entry).await {
        Ok(name) => {
            note_answer(&session, &account, name, viewer.now_ms).await?;
            Ok(Redirect::to(&page_of(&account)).into_response())
        }
        Err(objection) => {
            let page = show(&web, &viewer, &account, None, Some(&objection)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// `GET /console/channels/of/{account}/off`: what will not be answered any more.
pub async fn off_page(viewer: Viewer, Path(account): Path<String>) -> Result<Markup, Trouble> {
    Ok(off_question(&viewer, entry(&viewer, &account)?, None))
}

/// `POST /console/channels/of/{account}/off`
pub async fn off(State(web): State<Shared>, viewer: Viewer, Path(account): Path<String>) -> Result<Response, Trouble> {
    let entry = entry(&viewer, &account)?;
    let change = Change::Off(account.clone());
    match channel_setup::save(&web.store, &viewer.business, change, &viewer.login, viewer.now_ms).await? {
        Ok(_) => Ok(Redirect::to("/console/channels").into_response()),
        Err(objection) => {
            let page = off_question(&viewer, entry, Some(&objection));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// The live piece of a channel's page: how it does, and whether the test message has come since the check.
pub async fn inside(web: &Web, viewer: &Viewer, account: &str, since_ms: Option<i64>) -> Result<Markup, Trouble> {
    let entry = entry(viewer, account)?;
    let heard = match since_ms {
        Some(since_ms) => heard(web, viewer, entry, since_ms).await?,
        None => None,
    };
    Ok(html! {
        div .row { p { "Состояние" } (state(viewer, &web.desk.health(), entry)) }
        @if is_for_staff(entry) { (for_staff()) }
        @else if let Some(since_ms) = since_ms { (trial(viewer, entry, since_ms, heard)) }
    })
}

/// The address of a channel's page.
pub fn page_of(account: &str) -> String {
    format!("/console/channels/of/{account}")
}

/// The channel of the document, or no such page.
pub fn entry<'a>(viewer: &'a Viewer, account: &str) -> Result<&'a ChannelEntry, Trouble> {
    channel_setup::entry(viewer.salon.document(), account).ok_or(Trouble::NotFound)
}

/// Remembers who the vendor said we are, for the page that follows.
pub async fn note_answer(session: &Session, account: &str, name: String, at_ms: i64) -> Result<(), Trouble> {
    let answered = Answered { account: account.to_owned(), name, at_ms };
    session.insert(ANSWERED, answered).await.map_err(|error| Trouble::broken(&error))
}

/// A check goes out to an address of the form's: nobody scans the network with it.
pub async fn count_check(web: &Web, viewer: &Viewer) -> Result<(), Trouble> {
    let (business, subject, now_ms) = (viewer.business.clone(), format!("channel:{}", viewer.login), viewer.now_ms);
    let job = move |sql: &mut dyn Sql| people::count_attempt(sql, &business, &subject, now_ms, CHECKS_WINDOW_MS);
    if web.store.write(job).await? > CHECKS_MAX {
        return Err(Trouble::TooMany { after_s: CHECKS_WINDOW_MS.unsigned_abs() / 1_000 });
    }
    Ok(())
}

pub fn installation(web: &Web) -> Installation {
    Installation::new(&web.key, web.place.public_url.clone()).with_grants_of(&web.store)
}

async fn show(
    web: &Web,
    viewer: &Viewer,
    account: &str,
    answered: Option<&Answered>,
    objection: Option<&Objection>,
) -> Result<Markup, Trouble> {
    let entry = entry(viewer, account)?;
    let since_ms = answered.map(|answered| answered.at_ms);
    let live = format!("/console/live?view=channel&id={account}&since={}", since_ms.unwrap_or_default());
    let path = page_of(account);
    let by_hand = installation(web).by_hand(&viewer.business, entry);
    // What is left to do comes first; later it only stands there.
    let is_new = answered.is_some();
    let body = html! {
        main .main #main {
            (heading(title(entry)))
            div .stack.narrow {
                @if let Some(answered) = answered { p .note.green role="status" { (icon("circle-check")) span { "Отвечает: " b { (answered.name) } } } }
                @if let Some(objection) = objection { p .note.red role="alert" { (icon("circle-alert")) span { (objection.whole()) } } }
                @if let Some(by_hand) = by_hand.as_ref().filter(|_| is_new) { (hand_card(by_hand)) }
                section .card.stack {
                    div .stack hx-sse:connect=(live) hx-trigger=(LIVE) hx-config=(STEADY) hx-swap="innerMorph" { (inside(web, viewer, account, since_ms).await?) }
                    form method="post" action={ (path) "/check" } { button .button type="submit" { (icon("activity")) "Проверить связь" } }
                }
                @if let Some(by_hand) = by_hand.as_ref().filter(|_| !is_new) { (hand_card(by_hand)) }
                section .card.more {
                    @if entry.kind == channels::widget::KIND.name { a href="/console/channels/site" { (icon("store")) "Поставить чат на сайт" } }
                    @if channel_setup::kind(&entry.kind).is_some_and(|kind| !kind.fields.is_empty()) {
                        a href={ (path) "/edit" } { (icon("rotate-ccw")) "Заменить ключ или настройки" }
                    }
                    a href={ (path) "/off" } { (icon("x")) "Выключить канал" }
                }
            }
        }
    };
    Ok(console(viewer, Part::More, title(entry), &body))
}

/// The head of a page below the list.
pub fn heading(words: &str) -> Markup {
    html! {
        div .head.deep {
            a .back href="/console/channels" aria-label="К каналам" { (icon("arrow-left")) }
            h1 { (words) }
        }
    }
}

fn off_question(viewer: &Viewer, entry: &ChannelEntry, objection: Option<&Objection>) -> Markup {
    let account = entry.account();
    let called = channel_setup::called_by(viewer.salon.document(), account);
    let body = html! {
        main .main #main {
            (heading(&format!("Выключить {}?", title(entry))))
            div .stack.narrow {
                @if let Some(objection) = objection { p .note.red role="alert" { (icon("circle-alert")) span { (objection.whole()) } } }
                section .card.stack {
                    @if is_for_staff(entry) { p { "Дежурные больше не получат там ни заявок, ни кнопок." } }
                    @else {
                        p { "Тем, кто туда пишет, Ночник больше не ответит, и заявок оттуда не будет." }
                        p { "Напоминания тем, кто записался оттуда, пойдут другим путём или не пойдут вовсе: звоните сами." }
                    }
                    @if !called.is_empty() { p .problem { (icon("triangle-alert")) "Этим каналом ночью зовут: " (called.join(", ")) "." } }
                    p .quiet { "Разговоры и записи останутся. Включить снова можно в любой день, понадобится ключ." }
                    form .row method="post" action={ (page_of(account)) "/off" } {
                        button .button.main-action type="submit" { "Выключить" }
                        a .button.plain href=(page_of(account)) { "Оставить" }
                    }
                }
            }
        }
    };
    console(viewer, Part::More, "Выключить канал", &body)
}

fn choice(document: &nochnik_core::business::Document) -> Markup {
    let is_offered = |kind: &&Kind| {
        let is_messenger = kind.has_hook || kind.can_poll;
        is_messenger || !kind.fields.is_empty() && document.channels.iter().all(|entry| entry.kind != kind.name)
    };
    html! {
        section .card {
            h2 { "Добавить канал" }
            div .more {
                @for kind in channels::kinds().into_iter().filter(is_offered) {
                    a href={ "/console/channels/add/" (kind.name) } {
                        (icon("radio"))
                        span { (kind.title) @if channel_setup::needs_address(kind) { span .quiet.small { " · нужен адрес с HTTPS" } } }
                    }
                }
            }
        }
    }
}

fn hand_card(by_hand: &ByHand) -> Markup {
    html! {
        section .card.stack {
            h2 { "Скажите мессенджеру, куда присылать сообщения" }
            ol .numbered { @for step in by_hand.steps { li { (step) } } }
            (to_copy("callback", "Callback URL", &by_hand.address))
            (to_copy("verify", "Verify token", &by_hand.word))
            p .quiet.small { "Никому их не показывайте: по ним узнают ваш Ночник." }
        }
    }
}

/// A line to be copied by one tap into a page of somebody else's.
pub fn to_copy(id: &str, label: &str, text: &str) -> Markup {
    html! {
        div .field {
            label for=(id) { (label) }
            div .copy {
                input id=(id) value=(text) readonly;
                button .button type="button" data-copy=(id) aria-label={ "Скопировать: " (label) } { "Скопировать" }
            }
        }
    }
}

fn trial(viewer: &Viewer, entry: &ChannelEntry, since_ms: i64, heard_ms: Option<i64>) -> Markup {
    if let Some(heard_ms) = heard_ms {
        let at = words::clock(viewer.salon.wall(heard_ms).time());
        return html! {
            p .note.green role="status" { (icon("circle-check")) span { b { "Сообщение дошло" } ", " (at) ". Канал принимает сообщения; ответ Ночника смотрите там же." } }
        };
    }
    if viewer.now_ms - since_ms > TRIAL_MS {
        return html! {
            p .note.amber role="status" { (icon("triangle-alert")) span { "За десять минут ничего не пришло. Проверьте, туда ли писали, и нажмите «Проверить связь» ещё раз." } }
        };
    }
    html! {
        p .note role="status" { (icon("phone")) span { "Теперь проверка с другой стороны: " (whither(entry)) " слово «проверка». Как только сообщение дойдёт, здесь станет зелено." } }
    }
}

/// A bot for the staff is of use to nobody before it knows them.
fn for_staff() -> Markup {
    html! {
        p .note { (icon("phone")) span { "Познакомьте его с дежурными: " a .link href="/console/people" { "Дежурные" } " → «Подключить мессенджер». Человек находит бота по имени в мессенджере портала и шлёт ему код; дальше бот пишет и зовёт сам." } }
    }
}

fn is_for_staff(entry: &ChannelEntry) -> bool {
    channel_setup::kind(&entry.kind).is_some_and(|kind| kind.is_for_staff)
}

fn whither(entry: &ChannelEntry) -> String {
    match channel_setup::kind(&entry.kind).filter(|kind| kind.has_hook || kind.can_poll) {
        Some(kind) => format!("откройте {} на телефоне и напишите туда, как клиент,", kind.title),
        None => "откройте чат на сайте и напишите, как клиент,".to_owned(),
    }
}

fn title(entry: &ChannelEntry) -> &str {
    channel_setup::kind(&entry.kind).map_or(entry.kind.as_str(), |kind| kind.title)
}

fn state(viewer: &Viewer, health: &Health, entry: &ChannelEntry) -> Markup {
    let prefix = format!("Канал {}: ", entry.account());
    let is_ours =
        |(id, why): &(String, String)| Some(why.strip_prefix(&prefix)?.to_owned()).filter(|_| *id == viewer.business);
    if let Some(why) = health.unopened.iter().find_map(is_ours) {
        return ailing("не открывается", &why);
    }
    let is_it = |way: &&ChannelHealth| way.business == viewer.business && way.account == entry.account();
    match health.channels.iter().find(is_it).map(|way| &way.trouble) {
        None => mark("blue", "clock", "подключается"),
        Some(None) => mark("green", "circle-check", "на связи"),
        Some(Some((since, why))) => {
            let at = words::moment(viewer.salon.wall(since.as_millisecond()), viewer.salon.wall(viewer.now_ms));
            let preposition = if at == "вчера" { "со" } else { "с" };
            ailing(&format!("не работает {preposition} {at}"), why)
        }
    }
}

fn ailing(what: &str, why: &str) -> Markup {
    html! { div .ailing { (mark("red", "triangle-alert", what)) p .small { (why) } } }
}

fn last_word(viewer: &Viewer, said_ms: Option<i64>) -> String {
    let told = |at_ms| words::moment(viewer.salon.wall(at_ms), viewer.salon.wall(viewer.now_ms));
    said_ms.map_or("за месяц разговоров не было".to_owned(), |at_ms| {
        format!("последний разговор: {}", told(at_ms))
    })
}

/// When something was last said in each channel of the document, in its order.
async fn said(web: &Web, viewer: &Viewer) -> Result<Vec<Option<i64>>, Trouble> {
    let (business, since_ms) = (viewer.business.clone(), viewer.now_ms - SAID_MS);
    let accounts: Vec<(String, String)> =
        viewer.salon.document().channels.iter().map(|entry| (entry.kind.clone(), entry.account().to_owned())).collect();
    let job = move |sql: &mut dyn Sql| {
        let last =
            |(kind, account): &(String, String)| conversations::last_said_ms(sql, &business, kind, account, since_ms);
        accounts.iter().map(last).collect::<Result<Vec<_>, _>>()
    };
    Ok(web.store.read(job).await?)
}

async fn heard(web: &Web, viewer: &Viewer, entry: &ChannelEntry, since_ms: i64) -> Result<Option<i64>, Trouble> {
    let (business, kind, account) = (viewer.business.clone(), entry.kind.clone(), entry.account().to_owned());
    let since_ms = since_ms.max(viewer.now_ms - 2 * TRIAL_MS) - CLOCK_MS;
    Ok(web.store.read(move |sql| messages::last_heard_ms(sql, &business, &kind, &account, since_ms)).await?)
}
