//! Verdict logs: no line is left out, and the running hash is that of the lines.

use doegnrytme_core::ids::DeviceNumber;
use doegnrytme_core::wire::verdict::Verdict;

use super::Walk;
use crate::intake::reason::Reason;
use crate::store::walk::{Table, WalkedVerdict};
use crate::store::{StoreError, Tx};
use crate::stream::running;

impl Walk<'_> {
    pub(super) fn verdicts(&mut self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let total = tx.count_rows(Table::Verdicts)?;
        let mut done = 0;
        for (device, end) in tx.verdict_logs()? {
            let (mut last, mut before) = (0, [0; 16]);
            while last < end.seq {
                let rows = tx.walk_verdicts(device, last)?;
                if rows.is_empty() {
                    break;
                }
                for (seq, line) in rows {
                    done += 1;
                    let key = || format!("device {}, seq {seq}", device.0);
                    if seq != last + 1 {
                        self.bad("verdicts", key(), "the line before it is missing");
                    }
                    last = seq;
                    let Some(line) = line else {
                        self.bad("verdicts", key(), "it cannot be read");
                        continue;
                    };
                    let hash = running(&before, &[&line.bytes]);
                    if hash != line.running || line.number != line.run.number {
                        self.bad("verdicts", key(), "the running hash is not that of its lines");
                    }
                    // From here on the stored one: one bad line is one finding.
                    before = line.running;
                    if self.tells_of_nothing(device, &line) {
                        self.bad("verdicts", key(), "it tells of a place behind its stream's end");
                    }
                }
                (self.watch)("verdicts", done, total);
            }
        }
        self.report.proved("verdicts", done);
        let silent: Vec<String> = self
            .told
            .iter()
            .filter(|(_, told)| !told.iter().all(|told| *told))
            .map(|((device, number), _)| format!("device {}, batch {number}", device.0))
            .collect();
        for key in silent {
            self.bad("verdicts", key, "the author was not told of all of it");
        }
        Ok(())
    }

    /// Whether what it says was published cannot be; notes what it says was kept otherwise.
    fn tells_of_nothing(&mut self, device: DeviceNumber, line: &WalkedVerdict) -> bool {
        let run = &line.run;
        let kept = match &run.verdict {
            Verdict::Published { stream, seq, .. } => {
                let last = seq.saturating_add(u64::from(run.count.saturating_sub(1)));
                if self.heads.get(stream).is_none_or(|head| last > *head) {
                    return true;
                }
                // The stream proves the row; it may be known under another batch.
                false
            }
            Verdict::Held { reason } => *reason != Reason::Withheld.number(),
            Verdict::Parked { .. } | Verdict::Refused { .. } => true,
            Verdict::Received | Verdict::Erased => false,
        };
        let author = run.device.unwrap_or(device);
        if author == device
            && let Some(told) = self.told.get_mut(&(device, run.number))
        {
            let (skip, count) = (usize::from(run.position), usize::from(run.count));
            told.iter_mut().skip(skip).take(count).for_each(|told| *told = true);
        }
        let last = run.position.saturating_add(run.count.saturating_sub(1));
        let spots = (author, run.number, run.position)..=(author, run.number, last);
        if run.position <= last {
            for (_, missing) in self.missing.range_mut(spots) {
                missing.kept = kept;
            }
        }
        false
    }
}
