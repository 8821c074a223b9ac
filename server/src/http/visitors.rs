//! Who is connected: at most so many in all and from one source.
//!
//! When there is no room, a newcomer takes the place of the connection that has been here longest
//! without one signed answer; those whose requests were answered stay. So a flood of strangers shows
//! itself out, and a tablet that is given the second or two of one exchange is safe from it.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::limits::Limits;

/// A source: an IPv4 address, or an IPv6 network of 64 bits, which one household has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Source(IpAddr);

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        let IpAddr::V6(address) = address.to_canonical() else {
            return Self(address.to_canonical());
        };
        let network = address.to_bits() & !u128::from(u64::MAX);
        Self(Ipv6Addr::from_bits(network).into())
    }
}

/// Everybody who is connected. Copies are one.
#[derive(Clone)]
pub struct Visitors(Arc<Mutex<Room>>);

struct Room {
    most: usize,
    most_of_one: usize,
    /// Every connection, by the peer's address and port.
    here: HashMap<SocketAddr, Visitor>,
    /// Who was never answered, longest here first.
    unknown: BTreeMap<u64, SocketAddr>,
    sources: HashMap<Source, OfOne>,
    came: u64,
}

/// The connections of one source.
#[derive(Default)]
struct OfOne {
    count: usize,
    unknown: BTreeMap<u64, SocketAddr>,
}

struct Visitor {
    number: u64,
    /// Dropping it ends the connection.
    _stay: oneshot::Sender<()>,
}

impl Visitors {
    /// Nobody yet.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let number = |limit: u64| match usize::try_from(limit) {
            Ok(0) | Err(_) => usize::MAX,
            Ok(limit) => limit,
        };
        Self(Arc::new(Mutex::new(Room {
            most: number(limits.connections),
            most_of_one: number(limits.source_connections),
            here: HashMap::new(),
            unknown: BTreeMap::new(),
            sources: HashMap::new(),
            came: 0,
        })))
    }

    /// A connection was opened. None when everybody who is here was answered before.
    fn enter(&self, peer: SocketAddr) -> Option<Stay> {
        let mut room = self.0.lock().ok()?;
        let source = Source::from(peer.ip());
        if room.sources.get(&source).is_some_and(|of_one| of_one.count >= room.most_of_one) {
            let longest = room.sources.get(&source)?.unknown.first_key_value().map(|(_, at)| *at);
            room.leave(longest?);
        }
        if room.here.len() >= room.most {
            let longest = room.unknown.first_key_value().map(|(_, at)| *at);
            room.leave(longest?);
        }
        room.leave(peer);
        room.came += 1;
        let (number, (stay, shown_out)) = (room.came, oneshot::channel());
        room.here.insert(peer, Visitor { number, _stay: stay });
        room.unknown.insert(number, peer);
        let of_one = room.sources.entry(source).or_default();
        of_one.count += 1;
        of_one.unknown.insert(number, peer);
        Some(Stay { visitors: self.clone(), peer, number, shown_out })
    }

    /// A request on this connection was answered with a signature: it stays.
    pub(super) fn is_known(&self, peer: SocketAddr) {
        let Ok(mut room) = self.0.lock() else { return };
        let Some(number) = room.here.get(&peer).map(|visitor| visitor.number) else { return };
        room.unknown.remove(&number);
        if let Some(of_one) = room.sources.get_mut(&Source::from(peer.ip())) {
            of_one.unknown.remove(&number);
        }
    }
}

impl Room {
    fn leave(&mut self, peer: SocketAddr) {
        let Some(visitor) = self.here.remove(&peer) else { return };
        self.unknown.remove(&visitor.number);
        let source = Source::from(peer.ip());
        if let Some(of_one) = self.sources.get_mut(&source) {
            of_one.unknown.remove(&visitor.number);
            of_one.count = of_one.count.saturating_sub(1);
            if of_one.count == 0 {
                self.sources.remove(&source);
            }
        }
    }
}

/// A connection's place; dropping it gives the place back.
struct Stay {
    visitors: Visitors,
    peer: SocketAddr,
    number: u64,
    shown_out: oneshot::Receiver<()>,
}

impl Drop for Stay {
    fn drop(&mut self) {
        let Ok(mut room) = self.visitors.0.lock() else { return };
        if room.here.get(&self.peer).is_some_and(|visitor| visitor.number == self.number) {
            room.leave(self.peer);
        }
    }
}

/// A connection that ends when its place is needed.
pub struct Visit {
    stream: TcpStream,
    stay: Stay,
    /// Its place was taken.
    ended: bool,
}

impl Visit {
    fn still(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        // A receiver that has answered must not be asked again.
        self.ended = self.ended || Pin::new(&mut self.stay.shown_out).poll(context).is_ready();
        if self.ended { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Visit {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.still(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Visit {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.still(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.still(context)?;
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S> Accept<TcpStream, S> for Visitors {
    type Stream = Visit;
    type Service = S;
    type Future = std::future::Ready<io::Result<(Visit, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        std::future::ready(self.take_in(stream).map(|visit| (visit, service)))
    }
}

impl Visitors {
    fn take_in(&self, stream: TcpStream) -> io::Result<Visit> {
        stream.set_nodelay(true)?;
        let stay = self.enter(stream.peer_addr()?);
        // Nothing can be said before the handshake; the tablet comes again after a pause.
        let stay = stay.ok_or(io::ErrorKind::ConnectionRefused)?;
        Ok(Visit { stream, stay, ended: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(connections: u64, source_connections: u64) -> Visitors {
        Visitors::new(&Limits { connections, source_connections, ..Limits::none() })
    }

    fn peer(source: u8, port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, source], port))
    }

    /// Whether its place was taken by another one.
    fn is_shown_out(stay: &mut Stay) -> bool {
        !matches!(stay.shown_out.try_recv(), Err(oneshot::error::TryRecvError::Empty))
    }

    #[test]
    fn a_flood_takes_the_places_of_strangers_and_never_a_tablets() {
        let visitors = room(8, 8);
        let mut tablet = visitors.enter(peer(1, 1)).unwrap();
        visitors.is_known(peer(1, 1));
        let flood: Vec<_> = (0..1_000).map(|n| visitors.enter(peer(2, n)).unwrap()).collect();
        assert!(!is_shown_out(&mut tablet));
        assert_eq!(visitors.0.lock().unwrap().here.len(), 8);
        let mut newcomer = visitors.enter(peer(1, 2)).unwrap();
        assert!(!is_shown_out(&mut newcomer), "a tablet that comes now finds a place");
        drop(flood);
        assert_eq!(visitors.0.lock().unwrap().here.len(), 2);
    }

    #[test]
    fn a_tablet_that_was_never_answered_would_be_shown_out() {
        let visitors = room(8, 8);
        let mut tablet = visitors.enter(peer(1, 1)).unwrap();
        let _flood: Vec<_> = (0..8).map(|n| visitors.enter(peer(2, n)).unwrap()).collect();
        assert!(is_shown_out(&mut tablet), "the control: it is the answer that keeps its place");
    }

    #[test]
    fn a_source_that_floods_shows_out_itself_first() {
        let visitors = room(100, 4);
        let mut other = visitors.enter(peer(1, 1)).unwrap();
        let mut flood: Vec<_> = (0..50).map(|n| visitors.enter(peer(2, n)).unwrap()).collect();
        assert!(!is_shown_out(&mut other));
        assert_eq!(
            flood.iter_mut().filter_map(|stay| is_shown_out(stay).then_some(())).count(),
            46
        );
    }

    #[test]
    fn when_all_are_tablets_a_newcomer_has_to_wait() {
        let visitors = room(2, 2);
        let tablets: Vec<_> = (0..2).map(|n| visitors.enter(peer(1, n)).unwrap()).collect();
        (0..2).for_each(|n| visitors.is_known(peer(1, n)));
        assert!(visitors.enter(peer(3, 1)).is_none());
        drop(tablets);
        assert!(visitors.enter(peer(3, 1)).is_some());
        let room = visitors.0.lock().unwrap();
        assert!(room.here.is_empty() && room.sources.is_empty() && room.unknown.is_empty());
    }

    #[test]
    fn a_household_with_many_addresses_is_one_source() {
        let of = |text: &str| Source::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
