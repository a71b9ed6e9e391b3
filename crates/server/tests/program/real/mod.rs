//! The real binary with a database of its own, between doubles of its vendors.

pub mod emulator;
pub mod node;

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nochnik_doubles::{bitrix24, serve, telegram};

pub const TOKEN: &str = "7123456789:AAtestTokenOfTheDouble";
/// The duty manager's and the senior's chats.
pub const MARINA: i64 = 9_000_001;
pub const OLEG: i64 = 9_000_002;
/// Somebody who is not of the staff yet.
pub const IGOR: i64 = 9_000_003;

/// Telegram and Bitrix24 as the binary meets them, on sockets.
pub struct World {
    pub telegram: telegram::Double,
    pub bitrix24: bitrix24::Double,
    telegram_url: String,
    bitrix24_url: String,
    _servers: [serve::Server; 2],
}

impl World {
    pub async fn open(settings: bitrix24::Settings) -> Self {
        let telegram = telegram::Double::new(TOKEN);
        telegram.limit_pace(false);
        let bitrix24 = bitrix24::Double::new(settings);
        let base = bitrix24.base_path();
        let servers =
            [telegram::serve(telegram.clone()).await.unwrap(), bitrix24::serve(bitrix24.clone()).await.unwrap()];
        let (telegram_url, bitrix24_url) = (servers[0].url(), format!("{}{base}", servers[1].url()));
        Self { telegram, bitrix24, telegram_url, bitrix24_url, _servers: servers }
    }

    /// The staff has opened the bot, as Telegram wants before it may write to them.
    pub async fn staff_is_there(&self, real: &Real) {
        for person in [MARINA, OLEG] {
            self.telegram.client_says(person, "/start", now_ms());
            wait_for(real, "an answer to the staff", 10, || self.telegram.last_to(person)).await;
        }
    }

    /// The demo salon between these doubles.
    pub fn document(&self) -> String {
        let crm = format!(
            "kind = \"bitrix24\"\nwebhook_url = \"{}\"\nper_s = 1000\nburst = 1000\nparallel = 8\n",
            self.bitrix24_url
        );
        document(&self.telegram_url, crm.parse().unwrap())
    }
}

/// The demo salon with a duty manager and a senior in Telegram, on duty at any hour for the bot's
/// answers to be the same whenever the test runs.
pub fn document(telegram_url: &str, crm: toml::Table) -> String {
    let demo = include_str!("../../../../../businesses/demo.toml");
    let mut document: toml::Table = demo.parse().unwrap();
    let people = format!(
        "[[people]]\nid = \"marina\"\nname = \"Марина\"\nrole = \"duty\"\nmeans = [{{ channel = \"telegram\", peer = \"{MARINA}\" }}]\n\
         [[people]]\nid = \"oleg\"\nname = \"Олег\"\nrole = \"senior\"\nmeans = [{{ channel = \"telegram\", peer = \"{OLEG}\" }}]\n\
         [[channels]]\nkind = \"widget\"\n[[channels]]\nkind = \"terminal\"\n\
         [[channels]]\nkind = \"telegram\"\ntoken = \"{TOKEN}\"\nbase_url = \"{telegram_url}\"\nper_s = 1000\nburst = 1000\n"
    );
    let own: toml::Table = people.parse().unwrap();
    document.extend(own);
    document.insert("crm".to_owned(), crm.into());
    document.remove("shifts");
    document.remove("escalation");
    toml::to_string(&document).unwrap()
}

/// The program and its folder; the folder goes with it.
pub struct Real {
    folder: tempfile::TempDir,
    listen: String,
    child: Option<Child>,
    /// How far its wall clock runs ahead of ours.
    ahead: Option<(PathBuf, Duration)>,
}

impl Real {
    /// Imports the document; nothing runs yet.
    pub fn with(document: &str) -> Self {
        let real = Self::fresh();
        let file = real.folder.path().join("business.toml");
        std::fs::write(&file, document).unwrap();
        let done = real.command(&["business", "import", file.to_str().unwrap()]).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        real
    }

    /// A folder with nothing in it, as after the download.
    pub fn fresh() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { folder, listen: format!("127.0.0.1:{port}"), child: None, ahead: None }
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("nochnik.db")
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.listen)
    }

    pub fn listen(&self) -> &str {
        &self.listen
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nochnik"));
        command.args(words).current_dir(self.folder.path());
        command.args(["--listen", &self.listen, "--database", &format!("sqlite:{}", self.database().display())]);
        command.args(["--key-file", self.folder.path().join("key").to_str().unwrap(), "--log", "warn"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// From the next start on its wall clock is so far ahead; false where libfaketime is not there.
    pub fn runs_ahead(&mut self, by: Duration) -> bool {
        let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
        let mut libraries = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
        self.ahead = libraries.find(|library| library.exists()).map(|library| (library, by));
        self.ahead.is_some()
    }

    /// Starts the server and waits until it takes deliveries; returns how long that took.
    pub async fn start(&mut self) -> Duration {
        let file = |name| std::fs::File::options().create(true).append(true).open(self.folder.path().join(name));
        let begun = Instant::now();
        let mut command = self.command(&["serve"]);
        if let Some((library, by)) = &self.ahead {
            // Its own timers go by the monotonic clock, which stays true.
            command.env("LD_PRELOAD", library).env("FAKETIME", format!("+{}s", by.as_secs()));
            command.env("DONT_FAKE_MONOTONIC", "1");
        }
        let child = command.stdout(file("out").unwrap()).stderr(file("log").unwrap()).spawn().unwrap();
        self.child = Some(child);
        while !self.is_ready().await {
            assert!(begun.elapsed() < Duration::from_secs(20), "not ready in 20 s:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        begun.elapsed()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The first owner's link, as the terminal shows it.
    pub fn first_owner_link(&self) -> String {
        let said = std::fs::read_to_string(self.folder.path().join("out")).unwrap();
        let link = said.split_whitespace().find(|word| word.contains("/first?"));
        link.unwrap_or_else(|| panic!("the terminal shows a link: {said}")).to_owned()
    }

    async fn is_ready(&self) -> bool {
        self.get("/readyz").await.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }

    /// The whole answer to one request from this machine, its head first.
    pub async fn get(&self, path: &str) -> std::io::Result<String> {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(&self.listen).await?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.listen);
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Asks the server to stop, as the system does, and waits until it is gone; returns how long that took.
    pub async fn stop(&mut self) -> Duration {
        let begun = Instant::now();
        let mut child = self.child.take().unwrap();
        let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(told.success());
        while child.try_wait().unwrap().is_none() {
            if begun.elapsed() > Duration::from_secs(20) {
                child.kill().unwrap();
                panic!("not stopped in 20 s:\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        begun.elapsed()
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Looks every few milliseconds until `seen` gives something; fails after `seconds` with the log.
pub async fn wait_for<T>(real: &Real, what: &str, seconds: u64, mut seen: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = seen() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(seconds), "{what}: not within {seconds} s\n{}", real.log());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Milliseconds since the epoch, as the doubles count.
pub fn now_ms() -> i64 {
    serve::system_clock()()
}
