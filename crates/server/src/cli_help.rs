//! What the command line says for itself, in Russian: the frame of every help, and why a line is not understood.

use std::fmt::Write;
use std::io;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, CommandFactory, Error, FromArgMatches};

use crate::cli::Cli;

/// As other programs say that they were not understood.
const MISUSED: u8 = 2;
const TEMPLATE: &str = "{about-with-newline}\nКак вызвать: {usage}\n\n{all-args}{after-help}";
/// Places in a help: after what is the command's own.
const SERVER: usize = 900;
const LAST: usize = 999;
/// What stands for all options of a command; the library says it in English.
const OPTIONS: (&str, &str) = ("[OPTIONS]", "[ПАРАМЕТРЫ]");

/// Reads the command line; what is not to be run, help or a mistake, is told, and how the program ends.
pub fn parse() -> Result<Cli, ExitCode> {
    let read = command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    read.map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            // Nobody is left to read it when the output is closed.
            let _ = error.print();
            if error.use_stderr() { ExitCode::from(MISUSED) } else { ExitCode::SUCCESS }
        }
        _ => {
            let _ = io::Write::write_all(&mut io::stderr(), told(&error).as_bytes());
            ExitCode::from(MISUSED)
        }
    })
}

/// The whole command line, told in Russian.
fn command() -> Command {
    let version = Arg::new("version")
        .short('V')
        .long("version")
        .help("Показать версию")
        .action(ArgAction::Version)
        .display_order(LAST);
    in_russian(Cli::command().disable_version_flag(true).arg(version), "nochnik")
}

fn in_russian(command: Command, path: &str) -> Command {
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .help("Показать эту справку")
        .action(ArgAction::Help)
        .display_order(LAST);
    let command = command
        .disable_help_flag(true)
        .arg(help)
        .help_template(TEMPLATE)
        .subcommand_help_heading("Команды")
        .subcommand_value_name("КОМАНДА")
        .mut_args(told_whole)
        .mut_subcommands(|inner| {
            let path = format!("{path} {}", inner.get_name());
            in_russian(inner, &path)
        });
    let usage = command.clone().bin_name(path).render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").replace(OPTIONS.0, OPTIONS.1);
    command.override_usage(usage)
}

/// Puts under a Russian heading, and says what the library would say of an argument in English.
fn told_whole(arg: Arg) -> Arg {
    // What every command takes stands below its own.
    let arg = match (arg.is_positional(), arg.is_global_set()) {
        (true, _) => arg.help_heading("Что указать"),
        (_, true) => arg.help_heading("Сервер").display_order(SERVER),
        _ => arg.help_heading("Параметры"),
    };
    if !arg.get_action().takes_values() {
        return arg;
    }
    let values: Vec<String> = arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    let defaults = arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned());
    let defaults: Vec<String> = defaults.collect();
    let notes = [
        (!values.is_empty()).then(|| format!("варианты: {}", values.join(", "))),
        (!defaults.is_empty()).then(|| format!("обычно {}", defaults.join(", "))),
        arg.get_env().map(|name| format!("переменная {}", name.to_string_lossy())),
    ];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    let mut help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    if !notes.is_empty() {
        let _ = write!(help, " [{}]", notes.join("; "));
    }
    arg.help(help).hide_default_value(true).hide_possible_values(true).hide_env(true)
}

/// Why a line is not understood, and where to look.
fn told(error: &Error) -> String {
    let of = |kind| error.get(kind).map(words).unwrap_or_default();
    let (arg, value) = (of(ContextKind::InvalidArg), of(ContextKind::InvalidValue));
    let mut text = match error.kind() {
        ErrorKind::UnknownArgument => format!("Такого параметра нет: {arg}."),
        ErrorKind::InvalidSubcommand => format!("Такой команды нет: {}.", of(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingRequiredArgument => format!("Не хватает: {arg}."),
        ErrorKind::MissingSubcommand => "Не хватает команды.".to_owned(),
        ErrorKind::ArgumentConflict => format!("Вместе нельзя: {arg} и {}.", of(ContextKind::PriorArg)),
        ErrorKind::InvalidValue if value.is_empty() => format!("Нет значения: {arg}."),
        _ if !arg.is_empty() => format!("{arg}: не подходит «{value}»."),
        _ => "Команда не читается.".to_owned(),
    };
    let valid = of(ContextKind::ValidValue);
    if !valid.is_empty() {
        let _ = write!(text, " Можно: {valid}.");
    }
    let meant = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue].map(of);
    if let Some(meant) = meant.iter().find(|meant| !meant.is_empty()) {
        let _ = write!(text, " Может быть, {meant}?");
    }
    text + "\nСправка: nochnik --help\n"
}

fn words(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(all) => all.join(", "),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every command with those inside it, by their whole names.
    fn all(command: &Command, path: &str, found: &mut Vec<(String, Command)>) {
        found.push((path.to_owned(), command.clone()));
        for inner in command.get_subcommands() {
            all(inner, &format!("{path} {}", inner.get_name()), found);
        }
    }

    #[test]
    fn every_help_is_russian_to_its_headings_and_names() {
        let mut found = Vec::new();
        let mut built = command();
        built.build();
        all(&built, "nochnik", &mut found);
        assert!(found.len() > 30, "commands within commands too: {}", found.len());
        for (path, mut command) in found {
            let help = command.render_long_help().to_string();
            assert!(help.contains("Как вызвать: nochnik") && help.contains("Параметры:"), "{path}: {help}");
            for english in [
                "Usage",
                "Options",
                "OPTIONS",
                "Commands",
                "COMMAND",
                "Arguments",
                "Print ",
                "[default",
                "[possible",
                "[env",
            ] {
                assert!(!help.contains(english), "{path} says «{english}»: {help}");
            }
            // Names of values: in Russian, or what is typed as it stands there.
            for name in help.split(['<', '>']).skip(1).step_by(2) {
                let is_plain = ["ID", "IP", "URL", "true|false"].contains(&name);
                let is_latin = name.chars().any(|letter| letter.is_ascii_alphabetic());
                assert!(is_plain || !is_latin, "{path}: <{name}>");
            }
        }
    }

    #[test]
    fn what_is_not_understood_is_told_in_russian() {
        for (line, expected) in [
            ("nochnik --colour", "Такого параметра нет: --colour."),
            ("nochnik bussiness", "Такой команды нет: bussiness. Может быть, business?"),
            ("nochnik duty", "Не хватает: --of <ИМЯ>."),
            ("nochnik cases --of lotos --days 500", "--days <ДНЕЙ>: не подходит «500»."),
            ("nochnik cases --of lotos --days", "Нет значения: --days <ДНЕЙ>."),
            (
                "nochnik train --of lotos --rollback --examples a.jsonl",
                "Вместе нельзя: --rollback и --examples <ФАЙЛ>.",
            ),
            (
                "nochnik user add anna --business lotos --role boss",
                "--role <РОЛЬ>: не подходит «boss». Можно: owner, manager, observer, integrator.",
            ),
        ] {
            let error = command().try_get_matches_from(line.split(' ')).unwrap_err();
            assert_eq!(told(&error).lines().next(), Some(expected), "{line}");
        }
    }
}
