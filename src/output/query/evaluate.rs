//! Applies an expression to a document, as `TreeInterpreter` of jmespath.py does.

use std::borrow::Cow;
use std::cell::Cell;

use serde_json::{Map, Value};

use super::ast::{Expression, Projection, Slice, Values};
use super::python;
use crate::service::documents::weight;

/// The number of bytes that an evaluation may copy from any document. It needs a limit, because each step of
/// `[@,@] | [@,@] | ...` doubles the result.
const MAX_COPIED: usize = 16 << 20;

/// The number of copies of the document that an evaluation may make beyond [`MAX_COPIED`].
const MAX_COPIES: usize = 32;

/// An evaluation of an expression. Results of steps are borrowed from the document and the expression where
/// possible.
pub(super) struct Evaluation {
    /// The remaining budget for copies and for created lists and objects, in bytes. A projection costs the size of
    /// its items, so that the number of steps is limited, too.
    remaining: Cell<usize>,
}

/// The result of a step, or an error message, which contains no value of the document.
pub(super) type Evaluated<'v> = Result<Cow<'v, Value>, String>;

/// Applies an expression to a document.
///
/// # Errors
/// A function or an ordering does not accept a value, or the result is too large.
pub(super) fn evaluate(expression: &Expression, document: &Value) -> Result<Value, String> {
    let copies = weight(document).saturating_mul(MAX_COPIES);
    let evaluation = Evaluation {
        remaining: Cell::new(copies.saturating_add(MAX_COPIED)),
    };
    let result = evaluation.step(expression, document)?;
    Ok(result.into_owned())
}

impl Evaluation {
    /// Subtracts copied bytes from the budget.
    pub(super) fn spend(&self, bytes: usize) -> Result<(), String> {
        let remaining = self.remaining.get().checked_sub(bytes);
        self.remaining
            .set(remaining.ok_or("its result is too large")?);
        Ok(())
    }

    /// Subtracts the size of a created list, which is more than 0 without any items.
    pub(super) fn spend_for_items(&self, count: usize) -> Result<(), String> {
        self.spend((count + 1) * size_of::<Value>())
    }

    /// Copies a value that is not owned.
    pub(super) fn own(&self, value: Cow<'_, Value>) -> Result<Value, String> {
        if let Cow::Borrowed(value) = &value {
            self.spend(weight(value))?;
        }
        Ok(value.into_owned())
    }

    /// Collects the results of steps in a list.
    pub(super) fn own_all<'v>(
        &self,
        results: impl Iterator<Item = Evaluated<'v>>,
    ) -> Evaluated<'static> {
        let items = results.map(|result| self.own(result?));
        let items = items.collect::<Result<Vec<Value>, String>>()?;
        Ok(owned(items))
    }

    pub(super) fn step<'v>(&self, expression: &'v Expression, value: &'v Value) -> Evaluated<'v> {
        match expression {
            Expression::Current => Ok(Cow::Borrowed(value)),
            Expression::Literal(literal) => Ok(Cow::Borrowed(literal)),
            Expression::Field(name) => Ok(or_null(value.get(name.as_str()))),
            Expression::Index(index) => Ok(or_null(
                value
                    .as_array()
                    .and_then(|items| items.get(place(*index, items)?)),
            )),
            Expression::Slice(slice) => self.slice(*slice, value),
            Expression::Chain(steps) => match self.step(&steps[0], value)? {
                Cow::Borrowed(value) => self.step(&steps[1], value),
                Cow::Owned(value) => self.step_owned(&steps[1], value).map(Cow::Owned),
            },
            Expression::Projection(projection) => self.project(projection, value),
            Expression::Or(parts) => self.first(parts, value, |result| !is_false(result)),
            Expression::And(parts) => self.first(parts, value, is_false),
            Expression::Not(part) => Ok(owned(is_false(&*self.step(part, value)?))),
            Expression::Comparison(operator, sides) => {
                let (left, right) = (self.step(&sides[0], value)?, self.step(&sides[1], value)?);
                compare(operator, &left, &right)
            }
            Expression::List(_) | Expression::Hash(_) if value.is_null() => Ok(null()),
            Expression::List(items) => {
                self.spend_for_items(items.len())?;
                self.own_all(items.iter().map(|item| self.step(item, value)))
            }
            Expression::Hash(members) => self.hash(members, value),
            Expression::Call(function, arguments) => self.call(function, arguments, value),
            Expression::Reference(_) => Ok(null()),
        }
    }

    /// Applies a step to a value that does not outlive it, so that the result must be owned.
    fn step_owned(&self, expression: &Expression, value: Value) -> Result<Value, String> {
        match expression {
            Expression::Current => Ok(value),
            _ => self.own(self.step(expression, &value)?),
        }
    }

    fn project<'v>(&self, projection: &'v Projection, value: &'v Value) -> Evaluated<'v> {
        let base = self.step(&projection.base, value)?;
        let items = match (projection.values, &*base) {
            (Values::Items, Value::Array(_)) | (Values::Members, Value::Object(_)) => {
                into_parts(base)
            }
            (Values::Flattened, Value::Array(_)) => self.flatten(into_parts(base))?,
            _ => return Ok(null()),
        };
        self.spend_for_items(items.len())?;
        let mut results = Vec::new();
        for item in items {
            if let Some(condition) = &projection.condition
                && is_false(&*self.step(condition, &item)?)
            {
                continue;
            }
            let result = match item {
                Cow::Borrowed(item) => self.own(self.step(&projection.each, item)?)?,
                Cow::Owned(item) => self.step_owned(&projection.each, item)?,
            };
            if !result.is_null() {
                results.push(result);
            }
        }
        Ok(owned(results))
    }

    /// Replaces each list among the items by its items.
    fn flatten<'v>(&self, items: Vec<Cow<'v, Value>>) -> Result<Vec<Cow<'v, Value>>, String> {
        let mut flat = Vec::with_capacity(items.len());
        for item in items {
            if item.is_array() {
                flat.extend(into_parts(item));
            } else {
                flat.push(item);
            }
        }
        Ok(flat)
    }

    /// Returns the first result for which `ends` is true, or else the last result: the value of `||` or `&&`.
    fn first<'v>(
        &self,
        parts: &'v [Expression],
        value: &'v Value,
        ends: fn(&Value) -> bool,
    ) -> Evaluated<'v> {
        let mut result = null();
        for part in parts {
            result = self.step(part, value)?;
            if ends(&result) {
                break;
            }
        }
        Ok(result)
    }

    fn hash<'v>(&self, members: &'v [(String, Expression)], value: &'v Value) -> Evaluated<'v> {
        let members = members.iter().map(|(name, member)| {
            self.spend(size_of::<Value>() + name.len())?;
            Ok((name.clone(), self.own(self.step(member, value)?)?))
        });
        let members = members.collect::<Result<Map<String, Value>, String>>()?;
        Ok(owned(members))
    }

    fn slice<'v>(&self, slice: Slice, value: &'v Value) -> Evaluated<'v> {
        let Value::Array(items) = value else {
            return Ok(null());
        };
        let items = places(slice, items.len()).filter_map(|at| items.get(at));
        self.own_all(items.map(|item| Ok(Cow::Borrowed(item))))
    }
}

pub(super) fn null<'v>() -> Cow<'v, Value> {
    Cow::Owned(Value::Null)
}

fn or_null(value: Option<&Value>) -> Cow<'_, Value> {
    value.map_or_else(null, Cow::Borrowed)
}

pub(super) fn owned(value: impl Into<Value>) -> Cow<'static, Value> {
    Cow::Owned(value.into())
}

/// The items of a list, or the values of an object's members; none of another value.
pub(super) fn into_parts(value: Cow<'_, Value>) -> Vec<Cow<'_, Value>> {
    match value {
        Cow::Borrowed(Value::Array(items)) => items.iter().map(Cow::Borrowed).collect(),
        Cow::Owned(Value::Array(items)) => items.into_iter().map(Cow::Owned).collect(),
        Cow::Borrowed(Value::Object(members)) => members.values().map(Cow::Borrowed).collect(),
        Cow::Owned(Value::Object(members)) => members.into_values().map(Cow::Owned).collect(),
        _ => Vec::new(),
    }
}

/// The position of an index in a list; a negative index counts from the end.
fn place(index: i64, items: &[Value]) -> Option<usize> {
    let index = match index {
        0.. => index,
        _ => index.checked_add_unsigned(items.len() as u64)?,
    };
    usize::try_from(index).ok().filter(|at| *at < items.len())
}

/// The indices that a slice selects from a list of `length` items, as in Python. A negative step selects from the
/// reversed list.
fn places(slice: Slice, length: usize) -> impl Iterator<Item = usize> {
    let is_forward = slice.step > 0;
    let count = i64::try_from(length).unwrap_or(i64::MAX);
    let place = |bound: i64| {
        let from_start = if bound < 0 {
            bound.saturating_add(count)
        } else {
            bound
        };
        let from_end = (count - 1).saturating_sub(from_start);
        let place = if is_forward { from_start } else { from_end };
        usize::try_from(place.max(0)).map_or(length, |place| place.min(length))
    };
    let (start, stop) = (
        slice.start.map_or(0, place),
        slice.stop.map_or(length, place),
    );
    let step = usize::try_from(slice.step.unsigned_abs()).unwrap_or(usize::MAX);
    let places = (start..stop).step_by(step);
    places.map(move |at| if is_forward { at } else { length - 1 - at })
}

/// Whether the value is false in a condition. In JMESPath, 0 is true.
fn is_false(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

fn compare(operator: &str, left: &Value, right: &Value) -> Evaluated<'static> {
    if let "==" | "!=" = operator {
        return Ok(owned(is_equal(left, right) == (operator == "==")));
    }
    let ordering = match (left, right) {
        (Value::Number(_), Value::Number(_)) | (Value::String(_), Value::String(_)) => {
            python::order(left, right)
        }
        (Value::Number(_), Value::String(_)) | (Value::String(_), Value::Number(_)) => {
            return Err("it compares the order of a number and a string".to_owned());
        }
        _ => return Ok(null()),
    };
    Ok(owned(match operator {
        "<" => ordering.is_lt(),
        "<=" => ordering.is_le(),
        ">" => ordering.is_gt(),
        _ => ordering.is_ge(),
    }))
}

/// Whether two values are equal as in Python, except that `true` does not equal 1. Within lists and objects it
/// does, as in jmespath.py.
fn is_equal(left: &Value, right: &Value) -> bool {
    left.is_boolean() == right.is_boolean() && python::equals(left, right)
}
