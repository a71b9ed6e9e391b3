//! One Bitrix24 portal behind an incoming webhook or a local application: classic REST with all the traps its documentation shows.
//!
//! Source: `bitrix-tools/b24-rest-docs` commit 2ba8202 of 2026-08-21; parameters, scopes and codes of the methods are in
//! `contracts/bitrix24/methods.json`. Where the documentation is silent the rule here says "not documented". Not played:
//! REST 3.0 but for tasks (without [`Settings::has_rest_v3`] it answers as an old portal: 404), offline events, files, companies, funnels beyond the main one.

mod batch;
mod bookings;
mod bots;
mod calendar;
mod cards;
mod contract;
mod convert;
mod dictionary;
mod duplicate;
mod events;
mod fields;
mod filter;
mod form;
mod http;
mod item;
mod ledger;
mod limits;
mod list;
mod moment;
mod multifield;
mod oauth;
mod openline;
mod params;
mod people;
mod placement;
mod portal;
mod refusal;
mod settings;
mod tasks;
mod telephony;
mod timeline;
mod userfield;
mod v3;

use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Map, Value, json};

pub use bots::{BotButton, BotMessage};
pub use events::APPLICATION_TOKEN;
pub use http::{serve, serve_with};
pub use ledger::Card;
pub use openline::LineMessage;
pub use settings::{Mode, PhoneMatch, Settings};
pub use telephony::Infocall;

use crate::{
    Answer, Faults, Outcome,
    faults::{Gate, Service},
    lock,
};
use portal::Portal;
use refusal::Refusal;

/// What a method gives back: `result` and, for lists, where the next page starts.
#[derive(Debug, Default)]
struct Done {
    result: Value,
    total: Option<usize>,
    next: Option<usize>,
}

impl From<Value> for Done {
    fn from(result: Value) -> Self {
        Self { result, ..Self::default() }
    }
}

type Reply = Result<Done, Refusal>;

/// Some methods are closed to webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Webhook,
    App,
}

/// One portal. Clones are handles to the same portal.
#[derive(Clone)]
pub struct Double {
    world: Arc<World>,
}

struct World {
    portal: Mutex<Portal>,
    gate: Gate,
}

impl Double {
    pub fn new(settings: Settings) -> Self {
        Self { world: Arc::new(World { portal: Mutex::new(Portal::new(settings)), gate: Gate::new() }) }
    }

    /// Changes the portal's settings, as its owner may at any time.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.portal().settings);
    }

    /// Replaces the fault plan of the calls.
    pub fn plan(&self, faults: Faults) {
        self.world.gate.plan(faults);
    }

    /// `/rest/{user}/{code}/{method}`, the path of a call.
    pub fn path(&self, method: &str) -> String {
        format!("{}/{method}", self.base_path())
    }

    /// `/rest/{user}/{code}`: what follows the host in the webhook address the owner copies.
    pub fn base_path(&self) -> String {
        let portal = self.portal();
        format!("/rest/{}/{}", portal.settings.user_id, portal.settings.code)
    }

    /// One call; nothing goes wrong on the way. `path` may carry a query, its values join the body.
    ///
    /// In `batch`, `cmd` may be an array of `[key, command]` pairs: it keeps an order that an object of `serde_json`,
    /// sorted by key, has lost.
    pub fn call(&self, path: &str, body: &Value, now_ms: i64) -> Answer {
        self.world.gate.settle(self, now_ms);
        self.execute(path, body, now_ms)
    }

    /// One call through the fault plan.
    pub fn request(&self, path: &str, body: &Value, now_ms: i64) -> Outcome {
        self.request_keyed(path, None, body, now_ms)
    }

    /// Lets the portal do what is due by `now_ms`: postponed calls and conversions of leads.
    pub fn settle(&self, now_ms: i64) {
        self.world.gate.settle(self, now_ms);
        self.portal().convert_due(now_ms);
    }

    /// The phone calls the portal made, in their order.
    pub fn infocalls(&self) -> Vec<Infocall> {
        self.portal().infocalls.clone()
    }

    /// Ends a call as the network does, by the code of a SIP answer: 200 heard, 304 missed, 486 busy, 603 declined.
    pub fn ends_infocall(&self, call_id: &str, code: &str) {
        if let Some(call) = self.portal().infocalls.iter_mut().find(|call| call.call_id == call_id) {
            call.code = Some(code.to_owned());
        }
    }

    /// What was wrong with our calls so far: methods not played, broken batches, a missing `User-Agent`.
    pub fn failures(&self) -> Vec<String> {
        self.portal().failures.clone()
    }

    /// Takes the failures out, for a test that provoked them.
    pub fn take_failures(&self) -> Vec<String> {
        std::mem::take(&mut self.portal().failures)
    }

    /// # Panics
    /// When a call broke the contract.
    pub fn assert_clean(&self) {
        let failures = self.failures();
        assert!(failures.is_empty(), "calls to Bitrix24 broke the contract: {failures:#?}");
    }

    fn portal(&self) -> MutexGuard<'_, Portal> {
        lock(&self.world.portal)
    }
}

impl Service for Double {
    fn execute(&self, target: &str, body: &Value, now_ms: i64) -> Answer {
        self.portal().answer(target, body, now_ms)
    }

    fn failing(&self, status: u16) -> Answer {
        match status {
            400 => Refusal::new(400, "ERROR_CORE", "Internal error").into_answer(),
            503 => Refusal::query_limit().into_answer(),
            429 => Refusal::operation_time().into_answer(),
            500 => Refusal::new(500, "INTERNAL_SERVER_ERROR", "Internal server error").into_answer(),
            other => Answer::html(other),
        }
    }
}

impl Portal {
    fn answer(&mut self, target: &str, body: &Value, now_ms: i64) -> Answer {
        self.convert_due(now_ms);
        self.calls_seen += 1;
        let (target, key) = target.split_once(' ').map_or((target, None), |(target, key)| (target, Some(key)));
        if target.starts_with("/rest/api/") {
            // The query says nothing there.
            return self.answer_v3(target.split('?').next().unwrap_or_default(), key, body, now_ms);
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if query.split('&').any(|pair| pair.starts_with("auth=")) {
            self.fail("an access stands in the address, which gets into logs".to_owned());
        }
        let params = params::joined(body, query);
        self.caller_token = params["auth"].as_str().unwrap_or_default().to_owned();
        let method = method_of(path);
        let replied = self
            .check_access(path, &params, now_ms)
            .and_then(|caller| self.count_request(now_ms).map(|()| caller))
            .and_then(|caller| self.run(caller, method, &params, now_ms));
        match replied {
            Ok(done) => Answer::ok(self.envelope(done, method, now_ms)),
            Err(refusal) => {
                *self.refusals.entry(refusal.code()).or_default() += 1;
                refusal.into_answer()
            }
        }
    }

    /// Who calls: the webhook of `/rest/{user}/{code}/{method}` or the application of `/rest/{method}` with `auth`.
    fn check_access(&mut self, path: &str, params: &Value, now_ms: i64) -> Result<Caller, Refusal> {
        let parts = path.trim_matches('/').split('/').collect::<Vec<_>>();
        if path.ends_with(".xml") {
            self.fail("the suffix .xml answers XML".to_owned());
        }
        let caller = match parts.as_slice() {
            ["rest", user, code, _] => {
                let is_known = *user == self.settings.user_id.to_string() && *code == self.settings.code;
                is_known.then_some(Caller::Webhook).ok_or_else(Refusal::no_auth)?
            }
            ["rest", _] => self.check_token(params, now_ms).map(|()| Caller::App)?,
            ["rest", ..] => return Err(Refusal::no_auth()),
            _ => return Err(Refusal::method_not_found()),
        };
        if self.settings.is_paid {
            return Ok(caller);
        }
        Err(Refusal::new(403, "ACCESS_DENIED", "REST is available only on commercial plans."))
    }

    /// Runs one method, a batch included.
    fn run(&mut self, caller: Caller, method: &str, params: &Value, now_ms: i64) -> Reply {
        *self.calls.entry(method.to_owned()).or_default() += 1;
        if method == "batch" {
            self.failures
                .extend(contract::find(method).into_iter().flat_map(|own| form::complaints(method, own, params)));
            self.batch(caller, params, now_ms)
        } else {
            self.run_single(caller, method, params, now_ms)
        }
    }

    /// Runs one method that is not a batch, with the checks that come before any method.
    fn run_single(&mut self, caller: Caller, method: &str, params: &Value, now_ms: i64) -> Reply {
        let contract = contract::find(method).ok_or_else(Refusal::method_not_found)?;
        contract.check(caller, method, &self.settings.scopes)?;
        self.failures.extend(form::complaints(method, contract, params));
        self.operating.check(method, self.settings.operating_limit_s, now_ms)?;
        if method.starts_with("imbot.v2.") {
            self.bot_rate(now_ms)?;
        }
        let reply = self.dispatch(method, params, now_ms);
        self.operating.add(method, contract.cost_s(), now_ms);
        reply
    }

    fn dispatch(&mut self, method: &str, params: &Value, now_ms: i64) -> Reply {
        match method {
            "app.info" => self.app_info(),
            "event.bind" => self.event_bind(params),
            "event.get" => self.event_get(),
            "imbot.v2.Bot.register" => self.bot_register(params),
            "imbot.v2.Bot.update" => self.bot_update(params),
            "imbot.v2.Chat.Message.send" => self.bot_send(params),
            "imbot.v2.Chat.Message.update" => self.bot_edit(params),
            "imbot.v2.Command.answer" => self.command_answer(params),
            "imbot.v2.Command.register" => self.command_register(params),
            "imbot.v2.Event.get" => self.bot_events(params),
            "imconnector.register" => self.connector_register(params),
            "imconnector.activate" => self.connector_activate(params),
            "imconnector.connector.data.set" => self.connector_data_set(params),
            "imconnector.status" => self.connector_status(params),
            "imconnector.send.messages" => self.line_send(params, now_ms),
            "imconnector.send.status.delivery" => self.line_delivered(params),
            "placement.bind" => self.placement_bind(params),
            "placement.get" => self.placement_get(),
            "placement.unbind" => self.placement_unbind(params),
            "profile" => Ok(self.profile()),
            "scope" => Ok(self.scope(params)),
            "server.time" => Ok(json!(moment::iso(now_ms)).into()),
            "user.get" => self.user_get(params),
            "voximplant.infocall.startwithtext" => self.infocall_start(params, now_ms),
            "voximplant.line.get" => self.line_get(),
            "voximplant.statistic.get" => self.statistic_get(params),
            "voximplant.tts.voices.get" => {
                Ok(json!({ "ruinternalfemale": "Женский", "ruinternalmale": "Мужской" }).into())
            }
            "booking.v1.booking.add" => self.booking_add(params),
            "booking.v1.booking.delete" => self.booking_delete(params),
            "booking.v1.booking.get" => self.booking_get(params),
            "booking.v1.booking.list" => self.booking_list(params),
            "booking.v1.booking.update" => self.booking_update(params),
            "calendar.event.add" => self.event_add(params),
            "calendar.event.delete" => self.event_delete(params),
            "calendar.event.get" => self.events_of(params),
            "calendar.event.getbyid" => self.event_by_id(params),
            "calendar.event.update" => self.event_update(params),
            "tasks.task.add" => self.task_add(params, now_ms),
            "tasks.task.list" => self.task_list(params),
            "crm.settings.mode.get" => Ok(json!(self.settings.mode.number()).into()),
            "crm.item.add" => self.item_add(params, now_ms),
            "crm.item.get" => self.item_get(params),
            "crm.item.update" => self.item_update(params, now_ms),
            "crm.item.delete" => self.item_delete(params),
            "crm.item.list" => self.item_list(params),
            "crm.item.fields" => self.item_fields(params),
            "crm.duplicate.findbycomm" => self.find_by_comm(params, now_ms),
            "crm.deal.contact.add" => self.deal_contact_add(params),
            "crm.status.list" => self.status_list(params),
            "crm.status.add" => self.status_add(params),
            "crm.category.list" => self.category_list(params),
            "crm.lead.userfield.add" => self.userfield_add(portal::LEAD, params),
            "crm.deal.userfield.add" => self.userfield_add(portal::DEAL, params),
            "crm.contact.userfield.add" => self.userfield_add(portal::CONTACT, params),
            "crm.lead.userfield.list" => self.userfield_list(portal::LEAD, params),
            "crm.deal.userfield.list" => self.userfield_list(portal::DEAL, params),
            "crm.contact.userfield.list" => self.userfield_list(portal::CONTACT, params),
            "userfieldconfig.add" => self.userfieldconfig_add(params),
            "userfieldconfig.list" => self.userfieldconfig_list(params),
            "crm.timeline.comment.add" => self.comment_add(params, now_ms),
            "crm.timeline.comment.list" => self.comment_list(params),
            "crm.timeline.comment.update" => self.comment_update(params),
            "crm.timeline.logmessage.add" => self.log_message_add(params, now_ms),
            "crm.activity.todo.add" => self.todo_add(params, now_ms),
            "crm.activity.list" => self.activity_list(params),
            _ => {
                self.fail(format!("{method}: this double does not play the method"));
                Err(Refusal::method_not_found())
            }
        }
    }

    /// The envelope of a success. Members of `time` come and go, and whole numbers come as integers, as PHP prints them.
    fn envelope(&self, done: Done, method: &str, now_ms: i64) -> Value {
        let mut body = Map::from_iter([("result".to_owned(), done.result)]);
        body.extend(done.total.map(|total| ("total".to_owned(), json!(total))));
        body.extend(done.next.map(|next| ("next".to_owned(), json!(next))));
        let start_s = now_ms as f64 / 1000.0;
        let mut time = json!({
            "start": start_s, "finish": start_s, "duration": 0, "processing": 0,
            "date_start": moment::iso(now_ms), "date_finish": moment::iso(now_ms),
        });
        if method != "batch" && !self.calls_seen.is_multiple_of(3) {
            time["operating"] = json!(self.operating.spent_s(method, now_ms));
            time["operating_reset_at"] = json!(self.operating.reset_at_s(method, now_ms));
        }
        body.insert("time".to_owned(), time);
        Value::Object(body)
    }

    fn fail(&mut self, failure: String) {
        self.failures.push(failure);
    }
}

/// The last segment of a path, without query and `.json`.
fn method_of(path: &str) -> &str {
    let path = path.split('?').next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    last.strip_suffix(".json").unwrap_or(last)
}
