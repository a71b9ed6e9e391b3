//! The people's side for a test in another process: `POST /_client/<act>`.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::State;

impl State {
    /// `says {person,text}`, `presses {person,wamid,id}`, `sends {person,kind,content}`, `sends_file
    /// {person,kind,mime_type,base64}`, `reads {person}`, `subscribes {}`; none for another act.
    pub(super) fn act_by_name(&mut self, act: &str, body: &Value, now_ms: i64) -> Option<Value> {
        let text = |key: &str| body[key].as_str().unwrap_or_default();
        let (person, kind) = (text("person"), text("kind"));
        let result = match act {
            "says" => json!(self.hear(person, json!({ "type": "text", "text": { "body": text("text") } }), now_ms)),
            "sends" => json!(self.hear(person, json!({ "type": kind, kind: body["content"] }), now_ms)),
            "sends_file" => {
                let content = STANDARD.decode(text("base64")).unwrap_or_default();
                json!(self.hear_file(person, kind, text("mime_type"), &content, body["more"].clone(), now_ms))
            }
            "presses" => json!(self.press(person, text("wamid"), text("id"), now_ms)),
            "reads" => {
                self.read_all(person, now_ms);
                Value::Bool(true)
            }
            "subscribes" => {
                self.is_subscribed = true;
                Value::Bool(true)
            }
            _ => return None,
        };
        Some(result)
    }
}
