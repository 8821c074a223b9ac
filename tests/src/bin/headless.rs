//! Tablets without a screen, driven by JSON lines. The README of this crate describes the protocol.

use std::io;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use doegnrytme_tests::headless::Problem;
use doegnrytme_tests::headless::protocol::{Output, Sightings, serve};
use doegnrytme_tests::headless::ward::{Ward, read_arguments, telling};

fn main() -> ExitCode {
    let sightings = Sightings::default();
    let output: Output = Arc::new(Mutex::new(io::stdout()));
    let ward = read_arguments(std::env::args().skip(1))
        .and_then(|setting| Ward::new(setting, sightings.clone(), Arc::clone(&output)));
    match ward.and_then(|ward| run(ward, &sightings, &output)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            use io::Write as _;
            let _ = writeln!(io::stderr(), "headless: {problem}");
            ExitCode::from(2)
        }
    }
}

fn run(mut ward: Ward, sightings: &Sightings, output: &Output) -> Result<(), Problem> {
    let teller = telling(sightings, output);
    let served = serve(io::stdin().lock(), output, |order| ward.carry_out(order));
    sightings.end();
    let _ = teller.join();
    Ok(served?)
}
