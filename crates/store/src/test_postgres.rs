//! A throw-away PostgreSQL for tests: started in a temporary folder, listening only on its own
//! socket there, stopped when dropped.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;

/// A running server; every database it hands out is new and empty.
pub struct TestPostgres {
    programs: PathBuf,
    home: TempDir,
    databases: AtomicU64,
}

impl TestPostgres {
    /// Starts a server, or says why it cannot.
    ///
    /// PostgreSQL refuses to run as root: then it runs as the system's user `postgres`, or `nobody`.
    pub fn start() -> Result<Self, String> {
        let programs = find_programs().ok_or("PostgreSQL is not installed (no initdb found)")?;
        let home = tempfile::Builder::new().prefix("nochnik-pg").tempdir().map_err(|error| error.to_string())?;
        let server = Self { programs, home, databases: AtomicU64::new(0) };
        server.give_away()?;
        let data = server.data();
        server.run("initdb", &["-A", "trust", "-U", "nochnik", "-E", "UTF8", "--locale=C.UTF-8", "-D", &data])?;
        let log = server.path("log");
        let socket = server.home.path().display().to_string();
        let options = format!("-c listen_addresses='' -c unix_socket_directories='{socket}' -c max_connections=60");
        server.run("pg_ctl", &["-D", &data, "-l", &log, "-w", "-t", "60", "-o", &options, "start"])?;
        Ok(server)
    }

    /// Makes a new empty database and returns its address for `Store::open`.
    pub fn database(&self) -> Result<String, String> {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let socket = self.home.path().display().to_string();
        self.run("createdb", &["-h", &socket, "-U", "nochnik", &name])?;
        Ok(format!("postgres://nochnik@{}/{name}", socket.replace('/', "%2F")))
    }

    /// Ends every connection to the server and starts it again.
    pub fn restart(&self) -> Result<(), String> {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "fast", "-w", "-t", "60", "restart"])
    }

    /// Runs one statement as the owner, beside the store.
    pub fn execute(&self, database: &str, statement: &str) -> Result<(), String> {
        self.run("psql", &["-q", "-d", database, "-c", statement])
    }

    fn data(&self) -> String {
        self.path("data")
    }

    fn path(&self, name: &str) -> String {
        self.home.path().join(name).display().to_string()
    }

    /// Lets the user who will run the server own its folder.
    fn give_away(&self) -> Result<(), String> {
        match server_user() {
            None => Ok(()),
            Some(user) => finish(Command::new("chown").arg(user).arg(self.home.path()), "chown"),
        }
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<(), String> {
        let path = self.programs.join(program);
        let mut command = match server_user() {
            None => Command::new(&path),
            Some(user) => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", user, "--clear-groups"]).arg(&path);
                command
            }
        };
        finish(command.args(arguments).current_dir(self.home.path()), program)
    }
}

impl Drop for TestPostgres {
    fn drop(&mut self) {
        // The folder goes away with the server; nothing is lost when it stops badly.
        drop(self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"]));
    }
}

fn finish(command: &mut Command, name: &str) -> Result<(), String> {
    // Inherited pipes would keep the caller waiting for as long as the server lives.
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name} ended with {status}")),
        Err(error) => Err(format!("{name} did not start: {error}")),
    }
}

#[expect(clippy::disallowed_methods, reason = "a test harness has no settings but the environment")]
/// Looks in PATH, then where Debian keeps its versions, the newest first.
fn find_programs() -> Option<PathBuf> {
    let in_path =
        std::env::var_os("PATH").into_iter().flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<PathBuf> = debian.map(|version| version.path().join("bin")).collect();
    debian.sort();
    let has_all = |folder: &PathBuf| ["initdb", "pg_ctl", "createdb"].iter().all(|name| folder.join(name).is_file());
    in_path.chain(debian.into_iter().rev()).find(has_all)
}

/// Names the user to become, when we are root.
fn server_user() -> Option<&'static str> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let is_root = status.lines().any(|line| line.starts_with("Uid:\t0\t"));
    let has_postgres = std::fs::read_to_string("/etc/passwd")
        .is_ok_and(|users| users.lines().any(|user| user.starts_with("postgres:")));
    match (is_root, has_postgres) {
        (false, _) => None,
        (true, true) => Some("postgres"),
        (true, false) => Some("nobody"),
    }
}
