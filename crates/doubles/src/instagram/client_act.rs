//! The people's side for a test in another process: `POST /_client/<act>`.

use serde_json::{Value, json};

use super::State;

impl State {
    /// `says {person,text}`, `presses {person,mid,payload}`, `human_answers {person,text}`, `subscribes {}`; none for
    /// another act.
    pub(super) fn act_by_name(&mut self, act: &str, body: &Value, now_ms: i64) -> Option<Value> {
        let text = |key: &str| body[key].as_str().unwrap_or_default();
        let person = text("person");
        let result = match act {
            "says" => json!(self.hear(person, json!({ "text": text("text") }), now_ms)),
            "presses" => json!(self.press(person, text("mid"), text("payload"), now_ms)),
            "human_answers" => json!(self.keep(person, &json!({ "text": text("text") }), true, now_ms)),
            "subscribes" => {
                self.subscribe_to_all();
                Value::Bool(true)
            }
            _ => return None,
        };
        Some(result)
    }
}
