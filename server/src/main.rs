//! The server binary: the process's edges, the verbs, and the parts that are put behind them.

use std::io;
use std::process::ExitCode;

use doegnrytme_server::assembly::Assembly;
use doegnrytme_server::cli::{self, Console};

fn main() -> ExitCode {
    let environment = std::env::vars_os()
        .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)));
    let mut console = Console {
        input: &mut io::stdin().lock(),
        output: &mut io::stdout(),
        errors: &mut io::stderr(),
    };
    // The trial's children are this very program.
    let assembly = match std::env::current_exe() {
        Ok(program) => Assembly::with_children(program),
        Err(error) => {
            let _ = writeln!(console.errors, "doegnrytme-server: this program's file: {error}");
            return ExitCode::from(2);
        }
    };
    let status = cli::run(std::env::args_os(), environment, &assembly, &mut console);
    ExitCode::from(status)
}
