//! A child of the trial whose way of handling a change is built to fail, as crafted bytes make a
//! library fail: for some citizens it hangs, asks for two gigabytes, or ends at once. For all
//! others it works.

use std::process::ExitCode;

use doegnrytme_server::trial::protocol::{Question, Reply};
use doegnrytme_server::trial::questions::{Handler, Questions};
use doegnrytme_server::trial::worker;
use doegnrytme_tests::faulty;

struct Faulty(Questions);

impl Handler for Faulty {
    fn answer(&mut self, question: Question) -> Reply {
        match question.citizen {
            faulty::HANGS => loop {
                std::hint::spin_loop();
            },
            faulty::TAKES_MEMORY => {
                let much = vec![1_u8; 2 << 30];
                Reply::Failed(much.last().copied().unwrap_or(0))
            }
            faulty::ABORTS => std::process::abort(),
            _ => self.0.answer(question),
        }
    }
}

fn main() -> ExitCode {
    match worker::work(
        &mut Faulty(Questions::default()),
        &mut std::io::stdin().lock(),
        &mut std::io::stdout(),
    ) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
