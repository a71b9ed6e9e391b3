//! Bots Long Poll: the history of events, its key, and what goes wrong with either.
//!
//! For how long VK keeps events is not confirmed: here until [`Double::lose_history`].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    Double,
    form::{VERSION, is_on},
    refusal::Refusal,
    schema,
    state::State,
};
use crate::{Answer, envelope::Envelope};

/// `ts` of a community without events; any would do.
const FIRST_TS: i64 = 1_831;
/// Seconds a poll may wait.
pub(super) const WAIT_MAX_S: u64 = 90;
const POLL_VERSION_MAX: u8 = 3;

pub(super) struct LongPoll {
    pub(super) server: String,
    is_enabled: bool,
    kinds: BTreeSet<String>,
    keys: u32,
    /// By the `ts` that follows the event.
    history: BTreeMap<i64, Value>,
    ts: i64,
    /// Polls from before this were lost with a part of the history.
    first_kept_ts: i64,
    is_information_lost: bool,
    is_version_doubted: bool,
}

impl LongPoll {
    pub(super) fn new(group_id: i64) -> Self {
        Self {
            server: format!("https://lp.vk.example/whp/{group_id}"),
            is_enabled: false,
            kinds: BTreeSet::new(),
            keys: 0,
            history: BTreeMap::new(),
            ts: FIRST_TS,
            first_kept_ts: FIRST_TS,
            is_information_lost: false,
            is_version_doubted: false,
        }
    }

    fn key(&self) -> String {
        format!("3aac{:04x}", self.keys)
    }

    pub(super) fn push(&mut self, kind: &str, event: &Value) {
        if self.is_enabled && self.kinds.contains(kind) {
            self.ts += 1;
            self.history.insert(self.ts, event.clone());
        }
    }

    /// Events not yet taken by anybody who asks from `ts` on.
    pub(super) fn untaken(&self, ts: i64) -> usize {
        self.history.range(ts + 1..).count()
    }

    fn failure(&self, envelope: &Envelope) -> Option<Value> {
        let version = envelope.query("version").map(str::parse::<u8>);
        let is_version_bad = version.is_some_and(|version| !version.is_ok_and(|number| number <= POLL_VERSION_MAX));
        if self.is_version_doubted || is_version_bad {
            return Some(json!({ "failed": 4 }));
        }
        if envelope.query("key") != Some(self.key().as_str()) {
            return Some(json!({ "failed": 2 }));
        }
        if self.is_information_lost {
            return Some(json!({ "failed": 3 }));
        }
        let ts = asked_ts(envelope).filter(|ts| (self.first_kept_ts..=self.ts).contains(ts));
        ts.is_none().then(|| json!({ "failed": 1, "ts": self.first_kept_ts.to_string() }))
    }

    /// Whether a poll has to wait no longer.
    pub(super) fn is_ready(&self, envelope: &Envelope) -> bool {
        self.failure(envelope).is_some() || asked_ts(envelope).is_some_and(|ts| self.untaken(ts) > 0)
    }
}

fn asked_ts(envelope: &Envelope) -> Option<i64> {
    envelope.query("ts")?.parse().ok()
}

impl State {
    /// `GET <server>?act=a_check&key=…&ts=…&wait=…`, at once.
    pub(super) fn poll(&mut self, envelope: &Envelope) -> Answer {
        *self.calls.entry("a_check".to_owned()).or_default() += 1;
        if let Err(broken) = self.check_poll(envelope) {
            self.fail(format!("a_check: {broken}"));
            return Answer::html(400);
        }
        let failure = self.longpoll.failure(envelope);
        self.longpoll.is_version_doubted = false;
        let answer = failure.unwrap_or_else(|| self.events(asked_ts(envelope).unwrap_or_default()));
        if let Err(broken) = schema::check_answer("longpoll", &answer) {
            self.fail(format!("the double's own poll {broken}"));
        }
        Answer::ok(answer)
    }

    fn check_poll(&self, envelope: &Envelope) -> Result<(), &'static str> {
        if envelope.method != "GET" || envelope.path != format!("/whp/{}", self.group_id) {
            return Err("a poll is a GET of the address that groups.getLongPollServer gave");
        }
        if envelope.query("act") != Some("a_check") || envelope.query("key").is_none() {
            return Err("act or key is missing");
        }
        if envelope.query("ts").is_none_or(|ts| ts.parse::<i64>().is_err()) {
            return Err("ts is missing or no number");
        }
        match envelope.query("wait").map(str::parse::<u64>) {
            Some(Ok(0..=WAIT_MAX_S)) => Ok(()),
            _ => Err("wait is missing or longer than 90 s"),
        }
    }

    fn events(&mut self, ts: i64) -> Value {
        let mut events = self.longpoll.history.range(ts + 1..).map(|(_, event)| event.clone()).collect::<Vec<_>>();
        if let Some(random) = &mut self.shuffle {
            random.shuffle(&mut events);
        }
        json!({ "ts": self.longpoll.ts.to_string(), "updates": events })
    }

    pub(super) fn set_longpoll(&mut self, call: &Value) -> Result<Value, Refusal> {
        self.check_event_version("groups.setLongPollSettings", call)?;
        if let Some(enabled) = call.get("enabled") {
            self.longpoll.is_enabled = is_on(enabled);
        }
        set_kinds(&mut self.longpoll.kinds, call);
        Ok(json!(1))
    }

    pub(super) fn check_event_version(&mut self, method: &str, call: &Value) -> Result<(), Refusal> {
        if call.get("api_version").is_none_or(|version| version == VERSION) {
            return Ok(());
        }
        self.fail(format!("{method}: api_version is not {VERSION}"));
        Err(Refusal::parameter("api_version is invalid"))
    }

    pub(super) fn longpoll_settings(&self) -> Value {
        let longpoll = &self.longpoll;
        json!({ "api_version": VERSION, "is_enabled": longpoll.is_enabled, "events": listed(&longpoll.kinds) })
    }

    /// Refused until Long Poll is switched on; the sheets name the order of the steps, not the words of this refusal.
    pub(super) fn longpoll_server(&mut self) -> Result<Value, Refusal> {
        let longpoll = &mut self.longpoll;
        if !longpoll.is_enabled {
            return Err(Refusal::parameter("longpoll for this group is not enabled"));
        }
        longpoll.is_information_lost = false;
        Ok(json!({ "key": longpoll.key(), "server": longpoll.server, "ts": longpoll.ts.to_string() }))
    }
}

/// Switches kinds of events by the flags of a call.
pub(super) fn set_kinds(kinds: &mut BTreeSet<String>, call: &Value) {
    let named = call.as_object().into_iter().flatten();
    for (name, value) in named.filter(|(name, _)| name.contains('_') && !NO_EVENTS.contains(&name.as_str())) {
        if is_on(value) {
            kinds.insert(name.clone());
        } else {
            kinds.remove(name);
        }
    }
}

const NO_EVENTS: [&str; 5] = ["group_id", "server_id", "api_version", "access_token", "test_mode"];

pub(super) fn listed(kinds: &BTreeSet<String>) -> Value {
    kinds.iter().map(|kind| (kind.clone(), json!(1))).collect::<serde_json::Map<_, _>>().into()
}

impl Double {
    /// The key grows old: polls with it get `failed: 2`.
    pub fn expire_key(&self) {
        self.acts(|state| state.longpoll.keys += 1);
    }

    /// Every event so far is gone from the history: a poll from before gets `failed: 1` and the `ts` to go on from.
    pub fn lose_history(&self) {
        self.acts(|state| {
            state.longpoll.history.clear();
            state.longpoll.first_kept_ts = state.longpoll.ts;
        });
    }

    /// Key and `ts` are worth nothing any more: polls get `failed: 3` until somebody asks for a server.
    pub fn lose_information(&self) {
        self.acts(|state| state.longpoll.is_information_lost = true);
    }

    /// The next poll gets `failed: 4`.
    pub fn doubt_version(&self) {
        self.acts(|state| state.longpoll.is_version_doubted = true);
    }
}
