//! The protocol of an acceptance: one page that reads on a screen, prints on paper and is signed.
//!
//! Self-contained: no script, no font and no address of another host.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use nochnik_core::story::{Checked, Judged, Verdict};

use super::{Case, Suite, summary};

const STYLE: &str = include_str!("protocol.css");
/// More than this does not fit the narrow column.
const INSTEAD_CHARS_MAX: usize = 120;

/// The whole page.
pub fn page(suites: &[Suite]) -> String {
    let passed: usize = suites.iter().map(Suite::passed).sum();
    let all: usize = suites.iter().map(|suite| suite.cases.len()).sum();
    let markup = html! {
        (DOCTYPE)
        html lang="ru" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Протокол приёмки — Ночник" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    p.mark { "Ночник " (env!("CARGO_PKG_VERSION")) }
                    h1 { "Протокол приёмки" }
                    p.total.good[passed == all].bad[passed != all] { (summary(passed, all)) }
                    (contents(suites))
                }
                @for suite in suites { (section(suite)) }
                (signatures())
            }
        }
    };
    markup.into_string()
}

fn contents(suites: &[Suite]) -> Markup {
    html! {
        table.contents {
            thead { tr { th { "Бизнес" } th { "Сценариев" } th { "Прошли" } th { "Не прошли" } } }
            tbody {
                @for suite in suites {
                    @let (all, passed) = (suite.cases.len(), suite.passed());
                    tr { td { (suite.name) } td { (all) } td { (passed) } td { (all - passed) } }
                }
            }
        }
    }
}

fn section(suite: &Suite) -> Markup {
    html! {
        section {
            h2 { (suite.name) }
            @for (place, case) in suite.cases.iter().enumerate() { (article(place + 1, case)) }
        }
    }
}

fn article(number: usize, case: &Case) -> Markup {
    let verdict = &case.verdict;
    html! {
        article.bad[!verdict.is_passed()] {
            h3 { span.number { (number) } (verdict.title) (stamp(verdict)) }
            p.file { (case.file) }
            table.steps {
                thead { tr { th { "Что происходит" } th { "Ожидаем" } th { "Вышло" } } }
                tbody { @for scene in &verdict.scenes { (row(scene)) } }
            }
            @if let Some(error) = &verdict.broken { p.fault { "Дальше не сыгран. " (error) } }
        }
    }
}

fn stamp(verdict: &Verdict) -> Markup {
    html! {
        @if verdict.is_passed() { span.stamp.good { "✓ прошёл" } } @else { span.stamp.bad { "✗ не прошёл" } }
    }
}

fn row(scene: &Judged) -> Markup {
    html! {
        tr {
            td { @for line in &scene.lines { p { (line) } } }
            td { @for checked in &scene.checked { (expectation(checked)) } }
            td { @for line in &scene.seen { p.seen { (line) } } }
        }
    }
}

fn expectation(checked: &Checked) -> Markup {
    html! {
        @match &checked.instead {
            None => p.check.good { "✓ " (checked.text) },
            Some(instead) => {
                p.check.bad { "✗ " (checked.text) }
                p.instead { "строка " (checked.number) ": " (short(instead)) }
            }
        }
    }
}

/// What came instead; a long one stands in full in the next column.
fn short(instead: &str) -> String {
    if instead.chars().count() <= INSTEAD_CHARS_MAX {
        format!("вышло {instead}")
    } else {
        "вышло иначе".to_owned()
    }
}

fn signatures() -> Markup {
    html! {
        footer {
            h2 { "Подписи" }
            div.signatures {
                @for who in ["Заказчик", "Исполнитель"] {
                    div {
                        p.who { (who) }
                        p.line { span { "должность, имя" } }
                        p.line { span { "подпись" } }
                        p.line { span { "дата" } }
                    }
                }
            }
            p.line.wide { span { "замечания" } }
        }
    }
}
