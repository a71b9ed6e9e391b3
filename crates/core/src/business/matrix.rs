//! What in the shifts and the escalation matrix works but would call somebody in vain.

use super::{Condition, Document, Level, Person, Problem, Role};
use crate::escalation::{Why, holds};

/// Lists it in the document's order. Says nothing of means while nobody has any: such a document is a
/// draft, and people connect their messengers in the console.
pub(super) fn lint_matrix(document: &Document) -> Vec<Problem> {
    let mut problems = Vec::new();
    if document.people.iter().any(|person| !person.means.is_empty()) {
        problems.extend(mute(document));
        problems
            .extend(document.escalation.iter().enumerate().flat_map(|(place, level)| beyond(document, place, level)));
    }
    problems.extend(document.escalation.iter().enumerate().filter_map(|(place, level)| never(place, level)));
    problems.extend(uncaught(document));
    problems
}

/// On duty by the shifts, but there is nothing to call them by.
fn mute(document: &Document) -> impl Iterator<Item = Problem> {
    let people = document.people.iter().enumerate();
    let found = people.filter(|(_, person)| person.means.is_empty() && is_of(document, person, Role::Duty));
    found.map(|(place, person)| {
        let text = format!("{} дежурит, а позвать нечем; подключите мессенджер в кабинете, «Дежурные»", person.name);
        Problem::new(format!("people[{place}].means"), text)
    })
}

/// Steps with a means that nobody of the role has.
fn beyond(document: &Document, place: usize, level: &Level) -> Vec<Problem> {
    let people = document.people.iter().filter(|person| is_of(document, person, level.role));
    let most = people.map(|person| person.means.len()).max().unwrap_or(0);
    let steps = level.steps.iter().enumerate().filter(|(_, step)| most > 0 && usize::from(step.means) > most);
    steps
        .map(|(step, _)| {
            let text = format!("столько способов связи нет ни у кого, самое большее {most}; сработает последний");
            Problem::new(format!("escalation[{place}].steps[{step}].means"), text)
        })
        .collect()
}

/// A score of one is certainty, which no lead has.
fn never(place: usize, level: &Level) -> Option<Problem> {
    let is_never = |condition: &Condition| matches!(condition, Condition::Score(least) if *least >= 1.0);
    let is_unreachable = !level.only.is_empty() && level.only.iter().all(is_never);
    let text = "такой вероятности не бывает, ступень не сработает никогда; поставьте меньше единицы";
    is_unreachable.then(|| Problem::new(format!("escalation[{place}].only"), text))
}

/// Health must wake somebody.
fn uncaught(document: &Document) -> Option<Problem> {
    let risk = [Why::Emergency];
    let catches = |level: &Level| level.only.is_empty() || level.only.iter().any(|it| holds(*it, &risk, 0.0));
    let is_caught = document.escalation.is_empty() || document.escalation.iter().any(catches);
    let text = "при угрозе здоровью не позовут никого; добавьте ступень без only или с only = [\"risk\"]";
    (!is_caught).then(|| Problem::new("escalation", text))
}

/// Whether the role's calls go to this person: by its shifts, where there are any.
fn is_of(document: &Document, person: &Person, role: Role) -> bool {
    let mut shifts = document.shifts.iter().filter(|shift| shift.role == role).peekable();
    if shifts.peek().is_none() {
        return person.role == role;
    }
    shifts.any(|shift| shift.named().any(|id| id == person.id))
}

#[cfg(test)]
mod tests {
    use super::super::Document;

    const SALON: &str = r#"
id = "salon"
type = "beauty_salon"
name = "Салон"
services = [{ id = "cut", name = "Стрижка", price = 1000, duration_min = 60 }]
staff = [{ id = "anna", name = "Анна", services = ["cut"] }]
people = [
    { id = "olya", name = "Ольга", role = "duty", means = [{ channel = "telegram", peer = "1" }] },
    { id = "marina", name = "Марина", role = "duty" },
]
shifts = [{ person = "PERSON", from = "09:00", to = "09:00" }]
escalation = [{ level = 2, role = "duty", ONLY steps = [{ after_min = 0, means = MEANS }] }]
[hours]
tue = ["10:00", "20:00"]
"#;

    fn paths(person: &str, only: &str, means: &str) -> Vec<String> {
        let text = SALON.replace("PERSON", person).replace("ONLY", only).replace("MEANS", means);
        let document: Document = toml::from_str(&text).unwrap();
        super::lint_matrix(&document).into_iter().map(|problem| problem.path).collect()
    }

    #[test]
    fn what_calls_somebody_is_left_alone() {
        assert_eq!(paths("olya", "", "1"), [""; 0]);
        assert_eq!(paths("olya", r#"only = ["hot", "risk"],"#, "1"), [""; 0]);
    }

    #[test]
    fn calls_in_vain_are_told() {
        assert_eq!(paths("marina", "", "1"), ["people[1].means"]);
        assert_eq!(paths("olya", "", "2"), ["escalation[0].steps[0].means"]);
        assert_eq!(paths("olya", r#"only = ["hot"],"#, "1"), ["escalation"]);
        assert_eq!(paths("olya", r#"only = ["score >= 1"],"#, "1"), ["escalation[0].only", "escalation"]);
    }
}
