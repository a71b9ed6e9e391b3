//! Cuts Rust into names, signs, strings and groups. Comments, numbers, characters and lifetimes are
//! dropped: tidy never asks about them.

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// Lines count from 1.
    Name {
        text: String,
        line: usize,
    },
    Sign(char),
    /// What stands between the quotes, escapes as written.
    Text {
        text: String,
        line: usize,
    },
    /// `open` is one of `( [ {`.
    Group {
        open: char,
        inner: Vec<Token>,
    },
}

impl Token {
    pub fn is_name(&self, name: &str) -> bool {
        matches!(self, Token::Name { text, .. } if text == name)
    }
}

/// Cuts one file. Expects what rustc accepts; a lost bracket ends the file early.
pub fn cut(text: &str) -> Vec<Token> {
    let mut cutter = Cutter { signs: text.chars().collect(), at: 0, line: 1 };
    cutter.group()
}

struct Cutter {
    signs: Vec<char>,
    at: usize,
    line: usize,
}

impl Cutter {
    /// Reads up to the closing bracket, or the end.
    fn group(&mut self) -> Vec<Token> {
        let mut found = Vec::new();
        while let Some(sign) = self.peek(0) {
            match sign {
                ')' | ']' | '}' => {
                    self.step();
                    break;
                }
                '(' | '[' | '{' => {
                    self.step();
                    found.push(Token::Group { open: sign, inner: self.group() });
                }
                '/' if self.peek(1) == Some('/') => self.skip_while(|sign| sign != '\n'),
                '/' if self.peek(1) == Some('*') => self.skip_comment(),
                '"' => found.push(self.string(0, true)),
                '\'' => self.skip_character_or_lifetime(),
                _ if sign.is_ascii_digit() => self.skip_while(is_word),
                _ if is_word(sign) => found.push(self.word()),
                _ if sign.is_whitespace() => self.step(),
                _ => {
                    self.step();
                    found.push(Token::Sign(sign));
                }
            }
        }
        found
    }

    /// A name, or the prefix of a string: `r"…"`, `br#"…"#`, `c"…"`.
    fn word(&mut self) -> Token {
        let (from, line) = (self.at, self.line);
        self.skip_while(is_word);
        let text: String = self.signs[from..self.at].iter().collect();
        let hashes = (0..).take_while(|ahead| self.peek(*ahead) == Some('#')).count();
        let is_string = matches!(text.as_str(), "r" | "b" | "br" | "c" | "cr") && self.peek(hashes) == Some('"');
        if is_string {
            (0..hashes).for_each(|_| self.step());
            return self.string(hashes, !text.contains('r'));
        }
        Token::Name { text, line }
    }

    /// Reads from the opening quote past the closing one and its `hashes`.
    fn string(&mut self, hashes: usize, has_escapes: bool) -> Token {
        let line = self.line;
        self.step();
        let mut text = String::new();
        while let Some(sign) = self.peek(0) {
            self.step();
            match sign {
                '"' if (0..hashes).all(|ahead| self.peek(ahead) == Some('#')) => {
                    (0..hashes).for_each(|_| self.step());
                    break;
                }
                '\\' if has_escapes => {
                    text.push(sign);
                    text.extend(self.peek(0));
                    self.step();
                }
                _ => text.push(sign),
            }
        }
        Token::Text { text, line }
    }

    fn skip_character_or_lifetime(&mut self) {
        self.step();
        if self.peek(0) == Some('\\') {
            self.step();
            self.step();
            self.skip_while(|sign| sign != '\'');
            self.step();
        } else if self.peek(1) == Some('\'') {
            self.step();
            self.step();
        } else {
            self.skip_while(is_word);
        }
    }

    fn skip_comment(&mut self) {
        let mut depth = 0;
        while let Some(sign) = self.peek(0) {
            match (sign, self.peek(1)) {
                ('/', Some('*')) => depth += 1,
                ('*', Some('/')) => depth -= 1,
                _ => {
                    self.step();
                    continue;
                }
            }
            self.step();
            self.step();
            if depth == 0 {
                break;
            }
        }
    }

    fn skip_while(&mut self, is_wanted: impl Fn(char) -> bool) {
        while self.peek(0).is_some_and(&is_wanted) {
            self.step();
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.signs.get(self.at + ahead).copied()
    }

    fn step(&mut self) {
        if self.peek(0) == Some('\n') {
            self.line += 1;
        }
        self.at += 1;
    }
}

fn is_word(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        let strings = cut(source).into_iter().filter_map(|token| match token {
            Token::Text { text, .. } => Some(text),
            _ => None,
        });
        strings.collect()
    }

    #[test]
    fn strings_of_every_kind_are_read_whole() {
        assert_eq!(
            texts(r####""a" r"b\" b"c" r##"d"#"## "e\"f" 'g' '"' '\'' '\u{22}' "h""####),
            ["a", "b\\", "c", "d\"#", "e\\\"f", "h"]
        );
    }

    #[test]
    fn comments_and_lifetimes_say_nothing() {
        let names: Vec<_> = cut("// a\n/* b /* c */ d */ e<'f> 'g' 1.5e3 h")
            .into_iter()
            .filter_map(|token| match token {
                Token::Name { text, line } => Some((text, line)),
                _ => None,
            })
            .collect();
        assert_eq!(names, [("e".to_owned(), 2), ("h".to_owned(), 2)]);
    }
}
