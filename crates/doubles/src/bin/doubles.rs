//! The doubles as a process of their own, for the bench and for tests that kill Nochnik.

use std::{error::Error, io::Write};

use clap::{Parser, Subcommand, ValueEnum};
use nochnik_doubles::{
    Fault, Faults,
    bitrix24::{self, Mode, Settings},
    means,
    model::{self, Profile},
    serve::{Server, system_clock},
    telegram,
};

/// Stands in for Telegram, Bitrix24, a language model or a service of SMS and calls on 127.0.0.1; `GET /_ledger` shows what arrived.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    service: Service,
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, global = true, default_value_t = 0)]
    port: u16,
    /// Share of calls that go wrong, 0.0 to 1.0.
    #[arg(long, global = true, default_value_t = 0.0)]
    fault_share: f64,
    /// Seed of the faults.
    #[arg(long, global = true, default_value_t = 1)]
    seed: u64,
}

#[derive(Subcommand)]
enum Service {
    /// The Bot API of one bot; people act by `POST /_client/{says,presses,shares_contact,edits,blocks}`.
    Telegram {
        /// Token of the bot, `number:secret`.
        #[arg(long)]
        token: String,
        /// No schema check and no pace, for the bench.
        #[arg(long)]
        fast: bool,
        /// Where webhooks go in place of the registered host, such as http://127.0.0.1:8080.
        #[arg(long)]
        route: Option<String>,
    },
    /// One portal behind an incoming webhook.
    Bitrix24 {
        /// No limit of intensity or operating time.
        #[arg(long, alias = "fast")]
        unlimited: bool,
        #[arg(long, value_enum, default_value = "lead")]
        mode: CrmMode,
        /// The secret segment of the webhook address.
        #[arg(long, default_value = "h00kc0de")]
        code: String,
    },
    /// A server of a language model; `POST /_says` takes the text of its next answer.
    Model {
        #[arg(long, value_enum, default_value = "yandex")]
        vendor: Vendor,
        /// The key that is let in; without it the double's own.
        #[arg(long)]
        key: Option<String>,
    },
    /// One account of a service of SMS or calls.
    Means {
        #[arg(long, value_enum, default_value = "smsru")]
        vendor: MeansVendor,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum MeansVendor {
    Smsru,
    Smsc,
    Smsaero,
    Exolve,
    Zvonok,
}

#[derive(Clone, Copy, ValueEnum)]
enum Vendor {
    Openai,
    Llamacpp,
    LlamacppPython,
    Deepseek,
    Openrouter,
    Yandex,
    Gigachat,
}

#[derive(Clone, Copy, ValueEnum)]
enum CrmMode {
    Lead,
    Simple,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let faults = faults(args.seed, args.fault_share);
    let (server, path) = match args.service {
        Service::Telegram { token, fast, route } => {
            let double = if fast { telegram::Double::fast(&token) } else { telegram::Double::new(&token) };
            if let Some(base) = route {
                double.route_webhooks_to(&base);
            }
            double.plan(faults);
            (telegram::serve_with(double, args.port, system_clock()).await?, String::new())
        }
        Service::Bitrix24 { unlimited, mode, code } => {
            let settings = if unlimited { Settings::unlimited() } else { Settings::default() };
            let mode = match mode {
                CrmMode::Lead => Mode::Classic,
                CrmMode::Simple => Mode::Simple,
            };
            let double = bitrix24::Double::new(Settings { code, mode, ..settings });
            double.plan(faults);
            let path = double.base_path();
            (bitrix24::serve_with(double, args.port, system_clock()).await?, path)
        }
        Service::Model { vendor, key } => {
            let settings = model::Settings::new(profile(vendor));
            let key = key.unwrap_or_else(|| settings.key.clone());
            let double = model::Double::new(model::Settings { key, ..settings });
            double.plan(faults);
            let path = double.base_path().to_owned();
            (model::serve_with(double, args.port, system_clock()).await?, path)
        }
        Service::Means { vendor } => {
            let double = means::Double::new(means_vendor(vendor));
            double.plan(faults);
            (means::serve_with(double, args.port, system_clock()).await?, String::new())
        }
    };
    announce(&server, &path)?;
    tokio::signal::ctrl_c().await?;
    Ok(())
}

fn profile(vendor: Vendor) -> Profile {
    match vendor {
        Vendor::Openai => Profile::OpenAi,
        Vendor::Llamacpp => Profile::LlamaCpp,
        Vendor::LlamacppPython => Profile::LlamaCppPython,
        Vendor::Deepseek => Profile::DeepSeek,
        Vendor::Openrouter => Profile::OpenRouter,
        Vendor::Yandex => Profile::Yandex,
        Vendor::Gigachat => Profile::GigaChat,
    }
}

fn means_vendor(vendor: MeansVendor) -> means::Vendor {
    match vendor {
        MeansVendor::Smsru => means::Vendor::SmsRu,
        MeansVendor::Smsc => means::Vendor::Smsc,
        MeansVendor::Smsaero => means::Vendor::SmsAero,
        MeansVendor::Exolve => means::Vendor::Exolve,
        MeansVendor::Zvonok => means::Vendor::Zvonok,
    }
}

/// Prints the address, the one line a script waits for.
fn announce(server: &Server, path: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{}{path}", server.url())?;
    out.flush()
}

fn faults(seed: u64, share: f64) -> Faults {
    let kinds = vec![
        Fault::DropBefore,
        Fault::ExecuteThenDrop,
        Fault::ExecuteThenStatus(500),
        Fault::Delay(1_000),
        Fault::Status(503),
        Fault::Status(429),
        Fault::Status(502),
    ];
    Faults::seeded(seed, share, kinds)
}
