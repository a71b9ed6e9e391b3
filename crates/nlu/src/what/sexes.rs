//! For whom a service is by its name: a men's haircut is none for a woman.

use crate::words::Token;

/// «Мужская стрижка» is none for whoever asks for «женскую».
const SEXES: [&str; 2] = ["мужск", "женск"];

/// Who they are when something is done to them: «мужиков стрижёте?»; not who is spoken to: «мужики, запишите».
const PEOPLE: [(&str, &[&str]); 2] = [
    (
        SEXES[0],
        &[
            "мужчин",
            "мужчину",
            "мужчине",
            "мужчинам",
            "мужиков",
            "мужика",
            "мужику",
            "мужикам",
            "парней",
            "парня",
            "мужа",
            "мужу",
        ],
    ),
    (SEXES[1], &["женщин", "женщину", "женщине", "женщинам", "девушек", "девушку", "девушкам", "жену", "жене"]),
];

/// Whom the name of a service says that it is for.
pub(super) fn of_name(name: &[Token]) -> Option<&'static str> {
    SEXES.into_iter().find(|sex| name.iter().any(|token| token.text.starts_with(sex)))
}

/// Whether others than `own` are meant: by an adjective right `beside` the service, or by who they are somewhat further
/// `about`.
pub(super) fn is_of_other(own: &str, beside: &[Token], about: &[Token]) -> bool {
    let is_said = |sex: &str| beside.iter().any(|token| token.text.starts_with(sex));
    let are_named = |people: &[&str]| about.iter().any(|token| token.is_any(people));
    let is_of_others = PEOPLE.into_iter().any(|(sex, people)| sex != own && (is_said(sex) || are_named(people)));
    !is_said(own) && is_of_others
}
