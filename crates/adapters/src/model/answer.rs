//! Reads what a server answered: status first, body second, and no shape is taken for granted.

use serde_json::Value;

use super::{refusal, schema};
use crate::failure::{Failure, Scope, codes};
use crate::http::Answer;

/// How the answer was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The server was told the schema: the text is JSON from its first character to its last.
    Strict,
    /// The model was only asked: a fence and a visible train of thought are taken off.
    Loose,
    /// The answer is the arguments of a function (GigaChat).
    Function,
}

/// What an answer holds.
pub struct Read {
    pub done: Result<Value, Failure>,
    pub tokens: Option<u64>,
}

/// Reads the answer to a question whose answer must fit `schema`, whatever the server promised.
pub fn read(answer: &Answer, reading: Reading, schema: &Value) -> Read {
    let body = match body_of(answer) {
        Ok(body) => body,
        Err(failure) => return Read { done: Err(failure), tokens: None },
    };
    let done = said(&body, reading).and_then(|said| match schema::fit(schema, &said) {
        Ok(()) => Ok(said),
        Err(why) => Err(misfit(&format!("the answer does not fit the schema: {why}"))),
    });
    Read { done, tokens: tokens(&body["usage"]) }
}

/// Reads the list of models as a sentence for the owner.
pub fn models(answer: &Answer, model: &str) -> Result<String, Failure> {
    let body = body_of(answer)?;
    let Some(list) = body["data"].as_array() else { return Err(not_a_model(answer.status)) };
    let is_listed = list.iter().any(|entry| entry["id"] == model);
    Ok(if is_listed {
        format!("Ключ принят, модель «{model}» есть в списке поставщика.")
    } else {
        format!("Ключ принят, но модели «{model}» в списке поставщика нет. Проверьте название.")
    })
}

/// The body of a success. Errors may come with status 200 (OpenRouter, once it has begun to answer).
fn body_of(answer: &Answer) -> Result<Value, Failure> {
    if !(200..300).contains(&answer.status) {
        return Err(refusal::failure(answer.status, &answer.body, answer.retry_after));
    }
    let body: Value = serde_json::from_slice(&answer.body).map_err(|_| not_a_model(answer.status))?;
    let errors = [&body["error"], &body["choices"][0]["error"]];
    if let Some(error) = errors.into_iter().find(|error| !error.is_null()) {
        return Err(refusal::of_error(error, answer.retry_after));
    }
    Ok(body)
}

fn said(body: &Value, reading: Reading) -> Result<Value, Failure> {
    let choice = &body["choices"][0];
    let message = &choice["message"];
    if !message.is_object() {
        return Err(not_a_model(200));
    }
    let ending = choice["finish_reason"].as_str().unwrap_or_default();
    match (ending, reading) {
        ("length", _) => return Err(refused(codes::CUT, "the answer was cut at the limit of tokens")),
        ("content_filter" | "blacklist", _) => return Err(refused(codes::BLOCKED, "the vendor's filter stopped it")),
        ("function_call", Reading::Function) => return Ok(message["function_call"]["arguments"].clone()),
        ("stop", Reading::Strict | Reading::Loose) => {}
        _ => return Err(misfit("the answer ended otherwise than it should")),
    }
    if !message["refusal"].is_null() {
        return Err(refused(codes::BLOCKED, "the model refused"));
    }
    let text = message["content"].as_str().unwrap_or_default().trim();
    let text = if reading == Reading::Loose { bare(text) } else { text };
    if text.is_empty() {
        return Err(misfit("the answer is empty"));
    }
    serde_json::from_str(text).map_err(|_| misfit("the answer is not JSON"))
}

/// Takes off a leading `<think>…</think>` and one fence around the whole.
fn bare(text: &str) -> &str {
    let thought = text.strip_prefix("<think>").and_then(|rest| rest.split_once("</think>"));
    let text = thought.map_or(text, |(_, answer)| answer).trim();
    let fenced = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    fenced.map_or(text, |inside| inside.strip_prefix("json").unwrap_or(inside)).trim()
}

/// `total_tokens` of GigaChat leaves out what its cache knew, so the two parts come first. Absent
/// means unknown, not zero.
fn tokens(usage: &Value) -> Option<u64> {
    let parts = [&usage["prompt_tokens"], &usage["completion_tokens"]];
    match parts.map(Value::as_u64) {
        [Some(prompt), Some(completion)] => Some(prompt.saturating_add(completion)),
        _ => usage["total_tokens"].as_u64(),
    }
}

fn refused(code: &str, why: &str) -> Failure {
    Failure::Refused { code: code.to_owned(), why: why.to_owned() }
}

fn misfit(why: &str) -> Failure {
    refused(codes::MISFIT, why)
}

/// A page of a proxy or a provider's portal, most often.
fn not_a_model(status: u16) -> Failure {
    Failure::Later {
        after: None,
        scope: Scope::Destination,
        why: format!("answer {status} is not one of a language model"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{bare, tokens};

    #[test]
    fn thoughts_and_one_fence_are_taken_off() {
        for (text, expected) in [
            ("{}", "{}"),
            ("```json\n{\"a\":1}\n```", "{\"a\":1}"),
            ("```\n{}\n```", "{}"),
            ("<think>\nокно ```x```\n</think>\n\n```json\n{}\n```", "{}"),
            ("<think>without an end {}", "<think>without an end {}"),
            ("Вот ответ: {}", "Вот ответ: {}"),
        ] {
            assert_eq!(bare(text), expected);
        }
    }

    #[test]
    fn tokens_nobody_counted_are_unknown() {
        for (usage, expected) in [
            (json!({ "prompt_tokens": 61, "completion_tokens": 24, "total_tokens": 85 }), Some(85)),
            (
                json!({ "prompt_tokens": 120, "completion_tokens": 18, "total_tokens": 38, "precached_prompt_tokens": 100 }),
                Some(138),
            ),
            (json!({ "total_tokens": 7 }), Some(7)),
            (json!({ "prompt_tokens": "61" }), None),
            (json!(null), None),
        ] {
            assert_eq!(tokens(&usage), expected, "{usage}");
        }
    }
}
