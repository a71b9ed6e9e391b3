//! Bitrix24 as the load sees it: empty, willing, and counting the requests that came to be leads.
//! How strictly the adapter follows the portal is for the contract tests and the doubles.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::rc::Rc;

use anyhow::Result;
use serde_json::{Map, Value, json};

use crate::wire::{self, Said};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Well,
    /// «Too many requests» to everything.
    Refuses,
    /// Takes the call and never answers.
    Hangs,
}

#[derive(Clone)]
pub struct Portal(Rc<State>);

struct State {
    mood: Cell<Mood>,
    next: Cell<i64>,
    origins: RefCell<HashSet<String>>,
    doubles: Cell<u64>,
}

impl Portal {
    pub fn new() -> Self {
        Self(Rc::new(State {
            mood: Cell::new(Mood::Well),
            next: Cell::new(1),
            origins: RefCell::default(),
            doubles: Cell::new(0),
        }))
    }

    pub async fn serve(&self) -> Result<SocketAddr> {
        let this = self.clone();
        wire::serve(move |path, body| this.answer(path, body)).await
    }

    pub fn set(&self, mood: Mood) {
        self.0.mood.set(mood);
    }

    pub fn leads(&self) -> usize {
        self.0.origins.borrow().len()
    }

    pub fn doubles(&self) -> u64 {
        self.0.doubles.get()
    }

    fn answer(&self, path: &str, body: &[u8]) -> Said {
        match self.0.mood.get() {
            Mood::Well => {}
            Mood::Refuses => {
                return Some((
                    503,
                    r#"{"error":"QUERY_LIMIT_EXCEEDED","error_description":"Too many requests"}"#.to_owned(),
                ));
            }
            Mood::Hangs => return None,
        }
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let method = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".json");
        let result = if method == "batch" { self.batch(&body) } else { self.call(method, &body.to_string()) };
        let time = json!({ "start": 0.0, "finish": 0.0, "duration": 0.0, "processing": 0.0, "operating": 0.0 });
        Some((200, json!({ "result": result, "time": time }).to_string()))
    }

    fn batch(&self, body: &Value) -> Value {
        let mut results = Map::new();
        for (key, command) in body["cmd"].as_object().into_iter().flatten() {
            let command = command.as_str().unwrap_or_default();
            let (method, query) = command.split_once('?').unwrap_or((command, ""));
            results.insert(key.clone(), self.call(method, query));
        }
        json!({ "result": results, "result_error": [], "result_total": [], "result_next": [], "result_time": [] })
    }

    fn call(&self, method: &str, said: &str) -> Value {
        let id = self.0.next.replace(self.0.next.get() + 1);
        match method {
            "crm.item.add" => {
                if let Some(origin) = origin_of(said)
                    && !self.0.origins.borrow_mut().insert(origin)
                {
                    self.0.doubles.set(self.0.doubles.get() + 1);
                }
                json!({ "item": { "id": id, "stageId": "NEW", "stageSemanticId": "P" } })
            }
            "crm.item.list" => json!({ "items": [] }),
            "crm.item.update" | "crm.item.get" => json!({ "item": { "id": id } }),
            "crm.duplicate.findbycomm" => json!([]),
            "crm.activity.todo.add" => json!({ "id": id }),
            "crm.settings.mode.get" => json!(1),
            "crm.status.list" | "crm.timeline.comment.list" => json!([]),
            method if method.ends_with(".userfield.list") => json!([]),
            _ => json!(id),
        }
    }
}

/// The value of `fields[originId]`, however the brackets are written.
fn origin_of(query: &str) -> Option<String> {
    let pair = query.split('&').find(|pair| pair.contains("originId"))?;
    pair.split_once('=').map(|(_, origin)| origin.to_owned())
}
