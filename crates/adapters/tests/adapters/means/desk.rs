//! A vendor's account and the adapter that speaks to it, with one clock for both.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use nochnik_adapters::Failure;
use nochnik_adapters::failure::Scope;
use nochnik_adapters::means::{self, OpenContext};
use nochnik_adapters::ports::{Alert, Notifier};
use nochnik_doubles::means::{Double, Vendor, credentials, serve_with};
use nochnik_doubles::serve::Server;
use serde_json::{Value, json};

use crate::wire::Line;

/// Saturday 21 November 2026, 18:30 in Moscow.
pub const NOW_MS: i64 = 1_795_275_000_000;
pub const MARINA: &str = "+79281234567";
pub const KEY: &str = "lotos:case-7:level-2:sms";
/// Everything about an account that no log may show.
const SECRETS: [&str; 7] = [
    credentials::SMSRU_API_ID,
    credentials::SMSC_PASSWORD,
    credentials::SMSC_API_KEY,
    credentials::SMSAERO_API_KEY,
    credentials::EXOLVE_TOKEN,
    credentials::ZVONOK_PUBLIC_KEY,
    "h00kc0de",
];

/// One account of one vendor.
pub struct Desk {
    pub double: Double,
    pub notifier: Arc<dyn Notifier>,
    _server: Server,
    now_ms: Arc<AtomicI64>,
}

impl Desk {
    pub async fn of(kind: &str) -> Self {
        Self::with(kind, &[]).await
    }

    /// `changes` are fields of the entry; null stands for an absent one.
    pub async fn with(kind: &str, changes: &[(&str, Value)]) -> Self {
        let double = Double::new(vendor(kind));
        let now_ms = Arc::new(AtomicI64::new(NOW_MS));
        let clock = now_ms.clone();
        let server = serve_with(double.clone(), 0, Arc::new(move || clock.load(Ordering::Relaxed))).await.unwrap();
        let mut fields = fields(kind, &server.url());
        fields.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let notifier = means::open(kind, &fields, &context(None)).unwrap();
        Self { double, notifier, _server: server, now_ms }
    }

    pub fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    pub fn pass(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

/// Where reports would go.
pub const HOOK: &str = "https://n.example/hook/means/3f6c";

pub fn context(line: Option<&Line>) -> OpenContext {
    OpenContext {
        now: Arc::new(|| Timestamp::from_millisecond(NOW_MS).unwrap()),
        hook_url: Some(HOOK.to_owned()),
        wire: line.and_then(Line::wire),
    }
}

/// The adapter at the end of a scripted line.
pub fn scripted(kind: &str, line: &Line) -> Arc<dyn Notifier> {
    means::open(kind, &fields(kind, "https://vendor.example"), &context(Some(line))).unwrap()
}

fn vendor(kind: &str) -> Vendor {
    match kind {
        "smsru" => Vendor::SmsRu,
        "smsc" | "smsc_call" => Vendor::Smsc,
        "smsaero" => Vendor::SmsAero,
        "exolve" => Vendor::Exolve,
        "zvonok" => Vendor::Zvonok,
        other => panic!("{other} has no double here"),
    }
}

/// The entry of the one account that each double lets in.
pub fn fields(kind: &str, base: &str) -> BTreeMap<String, Value> {
    let own = match kind {
        "smsru" => vec![("api_id", credentials::SMSRU_API_ID), ("base_url", "/")],
        "smsc" | "smsc_call" => {
            vec![("login", credentials::SMSC_LOGIN), ("password", credentials::SMSC_PASSWORD), ("base_url", "/sys")]
        }
        "smsaero" => vec![
            ("email", credentials::SMSAERO_EMAIL),
            ("api_key", credentials::SMSAERO_API_KEY),
            ("sign", credentials::SENDER),
            ("base_url", "/v2"),
        ],
        "exolve" => vec![("token", credentials::EXOLVE_TOKEN), ("number", credentials::NUMBER), ("base_url", "/")],
        "zvonok" => vec![
            ("public_key", credentials::ZVONOK_PUBLIC_KEY),
            ("campaign_id", credentials::ZVONOK_CAMPAIGN),
            ("base_url", "/"),
        ],
        other => panic!("{other} has no entry here"),
    };
    let whole = |name: &str, value: &str| {
        if name == "base_url" { json!(format!("{base}{value}")) } else { json!(value) }
    };
    own.into_iter().map(|(name, value)| (name.to_owned(), whole(name, value))).collect()
}

pub fn alert(text: &str) -> Alert {
    Alert { title: "Горячий лид".to_owned(), text: text.to_owned(), ..Alert::default() }
}

/// A file of `contracts/`.
pub fn contract(file: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../contracts").join(file);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A failure as far as anything hangs on it.
#[derive(Debug, PartialEq)]
pub enum Means {
    Later(Option<i64>, Scope),
    Refused(&'static str),
    Broken,
    Unknown,
}

/// Compares, and sees to it that a failure is fit to be logged and shown.
#[track_caller]
pub fn assert_means(failure: &Failure, expected: &Means, case: &str) {
    let means = match failure {
        Failure::Later { after, scope, .. } => Means::Later(after.map(|after| after.as_secs()), *scope),
        Failure::Refused { code, .. } if matches!(expected, Means::Refused(own) if own == code) => {
            assert_eq!(code, code.trim(), "{case}");
            let Means::Refused(code) = expected else { unreachable!() };
            Means::Refused(code)
        }
        Failure::Refused { code, .. } => panic!("{case}: refused with {code}, expected {expected:?}"),
        Failure::Broken { hint, .. } => {
            assert!(hint.chars().any(|c| ('а'..='я').contains(&c)), "{case}: a person is told what to do: {hint}");
            Means::Broken
        }
        Failure::Unknown { .. } => Means::Unknown,
    };
    assert_eq!(&means, expected, "{case}: {failure}");
    assert_private(&failure.to_string(), case);
}

#[track_caller]
pub fn assert_private(text: &str, case: &str) {
    let private = SECRETS.into_iter().chain(["9281234567", "Срочная"]);
    for word in private {
        assert!(!text.contains(word), "{case}: shows {word}: {text}");
    }
}
