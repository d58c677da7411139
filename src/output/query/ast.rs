//! The syntax tree of an expression.

use serde_json::Value;

use super::functions::Function;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    /// `@`, which may be implicit.
    Current,
    Field(String),
    Index(i64),
    Slice(Slice),
    Literal(Value),
    /// The second expression applies to the result of the first: `a.b`, `a[0]`, `a | b`.
    Chain(Box<[Expression; 2]>),
    Projection(Box<Projection>),
    Or(Vec<Expression>),
    And(Vec<Expression>),
    Not(Box<Expression>),
    /// An operator, `==` or `<=`, and its two sides.
    Comparison(&'static str, Box<[Expression; 2]>),
    List(Vec<Expression>),
    Hash(Vec<(String, Expression)>),
    Call(&'static Function, Vec<Expression>),
    /// `&a`, an argument of `sort_by` and others.
    Reference(Box<Expression>),
}

/// Applies an expression to each of several values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Projection {
    pub(super) base: Expression,
    pub(super) values: Values,
    /// The condition of a filter; `None` if all values pass.
    pub(super) condition: Option<Expression>,
    pub(super) each: Expression,
}

/// The values that a projection takes from its base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    Items,
    /// The items of a list, with nested lists flattened by one level: `a[]`.
    Flattened,
    /// The values of an object: `a.*`.
    Members,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) start: Option<i64>,
    pub(super) stop: Option<i64>,
    /// Never 0.
    pub(super) step: i64,
}
