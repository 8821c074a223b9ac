//! A line between tablets and a server: a TCP proxy that can be cut, slowed, cut at a byte, or lose
//! an answer. It sees what a network sees: TLS records.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A line. Dropping it cuts it.
pub struct Net {
    address: String,
    rules: Arc<Rules>,
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the tablet.
    Up,
    /// To the tablet.
    Down,
}

#[derive(Default)]
struct Rules {
    down: AtomicBool,
    over: AtomicBool,
    delay_ms: AtomicU64,
    lose_answer: AtomicBool,
    lost: AtomicU64,
    cuts: AtomicU64,
    /// Bytes that still pass up and down before the line is cut; `u64::MAX` for no limit.
    left: [Mutex<Option<u64>>; 2],
    open: Mutex<Vec<TcpStream>>,
}

impl Net {
    /// A line to `server` (`host:port`).
    #[must_use]
    pub fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let rules = Arc::new(Rules::default());
        let (shared, server) = (Arc::clone(&rules), server.to_owned());
        thread::spawn(move || accept(&listener, &server, &shared));
        Self { address, rules }
    }

    /// `host:port` for tablets.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Cuts every connection; new ones end at once.
    pub fn cut(&self) {
        self.rules.down.store(true, Ordering::SeqCst);
        self.rules.cut();
    }

    /// Takes connections again, without any of the trouble ordered before.
    pub fn mend(&self) {
        self.rules.down.store(false, Ordering::SeqCst);
        self.rules.lose_answer.store(false, Ordering::SeqCst);
        for left in &self.rules.left {
            *left.lock().unwrap() = None;
        }
    }

    /// Every piece waits this long.
    pub fn slow(&self, delay: Duration) {
        self.rules.delay_ms.store(u64::try_from(delay.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// After so many more bytes in that direction, over all connections, the line is cut once.
    pub fn cut_after(&self, bytes: u64, way: Way) {
        *self.rules.left[way as usize].lock().unwrap() = Some(bytes);
    }

    /// The next request reaches the server whole and its answer never comes back.
    pub fn lose_next_answer(&self) {
        self.rules.lose_answer.store(true, Ordering::SeqCst);
    }

    /// How many answers were lost so far.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.rules.lost.load(Ordering::SeqCst)
    }

    /// How many times the line was cut at a byte so far.
    #[must_use]
    pub fn cuts(&self) -> u64 {
        self.rules.cuts.load(Ordering::SeqCst)
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        self.rules.over.store(true, Ordering::SeqCst);
        self.cut();
        // Wakes the listener, which then ends.
        let _ = TcpStream::connect(&self.address);
    }
}

impl Rules {
    fn cut(&self) {
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// How many of `bytes` still pass; fewer than all means that the line is cut after them.
    fn pass(&self, bytes: usize, way: Way) -> usize {
        let mut left = self.left[way as usize].lock().unwrap();
        let Some(most) = *left else { return bytes };
        let passed = u64::try_from(bytes).unwrap().min(most);
        *left = Some(most - passed);
        usize::try_from(passed).unwrap()
    }
}

fn accept(listener: &TcpListener, server: &str, rules: &Arc<Rules>) {
    for tablet in listener.incoming() {
        if rules.over.load(Ordering::SeqCst) {
            return;
        }
        let Ok(tablet) = tablet else { continue };
        if rules.down.load(Ordering::SeqCst) {
            continue;
        }
        let Ok(server) = TcpStream::connect(server) else { continue };
        let mut open = rules.open.lock().unwrap();
        for stream in [&tablet, &server] {
            stream.set_nodelay(true).unwrap();
            open.push(stream.try_clone().unwrap());
        }
        drop(open);
        let asked = Arc::new(AtomicBool::new(false));
        for way in [Way::Up, Way::Down] {
            let (from, to) = match way {
                Way::Up => (tablet.try_clone().unwrap(), server.try_clone().unwrap()),
                Way::Down => (server.try_clone().unwrap(), tablet.try_clone().unwrap()),
            };
            let pump = Pump { from, to, way, asked: Arc::clone(&asked), rules: Arc::clone(rules) };
            thread::spawn(move || pump.run());
        }
    }
}

/// One direction of one connection.
struct Pump {
    from: TcpStream,
    to: TcpStream,
    way: Way,
    /// A request passed whose answer is to be lost.
    asked: Arc<AtomicBool>,
    rules: Arc<Rules>,
}

/// A TLS handshake's last record from the client is shorter than any request.
const SHORTEST_REQUEST: usize = 100;
/// An answer has come whole when nothing followed for this long.
const SILENCE: Duration = Duration::from_millis(150);

impl Pump {
    fn run(mut self) {
        let mut bytes = vec![0; 16 * 1024];
        let mut records = Records::default();
        while let Ok(read) = self.from.read(&mut bytes) {
            if read == 0 {
                let _ = self.to.shutdown(Shutdown::Write);
                return;
            }
            thread::sleep(Duration::from_millis(self.rules.delay_ms.load(Ordering::SeqCst)));
            let piece = &bytes[..read];
            if self.way == Way::Up
                && records.hold_a_request(piece)
                && self.rules.lose_answer.swap(false, Ordering::SeqCst)
            {
                self.asked.store(true, Ordering::SeqCst);
            }
            if self.way == Way::Down && self.asked.load(Ordering::SeqCst) {
                self.lose();
                break;
            }
            let passed = self.rules.pass(read, self.way);
            if self.to.write_all(&piece[..passed]).is_err() {
                break;
            }
            if passed < read {
                self.rules.cuts.fetch_add(1, Ordering::SeqCst);
                *self.rules.left[self.way as usize].lock().unwrap() = None;
                self.rules.cut();
                break;
            }
        }
        let _ = self.from.shutdown(Shutdown::Both);
        let _ = self.to.shutdown(Shutdown::Both);
    }

    /// Reads the answer to its end without handing anything on.
    fn lose(&mut self) {
        let mut bytes = vec![0; 16 * 1024];
        let begun = Instant::now();
        self.from.set_read_timeout(Some(SILENCE)).unwrap();
        while begun.elapsed() < Duration::from_secs(10) {
            if !matches!(self.from.read(&mut bytes), Ok(read) if read > 0) {
                break;
            }
        }
        self.rules.lost.fetch_add(1, Ordering::SeqCst);
    }
}

/// Follows TLS records through pieces of any size.
#[derive(Default)]
struct Records {
    head: Vec<u8>,
    body: usize,
}

impl Records {
    /// Whether a record of application data begins in the piece that is long enough for a request.
    fn hold_a_request(&mut self, mut piece: &[u8]) -> bool {
        let mut found = false;
        while !piece.is_empty() {
            if self.body > 0 {
                let skipped = self.body.min(piece.len());
                self.body -= skipped;
                piece = &piece[skipped..];
                continue;
            }
            self.head.push(piece[0]);
            piece = &piece[1..];
            if let [kind, _, _, high, low] = self.head[..] {
                self.body = usize::from(u16::from_be_bytes([high, low]));
                found |= kind == 0x17 && self.body > SHORTEST_REQUEST;
                self.head.clear();
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that answers each line with itself.
    fn echo() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                thread::spawn(move || {
                    let mut bytes = [0; 1024];
                    while let Ok(read @ 1..) = stream.read(&mut bytes) {
                        let _ = stream.write_all(&bytes[..read]);
                    }
                });
            }
        });
        address
    }

    fn answer(net: &Net, bytes: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(net.address()).unwrap();
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.set_read_timeout(Some(Duration::from_millis(500)));
        let _ = stream.read_to_end(&mut answer);
        answer
    }

    #[test]
    fn a_line_is_cut_at_the_byte_and_whole_again_afterwards() {
        let net = Net::before(&echo());
        assert_eq!(answer(&net, b"hello"), b"hello");
        net.cut_after(3, Way::Down);
        assert_eq!(answer(&net, b"hello"), b"hel");
        assert_eq!(net.cuts(), 1);
        assert_eq!(answer(&net, b"hello"), b"hello");
        net.cut();
        assert_eq!(answer(&net, b"hello"), b"");
        net.mend();
        assert_eq!(answer(&net, b"hello"), b"hello");
    }

    #[test]
    fn a_request_is_told_from_the_end_of_a_handshake() {
        let record = |kind: u8, length: u16| {
            let mut bytes = vec![kind, 3, 3];
            bytes.extend(length.to_be_bytes());
            bytes.resize(bytes.len() + usize::from(length), 0);
            bytes
        };
        let handshake = [record(0x16, 400), record(0x17, 53)].concat();
        let mut records = Records::default();
        assert!(!records.hold_a_request(&handshake));
        let request = record(0x17, 600);
        let pieces: Vec<bool> =
            request.chunks(2).map(|piece| records.hold_a_request(piece)).collect();
        assert_eq!(pieces.iter().filter(|found| **found).count(), 1);
    }
}
