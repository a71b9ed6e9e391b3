//! One dialogue: bubbles, who speaks, what was understood, the client's card, and the three acts.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use maud::{Markup, PreEscaped, html};
use nochnik_core::event::StaffAct;
use nochnik_core::limits::TEXT_CHARS_MAX;
use nochnik_core::values::BY_HAND;
use nochnik_engine::case_report::{self, CaseReport};
use nochnik_store::bookings::{Booking, BookingStatus};
use nochnik_store::conversations::Summary;
use nochnik_store::leads::Lead;
use nochnik_store::messages::{Delivery, Message};
use nochnik_store::{bookings, conversations, leads, messages};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::calendar::{self, visit};
use super::chats::{Choice, side};
use super::live::{LIVE, STEADY};
use super::look::{Part, console, heat_mark, heat_of, icon, mark};
use super::seen::{self, Record};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, ending, replies, words};

/// Bubbles of one page; the beginning of a longer talk stands in the CRM's card.
const BUBBLES_MAX: i64 = 200;
/// Visits of the client's card, the latest first; the others stand in the calendar.
const VISITS_MAX: usize = 3;
/// Bytes of the name of an act.
const NAME_BYTES: usize = 16;
/// Characters of a note to one's own people.
const NOTE_CHARS_MAX: usize = 1_000;

#[derive(Deserialize)]
pub struct ReplyForm {
    text: String,
    /// Of the box it was written in: the same words of the same box are one message, however often they arrive.
    #[serde(default)]
    once: String,
}

impl ReplyForm {
    /// The name of this act: the box and the words written in it. A form without a box, of a page older than this
    /// release, is an act of its own.
    fn name(&self) -> Option<String> {
        if self.once.is_empty() {
            return None;
        }
        let digest = Sha256::new().chain_update(&self.once).chain_update([0]).chain_update(self.text.trim()).finalize();
        Some(digest.iter().take(NAME_BYTES).map(|byte| format!("{byte:02x}")).collect())
    }
}

/// A ready reply that a person wants in the answer box, by its title.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Ready {
    reply: String,
}

/// A dialogue as the page needs it.
struct Talk {
    summary: Summary,
    messages: Vec<Message>,
    lead: Option<Lead>,
    /// Visits booked in it, the earliest first.
    bookings: Vec<Booking>,
    /// The case that calls people, or did, with every step.
    case: Option<CaseReport>,
}

/// `GET /console/chats/{id}`
pub async fn page(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(id): Path<String>,
    Query(ready): Query<Ready>,
) -> Result<Markup, Trouble> {
    let talk = load(&web, &viewer, &id).await?;
    seen::note(&web, &viewer, Record::Talk, &id).await;
    // The list stands beside it.
    seen::note(&web, &viewer, Record::Talks, "").await;
    let name = words::client_name(&talk.summary.client_name).to_owned();
    let body = html! {
        main .main.full #main {
            div .inbox.open {
                (side(&web, &viewer, &Choice::default(), Some(&id)).await?)
                section .talk #talk aria-label={ "Диалог: " (name) } {
                    div .head {
                        div .row {
                            a .back href="/console/chats" aria-label="Ко всем диалогам" { (icon("arrow-left")) }
                            h1 #name { (name) }
                        }
                        a .button.plain.to-client href="#client" { (icon("id-card")) "Карточка" }
                    }
                    div #live hx-sse:connect={ "/console/live?view=talk&id=" (id) } hx-trigger=(LIVE) hx-config=(STEADY) hx-swap="innerMorph" { (bubbles(&viewer, &talk)) }
                    (foot(&viewer, &talk, &replies::words(&viewer, &ready.reply, &talk.summary.client_name)))
                }
                (client_card(&web, &viewer, &talk))
            }
        }
    };
    Ok(console(&viewer, Part::Chats, &name, &body))
}

/// What the stream sends: the bubbles, and what stands around them.
pub async fn inside(web: &Web, viewer: &Viewer, id: &str) -> Result<Markup, Trouble> {
    let talk = load(web, viewer, id).await?;
    Ok(html! {
        (bubbles(viewer, &talk))
        @if talk.summary.channel != BY_HAND {
            div #speaker .speaker.bot[talk.summary.speaker != "person"].person[talk.summary.speaker == "person"] hx-swap-oob="true" { (speaker(viewer, &talk.summary)) }
            div #ending hx-swap-oob="innerMorph" { (ending(viewer, talk.case.as_ref())) }
        }
        h1 #name hx-swap-oob="true" { (words::client_name(&talk.summary.client_name)) }
        div #facts .stack hx-swap-oob="innerMorph" { (client_facts(web, viewer, &talk)) }
    })
}

/// `POST /console/chats/{id}/reply`: a person writes, and the bot falls silent.
pub async fn reply(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<ReplyForm>,
) -> Result<Response, Trouble> {
    let text = form.text.trim();
    if text.is_empty() {
        return Err(Trouble::BadForm("Ответ пуст"));
    }
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(Trouble::BadForm("Ответ длиннее 4 000 знаков: разбейте его на части"));
    }
    act(&web, &viewer, &id, StaffAct::Reply { text: text.to_owned() }, form.name().as_deref()).await?;
    Ok(done(&headers, &id, Some(answer_box(&id, ""))))
}

/// `POST /console/chats/{id}/note`: a word to one's own people, which the client never sees.
pub async fn note(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<ReplyForm>,
) -> Result<Response, Trouble> {
    let text = form.text.trim();
    if text.is_empty() {
        return Err(Trouble::BadForm("Заметка пуста"));
    }
    if text.chars().count() > NOTE_CHARS_MAX {
        return Err(Trouble::BadForm("Заметка длиннее 1 000 знаков: сократите её"));
    }
    act(&web, &viewer, &id, StaffAct::Note { text: text.to_owned() }, form.name().as_deref()).await?;
    Ok(done(&headers, &id, Some(note_box(&id))))
}

/// `POST /console/chats/{id}/take`: «Перехватить».
pub async fn take(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    act(&web, &viewer, &id, StaffAct::TakeOver, None).await?;
    Ok(done(&headers, &id, None))
}

/// `POST /console/chats/{id}/back`: «Вернуть боту».
pub async fn give_back(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    act(&web, &viewer, &id, StaffAct::GiveBack, None).await?;
    Ok(done(&headers, &id, None))
}

/// The engine hears of it only when the conversation is the viewer's own business's.
async fn act(web: &Web, viewer: &Viewer, id: &str, act: StaffAct, once: Option<&str>) -> Result<(), Trouble> {
    let talk = of_own(web, viewer, id).await?;
    if talk.channel == BY_HAND && !matches!(act, StaffAct::Note { .. }) {
        return Err(Trouble::BadForm("Этот клиент записан вручную: писать ему некуда"));
    }
    Ok(web.desk.staff(&viewer.business, id, &viewer.person, act, once).await?)
}

/// Refuses a conversation that is not the viewer's own business's.
pub async fn own(web: &Web, viewer: &Viewer, id: &str) -> Result<(), Trouble> {
    of_own(web, viewer, id).await.map(drop)
}

async fn of_own(web: &Web, viewer: &Viewer, id: &str) -> Result<Summary, Trouble> {
    let (business, wanted) = (viewer.business.clone(), id.to_owned());
    let found = web.store.read(move |sql| conversations::get(sql, &business, &wanted)).await?;
    found.ok_or(Trouble::NotFound)
}

/// htmx gets the new piece, or nothing when the stream will bring it; a plain form goes back to the page.
pub fn done(headers: &HeaderMap, id: &str, piece: Option<Markup>) -> Response {
    if !headers.contains_key("hx-request") {
        return Redirect::to(&format!("/console/chats/{id}")).into_response();
    }
    piece.map_or_else(|| StatusCode::NO_CONTENT.into_response(), IntoResponse::into_response)
}

async fn load(web: &Web, viewer: &Viewer, id: &str) -> Result<Talk, Trouble> {
    let (business, id) = (viewer.business.clone(), id.to_owned());
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        let Some(summary) = conversations::get(sql, &business, &id)? else { return Ok(None) };
        let messages = messages::last(sql, &business, &id, BUBBLES_MAX)?;
        let lead = leads::of_conversation(sql, &business, &id)?;
        let bookings = bookings::of_conversation(sql, &business, &id)?;
        let case = case_report::last_of(sql, &business, &id)?;
        Ok(Some(Talk { summary, messages, lead, bookings, case }))
    };
    web.store.read(job).await?.ok_or(Trouble::NotFound)
}

fn bubbles(viewer: &Viewer, talk: &Talk) -> Markup {
    let today = viewer.salon.wall(viewer.now_ms).date();
    let mut day: Option<Date> = None;
    html! {
        div .bubbles role="log" tabindex="0" aria-label="Сообщения" {
            @for message in &talk.messages {
                @let at = viewer.salon.wall(message.at_ms);
                @if day.replace(at.date()) != Some(at.date()) { div .day { (words::near_day(at.date(), today)) } }
                (bubble(viewer, &talk.summary.id, message, &words::clock(at.time())))
            }
        }
    }
}

fn bubble(viewer: &Viewer, id: &str, message: &Message, at: &str) -> Markup {
    let (class, who) = match message.author.as_str() {
        "bot" => ("bot", "Ночник"),
        "person" => ("person", message.person_id.as_deref().map_or("Менеджер", |id| viewer.salon.person(id))),
        "note" => ("remark", message.person_id.as_deref().map_or("", |id| viewer.salon.person(id))),
        _ => ("client", "Клиент"),
    };
    // What the keeper of terms leaves in place of what was said.
    let is_gone = message.author == "note" && message.text.is_empty();
    html! {
        article class={ "bubble " (class) } id={ "m" (message.seq) } {
            div .text { @if is_gone { "Сообщения до этого места удалены по сроку хранения" } @else { (message.text) } }
            @if message.file.is_some() {
                a .file href={ "/console/chats/" (id) "/file/" (message.seq) } target="_blank" rel="noopener" { (icon("paperclip")) "Открыть" }
            }
            (offered(message.buttons.as_deref()))
            (understood(message.chips.as_deref()))
            div .meta {
                @if !who.is_empty() { span { (who) } }
                span { (at) }
                (delivery(message.delivery))
            }
        }
    }
}

fn delivery(delivery: Option<Delivery>) -> Markup {
    let (picture, word) = match delivery {
        None => return html! {},
        Some(Delivery::Queued) => ("clock", "отправляется"),
        Some(Delivery::Sent) => ("check", "отправлено"),
        Some(Delivery::Delivered) => ("check-check", "доставлено"),
        Some(Delivery::Read) => ("check-check", "прочитано"),
        Some(Delivery::Failed) => {
            return html! { a .failed href="/console/delivery" { (icon("circle-alert")) "не доставлено" } };
        }
    };
    html! { (icon(picture)) span { (word) } }
}

/// The buttons the client was offered.
fn offered(json: Option<&str>) -> Markup {
    #[derive(Deserialize)]
    struct Label {
        label: String,
    }
    let labels: Vec<Label> = json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    html! { @if !labels.is_empty() { div .offered { @for each in &labels { span { (each.label) } } } } }
}

/// «маникюр · ср 25 нояб. после 18:00 · срочно»: what was understood, a JSON list of words.
fn understood(json: Option<&str>) -> Markup {
    let chips = super::leads::listed(json.unwrap_or_default());
    html! { @if !chips.is_empty() { div .understood aria-label="Ночник понял" { @for chip in &chips { span .mark { (chip) } } } } }
}

fn foot(viewer: &Viewer, talk: &Talk, words: &str) -> Markup {
    let summary = &talk.summary;
    if summary.channel == BY_HAND {
        return html! { div .foot { p .quiet { "Записан вручную: писать этому клиенту некуда, звоните." } } };
    }
    html! {
        div .foot {
            div #speaker .speaker.bot[summary.speaker != "person"].person[summary.speaker == "person"] { (speaker(viewer, summary)) }
            div #ending { (ending(viewer, talk.case.as_ref())) }
            @if viewer.may_do("/console/chats/{id}/reply") {
                (answer_box(&summary.id, words))
                (replies::at_hand(viewer, &summary.id))
            }
        }
    }
}

/// The ways to end the case that somebody took, folded away until then.
fn ending(viewer: &Viewer, report: Option<&CaseReport>) -> Markup {
    let choice = report.map(|report| ending::choice(viewer, &report.case).into_string()).unwrap_or_default();
    html! {
        @if !choice.is_empty() {
            details .ready { summary { "Дело в работе: чем закончилось?" } (PreEscaped(choice)) }
        }
    }
}

/// «Бот отвечает · Перехватить» or «Отвечаете вы · Вернуть боту».
fn speaker(viewer: &Viewer, summary: &Summary) -> Markup {
    let is_person = summary.speaker == "person";
    let (picture, words, act, label) = if is_person {
        ("user-round", "Отвечает человек", "back", "Вернуть боту")
    } else {
        ("bot", "Бот отвечает", "take", "Перехватить")
    };
    html! {
        b { (icon(picture)) (words) }
        @if viewer.may_do("/console/chats/{id}/reply") {
            form method="post" action={ "/console/chats/" (summary.id) "/" (act) } hx-post={ "/console/chats/" (summary.id) "/" (act) } hx-swap="none" {
                button .button type="submit" { (label) }
            }
        }
    }
}

/// The name of a box: a press too many sends nothing twice.
fn once() -> Markup {
    html! { input type="hidden" name="once" value=(uuid::Uuid::now_v7()); }
}

/// `words` stand in it already: a ready reply.
fn answer_box(id: &str, words: &str) -> Markup {
    let action = format!("/console/chats/{id}/reply");
    html! {
        form .answer method="post" action=(action) hx-post=(action) hx-swap="outerHTML" {
            (once())
            label .sr for="reply" { "Ответ клиенту" }
            textarea #reply name="text" rows="1" placeholder="Ответить от себя" maxlength=(TEXT_CHARS_MAX) required { (words) }
            button .button.main-action type="submit" aria-label="Отправить" { (icon("send-horizontal")) }
        }
    }
}

fn note_box(id: &str) -> Markup {
    let action = format!("/console/chats/{id}/note");
    html! {
        form .card.stack method="post" action=(action) hx-post=(action) hx-swap="outerHTML" {
            (once())
            div .field {
                label for="note" { "Заметка для своих" }
                textarea #note name="text" rows="2" maxlength=(NOTE_CHARS_MAX) required aria-describedby="note-help" {}
                p .help #note-help { "Клиент её не увидит." }
            }
            button .button type="submit" { (icon("sticky-note")) "Записать" }
        }
    }
}

fn client_card(web: &Web, viewer: &Viewer, talk: &Talk) -> Markup {
    html! {
        aside .client #client aria-label="Карточка клиента" {
            div .stack {
                a .button.plain.close href="#talk" { (icon("x")) "Закрыть" }
                div #facts .stack { (client_facts(web, viewer, talk)) }
                @if viewer.may_do("/console/chats/{id}/note") { (note_box(&talk.summary.id)) }
            }
        }
    }
}

fn client_facts(web: &Web, viewer: &Viewer, talk: &Talk) -> Markup {
    let channel = web.titles.get(&talk.summary.channel).unwrap_or(&talk.summary.channel);
    html! {
        section .card {
            h2 { (words::client_name(&talk.summary.client_name)) }
            dl .facts {
                div { dt { "Канал" } dd { (channel) } }
                @if let Some(lead) = &talk.lead { (facts(lead, &talk.summary.channel)) }
            }
        }
        (visits(viewer, &talk.bookings))
        // Of whom a person has booked there is nothing to guess.
        @if let Some(lead) = talk.lead.as_ref().filter(|_| talk.summary.channel != BY_HAND) { (score(lead)) }
        @if let Some(case) = &talk.case { (calls(viewer, case)) }
    }
}

/// What the client is booked for; one that waits for a word says so and leads to where it is given.
fn visits(viewer: &Viewer, bookings: &[Booking]) -> Markup {
    let shown: Vec<_> =
        bookings.iter().rev().filter(|booking| booking.status != BookingStatus::Expired).take(VISITS_MAX).collect();
    html! {
        @if !shown.is_empty() {
            section .card {
                h2 { "Записи" }
                ul .list {
                    @for booking in shown {
                        @let at = viewer.salon.wall(booking.starts_at_ms);
                        li .spread {
                            a href=(visit::href(booking)) {
                                (words::day(at.date())) ", " (words::clock(at.time()))
                                span .quiet.small { " " (viewer.salon.service(&booking.service_id)) }
                            }
                            (calendar::status(booking))
                        }
                    }
                }
            }
        }
    }
}

/// Every step of the case, with what came of it.
fn calls(viewer: &Viewer, report: &CaseReport) -> Markup {
    html! {
        section .card {
            h2 { "Кого звали" }
            ol .steps {
                @for step in &report.steps {
                    li {
                        time .quiet.small { (viewer.salon.clock(step.at_ms)) }
                        span { (viewer.salon.step(step)) }
                    }
                }
            }
        }
    }
}

fn facts(lead: &Lead, channel: &str) -> Markup {
    let services = super::leads::listed(&lead.services).join(", ");
    html! {
        @if !lead.phone.is_empty() { div { dt { "Телефон" } dd { a href={ "tel:" (lead.phone) } { (super::leads::phone(&lead.phone)) } } } }
        @if !services.is_empty() { div { dt { "Услуга" } dd { (services) } } }
        @if !lead.wanted_at.is_empty() { div { dt { "Когда" } dd { (lead.wanted_at) } } }
        @if !lead.source.is_empty() && lead.source != channel { div { dt { "Откуда" } dd { (lead.source) } } }
        @if lead.is_after_hours { div { dt { "Отметка" } dd { (mark("violet", "moon-star", "ночной")) } } }
    }
}

fn score(lead: &Lead) -> Markup {
    html! {
        section .card {
            h2 { "Вероятность сделки" }
            div .row { span .score { (format!("{:.0}", lead.score * 100.0)) (words::NBSP) "%" } (heat_mark(heat_of(&lead.heat))) }
            (super::leads::reasons(&lead.reasons))
        }
    }
}
