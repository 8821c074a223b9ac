//! How an operator names things: a team by number or name, a carer by id or name, a citizen by id
//! or outside id.

use doegnrytme_core::ids::{CarerId, StreamId};

use crate::store::people::Citizen;
use crate::store::{StoreError, Tx};

/// The team of a name or number.
///
/// # Errors
/// [`StoreError`].
pub fn team(tx: &mut dyn Tx, named: &str) -> Result<Option<StreamId>, StoreError> {
    let named = named.trim();
    let number: Option<u32> = named.parse().ok();
    let is_it = |team: &crate::store::people::Team| {
        number.map_or(team.name == named, |number| team.stream.0 == number)
    };
    Ok(tx.teams()?.into_iter().find(is_it).map(|team| team.stream))
}

/// The carers of a team who have an id or name: none, one, or several of one name.
///
/// # Errors
/// [`StoreError`].
pub fn carer(tx: &mut dyn Tx, team: StreamId, named: &str) -> Result<Vec<CarerId>, StoreError> {
    let named = named.trim();
    let id: Option<CarerId> = named.parse().ok();
    let carers = tx.carers()?.into_iter().filter(|carer| carer.teams.contains(&team));
    let found = carers.filter(|carer| id == Some(carer.id) || carer.name == named);
    Ok(found.map(|carer| carer.id).collect())
}

/// The citizen of an id or outside id.
///
/// # Errors
/// [`StoreError`].
pub fn citizen(tx: &mut dyn Tx, named: &str) -> Result<Option<Citizen>, StoreError> {
    if let Ok(id) = named.parse()
        && let Some(citizen) = tx.citizen(id)?
    {
        return Ok(Some(citizen));
    }
    tx.citizen_by_outside(named)
}
