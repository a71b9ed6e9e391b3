//! The doubles of SMS, calls and pushes refuse what the contracts refuse, and say so.

use std::{fs, path::PathBuf};

use nochnik_doubles::{
    Answer, Outcome,
    means::{Double, Request, Vendor, credentials},
};
use serde_json::{Value, json};

const NOW_MS: i64 = 1_795_275_000_000;

fn contract(file: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../contracts").join(file);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn breaches(document: &Value, definition: &str, body: &Value) -> Vec<String> {
    let schema = json!({ "$defs": document["$defs"], "$ref": format!("#/$defs/{definition}") });
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(body).map(|error| error.to_string()).collect()
}

#[test]
fn each_example_fits_the_definition_of_its_name() {
    let mut seen = 0;
    for (folder, schema) in [("sms", "providers.schema.json"), ("web-push", "web-push.schema.json")] {
        let document = contract(&format!("{folder}/{schema}"));
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../contracts").join(folder).join("examples");
        for entry in fs::read_dir(path).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let definition = name.strip_suffix(".json").unwrap();
            let broken = breaches(&document, definition, &contract(&format!("{folder}/examples/{name}")));
            assert!(broken.is_empty() && document["$defs"].get(definition).is_some(), "{name}: {broken:?}");
            seen += 1;
        }
    }
    assert_eq!(seen, 12);
}

fn answer(double: &Double, request: &Request) -> Answer {
    match double.request(request, NOW_MS) {
        Outcome::Answered(answer) => answer,
        other => panic!("{other:?}"),
    }
}

fn form(path: &str, body: &str) -> Request {
    Request {
        method: "POST".to_owned(),
        path: path.to_owned(),
        content_type: "application/x-www-form-urlencoded".to_owned(),
        body: body.to_owned(),
        ..Request::default()
    }
}

fn smsru(rest: &str) -> Request {
    form("/sms/send", &format!("api_id={}&json=1&{rest}", credentials::SMSRU_API_ID))
}

/// A breach of the contract is refused, and no test passes over it.
#[test]
fn what_breaks_the_contract_is_refused_and_remembered() {
    for (name, request) in [
        ("a plus in the number", smsru("to=%2B79281234567&text=a")),
        ("twelve digits", smsru("to=375291234567&text=a")),
        ("no text", smsru("to=79281234567&text=")),
        ("a field nobody knows", smsru("to=79281234567&text=a&urgent=1")),
        ("a field twice", smsru("to=79281234567&to=79281234568&text=a")),
        ("no UTF-8", smsru("to=79281234567&text=%FF")),
        ("no path", form("/sms/sent", &smsru("").body)),
        ("no form", Request { content_type: "text/plain".to_owned(), ..smsru("to=79281234567&text=a") }),
        ("a GET", Request { method: "GET".to_owned(), ..smsru("to=79281234567&text=a") }),
    ] {
        let double = Double::new(Vendor::SmsRu);
        assert_eq!(answer(&double, &request).status, 400, "{name}");
        assert_eq!(double.take_failures().len(), 1, "{name}");
        assert!(double.sent().is_empty(), "{name}");
    }
}

/// Errors that hide behind 200, as the sheets warn.
#[test]
fn errors_come_with_status_200_where_the_vendor_does_so() {
    for (vendor, request, place, expected) in [
        (Vendor::SmsRu, form("/sms/send", "api_id=stranger&json=1"), "/status_code", json!(200)),
        (Vendor::Smsc, form("/sys/send.php", "login=stranger&psw=1&fmt=3"), "/error_code", json!(2)),
        (Vendor::Zvonok, call("stranger"), "/status", json!("error")),
    ] {
        let double = Double::new(vendor);
        let said = answer(&double, &request);
        assert_eq!((said.status, said.body.pointer(place)), (200, Some(&expected)), "{vendor:?}");
        double.assert_clean();
    }
    let stranger = Request { authorization: "Bearer stranger".to_owned(), ..Request::default() };
    assert_eq!(answer(&Double::new(Vendor::Exolve), &stranger).status, 401);
    assert_eq!(answer(&Double::new(Vendor::SmsAero), &stranger).status, 401);
}

fn call(key: &str) -> Request {
    Request {
        method: "POST".to_owned(),
        path: "/manager/cabapi_external/api/v1/phones/call/".to_owned(),
        query: format!("public_key={key}&campaign_id={}&phone=%2B79281234567&text=a", credentials::ZVONOK_CAMPAIGN),
        ..Request::default()
    }
}

#[test]
fn money_goes_and_when_it_is_gone_nothing_is_sent() {
    let double = Double::new(Vendor::SmsRu);
    double.holds_kop(1_098);
    let two_parts = smsru(&format!("to=79281234567&text={}", "%D1%8F".repeat(71)));
    let said = answer(&double, &two_parts);
    assert_eq!(said.body.pointer("/sms/79281234567/cost"), Some(&json!("10.98")));
    assert_eq!(answer(&double, &smsru("to=79281234567&text=a")).body["status_code"], 201);
    assert_eq!(double.sent().len(), 1);
}
