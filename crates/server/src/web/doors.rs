//! Every door of the web and who goes through it: routes are made from this table, so that no door is forgotten.
//!
//! Source: security C-41. A page shows only the links whose doors are open to its viewer.

use axum::Router;
use axum::extract::MatchedPath;
use axum::http::Method;
use axum::http::request::Parts;
use axum::routing::{get, options, post};

use super::viewer::Role;
use super::{
    Shared, about, accounts, answers, api_keys, assets, calendar, calendars, channel_form, channels, chat, chat_stream,
    chats, check, condition, crm, crm_form, delivery, demo, dialogue, ending, erasures, escalations, file, framed,
    health, hooks, hours, invitations, journal, ladder, language_model, leads, lessons, links, live, login, logins,
    means, more, now, numbers, own_password, people, person, places, push, replay, replies, second_factor, services,
    settings, sheets, shifts, site_chat, special_days, specialists, stand_ins, start, subscribers, take, texts,
    versions, visit, voice,
};

/// Who goes through a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever comes; what is behind proves its own callers.
    Anybody,
    /// Every login: what one sees of oneself, and of how the house is.
    Inside,
    /// Those who see clients.
    Clients,
    /// Those who act for clients.
    Acts,
    /// Those who try the settings out.
    Tries,
    /// Those who set Nochnik up.
    Sets,
    Owns,
}

impl Who {
    pub fn lets(self, role: Role) -> bool {
        match self {
            Self::Anybody | Self::Inside => true,
            Self::Clients => matches!(role, Role::Owner | Role::Manager | Role::Observer),
            Self::Acts => matches!(role, Role::Owner | Role::Manager),
            Self::Tries => matches!(role, Role::Owner | Role::Manager | Role::Integrator),
            Self::Sets => matches!(role, Role::Owner | Role::Integrator),
            Self::Owns => role == Role::Owner,
        }
    }
}

/// One method of one address.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    pub method: &'static str,
    pub path: &'static str,
    pub who: Who,
}

macro_rules! doors {
    ($(#[$about:meta])* $table:ident, $routes:ident: $($method:ident $path:literal $handler:path, $who:ident;)+) => {
        $(#[$about])*
        pub const $table: &[Door] = &[$(Door { method: stringify!($method), path: $path, who: Who::$who }),+];

        pub fn $routes() -> Router<Shared> {
            Router::new()$(.route($path, $method($handler)))+
        }
    };
}

doors! {
    /// Behind a login, and the ways in.
    CONSOLE, console:
    get "/console" now::page, Clients;
    get "/console/chats" chats::page, Clients;
    get "/console/chats/{id}" dialogue::page, Clients;
    get "/console/chats/{id}/file/{seq}" file::page, Clients;
    post "/console/chats/{id}/reply" dialogue::reply, Acts;
    post "/console/chats/{id}/note" dialogue::note, Acts;
    post "/console/chats/{id}/take" dialogue::take, Acts;
    post "/console/chats/{id}/back" dialogue::give_back, Acts;
    post "/console/chats/{id}/outcome" ending::end, Acts;
    get "/console/escalations" escalations::page, Clients;
    get "/console/leads" leads::page, Clients;
    get "/console/calendar" calendar::page, Clients;
    post "/console/calendar/came" calendar::came, Acts;
    get "/console/calendar/new" calendar::new::page, Acts;
    post "/console/calendar/new" calendar::new::act, Acts;
    get "/console/calendar/visit" calendar::visit::page, Clients;
    post "/console/calendar/visit" calendar::visit::change, Acts;
    post "/console/calendar/word" calendar::visit::decide, Acts;
    get "/console/numbers" numbers::page, Clients;
    get "/console/numbers/table.csv" numbers::csv, Clients;
    get "/console/numbers/table.xlsx" numbers::xlsx, Clients;
    get "/console/delivery" delivery::page, Clients;
    post "/console/delivery/{id}/again" delivery::again, Acts;
    get "/console/lessons" lessons::page, Acts;
    get "/console/lessons/state" lessons::state, Acts;
    get "/console/lessons/done" lessons::done, Acts;
    post "/console/lessons/train" lessons::train, Owns;
    post "/console/lessons/publish" lessons::publish, Owns;
    post "/console/lessons/back" lessons::back, Owns;
    post "/console/lessons/{id}" lessons::label, Acts;
    post "/console/lessons/{id}/off" lessons::off, Acts;
    post "/console/push" push::subscribe, Acts;
    // A public key, which a service worker asks for without a cookie.
    get "/console/push/key" push::key, Anybody;
    post "/console/push/{id}/off" push::off, Acts;
    post "/console/push/{id}/try" push::trial, Acts;
    // A view of it is kept from whom its page is kept from: `live.rs`.
    get "/console/live" live::stream, Inside;

    get "/console/state" condition::page, Inside;
    get "/console/more" more::page, Inside;
    post "/console/theme" more::theme, Inside;
    get "/console/logins" logins::page, Inside;
    post "/console/logins/others" logins::end_others, Inside;
    post "/console/logins/{id}/end" logins::end, Inside;
    get "/console/password" own_password::page, Inside;
    post "/console/password" own_password::change, Inside;
    get "/console/second-factor" second_factor::page, Inside;
    post "/console/second-factor/begin" second_factor::begin, Inside;
    post "/console/second-factor/on" second_factor::on, Inside;
    post "/console/second-factor/codes" second_factor::renew, Inside;
    post "/console/second-factor/off" second_factor::off, Inside;

    get "/console/check" check::page, Inside;
    get "/console/check/state" check::state, Inside;
    post "/console/check" check::start, Tries;
    get "/console/check/protocol" check::protocol, Tries;

    get "/console/channels" channels::page, Inside;
    get "/console/channels/site" site_chat::page, Sets;
    get "/console/channels/add/{kind}" channel_form::new, Sets;
    post "/console/channels/add/{kind}" channel_form::add, Sets;
    get "/console/channels/of/{account}" channels::one, Sets;
    post "/console/channels/of/{account}/check" channels::check, Sets;
    get "/console/channels/of/{account}/edit" channel_form::edit, Sets;
    post "/console/channels/of/{account}/edit" channel_form::renew, Sets;
    get "/console/channels/of/{account}/off" channels::off_page, Sets;
    post "/console/channels/of/{account}/off" channels::off, Sets;
    get "/console/crm" crm::page, Sets;
    post "/console/crm/connect" crm::connect, Sets;
    post "/console/crm/check" crm::check, Sets;
    post "/console/crm/page" crm::place, Sets;
    get "/console/crm/add/{kind}" crm_form::new, Sets;
    post "/console/crm/add/{kind}" crm_form::add, Sets;
    get "/console/crm/edit" crm_form::edit, Sets;
    post "/console/crm/edit" crm_form::renew, Sets;
    get "/console/crm/off" crm_form::off_page, Sets;
    post "/console/crm/off" crm_form::off, Sets;
    get "/console/model" language_model::page, Sets;
    get "/console/model/add/{kind}" language_model::new, Sets;
    post "/console/model/add/{kind}" language_model::add, Sets;
    get "/console/model/edit" language_model::edit, Sets;
    post "/console/model/edit" language_model::renew, Sets;
    get "/console/model/off" language_model::off_page, Sets;
    post "/console/model/off" language_model::off, Sets;
    get "/console/voice" voice::page, Sets;
    get "/console/voice/add/{kind}" voice::new, Sets;
    post "/console/voice/add/{kind}" voice::add, Sets;
    get "/console/voice/edit" voice::edit, Sets;
    post "/console/voice/edit" voice::renew, Sets;
    get "/console/voice/off" voice::off_page, Sets;
    post "/console/voice/off" voice::off, Sets;
    get "/console/means" means::page, Sets;
    get "/console/means/add/{kind}" means::new, Sets;
    post "/console/means/add/{kind}" means::add, Sets;
    get "/console/means/of/{account}" means::edit, Sets;
    post "/console/means/of/{account}" means::renew, Sets;
    post "/console/means/of/{account}/check" means::check, Sets;
    // A trial costs money and comes to whoever is named; who is called at night is the owner's word.
    post "/console/means/of/{account}/try" means::trial, Owns;
    post "/console/means/of/{account}/people" means::people, Owns;
    get "/console/means/of/{account}/off" means::off_page, Sets;
    post "/console/means/of/{account}/off" means::off, Sets;
    get "/console/calendars" calendars::page, Sets;
    get "/console/calendars/add/{kind}" calendars::new, Sets;
    post "/console/calendars/add/{kind}" calendars::add, Sets;
    get "/console/calendars/of/{account}" calendars::edit, Sets;
    post "/console/calendars/of/{account}" calendars::renew, Sets;
    post "/console/calendars/of/{account}/check" calendars::check, Sets;
    post "/console/calendars/of/{account}/import" calendars::import::take, Sets;
    get "/console/calendars/of/{account}/off" calendars::off_page, Sets;
    post "/console/calendars/of/{account}/off" calendars::off, Sets;
    get "/console/start" start::page, Sets;
    get "/console/start/kind" start::kinds, Sets;
    post "/console/start/kind" start::begin, Sets;
    get "/console/settings" settings::page, Sets;
    get "/console/settings/about" about::page, Sets;
    post "/console/settings/about" about::change, Sets;
    get "/console/settings/answers" answers::page, Sets;
    post "/console/settings/answers" answers::change, Sets;
    get "/console/settings/replies" replies::page, Sets;
    post "/console/settings/replies" replies::change, Sets;
    get "/console/settings/texts" texts::page, Sets;
    get "/console/settings/texts/{name}" texts::one, Sets;
    post "/console/settings/texts/{name}" texts::change, Sets;
    get "/console/settings/sheet/{name}" sheets::page, Sets;
    post "/console/settings/sheet/{name}" sheets::change, Sets;
    get "/console/settings/erasures" erasures::page, Sets;
    // Who is called at night is told of clients: whoever decides it is the owner, as with the people themselves.
    get "/console/settings/ladder" ladder::page, Owns;
    post "/console/settings/ladder" ladder::change, Owns;
    get "/console/settings/places" places::page, Sets;
    post "/console/settings/places" places::change, Sets;
    get "/console/settings/hours" hours::page, Sets;
    post "/console/settings/hours" hours::change, Sets;
    get "/console/settings/days" special_days::page, Sets;
    post "/console/settings/days" special_days::change, Sets;
    get "/console/settings/services" services::page, Sets;
    get "/console/settings/price-list" services::list, Sets;
    post "/console/settings/price-list" services::take_list, Sets;
    get "/console/settings/services/{id}" services::one, Sets;
    post "/console/settings/services/{id}" services::change, Sets;
    get "/console/settings/services/{id}/off" services::off_page, Sets;
    post "/console/settings/services/{id}/off" services::off, Sets;
    get "/console/settings/specialists" specialists::page, Sets;
    get "/console/settings/specialists/{id}" specialists::one, Sets;
    post "/console/settings/specialists/{id}" specialists::change, Sets;
    get "/console/settings/specialists/{id}/off" specialists::off_page, Sets;
    post "/console/settings/specialists/{id}/off" specialists::off, Sets;
    get "/console/settings/versions" versions::page, Sets;
    get "/console/settings/versions/{number}" versions::one, Sets;
    // A version holds the people as well: whoever puts one back decides who hears of clients.
    post "/console/settings/versions/{number}" versions::back, Owns;
    // Dialogues of clients: not for those who only set Nochnik up.
    get "/console/settings/replay" replay::page, Owns;
    get "/console/settings/replay/state" replay::state, Owns;
    post "/console/settings/replay" replay::start, Owns;
    // Its lists of what was opened are for the owner alone: `journal.rs`.
    get "/console/journal" journal::page, Sets;
    get "/console/journal/table.csv" journal::csv, Sets;

    get "/console/keys" api_keys::page, Owns;
    post "/console/keys" api_keys::make, Owns;
    get "/console/keys/calls" api_keys::calls, Owns;
    get "/console/keys/{id}/revoke" api_keys::revoke_page, Owns;
    post "/console/keys/{id}/revoke" api_keys::revoke, Owns;
    get "/console/subscribers" subscribers::page, Owns;
    post "/console/subscribers" subscribers::add, Owns;
    get "/console/subscribers/of/{id}" subscribers::one, Owns;
    get "/console/subscribers/of/{id}/off" subscribers::off_page, Owns;
    post "/console/subscribers/of/{id}/off" subscribers::off, Owns;
    post "/console/subscribers/of/{id}/try" subscribers::try_out, Owns;
    post "/console/subscribers/of/{id}/again/{row}" subscribers::again, Owns;

    get "/console/people" people::page, Inside;
    // Whoever is called at night is told of clients: a means or a number of one's own here would open the door to them.
    post "/console/people/{id}/invite" people::invite, Owns;
    get "/console/people/shifts/{place}" shifts::page, Owns;
    post "/console/people/shifts/{place}" shifts::change, Owns;
    get "/console/people/shifts/{place}/off" shifts::off_page, Owns;
    post "/console/people/shifts/{place}/off" shifts::off, Owns;
    get "/console/people/changes" stand_ins::page, Owns;
    post "/console/people/changes" stand_ins::add, Owns;
    post "/console/people/changes/{kind}/{number}/off" stand_ins::off, Owns;
    get "/console/people/{id}/edit" person::one, Owns;
    post "/console/people/{id}/edit" person::change, Owns;
    get "/console/people/{id}/off" person::off_page, Owns;
    post "/console/people/{id}/off" person::off, Owns;
    get "/console/access" accounts::page, Owns;
    post "/console/access/invite" invitations::invite, Owns;
    post "/console/access/invitations/{id}/off" invitations::revoke, Owns;
    post "/console/access/second-factor" accounts::demand, Owns;
    get "/console/access/of/{login}/second-factor" accounts::factor_page, Owns;
    post "/console/access/of/{login}/second-factor" accounts::take_factor, Owns;
    get "/console/access/of/{login}/off" accounts::close_page, Owns;
    post "/console/access/of/{login}/off" accounts::close, Owns;
    post "/console/access/of/{login}/on" accounts::open, Owns;
    post "/console/logins/of/{login}/end" logins::end_all, Owns;

    get "/login" login::page, Anybody;
    post "/login" login::enter, Anybody;
    get "/login/code" login::code_page, Anybody;
    post "/login/code" login::enter_code, Anybody;
    post "/logout" login::leave, Inside;
    get "/first" login::first_page, Anybody;
    post "/first" login::first_owner, Anybody;
    get "/invite/{token}" invitations::page, Anybody;
    post "/invite/{token}" invitations::accept, Anybody;
}

doors! {
    /// Behind a login as well: what takes a file, and with it a longer body.
    FILES, files:
    post "/console/settings/price-list/file" services::take_file, Sets;
}

doors! {
    /// The chat on a site.
    CHAT, chat_of_sites:
    post "/chat/{business}/session" chat::session, Anybody;
    options "/chat/{business}/session" chat::preflight, Anybody;
    get "/chat/{business}/messages" chat::history, Anybody;
    post "/chat/{business}/messages" chat::message, Anybody;
    options "/chat/{business}/messages" chat::preflight, Anybody;
    get "/chat/{business}/stream" chat_stream::stream, Anybody;
    options "/chat/{business}/stream" chat::preflight, Anybody;
}

doors! {
    /// Vendors of channels and means.
    HOOKS, vendors:
    get "/hook/{business}/{account}/{secret}" hooks::prove, Anybody;
    post "/hook/{business}/{account}/{secret}" hooks::take, Anybody;
    post "/hook/calendar/{business}/{account}/{secret}" hooks::ring, Anybody;
    get "/hook/means/{business}/{account}/{secret}" hooks::report_by_query, Anybody;
    post "/hook/means/{business}/{account}/{secret}" hooks::report, Anybody;
}

doors! {
    /// A portal that lets us in, and what it tells.
    PORTALS, portals:
    get "/oauth" crm::returned, Anybody;
    post "/crm/{business}/{secret}" crm::news, Anybody;
    // In the portal's frame: the portal vouches for whoever looks.
    post "/portal/{business}" framed::open, Anybody;
    post "/portal/{business}/numbers" framed::other, Anybody;
}

doors! {
    /// Probes, files, and links that clients and people on duty hold.
    OPEN, open:
    get "/healthz" health::alive, Anybody;
    get "/readyz" health::ready, Anybody;
    get "/metrics" health::metrics, Anybody;
    get "/" demo::page, Anybody;
    get "/demo/{business}" demo::page_of, Anybody;
    get "/assets/{bundle}/{*name}" assets::file, Anybody;
    get "/visit/{business}/{conversation}/{number}/{file}" visit::file, Anybody;
    get "/l/{code}" links::open, Anybody;
    get "/take/{token}" take::page, Anybody;
    post "/take/{token}" take::take, Anybody;
    get "/chat.js" assets::chat_script, Anybody;
    get "/chat.css" assets::chat_style, Anybody;
    get "/favicon.ico" assets::favicon, Anybody;
    get "/nochnik.webmanifest" assets::manifest, Anybody;
    get "/sw.js" assets::service_worker, Anybody;
}

/// Whether the door of a request is open to a role; one that is not in the table is open to nobody.
pub fn is_open(parts: &Parts, role: Role) -> bool {
    let Some(path) = parts.extensions.get::<MatchedPath>() else { return false };
    let method = if parts.method == Method::HEAD { "get" } else { parts.method.as_str() };
    lets(method, path.as_str(), role)
}

/// Whether a role goes through a door by its pattern.
pub fn lets(method: &str, path: &str, role: Role) -> bool {
    let behind_login = CONSOLE.iter().chain(FILES);
    behind_login
        .into_iter()
        .any(|door| door.method.eq_ignore_ascii_case(method) && door.path == path && door.who.lets(role))
}
