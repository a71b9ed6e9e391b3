//! A channel that falls silent at night: the owner hears of it, and of its return; a webhook that was taken away
//! comes back by itself. Source: reliability F14–F16, F69.

use std::sync::Arc;

use nochnik_doubles::{Fault, Faults};

use crate::end;
use crate::ends::Vk;
use crate::stage::{Plan, Stage};

const NIGHT: &str = "https://night.example";

fn night() -> nochnik_core::story::Story {
    crate::story("01-booking-step-by-step")
}

/// Vendor and its name, the fault of every call, and when at the latest the owner hears of it, in minutes.
const ROWS: &[(&str, &str, Fault)] = &[
    ("telegram", "Телеграм (client) не работает с 23:4", Fault::Status(401)),
    ("telegram", "Телеграм (client) не работает с 23:4", Fault::Status(502)),
    ("max", "MAX (client) не работает с 23:4", Fault::Status(401)),
    ("max", "MAX (client) не работает с 23:4", Fault::Status(503)),
    ("vk", "ВКонтакте (client) не работает с 23:4", Fault::Status(401)),
    ("whatsapp", "WhatsApp (client) не работает с 23:4", Fault::Status(401)),
    ("instagram", "Instagram (client) не работает с 23:4", Fault::Status(401)),
];

#[tokio::test(start_paused = true)]
async fn the_owner_hears_within_a_minute_of_the_evidence_and_again_when_it_is_over() {
    for (vendor, words, fault) in ROWS {
        let stage = Stage::open(&night(), vec![end(vendor).into()]).await;
        stage.engine.watch_channels();
        stage.end().plan(Faults::by(move |_| Some(*fault)));
        stage.end().says("сколько стоит маникюр?");
        // A burst that is not over waits a few seconds before there is anything to send.
        stage.live(1).await;
        stage.settle().await;
        let told = stage.told().await;
        assert!(matches!(&told[..], [one] if one.starts_with(words)), "{vendor} {fault:?}: {told:?}");
        stage.end().plan(Faults::none());
        stage.live(12).await;
        let told = stage.told().await;
        assert!(matches!(&told[..], [_, back] if back.contains("снова работает")), "{vendor} {fault:?}: {told:?}");
        stage.engine.kill().await;
    }
}

/// A stutter of seconds rings nobody.
#[tokio::test(start_paused = true)]
async fn what_passes_within_seconds_is_not_told() {
    for vendor in ["telegram", "max", "vk", "whatsapp", "instagram"] {
        let stage = Stage::open(&night(), vec![end(vendor).into()]).await;
        stage.engine.watch_channels();
        let (faults, _) = crate::faults::once(Fault::Status(502));
        stage.end().plan(faults);
        stage.end().says("сколько стоит маникюр?");
        stage.live(5).await;
        assert_eq!(stage.told().await, Vec::<String>::new(), "{vendor}");
        assert!(stage.end().seen().contains("Маникюр без покрытия"), "{vendor}: {}", stage.end().seen());
        stage.engine.kill().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_webhook_taken_away_is_put_back_and_told() {
    for (vendor, title) in [("telegram", "Телеграм"), ("max", "MAX"), ("whatsapp", "WhatsApp")] {
        let plan = Plan { listening_at: NIGHT, ..Plan::default() };
        let stage = Stage::open_as(&night(), vec![end(vendor).into()], plan).await;
        stage.live(1).await;
        stage.says(0, "сколько стоит маникюр?").await;
        assert!(stage.end().seen().contains("Маникюр без покрытия"), "{vendor}: {}", stage.end().seen());
        assert_eq!(stage.told().await, Vec::<String>::new(), "{vendor}: a first time is no news");
        stage.end().hijacked();
        stage.live(6).await;
        let told = stage.told().await;
        let is_news = |text: &String| text.starts_with(&format!("{title} (client): сообщения не доходили до Ночника"));
        assert!(matches!(&told[..], [one] if is_news(one)), "{vendor}: {told:?}");
        stage.says(0, "а где вы находитесь?").await;
        assert!(stage.end().seen().contains("Примерная"), "{vendor}: {}", stage.end().seen());
        stage.engine.kill().await;
    }
}

/// Clients write each hour in both chats; then only in one. Nobody has refused anything: the other is deaf.
#[tokio::test(start_paused = true)]
async fn a_channel_silent_against_its_own_habit_is_told_once() {
    const DAY_MS: i64 = 24 * 3_600_000;
    let stage = Stage::open(&night(), vec![end("telegram").into(), end("max").into()]).await;
    stage.says(0, "добрый вечер").await;
    stage.says(1, "добрый вечер").await;
    let now_ms = stage.now_ms();
    stage.wrote_hourly(0, now_ms - 20 * DAY_MS, now_ms).await;
    stage.wrote_hourly(1, now_ms - 20 * DAY_MS, now_ms + 20 * DAY_MS).await;
    stage.engine.watch_channels();
    // 23:40, then 9:40, 10:40 and so on: nobody is told of it at night.
    for hours in [10, 1, 1, 5, 24] {
        stage.wait(hours * 3_600_000).await;
        stage.settle().await;
    }
    let told = stage.told().await;
    let words = "Телеграм (client): никто не пишет, последнее сообщение — ";
    assert!(matches!(&told[..], [one] if one.starts_with(words)), "{told:?}");
    stage.engine.kill().await;
}

/// A node that has just begun knows of no trouble: what was told before it died is not over for that.
#[tokio::test(start_paused = true)]
async fn a_restart_is_no_good_news() {
    for vendor in ["telegram", "max", "whatsapp"] {
        let plan = Plan { listening_at: NIGHT, ..Plan::default() };
        let stage = Stage::open_as(&night(), vec![end(vendor).into()], plan).await;
        stage.engine.watch_channels();
        stage.live(1).await;
        stage.end().plan(Faults::by(|_| Some(Fault::Status(401))));
        stage.end().says("сколько стоит маникюр?");
        stage.live(2).await;
        assert_eq!(stage.told().await.len(), 1, "{vendor}: it is down");
        let stage = stage.after_an_outage(2 * 60_000, NIGHT).await;
        stage.engine.watch_channels();
        stage.live(4).await;
        let told = stage.told().await;
        assert_eq!(told.len(), 1, "{vendor}: and still down: {told:?}");
        stage.end().plan(Faults::none());
        stage.live(12).await;
        let told = stage.told().await;
        assert!(matches!(&told[..], [_, back] if back.contains("снова работает")), "{vendor}: {told:?}");
        stage.engine.kill().await;
    }
}

/// MAX gives a webhook up after eight hours without an answer. Source: reliability F14.
#[tokio::test(start_paused = true)]
async fn after_nine_hours_max_pushes_again_and_the_gap_is_named() {
    let plan = Plan { listening_at: NIGHT, ..Plan::default() };
    let stage = Stage::open_as(&night(), vec![end("max").into()], plan).await;
    stage.live(1).await;
    stage.says(0, "сколько стоит маникюр?").await;
    stage.end().says("и педикюр?");
    let stage = stage.after_an_outage(9 * 3_600_000, NIGHT).await;
    stage.live(6).await;
    let told = stage.told().await;
    let is_gap = |text: &String| {
        text.starts_with("MAX (client): сообщения не доходили") && text.contains("23:4") && text.contains("08:4")
    };
    assert!(matches!(&told[..], [gap] if is_gap(gap)), "{told:?}");
    stage.says(0, "а где вы находитесь?").await;
    assert!(stage.end().seen().contains("Примерная"), "{}", stage.end().seen());
    stage.engine.kill().await;
}

/// VK forgets its events, not its messages: those that nobody has read are found in the history, once each.
#[tokio::test(start_paused = true)]
async fn after_nine_hours_what_was_written_in_vk_is_answered() {
    let vk = Vk::polled();
    let double = vk.double();
    let plan = Plan { listening_at: NIGHT, ..Plan::default() };
    let stage = Stage::open_as(&night(), vec![Arc::new(vk)], plan).await;
    stage.end().says("сколько стоит маникюр?");
    stage.live(1).await;
    stage.end().says("а где вы находитесь?");
    double.lose_history();
    let stage = stage.after_an_outage(9 * 3_600_000, NIGHT).await;
    stage.live(2).await;
    let seen = stage.end().seen();
    assert_eq!(seen.matches("Примерная").count(), 1, "{seen}");
    assert_eq!(seen.matches("Маникюр без покрытия — ").count(), 1, "the first is not answered anew: {seen}");
    stage.engine.kill().await;
}
