//! A price list as a file: an Excel table or a CSV becomes the lines that a person could have pasted.

use std::io::{Cursor, Read};

use calamine::{Data, Reader};

use crate::price_list::LINES_MAX;

/// Largest file, in bytes; a price list of five hundred lines has a tenth of it.
pub const BYTES_MAX: usize = 1024 * 1024;
/// Largest table once it is unpacked, in bytes: a small archive must not fill the memory.
const UNPACKED_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Columns read of a line.
const COLUMNS_MAX: usize = 12;

const ZIP: &[u8] = b"PK";
const OLD_OFFICE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];

/// Reads a file into lines with tabs between their cells. The error is a sentence for the person.
pub fn lines(bytes: &[u8]) -> Result<String, &'static str> {
    if bytes.is_empty() {
        return Err("Файл пуст. Выберите другой");
    }
    if bytes.starts_with(OLD_OFFICE) {
        return Err("Это таблица старого Excel (.xls). Сохраните её как .xlsx или скопируйте столбцы в поле ниже");
    }
    if bytes.starts_with(ZIP) { table(bytes) } else { plain(bytes) }
}

/// Russian Excel writes CSV in its own old encoding.
fn plain(bytes: &[u8]) -> Result<String, &'static str> {
    if bytes.contains(&0) {
        return Err("Файл не читается как таблица. Подойдут .xlsx и .csv");
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Ok(encoding_rs::WINDOWS_1251.decode(bytes).0.into_owned()),
    }
}

fn table(bytes: &[u8]) -> Result<String, &'static str> {
    const UNREADABLE: &str =
        "Таблица не открывается. Откройте её в Excel, сохраните заново как .xlsx и попробуйте ещё раз";
    if !fits(bytes).ok_or(UNREADABLE)? {
        return Err("Таблица слишком большая. Оставьте в ней только прайс или скопируйте столбцы в поле ниже");
    }
    let mut book = calamine::open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|_| UNREADABLE)?;
    let sheets = book.sheet_names();
    let found = sheets.iter().filter_map(|name| book.worksheet_range(name).ok()).find(|range| !range.is_empty());
    let range = found.ok_or("В таблице нет ни одной заполненной строки")?;
    let lines = range.rows().map(line).filter(|line| !line.is_empty()).take(LINES_MAX + 1);
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// Unpacks everything once into nothing: what an archive says of its sizes is not believed. `None`: it is broken.
fn fits(bytes: &[u8]) -> Option<bool> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut left = UNPACKED_BYTES_MAX;
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).ok()?.take(left + 1);
        let size = std::io::copy(&mut part, &mut std::io::sink()).ok()?;
        if size > left {
            return Some(false);
        }
        left -= size;
    }
    Some(true)
}

/// The filled cells of a row; a row's own number before the name is left out.
fn line(row: &[Data]) -> String {
    let cells = row.iter().take(COLUMNS_MAX).map(cell).filter(|cell| !cell.is_empty());
    let mut cells: Vec<String> = cells.collect();
    let is_number = |cell: &String| cell.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
    if cells.len() > 2 && is_number(&cells[0]) && !is_number(&cells[1]) {
        cells.remove(0);
    }
    cells.join("\t")
}

fn cell(data: &Data) -> String {
    let text = match data {
        Data::Empty | Data::Error(_) => String::new(),
        other => other.to_string(),
    };
    // A line and its cells end where we say so.
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_xlsxwriter::Workbook;

    fn book(rows: &[&[&str]]) -> Vec<u8> {
        let mut book = Workbook::new();
        book.add_worksheet().set_name("Пусто").unwrap();
        let sheet = book.add_worksheet();
        for (row, cells) in (0..).zip(rows) {
            for (column, cell) in (0..).zip(*cells) {
                match cell.parse::<f64>() {
                    Ok(number) => sheet.write_number(row, column, number).unwrap(),
                    Err(_) => sheet.write_string(row, column, *cell).unwrap(),
                };
            }
        }
        book.save_to_buffer().unwrap()
    }

    #[test]
    fn an_excel_table_becomes_lines() {
        let file = book(&[
            &["№", "Услуга", "Цена", "Минут"],
            &["1", "Маникюр\nс покрытием", "1500", "90"],
            &["", "", "", ""],
            &["2", "Педикюр", "от 2000", ""],
        ]);
        assert_eq!(lines(&file).unwrap(), "№\tУслуга\tЦена\tМинут\nМаникюр с покрытием\t1500\t90\nПедикюр\tот 2000");
    }

    #[test]
    fn a_csv_of_russian_excel_is_read_in_its_own_encoding() {
        let (bytes, ..) = encoding_rs::WINDOWS_1251.encode("Маникюр;1200;60\r\nПедикюр;2000;90");
        assert_eq!(lines(&bytes).unwrap(), "Маникюр;1200;60\r\nПедикюр;2000;90");
        assert_eq!(lines("\u{feff}Маникюр;1200".as_bytes()).unwrap(), "Маникюр;1200");
    }

    #[test]
    fn what_is_no_price_list_is_said_in_words() {
        for (file, words) in [
            (&b""[..], "пуст"),
            (&[0xD0, 0xCF, 0x11, 0xE0, 0xA1][..], "старого Excel"),
            (b"\x89PNG\r\n\x1a\n\0\0", "не читается"),
            (b"PK\x03\x04 nothing behind it", "не открывается"),
        ] {
            assert!(lines(file).unwrap_err().contains(words), "{words}");
        }
    }

    #[test]
    fn a_small_archive_that_unpacks_into_a_flood_is_refused() {
        use std::io::Write;
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default()).unwrap();
        let zeros = vec![b' '; 1024 * 1024];
        for _ in 0..17 {
            archive.write_all(&zeros).unwrap();
        }
        let file = archive.finish().unwrap().into_inner();
        assert!(file.len() < BYTES_MAX, "{} bytes", file.len());
        assert!(lines(&file).unwrap_err().contains("слишком большая"));
    }
}
