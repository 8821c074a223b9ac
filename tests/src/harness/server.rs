//! The real server binary on a free port, in a folder of its own.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use doegnrytme_server::error::Failure;
use doegnrytme_server::folder::Folder;
use doegnrytme_server::socket::{OperatorReply, OperatorRequest, ask};
use tempfile::TempDir;

use super::{room, until};

/// A server. Dropping it kills it and removes its folder.
pub struct Server {
    home: TempDir,
    data: PathBuf,
    /// The recovery key, as `init` printed it.
    paper: String,
    address: String,
    child: Option<Child>,
    settings: Vec<String>,
    program: PathBuf,
}

/// A copy of a data folder, to go back to.
pub struct Copy(TempDir);

impl Server {
    /// Makes a server in a new folder and starts it on a free port.
    #[must_use]
    pub fn start() -> Self {
        let home = tempfile::Builder::new().prefix("server-").tempdir_in(room()).unwrap();
        let data = home.path().join("data");
        Self::made(home, data)
    }

    /// The same with its data folder elsewhere; whoever chose the place removes it.
    #[must_use]
    pub fn start_in(data: PathBuf) -> Self {
        Self::made(tempfile::tempdir_in(room()).unwrap(), data)
    }

    fn made(home: TempDir, data: PathBuf) -> Self {
        let made = verb(&["init", "--data", data.to_str().unwrap()]);
        assert!(made.status.success(), "init: {}", String::from_utf8_lossy(&made.stderr));
        let said = String::from_utf8(made.stdout).unwrap();
        let paper = said.lines().find(|line| line.starts_with("    ")).unwrap().trim().to_owned();
        let (address, settings) = (free_address(), Vec::new());
        let (child, program) = (None, binary());
        let mut server = Self { home, data, paper, address, child, settings, program };
        server.serve();
        server
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.data.clone()
    }

    /// `host:port`; the same after a restart.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The server's process, for its figures under `/proc`.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("the server runs").id()
    }

    /// Starts a server that is down and waits until it is ready.
    pub fn serve(&mut self) {
        let errors = fs::File::options().create(true).append(true).open(self.log_path()).unwrap();
        let mut child = Command::new(&self.program)
            .args(["serve", "--listen", &self.address, "--data"])
            .arg(self.data())
            .args(&self.settings)
            .env_remove("DOEGNRYTME_CONFIG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        self.child = Some(child);
        let Some((_, rest)) = line.split_once("https://") else {
            panic!("the server did not become ready: {line}{}", self.log());
        };
        self.address = rest.split(' ').next().unwrap().trim().to_owned();
        // Whatever else it prints must not block it.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    }

    /// Kill −9.
    pub fn dies(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// SIGTERM; how it ended.
    pub fn stops(&mut self) -> ExitStatus {
        signal(self.pid(), "TERM");
        self.child.take().unwrap().wait().unwrap()
    }

    /// Ends it in order and starts it again.
    pub fn restarts(&mut self) {
        assert!(self.stops().success());
        self.serve();
    }

    /// Ends it in order and starts it again with other settings, such as `--code-lifetime 1s`.
    pub fn restarts_with(&mut self, settings: &[&str]) {
        self.settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        self.restarts();
    }

    /// Ends it in order and starts the version after this one (see [`crate::newer`]) in its place.
    pub fn is_upgraded(&mut self) {
        self.program = binary().with_file_name("newer_server");
        self.restarts();
    }

    /// SIGHUP: the certificate is read again.
    pub fn reads_its_certificate_again(&self) {
        signal(self.pid(), "HUP");
    }

    /// A copy of the data folder, taken while nobody writes.
    pub fn is_copied(&mut self) -> Copy {
        assert!(self.stops().success());
        let copy = tempfile::tempdir_in(room()).unwrap();
        copy_files(&self.data(), copy.path());
        self.serve();
        Copy(copy)
    }

    /// Somebody puts an old copy in the folder's place by hand, with the journal in it.
    pub fn goes_back_to(&mut self, copy: &Copy) {
        self.dies();
        for file in fs::read_dir(self.data()).unwrap().map(Result::unwrap) {
            fs::remove_file(file.path()).unwrap();
        }
        copy_files(copy.0.path(), &self.data());
        self.serve();
    }

    /// Somebody puts an old copy in the folder's place by hand; the journal stays as it is.
    pub fn goes_back_beside_its_journal_to(&mut self, copy: &Copy) {
        self.dies();
        let journal = self.data.join("journal");
        let kept = fs::read(&journal).unwrap();
        for file in fs::read_dir(self.data()).unwrap().map(Result::unwrap) {
            fs::remove_file(file.path()).unwrap();
        }
        copy_files(copy.0.path(), &self.data());
        fs::write(journal, kept).unwrap();
        self.serve();
    }

    /// Makes a backup while it goes on working.
    #[must_use]
    pub fn is_backed_up(&self) -> PathBuf {
        let to = self.home.path().join("backup");
        let to_text = to.to_str().unwrap().to_owned();
        match self.does(OperatorRequest::Backup { to: to_text }) {
            OperatorReply::BackedUp { .. } => to,
            other => panic!("{other:?}"),
        }
    }

    /// The machine is gone. What is left of it is the journal, if it lay elsewhere.
    #[must_use]
    pub fn is_lost(&mut self) -> Vec<u8> {
        self.dies();
        let journal = fs::read(self.data.join("journal")).unwrap();
        fs::remove_dir_all(&self.data).unwrap();
        journal
    }

    /// Another machine gets the backup and the recovery key, and what there is of the journal.
    pub fn is_restored(&mut self, backup: &Path, journal: Option<&[u8]>) {
        self.data = self.home.path().join("elsewhere");
        let (data, from) = (self.data.to_str().unwrap(), backup.to_str().unwrap());
        let made = verb_told(&["restore", "--from", from, "--data", data], &self.paper);
        assert!(made.status.success(), "restore: {}", String::from_utf8_lossy(&made.stderr));
        if let Some(journal) = journal {
            fs::write(self.data.join("journal"), journal).unwrap();
        }
        self.serve();
    }

    /// The recovery key.
    #[must_use]
    pub fn paper(&self) -> &str {
        &self.paper
    }

    /// A figure of `status`.
    #[must_use]
    pub fn figure(&self, name: &str) -> u64 {
        match self.does(OperatorRequest::Status) {
            OperatorReply::Status { figures } => figures[name],
            other => panic!("{other:?}"),
        }
    }

    /// Does an operator's verb.
    pub fn does(&self, request: OperatorRequest) -> OperatorReply {
        self.asks(request).unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// Asks for an operator's verb.
    ///
    /// # Errors
    /// [`Failure`] as the operator reads it.
    pub fn asks(&self, request: OperatorRequest) -> Result<OperatorReply, Failure> {
        ask(&Folder::at(self.data()), &request).map(|reply| reply.expect("a server listens"))
    }

    /// A code for one tablet of the team.
    #[must_use]
    pub fn code(&self, team: &str) -> String {
        match self.does(OperatorRequest::DeviceCode { team: team.to_owned(), typed: false }) {
            OperatorReply::DeviceCode { code, .. } => code,
            other => panic!("{other:?}"),
        }
    }

    /// A code for a tablet of a team that has nobody yet.
    #[must_use]
    pub fn code_for_a_new_team(&self) -> String {
        self.does(OperatorRequest::TeamAdd { name: "Team Ny".to_owned() });
        self.code("Team Ny")
    }

    /// Everything that it wrote to its log since it was made.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.home.path().join("log")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.dies();
    }
}

/// A port that nobody listens on, below those that the kernel gives to outgoing connections: a
/// server that is down for a moment must find its port free again.
fn free_address() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let number =
            std::process::id().wrapping_mul(61).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let address = format!("127.0.0.1:{}", 20_000 + number % 12_000);
        if TcpListener::bind(&address).is_ok() {
            return address;
        }
    }
}

fn copy_files(from: &Path, to: &Path) {
    for file in fs::read_dir(from).unwrap().map(Result::unwrap) {
        if file.file_type().unwrap().is_file() {
            fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
}

fn signal(pid: u32, name: &str) {
    // The shell's own `kill`: the program is not on every machine.
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]).status();
    assert!(sent.unwrap().success());
}

/// Runs one verb of the server binary to its end.
#[must_use]
pub fn verb(arguments: &[&str]) -> Output {
    Command::new(binary()).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Runs one verb that reads what is typed.
#[must_use]
pub fn verb_told(arguments: &[&str], typed: &str) -> Output {
    let mut child = Command::new(binary())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A verb that refuses before it reads has closed its end.
    let _ = writeln!(child.stdin.take().unwrap(), "{typed}");
    child.wait_with_output().unwrap()
}

/// Waits until a port of the server takes connections no more.
pub fn until_down(address: &str) {
    until("the server is down", || std::net::TcpStream::connect(address).err());
}

/// The server binary beside the test's own: `tests/run` has built it, else it is built now.
#[must_use]
pub fn binary() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let own = std::env::current_exe().unwrap();
            let folder = own.ancestors().find(|path| path.ends_with("release")).unwrap();
            if std::env::var_os("DOEGNRYTME_TEST_BUILT").is_none() {
                let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
                let built = Command::new(cargo)
                    .args(["build", "--release", "--locked", "--workspace", "--bins"])
                    .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
                    .stdout(Stdio::null())
                    .status();
                assert!(built.unwrap().success(), "the server was not built");
            }
            folder.join("doegnrytme-server")
        })
        .clone()
}
