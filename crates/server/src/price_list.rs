//! A price list as people paste it: a line a service, columns by tabs, semicolons or bars, as a table or a CSV has them.

/// Lines read at most; the longest price list of a salon has some hundreds.
pub const LINES_MAX: usize = 500;
/// Longest name of a service, in characters.
const NAME_CHARS_MAX: usize = 100;
const PRICE_MAX: i64 = 10_000_000;
const MINUTES_MAX: u16 = 24 * 60;
/// The dearest of a span of prices is at most so many times the cheapest.
const SPAN_MAX: i64 = 10;
/// What an unnamed duration is taken for: the commonest visit.
const DURATION_MIN: u16 = 60;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub name: String,
    /// Whole roubles.
    pub price: i64,
    /// «от 1500».
    pub is_from: bool,
    pub duration_min: u16,
    /// The list says how long it lasts.
    pub has_duration: bool,
}

/// A line that is no service: its number from 1, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub number: usize,
    pub text: String,
}

/// Reads a pasted list; a heading line and empty lines are left out without a word.
pub fn read(text: &str) -> (Vec<Line>, Vec<Trouble>) {
    let (mut lines, mut troubles) = (Vec::new(), Vec::new());
    for (number, text) in text.lines().enumerate().map(|(at, text)| (at + 1, text.trim())) {
        if text.is_empty() {
            continue;
        }
        if lines.len() + troubles.len() == LINES_MAX {
            troubles.push(Trouble {
                number, text: format!("дальше не прочитано: за раз {LINES_MAX} строк")
            });
            break;
        }
        match line(text) {
            Ok(line) => lines.push(line),
            Err(_) if number == 1 && is_heading(text) => {}
            Err(text) => troubles.push(Trouble { number, text }),
        }
    }
    (lines, troubles)
}

fn is_heading(text: &str) -> bool {
    !text.chars().any(|letter| letter.is_ascii_digit())
}

fn line(text: &str) -> Result<Line, String> {
    let cells = cells(text);
    let name = cells.first().map(|name| name.split_whitespace().collect::<Vec<_>>().join(" ")).unwrap_or_default();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(format!("первым должно стоять название, до {NAME_CHARS_MAX} знаков"));
    }
    let price = cells.get(1).ok_or("не видно цены: разделите столбцы табуляцией или точкой с запятой")?;
    let (price, is_from) = rubles(price).ok_or_else(|| format!("«{price}» не похоже на цену"))?;
    let duration = cells.get(2).map(String::as_str).filter(|cell| !cell.is_empty());
    let minutes_of = |cell: &str| minutes(cell).ok_or_else(|| format!("«{cell}» не похоже на длительность"));
    let duration_min = duration.map(minutes_of).transpose()?;
    Ok(Line {
        name,
        price,
        is_from,
        duration_min: duration_min.unwrap_or(DURATION_MIN),
        has_duration: duration_min.is_some(),
    })
}

/// Columns of a line: tabs as a table gives them, else semicolons or bars, else commas before a price; or a name
/// and the price behind it, «Маникюр — 1 200 ₽».
fn cells(text: &str) -> Vec<String> {
    let separator = ['\t', ';', '|'].into_iter().find(|sign| text.contains(*sign));
    let clean = |cell: &str| cell.trim().trim_matches('"').replace("\"\"", "\"").trim().to_owned();
    let cells: Vec<String> = text.trim_matches('|').split(separator.unwrap_or(',')).map(clean).collect();
    let has_price = cells.get(1).is_some_and(|cell| rubles(cell).is_some());
    match price_behind(text).filter(|_| separator.is_none() && !has_price) {
        Some((name, price)) => vec![name.to_owned(), price.to_owned()],
        None => cells,
    }
}

/// The price that ends a line and the name before it, whatever dash, colon or blank stands between them.
fn price_behind(text: &str) -> Option<(&str, &str)> {
    let is_between = |letter: char| letter.is_whitespace() || "-–—:.…".contains(letter);
    let starts = text.char_indices().filter(|(at, _)| text[..*at].ends_with(is_between));
    let found = starts.map(|(at, _)| text.split_at(at)).find(|(_, price)| is_price(price));
    found.map(|(name, price)| (name.trim_end_matches(is_between), price))
}

/// Of «2 в 1 - 1200» the «1 - 1200» is no span of prices.
fn is_price(text: &str) -> bool {
    let opens = text.starts_with(|letter: char| letter.is_ascii_digit()) || text.starts_with("от");
    let ends = text.split_once(['-', '–', '—']).map(|(least, most)| (rubles(least), rubles(most)));
    let is_span =
        ends.is_none_or(|ends| matches!(ends, (Some((least, _)), Some((most, _))) if most <= least * SPAN_MAX));
    opens && is_span && rubles(text).is_some()
}

/// «от 1 500 ₽», «1500 руб.», «1500,00», «1200-1500» (from the lower one).
pub fn rubles(text: &str) -> Option<(i64, bool)> {
    let text = text.to_lowercase().replace(['\u{a0}', '\u{202f}', ' '], "");
    let (text, said_from) = text.strip_prefix("от").map_or((text.as_str(), false), |rest| (rest, true));
    let text = ["рублей", "руб.", "руб", "р.", "р", "₽"].iter().find_map(|end| text.strip_suffix(end)).unwrap_or(text);
    let (text, is_span) = text.split_once(['-', '–', '—']).map_or((text, false), |(least, _)| (least, true));
    let whole = match text.split_once([',', '.']) {
        Some((whole, kopecks)) if kopecks.len() <= 2 && kopecks.bytes().all(|byte| byte == b'0') => whole,
        Some(_) => return None,
        None => text,
    };
    let price: i64 = whole.parse().ok()?;
    (0..=PRICE_MAX).contains(&price).then_some((price, said_from || is_span))
}

/// «90», «90 мин», «1 ч 30 мин», «1,5 часа», «1:30».
pub fn minutes(text: &str) -> Option<u16> {
    minutes_up_to(text, MINUTES_MAX)
}

/// The same of what may last longer.
pub fn minutes_up_to(text: &str, max: u16) -> Option<u16> {
    let text = text.to_lowercase().replace(['\u{a0}', '\u{202f}'], " ").replace(',', ".");
    let minutes = match text.split_once(':') {
        Some((hours, minutes)) => hours.trim().parse::<f64>().ok()? * 60.0 + minutes.trim().parse::<f64>().ok()?,
        None => match text.split_once('ч') {
            Some((hours, rest)) => hours.trim().parse::<f64>().ok()? * 60.0 + rest_minutes(rest)?,
            None => rest_minutes(&text).filter(|minutes| *minutes > 0.0)?,
        },
    };
    let is_sane = minutes.fract() == 0.0 && (1.0..=f64::from(max)).contains(&minutes);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is a whole number between 1 and max"
    )]
    is_sane.then_some(minutes as u16)
}

/// What stands after the hours: letters are words for hours and minutes, the number is minutes.
fn rest_minutes(text: &str) -> Option<f64> {
    let words = |letter: char| letter.is_alphabetic() || letter.is_whitespace();
    let text = text.trim_matches(words).trim_end_matches('.').trim_matches(words);
    if text.is_empty() { Some(0.0) } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_list_is_read_as_its_author_means_it() {
        let text = "Услуга\tЦена\tДлительность\n\
                    Маникюр без покрытия\t1 200 ₽\t60 мин\n\
                    Маникюр с гель-лаком\tот 1900\t1 ч 30 мин\n\
                    \n\
                    Педикюр; 2500,00; 1,5 часа\n\
                    | Стрижка | 1500-2000 | 1:00 |\n\
                    \"Окрашивание, сложное\";\"4\u{a0}500 руб.\"";
        let (lines, troubles) = read(text);
        assert_eq!(troubles, []);
        let read: Vec<_> = lines
            .iter()
            .map(|line| (line.name.as_str(), line.price, line.is_from, line.duration_min, line.has_duration))
            .collect();
        assert_eq!(
            read,
            [
                ("Маникюр без покрытия", 1200, false, 60, true),
                ("Маникюр с гель-лаком", 1900, true, 90, true),
                ("Педикюр", 2500, false, 90, true),
                ("Стрижка", 1500, true, 60, true),
                ("Окрашивание, сложное", 4500, false, 60, false),
            ]
        );
    }

    #[test]
    fn a_name_and_the_price_behind_it_need_no_columns() {
        let text = "Маникюр классический - 1200\nМаникюр — 1 200 руб\nПедикюр 1500 р.\nМассаж 60 минут 2 000\n\
                    Комплекс 2 в 1 - 1 200\nСтрижка, модельная: от 900 ₽\nБорода 500-700";
        let (lines, troubles) = read(text);
        assert_eq!(troubles, []);
        let read: Vec<_> = lines.iter().map(|line| (line.name.as_str(), line.price, line.is_from)).collect();
        assert_eq!(
            read,
            [
                ("Маникюр классический", 1200, false),
                ("Маникюр", 1200, false),
                ("Педикюр", 1500, false),
                ("Массаж 60 минут", 2000, false),
                ("Комплекс 2 в 1", 1200, false),
                ("Стрижка, модельная", 900, true),
                ("Борода", 500, true),
            ]
        );
    }

    #[test]
    fn what_is_no_service_is_told_with_its_line() {
        let (lines, troubles) = read("Стрижка; 1000; 60\nпросто слова\nБорода; дорого\nУсы; 500; долго\n; 300");
        assert_eq!(lines.len(), 1);
        let told: Vec<_> = troubles.iter().map(|trouble| (trouble.number, trouble.text.as_str())).collect();
        assert_eq!(
            told,
            [
                (2, "не видно цены: разделите столбцы табуляцией или точкой с запятой"),
                (3, "«дорого» не похоже на цену"),
                (4, "«долго» не похоже на длительность"),
                (5, "первым должно стоять название, до 100 знаков"),
            ]
        );
    }

    #[test]
    fn a_list_has_its_bound() {
        let (lines, troubles) = read(&"Стрижка; 1000; 60\n".repeat(LINES_MAX + 5));
        assert_eq!((lines.len(), troubles.len(), troubles[0].number), (LINES_MAX, 1, LINES_MAX + 1));
    }

    #[test]
    fn no_minutes_out_of_nothing() {
        for text in ["", "час", "0", "минут", "1.555 ч", "-30", "99999", "1:75:00", "nan", "inf ч"] {
            assert_eq!(minutes(text), None, "{text}");
        }
    }
}
