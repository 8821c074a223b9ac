//! Somebody put an old copy of the database back by hand. What was promised to relatives since holds
//! all the same, because the journal beside it was not put back.

use doegnrytme_tests::harness::Team;

const PHONE: &str = "+4500000001";

/// A relative with consent, and something to tell; the relative's id.
fn with_news(team: &mut Team) -> String {
    let relative = team.gets_a_relative("c00x000", PHONE);
    team.server.records_consent(&relative);
    team.tablets[0].tells_of_the_garden("c00x000");
    team.syncs();
    team.goes_offline();
    relative
}

#[test]
fn a_withdrawal_that_came_after_the_copy_holds() {
    for journal_stays in [true, false] {
        let mut team = Team::of(1);
        let relative = with_news(&mut team);
        let copy = team.server.is_copied();
        team.server.records_withdrawal(&relative);
        if journal_stays {
            team.server.goes_back_beside_its_journal_to(&copy);
        } else {
            team.server.goes_back_to(&copy);
        }
        // The negative control: without the journal both have forgotten it.
        assert_eq!(team.server.sends_digests(), u64::from(!journal_stays));
        if journal_stays {
            // Given again with the withdrawal in view, it holds again.
            team.server.records_consent(&relative);
            assert_eq!(team.server.sends_digests(), 1);
            team.syncs();
        }
    }
}

#[test]
fn a_withdrawal_taught_by_the_journal_is_the_one_that_tablets_bring_back() {
    let mut team = Team::of(2);
    let relative = with_news(&mut team);
    let copy = team.server.is_copied();
    team.server.records_withdrawal(&relative);
    team.syncs();
    team.goes_offline();
    team.server.goes_back_beside_its_journal_to(&copy);
    let rows = team.server.figure("published rows");
    team.syncs();
    assert_eq!(team.server.figure("published rows"), rows, "no second version of it");
    assert_eq!(team.server.sends_digests(), 0);
}

#[test]
fn a_digest_claimed_after_the_copy_is_not_sent_again() {
    for journal_stays in [true, false] {
        let mut team = Team::of(1);
        with_news(&mut team);
        let copy = team.server.is_copied();
        assert_eq!(team.server.sends_digests(), 1);
        if journal_stays {
            team.server.goes_back_beside_its_journal_to(&copy);
        } else {
            team.server.goes_back_to(&copy);
        }
        assert_eq!(team.server.sends_digests(), u64::from(!journal_stays));
    }
}
