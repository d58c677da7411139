//! JMESPath's functions: their names, parameters, and the types that these accept.

use clap::ValueEnum;
use serde_json::Value;

use super::ast::{Expression, Function};

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parameter {
    Any,
    /// `&a`
    Reference,
    Number,
    Text,
    Array,
    Object,
    ArrayOrText,
    ArrayTextOrObject,
    Numbers,
    Texts,
    /// All numbers, or all strings.
    NumbersOrTexts,
}

impl Function {
    /// Finds a function.
    ///
    /// # Errors
    /// No function has this name; the message suggests the most similar one.
    pub(super) fn from_name(name: &str) -> Result<Self, String> {
        if let Ok(function) = Self::from_str(name, false) {
            return Ok(function);
        }
        let known = Self::value_variants().iter().map(|known| known.name());
        let similar = known
            .map(|known| (strsim::jaro(name, &known), known))
            .filter(|(similarity, _)| *similarity > 0.7)
            .max_by(|one, other| one.0.total_cmp(&other.0));
        Err(match similar {
            Some((_, known)) => format!("unknown function {name}(); did you mean {known}()?"),
            None => format!("unknown function {name}()"),
        })
    }

    pub(super) fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// The signatures in `functions.py`.
    const fn parameters(self) -> &'static [Parameter] {
        use Parameter::{
            Any, Array, ArrayOrText, ArrayTextOrObject, Number, Numbers, NumbersOrTexts, Object,
            Reference, Text, Texts,
        };
        match self {
            Self::Abs | Self::Ceil | Self::Floor => &[Number],
            Self::Avg | Self::Sum => &[Numbers],
            Self::Contains => &[ArrayOrText, Any],
            Self::EndsWith | Self::StartsWith => &[Text, Text],
            Self::Join => &[Text, Texts],
            Self::Keys | Self::Merge | Self::Values => &[Object],
            Self::Length => &[ArrayTextOrObject],
            Self::Map => &[Reference, Array],
            Self::Max | Self::Min | Self::Sort => &[NumbersOrTexts],
            Self::MaxBy | Self::MinBy | Self::SortBy => &[Array, Reference],
            Self::Reverse => &[ArrayOrText],
            Self::NotNull | Self::ToArray | Self::ToNumber | Self::ToString | Self::Type => &[Any],
        }
    }

    /// Whether the last parameter can be repeated. The types of the repetitions are not checked.
    fn is_variadic(self) -> bool {
        matches!(self, Self::Merge | Self::NotNull)
    }

    /// Checks the types of arguments; `None` is a reference.
    ///
    /// # Errors
    /// The function does not accept a value.
    pub(super) fn check_types<'a>(
        self,
        values: impl Iterator<Item = Option<&'a Value>>,
    ) -> Result<(), String> {
        let mut values = self.parameters().iter().zip(values);
        values.try_for_each(|(parameter, value)| {
            let checked = value.map_or(Ok(()), |value| parameter.check(value));
            checked.map_err(|problem| format!("{}() {problem}", self.name()))
        })
    }
}

/// The names of the functions that take a reference, for a message.
pub(super) fn names_with_references() -> String {
    let functions = Function::value_variants().iter();
    let functions = functions.filter(|it| it.parameters().contains(&Parameter::Reference));
    functions.map(|it| it.name()).collect::<Vec<_>>().join(", ")
}

/// Checks a call without a document: the number of arguments, the positions of references, and the types
/// of literals.
///
/// # Errors
/// The call always fails.
pub(super) fn check(function: Function, arguments: &[Expression]) -> Result<(), String> {
    let (name, parameters) = (function.name(), function.parameters());
    let (expected, given) = (parameters.len(), arguments.len());
    let is_variadic = function.is_variadic();
    if given < expected || given > expected && !is_variadic {
        let least = if is_variadic { "at least " } else { "" };
        let plural = if expected == 1 { "" } else { "s" };
        return Err(format!(
            "{name}() takes {least}{expected} argument{plural}, not {given}"
        ));
    }
    for (at, argument) in arguments.iter().enumerate() {
        let is_reference = matches!(argument, Expression::Reference(_));
        let takes_reference = parameters.get(at) == Some(&Parameter::Reference);
        match (is_reference, takes_reference) {
            (true, false) => return Err(format!("{name}() takes no expression (&) there")),
            (false, true) => {
                return Err(format!(
                    "argument {} of {name}() has to be an expression (&)",
                    at + 1
                ));
            }
            _ => {}
        }
    }
    let literals = arguments.iter().map(|argument| match argument {
        Expression::Literal(value) => Some(value),
        _ => None,
    });
    function.check_types(literals)?;
    match arguments {
        [
            Expression::Literal(Value::String(_)),
            Expression::Literal(search),
        ] if function == Function::Contains && !search.is_string() => Err(search_in_text(search)),
        _ => Ok(()),
    }
}

impl Parameter {
    fn check(self, value: &Value) -> Result<(), String> {
        let is_accepted = match self {
            Self::Any | Self::Reference => true,
            Self::Number => value.is_number(),
            Self::Text => value.is_string(),
            Self::Array | Self::Numbers | Self::Texts | Self::NumbersOrTexts => value.is_array(),
            Self::Object => value.is_object(),
            Self::ArrayOrText => value.is_array() || value.is_string(),
            Self::ArrayTextOrObject => value.is_array() || value.is_string() || value.is_object(),
        };
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let accepts: fn(&Value) -> bool = match (self, items.first()) {
            (Self::Numbers, _) | (Self::NumbersOrTexts, Some(Value::Number(_))) => Value::is_number,
            (Self::Texts | Self::NumbersOrTexts, _) => Value::is_string,
            _ => |_| true,
        };
        let found = if is_accepted {
            let item = items.iter().find(|item| !accepts(item));
            item.map(|item| format!("an array with {}", type_name(item)))
        } else {
            Some(type_name(value).to_owned())
        };
        match found {
            None => Ok(()),
            Some(found) => Err(format!("takes {}, not {found}", self.description())),
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Any => "any value",
            Self::Reference => "an expression (&)",
            Self::Number => "a number",
            Self::Text => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
            Self::ArrayOrText => "an array or a string",
            Self::ArrayTextOrObject => "an array, a string or an object",
            Self::Numbers => "an array of numbers",
            Self::Texts => "an array of strings",
            Self::NumbersOrTexts => "an array of numbers or an array of strings",
        }
    }
}

/// The error of `contains()` for a string in which something other than a string is searched.
pub(super) fn search_in_text(search: &Value) -> String {
    let found = type_name(search);
    format!("contains() finds only strings in a string, not {found}")
}

/// The type of a value for a message, which must not contain the value: it can be a person's name.
pub(super) const fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
