//! Programs by other hands that the tests run: `web-push-testing` of npm and aiosmtpd of Python.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use nochnik_adapters::means::{self, OpenContext};
use nochnik_adapters::ports::Alert;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use crate::desk::{KEY, Means, alert, assert_means};

/// Long enough for a start on two busy cores.
const LINE_MAX: Duration = Duration::from_secs(60);

/// A running program; dropping it ends it.
pub struct Outsider {
    child: Child,
    lines: UnboundedReceiver<String>,
}

impl Outsider {
    /// Starts `e2e/{script}`; `None`, and a loud word, where what it needs is not installed.
    pub fn start(program: &str, needs: &[&str], script: &str, variables: &[(&str, &Path)]) -> Option<Self> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../e2e");
        let asked =
            Command::new(program).args(needs).current_dir(&folder).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !asked.is_ok_and(|status| status.success()) {
            let words = format!("SKIPPED: {program} cannot run e2e/{script}; run scripts/need-tools\n");
            // Past the test's own capture, so that it is seen in a run where all is green.
            std::io::stderr().write_all(words.as_bytes()).unwrap();
            return None;
        }
        let mut command = Command::new(program);
        command.arg(script).current_dir(folder).envs(variables.iter().copied());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = child.stdout.take().unwrap();
        let (sender, lines) = unbounded_channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Some(Self { child, lines })
    }

    /// The next line it says.
    pub async fn line(&mut self) -> String {
        timeout(LINE_MAX, self.lines.recv()).await.expect("a line in time").expect("it has ended")
    }

    /// What it has said and nobody has read yet.
    pub fn said(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.lines.try_recv().ok()).collect()
    }
}

impl Drop for Outsider {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Its own HTTP, past our adapters.
struct Service {
    base: String,
    http: reqwest::Client,
}

impl Service {
    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.base)).json(body);
        let text = request.send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_default()
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test's own client and the service's own clock")]
async fn the_third_party_push_service_unlocks_ours() {
    let needs = ["-e", "require('web-push-testing/src/server.js')"];
    let Some(mut program) = Outsider::start("node", &needs, "push.mjs", &[]) else { return };
    let mut base = program.line().await;
    while !base.starts_with("http") {
        base = program.line().await;
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let service = Service { base: base.clone(), http: reqwest::Client::new() };
    let key = means::new_push_key();
    let wish = json!({ "userVisibleOnly": "true", "applicationServerKey": means::public_push_key(&key).unwrap() });
    let subscription = service.post("/subscribe", &wish).await["data"].clone();
    let entry =
        [("private_key", json!(key)), ("contact", json!("mailto:owner@salon.example")), ("test_origin", json!(base))];
    let fields: BTreeMap<String, Value> = entry.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let context = OpenContext { now: Arc::new(Timestamp::now), hook_url: None, wire: None };
    let notifier = means::open("webpush", &fields, &context).unwrap();
    let to = json!({ "endpoint": subscription["endpoint"], "keys": subscription["keys"] }).to_string();

    let sent =
        Alert { link: Some("https://n.example/a/7f3k".to_owned()), ..alert("Клиент ждёт ответа") };
    notifier.send(&to, &sent, KEY).await.unwrap();
    let client = &subscription["clientHash"];
    let shown = service.post("/get-notifications", &json!({ "clientHash": client })).await;
    let push: Value = serde_json::from_str(shown["data"]["messages"][0].as_str().unwrap()).unwrap();
    assert_eq!(push["body"], "Клиент ждёт ответа");
    assert_eq!(push["link"], "https://n.example/a/7f3k");

    service.post(&format!("/expire-subscription/{}", client.as_str().unwrap()), &json!({})).await;
    let failure = notifier.send(&to, &sent, KEY).await.unwrap_err();
    assert_means(&failure, &Means::Refused("unreachable"), "an expired subscription");
}
