//! The server of the version after this one: the same server, whose children can judge one schema
//! more. Stories upgrade to it.

use std::io;
use std::process::ExitCode;

use doegnrytme_server::assembly::Assembly;
use doegnrytme_server::cli::{self, Console};
use doegnrytme_server::trial::worker;
use doegnrytme_tests::newer::{Newer, SCHEMA};

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(worker::WORKER) {
        let (input, output) = (&mut io::stdin().lock(), &mut io::stdout());
        return match worker::work(&mut Newer::default(), input, output) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let environment = std::env::vars_os()
        .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)));
    let mut console = Console {
        input: &mut io::stdin().lock(),
        output: &mut io::stdout(),
        errors: &mut io::stderr(),
    };
    let Ok(program) = std::env::current_exe() else { return ExitCode::from(2) };
    let assembly = Assembly::with_children(program).knowing(SCHEMA);
    ExitCode::from(cli::run(std::env::args_os(), environment, &assembly, &mut console))
}
