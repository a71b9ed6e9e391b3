//! What a browser and a vendor reach: routes and the layers around them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use metrics_exporter_prometheus::PrometheusHandle;
use nochnik_store::Store;

use crate::key::Key;

mod about;
mod access;
mod answers;
mod assets;
mod bounds;
mod calendar;
mod calendars;
mod channel_form;
mod channels;
mod chat;
mod chat_stream;
mod chats;
mod check;
mod condition;
mod crm;
mod crm_form;
mod delivery;
mod demo;
pub mod desk;
mod dialogue;
mod error;
mod escalations;
mod file;
mod framed;
mod health;
mod hooks;
mod hours;
mod jobs;
mod journal;
mod kind_form;
mod layers;
mod leads;
mod lessons;
mod links;
mod live;
mod login;
mod logins;
mod look;
mod more;
mod now;
mod numbers;
mod origin;
mod password;
mod people;
mod person;
mod push;
mod query;
mod salon;
mod seen;
mod services;
pub mod sessions;
mod settings;
mod specialists;
mod spreadsheet;
mod start;
mod take;
mod throttle;
mod versions;
mod viewer;
mod visit;
mod waiting;
mod words;

pub use access::{invite_owner, set_password};
pub use bounds::Bounds;
use desk::Desk;
pub use error::Trouble;
pub use jobs::Jobs;
pub use viewer::Role;

/// Longest body of a webhook, in bytes; most channels take less, Meta's send so much. Source: security C-06.
const HOOK_BYTES_MAX: usize = 3 * 1024 * 1024;
/// Longest body of a chat message, in bytes. Source: security C-06.
const CHAT_BYTES_MAX: usize = 64 * 1024;
/// Longest form of the console, in bytes.
const FORM_BYTES_MAX: usize = 64 * 1024;

/// Everything a handler may use. Shared by all requests.
pub struct Web {
    pub store: Store,
    pub desk: Arc<dyn Desk>,
    pub place: Place,
    pub key: Key,
    /// What browsers subscribe to pushes with.
    pub push_key: String,
    /// Kind of a channel or of a CRM to its name on screen.
    pub titles: BTreeMap<String, String>,
    pub metrics: Option<PrometheusHandle>,
    pub bounds: Bounds,
    pub jobs: Jobs,
}

/// Where the server stands in the network.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Address people open, without a slash at the end.
    pub public_url: String,
    pub trusted_proxies: Vec<IpAddr>,
}

impl Place {
    /// Tells whether browsers come by HTTPS, so that cookies may demand it.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

type Shared = Arc<Web>;

/// Builds the whole web: console, site chat, webhooks, probes.
pub fn router(web: Arc<Web>) -> Router {
    let console = console(&web).layer(DefaultBodyLimit::max(FORM_BYTES_MAX));
    let routes = Router::new()
        .merge(console)
        .merge(chat_routes().layer(DefaultBodyLimit::max(CHAT_BYTES_MAX)))
        .merge(hook_routes().layer(DefaultBodyLimit::max(HOOK_BYTES_MAX)))
        .merge(crm_routes().layer(DefaultBodyLimit::max(FORM_BYTES_MAX)))
        .merge(probe_routes())
        .route("/", get(demo::page))
        .route("/demo/{business}", get(demo::page_of))
        .route("/assets/{bundle}/{*name}", get(assets::file))
        .route("/visit/{business}/{conversation}/{number}/{file}", get(visit::file))
        .route("/l/{code}", get(links::open))
        .route("/take/{token}", get(take::page).post(take::take))
        .route("/chat.js", get(assets::chat_script))
        .route("/chat.css", get(assets::chat_style))
        .route("/favicon.ico", get(assets::favicon))
        .route("/nochnik.webmanifest", get(assets::manifest))
        .route("/sw.js", get(assets::service_worker))
        .fallback(error::not_found);
    layers::around(routes, &web).with_state(web)
}

fn console(web: &Shared) -> Router<Shared> {
    let pages = Router::new()
        .route("/console", get(now::page))
        .route("/console/chats", get(chats::page))
        .route("/console/chats/{id}", get(dialogue::page))
        .route("/console/chats/{id}/file/{seq}", get(file::page))
        .route("/console/chats/{id}/reply", post(dialogue::reply))
        .route("/console/chats/{id}/take", post(dialogue::take))
        .route("/console/chats/{id}/back", post(dialogue::give_back))
        .route("/console/escalations", get(escalations::page))
        .route("/console/journal", get(journal::page))
        .route("/console/journal/table.csv", get(journal::csv))
        .route("/console/leads", get(leads::page))
        .route("/console/numbers", get(numbers::page))
        .route("/console/numbers/table.csv", get(numbers::csv))
        .route("/console/numbers/table.xlsx", get(numbers::xlsx))
        .route("/console/calendar", get(calendar::page))
        .route("/console/calendar/came", post(calendar::came))
        .route("/console/delivery", get(delivery::page))
        .route("/console/delivery/{id}/again", post(delivery::again))
        .route("/console/state", get(condition::page))
        .route("/console/lessons", get(lessons::page))
        .route("/console/lessons/state", get(lessons::state))
        .route("/console/lessons/done", get(lessons::done))
        .route("/console/lessons/train", post(lessons::train))
        .route("/console/lessons/publish", post(lessons::publish))
        .route("/console/lessons/back", post(lessons::back))
        .route("/console/lessons/{id}", post(lessons::label))
        .route("/console/lessons/{id}/off", post(lessons::off))
        .route("/console/check", get(check::page).post(check::start))
        .route("/console/check/state", get(check::state))
        .route("/console/check/protocol", get(check::protocol))
        .route("/console/more", get(more::page))
        .route("/console/channels", get(channels::page))
        .route("/console/channels/add/{kind}", get(channel_form::new).post(channel_form::add))
        .route("/console/channels/of/{account}", get(channels::one))
        .route("/console/channels/of/{account}/check", post(channels::check))
        .route("/console/channels/of/{account}/edit", get(channel_form::edit).post(channel_form::renew))
        .route("/console/channels/of/{account}/off", get(channels::off_page).post(channels::off))
        .route("/console/crm", get(crm::page))
        .route("/console/crm/connect", post(crm::connect))
        .route("/console/crm/check", post(crm::check))
        .route("/console/crm/page", post(crm::place))
        .route("/console/crm/add/{kind}", get(crm_form::new).post(crm_form::add))
        .route("/console/crm/edit", get(crm_form::edit).post(crm_form::renew))
        .route("/console/crm/off", get(crm_form::off_page).post(crm_form::off))
        .route("/console/calendars", get(calendars::page))
        .route("/console/calendars/add/{kind}", get(calendars::new).post(calendars::add))
        .route("/console/calendars/of/{account}", get(calendars::edit).post(calendars::renew))
        .route("/console/calendars/of/{account}/check", post(calendars::check))
        .route("/console/calendars/of/{account}/off", get(calendars::off_page).post(calendars::off))
        .route("/console/people", get(people::page))
        .route("/console/people/{id}/edit", get(person::one).post(person::change))
        .route("/console/people/{id}/off", post(person::off))
        .route("/console/start", get(start::page))
        .route("/console/start/kind", get(start::kinds).post(start::begin))
        .route("/console/settings", get(settings::page))
        .route("/console/settings/about", get(about::page).post(about::change))
        .route("/console/settings/answers", get(answers::page).post(answers::change))
        .route("/console/settings/hours", get(hours::page).post(hours::change))
        .route("/console/settings/services", get(services::page))
        .route("/console/settings/price-list", get(services::list).post(services::take_list))
        .route("/console/settings/services/{id}", get(services::one).post(services::change))
        .route("/console/settings/services/{id}/off", post(services::off))
        .route("/console/settings/specialists", get(specialists::page))
        .route("/console/settings/specialists/{id}", get(specialists::one).post(specialists::change))
        .route("/console/settings/specialists/{id}/off", post(specialists::off))
        .route("/console/settings/versions", get(versions::page))
        .route("/console/settings/versions/{number}", get(versions::one).post(versions::back))
        .route("/console/people/{id}/invite", post(people::invite))
        .route("/console/push", post(push::subscribe))
        .route("/console/push/key", get(push::key))
        .route("/console/push/{id}/off", post(push::off))
        .route("/console/push/{id}/try", post(push::trial))
        .route("/console/logins", get(logins::page))
        .route("/console/logins/others", post(logins::end_others))
        .route("/console/logins/{id}/end", post(logins::end))
        .route("/console/logins/of/{login}/end", post(logins::end_all))
        .route("/console/theme", post(more::theme))
        .route("/console/live", get(live::stream))
        .route("/login", get(login::page).post(login::enter))
        .route("/logout", post(login::leave))
        .route("/first", get(login::first_page).post(login::first_owner));
    pages.layer(sessions::layer(web)).layer(layers::same_site_only())
}

fn chat_routes() -> Router<Shared> {
    Router::new()
        .route("/chat/{business}/session", post(chat::session).options(chat::preflight))
        .route("/chat/{business}/messages", get(chat::history).post(chat::message).options(chat::preflight))
        .route("/chat/{business}/stream", get(chat_stream::stream).options(chat::preflight))
}

fn hook_routes() -> Router<Shared> {
    Router::new()
        .route("/hook/{business}/{account}/{secret}", get(hooks::prove).post(hooks::take))
        .route("/hook/means/{business}/{account}/{secret}", get(hooks::report_by_query).post(hooks::report))
}

fn crm_routes() -> Router<Shared> {
    Router::new()
        .route("/oauth", get(crm::returned))
        .route("/crm/{business}/{secret}", post(crm::news))
        .route("/portal/{business}", post(framed::open))
        .route("/portal/{business}/numbers", post(framed::other))
}

fn probe_routes() -> Router<Shared> {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
}
