//! `kill -9` in the middle of an escalation. The binary comes back at once, three minutes or twenty minutes later by
//! its own wall clock, which libfaketime moves: what fell due goes out in order, half a minute apart, nothing twice.
//! Source: reliability 4.1.

use std::time::{Duration, Instant};

use crate::real::{MARINA, Real, World, now_ms, wait_for};
use nochnik_doubles::bitrix24::Settings;

const CLIENT: i64 = 6_000_000;
const COMPLAINT: &str = "Это возмутительно, мне испортили волосы! Позовите администратора";
/// A step may come so long after a restart.
const AFTER_RESTART: Duration = Duration::from_secs(10);
const GAP: Duration = Duration::from_secs(30);

/// The second and the third card of the duty manager, after the restart; `None` where none came in the time looked at.
async fn after_a_crash(down: Duration) -> Option<[Option<Duration>; 2]> {
    let world = World::open(Settings { intensity: None, ..Settings::default() }).await;
    let mut real = Real::with(&world.document());
    real.start().await;
    world.staff_is_there(&real).await;
    let before = world.telegram.sent_to(MARINA).len();
    world.telegram.client_says(CLIENT, COMPLAINT, now_ms());
    let cards = || world.telegram.sent_to(MARINA).len() - before;
    wait_for(&real, "the first card", 20, || (cards() == 1).then_some(())).await;
    // The row of the card is settled, too.
    tokio::time::sleep(Duration::from_millis(500)).await;
    real.kill();
    if !down.is_zero() && !real.runs_ahead(down) {
        println!("SKIPPED: no libfaketime: install the package faketime");
        return None;
    }
    real.start().await;
    let begun = Instant::now();
    let mut came = [None; 2];
    while begun.elapsed() < GAP + AFTER_RESTART {
        for (place, moment) in came.iter_mut().enumerate() {
            if moment.is_none() && cards() >= place + 2 {
                *moment = Some(begun.elapsed());
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    world.telegram.assert_clean();
    Some(came)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_f21_back_at_once_nothing_rings_before_its_time() {
    assert_eq!(after_a_crash(Duration::ZERO).await, Some([None, None]));
}

/// The reminder of minute two is overdue; that of minute four is not yet due.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_f21_back_after_three_minutes_the_missed_reminder_comes_at_once() {
    if let Some([second, third]) = after_a_crash(Duration::from_secs(3 * 60)).await {
        assert!(second.is_some_and(|after| after < AFTER_RESTART), "{second:?}");
        assert_eq!(third, None);
    }
}

/// Both reminders are overdue: one at once, the other half a minute behind it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_f21_back_after_twenty_minutes_the_missed_ones_come_in_order() {
    if let Some([second, third]) = after_a_crash(Duration::from_secs(20 * 60)).await {
        let (second, third) = (second.unwrap(), third.unwrap());
        assert!(second < AFTER_RESTART, "{second:?}");
        assert!(third - second > GAP - Duration::from_secs(5), "{second:?} {third:?}");
    }
}
