//! Calls of a robot: the portal rings a number and reads a text.
//!
//! Source: `ar/telephony/voximplant/voximplant-infocall-start-with-text.md`, `voximplant-statistic-get.md`,
//! `lines/voximplant-line-get.md`. Which fields of a row the statistics fill for such a call is documented by example only.

use serde_json::{Map, Value, json};

use super::{Done, Reply, moment, params, portal::Portal, refusal::Refusal};

/// One call. Repeating the method makes another: nothing here is idempotent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Infocall {
    pub call_id: String,
    pub line: String,
    /// Digits, as given.
    pub number: String,
    pub text: String,
    pub voice: Option<String>,
    pub started_ms: i64,
    /// How it ended; none while it rings.
    pub code: Option<String>,
}

impl Portal {
    pub(super) fn infocall_start(&mut self, params: &Value, now_ms: i64) -> Reply {
        let text_of = |name: &str| params::text(&params[name]).filter(|text| !text.is_empty());
        let required = |name: &str| text_of(name).ok_or_else(|| Refusal::missing(name));
        let (line, number, text) = (required("FROM_LINE")?, required("TO_NUMBER")?, required("TEXT_TO_PRONOUNCE")?);
        if line == "LINK_BASE_NUMBER" {
            return Err(core("Making infocall using LINK_BASE_NUMBER is not allowed"));
        }
        if self.settings.lines.iter().all(|(code, _)| *code != line) {
            return Err(core(&format!("Could not find config for number {line}")));
        }
        let digits = number.strip_prefix('+').unwrap_or(&number);
        if !(10..=15).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(core("Phone number is not correct"));
        }
        if self.infocalls.len() >= self.settings.infocalls_max {
            return Err(core("Infocall limit for this month is exceeded"));
        }
        let call_id = format!("infocall.{:08x}.{now_ms}", self.infocalls.len() + 1);
        let voice = text_of("VOICE");
        let call = Infocall { call_id: call_id.clone(), line, number, text, voice, started_ms: now_ms, code: None };
        self.infocalls.push(call);
        Ok(json!({ "RESULT": true, "CALL_ID": call_id }).into())
    }

    pub(super) fn line_get(&self) -> Reply {
        if !self.settings.sees_lines {
            return Err(Refusal::new(403, "ACCESS_DENIED", "Access denied!"));
        }
        let lines = self.settings.lines.iter().map(|(code, title)| (code.clone(), json!(title)));
        Ok(Value::Object(lines.collect::<Map<_, _>>()).into())
    }

    /// Only calls that have ended stand here.
    pub(super) fn statistic_get(&self, params: &Value) -> Reply {
        let wanted = params::text(&params["FILTER"]["CALL_ID"]);
        let ended = self.infocalls.iter().filter(|call| wanted.as_ref().is_none_or(|id| *id == call.call_id));
        let rows = ended.filter_map(|call| Some((call, call.code.as_ref()?))).map(|(call, code)| {
            json!({
                "CALL_ID": call.call_id, "CALL_TYPE": "5", "PHONE_NUMBER": call.number, "PORTAL_NUMBER": call.line,
                "CALL_DURATION": if code == "200" { "18" } else { "0" }, "CALL_FAILED_CODE": code,
                "CALL_START_DATE": moment::iso(call.started_ms),
            })
        });
        let rows = rows.collect::<Vec<_>>();
        Ok(Done { total: Some(rows.len()), result: json!(rows), next: None })
    }
}

/// All refusals of telephony share one code.
fn core(text: &str) -> Refusal {
    Refusal::bad("ERROR_CORE", text)
}
