//! Teams with their streams, citizens and carers: who belongs where.

use doegnrytme_core::ids::{CarerId, CitizenId, StreamId};

use super::StoreError;

/// A team; its stream is its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Number and stream.
    pub stream: StreamId,
    /// Its name.
    pub name: String,
}

/// A citizen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citizen {
    /// Our own id.
    pub id: CitizenId,
    /// The stream in which rows about the citizen are published now.
    pub stream: StreamId,
    /// That stream's head when the citizen came to it: earlier rows come by bucket.
    pub since: u64,
    /// The id in the system that the citizen was imported from.
    pub outside: Option<String>,
}

/// A carer of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carer {
    /// Our own id.
    pub id: CarerId,
    /// The name, as tablets show it.
    pub name: String,
    /// Roles, a bit each, as in carer certificates.
    pub roles: u16,
    /// The carer's teams.
    pub teams: Vec<StreamId>,
}

/// Teams, citizens, carers.
pub trait PeopleTx {
    /// All teams, by number.
    ///
    /// # Errors
    /// [`StoreError`]; so for every method here.
    fn teams(&mut self) -> Result<Vec<Team>, StoreError>;

    /// Adds a team with an empty stream of the next number.
    ///
    /// # Errors
    /// [`StoreError`].
    fn add_team(&mut self, name: &str) -> Result<Team, StoreError>;

    /// A citizen.
    ///
    /// # Errors
    /// [`StoreError`].
    fn citizen(&mut self, id: CitizenId) -> Result<Option<Citizen>, StoreError>;

    /// The citizen with an outside id.
    ///
    /// # Errors
    /// [`StoreError`].
    fn citizen_by_outside(&mut self, outside: &str) -> Result<Option<Citizen>, StoreError>;

    /// A stream's citizens, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    fn citizens_of(&mut self, stream: StreamId) -> Result<Vec<Citizen>, StoreError>;

    /// Adds a citizen to a team from its stream's head on, and raises the scope's serial of every
    /// device that reads the stream.
    ///
    /// # Errors
    /// [`StoreError`]; also when there is no such team, or the id or the outside id is taken.
    fn add_citizen(
        &mut self,
        id: CitizenId,
        stream: StreamId,
        outside: Option<&str>,
    ) -> Result<(), StoreError>;

    /// A carer.
    ///
    /// # Errors
    /// [`StoreError`].
    fn carer(&mut self, id: CarerId) -> Result<Option<Carer>, StoreError>;

    /// All carers, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    fn carers(&mut self) -> Result<Vec<Carer>, StoreError>;

    /// Adds a carer or changes him.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_carer(&mut self, carer: &Carer) -> Result<(), StoreError>;
}
