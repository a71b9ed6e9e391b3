//! `batch`: up to fifty commands in one request, one after another, later ones may use results of earlier ones.
//!
//! Source: `settings/how-to-call-rest-api/batch.md`. It is no transaction, and the whole answers 200 even if every
//! command failed. What an unresolved `$result[…]` becomes is not documented: an empty string here, and our failure.

use serde_json::{Map, Value, json};

use super::{Caller, Done, Reply, params, params::Tree, portal::Portal, refusal::Refusal};

const COMMANDS_MAX: usize = 50;

impl Portal {
    pub(super) fn batch(&mut self, caller: Caller, params: &Value, now_ms: i64) -> Reply {
        let commands = commands(&params["cmd"]);
        if commands.is_empty() {
            return Err(Refusal::missing("cmd"));
        }
        if commands.len() > COMMANDS_MAX {
            self.fail(format!("batch: {} commands, at most {COMMANDS_MAX} run", commands.len()));
        }
        let halts = params::is_yes(&params["halt"]);
        let mut outcome = Parts::default();
        for (index, (key, command)) in commands.into_iter().enumerate() {
            let reply = if index < COMMANDS_MAX {
                self.command(caller, &command, &outcome.results, now_ms)
            } else {
                Err(Refusal::bad("ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded"))
            };
            match reply {
                Ok(done) => outcome.keep(key, done),
                Err(refusal) => {
                    *self.refusals.entry(refusal.code()).or_default() += 1;
                    outcome.errors.insert(key, refusal.into_json());
                    if halts {
                        break;
                    }
                }
            }
        }
        Ok(outcome.into_value().into())
    }

    fn command(&mut self, caller: Caller, command: &str, results: &Map<String, Value>, now_ms: i64) -> Reply {
        let (method, query) = command.split_once('?').unwrap_or((command, ""));
        if method == "batch" {
            self.fail("batch: a batch inside a batch".to_owned());
            return Err(Refusal::new(405, "ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage"));
        }
        let query = self.substituted(query, results);
        *self.calls.entry(method.to_owned()).or_default() += 1;
        self.run_single(caller, method, &Tree::from_form(&query).into_body(false), now_ms)
    }

    /// Replaces each `$result[key][path]` by the scalar it points at, percent-encoded.
    fn substituted(&mut self, query: &str, results: &Map<String, Value>) -> String {
        const MARK: &str = "$result";
        // The mark may itself come percent-encoded.
        let query = query.replace("%24result", MARK);
        let mut done = String::with_capacity(query.len());
        let mut rest = query.as_str();
        while let Some(at) = rest.find(MARK) {
            done.push_str(&rest[..at]);
            let (path, after) = brackets(&rest[at + MARK.len()..]);
            let mut value = path.first().and_then(|key| results.get(key));
            for key in path.iter().skip(1) {
                value = value.and_then(|value| match key.parse::<usize>() {
                    Ok(index) if value.is_array() => value.get(index),
                    _ => value.get(key),
                });
            }
            match value.and_then(params::text) {
                Some(text) => done.push_str(&encoded(&text)),
                None => self.fail("batch: $result points at nothing".to_owned()),
            }
            rest = after;
        }
        done.push_str(rest);
        done
    }
}

#[derive(Default)]
struct Parts {
    results: Map<String, Value>,
    errors: Map<String, Value>,
    totals: Map<String, Value>,
    nexts: Map<String, Value>,
    times: Map<String, Value>,
}

impl Parts {
    fn keep(&mut self, key: String, done: Done) {
        self.totals.extend(done.total.map(|total| (key.clone(), json!(total))));
        self.nexts.extend(done.next.map(|next| (key.clone(), json!(next))));
        self.times.insert(key.clone(), json!({ "duration": 0.2 }));
        self.results.insert(key, done.result);
    }

    fn into_value(self) -> Value {
        json!({
            "result": shaped(self.results), "result_error": shaped(self.errors), "result_total": shaped(self.totals),
            "result_next": shaped(self.nexts), "result_time": shaped(self.times),
        })
    }
}

/// PHP prints an empty map, and a map of 0, 1, 2…, as a list.
fn shaped(map: Map<String, Value>) -> Value {
    if (0..map.len()).all(|index| map.contains_key(&index.to_string())) {
        let mut map = map;
        return (0..map.len()).map(|index| map.remove(&index.to_string()).unwrap_or_default()).collect();
    }
    Value::Object(map)
}

/// Commands in order: an object, an array of strings, or an array of `[key, command]` pairs.
fn commands(cmd: &Value) -> Vec<(String, String)> {
    let pair = |(key, value): (String, &Value)| match value {
        Value::Array(pair) => {
            let key = pair.first().and_then(params::text)?;
            Some((key, pair.get(1)?.as_str()?.to_owned()))
        }
        other => Some((key, other.as_str()?.to_owned())),
    };
    params::entries(cmd).into_iter().filter_map(pair).collect()
}

/// Splits `[a][b]rest` into its keys and the rest; brackets may be percent-encoded.
fn brackets(text: &str) -> (Vec<String>, &str) {
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some(inner) = rest.strip_prefix('[').or_else(|| rest.strip_prefix("%5B")) {
        let plain = inner.find(']').map(|at| (at, 1));
        let hidden = inner.find("%5D").map(|at| (at, 3));
        let Some((at, width)) = [plain, hidden].into_iter().flatten().min() else { break };
        keys.push(inner[..at].to_owned());
        rest = &inner[at + width..];
    }
    (keys, rest)
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut done, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            done.push(char::from(byte));
        } else {
            done.push_str(&format!("%{byte:02X}"));
        }
        done
    })
}
