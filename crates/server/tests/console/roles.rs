//! Who goes through which door: every route of the console for every role, and what a technician never sees.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::browser::{Answer, Browser};
use crate::support::night::{self, Talk};
use crate::support::{PASSWORD, Site};
use axum::http::StatusCode;
use nochnik_server::web::doors::{CHAT, CONSOLE, Door, FILES, HOOKS, OPEN, PORTALS, Who};
use nochnik_server::web::{self, Role};
use nochnik_store::{Sql, audit, record_views};

const ROLES: [(&str, Role); 4] =
    [("roza", Role::Owner), ("marina", Role::Manager), ("gost", Role::Observer), ("agent", Role::Integrator)];
/// What clients are called here, what they say and where they are called back: words that stand nowhere else.
const CANARIES: [&str; 4] = ["Канарейкина", "канареечный вопрос", "canary-talk", "9185550199"];

async fn site() -> Site {
    let site = Site::open().await;
    let now_ms = site.desk.now.lock().unwrap().as_millisecond();
    web::set_password(&site.store, "lotos", "agent", Role::Integrator, PASSWORD, now_ms).await.unwrap();
    night::fill(&site.store, "lotos", now_ms).await;
    let talk = Talk {
        id: "canary-talk",
        name: "Канарейкина",
        last: "канареечный вопрос, +79185550199",
        speaker: "bot",
        heat: "hot",
        needs_person: true,
        ago_min: 3,
    };
    night::keep(&site.store, "lotos", now_ms, &talk).await;
    let job = move |sql: &mut dyn Sql| {
        let view = record_views::NewView { login: "marina", what: "talk", record: "canary-talk", at_ms: now_ms };
        record_views::note(sql, "lotos", &view)?;
        let entry =
            audit::NewEntry { at_ms: now_ms, actor: "bot", action: "model.ask", subject: "canary-talk", details: "{}" };
        audit::append(sql, "lotos", &entry)
    };
    site.store.write(job).await.unwrap();
    site
}

/// The address with something in each of its places.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{account}" => "widget",
        "{kind}" => "telegram",
        "{login}" => "nobody",
        "{seq}" | "{number}" => "1",
        "{place}" => "+",
        "{id}" if path.contains("/chats/") => "canary-talk",
        "{id}" if path.contains("/delivery/") || path.contains("/lessons/") => "99",
        part if part.starts_with('{') => "x",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

async fn knock(browser: &mut Browser, door: &Door) -> Answer {
    let path = filled(door.path);
    match door.method {
        "get" => browser.get(&path).await,
        "post" => browser.post(&path, &[]).await,
        other => panic!("{other} {path}: nobody knocks so"),
    }
}

/// Led away from «Сейчас», which a technician comes to after the login, counts as kept out.
fn is_kept_out(door: &Door, answer: &Answer) -> bool {
    let is_led_away = door.path == "/console" && answer.header("location") == "/console/more";
    answer.status == StatusCode::FORBIDDEN || is_led_away
}

#[tokio::test]
async fn control_c41_every_door_is_open_to_whom_the_table_says_and_to_nobody_else() {
    let site = site().await;
    for (login, role) in ROLES {
        let browser = Browser::signed_in(&site.router, login).await;
        // These end what the others need; the ways in know no role.
        let ends = |door: &&Door| door.path == "/logout" || door.path.starts_with("/console/second-factor/");
        for door in CONSOLE.iter().chain(FILES).filter(|door| door.who != Who::Anybody && !ends(door)) {
            // A job of minutes is begun by these; whoever may not is still turned away.
            if matches!(door.path, "/console/check" | "/console/lessons/train") && door.who.lets(role) {
                continue;
            }
            let answer = knock(&mut browser.clone(), door).await;
            let told = format!("{login}: {} {} gave {}", door.method, door.path, answer.status);
            assert!(!answer.header("location").starts_with("/login"), "{told}: signed out");
            assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{told}");
            assert_eq!(is_kept_out(door, &answer), !door.who.lets(role), "{told}");
        }
    }
}

#[tokio::test]
async fn a_stranger_goes_through_no_door_of_the_console() {
    let site = site().await;
    for door in CONSOLE.iter().chain(FILES).filter(|door| door.who != Who::Anybody) {
        let answer = knock(&mut Browser::new(&site.router), door).await;
        let is_led_in = answer.status == StatusCode::SEE_OTHER && answer.header("location").starts_with("/login");
        assert!(
            is_led_in || answer.status == StatusCode::UNAUTHORIZED,
            "{} {}: {}",
            door.method,
            door.path,
            answer.status
        );
    }
}

/// Said here once more, by hand: a slip in the table must not be its own proof.
#[test]
fn what_the_roles_are_for() {
    let of = |role: Role, method: &str| -> BTreeSet<&str> {
        let open =
            CONSOLE.iter().filter(|door| door.who != Who::Anybody && door.method == method && door.who.lets(role));
        open.map(|door| door.path).collect()
    };
    let clients = [
        "/console",
        "/console/chats",
        "/console/chats/{id}",
        "/console/chats/{id}/file/{seq}",
        "/console/escalations",
        "/console/leads",
        "/console/calendar",
        "/console/delivery",
        "/console/lessons",
        "/console/lessons/done",
    ];
    let technician: BTreeSet<_> = of(Role::Integrator, "get").union(&of(Role::Integrator, "post")).copied().collect();
    for path in clients {
        assert!(!technician.contains(path), "a technician sees {path}");
    }
    let calls = |path: &&&str| ["/people/", "/access", "/push"].iter().any(|part| path.contains(part));
    let decides: Vec<_> = technician.iter().filter(calls).collect();
    assert!(decides.is_empty(), "a technician decides who is called: {decides:?}");
    for path in [
        "/console/settings/services",
        "/console/channels/add/{kind}",
        "/console/crm",
        "/console/calendars",
        "/console/journal",
    ] {
        assert!(technician.contains(path), "a technician needs {path}");
    }
    let observer = of(Role::Observer, "post");
    let own = |path: &&str| {
        ["/console/theme", "/console/logins/", "/console/password", "/console/second-factor/", "/logout"]
            .iter()
            .any(|own| path.starts_with(own))
    };
    assert!(observer.iter().all(own), "an observer acts: {observer:?}");
    let manager: BTreeSet<_> = of(Role::Manager, "get").union(&of(Role::Manager, "post")).copied().collect();
    assert!(
        manager.iter().all(|path| !path.contains("/settings") && !path.contains("/crm") && !path.contains("/access")),
        "{manager:?}"
    );
    let owner = of(Role::Owner, "get").len() + of(Role::Owner, "post").len();
    assert_eq!(owner, CONSOLE.iter().filter(|door| door.who != Who::Anybody).count(), "an owner goes everywhere");
}

#[tokio::test]
async fn a_technician_sees_no_client_anywhere() {
    let site = site().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let seen = owner.get("/console/chats").await.text;
    assert!(seen.contains("Канарейкина") && seen.contains("канареечный вопрос"), "the canaries are there");
    let mut agent = Browser::signed_in(&site.router, "agent").await;
    let pages = CONSOLE
        .iter()
        .filter(|door| door.method == "get" && door.path != "/console/live")
        .map(|door| filled(door.path));
    let more = [
        "/console/journal?kind=outside",
        "/console/journal?view=seen",
        "/console/journal/table.csv?view=seen",
        "/console/channels/of/widget",
    ];
    let mut looked_at = 0;
    for path in pages.chain(more.map(str::to_owned)) {
        let answer = agent.get(&path).await;
        looked_at += usize::from(answer.status == StatusCode::OK);
        for canary in CANARIES {
            let is_own_address = path.contains("canary-talk") && canary == "canary-talk";
            assert!(is_own_address || !answer.text.contains(canary), "{path} tells {canary}");
        }
    }
    assert!(looked_at > 30, "{looked_at} pages of a technician were looked at");
    for view in ["now", "cases", "chats", "talk&id=canary-talk"] {
        assert_eq!(agent.get(&format!("/console/live?view={view}")).await.status, StatusCode::FORBIDDEN, "{view}");
    }
    assert_eq!(agent.get("/console/live?view=channel&id=widget").await.status, StatusCode::OK);
    assert_eq!(agent.get("/console/journal?view=seen").await.status, StatusCode::FORBIDDEN);
    let more = agent.get("/console/more").await.text;
    assert!(
        more.contains("интегратор")
            && !more.contains("href=\"/console/leads\"")
            && !more.contains("href=\"/console/chats\""),
        "{more}"
    );
}

#[tokio::test]
async fn an_observer_is_given_no_stream_of_a_page_that_is_closed_to_them() {
    let site = site().await;
    let mut observer = Browser::signed_in(&site.router, "gost").await;
    assert_eq!(observer.get("/console/live?view=now").await.status, StatusCode::OK);
    assert_eq!(observer.get("/console/live?view=channel&id=widget").await.status, StatusCode::FORBIDDEN);
}

/// A route made elsewhere would have no entry.
#[test]
fn no_door_stands_outside_the_table() {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
    let mut folders = vec![web];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            // Programs come with keys and have a table of their own: `calls` of `api.rs`.
            } else if !path.ends_with("doors.rs")
                && !path.ends_with("web/api.rs")
                && path.extension().is_some_and(|kind| kind == "rs")
            {
                let code = std::fs::read_to_string(&path).unwrap();
                for way in [".route(", ".nest(", ".route_service(", ".fallback_service("] {
                    assert!(!code.contains(way), "{}: {way}…) outside of doors.rs", path.display());
                }
            }
        }
    }
    let all: Vec<_> =
        [CONSOLE, FILES, CHAT, HOOKS, PORTALS, OPEN].concat().iter().map(|door| (door.method, door.path)).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "a door stands there twice");
    assert!(
        [CHAT, HOOKS, PORTALS, OPEN].concat().iter().all(|door| door.who == Who::Anybody),
        "only the console has logins"
    );
}
