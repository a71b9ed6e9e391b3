//! «Сейчас»: is anything burning, who has it, what waits; the home page.

use std::collections::HashMap;

use axum::extract::State;
use maud::{Markup, html};
use nochnik_core::escalation::{TAKE_MIN, Why};
use nochnik_core::numbers::What;
use nochnik_core::values::BY_HAND;
use nochnik_store::cases::{Case, CaseState};
use nochnik_store::conversations::Summary;
use nochnik_store::leads::{Lead, LeadFilter};
use nochnik_store::{Sql, StoreError, cases, conversations, leads, numbers as facts, outbox};

use super::desk::Inbox;
use super::live::{LIVE, STEADY};
use super::look::{Part, console, heat_mark, heat_of, icon, mark};
use super::seen::{self, Record};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, words};

/// Rows of tonight that are counted; a busier night shows the bound with a plus.
const COUNTED_MAX: i64 = 1_000;
/// Cards of cases, and lines that wait for the morning: more than fits a phone is told with a number.
const SHOWN_MAX: usize = 20;
/// A bar of the night's curve is an hour; the curve shows the last so many.
const CURVE_HOURS: usize = 12;
const HOUR_MS: i64 = 3_600_000;

/// `GET /console`
pub async fn page(State(web): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    seen::note(&web, &viewer, Record::Now, "").await;
    let body = html! {
        main .main #main {
            h1 .sr { "Сейчас" }
            div hx-sse:connect="/console/live?view=now" hx-trigger=(LIVE) hx-config=(STEADY) hx-swap="innerMorph" { (inside(&web, &viewer).await?) }
        }
    };
    Ok(console(&viewer, Part::Now, "Сейчас", &body))
}

/// What changes on the page; the same for its first view and for the stream.
pub async fn inside(web: &Web, viewer: &Viewer) -> Result<Markup, Trouble> {
    let now_ms = web.desk.now().as_millisecond();
    let since_ms = viewer.salon.night_began_ms(now_ms);
    let business = viewer.business.clone();
    let tonight = web.store.read(move |sql| Tonight::read(sql, &business, since_ms)).await?;
    let (at_work, waiting) = (tonight.at_work(), tonight.of(&[CaseState::Morning]));
    Ok(html! {
        div .stack {
            @if tonight.of(&[CaseState::Open]).is_empty() { (calm(&tonight)) }
            @for case in at_work.iter().take(SHOWN_MAX) { (case_card(viewer, &tonight, case, now_ms)) }
            (further(at_work.len(), "/console/escalations", "Все эскалации"))
            div .grid2 {
                div .stack {
                    (numbers(viewer, &tonight, since_ms))
                    (morning(viewer, &tonight, &waiting))
                }
                div .stack {
                    (on_duty(viewer, now_ms))
                    (health_line(web.desk.health().is_ready, web.desk.inbox(&viewer.business), &tonight))
                }
            }
        }
    })
}

/// Everything the page needs, read at one moment.
struct Tonight {
    cases: Vec<Case>,
    talks: HashMap<String, Summary>,
    leads: HashMap<String, Lead>,
    /// When each conversation of tonight began.
    began_ms: Vec<i64>,
    leads_new: usize,
    leads_hot: usize,
    booked: usize,
    dead: usize,
}

impl Tonight {
    fn read(sql: &mut dyn Sql, business: &str, since_ms: i64) -> Result<Self, StoreError> {
        let mut cases = cases::unfinished(sql, business)?;
        // What was taken before tonight is its taker's own business.
        cases.retain(|case| case.state != CaseState::Taken || case.opened_at_ms >= since_ms);
        let begun = LeadFilter { since_ms, ..LeadFilter::default() };
        let mut new = leads::list(sql, business, &begun, i64::MAX, COUNTED_MAX)?;
        new.retain(|lead| lead.created_at_ms >= since_ms && lead.source != BY_HAND);
        let mut found = Self {
            talks: HashMap::new(),
            leads: HashMap::new(),
            began_ms: conversations::begun_ms(sql, business, since_ms, COUNTED_MAX)?,
            leads_new: new.len(),
            leads_hot: new.iter().filter(|lead| lead.heat == "hot").count(),
            // As the morning's report counts them.
            booked: usize::try_from(facts::count_since(sql, business, What::Booked.word(), since_ms)?)
                .unwrap_or_default(),
            dead: outbox::list(sql, business, outbox::Status::Dead, COUNTED_MAX)?.len(),
            cases,
        };
        let shown = [found.at_work(), found.of(&[CaseState::Morning])];
        let shown = shown.iter().flat_map(|cases| cases.iter().take(SHOWN_MAX));
        let ids: Vec<String> = shown.map(|case| case.conversation_id.clone()).collect();
        for id in &ids {
            if let Some(talk) = conversations::get(sql, business, id)? {
                found.talks.insert(id.clone(), talk);
            }
            if let Some(lead) = leads::of_conversation(sql, business, id)? {
                found.leads.insert(id.clone(), lead);
            }
        }
        Ok(found)
    }
}

impl Tonight {
    /// Cases in one of these states: those of somebody's health first, then in the order of the states, the oldest first.
    fn of(&self, states: &[CaseState]) -> Vec<&Case> {
        let mut found: Vec<&Case> =
            states.iter().flat_map(|state| self.cases.iter().filter(move |case| case.state == *state)).collect();
        found.sort_by_key(|case| !Why::are_of_health(&case.why));
        found
    }

    /// Cases that keep people busy now.
    fn at_work(&self) -> Vec<&Case> {
        self.of(&[CaseState::Open, CaseState::Taken])
    }

    /// Cases nobody has taken.
    fn waiting(&self) -> usize {
        self.cases.iter().filter(|case| case.state != CaseState::Taken).count()
    }
}

fn calm(tonight: &Tonight) -> Markup {
    html! {
        section .calm {
            (icon("moon-star"))
            h2 { "Всё спокойно" }
            p .quiet {
                @if tonight.began_ms.is_empty() { "Пока никто не писал. Ночник не спит и ответит первым." }
                @else if tonight.waiting() > 0 { "Срочного нет. Утром ответьте тем, кто ждёт." }
                @else { "Никто не ждёт человека. На вопросы отвечает Ночник." }
            }
        }
    }
}

fn case_card(viewer: &Viewer, tonight: &Tonight, case: &Case, now_ms: i64) -> Markup {
    let talk = tonight.talks.get(&case.conversation_id);
    let lead = tonight.leads.get(&case.conversation_id);
    let name = talk.map_or("", |talk| talk.client_name.as_str());
    let is_late = case.state == CaseState::Open && case.next_at_ms.is_some_and(|due_ms| due_ms < now_ms);
    html! {
        section .card .burning[case.state == CaseState::Open] .late[is_late] aria-label={ "Нужен человек: " (words::client_name(name)) } {
            div .spread {
                div {
                    h2 { (words::client_name(name)) }
                    p { (wanted(lead)) }
                }
                (deadline(viewer, case, now_ms))
            }
            div .row {
                @if let Some(lead) = lead { (heat_mark(heat_of(&lead.heat))) (mark("", "activity", &percent(lead.score))) }
                @if !case.why.is_empty() { span .small { (case.why) } }
            }
            @if let Some(talk) = talk { p .said { "«" (talk.last_text_short) "»" } }
            div .row {
                @let talk = format!("/console/chats/{}", case.conversation_id);
                @if case.state == CaseState::Open && viewer.may_do("/console/chats/{id}/take") {
                    form method="post" action={ (talk) "/take" } {
                        button .button.main-action type="submit" { (icon("hand")) "Взять" }
                    }
                }
                a .button href=(talk) { "Открыть диалог" }
                @if case.state == CaseState::Open { a .button href="/console/escalations" { (icon("bell-ring")) "Кого звали" } }
                @if let Some(phone) = lead.map(|lead| &lead.phone).filter(|phone| !phone.is_empty()) {
                    a .button href={ "tel:" (phone) } { (icon("phone")) "Позвонить" }
                }
            }
        }
    }
}

fn deadline(viewer: &Viewer, case: &Case, now_ms: i64) -> Markup {
    html! {
        @match (case.state, case.next_at_ms) {
            (CaseState::Taken, _) => {
                (mark("green", "user-round-check", &format!("в работе: {}", case.taken_by.as_deref().map_or("человек", |id| viewer.salon.person(id)))))
            }
            (_, Some(next_ms)) => {
                // What the client was promised, while it can be kept; after that, the next call.
                @let by_ms = case.opened_at_ms + TAKE_MIN * 60_000;
                @let (due_ms, label) = if by_ms > now_ms { (by_ms, "взять до ") } else { (next_ms, "следующий вызов в ") };
                div {
                    div .clock data-due=(due_ms) { (words::countdown(due_ms - now_ms)) }
                    div .small { (label) (words::clock(viewer.salon.wall(due_ms).time())) }
                }
            }
            (_, None) => (mark("red", "triangle-alert", "никто не ответил")),
        }
    }
}

/// «маникюр · завтра, 18:30».
fn wanted(lead: Option<&Lead>) -> String {
    let Some(lead) = lead else { return String::new() };
    let mut parts = super::leads::listed(&lead.services);
    if !lead.wanted_at.is_empty() {
        parts.push(lead.wanted_at.clone());
    }
    parts.join(" · ")
}

fn percent(score: f64) -> String {
    format!("{:.0}{}%", score * 100.0, words::NBSP)
}

fn numbers(viewer: &Viewer, tonight: &Tonight, since_ms: i64) -> Markup {
    let closing = viewer.salon.wall(since_ms);
    let rows = [
        (tonight.began_ms.len(), ["диалог", "диалога", "диалогов"]),
        (tonight.leads_new, ["лид", "лида", "лидов"]),
        (tonight.leads_hot, ["горячий", "горячих", "горячих"]),
        (tonight.booked, ["запись", "записи", "записей"]),
        (tonight.waiting(), ["ждёт человека", "ждут человека", "ждут человека"]),
    ];
    html! {
        section .card {
            div .spread {
                h2 { "С закрытия, " (words::clock(closing.time())) }
                span .quiet.small { (words::day(closing.date())) }
            }
            dl .numbers {
                @for (n, [one, few, many]) in rows {
                    div { dt { (words::plural(n as u64, one, few, many)) } dd { (bounded(n)) } }
                }
            }
            @if !tonight.began_ms.is_empty() { (curve(viewer, tonight)) }
        }
    }
}

fn bounded(n: usize) -> String {
    if i64::try_from(n).is_ok_and(|n| n < COUNTED_MAX) { n.to_string() } else { format!("{n}+") }
}

/// Conversations by hour, the newest hour on the right.
fn curve(viewer: &Viewer, tonight: &Tonight) -> Markup {
    let now_hour = viewer.now_ms.div_euclid(HOUR_MS);
    let mut hours = [0_usize; CURVE_HOURS];
    for at_ms in &tonight.began_ms {
        let back = usize::try_from(now_hour - at_ms.div_euclid(HOUR_MS)).unwrap_or(CURVE_HOURS);
        if back < CURVE_HOURS {
            hours[CURVE_HOURS - 1 - back] += 1;
        }
    }
    let tallest = hours.iter().copied().max().unwrap_or(0).max(1);
    let first = viewer.salon.wall((now_hour - CURVE_HOURS as i64 + 1) * HOUR_MS);
    html! {
        figure .nights {
            figcaption .quiet.small { "Когда пишут?" }
            svg .curve viewBox="0 0 240 48" preserveAspectRatio="none" role="img" aria-label="Сколько диалогов начинается за час" {
                @for (index, count) in hours.iter().enumerate() {
                    @let height = 46 * count / tallest;
                    rect x=(index * 20 + 2) y=(48 - height.max(1)) width="16" height=(height.max(1)) fill="currentColor" {
                        title { (count) }
                    }
                }
            }
            div .spread.quiet.small { span { (words::clock(first.time())) } span { "сейчас" } }
        }
    }
}

fn morning(viewer: &Viewer, tonight: &Tonight, waiting: &[&Case]) -> Markup {
    html! {
        section .card {
            h2 { "Ждёт утра" }
            @if waiting.is_empty() { p .quiet { "Ничего. Сюда попадает то, ради чего не стоит будить." } }
            ul .list.talks.inset {
                @for case in waiting.iter().take(SHOWN_MAX) {
                    @let talk = tonight.talks.get(&case.conversation_id);
                    li {
                        a href={ "/console/chats/" (case.conversation_id) } {
                            div .spread {
                                span .who { (words::client_name(talk.map_or("", |talk| &talk.client_name))) }
                                span .quiet.small { (words::moment(viewer.salon.wall(case.opened_at_ms), viewer.salon.wall(viewer.now_ms))) }
                            }
                            @if !case.why.is_empty() { div .small { (case.why) } }
                            div .last { (talk.map_or("", |talk| talk.last_text_short.as_str())) }
                        }
                    }
                }
            }
            (further(waiting.len(), "/console/chats?only=person", "Все, кто ждёт"))
        }
    }
}

/// What is beyond the bound, and where all of it is.
fn further(total: usize, path: &str, title: &str) -> Markup {
    let hidden = total.saturating_sub(SHOWN_MAX);
    html! {
        @if hidden > 0 {
            p { a href=(path) { (title) } span .quiet { ": ещё " (words::count(hidden as u64, "клиент", "клиента", "клиентов")) } }
        }
    }
}

fn on_duty(viewer: &Viewer, now_ms: i64) -> Markup {
    let people = viewer.salon.on_duty(now_ms);
    html! {
        section .card {
            h2 { "На дежурстве" }
            @if people.is_empty() {
                p .problem { (icon("triangle-alert")) span { "Никого. Горячую заявку сейчас некому передать: назначьте дежурного в документе бизнеса." } }
            }
            @if !people.is_empty() && !can_be_called(viewer, &people) {
                p .problem { (icon("triangle-alert")) span { "Ни мессенджера, ни уведомлений: ночью не дозваться. " a href="/console/people" { "Подключить" } } }
            }
            ul .people {
                @for name in people { li { (icon("user-round-check")) (name) } }
            }
        }
    }
}

/// Tells whether any of these can be called at all.
fn can_be_called(viewer: &Viewer, names: &[&str]) -> bool {
    viewer
        .salon
        .document()
        .people
        .iter()
        .any(|person| names.contains(&person.name.as_str()) && viewer.salon.has_means(person))
}

fn health_line(is_ready: bool, inbox: Inbox, tonight: &Tonight) -> Markup {
    let is_well = is_ready && inbox.parked == 0 && tonight.dead == 0;
    html! {
        a .note.green[is_well].red[!is_well] href="/console/state" {
            (icon(if is_well { "shield-check" } else { "triangle-alert" }))
            span {
                @if !is_ready { "Сохранение не работает. Смотрите «Состояние»." }
                @else if tonight.dead > 0 {
                    "Не доставлено: " (tonight.dead) ". Смотрите «Доставку»."
                }
                @else if inbox.parked > 0 { "Отложено после ошибки: " (inbox.parked) ". Смотрите «Состояние»." }
                @else if inbox.taken == 0 { "Всё работает. Сообщений ещё не было." }
                @else { "Всё принято: " (inbox.worked) " из " (inbox.taken) }
            }
        }
    }
}
