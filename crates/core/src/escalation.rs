//! Escalation: wake, wait, acknowledge, next rung. Every open case has a next step with a due time.

mod forecast;
mod ladder;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::business::{Person, Settings};
use crate::calendar;
use crate::conversation::{Speaker, Wish};
use crate::crm::Stage;
use crate::dialogue;
use crate::effect::{Alarm, Effect, Notice, NoticeButton};
use crate::event::NoticeAnswer;
use crate::lead::{Heat, Lead};
use crate::notice;
use crate::phrases::Phrase;
use crate::reach::{self, Rings};
use crate::schedule;
use crate::score::Outcome;
use crate::turn::Turn;
use crate::values::{CaseId, PersonId};
use crate::wall;

pub use self::forecast::{Forecast, Skip, forecast};
pub(crate) use self::ladder::holds;
pub use self::ladder::{Rung, matrix};
use self::ladder::{reachable, skip_empty};

/// Minutes within which the duty manager must take a case. Source: the regulation, S76.
pub const TAKE_MIN: i64 = 5;
/// Gap between steps that fell due together while we were down. Source: reliability 4.1.
const OVERDUE_GAP: SignedDuration = SignedDuration::from_secs(30);
/// Pause before everybody is called again in working hours, in minutes.
const DAY_PAUSE_MIN: i64 = 60;
/// When nothing says when the business opens: eight hours, a night.
const NIGHT: SignedDuration = SignedDuration::from_hours(8);

/// One escalation. Its policy is frozen in `rungs` at the start: later edits do not disturb it; the
/// people are looked up when a rung falls due, so a shift change in the night is honoured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    pub id: CaseId,
    pub whys: Vec<Why>,
    pub opened_at: Timestamp,
    pub state: CaseState,
    pub rungs: Vec<Rung>,
    /// Rungs that are for other reasons; they join `rungs` when such a reason comes up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Rung>,
    /// Index of the rung that is due next.
    pub next: usize,
    pub next_at: Option<Timestamp>,
    /// Who said «Не могу».
    pub passed: Vec<PersonId>,
    /// The client was told that a person will answer, and by when.
    pub promised_until: Option<Timestamp>,
    /// Came back from the morning queue.
    pub is_from_night: bool,
    #[serde(default)]
    pub rings: Rings,
    /// The lead as it was when the case was taken, from which the score learns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_as: Option<Lead>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    Open,
    Taken { by: PersonId, at: Timestamp },
    Morning { until: Timestamp },
    Closed { at: Timestamp, why: String },
}

/// Why a person is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    Emergency,
    SelfHarm,
    Medical,
    Legal,
    Complaint,
    Human,
    Urgent,
    Callback,
    Late,
    /// Will be late to a visit before which they open: it is read in the morning.
    LateLater,
    NoSlots,
    Unclear,
    Unread,
    Question,
    /// A wish that only a person can put into the diary.
    Request,
    /// A visit that stands is to be made another: something taken out of it.
    Change,
    /// A booking waits for a person's word.
    Visit,
    /// «Удалите мои данные», «это не я».
    Privacy,
    /// A supplier, a partner, somebody who looks for work: no client.
    Offer,
    Unanswered,
    Hot,
    Score,
}

impl Why {
    pub fn title(self) -> &'static str {
        match self {
            Self::Emergency => "угроза здоровью",
            Self::SelfHarm => "риск для жизни",
            Self::Medical => "медицинский вопрос",
            Self::Legal => "претензия",
            Self::Complaint => "жалоба",
            Self::Human => "просит человека",
            Self::Urgent => "срочно",
            Self::Callback => "просит перезвонить",
            Self::Late => "опаздывает",
            Self::LateLater => "предупредил об опоздании",
            Self::NoSlots => "нет свободных окон",
            Self::Unclear => "бот не понял",
            Self::Unread => "прислал не текст",
            Self::Question => "вопрос, на который бот не знает ответа",
            Self::Request => "заявка, нужно подтвердить время",
            Self::Change => "просит изменить запись",
            Self::Visit => "подтвердить запись",
            Self::Privacy => "просьба о личных данных",
            Self::Offer => "деловое предложение",
            Self::Unanswered => "клиент ждёт ответа",
            Self::Hot => "горячий лид",
            Self::Score => "высокая вероятность сделки",
        }
    }

    /// As a stranger may read it: nothing about anybody's health or quarrels.
    pub(crate) fn public_title(self) -> &'static str {
        match self {
            Self::Emergency | Self::SelfHarm | Self::Medical | Self::Legal | Self::Urgent => "срочно",
            Self::Complaint | Self::Privacy | Self::Late | Self::LateLater => "просит человека",
            why => why.title(),
        }
    }

    /// A case for these alone is over when the client has booked.
    fn ends_with_booking(self) -> bool {
        matches!(self, Self::Hot | Self::Score | Self::Urgent | Self::NoSlots | Self::Unclear)
    }

    /// Breaks a person's own quiet hours.
    pub(crate) fn is_urgent(self) -> bool {
        matches!(self, Self::Emergency | Self::SelfHarm | Self::Medical | Self::Urgent | Self::Legal)
    }

    /// A complaint or a claim: nothing is sold in the same breath.
    pub(crate) fn is_complaint(self) -> bool {
        matches!(self, Self::Complaint | Self::Legal)
    }

    /// Somebody's health or grievance: a person goes on with it, not the form.
    pub(crate) fn is_grave(self) -> bool {
        self.is_complaint() || matches!(self, Self::Emergency | Self::SelfHarm | Self::Medical)
    }

    /// The client was told that a person will answer.
    pub(crate) fn is_clients(self) -> bool {
        self.is_grave()
            || matches!(
                self,
                Self::Human | Self::Unclear | Self::Question | Self::Unanswered | Self::Request | Self::Change
            )
    }

    /// A person goes on with the talk.
    pub(crate) fn is_handoff(self) -> bool {
        matches!(self, Self::Human | Self::Unclear)
    }

    /// Wants no answer before the hour at which the client asked to be rung.
    fn can_wait_for_call(self) -> bool {
        matches!(self, Self::Callback | Self::Hot | Self::Score)
    }

    /// Nobody waits for an answer: one person hears of it, once.
    fn is_told_once(self) -> bool {
        matches!(self, Self::Offer)
    }

    /// Not worth waking anybody: waits for the morning.
    fn can_wait(self) -> bool {
        matches!(
            self,
            Self::Unread
                | Self::Question
                | Self::LateLater
                | Self::Privacy
                | Self::Request
                | Self::Change
                | Self::Visit
                | Self::Offer
        )
    }
}

impl Case {
    pub fn is_open(&self) -> bool {
        matches!(self.state, CaseState::Open)
    }

    /// May break a person's quiet hours.
    pub(crate) fn is_urgent(&self) -> bool {
        self.whys.iter().any(|why| why.is_urgent())
    }

    /// For nothing that anybody waits to be answered.
    pub(crate) fn is_told_once(&self) -> bool {
        self.whys.iter().all(|why| why.is_told_once())
    }

    /// This person has said «Не могу».
    pub(crate) fn has_passed(&self, person: &PersonId) -> bool {
        self.passed.contains(person)
    }

    pub fn level(&self) -> u8 {
        self.rungs.get(self.next.saturating_sub(1)).map_or(2, |rung| rung.level)
    }

    pub fn take_until(&self) -> Timestamp {
        self.opened_at.saturating_add(SignedDuration::from_mins(TAKE_MIN)).unwrap_or(Timestamp::MAX)
    }

    /// The rung whose time has come.
    fn due_rung(&self, now: Timestamp) -> Option<&Rung> {
        self.rungs.get(self.next).filter(|rung| self.due(rung) <= now)
    }

    fn due(&self, rung: &Rung) -> Timestamp {
        self.opened_at.saturating_add(SignedDuration::from_mins(rung.after_min)).unwrap_or(Timestamp::MAX)
    }
}

/// Opens a case when this turn gave a reason that the last case does not already carry.
pub(crate) fn consider(turn: &mut Turn) {
    let mut whys = std::mem::take(&mut turn.whys);
    // Asked again after a case is over, the client is answered again; what merely stands opens it once.
    let is_asked_anew = whys.iter().any(|why| !why.is_told_once());
    whys.extend(standing_reasons(turn));
    whys.sort_unstable();
    whys.dedup();
    if whys.is_empty() {
        return refresh(turn);
    }
    let (score, now) = (score(turn), turn.now);
    let is_news = |case: &Case| whys.iter().any(|why| !case.whys.contains(why));
    match &mut turn.conv.case {
        Some(case) if matches!(case.state, CaseState::Open | CaseState::Taken { .. }) => {
            for why in whys {
                if !case.whys.contains(&why) {
                    case.whys.push(why);
                }
            }
            let is_longer = ladder::readmit(case, score, now);
            refresh(turn);
            if is_longer {
                climb(turn);
            }
        }
        Some(case) if !is_news(case) && !(is_asked_anew && matches!(case.state, CaseState::Closed { .. })) => {}
        // Put off is not forgotten: what waited for the morning goes along with what is new.
        Some(case) if matches!(case.state, CaseState::Morning { .. }) => {
            whys.extend(case.whys.iter().copied());
            whys.sort_unstable();
            whys.dedup();
            open(turn, whys);
        }
        _ => open(turn, whys),
    }
}

/// Keeps the clock on what the client was told: an apology when it slips.
pub(crate) fn keep_promise(turn: &mut Turn) {
    let until = turn.after(TAKE_MIN);
    if let Some(case) = turn.conv.case.as_mut().filter(|case| case.is_open() && case.promised_until.is_none()) {
        case.promised_until = Some(until);
        let alarm = Alarm::PromiseDue { case: case.id.clone() };
        turn.wake(alarm, until);
    }
}

/// Reasons that follow from the lead itself.
fn standing_reasons(turn: &Turn) -> Vec<Why> {
    let Some(lead) =
        turn.conv.lead.as_ref().filter(|lead| !matches!(lead.stage, Stage::Booked | Stage::Lost | Stage::Cancelled))
    else {
        return Vec::new();
    };
    let mut whys = Vec::new();
    if lead.heat == Heat::Hot {
        whys.push(Why::Hot);
    }
    if lead.score > turn.settings().document.policy.call_score {
        whys.push(Why::Score);
    }
    if turn.conv.wish.urgency > nochnik_nlu::Urgency::Normal {
        whys.push(Why::Urgent);
    }
    whys
}

fn open(turn: &mut Turn, whys: Vec<Why>) {
    let id = CaseId::new(turn.conv.next_id("c"));
    let can_wait = whys.iter().all(|why| why.can_wait());
    let call_at = whys.iter().all(|why| why.can_wait_for_call()).then(|| call_at(turn)).flatten();
    turn.conv.case = Some(ladder::begin(id, whys, score(turn), turn.settings(), turn.now));
    match call_at {
        Some(call_at) => park_until(turn, call_at),
        None if can_wait && calendar::is_after_hours(turn.settings(), turn.now) => park(turn),
        None => climb(turn),
    }
}

/// The lead's score; 0 while there is none.
fn score(turn: &Turn) -> f64 {
    turn.conv.lead.as_ref().map_or(0.0, |lead| lead.score)
}

/// When the client asked to be rung, if that is later than a person is given to answer.
fn call_at(turn: &Turn) -> Option<Timestamp> {
    let window = schedule::window_of(&turn.conv.wish.call_when?, turn.now, turn.settings());
    let from = turn.settings().moment_of(window.from);
    // «Завтра» begins at midnight; people ring from the opening on.
    let at =
        if calendar::is_open(turn.settings(), from) { from } else { calendar::next_opening(turn.settings(), from)? };
    (!window.is_empty() && at > turn.after(TAKE_MIN)).then_some(at)
}

/// Fires the rung that is due, then asks to be woken for the one after it.
fn climb(turn: &mut Turn) {
    let Some(mut case) = turn.conv.case.take().filter(Case::is_open) else { return };
    skip_empty(&mut case, turn.business, turn.now);
    if let Some(rung) = case.due_rung(turn.now).cloned() {
        case.next += 1;
        notify(turn, &mut case, &rung);
        if case.is_told_once() {
            turn.conv.case = Some(case);
            return close(turn, "передано");
        }
    }
    let next = case.rungs.get(case.next).map(|rung| case.due(rung));
    let earliest = turn.now.saturating_add(OVERDUE_GAP).unwrap_or(Timestamp::MAX);
    case.next_at = next.map(|due| due.max(earliest));
    if let Some(due) = case.next_at {
        turn.wake(Alarm::Escalation { case: case.id.clone(), rung: rung_number(case.next) }, due);
    }
    let is_exhausted = case.next_at.is_none();
    turn.conv.case = Some(case);
    if is_exhausted {
        park(turn);
        if let Some(case) = &turn.conv.case {
            let alarm = Alarm::NobodyTook { case: case.id.clone() };
            turn.wake(alarm, turn.after(TAKE_MIN));
        }
    }
}

fn rung_number(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

fn notify(turn: &mut Turn, case: &mut Case, rung: &Rung) {
    let text = notice::text(turn, case, Some(rung));
    for person in reachable(turn.business, case, rung, turn.now) {
        reach::ring(turn, case, person, rung, &text);
    }
}

/// Sends the person a fresh card of a case that still waits; false when it does not.
pub(crate) fn renew(turn: &mut Turn, case_id: &CaseId, person: &PersonId) -> bool {
    let is_waiting =
        |case: &Case| &case.id == case_id && matches!(case.state, CaseState::Open | CaseState::Morning { .. });
    let Some(case) = turn.conv.case.clone().filter(is_waiting) else { return false };
    let settings = turn.settings();
    let Some(to) = settings.person(person).and_then(|person| notice::messenger(settings, person)) else {
        return false;
    };
    let answers = notice::case_answers(settings, &case);
    let (text, level) = (notice::text(turn, &case, None), case.level());
    turn.emit(Effect::Notify(Notice {
        case: case.id,
        person: person.clone(),
        to,
        level,
        text,
        answers,
        is_urgent: false,
    }));
    true
}

/// Brings the notices already sent up to what is known now.
fn refresh(turn: &mut Turn) {
    let Some(case) = turn.conv.case.clone().filter(Case::is_open).filter(|case| case.next > 0) else { return };
    let text = notice::text(turn, &case, None);
    turn.emit(Effect::RefreshNotices { case: case.id, text });
}

/// The case waits for the morning: nobody is called until the business opens. By day, when all
/// have been called in vain, it waits for an hour.
fn park(turn: &mut Turn) {
    let until = match calendar::next_opening(turn.settings(), turn.now) {
        Some(opens_at) if opens_at > turn.now => opens_at,
        Some(_) => turn.after(DAY_PAUSE_MIN),
        None => turn.now.saturating_add(NIGHT).unwrap_or(Timestamp::MAX),
    };
    park_until(turn, until);
}

fn park_until(turn: &mut Turn, until: Timestamp) {
    let Some(case) = &mut turn.conv.case else { return };
    case.state = CaseState::Morning { until };
    case.next_at = Some(until);
    let alarm = Alarm::PromiseDue { case: case.id.clone() };
    turn.wake(alarm, until);
}

/// Somebody pressed a button under a notice. First tap wins.
pub(crate) fn answer(turn: &mut Turn, case_id: &CaseId, person: &PersonId, answer: NoticeAnswer) -> String {
    let Some(case) = turn.conv.case.clone().filter(|case| &case.id == case_id) else {
        return turn.phrase(Phrase::PressClosed, &[]);
    };
    match (&case.state, answer) {
        (CaseState::Taken { by, .. }, NoticeAnswer::Take | NoticeAnswer::Cannot | NoticeAnswer::Morning)
            if by != person =>
        {
            let name = notice::person_name(turn.settings(), by);
            if let Some(case) = turn.conv.case.as_mut().filter(|_| answer == NoticeAnswer::Cannot) {
                // Whoever has it may give it back.
                case.passed.push(person.clone());
            }
            turn.phrase(Phrase::PressAlready, &[("person", &name)])
        }
        (CaseState::Closed { .. }, _) => turn.phrase(Phrase::PressClosed, &[]),
        (_, NoticeAnswer::Approve | NoticeAnswer::Decline) => {
            let is_approved = answer == NoticeAnswer::Approve;
            let is_decided = dialogue::decided(turn, None, is_approved);
            if is_decided { settled(turn, person, is_approved) } else { turn.phrase(Phrase::PressClosed, &[]) }
        }
        (_, NoticeAnswer::Take) => take(turn, person),
        (CaseState::Open | CaseState::Taken { .. }, NoticeAnswer::Cannot) => pass(turn, person),
        (CaseState::Open | CaseState::Taken { .. }, NoticeAnswer::Morning) => park_by(turn, person),
        (CaseState::Morning { .. }, NoticeAnswer::Cannot | NoticeAnswer::Morning) => {
            if let Some(case) = &mut turn.conv.case {
                case.passed.push(person.clone());
            }
            turn.phrase(Phrase::PressParked, &[])
        }
        (_, NoticeAnswer::Booked | NoticeAnswer::NoAnswer | NoticeAnswer::Refused | NoticeAnswer::Spam) => {
            outcome(turn, answer)
        }
    }
}

/// A person says in the console whether a visit stands; the case goes on while another one waits.
pub(crate) fn decide(turn: &mut Turn, person: &PersonId, booking: &str, is_approved: bool) {
    if !dialogue::decided(turn, Some(booking), is_approved) {
        return;
    }
    let is_live = turn.conv.case.as_ref().is_some_and(|case| !matches!(case.state, CaseState::Closed { .. }));
    if !turn.conv.undecided(turn.now).is_empty() {
        refresh(turn);
    } else if is_live {
        settled(turn, person, is_approved);
    }
}

/// A person has decided on a visit: the case is over, everybody sees by whom.
fn settled(turn: &mut Turn, person: &PersonId, is_approved: bool) -> String {
    let name = notice::person_name(turn.settings(), person);
    let (notice, press, why) = if is_approved {
        (Phrase::NoticeApproved, Phrase::PressApproved, "подтверждено")
    } else {
        (Phrase::NoticeDeclined, Phrase::PressDeclined, "отказано")
    };
    if turn.conv.case.as_ref().is_some_and(|case| case.whys == [Why::Visit]) {
        close_notices(turn, notice, &name);
        close(turn, why);
    } else {
        drop_visit(turn);
    }
    turn.phrase(press, &[])
}

/// Nothing waits for a yes any more; the other reasons of the case stand.
fn drop_visit(turn: &mut Turn) {
    if let Some(case) = &mut turn.conv.case {
        case.whys.retain(|why| *why != Why::Visit);
    }
    refresh(turn);
}

/// The client gave up a visit that waited for a person's word: nothing is left to decide.
pub(crate) fn visit_gone(turn: &mut Turn, moment: &str) {
    // Who is late for today and calls off Saturday still comes.
    let today = turn.today();
    if !turn.conv.coming(turn.now).iter().any(|visit| turn.wall(visit.slot.starts_at).date() == today) {
        late_over(turn, Phrase::NoticeGivenUp, &[("moment", moment)], "клиент отменил");
    }
    nothing_to_decide(turn, Phrase::NoticeGivenUp, moment, "клиент отменил");
}

/// The client comes in time after all: nobody is to wait for them.
pub(crate) fn late_no_more(turn: &mut Turn) {
    late_over(turn, Phrase::NoticeInTime, &[], "успевает вовремя");
}

/// Nobody comes late any more: the case ends, or goes on without it.
fn late_over(turn: &mut Turn, last: Phrase, arguments: &[(&str, &str)], reason: &str) {
    let is_of_it = |why: &Why| matches!(why, Why::Late | Why::LateLater);
    let is_live = |case: &&Case| !matches!(case.state, CaseState::Closed { .. });
    let Some(case) = turn.conv.case.clone().filter(|case| is_live(&case) && case.whys.iter().any(is_of_it)) else {
        return;
    };
    if !case.whys.iter().all(is_of_it) {
        if let Some(case) = &mut turn.conv.case {
            case.whys.retain(|why| !is_of_it(why));
        }
        return refresh(turn);
    }
    over(turn, case, last, arguments, reason);
}

/// The calendar took a visit that had been handed to a person already.
pub(crate) fn visit_taken(turn: &mut Turn, moment: &str) {
    nothing_to_decide(turn, Phrase::NoticeBooked, moment, "записался сам");
}

fn nothing_to_decide(turn: &mut Turn, last: Phrase, moment: &str, why: &str) {
    let Some(case) = turn.conv.case.clone().filter(|case| !matches!(case.state, CaseState::Closed { .. })) else {
        return;
    };
    if case.whys != [Why::Visit] {
        return drop_visit(turn);
    }
    over(turn, case, last, &[("moment", moment)], why);
}

/// The case has ended by the client's own doing: everybody reads how.
fn over(turn: &mut Turn, case: Case, last: Phrase, arguments: &[(&str, &str)], why: &str) {
    let last = turn.phrase(last, arguments);
    let text = format!("{}\n{last}", notice::header(turn));
    close(turn, why);
    turn.emit(Effect::CloseNotices { case: case.id, text });
}

/// «Беру»: the case is this person's; also when the person simply wrote to the client.
pub(crate) fn take(turn: &mut Turn, person: &PersonId) -> String {
    let (now, name) = (turn.now, notice::person_name(turn.settings(), person));
    let outcome_due = turn.after(turn.settings().document.policy.outcome_min);
    if let Some(case) = &mut turn.conv.case {
        case.state = CaseState::Taken { by: person.clone(), at: now };
        case.taken_as.clone_from(&turn.conv.lead);
        case.next_at = Some(outcome_due);
        let (id, was_promised) = (case.id.clone(), case.promised_until.take().is_some());
        turn.wake(Alarm::OutcomeDue { case: id }, outcome_due);
        close_notices(turn, Phrase::NoticeTaken, &name);
        if was_promised {
            promise_anew(turn, &name);
        }
    }
    turn.phrase(Phrase::PressTaken, &[])
}

fn close_notices(turn: &mut Turn, phrase: Phrase, person: &str) {
    let time = wall::time(turn.wall(turn.now));
    let last = turn.phrase(phrase, &[("person", person), ("time", &time)]);
    last_card(turn, &last);
}

/// Who took the case answers within minutes, too; by whom and until when the client is told again.
fn promise_anew(turn: &mut Turn, person: &str) {
    let until = turn.after(TAKE_MIN);
    let clock = wall::time(turn.wall(until));
    if turn.conv.wish.wants_call {
        return turn.say(Phrase::TakenCall, &[("person", person), ("until", &clock)]);
    }
    turn.say(Phrase::Taken, &[("person", person), ("until", &clock)]);
    if let Some(case) = &mut turn.conv.case {
        case.promised_until = Some(until);
        let alarm = Alarm::PromiseDue { case: case.id.clone() };
        turn.wake(alarm, until);
    }
}

/// The cards already sent ask for nothing more, and end with this line.
fn last_card(turn: &mut Turn, last: &str) {
    let Some(case) = turn.conv.case.clone() else { return };
    let text = format!("{}\n{last}", notice::text(turn, &case, None));
    turn.emit(Effect::CloseNotices { case: case.id, text });
}

fn pass(turn: &mut Turn, person: &PersonId) -> String {
    if let Some(case) = &mut turn.conv.case {
        case.state = CaseState::Open;
        case.passed.push(person.clone());
        pull(case, turn.now);
    }
    climb(turn);
    turn.phrase(Phrase::PressPassed, &[])
}

/// The next rung is due now, and those behind it move up as much.
fn pull(case: &mut Case, now: Timestamp) {
    let elapsed = now.duration_since(case.opened_at).as_mins();
    let early = case.rungs.get(case.next).map_or(0, |rung| rung.after_min - elapsed);
    if early > 0 {
        for rung in &mut case.rungs[case.next..] {
            rung.after_min -= early;
        }
    }
}

/// Nothing reaches this person. Unless somebody else has the case, the next level is called at once, ahead of its
/// rung; the rungs themselves stay where they are, for what is down now may be up again by then.
pub(crate) fn hurry(turn: &mut Turn, unreached: &PersonId) {
    let Some(mut case) = turn.conv.case.take() else { return };
    let (business, now) = (turn.business, turn.now);
    let others = |case: &Case, rung: &Rung| -> Vec<&Person> {
        let people = reachable(business, case, rung, now).into_iter().filter(|person| person.id != unreached.as_str());
        people.filter(|person| reach::is_working(&business.settings, case, person, now)).collect()
    };
    let last = case.next.checked_sub(1).and_then(|last| case.rungs.get(last));
    let is_with_another = last.is_some_and(|rung| !others(&case, rung).is_empty());
    let next = case.rungs[case.next..].iter().find(|rung| !others(&case, rung).is_empty()).cloned();
    if let Some(rung) = next.filter(|_| !is_with_another) {
        let text = notice::text(turn, &case, Some(&rung));
        for person in others(&case, &rung) {
            reach::ring(turn, &mut case, person, &rung, &text);
        }
    }
    turn.conv.case = Some(case);
}

fn park_by(turn: &mut Turn, person: &PersonId) -> String {
    park(turn);
    let name = notice::person_name(turn.settings(), person);
    close_notices(turn, Phrase::NoticeParked, &name);
    let until = turn.conv.case.as_ref().and_then(|case| case.next_at);
    let was_promised = turn.conv.case.as_mut().is_some_and(|case| case.promised_until.take().is_some());
    if let Some(until) = until.filter(|_| was_promised) {
        let wall = turn.wall(until);
        let until = format!("{}, в {}", wall::date_from(wall.date(), turn.today()), wall::time(wall));
        turn.say(Phrase::Morning, &[("person", &name), ("until", &until)]);
    }
    turn.phrase(Phrase::PressParked, &[])
}

fn outcome(turn: &mut Turn, answer: NoticeAnswer) -> String {
    let (why, stage) = match answer {
        NoticeAnswer::Booked => ("записан", Some(Stage::Booked)),
        NoticeAnswer::NoAnswer => ("не дозвонился", None),
        NoticeAnswer::Refused => ("отказ", Some(Stage::Lost)),
        _ => ("спам", Some(Stage::Lost)),
    };
    // Nobody who sells nothing teaches what sells.
    if answer != NoticeAnswer::Spam
        && let Some(case) = &turn.conv.case
        && let Some(lead) = &case.taken_as
    {
        let outcome = Outcome::of(lead, answer == NoticeAnswer::Booked);
        let case = case.id.clone();
        turn.emit(Effect::Ended { case, outcome });
    }
    if let Some(stage) = stage {
        turn.conv.wish = Wish { offer_no: turn.conv.wish.offer_no, ..Wish::default() };
        if let Some(lead) = &mut turn.conv.lead {
            lead.stage = stage;
        }
    }
    close(turn, why);
    turn.phrase(Phrase::PressOutcome, &[])
}

fn close(turn: &mut Turn, why: &str) {
    let now = turn.now;
    if let Some(case) = &mut turn.conv.case {
        case.state = CaseState::Closed { at: now, why: why.to_owned() };
        case.next_at = None;
    }
}

/// The client booked without anybody's help: a case that was about selling is over.
pub(crate) fn booked(turn: &mut Turn, moment: &str) {
    let Some(case) = turn.conv.case.clone() else { return };
    let is_live = matches!(case.state, CaseState::Open | CaseState::Morning { .. });
    if !is_live || !case.whys.iter().all(|why| why.ends_with_booking()) {
        return;
    }
    close(turn, "записался сам");
    let last = turn.phrase(Phrase::NoticeBooked, &[("moment", moment)]);
    last_card(turn, &last);
}

/// People ended the request in the CRM: whoever did has seen it, and what the score learns is their word.
pub(crate) fn settled_in_crm(turn: &mut Turn, is_deal: bool) {
    let Some(case) = turn.conv.case.clone() else { return };
    if let Some(lead) = &case.taken_as {
        turn.emit(Effect::Ended { case: case.id.clone(), outcome: Outcome::of(lead, is_deal) });
    }
    if matches!(case.state, CaseState::Closed { .. }) {
        return;
    }
    close(turn, if is_deal { "продано в CRM" } else { "отказ в CRM" });
    let last = turn.phrase(if is_deal { Phrase::NoticeWon } else { Phrase::NoticeLost }, &[]);
    last_card(turn, &last);
}

/// A rung fell due. A late alarm, or one of a case that is over, finds nothing to do.
pub(crate) fn rung_due(turn: &mut Turn, case_id: &CaseId, rung: u16) {
    let is_it = |case: &Case| &case.id == case_id && case.is_open() && rung_number(case.next) == rung;
    if turn.conv.case.as_ref().is_some_and(is_it) {
        climb(turn);
    }
}

/// The last who was called has had their minutes, too: everybody on duty reads that the client waits.
pub(crate) fn nobody_took(turn: &mut Turn, case_id: &CaseId) {
    let is_it = |case: &Case| &case.id == case_id && matches!(case.state, CaseState::Morning { .. });
    if turn.conv.case.as_ref().is_some_and(is_it) {
        reach::tell_all(turn);
    }
}

/// The auditor found an open case without a next step: goes on from here.
pub(crate) fn repair(turn: &mut Turn, case_id: &CaseId) {
    if turn.conv.case.as_ref().is_some_and(|case| &case.id == case_id && case.is_open()) {
        climb(turn);
    }
}

/// What the client was promised has fallen due.
pub(crate) fn promise_due(turn: &mut Turn, case_id: &CaseId) {
    let score = score(turn);
    let Some(case) = turn.conv.case.as_mut().filter(|case| &case.id == case_id) else { return };
    match case.state {
        CaseState::Morning { until } if until <= turn.now => {
            case.state = CaseState::Open;
            // Who is rung at the hour they named has not been kept waiting.
            case.is_from_night =
                turn.conv.wish.call_when.is_none() || !case.whys.iter().all(|why| why.can_wait_for_call());
            case.passed.clear();
            case.opened_at = turn.now;
            case.next = 0;
            (case.rungs, case.withheld) = ladder::freeze(&turn.business.settings, &case.whys, score);
            climb(turn);
        }
        CaseState::Open if case.promised_until.is_some_and(|until| until <= turn.now) => {
            case.promised_until = None;
            turn.say(Phrase::PromiseSlipped, &[]);
        }
        CaseState::Taken { ref by, .. } if case.promised_until.is_some_and(|until| until <= turn.now) => {
            let by = by.clone();
            case.promised_until = None;
            taken_slipped(turn, &by);
        }
        _ => {}
    }
}

/// Who took the case has not written by the time the client was told.
fn taken_slipped(turn: &mut Turn, by: &PersonId) {
    if turn.conv.speaker == Speaker::Bot {
        let name = notice::person_name(turn.settings(), by);
        turn.say(Phrase::TakenSlipped, &[("person", &name)]);
    }
}

/// How a case that somebody took may end, as the buttons say it.
pub fn outcomes(settings: &Settings) -> Vec<NoticeButton> {
    notice::answers(settings, &NoticeAnswer::OUTCOMES)
}

/// A quarter of an hour after «Беру»: asks the person how it ended.
pub(crate) fn outcome_due(turn: &mut Turn, case_id: &CaseId) {
    let Some(case) = turn.conv.case.clone().filter(|case| &case.id == case_id) else { return };
    let CaseState::Taken { by, .. } = &case.state else { return };
    let settings = turn.settings();
    let Some(to) = settings.person(by).and_then(|person| notice::messenger(settings, person)) else { return };
    let name = notice::client_name(turn);
    let text = turn.phrase(Phrase::NoticeOutcome, &[("name", &name)]);
    let answers = outcomes(settings);
    turn.emit(Effect::Notify(Notice {
        case: case.id.clone(),
        person: by.clone(),
        to,
        level: case.level(),
        text,
        answers,
        is_urgent: false,
    }));
}
