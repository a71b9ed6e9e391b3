//! The numbers as files.

use nochnik_core::numbers::{Choice, Definition, Tally, What};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::super::spreadsheet::{self, inert};
use super::super::viewer::Viewer;
use super::{Report, figures};

const HEADINGS: [&str; 7] = ["Показатель", "Сейчас", "Было", "Единица", "Цель", "Как считается", "Имя"];

/// A table of numbers, as Russian Excel opens it: semicolons, decimal commas.
pub fn csv(report: &Report, viewer: &Viewer) -> Result<Vec<u8>, csv::Error> {
    let mut writer = spreadsheet::writer();
    writer.write_record([inert(&viewer.salon.document().name), inert(&period(report)), inert(&chosen(report))])?;
    writer.write_record(HEADINGS)?;
    for each in &report.shown {
        let (now, before, unit) = cells(report, each);
        let cell = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string().replace('.', ","));
        let row = [each.title, &cell(now), &cell(before), unit, each.target.words, each.formula, each.key];
        // A figure of ours is no formula, however it begins.
        writer.write_record(row)?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// The same with a sheet of days.
pub fn xlsx(report: &Report, viewer: &Viewer) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet().set_name("Числа")?;
    sheet.write_string(0, 0, inert(&viewer.salon.document().name))?;
    sheet.write_string(1, 0, inert(&period(report)))?;
    sheet.write_string(2, 0, inert(&chosen(report)))?;
    for (column, heading) in (0..).zip(HEADINGS) {
        sheet.write_string_with_format(4, column, heading, &bold)?;
    }
    for (row, each) in (5..).zip(&report.shown) {
        let (now, before, unit) = cells(report, each);
        sheet.write_string(row, 0, each.title)?;
        put(sheet, row, 1, now)?;
        put(sheet, row, 2, before)?;
        for (column, text) in (3..).zip([unit, each.target.words, each.formula, each.key]) {
            sheet.write_string(row, column, text)?;
        }
    }
    sheet.set_column_width(0, 34)?;
    days(book.add_worksheet().set_name("По дням")?, report, &bold)?;
    book.save_to_buffer()
}

fn days(sheet: &mut Worksheet, report: &Report, bold: &Format) -> Result<(), XlsxError> {
    let headings =
        ["День", "Сообщения клиентов", "Новые диалоги", "Лиды", "Лиды в нерабочее время", "Записи", "Отмены", "Неявки"];
    for (column, heading) in (0..).zip(headings) {
        sheet.write_string_with_format(0, column, heading, bold)?;
    }
    let choice = report.asked.choice();
    for (row, (date, tally)) in (1..).zip(&report.now.days) {
        sheet.write_string(row, 0, date.to_string())?;
        for (column, count) in (1..).zip(day(tally, &choice)) {
            sheet.write_number(row, column, count as f64)?;
        }
    }
    sheet.set_column_width(0, 12).map(drop)
}

fn day(tally: &Tally, choice: &Choice) -> [i64; 7] {
    let of = |what| tally.total(what, choice);
    let by_night = match choice.is_night {
        Some(false) => 0,
        _ => tally.total(What::Lead, &Choice { is_night: Some(true), ..choice.clone() }).count,
    };
    [
        of(What::Heard).sum,
        of(What::Contact).count,
        of(What::Lead).count,
        by_night,
        of(What::Booked).count,
        of(What::Cancelled).sum,
        of(What::NoShow).sum,
    ]
}

fn put(sheet: &mut Worksheet, row: u32, column: u16, value: Option<f64>) -> Result<(), XlsxError> {
    match value {
        Some(value) => sheet.write_number(row, column, value).map(drop),
        None => Ok(()),
    }
}

fn cells(report: &Report, each: &Definition) -> (Option<f64>, Option<f64>, &'static str) {
    let now = each.number(&report.now.whole, &report.asked.choice()).map(figures::plain);
    let before = report.was(each).map(figures::plain);
    let unit = now.or(before).map_or("", |(_, unit)| unit);
    (now.map(|(value, _)| value), before.map(|(value, _)| value), unit)
}

fn period(report: &Report) -> String {
    let span = &report.span;
    format!("{} — {}, было: {} — {}", span.from, span.last(), span.before, span.last_before())
}

/// What was left out, so that a file tells it by itself.
fn chosen(report: &Report) -> String {
    let choice = report.asked.choice();
    let channel = choice.channel.as_ref().map_or("все каналы", |kind| {
        report.channels.iter().find(|(known, _)| known == kind).map_or(kind.as_str(), |(_, title)| title)
    });
    let part = match choice.is_night {
        Some(true) => "ночью",
        Some(false) => "днём",
        None => "всё время",
    };
    format!("{channel}, {part}")
}
