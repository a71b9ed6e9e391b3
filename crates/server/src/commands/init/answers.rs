//! What was said before anybody is asked: the command line and a file of answers.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Deserialize;

use crate::preset::Preset;
use crate::price_list::{self, Line};

/// Longest price list or file of answers, in bytes.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// What `init` is told on the command line; it wins over the file.
#[derive(Args, Debug)]
pub struct Options {
    /// Ответы файлом TOML: kind, id, name, operator, hours, prices, login… Без терминала нужен он или ключи
    #[arg(long, value_name = "ФАЙЛ")]
    answers: Option<PathBuf>,
    /// Вид бизнеса
    #[arg(long, value_name = "ВИД")]
    kind: Option<Preset>,
    /// Короткое имя латиницей
    #[arg(long, value_name = "ИМЯ")]
    id: Option<String>,
    /// Название, как его знают клиенты
    #[arg(long, value_name = "НАЗВАНИЕ")]
    name: Option<String>,
    /// Кто собирает данные: ИП или организация
    #[arg(long, value_name = "КТО")]
    operator: Option<String>,
    /// Прайс: файл CSV
    #[arg(long, value_name = "ФАЙЛ")]
    prices: Option<PathBuf>,
    /// Логин владельца
    #[arg(long, value_name = "ЛОГИН")]
    login: Option<String>,
    /// Взять пароль владельца из первой строки входа
    #[arg(long)]
    password_stdin: bool,
}

/// Answers by their keys; what is empty is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answers {
    pub kind: String,
    pub id: String,
    pub name: String,
    pub operator: String,
    pub city: String,
    pub address: String,
    pub phone: String,
    pub policy_url: String,
    /// A day (`mon`) to its hours as people write them.
    pub hours: BTreeMap<String, String>,
    /// A file, beside the file of answers when it is no whole path.
    pub prices: String,
    pub login: String,
    pub password: String,
    pub channel: Option<ChannelAnswer>,
}

/// A channel and its fields by their names.
#[derive(Clone, Debug, Deserialize)]
pub struct ChannelAnswer {
    pub kind: String,
    /// What the owner must know of this kind was read.
    #[serde(default)]
    pub notice_read: bool,
    #[serde(flatten)]
    pub fields: BTreeMap<String, String>,
}

impl Answers {
    pub fn of(options: Options) -> Result<Self> {
        let mut answers = options.answers.as_deref().map(file).transpose()?.unwrap_or_default();
        let put = |place: &mut String, said: Option<String>| *place = said.unwrap_or(std::mem::take(place));
        put(&mut answers.kind, options.kind.map(|kind| kind.name().to_owned()));
        put(&mut answers.id, options.id);
        put(&mut answers.name, options.name);
        put(&mut answers.operator, options.operator);
        put(&mut answers.prices, options.prices.map(|path| path.display().to_string()));
        put(&mut answers.login, options.login);
        if options.password_stdin {
            let mut line = String::new();
            std::io::stdin().lock().read_line(&mut line).context("Пароль не прочитался")?;
            answers.password = line.trim_end_matches(['\r', '\n']).to_owned();
        }
        Ok(answers)
    }
}

fn file(path: &Path) -> Result<Answers> {
    let text = text(path).map_err(|why| anyhow::anyhow!(why))?;
    let mut answers: Answers = toml::from_str(&text)
        .with_context(|| format!("Ответы {} не разбираются. Исправьте указанную строку", path.display()))?;
    if !answers.prices.is_empty() && !answers.prices.contains('\n') {
        let beside = path.parent().unwrap_or(Path::new("")).join(&answers.prices);
        answers.prices = beside.display().to_string();
    }
    if answers.hours.values().any(|hours| hours.len() > 200) {
        bail!("hours: слишком длинно для часов одного дня");
    }
    Ok(answers)
}

/// The lines of a list that was pasted, or of a file; empty is nothing. What cannot be read is told by its line.
pub fn price_list(said: &str) -> Result<Vec<Line>, String> {
    if said.is_empty() {
        return Ok(Vec::new());
    }
    let list = if is_pasted(said) { said.to_owned() } else { text(Path::new(said))? };
    let (lines, troubles) = price_list::read(&list);
    if !troubles.is_empty() {
        let told: Vec<String> =
            troubles.iter().map(|trouble| format!("строка {}: {}", trouble.number, trouble.text)).collect();
        return Err(told.join("\n"));
    }
    if lines.is_empty() { Err("В прайсе нет ни одной услуги".to_owned()) } else { Ok(lines) }
}

/// Whether this is a line of a price list and not the name of a file.
pub fn is_pasted(said: &str) -> bool {
    said.contains(['\t', ';', '|', '\n'])
}

fn text(path: &Path) -> Result<String, String> {
    let unread = |error: std::io::Error| format!("Файл {} не читается: {error}. Проверьте путь", path.display());
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(unread)?;
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(unread)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("Файл {} больше 256 КБ", path.display()));
    }
    Ok(text)
}
