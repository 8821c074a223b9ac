//! The server binary: the process's edges, the verbs, and the parts that are put behind them.

use std::io;
use std::process::ExitCode;

use doegnrytme_server::cli::{self, Console};

fn main() -> ExitCode {
    let environment = std::env::vars_os()
        .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)));
    let mut console = Console {
        input: &mut io::stdin().lock(),
        output: &mut io::stdout(),
        errors: &mut io::stderr(),
    };
    let status = cli::run(std::env::args_os(), environment, &unbuilt::Unbuilt, &mut console);
    ExitCode::from(status)
}

mod unbuilt {
    //! Stands where the store and the node will be put in.

    use doegnrytme_server::cli::assembly::{AssemblyError, Opening, Parts, Provision};
    use doegnrytme_server::folder::Folder;
    use doegnrytme_server::key_file::{IdentitySecret, ServerKey};

    pub struct Unbuilt;

    fn missing() -> AssemblyError {
        AssemblyError::Io("this build has no store yet".to_owned())
    }

    impl Provision for Unbuilt {
        fn create(
            &self,
            _: &Folder,
            _: &ServerKey,
            _: &IdentitySecret,
        ) -> Result<(), AssemblyError> {
            Err(missing())
        }

        fn open(&self, _: &Opening<'_>) -> Result<Parts, AssemblyError> {
            Err(missing())
        }
    }
}
