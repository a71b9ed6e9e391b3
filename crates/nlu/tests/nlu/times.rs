//! Dates and times as people write them; expected values come from the calendar.

use crate::{common, window};
use jiff::civil::{DateTime, date};
use nochnik_nlu::{Expecting, understand};
use rstest::rstest;

/// Tuesday, 24 November 2026, a quarter past ten in the evening.
fn now() -> DateTime {
    date(2026, 11, 24).at(22, 15, 0, 0)
}

/// A window as one line: grain, first day, last day, from, to; `-` for what is absent.
fn read(text: &str) -> String {
    let meaning = understand(text, Some(Expecting::AskWhen), &common::lexicon("salon"), now());
    meaning.when.map_or_else(|| "nothing".to_owned(), |found| window::line(&found.value, "%d.%m"))
}

#[rstest]
#[case("завтра", "day 25.11 25.11 - -")]
#[case("послезавтра", "day 26.11 26.11 - -")]
#[case("сегодня", "day 24.11 24.11 - -")]
#[case("в среду", "day 25.11 25.11 - -")]
#[case("во вторник", "day 01.12 01.12 - -")]
#[case("в следующую среду", "day 02.12 02.12 - -")]
#[case("на этой неделе", "days 24.11 29.11 - -")]
#[case("на следующей неделе", "days 30.11 06.12 - -")]
#[case("через неделю", "day 01.12 01.12 - -")]
#[case("через неделю в среду", "day 02.12 02.12 - -")]
#[case("через три дня", "day 27.11 27.11 - -")]
#[case("на выходных", "days 28.11 29.11 - -")]
#[case("5-го", "day 05.12 05.12 - -")]
#[case("пятого", "day 05.12 05.12 - -")]
#[case("30 числа", "day 30.11 30.11 - -")]
#[case("двадцать пятого ноября", "day 25.11 25.11 - -")]
#[case("15.12", "day 15.12 15.12 - -")]
#[case("15.12 в 14 30", "time 15.12 15.12 14:30 -")]
#[case("с понедельника", "from_day 30.11 - - -")]
#[case("с понедельника по среду", "days 30.11 02.12 - -")]
#[case("в начале декабря", "days 01.12 10.12 - -")]
fn dates(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(read(text), expected, "{text}");
}

/// Every time that would do, in the order said.
#[rstest]
#[case("в пн, ср или пт", &["day 30.11 30.11 - -", "day 25.11 25.11 - -", "day 27.11 27.11 - -"])]
#[case("в среду или в пятницу после 18", &["after 25.11 25.11 18:00 -", "after 27.11 27.11 18:00 -"])]
#[case("после шести в пн либо во вт", &["after 30.11 30.11 18:00 -", "after 01.12 01.12 18:00 -"])]
#[case("в четверг вечером или в субботу утром", &["part 26.11 26.11 17:00 22:00", "part 28.11 28.11 08:00 12:00"])]
#[case("28, 29 ноября или 1 декабря", &["day 28.11 28.11 - -", "day 29.11 29.11 - -", "day 01.12 01.12 - -"])]
#[case("завтра в 12 или в 15", &["time 25.11 25.11 12:00 -", "time 25.11 25.11 15:00 -"])]
#[case("завтра или послезавтра днём", &["part 25.11 25.11 12:00 17:00", "part 26.11 26.11 12:00 17:00"])]
#[case("сегодня или завтра с утра", &["part 25.11 25.11 08:00 12:00"])]
#[case("сегодня в 11 утра или в пятницу в 11", &["time 27.11 27.11 11:00 -"])]
#[case("с понедельника по среду", &["days 30.11 02.12 - -"])]
#[case("в пятницу, 27 ноября", &["day 27.11 27.11 - -"])]
#[case("в среду, ой, в четверг", &["day 26.11 26.11 - -"])]
#[case("не в среду, а в пятницу", &["day 27.11 27.11 - -"])]
fn several_times(#[case] text: &str, #[case] expected: &[&str]) {
    let meaning = understand(text, Some(Expecting::AskWhen), &common::lexicon("salon"), now());
    let all = meaning.when.iter().map(|found| &found.value).chain(&meaning.when_others);
    assert_eq!(all.map(|when| window::line(when, "%d.%m")).collect::<Vec<_>>(), expected, "{text}");
}

/// Days of the week, 0 for Monday, however they are written and in whatever order.
#[rstest]
#[case("по вторникам и четвергам", &[1, 3])]
#[case("каждую неделю по пт и пн в 19", &[0, 4])]
#[case("по птн, средам и суботам", &[2, 4, 5])]
#[case("в воскресенье, нет, в воскресенье вечером", &[6])]
#[case("завтра в 15", &[])]
fn weekdays(#[case] text: &str, #[case] expected: &[i8]) {
    let meaning = understand(text, Some(Expecting::AskWhen), &common::lexicon("salon"), now());
    assert_eq!(meaning.weekdays, expected, "{text}");
}

/// By how many minutes a known time is to be moved.
#[rstest]
#[case("на полчаса позже", Some(30))]
#[case("а на полчасика попозже можно?", Some(30))]
#[case("пораньше на час", Some(-60))]
#[case("на час пораньше тогда", Some(-60))]
#[case("часом раньше", Some(-60))]
#[case("часа на два позже", Some(120))]
#[case("минут на 20 позже", Some(20))]
#[case("на час-полтора позже", Some(60))]
#[case("на полтора часа раньше", Some(-90))]
#[case("на 15-20 минут попозже", Some(15))]
#[case("на пару часов позже", Some(120))]
#[case("на неделю вперёд", Some(7 * 24 * 60))]
#[case("можно на недельку попозже?", Some(7 * 24 * 60))]
#[case("на два дня позже", Some(2 * 24 * 60))]
#[case("на день раньше", Some(-24 * 60))]
#[case("попозже на час дня", None)]
#[case("позже", None)]
#[case("на час", None)]
fn moves(#[case] text: &str, #[case] expected: Option<i64>) {
    let meaning = understand(text, Some(Expecting::OfferSlots), &common::lexicon("salon"), now());
    assert_eq!(meaning.shift_min, expected, "{text}");
}

/// A visit moved: the wanted time, then the old one.
#[rstest]
#[case("не получится у меня в субботу давай на воскресенье тоже на 12", "time 29.11 29.11 12:00 -")]
#[case("в четверг не смогу можно в пятницу в 10", "time 27.11 27.11 10:00 -")]
#[case("записан на чт 10 утра, не смогу, перенесите на любой другой день утром", "part - - 08:00 12:00")]
#[case("приём 3 декабря прошу отодвинуть на неделю вперёд", "day 10.12 10.12 - -")]
#[case("перенесите с 3 декабря на неделю вперёд", "day 10.12 10.12 - -")]
#[case("запись на среду в 10 сдвиньте на два дня позже", "time 27.11 27.11 10:00 -")]
#[case("завтрашний маникюр в 15 давайте-ка на час попозже", "time 25.11 25.11 16:00 -")]
#[case("перенесите на час позже, на 15:00", "time - - 15:00 -")]
#[case("мою запись в этот четверг перекиньте на следующий четверг", "day 03.12 03.12 - -")]
fn moved_visits(#[case] text: &str, #[case] expected: &str) {
    let meaning = understand(text, None, &common::lexicon("salon"), now());
    let wanted = meaning.when.map_or_else(|| "nothing".to_owned(), |found| window::line(&found.value, "%d.%m"));
    assert_eq!(wanted, expected, "{text}");
}

#[rstest]
#[case("в 6", "time - - 18:00 -")]
#[case("в 8", "time - - 20:00 -")]
#[case("в 11", "time - - 11:00 -")]
#[case("в 8 утра", "time - - 08:00 -")]
#[case("часиков в пять", "time - - 17:00 -")]
#[case("к часу дня", "time - - 13:00 -")]
#[case("полвосьмого", "time - - 19:30 -")]
#[case("в половине шестого", "time - - 17:30 -")]
#[case("четверть третьего", "time - - 14:15 -")]
#[case("без пятнадцати шесть", "time - - 17:45 -")]
#[case("без двадцати двенадцать", "time - - 11:40 -")]
#[case("в семь тридцать утра", "time - - 07:30 -")]
#[case("18:30", "time - - 18:30 -")]
#[case("12 00", "time - - 12:00 -")]
#[case("после шести", "after - - 18:00 -")]
#[case("не раньше 17", "after - - 17:00 -")]
#[case("до 12", "before - - - 12:00")]
#[case("не позже 11", "before - - - 11:00")]
#[case("до обеда", "before - - - 13:00")]
#[case("с 10 до 12", "range - - 10:00 12:00")]
#[case("с двух до четырех", "range - - 14:00 16:00")]
#[case("между пятью и шестью", "range - - 17:00 18:00")]
#[case("17-18", "range - - 17:00 18:00")]
#[case("с 9 до 6", "range - - 09:00 18:00")]
#[case("утром", "part - - 08:00 12:00")]
#[case("вечером", "part - - 17:00 22:00")]
#[case("после обеда", "part - - 13:00 18:00")]
#[case("во второй половине дня", "part - - 12:00 22:00")]
#[case("завтра утром в 9", "time 25.11 25.11 09:00 -")]
#[case("завтра вечером часов в 8", "time 25.11 25.11 20:00 -")]
#[case("в пятницу после 17:00", "after 27.11 27.11 17:00 -")]
#[case("в субботу с утра", "part 28.11 28.11 08:00 12:00")]
#[case("без разницы", "nothing")]
#[case("мне 25 лет", "nothing")]
#[case("добрый вечер", "nothing")]
fn hours(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(read(text), expected, "{text}");
}

#[rstest]
#[case("запишите на вторник на 5 ой нет лучше в среду", "time 25.11 25.11 17:00 -")]
#[case("завтра в 14, точнее в 16", "time 25.11 25.11 16:00 -")]
#[case("на понедельник, вернее на четверг", "day 26.11 26.11 - -")]
fn corrections(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(read(text), expected, "{text}");
}

#[test]
fn a_move_has_an_old_and_a_new_time() {
    let lexicon = common::lexicon("salon");
    for text in [
        "перенесите меня с четверга на пятницу на 16:00",
        "можно вместо четверга в пятницу в 16:00",
        "в четверг не смогу, перенесите на пятницу 16:00",
        "перенесите запись на четверг на пятницу на 16:00",
    ] {
        let meaning = understand(text, None, &lexicon, now());
        assert_eq!(
            meaning.when.map(|found| window::line(&found.value, "%d.%m")).as_deref(),
            Some("time 27.11 27.11 16:00 -"),
            "{text}"
        );
        assert_eq!(meaning.when_old.and_then(|old| old.from_on), Some(date(2026, 11, 26)), "{text}");
    }
}

#[rstest]
#[case("перенесите запись на пятницу в 16:00", "time 27.11 27.11 16:00 -")]
#[case("можно передвинуть мой визит на четверг?", "day 26.11 26.11 - -")]
#[case("перенесите, пожалуйста, запись на понедельник", "day 30.11 30.11 - -")]
fn where_a_booking_is_moved_to_is_not_where_it_stands(#[case] text: &str, #[case] expected: &str) {
    let meaning = understand(text, None, &common::lexicon("salon"), now());
    assert_eq!(meaning.when.map(|found| window::line(&found.value, "%d.%m")).as_deref(), Some(expected), "{text}");
    assert_eq!(meaning.when_old, None, "{text}");
}

#[test]
fn eight_is_the_morning_where_doors_open_at_eight() {
    let meaning = understand("завтра в 8", Some(Expecting::AskWhen), &common::lexicon("auto"), now());
    assert_eq!(
        meaning.when.map(|found| window::line(&found.value, "%d.%m")).as_deref(),
        Some("time 25.11 25.11 08:00 -")
    );
}

/// A day named beside something else and the visit counted back from it.
#[rstest]
#[case("14 декабря свадьба, окрашивание за день до неё", "day 13.12 13.12 - -")]
#[case("у меня 12-го корпоратив, макияж накануне вечером", "part 11.12 11.12 17:00 22:00")]
#[case("запишите на 8 декабря и напомните за день до визита", "day 08.12 08.12 - -")]
#[case("за неделю до отпуска", "nothing")]
fn the_day_before(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(read(text), expected, "{text}");
}

/// «Сейчас» is a time only where somebody comes.
#[rstest]
#[case("могу приехать прямо сейчас", "time 24.11 24.11 22:15 -")]
#[case("можно сейчас?", "time 24.11 24.11 22:15 -")]
#[case("я сейчас занята", "nothing")]
#[case("сколько сейчас стоит стрижка", "nothing")]
#[case("сейчас напишу номер", "nothing")]
fn now_as_a_time(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(read(text), expected, "{text}");
}
