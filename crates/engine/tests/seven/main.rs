//! The same stories over all seven channels: one conversation, each channel's own rendering.
//!
//! The far ends are the strict doubles, and nothing but the channel differs. What a client of each channel sees
//! of the first story stands in `seen/`; `UPDATE=1` writes it anew, and a person reads the difference.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(clippy::disallowed_methods, reason = "UPDATE=1 is for whoever reads the difference")]

mod arrivals;
mod ends;
mod faults;
mod meta;
mod ours;
mod reminders;
mod replies;
mod returns;
mod stage;
mod watched;

use std::path::{Path, PathBuf};

use nochnik_core::story::read;

use self::ends::End;
use self::stage::play;

const CHANNELS: [&str; 7] = ["terminal", "widget", "telegram", "max", "vk", "whatsapp", "instagram"];
/// Of these only the client's part is played: words, buttons and time.
const STORIES: &[&str] = &[
    "01-booking-step-by-step",
    "02-all-in-one-message",
    "03-burst",
    "04-price-then-booking",
    "06-closed-day",
    "07-correction",
    "10-cancel",
    "11-reschedule",
    "12-questions",
    "16-nobody-on-duty",
    "20-injection",
    "21-other-language",
    "23-three-misunderstandings",
    "28-two-bookings",
    "29-hostile",
    "31-callback",
    "37-two-specialists",
    "39-sooner-later",
    "40-gives-up",
    "41-call-at-a-time",
    "42-question-amid-booking",
    "43-moved-then-cancelled",
    "44-complaint-then-booking",
    "45-for-somebody-else",
    "47-silence-after-the-end",
    "54-cancelled-needs-no-reminder",
    "60-stop",
    "61-erase-my-data",
    "67-cancelled-before-approval",
    "74-series-once",
    "75-asks-only-what-is-wanted",
    "76-what-the-caller-should-know",
    "93-spam-then-a-client",
    "110-whole-privacy",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn story(name: &str) -> nochnik_core::story::Story {
    read(&std::fs::read_to_string(root().join(format!("stories/{name}.txt"))).unwrap()).unwrap()
}

fn end(channel: &str) -> Box<dyn End> {
    match channel {
        "telegram" => Box::new(ends::Telegram::new()),
        "max" => Box::new(ends::Max::new()),
        "vk" => Box::new(ends::Vk::new()),
        "whatsapp" => Box::new(meta::WhatsApp::new()),
        "instagram" => Box::new(meta::Instagram::new()),
        ours => Box::new(ours::Ours::new(ours)),
    }
}

#[tokio::test(start_paused = true)]
async fn a_story_is_the_same_conversation_in_every_channel() {
    for name in STORIES {
        let story = story(name);
        let mut first: Option<Vec<String>> = None;
        for channel in CHANNELS {
            let told = play(&story, end(channel)).await;
            let expected = first.get_or_insert_with(|| told.conversation.clone());
            assert!(expected.len() > 1, "{name}: the client is answered");
            assert_eq!(&told.conversation, expected, "{name} in {channel}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_channel_shows_it_in_its_own_way() {
    let story = story(STORIES[0]);
    for channel in CHANNELS {
        let seen = play(&story, end(channel)).await.seen;
        let path = root().join(format!("crates/engine/tests/seven/seen/{channel}.txt"));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &seen).unwrap();
        }
        let stands = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(seen, stands, "{channel}: what the client sees has changed; UPDATE=1 writes {}", path.display());
    }
}
