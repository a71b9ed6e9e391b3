//! The Bitrix24 double keeps the rules and the traps of the portal.

#![expect(clippy::disallowed_methods, reason = "a test drives its peers itself")]
use std::sync::Arc;

use nochnik_doubles::{
    Answer, Fault, Faults, Outcome,
    bitrix24::{Double, Mode, PhoneMatch, Settings, serve_with},
};
use serde_json::{Value, json};

const NOW_MS: i64 = 1_795_312_800_000;

fn portal() -> Double {
    Double::new(Settings::unlimited())
}

fn call(portal: &Double, method: &str, body: Value) -> Answer {
    portal.call(&portal.path(method), &body, NOW_MS)
}

fn result(portal: &Double, method: &str, body: Value) -> Value {
    let answer = call(portal, method, body);
    assert_eq!(answer.status, 200, "{method}: {}", answer.body);
    answer.body["result"].clone()
}

fn lead(origin: &str, phone: &str) -> Value {
    json!({ "entityTypeId": 1, "useOriginalUfNames": "Y", "fields": {
        "title": "[ночной] Маникюр — Анна", "name": "Анна", "originatorId": "NOCHNIK", "originId": origin,
        "fm": [{ "typeId": "PHONE", "valueType": "MOBILE", "value": phone }],
    } })
}

fn add(portal: &Double, body: Value) -> i64 {
    result(portal, "crm.item.add", body)["item"]["id"].as_i64().unwrap()
}

#[test]
fn refuses_by_the_table() {
    let portal = portal();
    let id = add(&portal, lead("a", "+79281234567"));
    let path = |method: &str| portal.path(method);
    let todo = |deadline: &str| json!({ "ownerTypeId": 1, "ownerId": id, "deadline": deadline });
    let comment =
        |owner: i64, text: &str| json!({ "fields": { "ENTITY_ID": owner, "ENTITY_TYPE": "lead", "COMMENT": text } });
    let field = |name: &str, value: Value| json!({ "entityTypeId": 1, "id": id, "fields": { name: value } });
    let status = |code: &str| json!({ "fields": { "ENTITY_ID": "SOURCE", "STATUS_ID": code, "NAME": "Ночник" } });
    let table: Vec<(String, Value, u16, Value)> = vec![
        ("/rest/17/wrong/profile".into(), json!({}), 401, json!("NO_AUTH_FOUND")),
        ("/rest/api/17/h00kc0de/tasks.task.add".into(), json!({}), 404, json!("ERROR_METHOD_NOT_FOUND")),
        (path("crm.lead.fly"), json!({}), 404, json!("ERROR_METHOD_NOT_FOUND")),
        (path("event.bind"), json!({}), 403, json!("WRONG_AUTH_TYPE")),
        (path("crm.activity.configurable.add"), json!({}), 400, json!("ERROR_WRONG_CONTEXT")),
        (path("crm.item.add"), json!({ "entityTypeId": 1 }), 400, json!(100)),
        (path("crm.item.add"), json!({ "entityTypeId": 5, "fields": {} }), 400, json!("ENTITY_TYPE_NOT_SUPPORTED")),
        (path("crm.item.get"), json!({ "entityTypeId": 1, "id": 1 }), 400, json!("NOT_FOUND")),
        (path("crm.item.update"), field("stageId", json!("NOWHERE")), 400, json!("CRM_FIELD_ERROR_VALUE_NOT_VALID")),
        (path("crm.item.update"), field("contactIds", json!(901)), 400, json!(100)),
        (
            path("crm.item.update"),
            field("fm", json!({ "n0": { "typeId": "EMAIL", "value": "anna" } })),
            400,
            json!("ERROR_CORE"),
        ),
        (
            path("crm.item.list"),
            json!({ "entityTypeId": 1, "filter": { "=colour": 1 } }),
            400,
            json!("INVALID_ARG_VALUE"),
        ),
        (path("crm.item.list"), json!({ "entityTypeId": 1, "order": { "id": "UP" } }), 400, json!("INVALID_ARG_VALUE")),
        (path("crm.timeline.comment.add"), comment(1, "текст"), 400, json!("OWNER_NOT_FOUND")),
        (path("crm.timeline.comment.add"), comment(id, ""), 400, json!("INVALID_ARG_VALUE")),
        (path("crm.timeline.comment.list"), json!({ "filter": { "ENTITY_ID": id } }), 400, json!("")),
        (path("crm.activity.todo.add"), todo("завтра"), 400, json!("WRONG_DATETIME_FORMAT")),
        (path("crm.timeline.logmessage.add"), json!({ "fields": { "title": "Ночник" } }), 400, json!(100)),
        (path("crm.status.add"), status("CALL"), 400, json!("ERROR_CORE")),
        (path("crm.status.add"), json!({ "fields": {} }), 400, json!("")),
        (path("crm.deal.contact.add"), json!({ "id": 1, "fields": { "CONTACT_ID": 1 } }), 400, json!("")),
        (path("tasks.task.add"), json!({ "fields": { "TITLE": "Перезвонить" } }), 400, json!("ERROR_CORE")),
    ];
    for (path, body, status, error) in table {
        let answer = portal.call(&path, &body, NOW_MS);
        assert_eq!((answer.status, &answer.body["error"]), (status, &error), "{path} {body}");
        assert!(answer.body.get("error_description").is_some(), "{path}");
    }
    portal.set(|settings| settings.scopes = vec!["task".into()]);
    assert_eq!(call(&portal, "crm.item.list", json!({ "entityTypeId": 1 })).body["error"], "insufficient_scope");
    let told = portal.take_failures();
    assert!(told.iter().all(|told| told.contains("is missing") || told.contains("is not of the type")), "{told:#?}");
}

#[test]
fn every_call_is_held_to_the_data_file() {
    let portal = portal();
    let id = add(&portal, lead("a", "+79281234567"));
    portal.assert_clean();
    let comment = json!({ "ENTITY_ID": id, "ENTITY_TYPE": "lead", "COMMENT": "текст", "AUTHOR": 1 });
    let filter = json!({ "entityTypeId": "один", "filters": {}, "select": ["id"] });
    for (method, body, told) in [
        ("crm.timeline.comment.add", json!({ "fields": comment }), vec!["fields.AUTHOR is not a parameter"]),
        ("crm.item.list", filter, vec!["entityTypeId is not of the type integer", "filters is not a parameter"]),
        ("crm.item.get", json!({ "entityTypeId": 1 }), vec!["id is missing"]),
        ("crm.item.list", json!({ "entityTypeId": "1", "start": "-1", "useOriginalUfNames": "Y" }), vec![]),
    ] {
        call(&portal, method, body);
        let told: Vec<String> = told.into_iter().map(|told| format!("{method}: {told}")).collect();
        assert_eq!(portal.take_failures(), told);
    }
}

#[test]
fn the_51st_fast_request_is_refused_and_two_a_second_drain() {
    let portal = Double::new(Settings::default());
    let ask = |now_ms: i64| portal.call(&portal.path("server.time"), &json!({}), now_ms).status;
    assert_eq!((0..50).filter(|_| ask(NOW_MS) == 200).count(), 50);
    let refused = portal.call(&portal.path("server.time"), &json!({}), NOW_MS);
    assert_eq!((refused.status, &refused.body["error"]), (503, &json!("QUERY_LIMIT_EXCEEDED")));
    assert_eq!((0..5).filter(|_| ask(NOW_MS + 1_000) == 200).count(), 2);
}

#[test]
fn a_method_that_worked_too_long_is_parked_alone() {
    let portal = Double::new(Settings { operating_limit_s: Some(1.0), ..Settings::unlimited() });
    let statuses = (0..6).map(|n| call(&portal, "crm.item.add", lead(&n.to_string(), "1")).status).collect::<Vec<_>>();
    assert_eq!(statuses, [200, 200, 200, 200, 429, 429], "the call that crosses the limit still finishes");
    assert_eq!(call(&portal, "crm.item.list", json!({ "entityTypeId": 1 })).status, 200);
    let later = portal.call(&portal.path("crm.item.add"), &lead("x", "1"), NOW_MS + 600_000);
    assert_eq!(later.status, 200);
}

#[test]
fn nothing_is_unique_and_unknown_fields_vanish() {
    let portal = portal();
    let mut body = lead("conv-77", "+79281234567");
    body["fields"]["UF_CRM_NOCHNIK_TAG"] = json!(["ночной"]);
    let first = add(&portal, body.clone());
    assert_ne!(add(&portal, body), first);
    assert_eq!(portal.duplicates(), [(1, "conv-77".to_owned(), 2)]);
    assert_eq!(portal.ignored_fields(), [("UF_CRM_NOCHNIK_TAG".to_owned(), 2)]);
    let find = json!({ "entityTypeId": 1, "filter": { "=originatorId": "NOCHNIK", "=originId": "conv-77" },
        "select": ["id", "stageId"], "start": -1 });
    let answer = call(&portal, "crm.item.list", find);
    assert_eq!(
        answer.body["result"]["items"],
        json!([{ "id": first, "stageId": "NEW" }, { "id": first + 1, "stageId": "NEW" }])
    );
    assert!(answer.body.get("total").is_none() && answer.body.get("next").is_none());
}

#[test]
fn a_new_lead_comes_with_the_portals_defaults() {
    let portal = portal();
    let item =
        result(&portal, "crm.item.add", json!({ "entityTypeId": 1, "fields": { "name": "Анна" } }))["item"].clone();
    let id = item["id"].as_i64().unwrap();
    assert_eq!(item["title"], format!("Лид #{id}"));
    assert_eq!(
        (&item["stageId"], &item["stageSemanticId"], &item["opened"]),
        (&json!("NEW"), &json!("P"), &json!("Y"))
    );
    assert_eq!((&item["assignedById"], &item["sourceId"]), (&json!(17), &json!("CALL")));
    assert_eq!((&item["webformId"], &item["observers"]), (&Value::Null, &json!([])));
    assert!(item["createdTime"].as_str().unwrap().ends_with("+03:00"));
}

#[test]
fn pages_hold_fifty_rows() {
    let portal = portal();
    for n in 0..51 {
        add(&portal, lead(&n.to_string(), "+79281234567"));
    }
    let page = |start: i64| call(&portal, "crm.item.list", json!({ "entityTypeId": 1, "start": start })).body;
    let rows = |page: &Value| page["result"]["items"].as_array().unwrap().len();
    let (first, second) = (page(0), page(50));
    assert_eq!((rows(&first), &first["total"], &first["next"]), (50, &json!(51), &json!(50)));
    assert_eq!((rows(&second), second.get("next")), (1, None));
    assert!(first["result"]["items"][0].get("fm").is_some(), "no select shows the phones");
}

#[test]
fn custom_fields_need_their_names_and_lists() {
    let portal = portal();
    let new = json!({ "fields": { "FIELD_NAME": "nochnik_tags", "USER_TYPE_ID": "string", "MULTIPLE": "Y" } });
    assert!(result(&portal, "crm.lead.userfield.add", new.clone()).is_i64());
    assert_eq!(call(&portal, "crm.lead.userfield.add", new).body["error"], "ERROR_CORE", "it exists");
    let mut body = lead("a", "1");
    body["fields"]["UF_CRM_NOCHNIK_TAGS"] = json!("ночной");
    assert_eq!(call(&portal, "crm.item.add", body.clone()).body["error"], 100);
    body["fields"]["UF_CRM_NOCHNIK_TAGS"] = json!(["ночной", "горячий"]);
    let item = result(&portal, "crm.item.add", body)["item"].clone();
    assert_eq!(item["UF_CRM_NOCHNIK_TAGS"], json!(["ночной", "горячий"]));
    let plain = result(&portal, "crm.item.get", json!({ "entityTypeId": 1, "id": item["id"] }));
    assert_eq!(plain["item"]["ufCrmNochnikTags"], json!(["ночной", "горячий"]), "without useOriginalUfNames");
    let row = result(&portal, "crm.lead.userfield.list", json!({ "filter": { "FIELD_NAME": "UF_CRM_NOCHNIK_TAGS" } }));
    assert!(row[0]["ID"].is_string());
    assert_eq!(row[0]["SETTINGS"], json!([]), "an empty object is a list");
}

#[test]
fn phones_of_a_card_change_by_key() {
    let portal = portal();
    let id = add(&portal, lead("a", "+79281234567"));
    let update = |fm: Value| {
        let body = json!({ "entityTypeId": 1, "id": id, "fields": { "fm": fm } });
        let item = result(&portal, "crm.item.update", body)["item"].clone();
        item["fm"].as_array().unwrap().iter().map(|fm| fm["value"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first =
        result(&portal, "crm.item.get", json!({ "entityTypeId": 1, "id": id }))["item"]["fm"][0]["id"].to_string();
    assert_eq!(update(json!({ "n0": { "value": "+79280000000" } })), ["+79281234567"], "no typeId: nothing happens");
    let second = json!({ "n0": { "typeId": "PHONE", "value": "+79280000000" } });
    assert_eq!(update(second.clone()), ["+79281234567", "+79280000000"]);
    assert_eq!(update(second).len(), 3, "n0 adds again");
    let gone = json!({ first: { "typeId": "PHONE", "value": "" } });
    assert_eq!(update(gone), ["+79280000000", "+79280000000"]);
}

#[test]
fn duplicates_are_found_by_phone_with_a_cut_at_twenty() {
    let portal = portal();
    let search =
        |values: Value| call(&portal, "crm.duplicate.findbycomm", json!({ "type": "PHONE", "values": values }));
    assert_eq!(search(json!(["+79281234567"])).body["result"], json!([]), "nothing is a list");
    let contact = json!({ "entityTypeId": 3, "fields": { "name": "Анна",
        "fm": [{ "typeId": "PHONE", "value": "+7 928 123-45-67" }] } });
    let contact = add(&portal, contact);
    assert_eq!(search(json!(["+79281234567"])).body["result"], json!({ "CONTACT": [contact] }));
    assert_eq!(search(json!(["89281234567"])).body["result"], json!([]), "digits as they are");
    portal.set(|settings| settings.phone_match = PhoneMatch::EightIsSeven);
    assert_eq!(search(json!(["89281234567"])).body["result"], json!({ "CONTACT": [contact] }));
    for n in 0..20 {
        add(&portal, lead(&n.to_string(), "+79281234567"));
    }
    let cut = search(json!(["+79281234567"])).body["result"].clone();
    assert_eq!((cut["LEAD"].as_array().unwrap().len(), cut.get("CONTACT")), (20, None));
    assert_eq!(search(json!("+79281234567")).body["error"], "Communication values is not defined");
    assert_eq!(search(json!(vec!["1"; 21])).status, 400);
    let nothing = call(&portal, "crm.duplicate.findbycomm", json!({ "values": ["1"] }));
    assert_eq!(nothing.body["error"], "Communication type is not defined");
}

#[test]
fn in_the_simple_mode_a_lead_becomes_a_deal_by_itself() {
    let portal = Double::new(Settings { mode: Mode::Simple, ..Settings::unlimited() });
    assert_eq!(result(&portal, "crm.settings.mode.get", json!({})), 2);
    let id = add(&portal, lead("a", "+79281234567"));
    add(&portal, json!({ "entityTypeId": 1, "fields": { "title": "Без имени" } }));
    portal.settle(NOW_MS + 2_999);
    assert!(portal.deals().is_empty());
    portal.settle(NOW_MS + 3_000);
    let deals = portal.deals();
    assert_eq!(deals.len(), 1, "a lead without a name stays");
    assert_eq!(deals[0].fields["leadId"], id);
    let item = result(&portal, "crm.item.get", json!({ "entityTypeId": 1, "id": id }))["item"].clone();
    assert_eq!((&item["stageId"], &item["stageSemanticId"]), (&json!("CONVERTED"), &json!("S")));
    assert_eq!(portal.contacts()[0].phones, ["+79281234567"]);
}

#[test]
fn a_batch_runs_in_order_and_hands_results_on() {
    let portal = portal();
    let contact = "crm.item.add?entityTypeId=3&fields[name]=%D0%90%D0%BD%D0%BD%D0%B0&fields[originId]=c-77-k";
    let deal = "crm.item.add?entityTypeId=2&fields[title]=T&fields[contactIds][0]=$result[c][item][id]";
    let body = result(&portal, "batch", json!({ "halt": 1, "cmd": { "c": contact, "d": deal } }));
    let id = body["result"]["c"]["item"]["id"].clone();
    assert_eq!(body["result"]["c"]["item"]["name"], "Анна");
    assert_eq!(body["result"]["d"]["item"]["contactIds"], json!([id]));
    assert_eq!((&body["result_error"], &body["result_next"]), (&json!([]), &json!([])));
    portal.assert_clean();
}

#[test]
fn a_batch_fails_command_by_command() {
    let portal = portal();
    let (bad, good) = ("crm.item.get?entityTypeId=1&id=1", "server.time");
    let ordered = json!([["z", bad], ["a", good], ["n", "batch?cmd[a]=profile"]]);
    let body = result(&portal, "batch", json!({ "halt": 0, "cmd": ordered }));
    assert_eq!(body["result_error"]["z"]["error"], "NOT_FOUND");
    assert!(body["result"]["a"].is_string());
    assert_eq!(body["result_error"]["n"]["error"], "ERROR_BATCH_METHOD_NOT_ALLOWED");
    assert_eq!(portal.take_failures().len(), 1);
    let halted = result(&portal, "batch", json!({ "halt": 1, "cmd": [bad, good] }));
    assert_eq!((&halted["result"], halted["result_error"].as_array().unwrap().len()), (&json!([]), 1));
    let many = result(&portal, "batch", json!({ "cmd": vec![good; 51] }));
    assert_eq!(many["result"].as_array().unwrap().len(), 50);
    assert_eq!(many["result_error"]["50"]["error"], "ERROR_BATCH_LENGTH_EXCEEDED");
}

#[test]
fn timeline_rows_are_strings() {
    let portal = portal();
    let id = add(&portal, lead("a", "1"));
    let comment = json!({ "fields": { "ENTITY_ID": id, "ENTITY_TYPE": "lead", "COMMENT": "Переписка #N-4f1c22" } });
    let comment_id = result(&portal, "crm.timeline.comment.add", comment);
    let filter = json!({ "filter": { "ENTITY_ID": id, "ENTITY_TYPE": "lead" }, "select": ["ID", "COMMENT"] });
    let rows = result(&portal, "crm.timeline.comment.list", filter);
    assert_eq!(rows, json!([{ "ID": comment_id.to_string(), "COMMENT": "Переписка #N-4f1c22" }]));
    let todo = json!({ "ownerTypeId": 1, "ownerId": id, "deadline": "2026-09-22T09:15:00+03:00",
        "title": "Перезвонить #N-4f1c22", "responsibleId": 23 });
    result(&portal, "crm.activity.todo.add", todo);
    let filter = json!({ "filter": { "OWNER_TYPE_ID": 1, "OWNER_ID": id, "%SUBJECT": "N-4f1c22" } });
    let rows = result(&portal, "crm.activity.list", filter);
    assert_eq!((&rows[0]["RESPONSIBLE_ID"], &rows[0]["COMPLETED"]), (&json!("23"), &json!("N")));
    assert_eq!(rows[0]["DEADLINE"], "2026-09-22T09:15:00+03:00");
}

#[test]
fn a_contact_is_linked_once() {
    let portal = portal();
    let contact = add(&portal, json!({ "entityTypeId": 3, "fields": { "name": "Анна" } }));
    let deal = add(&portal, json!({ "entityTypeId": 2, "fields": { "title": "Маникюр" } }));
    let link = json!({ "id": deal, "fields": { "CONTACT_ID": contact } });
    assert_eq!(result(&portal, "crm.deal.contact.add", link.clone()), true);
    assert_eq!(result(&portal, "crm.deal.contact.add", link), false);
    let of_contact = json!({ "entityTypeId": 2, "filter": { "=contactId": contact, "=stageSemanticId": "P" } });
    assert_eq!(result(&portal, "crm.item.list", of_contact)["items"][0]["id"], deal);
}

#[test]
fn phones_of_employees_need_a_scope() {
    let portal = portal();
    let manager = json!({ "FILTER": { "ID": 23, "ACTIVE": true } });
    assert_eq!(result(&portal, "user.get", manager.clone())[0]["PERSONAL_MOBILE"], "+79281112233");
    portal.set(|settings| settings.scopes = vec!["user_brief".into()]);
    let row = result(&portal, "user.get", manager)[0].clone();
    assert_eq!((row.get("PERSONAL_MOBILE"), &row["ID"], &row["TIMESTAMP_X"]), (None, &json!("23"), &json!({})));
    let dismissed = json!({ "FILTER": { "ID": 24, "ACTIVE": true } });
    assert_eq!(result(&portal, "user.get", dismissed), json!([]));
}

#[test]
fn a_required_field_breaks_adds() {
    let required = vec![(1, "sourceDescription".to_owned())];
    let portal = Double::new(Settings { required_fields: required, ..Settings::unlimited() });
    assert_eq!(call(&portal, "crm.item.add", lead("a", "1")).status, 400);
    assert!(portal.leads().is_empty());
}

#[test]
fn tokens_rotate_and_expire() {
    let portal = portal();
    portal.add_app("local.1", "secret");
    let code = portal.authorize(NOW_MS).unwrap();
    let exchange = |grant: &str, now_ms: i64| {
        portal.oauth_token(&format!("client_id=local.1&client_secret=secret&grant_type={grant}"), now_ms)
    };
    let by_code = format!("authorization_code&code={code}");
    assert_eq!(exchange(&by_code, NOW_MS + 30_001).body["error"], "invalid_grant", "a code lives 30 s");
    let by_code = format!("authorization_code&code={}", portal.authorize(NOW_MS).unwrap());
    let first = exchange(&by_code, NOW_MS).body;
    assert_eq!(exchange(&by_code, NOW_MS).body["error"], "invalid_grant", "a code works once");
    let ask = |tokens: &Value, now_ms: i64| {
        portal.call("/rest/server.time", &json!({ "auth": tokens["access_token"] }), now_ms).body
    };
    assert!(ask(&first, NOW_MS)["result"].is_string());
    assert_eq!(ask(&first, NOW_MS + 3_600_000)["error"], "expired_token");
    assert_eq!(ask(&json!({}), NOW_MS)["error"], "NO_AUTH_FOUND");
    let refresh = format!("refresh_token&refresh_token={}", first["refresh_token"].as_str().unwrap());
    let second = exchange(&refresh, NOW_MS + 3_600_000).body;
    assert!(ask(&second, NOW_MS + 3_600_000)["result"].is_string());
    assert_eq!(exchange(&refresh, NOW_MS + 3_600_000).body["error"], "invalid_grant", "an old refresh token is dead");
    assert_eq!(portal.oauth_token("client_id=local.1&client_secret=no", NOW_MS).body["error"], "invalid_client");
    portal.set(|settings| settings.is_paid = false);
    assert_eq!(exchange(&refresh, NOW_MS).body["error"], "PAYMENT_REQUIRED");
    let unpaid = call(&portal, "profile", json!({}));
    assert_eq!((unpaid.status, &unpaid.body["error"]), (403, &json!("ACCESS_DENIED")));
}

#[test]
fn filters_know_prefixes_and_groups() {
    let portal = portal();
    let ids = ["a", "b", "c"].map(|origin| add(&portal, lead(origin, "1")));
    let found = |filter: Value| {
        let rows = result(&portal, "crm.item.list", json!({ "entityTypeId": 1, "filter": filter, "select": ["id"] }));
        rows["items"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let cases = [
        (json!({ "originId": "a" }), vec![0]),
        (json!({ "!=originId": "a" }), vec![1, 2]),
        (json!({ "@originId": ["a", "c"] }), vec![0, 2]),
        (json!({ "!@id": [ids[0]] }), vec![1, 2]),
        (json!({ ">id": ids[0], "<=id": ids[1] }), vec![1]),
        (json!({ "%title": "маникюр" }), vec![0, 1, 2]),
        (json!({ "=%title": "маникюр" }), vec![]),
        (json!({ "%=title": "%маникюр%" }), vec![0, 1, 2]),
        (json!({ "!%title": "маникюр" }), vec![]),
        (json!({ "0": { "logic": "OR", "0": { "=originId": "a" }, "1": { "=originId": "b" } } }), vec![0, 1]),
        (json!({ ">createdTime": "2020-01-01T00:00:00+00:00", "=stageSemanticId": "P" }), vec![0, 1, 2]),
    ];
    for (filter, expected) in cases {
        assert_eq!(found(filter.clone()), expected.into_iter().map(|n: usize| ids[n]).collect::<Vec<_>>(), "{filter}");
    }
}

#[test]
fn execute_then_drop_leaves_the_lead() {
    let portal = portal();
    portal.plan(Faults::once("crm.item.add", Fault::ExecuteThenDrop));
    assert_eq!(portal.request(&portal.path("crm.item.add"), &lead("a", "1"), NOW_MS), Outcome::Lost);
    assert_eq!(portal.leads().len(), 1);
    portal.plan(Faults::once("crm.item.add", Fault::ExecuteLate(20_000)));
    assert_eq!(portal.request(&portal.path("crm.item.add"), &lead("a", "1"), NOW_MS), Outcome::Lost);
    assert_eq!(portal.leads().len(), 1, "not yet");
    portal.settle(NOW_MS + 20_000);
    assert_eq!(portal.duplicates().len(), 1, "a caller that repeated too early has made a duplicate");
}

#[tokio::test]
async fn over_a_socket_forms_and_ordered_batches_arrive_as_written() {
    let portal = portal();
    let server = serve_with(portal.clone(), 0, Arc::new(|| NOW_MS)).await.unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().user_agent("nochnik/0.1").build().unwrap();
    let url = |method: &str| format!("{}{}.json", server.url(), portal.path(method));
    let form =
        "entityTypeId=1&fields[name]=%D0%90%D0%BD%D0%BD%D0%B0&fields[fm][0][typeId]=PHONE&fields[fm][0][value]=%2B7928";
    let added = http.post(url("crm.item.add")).header("content-type", "application/x-www-form-urlencoded").body(form);
    let added = added.send().await.unwrap().json::<Value>().await.unwrap();
    assert_eq!(added["result"]["item"]["fm"][0]["value"], "+7928");
    let ordered = r#"{"halt":1,"cmd":{"z":"crm.item.add?entityTypeId=3&fields[name]=K","a":"crm.item.get?entityTypeId=3&id=$result[z][item][id]"}}"#;
    let batch = http.post(url("batch")).header("content-type", "application/json").body(ordered);
    let batch = batch.send().await.unwrap().json::<Value>().await.unwrap();
    assert_eq!(batch["result"]["result"]["a"]["item"]["name"], "K", "{batch}");
    portal.plan(Faults::once("profile", Fault::DropBefore));
    assert!(http.get(url("profile")).send().await.is_err());
    assert_eq!(http.get(url("profile")).send().await.unwrap().status(), 200);
    portal.set(|settings| settings.renamed_to = Some("https://lotos.bitrix24.ru".into()));
    let moved =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).user_agent("nochnik/0.1").build();
    let moved = moved.unwrap().get(url("profile")).send().await.unwrap();
    assert_eq!(moved.status(), 302);
    assert!(moved.headers()["location"].to_str().unwrap().starts_with("https://lotos.bitrix24.ru/rest/"));
    let ledger = http.get(format!("{}/_ledger", server.url())).send().await.unwrap().json::<Value>().await.unwrap();
    assert_eq!((&ledger["leads"], &ledger["failures"]), (&json!(1), &json!([])));
    portal.assert_clean();
}

/// Source: `ar/rest-v3.md`: a success is kept for a day under its key, an error is not.
#[test]
fn rest_3_knows_a_repeated_key() {
    let portal = Double::new(Settings { has_rest_v3: true, ..Settings::default() });
    let path = "/rest/api/17/h00kc0de/tasks.task.add";
    let task = |title: &str| json!({ "fields": { "title": title, "creatorId": 17, "responsibleId": 23 } });
    let send = |key: Option<&str>, body: &Value, now_ms: i64| match portal.request_keyed(path, key, body, now_ms) {
        Outcome::Answered(answer) => (answer.status, answer.body),
        other => panic!("{other:?}"),
    };
    let code = |body: &Value| body["error"]["code"].as_str().unwrap_or_default().to_owned();
    let (status, refused) = send(Some("k"), &json!({ "fields": { "title": "Ночной лид", "creatorId": 17 } }), NOW_MS);
    assert_eq!(
        (status, code(&refused)),
        (400, "BITRIX_REST_V3_EXCEPTION_VALIDATION_REQUESTVALIDATIONEXCEPTION".into())
    );
    let first = send(Some("k"), &task("Ночной лид"), NOW_MS);
    assert_eq!(first.0, 200, "an error does not use a key up: {}", first.1);
    assert_eq!(send(Some("k"), &task("Ночной лид"), NOW_MS + 1_000), first);
    let (status, other) = send(Some("k"), &task("Другой"), NOW_MS);
    assert_eq!((status, code(&other)), (422, "BITRIX_REST_V3_EXCEPTION_IDEMPOTENCYKEYREUSEDEXCEPTION".into()));
    for key in ["", "ключ", &"k".repeat(256)] {
        let (status, bad) = send(Some(key), &task("Другой"), NOW_MS);
        assert_eq!(
            (status, code(&bad)),
            (400, "BITRIX_REST_V3_EXCEPTION_INVALIDIDEMPOTENCYKEYEXCEPTION".into()),
            "{key}"
        );
    }
    assert_eq!(portal.tasks().len(), 1);
    assert_ne!(send(Some("k"), &task("Ночной лид"), NOW_MS + 86_400_000), first, "a day later");
    assert_ne!(send(None, &task("Ночной лид"), NOW_MS), send(None, &task("Ночной лид"), NOW_MS), "without a key");
    portal.assert_clean();
}

fn with_bot() -> (Double, i64) {
    let portal = portal();
    let fields = json!({ "code": "nochnik", "botToken": "t", "type": "bot", "eventMode": "fetch", "properties": { "name": "Ночник" } });
    let bot = result(&portal, "imbot.v2.Bot.register", json!({ "fields": fields }))["bot"]["id"].as_i64().unwrap();
    (portal, bot)
}

fn take_button() -> Value {
    json!({ "TEXT": "Беру", "COMMAND": "take", "COMMAND_PARAMS": "case-1" })
}

#[test]
fn a_bot_is_refused_by_the_table() {
    let (portal, bot) = with_bot();
    let register = |changes: Value| {
        let mut fields = json!({ "code": "other", "botToken": "t", "properties": { "name": "Ночник" } });
        fields.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        fields.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        json!({ "fields": fields })
    };
    let own = |params: Value| {
        let mut all = json!({ "botId": bot, "botToken": "t" });
        all.as_object_mut().unwrap().extend(params.as_object().unwrap().clone());
        all
    };
    let table = [
        ("imbot.v2.Bot.register", register(json!({ "botToken": null })), 400, "BOT_TOKEN_NOT_SPECIFIED"),
        ("imbot.v2.Bot.register", register(json!({ "botToken": "t".repeat(41) })), 400, "BOT_TOKEN_INVALID_LENGTH"),
        ("imbot.v2.Bot.register", register(json!({ "code": "" })), 400, "BOT_CODE_REQUIRED"),
        ("imbot.v2.Bot.register", register(json!({ "properties": {} })), 400, "BOT_PROPERTIES_REQUIRED"),
        ("imbot.v2.Bot.register", register(json!({ "type": "human" })), 400, "BOT_INVALID_TYPE"),
        ("imbot.v2.Bot.register", register(json!({ "eventMode": "push" })), 400, "BOT_INVALID_EVENT_MODE"),
        ("imbot.v2.Bot.register", register(json!({ "eventMode": "webhook" })), 400, "BOT_WEBHOOK_URL_REQUIRED"),
        (
            "imbot.v2.Bot.register",
            register(json!({ "code": "nochnik", "botToken": "u" })),
            400,
            "BOT_CODE_ALREADY_TAKEN",
        ),
        ("imbot.v2.Event.get", json!({ "botId": bot }), 400, "BOT_TOKEN_NOT_SPECIFIED"),
        ("imbot.v2.Event.get", json!({ "botToken": "t" }), 400, "BOT_ID_REQUIRED"),
        ("imbot.v2.Event.get", json!({ "botToken": "t", "botId": 1 }), 400, "BOT_NOT_FOUND"),
        ("imbot.v2.Event.get", json!({ "botToken": "u", "botId": bot }), 403, "BOT_OWNERSHIP_ERROR"),
        ("imbot.v2.Command.register", own(json!({ "fields": { "hidden": true } })), 400, "COMMAND_REQUIRED"),
        ("imbot.v2.Command.register", own(json!({ "fields": { "command": "take" } })), 400, "COMMAND_TITLE_REQUIRED"),
        (
            "imbot.v2.Chat.Message.send",
            own(json!({ "dialogId": "23", "fields": { "message": " " } })),
            400,
            "EMPTY_MESSAGE",
        ),
        (
            "imbot.v2.Chat.Message.send",
            own(json!({ "dialogId": "24", "fields": { "message": "да" } })),
            403,
            "ACCESS_DENIED",
        ),
        (
            "imbot.v2.Chat.Message.update",
            own(json!({ "messageId": 1, "fields": { "message": "да" } })),
            403,
            "ACCESS_DENIED",
        ),
        (
            "imbot.v2.Command.answer",
            own(json!({ "commandId": 42, "messageId": 1, "dialogId": "23", "fields": { "message": "да" } })),
            400,
            "COMMAND_ANSWER_FAILED",
        ),
    ];
    for (method, body, status, code) in table {
        let answer = call(&portal, method, body.clone());
        assert_eq!((answer.status, &answer.body["error"]), (status, &json!(code)), "{method} {body}");
    }
    assert_eq!(portal.bots().len(), 1);
}

#[test]
fn a_button_without_a_command_of_the_bot_is_a_failure_of_ours() {
    let (portal, bot) = with_bot();
    let send = |keyboard: Value| {
        let fields = json!({ "message": "Ждёт клиент", "keyboard": keyboard });
        result(
            &portal,
            "imbot.v2.Chat.Message.send",
            json!({ "botId": bot, "botToken": "t", "dialogId": "23", "fields": fields }),
        )
    };
    send(json!([take_button()]));
    assert_eq!(portal.take_failures().len(), 1, "the command is not registered");
    let command = json!({ "botId": bot, "botToken": "t", "fields": { "command": "take", "hidden": true } });
    let first = result(&portal, "imbot.v2.Command.register", command.clone());
    assert_eq!(result(&portal, "imbot.v2.Command.register", command), first, "once registered, it comes back as it is");
    let id = send(json!([take_button(), { "TYPE": "NEWLINE" }]))["id"].as_i64().unwrap();
    portal.assert_clean();
    let update = |keyboard: Value| {
        let fields = json!({ "message": "Ждёт", "keyboard": keyboard });
        result(
            &portal,
            "imbot.v2.Chat.Message.update",
            json!({ "botId": bot, "botToken": "t", "messageId": id, "fields": fields }),
        )
    };
    update(json!([take_button()]));
    assert_eq!(portal.take_failures().len(), 1, "a changed keyboard names its bot");
    update(json!({ "BOT_ID": bot, "BUTTONS": [take_button()] }));
    assert!(portal.presses(23, id, "Беру", NOW_MS));
    update(json!("N"));
    assert!(!portal.presses(23, id, "Беру", NOW_MS), "the keyboard is gone");
    portal.assert_clean();
}

#[test]
fn a_queue_gives_again_what_was_not_confirmed() {
    let (portal, bot) = with_bot();
    for word in ["раз", "два", "три"] {
        portal.tells_bot(23, bot, word, None, NOW_MS);
    }
    let get = |params: Value| {
        let mut all = json!({ "botId": bot, "botToken": "t", "limit": 2 });
        all.as_object_mut().unwrap().extend(params.as_object().unwrap().clone());
        result(&portal, "imbot.v2.Event.get", all)
    };
    let first = get(json!({}));
    assert_eq!((first["events"].as_array().unwrap().len(), &first["hasMore"]), (2, &json!(true)));
    assert_eq!(get(json!({})), first);
    let rest = get(json!({ "offset": first["nextOffset"] }));
    assert_eq!((&rest["events"][0]["data"]["message"]["text"], &rest["hasMore"]), (&json!("три"), &json!(false)));
    let none = get(json!({ "offset": rest["nextOffset"] }));
    assert_eq!((&none["events"], &none["nextOffset"]), (&json!([]), &rest["nextOffset"]));
}
