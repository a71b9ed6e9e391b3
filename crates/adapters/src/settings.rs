//! Reads an entry's fields as its [`Kind`] lists them, and says in Russian what is wrong.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use reqwest::Url;
use serde_json::Value;

use crate::http::Wire;
use crate::ports::{Kind, Pace};

/// Longest file of certificates, in bytes: the whole list of a browser has a quarter of that.
const CA_BYTES_MAX: u64 = 1024 * 1024;

/// What is wrong with one field of a channel or CRM entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {text_ru}")]
pub struct SettingsProblem {
    /// The key as it stands in the entry.
    pub field: String,
    /// What is wrong and what to do.
    pub text_ru: String,
}

/// The fields of one entry, known to its kind and with nothing required missing.
pub struct Settings<'a> {
    fields: &'a BTreeMap<String, Value>,
    wire: Option<Arc<dyn Wire>>,
}

impl<'a> Settings<'a> {
    /// Of something that has no entry of its own.
    pub fn bare(fields: &'a BTreeMap<String, Value>) -> Self {
        Self { fields, wire: None }
    }

    pub fn read(kind: &'static Kind, fields: &'a BTreeMap<String, Value>) -> Result<Self, SettingsProblem> {
        let settings = Self { fields, wire: None };
        if let Some(name) = fields.keys().find(|name| kind.fields.iter().all(|field| field.name != **name)) {
            let known: Vec<&str> = kind.fields.iter().map(|field| field.name).collect();
            let known = if known.is_empty() { "полей нет".to_owned() } else { known.join(", ") };
            return Err(settings.problem(name, &format!("Такого поля у «{}» нет. Известные: {known}", kind.title)));
        }
        for field in kind.fields.iter().filter(|field| field.is_required) {
            if !settings.is_filled(field.name) {
                return Err(settings.problem(field.name, &format!("Заполните поле «{}». {}", field.title, field.help)));
            }
        }
        Ok(settings)
    }

    /// Sends every request over `wire` instead of a socket.
    pub fn over(self, wire: Option<Arc<dyn Wire>>) -> Self {
        Self { wire, ..self }
    }

    pub fn wire(&self) -> Option<Arc<dyn Wire>> {
        self.wire.clone()
    }

    pub fn problem(&self, field: &str, text: &str) -> SettingsProblem {
        SettingsProblem { field: field.to_owned(), text_ru: text.to_owned() }
    }

    /// The text of a field without blanks around it; an empty one counts as absent.
    pub fn text(&self, name: &str) -> Result<Option<&'a str>, SettingsProblem> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
            Some(_) => Err(self.problem(name, "Здесь нужен текст в кавычках")),
        }
    }

    fn is_filled(&self, name: &str) -> bool {
        match self.fields.get(name) {
            None | Some(Value::Null) => false,
            Some(Value::String(text)) => !text.trim().is_empty(),
            Some(Value::Object(table)) => !table.is_empty(),
            Some(_) => true,
        }
    }

    pub fn required(&self, name: &str) -> Result<&'a str, SettingsProblem> {
        self.text(name)?.ok_or_else(|| self.problem(name, "Поле не заполнено"))
    }

    /// A list of texts; empty when absent.
    pub fn texts(&self, name: &str) -> Result<Vec<&'a str>, SettingsProblem> {
        let wrong = || self.problem(name, "Здесь нужен список текстов: [\"…\", \"…\"]");
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(items)) => items.iter().map(|item| item.as_str().ok_or_else(wrong)).collect(),
            Some(_) => Err(wrong()),
        }
    }

    pub fn number(&self, name: &str, default: f64, range: RangeInclusive<f64>) -> Result<f64, SettingsProblem> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(value) => value.as_f64().filter(|number| range.contains(number)).ok_or_else(|| {
                self.problem(name, &format!("Здесь нужно число от {} до {}", range.start(), range.end()))
            }),
        }
    }

    /// A whole number of the vendor's, such as the id of a user; `None` when absent.
    pub fn id(&self, name: &str) -> Result<Option<i64>, SettingsProblem> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_i64().filter(|id| *id >= 0) {
                Some(id) => Ok(Some(id)),
                None => Err(self.problem(name, "Здесь нужно целое число без кавычек")),
            },
        }
    }

    /// Yes or no; no when absent.
    pub fn flag(&self, name: &str) -> Result<bool, SettingsProblem> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(value)) => Ok(*value),
            // A form knows only texts.
            Some(Value::String(text)) if text == "true" => Ok(true),
            Some(Value::String(text)) if text.is_empty() || text == "false" => Ok(false),
            Some(_) => Err(self.problem(name, "Возможные значения: true, false")),
        }
    }

    /// A table of the vendor's own numbers by our ids; empty when absent.
    pub fn ids(&self, name: &str) -> Result<BTreeMap<String, i64>, SettingsProblem> {
        let of_one = |(key, value): (&String, &Value)| {
            let id = value.as_i64().filter(|id| *id > 0).ok_or_else(|| {
                self.problem(name, &format!("У «{key}» здесь нужен номер: целое число больше нуля, без кавычек"))
            })?;
            Ok((key.clone(), id))
        };
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(BTreeMap::new()),
            Some(Value::Object(table)) => table.iter().map(of_one).collect(),
            Some(_) => Err(self.problem(name, "Здесь нужна таблица номеров: { имя = 123, другое = 456 }")),
        }
    }

    /// A list of the vendor's own numbers; empty when absent.
    pub fn id_list(&self, name: &str) -> Result<Vec<i64>, SettingsProblem> {
        let wrong = || self.problem(name, "Здесь нужен список номеров: [12, 15]");
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(items)) => {
                items.iter().map(|item| item.as_i64().filter(|id| *id > 0).ok_or_else(wrong)).collect()
            }
            Some(_) => Err(wrong()),
        }
    }

    /// A table of texts by texts, in the order of its keys; empty when absent.
    pub fn table(&self, name: &str) -> Result<Vec<(&'a str, &'a str)>, SettingsProblem> {
        let wrong = || self.problem(name, "Здесь нужна таблица текстов: { имя = \"значение\" }");
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Object(table)) => table
                .iter()
                .map(|(key, value)| Ok((key.as_str(), value.as_str().ok_or_else(wrong)?.trim())))
                .filter(|pair| !matches!(pair, Ok((_, ""))))
                .collect(),
            Some(_) => Err(wrong()),
        }
    }

    /// A table of texts by texts, where a number without quotation marks is one too; empty when absent.
    pub fn words(&self, name: &str) -> Result<Vec<(&'a str, String)>, SettingsProblem> {
        let wrong = || self.problem(name, "Здесь нужна таблица текстов: { имя = \"значение\" }");
        let of_one = |(key, value): (&'a String, &'a Value)| match value {
            Value::String(text) => Ok((key.as_str(), text.trim().to_owned())),
            Value::Number(number) => Ok((key.as_str(), number.to_string())),
            _ => Err(wrong()),
        };
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Object(table)) => {
                table.iter().map(of_one).filter(|pair| !matches!(pair, Ok((_, text)) if text.is_empty())).collect()
            }
            Some(_) => Err(wrong()),
        }
    }

    /// One of the words of `choices`; the first one when absent.
    pub fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Result<T, SettingsProblem> {
        let wanted = self.text(name)?;
        let found = choices.iter().find(|(word, _)| wanted.is_none_or(|wanted| wanted == *word));
        found.map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.problem(name, &format!("Возможные значения: {}", words.join(", ")))
        })
    }

    /// The entry's `per_s`, `burst` and `parallel`, or the vendor's own pace.
    pub fn pace(&self, vendor: Pace) -> Result<Pace, SettingsProblem> {
        let burst = self.number("burst", f64::from(vendor.burst), 1.0..=100_000.0)?;
        let per_s = self.number("per_s", vendor.per_s, 0.01..=100_000.0)?;
        let parallel = self.number("parallel", vendor.parallel as f64, 1.0..=1_000.0)?;
        Ok(Pace { burst: burst as u32, per_s, parallel: parallel as usize, ..vendor })
    }

    /// The file that `extra_ca` names, read; what stands in it is for the caller to see.
    pub fn extra_ca(&self) -> Result<Option<Vec<u8>>, SettingsProblem> {
        let Some(path) = self.text("extra_ca")? else { return Ok(None) };
        let unreadable = |_| self.problem("extra_ca", "Файл сертификата не читается: проверьте путь и права");
        let is_plain = is_plain_file(Path::new(path)).map_err(unreadable)?;
        let read = if is_plain { read_bounded(Path::new(path)).map_err(unreadable)? } else { None };
        let other = || self.problem("extra_ca", "Здесь нужен обычный файл с сертификатом, не больше мегабайта");
        read.map(Some).ok_or_else(other)
    }

    pub fn url(&self, name: &str, default: &str) -> Result<Url, SettingsProblem> {
        let text = self.text(name)?.unwrap_or(default);
        let url =
            Url::parse(text).map_err(|_| self.problem(name, "Это не похоже на адрес: он начинается с https://"))?;
        match url.scheme() {
            "https" if url.has_host() => Ok(url),
            "http" if is_loopback(&url) => Ok(url),
            _ => Err(self
                .problem(name, "Нужен адрес https://. Без шифрования можно обращаться только к этому же компьютеру")),
        }
    }
}

/// Whether something of some length lies there. A device, a pipe and the kernel's own pages, which are of no length, may
/// never end.
fn is_plain_file(path: &Path) -> io::Result<bool> {
    std::fs::metadata(path).map(|found| found.is_file() && found.len() > 0)
}

/// The bytes of a file; `None`: they are too many.
fn read_bounded(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(CA_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes).filter(|bytes| bytes.len() as u64 <= CA_BYTES_MAX))
}

/// Whether the address is this machine's own, by number or as `localhost`.
pub fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::{CA_BYTES_MAX, Settings, is_loopback};

    /// `/dev/zero` never ends, and a pipe waits for somebody to write.
    #[test]
    fn a_certificate_is_a_plain_file_of_bounded_length() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, length: u64| {
            let path = folder.path().join(name);
            std::fs::write(&path, vec![b'x'; length as usize]).unwrap();
            path
        };
        let read = |path: &Path| {
            let fields = [("extra_ca".to_owned(), json!(path))].into();
            Settings::bare(&fields).extra_ca().map(|bytes| bytes.map_or(0, |bytes| bytes.len() as u64))
        };
        assert_eq!(read(&file("whole.pem", CA_BYTES_MAX)), Ok(CA_BYTES_MAX));
        let endless = ["/dev/zero", "/proc/self/environ"].map(Path::new);
        let listener = folder.path().join("listener");
        let _listens = std::os::unix::net::UnixListener::bind(&listener).unwrap();
        let (long, empty) = (file("long.pem", CA_BYTES_MAX + 1), file("empty.pem", 0));
        for path in endless.into_iter().chain([&*long, &*empty, &*listener, folder.path()]) {
            let problem = read(path).unwrap_err();
            assert!(problem.field == "extra_ca" && problem.text_ru.contains("обычный файл"), "{path:?}: {problem}");
        }
        let gone = read(Path::new("/no/such/file.pem")).unwrap_err();
        assert!(gone.text_ru.contains("не читается"), "{gone}");
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (url, expected) in [
            ("http://127.0.0.1:8081", true),
            ("http://[::1]/", true),
            ("http://localhost:1", true),
            ("http://localhost.evil.example", false),
            ("http://10.0.0.1", false),
            ("http://169.254.169.254/latest", false),
        ] {
            assert_eq!(is_loopback(&url.parse().unwrap()), expected, "{url}");
        }
    }
}
