//! «Порядок вызова»: who is called after how many minutes, by which means, for what.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use nochnik_core::business::{Condition, Document, Level, Role, Step};
use nochnik_core::escalation;

use super::look::icon;
use super::meanwhile::{Texts, by_number, caught_up};
use super::settings::{Filled, follow, frame, heading, problems, save_read, seen_input};
use super::viewer::Viewer;
use super::{Shared, Trouble};
use crate::document_change::{Deed, Objection, Problems};

const PATH: &str = "/console/settings/ladder";
/// The button that brings the regulation's own order back.
const USUAL: &str = "usual";
/// Steps of a form, at most; one more than stand there is empty.
const ROWS_MAX: usize = 24;
const ROLES: [(&str, Role, &str); 3] =
    [("duty", Role::Duty, "дежурного"), ("senior", Role::Senior, "старшего"), ("owner", Role::Owner, "владельца")];
const MEANS: [&str; 5] = ["главный", "второй", "третий", "четвёртый", "пятый"];
/// Reasons that need no number.
const REASONS: [(&str, &str); 6] = [
    ("hot", "горячая заявка"),
    ("urgent", "клиент просит срочно"),
    ("risk", "угроза здоровью"),
    ("complaint", "жалоба или претензия"),
    ("human", "клиент просит человека"),
    ("callback", "клиент просит перезвонить"),
];
const SCORE: &str = "score";

/// `GET /console/settings/ladder`
pub async fn page(State(_): State<Shared>, viewer: Viewer) -> Markup {
    show(&viewer, &Filled { texts: typed(viewer.salon.document()), objection: None })
}

/// `POST /console/settings/ladder`
pub async fn change(
    State(web): State<Shared>,
    viewer: Viewer,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let mut filled = caught_up(&web, &viewer, texts, by_number, typed).await?;
    if filled.objection.is_none() {
        let matrix = if filled.is_ticked(USUAL) { Ok(Vec::new()) } else { matrix_of(&filled) };
        let deed = Deed { action: "ladder", subject: String::new() };
        let saved = save_read(&web, &viewer, &filled, deed, matrix, |matrix, document| {
            document.escalation.clone_from(matrix);
            Ok(())
        });
        filled.objection = saved.await?;
    }
    follow(&filled, PATH, |filled| Ok(show(&viewer, filled)))
}

fn input(row: usize, name: &str) -> String {
    format!("step.{row}.{name}")
}

fn typed(document: &Document) -> Texts {
    let matrix = escalation::matrix(document);
    let steps = matrix.iter().flat_map(|level| level.steps.iter().map(move |step| (level, step)));
    steps.enumerate().flat_map(|(row, (level, step))| typed_step(row, level, step)).collect()
}

/// The inputs of one step.
fn typed_step(row: usize, level: &Level, step: &Step) -> Vec<(String, String)> {
    let role = ROLES.iter().find(|(_, role, _)| *role == level.role).map_or("", |(word, ..)| word);
    let mut inputs = vec![
        (input(row, "after"), step.after_min.to_string()),
        (input(row, "role"), role.to_owned()),
        (input(row, "means"), step.means.to_string()),
    ];
    inputs.extend(step.repeat_every_min.map(|every| (input(row, "every"), every.to_string())));
    inputs.extend(step.until_min.map(|until| (input(row, "until"), until.to_string())));
    inputs.extend(level.only.iter().map(|condition| match condition {
        Condition::Score(score) => (input(row, SCORE), format!("{:.0}", score * 100.0)),
        plain => (input(row, &String::from(*plain)), "yes".to_owned()),
    }));
    inputs
}

/// Reads the steps; those of one role and for the same reasons are one level of the matrix, in order of time.
fn matrix_of(filled: &Filled) -> Result<Vec<Level>, Objection> {
    let (mut matrix, mut problems): (Vec<Level>, _) = (Vec::new(), Problems::default());
    for row in (0..ROWS_MAX).filter(|row| !filled.text(&input(*row, "after")).is_empty()) {
        let (role, only) = (problems.take(role_of(filled, row)), problems.take(only_of(filled, row)));
        let step = problems.take(step_of(filled, row));
        let (Some(role), Some(only), Some(step)) = (role, only, step) else { continue };
        match matrix.iter_mut().find(|level| level.role == role && level.only == only) {
            Some(level) => level.steps.push(step),
            None => matrix.push(Level { level: if role == Role::Duty { 2 } else { 3 }, role, only, steps: vec![step] }),
        }
    }
    matrix.iter_mut().for_each(|level| level.steps.sort_by_key(|step| step.after_min));
    let matrix = problems.finish(|| Some(matrix))?;
    if matrix.is_empty() {
        return Err(Objection::new("", "Оставьте хотя бы один шаг: иначе ночью не позовут никого"));
    }
    Ok(matrix)
}

fn role_of(filled: &Filled, row: usize) -> Result<Role, Objection> {
    let name = input(row, "role");
    let found = ROLES.iter().find(|(word, ..)| *word == filled.text(&name)).map(|(_, role, _)| *role);
    found.ok_or_else(|| Objection::new(&name, "Выберите, кого звать"))
}

fn only_of(filled: &Filled, row: usize) -> Result<Vec<Condition>, Objection> {
    let plain = REASONS.iter().filter(|(word, _)| filled.is_ticked(&input(row, word)));
    let mut only: Vec<Condition> = plain.filter_map(|(word, _)| Condition::try_from((*word).to_owned()).ok()).collect();
    if let Some(percent) = number::<u8>(filled, row, SCORE)? {
        if !(1..=99).contains(&percent) {
            return Err(Objection::new(&input(row, SCORE), "От 1 до 99"));
        }
        only.push(Condition::Score(f64::from(percent) / 100.0));
    }
    Ok(only)
}

fn step_of(filled: &Filled, row: usize) -> Result<Step, Objection> {
    let step = Step {
        after_min: number(filled, row, "after")?.unwrap_or_default(),
        means: number(filled, row, "means")?.unwrap_or(1),
        repeat_every_min: number(filled, row, "every")?,
        until_min: number(filled, row, "until")?,
    };
    match (step.repeat_every_min, step.until_min) {
        (Some(_), None) => Err(Objection::new(&input(row, "until"), "До какой минуты повторять?")),
        (None, Some(_)) => Err(Objection::new(&input(row, "every"), "Как часто повторять?")),
        (Some(0), _) => Err(Objection::new(&input(row, "every"), "Не чаще чем раз в минуту")),
        (_, Some(until)) if until < step.after_min => {
            Err(Objection::new(&input(row, "until"), "Это раньше, чем сам шаг"))
        }
        _ => Ok(step),
    }
}

/// A number that may be left out.
fn number<N: std::str::FromStr>(filled: &Filled, row: usize, name: &str) -> Result<Option<N>, Objection> {
    let name = input(row, name);
    let text = filled.text(&name);
    let read = || text.parse().map_err(|_| Objection::new(&name, "Нужно целое число минут"));
    (!text.is_empty()).then(read).transpose()
}

fn show(viewer: &Viewer, filled: &Filled) -> Markup {
    let is_said = |row: &usize| !filled.text(&input(*row, "after")).is_empty();
    let rows = (0..ROWS_MAX).rfind(is_said).map_or(0, |last| last + 1);
    let inside = html! {
        section .card.stack {
            p { "Отсчёт — с первого уведомления. Как только кто-то нажал «Беру», остальных не зовут." }
            p .quiet.small { "Кто дежурный, решают смены на странице «Дежурные». Способы у каждого свои, первый — главный." }
        }
        form .stack method="post" action=(PATH) {
            (seen_input(viewer))
            (problems(filled))
            @for row in 0..rows { (card(filled, row, &format!("Шаг {}", row + 1))) }
            @if rows < ROWS_MAX { (card(filled, rows, "Ещё шаг")) }
            div .row {
                button .button.main-action type="submit" { "Сохранить" }
                @if !viewer.salon.document().escalation.is_empty() {
                    button .button type="submit" name=(USUAL) value="yes" { "Вернуть обычный порядок" }
                }
            }
        }
    };
    frame(viewer, "Порядок вызова", &heading("Порядок вызова"), &inside)
}

fn card(filled: &Filled, row: usize, title: &str) -> Markup {
    let more = ["every", "until", SCORE].iter().any(|name| !filled.text(&input(row, name)).is_empty())
        || REASONS.iter().any(|(word, _)| filled.is_ticked(&input(row, word)));
    let has_problem =
        filled.objection.as_ref().is_some_and(|it| it.all().any(|one| one.field.starts_with(&input(row, ""))));
    html! {
        section .card.stack aria-label=(title) {
            h2 { (title) }
            div .grid3 {
                (line(filled, row, "after", "Через, минут", if title == "Ещё шаг" { "Пусто — без этого шага" } else { "Пусто — убрать шаг" }))
                (choice(filled, row, "role", "Звать", &ROLES.map(|(word, _, label)| (word.to_owned(), label))))
                (choice(filled, row, "means", "Способ", &MEANS.iter().enumerate().map(|(place, label)| ((place + 1).to_string(), *label)).collect::<Vec<_>>()))
            }
            details open[more || has_problem] {
                summary { "Повтор и причины" }
                div .stack {
                    div .grid3 {
                        (line(filled, row, "every", "Повтор, минут", ""))
                        (line(filled, row, "until", "До минуты", "С первого уведомления"))
                        (line(filled, row, SCORE, "Вероятность от, %", "Записи; пусто — не важно"))
                    }
                    fieldset .field {
                        legend { "Звать, только если" }
                        @for (word, label) in REASONS {
                            label .tick { input type="checkbox" name=(input(row, word)) value="yes" checked[filled.is_ticked(&input(row, word))]; (label) }
                        }
                        p .help { "Ничего не отмечено — зовём по любой причине. Отмечено несколько — хватит одной." }
                    }
                }
            }
        }
    }
}

fn line(filled: &Filled, row: usize, name: &str, label: &str, help: &str) -> Markup {
    let (name, mode) = (input(row, name), "numeric");
    super::settings::Input { name: &name, label, help, mode }.show(filled)
}

fn choice(filled: &Filled, row: usize, name: &str, label: &str, options: &[(String, &str)]) -> Markup {
    let name = input(row, name);
    let problem = filled.problem(&name);
    html! {
        div .field {
            label for={ "field-" (name) } { (label) }
            select id={ "field-" (name) } name=(name) aria-invalid=[problem.map(|_| "true")] {
                @for (word, label) in options { option value=(word) selected[filled.text(&name) == word] { (label) } }
            }
            @if let Some(problem) = problem { p .problem role="alert" { (icon("circle-alert")) (problem) } }
        }
    }
}
