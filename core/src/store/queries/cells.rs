//! Between SQL's values and our types.

use rusqlite::{Row, types::Type};

use crate::ids::{ChangeHash, CitizenId, DocId};
use crate::time::UnixSeconds;
use crate::wire::{from_bytes, to_bytes};

/// An unsigned number as SQL holds it. None of ours reaches 2^63.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unfit(column: usize, what: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, what.into())
}

/// A non-negative number.
pub(crate) fn unsigned<N: TryFrom<i64>>(row: &Row<'_>, column: usize) -> rusqlite::Result<N> {
    let number: i64 = row.get(column)?;
    N::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

/// A non-negative number or nothing.
pub(crate) fn maybe_unsigned<N: TryFrom<i64>>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<N>> {
    let number: Option<i64> = row.get(column)?;
    number
        .map(|number| {
            N::try_from(number)
                .map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
        })
        .transpose()
}

/// Exactly `N` bytes.
pub(crate) fn bytes<const N: usize>(row: &Row<'_>, column: usize) -> rusqlite::Result<[u8; N]> {
    let blob = row.get_ref(column)?.as_blob().map_err(|_| unfit(column, "bytes expected"))?;
    blob.try_into().map_err(|_| unfit(column, "other length"))
}

/// Exactly `N` bytes or nothing.
pub(crate) fn maybe_bytes<const N: usize>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<[u8; N]>> {
    let blob =
        row.get_ref(column)?.as_blob_or_null().map_err(|_| unfit(column, "bytes expected"))?;
    blob.map(|blob| blob.try_into().map_err(|_| unfit(column, "other length"))).transpose()
}

/// A document.
pub(crate) fn doc(row: &Row<'_>, column: usize) -> rusqlite::Result<DocId> {
    let blob = row.get_ref(column)?.as_blob().map_err(|_| unfit(column, "bytes expected"))?;
    DocId::from_bytes(blob).map_err(|_| unfit(column, "document id"))
}

/// A change's hash.
pub(crate) fn hash(row: &Row<'_>, column: usize) -> rusqlite::Result<ChangeHash> {
    bytes(row, column).map(ChangeHash)
}

/// A citizen or none.
pub(crate) fn citizen(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<CitizenId>> {
    Ok(maybe_bytes(row, column)?.map(CitizenId))
}

/// A time.
pub(crate) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<UnixSeconds> {
    row.get(column).map(UnixSeconds)
}

/// CBOR of one of our types.
pub(crate) fn cbor<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: for<'b> minicbor::Decode<'b, ()>,
{
    let blob = row.get_ref(column)?.as_blob().map_err(|_| unfit(column, "bytes expected"))?;
    from_bytes(blob).map_err(|_| unfit(column, "CBOR"))
}

/// CBOR of one of our types or nothing.
pub(crate) fn maybe_cbor<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>>
where
    T: for<'b> minicbor::Decode<'b, ()>,
{
    let blob =
        row.get_ref(column)?.as_blob_or_null().map_err(|_| unfit(column, "bytes expected"))?;
    blob.map(|blob| from_bytes(blob).map_err(|_| unfit(column, "CBOR"))).transpose()
}

/// A fieldless CBOR enum as the small number that stands on the wire.
pub(crate) fn number_of<T: minicbor::Encode<()>>(value: T) -> i64 {
    from_bytes::<i64>(&to_bytes(&value)).unwrap_or(-1)
}

/// The value that [`number_of`] made the number of.
pub(crate) fn of_number<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: for<'b> minicbor::Decode<'b, ()>,
{
    let number: i64 = row.get(column)?;
    from_bytes(&to_bytes(&number)).map_err(|_| unfit(column, "number"))
}
