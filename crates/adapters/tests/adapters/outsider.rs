//! Programs by other hands that the tests run: `web-push-testing` of npm, aiosmtpd and Radicale of Python.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

/// Long enough for a start on two busy cores.
const LINE_MAX: Duration = Duration::from_secs(60);

/// A running program; dropping it ends it.
pub struct Outsider {
    child: Child,
    lines: UnboundedReceiver<String>,
}

impl Outsider {
    /// Starts `e2e/{script}`; `None`, and a loud word, where what it needs is not installed.
    pub fn start(program: &str, needs: &[&str], script: &str, variables: &[(&str, &Path)]) -> Option<Self> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../e2e");
        let asked =
            Command::new(program).args(needs).current_dir(&folder).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !asked.is_ok_and(|status| status.success()) {
            let words = format!("SKIPPED: {program} cannot run e2e/{script}; run scripts/need-tools\n");
            // Past the test's own capture, so that it is seen in a run where all is green.
            std::io::stderr().write_all(words.as_bytes()).unwrap();
            return None;
        }
        let mut command = Command::new(program);
        command.arg(script).current_dir(folder).envs(variables.iter().copied());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = child.stdout.take().unwrap();
        let (sender, lines) = unbounded_channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Some(Self { child, lines })
    }

    /// The next line it says.
    pub async fn line(&mut self) -> String {
        timeout(LINE_MAX, self.lines.recv()).await.expect("a line in time").expect("it has ended")
    }

    /// What it has said and nobody has read yet.
    pub fn said(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.lines.try_recv().ok()).collect()
    }
}

impl Drop for Outsider {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
