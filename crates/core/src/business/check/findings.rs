//! Collects problems, and holds the checks that many fields share.

use std::collections::HashSet;
use std::fmt::Display;
use std::ops::RangeInclusive;

use crate::business::Problem;
use crate::values::Phone;

/// Characters of an id: with a prefix it must fit into a button's 64 bytes.
const ID_CHARS_MAX: usize = 40;

/// Characters of a name of a business, a service or a person.
pub(super) const NAME_CHARS_MAX: usize = 120;

#[derive(Default)]
pub(super) struct Findings(Vec<Problem>);

impl Findings {
    pub fn into_problems(self) -> Vec<Problem> {
        self.0
    }

    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.0.push(Problem::new(path, text));
    }

    /// A list of at most `max` entries; `what` is a genitive plural («услуг»).
    pub fn count(&mut self, path: &str, count: usize, max: usize, what: &str) {
        if count > max {
            self.add(path, format!("{what} может быть не больше {max}, а здесь {count}; уберите лишние"));
        }
    }

    /// Text that must stand and be at most `max` characters long.
    pub fn text(&mut self, path: &str, text: &str, max: usize) {
        if text.trim().is_empty() {
            self.add(path, "здесь пусто; впишите текст");
        }
        self.optional_text(path, text, max);
    }

    /// Text of at most `max` characters, perhaps none.
    pub fn optional_text(&mut self, path: &str, text: &str, max: usize) {
        let length = text.chars().count();
        if length > max {
            self.add(path, format!("текст слишком длинный: помещается {max} знаков, а здесь {length}; сократите"));
        }
    }

    /// A number within bounds; `unit` is a genitive plural with a space before it (« минут»), or empty.
    pub fn number<N: PartialOrd + Display>(&mut self, path: &str, number: N, bounds: RangeInclusive<N>, unit: &str) {
        if !bounds.contains(&number) {
            let (least, most) = bounds.into_inner();
            self.add(path, format!("должно быть от {least} до {most}{unit}, а стоит {number}; исправьте"));
        }
    }

    /// A phone in E.164, or nothing.
    pub fn optional_phone(&mut self, path: &str, phone: &str) {
        if !phone.is_empty() && Phone::parse(phone).is_err() {
            self.add(path, "телефон не читается; запишите его как +7 и ещё десять цифр подряд, без пробелов");
        }
    }

    /// Ids of one list: well formed and each once.
    pub fn ids<'a>(&mut self, list: &str, ids: impl Iterator<Item = &'a str>) {
        let mut seen = HashSet::new();
        for (place, id) in ids.enumerate() {
            let path = format!("{list}[{place}].id");
            if !is_id(id) {
                self.add(&*path, format!("id «{id}» не подходит; {ID_RULE}"));
            }
            if !seen.insert(id) {
                self.add(&*path, format!("id «{id}» уже занят выше; дайте этой записи другой"));
            }
        }
    }

    /// The id of the whole business, which stands in addresses.
    pub fn business_id(&mut self, id: &str) {
        if !is_id(id) || id.contains('_') {
            self.add("id", format!("id «{id}» не подходит; возьмите от 1 до 40 латинских букв, цифр и дефисов"));
        }
    }
}

const ID_RULE: &str = "возьмите от 1 до 40 латинских букв, цифр, дефисов и подчёркиваний";

fn is_id(id: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=ID_CHARS_MAX).contains(&id.len()) && id.bytes().all(is_allowed)
}
