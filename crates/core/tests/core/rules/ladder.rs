//! Who is called when, and when nobody any more. The demo salon calls the duty manager at once and after 2 and 4
//! minutes, the senior after 10 and 12, the owner after 15.

use std::sync::Arc;

use jiff::civil::{date, time};
use nochnik_core::business::{Condition, Line, Way};
use nochnik_core::effect::{Alarm, Effect};
use nochnik_core::escalation::{CaseState, Why};
use nochnik_core::event::{InputKind, NoticeAnswer, What};
use nochnik_core::values::CaseId;
use nochnik_nlu::{Grain, When};

use crate::rules::talk::{Talk, notices, said, wall, woken};

fn wanted(at: &str) -> Talk {
    let mut talk = Talk::begin(at);
    talk.says("позовите администратора");
    talk
}

fn rung(talk: &mut Talk, rung: u16, at: &str) -> Vec<Effect> {
    let case = talk.conv.case.as_ref().unwrap().id.clone();
    talk.alarm(Alarm::Escalation { case, rung }, at)
}

#[test]
fn each_rung_calls_and_asks_to_be_woken_for_the_next() {
    let mut talk = wanted("2026-11-19T12:00");
    for (number, at, person, level, next) in [
        (1, "2026-11-19T12:02", "marina", 2, "2026-11-19T12:04"),
        (2, "2026-11-19T12:04", "marina", 2, "2026-11-19T12:10"),
        (3, "2026-11-19T12:10", "oleg", 3, "2026-11-19T12:12"),
        (4, "2026-11-19T12:12", "oleg", 3, "2026-11-19T12:15"),
    ] {
        let effects = rung(&mut talk, number, at);
        let called: Vec<_> = notices(&effects).iter().map(|notice| (notice.person.to_string(), notice.level)).collect();
        assert_eq!(called, [(person.to_owned(), level)], "rung {number}");
        assert_eq!(woken(&talk, &effects, "escalation"), [wall(next)], "rung {number}");
    }
    let last = rung(&mut talk, 5, "2026-11-19T12:15");
    assert_eq!(notices(&last)[0].person.as_str(), "roza");
    assert_eq!(
        woken(&talk, &last, "promise"),
        [wall("2026-11-19T13:15")],
        "by day everybody is called again in an hour"
    );
}

/// A late alarm, another rung's or another case's finds nothing to do; one before its time calls nobody.
#[test]
fn an_alarm_that_is_not_due_does_nothing() {
    let mut talk = wanted("2026-11-19T12:00");
    assert_eq!(notices(&rung(&mut talk, 2, "2026-11-19T12:04")).len(), 0, "the first is due");
    assert_eq!(notices(&rung(&mut talk, 1, "2026-11-19T12:01")).len(), 0, "a minute early");
    assert_eq!(notices(&rung(&mut talk, 1, "2026-11-19T12:02")).len(), 1);
    assert_eq!(notices(&rung(&mut talk, 1, "2026-11-19T12:02")).len(), 0, "called already");
    let other = Alarm::Escalation { case: CaseId::new("talk/c9"), rung: 2 };
    assert_eq!(notices(&talk.alarm(other, "2026-11-19T12:04")).len(), 0);
    talk.conv.case.as_mut().unwrap().state = CaseState::Closed { at: talk.now, why: "отказ".into() };
    assert_eq!(notices(&rung(&mut talk, 2, "2026-11-19T12:04")).len(), 0, "it is over");
}

/// Steps that fell due together while we were down go half a minute apart.
#[test]
fn overdue_steps_keep_apart() {
    let mut talk = wanted("2026-11-19T12:00");
    let effects = rung(&mut talk, 1, "2026-11-19T12:11");
    assert_eq!(notices(&effects)[0].person.as_str(), "marina");
    assert_eq!(woken(&talk, &effects, "escalation"), [wall("2026-11-19T12:11:30")]);
    let mut near = wanted("2026-11-19T12:00");
    let effects = rung(&mut near, 1, "2026-11-19T12:03:31");
    assert_eq!(woken(&near, &effects, "escalation"), [wall("2026-11-19T12:04:01")], "29 seconds are too near");
}

#[test]
fn an_open_case_without_a_next_step_is_taken_up_again() {
    let mut talk = wanted("2026-11-19T12:00");
    let case = talk.conv.case.as_ref().unwrap().id.clone();
    let effects = talk.alarm(Alarm::Repair { case: case.clone() }, "2026-11-19T12:02");
    assert_eq!(notices(&effects).len(), 1);
    let other = talk.alarm(Alarm::Repair { case: CaseId::new("talk/c9") }, "2026-11-19T12:04");
    assert_eq!(notices(&other).len(), 0);
    talk.conv.case.as_mut().unwrap().state = CaseState::Closed { at: talk.now, why: "спам".into() };
    assert_eq!(notices(&talk.alarm(Alarm::Repair { case }, "2026-11-19T12:04")).len(), 0);
}

#[test]
fn a_promise_that_slips_is_apologised_for_to_the_minute() {
    let due = |at: &str, case: Option<&str>| {
        let mut talk = wanted("2026-11-19T12:00");
        let own = talk.conv.case.as_ref().unwrap().id.clone();
        let case = case.map_or(own, CaseId::new);
        said(&talk.alarm(Alarm::PromiseDue { case }, at))
    };
    assert!(due("2026-11-19T12:05", None).starts_with("Извините, что заставили ждать"));
    assert_eq!(due("2026-11-19T12:04", None), "", "a minute is left");
    assert_eq!(due("2026-11-19T12:05", Some("talk/c9")), "");
    let mut twice = wanted("2026-11-19T12:00");
    let case = twice.conv.case.as_ref().unwrap().id.clone();
    twice.alarm(Alarm::PromiseDue { case: case.clone() }, "2026-11-19T12:05");
    assert_eq!(said(&twice.alarm(Alarm::PromiseDue { case }, "2026-11-19T12:06")), "", "once");
}

/// What waits for the morning begins anew when the doors open, not a minute sooner.
#[test]
fn the_morning_queue_is_called_when_the_doors_open() {
    let mut talk = Talk::begin("2026-11-19T23:00");
    talk.does(InputKind::Unknown);
    let case = talk.conv.case.as_ref().unwrap().id.clone();
    assert!(matches!(talk.conv.case.as_ref().unwrap().state, CaseState::Morning { .. }), "not worth waking anybody");
    let early = talk.alarm(Alarm::PromiseDue { case: case.clone() }, "2026-11-20T08:59");
    assert_eq!(notices(&early).len(), 0);
    let open = talk.alarm(Alarm::PromiseDue { case }, "2026-11-20T09:00");
    assert!(notices(&open)[0].text.starts_with("С ночи ждёт ответа"));
    assert_eq!(talk.conv.case.as_ref().unwrap().opened_at, talk.now);
    let mut day = Talk::begin("2026-11-19T12:00");
    assert_eq!(notices(&day.does(InputKind::Unknown)).len(), 1, "by day somebody is there");
}

#[test]
fn a_business_that_never_opens_waits_for_eight_hours() {
    let once = "hours = {}\nspecial_days = { 2025-12-01 = [[\"09:00\", \"20:00\"]] }";
    let mut talk = Talk::with(once, "2026-11-19T23:00");
    let effects = talk.does(InputKind::Unknown);
    assert_eq!(woken(&talk, &effects, "promise"), [wall("2026-11-20T07:00")]);
}

/// A case about selling ends when the client books; one for which a person was asked does not.
#[test]
fn booking_ends_what_was_about_selling() {
    let state = |first: &str| {
        let mut talk = Talk::begin("2026-11-19T12:00");
        talk.says(first);
        talk.says("маникюр у Анны 20.11 в 11:00, Вера, 8 918 555 01 50");
        let effects = talk.does(InputKind::Text { text: "да".into() });
        let closes = effects.iter().any(|effect| matches!(effect, Effect::CloseNotices { .. }));
        (matches!(talk.conv.case.unwrap().state, CaseState::Closed { .. }), closes)
    };
    assert_eq!(state("сколько стоит маникюр?"), (true, true));
    assert_eq!(state("позовите администратора"), (false, false));
}

#[test]
fn what_is_new_joins_the_open_case_and_reopens_a_closed_one() {
    let mut talk = wanted("2026-11-19T12:00");
    let first = talk.conv.case.as_ref().unwrap().id.clone();
    talk.says("сколько стоит маникюр?");
    let case = talk.conv.case.as_ref().unwrap();
    assert_eq!((&case.id, case.whys.contains(&Why::Hot)), (&first, true));
    let whys = case.whys.len();
    talk.says("позовите администратора");
    assert_eq!(talk.conv.case.as_ref().unwrap().whys.len(), whys, "known already");
    talk.conv.case.as_mut().unwrap().state =
        CaseState::Closed { at: talk.now, why: "не дозвонился".into() };
    talk.says("а педикюр сколько?");
    assert_eq!(talk.conv.case.as_ref().unwrap().id, first, "what merely stands opens it once");
    talk.says("позовите администратора");
    assert_ne!(talk.conv.case.as_ref().unwrap().id, first, "asked again, the client is answered again");

    let mut night = Talk::begin("2026-11-19T23:00");
    night.does(InputKind::Unknown);
    let parked = night.conv.case.as_ref().unwrap().id.clone();
    night.says("позовите администратора");
    let case = night.conv.case.as_ref().unwrap();
    assert_ne!(case.id, parked);
    assert!(
        case.is_open() && case.whys.contains(&Why::Unread) && case.whys.contains(&Why::Human),
        "put off is not forgotten"
    );
}

#[test]
fn danger_breaks_a_persons_quiet_hours_and_a_sale_does_not() {
    for (text, is_urgent) in [
        ("человек упал и не дышит, скорее", true),
        ("после окрашивания вся голова чешется", true),
        ("подам на вас в суд", true),
        ("маникюр ужасный, верните деньги!", false),
        ("сколько стоит маникюр?", false),
        ("позовите администратора", false),
    ] {
        let effects = Talk::begin("2026-11-19T12:00").does(InputKind::Text { text: text.into() });
        assert_eq!(notices(&effects)[0].is_urgent, is_urgent, "{text}");
    }
}

/// A level with nobody to call does not cost its minutes.
#[test]
fn an_empty_level_is_passed_over_at_once() {
    let nobody_on_duty = "shifts = [{ person = \"marina\", days = [\"sun\"], from = \"10:00\", to = \"11:00\" }]";
    let mut talk = Talk::with(nobody_on_duty, "2026-11-19T23:00");
    let effects = talk.does(InputKind::Text { text: "позовите администратора".into() });
    assert_eq!(notices(&effects)[0].person.as_str(), "oleg");
    assert!(notices(&effects)[0].text.starts_with("Дежурного сейчас нет"));
    assert_eq!(woken(&talk, &effects, "escalation"), [wall("2026-11-19T23:02")], "the senior's own pace");
    let nobody_at_all =
        "people = [{ id = \"marina\", name = \"Марина\", role = \"duty\" }]\nescalation = []\nshifts = []";
    let mut talk = Talk::with(nobody_at_all, "2026-11-19T23:00");
    let effects = talk.does(InputKind::Text { text: "позовите администратора".into() });
    assert_eq!(notices(&effects).len(), 0);
    assert_eq!(woken(&talk, &effects, "promise"), [wall("2026-11-20T09:00")], "the morning");
}

#[test]
fn an_answer_to_another_case_is_told_that_it_is_over() {
    let mut talk = wanted("2026-11-19T12:00");
    let stale = What::StalePress { case: CaseId::new("talk/c9"), person: "marina".into(), press_id: Some("p".into()) };
    let effects = talk.play(stale);
    assert_eq!(notices(&effects).len(), 0);
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::AnswerPress { text: Some(text), .. } if text == "Уже закрыто"))
    );
}

/// Who asks for a person is answered at once, whatever hour they named for a call.
#[test]
fn only_a_call_and_a_sale_wait_for_the_hour_of_the_call() {
    let at_three = When {
        grain: Grain::Time,
        from_on: Some(date(2026, 11, 20)),
        to_on: None,
        from_at: Some(time(15, 0, 0, 0)),
        to_at: None,
        is_date_stated: true,
        is_hour_certain: true,
    };
    for (text, is_called_now) in [("позовите администратора", true), ("перезвоните мне, 8 918 555 01 50", false)]
    {
        let mut talk = Talk::begin("2026-11-19T12:00");
        talk.conv.wish.call_when = Some(at_three);
        let effects = talk.does(InputKind::Text { text: text.into() });
        assert_eq!(!notices(&effects).is_empty(), is_called_now, "{text}");
        let until = talk.at("2026-11-20T15:00");
        assert_eq!(talk.conv.case.unwrap().state == CaseState::Morning { until }, !is_called_now, "{text}");
    }
}

/// Five minutes from the first promise, however often the client asks; whoever takes the case has five minutes more.
#[test]
fn a_promise_is_made_once_and_anew_by_whoever_takes_the_case() {
    let mut talk = wanted("2026-11-19T12:00");
    let promised = |talk: &Talk| talk.conv.case.as_ref().unwrap().promised_until.map(|until| talk.wall(until));
    assert_eq!(promised(&talk), Some(wall("2026-11-19T12:05")));
    talk.passes(2);
    let again = talk.does(InputKind::Text { text: "позовите администратора".into() });
    assert_eq!((promised(&talk), woken(&talk, &again, "promise")), (Some(wall("2026-11-19T12:05")), vec![]));
    let (case, person) = (talk.conv.case.as_ref().unwrap().id.clone(), "marina".into());
    talk.play(What::Answer { case, person, answer: NoticeAnswer::Take, press_id: None });
    let taken = talk.does(InputKind::Text { text: "позовите администратора".into() });
    assert_eq!((promised(&talk), woken(&talk, &taken, "promise")), (Some(wall("2026-11-19T12:07")), vec![]));
}

/// The score must be above the bound for a person to be called, and at a level's own bound the level joins in.
#[test]
fn a_score_calls_above_its_bound_and_lets_a_level_in_at_its_own() {
    let scored = |call_score: f64| {
        let mut talk = Talk::begin("2026-11-19T12:00");
        Arc::make_mut(&mut talk.business.settings.document).policy.call_score = call_score;
        talk.presses("svc.manicure");
        let whys = talk.conv.case.map_or(Vec::new(), |case| case.whys);
        (talk.conv.lead.unwrap().score, whys.contains(&Why::Score))
    };
    let (score, _) = scored(1.0);
    assert!(0.0 < score && score < 1.0, "{score}");
    assert_eq!((scored(score).1, scored(score - 0.01).1), (false, true));

    let rungs = |least: f64| {
        let mut talk = Talk::begin("2026-11-19T12:00");
        let policy = &mut Arc::make_mut(&mut talk.business.settings.document).escalation;
        policy.iter_mut().filter(|level| level.level == 3).for_each(|level| level.only = vec![Condition::Score(least)]);
        talk.presses("svc.manicure");
        talk.presses("human");
        let case = talk.conv.case.unwrap();
        (case.rungs.len(), case.withheld.len())
    };
    assert_eq!(rungs(score), (6, 0), "three of the duty manager's, three above");
    assert_eq!(rungs(score + 0.01), (3, 3));
}

/// Nobody has a card before the first rung: there is none to bring up to date.
#[test]
fn a_card_is_brought_up_to_date_once_somebody_has_it() {
    let later = "[[escalation]]\nlevel = 2\nrole = \"duty\"\nsteps = [{ after_min = 5 }, { after_min = 10 }]";
    let mut talk = Talk::with(later, "2026-11-19T12:00");
    let refreshed = |effects: &[Effect]| effects.iter().any(|it| matches!(it, Effect::RefreshNotices { .. }));
    talk.says("позовите администратора");
    let first = talk.does(InputKind::Text { text: "сколько стоит маникюр?".into() });
    assert!(talk.conv.case.as_ref().unwrap().whys.contains(&Why::Hot) && !refreshed(&first));
    assert_eq!(notices(&rung(&mut talk, 0, "2026-11-19T12:05")).len(), 1);
    talk.says("спасибо");
    assert!(refreshed(&talk.presses("svc.manicure")));
}

/// Five minutes after the last rung everybody on duty hears by SMS of a case that still waits, and of no other.
#[test]
fn a_case_nobody_took_is_told_to_all_who_have_an_sms() {
    let means = "means = [{ kind = \"sms\" }]\n\
        people = [{ id = \"marina\", name = \"Марина\", role = \"duty\", phone = \"+79185550101\", \
        means = [{ means = \"sms\" }] }, { id = \"oleg\", name = \"Олег\", role = \"senior\" }, \
        { id = \"roza\", name = \"Роза\", role = \"owner\" }]";
    let mut talk = Talk::with(means, "2026-11-19T12:00");
    let sms = ("sms".to_owned(), Line { way: Way::Sms, takes_key: false });
    talk.business.settings = talk.business.settings.clone().with_lines([sms].into());
    talk.says("позовите администратора");
    let id = talk.conv.case.as_ref().unwrap().id.clone();
    let told = |talk: &mut Talk, case: &CaseId| {
        let effects = talk.alarm(Alarm::NobodyTook { case: case.clone() }, "2026-11-19T12:20");
        effects.iter().filter(|effect| matches!(effect, Effect::Summon(_))).count()
    };
    assert_eq!(told(&mut talk, &id), 0, "it is still called about");
    let until = talk.at("2026-11-19T13:15");
    talk.conv.case.as_mut().unwrap().state = CaseState::Morning { until };
    assert_eq!(told(&mut talk, &CaseId::new("talk/c9")), 0, "another case");
    assert_eq!(told(&mut talk, &id), 1);
}

/// What everybody is told at last is the gravest of the reasons.
#[test]
fn what_nobody_took_is_told_by_its_most_urgent_reason() {
    let means = "means = [{ kind = \"sms\" }]\n\
        people = [{ id = \"marina\", name = \"Марина\", role = \"duty\", phone = \"+79185550101\", \
        means = [{ means = \"sms\" }] }, { id = \"oleg\", name = \"Олег\", role = \"senior\" }, \
        { id = \"roza\", name = \"Роза\", role = \"owner\" }]";
    let mut talk = Talk::with(means, "2026-11-19T12:00");
    let sms = ("sms".to_owned(), Line { way: Way::Sms, takes_key: false });
    talk.business.settings = talk.business.settings.clone().with_lines([sms].into());
    talk.says("позовите администратора");
    let until = talk.at("2026-11-19T13:15");
    let case = talk.conv.case.as_mut().unwrap();
    (case.whys, case.state) = (vec![Why::Human, Why::Urgent], CaseState::Morning { until });
    let case = case.id.clone();
    let effects = talk.alarm(Alarm::NobodyTook { case }, "2026-11-19T12:20");
    let told = |effect: &Effect| matches!(effect, Effect::Summon(summons) if summons.text.contains("(срочно)"));
    assert!(effects.iter().any(told), "{effects:?}");
}
