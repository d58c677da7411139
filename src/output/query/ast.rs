//! The syntax tree of an expression.

use serde_json::Value;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    /// `@`, and what is left out.
    Current,
    Field(String),
    Index(i64),
    Slice(Slice),
    Literal(Value),
    /// Each is applied to the result of the one before: `a.b`, `a | b`.
    Chain(Vec<Expression>),
    /// The same for `a[0][1]`, to which a slice is added without a projection.
    Indexed(Vec<Expression>),
    /// The part that is applied to each item of a list.
    Projection(Box<Expression>, Box<Expression>),
    /// The part that is applied to each value of an object.
    ValueProjection(Box<Expression>, Box<Expression>),
    FilterProjection(Box<Filter>),
    Flatten(Box<Expression>),
    Or(Vec<Expression>),
    And(Vec<Expression>),
    Not(Box<Expression>),
    Comparison(Comparator, Box<(Expression, Expression)>),
    List(Vec<Expression>),
    Hash(Vec<(String, Expression)>),
    Call(Function, Vec<Expression>),
    /// `&a`, an argument of `sort_by` and others.
    Reference(Box<Expression>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filter {
    pub(super) base: Expression,
    pub(super) condition: Expression,
    pub(super) each: Expression,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) start: Option<i64>,
    pub(super) stop: Option<i64>,
    /// Never 0.
    pub(super) step: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A function of jmespath.py.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

impl Expression {
    /// The last step: `[id, user]` in `session.[id, user]`.
    pub(super) fn last_step(&self) -> &Self {
        match self {
            Self::Chain(steps) | Self::Indexed(steps) => steps.last().map_or(self, Self::last_step),
            other => other,
        }
    }

    /// The expressions that this one consists of.
    pub(super) fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Current | Self::Field(_) | Self::Index(_) | Self::Slice(_) | Self::Literal(_) => {
                Vec::new()
            }
            Self::Chain(parts)
            | Self::Indexed(parts)
            | Self::Or(parts)
            | Self::And(parts)
            | Self::List(parts)
            | Self::Call(_, parts) => parts.iter().collect(),
            Self::Projection(base, each) | Self::ValueProjection(base, each) => vec![base, each],
            Self::FilterProjection(filter) => vec![&filter.base, &filter.condition, &filter.each],
            Self::Flatten(part) | Self::Not(part) | Self::Reference(part) => vec![part],
            Self::Comparison(_, sides) => vec![&sides.0, &sides.1],
            Self::Hash(members) => members.iter().map(|(_, part)| part).collect(),
        }
    }
}
