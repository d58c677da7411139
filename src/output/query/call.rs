//! JMESPath's functions, as in `functions.py` of jmespath.py.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::ast::{Expression, Function};
use super::evaluate::{Evaluated, Evaluation, boolean, into_parts, null};
use super::functions::{search_in_text, type_name};
use super::python::{self, Numeric, order};
use crate::service::documents::weight;

/// Some functions are never inlined, which keeps the frames of the recursion small.
impl Evaluation {
    #[inline(never)]
    pub(super) fn call<'v>(
        &self,
        function: Function,
        arguments: &'v [Expression],
        value: &'v Value,
    ) -> Evaluated<'v> {
        let mut reference = None;
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(match argument {
                Expression::Reference(inner) => {
                    reference = Some(&**inner);
                    None
                }
                other => Some(self.step(other, value)?),
            });
        }
        function.check_types(values.iter().map(Option::as_deref))?;
        let mut values = values.into_iter().flatten();
        match (function, reference) {
            (Function::Merge, _) => self.merge(values),
            (Function::NotNull, _) => {
                Ok(values.find(|value| !value.is_null()).unwrap_or_else(null))
            }
            (_, Some(reference)) => {
                let items = values.next().map(into_parts).unwrap_or_default();
                self.call_by(function, items, reference)
            }
            _ => {
                let first = values.next().unwrap_or_else(null);
                match values.next() {
                    None => self.call_with_one(function, first),
                    Some(second) => self.call_with_two(function, &first, &second),
                }
            }
        }
    }

    /// Counts the bytes of a new value.
    fn produce(&self, value: Value) -> Evaluated<'static> {
        self.spend(weight(&value))?;
        Ok(Cow::Owned(value))
    }

    #[inline(never)]
    fn call_with_one<'v>(&self, function: Function, value: Cow<'v, Value>) -> Evaluated<'v> {
        match (function, &*value) {
            (Function::ToArray, Value::Array(_)) | (Function::ToString, Value::String(_)) => {
                Ok(value)
            }
            (Function::ToArray, _) => Ok(Cow::Owned(Value::Array(vec![self.own(value)?]))),
            (Function::ToString, _) => {
                let text = python::to_json_text(&value).map_err(|error| error.to_string())?;
                self.produce(Value::String(text))
            }
            (Function::ToNumber, Value::Number(_)) => Ok(value),
            (Function::ToNumber, Value::String(text)) => {
                let number = python::parse_number(text)?.map_or(Ok(Value::Null), to_json)?;
                Ok(Cow::Owned(number))
            }
            (Function::Type, _) => {
                let name = type_name(&value);
                let name = name.split_once(' ').map_or(name, |(_article, name)| name);
                Ok(Cow::Owned(Value::String(name.to_owned())))
            }
            (Function::Length, value) => Ok(Cow::Owned(length(value).into())),
            (Function::Keys, Value::Object(members)) => {
                self.produce(members.keys().map(String::as_str).collect())
            }
            (Function::Values, _) => self.collect(into_parts(value)),
            (Function::Reverse, Value::String(text)) => {
                self.produce(Value::String(text.chars().rev().collect()))
            }
            (Function::Abs | Function::Ceil | Function::Floor, Value::Number(number)) => {
                to_json(round(function, Numeric::from_json(number))).map(Cow::Owned)
            }
            (_, Value::Array(_)) => self.call_with_items(function, into_parts(value)),
            _ => Ok(null()),
        }
    }

    fn call_with_items<'v>(
        &self,
        function: Function,
        mut items: Vec<Cow<'v, Value>>,
    ) -> Evaluated<'v> {
        match function {
            Function::Reverse => {
                items.reverse();
                self.collect(items)
            }
            Function::Sort => {
                items.sort_by(|one, other| order(one, other));
                self.collect(items)
            }
            Function::Max => Ok(max(items, |one, other| order(one, other)).unwrap_or_else(null)),
            Function::Min => Ok(min(items, |one, other| order(one, other)).unwrap_or_else(null)),
            Function::Sum => to_json(python::sum(numbers(&items))).map(Cow::Owned),
            Function::Avg if items.is_empty() => Ok(null()),
            Function::Avg => {
                let average = python::divide(python::sum(numbers(&items)), items.len());
                to_json(Numeric::Float(average)).map(Cow::Owned)
            }
            _ => Ok(null()),
        }
    }

    fn call_with_two(&self, function: Function, one: &Value, other: &Value) -> Evaluated<'static> {
        match (function, one, other) {
            (Function::Contains, Value::Array(items), search) => Ok(boolean(
                items.iter().any(|item| python::equals(item, search)),
            )),
            (Function::Contains, Value::String(text), Value::String(search)) => {
                Ok(boolean(text.contains(search)))
            }
            (Function::Contains, _, search) => Err(search_in_text(search)),
            (Function::StartsWith, Value::String(text), Value::String(prefix)) => {
                Ok(boolean(text.starts_with(prefix)))
            }
            (Function::EndsWith, Value::String(text), Value::String(suffix)) => {
                Ok(boolean(text.ends_with(suffix)))
            }
            (Function::Join, Value::String(separator), Value::Array(items)) => {
                let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                let separators = separator.len().saturating_mul(items.len());
                self.spend(separators.saturating_add(items.iter().map(|item| item.len()).sum()))?;
                Ok(Cow::Owned(Value::String(items.join(separator))))
            }
            _ => Ok(null()),
        }
    }

    /// The functions that apply an expression to each item.
    #[inline(never)]
    fn call_by<'v>(
        &self,
        function: Function,
        items: Vec<Cow<'v, Value>>,
        reference: &Expression,
    ) -> Evaluated<'v> {
        if function == Function::Map {
            return self.own_all(items.iter().map(|item| self.step(reference, item)));
        }
        let mut keyed: Vec<(Value, Cow<'v, Value>)> = Vec::with_capacity(items.len());
        for item in items {
            let key = self.own(self.step(reference, &item)?)?;
            let name = function.name();
            if !key.is_number() && !key.is_string() {
                let found = type_name(&key);
                return Err(format!("{name}() compares numbers or strings, not {found}"));
            }
            // Every item is compared with another one.
            let first = keyed.first().map(|(first, _)| first);
            if first.is_some_and(|first| first.is_string() != key.is_string()) {
                return Err(format!("{name}() compares a number with a string"));
            }
            self.spend(size_of::<(Value, Cow<'_, Value>)>())?;
            keyed.push((key, item));
        }
        let by_key = |one: &(Value, _), other: &(Value, _)| order(&one.0, &other.0);
        match function {
            Function::SortBy => {
                keyed.sort_by(by_key);
                self.collect(keyed.into_iter().map(|(_, item)| item).collect())
            }
            Function::MaxBy => Ok(max(keyed, by_key).map_or_else(null, |(_, item)| item)),
            _ => Ok(min(keyed, by_key).map_or_else(null, |(_, item)| item)),
        }
    }

    fn collect(&self, items: Vec<Cow<'_, Value>>) -> Evaluated<'static> {
        self.own_all(items.into_iter().map(Ok))
    }

    /// `dict.update`. jmespath.py checks only its first argument.
    #[inline(never)]
    fn merge<'v>(&self, values: impl Iterator<Item = Cow<'v, Value>>) -> Evaluated<'v> {
        let mut merged = Map::new();
        for value in values {
            match self.own(value)? {
                Value::Object(members) => merged.extend(members),
                Value::Array(pairs) => {
                    for pair in pairs {
                        let (name, value) = into_pair(pair)?;
                        merged.insert(name, value);
                    }
                }
                Value::String(text) if text.is_empty() => {}
                other => {
                    return Err(format!("merge() takes objects, not {}", type_name(&other)));
                }
            }
        }
        Ok(Cow::Owned(Value::Object(merged)))
    }
}

/// Converts a value that Python accepts as a pair: two items, two characters, or the names of two members.
fn into_pair(value: Value) -> Result<(String, Value), String> {
    let pair = match value {
        Value::Array(items) => items,
        Value::String(text) => text.chars().map(|c| Value::String(c.into())).collect(),
        Value::Object(members) => members.into_iter().map(|(name, _)| name.into()).collect(),
        _ => Vec::new(),
    };
    match <[Value; 2]>::try_from(pair) {
        Ok([Value::String(name), value]) => Ok((name, value)),
        _ => Err("merge() takes objects, not an array".to_owned()),
    }
}

fn to_json(number: Numeric) -> Result<Value, String> {
    number
        .to_json()
        .map(Value::Number)
        .ok_or_else(|| "a number is too large to be represented exactly".to_owned())
}

fn numbers(items: &[Cow<'_, Value>]) -> impl Iterator<Item = Numeric> {
    items.iter().filter_map(|item| match &**item {
        Value::Number(number) => Some(Numeric::from_json(number)),
        _ => None,
    })
}

/// The greatest item; the first one of several equal items.
fn max<T>(items: Vec<T>, order: impl Fn(&T, &T) -> Ordering) -> Option<T> {
    let greater = |best: T, item: T| match order(&item, &best) {
        Ordering::Greater => item,
        _ => best,
    };
    items.into_iter().reduce(greater)
}

/// The smallest item; the first one of several equal items.
fn min<T>(items: Vec<T>, order: impl Fn(&T, &T) -> Ordering) -> Option<T> {
    max(items, |one, other| order(other, one))
}

fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    }
}

/// `abs`, `ceil` and `floor`. The results of the last two are integers.
fn round(function: Function, number: Numeric) -> Numeric {
    match (function, number) {
        (Function::Abs, Numeric::Integer(integer)) => Numeric::Integer(integer.abs()),
        (Function::Abs, Numeric::Float(float)) => Numeric::Float(float.abs()),
        (_, Numeric::Integer(_)) => number,
        (Function::Ceil, Numeric::Float(float)) => python::to_integer(float.ceil()),
        (_, Numeric::Float(float)) => python::to_integer(float.floor()),
    }
}
