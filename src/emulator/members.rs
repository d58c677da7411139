//! Reads the members of the data file, with an error that names the path of a wrong one.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// An invalid data file. The message names the line or the member, and the reason.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DataError(String);

impl DataError {
    pub(super) fn new(problem: impl fmt::Display) -> Self {
        Self(problem.to_string())
    }

    /// An error in the member at `path`, such as `portals[0].sessions[2].sessionId`.
    pub(super) fn at(path: impl fmt::Display, problem: impl fmt::Display) -> Self {
        Self(format!("{path}: {problem}"))
    }
}

/// `null` counts as left out.
pub(super) fn or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Like [`or_default`], for an object.
pub(super) fn object_or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(object(from)?.unwrap_or_default())
}

pub(super) fn object<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let object = Option::<Object<T>>::deserialize(from)?;
    Ok(object.map(|Object(value)| value))
}

pub(super) fn objects<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let objects: Vec<Object<T>> = or_default(from)?;
    Ok(objects.into_iter().map(|Object(value)| value).collect())
}

/// A structure that is read from an object only. Derived code also reads it from a list of its members.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(Object)
    }
}

pub(super) fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let seconds = Option::deserialize(from)?.map(Duration::try_from_secs_f64);
    seconds.transpose().map_err(D::Error::custom)
}

/// Text that headers and environment variables can carry. `T` is a string, or an optional one.
pub(super) fn visible_text<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Clone + Into<Option<String>>,
{
    let text = T::deserialize(from)?;
    let is_visible = |text: String| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    if text.clone().into().is_none_or(is_visible) {
        return Ok(text);
    }
    Err(D::Error::custom("must be visible ASCII, and not empty"))
}

/// Deserializes an object; an error names the path of the member, which starts with `path`.
pub(super) fn deserialize<'de, T: Deserialize<'de>>(
    path: &str,
    from: impl Deserializer<'de, Error = serde_json::Error>,
) -> Result<T, DataError> {
    let object: Result<Object<T>, _> = serde_path_to_error::deserialize(from);
    object.map(|Object(value)| value).map_err(|error| {
        let inner = error.path().to_string();
        let path = match (path, inner.as_str()) {
            ("", ".") => return DataError::new(error.into_inner()),
            (path, ".") => path.to_owned(),
            ("", inner) => inner.to_owned(),
            (path, inner) => format!("{path}.{inner}"),
        };
        DataError::at(path, error.into_inner())
    })
}
