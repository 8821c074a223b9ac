//! Tells one seed's story again, or lives a range of seeds.
//!
//! `simulate --seed N [--full] [--tell]`, `simulate --from N --to M [--full]`.

use std::process::ExitCode;

use doegnrytme_tests::simulator::{Faults, Size, World, many, run};

struct Wish {
    from: u64,
    to: u64,
    size: Size,
    tells: bool,
}

fn wish(arguments: impl Iterator<Item = String>) -> Option<Wish> {
    let mut wish = Wish { from: 0, to: 2_000, size: Size::Small, tells: false };
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next()?.parse::<u64>().ok();
        match argument.as_str() {
            "--seed" => {
                wish.from = number()?;
                wish.to = wish.from + 1;
            }
            "--from" => wish.from = number()?,
            "--to" => wish.to = number()?,
            "--full" => wish.size = Size::Full,
            "--tell" => wish.tells = true,
            _ => return None,
        }
    }
    Some(wish)
}

/// Tells a story line by line.
#[allow(clippy::print_stdout)]
fn tell(seed: u64, size: Size) -> ExitCode {
    let mut world = match World::begin(seed, size, Faults::default()) {
        Ok(world) => world,
        Err(broken) => {
            println!("{broken}");
            return ExitCode::FAILURE;
        }
    };
    world.tell();
    let lived = doegnrytme_tests::simulator::many::live(&mut world);
    for line in world.story() {
        println!("{line}");
    }
    match lived {
        Ok(()) => {
            println!("{}", world.counts());
            ExitCode::SUCCESS
        }
        Err(broken) => {
            println!("BROKEN: {broken}");
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stdout, clippy::print_stderr)]
fn main() -> ExitCode {
    let Some(wish) = wish(std::env::args().skip(1)) else {
        eprintln!("simulate --seed N [--full] [--tell] | --from N --to M [--full]");
        return ExitCode::from(2);
    };
    if wish.tells {
        return tell(wish.from, wish.size);
    }
    let lived = if wish.to == wish.from + 1 {
        run(wish.from, wish.size, Faults::default())
    } else {
        many(wish.from..wish.to, wish.size)
    };
    match lived {
        Ok(counts) => {
            println!("{counts}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            println!("{failure}");
            ExitCode::FAILURE
        }
    }
}
