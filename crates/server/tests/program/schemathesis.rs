//! Schemathesis, a tester by other hands, sends made-up requests to the real binary: every answer must be one that the
//! document of the API tells of, and none a fault of ours. The salon has clients, leads and bookings by then.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::real::{Real, World, now_ms, wait_for};
use nochnik_doubles::bitrix24::Settings;
use nochnik_server::web::api::{SECRET_PREFIX, Scope, hash_of};
use nochnik_store::api_keys::{self, NewKey};
use nochnik_store::{Store, bookings, leads};

const CLIENT: i64 = 6_100_000;
const CLIENTS: i64 = 3;
/// As many as no run of two minutes exhausts: each lets 300 calls a minute through.
const KEYS: usize = 20;
/// Made-up requests for each call, the same every time.
const EXAMPLES: &str = "30";
/// Longest run, in seconds.
const RUN_S: u64 = 300;

const CHECKS: [&str; 9] = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "ignored_auth",
    "unsupported_method",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_made_up_request_gets_an_undocumented_answer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e").canonicalize().unwrap();
    let program = folder.join(".schemathesis/bin/schemathesis");
    if !program.exists() {
        eprintln!("SKIPPED: no Schemathesis; scripts/need-tools brings it");
        return;
    }
    let world = World::open(Settings { intensity: None, ..Settings::default() }).await;
    let mut real = Real::with(&world.document());
    real.start().await;
    world.staff_is_there(&real).await;
    some_clients_book(&world, &real).await;
    real.stop().await;
    let (keys, booking) = make_keys(&real).await;
    real.start().await;
    let report = tokio::time::timeout(
        Duration::from_secs(RUN_S),
        tokio::task::spawn_blocking({
            let (url, home) = (real.url(), real.database().parent().map(Path::to_path_buf).unwrap());
            move || run(&program, &folder, &home, &url, (&keys, &booking))
        }),
    );
    let (is_clean, said) = report.await.unwrap_or_else(|_| panic!("not done in {RUN_S} s")).unwrap();
    println!("{said}");
    assert!(is_clean, "{said}\n{}", real.log());
    for untested in ["Rate limited", "Authentication failed", "Missing test data"] {
        assert!(!said.contains(untested), "{untested}: {said}");
    }
    real.kill();
}

async fn some_clients_book(world: &World, real: &Real) {
    let words = ["Здравствуйте", "сколько стоит маникюр?", "запишите меня на маникюр на субботу", "первое"];
    for client in CLIENT..CLIENT + CLIENTS {
        let named = format!("Анна, 8 918 {}", 5_550_000 + client - CLIENT);
        for line in words.into_iter().chain([named.as_str(), "да"]) {
            let before = world.telegram.sent_to(client).len();
            world.telegram.client_says(client, line, now_ms());
            wait_for(real, "an answer", 20, || (world.telegram.sent_to(client).len() > before).then_some(())).await;
        }
    }
}

/// Keys with every right, put where the owner's page would put them; and a booking as the API names it.
async fn make_keys(real: &Real) -> (Vec<String>, String) {
    let store = Store::open(&format!("sqlite:{}", real.database().display())).await.unwrap();
    let visits = store.read(|sql| bookings::list(sql, "lotos", 0, i64::MAX)).await.unwrap();
    let found =
        store.read(|sql| leads::list(sql, "lotos", &leads::LeadFilter::default(), i64::MAX, 100)).await.unwrap();
    assert!(!visits.is_empty() && !found.is_empty(), "{} bookings, {} leads", visits.len(), found.len());
    let secrets: Vec<String> = (0..KEYS).map(|n| format!("{SECRET_PREFIX}{n:064x}")).collect();
    let own = secrets.clone();
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        let scopes = Scope::ALL.map(Scope::word).join(" ");
        for (n, secret) in own.iter().enumerate() {
            let (id, secret_hash) = (format!("key-{n}"), hash_of(secret));
            let key = NewKey {
                id: &id,
                secret_hash: &secret_hash,
                title: "Проверка",
                scopes: &scopes,
                person_id: "marina",
                created_at_ms: 0,
            };
            assert!(api_keys::put(sql, "lotos", &key, i64::MAX)?);
        }
        Ok(())
    };
    store.write(job).await.unwrap();
    store.close().await;
    (secrets, visits[0].id.replace('/', "."))
}

/// Whether nothing was found, and what the tester said.
fn run(program: &Path, folder: &Path, home: &Path, url: &str, (keys, booking): (&[String], &str)) -> (bool, String) {
    let mut command = Command::new(program);
    command
        .arg("--config-file")
        .arg(folder.join("schemathesis.toml"))
        .args(["run", &format!("{url}/api/v1/openapi.json")]);
    command.args(["--checks", &CHECKS.join(","), "--phases", "examples,coverage,fuzzing,stateful"]);
    command.args(["--max-examples", EXAMPLES, "--generation-deterministic", "--no-color"]);
    command.args(["--continue-on-failure", "--request-timeout", "20"]);
    // It writes its own notes beside; they go with the folder.
    command
        .current_dir(home)
        .env("SCHEMATHESIS_HOOKS", "api")
        .env("PYTHONPATH", folder)
        .env("KEYS", keys.join(","))
        .env("BOOKING", booking);
    let output = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), said)
}
