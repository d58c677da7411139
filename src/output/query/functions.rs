//! JMESPath's functions: their names, parameters, and the types that these accept.

use clap::ValueEnum;
use serde_json::Value;

use super::ast::Expression;

/// A function of jmespath.py.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum Function {
    Abs,
    Avg,
    Ceil,
    Contains,
    EndsWith,
    Floor,
    Join,
    Keys,
    Length,
    Map,
    Max,
    MaxBy,
    Merge,
    Min,
    MinBy,
    NotNull,
    Reverse,
    Sort,
    SortBy,
    StartsWith,
    Sum,
    ToArray,
    ToNumber,
    ToString,
    Type,
    Values,
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

    /// The types that each parameter accepts, from `functions.py`.
    const fn parameters(self) -> &'static [&'static [Type]] {
        use Type::{Any, Array, Number, Numbers, Object, Reference, Text, Texts};
        match self {
            Self::Abs | Self::Ceil | Self::Floor => &[&[Number]],
            Self::Avg | Self::Sum => &[&[Numbers]],
            Self::Contains => &[&[Array, Text], &[Any]],
            Self::EndsWith | Self::StartsWith => &[&[Text], &[Text]],
            Self::Join => &[&[Text], &[Texts]],
            Self::Keys | Self::Merge | Self::Values => &[&[Object]],
            Self::Length => &[&[Array, Text, Object]],
            Self::Map => &[&[Reference], &[Array]],
            Self::Max | Self::Min | Self::Sort => &[&[Numbers, Texts]],
            Self::MaxBy | Self::MinBy | Self::SortBy => &[&[Array], &[Reference]],
            Self::Reverse => &[&[Array, Text]],
            Self::NotNull | Self::ToArray | Self::ToNumber | Self::ToString | Self::Type => {
                &[&[Any]]
            }
        }
    }

    /// Checks a call without a document: the number of arguments, the positions of references, and the types
    /// of literals.
    ///
    /// # Errors
    /// The call always fails.
    pub(super) fn check(self, arguments: &[Expression]) -> Result<(), String> {
        let (name, parameters) = (self.name(), self.parameters());
        let (expected, given) = (parameters.len(), arguments.len());
        // The last parameter of these can be repeated.
        let is_variadic = matches!(self, Self::Merge | Self::NotNull);
        if given < expected || given > expected && !is_variadic {
            let least = if is_variadic { "at least " } else { "" };
            let plural = if expected == 1 { "" } else { "s" };
            return Err(format!(
                "{name}() takes {least}{expected} argument{plural}, not {given}"
            ));
        }
        for (at, argument) in arguments.iter().enumerate() {
            let is_reference = matches!(argument, Expression::Reference(_));
            let takes_reference = parameters.get(at) == Some(&&[Type::Reference][..]);
            if is_reference && !takes_reference {
                return Err(format!("{name}() takes no expression (&) there"));
            }
            if !is_reference && takes_reference {
                let at = at + 1;
                return Err(format!(
                    "argument {at} of {name}() has to be an expression (&)"
                ));
            }
        }
        let literals = arguments.iter().map(|argument| match argument {
            Expression::Literal(value) => Some(value),
            _ => None,
        });
        self.check_types(&literals.collect::<Vec<_>>())
    }

    /// Checks the types of arguments; `None` is a reference, or unknown. Those of repetitions are not checked.
    ///
    /// # Errors
    /// The function does not accept a value.
    pub(super) fn check_types(self, values: &[Option<&Value>]) -> Result<(), String> {
        for (types, value) in self.parameters().iter().zip(values) {
            if let Some(found) = value.and_then(|value| find_wrong_type(types, value)) {
                let types: Vec<&str> = types.iter().map(|known| known.name()).collect();
                let (name, types) = (self.name(), types.join(" or "));
                return Err(format!("{name}() takes {types}, not {found}"));
            }
        }
        match values {
            [Some(Value::String(_)), Some(search)]
                if self == Self::Contains && !search.is_string() =>
            {
                let found = type_name(search);
                Err(format!(
                    "contains() finds only strings in a string, not {found}"
                ))
            }
            _ => Ok(()),
        }
    }
}

/// The names of the functions that take a reference, for a message.
pub(super) fn names_with_references() -> String {
    let functions = Function::value_variants().iter();
    let functions = functions.filter(|it| it.parameters().contains(&&[Type::Reference][..]));
    functions.map(|it| it.name()).collect::<Vec<_>>().join(", ")
}

/// A type that a parameter accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Any,
    /// `&a`
    Reference,
    Number,
    Text,
    Array,
    Object,
    /// An array of numbers.
    Numbers,
    /// An array of strings.
    Texts,
}

impl Type {
    fn accepts(self, value: &Value) -> bool {
        match self {
            Self::Any | Self::Reference => true,
            Self::Number => value.is_number(),
            Self::Text => value.is_string(),
            Self::Array | Self::Numbers | Self::Texts => value.is_array(),
            Self::Object => value.is_object(),
        }
    }

    fn accepts_item(self, item: &Value) -> bool {
        match self {
            Self::Numbers => item.is_number(),
            Self::Texts => item.is_string(),
            _ => true,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Any => "any value",
            Self::Reference => "an expression (&)",
            Self::Number => "a number",
            Self::Text => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
            Self::Numbers => "an array of numbers",
            Self::Texts => "an array of strings",
        }
    }
}

/// Describes a value that has none of the types; `None` if it has one.
fn find_wrong_type(types: &[Type], value: &Value) -> Option<String> {
    if !types.iter().any(|known| known.accepts(value)) {
        return Some(type_name(value).to_owned());
    }
    let items = value.as_array()?;
    // The first item decides between an array of numbers and an array of strings.
    let accepts_first = |known: &&Type| items.first().is_some_and(|item| known.accepts_item(item));
    let known = types.iter().find(accepts_first).or(types.first())?;
    let wrong = items.iter().find(|item| !known.accepts_item(item))?;
    Some(format!("an array with {}", type_name(wrong)))
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
