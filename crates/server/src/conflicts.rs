//! Bookings that a changed document does not allow, in words for the person who changed it.

use nochnik_core::business::Settings;
use nochnik_core::schedule::{Standing, Trouble, conflicts};
use nochnik_core::wall;

/// Lists them with a heading, the earliest visit first; empty when there are none. Names no client:
/// the calendar of the console does.
pub fn lines(settings: &Settings, standing: &[Standing]) -> Vec<String> {
    let found = conflicts(settings, standing);
    if found.is_empty() {
        return Vec::new();
    }
    let count = wall::count(u64::try_from(found.len()).unwrap_or(u64::MAX), "запись", "записи", "записей");
    let heading =
        format!("С новым документом не сходится {count}. Ничего не отменено: предупредите клиентов и перенесите сами.");
    let of = |id: &str| standing.iter().find(|booking| booking.booking == id);
    let line = |booking: &Standing, trouble: &Trouble| {
        format!("  {}: {}", visit(settings, booking), why(settings, trouble, of))
    };
    let lines = found.iter().filter_map(|conflict| Some(line(of(&conflict.booking)?, &conflict.trouble)));
    std::iter::once(heading).chain(lines).collect()
}

/// «вт, 24 ноября, 18:30, Маникюр, Анна»
fn visit(settings: &Settings, booking: &Standing) -> String {
    let (service, specialist) =
        (settings.service_name(&booking.service), settings.specialist_name(&booking.specialist));
    format!("{}, {service}, {specialist}", moment(settings, booking))
}

fn moment(settings: &Settings, booking: &Standing) -> String {
    let at = settings.wall(booking.starts_at);
    format!("{}, {}", wall::date(at.date()), wall::time(at))
}

fn why<'a>(settings: &Settings, trouble: &Trouble, of: impl Fn(&str) -> Option<&'a Standing>) -> String {
    match trouble {
        Trouble::SpecialistGone => "мастера больше нет в документе".to_owned(),
        Trouble::ServiceGone => "услуги больше нет в документе".to_owned(),
        Trouble::SpecialistUnable => "мастер больше не делает эту услугу".to_owned(),
        Trouble::Closed => "в это время теперь закрыто".to_owned(),
        Trouble::SpecialistOff => "мастер в это время теперь не работает".to_owned(),
        Trouble::UnitGone(unit) => {
            let resource = settings.document.resources.iter().find(|resource| resource.id == unit.resource);
            let name = resource.map_or(unit.resource.as_str(), |resource| &resource.name);
            format!("нет места «{name}» № {}", unit.number)
        }
        Trouble::NoSeat => "на занятии теперь меньше мест".to_owned(),
        Trouble::RunsInto(next) => match of(next) {
            Some(next) => format!("теперь длится дольше и задевает запись {}", moment(settings, next)),
            None => "теперь длится дольше и задевает следующую запись".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use nochnik_core::business::Document;
    use nochnik_core::values::{ServiceId, SpecialistId};

    use super::*;

    const SALON: &str = r#"
id = "salon"
type = "beauty_salon"
name = "Салон"
[hours]
tue = ["10:00", "20:00"]
[[services]]
id = "cut"
name = "Стрижка"
price = 1000
duration_min = 60
[[staff]]
id = "anna"
name = "Анна"
services = ["cut"]
"#;

    fn told(document: &str) -> Vec<String> {
        let document: Document = toml::from_str(document).unwrap();
        let settings = Settings::build(document, 1).unwrap();
        let visit = |id: &str, from: &str, to: &str| Standing {
            booking: id.to_owned(),
            specialist: SpecialistId::from("anna"),
            service: ServiceId::from("cut"),
            starts_at: from.parse().unwrap(),
            ends_at: to.parse().unwrap(),
            busy_until: to.parse().unwrap(),
            units: Vec::new(),
        };
        lines(
            &settings,
            &[
                visit("a", "2026-11-24T12:00:00+03:00", "2026-11-24T13:00:00+03:00"),
                visit("b", "2026-11-24T13:00:00+03:00", "2026-11-24T14:00:00+03:00"),
            ],
        )
    }

    #[test]
    fn nothing_is_said_when_every_booking_stands() {
        assert_eq!(told(SALON), Vec::<String>::new());
    }

    #[test]
    fn each_booking_is_told_with_its_trouble() {
        let heading = |count| {
            format!(
                "С новым документом не сходится {count}. Ничего не отменено: предупредите клиентов и перенесите сами."
            )
        };
        assert_eq!(
            told(&SALON.replace("duration_min = 60", "duration_min = 90")),
            [
                heading("1\u{a0}запись"),
                "  вт, 24\u{a0}ноября, 12:00, Стрижка, Анна: теперь длится дольше и задевает запись вт, 24\u{a0}ноября, 13:00".to_owned()
            ]
        );
        assert_eq!(
            told(&SALON.replace("tue = [\"10:00\", \"20:00\"]", "wed = [\"10:00\", \"20:00\"]")),
            [
                heading("2\u{a0}записи"),
                "  вт, 24\u{a0}ноября, 12:00, Стрижка, Анна: в это время теперь закрыто".to_owned(),
                "  вт, 24\u{a0}ноября, 13:00, Стрижка, Анна: в это время теперь закрыто".to_owned(),
            ]
        );
    }
}
