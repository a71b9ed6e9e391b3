//! Phones, names, services, answers and risks, each in many spellings.

use crate::common;
use jiff::civil::{DateTime, date};
use nochnik_nlu::{Expecting, Intent, Language, Meaning, Risk, Urgency, understand};
use proptest::prelude::*;
use rstest::rstest;

fn now() -> DateTime {
    date(2026, 11, 24).at(22, 15, 0, 0)
}

fn read(business: &str, text: &str, expecting: Option<Expecting>) -> Meaning {
    understand(text, expecting, &common::lexicon(business), now())
}

#[rstest]
#[case("89185551234", Some("+79185551234"))]
#[case("+7 (918) 555-12-34", Some("+79185551234"))]
#[case("918 555 12 34", Some("+79185551234"))]
#[case("7-918-555-1-234", Some("+79185551234"))]
#[case("8918\n555\n12 34", Some("+79185551234"))]
#[case("завтра в 18 8 918 555 12 34", Some("+79185551234"))]
#[case("восемь девятьсот восемнадцать пятьсот пятьдесят пять двенадцать тридцать четыре", Some("+79185551234"))]
#[case("девять один восемь пять пять пять один два три четыре", Some("+79185551234"))]
#[case("8 863 300 11 22", Some("+78633001122"))]
#[case("+374 91 234567", Some("+37491234567"))]
#[case("+1 (416) 967-11-11", Some("+14169671111"))]
#[case("+1 012 345 67 89", None)]
#[case("89185550001 ошиблась 89185550010", Some("+79185550010"))]
#[case("8918555012", None)]
#[case("12345", None)]
fn phones(#[case] text: &str, #[case] expected: Option<&str>) {
    let meaning = read("salon", text, Some(Expecting::AskPhone));
    assert_eq!(meaning.phone.map(|phone| phone.value).as_deref(), expected);
    assert_eq!(meaning.is_phone_broken, expected.is_none());
}

#[rstest]
#[case("это Оля", None, Some("Оля"))]
#[case("меня зовут Ануш", None, Some("Ануш"))]
#[case("запишите на имя Ашота завтра в 12", None, Some("Ашот"))]
#[case("Оля 8918 555 12 34", None, Some("Оля"))]
#[case("рустам меня зовут", None, Some("Рустам"))]
#[case("маникюр завтра 18:00 Катя", None, Some("Катя"))]
#[case("Багдасарян Самвел Рубенович", Some(Expecting::AskName), Some("Багдасарян Самвел Рубенович"))]
#[case("Зовите меня Лаура", Some(Expecting::AskName), Some("Лаура"))]
#[case("не Светлана, а Снежана", Some(Expecting::AskName), Some("Снежана"))]
#[case("меня зовут не Марина, а Малика", None, Some("Малика"))]
#[case("Олег. ой, Олеся", Some(Expecting::AskName), Some("Олеся"))]
#[case("Запишите на Анну, нет, на Алису, 89185551234", None, Some("Алиса"))]
#[case("Цховребов", Some(Expecting::AskName), Some("Цховребов"))]
#[case("Мкртыч", Some(Expecting::AskName), Some("Мкртыч"))]
#[case("Дед Виктор Палыч, 89185551234", None, Some("Виктор Палыч"))]
#[case("маникюр завтра, Тер-Акопова", None, Some("Тер-Акопова"))]
#[case("С вами Божена, номер 89185551234", None, Some("Божена"))]
#[case("фывапр олдж", Some(Expecting::AskName), None)]
#[case("asdfgh", Some(Expecting::AskName), None)]
#[case("хьвлдж", Some(Expecting::AskName), None)]
#[case("Нурсиня Хакимова 89185551234, на завтра", None, Some("Нурсиня Хакимова"))]
#[case("запишите маму, зовут её Гоар", None, Some("Гоар"))]
#[case("на завтра не ждите, простите. Нунуфар", None, Some("Нунуфар"))]
#[case("во сколько приходить? Жду", None, None)]
#[case("Шакирова Рамиля Ринатовна", Some(Expecting::AskName), Some("Шакирова Рамиля Ринатовна"))]
#[case("на фамилию Дадаева посмотрите запись", None, Some("Дадаева"))]
#[case("это само пройдёт?", None, None)]
#[case("Алё", None, None)]
#[case("a haircut on Friday please, Margaret, +7 918 555 12 34", None, Some("Margaret"))]
#[case("Ирина Котова", None, Some("Ирина Котова"))]
#[case("проверьте запись, Кравец моя фамилия", None, Some("Кравец"))]
#[case("Merhaba, yarın gelebilir miyim? Adım Emre", None, Some("Emre"))]
#[case("запишите к Карине завтра", None, None)]
#[case("хочу маникюр", None, None)]
fn names(#[case] text: &str, #[case] expecting: Option<Expecting>, #[case] expected: Option<&str>) {
    assert_eq!(read("salon", text, expecting).name.map(|name| name.value).as_deref(), expected, "{text}");
}

#[rstest]
#[case("запишите к Карине завтра", Some("karina"))]
#[case("есть окно у Лианы?", Some("liana"))]
#[case("к Тане на стрижку", Some("tatiana"))]
#[case("Ольга 89185551234", None)]
#[case("Лиана примет в субботу?", Some("liana"))]
#[case("Карина\nзавтра\n12:30\nсвободна?", Some("karina"))]
#[case("Ольга на пятницу сильно загружена?", Some("olga"))]
fn specialists(#[case] text: &str, #[case] expected: Option<&str>) {
    assert_eq!(read("salon", text, None).specialist.map(|person| person.value).as_deref(), expected, "{text}");
}

#[rstest]
#[case("к Карине не хочу, можно к Ольге", Some("olga"))]
#[case("только не к Карине", None)]
#[case("запишите к кому угодно кроме Лианы", None)]
fn unwanted_specialists(#[case] text: &str, #[case] expected: Option<&str>) {
    assert_eq!(read("salon", text, None).specialist.map(|person| person.value).as_deref(), expected, "{text}");
}

#[rstest]
#[case("dental", "к хирургу на эту неделю", &["garnik"])]
#[case("dental", "нужен имплантолог", &["garnik"])]
#[case("dental", "запишите к стоматологу", &["petrenko", "patimat"])]
#[case("dental", "нет терапевт не нужен мне хирург", &["garnik"])]
#[case("dental", "к узисту", &["sokolova"])]
#[case("dental", "к хирургу Гарнику Суреновичу", &[])]
#[case("salon", "к косметологу в субботу", &["marina"])]
#[case("salon", "мне бы к парикмахеру", &["tatiana"])]
#[case("salon", "к стилисту", &["tatiana"])]
#[case("salon", "к маникюрше", &["karina", "olga"])]
#[case("salon", "запишите на завтра", &[])]
#[case("barber", "к барберу", &[])]
#[case("auto", "к мотористу", &["ashot"])]
fn positions(#[case] business: &str, #[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(read(business, text, None).of_position, expected, "{text}");
}

#[rstest]
#[case("salon", "хочу на моникюр", &["manicure"])]
#[case("salon", "маникюр с покрытием и педекюр", &["manicure_gel", "pedicure"])]
#[case("salon", "zapishite na manikur", &["manicure"])]
#[case("salon", "снять гель-лак", &["nail_off"])]
#[case("salon", "снимите шеллак завтра", &["nail_off"])]
#[case("salon", "снять гель-лак и сделать маникюр", &["nail_off", "manicure"])]
#[case("salon", "снять покрытие и накрыть заново гелем", &["nail_off", "manicure_gel"])]
#[case("salon", "здрасте, перезвоните", &[])]
#[case("salon", "ламинирование бровей и ресниц", &["brow_lam", "lash_lam"])]
#[case("barber", "подстричь бы сынишку", &["haircut_kid"])]
#[case("barber", "стришка", &["haircut_m"])]
#[case("dental", "удалить зуб мудрости", &["wisdom"])]
#[case("auto", "шыномонтаж", &["tires"])]
#[case("auto", "колесо спустило", &["puncture"])]
#[case("tutor", "математика 9 класс", &["math_oge"])]
#[case("tutor", "подготовка к ЕГЭ по русскому и математике", &["rus_ege", "math_ege"])]
#[case("fitness", "растяжка и йога", &["stretch", "yoga"])]
#[case("barber", "внук оброс, приведу его постричь", &["haircut_kid"])]
#[case("barber", "детская стрижка и себе подстричься", &["haircut_kid", "haircut_m"])]
#[case("dental", "полгода назад имплант ставили, теперь на чистку", &["hygiene"])]
#[case("dental", "брекеты ещё весной сняли, теперь хочу отбелить зубы", &["whitening"])]
#[case("dental", "коренной стреляет в ухо", &["pain"])]
#[case("salon", "кератин за час уложитесь сделать?", &["keratin"])]
#[case("salon", "концы подравнять", &["haircut"])]
#[case("auto", "нада на шынамантаж", &["tires"])]
#[case("salon", "спасибо за ответ запишите на маникюр, и педикюр ещё", &["manicure", "pedicure"])]
#[case("salon", "на этой неделе как раз появилась возможность на педикюр", &["pedicure"])]
#[case("salon", "брови заросли", &["brows"])]
#[case("auto", "спасибо за кузов, теперь бы кондиционер", &["ac"])]
#[case("salon", "снимите с записи", &[])]
#[case("salon", "снимите, пожалуйста, с записи", &[])]
#[case("dental", "полтора года как вырвали шестёрку, хочу имплант", &["implant"])]
#[case("dental", "болит зуб у ребёнка", &["kids_dent"])]
#[case("auto", "утащить машину с трассы к вам", &["tow"])]
fn services(#[case] business: &str, #[case] text: &str, #[case] expected: &[&str]) {
    let mut found: Vec<String> = read(business, text, None).services.into_iter().map(|service| service.value).collect();
    let mut expected: Vec<String> = expected.iter().map(|id| (*id).to_owned()).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "{text}");
}

#[rstest]
#[case("да", Intent::Confirm)]
#[case("ага", Intent::Confirm)]
#[case("угу", Intent::Confirm)]
#[case("верно", Intent::Confirm)]
#[case("ок", Intent::Confirm)]
#[case("+", Intent::Confirm)]
#[case("👍", Intent::Confirm)]
#[case("нет", Intent::Decline)]
#[case("не подходит", Intent::Decline)]
#[case("отмените запись", Intent::Cancel)]
fn answers(#[case] text: &str, #[case] expected: Intent) {
    assert_eq!(read("salon", text, Some(Expecting::Confirm)).intent(), expected, "{text}");
}

#[rstest]
#[case("Можете позвонить?", Intent::Callback)]
#[case("на маникюр в среду, ой нет, лучше в четверг", Intent::Book)]
#[case("маникюр в пятницу в 10… не, в 12", Intent::Book)]
#[case("перенесите маникюр со среды, ой, с четверга на пятницу", Intent::Reschedule)]
#[case("27 или 28 ноября до 12, маникюр", Intent::Book)]
#[case("у кого я завтра крашусь?", Intent::Faq)]
#[case("мой маникюр можно начать на час позднее?", Intent::Reschedule)]
#[case("я с роботом что ли переписываюсь", Intent::Smalltalk)]
#[case("Роза Хамитова, 8 918 555 12 34", Intent::Inform)]
#[case("В среду не могу, пожалуйста, в пятницу", Intent::Reschedule)]
fn wishes(#[case] text: &str, #[case] expected: Intent) {
    assert_eq!(read("salon", text, None).intent(), expected, "{text}");
}

#[rstest]
#[case("первое", Some(1))]
#[case("второй вариант", Some(2))]
#[case("давайте первый", Some(1))]
#[case("1", Some(1))]
#[case("в 18:30", None)]
#[case("нет", None)]
fn choices(#[case] text: &str, #[case] expected: Option<u8>) {
    assert_eq!(read("salon", text, Some(Expecting::OfferSlots)).choice, expected, "{text}");
}

#[rstest]
#[case("кровь не останавливается после удаления", Urgency::Emergency, &[Risk::Medical, Risk::Emergency])]
#[case("веки отекли, трудно дышать", Urgency::Emergency, &[Risk::Medical, Risk::Emergency])]
#[case("отец после укола еле дышит, сознание теряет", Urgency::Emergency, &[Risk::Medical, Risk::Emergency])]
#[case("горло раздуло, слюну сглотнуть больно", Urgency::Emergency, &[Risk::Medical, Risk::Emergency])]
#[case("рот полный крови до сих пор", Urgency::Emergency, &[Risk::Medical, Risk::Emergency])]
#[case("мастера током дёрнуло", Urgency::Emergency, &[Risk::Medical, Risk::Emergency])]
#[case("после обеда у мамы инсульт, что делать", Urgency::Emergency, &[Risk::Medical, Risk::Emergency])]
#[case("можно ли отбеливание после инсульта?", Urgency::Normal, &[Risk::Medical])]
#[case("можно ли беременным лечить зубы", Urgency::Normal, &[Risk::Medical])]
#[case("подам на вас в суд", Urgency::Normal, &[Risk::Legal, Risk::Complaint])]
#[case("верните деньги", Urgency::Normal, &[Risk::Complaint])]
#[case("хочу на чистку завтра", Urgency::Normal, &[])]
#[case("штанга на грудь упала, вдохнуть не могу", Urgency::Emergency, &[Risk::Medical, Risk::Emergency])]
#[case("зуб болит сил нет, примите завтра", Urgency::Urgent, &[])]
fn risks(#[case] text: &str, #[case] urgency: Urgency, #[case] expected: &[Risk]) {
    let meaning = read("dental", text, None);
    assert_eq!((meaning.urgency, meaning.risks.as_slice()), (urgency, expected), "{text}");
}

#[rstest]
#[case("здравствуйте", true)]
#[case("хочу", true)]
#[case("на", true)]
#[case("а можно", true)]
#[case("запишите на маникюр,", true)]
#[case("сколько стоит маникюр?", false)]
#[case("маникюр завтра в 18", false)]
fn unfinished(#[case] text: &str, #[case] expected: bool) {
    assert_eq!(read("salon", text, None).is_unfinished, expected, "{text}");
}

#[test]
fn invisible_characters_change_nothing() {
    let plain = read("salon", "маникюр завтра в 18", None);
    let dirty = read("salon", "\u{202e}ма\u{200b}никю\u{ad}р\u{0} завтра\u{feff} в 18", None);
    assert_eq!(plain.services[0].value, dirty.services[0].value);
    assert_eq!(plain.when.map(|when| when.value), dirty.when.map(|when| when.value));
}

#[test]
fn latin_letters_are_russian_too() {
    let meaning = read("salon", "privet, mojno na resnicy v subbotu utrom?", None);
    assert_eq!((meaning.language, meaning.intent()), (Language::Translit, Intent::Book));
    assert_eq!(read("salon", "Hello, can I book a haircut tomorrow?", None).language, Language::Other);
}

proptest! {
    /// Any text is read without panic, with spans on character boundaries and bounded lists.
    #[test]
    fn any_text_is_read(text in "(\\PC|[а-яё0-9 .,:+-]|\\n|завтра|в |на |до |8|через |без |четверть ){0,60}", asked in 0usize..9) {
        const QUESTIONS: [Option<Expecting>; 9] = [
            None, Some(Expecting::Reminder), Some(Expecting::Confirm), Some(Expecting::OfferSlots), Some(Expecting::AskName),
            Some(Expecting::AskPhone), Some(Expecting::AskWhen), Some(Expecting::AskService), Some(Expecting::Csat),
        ];
        let meaning = read("auto", &text, QUESTIONS[asked]);
        let spans = [meaning.name.as_ref().map(|it| it.span), meaning.phone.as_ref().map(|it| it.span), meaning.when.as_ref().map(|it| it.span)];
        let services = meaning.services.iter().map(|service| service.span);
        for (start, end) in spans.into_iter().flatten().chain(services) {
            prop_assert!(text.get(start..end).is_some_and(|said| !said.is_empty()));
        }
        prop_assert!((1..=nochnik_nlu::INTENTS_MAX).contains(&meaning.intents.len()));
        prop_assert!((0.0..=1.0).contains(&meaning.certainty));
    }
}
