//! Codes by which one tablet joins, once, for a quarter of an hour unless the operator set it otherwise.

use doegnrytme_core::ids::StreamId;
use doegnrytme_core::port::random;
use doegnrytme_core::trust::code::{Code, Invitation};

use crate::intake::IntakeError;
use crate::node::context::Context;
use crate::store::code::EnrolmentCode;
use crate::store::{StoreError, Tx};

/// How long a code that is void is kept, in seconds: one day.
const KEPT: i64 = 24 * 60 * 60;
/// Names of typed codes are three characters; a name that is taken is drawn again.
const DRAWS: usize = 64;

/// A code as the operator hands it out.
#[derive(Clone, PartialEq, Eq)]
pub struct Handed {
    /// The text of the QR code, or thirteen characters to type.
    pub text: String,
}

impl std::fmt::Debug for Handed {
    /// A code is a secret while it lasts.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handed(…)")
    }
}

/// Makes a code for a tablet of a team. `address` is where tablets reach this server.
///
/// # Errors
/// [`IntakeError`].
pub fn issue(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    team: StreamId,
    typed: bool,
    address: &str,
) -> Result<Handed, IntakeError> {
    tx.forget_codes(context.now.plus(-KEPT))?;
    let code = fresh(tx, context, typed)?;
    tx.add_code(&EnrolmentCode {
        kind: code.kind(),
        name: code.name(),
        // Derived now, in the operator's time: nobody who is not enrolled can make the server
        // spend the memory and time of Argon2.
        mac_key: code.mac_key(&context.keys.identity_hash)?,
        team,
        expires: context.now.plus(i64::from(context.rules.code_lifetime.seconds())),
        used_by: None,
    })?;
    let text = match &code {
        Code::Scanned(secret) => Invitation {
            address: address.to_owned(),
            identity: context.keys.identity_hash,
            code: *secret,
        }
        .to_text(),
        Code::Typed(_) => code.to_typed().unwrap_or_default(),
    };
    Ok(Handed { text })
}

fn fresh(tx: &mut dyn Tx, context: &mut Context<'_>, typed: bool) -> Result<Code, IntakeError> {
    for _ in 0..DRAWS {
        let code = match typed {
            true => Code::typed(random(context.rng)),
            false => Code::scanned(random(context.rng)),
        };
        if tx.code(code.kind(), &code.name())?.is_none() {
            return Ok(code);
        }
    }
    Err(StoreError::Backend("too many codes were handed out today".to_owned()).into())
}
