//! Going through a file row by row: good rows are taken although others are bad.

use super::citizen::CitizenRow;
use super::json::{RowText, rows};
use super::shift::ShiftRow;
use super::{RowError, take_citizen, take_shift};
use crate::intake::Taken;
use crate::node::context::Context;
use crate::operator::{Desk, OperatorFailure, at};
use crate::socket::{ImportReport, RowProblem, TakenRow, TakenState};
use crate::store::Tx;

/// Rows of one transaction: few enough that tablets that sync meanwhile are not kept waiting.
const AT_ONCE: usize = 10;

/// Takes in a file of citizens.
///
/// # Errors
/// [`OperatorFailure`] when the file has no rows, or the server failed; the rows before stay taken.
pub fn citizens(desk: &dyn Desk, json: &str) -> Result<ImportReport, OperatorFailure> {
    import(desk, rows(json, "citizens")?, |tx, context, row| {
        let row = CitizenRow::read(row)?;
        let (id, state, taken) = take_citizen::take(tx, context, &row)?;
        Ok((id.to_string(), state, taken))
    })
}

/// Takes in a file of shifts.
///
/// # Errors
/// [`OperatorFailure`] when the file has no rows, or the server failed; the rows before stay taken.
pub fn shifts(desk: &dyn Desk, json: &str) -> Result<ImportReport, OperatorFailure> {
    import(desk, rows(json, "shifts")?, |tx, context, row| {
        let row = ShiftRow::read(row)?;
        let (carer, state, taken) = take_shift::take(tx, context, &row)?;
        Ok((format!("{carer} {}", row.day), state, taken))
    })
}

type Take =
    fn(&mut dyn Tx, &mut Context<'_>, &str) -> Result<(String, TakenState, Taken), RowError>;

fn import(
    desk: &dyn Desk,
    rows: Vec<RowText<'_>>,
    take: Take,
) -> Result<ImportReport, OperatorFailure> {
    let mut report = ImportReport::default();
    for some in rows.chunks(AT_ONCE) {
        let some: Vec<(usize, String)> =
            some.iter().map(|row| (row.line, row.text.to_owned())).collect();
        let mut part = at(desk, move |tx, context| {
            let mut part = ImportReport::default();
            let mut taken = Taken::default();
            for (line, text) in &some {
                taken.join(one(tx, context, *line, text, take, &mut part)?);
            }
            Ok((part, taken))
        })?;
        report.taken.append(&mut part.taken);
        report.problems.append(&mut part.problems);
    }
    Ok(report)
}

fn one(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    line: usize,
    text: &str,
    take: Take,
    report: &mut ImportReport,
) -> Result<Taken, OperatorFailure> {
    tx.mark()?;
    match take(tx, context, text) {
        Ok((id, state, taken)) => {
            tx.keep()?;
            report.taken.push(TakenRow { line, id, state });
            Ok(taken)
        }
        Err(error) => {
            tx.undo()?;
            if error.is_ours() {
                return Err(error.into());
            }
            report.problems.push(RowProblem { line, reason: error.to_string() });
            Ok(Taken::default())
        }
    }
}
