//! What one account holds.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    custom::Custom,
    limits::Ban,
    oauth::App,
    row::Row,
    settings::{BOOKED, CANCELLED, FIRST, LOST, OTHER_FIRST, OTHER_PIPELINE, PIPELINE, Settings, UNSORTED, WON},
};
use crate::window::Window;

pub(super) struct State {
    pub settings: Settings,
    pub leads: BTreeMap<i64, Row>,
    pub contacts: BTreeMap<i64, Row>,
    pub notes: BTreeMap<i64, Value>,
    pub tasks: BTreeMap<i64, Value>,
    pub lead_fields: Vec<Custom>,
    pub contact_fields: Vec<Custom>,
    pub calls: BTreeMap<String, u64>,
    pub failures: Vec<String>,
    pub window: Window,
    pub ban: Ban,
    /// The integration that works by consent, if the owner made one.
    pub app: Option<App>,
    last_id: i64,
}

impl State {
    pub(super) fn new(settings: Settings) -> Self {
        let lead_fields = if settings.has_utm { Custom::utm() } else { Vec::new() };
        Self {
            settings,
            leads: BTreeMap::new(),
            contacts: BTreeMap::new(),
            notes: BTreeMap::new(),
            tasks: BTreeMap::new(),
            lead_fields,
            contact_fields: vec![Custom::phone(), Custom::email()],
            calls: BTreeMap::new(),
            failures: Vec::new(),
            window: Window::default(),
            ban: Ban::default(),
            app: None,
            last_id: 10_185_150,
        }
    }

    pub(super) fn new_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    pub(super) fn fail(&mut self, failure: String) {
        self.failures.push(failure);
    }

    pub(super) fn account(&self) -> Value {
        json!({ "id": 29_085_955, "name": "Салон «Лотос»", "subdomain": "salon-demo", "currency": "RUB" })
    }

    pub(super) fn pipelines(&self) -> Value {
        let of = |pipeline: i64, id: i64, name: &str, kind: i64| json!({ "id": id, "name": name, "sort": 10, "type": kind, "pipeline_id": pipeline, "color": "#fffeb2" });
        let status = |id: i64, name: &str, kind: i64| of(PIPELINE, id, name, kind);
        let statuses = json!([
            status(UNSORTED, "Неразобранное", 1),
            status(FIRST, "Первичный контакт", 0),
            status(BOOKED, "Записан", 0),
            status(CANCELLED, "Отменил", 0),
            status(WON, "Успешно реализовано", 0),
            status(LOST, "Закрыто и не реализовано", 0),
        ]);
        let mut pipelines = vec![json!({
            "id": PIPELINE, "name": "Воронка", "sort": 1, "is_main": true, "is_unsorted_on": true, "is_archive": false,
            "_embedded": { "statuses": statuses },
        })];
        if self.settings.has_second {
            let statuses = [
                of(OTHER_PIPELINE, OTHER_FIRST, "Обучение", 0),
                of(OTHER_PIPELINE, WON, "Успешно реализовано", 0),
                of(OTHER_PIPELINE, LOST, "Закрыто и не реализовано", 0),
            ];
            pipelines.push(json!({
                "id": OTHER_PIPELINE, "name": "Курсы", "sort": 2, "is_main": false, "is_unsorted_on": false,
                "is_archive": false, "_embedded": { "statuses": statuses },
            }));
        }
        json!({ "_total_items": pipelines.len(), "_embedded": { "pipelines": pipelines } })
    }
}
