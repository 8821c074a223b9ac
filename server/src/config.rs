//! Settings: a file, over it the environment, over that the flags. An unknown key is an error.

use std::fs;
use std::path::PathBuf;

use crate::enrol::{BadLifetime, CodeLifetime};
use crate::error::Failure;
use crate::folder::Folder;
use crate::limits::{Amount, Limits};

/// Every setting, in one layer (file, environment or flags). The doc comments are the help texts.
///
/// In the file a setting is called as here (`key_file = "/etc/…"`), in the environment
/// `DOEGNRYTME_KEY_FILE`, as a flag `--key-file`.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize, clap::Args)]
#[serde(deny_unknown_fields, default)]
pub struct Layer {
    /// The data folder: the encrypted store, the lock, the operator's socket, the certificate.
    /// Made by `init`, readable by the server's user only.
    #[arg(long, global = true, value_name = "DIR", help_heading = "Settings")]
    pub data: Option<PathBuf>,
    /// Where tablets reach the server; port 0 takes a free one. [default: 127.0.0.1:8443]
    #[arg(long, global = true, value_name = "HOST:PORT", help_heading = "Settings")]
    pub listen: Option<String>,
    /// How tablets reach the server when that is another address than --listen (a proxy, a public
    /// name); it stands in enrolment codes. [default: the address listened on]
    #[arg(long, global = true, value_name = "HOST:PORT", help_heading = "Settings")]
    pub address: Option<String>,
    /// The file with the store's key (64 hex digits). [default: systemd's credential
    /// doegnrytme-key when there is one, else DIR/key, with a warning]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Settings")]
    pub key_file: Option<PathBuf>,
    /// The journal of what a restore must not forget (STOPs, text messages that left, tablets that
    /// joined). Keep it on another disk than the data; it is small and encrypted. [default:
    /// DIR/journal, with a warning]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Settings")]
    pub journal: Option<PathBuf>,
    /// A PEM file with the TLS certificate and its chain, to be used instead of the self-signed
    /// DIR/tls.pem. Tablets trust the key's pin, not an authority; SIGHUP reads the file again.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Settings")]
    pub tls_certificate: Option<PathBuf>,
    /// A PEM file with the certificate's private key. [default: the same file as
    /// --tls-certificate]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Settings")]
    pub tls_key: Option<PathBuf>,
    /// How long an enrolment code is good, such as 15m or 90s; at most 60m. Counts for codes made
    /// from now on: a running server's own setting decides. [default: 15m]
    #[arg(long, global = true, value_name = "TIME", help_heading = "Settings")]
    pub code_lifetime: Option<String>,
    /// Requests that one device may make in a minute before it is told to come later; 0 is no limit.
    /// A new tablet that fetches a year makes up to 320. [default: 600]
    #[arg(long, global = true, value_name = "NUMBER", help_heading = "Limits")]
    pub device_requests: Option<Amount>,
    /// Bytes that one team's tablets may hand in on one day (UTC), and each of them a quarter of it;
    /// 0 is no limit. What is over it waits on the tablets until the next day. [default: 1GiB]
    #[arg(long, global = true, value_name = "BYTES", help_heading = "Limits")]
    pub team_bytes: Option<Amount>,
    /// Wrong tries to join in a minute, from one source; ten times as many from all. Whoever has a
    /// code that is good is let in all the same. 0 is no limit. [default: 20]
    #[arg(long, global = true, value_name = "NUMBER", help_heading = "Limits")]
    pub enrol_tries: Option<Amount>,
    /// Connections open at once; at most what the system's limit of files allows. When all are
    /// taken, a newcomer takes the place of one that has not proved that it is a tablet. 0 is as
    /// many as the system allows. [default: 4096]
    #[arg(long, global = true, value_name = "NUMBER", help_heading = "Limits")]
    pub connections: Option<Amount>,
    /// Connections open at once from one address (IPv6: one /64). All tablets of a municipality
    /// may come from one address, behind a proxy or a mobile operator: set it above their number.
    /// 0 is no limit. [default: 1024]
    #[arg(long, global = true, value_name = "NUMBER", help_heading = "Limits")]
    pub source_connections: Option<Amount>,
    /// What is logged to stderr: error, warn, info, debug, or per part, such as
    /// "info,doegnrytme_server::http=debug". [default: info]
    #[arg(long, global = true, value_name = "LEVELS", help_heading = "Settings")]
    pub log: Option<String>,
    /// How a log line looks: plain for people, json for machines. [default: plain]
    #[arg(long, global = true, value_name = "FORMAT", help_heading = "Settings")]
    pub log_format: Option<LogFormat>,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Plain,
    /// One JSON object a line.
    Json,
}

/// The flags: a layer, and the file that lies below it.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
pub struct Flags {
    /// A TOML file with settings, named as the flags but with _ for -. Flags go before the
    /// environment (DOEGNRYTME_DATA, DOEGNRYTME_LISTEN …), and that before the file.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Settings")]
    pub config: Option<PathBuf>,
    /// The settings themselves.
    #[command(flatten)]
    pub layer: Layer,
}

/// The settings in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The data folder.
    pub folder: Folder,
    /// Where tablets reach the server.
    pub listen: String,
    /// How tablets reach it, when that is another address.
    pub address: Option<String>,
    /// The key file that was named.
    pub key_file: Option<PathBuf>,
    /// The journal's file that was named.
    pub journal: Option<PathBuf>,
    /// The folder of systemd's credentials.
    pub credentials: Option<PathBuf>,
    /// Certificate and key files, when they are not the self-made ones.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// How long an enrolment code is good.
    pub code_lifetime: CodeLifetime,
    /// How much is taken from whom.
    pub limits: Limits,
    /// What is logged.
    pub log: String,
    /// How a log line looks.
    pub log_format: LogFormat,
}

const PREFIX: &str = "DOEGNRYTME_";
/// Variables of tests and benchmarks, never settings.
const TEST_PREFIX: &str = "DOEGNRYTME_TEST_";
const CONFIG: &str = "DOEGNRYTME_CONFIG";

impl Settings {
    /// Lays flags over environment over file.
    ///
    /// # Errors
    /// [`Failure::Setting`] that names an unknown key or a missing setting, [`Failure::File`] when
    /// the file cannot be read.
    pub fn gather(
        flags: Flags,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Failure> {
        Self::gather_over(flags, environment, Layer::default())
    }

    /// Lays flags over environment over file over `below`.
    ///
    /// # Errors
    /// As [`Settings::gather`].
    pub fn gather_over(
        flags: Flags,
        environment: impl IntoIterator<Item = (String, String)>,
        below: Layer,
    ) -> Result<Self, Failure> {
        let environment: Vec<(String, String)> = environment.into_iter().collect();
        let look_up = |name: &str| {
            environment.iter().find(|(key, _)| key == name).map(|(_, value)| PathBuf::from(value))
        };
        let credentials = look_up("CREDENTIALS_DIRECTORY");
        let file = match flags.config.or_else(|| look_up(CONFIG)) {
            Some(path) => read_file(path)?,
            None => Layer::default(),
        };
        let layer = flags.layer.over(from_environment(environment)?).over(file).over(below);
        layer.settle(credentials)
    }
}

impl Settings {
    /// The address in enrolment codes, when no server has an open port.
    #[must_use]
    pub fn reached_at(&self) -> &str {
        self.address.as_deref().unwrap_or(&self.listen)
    }

    /// Where the journal lies.
    #[must_use]
    pub fn journal_place(&self) -> PathBuf {
        self.journal.clone().unwrap_or_else(|| self.folder.journal())
    }
}

impl Layer {
    /// For verbs that need no server: what is asked for lies where they are run.
    #[must_use]
    pub fn here() -> Self {
        Self { data: Some(PathBuf::from(".")), ..Self::default() }
    }

    fn over(self, below: Self) -> Self {
        Self {
            data: self.data.or(below.data),
            listen: self.listen.or(below.listen),
            address: self.address.or(below.address),
            key_file: self.key_file.or(below.key_file),
            journal: self.journal.or(below.journal),
            tls_certificate: self.tls_certificate.or(below.tls_certificate),
            tls_key: self.tls_key.or(below.tls_key),
            code_lifetime: self.code_lifetime.or(below.code_lifetime),
            device_requests: self.device_requests.or(below.device_requests),
            team_bytes: self.team_bytes.or(below.team_bytes),
            enrol_tries: self.enrol_tries.or(below.enrol_tries),
            connections: self.connections.or(below.connections),
            source_connections: self.source_connections.or(below.source_connections),
            log: self.log.or(below.log),
            log_format: self.log_format.or(below.log_format),
        }
    }

    fn limits(&self) -> Limits {
        let usual = Limits::default();
        let or = |set: Option<Amount>, usual| set.map_or(usual, |amount| amount.0);
        Limits {
            device_requests: or(self.device_requests, usual.device_requests),
            team_bytes: or(self.team_bytes, usual.team_bytes),
            enrol_tries: or(self.enrol_tries, usual.enrol_tries),
            connections: or(self.connections, usual.connections),
            source_connections: or(self.source_connections, usual.source_connections),
        }
    }

    fn settle(self, credentials: Option<PathBuf>) -> Result<Settings, Failure> {
        let limits = self.limits();
        let data = self.data.ok_or_else(|| {
            Failure::Setting("no data folder is named: give --data DIR.".to_owned())
        })?;
        let tls = match (self.tls_certificate, self.tls_key) {
            (Some(certificate), key) => {
                let key = key.unwrap_or_else(|| certificate.clone());
                Some((certificate, key))
            }
            (None, None) => None,
            (None, Some(_)) => {
                return Err(Failure::Setting(
                    "tls_key is set without tls_certificate: set both, or neither.".to_owned(),
                ));
            }
        };
        let code_lifetime = match self.code_lifetime {
            Some(text) => text.parse().map_err(|bad: BadLifetime| {
                Failure::Setting(format!("code_lifetime is wrong: {bad}."))
            })?,
            None => CodeLifetime::default(),
        };
        Ok(Settings {
            folder: Folder::at(data),
            listen: self.listen.unwrap_or_else(|| "127.0.0.1:8443".to_owned()),
            address: self.address,
            key_file: self.key_file,
            journal: self.journal,
            credentials,
            tls,
            code_lifetime,
            limits,
            log: self.log.unwrap_or_else(|| "info".to_owned()),
            log_format: self.log_format.unwrap_or_default(),
        })
    }
}

fn read_file(path: PathBuf) -> Result<Layer, Failure> {
    let text = fs::read_to_string(&path)
        .map_err(|error| Failure::File { path: path.clone(), reason: error.to_string() })?;
    toml::from_str(&text).map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        Failure::Setting(format!(
            "the config file {} is wrong near line {}: {}.",
            path.display(),
            line,
            one_line(error.message())
        ))
    })
}

fn from_environment(environment: Vec<(String, String)>) -> Result<Layer, Failure> {
    let table: toml::Table = environment
        .into_iter()
        .filter(|(key, _)| key != CONFIG && !key.starts_with(TEST_PREFIX))
        .filter_map(|(key, value)| {
            let name = key.strip_prefix(PREFIX)?.to_lowercase();
            Some((name, toml::Value::String(value)))
        })
        .collect();
    table.try_into().map_err(|error: toml::de::Error| {
        Failure::Setting(format!(
            "a {PREFIX}… environment variable is wrong: {}.",
            one_line(error.message())
        ))
    })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(listen: Option<&str>, config: Option<PathBuf>) -> Flags {
        let layer = Layer {
            data: Some("/srv/invented".into()),
            listen: listen.map(str::to_owned),
            ..Layer::default()
        };
        Flags { config, layer }
    }

    fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn flags_go_before_the_environment_and_that_before_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("server.toml");
        fs::write(&file, "listen = \"file:1\"\nlog = \"warn\"\nlog_format = \"json\"\n").unwrap();
        let pairs = environment(&[("DOEGNRYTME_LISTEN", "env:2"), ("DOEGNRYTME_LOG", "debug")]);
        let all =
            Settings::gather(flags(Some("flag:3"), Some(file.clone())), pairs.clone()).unwrap();
        let two = Settings::gather(flags(None, Some(file.clone())), pairs).unwrap();
        let one = Settings::gather(flags(None, Some(file)), []).unwrap();
        let none = Settings::gather(flags(None, None), []).unwrap();
        assert_eq!(all.listen, "flag:3");
        assert_eq!((two.listen.as_str(), two.log.as_str()), ("env:2", "debug"));
        assert_eq!((one.listen.as_str(), one.log.as_str()), ("file:1", "warn"));
        assert_eq!(one.log_format, LogFormat::Json);
        assert_eq!((none.listen.as_str(), none.log.as_str()), ("127.0.0.1:8443", "info"));
    }

    #[test]
    fn the_environment_can_name_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("server.toml");
        fs::write(&file, "listen = \"file:1\"\n").unwrap();
        let pairs = environment(&[("DOEGNRYTME_CONFIG", file.to_str().unwrap())]);
        assert_eq!(Settings::gather(flags(None, None), pairs).unwrap().listen, "file:1");
    }

    #[test]
    fn an_unknown_key_is_named_wherever_it_stands() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("server.toml");
        fs::write(&file, "log = \"info\"\nlisten_to = \"x\"\n").unwrap();
        let in_file = Settings::gather(flags(None, Some(file)), []).unwrap_err().to_string();
        assert!(in_file.contains("listen_to") && in_file.contains("line 2"), "{in_file}");
        assert_eq!(in_file.lines().count(), 1);
        let pairs = environment(&[("DOEGNRYTME_LISTEN_TO", "x")]);
        let in_environment = Settings::gather(flags(None, None), pairs).unwrap_err().to_string();
        assert!(in_environment.contains("listen_to"), "{in_environment}");
    }

    #[test]
    fn variables_of_tests_and_of_others_are_let_alone() {
        let pairs = environment(&[("DOEGNRYTME_TEST_SEED", "7"), ("PATH", "/bin")]);
        assert!(Settings::gather(flags(None, None), pairs).is_ok());
    }

    #[test]
    fn limits_are_set_in_every_layer_and_have_their_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("server.toml");
        fs::write(&file, "team_bytes = \"2GiB\"\nconnections = 100\n").unwrap();
        let pairs = environment(&[("DOEGNRYTME_DEVICE_REQUESTS", "30")]);
        let mut flags = flags(None, Some(file));
        flags.layer.source_connections = Some("50".parse().unwrap());
        let limits = Settings::gather(flags, pairs).unwrap().limits;
        assert_eq!(
            limits,
            Limits {
                device_requests: 30,
                team_bytes: 2 << 30,
                connections: 100,
                source_connections: 50,
                ..Limits::default()
            }
        );
        let wrong = environment(&[("DOEGNRYTME_ENROL_TRIES", "many")]);
        let wrong = Settings::gather(super::tests::flags(None, None), wrong).unwrap_err();
        assert!(wrong.to_string().contains("whole number"), "{wrong}");
    }

    #[test]
    fn what_cannot_be_set_so_is_refused_and_named() {
        let lonely =
            Layer { tls_key: Some("k".into()), data: Some("d".into()), ..Layer::default() };
        let lonely = Flags { config: None, layer: lonely };
        assert!(Settings::gather(lonely, []).unwrap_err().to_string().contains("tls_certificate"));
        let code_lifetime = Some("2h".to_owned());
        let long = Layer { code_lifetime, data: Some("d".into()), ..Layer::default() };
        let long = Settings::gather(Flags { config: None, layer: long }, []).unwrap_err();
        assert!(long.to_string().contains("code_lifetime") && long.to_string().contains("60m"));
        let nowhere = Settings::gather(Flags::default(), []).unwrap_err().to_string();
        assert!(nowhere.contains("--data"));
    }
}
