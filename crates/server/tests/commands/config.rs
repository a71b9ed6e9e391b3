//! The example settings are the truth: every key stands there with its default.

use nochnik_server::config::Config;

#[test]
fn the_example_with_its_comments_lifted_is_the_default() {
    let text = include_str!("../../../../nochnik.example.toml");
    let lifted: Vec<&str> = text
        .lines()
        .map(|line| {
            line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase())).unwrap_or(line)
        })
        .filter(|line| !line.starts_with('#'))
        .collect();
    assert_eq!(Config::parse(&lifted.join("\n")).unwrap(), Config::default());
    assert_eq!(Config::parse(text).unwrap(), Config::default(), "as it stands nothing is set");
}

#[test]
fn a_broken_setting_is_named_with_its_line_and_what_to_do() {
    for (text, line) in [("listen = \"127.0.0.1:8080\"\nlisten_port = 1\n", "2"), ("\n\nlisten = 8080\n", "3")] {
        let problem = Config::parse(text).unwrap_err();
        assert!(problem.what.contains(line), "{problem}");
        assert!(!problem.hint.is_empty(), "{problem}");
    }
}
