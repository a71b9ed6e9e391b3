//! Reads the XML of a request: which elements stand where, by namespace.

use percent_encoding::percent_decode_str;
use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;

const SPACES: [&str; 3] = ["DAV:", "urn:ietf:params:xml:ns:caldav", "http://calendarserver.org/ns/"];

/// One request, flat: each element with the names of those around it.
pub struct Ask {
    pub elements: Vec<Element>,
}

pub struct Element {
    /// Outermost first, the element's own last.
    pub path: Vec<String>,
    /// `name`, `start`, `end`.
    pub attributes: Vec<(String, String)>,
    pub text: String,
}

impl Ask {
    pub fn read(body: &[u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(body).map_err(|_| "a body that is no UTF-8")?;
        let mut reader = NsReader::from_str(text);
        let mut elements: Vec<Element> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        loop {
            let (space, event) = reader.read_resolved_event().map_err(|_| "a body that is no XML")?;
            let is_empty = matches!(event, Event::Empty(_));
            match event {
                Event::Start(start) | Event::Empty(start) => {
                    let ResolveResult::Bound(space) = space else { return Err("an element without a namespace") };
                    if !SPACES.contains(&space.0) {
                        return Err("an element of an unknown namespace");
                    }
                    let mut path = open.last().map(|at| elements[*at].path.clone()).unwrap_or_default();
                    path.push(start.local_name().as_ref().to_owned());
                    let pairs = start.attributes().filter_map(Result::ok);
                    let attributes = pairs.map(|pair| (pair.key.0.to_owned(), pair.value.into_owned())).collect();
                    elements.push(Element { path, attributes, text: String::new() });
                    if !is_empty {
                        open.push(elements.len() - 1);
                    }
                }
                Event::End(_) => {
                    open.pop();
                }
                Event::Text(text) => {
                    if let Some(at) = open.last() {
                        elements[*at].text.push_str(&text.xml10_content());
                    }
                }
                Event::GeneralRef(entity) => {
                    let sign = match &*entity {
                        "amp" => '&',
                        "lt" => '<',
                        "gt" => '>',
                        _ => return Err("an entity nobody knows"),
                    };
                    if let Some(at) = open.last() {
                        elements[*at].text.push(sign);
                    }
                }
                Event::DocType(_) => return Err("a DTD"),
                Event::Eof => break,
                _ => {}
            }
        }
        if elements.is_empty() { Err("an empty body") } else { Ok(Self { elements }) }
    }

    /// The outermost element has this name.
    pub fn is(&self, name: &str) -> bool {
        self.elements[0].path[0] == name
    }

    pub fn names(&self, name: &str) -> bool {
        self.elements.iter().any(|element| element.path.last().is_some_and(|own| own == name))
    }

    pub fn text(&self, name: &str) -> &str {
        let found = self.elements.iter().find(|element| element.path.last().is_some_and(|own| own == name));
        found.map_or("", |element| element.text.as_str())
    }

    /// Paths asked for, decoded.
    pub fn hrefs(&self) -> Vec<String> {
        let hrefs = self.elements.iter().filter(|element| element.path.last().is_some_and(|own| own == "href"));
        hrefs.map(|href| percent_decode_str(&href.text).decode_utf8_lossy().into_owned()).collect()
    }
}
