//! What the parser knows of each token. The binding powers are those of jmespath.py.

use super::ast::Comparator;
use super::lexer::Token;

pub(super) const fn binding_power(token: &Token) -> u8 {
    match token {
        Token::Pipe => 1,
        Token::Or => 2,
        Token::And => 3,
        Token::Equal
        | Token::NotEqual
        | Token::Less
        | Token::LessOrEqual
        | Token::Greater
        | Token::GreaterOrEqual => 5,
        Token::Flatten => 9,
        Token::Star => 20,
        Token::Filter => 21,
        Token::Dot => 40,
        Token::Not => 45,
        Token::OpenBrace => 50,
        Token::OpenBracket => 55,
        Token::OpenParenthesis => 60,
        _ => 0,
    }
}

pub(super) const fn comparator(token: &Token) -> Option<Comparator> {
    Some(match token {
        Token::Equal => Comparator::Equal,
        Token::NotEqual => Comparator::NotEqual,
        Token::Less => Comparator::Less,
        Token::LessOrEqual => Comparator::LessOrEqual,
        Token::Greater => Comparator::Greater,
        Token::GreaterOrEqual => Comparator::GreaterOrEqual,
        _ => return None,
    })
}

/// The token for a message, without the text of a literal.
pub(super) fn describe(token: &Token) -> String {
    let text = match token {
        Token::Identifier(name) => return format!("'{name}'"),
        Token::QuotedIdentifier(_) => return "quoted name".to_owned(),
        Token::Literal(_) => return "literal".to_owned(),
        Token::Number(number) => return format!("number {number}"),
        Token::Dot => ".",
        Token::Star => "*",
        Token::OpenBracket => "[",
        Token::CloseBracket => "]",
        Token::Flatten => "[]",
        Token::Filter => "[?",
        Token::OpenParenthesis => "(",
        Token::CloseParenthesis => ")",
        Token::OpenBrace => "{",
        Token::CloseBrace => "}",
        Token::Comma => ",",
        Token::Colon => ":",
        Token::Current => "@",
        Token::Ampersand => "&",
        Token::Pipe => "|",
        Token::Or => "||",
        Token::And => "&&",
        Token::Not => "!",
        Token::Equal => "==",
        Token::NotEqual => "!=",
        Token::Less => "<",
        Token::LessOrEqual => "<=",
        Token::Greater => ">",
        Token::GreaterOrEqual => ">=",
        Token::End => "end",
    };
    format!("'{text}'")
}
