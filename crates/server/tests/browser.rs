//! The product in a real browser: `e2e/*.mjs` play on the real binary, and this side moves the world.
//!
//! Pictures of every page go to `target/screenshots`; `UPDATE_IMAGES=1` renews those of `docs/images`.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test drives its peers itself and says what it saw"
)]

mod real;

use std::path::{Path, PathBuf};

use real::node::{self, Node};
use real::Real;

fn pictures(of: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("screenshots").join(of)
}

fn is_possible() -> bool {
    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    node::is_there("node") && node::is_there(&chromium)
}

/// Plays a script to its end; `moves` does what the script asks of the world.
async fn play(script: &str, real: &mut Real, mut moves: impl AsyncFnMut(&str, &mut Real)) {
    let (url, link, pictures) = (real.url(), real.first_owner_link(), pictures(script));
    let variables = [
        ("NOCHNIK_URL", url.as_str()),
        ("NOCHNIK_LINK", link.as_str()),
        ("NOCHNIK_PICTURES", pictures.to_str().unwrap()),
    ];
    let mut actor = Node::start(&format!("{script}.mjs"), &variables);
    let mut last = String::new();
    while let Some(line) = actor.line().await {
        match line.strip_prefix("ASK ") {
            Some(wish) => {
                moves(wish, real).await;
                actor.tell("DONE");
            }
            None => println!("{line}"),
        }
        last = line;
    }
    assert!(actor.ended_well() && last == "OVER", "{script} did not end well; the server said:\n{}", real.log());
    let complaints: Vec<String> = real.log().lines().filter(|line| !is_part_of_the_play(line)).map(str::to_owned).collect();
    assert!(complaints.is_empty(), "the server has nothing to complain of: {complaints:#?}");
}

/// What the plays do on purpose.
fn is_part_of_the_play(line: &str) -> bool {
    line.contains("A wrong password was given") || line.contains("Bitrix24")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_night_in_the_browser() {
    if !is_possible() {
        return;
    }
    let mut real = Real::fresh();
    real.start().await;
    play("night", &mut real, async |wish, real| {
        if wish != "start" {
            real.kill();
        }
        if wish != "stop" {
            real.start().await;
        }
    })
    .await;
}
