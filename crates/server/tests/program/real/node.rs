//! Programs of `e2e/` that the tests run beside the binary, and talk with line by line.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

/// A scene with a picture of every page takes longest; two cores are enough for it.
const LINE_MAX: Duration = Duration::from_secs(300);

/// A running program; dropping it ends it.
pub struct Node {
    child: Child,
    input: ChildStdin,
    lines: UnboundedReceiver<String>,
}

/// The folder `e2e/` of the repository.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e").canonicalize().unwrap()
}

/// Tells whether `program` can be run and the packages of `e2e/` are there; says loudly when not.
pub fn is_there(program: &str) -> bool {
    let runs = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let is_there = runs.is_ok_and(|status| status.success()) && folder().join("node_modules").is_dir();
    if !is_there {
        let words = format!("SKIPPED: {program} or e2e/node_modules is missing; run scripts/need-tools\n");
        // Past the test's own capture, so that it is seen in a run where all is green.
        std::io::stderr().write_all(words.as_bytes()).unwrap();
    }
    is_there
}

impl Node {
    /// Starts `e2e/{script}`; its complaints go to the test's own.
    pub fn start(script: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new("node");
        command.arg(script).current_dir(folder()).envs(variables.iter().copied());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, lines) = unbounded_channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, input, lines }
    }

    /// The next line it says; `None` when it has ended.
    pub async fn line(&mut self) -> Option<String> {
        timeout(LINE_MAX, self.lines.recv()).await.expect("a line in time")
    }

    /// Says a line to it.
    pub fn tell(&mut self, words: &str) {
        self.input.write_all(format!("{words}\n").as_bytes()).unwrap();
    }

    /// Waits for its end, which its last line has announced; true when it ended well.
    pub fn ended_well(&mut self) -> bool {
        self.child.wait().unwrap().success()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
