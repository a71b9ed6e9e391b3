//! The ways in which Russian speaks of time, one construction a line; values come from the calendar.
//!
//! The constructions are those that the public suites of Duckling, Hors, chrono, dateparser and
//! rutimeparser try; the expressions are our own.

mod common;

use jiff::{
    ToSpan,
    civil::{Date, DateTime, date},
};
use nochnik_nlu::{Expecting, Grain, Lexicon, When, understand};
use proptest::prelude::*;

/// Wednesday, 11 November 2026, ten in the morning.
fn now() -> DateTime {
    date(2026, 11, 11).at(10, 0, 0, 0)
}

/// Text | grain, first day, last day, from, to; `-` for what is absent, dates without the year 2026.
const TABLE: &str = "
послезавтра в 9 вечера | time 26-11-13 26-11-13 21:00 -
послепослезавтра | day 26-11-14 26-11-14 - -
сегодня в 5 дня | time 26-11-11 26-11-11 17:00 -
завтра утром в 8 | time 26-11-12 26-11-12 08:00 -
завтра в полдень | time 26-11-12 26-11-12 12:00 -
сегодня вечером | part 26-11-11 26-11-11 17:00 22:00
завтра в обед | part 26-11-12 26-11-12 12:00 14:00
сегодня днём | part 26-11-11 26-11-11 12:00 17:00
в 17 часов завтра | time 26-11-12 26-11-12 17:00 -
понедельник | day 26-11-16 26-11-16 - -
понедельник, 16 ноября | day 26-11-16 26-11-16 - -
пт, 20 ноября 2026 | day 26-11-20 26-11-20 - -
в следующий вторник | day 26-11-17 26-11-17 - -
в эту пятницу в 15 | time 26-11-13 26-11-13 15:00 -
в пятницу на следующей неделе | day 26-11-20 26-11-20 - -
на следующей неделе в пятницу в 12 | time 26-11-20 26-11-20 12:00 -
на этой неделе в пятницу | day 26-11-13 26-11-13 - -
в субботу в 9 часов | time 26-11-14 26-11-14 09:00 -
с 5 до 7 вечера в понедельник | range 26-11-16 26-11-16 17:00 19:00
в следующий четверг с 9 утра до 6 вечера | range 26-11-19 26-11-19 09:00 18:00
каждый вторник | day 26-11-17 26-11-17 - -
по четвергам в 18:00 | time 26-11-12 26-11-12 18:00 -
с понедельника по пятницу | days 26-11-16 26-11-20 - -
в эти выходные | days 26-11-14 26-11-15 - -
на следующих выходных | days 26-11-21 26-11-22 - -
в следующий выходной | days 26-11-21 26-11-22 - -
эта неделя | days 26-11-11 26-11-15 - -
следующая неделя | days 26-11-16 26-11-22 - -
через час | time 26-11-11 26-11-11 11:00 -
через 1 час | time 26-11-11 26-11-11 11:00 -
через полчаса | time 26-11-11 26-11-11 10:30 -
через полтора часа | time 26-11-11 26-11-11 11:30 -
через пару часов | time 26-11-11 26-11-11 12:00 -
через два с половиной часа | time 26-11-11 26-11-11 12:30 -
через 1 час 20 минут | time 26-11-11 26-11-11 11:20 -
через минуту | time 26-11-11 26-11-11 10:01 -
через 15 минут | time 26-11-11 26-11-11 10:15 -
через четверть часа | time 26-11-11 26-11-11 10:15 -
через 24 часа | time 26-11-12 26-11-12 10:00 -
через сутки | day 26-11-12 26-11-12 - -
часа через два | time 26-11-11 26-11-11 12:00 -
минут через 40 | time 26-11-11 26-11-11 10:40 -
спустя 2 часа | time 26-11-11 26-11-11 12:00 -
спустя неделю | day 26-11-18 26-11-18 - -
+30 минут | time 26-11-11 26-11-11 10:30 -
в течение 2 часов | time 26-11-11 26-11-11 12:00 -
через 3 дня в 15:30 | time 26-11-14 26-11-14 15:30 -
через 7 дней | day 26-11-18 26-11-18 - -
через 1 неделю | day 26-11-18 26-11-18 - -
через две недели | day 26-11-25 26-11-25 - -
недели через три | day 26-12-02 26-12-02 - -
через неделю утром | part 26-11-18 26-11-18 08:00 12:00
через неделю в среду | day 26-11-18 26-11-18 - -
через месяц | day 26-12-11 26-12-11 - -
через три месяца | day 27-02-11 27-02-11 - -
через полгода | day 27-05-11 27-05-11 - -
через год | day 27-11-11 27-11-11 - -
через 3 года | day 29-11-11 29-11-11 - -
через месяц, неделю и 2 дня | day 26-12-20 26-12-20 - -
через 2 недели и 3 дня | day 26-11-28 26-11-28 - -
через месяц во вторник | day 26-12-08 26-12-08 - -
следующие 3 дня | days 26-11-12 26-11-14 - -
ближайшие две недели | days 26-11-12 26-11-25 - -
18 февраля | day 27-02-18 27-02-18 - -
1 мар. | day 27-03-01 27-03-01 - -
первое марта | day 27-03-01 27-03-01 - -
первого января | day 27-01-01 27-01-01 - -
двадцать пятое мая 2028 года | day 28-05-25 28-05-25 - -
5 мая 2027 | day 27-05-05 27-05-05 - -
5 августа 2027 г. в 12:00 | time 27-08-05 27-08-05 12:00 -
3 мар. 2027 | day 27-03-03 27-03-03 - -
12 дек 26 | day 26-12-12 26-12-12 - -
10-декабря | day 26-12-10 26-12-10 - -
10/декабря/2026 | day 26-12-10 26-12-10 - -
24го декабря, 9:00 | time 26-12-24 26-12-24 09:00 -
31 декабря в 23:59 | time 26-12-31 26-12-31 23:59 -
12 часов 12 декабря | time 26-12-12 26-12-12 12:00 -
8 утра 5 мая | time 27-05-05 27-05-05 08:00 -
24 декабря в час дня | time 26-12-24 26-12-24 13:00 -
13 декабря, 2026 13:13 | time 26-12-13 26-12-13 13:13 -
15 числа | day 26-11-15 26-11-15 - -
10 числа | day 26-12-10 26-12-10 - -
15.12 | day 26-12-15 26-12-15 - -
15.2 | day 27-02-15 27-02-15 - -
10.12. | day 26-12-10 26-12-10 - -
01.04. в 18 часов | time 27-04-01 27-04-01 18:00 -
18.07.27 | day 27-07-18 27-07-18 - -
10.10.2027 | day 27-10-10 27-10-10 - -
2027-03-05 | day 27-03-05 27-03-05 - -
29.02 | day 28-02-29 28-02-29 - -
29 февраля | day 28-02-29 28-02-29 - -
13 - 15 июля | days 27-07-13 27-07-15 - -
с 13 по 15 июля | days 27-07-13 27-07-15 - -
с 11 до 15 декабря | days 26-12-11 26-12-15 - -
13 июля - 15 июля | days 27-07-13 27-07-15 - -
10 декабря - 12 января | days 26-12-10 27-01-12 - -
с 10 по 22 августа 2027 | days 27-08-10 27-08-22 - -
14 - 15.10. | days 27-10-14 27-10-15 - -
с 14.10 по 15.10.2027 | days 27-10-14 27-10-15 - -
22-23 фев | days 27-02-22 27-02-23 - -
сегодня-завтра | days 26-11-11 26-11-12 - -
с сегодня и до послезавтра | days 26-11-11 26-11-13 - -
в мае | days 27-05-01 27-05-31 - -
октябрь 2027 | days 27-10-01 27-10-31 - -
в декабре | days 26-12-01 26-12-31 - -
в этом месяце | days 26-11-11 26-11-30 - -
в следующем месяце | days 26-12-01 26-12-31 - -
следующий месяц | days 26-12-01 26-12-31 - -
в следующем месяце во вторник | day 26-12-01 26-12-01 - -
в следующем месяце 5 числа | day 26-12-05 26-12-05 - -
с понедельника в следующем месяце | from_day 26-12-07 - - -
в конце месяца | days 26-11-21 26-11-30 - -
в начале следующего месяца | days 26-12-01 26-12-10 - -
до конца месяца | days 26-11-11 26-11-30 - -
до конца недели | days 26-11-11 26-11-15 - -
до конца дня | day 26-11-11 26-11-11 - -
в этом году | days 26-11-11 26-12-31 - -
в следующем году | days 27-01-01 27-12-31 - -
в следующем квартале | days 27-01-01 27-03-31 - -
летом | days 27-06-01 27-08-31 - -
весной | days 27-03-01 27-05-31 - -
зимой | days 26-12-01 27-02-28 - -
на новый год | day 27-01-01 27-01-01 - -
рождество | day 27-01-07 27-01-07 - -
на 8 марта | day 27-03-08 27-03-08 - -
в 4 утра | time - - 04:00 -
в 3 | time - - 15:00 -
в три | time - - 15:00 -
3:18 утра | time - - 03:18 -
в 3 часа дня | time - - 15:00 -
в 15ч | time - - 15:00 -
15 часов | time - - 15:00 -
17ч10 | time - - 17:10 -
15:15 | time - - 15:15 -
20:32:13 | time - - 20:32 -
в 10.10 | time - - 10:10 -
в 12.30 | time - - 12:30 -
8 часов вечера | time - - 20:00 -
в 11 вечера | time - - 23:00 -
в 13:30 дня | time - - 13:30 -
в полдень | time - - 12:00 -
в полночь | time - - 00:00 -
в 12 часов ночи | time - - 00:00 -
завтра в 2 ночи | time 26-11-12 26-11-12 02:00 -
без четверти восемь | time - - 19:45 -
без пяти десять утра | time - - 09:55 -
в четверть шестого | time - - 17:15 -
в четверть 10 утра | time - - 09:15 -
половина девятого вечера | time - - 20:30 -
в девять утра | time - - 09:00 -
семь часов пятнадцать минут вечера | time - - 19:15 -
с 9 до 11 | range - - 09:00 11:00
с 10 до 11 вечера | range - - 22:00 23:00
9:30 - 11:00 | range - - 09:30 11:00
11:30-13:30 | range - - 11:30 13:30
18:30ч - 19:00ч | range - - 18:30 19:00
10:00:00 - 21:45:01 | range - - 10:00 21:45
до 2 часов дня | before - - - 14:00
до 11 часов утра | before - - - 11:00
после 14ч | after - - 14:00 -
после 2 часов | after - - 14:00 -
1:30 ночи сб, 21 ноября | time 26-11-21 26-11-21 01:30 -
";

/// What is past is read as such, and never offered.
const PAST: &[&str] = &[
    "вчера",
    "позавчера",
    "вчера вечером",
    "2 часа назад",
    "неделю назад",
    "три месяца назад",
    "7 дней назад",
    "на прошлой неделе",
    "в прошлый вторник",
    "в прошлом месяце",
    "прошлой ночью",
    "полчаса назад",
];

#[test]
fn every_construction_is_read() {
    let lexicon = common::lexicon("salon");
    let rows: Vec<(&str, &str)> = TABLE.lines().filter_map(|line| line.split_once(" | ")).collect();
    let mut wrong = String::new();
    for (text, expected) in &rows {
        for (expecting, dress) in [(None, ""), (Some(Expecting::AskWhen), ""), (None, "Запишите меня на маникюр, ")]
        {
            let said = read(&format!("{dress}{text}"), expecting, &lexicon);
            if said != *expected {
                wrong += &format!("{dress}{text}: {said}, not {expected}\n");
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows thrice:\n{wrong}", wrong.lines().count(), rows.len());
}

#[test]
fn the_past_is_never_offered() {
    let lexicon = common::lexicon("salon");
    for text in PAST {
        assert_eq!(read(text, None, &lexicon), "nothing", "{text}");
        let both = read(&format!("была у вас {text}, хочу снова в пятницу в 15"), None, &lexicon);
        assert_eq!(both, "time 26-11-13 26-11-13 15:00 -", "{text}");
    }
}

fn read(text: &str, expecting: Option<Expecting>, lexicon: &Lexicon) -> String {
    let meaning = understand(text, expecting, lexicon, now());
    meaning.when.map_or_else(|| "nothing".to_owned(), |found| line(&found.value))
}

fn line(when: &When) -> String {
    let grain = match when.grain {
        Grain::Time => "time",
        Grain::Range => "range",
        Grain::After => "after",
        Grain::Before => "before",
        Grain::Part => "part",
        Grain::Day => "day",
        Grain::Days => "days",
        Grain::FromDay => "from_day",
    };
    let day = |on: Option<Date>| on.map_or_else(|| "-".to_owned(), |on| on.strftime("%y-%m-%d").to_string());
    let clock =
        |at: Option<jiff::civil::Time>| at.map_or_else(|| "-".to_owned(), |at| at.strftime("%H:%M").to_string());
    format!("{grain} {} {} {} {}", day(when.from_on), day(when.to_on), clock(when.from_at), clock(when.to_at))
}

/// The next 350 days, and every quarter of an hour of a working day.
fn moments() -> impl Strategy<Value = DateTime> {
    (1_i64..350, 7_i8..23, 0_i8..4)
        .prop_map(|(days, hour, quarter)| now().date().saturating_add(days.days()).at(hour, quarter * 15, 0, 0))
}

proptest! {
    /// What Nochnik prints for a moment («чт, 26 ноября, 19:00»), a client may send back.
    #[test]
    fn what_is_printed_is_read_back(moment in moments()) {
        const WEEKDAYS: [&str; 7] = ["пн", "вт", "ср", "чт", "пт", "сб", "вс"];
        const MONTHS: [&str; 12] = [
            "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
            "декабря",
        ];
        let lexicon = common::lexicon("salon");
        let weekday = WEEKDAYS[usize::try_from(moment.date().weekday().to_monday_zero_offset()).expect("a weekday")];
        let month = MONTHS[usize::try_from(moment.month() - 1).expect("a month")];
        let (day, clock) = (moment.day(), moment.strftime("%H:%M").to_string());
        let expected = format!("time {0} {0} {clock} -", moment.date().strftime("%y-%m-%d"));
        for text in [
            format!("{weekday}, {day} {month}, {clock}"),
            format!("{day} {month} в {clock}"),
            format!("на {day}.{:02} в {clock}", moment.month()),
            format!("давайте {weekday} {day} {month} {clock}"),
        ] {
            prop_assert_eq!(read(&text, Some(Expecting::OfferSlots), &lexicon), expected.clone(), "{}", text);
        }
    }
}
