//! Evaluates calls of JMESPath's functions, as `functions.py` of jmespath.py does. The types of the arguments are
//! checked first, so the defaults for other types are never used.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::ast::Expression;
use super::evaluate::{Evaluated, Evaluation, into_parts, null, owned};
use super::functions::{Function, type_name};
use super::python::{self, Numeric, order};
use crate::service::documents::weight;

/// Some functions are never inlined, to keep the stack frames of the recursion small.
impl Evaluation {
    #[inline(never)]
    pub(super) fn call<'v>(
        &self,
        function: &Function,
        arguments: &'v [Expression],
        value: &'v Value,
    ) -> Evaluated<'v> {
        let mut reference = &Expression::Current;
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(match argument {
                Expression::Reference(inner) => {
                    reference = inner;
                    None
                }
                other => Some(self.step(other, value)?),
            });
        }
        let types: Vec<_> = values.iter().map(Option::as_deref).collect();
        function.check_types(&types)?;
        let mut values = values.into_iter().flatten();
        match function.name {
            "merge" => self.merge(values),
            "not_null" => Ok(values.find(|value| !value.is_null()).unwrap_or_else(null)),
            _ => {
                let first = values.next().unwrap_or_else(null);
                match (function.name, values.next()) {
                    ("map", _) => {
                        let items = into_parts(first);
                        self.spend_for_items(items.len())?;
                        self.own_all(items.iter().map(|item| self.step(reference, item)))
                    }
                    ("max" | "max_by" | "min" | "min_by" | "sort" | "sort_by", _) => {
                        self.call_by(function.name, into_parts(first), reference)
                    }
                    (_, Some(second)) => self.call_with_two(function.name, &first, &second),
                    (_, None) => self.call_with_one(function.name, first),
                }
            }
        }
    }

    /// Returns a new value after its size is counted against the budget.
    fn produce(&self, value: Value) -> Evaluated<'static> {
        self.spend(weight(&value))?;
        Ok(Cow::Owned(value))
    }

    #[inline(never)]
    fn call_with_one<'v>(&self, function: &str, value: Cow<'v, Value>) -> Evaluated<'v> {
        match (function, &*value) {
            ("to_array", Value::Array(_))
            | ("to_string", Value::String(_))
            | ("to_number", Value::Number(_)) => Ok(value),
            ("to_array", _) => {
                self.spend_for_items(1)?;
                Ok(owned(vec![self.own(value)?]))
            }
            ("to_string", _) => {
                let text = python::to_json_text(&value).map_err(|error| error.to_string())?;
                self.produce(text.into())
            }
            ("to_number", Value::String(text)) => {
                let number = python::parse_number(text)?
                    .map(Numeric::to_json)
                    .transpose()?;
                Ok(owned(number.unwrap_or_default()))
            }
            ("type", _) => {
                let name = type_name(&value);
                let name = name.split_once(' ').map_or(name, |(_article, name)| name);
                Ok(owned(name))
            }
            ("length", Value::String(text)) => Ok(owned(text.chars().count())),
            ("length", _) => Ok(owned(into_parts(value).len())),
            ("keys", Value::Object(members)) => {
                self.produce(members.keys().map(String::as_str).collect())
            }
            ("reverse", Value::String(text)) => {
                self.produce(Value::String(text.chars().rev().collect()))
            }
            (_, Value::Number(number)) => {
                let number = Numeric::from_json(number);
                let number = match function {
                    "ceil" => number.round(f64::ceil),
                    "floor" => number.round(f64::floor),
                    _ => number.abs(),
                };
                number.to_json().map(Cow::Owned)
            }
            _ => self.call_with_items(function, into_parts(value)),
        }
    }

    fn call_with_items<'v>(&self, function: &str, mut items: Vec<Cow<'v, Value>>) -> Evaluated<'v> {
        let numbers = items.iter().filter_map(|item| item.as_number());
        let numbers = numbers.map(Numeric::from_json);
        match function {
            "sum" => python::sum(numbers).to_json().map(Cow::Owned),
            "avg" if items.is_empty() => Ok(null()),
            "avg" => python::sum(numbers).divide(items.len()).map(Cow::Owned),
            "reverse" => {
                items.reverse();
                self.collect(items)
            }
            "values" => self.collect(items),
            _ => Ok(null()),
        }
    }

    fn call_with_two(&self, function: &str, one: &Value, other: &Value) -> Evaluated<'static> {
        let text = one.as_str().unwrap_or_default();
        let second_text = other.as_str().unwrap_or_default();
        Ok(match (function, one, other) {
            ("contains", Value::Array(items), search) => {
                owned(items.iter().any(|item| python::equals(item, search)))
            }
            ("contains", ..) => owned(text.contains(second_text)),
            ("starts_with", ..) => owned(text.starts_with(second_text)),
            ("ends_with", ..) => owned(text.ends_with(second_text)),
            (_, _, Value::Array(items)) => {
                let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                let separators = text.len().saturating_mul(items.len());
                self.spend(separators.saturating_add(items.iter().map(|item| item.len()).sum()))?;
                owned(items.join(text))
            }
            _ => null(),
        })
    }

    /// Evaluates `max_by`, `min_by` and `sort_by`. The functions without `_by` compare the items
    /// themselves: their expression is `@`.
    #[inline(never)]
    fn call_by<'v>(
        &self,
        function: &str,
        items: Vec<Cow<'v, Value>>,
        reference: &Expression,
    ) -> Evaluated<'v> {
        let mut keyed: Vec<(Value, Cow<'v, Value>)> = Vec::with_capacity(items.len());
        for item in items {
            let key = self.own(self.step(reference, &item)?)?;
            let first = keyed.first().map_or(&key, |(first, _)| first);
            let is_comparable =
                key.is_number() && first.is_number() || key.is_string() && first.is_string();
            if !is_comparable {
                let (first, found) = (type_name(first), type_name(&key));
                return Err(format!(
                    "{function}() compares two numbers or two strings, not {first} and {found}"
                ));
            }
            self.spend(size_of::<(Value, Cow<'_, Value>)>())?;
            keyed.push((key, item));
        }
        let by_key = |one: &(Value, _), other: &(Value, _)| order(&one.0, &other.0);
        let best = match function {
            "max" | "max_by" => max(keyed, by_key),
            "min" | "min_by" => max(keyed, |one, other| by_key(other, one)),
            _ => {
                keyed.sort_by(by_key);
                return self.collect(keyed.into_iter().map(|(_, item)| item).collect());
            }
        };
        Ok(best.map_or_else(null, |(_, item)| item))
    }

    fn collect(&self, items: Vec<Cow<'_, Value>>) -> Evaluated<'static> {
        self.own_all(items.into_iter().map(Ok))
    }

    /// Merges objects as Python's `dict.update` does. jmespath.py checks the type of the first argument only.
    #[inline(never)]
    fn merge<'v>(&self, values: impl Iterator<Item = Cow<'v, Value>>) -> Evaluated<'v> {
        let mut merged = Map::new();
        for value in values {
            match self.own(value)? {
                Value::Object(members) => merged.extend(members),
                Value::Array(pairs) => {
                    let pairs = pairs.into_iter().map(into_pair);
                    merged.extend(pairs.collect::<Result<Vec<_>, _>>()?);
                }
                Value::String(text) if text.is_empty() => {}
                other => {
                    return Err(format!("merge() takes objects, not {}", type_name(&other)));
                }
            }
        }
        Ok(owned(merged))
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

/// The greatest item; the first one if several are equal.
fn max<T>(items: Vec<T>, order: impl Fn(&T, &T) -> Ordering) -> Option<T> {
    let greater = |best: T, item: T| match order(&item, &best) {
        Ordering::Greater => item,
        _ => best,
    };
    items.into_iter().reduce(greater)
}
