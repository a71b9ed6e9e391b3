//! What must be true of every case, judged by the roster's own data and the regulation's own minutes.

use jiff::{SignedDuration, Timestamp};
use nochnik_core::effect::Alarm;
use nochnik_core::escalation::{Case, CaseState};
use nochnik_core::event::{NoticeAnswer, What};
use nochnik_core::values::CaseId;

use crate::quarter::plan::{OWNER, Plan, SENIOR, minute, rests};

/// A step leaves within so many seconds of its time, and of the readiness after a restart. Source: reliability G7.
pub const LATE_S: i64 = 5;
pub const RESTART_S: i64 = 10;
/// Steps whose time has passed keep so far apart. Source: reliability 4.1.
const GAP_S: i64 = 30;

/// Minutes from the first notice and who is called then. Source: the regulation, S75 to S78; after it every quarter
/// of an hour up to two hours.
const LADDER: [(i64, Level); 14] = [
    (0, Level::Duty),
    (2, Level::Duty),
    (4, Level::Duty),
    (10, Level::Senior),
    (12, Level::Senior),
    (15, Level::Owner),
    (30, Level::Senior),
    (45, Level::Senior),
    (45, Level::Owner),
    (60, Level::Senior),
    (75, Level::Senior),
    (90, Level::Senior),
    (105, Level::Senior),
    (120, Level::Senior),
];
/// The senior is left alone until a duty manager has had this long.
const SENIOR_MIN: i64 = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Duty,
    Senior,
    Owner,
}

/// One ring of one person.
#[derive(Clone, Debug)]
pub struct Ring {
    pub case: CaseId,
    pub person: String,
    pub account: String,
    pub to: String,
    pub level: u8,
    pub is_urgent: bool,
}

/// What a quarter came to.
#[derive(Debug, Default)]
pub struct Tally {
    pub cases: u32,
    pub rings: u32,
    pub taken: u32,
    pub exhausted: u32,
    pub failures: u32,
    /// Steps that waited for a restart.
    pub restarts: u32,
    /// Cases that came up while nobody was on duty.
    pub holes: u32,
}

/// One climb of the ladder, from the first notice to the tap or the end.
struct Climb {
    opened_at: Timestamp,
    is_urgent: bool,
    steps: Vec<(Timestamp, Level)>,
    passed: Vec<String>,
    has_failures: bool,
    is_parked_by_hand: bool,
    /// Taken, parked or over before; who took it may have given it back since.
    is_judged: bool,
}

pub struct Judge<'a> {
    plan: &'a Plan,
    climb: Option<Climb>,
    /// What happens now may make steps, and is no further ring within one.
    makes_steps: bool,
    ladders: usize,
    tally: Tally,
}

impl<'a> Judge<'a> {
    pub fn new(plan: &'a Plan) -> Self {
        Self { plan, climb: None, makes_steps: true, ladders: 0, tally: Tally::default() }
    }

    pub fn ladders(&self) -> usize {
        self.ladders
    }

    /// Notes what people did that changes what is expected.
    pub fn before(&mut self, what: &What) {
        self.makes_steps = !matches!(what, What::Unreached { .. } | What::Alarm(Alarm::NextMeans { .. }));
        let Some(climb) = &mut self.climb else { return };
        match what {
            What::Answer { person, answer: NoticeAnswer::Cannot, .. } => climb.passed.push(person.to_string()),
            What::Answer { answer: NoticeAnswer::Morning, .. } => climb.is_parked_by_hand = true,
            What::Unreached { .. } => climb.has_failures = true,
            _ => {}
        }
        self.tally.failures += u32::from(matches!(what, What::Unreached { .. }));
    }

    /// Looks at what an event came to.
    pub fn after(&mut self, now: Timestamp, case: Option<&Case>, rings: &[Ring]) {
        let Some(case) = case else { return };
        let has_begun =
            case.opened_at == now && !matches!(case.state, CaseState::Taken { .. } | CaseState::Closed { .. });
        if has_begun && self.climb.as_ref().is_none_or(|climb| climb.opened_at != now) {
            self.begin(now, rings.iter().any(|ring| ring.is_urgent));
        }
        let mut levels: Vec<Level> = rings.iter().map(|ring| self.look(now, ring)).collect();
        levels.dedup();
        if let Some(climb) = self.climb.as_mut().filter(|_| self.makes_steps) {
            climb.steps.extend(levels.into_iter().map(|level| (now, level)));
        }
        if case.is_open() {
            return;
        }
        let Some(climb) = self.climb.take_if(|climb| !climb.is_judged) else { return };
        let is_exhausted = matches!(case.state, CaseState::Morning { .. }) && !climb.is_parked_by_hand;
        self.judge(&climb, now, is_exhausted);
        self.tally.taken += u32::from(matches!(case.state, CaseState::Taken { .. }));
        self.tally.exhausted += u32::from(is_exhausted);
        self.climb = Some(Climb { is_judged: true, ..climb });
    }

    pub fn hand_over(self, sum: &mut Tally) {
        let Tally { cases, rings, taken, exhausted, failures, restarts, holes } = self.tally;
        sum.cases += cases;
        sum.rings += rings;
        sum.taken += taken;
        sum.exhausted += exhausted;
        sum.failures += failures;
        sum.restarts += restarts;
        sum.holes += holes;
    }

    fn begin(&mut self, now: Timestamp, is_urgent: bool) {
        self.ladders += 1;
        self.tally.cases += 1;
        self.tally.holes += u32::from(self.plan.on_duty(minute(now), minute(now)).is_empty());
        self.climb = Some(Climb {
            opened_at: now,
            is_urgent,
            steps: Vec::new(),
            passed: Vec::new(),
            has_failures: false,
            is_parked_by_hand: false,
            is_judged: false,
        });
    }

    /// Nobody off duty, at rest, or who said «Не могу» is woken; nobody above before their time.
    fn look(&mut self, now: Timestamp, ring: &Ring) -> Level {
        self.tally.rings += 1;
        let person = ring.person.as_str();
        assert!(self.plan.may_be_woken(person, minute(now)), "{now}: {ring:?} of one who is off duty");
        assert!(ring.is_urgent || !rests(person, minute(now)), "{now}: {ring:?} of one at rest");
        let climb = self.climb.as_ref().expect("a ring of a case that waits");
        assert!(!climb.passed.iter().any(|passed| passed == person), "{now}: {ring:?} of one who passed");
        let level = match person {
            _ if ring.level == 2 => Level::Duty,
            OWNER => Level::Owner,
            _ => Level::Senior,
        };
        let is_early = now.duration_since(climb.opened_at) < SignedDuration::from_mins(SENIOR_MIN);
        if is_early && level != Level::Duty && !climb.has_failures {
            let has_duty = climb.passed.is_empty() && self.can_be_called(climb, Level::Duty, now);
            assert!(!has_duty, "{now}: {ring:?} while the duty manager has time, since {}", climb.opened_at);
        }
        level
    }

    /// Every step that had somebody to call from the first notice on was made, and in time.
    fn judge(&mut self, climb: &Climb, ended_at: Timestamp, is_exhausted: bool) {
        let mut latest = climb.opened_at;
        for (place, (after_min, level)) in LADDER.into_iter().enumerate() {
            let due = climb.opened_at + SignedDuration::from_mins(after_min);
            let apart = if place == 0 { latest } else { latest + SignedDuration::from_secs(GAP_S) };
            latest = if place == 0 { latest } else { self.latest(due.max(apart)) };
            let seen_until = latest.min(ended_at);
            if (latest > ended_at && !is_exhausted) || !self.can_be_called(climb, level, seen_until) {
                continue;
            }
            let wanted = LADDER[..=place].iter().filter(|(_, of)| *of == level).count();
            let made = climb.steps.iter().filter(|(at, of)| *of == level && *at <= seen_until).count();
            let Climb { opened_at, steps, .. } = climb;
            assert!(made >= wanted, "{opened_at}: {level:?} of minute {after_min} not by {seen_until}: {steps:?}");
        }
    }

    /// The last moment at which a step of this time may leave: a step that moved up may still wait for a restart.
    fn latest(&mut self, due: Timestamp) -> Timestamp {
        let on_time = due + SignedDuration::from_secs(LATE_S);
        let just_before = due - SignedDuration::from_secs(RESTART_S);
        let up = [just_before, due, on_time].into_iter().filter_map(|at| self.plan.down_until(at)).max();
        self.tally.restarts += u32::from(up.is_some());
        up.map_or(on_time, |up| on_time.max(up + SignedDuration::from_secs(RESTART_S)))
    }

    /// Whether somebody of the level could be called at every minute from the first notice to another moment.
    fn can_be_called(&self, climb: &Climb, level: Level, until: Timestamp) -> bool {
        (minute(climb.opened_at)..=minute(until)).all(|minute| {
            let people = match level {
                Level::Duty => self.plan.on_duty(minute, minute),
                Level::Senior => vec![SENIOR],
                Level::Owner => vec![OWNER],
            };
            people.into_iter().any(|person| {
                self.plan.may_be_woken(person, minute)
                    && (climb.is_urgent || !rests(person, minute))
                    && !climb.passed.iter().any(|passed| passed == person)
            })
        })
    }
}
