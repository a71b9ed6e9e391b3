//! `nochnik channel`: what can be switched on, what is, switching on and off, the vendor's templates.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use nochnik_adapters::channels;
use nochnik_adapters::ports::{Field, Kind};
use nochnik_core::business::ChannelEntry;

use super::business::stored;
use super::serve::now;
use crate::app::App;
use crate::channel_setup::{self, ByHand, Change, Installation, Wish};
use crate::cli::{ChannelCommand, say};
use crate::config::Config;
use crate::document_change::Objection;
use crate::kind_setup;

/// Who the journal says it was.
const ACTOR: &str = "terminal";

/// What `channel add` is told.
#[derive(Args, Debug)]
pub struct Options {
    /// Вид канала: max, vk, telegram, whatsapp, instagram… (nochnik channel kinds)
    #[arg(value_name = "ВИД")]
    kind: String,
    /// Короткое имя бизнеса из базы
    #[arg(long, value_name = "ИМЯ")]
    of: String,
    /// Своё имя канала; без него — вид
    #[arg(long, value_name = "ИМЯ")]
    id: Option<String>,
    /// Поле канала; не для секретов: командную строку видят другие
    #[arg(long, value_name = "ПОЛЕ=ЗНАЧЕНИЕ")]
    set: Vec<String>,
    /// Взять секретное поле из строки входа; несколько — по строке каждое, по порядку
    #[arg(long, value_name = "ПОЛЕ")]
    secret_stdin: Vec<String>,
    /// Предупреждение об этом канале прочитано (nochnik channel kinds)
    #[arg(long)]
    notice_read: bool,
}

/// Does one of the commands that need the database.
pub async fn run(config: Config, command: ChannelCommand) -> Result<ExitCode> {
    match command {
        ChannelCommand::Kinds => kinds(),
        ChannelCommand::List { of, check } => list(config, &of, check).await,
        ChannelCommand::Add(options) => add(config, options).await,
        ChannelCommand::Remove { account, of } => remove(config, &of, &account).await,
        ChannelCommand::Templates { of, propose } => templates(config, &of, propose).await,
    }
}

/// Prints every kind with its fields and what its owner must know.
pub fn kinds() -> Result<ExitCode> {
    say(&channels::kinds().into_iter().flat_map(kind_lines).collect::<Vec<_>>())
}

fn kind_lines(kind: &Kind) -> Vec<String> {
    let mut lines = vec![format!("{} — {}", kind.name, kind.title)];
    if channel_setup::needs_address(kind) {
        lines.push("  Нужен адрес Ночника с HTTPS (base_url)".to_owned());
    }
    lines.extend(kind.notice.map(|notice| format!("  Прочтите: {notice}")));
    lines.extend(kind.fields.iter().map(|field| {
        let needed = match (field.is_required, field.is_secret) {
            (true, true) => ", обязательно, секрет",
            (true, false) => ", обязательно",
            (false, true) => ", секрет",
            (false, false) => "",
        };
        format!("  {} ({}{needed}): {}", field.name, field.title, field.help)
    }));
    lines
}

async fn list(config: Config, business: &str, checks: bool) -> Result<ExitCode> {
    let app = App::open(config).await?;
    let settings = stored(&app, business).await?;
    let installation = installation(&app);
    app.store.close().await;
    let mut lines = Vec::new();
    let mut is_well = true;
    for entry in &settings.document.channels {
        let answer = match installation.open(business, entry) {
            Err(problem) => Err(Objection::from(problem)),
            Ok(_) if checks => installation.ask(business, entry).await.map(|name| format!("отвечает, {name}")),
            Ok(_) => Ok("настройки полны".to_owned()),
        };
        is_well &= answer.is_ok();
        let told = answer.unwrap_or_else(|objection| format!("не работает. {}", words(&objection)));
        lines.push(format!("{} ({}): {told}", entry.account(), title(entry)));
    }
    if lines.is_empty() {
        lines.push(format!("Каналов нет. Включите первый: nochnik channel add telegram --of {business}"));
    }
    say(&lines)?;
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn add(config: Config, options: Options) -> Result<ExitCode> {
    let kind = channel_setup::kind(&options.kind).with_context(|| {
        let known: Vec<&str> = channels::kinds().iter().map(|kind| kind.name).collect();
        format!("Канала «{}» нет. Есть: {}", options.kind, known.join(", "))
    })?;
    let app = App::open(config).await?;
    let settings = stored(&app, &options.of).await?;
    let installation = installation(&app);
    if channel_setup::needs_address(kind) && !installation.can_be_reached() {
        bail!(channel_setup::no_address(kind).text);
    }
    let mut texts = said(kind, &options.set)?;
    texts.extend(secrets(kind, &options.secret_stdin)?);
    agree(kind, options.notice_read)?;
    ask_missing(kind, &mut texts)?;
    let wish = Wish { kind, account: options.id.unwrap_or_default(), typed: texts.into() };
    let checked = installation.check(&settings.document, &wish, None).await.map_err(|why| anyhow!(words(&why)))?;
    let by_hand = installation.by_hand(&options.of, &checked.entry);
    let account = checked.entry.account().to_owned();
    let version = save(&app, &options.of, Change::On(checked.entry)).await?;
    app.store.close().await;
    let mut lines = vec![
        format!("{} отвечает: {}", kind.title, checked.name),
        format!("Канал {account} включён, версия документа {version}"),
    ];
    lines.extend(by_hand.map(by_hand_lines).unwrap_or_default());
    lines
        .push("Проверьте: при работающем сервере (nochnik serve) напишите туда с телефона слово «проверка»".to_owned());
    say(&lines)
}

async fn remove(config: Config, business: &str, account: &str) -> Result<ExitCode> {
    let app = App::open(config).await?;
    let version = save(&app, business, Change::Off(account.to_owned())).await?;
    app.store.close().await;
    let told = format!(
        "Канал {account} выключен, версия документа {version}. Тем, кто туда пишет, Ночник больше не отвечает; разговоры сохранены"
    );
    say(&[told])
}

async fn templates(config: Config, business: &str, proposes: bool) -> Result<ExitCode> {
    let app = App::open(config).await?;
    let settings = stored(&app, business).await?;
    let installation = installation(&app);
    app.store.close().await;
    let mut lines = Vec::new();
    for entry in &settings.document.channels {
        let channel = installation.open(business, entry).map_err(|problem| anyhow!(words(&problem.into())))?;
        let told = channel.prepared(proposes).await;
        let told = told.map_err(|failure| anyhow!(words(&kind_setup::told(channel.kind(), failure))))?;
        if let Some(told) = told {
            lines.push(format!("{} ({}):", entry.account(), title(entry)));
            lines.extend(told.into_iter().map(|line| format!("  {line}")));
        }
    }
    if lines.is_empty() {
        lines.push("Шаблоны не нужны ни одному из включённых каналов".to_owned());
    }
    say(&lines)
}

fn installation(app: &App) -> Installation {
    Installation::new(&app.key, app.config.public_url()).with_grants_of(&app.store)
}

async fn save(app: &App, business: &str, change: Change) -> Result<i64> {
    let saved = channel_setup::save(&app.store, business, change, ACTOR, now().as_millisecond()).await?;
    saved.map_err(|objection| anyhow!(words(&objection)))
}

fn title(entry: &ChannelEntry) -> &str {
    channel_setup::kind(&entry.kind).map_or(entry.kind.as_str(), |kind| kind.title)
}

/// «token: Телеграм не принимает токен бота…».
fn words(objection: &Objection) -> String {
    let line = |one: &Objection| match one.field.as_str() {
        "" => one.text.clone(),
        field => format!("{field}: {}", one.text),
    };
    objection.all().map(line).collect::<Vec<_>>().join("; ")
}

/// The pairs of `--set`. Others see a command line and its history keeps it: no secrets there.
fn said(kind: &'static Kind, pairs: &[String]) -> Result<BTreeMap<String, String>> {
    let mut texts = BTreeMap::new();
    for pair in pairs {
        let (name, text) = pair.split_once('=').with_context(|| format!("«{pair}»: пишите поле=значение"))?;
        if field(kind, name).is_some_and(|field| field.is_secret) {
            bail!("{name}: секрет в командной строке увидят другие. Передайте его так: --secret-stdin {name}");
        }
        texts.insert(name.to_owned(), text.to_owned());
    }
    Ok(texts)
}

/// A line of standard input for each field named.
fn secrets(kind: &'static Kind, names: &[String]) -> Result<BTreeMap<String, String>> {
    let mut lines = std::io::stdin().lock().lines();
    let mut texts = BTreeMap::new();
    for name in names {
        let known = field(kind, name).with_context(|| format!("Поля «{name}» у канала {} нет", kind.name))?;
        let line = lines.next().with_context(|| format!("На входе нет строки для поля {}", known.name))?;
        texts.insert(name.clone(), line.context("Секрет не прочитался")?);
    }
    Ok(texts)
}

fn field(kind: &'static Kind, name: &str) -> Option<&'static Field> {
    kind.fields.iter().find(|field| field.name == name)
}

/// What the owner must know before.
fn agree(kind: &Kind, is_read: bool) -> Result<()> {
    let Some(notice) = kind.notice.filter(|_| !is_read) else { return Ok(()) };
    if !std::io::stdin().is_terminal() {
        bail!("Прочтите и повторите с --notice-read. {notice}");
    }
    say(&[notice.to_owned()])?;
    let agreed = dialoguer::Confirm::new().with_prompt("Прочитали, включаем?").default(false).interact()?;
    if agreed { Ok(()) } else { bail!("Канал не включён") }
}

/// Asks a person for what is required and was not said; without a terminal the adapter names what is missing.
fn ask_missing(kind: &Kind, texts: &mut BTreeMap<String, String>) -> Result<()> {
    if !std::io::stdin().is_terminal() {
        return Ok(());
    }
    for field in kind.fields.iter().filter(|field| field.is_required) {
        if !texts.contains_key(field.name) {
            let prompt = format!("{} ({})", field.title, field.help);
            let text = if field.is_secret {
                dialoguer::Password::new().with_prompt(prompt).interact()?
            } else {
                dialoguer::Input::<String>::new().with_prompt(prompt).interact_text()?
            };
            texts.insert(field.name.to_owned(), text);
        }
    }
    Ok(())
}

fn by_hand_lines(by_hand: ByHand) -> Vec<String> {
    let mut lines = vec![
        "Осталось сказать мессенджеру, куда присылать сообщения:".to_owned(),
        format!("  Callback URL: {}", by_hand.address),
        format!("  Verify token: {}", by_hand.word),
    ];
    lines.extend(by_hand.steps.iter().enumerate().map(|(at, step)| format!("  {}. {step}", at + 1)));
    lines
}
