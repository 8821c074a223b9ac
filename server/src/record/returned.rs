//! Records that the server wrote, forgot in a roll-back, and gets back from tablets. Its own
//! signature is on them.

use doegnrytme_core::ids::{RecordKind, StreamId};
use doegnrytme_core::wire::record::{Directory, Payload as _, stream_of};
use doegnrytme_core::wire::row::Content;

use crate::store::people::Carer;
use crate::store::{StoreError, Tx};

/// The stream where a record that concerns no citizen belongs, and a carer's row beside it. None
/// when the team is not there: its number may be another team's by now, and a person must look.
///
/// # Errors
/// [`StoreError`].
pub fn home(tx: &mut dyn Tx, kind: u8, content: &Content) -> Result<Option<StreamId>, StoreError> {
    let Content::Record { payload, .. } = content else { return Ok(None) };
    let Some(stream) = stream_of(kind, payload) else { return Ok(None) };
    if tx.head(stream)?.is_none() {
        return Ok(None);
    }
    if kind != RecordKind::Directory as u8 {
        return Ok(Some(stream));
    }
    match Directory::read(payload) {
        Ok(Directory::Team { team, name }) => {
            let known =
                tx.teams()?.into_iter().any(|known| (known.stream, &known.name) == (team, &name));
            Ok(known.then_some(stream))
        }
        Ok(Directory::Carer { carer: id, name, roles, teams }) => {
            for team in &teams {
                if tx.head(*team)?.is_none() {
                    return Ok(None);
                }
            }
            if tx.carer(id)?.is_none() {
                let roles = u16::try_from(roles.bits()).unwrap_or(u16::MAX);
                tx.put_carer(&Carer { id, name, roles, teams })?;
            }
            Ok(Some(stream))
        }
        Err(_) => Ok(None),
    }
}
