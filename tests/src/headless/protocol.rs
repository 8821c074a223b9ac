//! JSON lines: orders in, answers and sightings out.

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Problem;

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "cmd", rename_all = "snake_case")]
pub enum Order {
    /// Put the team on the server.
    Seed,
    /// Enrol the tablets and fetch the team.
    Bootstrap,
    /// Open the stores, offline.
    Load,
    /// Play the shift.
    Ops {
        /// Begin with this event of each tablet's, one by one, and tell of each that was saved.
        from: Option<usize>,
        /// Stop before this one.
        to: Option<usize>,
    },
    /// Go online; done when the first sync ended.
    Online,
    /// Drop the connection.
    Offline,
    /// Hash what each tablet holds.
    Hash {
        /// Where the first tablet's canonical lines go.
        dump: Option<PathBuf>,
    },
    /// Requests, bytes, memory.
    Stats,
    /// Close and exit.
    Stop,
}

/// Milliseconds since 1970.
#[must_use]
pub fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Standard output, one whole line at a time.
pub type Output = Arc<Mutex<dyn Write + Send>>;

/// Writes one line.
pub fn say(output: &Output, line: &Value) {
    let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
    // Whoever ordered has gone when this fails; the end of the input tells the same.
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}

/// Reads orders until `stop` or the end of the input, and answers each. `carry_out` gives what an
/// answer holds besides its times.
///
/// # Errors
/// What reading says.
pub fn serve(
    input: impl BufRead,
    output: &Output,
    mut carry_out: impl FnMut(Order) -> Result<Map<String, Value>, Problem>,
) -> std::io::Result<()> {
    say(output, &json!({"ev": "ready"}));
    for line in input.lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let name = serde_json::from_str::<Value>(&line)
            .ok()
            .and_then(|line| line.get("cmd").cloned())
            .unwrap_or(Value::Null);
        let begun = unix_ms();
        let order: Result<Order, _> = serde_json::from_str(&line);
        let stop = matches!(order, Ok(Order::Stop));
        match order.map_err(Problem::from).and_then(&mut carry_out) {
            Ok(mut answer) => {
                answer.insert("ev".to_owned(), "done".into());
                answer.insert("cmd".to_owned(), name);
                answer.insert("t0".to_owned(), begun.into());
                answer.insert("t1".to_owned(), unix_ms().into());
                say(output, &Value::Object(answer));
            }
            Err(problem) => {
                say(output, &json!({"ev": "fail", "cmd": name, "err": problem.to_string()}));
            }
        }
        if stop {
            break;
        }
    }
    Ok(())
}

/// Changes of others that became visible, told at most every 100 ms. Copies are one.
#[derive(Clone, Default)]
pub struct Sightings(Arc<(Mutex<Sight>, Condvar)>);

#[derive(Debug, Clone, Copy, Default)]
struct Sight {
    count: u64,
    last: u64,
    told: u64,
    over: bool,
}

const BETWEEN: Duration = Duration::from_millis(100);

impl Sightings {
    /// So many more became visible just now.
    pub fn saw(&self, more: u64) {
        self.change(|sight| {
            sight.count += more;
            sight.last = unix_ms();
        });
    }

    fn change(&self, change: impl FnOnce(&mut Sight)) {
        change(&mut self.0.0.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.1.notify_all();
    }

    /// Ends [`Sightings::tell`].
    pub fn end(&self) {
        self.change(|sight| sight.over = true);
    }

    /// Tells what is new until [`Sightings::end`].
    pub fn tell(&self, output: &Output) {
        loop {
            let sight = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
            let waiting = |sight: &mut Sight| sight.count == sight.told && !sight.over;
            let mut sight =
                self.0.1.wait_while(sight, waiting).unwrap_or_else(PoisonError::into_inner);
            let (new, over) = (sight.count != sight.told, sight.over);
            sight.told = sight.count;
            let line = json!({"ev": "st", "t": sight.last, "n": sight.count});
            drop(sight);
            if new {
                say(output, &line);
            }
            if over {
                return;
            }
            std::thread::sleep(BETWEEN);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(
        input: &str,
        carry_out: impl FnMut(Order) -> Result<Map<String, Value>, Problem>,
    ) -> Vec<Value> {
        let written = Arc::new(Mutex::new(Vec::<u8>::new()));
        let output: Output = written.clone();
        serve(input.as_bytes(), &output, carry_out).unwrap();
        let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn every_order_is_answered_and_stop_is_the_last() {
        let input = "{\"cmd\":\"load\"}\n\n{\"cmd\":\"dance\"}\nnonsense\n\
            {\"cmd\":\"ops\"}\n{\"cmd\":\"stop\"}\n{\"cmd\":\"load\"}\n";
        let said = lines(input, |order| match order {
            Order::Ops { .. } => Err(Problem::wrong("no shift")),
            _ => Ok(Map::new()),
        });
        let short: Vec<String> =
            said.iter().map(|line| format!("{} {}", line["ev"], line["cmd"])).collect();
        assert_eq!(
            short,
            [
                "\"ready\" null",
                "\"done\" \"load\"",
                "\"fail\" \"dance\"",
                "\"fail\" null",
                "\"fail\" \"ops\"",
                "\"done\" \"stop\""
            ]
        );
        assert_eq!(said[4]["err"], "no shift");
        assert!(said[1]["t0"].as_u64() <= said[1]["t1"].as_u64());
    }

    #[test]
    fn hash_may_name_a_file() {
        let read = |text| serde_json::from_str::<Order>(text).unwrap();
        assert_eq!(read(r#"{"cmd":"hash"}"#), Order::Hash { dump: None });
        let named = Order::Hash { dump: Some("/x/y".into()) };
        assert_eq!(read(r#"{"cmd":"hash","dump":"/x/y"}"#), named);
    }

    #[test]
    fn a_storm_of_sightings_is_told_once_and_the_last_one_is_not_forgotten() {
        let written = Arc::new(Mutex::new(Vec::<u8>::new()));
        let output: Output = written.clone();
        let sightings = Sightings::default();
        for _ in 0..50 {
            sightings.saw(2);
        }
        sightings.end();
        sightings.tell(&output);
        let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(text.contains("\"n\":100"), "{text}");
    }
}
