//! What a record's payload says, kind by kind. Records are what is not a journal and must be
//! erasable or central (design §3); they travel as salt ‖ payload, and a payload is CBOR like
//! every other message.
//!
//! A record is known by (kind, id). Each payload derives its id from what it is about, so that two
//! who write the same thing write two versions of one record.

use minicbor::{Decode, Encode};

use super::{WireError, from_bytes, sha256, to_bytes};
use crate::care::consent::{ConsentEntry, Topic};
use crate::care::role::Roles;
use crate::care::visit::PlannedVisit;
use crate::ids::{CarerId, CitizenId, DocId, RecordKind, RelativeId, StreamId};
use crate::time::LocalDay;

/// A payload that travels as a record of one kind.
pub trait Payload: Encode<()> + for<'b> Decode<'b, ()> {
    /// The record's kind.
    const KIND: RecordKind;

    /// The record's id within its kind.
    fn id(&self) -> [u8; 16];

    /// The record as a document.
    fn doc(&self) -> DocId {
        DocId::Record(Self::KIND as u8, self.id())
    }

    /// The payload's bytes.
    fn bytes(&self) -> Vec<u8> {
        to_bytes(self)
    }

    /// Reads a payload.
    ///
    /// # Errors
    /// [`WireError::Malformed`].
    fn read(bytes: &[u8]) -> Result<Self, WireError> {
        from_bytes(bytes)
    }
}

/// The first 16 bytes of a SHA-256: an id for what has a natural key.
fn derived(parts: &[&[u8]]) -> [u8; 16] {
    let hash = sha256(parts);
    let mut id = [0; 16];
    id.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    id
}

/// An entry of the municipality's directory; stream 0, read by every device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Directory {
    /// A team, which is also a stream.
    #[n(0)]
    Team {
        /// Its number.
        #[n(0)]
        team: StreamId,
        /// Its name.
        #[n(1)]
        name: String,
    },
    /// A carer.
    #[n(1)]
    Carer {
        /// The carer.
        #[n(0)]
        carer: CarerId,
        /// As colleagues read it.
        #[n(1)]
        name: String,
        /// What the carer is.
        #[n(2)]
        roles: Roles,
        /// The carer's teams.
        #[n(3)]
        teams: Vec<StreamId>,
    },
}

impl Payload for Directory {
    const KIND: RecordKind = RecordKind::Directory;

    /// A carer's own id; for a team twelve zeroes and its number, big endian.
    fn id(&self) -> [u8; 16] {
        match self {
            Self::Team { team, .. } => u128::from(team.0).to_be_bytes(),
            Self::Carer { carer, .. } => carer.0,
        }
    }
}

/// A setting of the municipality; stream 0.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Setting {
    /// Its name, such as `municipality`.
    #[n(0)]
    pub name: String,
    /// Its value; numbers in decimal.
    #[n(1)]
    pub value: String,
}

impl Payload for Setting {
    const KIND: RecordKind = RecordKind::Setting;

    fn id(&self) -> [u8; 16] {
        derived(&[b"setting ", self.name.as_bytes()])
    }
}

/// A list of words that the municipality approved; stream 0.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct WordList {
    /// Which list: [`WordList::PHRASES`] or [`WordList::HEALTH`]; a newer version may know more.
    #[n(0)]
    pub list: String,
    /// Its words.
    #[n(1)]
    pub words: Vec<Word>,
}

impl WordList {
    /// Wellbeing phrases that a relative may read by SMS (M48); the number is the `PhraseId`.
    pub const PHRASES: &'static str = "phrases";
    /// Words that tell of health and never leave by SMS (L11).
    pub const HEALTH: &'static str = "health";
}

/// A word or phrase of a list.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Word {
    /// Its number, never given to another one.
    #[n(0)]
    pub number: u16,
    /// As people read it.
    #[n(1)]
    pub text: String,
    /// Whether it may still be chosen.
    #[n(2)]
    pub active: bool,
    /// What a phrase is about, which is what consent is asked for; none for other words.
    #[n(3)]
    pub topic: Option<Topic>,
    /// Whether a phrase was approved for text messages; if not it waits behind log-in.
    #[n(4)]
    pub by_sms: bool,
}

impl Payload for WordList {
    const KIND: RecordKind = RecordKind::WordList;

    fn id(&self) -> [u8; 16] {
        derived(&[b"words ", self.list.as_bytes()])
    }
}

/// A relative as carers know one; the citizen's stream. The telephone number is not in it: only
/// the server sends, and what no tablet holds no lost tablet shows.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Relative {
    /// The relative.
    #[n(0)]
    pub relative: RelativeId,
    /// The name.
    #[n(1)]
    pub name: String,
    /// How they are related, in the citizen's words.
    #[n(2)]
    pub relation: String,
}

impl Payload for Relative {
    const KIND: RecordKind = RecordKind::Relative;

    fn id(&self) -> [u8; 16] {
        self.relative.0
    }
}

impl Payload for ConsentEntry {
    const KIND: RecordKind = RecordKind::Consent;

    fn id(&self) -> [u8; 16] {
        self.id.0
    }
}

/// Who a citizen is and where the door is; the citizen's stream. Not part of the plan, because it
/// must follow the register and be erasable (L14).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Citizen {
    /// The citizen.
    #[n(0)]
    pub citizen: CitizenId,
    /// The name.
    #[n(1)]
    pub name: String,
    /// The address.
    #[n(2)]
    pub address: String,
    /// The id that another system gave the citizen, kept to the letter (M66).
    #[n(3)]
    pub outside_id: Option<String>,
}

impl Payload for Citizen {
    const KIND: RecordKind = RecordKind::Citizen;

    fn id(&self) -> [u8; 16] {
        self.citizen.0
    }
}

/// A carer's planned visits of one day (M65); the team's stream.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Shift {
    /// Whose.
    #[n(0)]
    pub carer: CarerId,
    /// The day.
    #[n(1)]
    pub day: LocalDay,
    /// The team in whose stream it stands.
    #[n(2)]
    pub team: StreamId,
    /// The visits, in the order of the clock.
    #[n(3)]
    pub visits: Vec<PlannedVisit>,
}

impl Payload for Shift {
    const KIND: RecordKind = RecordKind::Shift;

    fn id(&self) -> [u8; 16] {
        derived(&[b"shift ", &self.carer.0, &self.day.0.to_be_bytes(), &self.team.0.to_be_bytes()])
    }
}

/// The stream in which a record without a citizen belongs: the team's that a shift names, else
/// stream 0. `None` when the payload does not tell.
#[must_use]
pub fn stream_of(kind: u8, payload: &[u8]) -> Option<StreamId> {
    match RecordKind::from_number(kind)? {
        RecordKind::Directory | RecordKind::Setting | RecordKind::WordList => {
            Some(StreamId::COMMON)
        }
        RecordKind::Shift => Shift::read(payload).ok().map(|shift| shift.team),
        RecordKind::Relative | RecordKind::Consent | RecordKind::Citizen => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::care::consent::{Act, ConsentId, SaidTo};
    use crate::time::UnixSeconds;

    fn read_back<T: Payload + PartialEq + std::fmt::Debug>(payload: &T) {
        assert_eq!(T::read(&payload.bytes()).as_ref(), Ok(payload));
    }

    #[test]
    fn every_payload_reads_back() {
        let carer = CarerId([1; 16]);
        let teams = vec![StreamId(3)];
        read_back(&Directory::Team { team: StreamId(3), name: "Team Åen".into() });
        read_back(&Directory::Carer { carer, name: "Eksempel".into(), roles: Roles::ALL, teams });
        read_back(&Setting { name: "municipality".into(), value: "Opdigtet Kommune".into() });
        let topic = Some(Topic::Wellbeing);
        let word = Word { number: 4, text: "Hilsen".into(), active: true, topic, by_sms: true };
        read_back(&WordList { list: WordList::PHRASES.into(), words: vec![word] });
        let relative = RelativeId([2; 16]);
        read_back(&Relative { relative, name: "Eksempel".into(), relation: "datter".into() });
        let citizen = CitizenId([3; 16]);
        let (name, address) = ("Eksempel".into(), "Opdigtet Vej 1".into());
        read_back(&Citizen { citizen, name, address, outside_id: Some("c1".into()) });
        read_back(&Shift { carer, day: LocalDay(20_000), team: StreamId(3), visits: vec![] });
    }

    #[test]
    fn a_consent_is_a_record_under_its_own_id() {
        let entry = ConsentEntry {
            id: ConsentId([4; 16]),
            relative: RelativeId([2; 16]),
            act: Act::Withdraw { topic: None, channel: None },
            said_to: SaidTo::Municipality,
            at: UnixSeconds(1_800_000_000),
        };
        read_back(&entry);
        assert_eq!(entry.doc(), DocId::Record(5, [4; 16]));
    }

    #[test]
    fn a_record_is_known_by_what_it_is_about() {
        let team = |name: &str| Directory::Team { team: StreamId(3), name: name.into() };
        assert_eq!(team("Team Åen").doc(), team("Team Broen").doc());
        let shift = |day| Shift {
            carer: CarerId([1; 16]),
            day: LocalDay(day),
            team: StreamId(3),
            visits: vec![],
        };
        assert_ne!(shift(1).doc(), shift(2).doc());
    }

    #[test]
    fn a_record_without_a_citizen_names_its_stream() {
        let shift =
            Shift { carer: CarerId([1; 16]), day: LocalDay(1), team: StreamId(7), visits: vec![] };
        assert_eq!(stream_of(RecordKind::Shift as u8, &shift.bytes()), Some(StreamId(7)));
        assert_eq!(stream_of(RecordKind::Directory as u8, b""), Some(StreamId::COMMON));
        assert_eq!(stream_of(RecordKind::Consent as u8, b""), None);
        assert_eq!(stream_of(200, b""), None);
    }
}
