//! The program under load: started, watched through /proc, stopped.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::wire::Line;

/// Clock ticks a second in /proc/PID/stat: fixed in the kernel's interface on every Linux.
const TICKS_PER_S: f64 = 100.0;
const START_MAX: Duration = Duration::from_secs(20);

pub struct Subject {
    child: Child,
    pub address: SocketAddr,
    /// From the start of the process to the first 200 of its readiness page.
    pub ready_after: Duration,
}

impl Subject {
    /// Starts the command on a free port, which `{listen}` in its arguments stands for.
    pub async fn start(
        program: &Path,
        arguments: &[String],
        variables: &[(&str, String)],
        folder: &Path,
        ready: &str,
    ) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let arguments = arguments.iter().map(|word| word.replace("{listen}", &address.to_string()));
        let log = std::fs::File::options().create(true).append(true).open(folder.join("log"))?;
        let begun = Instant::now();
        let child = Command::new(program)
            .args(arguments)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("{} does not start", program.display()))?;
        let mut subject = Self { child, address, ready_after: Duration::ZERO };
        while !is_ready(address, ready).await {
            if let Some(status) = subject.child.try_wait()? {
                bail!("it ended with {status}: {}", std::fs::read_to_string(folder.join("log"))?);
            }
            ensure!(begun.elapsed() < START_MAX, "not ready within {START_MAX:?}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        subject.ready_after = begun.elapsed();
        Ok(subject)
    }

    /// Seconds of processor time so far.
    pub fn cpu_s(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        let ticks = |index: usize| fields.get(index).and_then(|word| word.parse::<f64>().ok()).unwrap_or_default();
        Ok((ticks(11) + ticks(12)) / TICKS_PER_S)
    }

    pub fn rss_mb(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
        let kb: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
        Ok(kb / 1024.0)
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

async fn is_ready(address: SocketAddr, page: &str) -> bool {
    match Line::open(address).await {
        Ok(mut line) => line.get(page).await.is_ok_and(|status| status < 500),
        Err(_) => false,
    }
}

/// Nochnik's release binary with a business and a folder of its own.
pub struct Nochnik {
    folder: tempfile::TempDir,
    program: PathBuf,
    database: String,
}

impl Nochnik {
    /// `database` as in the settings; a file of its own where it is empty.
    pub fn new(program: &Path, document: &str, database: Option<String>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("business.toml");
        std::fs::write(&file, document)?;
        let database = database.unwrap_or_else(|| format!("sqlite:{}", folder.path().join("nochnik.db").display()));
        let this = Self { folder, program: program.to_owned(), database };
        let done = Command::new(program)
            .args(["business", "import", file.to_str().unwrap_or_default()])
            .args(this.settings("127.0.0.1:0"))
            .current_dir(this.folder.path())
            .output()?;
        ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Ok(this)
    }

    /// Where its database is, when it has a file of its own.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("nochnik.db")
    }

    /// Lets an owner of the demo salon into the console.
    pub fn add_owner(&self, login: &str, password: &str) -> Result<()> {
        let mut child = Command::new(&self.program)
            .args(["user", "add", login, "--business", "lotos", "--role", "owner", "--password-stdin"])
            .args(self.settings("127.0.0.1:0"))
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        child.stdin.take().context("no way to give the password")?.write_all(password.as_bytes())?;
        ensure!(child.wait()?.success(), "the owner was not let in");
        Ok(())
    }

    fn settings(&self, listen: &str) -> Vec<String> {
        let key = self.folder.path().join("key").display().to_string();
        ["--listen", listen, "--database", &self.database, "--key-file", &key, "--log", "error"]
            .map(str::to_owned)
            .to_vec()
    }

    pub async fn start(&self, variables: &[(&str, String)]) -> Result<Subject> {
        let mut arguments = vec!["serve".to_owned()];
        arguments.extend(self.settings("{listen}"));
        Subject::start(&self.program, &arguments, variables, self.folder.path(), "/readyz").await
    }
}
