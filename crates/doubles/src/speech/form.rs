//! A body of `multipart/form-data`, read as strictly as RFC 7578 and RFC 2046 allow.

use serde_json::{Map, Value};

/// The parts of a form: texts, and the file by its name; its bytes stand apart.
pub(super) struct Form {
    pub texts: Map<String, Value>,
    pub file: Vec<u8>,
}

impl Form {
    /// The error names the rule, never a value.
    pub fn read(content_type: &str, body: &[u8]) -> Result<Self, String> {
        let boundary = content_type
            .strip_prefix("multipart/form-data; boundary=")
            .filter(|boundary| (1..=70).contains(&boundary.len()))
            .ok_or("the content type is no multipart form with a boundary of 1 to 70 characters")?;
        let line = format!("--{boundary}");
        let mut rest = body.strip_prefix(line.as_bytes()).ok_or("the body does not begin with its boundary")?;
        let between = format!("\r\n{line}");
        let mut form = Self { texts: Map::new(), file: Vec::new() };
        while rest != b"--\r\n" {
            let part = rest.strip_prefix(b"\r\n").ok_or("a boundary is not followed by a line end")?;
            let end = find(part, between.as_bytes()).ok_or("a part has no boundary behind it")?;
            form.take(&part[..end])?;
            rest = &part[end + between.len()..];
        }
        Ok(form)
    }

    fn take(&mut self, part: &[u8]) -> Result<(), String> {
        let end = find(part, b"\r\n\r\n").ok_or("a part has no empty line between head and content")?;
        let head = std::str::from_utf8(&part[..end]).map_err(|_| "a head is not text")?;
        let content = &part[end + 4..];
        let disposition = head
            .split("\r\n")
            .find_map(|line| line.strip_prefix("Content-Disposition: form-data; "))
            .ok_or("a part has no Content-Disposition of form-data")?;
        let parameter = |name: &str| {
            let parameters = disposition.split("; ").filter_map(|parameter| parameter.split_once('='));
            let mut found = parameters.filter(|(known, _)| *known == name);
            found.find_map(|(_, value)| value.strip_prefix('"')?.strip_suffix('"'))
        };
        let name = parameter("name").ok_or("a part has no name in quotes")?;
        let value = match parameter("filename") {
            Some(file_name) if name == "file" && !content.is_empty() => {
                self.file = content.to_vec();
                file_name.to_owned()
            }
            Some(_) => return Err("only `file` is a file, and it is not empty".to_owned()),
            None if name == "file" => return Err("`file` has no name".to_owned()),
            None => String::from_utf8(content.to_vec()).map_err(|_| "a text is not UTF-8")?,
        };
        match self.texts.insert(name.to_owned(), Value::String(value)) {
            None => Ok(()),
            Some(_) => Err("a part stands twice".to_owned()),
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
