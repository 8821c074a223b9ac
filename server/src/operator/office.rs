//! From the seam to the verbs.

use std::sync::Arc;

use super::desk::{Desk, at};
use super::{OperatorFailure, verbs};
use crate::enrol::pins;
use crate::import::file;
use crate::intake::Taken;
use crate::socket::{Operator, OperatorError, OperatorReply, OperatorRequest};

/// The operator of one server.
pub struct Office {
    desk: Arc<dyn Desk>,
    address: String,
}

impl Office {
    /// The office whose work is done at `desk`; `address` is where tablets reach the server.
    #[must_use]
    pub fn new(desk: Arc<dyn Desk>, address: impl Into<String>) -> Self {
        Self { desk, address: address.into() }
    }

    fn carry_out(&self, request: OperatorRequest) -> Result<OperatorReply, OperatorFailure> {
        let desk = &*self.desk;
        match request {
            OperatorRequest::TeamAdd { name } => {
                at(desk, move |tx, context| verbs::team_add(tx, context, &name))
            }
            OperatorRequest::CarerAdd { team, name, roles } => {
                at(desk, move |tx, context| verbs::carer_add(tx, context, &team, &name, &roles))
            }
            OperatorRequest::CitizenImport { json } => {
                file::citizens(desk, &json).map(OperatorReply::Imported)
            }
            OperatorRequest::ShiftImport { json } => {
                file::shifts(desk, &json).map(OperatorReply::Imported)
            }
            OperatorRequest::DeviceCode { team, typed } => {
                let address = self.address.clone();
                at(desk, move |tx, context| verbs::device_code(tx, context, &team, typed, address))
            }
            OperatorRequest::RelativeAdd { citizen, name, phone, relation } => {
                let relative = verbs::NewRelative { citizen, name, phone, relation };
                at(desk, move |tx, context| verbs::relative_add(tx, context, &relative))
            }
            OperatorRequest::ConsentGive { relative, topic, channel, by } => {
                let said = verbs::Said { relative, topic, channel, by };
                at(desk, move |tx, context| verbs::consent_give(tx, context, &said))
            }
            OperatorRequest::ConsentWithdraw { relative, topic, channel, by } => {
                let said = verbs::Said { relative, topic, channel, by };
                at(desk, move |tx, context| verbs::consent_withdraw(tx, context, &said))
            }
            OperatorRequest::Status => at(desk, |tx, _| verbs::status(tx)),
            OperatorRequest::TlsRenew => {
                Err(OperatorError::invalid("The shell makes certificates itself.").into())
            }
        }
    }
}

impl Operator for Office {
    fn handle(&self, request: OperatorRequest) -> Result<OperatorReply, OperatorError> {
        Ok(self.carry_out(request)?)
    }

    fn pins(&self, pins: &[[u8; 32]]) -> Result<(), OperatorError> {
        let pins = pins.to_vec();
        let announce = move |tx: &mut dyn crate::store::Tx,
                             context: &mut crate::node::Context<'_>| {
            pins::announce(tx, context, &pins)?;
            Ok(((), Taken::default()))
        };
        Ok(at(&*self.desk, announce)?)
    }
}
