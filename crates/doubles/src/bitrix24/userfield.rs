//! Custom fields, made in two ways: `crm.*.userfield.*` and `userfieldconfig.*`.
//!
//! Source: `ar/crm/universal/userfieldconfig/*.md`, `ar/crm/leads/userfield/*.md`.

use serde_json::{Map, Value, json};

use super::{
    Reply, filter, params,
    portal::{CONTACT, DEAL, LEAD, Portal},
    refusal::Refusal,
};

const FIRST_ID: i64 = 4_410;
const CODE_MAX: usize = 43;
const NAME_MAX: usize = 50;
const TYPES: [&str; 15] = [
    "string",
    "integer",
    "double",
    "boolean",
    "datetime",
    "date",
    "money",
    "url",
    "address",
    "enumeration",
    "file",
    "employee",
    "crm_status",
    "iblock_section",
    "crm",
];

pub(super) struct UserField {
    id: i64,
    name: String,
    kind: String,
    is_multiple: bool,
    shows_filter: String,
    label: Value,
    xml_id: Value,
    /// Names of an enumeration's choices; their ids count on from the field's own.
    choices: Vec<String>,
}

impl UserField {
    /// The stored value; a multiple field takes a list, a single one a scalar.
    pub(super) fn accepted(&self, name: &str, value: &Value) -> Result<Value, Refusal> {
        if self.is_multiple {
            if !params::is_collection(value) {
                let text = "Expected iterable value for multiple field, but got type instead";
                return Err(Refusal::argument(text));
            }
            let values = params::entries(value).into_iter().map(|(_, value)| self.chosen(name, value));
            return values.collect();
        }
        if params::is_collection(value) {
            return Err(Refusal::value_not_valid(name));
        }
        self.chosen(name, value)
    }

    /// An enumeration is written by the ids of its choices.
    fn chosen(&self, name: &str, value: &Value) -> Result<Value, Refusal> {
        let is_empty = value.is_null() || value.as_str() == Some("");
        if self.kind != "enumeration" || is_empty {
            return Ok(value.clone());
        }
        let ids = self.choice_ids();
        let id = params::int(value).filter(|id| ids.contains(id)).ok_or_else(|| Refusal::value_not_valid(name))?;
        Ok(json!(id))
    }

    fn choice_ids(&self) -> Vec<i64> {
        (1..).take(self.choices.len()).map(|at| self.id * 100 + at).collect()
    }

    pub(super) fn empty(&self) -> Value {
        if self.is_multiple { json!([]) } else { Value::Null }
    }

    /// The entry of `crm.item.fields`.
    pub(super) fn described(&self) -> Value {
        let items: Vec<Value> = self
            .choice_ids()
            .iter()
            .zip(&self.choices)
            .map(|(id, name)| json!({ "ID": id.to_string(), "VALUE": name }))
            .collect();
        json!({
            "items": items, "type": self.kind, "isRequired": false, "isReadOnly": false, "isImmutable": false,
            "isMultiple": self.is_multiple, "isDynamic": true, "title": self.name, "upperName": self.name,
        })
    }

    fn multiple(&self) -> &'static str {
        if self.is_multiple { "Y" } else { "N" }
    }

    /// The row of `crm.*.userfield.list`: upper case and strings.
    fn classic_row(&self, entity: &str) -> Map<String, Value> {
        let row = json!({
            "ID": self.id.to_string(), "ENTITY_ID": entity, "FIELD_NAME": self.name, "USER_TYPE_ID": self.kind,
            "XML_ID": self.xml_id, "SORT": "100", "MULTIPLE": self.multiple(), "MANDATORY": "N",
            "SHOW_FILTER": self.shows_filter, "SETTINGS": [],
        });
        row.as_object().cloned().unwrap_or_default()
    }

    /// The row of `userfieldconfig.*`.
    fn config_row(&self, entity: &str) -> Map<String, Value> {
        let row = json!({
            "id": self.id.to_string(), "entityId": entity, "fieldName": self.name, "userTypeId": self.kind,
            "xmlId": self.xml_id, "sort": "100", "multiple": self.multiple(), "mandatory": "N",
            "showFilter": self.shows_filter, "editFormLabel": self.label, "settings": [],
        });
        row.as_object().cloned().unwrap_or_default()
    }
}

impl Portal {
    /// A custom field by the name a request gave: the original one, or camelCase when `useOriginalUfNames` is off.
    pub(super) fn user_field(&self, card: i64, name: &str, keeps_names: bool) -> Option<(String, &UserField)> {
        let mut fields = self.user_fields.iter().filter(|((of, _), _)| *of == card);
        let found = fields.find(|((_, own), _)| if keeps_names { own == name } else { camel(own) == name });
        found.map(|((_, own), field)| (own.clone(), field))
    }

    pub(super) fn userfield_add(&mut self, card: i64, params: &Value) -> Reply {
        let fields = &params["fields"];
        let required = |name: &str| {
            let text = format!("The '{name}' field is not found.");
            fields[name].as_str().filter(|text| !text.is_empty()).ok_or_else(|| Refusal::nameless(&text))
        };
        let (code, kind) = (required("FIELD_NAME")?, required("USER_TYPE_ID")?);
        if !self.settings.is_admin {
            return Err(Refusal::nameless("Access denied."));
        }
        let code = code.to_uppercase();
        let code = code.strip_prefix("UF_CRM_").unwrap_or(&code);
        if code.len() > CODE_MAX {
            return Err(Refusal::bad("ERROR_CORE", "Слишком длинное имя поля<br>"));
        }
        let label = json!({ "ru": fields["LABEL"] });
        let show = fields["SHOW_FILTER"].as_str().unwrap_or("N").to_owned();
        let name = format!("UF_CRM_{code}");
        let id = self.new_user_field(
            card,
            &name,
            kind,
            &fields["MULTIPLE"],
            show,
            label,
            &fields["XML_ID"],
            &fields["LIST"],
        )?;
        Ok(json!(id).into())
    }

    pub(super) fn userfield_list(&mut self, card: i64, params: &Value) -> Reply {
        let rows = self.user_fields.iter().filter(|((of, _), _)| *of == card);
        let rows = rows.map(|(_, field)| field.classic_row(entity(card))).collect();
        listed(rows, params, |rows| json!(rows))
    }

    pub(super) fn userfieldconfig_add(&mut self, params: &Value) -> Reply {
        let field = &params["field"];
        if params["moduleId"].as_str() != Some("crm") {
            return Err(Refusal::nameless("Access denied"));
        }
        let required = |key: &str, name: &str| {
            let text = format!("The '{name}' field is not found");
            field[key].as_str().filter(|text| !text.is_empty()).ok_or_else(|| Refusal::nameless(&text))
        };
        let kind = required("userTypeId", "USER_TYPE_ID")?;
        let name = required("fieldName", "FIELD_NAME")?;
        let card = card_of(field["entityId"].as_str().unwrap_or_default());
        let card = card.filter(|_| self.settings.is_admin).ok_or_else(|| Refusal::nameless("Access denied"))?;
        if !name.starts_with("UF_CRM_") || name.len() > NAME_MAX {
            return Err(Refusal::nameless("Fail to create new user field"));
        }
        let show = field["showFilter"].as_str().unwrap_or("N").to_owned();
        let label = field["editFormLabel"].clone();
        self.new_user_field(card, name, kind, &field["multiple"], show, label, &field["xmlId"], &field["enum"])
            .map_err(|_| Refusal::nameless("Fail to create new user field"))?;
        let made = &self.user_fields[&(card, name.to_owned())];
        Ok(json!({ "field": made.config_row(entity(card)) }).into())
    }

    pub(super) fn userfieldconfig_list(&mut self, params: &Value) -> Reply {
        if params["moduleId"].as_str() != Some("crm") {
            return Err(Refusal::nameless("No settings for UserFieldAccess"));
        }
        let rows = self.user_fields.iter().map(|((card, _), field)| field.config_row(entity(*card))).collect();
        listed(rows, params, |rows| json!({ "fields": rows }))
    }

    #[expect(clippy::too_many_arguments, reason = "two spellings of one request meet here")]
    fn new_user_field(
        &mut self,
        card: i64,
        name: &str,
        kind: &str,
        multiple: &Value,
        shows_filter: String,
        label: Value,
        xml_id: &Value,
        choices: &Value,
    ) -> Result<i64, Refusal> {
        let is_spelt =
            name.bytes().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == b'_');
        let is_multiple = params::is_yes(multiple);
        let key = (card, name.to_owned());
        let is_wrong = !TYPES.contains(&kind) || (kind == "boolean" && is_multiple);
        if !is_spelt || is_wrong || self.user_fields.contains_key(&key) {
            return Err(Refusal::bad("ERROR_CORE", "Поле с таким именем уже существует или имя недопустимо<br>"));
        }
        let id = self.new_id("userfield", FIRST_ID);
        let field = UserField {
            id,
            name: name.to_owned(),
            kind: kind.to_owned(),
            is_multiple,
            shows_filter,
            label,
            xml_id: xml_id.clone(),
            choices: params::entries(choices)
                .iter()
                .filter_map(|(_, choice)| ["VALUE", "value"].iter().find_map(|key| params::text(&choice[*key])))
                .collect(),
        };
        self.user_fields.insert(key, field);
        Ok(id)
    }
}

fn listed(
    rows: Vec<Map<String, Value>>,
    params: &Value,
    shape: impl FnOnce(Vec<Map<String, Value>>) -> Value,
) -> Reply {
    let any = |_: &str| true;
    let mut kept = Vec::new();
    for row in rows {
        if filter::matches(&params["filter"], &row, &any)? {
            kept.push(row);
        }
    }
    filter::sort(&mut kept, &params["order"], &any)?;
    Ok(filter::page(kept, &params["start"], shape))
}

/// `UF_CRM_NOCHNIK_TAGS` as `ufCrmNochnikTags`; any other name stays.
pub(super) fn camel(name: &str) -> String {
    if !name.starts_with("UF_") {
        return name.to_owned();
    }
    let mut words = name.split('_').map(str::to_lowercase);
    let mut camel = words.next().unwrap_or_default();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

fn entity(card: i64) -> &'static str {
    match card {
        LEAD => "CRM_LEAD",
        DEAL => "CRM_DEAL",
        _ => "CRM_CONTACT",
    }
}

fn card_of(entity: &str) -> Option<i64> {
    match entity {
        "CRM_LEAD" => Some(LEAD),
        "CRM_DEAL" => Some(DEAL),
        "CRM_CONTACT" => Some(CONTACT),
        _ => None,
    }
}
