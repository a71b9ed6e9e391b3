//! Asking a person: each answer is checked, a bad one explained and asked for again, and nobody for ever.

use std::io::IsTerminal;

use anyhow::{Context, Result, bail};

use super::answers::is_pasted;
use crate::cli::say;
use crate::price_list::LINES_MAX;

/// A person tries so often; who has not made it by then reads the help.
pub const TRIES_MAX: usize = 10;

/// One question.
pub struct Question<'a> {
    /// What a file of answers calls it.
    pub key: &'a str,
    pub prompt: &'a str,
    /// What is meant when nobody says anything; `None`: somebody has to.
    pub default: Option<&'a str>,
    pub is_secret: bool,
    /// What is wrong with an answer, and what to write instead.
    pub check: &'a dyn Fn(&str) -> Result<(), String>,
}

/// Whoever answers.
pub trait Asker {
    fn is_there(&self) -> bool;
    fn say(&mut self, words: &str);
    /// A line without the blanks around it; a secret is not shown.
    fn line(&mut self, prompt: &str, is_secret: bool) -> Result<String>;
}

/// What was said already, or what a person says now.
pub fn settle(asker: &mut dyn Asker, given: &str, question: &Question<'_>) -> Result<String> {
    let mut said = Some(given.to_owned()).filter(|given| !given.is_empty());
    for _ in 0..TRIES_MAX {
        let text = match (said.take(), question.default) {
            (Some(text), _) => text,
            (None, _) if asker.is_there() => answer(asker, question)?,
            (None, Some(default)) => default.to_owned(),
            (None, None) => bail!("{}: не сказано. Допишите в файл ответов (--answers)", question.key),
        };
        if question.default == Some(text.as_str()) {
            return Ok(text);
        }
        match (question.check)(&text) {
            Ok(()) => return Ok(text),
            Err(why) if asker.is_there() => asker.say(&why),
            Err(why) => bail!("{}: {why}", question.key),
        }
    }
    bail!("{}: ответ так и не подошёл. Подготовьте его и начните заново: ничего не записано", question.key)
}

/// One line, or all the lines of a list that was pasted.
fn answer(asker: &mut dyn Asker, question: &Question<'_>) -> Result<String> {
    let mut text = asker.line(question.prompt, question.is_secret)?;
    let is_list = question.key == "prices" && is_pasted(&text);
    for _ in 0..LINES_MAX {
        if !is_list {
            break;
        }
        let more = asker.line("…", false)?;
        if more.is_empty() {
            break;
        }
        text = format!("{text}\n{more}");
    }
    Ok(text)
}

/// The terminal; without one nobody is there.
pub struct Terminal;

impl Asker for Terminal {
    fn is_there(&self) -> bool {
        std::io::stdin().is_terminal()
    }

    fn say(&mut self, words: &str) {
        // A closed pipe is not an error worth words.
        drop(say(&[words.to_owned()]));
    }

    fn line(&mut self, prompt: &str, is_secret: bool) -> Result<String> {
        let line = if is_secret {
            dialoguer::Password::new()
                .with_prompt(prompt)
                .with_confirmation("Ещё раз", "Не совпало, повторите")
                .interact()
        } else {
            dialoguer::Input::<String>::new().with_prompt(prompt).allow_empty(true).interact_text()
        };
        Ok(line.context("Терминал закрылся: ничего не записано")?.trim().to_owned())
    }
}

#[cfg(test)]
pub mod double {
    use super::*;

    /// Somebody who answers from a list, and hears what is said.
    pub struct Person {
        pub left: Vec<String>,
        pub heard: Vec<String>,
    }

    impl Person {
        pub fn answering(answers: &[&str]) -> Self {
            Self { left: answers.iter().rev().map(|answer| (*answer).to_owned()).collect(), heard: Vec::new() }
        }
    }

    impl Asker for Person {
        fn is_there(&self) -> bool {
            true
        }

        fn say(&mut self, words: &str) {
            self.heard.push(words.to_owned());
        }

        fn line(&mut self, prompt: &str, _is_secret: bool) -> Result<String> {
            self.left.pop().with_context(|| format!("{prompt}: nothing more to answer"))
        }
    }
}
