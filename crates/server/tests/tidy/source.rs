//! Reads Rust just far enough for tidy: module lines, paths, string literals, function names.
//! Comments and attributes are not seen; items under `#[cfg(test)]` are, apart from the rest.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

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

/// Reads one file; an error names what the tokenizer could not read.
pub fn read(text: &str) -> Result<Source, String> {
    let tokens: TokenStream = text.parse().map_err(|error| format!("not Rust: {error}"))?;
    let mut source = Source::default();
    read_items(tokens, &[], false, &mut source);
    Ok(source)
}

fn read_items(tokens: TokenStream, inside: &[String], is_test: bool, source: &mut Source) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    let mut attributes = String::new();
    while at < tokens.len() {
        if let Some((group, next)) = attribute(&tokens, at) {
            attributes.push_str(&group.stream().to_string());
            at = next;
            continue;
        }
        let item_is_test = is_test || is_cfg_test(&attributes);
        let end = item_end(&tokens, at);
        read_item(&tokens[at..end], &attributes, inside, item_is_test, source);
        attributes.clear();
        at = end;
    }
}

fn read_item(item: &[TokenTree], attributes: &str, inside: &[String], is_test: bool, source: &mut Source) {
    if let Some(at) =
        item.windows(2).position(|pair| is_ident(&pair[0], "mod") && matches!(pair[1], TokenTree::Ident(_)))
    {
        let name = item[at + 1].to_string();
        match item.get(at + 2) {
            Some(TokenTree::Group(body)) => {
                let inside = [inside, &[name]].concat();
                return read_items(body.stream(), &inside, is_test, source);
            }
            _ => source.modules.push(Module {
                inside: inside.to_vec(),
                name,
                path: quoted_after(attributes, "path ="),
                is_test,
            }),
        }
    }
    if let [TokenTree::Ident(_), TokenTree::Punct(bang), TokenTree::Group(body), ..] = item
        && bang.as_char() == '!'
    {
        source.macro_names.extend(body.stream().into_iter().filter_map(|token| match token {
            TokenTree::Ident(name) => Some(name.to_string()),
            _ => None,
        }));
    }
    read_tokens(item, &[], is_test, source);
}

/// Collects paths, strings and function names, groups within groups.
fn read_tokens(tokens: &[TokenTree], prefix: &[String], is_test: bool, source: &mut Source) {
    let mut at = 0;
    while at < tokens.len() {
        if let Some((_, next)) = attribute(tokens, at) {
            at = next;
            continue;
        }
        match &tokens[at] {
            TokenTree::Ident(first) if first == "as" => at += 2,
            TokenTree::Ident(first) => {
                if first == "fn"
                    && let Some(TokenTree::Ident(name)) = tokens.get(at + 1)
                {
                    source.functions.push(name.to_string());
                }
                let (path, next) = path_from(tokens, at, prefix);
                if let (true, Some(TokenTree::Group(list))) = (next > at + 1, tokens.get(next))
                    && ends_in_colons(tokens, next)
                    && list.delimiter() == Delimiter::Brace
                {
                    let inner: Vec<TokenTree> = list.stream().into_iter().collect();
                    read_tokens(&inner, &path, is_test, source);
                    at = next + 1;
                    continue;
                }
                if (path.len() > 1 || next > at + 1) && !is_test {
                    source.paths.push(Found { text: path.join("::"), line: first.span().start().line });
                }
                at = next;
            }
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                read_tokens(&inner, prefix, is_test, source);
                at += 1;
            }
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if text.contains('"') && !is_test {
                    source.strings.push(Found { text, line: literal.span().start().line });
                }
                at += 1;
            }
            TokenTree::Punct(_) => at += 1,
        }
    }
}

/// Reads `a::b::c` from `at`; returns it and the index after it, past a trailing `::`.
fn path_from(tokens: &[TokenTree], at: usize, prefix: &[String]) -> (Vec<String>, usize) {
    let mut path = prefix.to_vec();
    let mut at = at;
    while let Some(TokenTree::Ident(name)) = tokens.get(at) {
        path.push(name.to_string());
        at += 1;
        if !is_colons(tokens, at) {
            break;
        }
        at += 2;
    }
    (path, at)
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')
}

fn ends_in_colons(tokens: &[TokenTree], end: usize) -> bool {
    end >= 2 && is_colons(tokens, end - 2)
}

fn is_punct(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(found)) if found.as_char() == sign)
}

fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(found) if found == name)
}

/// The `[…]` of an attribute that begins at `at`, and the index after it; `#![…]` counts too.
fn attribute(tokens: &[TokenTree], at: usize) -> Option<(&Group, usize)> {
    if !is_punct(tokens.get(at), '#') {
        return None;
    }
    let at = if is_punct(tokens.get(at + 1), '!') { at + 2 } else { at + 1 };
    match tokens.get(at) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => Some((group, at + 1)),
        _ => None,
    }
}

/// An item ends after its first `{…}` or `;`; a `use`, constant or type goes on to its `;`.
fn item_end(tokens: &[TokenTree], from: usize) -> usize {
    let goes_to_semicolon = is_ended_by_semicolon(&tokens[from..]);
    for (at, token) in tokens.iter().enumerate().skip(from) {
        let is_body = matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        if is_punct(Some(token), ';') || (is_body && !goes_to_semicolon) {
            return at + 1;
        }
    }
    tokens.len()
}

fn is_ended_by_semicolon(item: &[TokenTree]) -> bool {
    let mut words = item
        .iter()
        .filter(|token| !is_ident(token, "pub") && !matches!(token, TokenTree::Group(_)))
        .map(ToString::to_string);
    match (words.next().as_deref(), words.next().as_deref()) {
        (Some("const"), Some("fn" | "unsafe" | "async" | "extern")) => false,
        (Some("use" | "const" | "static" | "type"), _) => true,
        _ => false,
    }
}

fn is_cfg_test(attributes: &str) -> bool {
    attributes.replace(' ', "").contains("cfg(test)")
}

fn quoted_after(text: &str, mark: &str) -> Option<String> {
    text.split_once(mark)?.1.split('"').nth(1).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(found: &[Found]) -> Vec<&str> {
        found.iter().map(|found| found.text.as_str()).collect()
    }

    #[test]
    fn a_use_list_is_written_out_as_paths() {
        let source = read("use std::{env, fs::File};\nuse tokio::time::{self, sleep};").unwrap();
        assert_eq!(texts(&source.paths), ["std::env", "std::fs::File", "tokio::time::self", "tokio::time::sleep"]);
        assert_eq!(source.paths[3].line, 2);
    }

    #[test]
    fn paths_are_seen_in_bodies_and_macros_but_not_in_comments_and_attributes() {
        let source = read("// a::b\n#[c::d(e::f)]\nfn go() { let x = vec![g::h(1)]; } /// i::j\nstruct S;").unwrap();
        assert_eq!(texts(&source.paths), ["g::h"]);
        assert_eq!(source.functions, ["go"]);
    }

    #[test]
    fn tests_inside_a_file_are_not_the_product() {
        let source =
            read("#[cfg(test)]\nmod tests { fn sees_all() { a::b(\"select 1\"); } }\nfn f() { c::d(\"x\") }").unwrap();
        assert_eq!(texts(&source.paths), ["c::d"]);
        assert_eq!(texts(&source.strings), ["\"x\""]);
        assert_eq!(source.functions, ["sees_all", "f"]);
    }

    #[test]
    fn modules_carry_where_they_stand() {
        let source =
            read("pub mod a; mod b { mod c; } #[cfg(test)] mod d; #[path = \"x/e.rs\"] mod e; list! { f }").unwrap();
        let names: Vec<_> = source.modules.iter().map(|m| (m.inside.join("/"), m.name.as_str(), m.is_test)).collect();
        let expected = [("", "a", false), ("b", "c", false), ("", "d", true), ("", "e", false)];
        assert_eq!(names, expected.map(|(inside, name, is_test)| (inside.to_owned(), name, is_test)));
        assert_eq!(source.modules[3].path.as_deref(), Some("x/e.rs"));
        assert_eq!(source.macro_names, ["f"]);
    }
}
