//! What is asked of a client: the three templates of the regulation, as the document has them.

use serde::{Deserialize, Serialize};

/// The facts each template needs, in the order in which they are asked. Source: the regulation, «шаблоны».
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Questions {
    /// «Срочный»: wants a call. The number first: the rest may come while somebody is on the way to the phone.
    pub urgent: Vec<Fact>,
    /// «Записаться»: a visit.
    pub booking: Vec<Fact>,
    /// «Информационный»: a price.
    pub info: Vec<Fact>,
}

/// Something a client is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    Service,
    Time,
    Name,
    Phone,
}

impl Default for Questions {
    fn default() -> Self {
        use Fact::{Name, Phone, Service, Time};
        Self { urgent: vec![Phone, Name, Service], booking: vec![Service, Time, Name, Phone], info: vec![Service] }
    }
}
