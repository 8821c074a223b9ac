//! Teams, citizens and carers: order, names that are used once, and what is not there.

use doegnrytme_core::ids::{CarerId, CitizenId, StreamId};

use super::{kept, refuses};
use crate::store::people::Carer;
use crate::store::{Store, StoreError, Tx};

fn citizen(number: u8) -> CitizenId {
    CitizenId([number; 16])
}

pub(crate) fn citizens_come_by_id_and_each_is_in_one_team(store: &mut dyn Store) {
    kept(store, |tx| {
        let (one, two) = (tx.add_team("Team Ærø")?.stream, tx.add_team("Team Fanø")?.stream);
        for (number, team) in [(9, one), (1, one), (0xff, one), (5, two)] {
            tx.add_citizen(citizen(number), team, None)?;
        }
        let ids = |tx: &mut dyn Tx, team| {
            let citizens = tx.citizens_of(team)?;
            Ok::<_, StoreError>(citizens.iter().map(|one| one.id).collect::<Vec<_>>())
        };
        assert_eq!(ids(tx, one)?, [citizen(1), citizen(9), citizen(0xff)]);
        assert_eq!(ids(tx, two)?, [citizen(5)]);
        assert_eq!(ids(tx, StreamId(77))?, []);
        assert_eq!(tx.citizen(citizen(5))?.unwrap().outside, None);
        assert_eq!(tx.citizen(citizen(6))?, None);
        Ok(())
    });
}

pub(crate) fn an_outside_id_names_one_citizen_letter_by_letter(store: &mut dyn Store) {
    kept(store, |tx| {
        let team = tx.add_team("Team Ærø")?.stream;
        tx.add_citizen(citizen(1), team, Some("a-1"))?;
        tx.add_citizen(citizen(2), team, Some("A-1"))?;
        tx.add_citizen(citizen(3), team, Some("Å '\"\\ 🌞"))?;
        // Two without one are no two of one name.
        tx.add_citizen(citizen(4), team, None)?;
        tx.add_citizen(citizen(5), team, None)?;
        refuses(tx, |tx| tx.add_citizen(citizen(6), team, Some("a-1")));
        let mut found = |outside: &str| {
            Ok::<_, StoreError>(tx.citizen_by_outside(outside)?.map(|citizen| citizen.id))
        };
        assert_eq!(found("a-1")?, Some(citizen(1)));
        assert_eq!(found("A-1")?, Some(citizen(2)));
        assert_eq!(found("Å '\"\\ 🌞")?, Some(citizen(3)));
        assert_eq!(found("a-2")?, None);
        assert_eq!(found("")?, None);
        assert_eq!(tx.citizen(citizen(6))?, None);
        Ok(())
    });
}

pub(crate) fn a_citizen_cannot_come_to_a_team_that_is_not_there(store: &mut dyn Store) {
    kept(store, |tx| {
        refuses(tx, |tx| tx.add_citizen(citizen(1), StreamId(7), None));
        assert_eq!(tx.citizen(citizen(1))?, None);
        Ok(())
    });
}

pub(crate) fn carers_come_by_id_with_their_teams_by_number(store: &mut dyn Store) {
    kept(store, |tx| {
        assert_eq!(tx.carers()?, []);
        let (one, two) = (tx.add_team("A")?.stream, tx.add_team("B")?.stream);
        let carer = |number: u8, teams| {
            let name = format!("Opdigtet '{number}' Ærø");
            Carer { id: CarerId([number; 16]), name, roles: u16::MAX, teams }
        };
        for (number, teams) in [(7, vec![two, one, two]), (2, vec![two]), (0xfe, Vec::new())] {
            tx.put_carer(&carer(number, teams))?;
        }
        let all = [carer(2, vec![two]), carer(7, vec![one, two]), carer(0xfe, Vec::new())];
        assert_eq!(tx.carers()?, all);
        Ok(())
    });
}
