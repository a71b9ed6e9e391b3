//! What a browser and a vendor reach: routes and the layers around them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use metrics_exporter_prometheus::PrometheusHandle;
use nochnik_store::Store;

use crate::key::Key;
use crate::price_file;

mod about;
mod access;
mod accounts;
mod answers;
pub mod api;
mod api_keys;
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
pub mod doors;
mod ending;
mod erasures;
mod error;
mod escalations;
mod file;
mod framed;
mod health;
mod hooks;
mod hours;
mod invitations;
mod jobs;
mod journal;
mod kind_form;
mod ladder;
mod language_model;
mod layers;
mod leads;
mod lessons;
mod links;
mod live;
mod login;
mod logins;
mod look;
mod means;
mod meanwhile;
mod more;
mod now;
mod numbers;
mod origin;
mod own_password;
mod password;
mod people;
mod person;
mod places;
mod push;
mod query;
mod question;
mod replay;
mod replies;
mod salon;
mod search;
mod second_factor;
mod seen;
mod services;
pub mod sessions;
mod settings;
mod sheets;
mod shifts;
mod site_chat;
mod special_days;
mod specialists;
mod spreadsheet;
mod stand_ins;
mod start;
mod subscribers;
mod take;
mod texts;
mod throttle;
mod versions;
mod viewer;
mod visit;
mod voice;
mod waiting;
mod words;

pub use about::put as put_about;
pub use access::{invite_owner, is_login, objection, set_password};
pub use bounds::Bounds;
use desk::Desk;
pub use error::Trouble;
pub use hours::week_of;
pub use jobs::Jobs;
pub use services::{add as add_service, put_line, same as same_name};
pub use settings::free_id;
pub use viewer::Role;

/// Longest body of a webhook, in bytes; most channels take less, Meta's send so much. Source: security C-06.
const HOOK_BYTES_MAX: usize = 3 * 1024 * 1024;
/// Longest body of a chat message, in bytes. Source: security C-06.
const CHAT_BYTES_MAX: usize = 64 * 1024;
/// Longest body of a program's call, in bytes.
const API_BYTES_MAX: usize = 64 * 1024;
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
    /// No language model is asked anything.
    pub nothing_leaves: bool,
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
    let forms = doors::console().layer(DefaultBodyLimit::max(FORM_BYTES_MAX));
    let files = doors::files().layer(DefaultBodyLimit::max(price_file::BYTES_MAX + FORM_BYTES_MAX));
    let console = forms.merge(files).layer(sessions::layer(&web)).layer(layers::same_site_only());
    let routes = Router::new()
        .merge(console)
        .merge(doors::chat_of_sites().layer(DefaultBodyLimit::max(CHAT_BYTES_MAX)))
        .merge(doors::vendors().layer(DefaultBodyLimit::max(HOOK_BYTES_MAX)))
        .merge(doors::portals().layer(DefaultBodyLimit::max(FORM_BYTES_MAX)))
        .merge(api::routes().layer(DefaultBodyLimit::max(API_BYTES_MAX)))
        .merge(doors::open())
        .fallback(error::not_found);
    layers::around(routes, &web).with_state(web)
}
