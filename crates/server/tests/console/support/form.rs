//! What a browser would send of a page's last form if nobody touched it.

/// Names and values of its inputs, in the page's order.
pub fn untouched(page: &str) -> Vec<(String, String)> {
    let from = page.rfind("<form class=\"stack\"").or_else(|| page.rfind("<form class=\"card stack\""));
    let form = &page[from.expect("a form")..];
    let form = &form[..form.find("</form>").unwrap()];
    let (mut sent, mut select) = (Vec::new(), String::new());
    for tag in form.split('<').skip(1) {
        let (tag, text) = tag.split_once('>').unwrap();
        let is = |word: &str| tag.split_whitespace().any(|part| part == word);
        let is_boxed = matches!(attribute(tag, "type").as_deref(), Some("checkbox" | "radio"));
        match tag.split_whitespace().next() {
            Some("input") if !is_boxed || is("checked") => {
                sent.push((attribute(tag, "name").unwrap(), attribute(tag, "value").unwrap_or_default()));
            }
            Some("textarea") => sent.push((attribute(tag, "name").unwrap(), unescaped(text))),
            Some("select") => select = attribute(tag, "name").unwrap(),
            Some("option") if is("selected") => sent.push((select.clone(), attribute(tag, "value").unwrap())),
            _ => {}
        }
    }
    sent
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let from = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    Some(unescaped(&tag[from..from + tag[from..].find('"')?]))
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
