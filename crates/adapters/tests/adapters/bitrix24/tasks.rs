//! A task for the duty manager in place of a to-do: once, whatever is lost, on portals new and old.

use nochnik_doubles::bitrix24::Settings;
use nochnik_doubles::{Fault, Faults};
use serde_json::{Value, json};

use crate::bitrix24::desk::Desk;
use crate::cards::{TODO_MARKER, card};
use crate::wire::Reply;

const FAULTS: [Fault; 6] = [
    Fault::DropBefore,
    Fault::ExecuteThenDrop,
    Fault::ExecuteLate(59_000),
    Fault::ExecuteThenStatus(500),
    Fault::Status(502),
    Fault::Status(503),
];

fn with_tasks(settings: Settings) -> Desk {
    Desk::with(settings, &[("todo", json!("task"))])
}

fn portals() -> [(&'static str, Settings); 2] {
    let new = Settings { has_rest_v3: true, ..Settings::default() };
    [("REST 3.0", new), ("classic", Settings::default())]
}

#[tokio::test]
async fn the_duty_manager_gets_a_task_with_its_deadline() {
    for (what, settings) in portals() {
        let mut desk = with_tasks(settings);
        let card = card();
        desk.deliver(&card).await.unwrap();
        let lead = desk.own_leads(&card)[0].id;
        let tasks = desk.portal.tasks();
        assert_eq!((tasks.len(), desk.portal.todos().len()), (1, 0), "{what}");
        assert!(tasks[0]["title"].as_str().unwrap().ends_with(&format!("#{TODO_MARKER}")), "{what}: {}", tasks[0]);
        assert_eq!(tasks[0]["ufCrmTask"], json!([format!("L_{lead}")]), "{what}");
        assert_eq!(tasks[0]["responsibleId"], "17", "{what}: whose key it is");
        let deadline: jiff::Timestamp = tasks[0]["deadline"].as_str().unwrap().parse().unwrap();
        assert_eq!(deadline, card.todo.as_ref().unwrap().deadline, "{what}");
        desk.portal.assert_clean();
    }
}

#[tokio::test]
async fn one_fault_at_any_call_leaves_one_task() {
    for (what, settings) in portals() {
        for robots_convert_leads in [false, true] {
            for fault in FAULTS {
                for position in 0..7 {
                    let what = format!("{what}, robots {robots_convert_leads}, {fault:?} at call {position}");
                    let mut desk = with_tasks(Settings { robots_convert_leads, ..settings.clone() });
                    let plan = (0..=position).map(|call| (call == position).then_some(fault)).collect::<Vec<_>>();
                    desk.portal.plan(Faults::listed(plan));
                    desk.deliver(&card()).await.unwrap_or_else(|failure| panic!("{what}: {failure}"));
                    desk.calm();
                    desk.pass(120_000);
                    desk.portal.settle(desk.now_ms());
                    assert_eq!((desk.portal.tasks().len(), desk.portal.leads().len()), (1, 1), "{what}");
                    desk.portal.assert_clean();
                }
            }
        }
    }
}

/// The key is the same and the words are others, as after a change of the card: the portal has done the first, though its
/// list of tasks does not show it yet.
#[tokio::test]
async fn a_task_that_was_made_under_other_words_is_not_made_again() {
    let lags = |body: &Value| {
        let asks = !body["filter"]["UF_CRM_TASK"].is_null();
        asks.then(|| Reply::says(200, &json!({ "result": { "tasks": [] } })))
    };
    let settings = Settings { has_rest_v3: true, ..Settings::default() };
    let mut desk = Desk::altered(settings, &[("todo", json!("task"))], lags);
    let mut card = card();
    desk.deliver(&card).await.unwrap();
    desk.refs.clear();
    card.todo.as_mut().unwrap().text = "Другие слова".to_owned();
    desk.deliver(&card).await.unwrap();
    assert_eq!(desk.portal.tasks().len(), 1);
    desk.portal.assert_clean();
}

/// Whoever let us in without the right to tasks hears of it, and the duty manager gets a to-do.
#[tokio::test]
async fn without_the_right_to_tasks_there_is_a_to_do() {
    for has_rest_v3 in [true, false] {
        let scopes = vec!["crm".to_owned()];
        let mut desk = with_tasks(Settings { has_rest_v3, scopes, ..Settings::default() });
        desk.deliver(&card()).await.unwrap();
        assert_eq!((desk.portal.tasks().len(), desk.portal.todos().len()), (0, 1));
        let told = desk.crm.check().await.unwrap().join(" ");
        assert!(told.contains("«Задачи (task, tasks)»"), "{told}");
        desk.portal.assert_clean();
    }
}

/// A key that may make tasks the classic way only does so; what REST 3.0 said is remembered.
#[tokio::test]
async fn the_classic_right_is_enough() {
    let scopes = vec!["crm".to_owned(), "task".to_owned()];
    let mut desk = with_tasks(Settings { has_rest_v3: true, scopes, ..Settings::default() });
    for origin in ["lotos:a:lead", "lotos:b:lead"] {
        desk.refs.clear();
        let mut card = card();
        card.phone = None;
        card.origin = origin.to_owned();
        card.todo.as_mut().unwrap().marker = format!("N-{origin}");
        desk.deliver(&card).await.unwrap();
    }
    assert_eq!(desk.portal.tasks().len(), 2);
    let calls = desk.portal.ledger()["calls"].clone();
    assert_eq!((&calls["v3:tasks.task.add"], &calls["tasks.task.add"]), (&Value::from(1), &Value::from(2)), "{calls}");
    desk.portal.assert_clean();
}
