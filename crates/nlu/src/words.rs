//! From raw text to tokens: hygiene, lower case, punctuation, spans. Knows no meaning.

use frostem::{Algorithm, Stemmer};

use crate::numbers::Number;

/// The longest text read, in characters; the rest is ignored.
pub const TEXT_CHARS_MAX: usize = 4_000;

/// Which punctuation stands before a token; several may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gap(u16);

impl Gap {
    pub const SPACE: Self = Self(1);
    pub const NEWLINE: Self = Self(1 << 1);
    pub const COMMA: Self = Self(1 << 2);
    pub const DOT: Self = Self(1 << 3);
    pub const QUESTION: Self = Self(1 << 4);
    pub const EXCLAIM: Self = Self(1 << 5);
    pub const COLON: Self = Self(1 << 6);
    pub const DASH: Self = Self(1 << 7);
    pub const PLUS: Self = Self(1 << 8);
    pub const SLASH: Self = Self(1 << 9);
    pub const BRACKET: Self = Self(1 << 10);
    pub const OTHER: Self = Self(1 << 11);
    /// A face or another picture, which is [`Self::OTHER`] as well.
    pub const PICTURE: Self = Self(1 << 12);

    /// Whether any mark of `other` is here.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the two neighbours touch: no blank between them.
    pub const fn is_glued(self) -> bool {
        !self.has(Self::SPACE.with(Self::NEWLINE))
    }

    /// Whether a sentence ends here; a dot inside a number does not end one.
    pub const fn ends_sentence(self) -> bool {
        self.has(Self::NEWLINE.with(Self::QUESTION).with(Self::EXCLAIM)) || (self.has(Self::DOT) && !self.is_glued())
    }

    /// Whether a dot stands here and nothing that ends a sentence more surely.
    pub const fn is_dotted(self) -> bool {
        self.has(Self::DOT) && !self.has(Self::NEWLINE.with(Self::QUESTION).with(Self::EXCLAIM))
    }

    /// Whether at least a clause ends here.
    pub const fn ends_clause(self) -> bool {
        self.ends_sentence() || self.has(Self::COMMA) || (self.has(Self::DASH) && !self.is_glued())
    }

    const fn of(letter: char) -> Self {
        match letter {
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => Self::NEWLINE,
            ',' | ';' => Self::COMMA,
            '.' | '…' => Self::DOT,
            '?' => Self::QUESTION,
            '!' => Self::EXCLAIM,
            ':' => Self::COLON,
            '-' | '–' | '—' | '−' | '‑' => Self::DASH,
            '+' => Self::PLUS,
            '/' | '\\' => Self::SLASH,
            '(' | ')' | '[' | ']' => Self::BRACKET,
            _ if letter.is_whitespace() => Self::SPACE,
            '\u{2600}'..='\u{27bf}' | '\u{1f300}'..='\u{1faff}' => Self::OTHER.with(Self::PICTURE),
            _ => Self::OTHER,
        }
    }
}

/// What later steps found a token to be a part of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    pub phone: bool,
    pub service: bool,
    pub specialist: bool,
    pub when: bool,
    pub name: bool,
}

/// One word or one run of digits.
#[derive(Clone, Debug, Default)]
pub struct Token {
    /// Lower case, «е» for «ё», in Cyrillic and spelled right where we could.
    pub text: String,
    pub stem: String,
    /// As typed, without invisible characters.
    pub typed: String,
    /// Bytes of the original text, half-open.
    pub span: (usize, usize),
    /// The punctuation before it.
    pub gap: Gap,
    pub number: Option<Number>,
    pub roles: Roles,
}

impl Token {
    pub fn is(&self, word: &str) -> bool {
        self.text == word
    }

    pub fn is_any(&self, words: &[&str]) -> bool {
        words.contains(&self.text.as_str())
    }

    pub fn starts_any(&self, beginnings: &[&str]) -> bool {
        beginnings.iter().any(|beginning| self.text.starts_with(beginning))
    }

    pub fn is_digits(&self) -> bool {
        self.text.starts_with(|letter: char| letter.is_ascii_digit())
    }

    pub fn is_capital(&self) -> bool {
        self.typed.starts_with(char::is_uppercase)
    }

    /// All capitals and longer than one letter, as abbreviations are written.
    pub fn is_shouted(&self) -> bool {
        self.typed.chars().count() > 1 && self.typed.chars().all(char::is_uppercase)
    }

    /// Replaces the spelling, keeping what was typed.
    pub fn respell(&mut self, text: String) {
        self.stem = stem(&text);
        self.text = text;
    }
}

/// The tokens of a text and the punctuation after the last of them.
#[derive(Clone, Debug, Default)]
pub struct Words {
    pub tokens: Vec<Token>,
    pub tail: Gap,
    /// The visible text was not empty.
    pub is_visible: bool,
}

/// Splits a text into words and numbers.
///
/// Invisible characters (zero width, direction marks, tags, controls) are dropped; a letter with a
/// combining breve or diaeresis becomes one letter. Only the first [`TEXT_CHARS_MAX`] characters
/// count. Letters and digits never share a token: «19ч» is two, glued.
pub fn split(text: &str) -> Words {
    let mut words = Words::default();
    let mut gap = Gap::default();
    let mut is_open = false;
    for (start, typed) in text.char_indices().take(TEXT_CHARS_MAX) {
        let end = start + typed.len_utf8();
        let letter = if is_open { digit_meant(text, start, typed, &words) } else { typed };
        if is_invisible(letter) {
            continue;
        }
        if let Some(last) = words.tokens.last_mut().filter(|_| is_open) {
            if let Some(joined) = combined(last, letter) {
                joined.span.1 = end;
                continue;
            }
            if is_apostrophe(letter) {
                continue;
            }
        }
        if letter.is_alphanumeric() {
            let is_same =
                is_open && words.tokens.last().is_some_and(|last| last.is_digits() == letter.is_ascii_digit());
            if !is_same {
                words.tokens.push(Token { gap, span: (start, end), ..Token::default() });
                gap = Gap::default();
            }
            if let Some(last) = words.tokens.last_mut() {
                push(last, letter, end);
            }
            is_open = true;
        } else {
            gap = gap.with(Gap::of(letter));
            is_open = false;
        }
        words.is_visible |= !letter.is_whitespace();
    }
    words.tail = gap;
    for token in &mut words.tokens {
        token.stem = stem(&token.text);
    }
    words
}

/// A letter that stands for a zero among digits: «8(9O8)».
fn digit_meant(text: &str, start: usize, letter: char, words: &Words) -> char {
    let is_round = matches!(letter, 'O' | 'o' | 'О' | 'о');
    let follows_digit = words.tokens.last().is_some_and(Token::is_digits);
    let before_digit = || text[start..].chars().nth(1).is_some_and(|next| next.is_ascii_digit());
    if is_round && follows_digit && before_digit() { '0' } else { letter }
}

/// The stem of a lower-case Russian word.
pub fn stem(word: &str) -> String {
    if word.chars().nth(1).is_none() {
        return word.to_owned();
    }
    Stemmer::new(Algorithm::Russian).stem(word).into_owned()
}

/// «был», «стриглась», «делали»; not the polite «хотел бы» or a plan.
pub fn is_past_verb(token: &Token) -> bool {
    const ENDINGS: &[&str] = &[
        "ал",
        "ала",
        "али",
        "ял",
        "яла",
        "яли",
        "ил",
        "ила",
        "или",
        "ел",
        "ела",
        "ели",
        "лся",
        "лась",
        "лись",
        "иг",
        "ыла",
        "ыли",
        "нул",
        "нула",
        "нули",
        "ули",
        "шла",
        "шли",
        "лечен",
        "лечена",
        "лечены",
        "делан",
        "делана",
        "деланы",
        "делано",
        "далены",
        "далена",
        "тавлены",
        "тавлена",
    ];
    const NO_VERBS: &[&str] = &[
        "или",
        "если",
        "недели",
        "дела",
        "сила",
        "мила",
        "стал",
        "мал",
        "ли",
        "стали",
        "отдел",
        "зал",
        "сначала",
        "материал",
        "канал",
        "сигнал",
        "персонал",
        "развал",
        "развала",
        "подвал",
        "вокзал",
        "вокзала",
        "квартал",
        "журнал",
        "интервал",
        "идеал",
        "финал",
        "канала",
        "материала",
        "модели",
        "панели",
        "гели",
        "профили",
        "стили",
        "автомобили",
        "тела",
        "предел",
        "раздел",
        "шкала",
        "начала",
    ];
    let is_plan =
        token.starts_any(&["хотел", "планир", "думал", "собирал", "собрал", "надумал", "задумал", "желал", "решил"]);
    let is_verb = token.text.chars().count() >= 3 && ENDINGS.iter().any(|ending| token.text.ends_with(ending));
    is_verb && !is_plan && !token.is_any(NO_VERBS) && !crate::names::is_known(&token.text)
}

/// Lower-case words of a short text of ours (a service, a list line).
pub fn plain_words(text: &str) -> Vec<Token> {
    split(text).tokens
}

fn push(token: &mut Token, letter: char, end: usize) {
    token.typed.push(letter);
    token.text.extend(letter.to_lowercase().map(|small| if small == 'ё' { 'е' } else { small }));
    token.span.1 = end;
}

/// Joins a combining breve or diaeresis to the letter before it.
fn combined(token: &mut Token, mark: char) -> Option<&mut Token> {
    let last = token.text.chars().next_back()?;
    match (last, mark) {
        ('и', '\u{306}') => {
            token.text.pop();
            token.text.push('й');
            token.typed.pop();
            token.typed.push('й');
        }
        (_, '\u{300}'..='\u{36f}') => {}
        _ => return None,
    }
    Some(token)
}

const fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '’' | 'ʼ' | '`' | '‘')
}

const fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}'
        | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}
