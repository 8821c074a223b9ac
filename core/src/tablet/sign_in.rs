//! Who has the tablet: the first use with a start code, the PIN after that, with or without a line,
//! and the lease that a carer's certificate gives (design §5).
//!
//! A tablet is shared: whoever signs in takes it from the one before, whose drafts stay. A
//! forgotten PIN is replaced by a new start code and costs no draft either.

use super::event::TypedCode;
use super::machine::Machine;
use super::notice::{Notice, Problem, SignInProblem};
use crate::ids::{CarerId, CertificateId};
use crate::port::{Level, random};
use crate::store::{CARER, SHIFT, StoreError, Tx, WRAPPED_SECRET};
use crate::time::UnixSeconds;
use crate::trust::lease::{Lease, LeaseTime, lease, lease_time};
use crate::trust::pin::{Pin, Verifier};
use crate::trust::start::{Start, StartCode};
use crate::wire::certificate::CarerCertificate;

/// How long after an answer a certificate is not asked for again.
const ASKED_AGAIN: i64 = 60 * 60;

/// A carer who signs in when the certificate has come.
pub(super) enum Arriving {
    /// With a start code: the PIN that counts from then on.
    Starting(CarerId, Verifier),
    /// With the PIN, past the lease.
    Renewing(CarerId),
}

impl Arriving {
    fn carer(&self) -> CarerId {
        match self {
            Self::Starting(carer, _) | Self::Renewing(carer) => *carer,
        }
    }
}

impl Machine {
    /// A carer's first use of this tablet, or the first after a forgotten PIN.
    pub(super) fn start_carer(
        &mut self,
        carer: CarerId,
        code: &TypedCode,
        pin: &Pin,
    ) -> Vec<Notice> {
        match self.start(carer, code, pin) {
            Ok(()) if self.line.is_online() => Vec::new(),
            Ok(()) => vec![Notice::CarerWaits(carer)],
            Err(problem) => vec![Notice::NotSignedIn(carer, problem)],
        }
    }

    fn start(&mut self, carer: CarerId, code: &TypedCode, pin: &Pin) -> Result<(), SignInProblem> {
        let (device, install) =
            self.store.read(|tx| tx.device())?.ok_or(SignInProblem::NotEnrolled)?;
        let code = StartCode::read(&code.0).map_err(|_| SignInProblem::NotACode)?;
        pin.may_be_chosen()?;
        let secret = self.pin_secret()?;
        let salt = random(&mut *self.ports.entropy);
        let verifier = Verifier::of(pin, carer, &secret, salt);
        let proof = Start { carer, device, install }.prove(&code);
        self.arriving = Some(Arriving::Starting(carer, verifier));
        self.line.session.want_carer(carer, Some(proof));
        Ok(())
    }

    /// A carer takes the tablet with the PIN.
    pub(super) fn sign_in(&mut self, carer: CarerId, pin: &Pin) -> Vec<Notice> {
        match self.check_pin(carer, pin) {
            Ok(Lease::Past) => {
                self.carer = None;
                self.arriving = Some(Arriving::Renewing(carer));
                self.line.session.want_carer(carer, None);
                let problem = SignInProblem::LeasePast;
                vec![Notice::NotSignedIn(carer, problem)]
            }
            Ok(_) => match self.let_in(carer) {
                Ok(()) => vec![Notice::CarerReady(carer)],
                Err(problem) => vec![Notice::NotSignedIn(carer, problem)],
            },
            Err(problem) => {
                self.log(Level::Warning, "a carer was not signed in", &[]);
                vec![Notice::NotSignedIn(carer, problem)]
            }
        }
    }

    /// The carer leaves the tablet; drafts stay.
    pub(super) fn sign_out(&mut self) -> Vec<Notice> {
        self.carer = None;
        self.arriving = None;
        Vec::new()
    }

    /// Each try counts as wrong, durably, until the PIN turns out right.
    fn check_pin(&mut self, carer: CarerId, pin: &Pin) -> Result<Lease, SignInProblem> {
        let reading = self.reading();
        let kept = self.store.read(|tx| tx.pin_of(carer))?;
        let (verifier, mut tries) = kept.ok_or(SignInProblem::NoPinHere)?;
        let known = tries;
        let seconds = tries.left(&reading);
        if seconds > 0 {
            if tries != known {
                self.store.write(|tx| tx.put_tries(carer, &tries))?;
            }
            return Err(SignInProblem::Wait { seconds });
        }
        let secret = self.pin_secret()?;
        let mut tries = tries.one_more(&reading);
        self.store.write(|tx| tx.put_tries(carer, &tries))?;
        if !verifier.fits(pin, carer, &secret) {
            let seconds = tries.left(&reading);
            return Err(match seconds {
                0 => SignInProblem::WrongPin { free: tries.free() },
                seconds => SignInProblem::Wait { seconds },
            });
        }
        self.store.write(|tx| tx.put_tries(carer, &Default::default()))?;
        let standing = self.store.read(|tx| standing(tx, carer, &reading))?;
        Ok(standing.ok_or(SignInProblem::NoPinHere)?.lease)
    }

    fn let_in(&mut self, carer: CarerId) -> Result<(), SignInProblem> {
        self.store.write(|tx| tx.put_single(&CARER, &carer))?;
        self.carer = Some(carer);
        self.arriving = None;
        self.renew();
        Ok(())
    }

    /// The server's answer about a carer.
    pub(super) fn carer_came(&mut self, carer: CarerId, certified: bool) -> Option<Notice> {
        let reading = self.reading();
        let anchor = self.store.read(|tx| tx.anchor()).ok().flatten();
        self.asked = Some(lease_time(anchor.as_ref(), &reading).at);
        let arriving = self.arriving.take_if(|arriving| arriving.carer() == carer);
        if !certified {
            let starting = matches!(arriving, Some(Arriving::Starting(..)));
            if !starting && self.store.write(|tx| tx.forget_pin(carer)).is_err() {
                self.log(Level::Error, "a carer who left could not be forgotten", &[]);
            }
            // No longer one of this tablet's teams.
            self.carer = self.carer.filter(|at| starting || *at != carer);
            return Some(Notice::CarerRefused(carer));
        }
        let arrived = match arriving? {
            Arriving::Starting(carer, verifier) => {
                self.store.write(|tx| tx.put_pin(carer, &verifier)).map_err(SignInProblem::from)
            }
            Arriving::Renewing(_) => Ok(()),
        };
        Some(match arrived.and_then(|()| self.let_in(carer)) {
            Ok(()) => Notice::CarerReady(carer),
            Err(problem) => Notice::NotSignedIn(carer, problem),
        })
    }

    /// Asks for a new certificate when a quarter of the lease is gone, at most once an hour.
    pub(super) fn renew(&mut self) {
        let Some(carer) = self.carer else { return };
        let reading = self.reading();
        let Ok(Some(standing)) = self.store.read(|tx| standing(tx, carer, &reading)) else {
            return;
        };
        let due = matches!(standing.lease, Lease::Renew | Lease::Shift(_) | Lease::Past);
        let now = standing.time.at;
        let asked = self.asked.is_some_and(|at| (at..at.plus(ASKED_AGAIN)).contains(&now));
        if due && !asked {
            self.line.session.want_carer(carer, None);
        }
    }

    /// The carer who writes, the certificate he writes under, and the time. A shift past the lease
    /// begins with its first word.
    pub(super) fn under_lease(&mut self) -> Result<(CarerId, Standing), Problem> {
        let carer = self.carer.ok_or(Problem::NoCarer)?;
        let reading = self.reading();
        let standing = self.store.read(|tx| standing(tx, carer, &reading))?;
        let standing = standing.ok_or(Problem::NoCarer)?;
        match standing.lease {
            Lease::Past => return Err(Problem::LeasePast),
            Lease::Shift(begun) if standing.shift != Some(begun) => {
                self.store.write(|tx| tx.put_single(&SHIFT, &begun))?;
            }
            Lease::Good | Lease::Renew | Lease::Shift(_) => {}
        }
        Ok((carer, standing))
    }

    /// The secret that keys PINs; made at the first use.
    fn pin_secret(&mut self) -> Result<[u8; 32], SignInProblem> {
        if let Some(wrapped) = self.store.read(|tx| tx.single(&WRAPPED_SECRET))? {
            let secret = self.ports.keys.unwrap(&wrapped)?;
            return secret.try_into().map_err(|_| SignInProblem::KeyStore);
        }
        let secret = random::<32>(&mut *self.ports.entropy);
        let wrapped = self.ports.keys.wrap(&secret)?;
        self.store.write(|tx| tx.put_single(&WRAPPED_SECRET, &wrapped.into()))?;
        Ok(secret)
    }
}

/// Where a carer stands on this tablet.
pub(super) struct Standing {
    pub(super) certificate: CertificateId,
    pub(super) said: CarerCertificate,
    pub(super) time: LeaseTime,
    lease: Lease,
    shift: Option<UnixSeconds>,
}

/// Of a carer who has a certificate here.
pub(super) fn standing(
    tx: &Tx<'_>,
    carer: CarerId,
    reading: &crate::port::Reading,
) -> Result<Option<Standing>, StoreError> {
    let Some((device, _)) = tx.device()? else { return Ok(None) };
    let Some((certificate, said)) = tx.carer_certificate(carer, device)? else { return Ok(None) };
    let time = lease_time(tx.anchor()?.as_ref(), reading);
    let shift = tx.single(&SHIFT)?;
    let lease = lease(said.from, said.until, time, shift);
    Ok(Some(Standing { certificate, said, time, lease, shift }))
}
