//! Which calls there are, and by which definitions their queries, bodies and answers are held.

use serde_json::{Map, Value, json};

use super::{keyboard, refusal::Refusal, schema, state::State};
use crate::envelope::Envelope;

#[derive(Clone, Copy)]
enum Route {
    Me,
    ChangeMe,
    History,
    Send,
    Edit,
    Delete,
    Answer,
    Act(i64),
    Subscriptions,
    Subscribe,
    Unsubscribe,
    Updates,
    Upload,
}

/// Names of definitions; no name means that nothing is expected there.
struct Shape {
    query: Option<&'static str>,
    body: Option<&'static str>,
    answer: &'static str,
}

impl Route {
    fn of(method: &str, path: &str) -> Result<Self, Refusal> {
        let same_path = |routes: &[(&str, Self)]| {
            let found = routes.iter().find(|(name, _)| *name == method);
            found.map(|(_, route)| *route).ok_or(Refusal::new(405, "method.not.allowed", "Method not allowed"))
        };
        match path {
            "/me" => same_path(&[("GET", Self::Me), ("PATCH", Self::ChangeMe)]),
            "/messages" => {
                let (history, send) = (("GET", Self::History), ("POST", Self::Send));
                same_path(&[history, send, ("PUT", Self::Edit), ("DELETE", Self::Delete)])
            }
            "/answers" => same_path(&[("POST", Self::Answer)]),
            "/uploads" => same_path(&[("POST", Self::Upload)]),
            "/updates" => same_path(&[("GET", Self::Updates)]),
            "/subscriptions" => {
                let (list, set) = (("GET", Self::Subscriptions), ("POST", Self::Subscribe));
                same_path(&[list, set, ("DELETE", Self::Unsubscribe)])
            }
            _ => match acted_chat(path) {
                Some(chat) => same_path(&[("POST", Self::Act(chat))]),
                None => Err(Refusal::new(404, "not.found", "Path not found")),
            },
        }
    }

    fn shape(self) -> Shape {
        let shape = |query, body, answer| Shape { query, body, answer };
        match self {
            Self::Me => shape(None, None, "BotInfo"),
            Self::ChangeMe => shape(None, Some("BotPatch"), "BotInfo"),
            Self::History => shape(Some("query.messages.get"), None, "MessageList"),
            Self::Send => shape(Some("query.messages.post"), Some("NewMessageBody"), "SendMessageResult"),
            Self::Edit => shape(Some("query.messages.put"), Some("NewMessageBody"), "SimpleQueryResult"),
            Self::Delete => shape(Some("query.messages.delete"), None, "SimpleQueryResult"),
            Self::Answer => shape(Some("query.answers.post"), Some("CallbackAnswer"), "SimpleQueryResult"),
            Self::Act(_) => shape(None, Some("ActionRequestBody"), "SimpleQueryResult"),
            Self::Subscriptions => shape(None, None, "GetSubscriptionsResult"),
            Self::Subscribe => shape(None, Some("SubscriptionRequestBody"), "SimpleQueryResult"),
            Self::Unsubscribe => shape(Some("query.subscriptions.delete"), None, "SimpleQueryResult"),
            Self::Upload => shape(Some("query.uploads.post"), None, "UploadEndpoint"),
            Self::Updates => shape(Some("query.updates.get"), None, "UpdateList"),
        }
    }
}

fn acted_chat(path: &str) -> Option<i64> {
    path.strip_prefix("/chats/")?.strip_suffix("/actions")?.parse().ok()
}

/// The name of a call in fault plans and counts: no number of a chat in it.
pub(super) fn name(method: &str, path: &str) -> String {
    let path = if acted_chat(path).is_some() { "/chats/{chat_id}/actions" } else { path };
    format!("{method} {path}")
}

impl State {
    pub(super) fn answer(&mut self, envelope: &Envelope, now_ms: i64) -> Result<Value, Refusal> {
        let name = name(&envelope.method, &envelope.path);
        *self.calls.entry(name.clone()).or_default() += 1;
        self.end_failing_subscriptions(now_ms);
        self.let_in(&name, envelope)?;
        self.count(envelope, now_ms)?;
        let route = Route::of(&envelope.method, &envelope.path)
            .inspect_err(|_| self.fail(format!("{name}: this double does not play the call")))?;
        let shape = route.shape();
        let query = self.read_query(&name, shape.query, envelope)?;
        let body = self.read_body(&name, shape.body, envelope)?;
        let host = envelope.header("host").unwrap_or_default();
        let answer = self.act(route, (&query, &body), host, now_ms)?;
        if let Err(broken) = schema::check_answer(shape.answer, &answer) {
            self.fail(format!("the double's own answer to {name} {broken}"));
        }
        Ok(answer)
    }

    /// `host` is where the caller found us.
    fn act(
        &mut self,
        route: Route,
        (query, body): (&Value, &Value),
        host: &str,
        now_ms: i64,
    ) -> Result<Value, Refusal> {
        match route {
            Route::Me => Ok(self.me.clone()),
            Route::ChangeMe => Ok(self.change_me(body)),
            Route::History => self.history(query),
            Route::Send => self.send(query, body, now_ms),
            Route::Edit => self.edit(query, body, now_ms),
            Route::Delete => self.delete(query, now_ms),
            Route::Answer => self.answer_press(query, body, now_ms),
            Route::Act(chat) => self.show_action(chat),
            Route::Subscriptions => Ok(self.subscriptions()),
            Route::Subscribe => Ok(self.subscribe(body, now_ms)),
            Route::Unsubscribe => Ok(self.unsubscribe(query)),
            Route::Updates => self.updates(query, now_ms),
            Route::Upload => Ok(self.offer_upload(host)),
        }
    }

    /// The token stands raw in `Authorization` and nowhere else.
    fn let_in(&mut self, name: &str, envelope: &Envelope) -> Result<(), Refusal> {
        if envelope.query("access_token").is_some() {
            self.fail(format!("{name}: a token in the query, which is no longer accepted"));
            return Err(Refusal::bad_token());
        }
        let given = envelope.header("authorization").unwrap_or_default();
        if let Err(broken) = schema::check_request("headers", &json!({ "authorization": given })) {
            self.fail(format!("{name}: the header {broken}"));
            return Err(Refusal::bad_token());
        }
        if given == self.token { Ok(()) } else { Err(Refusal::bad_token()) }
    }

    /// Counts a request against the pace, unless its arrival was counted before.
    fn count(&mut self, envelope: &Envelope, now_ms: i64) -> Result<(), Refusal> {
        if envelope.is_counted { Ok(()) } else { self.count_arrival(&envelope.path, now_ms) }
    }

    pub(super) fn count_arrival(&mut self, path: &str, now_ms: i64) -> Result<(), Refusal> {
        let Some(pace) = &mut self.pace else { return Ok(()) };
        pace.request(now_ms)?;
        if path == "/updates" { pace.poll(now_ms) } else { Ok(()) }
    }

    fn read_query(&mut self, name: &str, shape: Option<&str>, envelope: &Envelope) -> Result<Value, Refusal> {
        let mut fields = Map::new();
        for (key, value) in &envelope.query {
            if fields.insert(key.clone(), json!(value)).is_some() {
                self.fail(format!("{name}: a name stands twice in the query"));
                return Err(Refusal::payload("Invalid query"));
            }
        }
        let query = Value::Object(fields);
        let checked = match shape {
            Some(shape) => schema::check_request(shape, &query),
            None if envelope.query.is_empty() => Ok(()),
            None => Err("holds what nobody asked for".to_owned()),
        };
        checked.map_err(|broken| {
            self.fail(format!("{name}: the query {broken}"));
            if shape == Some("query.messages.post") {
                Refusal::unknown_recipient()
            } else {
                Refusal::payload("Invalid query")
            }
        })?;
        Ok(query)
    }

    fn read_body(&mut self, name: &str, shape: Option<&str>, envelope: &Envelope) -> Result<Value, Refusal> {
        let Some(shape) = shape else { return Ok(Value::Null) };
        let body = serde_json::from_str::<Value>(&envelope.body).map_err(|_| {
            self.fail(format!("{name}: the body is not JSON"));
            Refusal::payload("Invalid JSON")
        })?;
        schema::check_request(shape, &body).and_then(|()| keyboard::check_limits(&body)).map_err(|broken| {
            self.fail(format!("{name}: the body {broken}"));
            let has_recipient = ["user_id", "chat_id", "recipient"].iter().any(|key| body.get(*key).is_some());
            if has_recipient { Refusal::unknown_recipient() } else { Refusal::payload("Invalid payload") }
        })?;
        Ok(body)
    }

    fn change_me(&mut self, body: &Value) -> Value {
        for key in ["first_name", "last_name", "name", "description", "commands"] {
            if let Some(value) = body.get(key).filter(|value| !value.is_null()) {
                self.me[key] = value.clone();
            }
        }
        self.me.clone()
    }

    pub(super) fn fail(&mut self, failure: String) {
        self.failures.push(failure);
    }
}
