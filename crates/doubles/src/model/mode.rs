//! How one answer goes wrong.

use serde_json::{Value, json};

use super::{Ask, Ending, Profile, Reply};

/// Longer than any caller should read.
const HUGE_BYTES: usize = 300_000;

/// What becomes of one question that the server has understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    Well,
    /// The answer comes this many milliseconds late.
    Late(i64),
    /// Blank lines go before the JSON, as DeepSeek keeps a slow line open.
    Blanks,
    /// The limit of tokens fell in the middle of the JSON.
    Cut,
    /// JSON, but not of the shape that was asked for.
    Misfit,
    Empty,
    Null,
    /// The model itself says no.
    Refuses,
    /// The vendor's filter says no: `content_filter`, at GigaChat `blacklist`.
    Blocked,
    /// A tool nobody offered is called.
    Tool,
    /// The answer stands in a fence of Markdown.
    Fenced,
    /// A train of thought goes before the answer.
    Thinks,
    /// Nobody counted the tokens.
    Uncounted,
    /// Status 200, and an error of this code where the answer should be.
    ErrorInside(u16),
    /// The same, in the first choice.
    ErrorInChoice(u16),
    /// This status, in the vendor's shape.
    Status(u16),
    /// 429 with this `Retry-After`, or without one.
    Busy(Option<&'static str>),
    /// 429 that means an empty purse, as OpenAI says it.
    Unpaid,
    /// 403 of a moderator, as OpenRouter says it.
    Moderated,
    /// 400: more text than the model can hold.
    TooLong,
    /// A page of some proxy, with this status.
    Page(u16),
    /// The answer never ends, for all practical purposes.
    Huge,
    /// The connection closes.
    Drop,
    /// The connection stays open and nothing comes.
    Hang,
}

impl Mode {
    pub(super) fn end(self, profile: Profile, ask: &Ask, text: String) -> Ending {
        match self {
            Self::Late(after_ms) => Ending::Late { after_ms, reply: Said::well(text).reply(profile, ask) },
            Self::Drop => Ending::Lost,
            Self::Hang => Ending::Hung,
            mode => Ending::Said(mode.reply(profile, ask, text)),
        }
    }

    fn reply(self, profile: Profile, ask: &Ask, text: String) -> Reply {
        let said = |said: Said| said.reply(profile, ask);
        let error = |status: u16| json!({ "code": status, "message": "Provider returned error" });
        match self {
            Self::Blanks => {
                let reply = said(Said::well(text));
                Reply { body: format!("\n\n\n{}", reply.body), ..reply }
            }
            Self::Cut => {
                let half = text.chars().take(text.chars().count() / 2).collect::<String>();
                said(Said { ending: "length", ..Said::well(half) })
            }
            Self::Misfit => said(Said::well(json!({ "no_such_field": "и даже не по-русски" }).to_string())),
            Self::Empty => said(Said::well(String::new())),
            Self::Null => said(Said { content: Value::Null, ..Said::well(text) }),
            Self::Refuses => {
                said(Said { content: Value::Null, refusal: json!("I can't help with that."), ..Said::well(text) })
            }
            Self::Blocked => {
                let ending = if profile == Profile::GigaChat { "blacklist" } else { "content_filter" };
                said(Said {
                    ending, ..Said::well("Не люблю менять тему разговора".to_owned())
                })
            }
            Self::Tool => said(Said { ending: "tool_calls", content: Value::Null, ..Said::well(text) }),
            Self::Fenced => said(Said::well(format!("```json\n{text}\n```"))),
            Self::Thinks => said(Said::well(format!("<think>\nThe client wants {{something}}.\n</think>\n\n{text}"))),
            Self::Uncounted => said(Said { is_counted: false, ..Said::well(text) }),
            Self::Huge => said(Said::well(format!("{text}{}", " ".repeat(HUGE_BYTES)))),
            Self::ErrorInside(status) => Reply::json(200, &json!({ "error": error(status) })),
            Self::ErrorInChoice(status) => Reply::json(
                200,
                &json!({ "choices": [{ "index": 0, "finish_reason": "error", "error": error(status) }] }),
            ),
            Self::Status(status) => profile.refuses(status, "", ""),
            Self::Busy(after) => {
                let headers = after.map(|after| ("retry-after", after.to_owned())).into_iter().collect();
                Reply { headers, ..profile.refuses(429, "", "") }
            }
            Self::Unpaid => profile.refuses(429, "insufficient_quota", "You exceeded your current quota"),
            Self::Moderated => profile.refuses(403, "moderation", "Your input was flagged"),
            Self::TooLong => too_long(profile),
            Self::Page(status) => {
                Reply { status, headers: Vec::new(), body: "<html><body>Bad Gateway</body></html>".to_owned() }
            }
            Self::Well | Self::Late(_) | Self::Drop | Self::Hang => said(Said::well(text)),
        }
    }
}

/// Source: own runs of llama.cpp and llama-cpp-python, 2026-11-22; GigaChat's list of errors.
fn too_long(profile: Profile) -> Reply {
    match profile {
        Profile::LlamaCpp => profile.refuses(
            400,
            "exceed_context_size_error",
            "request (5031 tokens) exceeds the available context size (2048 tokens), try increasing it",
        ),
        Profile::GigaChat => profile.refuses(413, "", ""),
        _ => profile.refuses(400, "context_length_exceeded", "This model's maximum context length is 2048 tokens…"),
    }
}

/// One answer of the model.
struct Said {
    content: Value,
    refusal: Value,
    ending: &'static str,
    is_counted: bool,
}

impl Said {
    fn well(text: String) -> Self {
        Self { content: text.into(), refusal: Value::Null, ending: "stop", is_counted: true }
    }

    fn reply(self, profile: Profile, ask: &Ask) -> Reply {
        let mut message = json!({ "role": "assistant", "content": self.content });
        let mut ending = self.ending;
        if matches!(profile, Profile::OpenAi | Profile::Yandex) || !self.refusal.is_null() {
            message["refusal"] = self.refusal;
        }
        if let Some(name) = ask.function.as_ref().filter(|_| ending == "stop") {
            ending = call_function(&mut message, name);
        }
        let mut body = json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1_795_322_560, "model": profile.model(),
            "choices": [{ "index": 0, "finish_reason": ending, "message": message }],
        });
        if self.is_counted {
            // The vendors count differently and a double need not: sixty-one in, twenty-four out.
            body["usage"] = json!({ "prompt_tokens": 61, "completion_tokens": 24, "total_tokens": 85 });
        }
        Reply::json(200, &body)
    }
}

/// Turns the text into the arguments of a function: an object at GigaChat, not a string.
fn call_function(message: &mut Value, name: &str) -> &'static str {
    let arguments = message["content"].as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let Some(arguments) = arguments.filter(Value::is_object) else { return "error" };
    message["content"] = "".into();
    message["functions_state_id"] = "5f1c2a34-0000-4000-8000-000000000001".into();
    message["function_call"] = json!({ "name": name, "arguments": arguments });
    "function_call"
}
