//! The outcome for a CI server, as JUnit XML: `testsuites`, `testsuite`, `testcase`, `failure`.
//!
//! Times are left out: the clock of a rehearsal is the story's own.

use std::fmt::Write;

use super::{Case, Suite};

/// The whole report.
pub fn report(suites: &[Suite]) -> String {
    let all: usize = suites.iter().map(|suite| suite.cases.len()).sum();
    let passed: usize = suites.iter().map(Suite::passed).sum();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string cannot fail.
    let _ = writeln!(
        xml,
        "<testsuites name=\"nochnik accept\" tests=\"{all}\" failures=\"{}\" errors=\"0\">",
        all - passed
    );
    for suite in suites {
        let (count, failed) = (suite.cases.len(), suite.cases.len() - suite.passed());
        let name = escaped(&suite.name);
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{name}\" tests=\"{count}\" failures=\"{failed}\" errors=\"0\" skipped=\"0\">"
        );
        for case in &suite.cases {
            testcase(&mut xml, &suite.group, case);
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn testcase(xml: &mut String, group: &str, case: &Case) {
    let class = escaped(&format!("{group}/{}", case.file));
    let head = format!("    <testcase classname=\"{class}\" name=\"{}\"", escaped(&case.verdict.title));
    let _ = match case.verdict.fault() {
        None => writeln!(xml, "{head}/>"),
        Some(fault) => {
            let fault = escaped(&fault);
            writeln!(
                xml,
                "{head}>\n      <failure type=\"story\" message=\"{fault}\">{fault}</failure>\n    </testcase>"
            )
        }
    };
}

/// The text with what XML reserves written as entities and what it forbids left out; line breaks become spaces.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use nochnik_core::story::{Checked, Judged, Verdict};

    use super::{Case, Suite, escaped, report};

    fn case(title: &str, instead: Option<&str>) -> Case {
        let check = Checked { text: "запись: нет".to_owned(), number: 5, instead: instead.map(str::to_owned) };
        let scene = Judged { lines: vec![], seen: vec![], checked: vec![check] };
        let verdict = Verdict { title: title.to_owned(), scenes: vec![scene], broken: None };
        Case { file: "01.txt".to_owned(), verdict }
    }

    #[test]
    fn a_failure_stands_under_its_case_and_is_counted() {
        let cases = vec![case("Цена", None), case("«A & B» <b>", Some("запись \"есть\""))];
        let xml = report(&[Suite { name: "Салон".to_owned(), group: "salon".to_owned(), cases }]);
        assert!(xml.contains("<testsuites name=\"nochnik accept\" tests=\"2\" failures=\"1\" errors=\"0\">"), "{xml}");
        assert!(xml.contains("<testcase classname=\"salon/01.txt\" name=\"Цена\"/>"), "{xml}");
        assert!(xml.contains("name=\"«A &amp; B» &lt;b&gt;\">"), "{xml}");
        assert!(xml.contains("а вышло: запись &quot;есть&quot;"), "{xml}");
    }

    #[test]
    fn what_xml_forbids_is_left_out() {
        assert_eq!(escaped("а\u{0}б\u{1b}в\nг"), "абв г");
    }
}
