//! Why something did not go out, as a person reads it: what happened and whose move it is.
//!
//! What vendors answered stays in the log; here stands what follows from it.

use nochnik_store::outbox::ListedRow;

/// A code of ours that is shown, in characters: a longer one says nothing to anybody.
const CODE_CHARS_MAX: usize = 40;

/// Why a row was given up. `to` is the receiver as the owner knows it.
pub fn of_dead(listed: &ListedRow, to: &str) -> String {
    let code = listed.row.last_outcome.as_str();
    if let Some(words) = told_in_russian(&listed.why) {
        return words.to_owned();
    }
    if let Some(status) = code.strip_prefix("http_").and_then(|status| status.parse().ok()) {
        return of_status(status, to);
    }
    match code {
        "unreachable" => "Получатель не принимает сообщений: закрыл чат, удалил аккаунт, или такого адреса нет. Свяжитесь с ним иначе.".to_owned(),
        "window_closed" => format!("{to} не берёт свободный текст: клиент давно не писал. Позвоните ему или дождитесь его сообщения."),
        "template" => format!("{to} не принимает готовый текст: он не одобрен или заполнен не так. Проверьте шаблон в кабинете мессенджера."),
        "malformed" | "unsupported" => format!("{to} такого не принимает. Повторять не нужно: напишите сами и покажите это тому, кто следит за сервером."),
        "forged" | "lost" => format!("Доступ отозван: {to} нас больше не впускает. Подключите заново в «Ещё», потом отправьте снова."),
        "gone" => "Сообщения, которое нужно было исправить, уже нет. Ничего делать не нужно.".to_owned(),
        "blocked" => format!("{to} не пропускает такой текст. Напишите другими словами сами."),
        "too_often" => format!("{to} ограничивает, сколько раз обращаться к одному человеку. Подождите или свяжитесь с ним иначе."),
        "changed" => format!("Пока мы меняли запись, её меняли и там ({to}). Сверьте визит с календарём и отправьте снова."),
        "taken" => "Это время уже занято. Предложите клиенту другое.".to_owned(),
        "needs_person" => format!("{to} без пользовательского токена этого не меняет. Перенесите визит там сами."),
        "not_allowed" => format!("Филиал больше не даёт менять этот визит ({to}). Перенесите его там сами."),
        "phone" => format!("{to} не записывает без телефона. Спросите номер и запишите клиента там сами."),
        "late" => "Ответ устарел: ему больше двенадцати часов. Напишите клиенту сами.".to_owned(),
        "over" => format!("{to} не отвечает, и срок вышел. Если связь вернулась, отправьте снова."),
        "unknown" => format!("{to} не отвечает, и дошло ли, неизвестно. Посмотрите там, прежде чем отправлять снова."),
        "later" => format!("{to} не отвечает за несколько секунд. Человека позвали другим способом; отправлять снова не нужно."),
        "down" | "channel_down" => format!("{to} не работает. Сообщение ушло другим путём, если он был; иначе свяжитесь с человеком сами."),
        "spent" => "Дневной предел расходов исчерпан. Человека позвали другим способом; предел — в настройках бизнеса.".to_owned(),
        code => refused(code, to),
    }
}

/// Why a row still waits after a try.
pub fn of_waiting(listed: &ListedRow, to: &str) -> String {
    if let Some(words) = told_in_russian(&listed.why) {
        return words.to_owned();
    }
    match listed.row.last_outcome.as_str() {
        "broken" => {
            format!("{to} не принимает наши настройки. Что поправить, сказано в «Состоянии»; потом уйдёт само.")
        }
        "unknown" => format!("{to} не отвечает, и дошло ли, неизвестно. Проверяем сами."),
        "changed" => format!("{to}: запись там сейчас меняют. Прочитаем и повторим сами."),
        _ => format!("{to} пока не отвечает. Повторяем сами."),
    }
}

/// What an adapter or a hint has said in Russian already.
fn told_in_russian(why: &str) -> Option<&str> {
    let is_russian =
        why.chars().find(|sign| sign.is_alphabetic()).is_some_and(|sign| matches!(sign, 'А'..='я' | 'Ё' | 'ё'));
    is_russian.then_some(why)
}

/// An answer of HTTP.
fn of_status(status: u16, to: &str) -> String {
    match status {
        401 | 403 => format!("{to} нас не узнаёт (ответ {status}). Проверьте ключ и отправьте снова."),
        404 | 410 => {
            format!("По этому адресу больше не принимают (ответ {status}): {to}. Проверьте адрес и отправьте снова.")
        }
        413 => format!("{to} не берёт столько сразу (ответ 413). Повторять не нужно."),
        500.. => format!("{to}: сбой на той стороне (ответ {status}). Отправьте снова позже."),
        _ => format!("{to} отказывает (ответ {status}). Покажите это программисту той стороны, потом отправьте снова."),
    }
}

/// The vendor's own code helps its support.
fn refused(code: &str, to: &str) -> String {
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-' | '.');
    let is_shown = !matches!(code, "" | "dead") && code.chars().all(is_plain) && code.len() <= CODE_CHARS_MAX;
    let code = if is_shown { format!(" (код {code})") } else { String::new() };
    format!(
        "{to} отказывает{code}. Проверьте настройки и отправьте снова; не поможет — покажите это тому, кто следит за сервером."
    )
}

#[cfg(test)]
mod tests {
    use nochnik_adapters::failure::codes;
    use nochnik_store::outbox::OutboxRow;

    use super::*;

    fn listed(outcome: &str, why: &str) -> ListedRow {
        let row = OutboxRow {
            id: 1,
            business: "lotos".into(),
            key: "i1#0".into(),
            conversation_id: "c".into(),
            lane: "c".into(),
            destination: "channel:lotos/telegram".into(),
            kind: "say".into(),
            priority: 1,
            payload: "{}".into(),
            created_at_ms: 0,
            due_at_ms: 0,
            attempts: 1,
            last_outcome: outcome.into(),
            unknown_since_ms: None,
        };
        ListedRow { row, lease_owner: String::new(), receipt: None, why: why.into() }
    }

    /// No word of another language but a code and the vendor's name.
    fn is_russian(told: &str) -> bool {
        told.split(|sign: char| !sign.is_alphabetic()).all(|word| word.is_empty() || !word.is_ascii())
    }

    #[test]
    fn whatever_a_vendor_answered_is_told_in_russian_with_whose_move_it_is() {
        let vendors = [
            codes::UNREACHABLE,
            codes::WINDOW_CLOSED,
            codes::MALFORMED,
            codes::TEMPLATE,
            codes::FORGED,
            codes::GONE,
            codes::BLOCKED,
            codes::TOO_OFTEN,
            codes::CHANGED,
            codes::TAKEN,
            codes::LOST,
        ];
        let ours = ["late", "over", "unknown", "later", "down", "channel_down", "spent", "unsupported", "dead", ""];
        for code in vendors.into_iter().chain(ours) {
            let told = of_dead(&listed(code, "the receiver answered 410"), "Телеграм");
            assert!(is_russian(&told) && told.ends_with('.'), "{code}: {told}");
        }
        for (code, words) in [
            ("http_410", "По этому адресу больше не принимают (ответ 410): Телеграм."),
            ("http_403", "Телеграм нас не узнаёт (ответ 403)."),
            ("http_503", "Телеграм: сбой на той стороне (ответ 503)."),
            ("ERROR_CORE", "Телеграм отказывает (код ERROR_CORE)."),
            ("<script>", "Телеграм отказывает."),
        ] {
            let told = of_dead(&listed(code, "any English words"), "Телеграм");
            assert!(told.starts_with(words), "{code}: {told}");
        }
        assert_eq!(of_dead(&listed("zvonok", "номер занят"), "Звонок"), "номер занят");
    }

    #[test]
    fn what_waits_says_whether_anybody_must_act() {
        for (outcome, why, words) in [
            ("later", "the server is silent", "Телеграм пока не отвечает. Повторяем сами."),
            ("broken", "", "Телеграм не принимает наши настройки."),
            ("broken", "Телеграм не узнаёт бота: проверьте токен.", "Телеграм не узнаёт бота: проверьте токен."),
            ("unknown", "no answer in time", "Телеграм не отвечает, и дошло ли, неизвестно."),
        ] {
            let told = of_waiting(&listed(outcome, why), "Телеграм");
            assert!(told.starts_with(words), "{outcome}: {told}");
        }
    }
}
