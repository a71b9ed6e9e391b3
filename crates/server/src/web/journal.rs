//! «Журнал»: who did what, the newest first; and for those who see clients, who opened what of them.

mod deeds;

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use jiff::civil::Date;
use maud::{Markup, html};
use nochnik_store::{Sql, StoreError, audit, conversations, people, record_views};
use serde::Deserialize;

use self::deeds::{Kind, Told};
use super::look::{Part, chips, console, empty, icon};
use super::query::query;
use super::seen::{KEY_PREFIX, Record};
use super::settings::heading_under;
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, api_keys, spreadsheet, words};

const PATH: &str = "/console/journal";
/// Lines of one page.
const LISTED_MAX: usize = 50;
/// Lines of one file: a spreadsheet takes no more with ease.
const FILE_LINES_MAX: i64 = 10_000;
/// Who acts without a login, as the journal names them.
const WITHOUT_LOGIN: [(&str, &str); 3] = [("bot", "Ночник"), ("terminal", "Командная строка"), ("owner", "Владелец")];

/// What the address asks for; a word that is not known is the first of its kind.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// `seen` is what was opened; else what was done.
    view: String,
    kind: String,
    who: String,
    /// Lines before this number.
    before: String,
}

impl Asked {
    fn is_seen(&self) -> bool {
        self.view == "seen"
    }

    /// What was opened names clients.
    fn allowed(&self, viewer: &Viewer) -> Result<(), Trouble> {
        if self.is_seen() && !viewer.may_open("/console/chats") { Err(Trouble::Forbidden) } else { Ok(()) }
    }

    fn kind(&self) -> Option<Kind> {
        Kind::parse(&self.kind)
    }

    fn before_id(&self) -> i64 {
        self.before.parse().unwrap_or(i64::MAX)
    }

    fn query(&self) -> String {
        query(&[("view", &self.view), ("kind", &self.kind), ("who", &self.who), ("before", &self.before)])
    }

    fn address(&self) -> String {
        format!("{PATH}?{}", self.query())
    }

    /// The first page of another choice.
    fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut other = Self { before: String::new(), ..self.clone() };
        change(&mut other);
        other.address()
    }
}

/// One line, of either list.
struct Line {
    id: i64,
    at_ms: i64,
    /// A login, or who acts without one.
    who: String,
    /// The same as people know them.
    name: String,
    told: Told,
}

/// `GET /console/journal`
pub async fn page(State(web): State<Shared>, viewer: Viewer, Query(asked): Query<Asked>) -> Result<Markup, Trouble> {
    asked.allowed(&viewer)?;
    let (mut lines, logins) = load(&web, &viewer, &asked, LISTED_MAX as i64 + 1).await?;
    let has_more = lines.len() > LISTED_MAX;
    lines.truncate(LISTED_MAX);
    let older = lines.last().filter(|_| has_more).map(|last| Asked { before: last.id.to_string(), ..asked.clone() });
    let body = html! {
        main .main #main {
            (heading_under("/console/more", "К разделам", "Журнал"))
            div .stack.narrow {
                div { (filters(&viewer, &asked, &logins)) }
                @if lines.is_empty() {
                    (empty("sticky-note", "Здесь пока пусто", "Здесь остаётся, кто входил, что менял и чьи данные открывал.", None))
                } @else {
                    (days(&viewer, &lines))
                }
                nav .row aria-label="Страницы журнала" {
                    @if !asked.before.is_empty() { a .button.plain href=(asked.with(|_| {})) { "К новым" } }
                    @if let Some(older) = older { a .button href=(older.address()) { "Раньше" } }
                    @if !lines.is_empty() { a .button.plain href={ (PATH) "/table.csv?" (Asked { before: String::new(), ..asked.clone() }.query()) } download { (icon("download")) "Скачать CSV" } }
                }
            }
        }
    };
    Ok(console(&viewer, Part::More, "Журнал", &body))
}

/// `GET /console/journal/table.csv`: the same choice as a file; that it was taken is a line of the journal, too.
pub async fn csv(State(web): State<Shared>, viewer: Viewer, Query(asked): Query<Asked>) -> Result<Response, Trouble> {
    asked.allowed(&viewer)?;
    let (lines, _) = load(&web, &viewer, &asked, FILE_LINES_MAX).await?;
    let bytes = table(&viewer, &lines).map_err(|error| Trouble::broken(&error))?;
    let (business, login, now_ms) = (viewer.business.clone(), viewer.login.clone(), viewer.now_ms);
    let job = move |sql: &mut dyn Sql| {
        let entry = audit::NewEntry { at_ms: now_ms, actor: &login, action: deeds::SAVED, subject: "", details: "{}" };
        audit::append(sql, &business, &entry)
    };
    web.store.write(job).await?;
    let name = format!("nochnik-journal-{}.csv", viewer.salon.wall(now_ms).date());
    Ok(spreadsheet::file(bytes, "text/csv; charset=utf-8", &name))
}

/// Names of clients stay in the console: a file goes further than we see.
fn table(viewer: &Viewer, lines: &[Line]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = spreadsheet::writer();
    writer.write_record(["Когда", "Кто", "Логин", "Что", "О чём"])?;
    for line in lines {
        let at = viewer.salon.wall(line.at_ms);
        let when = format!("{} {}", at.date(), words::clock(at.time()));
        let cells = [&when, &line.name, &line.who, &line.told.deed, line.told.plain()];
        writer.write_record(cells.map(spreadsheet::inert))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// The wanted lines, and the logins of the business.
async fn load(web: &Web, viewer: &Viewer, asked: &Asked, limit: i64) -> Result<(Vec<Line>, Vec<String>), Trouble> {
    let (business, own) = (viewer.business.clone(), asked.clone());
    let job = move |sql: &mut dyn Sql| {
        let logins = people::users(sql, &business)?.into_iter().map(|user| user.login).collect::<Vec<_>>();
        if own.is_seen() {
            let views = record_views::list(sql, &business, &own.who, own.before_id(), limit)?;
            let views = views.into_iter().map(|view| {
                let client = client(sql, &business, &view)?;
                Ok((view, client))
            });
            return Ok((Vec::new(), views.collect::<Result<Vec<_>, StoreError>>()?, logins));
        }
        let actions = own.kind().map_or(&[][..], Kind::actions);
        let wanted = audit::Wanted { actor: &own.who, actions, before_id: own.before_id() };
        Ok((audit::search(sql, &business, &wanted, limit)?, Vec::new(), logins))
    };
    let (entries, views, logins) = web.store.read(job).await?;
    let keys = api_keys::titles(web, &viewer.business).await?;
    let done = entries.into_iter().map(|entry| {
        let told = deeds::told(web, viewer, &keys, &entry);
        Line { id: entry.id, at_ms: entry.at_ms, name: called(viewer, &keys, &entry.actor), who: entry.actor, told }
    });
    let seen = views.into_iter().map(|(view, client)| {
        let told = opened(&view, client);
        Line { id: view.id, at_ms: view.at_ms, name: called(viewer, &keys, &view.login), who: view.login, told }
    });
    Ok((done.chain(seen).collect(), logins))
}

/// The client behind what was opened.
fn client(sql: &mut dyn Sql, business: &str, view: &record_views::View) -> Result<Option<String>, StoreError> {
    match Record::parse(&view.what) {
        Some(Record::Talk | Record::File) => {
            Ok(conversations::get(sql, business, &view.record)?.map(|talk| talk.client_name))
        }
        _ => Ok(None),
    }
}

fn opened(view: &record_views::View, client: Option<String>) -> Told {
    let deed = Record::parse(&view.what).map_or(view.what.as_str(), |record| record.title()).to_owned();
    match client {
        Some(client) => Told::talk(deed, &view.record, words::client_name(&client)),
        None => match view.record.parse::<Date>() {
            Ok(day) => Told::of(deed, words::date(day)),
            Err(_) => Told::of(deed, view.record.clone()),
        },
    }
}

/// Who it was, as people know them; a program by what its key is called.
fn called(viewer: &Viewer, keys: &BTreeMap<String, String>, who: &str) -> String {
    match who.strip_prefix(KEY_PREFIX) {
        Some(id) => format!("Программа «{}»", keys.get(id).map_or(id, String::as_str)),
        None => name(viewer, who).to_owned(),
    }
}

/// Who it was, as people know them.
fn name<'a>(viewer: &'a Viewer, who: &'a str) -> &'a str {
    let known = WITHOUT_LOGIN.iter().find(|(word, _)| *word == who);
    known.map_or_else(|| viewer.salon.person(who), |(_, name)| name)
}

fn filters(viewer: &Viewer, asked: &Asked, logins: &[String]) -> Markup {
    let sees_clients = viewer.may_open("/console/chats");
    let views = [("", "Действия"), ("seen", "Кто что открывал")].map(|(word, label)| {
        let address =
            asked.with(|other| *other = Asked { view: word.to_owned(), who: asked.who.clone(), ..Asked::default() });
        (address, label, asked.is_seen() == (word == "seen"))
    });
    let kinds: Vec<_> = std::iter::once(("", "Любые"))
        .chain(Kind::ALL.map(|kind| (kind.word(), kind.title())))
        .map(|(word, label)| {
            (asked.with(|other| word.clone_into(&mut other.kind)), label, asked.kind().map_or("", Kind::word) == word)
        })
        .collect();
    let others = WITHOUT_LOGIN.iter().map(|(who, _)| *who).filter(|_| !asked.is_seen());
    let people: Vec<_> = std::iter::once("")
        .chain(logins.iter().map(String::as_str).filter(|login| WITHOUT_LOGIN.iter().all(|(who, _)| who != login)))
        .chain(others)
        .map(|who| {
            let label = if who.is_empty() { "Кто угодно" } else { name(viewer, who) };
            (asked.with(|other| who.clone_into(&mut other.who)), label, asked.who == who)
        })
        .collect();
    html! {
        @if sees_clients { (chips("Что показать", &views)) }
        @if !asked.is_seen() { (chips("Какие действия", &kinds)) }
        (chips("Кто", &people))
        @if asked.is_seen() { p .quiet.small { "Одно и то же за один час записывается одной строкой." } }
    }
}

/// The lines under their days.
fn days(viewer: &Viewer, lines: &[Line]) -> Markup {
    let today = viewer.salon.wall(viewer.now_ms).date();
    let by_day =
        lines.chunk_by(|one, other| viewer.salon.wall(one.at_ms).date() == viewer.salon.wall(other.at_ms).date());
    html! {
        @for lines in by_day {
            @let date = viewer.salon.wall(lines[0].at_ms).date();
            section .card {
                h2 { (words::near_day(date, today)) }
                ul .list.journal { @for line in lines { (item(viewer, line)) } }
            }
        }
    }
}

fn item(viewer: &Viewer, line: &Line) -> Markup {
    html! {
        li {
            time .quiet { (words::clock(viewer.salon.wall(line.at_ms).time())) }
            div {
                p { (line.told.deed) @if let Some(about) = &line.told.about { ": " (about.show()) } }
                p .quiet.small { (line.name) @if let Some(version) = line.told.version { " · " a href="/console/settings/versions" { "версия " (version) } } }
            }
        }
    }
}
