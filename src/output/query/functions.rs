//! JMESPath's functions: their names, parameters, and the types that these accept.

use serde_json::Value;

use super::ast::Expression;
use Type::{Any, Array, Number, Numbers, Object, Reference, Text, Texts};

/// A function of jmespath.py.
#[derive(Debug, PartialEq)]
pub(super) struct Function {
    pub(super) name: &'static str,
    /// The types that each parameter accepts.
    parameters: &'static [&'static [Type]],
}

/// The signatures in `functions.py`.
static FUNCTIONS: [Function; 26] = [
    function("abs", &[&[Number]]),
    function("avg", &[&[Numbers]]),
    function("ceil", &[&[Number]]),
    function("contains", &[&[Array, Text], &[Any]]),
    function("ends_with", &[&[Text], &[Text]]),
    function("floor", &[&[Number]]),
    function("join", &[&[Text], &[Texts]]),
    function("keys", &[&[Object]]),
    function("length", &[&[Array, Text, Object]]),
    function("map", &[&[Reference], &[Array]]),
    function("max", &[&[Numbers, Texts]]),
    function("max_by", &[&[Array], &[Reference]]),
    function("merge", &[&[Object]]),
    function("min", &[&[Numbers, Texts]]),
    function("min_by", &[&[Array], &[Reference]]),
    function("not_null", &[&[Any]]),
    function("reverse", &[&[Array, Text]]),
    function("sort", &[&[Numbers, Texts]]),
    function("sort_by", &[&[Array], &[Reference]]),
    function("starts_with", &[&[Text], &[Text]]),
    function("sum", &[&[Numbers]]),
    function("to_array", &[&[Any]]),
    function("to_number", &[&[Any]]),
    function("to_string", &[&[Any]]),
    function("type", &[&[Any]]),
    function("values", &[&[Object]]),
];

const fn function(name: &'static str, parameters: &'static [&'static [Type]]) -> Function {
    Function { name, parameters }
}

impl Function {
    /// Finds a function.
    ///
    /// # Errors
    /// No function has this name; the message suggests the most similar one.
    pub(super) fn from_name(name: &str) -> Result<&'static Self, String> {
        if let Some(function) = FUNCTIONS.iter().find(|known| known.name == name) {
            return Ok(function);
        }
        let similar = FUNCTIONS
            .iter()
            .map(|known| (strsim::jaro(name, known.name), known.name))
            .filter(|(similarity, _)| *similarity > 0.7)
            .max_by(|one, other| one.0.total_cmp(&other.0));
        Err(match similar {
            Some((_, known)) => format!("unknown function {name}(); did you mean {known}()?"),
            None => format!("unknown function {name}()"),
        })
    }

    /// Checks a call without a document: the number of arguments, the positions of references, and the types
    /// of literals.
    ///
    /// # Errors
    /// The call always fails.
    pub(super) fn check(&self, arguments: &[Expression]) -> Result<(), String> {
        let Self { name, parameters } = *self;
        let (expected, given) = (parameters.len(), arguments.len());
        // The last parameter of these can be repeated.
        let is_variadic = matches!(name, "merge" | "not_null");
        if given < expected || given > expected && !is_variadic {
            let least = if is_variadic { "at least " } else { "" };
            let plural = if expected == 1 { "" } else { "s" };
            return Err(format!(
                "{name}() takes {least}{expected} argument{plural}, not {given}"
            ));
        }
        for (at, argument) in arguments.iter().enumerate() {
            let is_reference = matches!(argument, Expression::Reference(_));
            let takes_reference = parameters.get(at) == Some(&&[Reference][..]);
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
    pub(super) fn check_types(&self, values: &[Option<&Value>]) -> Result<(), String> {
        for (types, value) in self.parameters.iter().zip(values) {
            if let Some(found) = value.and_then(|value| find_wrong_type(types, value)) {
                let types: Vec<&str> = types.iter().map(|known| known.name()).collect();
                let (name, types) = (self.name, types.join(" or "));
                return Err(format!("{name}() takes {types}, not {found}"));
            }
        }
        match values {
            [Some(Value::String(_)), Some(search)]
                if self.name == "contains" && !search.is_string() =>
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
    let functions = FUNCTIONS.iter();
    let functions = functions.filter(|known| known.parameters.contains(&&[Reference][..]));
    functions
        .map(|known| known.name)
        .collect::<Vec<_>>()
        .join(", ")
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
