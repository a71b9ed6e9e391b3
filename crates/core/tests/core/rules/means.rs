//! Which of a person's means rings next: while the one before is silent, after it failed, when calls are used up.

use std::collections::BTreeMap;

use nochnik_core::business::{Line, Way};
use nochnik_core::effect::{Alarm, Effect};
use nochnik_core::event::{InputKind, NoticeAnswer, What};
use nochnik_core::reach::Target;
use nochnik_core::values::{CaseId, PersonId};

use crate::rules::talk::{Talk, notices};

const TELEGRAM: &str = "{ channel = \"telegram\", peer = \"101\" }";
const OWN_PHONE: &str = "+79185550101";

/// At noon, Marina with these means; the duty manager is called at these minutes by these of them.
fn talk(marina: &str, steps: &[(u8, u8)]) -> Talk {
    let steps: Vec<String> =
        steps.iter().map(|(min, means)| format!("{{ after_min = {min}, means = {means} }}")).collect();
    let people = format!(
        "people = [\n\
         {{ id = \"marina\", name = \"Марина\", role = \"duty\", phone = \"{OWN_PHONE}\", means = [{marina}] }},\n\
         {{ id = \"oleg\", name = \"Олег\", role = \"senior\", means = [{{ channel = \"telegram\", peer = \"102\" }}] }},\n\
         ]\n\
         [[means]]\nkind = \"sms\"\n[[means]]\nkind = \"call\"\n\
         [[escalation]]\nlevel = 2\nrole = \"duty\"\nsteps = [{}]\n\
         [[escalation]]\nlevel = 3\nrole = \"senior\"\nsteps = [{{ after_min = 60 }}]\n",
        steps.join(", ")
    );
    let mut talk = Talk::with(&people, "2026-11-19T12:00");
    let line = |way| Line { way, takes_key: false };
    let lines = BTreeMap::from([("sms".to_owned(), line(Way::Sms)), ("call".to_owned(), line(Way::Call))]);
    talk.business.settings = talk.business.settings.clone().with_lines(lines);
    talk
}

/// «telegram 101», whoever is rung.
fn rung(effects: &[Effect]) -> Vec<String> {
    let ring = |effect: &Effect| match effect {
        Effect::Notify(notice) => Some(format!("{} {}", notice.to.account, notice.to.peer)),
        Effect::Summon(summons) => Some(format!("{} {}", summons.means, summons.to)),
        _ => None,
    };
    effects.iter().filter_map(ring).collect()
}

fn wanted(talk: &mut Talk) -> Vec<String> {
    rung(&talk.does(InputKind::Text { text: "позовите администратора".into() }))
}

fn case(talk: &Talk) -> CaseId {
    talk.conv.case.as_ref().unwrap().id.clone()
}

fn step(talk: &mut Talk, number: u16, at: &str) -> Vec<String> {
    let case = case(talk);
    rung(&talk.alarm(Alarm::Escalation { case, rung: number }, at))
}

fn target(account: &str, to: &str) -> Target {
    Target { person: PersonId::new("marina"), account: account.to_owned(), to: to.to_owned() }
}

/// The means before it has been silent for its time.
fn silent(talk: &mut Talk, account: &str, to: &str) -> Vec<String> {
    let case = case(talk);
    rung(&talk.play(What::Alarm(Alarm::NextMeans { case, target: target(account, to) })))
}

fn fails(talk: &mut Talk, case: CaseId, account: &str, to: &str) -> Vec<String> {
    rung(&talk.play(What::Unreached { case, target: target(account, to) }))
}

fn answers(talk: &mut Talk, answer: NoticeAnswer) {
    let case = case(talk);
    talk.play(What::Answer { case, person: PersonId::new("marina"), answer, press_id: None });
}

#[test]
fn the_next_means_rings_while_the_case_still_waits_for_this_person() {
    let means = format!("{TELEGRAM}, {{ means = \"sms\", after_s = 60 }}");
    let sms = [format!("sms {OWN_PHONE}")];
    let begun = || {
        let mut talk = talk(&means, &[(0, 1)]);
        assert_eq!(wanted(&mut talk), ["telegram 101"]);
        talk
    };
    assert_eq!(silent(&mut begun(), "telegram", "101"), sms);
    let mut taken = begun();
    answers(&mut taken, NoticeAnswer::Take);
    assert_eq!(silent(&mut taken, "telegram", "101"), [""; 0], "she has it");
    let mut passed = begun();
    answers(&mut passed, NoticeAnswer::Cannot);
    assert_eq!(silent(&mut passed, "telegram", "101"), [""; 0], "she cannot");
    let mut failed = begun();
    let own = case(&failed);
    assert_eq!(fails(&mut failed, own, "telegram", "101"), sms, "at once");
    assert_eq!(silent(&mut failed, "telegram", "101"), [""; 0], "the next has rung already");
    let mut other = begun();
    let effects =
        other.play(What::Alarm(Alarm::NextMeans { case: CaseId::new("talk/c9"), target: target("telegram", "101") }));
    assert_eq!(rung(&effects), [""; 0], "another case");
}

#[test]
fn what_fails_after_the_case_is_taken_rings_nobody() {
    let means = format!("{TELEGRAM}, {{ means = \"sms\" }}");
    let mut taken = talk(&means, &[(0, 1)]);
    wanted(&mut taken);
    answers(&mut taken, NoticeAnswer::Take);
    let own = case(&taken);
    assert_eq!(fails(&mut taken, own, "telegram", "101"), [""; 0]);
    let mut other = talk(&means, &[(0, 1)]);
    wanted(&mut other);
    assert_eq!(fails(&mut other, CaseId::new("talk/c9"), "telegram", "101"), [""; 0], "another case");
}

/// Two numbers of one account: the order is that of the document.
#[test]
fn of_two_numbers_of_one_account_each_has_its_own_place() {
    let means = format!("{{ means = \"sms\" }}, {{ means = \"sms\", to = \"+79185550199\" }}, {TELEGRAM}");
    let mut talk = talk(&means, &[(0, 1)]);
    assert_eq!(wanted(&mut talk), [format!("sms {OWN_PHONE}")]);
    assert_eq!(silent(&mut talk, "sms", OWN_PHONE), ["sms +79185550199"]);
    assert_eq!(silent(&mut talk, "sms", "+79185550199"), ["telegram 101"]);
}

/// Three calls within a quarter of an hour are enough; at its end the first of them is forgotten.
#[test]
fn a_fourth_call_waits_until_a_quarter_of_an_hour_is_over() {
    let means = format!("{TELEGRAM}, {{ means = \"call\", after_s = 60 }}");
    let call = [format!("call {OWN_PHONE}")];
    let mut talk = talk(&means, &[(0, 2), (1, 2), (2, 2), (14, 2), (15, 2)]);
    assert_eq!(wanted(&mut talk), call);
    assert_eq!(silent(&mut talk, "telegram", "101"), call, "behind the messenger, too");
    assert_eq!(step(&mut talk, 1, "2026-11-19T12:01"), call);
    assert_eq!(silent(&mut talk, "telegram", "101"), [""; 0], "called three times");
    assert_eq!(step(&mut talk, 2, "2026-11-19T12:02"), ["telegram 101"]);
    assert_eq!(step(&mut talk, 3, "2026-11-19T12:14"), ["telegram 101"]);
    assert_eq!(step(&mut talk, 4, "2026-11-19T12:15"), call);
}

/// Whoever is called along with the duty manager does not read that she has not answered; a minute later it is true.
#[test]
fn the_senior_reads_why_they_are_called() {
    let text = |after_min: u8, at: &str| {
        let mut talk = talk(TELEGRAM, &[(0, 1)]);
        let levels = &mut std::sync::Arc::make_mut(&mut talk.business.settings.document).escalation;
        levels[1].steps[0].after_min = after_min.into();
        wanted(&mut talk);
        let case = case(&talk);
        notices(&talk.alarm(Alarm::Escalation { case, rung: 1 }, at))[0].text.clone()
    };
    assert!(!text(0, "2026-11-19T12:00:30").starts_with("Дежурный не ответил"));
    assert!(text(1, "2026-11-19T12:01").starts_with("Дежурный не ответил"));

    let mut unreached = talk(TELEGRAM, &[(0, 1)]);
    wanted(&mut unreached);
    let case = case(&unreached);
    let effects = unreached.play(What::Unreached { case, target: target("telegram", "101") });
    assert!(notices(&effects)[0].text.starts_with("До дежурного не дозвониться"));
}

#[test]
fn an_sms_names_the_deadline_until_it_has_passed() {
    let mut talk = talk("{ means = \"sms\" }", &[(0, 1), (4, 1), (5, 1)]);
    let texts = |effects: &[Effect]| match effects.iter().find(|effect| matches!(effect, Effect::Summon(_))) {
        Some(Effect::Summon(summons)) => summons.text.replace('\u{a0}', " "),
        _ => String::new(),
    };
    wanted(&mut talk);
    let case = case(&talk);
    let at = |talk: &mut Talk, rung, at: &str| texts(&talk.alarm(Alarm::Escalation { case: case.clone(), rung }, at));
    assert!(at(&mut talk, 1, "2026-11-19T12:04").ends_with("Взять до 12:05."));
    assert!(at(&mut talk, 2, "2026-11-19T12:05").contains("клиент ждёт уже 5 минут"));
}
