//! What is sold there, as an owner would copy it by hand. Contract sheet, sections 2 and 3.

use nochnik_adapters::Failure;
use nochnik_adapters::ports::{Hindrance, LeftOut, Offered, OfferedService, OfferedSpecialist};
use nochnik_doubles::yclients::{Settings, master, service};
use serde_json::json;

use crate::wire::Reply;
use crate::yclients::desk::{Desk, MODES, Mode};

async fn read(desk: &Desk) -> Result<Offered, Failure> {
    desk.calendar.catalogue().unwrap().read().await
}

fn offered(id: i64, title: &str, (price, is_from): (i64, bool), minutes: u16, differs: bool) -> OfferedService {
    OfferedService { id, title: title.to_owned(), price, is_from, duration_min: minutes, lasts_differently: differs }
}

fn left_out(id: i64, title: &str, why: Hindrance) -> LeftOut {
    LeftOut { id: Some(id).filter(|id| *id > 0), title: title.to_owned(), why }
}

#[tokio::test(start_paused = true)]
async fn services_and_masters_are_read_with_any_tokens_and_in_any_dress() {
    for mode in MODES {
        for is_odd in [false, true] {
            let desk = Desk::new(Settings { is_odd, ..Settings::default() }, mode);
            let read = read(&desk).await.unwrap();
            let services = [
                offered(331, "Маникюр", (1_500, false), 60, false),
                offered(332, "Педикюр", (2_500, false), 90, false),
            ];
            assert_eq!(read.services, services, "{mode:?}");
            let specialist = |id, name: &str, services: &[i64]| OfferedSpecialist {
                id,
                name: name.to_owned(),
                role: "мастер".to_owned(),
                services: services.to_vec(),
            };
            let specialists =
                [specialist(6_544, "Анна Смирнова", &[331, 332]), specialist(6_545, "Мария Котова", &[331])];
            assert_eq!(read.specialists, specialists, "{mode:?}");
            assert_eq!(read.left_out, []);
            assert!(desk.branch.all().is_empty(), "nothing is written");
            desk.branch.assert_clean();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_price_is_the_least_and_the_length_the_longest_of_what_masters_take_and_need() {
    let mut settings = Settings::default();
    settings.services[0].price_max = Some(1_900);
    // Anna's own price and length; what the branch says holds for Maria.
    settings.masters[0].own = [(331, (1_200, 1_200, Some(5_350)))].into();
    let desk = Desk::new(settings, Mode::Partner);
    let read = read(&desk).await.unwrap();
    assert_eq!(read.services[0], offered(331, "Маникюр", (1_200, true), 90, true), "89 min 10 s take 90 minutes");
    assert_eq!(read.services[1], offered(332, "Педикюр", (2_500, false), 90, false));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_booked_in_a_chat_is_told_with_its_reason() {
    let mut settings = Settings::default();
    settings.services.push(service(333, "Наращивание", 4_000, 7_200));
    settings.services.push(service(334, "Дизайн", 500, 1_800));
    settings.services[2].prepaid = "required".to_owned();
    settings.masters[0].services.extend([333, 334]);
    settings.masters[0].own = [(334, (500, 500, None))].into();
    settings.masters.push(master(6_546, "Вера", &[333]));
    settings.masters.push(master(6_547, "Лена", &[331]));
    settings.masters[3].is_online = false;
    settings.groups = vec!["Йога по утрам".to_owned()];
    settings.lists_closed = true;
    let desk = Desk::new(settings, Mode::Partner);
    let read = read(&desk).await.unwrap();
    let numbers: Vec<i64> = read.services.iter().map(|service| service.id).collect();
    assert_eq!(numbers, [331, 332]);
    assert_eq!(
        read.left_out,
        [
            left_out(333, "Наращивание", Hindrance::Prepaid),
            left_out(334, "Дизайн", Hindrance::NoDuration),
            left_out(0, "Йога по утрам", Hindrance::Group),
            left_out(6_546, "Вера", Hindrance::Idle),
            left_out(6_547, "Лена", Hindrance::Closed),
        ]
    );
    assert_eq!(read.specialists[0].services, [331, 332], "nobody does what is not taken");
    desk.branch.assert_clean();
}

/// `price_min` and `active` come as texts too, and an answer may lack them.
#[tokio::test(start_paused = true)]
async fn a_service_without_a_price_or_switched_off_is_left_out() {
    let desk = Desk::altered(Settings::default(), Mode::Partner, &[], |heard| {
        let is_list = heard.url.path().contains("book_services");
        let services = json!([
            { "id": "331", "title": " Маникюр \n классический ", "price_min": "1500.00", "price_max": "1500", "active": "1",
              "prepaid": "allowed", "seance_length": "3600" },
            { "id": 335, "title": "Парафин", "active": 1, "seance_length": 1800 },
            { "id": 336, "title": "Снятие", "price_min": 300, "price_max": 300, "active": 0, "seance_length": 900 },
            { "id": 337, "title": "", "price_min": 1, "price_max": 1, "active": 1, "seance_length": 900 },
        ]);
        is_list.then(|| Reply::says(200, &json!({ "success": true, "data": { "services": services }, "meta": [] })))
    });
    let read = read(&desk).await.unwrap();
    assert_eq!(read.services, [offered(331, "Маникюр классический", (1_500, false), 60, false)]);
    assert_eq!(
        read.left_out,
        [left_out(335, "Парафин", Hindrance::NoPrice), left_out(336, "Снятие", Hindrance::Closed)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_large_branch_is_read_within_the_limits_and_a_closed_one_says_what_to_do() {
    let masters = (0..160).map(|n| master(6_544 + n, &format!("Мастер {n}"), &[331])).collect();
    let desk = Desk::new(Settings { masters, ..Settings::default() }, Mode::Partner);
    assert_eq!(read(&desk).await.unwrap().specialists.len(), 160);
    desk.branch.assert_clean();

    let desk = Desk::new(Settings { is_connected: false, ..Settings::default() }, Mode::Partner);
    match read(&desk).await {
        Err(Failure::Broken { hint, .. }) => assert!(hint.contains("YCLIENTS не даёт доступа к филиалу"), "{hint}"),
        other => panic!("read a branch that is shut: {other:?}"),
    }
}
