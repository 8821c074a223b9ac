//! A value of a change as plans hold it.

use crate::care::field::Scalar;
use crate::gate::Value;

/// The scalar that a value is; none for kinds that plans do not use.
#[must_use]
pub fn scalar(value: Value<'_>) -> Option<Scalar> {
    match value {
        Value::Text(text) => Some(Scalar::Text(text.to_owned())),
        Value::Signed(number) => Some(Scalar::Int(number)),
        Value::Unsigned(number) => i64::try_from(number).ok().map(Scalar::Int),
        Value::Bool(flag) => Some(Scalar::Bool(flag)),
        Value::Null | Value::Moment(_) | Value::Bytes(_) => None,
    }
}
