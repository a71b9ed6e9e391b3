//! «Отчёты»: what the owner is told, and at what hour.

use super::typed::{clock, time};
use super::{Field, Kind, Section, Sheet, YES};

/// A box to tick.
macro_rules! tick {
    ($name:ident, $label:literal, $help:literal) => {
        Field {
            name: stringify!($name),
            label: $label,
            help: $help,
            kind: Kind::Tick,
            get: |document| if document.reports.$name { YES.to_owned() } else { String::new() },
            put: |document, text| {
                document.reports.$name = text == YES;
                Ok(())
            },
        }
    };
}
pub const SHEET: Sheet = Sheet {
    name: "reports",
    title: "Отчёты",
    sections: &[Section {
        title: "Что приходит владельцу",
        help: "В мессенджер, а если он не подключён — письмом.",
        fields: &[
            tick!(morning, "Каждое утро: как прошла ночь", "Сколько написали, что записано, кто ждёт"),
            tick!(weekly, "По понедельникам: неделя", "Что поправить: непонятые сообщения, долгие ответы, пустые окна"),
            Field {
                name: "morning_at",
                label: "Во сколько",
                help: "По часам бизнеса",
                kind: Kind::Line("text"),
                get: |document| clock(document.reports.morning_at),
                put: |document, text| time(text).map(|time| document.reports.morning_at = time),
            },
        ],
    }],
    more: None,
};
