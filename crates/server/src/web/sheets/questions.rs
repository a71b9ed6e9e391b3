//! «Вопросы клиенту»: what is asked before a call, a booking and a price, and in which order.

use nochnik_core::business::Fact;

use super::{Field, Kind, Section, Sheet};

/// The facts as people name them.
const FACTS: [(Fact, &str); 4] =
    [(Fact::Service, "услуга"), (Fact::Time, "время"), (Fact::Name, "имя"), (Fact::Phone, "телефон")];

/// The questions of one template.
macro_rules! template {
    ($name:ident, $label:literal, $help:literal) => {
        Field {
            name: stringify!($name),
            label: $label,
            help: $help,
            kind: Kind::Line("text"),
            get: |document| listed(&document.questions.$name),
            put: |document, text| facts(text).map(|facts| document.questions.$name = facts),
        }
    };
}

pub const SHEET: Sheet = Sheet {
    name: "questions",
    title: "Вопросы клиенту",
    sections: &[Section {
        title: "Что спрашивать и в каком порядке",
        help: "Слова через запятую: услуга, время, имя, телефон. Что клиент сказал сам, того бот не спросит.",
        fields: &[
            template!(booking, "Чтобы записать", "Без услуги и времени не записать"),
            template!(urgent, "Если просит срочно перезвонить", "Без телефона не перезвонить"),
            template!(info, "Прежде чем назвать цену", "Только услуга или ничего"),
        ],
    }],
    more: None,
};

fn listed(facts: &[Fact]) -> String {
    let words: Vec<&str> = facts.iter().map(|fact| word(*fact)).collect();
    words.join(", ")
}

fn word(fact: Fact) -> &'static str {
    FACTS.iter().find(|(known, _)| *known == fact).map_or("", |(_, word)| word)
}

fn facts(text: &str) -> Result<Vec<Fact>, String> {
    let words = text.split([',', ';', '\n']).map(|word| word.trim().to_lowercase()).filter(|word| !word.is_empty());
    let fact = |word: String| {
        let found = FACTS.iter().find(|(_, known)| *known == word).map(|(fact, _)| *fact);
        found.ok_or_else(|| format!("«{word}» бот не спрашивает; есть услуга, время, имя, телефон"))
    };
    words.map(fact).collect()
}
