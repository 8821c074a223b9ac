//! A citizen's relatives, and what they are told: what the operator does, in few words.

use doegnrytme_core::care::note::PhraseId;
use doegnrytme_core::tablet::event::{Closing, Event};
use doegnrytme_server::relatives::log_gateway::{Line, LogGateway};
use doegnrytme_server::socket::{OperatorReply, OperatorRequest};

use super::{Server, Tablet, Team};

/// "{navn} har været i haven i dag."
pub const GARDEN: PhraseId = PhraseId(1);

impl Tablet {
    /// Closes the visit and tells relatives of the garden.
    pub fn tells_of_the_garden(&self, citizen: &str) {
        self.does(Event::CloseVisit(Closing {
            phrases: vec![GARDEN],
            ..Closing::as_agreed(self.visit(citizen))
        }));
    }
}

impl Team {
    /// A relative of the citizen, with that number; the id.
    #[must_use]
    pub fn gets_a_relative(&self, citizen: &str, phone: &str) -> String {
        let add = OperatorRequest::RelativeAdd {
            citizen: self.tablets[0].citizen(citizen).to_string(),
            name: "Opdigtet Datter".to_owned(),
            phone: phone.to_owned(),
            relation: "datter".to_owned(),
        };
        match self.server.does(add) {
            OperatorReply::Relative { relative } => relative,
            other => panic!("{other:?}"),
        }
    }
}

impl Server {
    /// The citizen lets a relative know by text message how things are.
    pub fn records_consent(&self, relative: &str) {
        self.does(OperatorRequest::ConsentGive {
            relative: relative.to_owned(),
            topic: "wellbeing".to_owned(),
            channel: "sms".to_owned(),
            by: "Opdigtet Koordinator".to_owned(),
        });
    }

    /// That consent is taken back.
    pub fn records_withdrawal(&self, relative: &str) {
        self.does(OperatorRequest::ConsentWithdraw {
            relative: relative.to_owned(),
            topic: "wellbeing".to_owned(),
            channel: "sms".to_owned(),
            by: "Opdigtet Koordinator".to_owned(),
        });
    }

    /// Runs the day's digests; how many left.
    #[must_use]
    pub fn sends_digests(&self) -> u64 {
        match self.does(OperatorRequest::DigestRun { day: None }) {
            OperatorReply::Digests { sent, .. } => sent,
            other => panic!("{other:?}"),
        }
    }

    /// What left from this folder.
    #[must_use]
    pub fn messages(&self) -> Vec<Line> {
        LogGateway::lines(&self.data().join("sms.log")).unwrap()
    }
}
