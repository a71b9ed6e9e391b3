//! What leaves the house: nothing planted into ten thousand messages is found in what is left of them.

#![expect(clippy::print_stdout, reason = "a test stops at the first surprise and says its seed")]

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use jiff::civil::{DateTime, date};
use nochnik_nlu::{Lexicon, ServiceWords, SpecialistWords, veil};

const MESSAGES: u64 = 10_000;

/// First names: common, rare, from other languages, and such that are everyday words as well.
const NAMES: &[&str] = &[
    "Ольга",
    "Ульяша",
    "Ашот",
    "Гюльнара",
    "Фатима",
    "Вера",
    "Любовь",
    "Роза",
    "Лев",
    "Слава",
    "Тимофей",
    "Ярополк",
    "Мамука",
    "Айгерим",
    "Снежана",
    "Нурбек",
    "Кристина",
    "Дарину",
    "Ксюше",
    "Степаныч",
    "Эльмиру",
    "Vanessa",
    "Jürgen",
];
const SURNAMES: &[&str] = &[
    "Кузнецова",
    "Мкртчян",
    "Абдуллаев",
    "Шевченко",
    "Задорожный",
    "Чиковани",
    "Белых",
    "Воронцовой",
    "Петровых",
    "Тлеубаева",
    "Рабинович",
    "Дзюба",
];
const PATRONYMICS: &[&str] = &["Ивановна", "Сергеевич", "Ахмедовне", "Арменовича", "Васильича", "оглы"];
const STREETS: &[&str] = &["Малиновского", "Еременко", "Зорге", "Профсоюзная", "Вавилова", "Миронова"];
const MAILS: &[&str] = &["oksi.lapa@mail.ru", "ivan-2024@yandex.ru", "kotik_88@gmail.com", "director@zavod-metiz.рф"];
const LINKS: &[&str] = &["vk.com/id4455667788", "@murlyka_cat", "https://t.me/tyulenchik", "inst: lapushka.nails"];
const CARDS: &[&str] = &["2202 2011 4455 6677", "4276-1600-1122-3344", "паспорт 60 14 778899", "СНИЛС 112-233-445 95"];
/// What people write around it.
const TALK: &[&str] = &[
    "Здравствуйте, хочу записаться на маникюр",
    "подскажите сколько стоит стрижка",
    "можно завтра после шести",
    "мне бы в порядок ногти привести",
    "добрый вечер есть окошко на пятницу",
    "ой я не знаю что выбрать посоветуйте",
    "а с ребёнком можно прийти",
    "перезвоните мне пожалуйста",
];
const BEFORE: &[&str] = &["это", "я", "меня зовут", "на имя", "пишет", "для", "подруга", "-", ""];

/// A seeded choice (splitmix64): the same messages for the same seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

const DIGIT_WORDS: [&str; 10] = ["ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"];

/// A number of a Russian mobile and one of its spellings.
fn phone(chance: &mut Chance) -> (String, String) {
    let digits = format!("89{:09}", chance.next() % 1_000_000_000);
    let d = |from: usize, to: usize| &digits[from..to];
    let spelled = match chance.below(8) {
        0 => digits.clone(),
        1 => format!("+7 ({}) {}-{}-{}", d(1, 4), d(4, 7), d(7, 9), d(9, 11)),
        2 => format!("8-{}-{}-{}-{}", d(1, 4), d(4, 7), d(7, 9), d(9, 11)),
        3 => format!("8 {} {}\n{} {}", d(1, 4), d(4, 7), d(7, 9), d(9, 11)),
        4 => format!("{}.{}.{}.{}", d(1, 4), d(4, 7), d(7, 9), d(9, 11)),
        5 => digits.bytes().map(|digit| DIGIT_WORDS[usize::from(digit - b'0')]).collect::<Vec<_>>().join(" "),
        6 => format!("8 {} а дальше {} {} {}", d(1, 4), d(4, 7), d(7, 9), d(9, 11)),
        _ => digits.chars().map(|digit| digit.to_string()).collect::<Vec<_>>().join(" "),
    };
    (digits, spelled)
}

fn typed(chance: &mut Chance, words: &str) -> String {
    match chance.below(3) {
        0 => words.to_lowercase(),
        1 => words.to_uppercase(),
        _ => words.to_owned(),
    }
}

fn salon() -> Lexicon {
    let service = |id: &str, name: &str| ServiceWords { id: id.into(), name: name.into(), synonyms: Vec::new() };
    let services = [service("manicure", "Маникюр"), service("haircut", "Женская стрижка")];
    let master = SpecialistWords {
        id: "anna".into(),
        name: "Жанетта".into(),
        aliases: vec!["Жаннеточка".into()],
        role: String::new(),
    };
    Lexicon::new(&services, &[master], false)
}

fn now() -> DateTime {
    date(2026, 11, 24).at(23, 10, 0, 0)
}

#[test]
fn nothing_planted_leaves() {
    let seed = RandomState::new().build_hasher().finish();
    println!("SEED={seed}");
    let mut chance = Chance(seed);
    let lexicon = salon();
    for _ in 0..MESSAGES {
        let mut planted: Vec<String> = Vec::new();
        let mut parts: Vec<String> = vec![chance.of(TALK).to_owned()];
        let mut digits = String::new();
        for _ in 0..=chance.below(3) {
            let said = match chance.below(6) {
                0 => {
                    let name = chance.of(NAMES);
                    planted.push(name.to_owned());
                    format!("{} {}", chance.of(BEFORE), typed(&mut chance, name))
                }
                1 => {
                    let words = [chance.of(SURNAMES), chance.of(NAMES), chance.of(PATRONYMICS)];
                    planted.extend(words.map(str::to_owned));
                    format!("{} {}", chance.of(BEFORE), words.join(" "))
                }
                2 => {
                    let (number, spelled) = phone(&mut chance);
                    digits = number;
                    spelled
                }
                3 => {
                    let street = chance.of(STREETS);
                    planted.push(street.to_owned());
                    format!("живу на {street} {}", 1 + chance.below(99))
                }
                4 => {
                    let mail = if chance.below(2) == 0 { chance.of(MAILS) } else { chance.of(LINKS) };
                    planted.extend(mail.split(|letter: char| !letter.is_alphabetic()).map(str::to_owned));
                    mail.to_owned()
                }
                _ => {
                    let card = chance.of(CARDS);
                    digits = card.chars().filter(char::is_ascii_digit).collect();
                    card.to_owned()
                }
            };
            let at = chance.below(parts.len() + 1);
            parts.insert(at, said);
        }
        let message = parts.join(if chance.below(2) == 0 { ", " } else { " " });
        let left = veil(&message, None, &lexicon, now()).text;
        let words: Vec<&str> = left.split(|letter: char| !letter.is_alphanumeric()).collect();
        for plant in planted.iter().filter(|plant| plant.chars().count() > 3 && !COMMON.contains(&plant.as_str())) {
            let plant = plant.to_lowercase().replace('ё', "е");
            assert!(!words.contains(&plant.as_str()), "SEED={seed}: «{plant}» left in «{left}» of «{message}»");
        }
        let kept = without_marks(&left);
        let pieces = (0..digits.len().saturating_sub(4)).map(|at| &digits[at..at + 5]);
        let leak = pieces.into_iter().find(|piece| kept.contains(*piece));
        assert!(leak.is_none(), "SEED={seed}: {leak:?} left in «{left}» of «{message}»");
    }
}

/// Parts of addresses that everybody's are made of.
const COMMON: &[&str] = &["mail", "https", "nails", "inst", "gmail", "yandex"];

/// The digits of a text, with those of its marks taken out.
fn without_marks(text: &str) -> String {
    let mut digits = String::new();
    let mut is_mark = false;
    for letter in text.chars() {
        match letter {
            '[' => is_mark = true,
            ']' => is_mark = false,
            letter if letter.is_ascii_digit() && !is_mark => digits.push(letter),
            _ => {}
        }
    }
    digits
}

#[test]
fn what_matters_to_the_reader_is_left() {
    let lexicon = salon();
    for (message, expected) in [
        ("Хочу на маникюр завтра в 18:30", "хочу на маникюр завтра в 18: 30"),
        ("Ульяша, 8 918 555-44-33", "[1]"),
        ("меня зовут Ашот Мкртчян, можно в пятницу?", "меня зовут [1], можно в пятницу?"),
        ("к Жанетте на стрижку", "к [1] на стрижку"),
    ] {
        assert_eq!(veil(message, None, &lexicon, now()).text, expected, "{message}");
    }
}

#[test]
fn a_mark_is_lifted_only_if_it_was_given_out() {
    let veiled = veil("меня зовут Ашот Мкртчян, можно в пятницу?", None, &salon(), now());
    for (mark, expected) in [("[1]", Some("Ашот Мкртчян")), ("[2]", None), ("[0]", None), ("Ашот", None), ("[1", None)]
    {
        assert_eq!(veiled.behind(mark), expected, "{mark}");
    }
}
