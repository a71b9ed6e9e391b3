//! The command line: what can be asked of the program, and how it says what went wrong.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::cli_help;
use crate::commands;
use crate::config::{Config, Overrides};
use crate::preset::Preset;

/// Ночник отвечает клиентам ночью, записывает их и будит дежурного, когда нужен человек
#[derive(Parser, Debug)]
#[command(name = "nochnik", version, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub settings: Overrides,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Запустить сервер (так же, как без команды)
    Serve,
    /// Поговорить с ботом в терминале: с работающим сервером или, по документу, без него
    Talk {
        /// Короткое имя бизнеса на сервере; или документ, тогда сервер не нужен
        #[arg(long, value_name = "ИМЯ|ФАЙЛ", default_value = "lotos")]
        business: String,
        /// Вид бизнеса из поставки; сервер не нужен
        #[arg(long, value_name = "ВИД", conflicts_with = "business")]
        preset: Option<Preset>,
        /// Который час на часах бизнеса: "2026-12-31 23:40"; только без сервера
        #[arg(long, value_name = "ВРЕМЯ")]
        at: Option<String>,
    },
    /// Приёмка: сыграть сценарии и сказать, что вышло не так, как написано
    Accept(commands::accept::Options),
    /// Первый запуск в терминале: вид, название, часы, прайс, владелец, мессенджер
    Init(commands::init::Options),
    /// Проверить настройки, ключ, базу и документы бизнесов
    Check,
    /// Документы бизнесов
    #[command(subcommand)]
    Business(BusinessCommand),
    /// Разобрать сообщения: строки JSON на входе и на выходе
    Understand {
        /// Документ бизнеса: его услуги и мастера
        #[arg(long, value_name = "ФАЙЛ", required_unless_present = "of", conflicts_with = "of")]
        business: Option<PathBuf>,
        /// Короткое имя бизнеса из базы: читать его моделью
        #[arg(long, value_name = "ИМЯ")]
        of: Option<String>,
        /// Который час, если в строке не сказано
        #[arg(long, value_name = "ВРЕМЯ")]
        now: Option<String>,
    },
    /// Доучить понимание на примерах бизнеса; новая версия действует, только если она не хуже
    Train {
        /// Короткое имя бизнеса из базы
        #[arg(long, value_name = "ИМЯ")]
        of: String,
        /// Размеченные сообщения: строки JSON с ключами text и intent
        #[arg(long, value_name = "ФАЙЛ", required_unless_present = "rollback")]
        examples: Option<PathBuf>,
        /// Размеченные сообщения для приёмки; на них не учимся
        #[arg(long, value_name = "ФАЙЛ")]
        acceptance: Option<PathBuf>,
        /// Вернуть предыдущую версию
        #[arg(long, conflicts_with = "examples")]
        rollback: bool,
    },
    /// Провести записанные разговоры: строки JSON на входе и на выходе
    Converse {
        /// Документ бизнеса: его услуги, мастера и часы
        #[arg(long, value_name = "ФАЙЛ")]
        business: PathBuf,
    },
    /// Журнал согласий клиентов
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Входы в кабинет
    #[command(subcommand)]
    User(UserCommand),
    /// Кто дежурит: на неделю вперёд или в названное время
    Duty {
        /// Короткое имя бизнеса из базы
        #[arg(long, value_name = "ИМЯ")]
        of: String,
        /// Когда: "вс 02:10" или "2026-11-29 02:10"
        #[arg(long, value_name = "ВРЕМЯ")]
        at: Option<String>,
        /// Показать по шагам, кого позовут: hot, urgent, medical, complaint, human…
        #[arg(long, value_name = "ПРИЧИНА")]
        why: Option<String>,
        #[command(subcommand)]
        change: Option<DutyCommand>,
    },
    /// Каналы: что можно включить, что включено, включить, выключить
    #[command(subcommand)]
    Channel(ChannelCommand),
    /// CRM: пускает ли нас, куда встанут заявки, чего не хватает
    #[command(subcommand)]
    Crm(CrmCommand),
    /// Календари: взять услуги и мастеров оттуда, где ведут расписание
    #[command(subcommand)]
    Calendar(CalendarCommand),
    /// Сотрудники из CRM, которых ещё нет в документе: готовые строки для него
    Staff {
        /// Короткое имя бизнеса из базы
        #[arg(long, value_name = "ИМЯ")]
        of: String,
    },
    /// Что клиенты открывают и нажимают: ссылки и кнопки числами, без имён
    Links {
        /// Короткое имя бизнеса из базы
        #[arg(long, value_name = "ИМЯ")]
        of: String,
        /// За сколько дней
        #[arg(long, value_name = "ДНЕЙ", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=366))]
        days: u16,
    },
    /// Как люди отвечали на вызовы: сроки и доли за последние дни, или одно дело по шагам
    Cases {
        /// Короткое имя бизнеса из базы
        #[arg(long, value_name = "ИМЯ")]
        of: String,
        /// За сколько дней
        #[arg(long, value_name = "ДНЕЙ", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=366))]
        days: u16,
        /// Одно дело по шагам
        #[arg(long, value_name = "ДЕЛО")]
        case: Option<String>,
    },
    /// Из чего складывается вероятность сделки и сбывается ли она
    Score {
        /// Короткое имя бизнеса из базы
        #[arg(long, value_name = "ИМЯ")]
        of: String,
    },
    /// Показать версию
    Version,
}

#[derive(Subcommand, Debug)]
pub enum DutyCommand {
    /// Подмены: кто дежурит вместо другого или дополнительно
    #[command(subcommand)]
    Override(OverrideCommand),
    /// Отпуска и болезни: кого не звать
    #[command(subcommand)]
    Absence(AbsenceCommand),
}

#[derive(Subcommand, Debug)]
pub enum OverrideCommand {
    /// Назначить подмену
    Add {
        /// Кто дежурит: id из people
        #[arg(value_name = "КТО")]
        person: String,
        /// Вместо кого; без этого — дополнительно
        #[arg(long, value_name = "ID")]
        instead_of: Option<String>,
        /// С какого времени: "2026-11-29 20:00"
        #[arg(long, value_name = "ВРЕМЯ")]
        from: String,
        /// До какого времени
        #[arg(long, value_name = "ВРЕМЯ")]
        to: String,
    },
    /// Показать подмены
    List,
    /// Убрать подмену
    Remove {
        /// Номер, как его показывает list
        #[arg(value_name = "НОМЕР")]
        id: i64,
    },
}

#[derive(Subcommand, Debug)]
pub enum AbsenceCommand {
    /// Отметить, что человека не будет
    Add {
        /// Кого не будет: id из people
        #[arg(value_name = "КТО")]
        person: String,
        /// С какого времени: "2026-11-29 20:00"
        #[arg(long, value_name = "ВРЕМЯ")]
        from: String,
        /// До какого времени
        #[arg(long, value_name = "ВРЕМЯ")]
        to: String,
    },
    /// Показать, кого не будет
    List,
    /// Убрать отметку
    Remove {
        /// Номер, как его показывает list
        #[arg(value_name = "НОМЕР")]
        id: i64,
    },
}

#[derive(Subcommand, Debug)]
pub enum BusinessCommand {
    /// Загрузить документ (TOML или JSON); прежняя версия сохранится
    Import {
        /// Документ бизнеса
        #[arg(value_name = "ФАЙЛ")]
        file: PathBuf,
    },
    /// Показать все бизнесы
    List,
    /// Показать готовый документ этого вида: с него удобно начать свой
    Preset {
        /// Вид бизнеса
        #[arg(value_name = "ВИД")]
        kind: Preset,
    },
}

#[derive(Subcommand, Debug)]
pub enum ChannelCommand {
    /// Что можно включить и что для этого нужно
    Kinds,
    /// Включённые каналы бизнеса
    List {
        /// Короткое имя бизнеса из базы
        #[arg(long, value_name = "ИМЯ")]
        of: String,
        /// Спросить каждый, отвечает ли он
        #[arg(long)]
        check: bool,
    },
    /// Проверить ключ у мессенджера и включить канал
    Add(commands::channel::Options),
    /// Выключить канал; разговоры останутся
    Remove {
        /// Имя канала, как его показывает list
        #[arg(value_name = "КАНАЛ")]
        account: String,
        /// Короткое имя бизнеса из базы
        #[arg(long, value_name = "ИМЯ")]
        of: String,
    },
    /// Шаблоны, без которых канал не пишет первым: что с ними у мессенджера
    Templates {
        /// Короткое имя бизнеса из базы
        #[arg(long, value_name = "ИМЯ")]
        of: String,
        /// Отправить на проверку те, которых ещё нет
        #[arg(long)]
        propose: bool,
    },
}

#[derive(Subcommand, Debug)]
pub enum AuditCommand {
    /// Проверить, что ни одна строка не изменена и не пропала
    Verify,
}

#[derive(Subcommand, Debug)]
pub enum CrmCommand {
    /// Напечатать ссылку, по которой владелец портала пустит Ночник; действует десять минут и один раз
    Connect {
        /// Короткое имя бизнеса из базы
        #[arg(long, value_name = "ИМЯ")]
        of: String,
    },
    /// Спросить CRM, кто мы, и создать в ней недостающие поля
    Check {
        /// Короткое имя бизнеса из базы
        #[arg(long, value_name = "ИМЯ")]
        of: String,
    },
}

#[derive(Subcommand, Debug)]
pub enum CalendarCommand {
    /// Показать, что изменится, если взять из календаря услуги и мастеров; с --save сохранить
    Import(commands::calendar::Options),
}

#[derive(Subcommand, Debug)]
pub enum UserCommand {
    /// Дать вход или сменить пароль
    Add {
        /// Латинские буквы и цифры
        #[arg(value_name = "ВХОД")]
        login: String,
        /// Короткое имя бизнеса
        #[arg(long, value_name = "ИМЯ")]
        business: String,
        /// Что этому входу можно
        #[arg(long, value_name = "РОЛЬ", default_value = "manager", value_parser = ["owner", "manager", "observer", "integrator"])]
        role: String,
        /// Взять пароль из первой строки входа, а не спрашивать
        #[arg(long)]
        password_stdin: bool,
    },
    /// Снять второй фактор: телефон потерян, коды восстановления тоже, а войти больше некому
    SecondFactorOff {
        /// Чей вход
        #[arg(value_name = "ВХОД")]
        login: String,
        /// Короткое имя бизнеса
        #[arg(long, value_name = "ИМЯ")]
        business: String,
    },
}

/// Runs the program; an error goes to standard error in words.
pub fn main() -> ExitCode {
    let cli = match cli_help::parse() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    if let Some(code) = on_own_clock(&cli.command) {
        return code.unwrap_or_else(|error| complain(&error));
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&error.into()),
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => complain(&error),
    }
}

/// Commands that play on a clock of their own, and so on a runtime of their own.
fn on_own_clock(command: &Option<Command>) -> Option<Result<ExitCode>> {
    match command {
        Some(Command::Accept(options)) => Some(commands::accept::run(options)),
        Some(Command::Talk { business, preset, at }) => commands::rehearse::document(business, *preset, at.is_some())
            .map(|document| commands::rehearse::run(document?, at.as_deref())),
        _ => None,
    }
}

async fn run(cli: Cli) -> Result<ExitCode> {
    if matches!(cli.command, Some(Command::Version)) {
        return say(&[format!("nochnik {}", env!("CARGO_PKG_VERSION"))]);
    }
    if let Some(Command::Understand { business: Some(business), now, .. }) = &cli.command {
        return commands::understand::run(business, now.as_deref());
    }
    if let Some(Command::Business(BusinessCommand::Preset { kind })) = &cli.command {
        return say(&[kind.text()?.trim_end().to_owned()]);
    }
    if let Some(Command::Converse { business }) = &cli.command {
        return commands::converse::run(business);
    }
    if let Some(Command::Channel(ChannelCommand::Kinds)) = &cli.command {
        return commands::channel::kinds();
    }
    let config = Config::load(&cli.settings)?;
    crate::log::start(&config.log);
    match cli.command {
        None | Some(Command::Serve) => commands::serve::run(config).await,
        Some(Command::Talk { business, .. }) => commands::talk::run(&config, &business).await,
        Some(Command::Init(options)) => commands::init::run(config, options).await,
        Some(Command::Check) => commands::check::run(config).await,
        Some(Command::Business(BusinessCommand::Import { file })) => commands::business::import(config, &file).await,
        Some(Command::Business(BusinessCommand::List)) => commands::business::list(config).await,
        Some(Command::Duty { of, change: Some(change), .. }) => commands::duty::change(config, &of, change).await,
        Some(Command::Duty { of, at, why, .. }) => {
            commands::duty::show(config, &of, at.as_deref(), why.as_deref()).await
        }
        Some(Command::Channel(command)) => commands::channel::run(config, command).await,
        Some(Command::Crm(CrmCommand::Connect { of })) => commands::crm::connect(config, &of).await,
        Some(Command::Crm(CrmCommand::Check { of })) => commands::crm::check(config, &of).await,
        Some(Command::Calendar(CalendarCommand::Import(options))) => commands::calendar::import(config, options).await,
        Some(Command::Staff { of }) => commands::staff::show(config, &of).await,
        Some(Command::Cases { of, days, case }) => commands::cases::show(config, &of, days, case.as_deref()).await,
        Some(Command::Links { of, days }) => commands::links::show(config, &of, days).await,
        Some(Command::Score { of }) => commands::score::show(config, &of).await,
        Some(Command::Audit(AuditCommand::Verify)) => commands::audit::verify_all(config).await,
        Some(Command::User(UserCommand::Add { login, business, role, password_stdin })) => {
            commands::user::add(config, &business, &login, &role, password_stdin).await
        }
        Some(Command::User(UserCommand::SecondFactorOff { login, business })) => {
            commands::user::second_factor_off(config, &business, &login).await
        }
        Some(Command::Understand { of: Some(of), now, .. }) => {
            commands::understand::run_stored(config, &of, now.as_deref()).await
        }
        Some(Command::Train { of, examples: Some(examples), acceptance, .. }) => {
            commands::train::run(config, &of, &examples, acceptance.as_deref()).await
        }
        Some(Command::Train { of, .. }) => commands::train::roll_back(config, &of).await,
        Some(
            Command::Accept(_)
            | Command::Business(BusinessCommand::Preset { .. })
            | Command::Version
            | Command::Understand { .. }
            | Command::Converse { .. },
        ) => Ok(ExitCode::SUCCESS),
    }
}

/// Prints lines for a person. A closed pipe is not an error worth words.
pub(crate) fn say(lines: &[String]) -> Result<ExitCode> {
    let mut out = io::stdout().lock();
    for line in lines {
        if writeln!(out, "{line}").is_err() {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn complain(error: &anyhow::Error) -> ExitCode {
    let text = error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ");
    // There is nowhere left to tell that standard error is closed.
    let _ = writeln!(io::stderr(), "{text}");
    ExitCode::FAILURE
}
