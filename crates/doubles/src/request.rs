//! One HTTP request as data, for doubles whose calls are more than a method name and a body.

/// One request as it came off the wire.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// `GET`, `POST`, `PUT`, `DELETE`…
    pub method: &'a str,
    /// Without the query; begins with `/`.
    pub path: &'a str,
    /// Decoded names and values, in the order of the address.
    pub query: &'a [(String, String)],
    /// Names in lower case.
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
}
