//! The XML of WebDAV as a small tree, by namespace and never by prefix.

use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};

/// Deepest nesting; a multistatus needs eight.
const DEPTH_MAX: usize = 32;
/// Elements of one answer.
const NODES_MAX: usize = 400_000;

/// Namespaces that we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    Dav,
    CalDav,
    CalendarServer,
    Other,
}

#[derive(Clone, Debug)]
pub struct Node {
    pub space: Space,
    pub name: String,
    /// Own text, that of the children left out.
    pub text: String,
    pub children: Vec<Node>,
    /// The attribute `name`, by which `comp` says which component it means.
    pub named: Option<String>,
}

/// It is no XML, or XML that nobody should read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl Node {
    pub fn is(&self, space: Space, name: &str) -> bool {
        self.space == space && self.name == name
    }

    pub fn all<'a>(&'a self, space: Space, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.children.iter().filter(move |child| child.is(space, name))
    }

    pub fn child(&self, space: Space, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.is(space, name))
    }

    pub fn has(&self, space: Space, name: &str) -> bool {
        self.child(space, name).is_some()
    }

    /// The text of a child without blanks around it, if there is any.
    pub fn text_of(&self, space: Space, name: &str) -> Option<&str> {
        self.child(space, name).map(|child| child.text.trim()).filter(|text| !text.is_empty())
    }
}

/// Reads a document into its root. A DTD is refused, and with it every entity but the five of XML itself.
pub fn parse(body: &[u8]) -> Result<Node, Malformed> {
    let text = String::from_utf8_lossy(body);
    let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open: Vec<Node> = Vec::new();
    let mut nodes = 0;
    loop {
        let (space, event) = reader.read_resolved_event().map_err(|_| Malformed)?;
        let closed = match event {
            Event::Start(start) => {
                nodes += 1;
                if open.len() >= DEPTH_MAX || nodes > NODES_MAX {
                    return Err(Malformed);
                }
                open.push(node(space, &start));
                continue;
            }
            Event::Empty(start) => {
                nodes += 1;
                if nodes > NODES_MAX {
                    return Err(Malformed);
                }
                node(space, &start)
            }
            Event::End(_) => open.pop().ok_or(Malformed)?,
            Event::Text(text) => {
                extend(&mut open, &text.xml10_content());
                continue;
            }
            Event::CData(text) => {
                extend(&mut open, &text.xml10_content());
                continue;
            }
            Event::GeneralRef(entity) => {
                let sign = match entity.resolve_char_ref().map_err(|_| Malformed)? {
                    Some(sign) => sign,
                    None => named_sign(&entity).ok_or(Malformed)?,
                };
                extend(&mut open, sign.encode_utf8(&mut [0; 4]));
                continue;
            }
            Event::DocType(_) | Event::Eof => return Err(Malformed),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
        };
        match open.last_mut() {
            Some(outer) => outer.children.push(closed),
            None => return Ok(closed),
        }
    }
}

fn node(space: ResolveResult<'_>, start: &BytesStart<'_>) -> Node {
    let space = match space {
        ResolveResult::Bound(Namespace("DAV:")) => Space::Dav,
        ResolveResult::Bound(Namespace("urn:ietf:params:xml:ns:caldav")) => Space::CalDav,
        ResolveResult::Bound(Namespace("http://calendarserver.org/ns/")) => Space::CalendarServer,
        _ => Space::Other,
    };
    let named = start.try_get_attribute("name").ok().flatten().map(|attribute| attribute.value.into_owned());
    Node { space, name: start.local_name().as_ref().to_owned(), text: String::new(), children: Vec::new(), named }
}

fn extend(open: &mut [Node], text: &str) {
    if let Some(node) = open.last_mut() {
        node.text.push_str(text);
    }
}

fn named_sign(entity: &str) -> Option<char> {
    match entity {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Space, parse};

    #[test]
    fn prefixes_mean_nothing() {
        for text in [
            r#"<?xml version="1.0"?><multistatus xmlns="DAV:"><sync-token>a&amp;b&#33;</sync-token></multistatus>"#,
            r#"<x:multistatus xmlns:x="DAV:"><!-- --><x:sync-token><![CDATA[a&b!]]></x:sync-token></x:multistatus>"#,
        ] {
            let root = parse(text.as_bytes()).unwrap();
            assert!(root.is(Space::Dav, "multistatus"), "{text}");
            assert_eq!(root.text_of(Space::Dav, "sync-token"), Some("a&b!"), "{text}");
        }
        let foreign = parse(br#"<D:multistatus xmlns:D="http://example/"/>"#).unwrap();
        assert!(!foreign.is(Space::Dav, "multistatus"));
    }

    #[test]
    fn what_nobody_should_read_is_refused() {
        let deep = "<a>".repeat(33) + &"</a>".repeat(33);
        let entity = r#"<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>"#;
        for bad in ["", "text", "<a>", "<a></b>", "<a>&b;</a>", entity, "<!DOCTYPE a><a/>", &deep] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
