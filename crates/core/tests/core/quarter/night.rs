//! One night: who writes, whom it wakes, who answers. Each client's alarms fall due in order, a little late, and all
//! of them after the server was down.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use nochnik_core::conversation::Conversation;
use nochnik_core::effect::{Alarm, Effect};
use nochnik_core::event::{Event, Input, InputKind, NoticeAnswer, What};
use nochnik_core::reach::Target;
use nochnik_core::step;
use nochnik_core::values::{Address, BusinessId, CaseId, ConversationId, PersonId};
use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;

use crate::quarter::judge::{Judge, LATE_S, RESTART_S, Ring, Tally};
use crate::quarter::plan::{Plan, at, chance, one_of};

/// What a client may write so that a person is wanted at once.
const WORDS: [&str; 5] = [
    "позовите администратора",
    "маникюр ужасный, верните деньги!",
    "сколько стоит маникюр? Вера, 8 918 555 01 50",
    "после окрашивания вся голова чешется",
    "срочно нужен маникюр сегодня, Вера, 8 918 555 01 50",
];
const LEADS_MAX: i64 = 8;
/// Escalations of one case after which somebody must have had enough: two nights and the days between.
const LADDERS_MAX: usize = 6;
const EVENTS_MAX: u32 = 3_000;

pub struct Night<'a> {
    random: &'a mut TestRng,
    plan: &'a Plan,
    evening: i64,
}

/// What the world has in store for a conversation.
#[derive(Clone, Debug)]
enum Coming {
    Alarm(Alarm),
    Press { case: CaseId, person: PersonId, answer: NoticeAnswer },
    Unreached { case: CaseId, target: Target },
}

struct Talk<'a> {
    random: &'a mut TestRng,
    plan: &'a Plan,
    conv: Conversation,
    now: Timestamp,
    events: u32,
    coming: BTreeMap<(Timestamp, u32), Coming>,
    judge: Judge<'a>,
}

impl<'a> Night<'a> {
    /// `evening` is the first minute of the day it begins on.
    pub fn begin(random: &'a mut TestRng, plan: &'a Plan, evening: i64) -> Self {
        Self { random, plan, evening }
    }

    pub fn play(&mut self, tally: &mut Tally) {
        for number in 0..self.random.random_range(1..=LEADS_MAX) {
            let writes_at = self.evening + self.random.random_range(20 * 60..33 * 60_i64);
            // Messages that come while the server is down are taken in when it is up.
            let now = at(writes_at) + SignedDuration::from_secs(self.random.random_range(0..60));
            let now = self.plan.down_until(now).unwrap_or(now);
            let mut talk = Talk::begin(self.random, self.plan, &format!("{}-{number}", self.evening), now);
            talk.live();
            talk.judge.hand_over(tally);
        }
    }
}

impl<'a> Talk<'a> {
    fn begin(random: &'a mut TestRng, plan: &'a Plan, name: &str, now: Timestamp) -> Self {
        let address = Address { channel: "widget".into(), account: "widget".into(), peer: name.into() };
        let conv =
            Conversation::new(BusinessId::new("quarter"), ConversationId::new(format!("t{name}")), address, now, true);
        let judge = Judge::new(plan);
        Self { random, plan, conv, now, events: 0, coming: BTreeMap::new(), judge }
    }

    fn live(&mut self) {
        let text = one_of(self.random, &WORDS).to_owned();
        let what = InputKind::Text { text };
        let input = Input { at: self.now, message_id: "m".into(), what, profile_name: None, own_phone: None };
        self.play(What::Client(vec![input]));
        assert!(self.conv.case.is_some(), "somebody is wanted");
        while let Some(((due, _), coming)) = self.coming.pop_first() {
            if self.judge.ladders() > LADDERS_MAX {
                return;
            }
            self.now = self.now.max(self.comes_at(due));
            self.play(match coming {
                Coming::Alarm(alarm) => What::Alarm(alarm),
                Coming::Press { case, person, answer } => What::Answer { case, person, answer, press_id: None },
                Coming::Unreached { case, target } => What::Unreached { case, target },
            });
        }
        assert!(!self.conv.case.as_ref().is_some_and(nochnik_core::escalation::Case::is_open), "an open case sleeps");
    }

    /// When what is due reaches the core: never early, seconds late, later still after the server was down.
    fn comes_at(&mut self, due: Timestamp) -> Timestamp {
        let (from, most_s) = match self.plan.down_until(due) {
            Some(up) => (up, RESTART_S),
            None => (due, LATE_S),
        };
        let comes_at = from + SignedDuration::from_secs(self.random.random_range(0..=most_s - 1));
        self.plan.down_until(comes_at).map_or(comes_at, |up| up + SignedDuration::from_secs(RESTART_S - 1))
    }

    fn play(&mut self, what: What) {
        self.events += 1;
        assert!(self.events < EVENTS_MAX, "it never comes to rest");
        self.judge.before(&what);
        let event = Event { id: format!("e{}", self.events), at: self.now, what };
        let business = self.plan.business(self.now);
        let (after, effects) = step(self.conv.clone(), &business, &event, self.now);
        self.conv = after;
        let rings: Vec<Ring> = effects.iter().filter_map(ring_of).collect();
        for (place, effect) in (0_u32..).zip(&effects) {
            if let Effect::Wake { alarm, due } = effect {
                self.coming.insert((*due, self.events * 100 + place), Coming::Alarm(alarm.clone()));
            }
        }
        for (place, ring) in (50_u32..).zip(&rings) {
            self.react(ring, self.events * 100 + place);
        }
        self.judge.after(self.now, self.conv.case.as_ref(), &rings);
        self.next_step_is_known();
    }

    /// Some rings reach nobody; some people answer, most of them in vain waited for.
    fn react(&mut self, ring: &Ring, place: u32) {
        let after =
            |from: i64, to: i64, random: &mut TestRng| SignedDuration::from_secs(random.random_range(from..=to));
        let (case, person) = (ring.case.clone(), PersonId::new(&*ring.person));
        let mut comes = |delay: SignedDuration, what: Coming| drop(self.coming.insert((self.now + delay, place), what));
        if self.plan.is_out(&ring.account, self.now) || chance(self.random, 4) {
            let target = Target { person, account: ring.account.clone(), to: ring.to.clone() };
            return comes(after(1, 15, self.random), Coming::Unreached { case, target });
        }
        let answer = match self.random.random_range(0..100) {
            0..=11 => NoticeAnswer::Take,
            12..=18 => NoticeAnswer::Cannot,
            19..=20 => NoticeAnswer::Morning,
            _ => return,
        };
        comes(after(3, 400, self.random), Coming::Press { case, person, answer });
    }

    /// I5: whatever happens, an open case has an alarm ahead that calls the next one.
    fn next_step_is_known(&self) {
        let Some(case) = self.conv.case.as_ref().filter(|case| case.is_open()) else { return };
        let is_next =
            |coming: &Coming| matches!(coming, Coming::Alarm(Alarm::Escalation { case: id, .. }) if *id == case.id);
        assert!(self.coming.values().any(is_next), "{} {case:?}: no next step", self.now);
    }
}

/// A ring about a case that waits; the question how it ended is asked of one who is awake.
fn ring_of(effect: &Effect) -> Option<Ring> {
    match effect {
        Effect::Notify(notice) => {
            let waits = notice.answers.iter().any(|button| button.answer == NoticeAnswer::Take);
            waits.then(|| Ring {
                case: notice.case.clone(),
                person: notice.person.to_string(),
                account: notice.to.account.clone(),
                to: notice.to.peer.clone(),
                level: notice.level,
                is_urgent: notice.is_urgent,
            })
        }
        Effect::Summon(summons) => Some(Ring {
            case: summons.case.clone(),
            person: summons.person.to_string(),
            account: summons.means.clone(),
            to: summons.to.clone(),
            level: summons.level,
            is_urgent: summons.is_urgent,
        }),
        _ => None,
    }
}
