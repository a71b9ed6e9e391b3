//! A talk with the demo salon, event by event.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use nochnik_core::business::{Business, Document, Settings};
use nochnik_core::conversation::{Booking, Conversation};
use nochnik_core::effect::{Alarm, Effect, Notice, Reply};
use nochnik_core::event::{Event, Input, InputKind, StaffAct, What};
use nochnik_core::schedule::Busy;
use nochnik_core::step;
use nochnik_core::values::{Address, BusinessId, ConversationId, PersonId, SpecialistId};

/// People of the demo salon with somewhere to write to; Marina is always on duty.
const REACHABLE: &str = r#"
people = [
    { id = "marina", name = "Марина", role = "duty", means = [{ channel = "telegram", peer = "101" }] },
    { id = "oleg", name = "Олег", role = "senior", means = [{ channel = "telegram", peer = "102" }] },
    { id = "roza", name = "Роза", role = "owner", means = [{ channel = "telegram", peer = "103" }] },
]
shifts = [{ person = "marina", from = "09:00", to = "09:00" }]
channels = [{ kind = "widget" }, { kind = "telegram" }]
"#;

/// The demo salon with these keys in place of its own.
pub fn salon(patch: &str) -> Settings {
    let table = |text: &str| -> toml::Table { toml::from_str(text).unwrap() };
    let mut document = table(include_str!("../../../../../businesses/demo.toml"));
    document.extend(table(REACHABLE));
    document.extend(table(patch));
    let document: Document = document.try_into().unwrap();
    Settings::build(document, 1).unwrap()
}

pub struct Talk {
    pub business: Business,
    pub conv: Conversation,
    pub now: Timestamp,
    pub alarms: BTreeMap<(Timestamp, u32), Alarm>,
    events: u32,
}

impl Talk {
    /// `at` is a wall time of the salon: `2026-11-19T12:00`; that day is a Thursday.
    pub fn begin(at: &str) -> Self {
        Self::with("", at)
    }

    pub fn with(patch: &str, at: &str) -> Self {
        let settings = salon(patch);
        let now = settings.moment_of(wall(at));
        let address = Address { channel: "widget".into(), account: "widget".into(), peer: "1".into() };
        let conv = Conversation::new(BusinessId::new("lotos"), ConversationId::new("talk"), address, now, false);
        let business = Business { settings, busy: Arc::default(), changes: Arc::default() };
        Self { business, conv, now, alarms: BTreeMap::new(), events: 0 }
    }

    /// A manicure with Anna at this time, agreed to.
    pub fn booked(patch: &str, at: &str, visit: &str) -> Self {
        let mut talk = Self::with(patch, at);
        let visit = wall(visit);
        talk.says(&format!(
            "маникюр у Анны {} в {}, Вера, 8 918 555 01 50",
            visit.strftime("%d.%m"),
            visit.strftime("%H:%M")
        ));
        talk.says("да");
        assert_eq!(talk.conv.coming(talk.now).len(), 1, "booked");
        assert_eq!(talk.wall(talk.visit().slot.starts_at), visit, "booked for");
        talk
    }

    pub fn play(&mut self, what: What) -> Vec<Effect> {
        self.events += 1;
        let event = Event { id: format!("e{}", self.events), at: self.now, what };
        let (after, effects) = step(self.conv.clone(), &self.business, &event, self.now);
        self.conv = after;
        for (place, effect) in (0_u32..).zip(&effects) {
            if let Effect::Wake { alarm, due } = effect {
                self.alarms.insert((*due, self.events * 100 + place), alarm.clone());
            }
        }
        effects
    }

    pub fn does(&mut self, what: InputKind) -> Vec<Effect> {
        self.does_all(vec![what])
    }

    /// A burst.
    pub fn does_all(&mut self, whats: Vec<InputKind>) -> Vec<Effect> {
        let at = self.now;
        let input = |what| Input { at, message_id: "m".into(), what, profile_name: None, own_phone: None };
        self.play(What::Client(whats.into_iter().map(input).collect()))
    }

    /// What the bot said to these words; empty when nothing.
    pub fn says(&mut self, text: &str) -> String {
        said(&self.does(InputKind::Text { text: text.to_owned() }))
    }

    pub fn presses(&mut self, id: &str) -> Vec<Effect> {
        self.does(InputKind::Button { id: id.to_owned(), press_id: Some("p".to_owned()) })
    }

    pub fn alarm(&mut self, alarm: Alarm, at: &str) -> Vec<Effect> {
        self.now = self.at(at);
        self.play(What::Alarm(alarm))
    }

    pub fn staff(&mut self, act: StaffAct) -> Vec<Effect> {
        self.play(What::Staff { person: PersonId::new("marina"), act })
    }

    pub fn at(&self, text: &str) -> Timestamp {
        self.business.settings.moment_of(wall(text))
    }

    pub fn wall(&self, at: Timestamp) -> DateTime {
        self.business.settings.wall(at)
    }

    pub fn visit(&self) -> &Booking {
        self.conv.bookings.last().unwrap()
    }

    /// Fires what falls due within so many minutes; what the bot said.
    pub fn passes(&mut self, minutes: i64) -> Vec<String> {
        let until = self.now + SignedDuration::from_mins(minutes);
        let mut heard = Vec::new();
        while let Some(entry) = self.alarms.first_entry().filter(|entry| entry.key().0 <= until) {
            let ((due, _), alarm) = entry.remove_entry();
            self.now = self.now.max(due);
            heard.extend(Some(said(&self.play(What::Alarm(alarm)))).filter(|text| !text.is_empty()));
        }
        self.now = until;
        heard
    }

    /// Time of a specialist that somebody else has taken.
    pub fn taken(&mut self, who: &str, from: &str, to: &str) {
        let busy = Busy::of_specialist(SpecialistId::new(who), self.at(from), self.at(to));
        self.business.busy = Arc::new(self.business.busy.iter().cloned().chain([busy]).collect());
    }
}

pub fn wall(text: &str) -> DateTime {
    text.parse().unwrap()
}

pub fn said(effects: &[Effect]) -> String {
    reply(effects).map_or_else(String::new, |reply| reply.text.replace('\u{a0}', " "))
}

pub fn reply(effects: &[Effect]) -> Option<&Reply> {
    effects.iter().find_map(|effect| match effect {
        Effect::Say(reply) => Some(reply),
        _ => None,
    })
}

pub fn notices(effects: &[Effect]) -> Vec<&Notice> {
    let notices = effects.iter().filter_map(|effect| match effect {
        Effect::Notify(notice) => Some(notice),
        _ => None,
    });
    notices.collect()
}

/// Alarms of this kind that were asked for, on the wall clock.
pub fn woken(talk: &Talk, effects: &[Effect], kind: &str) -> Vec<DateTime> {
    let due = |effect: &Effect| match effect {
        Effect::Wake { alarm, due } if alarm.kind() == kind => Some(talk.wall(*due)),
        _ => None,
    };
    effects.iter().filter_map(due).collect()
}
