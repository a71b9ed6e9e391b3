//! The real server of llama.cpp with a model of 135 million parameters, on this machine. Its words
//! mean nothing; the way there and back is the real one.

#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use jiff::Timestamp;
use nochnik_adapters::Failure;
use nochnik_adapters::failure::codes;
use nochnik_adapters::model::{self, OpenContext};
use nochnik_adapters::ports::{Model, Prompt};
use serde_json::{Value, json};

use crate::model::desk::prompt;

const KEY: &str = "sk-test";
const MODEL: &str = "smollm2-135m";

/// A server of our own; dropping it ends it.
struct Llama {
    process: Child,
    base: String,
}

impl Llama {
    /// Starts the server that `scripts/need-llm` has installed, or says why there is none. The
    /// script itself waits for the server's health, a minute at most.
    fn start() -> Result<Self, String> {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        let python = root.join("e2e/.llm/bin/python");
        if !root.join("e2e/.llm/ready").is_file() {
            return Err("it is not installed; run scripts/need-llm".to_owned());
        }
        let mut process = Command::new(python)
            .arg(root.join("e2e/llm.py"))
            .arg(KEY)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("its Python does not start: {error}"))?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let llama = Self { process, base: line.trim().to_owned() };
        assert!(llama.base.starts_with("http://127.0.0.1:"), "it is installed and does not come up: «{}»", llama.base);
        Ok(llama)
    }

    fn open(&self, key: &str, structured: &str) -> Arc<dyn Model> {
        let fields = json!({ "base_url": self.base, "model": MODEL, "key": key, "structured": structured });
        let fields: BTreeMap<String, Value> = serde_json::from_value(fields).unwrap();
        let context = OpenContext { now: Arc::new(|| Timestamp::UNIX_EPOCH), wire: None };
        model::open("openai", &fields, &context).unwrap()
    }
}

impl Drop for Llama {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn a_real_server_is_spoken_to_as_the_double_is() {
    let llama = match Llama::start() {
        Ok(llama) => llama,
        Err(why) => return eprintln!("SKIPPED llm: {why}"),
    };
    let model = llama.open(KEY, "schema");
    assert!(model.check().await.unwrap().contains("есть в списке"));
    for structured in ["schema", "json_object_schema"] {
        answers_by_the_schema_or_is_cut(&llama, structured).await;
    }

    let asked = model.ask(&Prompt { tokens_max: 4, ..prompt() }).await;
    assert!(is_refused(&asked.done, codes::CUT), "{asked:?}");
    let long = Prompt { user: "маникюр ".repeat(5_000), ..prompt() };
    let asked = model.ask(&long).await;
    assert!(is_refused(&asked.done, codes::TOO_LONG), "{asked:?}");

    let stranger = llama.open("sk-wrong", "schema");
    assert!(matches!(stranger.ask(&prompt()).await.done, Err(Failure::Broken { .. })));
}

/// An answer that came is in the schema already, or the adapter would have refused it.
async fn answers_by_the_schema_or_is_cut(llama: &Llama, structured: &str) {
    let model = llama.open(KEY, structured);
    let asked = model.ask(&Prompt { tokens_max: 120, ..prompt() }).await;
    assert!(asked.done.is_ok() || is_refused(&asked.done, codes::CUT), "{structured}: {asked:?}");
    assert!(asked.tokens.is_some_and(|tokens| tokens > 20), "{structured}: {asked:?}");
    assert_eq!(asked.sent, model.body(&Prompt { tokens_max: 120, ..prompt() }));
}

fn is_refused(done: &Result<Value, Failure>, expected: &str) -> bool {
    matches!(done, Err(Failure::Refused { code, .. }) if code == expected)
}
