//! `nochnik understand`: one message a line in, one line of meaning out, for measuring.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};

/// Reads JSON lines from standard input and prints what was understood.
pub fn run(_business: Option<&Path>) -> Result<ExitCode> {
    bail!("В этой сборке нет разбора сообщений. Возьмите сборку, где он есть")
}
