//! «Правила»: when the bot speaks, how visits are booked, what is hot, how long people are waited for.

use nochnik_core::business::{AnswerMode, ConfirmMode};

use super::typed::{length, minutes, number};
use super::{Field, Kind, Section, Sheet};

/// Money of the document is in kopecks.
const KOP: u32 = 100;

pub const SHEET: Sheet =
    Sheet { name: "rules", title: "Правила", sections: &[ANSWERING, BOOKING, HOT, PEOPLE], more: None };

/// A field of `policy` that is a whole number.
macro_rules! number {
    ($name:ident in $($part:ident).+, $label:literal, $help:literal) => {
        Field {
            name: stringify!($name),
            label: $label,
            help: $help,
            kind: Kind::Line("numeric"),
            get: |document| document.$($part).+.$name.to_string(),
            put: |document, text| number(text).map(|number| document.$($part).+.$name = number),
        }
    };
}

/// A field of `policy` that is a stretch of time.
macro_rules! length {
    ($name:ident, $label:literal, $help:literal) => {
        Field {
            name: stringify!($name),
            label: $label,
            help: $help,
            kind: Kind::Line("text"),
            get: |document| length(document.policy.$name),
            put: |document, text| match text {
                "0" => Ok(document.policy.$name = 0),
                text => minutes(text).map(|minutes| document.policy.$name = minutes),
            },
        }
    };
}

const ANSWERING: Section = Section {
    title: "Когда бот отвечает",
    help: "",
    fields: &[
        Field {
            name: "answer",
            label: "Бот пишет клиенту",
            help: "",
            kind: Kind::Choice(&[
                ("always", "всегда, днём и ночью"),
                ("after_hours", "только когда вы закрыты"),
                ("backup", "днём — если сотрудник молчит, ночью — сразу"),
            ]),
            get: |document| {
                match document.policy.answer {
                    AnswerMode::Always => "always",
                    AnswerMode::AfterHours => "after_hours",
                    AnswerMode::Backup => "backup",
                }
                .to_owned()
            },
            put: |document, text| {
                document.policy.answer = match text {
                    "always" => AnswerMode::Always,
                    "after_hours" => AnswerMode::AfterHours,
                    "backup" => AnswerMode::Backup,
                    _ => return Err("Выберите одно из трёх".to_owned()),
                };
                Ok(())
            },
        },
        length!(backup_min, "Сколько ждать сотрудника днём", "Для третьего варианта: после этого отвечает бот"),
    ],
};

const BOOKING: Section = Section {
    title: "Запись",
    help: "",
    fields: &[
        Field {
            name: "confirm",
            label: "Кто подтверждает запись",
            help: "",
            kind: Kind::Choice(&[
                ("bot", "бот, сразу"),
                ("person", "сотрудник, одним нажатием; ночью никого не будят, время держится до утра"),
            ]),
            get: |document| {
                match document.policy.confirm {
                    ConfirmMode::Bot => "bot",
                    ConfirmMode::Person => "person",
                }
                .to_owned()
            },
            put: |document, text| {
                document.policy.confirm = match text {
                    "bot" => ConfirmMode::Bot,
                    "person" => ConfirmMode::Person,
                    _ => return Err("Выберите одно из двух".to_owned()),
                };
                Ok(())
            },
        },
        length!(lead_time_min, "Не раньше чем через", "Ближайший визит от этой минуты: «1 ч»; «0» — хоть сейчас"),
        number!(horizon_days in policy, "На сколько дней вперёд", "Дальше бот не записывает"),
        length!(grid_min, "Шаг времени", "Через сколько начинаются окна: 15, 20, 30 мин или 1 ч"),
        length!(hold_min, "Сколько держать время", "Пока клиент дописывает имя и телефон"),
        length!(
            waitlist_hold_min,
            "Сколько держать из листа ожидания",
            "Освободившееся время предлагают одному, потом следующему"
        ),
    ],
};

const HOT: Section = Section {
    title: "Горячая заявка",
    help: "Признаков три: хочет прийти скоро, спросил цену, оставил телефон.",
    fields: &[
        number!(min_criteria in policy.hot, "Сколько признаков нужно", "1 — зовём чаще, 3 — только за самыми верными"),
        number!(within_hours in policy.hot, "«Скоро» — это в ближайшие, часов", "24 — сегодня или завтра"),
        Field {
            name: "call_score",
            label: "Звать человека, когда вероятность записи от, %",
            help: "70 — разумное начало; на странице «Аналитика» видно, как она сбывается",
            kind: Kind::Line("numeric"),
            get: |document| format!("{:.0}", document.policy.call_score * 100.0),
            put: |document, text| {
                let percent: u8 = number(text)?;
                if percent > 100 {
                    return Err("От 0 до 100".to_owned());
                }
                // What a form shows rounded is left as it is, unless it is changed.
                if format!("{:.0}", document.policy.call_score * 100.0) != text {
                    document.policy.call_score = f64::from(percent) / 100.0;
                }
                Ok(())
            },
        },
    ],
};

const PEOPLE: Section = Section {
    title: "Когда диалог у человека",
    help: "",
    fields: &[
        length!(person_silent_min, "Сотрудник молчит — бот вернётся через", "Клиент не остаётся без ответа"),
        length!(outcome_min, "Спросить «Чем кончилось?» через", "После «Беру»"),
        length!(ready_min, "Спросить «На месте?» до смены за", "«0» — не спрашивать"),
        Field {
            name: "means_kop_per_day",
            label: "На СМС и звонки сотрудникам в сутки, ₽",
            help: "Дальше ими зовут только ради срочного",
            kind: Kind::Line("numeric"),
            get: |document| (document.policy.means_kop_per_day / KOP).to_string(),
            put: |document, text| {
                let rub: u32 = number(text)?;
                document.policy.means_kop_per_day = rub.checked_mul(KOP).ok_or("Слишком много")?;
                Ok(())
            },
        },
    ],
};
