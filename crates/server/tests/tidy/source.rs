//! Reads Rust just far enough for tidy: module lines, paths, string literals, function names.
//! Comments and attributes are not seen; items under `#[cfg(test)]` are, apart from the rest.

use crate::tokens::{self, Token};

/// One `mod name;`, with the inline modules around it.
#[derive(Debug, PartialEq, Eq)]
pub struct Module {
    pub inside: Vec<String>,
    pub name: String,
    /// What `#[path = "…"]` says.
    pub path: Option<String>,
    pub is_test: bool,
}

/// Something found and the line it stands on, from 1.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    pub text: String,
    pub line: usize,
}

#[derive(Default)]
pub struct Source {
    pub modules: Vec<Module>,
    /// Names in item-level macro calls: `channels! { widget }` may declare `widget` as a module.
    pub macro_names: Vec<String>,
    /// `a::b::c`, with `use a::{b, c}` written out. Tests left out.
    pub paths: Vec<Found>,
    /// Contents of string literals. Tests left out.
    pub strings: Vec<Found>,
    /// Functions, those of tests included.
    pub functions: Vec<String>,
}

/// Reads one file.
pub fn read(text: &str) -> Source {
    let mut source = Source::default();
    read_items(&tokens::cut(text), &[], false, &mut source);
    source
}

fn read_items(tokens: &[Token], inside: &[String], is_test: bool, source: &mut Source) {
    let mut at = 0;
    let mut item_is_test = is_test;
    let mut path = None;
    while at < tokens.len() {
        if let Some((attribute, next)) = attribute(tokens, at) {
            item_is_test |= is_cfg_test(attribute);
            path = path.or(said_path(attribute));
            at = next;
            continue;
        }
        let end = item_end(tokens, at);
        read_item(&tokens[at..end], path.take(), inside, item_is_test, source);
        item_is_test = is_test;
        at = end;
    }
}

fn read_item(item: &[Token], path: Option<String>, inside: &[String], is_test: bool, source: &mut Source) {
    match item {
        [Token::Name { .. }, Token::Sign('!'), Token::Group { inner, .. }, ..] => {
            source.macro_names.extend(inner.iter().filter_map(|token| match token {
                Token::Name { text, .. } => Some(text.clone()),
                _ => None,
            }));
        }
        _ => match &item[visibility(item)..] {
            [word, Token::Name { text: name, .. }, Token::Group { inner, .. }] if word.is_name("mod") => {
                return read_items(inner, &[inside, std::slice::from_ref(name)].concat(), is_test, source);
            }
            [word, Token::Name { text: name, .. }, ..] if word.is_name("mod") => {
                source.modules.push(Module { inside: inside.to_vec(), name: name.clone(), path, is_test });
            }
            _ => {}
        },
    }
    read_tokens(item, &[], is_test, source);
}

/// Collects paths, strings and function names, groups within groups.
fn read_tokens(tokens: &[Token], prefix: &[String], is_test: bool, source: &mut Source) {
    let mut at = 0;
    while at < tokens.len() {
        if let Some((_, next)) = attribute(tokens, at) {
            at = next;
            continue;
        }
        match &tokens[at] {
            Token::Name { text, .. } if text == "as" => at += 2,
            Token::Name { text, line } => {
                if let (true, Some(Token::Name { text: name, .. })) = (text == "fn", tokens.get(at + 1)) {
                    source.functions.push(name.clone());
                }
                let (path, next) = path_from(tokens, at, prefix);
                let goes_on = next > 1 && is_colons(tokens, next - 2);
                at = next;
                match tokens.get(next) {
                    Some(Token::Group { open: '{', inner }) if goes_on => {
                        read_tokens(inner, &path, is_test, source);
                        at += 1;
                    }
                    _ if is_test || (path.len() < 2 && !goes_on) => {}
                    _ => source.paths.push(Found { text: path.join("::"), line: *line }),
                }
            }
            Token::Group { inner, .. } => {
                read_tokens(inner, prefix, is_test, source);
                at += 1;
            }
            Token::Text { text, line } => {
                if !is_test {
                    source.strings.push(Found { text: text.clone(), line: *line });
                }
                at += 1;
            }
            Token::Sign(_) => at += 1,
        }
    }
}

/// Reads `a::b::c` from `at`; returns it and the index after it, past a trailing `::`.
fn path_from(tokens: &[Token], at: usize, prefix: &[String]) -> (Vec<String>, usize) {
    let mut path = prefix.to_vec();
    let mut at = at;
    while let Some(Token::Name { text, .. }) = tokens.get(at) {
        path.push(text.clone());
        at += 1;
        if !is_colons(tokens, at) {
            break;
        }
        at += 2;
    }
    (path, at)
}

fn is_colons(tokens: &[Token], at: usize) -> bool {
    matches!(tokens.get(at..at + 2), Some([Token::Sign(':'), Token::Sign(':')]))
}

/// The inside of an attribute that begins at `at`, and the index after it; `#![…]` counts too.
fn attribute(tokens: &[Token], at: usize) -> Option<(&[Token], usize)> {
    match tokens.get(at..)? {
        [Token::Sign('#'), Token::Group { open: '[', inner }, ..] => Some((inner, at + 2)),
        [Token::Sign('#'), Token::Sign('!'), Token::Group { open: '[', inner }, ..] => Some((inner, at + 3)),
        _ => None,
    }
}

fn is_cfg_test(attribute: &[Token]) -> bool {
    matches!(attribute, [cfg, Token::Group { inner, .. }]
        if cfg.is_name("cfg") && matches!(&inner[..], [test] if test.is_name("test")))
}

fn said_path(attribute: &[Token]) -> Option<String> {
    match attribute {
        [word, Token::Sign('='), Token::Text { text, .. }] if word.is_name("path") => Some(text.clone()),
        _ => None,
    }
}

/// How many tokens `pub`, `pub(crate)` or nothing takes.
fn visibility(item: &[Token]) -> usize {
    match item {
        [word, Token::Group { open: '(', .. }, ..] if word.is_name("pub") => 2,
        [word, ..] if word.is_name("pub") => 1,
        _ => 0,
    }
}

/// An item ends after its first `{…}` or `;`; a `use`, constant or type goes on to its `;`.
fn item_end(tokens: &[Token], from: usize) -> usize {
    let goes_to_semicolon = is_ended_by_semicolon(&tokens[from..]);
    let ends = |token: &Token| match token {
        Token::Sign(sign) => *sign == ';',
        Token::Group { open, .. } => *open == '{' && !goes_to_semicolon,
        _ => false,
    };
    tokens[from..].iter().position(ends).map_or(tokens.len(), |at| from + at + 1)
}

fn is_ended_by_semicolon(item: &[Token]) -> bool {
    let is_one_of = |token: &Token, names: &[&str]| names.iter().any(|name| token.is_name(name));
    match &item[visibility(item)..] {
        [word, next, ..] if word.is_name("const") && is_one_of(next, &["fn", "unsafe", "async", "extern"]) => false,
        [word, ..] => is_one_of(word, &["use", "const", "static", "type"]),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(found: &[Found]) -> Vec<&str> {
        found.iter().map(|found| found.text.as_str()).collect()
    }

    #[test]
    fn a_use_list_is_written_out_as_paths() {
        let source = read("use std::{env, fs::File};\nuse tokio::time::{self, sleep};");
        assert_eq!(texts(&source.paths), ["std::env", "std::fs::File", "tokio::time::self", "tokio::time::sleep"]);
        assert_eq!(source.paths[3].line, 2);
    }

    #[test]
    fn paths_are_seen_in_bodies_and_macros_but_not_in_comments_and_attributes() {
        let source = read("// a::b\n#[c::d(e::f)]\nfn go() { let x = vec![g::h(1)]; } /// i::j\nstruct S;");
        assert_eq!(texts(&source.paths), ["g::h"]);
        assert_eq!(source.functions, ["go"]);
    }

    #[test]
    fn tests_inside_a_file_are_not_the_product() {
        let source = read("#[cfg(test)]\nmod tests { fn sees_all() { a::b(\"select 1\"); } }\nfn f() { c::d(\"x\") }");
        assert_eq!(texts(&source.paths), ["c::d"]);
        assert_eq!(texts(&source.strings), ["x"]);
        assert_eq!(source.functions, ["sees_all", "f"]);
    }

    #[test]
    fn modules_carry_where_they_stand() {
        let source = read("pub mod a; mod b { mod c; } #[cfg(test)] mod d; #[path = \"x/e.rs\"] mod e; list! { f }");
        let names: Vec<_> = source.modules.iter().map(|m| (m.inside.join("/"), m.name.as_str(), m.is_test)).collect();
        let expected = [("", "a", false), ("b", "c", false), ("", "d", true), ("", "e", false)];
        assert_eq!(names, expected.map(|(inside, name, is_test)| (inside.to_owned(), name, is_test)));
        assert_eq!(source.modules[3].path.as_deref(), Some("x/e.rs"));
        assert_eq!(source.macro_names, ["f"]);
    }
}
