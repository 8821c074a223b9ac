//! After the storm: nothing goes wrong any more, and everything must become equal in few exchanges.

use doegnrytme_core::store::StoreError;
use doegnrytme_core::sync::line::Kind;
use doegnrytme_core::tablet::Event;

use super::broken::{Broken, Held, promise};
use super::counts::Seen;
use super::line::Spoke;
use super::tablet::Pending;
use super::world::World;

/// Rounds in which every tablet speaks once, at most.
const ROUNDS: usize = 60;

impl World {
    /// Faults stop; everybody gets a line, late ones too, and talks until nothing is left to say.
    ///
    /// # Errors
    /// When that takes a tablet more exchanges than it should, or never ends.
    pub fn settle(&mut self) -> Held<()> {
        self.note(|| "faults stop".to_owned());
        self.stormy = false;
        self.post.clear();
        for at in 0..self.tablets.len() {
            self.comes_in(at)?;
        }
        let again = self.batches_to_send()?;
        let mut exchanges = vec![0; self.tablets.len()];
        for _ in 0..ROUNDS {
            // A second for each try, so that nobody's pause lasts.
            self.time_passes(130);
            let quiet = self.round(&mut exchanges)?;
            if quiet {
                break;
            }
        }
        for (at, exchanges) in exchanges.iter().enumerate() {
            let most = self.size.exchanges() + again.get(at).unwrap_or(&0);
            let equal = self.tablet(at)?.equal;
            if !equal {
                let differs = self.differs_from_server(at)?;
                let what = format!("tablet {at} does not become equal ({exchanges} exchanges)");
                return Err(Broken(format!("{what}: {differs}")));
            }
            promise(*exchanges <= most, || format!("tablet {at} needs {exchanges} exchanges"))?;
        }
        Ok(())
    }

    /// How many batches, besides one, each tablet has to send: after a roll-back perhaps many, and
    /// each takes an exchange.
    fn batches_to_send(&mut self) -> Held<Vec<usize>> {
        let mut again = Vec::new();
        for at in 0..self.tablets.len() {
            let (device, last) = self.tablet(at)?.machine()?.store().read(|tx| {
                Ok::<_, StoreError>((tx.device()?, tx.last_batch()?.map_or(0, |last| last.0)))
            })?;
            let held = match device {
                Some((device, _)) => self.server.look(|tx| Ok(tx.chain_end(device)?))?,
                None => None,
            };
            let lost = last.saturating_sub(held.map_or(0, |held| held.0)).saturating_sub(1);
            again.push(usize::try_from(lost).unwrap_or(0));
        }
        Ok(again)
    }

    fn comes_in(&mut self, at: usize) -> Held<()> {
        self.keep_running(at)?;
        self.tablet(at)?.pending = None;
        self.tell_tablet(at, Event::Offline)?;
        if self.tablet(at)?.late {
            self.counts.add(Seen::Late);
        }
        let tablet = self.tablet(at)?;
        tablet.online = true;
        tablet.equal = false;
        self.tell_tablet(at, Event::Online)?;
        self.standing_is_whole(at)
    }

    /// Every tablet speaks once; then those that listen hear what is new. True when nobody had
    /// anything to say or hear.
    fn round(&mut self, exchanges: &mut [usize]) -> Held<bool> {
        let mut quiet = true;
        for at in 0..self.tablets.len() {
            let before = std::mem::take(&mut self.tablet(at)?.equal);
            let spoke = self.speak(at)?;
            let asked = matches!(spoke, Spoke::Asked(kind) if kind != Kind::Wait);
            if asked && let Some(count) = exchanges.get_mut(at) {
                *count += 1;
            }
            let listens = matches!(self.tablet(at)?.pending, Some(Pending::Waits(_)));
            // Asking says anew whether all is equal; listening leaves it as it was.
            self.tablet(at)?.equal |= listens && before;
            quiet &= !asked && (listens || spoke != Spoke::Silent) && self.tablet(at)?.equal;
        }
        for at in 0..self.tablets.len() {
            if self.wake(at, false)? {
                quiet = false;
                if let Some(count) = exchanges.get_mut(at) {
                    *count += 1;
                }
            }
        }
        Ok(quiet)
    }
}
