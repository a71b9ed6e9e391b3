//! «Первые шаги»: what an owner does to make the example a business of their own, in order, and what is done already.

use std::collections::{BTreeMap, BTreeSet};

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use clap::ValueEnum;
use maud::{Markup, html};
use nochnik_core::business::Document;
use nochnik_store::{Sql, audit};

use super::about;
use super::look::{icon, mark};
use super::question::{Question, Visit, visits, visits_card};
use super::settings::{Filled, follow, frame, heading, heading_under, problems, save};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, people, words};
use crate::document_change::{Deed, Objection};
use crate::preset::Preset;

const PATH: &str = "/console/start";
const KINDS: &str = "/console/start/kind";
const KIND: &str = "kind";
/// The button under what a kind replaces.
const SURE: &str = "sure";
/// What the journal calls the choice of a kind.
const BEGUN: &str = "kind";
/// Lines of the journal in which what was done is looked for.
const JOURNAL_MAX: i64 = 500;

/// A step: where it is done, its words, and by which deeds of the journal it is known to be done.
const STEPS: [(&str, &str, &str, &[&str]); 7] = [
    (KINDS, "Чем вы занимаетесь", "Услуги, ответы и вопросы готовой заготовкой", &[BEGUN]),
    (about::PATH, "Название, адрес, телефон", "Их бот называет клиентам; оператор данных — по закону", &["about"]),
    ("/console/settings/hours", "Часы работы", "Вне их сообщения считаются ночными", &["hours"]),
    (
        "/console/settings/services",
        "Услуги и цены",
        "Прайс можно вставить таблицей",
        &["service", "service_new", "service_off", "price_list"],
    ),
    (
        "/console/settings/specialists",
        "Мастера",
        "К кому записывать",
        &["specialist", "specialist_new", "specialist_off"],
    ),
    ("/console/channels", "Мессенджеры", "Откуда вам пишут: ключ проверяется сразу", &["channel_on"]),
    (
        people::PATH,
        "Кого звать ночью",
        "Дежурный получает горячие заявки: подключите ему мессенджер или уведомления",
        &["person", "person_new", "person_off"],
    ),
];

/// `GET /console/start`
pub async fn page(State(web): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    let done = deeds(&web, &viewer).await?;
    let is_touched = |deeds: &[&str]| deeds.iter().any(|deed| done.contains(*deed));
    // Names alone wake nobody.
    let is_vain = |href: &str| href == people::PATH && !viewer.salon.reaches_somebody(viewer.now_ms);
    let left = STEPS.iter().filter(|(href, .., deeds)| !is_touched(deeds) || is_vain(href)).count();
    let inside = html! {
        section .card.stack {
            @if left == 0 {
                p .note.green { (icon("circle-check")) span { "Всё настроено. Поговорите с ботом сами, прежде чем дать адрес клиентам." } }
            } @else {
                p { "Пройдите по порядку; прерваться и вернуться можно на любом шаге." }
            }
            ol .steps-list {
                @for (href, title, help, deeds) in STEPS {
                    li {
                        a href=(href) { (title) }
                        @if is_touched(deeds) && is_vain(href) { (mark("amber", "triangle-alert", "никого не дозваться")) }
                        @else if is_touched(deeds) { (mark("green", "circle-check", "готово")) }
                        p .quiet.small { (help) }
                    }
                }
            }
        }
        section .card {
            h2 { "По желанию" }
            div .more {
                @if viewer.may_open("/console/access") { a href="/console/access" { (icon("shield-check")) "Доступ: приглашения и второй фактор" } }
                a href="/console/crm" { (icon("id-card")) "CRM: заявки станут карточками" }
                a href="/console/calendars" { (icon("calendar-days")) "Календари: где ещё ведут ваше время" }
            }
        }
        section .card {
            h2 { "Прежде чем дать адрес клиентам" }
            div .more {
                a href="/" { (icon("store")) "Поговорить с ботом как клиент" }
                a href="/console/check" { (icon("shield-check")) "Проверка: Ночник сам сыграет разговоры" }
            }
        }
    };
    Ok(frame(&viewer, "Первые шаги", &heading("Первые шаги"), &inside))
}

/// `GET /console/start/kind`
pub async fn kinds(State(_): State<Shared>, viewer: Viewer) -> Markup {
    choice(&viewer, &Filled::default())
}

/// `POST /console/start/kind`: first tells what it replaces, then puts the ready document of a kind in place of this one's.
pub async fn begin(
    State(web): State<Shared>,
    viewer: Viewer,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let filled = Filled { texts, objection: None };
    let Some(preset) = Preset::named(filled.text(KIND)) else {
        let objection = Some(Objection::new(KIND, "Выберите, что ближе"));
        return follow(&Filled { objection, ..filled }, PATH, |filled| Ok(choice(&viewer, filled)));
    };
    let question = question(&viewer, preset, &visits(&web, &viewer).await?);
    if !filled.is_ticked(SURE) {
        return Ok(question.page(&viewer, None).into_response());
    }
    let ready = preset.document()?;
    let deed = Deed { action: BEGUN, subject: preset.name().to_owned() };
    let saved = save(&web, &viewer, filled.seen(), deed, move |document| {
        begin_with(document, ready.clone());
        Ok(())
    });
    Ok(question.follow(&viewer, about::PATH, saved.await?.as_ref()))
}

fn question(viewer: &Viewer, preset: Preset, visits: &[Visit]) -> Question<'static> {
    let document = viewer.salon.document();
    let count = |n: usize, one, few, many| words::count(u64::try_from(n).unwrap_or(u64::MAX), one, few, many);
    let services = count(document.services.len(), "услуга", "услуги", "услуг");
    let specialists = count(document.specialists.len(), "мастер", "мастера", "мастеров");
    let mut told = vec![
        format!(
            "Сейчас у вас {services} и {specialists}. Они, часы работы, ответы и вопросы станут такими, как в заготовке."
        ),
        "Название, каналы и люди останутся.".to_owned(),
    ];
    if !visits.is_empty() {
        told.push("Записи не отменятся: в них останутся прежние услуги и имена. Проверьте их после замены.".to_owned());
    }
    Question {
        title: format!("Взять заготовку «{}»?", preset.title()),
        action: KINDS.to_owned(),
        deed: "Взять заготовку",
        back: (KINDS.to_owned(), "К выбору"),
        told,
        quiet: "Вернуть прежнее можно в «Что менялось».",
        visits: visits_card(viewer, &visits.iter().collect::<Vec<_>>()),
        hidden: vec![(KIND, preset.name().to_owned()), (SURE, "yes".to_owned())],
    }
}

/// What a kind brings; who the business is and what it is connected to stays.
fn begin_with(document: &mut Document, ready: Document) {
    let own = std::mem::replace(document, ready);
    document.id = own.id;
    (document.name, document.city, document.address, document.phone) = (own.name, own.city, own.address, own.phone);
    (document.timezone, document.currency) = (own.timezone, own.currency);
    (document.people, document.shifts, document.escalation) = (own.people, own.shifts, own.escalation);
    (document.channels, document.means, document.crm, document.calendars) =
        (own.channels, own.means, own.crm, own.calendars);
    (document.model, document.speech) = (own.model, own.speech);
    (document.privacy.operator, document.privacy.policy_url) = (own.privacy.operator, own.privacy.policy_url);
    (document.shorten_links, document.access) = (own.shorten_links, own.access);
}

fn choice(viewer: &Viewer, filled: &Filled) -> Markup {
    let current = &viewer.salon.document().kind;
    let chosen = if filled.text(KIND).is_empty() { current.as_str() } else { filled.text(KIND) };
    let inside = html! {
        form .stack method="post" {
            (problems(filled))
            section .card.stack {
                fieldset .field {
                    legend { "Что ближе" }
                    @for preset in Preset::value_variants() {
                        label .tick { input type="radio" name=(KIND) value=(preset.name()) checked[preset.name() == chosen]; (preset.title()) }
                    }
                }
                p .help.quiet { "Услуги, мастера, часы, ответы и вопросы станут такими, как в заготовке: потом поправите. Сначала покажем, что заменится." }
            }
            button .button.main-action type="submit" { "Дальше" }
        }
    };
    frame(viewer, "Чем вы занимаетесь", &heading_under(PATH, "К шагам", "Чем вы занимаетесь"), &inside)
}

async fn deeds(web: &Web, viewer: &Viewer) -> Result<BTreeSet<String>, Trouble> {
    let business = viewer.business.clone();
    let job = move |sql: &mut dyn Sql| audit::of_versions(sql, &business, JOURNAL_MAX);
    Ok(web.store.read(job).await?.into_iter().map(|entry| entry.action).collect())
}
