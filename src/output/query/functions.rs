//! JMESPath's functions: their names, parameters, and the types that these accept.

use serde_json::Value;

use super::ast::Expression;

/// A type that a parameter accepts, as messages name it.
type Type = &'static str;

const ANY: Type = "any value";
const REFERENCE: Type = "an expression (&)";
const NUMBER: Type = "a number";
const TEXT: Type = "a string";
const ARRAY: Type = "an array";
const OBJECT: Type = "an object";
const NUMBERS: Type = "an array of numbers";
const TEXTS: Type = "an array of strings";

#[derive(Debug, PartialEq)]
pub(super) struct Function {
    pub(super) name: &'static str,
    /// The types that each parameter accepts.
    parameters: &'static [&'static [Type]],
}

/// The signatures in `functions.py`.
static FUNCTIONS: [Function; 26] = [
    function("abs", &[&[NUMBER]]),
    function("avg", &[&[NUMBERS]]),
    function("ceil", &[&[NUMBER]]),
    function("contains", &[&[ARRAY, TEXT], &[ANY]]),
    function("ends_with", &[&[TEXT], &[TEXT]]),
    function("floor", &[&[NUMBER]]),
    function("join", &[&[TEXT], &[TEXTS]]),
    function("keys", &[&[OBJECT]]),
    function("length", &[&[ARRAY, TEXT, OBJECT]]),
    function("map", &[&[REFERENCE], &[ARRAY]]),
    function("max", &[&[NUMBERS, TEXTS]]),
    function("max_by", &[&[ARRAY], &[REFERENCE]]),
    function("merge", &[&[OBJECT]]),
    function("min", &[&[NUMBERS, TEXTS]]),
    function("min_by", &[&[ARRAY], &[REFERENCE]]),
    function("not_null", &[&[ANY]]),
    function("reverse", &[&[ARRAY, TEXT]]),
    function("sort", &[&[NUMBERS, TEXTS]]),
    function("sort_by", &[&[ARRAY], &[REFERENCE]]),
    function("starts_with", &[&[TEXT], &[TEXT]]),
    function("sum", &[&[NUMBERS]]),
    function("to_array", &[&[ANY]]),
    function("to_number", &[&[ANY]]),
    function("to_string", &[&[ANY]]),
    function("type", &[&[ANY]]),
    function("values", &[&[OBJECT]]),
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
        // The last parameter of these functions can be repeated.
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
            let types = parameters.get(at).copied().unwrap_or_default();
            let takes_reference = types.contains(&REFERENCE);
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

    /// Checks the types of arguments; `None` is a reference or an unknown value. Repetitions of the last parameter
    /// are not checked.
    ///
    /// # Errors
    /// The function does not accept a value.
    pub(super) fn check_types(&self, values: &[Option<&Value>]) -> Result<(), String> {
        for (types, value) in self.parameters.iter().zip(values) {
            if let Some(found) = value.and_then(|value| find_wrong_type(types, value)) {
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
    let takes_reference = |known: &&Function| known.parameters.concat().contains(&REFERENCE);
    let functions = FUNCTIONS.iter().filter(takes_reference);
    let names: Vec<&str> = functions.map(|known| known.name).collect();
    names.join(", ")
}

/// Describes a value that has none of the types; `None` if it has one.
fn find_wrong_type(types: &[Type], value: &Value) -> Option<String> {
    let found = type_name(value);
    let accepts = |known: &Type| match *known {
        ANY => true,
        NUMBERS | TEXTS => found == ARRAY,
        known => found == known,
    };
    if !types.iter().any(accepts) {
        return Some(found.to_owned());
    }
    let accepts_item = |known: Type, item: &Value| match known {
        NUMBERS => item.is_number(),
        TEXTS => item.is_string(),
        _ => true,
    };
    // The first item decides between an array of numbers and an array of strings.
    let items = value.as_array()?;
    let first = items.first()?;
    let known = types.iter().find(|known| accepts_item(known, first));
    let known = known.or(types.first())?;
    let wrong = items.iter().find(|item| !accepts_item(known, item))?;
    Some(format!("an array with {}", type_name(wrong)))
}

/// The type of a value for a message, which must not contain the value: it can be a person's name.
pub(super) const fn type_name(value: &Value) -> Type {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => NUMBER,
        Value::String(_) => TEXT,
        Value::Array(_) => ARRAY,
        Value::Object(_) => OBJECT,
    }
}
