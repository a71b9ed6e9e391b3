//! Errors, in all the shapes that pages and integrators show.

use serde_json::{Value, json};

use crate::Answer;

#[derive(Debug, Clone)]
pub(super) struct Refusal {
    status: u16,
    /// The vendor's own number beside the status.
    code: Option<i64>,
    fields: Vec<&'static str>,
}

impl Refusal {
    pub(super) fn of_status(status: u16) -> Self {
        Self { status, code: None, fields: Vec::new() }
    }

    /// 433 and its kin.
    pub(super) fn of_code(code: i64) -> Self {
        Self { status: if code == 434 { 403 } else { 422 }, code: Some(code), fields: Vec::new() }
    }

    pub(super) fn of_fields(fields: Vec<&'static str>) -> Self {
        Self { status: 422, code: None, fields }
    }

    fn message(&self) -> &'static str {
        match (self.code, self.status) {
            (Some(431), _) => "Неверный формат телефона",
            (Some(432), _) => "Неверный код подтверждения",
            (Some(433), _) => "Выбранное время занято",
            (Some(434), _) => "Запись невозможна",
            (Some(435), _) => "Не указано имя",
            (Some(436), _) => "Нет свободного мастера",
            (Some(437), _) => "Записи пересекаются",
            (Some(438), _) => "Услуга недоступна для записи",
            (Some(400), _) => "Неверный e-mail",
            (_, 401) => "Необходима авторизация",
            (_, 402) => "Лицензия не оплачена",
            (_, 403) => "Нет прав на управление филиалом",
            (_, 404) => "Не найдено",
            (_, 429) => "Превышен лимит запросов",
            (_, 422) => "Произошла ошибка",
            _ => "Неверный формат запроса",
        }
    }

    /// `turn` picks one of the places where the number has been seen.
    pub(super) fn into_answer(self, turn: u64) -> Answer {
        if self.status >= 500 {
            return Answer::html(self.status);
        }
        let message = self.message();
        if !self.fields.is_empty() {
            let errors: Vec<Value> = self.fields.iter().map(|field| json!({ *field: "Неверное значение" })).collect();
            let body = json!({ "success": false, "data": null, "meta": { "message": message, "errors": errors } });
            return Answer { status: 422, body };
        }
        let Some(code) = self.code else {
            let status = self.status;
            let body = if turn.is_multiple_of(2) {
                json!({ "success": false, "data": null, "meta": { "message": message } })
            } else {
                json!({ "errors": { "code": status, "message": message }, "meta": { "message": message } })
            };
            return Answer { status, body };
        };
        let body = match turn % 5 {
            0 => {
                json!({ "success": false, "data": null, "meta": { "code": code, "message": message, "appointment_id": 1 } })
            }
            1 => json!({ "errors": { "code": code, "message": message, "id": 1 }, "meta": { "message": message } }),
            2 => json!({ "success": false, "errors": [{ "code": code.to_string(), "message": message }], "meta": [] }),
            3 => {
                json!({ "success": false, "data": [], "meta": { "message": message, "errors": [{ "code": code, "message": message }] } })
            }
            // The status alone proves nothing.
            _ => {
                return Answer {
                    status: 200,
                    body: json!({ "success": false, "data": null, "meta": { "code": code, "message": message } }),
                };
            }
        };
        Answer { status: self.status, body }
    }
}
