//! The server's own settings: a small TOML file, every key optional, unknown keys refused.
//!
//! What a business wants (hours, prices, channels) is not here but in its document in the database.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

/// Read when nobody names another file; it need not exist.
pub const FILE: &str = "nochnik.toml";

/// Settings after the file, the environment and the command line, later ones winning.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the web server listens; other machines reach it only through a proxy named below.
    pub listen: SocketAddr,
    /// `sqlite:path` or `postgres://…`.
    pub database: String,
    /// Address people open in a browser; empty means `http://` and `listen`.
    pub base_url: String,
    /// Addresses of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// `error`, `warn`, `info`, `debug`, or a filter like `info,nochnik_engine=debug`.
    pub log: String,
    /// Key that signs tokens; made at the first start, readable by its owner only.
    pub key_file: PathBuf,
    /// No language model and no speech server is ever asked, whatever a business's document says.
    pub nothing_leaves: bool,
    /// Hears once a minute that this node is well; empty means nobody does.
    pub ping_url: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database: "sqlite:data/nochnik.db".to_owned(),
            base_url: String::new(),
            trusted_proxies: Vec::new(),
            log: "info".to_owned(),
            key_file: PathBuf::from("data/nochnik.key"),
            nothing_leaves: false,
            ping_url: String::new(),
        }
    }
}

/// What the command line or the environment says instead of the file.
#[derive(Args, Clone, Debug, Default)]
pub struct Overrides {
    /// Файл настроек сервера
    #[arg(long, global = true, env = "NOCHNIK_CONFIG", value_name = "ФАЙЛ")]
    pub config: Option<PathBuf>,
    /// Адрес, на котором слушает сервер
    #[arg(long, global = true, env = "NOCHNIK_LISTEN", value_name = "АДРЕС:ПОРТ")]
    pub listen: Option<SocketAddr>,
    /// База: sqlite:путь или postgres://…
    #[arg(long, global = true, env = "NOCHNIK_DATABASE", value_name = "АДРЕС", hide_env_values = true)]
    pub database: Option<String>,
    /// Адрес, по которому сервер открывают в браузере
    #[arg(long, global = true, env = "NOCHNIK_BASE_URL", value_name = "URL")]
    pub base_url: Option<String>,
    /// Прокси, которым можно верить, через запятую
    #[arg(long, global = true, env = "NOCHNIK_TRUSTED_PROXIES", value_delimiter = ',', value_name = "IP")]
    pub trusted_proxies: Option<Vec<IpAddr>>,
    /// Подробность журнала
    #[arg(long, global = true, env = "NOCHNIK_LOG", value_name = "УРОВЕНЬ")]
    pub log: Option<String>,
    /// Файл ключа
    #[arg(long, global = true, env = "NOCHNIK_KEY_FILE", value_name = "ФАЙЛ")]
    pub key_file: Option<PathBuf>,
    /// Ни о чём не спрашивать языковые модели
    #[arg(long, global = true, env = "NOCHNIK_NOTHING_LEAVES", value_name = "true|false")]
    pub nothing_leaves: Option<bool>,
    /// Адрес, который раз в минуту слышит, что сервер жив
    #[arg(long, global = true, env = "NOCHNIK_PING_URL", value_name = "URL", hide_env_values = true)]
    pub ping_url: Option<String>,
}

/// Settings that cannot be used: what happened and what to try.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigProblem {
    /// What is wrong, with the line of the file when there is one.
    pub what: String,
    /// What the person should do about it.
    pub hint: String,
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.what, self.hint)
    }
}

impl Config {
    /// Reads the file, lays `overrides` over it and checks the whole.
    pub fn load(overrides: &Overrides) -> Result<Self, ConfigProblem> {
        let mut config = match &overrides.config {
            Some(path) => Self::read(path)?,
            None if Path::new(FILE).exists() => Self::read(Path::new(FILE))?,
            None => Self::default(),
        };
        config.lay(overrides);
        config.check()?;
        Ok(config)
    }

    fn read(path: &Path) -> Result<Self, ConfigProblem> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigProblem {
            what: format!("Файл настроек {} не читается: {error}", path.display()),
            hint: "Проверьте путь и права или уберите --config: без файла сервер работает с настройками по умолчанию"
                .to_owned(),
        })?;
        Self::parse(&text).map_err(|problem| ConfigProblem {
            what: format!("Файл настроек {}, {}", path.display(), problem.what),
            ..problem
        })
    }

    /// Reads the text of a settings file.
    pub fn parse(text: &str) -> Result<Self, ConfigProblem> {
        toml::from_str(text).map_err(|error| explain(text, &error))
    }

    /// The address for people and vendors, without a slash at the end.
    pub fn public_url(&self) -> String {
        match self.base_url.trim_end_matches('/') {
            "" => format!("http://{}", self.listen),
            url => url.to_owned(),
        }
    }

    fn lay(&mut self, over: &Overrides) {
        fn set<T: Clone>(place: &mut T, value: &Option<T>) {
            if let Some(value) = value {
                place.clone_from(value);
            }
        }
        set(&mut self.listen, &over.listen);
        set(&mut self.database, &over.database);
        set(&mut self.base_url, &over.base_url);
        set(&mut self.trusted_proxies, &over.trusted_proxies);
        set(&mut self.log, &over.log);
        set(&mut self.key_file, &over.key_file);
        set(&mut self.nothing_leaves, &over.nothing_leaves);
        set(&mut self.ping_url, &over.ping_url);
    }

    fn check(&self) -> Result<(), ConfigProblem> {
        if !self.listen.ip().is_loopback() && self.trusted_proxies.is_empty() {
            return Err(ConfigProblem {
                what: format!("Адрес {} виден другим машинам, а шифрования на нём нет", self.listen),
                hint: "Слушайте 127.0.0.1 за прокси с HTTPS и назовите прокси в trusted_proxies".to_owned(),
            });
        }
        is_address("base_url", &self.base_url, "https://nochnik.example.ru")?;
        is_address("ping_url", &self.ping_url, "https://ping.example/0123")
    }
}

/// Empty, or a whole address of the web.
fn is_address(key: &str, url: &str, example: &str) -> Result<(), ConfigProblem> {
    if url.is_empty() || url.starts_with("https://") || url.starts_with("http://") {
        return Ok(());
    }
    Err(ConfigProblem {
        what: format!("{key} «{url}» не похож на адрес"),
        hint: format!("Пишите его целиком: {example}"),
    })
}

fn explain(text: &str, error: &toml::de::Error) -> ConfigProblem {
    let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    match error.message().strip_prefix("unknown field `").and_then(|rest| rest.split_once('`')) {
        Some((key, _)) => ConfigProblem {
            what: format!("строка {line}: неизвестный ключ «{key}»"),
            hint: "Уберите его или исправьте опечатку; все ключи с объяснениями — в nochnik.example.toml".to_owned(),
        },
        None => ConfigProblem {
            what: format!("строка {line}: {}", error.message()),
            hint: "Сверьте строку с nochnik.example.toml".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_uncommented_says_the_defaults() {
        let example = include_str!("../../../nochnik.example.toml");
        let is_setting = |line: &str| line.starts_with('#') && line.contains(" = ") && !line.starts_with("# ");
        let settings: Vec<&str> = example.lines().filter(|line| is_setting(line)).map(|line| &line[1..]).collect();
        assert_eq!(settings.len(), 8, "every key stands in the example once");
        assert_eq!(Config::parse(&settings.join("\n")), Ok(Config::default()));
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let problem = Config::parse("log = \"info\"\nlistn = \"127.0.0.1:1\"\n").unwrap_err();
        assert_eq!(problem.what, "строка 2: неизвестный ключ «listn»");
    }

    #[test]
    fn an_open_address_needs_a_proxy() {
        let open = Overrides { listen: Some(SocketAddr::from(([0, 0, 0, 0], 80))), ..Overrides::default() };
        assert!(Config::load(&open).is_err());
        let behind = Overrides { trusted_proxies: Some(vec![IpAddr::from([10, 0, 0, 1])]), ..open };
        assert!(Config::load(&behind).is_ok());
    }

    #[test]
    fn the_public_url_falls_back_to_the_listening_address() {
        assert_eq!(Config::default().public_url(), "http://127.0.0.1:8080");
        let config = Config { base_url: "https://n.example.ru/".to_owned(), ..Config::default() };
        assert_eq!(config.public_url(), "https://n.example.ru");
    }
}
