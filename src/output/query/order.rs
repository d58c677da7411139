//! The order in which an expression names members, which the interpreter sorts away.

use jmespath::ast::Ast;
use serde_json::{Map, Value};

/// The hashes (`{user: username, id: sessionId}`) of an expression, each as its names in the order
/// in which they are written.
#[derive(Debug, Default)]
pub(super) struct Order(Vec<Vec<String>>);

impl Order {
    pub(super) fn of(ast: &Ast) -> Self {
        let mut hashes = Vec::new();
        collect(ast, &mut hashes);
        Self(hashes)
    }

    /// The value with the members of each object that one of the hashes can have made in that
    /// hash's order. The others stay sorted.
    pub(super) fn arrange(&self, value: Value) -> Value {
        match value {
            _ if self.0.is_empty() => value,
            Value::Array(items) => items.into_iter().map(|item| self.arrange(item)).collect(),
            Value::Object(members) => Value::Object(self.arrange_members(members)),
            scalar => scalar,
        }
    }

    fn arrange_members(&self, members: Map<String, Value>) -> Map<String, Value> {
        let mut members: Map<String, Value> = members
            .into_iter()
            .map(|(name, value)| (name, self.arrange(value)))
            .collect();
        let made_it = |names: &&Vec<String>| {
            names.len() == members.len() && names.iter().all(|name| members.contains_key(name))
        };
        let Some(names) = self.0.iter().find(made_it) else {
            return members;
        };
        names
            .iter()
            .filter_map(|name| members.remove_entry(name))
            .collect()
    }
}

fn collect(ast: &Ast, hashes: &mut Vec<Vec<String>>) {
    if let Ast::MultiHash { elements, .. } = ast {
        let mut names: Vec<String> = Vec::new();
        for pair in elements {
            if !names.contains(&pair.key) {
                names.push(pair.key.clone());
            }
        }
        hashes.push(names);
    }
    for part in parts(ast) {
        collect(part, hashes);
    }
}

/// The expressions that an expression consists of.
fn parts(ast: &Ast) -> Vec<&Ast> {
    match ast {
        Ast::Slice { .. }
        | Ast::Identity { .. }
        | Ast::Field { .. }
        | Ast::Index { .. }
        | Ast::Literal { .. } => Vec::new(),
        Ast::Function { args, .. } => args.iter().collect(),
        Ast::MultiList { elements, .. } => elements.iter().collect(),
        Ast::MultiHash { elements, .. } => elements.iter().map(|pair| &pair.value).collect(),
        Ast::Expref { ast, .. } => vec![ast],
        Ast::Flatten { node, .. } | Ast::Not { node, .. } | Ast::ObjectValues { node, .. } => {
            vec![node]
        }
        Ast::Condition {
            predicate, then, ..
        } => vec![predicate, then],
        Ast::Comparison { lhs, rhs, .. }
        | Ast::Projection { lhs, rhs, .. }
        | Ast::And { lhs, rhs, .. }
        | Ast::Or { lhs, rhs, .. }
        | Ast::Subexpr { lhs, rhs, .. } => vec![lhs, rhs],
    }
}

/// The last step of an expression that gives one value: `[id, user]` in `session.[id, user]`.
pub(super) fn last_step(ast: &Ast) -> &Ast {
    match ast {
        Ast::Subexpr { rhs, .. } => last_step(rhs),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_members_of_a_hash_stand_as_they_are_written() {
        for (text, value, expected) in [
            ("{b: x, a: y}", json!({"a": 1, "b": 2}), r#"{"b":2,"a":1}"#),
            (
                "s[].{z: x, y: {c: d, b: e}} | [0]",
                json!({"y": {"b": 1, "c": 2}, "z": 3}),
                r#"{"z":3,"y":{"c":2,"b":1}}"#,
            ),
            (
                "{b: x, b: y, a: z}",
                json!({"a": 1, "b": 2}),
                r#"{"b":2,"a":1}"#,
            ),
            ("{b: x, a: y}", json!({"a": 1, "c": 2}), r#"{"a":1,"c":2}"#),
            ("s", json!({"a": 1, "b": 2}), r#"{"a":1,"b":2}"#),
        ] {
            let order = Order::of(&jmespath::parse(text).unwrap());
            assert_eq!(order.arrange(value).to_string(), expected, "{text}");
        }
    }
}
