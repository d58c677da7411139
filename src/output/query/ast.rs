//! The syntax tree of an expression.

use clap::ValueEnum;
use serde_json::Value;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    /// `@`, which may be implicit.
    Current,
    Field(String),
    Index(i64),
    Slice(Slice),
    Literal(Value),
    /// Each step applies to the result of the one before: `a.b`, `a | b`.
    Chain(Vec<Expression>),
    /// Like `a[0][1]`: a slice after it does not create a projection.
    Indexed(Vec<Expression>),
    Projection(Box<Projection>),
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

/// Applies an expression to each of several values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Projection {
    pub(super) base: Expression,
    pub(super) values: Values,
    /// The condition of a filter.
    pub(super) condition: Option<Expression>,
    pub(super) each: Expression,
}

/// The values of the base that a projection applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    /// The items of a list.
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

impl Expression {
    /// The last step of a chain: `[id, user]` in `session.[id, user]`.
    pub(super) fn last_step(&self) -> &Self {
        match self {
            Self::Chain(steps) | Self::Indexed(steps) => steps.last().map_or(self, Self::last_step),
            other => other,
        }
    }

    /// The direct parts of the expression.
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
            Self::Projection(projection) => {
                let Projection { base, each, .. } = &**projection;
                [base, each]
                    .into_iter()
                    .chain(&projection.condition)
                    .collect()
            }
            Self::Not(part) | Self::Reference(part) => vec![part],
            Self::Comparison(_, sides) => vec![&sides.0, &sides.1],
            Self::Hash(members) => members.iter().map(|(_, part)| part).collect(),
        }
    }

    /// An upper bound of the height of the tree and of the depth of a result. Each step of a chain can nest
    /// the result of the one before, so their heights are added.
    pub(super) fn height(&self) -> usize {
        let parts = self.parts();
        let heights = parts.iter().map(|part| part.height());
        match self {
            _ if parts.is_empty() => 0,
            Self::Chain(_) | Self::Indexed(_) | Self::Projection(_) | Self::Call(..) => {
                1 + heights.sum::<usize>()
            }
            _ => 1 + heights.max().unwrap_or(0),
        }
    }
}
