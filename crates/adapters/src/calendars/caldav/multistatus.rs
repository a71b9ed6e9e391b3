//! Reads a 207: one answer for many resources. Source: RFC 4918, 13; RFC 6578, 3.

use super::xml::{Malformed, Node, Space, parse};

#[derive(Debug, Default)]
pub struct Multistatus {
    pub responses: Vec<Response>,
    /// Of a sync report: where to go on.
    pub sync_token: Option<String>,
}

#[derive(Debug)]
pub struct Response {
    /// As the server wrote it.
    pub href: String,
    /// Of the resource itself; 200 where only its properties have one.
    pub status: u16,
    /// The properties that were found.
    props: Vec<Node>,
}

impl Response {
    pub fn prop(&self, space: Space, name: &str) -> Option<&Node> {
        self.props.iter().find(|prop| prop.is(space, name))
    }

    pub fn text(&self, space: Space, name: &str) -> Option<&str> {
        self.prop(space, name).map(|prop| prop.text.trim()).filter(|text| !text.is_empty())
    }

    /// The first href within a property.
    pub fn href_in(&self, space: Space, name: &str) -> Option<&str> {
        self.prop(space, name)?.text_of(Space::Dav, "href")
    }

    pub fn hrefs_in<'a>(&'a self, space: Space, name: &str) -> impl Iterator<Item = &'a str> {
        self.prop(space, name).into_iter().flat_map(|prop| prop.all(Space::Dav, "href")).map(|href| href.text.trim())
    }

    pub fn etag(&self) -> Option<&str> {
        self.text(Space::Dav, "getetag")
    }
}

pub fn read(body: &[u8]) -> Result<Multistatus, Malformed> {
    let root = parse(body)?;
    if !root.is(Space::Dav, "multistatus") {
        return Err(Malformed);
    }
    let mut read = Multistatus::default();
    for child in root.children {
        if child.is(Space::Dav, "response") {
            read.responses.push(response(child)?);
        } else if child.is(Space::Dav, "sync-token") {
            read.sync_token = Some(child.text.trim().to_owned()).filter(|token| !token.is_empty());
        }
    }
    Ok(read)
}

fn response(node: Node) -> Result<Response, Malformed> {
    let href = node.text_of(Space::Dav, "href").ok_or(Malformed)?.to_owned();
    let status = match node.child(Space::Dav, "status") {
        Some(line) => status_of(&line.text).ok_or(Malformed)?,
        None => 200,
    };
    let mut props = Vec::new();
    for part in node.children.into_iter().filter(|child| child.is(Space::Dav, "propstat")) {
        if part.text_of(Space::Dav, "status").and_then(status_of).is_some_and(|status| status / 100 == 2) {
            let found = part.children.into_iter().filter(|child| child.is(Space::Dav, "prop"));
            props.extend(found.flat_map(|prop| prop.children));
        }
    }
    Ok(Response { href, status, props })
}

/// `HTTP/1.1 404 Not Found`.
fn status_of(line: &str) -> Option<u16> {
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// Whether an error's body names the condition that was not met (RFC 4918, 16).
pub fn names(body: &[u8], space: Space, condition: &str) -> bool {
    parse(body).is_ok_and(|root| root.is(Space::Dav, "error") && root.has(space, condition))
}

/// The resource that an error's condition points at.
pub fn culprit(body: &[u8], space: Space, condition: &str) -> Option<String> {
    let root = parse(body).ok().filter(|root| root.is(Space::Dav, "error"))?;
    root.child(space, condition)?.text_of(Space::Dav, "href").map(str::to_owned)
}
