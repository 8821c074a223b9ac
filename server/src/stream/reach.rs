//! What a device may read: its streams, the citizens in them, and the scope that tells it so.

use std::collections::{BTreeMap, HashMap};

use doegnrytme_core::ids::{CitizenId, DeviceNumber, StreamId};
use doegnrytme_core::wire::scope::{Bucket, Grant, Owner, Scope};
use doegnrytme_core::wire::sha256;

use crate::store::device::DeviceStream;
use crate::store::stream::BucketKey;
use crate::store::{StoreError, Tx};

/// Leave to read one citizen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leave {
    /// The stream in which the citizen's rows are published now.
    pub stream: StreamId,
    /// Rows up to here come by bucket, later ones by cursor.
    pub covered: u64,
}

/// What a device may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The device.
    pub device: DeviceNumber,
    /// The scope's serial.
    pub serial: u64,
    /// The common stream, then the team streams.
    pub streams: Vec<DeviceStream>,
    /// The citizens.
    pub citizens: HashMap<CitizenId, Leave>,
    /// Equal for devices that read the same.
    pub fingerprint: [u8; 32],
}

impl Reach {
    /// Reads what a device may read now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load(tx: &mut dyn Tx, device: DeviceNumber) -> Result<Self, StoreError> {
        let serial = tx.scope_serial(device)?;
        let mut streams = vec![DeviceStream { stream: StreamId::COMMON, since: 0 }];
        streams.extend(tx.device_streams(device)?);
        let mut citizens = BTreeMap::new();
        for reads in &streams {
            for citizen in tx.citizens_of(reads.stream)? {
                let covered = reads.since.max(citizen.since);
                citizens.insert(citizen.id, Leave { stream: reads.stream, covered });
            }
        }
        let mut names: Vec<u8> =
            streams.iter().flat_map(|reads| reads.stream.0.to_be_bytes()).collect();
        names.extend(citizens.keys().flat_map(|citizen| citizen.0));
        let fingerprint = sha256(&[&names]);
        Ok(Self { device, serial, streams, citizens: citizens.into_iter().collect(), fingerprint })
    }

    /// The team that the device belongs to: the first that it joined a stream of, by number. The
    /// common stream for a device without one.
    #[must_use]
    pub fn home(&self) -> StreamId {
        self.streams.get(1).map_or(StreamId::COMMON, |reads| reads.stream)
    }

    /// Whether the device reads a stream.
    #[must_use]
    pub fn reads(&self, stream: StreamId) -> bool {
        self.streams.iter().any(|reads| reads.stream == stream)
    }

    /// Whether a row of a stream comes to the device by cursor.
    #[must_use]
    pub fn comes_by_cursor(&self, stream: StreamId, seq: u64, citizen: Option<CitizenId>) -> bool {
        match citizen {
            None => true,
            Some(citizen) => self
                .citizens
                .get(&citizen)
                .is_some_and(|leave| leave.stream == stream && seq > leave.covered),
        }
    }

    /// Whether the device may see a row at all.
    #[must_use]
    pub fn sees(&self, stream: StreamId, citizen: Option<CitizenId>) -> bool {
        match citizen {
            None => self.reads(stream),
            Some(citizen) => self.citizens.contains_key(&citizen),
        }
    }

    /// The stored bucket that a device means, when it may read it.
    #[must_use]
    pub fn bucket(&self, owner: Owner, bucket: Bucket) -> Option<BucketKey> {
        match owner {
            Owner::Citizen(citizen) => {
                let leave = self.citizens.get(&citizen)?;
                Some(BucketKey { stream: leave.stream, citizen: Some(citizen), bucket })
            }
            Owner::Stream(stream) => {
                self.reads(stream).then_some(BucketKey { stream, citizen: None, bucket })
            }
        }
    }

    /// How far a bucket's rows come by bucket.
    #[must_use]
    pub fn covered(&self, key: BucketKey) -> u64 {
        match key.citizen {
            Some(citizen) => self.citizens.get(&citizen).map_or(0, |leave| leave.covered),
            None => {
                let reads = self.streams.iter().find(|reads| reads.stream == key.stream);
                reads.map_or(0, |reads| reads.since)
            }
        }
    }

    /// The scope as it travels.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn scope(&self, tx: &mut dyn Tx) -> Result<Scope, StoreError> {
        let mut grants: BTreeMap<CitizenId, Grant> = self
            .citizens
            .iter()
            .map(|(citizen, leave)| {
                let Leave { stream, covered } = *leave;
                (*citizen, Grant { citizen: *citizen, stream, covered, buckets: Vec::new() })
            })
            .collect();
        for reads in &self.streams {
            for count in tx.buckets(reads.stream)? {
                let grant = count.key.citizen.and_then(|citizen| grants.get_mut(&citizen));
                let Some(grant) = grant else { continue };
                if grant.stream == count.key.stream && count.first <= grant.covered {
                    grant.buckets.push(count.key.bucket);
                }
            }
        }
        let teams = self.streams.iter().map(|reads| reads.stream);
        Ok(Scope {
            serial: self.serial,
            streams: teams.filter(|stream| *stream != StreamId::COMMON).collect(),
            grants: grants.into_values().collect(),
        })
    }
}
