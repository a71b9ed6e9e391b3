//! What can go wrong when remembering, sorted by what the caller should do next.
//!
//! The texts are Russian because the person who runs the server reads them; none ever holds a
//! value from a row, so they may be logged.

use std::path::PathBuf;

/// Why a job was not done. Nothing of the job is stored, except after [`StoreError::Uncertain`].
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The time is already busy: another live booking of the same specialist overlaps.
    #[error("это время уже занято другой записью")]
    Taken,
    /// A row with the same key is already there.
    #[error("в таблице «{table}» уже есть строка с таким ключом")]
    Duplicate {
        /// Where.
        table: String,
    },
    /// Somebody saved a newer version first; load again and repeat.
    #[error("строку таблицы «{table}» успел изменить кто-то другой")]
    Stale {
        /// Where.
        table: String,
    },
    /// Another process already works with this SQLite file.
    #[error("база {} уже открыта другим процессом ночника. Остановите его или укажите другую базу: с одним файлом SQLite работает один процесс", path.display())]
    Occupied {
        /// The database file.
        path: PathBuf,
    },
    /// The schema was made by a newer release (or by another program).
    #[error(
        "база создана более новой версией (схема {found}, а эта программа знает схему {known}). Обновите ночник или восстановите копию, сделанную до обновления"
    )]
    NotOurs {
        /// Version of the schema in the database.
        found: i64,
        /// Newest version this binary knows.
        known: i64,
    },
    /// A stored value has the wrong type or an unknown word in it.
    #[error("в таблице «{table}» испорчено значение: столбец {column}, строка {row}")]
    Corrupt {
        /// Table of the statement.
        table: String,
        /// Column by name.
        column: String,
        /// First column of the row (its id), or its number in the answer.
        row: String,
    },
    /// The job panicked; its changes were rolled back, its neighbours were not touched.
    #[error("задание остановилось из-за ошибки в программе: {0}")]
    Panicked(String),
    /// The connection was lost during COMMIT: the job may or may not be stored. Jobs are written so that a repeat is safe.
    #[error("связь с базой пропала во время записи: неизвестно, сохранилось ли. Повторите")]
    Uncertain,
    /// The disk or the file cannot be trusted any more; the process should stop and start again.
    #[error("хранилище остановлено: {0}")]
    Fatal(String),
    /// The store was closed.
    #[error("хранилище закрыто")]
    Closed,
    /// The address in the settings is neither `sqlite:` nor `postgres://`.
    #[error("непонятный адрес базы: нужен «sqlite:путь» или «postgres://…»")]
    Address,
    /// Anything else the engine answered.
    #[error("база отказала, таблица «{table}»: {source}")]
    Database {
        /// Table of the statement; empty when there was none (BEGIN, connecting).
        table: String,
        /// The engine's code and words.
        source: Cause,
    },
}

impl StoreError {
    /// Tells whether a lost race caused it, so that playing the same turn again is the answer.
    pub fn is_race(&self) -> bool {
        matches!(self, Self::Taken | Self::Stale { .. })
    }

    pub(crate) fn stale(table: &str) -> Self {
        Self::Stale { table: table.into() }
    }

    pub(crate) fn database(table: &str, code: impl Into<String>, words: impl Into<String>) -> Self {
        Self::Database { table: table.into(), source: Cause { code: code.into(), words: words.into() } }
    }
}

/// The engine's own answer without row values (PostgreSQL's DETAIL may quote them and is left out).
#[derive(Debug, Clone, thiserror::Error)]
#[error("{words} [{code}]")]
pub struct Cause {
    /// SQLSTATE or SQLite's extended code.
    pub code: String,
    /// One sentence from the engine.
    pub words: String,
}
