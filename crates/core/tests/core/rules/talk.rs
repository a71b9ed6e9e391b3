//! A talk with the demo salon, event by event.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, DateTime, date, time};
use jiff::{SignedDuration, Timestamp};
use nochnik_core::business::{Business, Document, Settings};
use nochnik_core::conversation::{Asking, Booking, Conversation};
use nochnik_core::effect::{Alarm, Effect, Notice, Reply};
use nochnik_core::event::{Event, Input, InputKind, StaffAct, What};
use nochnik_core::schedule::{Busy, Slot};
use nochnik_core::step;
use nochnik_core::values::{Address, BusinessId, ConversationId, PersonId, Phone, ServiceId, SpecialistId};
use nochnik_nlu::{Grain, When};
use serde_json::{Value, json};

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

/// The day after the 19th, on which these talks begin.
pub const FRIDAY: Date = date(2026, 11, 20);

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

    /// Thursday noon: somebody who was greeted wants a manicure with Anna, perhaps at this time.
    pub fn wishing(when: Option<When>) -> Self {
        let mut talk = Self::begin("2026-11-19T12:00");
        talk.says("здравствуйте");
        let wish = &mut talk.conv.wish;
        wish.services = vec![ServiceId::new("manicure")];
        wish.specialist = Some(SpecialistId::new("anna"));
        wish.wants_visit = true;
        wish.when = when;
        talk
    }

    /// The same by Vera, whose number is known: Friday at three is kept, «Всё верно?»
    pub fn kept() -> Self {
        let mut talk = Self::wishing(Some(time_on(FRIDAY, 15)));
        talk.conv.client.name = Some("Вера".into());
        talk.conv.client.phone = Phone::parse("+79185550150").ok();
        talk.presses("book");
        assert_eq!((talk.held().as_deref(), talk.conv.asking), (Some("20.11 15:00"), Asking::Confirm));
        talk
    }

    /// And she has said yes.
    pub fn agreed() -> Self {
        let mut talk = Self::kept();
        let number = talk.conv.held().unwrap().number().to_owned();
        talk.presses(&format!("yes.{number}"));
        assert_eq!((talk.conv.coming(talk.now).len(), talk.conv.asking), (1, Asking::Nothing));
        talk
    }

    /// The time kept for the client: «20.11 15:00».
    pub fn held(&self) -> Option<String> {
        self.conv.held().map(|booking| times(self, std::slice::from_ref(&booking.slot)).remove(0))
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

    /// These words, meant so: what is wanted is the second reader's word, the rest is what the rules read in them.
    pub fn wants(&mut self, intents: &[&str], text: &str) -> String {
        said(&self.means(&json!({ "intents": intents }), text))
    }

    /// The same with more in the second reader's frame; what is not named in it is empty.
    pub fn means(&mut self, frame: &Value, text: &str) -> Vec<Effect> {
        let mut whole = json!({ "services": [], "topics": [], "day": null, "from": null, "to": null, "name": null });
        whole.as_object_mut().unwrap().extend(frame.as_object().unwrap().clone());
        // No reading is as sure as that.
        let always = serde_json::from_value(json!({ "kind": "openai", "ask_under": 2.0 })).unwrap();
        Arc::make_mut(&mut self.business.settings.document).model = always;
        self.says(text);
        let since = self.conv.doubt.as_ref().unwrap_or_else(|| panic!("a doubt of «{text}»")).since;
        let effects = self.play(What::Consulted { since, answer: Some(whole) });
        Arc::make_mut(&mut self.business.settings.document).model = None;
        effects
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

/// Some time of this day.
pub fn day(on: Date) -> When {
    When {
        grain: Grain::Day,
        from_on: Some(on),
        to_on: Some(on),
        from_at: None,
        to_at: None,
        is_date_stated: true,
        is_hour_certain: true,
    }
}

/// This hour of this day.
pub fn time_on(on: Date, hour: i8) -> When {
    When { grain: Grain::Time, from_at: Some(time(hour, 0, 0, 0)), ..day(on) }
}

/// Beginnings of times, on the wall clock: «20.11 15:00».
pub fn times(talk: &Talk, slots: &[Slot]) -> Vec<String> {
    slots.iter().map(|slot| talk.wall(slot.starts_at).strftime("%d.%m %H:%M").to_string()).collect()
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
