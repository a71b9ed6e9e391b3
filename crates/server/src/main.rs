//! The program `nochnik`.

use std::process::ExitCode;

fn main() -> ExitCode {
    nochnik_server::cli::main()
}
