//! The verdict log: who hears what became of an entry.

use std::collections::{BTreeMap, BTreeSet};

use doegnrytme_core::ids::DeviceNumber;
use doegnrytme_core::wire::row::Origin;
use doegnrytme_core::wire::to_bytes;
use doegnrytme_core::wire::verdict::{Verdict, VerdictRun};

use crate::node::context::Context;
use crate::store::stream::Head;
use crate::store::{StoreError, Tx};
use crate::stream::running;

/// Who hears a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The device that signed the entry.
    Author,
    /// A colleague's device that handed it in.
    Carrier(DeviceNumber),
}

/// A verdict that somebody must hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct News {
    pub(super) reach: Reach,
    pub(super) origin: Origin,
    pub(super) verdict: Verdict,
}

/// Writes news into the logs, equal neighbours as one line; says which devices have some.
pub(super) fn write(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    news: Vec<News>,
) -> Result<BTreeSet<DeviceNumber>, StoreError> {
    let mut logs: BTreeMap<DeviceNumber, Vec<VerdictRun>> = BTreeMap::new();
    for News { reach, origin, verdict } in news {
        let (reader, device) = match reach {
            Reach::Author => (origin.device, None),
            Reach::Carrier(carrier) if carrier == origin.device => (carrier, None),
            Reach::Carrier(carrier) => (carrier, Some(origin.device)),
        };
        // Nobody reads the server's own log.
        if reader == DeviceNumber::SERVER {
            continue;
        }
        let runs = logs.entry(reader).or_default();
        let Origin { number, position, .. } = origin;
        let run = VerdictRun { number, position, count: 1, verdict, device };
        match runs.last_mut() {
            Some(last) if continues(last, &run) => last.count += 1,
            _ => runs.push(run),
        }
    }
    for (device, runs) in &logs {
        append(tx, context, *device, runs)?;
    }
    Ok(logs.into_keys().collect())
}

fn append(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    device: DeviceNumber,
    runs: &[VerdictRun],
) -> Result<(), StoreError> {
    let mut head = tx.verdict_head(device)?;
    for run in runs {
        head = Head { seq: head.seq + 1, running: running(&head.running, &[&to_bytes(run)]) };
        tx.append_verdict(device, head, context.epoch.number, run)?;
    }
    Ok(())
}

/// Whether `run` (of one entry) is the next entry of `last` with the same verdict.
fn continues(last: &VerdictRun, run: &VerdictRun) -> bool {
    let follows = last.number == run.number
        && last.device == run.device
        && last.position.checked_add(last.count) == Some(run.position);
    follows
        && match (&last.verdict, &run.verdict) {
            (
                Verdict::Published { stream, seq, received },
                Verdict::Published { stream: next, seq: at, received: when },
            ) => stream == next && received == when && seq + u64::from(last.count) == *at,
            (one, other) => one == other,
        }
}
