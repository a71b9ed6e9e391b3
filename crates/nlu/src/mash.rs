//! Letters struck at random: neighbours on the keyboard, or no vowel among them.

use crate::words::Token;

/// Shorter words may be anything.
const CHARS_MIN: usize = 4;
/// Rows of the two keyboards people write with.
const ROWS: [&str; 6] = ["йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
const VOWELS: &[char] = &['а', 'е', 'и', 'о', 'у', 'ы', 'э', 'ю', 'я', 'ё', 'a', 'e', 'i', 'o', 'u', 'y'];

/// Whether a word of four letters or more is no word: «фывапр», «asdf», «хьвлдж».
pub fn is_mashed(token: &Token) -> bool {
    let typed = token.typed.to_lowercase();
    let letters: Vec<char> = typed.chars().collect();
    let is_on_keys = |letter: &char| ROWS.iter().any(|row| row.contains(*letter));
    if letters.len() < CHARS_MIN || !letters.iter().all(is_on_keys) {
        return false;
    }
    let has_vowel = letters.iter().any(|letter| VOWELS.contains(letter));
    let near = letters.windows(2).filter(|pair| are_neighbours(pair[0], pair[1])).count();
    // Three pairs of four: «Павла» and «Роланд» have half at most.
    !has_vowel || near * 4 >= (letters.len() - 1) * 3
}

/// «Ну вот это самое», «эээ мм»: words that fill a pause and say nothing.
pub fn is_filler(token: &Token) -> bool {
    const FILLERS: &[&str] = &[
        "ну",
        "вот",
        "это",
        "этот",
        "эта",
        "то",
        "самое",
        "самый",
        "короче",
        "типа",
        "значит",
        "как",
        "бишь",
        "его",
        "бы",
        "так",
        "блин",
        "такое",
        "там",
    ];
    let is_hum = |letter: char| matches!(letter, 'э' | 'м' | 'х' | 'е');
    token.is_any(FILLERS) || token.text.chars().all(is_hum)
}

/// Whether two letters lie side by side on one row, or are one key struck twice.
fn are_neighbours(left: char, right: char) -> bool {
    let place = |row: &str, letter: char| row.chars().position(|key| key == letter);
    ROWS.iter()
        .any(|row| place(row, left).zip(place(row, right)).is_some_and(|(left, right)| left.abs_diff(right) <= 1))
}
