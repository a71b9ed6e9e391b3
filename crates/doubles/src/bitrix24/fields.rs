//! The fields of leads, deals and contacts, and what values they take.
//!
//! Source: the pages `object-fields.md`, `crm-item-add.md`, `crm-item-update.md`.

use serde_json::{Value, json};

use super::{
    moment, params,
    portal::{CONTACT, DEAL, LEAD, Portal},
    refusal::Refusal,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Int,
    Number,
    Flag,
    Date,
    Moment,
    Stage,
    Source,
    Employee,
    Employees,
    Contacts,
    Multifields,
}

/// One field: its name, its kind, and for lead, deal, contact `W` writable, `R` read-only, `-` absent.
pub(super) struct Field(pub(super) &'static str, pub(super) Kind, &'static str);

pub(super) const FIELDS: &[Field] = &[
    Field("id", Kind::Int, "RRR"),
    Field("title", Kind::Text, "WW-"),
    Field("name", Kind::Text, "W-W"),
    Field("lastName", Kind::Text, "W-W"),
    Field("secondName", Kind::Text, "W-W"),
    Field("fm", Kind::Multifields, "W-W"),
    Field("phone", Kind::Text, "R-R"),
    Field("email", Kind::Text, "R-R"),
    Field("hasPhone", Kind::Flag, "R-R"),
    Field("hasEmail", Kind::Flag, "R-R"),
    Field("stageId", Kind::Stage, "WW-"),
    Field("stageSemanticId", Kind::Text, "RR-"),
    Field("categoryId", Kind::Int, "-WW"),
    Field("sourceId", Kind::Source, "WWW"),
    Field("sourceDescription", Kind::Text, "WWW"),
    Field("assignedById", Kind::Employee, "WWW"),
    Field("opened", Kind::Flag, "WWW"),
    Field("observers", Kind::Employees, "WWW"),
    Field("contactId", Kind::Int, "WW-"),
    Field("contactIds", Kind::Contacts, "WW-"),
    Field("companyId", Kind::Int, "WWW"),
    Field("comments", Kind::Text, "WWW"),
    Field("opportunity", Kind::Number, "WW-"),
    Field("currencyId", Kind::Text, "WW-"),
    Field("isManualOpportunity", Kind::Flag, "WW-"),
    Field("begindate", Kind::Date, "-W-"),
    Field("closedate", Kind::Date, "-W-"),
    Field("typeId", Kind::Text, "-WW"),
    Field("leadId", Kind::Int, "-WW"),
    Field("additionalInfo", Kind::Text, "-W-"),
    Field("probability", Kind::Int, "-W-"),
    Field("statusDescription", Kind::Text, "W--"),
    Field("post", Kind::Text, "W-W"),
    Field("companyTitle", Kind::Text, "W--"),
    Field("birthdate", Kind::Date, "W-W"),
    Field("honorific", Kind::Text, "W-W"),
    Field("originatorId", Kind::Text, "WWW"),
    Field("originId", Kind::Text, "WWW"),
    Field("originVersion", Kind::Text, "--W"),
    Field("utmSource", Kind::Text, "WWW"),
    Field("utmMedium", Kind::Text, "WWW"),
    Field("utmCampaign", Kind::Text, "WWW"),
    Field("utmContent", Kind::Text, "WWW"),
    Field("utmTerm", Kind::Text, "WWW"),
    Field("webformId", Kind::Int, "W--"),
    Field("createdTime", Kind::Moment, "RRR"),
    Field("updatedTime", Kind::Moment, "RRR"),
    Field("movedTime", Kind::Moment, "RR-"),
    Field("lastActivityTime", Kind::Moment, "RRR"),
    Field("createdBy", Kind::Employee, "RRR"),
    Field("updatedBy", Kind::Employee, "RRR"),
    Field("isReturnCustomer", Kind::Flag, "RR-"),
];

impl Field {
    pub(super) fn is_on(&self, kind: i64) -> bool {
        self.access(kind) != b'-'
    }

    pub(super) fn is_writable(&self, kind: i64) -> bool {
        self.access(kind) == b'W'
    }

    fn access(&self, kind: i64) -> u8 {
        let column = match kind {
            LEAD => 0,
            DEAL => 1,
            CONTACT => 2,
            _ => return b'-',
        };
        self.2.as_bytes()[column]
    }

    pub(super) fn is_multiple(&self) -> bool {
        matches!(self.1, Kind::Employees | Kind::Contacts | Kind::Multifields)
    }

    /// The name of the kind in `crm.item.fields`.
    pub(super) fn type_name(&self) -> &'static str {
        match self.1 {
            Kind::Text => "string",
            Kind::Int => "integer",
            Kind::Number => "double",
            Kind::Flag => "boolean",
            Kind::Date => "date",
            Kind::Moment => "datetime",
            Kind::Stage | Kind::Source => "crm_status",
            Kind::Employee | Kind::Employees => "user",
            Kind::Contacts => "crm_contact",
            Kind::Multifields => "crm_multifield",
        }
    }

    /// The older spelling: `assignedById` is `ASSIGNED_BY_ID`; the stage of a lead is `STATUS_ID`.
    pub(super) fn upper_name(&self, kind: i64) -> String {
        if self.0 == "stageId" && kind == LEAD {
            return "STATUS_ID".to_owned();
        }
        let mut upper = String::new();
        for letter in self.0.chars() {
            if letter.is_ascii_uppercase() {
                upper.push('_');
            }
            upper.push(letter.to_ascii_uppercase());
        }
        upper
    }
}

pub(super) fn find(name: &str, kind: i64) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.0 == name && field.is_on(kind))
}

impl Portal {
    /// The value as it is stored, or the portal's refusal. `category` is the funnel of a deal.
    pub(super) fn accepted(&self, field: &Field, value: &Value, card: i64, category: i64) -> Result<Value, Refusal> {
        let broken = || Refusal::value_not_valid(field.0);
        if field.is_multiple() {
            if !params::is_collection(value) {
                let text = "Expected iterable value for multiple field, but got type instead";
                return Err(Refusal::argument(text));
            }
            let ids = params::entries(value).into_iter().map(|(_, id)| params::int(id));
            let ids = ids.collect::<Option<Vec<_>>>().ok_or_else(broken)?;
            // A link to a card that is not there: the answer is not documented, here it is a bad value.
            if field.1 == Kind::Contacts && ids.iter().any(|id| self.row(CONTACT, *id).is_none()) {
                return Err(broken());
            }
            return Ok(json!(ids));
        }
        if value.is_null() || value.as_str() == Some("") {
            return Ok(empty(field.1));
        }
        match field.1 {
            Kind::Int | Kind::Employee => params::int(value).map(|number| json!(number)),
            Kind::Number => params::text(value).and_then(|text| text.parse::<f64>().ok()).map(|sum| json!(sum)),
            Kind::Flag => flag(value),
            Kind::Date => value.as_str().and_then(moment::date).map(|date| json!(date)),
            Kind::Moment => value.as_str().and_then(moment::read).map(|at_ms| json!(moment::iso(at_ms))),
            Kind::Stage => value.as_str().filter(|code| self.has_stage(card, category, code)).map(|code| json!(code)),
            Kind::Source => value.as_str().filter(|code| self.has_status("SOURCE", code)).map(|code| json!(code)),
            _ => params::text(value).map(|text| json!(text)),
        }
        .ok_or_else(broken)
    }
}

fn empty(kind: Kind) -> Value {
    match kind {
        Kind::Int | Kind::Number => json!(0),
        Kind::Flag => json!("N"),
        _ => Value::Null,
    }
}

fn flag(value: &Value) -> Option<Value> {
    match value {
        Value::Bool(is_set) => Some(json!(if *is_set { "Y" } else { "N" })),
        Value::String(text) if matches!(text.as_str(), "Y" | "N") => Some(json!(text)),
        Value::String(text) if matches!(text.as_str(), "1" | "0") => flag(&json!(text == "1")),
        Value::Number(number) => flag(&json!(number.as_i64() == Some(1))),
        _ => None,
    }
}
