//! Names of zones as Windows gives them. Source: Unicode CLDR, `windowsZones.xml`, territory 001; Russia's zones, its
//! neighbours' and the commonest of the rest. What is not here is drawn in the calendar itself.

const NAMES: [(&str, &str); 46] = [
    ("Altai Standard Time", "Asia/Barnaul"),
    ("Arabian Standard Time", "Asia/Dubai"),
    ("Astrakhan Standard Time", "Europe/Astrakhan"),
    ("Azerbaijan Standard Time", "Asia/Baku"),
    ("Belarus Standard Time", "Europe/Minsk"),
    ("Caucasus Standard Time", "Asia/Yerevan"),
    ("Central Asia Standard Time", "Asia/Bishkek"),
    ("Central Europe Standard Time", "Europe/Budapest"),
    ("Central European Standard Time", "Europe/Warsaw"),
    ("China Standard Time", "Asia/Shanghai"),
    ("E. Europe Standard Time", "Europe/Chisinau"),
    ("Eastern Standard Time", "America/New_York"),
    ("Ekaterinburg Standard Time", "Asia/Yekaterinburg"),
    ("FLE Standard Time", "Europe/Kyiv"),
    ("GMT Standard Time", "Europe/London"),
    ("GTB Standard Time", "Europe/Bucharest"),
    ("Georgian Standard Time", "Asia/Tbilisi"),
    ("Greenwich Standard Time", "Atlantic/Reykjavik"),
    ("Israel Standard Time", "Asia/Jerusalem"),
    ("Kaliningrad Standard Time", "Europe/Kaliningrad"),
    ("Magadan Standard Time", "Asia/Magadan"),
    ("N. Central Asia Standard Time", "Asia/Novosibirsk"),
    ("North Asia East Standard Time", "Asia/Irkutsk"),
    ("North Asia Standard Time", "Asia/Krasnoyarsk"),
    ("Omsk Standard Time", "Asia/Omsk"),
    ("Pacific Standard Time", "America/Los_Angeles"),
    ("Qyzylorda Standard Time", "Asia/Qyzylorda"),
    ("Romance Standard Time", "Europe/Paris"),
    ("Russia Time Zone 10", "Asia/Srednekolymsk"),
    ("Russia Time Zone 11", "Asia/Kamchatka"),
    ("Russia Time Zone 3", "Europe/Samara"),
    ("Russian Standard Time", "Europe/Moscow"),
    ("SE Asia Standard Time", "Asia/Bangkok"),
    ("Sakhalin Standard Time", "Asia/Sakhalin"),
    ("Saratov Standard Time", "Europe/Saratov"),
    ("Tokyo Standard Time", "Asia/Tokyo"),
    ("Tomsk Standard Time", "Asia/Tomsk"),
    ("Transbaikal Standard Time", "Asia/Chita"),
    ("Turkey Standard Time", "Europe/Istanbul"),
    ("UTC", "UTC"),
    ("Ulaanbaatar Standard Time", "Asia/Ulaanbaatar"),
    ("Vladivostok Standard Time", "Asia/Vladivostok"),
    ("Volgograd Standard Time", "Europe/Volgograd"),
    ("W. Europe Standard Time", "Europe/Berlin"),
    ("West Asia Standard Time", "Asia/Tashkent"),
    ("Yakutsk Standard Time", "Asia/Yakutsk"),
];

pub fn iana(name: &str) -> Option<&'static str> {
    NAMES.binary_search_by(|(own, _)| (*own).cmp(name)).ok().map(|at| NAMES[at].1)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::NAMES;

    #[test]
    fn every_name_leads_to_a_zone() {
        assert!(NAMES.is_sorted());
        for (name, iana) in NAMES {
            assert!(TimeZone::get(iana).is_ok(), "{name}");
        }
    }
}
