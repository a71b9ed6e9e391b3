//! What the watch over the roster says and when: the owner hears of holes in time and once, whoever comes on duty is
//! asked, and one who does not answer is not alone.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use nochnik_core::business::{Business, Document, Settings};
use nochnik_core::duty::{self, Changes, Looked, Watch, Word, on_duty, read_ready};
use nochnik_core::values::PersonId;

use super::{PEOPLE, at, names};

/// Marina at night on weekdays, Olya on the other nights; Oleg is the spare of weekday nights. Days are Olya's.
const SHIFTS: &str = r#"
[[shifts]]
person = "marina"
days = ["mon", "tue", "wed", "thu", "fri"]
from = "20:00"
to = "09:00"
spare = "oleg"

[[shifts]]
person = "olya"
days = ["sat", "sun"]
from = "20:00"
to = "09:00"

[[shifts]]
person = "olya"
from = "09:00"
to = "20:00"
"#;

/// A roster looked at every minute, as the engine would.
struct Days {
    business: Business,
    watch: Watch,
    now: Timestamp,
}

impl Days {
    fn new(shifts: &str, from: &str) -> Self {
        let mut people = PEOPLE.to_owned();
        for id in ["marina", "olya", "oleg", "roza"] {
            let means = format!("id = \"{id}\", means = [{{ channel = \"telegram\", peer = \"{id}\" }}],");
            people = people.replace(&format!("id = \"{id}\","), &means);
        }
        let rest = "[[channels]]\nkind = \"telegram\"\n[privacy]\noperator = \"Клиника\"\n\
                    policy_url = \"https://clinic.example/privacy\"";
        let document: Document = toml::from_str(&format!("{people}\n{shifts}\n{rest}")).expect("it reads");
        let settings = Settings::build(document, 1).expect("the document of the test has no problems");
        let now = at(&settings, from);
        let business = Business { settings, changes: Arc::default(), busy: Arc::default() };
        Self { business, watch: Watch::default(), now }
    }

    /// Looks every minute until this wall time; says when, to whom and what.
    fn until(&mut self, to: &str) -> Vec<String> {
        let to = at(&self.business.settings, to);
        let mut said = Vec::new();
        while self.now <= to {
            let looked = duty::look(std::mem::take(&mut self.watch), &self.business, self.now);
            assert!(looked.next_at > self.now, "it never comes to rest");
            said.extend(self.take(looked));
            self.now += SignedDuration::from_mins(1);
        }
        self.now = to;
        said
    }

    fn ready(&mut self, person: &str, begins_at: &str) -> (Vec<String>, String) {
        let begins_at = at(&self.business.settings, begins_at);
        let watch = std::mem::take(&mut self.watch);
        let (looked, answer) = duty::ready(watch, &self.business, &PersonId::new(person), begins_at, self.now);
        (self.take(looked), answer)
    }

    fn take(&mut self, looked: Looked) -> Vec<String> {
        self.watch = looked.watch;
        let wall = self.business.settings.wall(self.now);
        let time = wall.strftime("%d.%m %H:%M").to_string();
        let changes = Arc::make_mut(&mut self.business.changes);
        looked
            .words
            .into_iter()
            .filter_map(|word| match word {
                Word::Tell { person, text, buttons } => {
                    let labels: Vec<String> = buttons.iter().map(|button| format!(" [{}]", button.label)).collect();
                    let text = text.replace('\u{a0}', " ").replace('\n', " | ");
                    Some(format!("{time} {person}: {text}{}", labels.concat()))
                }
                Word::Test { person } => Some(format!("{time} проверка: {person}")),
                Word::Besides(change) => {
                    changes.overrides.push(change);
                    None
                }
                Word::Relieved(change) => {
                    changes.overrides.retain(|known| *known != change);
                    None
                }
            })
            .collect()
    }

    fn on_duty(&self) -> Vec<String> {
        names(&on_duty(&self.business.settings, &self.business.changes, self.now))
    }
}

/// From Monday, 23 November 2026.
#[test]
fn whoever_comes_on_duty_is_asked_a_quarter_of_an_hour_before() {
    let mut days = Days::new(SHIFTS, "2026-11-23T12:00");
    let span = "пн, 23 ноября, 20:00 – вт, 24 ноября, 09:00";
    let asked = format!("23.11 19:45 marina: Скоро ваше дежурство: {span}. Вы на месте? [На месте]");
    assert_eq!(days.until("2026-11-23T19:50"), [asked, "23.11 19:45 проверка: marina".to_owned()]);
    assert_eq!(days.ready("marina", "2026-11-23T20:00"), (vec![], "Спасибо, вы на дежурстве.".to_owned()));
    assert_eq!(days.until("2026-11-24T08:00"), [""; 0], "she is there");
    assert_eq!(days.ready("marina", "2026-11-22T20:00").1, "Сейчас у вас такой смены нет.");
    assert_eq!(days.ready("olya", "2026-11-23T20:00").1, "Сейчас у вас такой смены нет.");
}

#[test]
fn one_who_does_not_answer_is_not_alone_until_they_do() {
    let mut days = Days::new(SHIFTS, "2026-11-23T19:30");
    let said = days.until("2026-11-23T20:05");
    assert_eq!(
        said[2..],
        [
            "23.11 20:00 roza: Нет подтверждения смены: Марина, пн, 23 ноября, 20:00 – вт, 24 ноября, 09:00. \
             Пока ответа нет, зовём ещё и запасного: Олег.",
            "23.11 20:00 oleg: Нет подтверждения смены: Марина. Пока ответа нет, зовём и вас: \
             пн, 23 ноября, 20:00 – вт, 24 ноября, 09:00.",
        ]
    );
    assert_eq!(days.on_duty(), ["marina", "oleg"], "both are called");
    let (said, answer) = days.ready("marina", "2026-11-23T20:00");
    assert_eq!(answer, "Спасибо, вы на дежурстве.");
    assert_eq!(
        said,
        [
            "23.11 20:05 roza: Смена подтверждена: Марина.",
            "23.11 20:05 oleg: Марина на месте, в эту смену вас больше не зовём.",
        ]
    );
    assert_eq!(days.on_duty(), ["marina"]);
    assert_eq!(days.ready("marina", "2026-11-23T20:00").0, [""; 0], "said once");
}

/// Saturday's night has no spare: the senior, who is no spare of it, is called besides.
#[test]
fn without_a_spare_the_next_level_comes_besides() {
    let mut days = Days::new(SHIFTS, "2026-11-28T08:30");
    let said = days.until("2026-11-28T09:05");
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(said[2].ends_with("Пока ответа нет, зовём ещё и запасного: Олег."), "{said:?}");
    assert_eq!(days.on_duty(), ["olya", "oleg"]);
}

/// Two are on duty at once, each with a spare of their own, and neither answers.
#[test]
fn the_spare_of_another_shift_stays_at_home() {
    let two = r#"
[[shifts]]
person = "olya"
from = "20:00"
to = "09:00"
spare = "roza"

[[shifts]]
person = "marina"
from = "20:00"
to = "09:00"
spare = "oleg"
"#;
    let mut days = Days::new(two, "2026-11-23T19:30");
    let said = days.until("2026-11-23T20:05").join("\n");
    let missed = |who: &str, spare: &str| {
        said.lines()
            .any(|line| line.contains(&format!("смены: {who},")) && line.ends_with(&format!("запасного: {spare}.")))
    };
    assert!(!missed("Марина", "Роза") && !missed("Оля", "Олег"), "{said}");
    assert!(missed("Марина", "Олег") || missed("Оля", "Роза"), "{said}");
}

#[test]
fn one_who_swapped_the_shift_away_is_not_missed() {
    let mut days = Days::new(SHIFTS, "2026-11-23T19:30");
    days.until("2026-11-23T19:50");
    let span = duty::Span { from: days.now, to: at(&days.business.settings, "2026-11-24T09:00") };
    let away = duty::Override { person: "roza".into(), instead_of: Some("marina".into()), span };
    Arc::make_mut(&mut days.business.changes).overrides.push(away);
    let said = days.until("2026-11-23T20:05");
    assert!(!said.iter().any(|line| line.contains("Марина")), "{said:?}");
}

#[test]
fn a_business_may_ask_nobody() {
    let mut days = Days::new(&format!("{SHIFTS}\n[policy]\nready_min = 0"), "2026-11-23T12:00");
    assert_eq!(days.until("2026-11-24T12:00"), [""; 0]);
}

/// No night shift on Thursday: told three days ahead, and not again.
#[test]
fn a_hole_is_told_days_ahead_once_and_by_day() {
    let shifts = SHIFTS.replace("\"wed\", \"thu\", \"fri\"", "\"wed\", \"fri\"");
    let mut days = Days::new(&format!("{shifts}\n[policy]\nready_min = 0"), "2026-11-22T12:00");
    let hole = "Никто не дежурит: чт, 26 ноября, 20:00 – пт, 27 ноября, 09:00. Добавьте смену или назначьте подмену.";
    let told = format!("23.11 20:00 roza: Дежурства, нужно внимание: | {hole}");
    assert_eq!(days.until("2026-11-24T12:00"), [told]);
    assert_eq!(days.until("2026-11-27T12:00"), [""; 0]);
}

/// What begins before the owner wakes is told at once, everything else in the morning; once mended and broken anew it
/// is told anew.
#[test]
fn a_hole_that_arises_late_is_told_at_once_when_it_must_be() {
    let mut days = Days::new(&format!("{SHIFTS}\n[policy]\nready_min = 0"), "2026-11-23T22:00");
    let ill = |days: &mut Days, from: &str, to: &str| {
        let settings = &days.business.settings;
        let span = duty::Span { from: at(settings, from), to: at(settings, to) };
        let changes = Arc::make_mut(&mut days.business.changes);
        *changes = Changes::default();
        for person in ["marina", "oleg"] {
            changes.absences.push(duty::Absence { person: person.into(), span });
        }
    };
    ill(&mut days, "2026-11-24T20:00", "2026-11-25T09:00");
    let said = days.until("2026-11-24T09:00");
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].starts_with("24.11 09:00 roza: Дежурства, нужно внимание: | Никто не дежурит: вт, 24 ноября, 20:00")
    );
    days.now = at(&days.business.settings, "2026-11-24T23:00");
    days.business.changes = Arc::default();
    assert_eq!(days.until("2026-11-24T23:10"), [""; 0]);
    ill(&mut days, "2026-11-25T02:00", "2026-11-25T09:00");
    let said = days.until("2026-11-24T23:20");
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("24.11 23:10 roza:"), "{said:?}");
}

#[test]
fn a_button_names_the_beginning_of_its_shift() {
    let moment: Timestamp = "2026-11-23T17:00:00Z".parse().unwrap();
    assert_eq!(read_ready(&format!("d.ready.{}", moment.as_second())), Some(moment));
    assert_eq!(read_ready("d.ready.soon"), None);
    assert_eq!(read_ready("n.token.take"), None);
}

/// Both have the night, both were asked.
const TWO: &str = r#"
[[shifts]]
person = "marina"
from = "20:00"
to = "09:00"

[[shifts]]
person = "olya"
from = "20:00"
to = "09:00"
"#;

/// Whoever of two is there covers the other: nobody is called besides, the owner hears whose word is missing.
#[test]
fn one_who_is_there_covers_one_who_does_not_answer() {
    for (present, missing) in [("olya", "Марина"), ("marina", "Оля")] {
        let mut days = Days::new(TWO, "2026-11-23T19:30");
        days.until("2026-11-23T19:50");
        days.ready(present, "2026-11-23T20:00");
        let said = days.until("2026-11-23T20:05");
        let span = "пн, 23 ноября, 20:00 – вт, 24 ноября, 09:00";
        let told = format!(
            "23.11 20:00 roza: Нет подтверждения смены: {missing}, {span}. Звать будем как обычно, по ступеням. \
             Позвоните дежурному сами."
        );
        assert_eq!(said, [told], "{present} is there");
        assert_eq!(days.on_duty(), ["marina", "olya"]);
    }
}

/// The answer of who is there is about their own shift and nobody else's.
#[test]
fn who_gave_the_shift_away_is_asked_no_more_and_the_other_still_is() {
    let mut days = Days::new(TWO, "2026-11-23T19:30");
    days.until("2026-11-23T19:50");
    let span = duty::Span { from: days.now, to: at(&days.business.settings, "2026-11-24T09:00") };
    let away = duty::Override { person: "roza".into(), instead_of: Some("marina".into()), span };
    Arc::make_mut(&mut days.business.changes).overrides.push(away);
    days.until("2026-11-23T20:05");
    assert_eq!(days.ready("marina", "2026-11-23T20:00").1, "Сейчас у вас такой смены нет.");
    assert_eq!(days.ready("olya", "2026-11-23T20:00").1, "Спасибо, вы на дежурстве.");
}

/// A shift is over at its end, not a minute later.
#[test]
fn who_answers_at_the_end_of_the_shift_is_not_on_duty() {
    for (answers_at, answer) in
        [("2026-11-24T08:59", "Спасибо, вы на дежурстве."), ("2026-11-24T09:00", "Сейчас у вас такой смены нет.")]
    {
        let mut days = Days::new(SHIFTS, "2026-11-23T19:30");
        days.until("2026-11-24T08:58");
        days.now = at(&days.business.settings, answers_at);
        assert_eq!(days.ready("marina", "2026-11-23T20:00").1, answer, "{answers_at}");
    }
}

/// A spare is called who can be called and is not on duty anyway; else the next level is.
#[test]
fn nobody_is_called_besides_who_has_no_means_or_is_there_already() {
    let night = |person: &str, spare: &str| {
        format!("[[shifts]]\nperson = \"{person}\"\nfrom = \"20:00\"\nto = \"09:00\"\nspare = \"{spare}\"\n")
    };
    let called = |shifts: &str, without: Option<&str>| {
        let mut days = Days::new(shifts, "2026-11-23T19:30");
        for person in &mut Arc::make_mut(&mut days.business.settings.document).people {
            if without == Some(person.id.as_str()) {
                person.means.clear();
            }
        }
        days.until("2026-11-23T20:05");
        days.on_duty()
    };
    assert_eq!(called(&night("marina", "olya"), None), ["marina", "olya"]);
    assert_eq!(called(&night("marina", "olya"), Some("olya")), ["marina", "oleg"], "she cannot be called");
    let both = format!("{}{}", night("marina", "olya"), night("olya", "marina"));
    assert_eq!(called(&both, None), ["marina", "olya", "oleg"], "she is on duty anyway");
}

/// While one hole stands the other is mended and comes again: it is news again.
#[test]
fn a_hole_that_comes_again_is_told_again_whatever_other_stands() {
    let mut days = Days::new(&format!("{SHIFTS}\n[policy]\nready_min = 0"), "2026-11-23T12:00");
    let away = |days: &mut Days, nights: &[(&str, &str)]| {
        let settings = days.business.settings.clone();
        let changes = Arc::make_mut(&mut days.business.changes);
        *changes = Changes::default();
        for (from, to) in nights {
            let span = duty::Span { from: at(&settings, from), to: at(&settings, to) };
            for person in ["marina", "oleg"] {
                changes.absences.push(duty::Absence { person: person.into(), span });
            }
        }
    };
    let tuesday = ("2026-11-24T20:00", "2026-11-25T09:00");
    let wednesday = ("2026-11-25T20:00", "2026-11-26T09:00");
    let holes = |said: &[String]| said.iter().map(|line| line.matches("Никто не дежурит").count()).sum::<usize>();
    away(&mut days, &[tuesday, wednesday]);
    assert_eq!(holes(&days.until("2026-11-23T12:10")), 2);
    away(&mut days, &[wednesday]);
    assert_eq!(holes(&days.until("2026-11-23T12:20")), 0, "mended");
    away(&mut days, &[tuesday, wednesday]);
    let said = days.until("2026-11-23T12:30");
    assert_eq!(holes(&said), 1, "{said:?}");
    assert!(said.iter().any(|line| line.contains("Никто не дежурит: вт, 24 ноября, 20:00")), "{said:?}");
}

#[test]
fn means_that_do_not_work_are_told_to_the_owner_in_one_message() {
    let days = Days::new(SHIFTS, "2026-11-23T12:00");
    let troubles = ["sms: нет денег".to_owned(), "telegram: бот остановлен".to_owned()];
    let words = duty::mute(&days.business.settings, &PersonId::new("marina"), &troubles);
    let [Word::Tell { person, text, buttons }] = &words[..] else { panic!("one message: {words:?}") };
    assert_eq!((person.as_str(), buttons.len()), ("roza", 0));
    assert!(text.contains("Марина") && text.contains("sms: нет денег; telegram: бот остановлен"), "{text}");
}
