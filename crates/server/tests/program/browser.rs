//! The product in a real browser: `e2e/*.mjs` play on the real binary, and this side moves the world.
//!
//! Pictures of every page go to `target/screenshots`; `UPDATE_IMAGES=1` renews those of `docs/images`.

mod doubts;
mod months;

use std::path::{Path, PathBuf};

use crate::real::node::{self, Node};
use crate::real::{IGOR, MARINA, Real, TOKEN, World, now_ms, wait_for};
use nochnik_doubles::bitrix24::{self, Settings};
use nochnik_doubles::faults::{Fault, Faults};
use nochnik_doubles::{telegram, yclients};
use serde_json::json;

fn pictures(of: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("screenshots").join(of)
}

fn is_possible() -> bool {
    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    node::is_there("node") && node::is_there(&chromium)
}

/// Plays a script to its end; `moves` does what the script asks of the world.
async fn play(script: &str, real: &mut Real, moves: impl AsyncFnMut(&str, &mut Real)) {
    play_with(script, real, &[], moves).await;
}

/// The same for a script that has to know more.
async fn play_with(script: &str, real: &mut Real, more: &[(&str, &str)], mut moves: impl AsyncFnMut(&str, &mut Real)) {
    let (url, link, pictures) = (real.url(), real.first_owner_link(), pictures(script));
    let variables = [
        ("NOCHNIK_URL", url.as_str()),
        ("NOCHNIK_LINK", link.as_str()),
        ("NOCHNIK_PICTURES", pictures.to_str().unwrap()),
    ];
    let variables: Vec<(&str, &str)> = variables.iter().chain(more).copied().collect();
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
    let complaints: Vec<String> =
        real.log().lines().filter(|line| !is_part_of_the_play(line)).map(str::to_owned).collect();
    assert!(complaints.is_empty(), "the server has nothing to complain of: {complaints:#?}");
}

/// Renews a picture of the README when asked to.
fn keep_image(from: &str, name: &str) {
    if std::env::var("UPDATE_IMAGES").is_ok() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/images");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy(pictures(from), folder.join(name)).unwrap();
    }
}

/// What the plays do on purpose.
fn is_part_of_the_play(line: &str) -> bool {
    [
        "A wrong password was given",
        "A wrong second factor was given",
        "Gave up outbox row",
        "record not found in store",
        "A call to subscriber:",
        "A person must mend calendar:yclients:",
    ]
    .into_iter()
    .any(|told| line.contains(told))
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
    keep_image("night/dialogue-1440-light.png", "console.png");
    keep_image("night/chat-360-light.png", "chat.png");
}

/// The first start as an owner walks it, from an empty folder to a booked test conversation.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_steps_in_the_browser() {
    if !is_possible() {
        return;
    }
    let mut real = Real::fresh();
    real.start().await;
    play("wizard", &mut real, async |wish, _| panic!("nobody can do {wish}")).await;
}

/// What the bot knows and says is the owner's to change, page by page.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_settings_in_the_browser() {
    if !is_possible() {
        return;
    }
    let mut real = Real::fresh();
    real.start().await;
    play("settings", &mut real, async |wish, _| panic!("nobody can do {wish}")).await;
}

/// A code beside the password and a link for somebody of the staff, on a phone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_and_an_invitation_on_a_phone() {
    if !is_possible() {
        return;
    }
    let mut real = Real::fresh();
    real.start().await;
    play("doors", &mut real, async |wish, _| panic!("nobody can do {wish}")).await;
}

/// The staff and a case: both sides of the table are played, the owner's and the manager's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_comes_and_is_taken_in_the_browser() {
    if !is_possible() {
        return;
    }
    let world = World::open(Settings { intensity: None, ..Settings::default() }).await;
    let mut real = Real::with(&world.document());
    real.start().await;
    world.staff_is_there(&real).await;
    play("cases", &mut real, async |wish, real| match wish.strip_prefix("Igor sends ") {
        Some(message) => {
            world.telegram.client_says(IGOR, message, now_ms());
            wait_for(real, "the bot to know Igor", 10, || world.telegram.last_to(IGOR)).await;
        }
        None if wish == "the notice says who took it" => {
            let is_taken = || world.telegram.last_to(MARINA).filter(|seen| seen.text.contains("Взял в работу"));
            wait_for(real, "the notice to change", 10, is_taken).await;
        }
        None => panic!("nobody can do {wish}"),
    })
    .await;
    world.telegram.assert_clean();
}

/// Who came, who did what, who is let out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_logins_and_the_journal_in_the_browser() {
    if !is_possible() {
        return;
    }
    let mut real = Real::fresh();
    real.start().await;
    play("journal", &mut real, async |wish, _| panic!("nobody can do {wish}")).await;
}

/// A portal and a branch of doubles, connected by the forms and switched off again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crm_and_a_calendar_are_connected_in_the_browser() {
    if !is_possible() {
        return;
    }
    let portal = bitrix24::Double::new(Settings { intensity: None, ..Settings::default() });
    let own = yclients::Settings::default();
    let branch = yclients::Double::new(own.clone());
    let servers = (bitrix24::serve(portal.clone()).await.unwrap(), yclients::serve(branch.clone()).await.unwrap());
    let webhook = format!("{}{}/", servers.0.url(), portal.base_path());
    let keys = json!({
        "company": yclients::COMPANY.to_string(), "partner": own.partner_token, "user": own.user_token,
        "api": format!("{}/api/v1", servers.1.url()),
    });
    let mut real = Real::fresh();
    real.start().await;
    let more = [("NOCHNIK_PORTAL", webhook.as_str()), ("NOCHNIK_BRANCH", &keys.to_string())];
    play_with("integrations", &mut real, &more, async |wish, real| match wish {
        "the booking stands in the portal" => {
            wait_for(real, "the lead", 30, || (!portal.leads().is_empty()).then_some(())).await;
        }
        wish => panic!("nobody can do {wish}"),
    })
    .await;
    portal.assert_clean();
    branch.assert_clean();
}

/// Keys for programs, and addresses that hear what happens.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_and_webhooks_in_the_browser() {
    if !is_possible() {
        return;
    }
    let mut real = Real::fresh();
    real.start().await;
    play("programs", &mut real, async |wish, _| panic!("nobody can do {wish}")).await;
}

/// A queue of doubts is labelled, taught and taken back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reader_is_taught_in_the_browser() {
    if !is_possible() {
        return;
    }
    let mut real = Real::fresh();
    doubts::fill(&real.database(), now_ms()).await;
    real.start().await;
    play("lessons", &mut real, async |wish, _| panic!("nobody can do {wish}")).await;
}

/// The acceptance nights, started by a tap.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_settings_are_proved_in_the_browser() {
    if !is_possible() {
        return;
    }
    let mut real = Real::fresh();
    real.start().await;
    play("check", &mut real, async |wish, _| panic!("nobody can do {wish}")).await;
}

/// Two months of facts lie in the database before the server starts: nobody can play them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_numbers_of_two_months_in_the_browser() {
    if !is_possible() {
        return;
    }
    let mut real = Real::fresh();
    months::fill(&real.database(), now_ms()).await;
    real.start().await;
    play("numbers", &mut real, async |wish, _| panic!("nobody can do {wish}")).await;
}

/// The push service is by other hands, and so is the browser that shows the push.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_as_an_app_in_the_browser() {
    if !is_possible() {
        return;
    }
    let mut service = Node::start("push.mjs", &[]);
    // The package has something to say first.
    let mut push_url = String::new();
    while !push_url.starts_with("http://") {
        push_url = service.line().await.expect("the address of the push service");
    }
    let mut real = Real::with(&called_by_push(&push_url));
    real.start().await;
    play_with("app", &mut real, &[("NOCHNIK_PUSH", &push_url)], async |wish, _| panic!("nobody can do {wish}")).await;
}

/// From a token to the first message, on a phone: the bot is a double, everything else is real.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_is_switched_on_in_the_browser() {
    if !is_possible() {
        return;
    }
    let telegram = telegram::Double::new(TOKEN);
    let server = telegram::serve(telegram.clone()).await.unwrap();
    let mut real = Real::fresh();
    real.start().await;
    let url = server.url();
    play_with("channels", &mut real, &[("NOCHNIK_BOT", &url), ("NOCHNIK_TOKEN", TOKEN)], async |wish, _| match wish {
        "somebody writes to the bot" => drop(telegram.client_says(MARINA, "проверка", now_ms())),
        wish => panic!("nobody can do {wish}"),
    })
    .await;
    telegram.assert_clean();
}

/// The demo salon with its owner on duty, whom nothing reaches before she switches pushes on.
fn called_by_push(push_url: &str) -> String {
    let mut document: toml::Table = include_str!("../../../../businesses/demo.toml").parse().unwrap();
    let own = format!(
        "people = [{{ id = \"roza\", name = \"Роза\", role = \"duty\" }}]\n\
         escalation = [{{ level = 2, role = \"duty\", steps = [{{ after_min = 0 }}, {{ after_min = 10 }}] }}]\n\
         shifts = []\nmeans = [{{ kind = \"webpush\", test_origin = \"{push_url}\" }}]\n"
    );
    document.extend(own.parse::<toml::Table>().unwrap());
    toml::to_string(&document).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_night_in_the_browser() {
    if !is_possible() {
        return;
    }
    let world = World::open(Settings { intensity: None, ..Settings::default() }).await;
    world.bitrix24.plan(Faults::by(|_| Some(Fault::Status(400))));
    let mut real = Real::with(&world.document());
    real.start().await;
    world.staff_is_there(&real).await;
    play("trouble", &mut real, async |wish, real| match wish {
        "Marina takes it" => {
            let notice =
                world.telegram.sent_to(MARINA).into_iter().find(|seen| seen.data_of("Беру").is_some()).unwrap();
            world.telegram.client_presses(MARINA, notice.message_id, notice.data_of("Беру").unwrap(), now_ms());
            let is_taken = || world.telegram.last_to(MARINA).filter(|seen| seen.text.contains("Взял в работу"));
            wait_for(real, "the notice to change", 10, is_taken).await;
        }
        "the CRM is well again" => world.bitrix24.plan(Faults::none()),
        "the lead stands in the CRM" => {
            wait_for(real, "the lead", 30, || (!world.bitrix24.leads().is_empty()).then_some(())).await;
            assert_eq!(world.bitrix24.leads().len(), 1, "one request, one lead");
        }
        wish => panic!("nobody can do {wish}"),
    })
    .await;
    keep_image("trouble/now-1440-dark.png", "now.png");
}
