//! Callback servers and what each of them is told.

use serde_json::{Value, json};

use super::{
    longpoll::{listed, set_kinds},
    refusal::Refusal,
    state::State,
    webhook::Server,
};

const SERVERS_MAX: usize = 10;

impl State {
    pub(super) fn add_server(&mut self, call: &Value, now_ms: i64) -> Result<Value, Refusal> {
        if self.callbacks.servers.len() >= SERVERS_MAX {
            return Err(Refusal::new(2000));
        }
        let id = self.callbacks.new_server_id();
        self.callbacks.servers.insert(id, Server::new(call));
        self.ask_confirmation(id, now_ms);
        Ok(json!({ "server_id": id }))
    }

    /// A changed server is confirmed anew and keeps its events.
    pub(super) fn edit_server(&mut self, call: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let id = self.server_id(call)?;
        if let Some(server) = self.callbacks.servers.get_mut(&id) {
            let kinds = std::mem::take(&mut server.kinds);
            *server = Server::new(call);
            server.kinds = kinds;
        }
        self.ask_confirmation(id, now_ms);
        Ok(json!(1))
    }

    pub(super) fn delete_server(&mut self, call: &Value) -> Result<Value, Refusal> {
        let id = self.server_id(call)?;
        self.callbacks.remove(id);
        Ok(json!(1))
    }

    pub(super) fn servers(&self, call: &Value) -> Value {
        let asked = call["server_ids"].as_array();
        let is_asked = |id: i64| asked.is_none_or(|asked| asked.contains(&json!(id)));
        let servers = self.callbacks.servers.iter().filter(|(id, _)| is_asked(**id));
        let items = servers.map(|(id, server)| server.listed(*id)).collect::<Vec<_>>();
        json!({ "count": items.len(), "items": items })
    }

    pub(super) fn set_callback(&mut self, call: &Value) -> Result<Value, Refusal> {
        self.check_event_version("groups.setCallbackSettings", call)?;
        let id = self.server_id(call)?;
        if let Some(server) = self.callbacks.servers.get_mut(&id) {
            set_kinds(&mut server.kinds, call);
        }
        Ok(json!(1))
    }

    pub(super) fn callback_settings(&self, call: &Value) -> Result<Value, Refusal> {
        let id = self.server_id(call)?;
        let kinds = self.callbacks.servers.get(&id).map(|server| listed(&server.kinds));
        Ok(json!({ "api_version": super::form::VERSION, "events": kinds }))
    }

    fn server_id(&self, call: &Value) -> Result<i64, Refusal> {
        let id = call["server_id"].as_i64().filter(|id| self.callbacks.servers.contains_key(id));
        id.ok_or(Refusal::parameter("server_id is invalid"))
    }
}
