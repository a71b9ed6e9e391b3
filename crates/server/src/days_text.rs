//! Days off as an owner types them: a line a day or a stretch of days, «30.12.2026» or «10.01.2027 — 24.01.2027».

use jiff::civil::Date;
use nochnik_core::business::DaysOff;

/// The days as the form shows them.
pub fn text(days: &[DaysOff]) -> String {
    let line = |days: &DaysOff| match days.ends() {
        (first, last) if first == last => written(first),
        (first, last) => format!("{} — {}", written(first), written(last)),
    };
    days.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Reads them back; the error is a sentence for the owner.
pub fn read(text: &str) -> Result<Vec<DaysOff>, String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(line).collect()
}

fn line(text: &str) -> Result<DaysOff, String> {
    let dates: Vec<&str> = text.split_whitespace().flat_map(ends).filter(|word| !word.is_empty()).collect();
    match dates[..] {
        [one] => Ok(DaysOff::One(date(one)?)),
        [first, last] => {
            let (first, last) = (date(first)?, date(last)?);
            if last < first {
                return Err(format!("«{text}»: последний день раньше первого"));
            }
            Ok(DaysOff::Range(first, last))
        }
        _ => Err(format!("«{text}» не похоже на дни: напишите «30.12.2026» или «10.01.2027 — 24.01.2027»")),
    }
}

/// Dashes stand between dates with spaces or without; those of an ISO date are its own.
fn ends(word: &str) -> Vec<&str> {
    if word.parse::<Date>().is_ok() { vec![word] } else { word.split(['-', '–', '—']).collect() }
}

/// A date as people write it; the error is a sentence for the owner.
pub fn date(text: &str) -> Result<Date, String> {
    let read = text.parse().or_else(|_| Date::strptime("%d.%m.%Y", text));
    read.map_err(|_| format!("«{text}» не похоже на дату: напишите день, месяц и год, например 30.12.2026"))
}

fn written(date: Date) -> String {
    date.strftime("%d.%m.%Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_people_write_them() {
        for (typed, shown) in [
            ("30.12.2026", "30.12.2026"),
            ("10.01.2027-24.01.2027", "10.01.2027 — 24.01.2027"),
            ("10.01.2027 – 24.01.2027\n\n 2027-03-08 ", "10.01.2027 — 24.01.2027\n08.03.2027"),
            ("", ""),
        ] {
            assert_eq!(text(&read(typed).unwrap()), shown, "{typed}");
        }
    }

    #[test]
    fn what_is_no_day_is_said() {
        for (typed, words) in [
            ("в отпуске", "не похоже на"),
            ("31.02.2027", "не похоже на дату"),
            ("24.01.2027 — 10.01.2027", "последний день раньше первого"),
            ("01.01.2027 02.01.2027 03.01.2027", "не похоже на дни"),
        ] {
            let error = read(typed).unwrap_err();
            assert!(error.contains(words), "{typed}: {error}");
        }
    }
}
