//! How a number reads.

use nochnik_core::numbers::Number;

use super::super::words::{self, NBSP};

/// «1 500», «12,5 %», «до 3 с», «4,6», «1 500 ₽»; a number that cannot be said yet is «нет данных».
pub fn told(number: Option<Number>) -> String {
    match number {
        None => format!("нет{NBSP}данных"),
        Some(Number::Count(n)) => words::grouped(n),
        Some(Number::Share(share)) => format!("{}{NBSP}%", tenths(share * 100.0)),
        Some(Number::Ms(ms)) if ms < 60_000 => format!("до{NBSP}{}{NBSP}с", hundredths(ms as f64 / 1_000.0)),
        Some(Number::Ms(ms)) => format!("до{NBSP}{}", words::span(ms)),
        Some(Number::Rating(rating)) => tenths(rating),
        Some(Number::Kop(kop)) => format!("{}{NBSP}₽", words::grouped(kop / 100)),
    }
}

/// The figure alone with its unit, for a cell of a table.
pub fn plain(number: Number) -> (f64, &'static str) {
    match number {
        Number::Count(n) => (n as f64, "шт."),
        Number::Share(share) => ((share * 1_000.0).round() / 10.0, "%"),
        Number::Ms(ms) => (ms as f64 / 1_000.0, "с, не дольше"),
        Number::Rating(rating) => ((rating * 100.0).round() / 100.0, "из 5"),
        Number::Kop(kop) => (kop as f64 / 100.0, "₽"),
    }
}

/// «+25 %» against the period before; shares and times are not compared by shares.
pub fn change(now: Option<Number>, before: Option<Number>) -> Option<String> {
    let (now, before) = match (now?, before?) {
        (now @ (Number::Count(_) | Number::Kop(_)), before) => (now.plain(), before.plain()),
        _ => return None,
    };
    if before <= 0.0 {
        return None;
    }
    let change = ((now / before - 1.0) * 100.0).round() as i64;
    let sign = if change > 0 { "+" } else { "" };
    Some(format!("{sign}{}{NBSP}%", words::grouped(change)))
}

/// «12,5», «100».
fn tenths(n: f64) -> String {
    trimmed(format!("{n:.1}"))
}

fn hundredths(n: f64) -> String {
    trimmed(format!("{n:.2}"))
}

fn trimmed(text: String) -> String {
    text.trim_end_matches('0').trim_end_matches('.').replace('.', ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_say_them() {
        for (number, text) in [
            (Some(Number::Count(1_500)), "1 500"),
            (Some(Number::Share(0.125)), "12,5 %"),
            (Some(Number::Share(1.0)), "100 %"),
            (Some(Number::Share(0.0)), "0 %"),
            (Some(Number::Ms(750)), "до 0,75 с"),
            (Some(Number::Ms(10_000)), "до 10 с"),
            (Some(Number::Ms(300_000)), "до 5 мин"),
            (Some(Number::Rating(4.6)), "4,6"),
            (Some(Number::Kop(150_000)), "1 500 ₽"),
            (None, "нет данных"),
        ] {
            assert_eq!(told(number).replace(NBSP, " "), text);
        }
    }

    #[test]
    fn a_change_is_told_of_counts_alone() {
        let count = |n| Some(Number::Count(n));
        assert_eq!(change(count(125), count(100)).map(|text| text.replace(NBSP, " ")), Some("+25 %".to_owned()));
        assert_eq!(change(count(80), count(100)).map(|text| text.replace(NBSP, " ")), Some("−20 %".to_owned()));
        assert_eq!(change(count(5), count(0)), None);
        assert_eq!(change(Some(Number::Share(0.5)), Some(Number::Share(0.4))), None);
    }
}
