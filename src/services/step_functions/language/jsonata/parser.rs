//! From words to a tree, by the binding powers of JSONata.

use serde_json::Value;

use super::functions;
use super::lexer::{Token, words};

/// Deepest nesting of an expression.
const DEEPEST: usize = 64;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Value(Value),
    /// `$`: what the path has come to.
    Here,
    Variable(String),
    Name(String),
    /// `*`
    All,
    /// `**`
    Below,
    /// The right one of each that the left one gives.
    Path(Box<Self>, Box<Self>),
    Filter(Box<Self>, Box<Self>),
    /// `[]`: a list even of one.
    Keep(Box<Self>),
    Array(Vec<Self>),
    Range(Box<Self>, Box<Self>),
    Object(Vec<(Self, Self)>),
    Minus(Box<Self>),
    Binary(Operator, Box<Self>, Box<Self>),
    If(Box<Self>, Box<Self>, Option<Box<Self>>),
    Bind(String, Box<Self>),
    Block(Vec<Self>),
    Function(Vec<String>, Box<Self>),
    Call(Box<Self>, Vec<Self>),
}

/// An operator between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Concatenate,
    And,
    Or,
}

type Fault = (usize, String);

/// Reads an expression.
pub(super) fn parse(text: &str) -> Result<Node, Fault> {
    let mut parser = Parser { words: words(text)?, at: 0, depth: 0, called: Vec::new(), bound: Vec::new() };
    let node = parser.expression(0)?;
    if *parser.peek() != Token::End {
        return parser.fault("expected an operator or the end");
    }
    let unknown =
        parser.called.iter().find(|(_, name)| !parser.bound.contains(name) && functions::find(name).is_none());
    match unknown {
        Some((place, name)) => Err((*place, format!("the function `${name}` is unknown, or not evaluated"))),
        None => Ok(node),
    }
}

struct Parser {
    words: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
    /// Functions that are called, with their places.
    called: Vec<(usize, String)>,
    /// Variables that are given a value inside.
    bound: Vec<String>,
}

/// How strongly an operator holds what is left of it; 0: it is none.
fn power(token: &Token) -> usize {
    match token {
        Token::Symbol("[" | "(") => 80,
        Token::Symbol(".") => 75,
        Token::Symbol("{") => 70,
        Token::Symbol("*" | "/" | "%") => 60,
        Token::Symbol("+" | "-" | "&") => 50,
        Token::Symbol("=" | "!=" | "<" | "<=" | ">" | ">=" | "~>" | "^") => 40,
        Token::Name(name, false) if name == "in" => 40,
        Token::Name(name, false) if name == "and" => 30,
        Token::Name(name, false) if name == "or" => 25,
        Token::Symbol("?" | ".." | "?:" | "??") => 20,
        Token::Symbol(":=") => 10,
        Token::Symbol("@" | "#") => 80,
        _ => 0,
    }
}

fn operator(token: &Token) -> Option<Operator> {
    Some(match token {
        Token::Symbol("+") => Operator::Add,
        Token::Symbol("-") => Operator::Subtract,
        Token::Symbol("*") => Operator::Multiply,
        Token::Symbol("/") => Operator::Divide,
        Token::Symbol("%") => Operator::Remainder,
        Token::Symbol("=") => Operator::Equal,
        Token::Symbol("!=") => Operator::NotEqual,
        Token::Symbol("<") => Operator::Less,
        Token::Symbol("<=") => Operator::LessOrEqual,
        Token::Symbol(">") => Operator::Greater,
        Token::Symbol(">=") => Operator::GreaterOrEqual,
        Token::Symbol("&") => Operator::Concatenate,
        Token::Name(name, false) if name == "in" => Operator::In,
        Token::Name(name, false) if name == "and" => Operator::And,
        Token::Name(name, false) if name == "or" => Operator::Or,
        _ => return None,
    })
}

impl Parser {
    fn peek(&self) -> &Token {
        self.words.get(self.at).map_or(&Token::End, |(_, token)| token)
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn is(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Token::Symbol(found) if *found == symbol);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), Fault> {
        if self.is(symbol) { Ok(()) } else { self.fault(&format!("expected `{symbol}`")) }
    }

    fn fault<T>(&self, reason: &str) -> Result<T, Fault> {
        let place = self.words.get(self.at).or(self.words.last()).map_or(1, |(place, _)| *place);
        Err((place, reason.to_owned()))
    }

    fn expression(&mut self, held: usize) -> Result<Node, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.fault("this expression is nested too deep");
        }
        let mut left = self.first()?;
        let mut length = 0;
        while power(self.peek()) > held {
            length += 1;
            if length > DEEPEST * 4 {
                return self.fault("this expression has too many operators in a row");
            }
            left = self.next(left)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn boxed(&mut self, held: usize) -> Result<Box<Node>, Fault> {
        self.expression(held).map(Box::new)
    }

    /// What an expression may begin with.
    fn first(&mut self) -> Result<Node, Fault> {
        match self.take() {
            Token::Number(number) => Ok(Node::Value(super::evaluate::number(number))),
            Token::Text(text) => Ok(Node::Value(Value::String(text))),
            Token::Variable(name) if name.is_empty() => Ok(Node::Here),
            Token::Variable(name) => Ok(Node::Variable(name)),
            Token::Name(name, false) => match name.as_str() {
                "true" => Ok(Node::Value(Value::Bool(true))),
                "false" => Ok(Node::Value(Value::Bool(false))),
                "null" => Ok(Node::Value(Value::Null)),
                "function" | "λ" if *self.peek() == Token::Symbol("(") => self.function(),
                _ => Ok(Node::Name(name)),
            },
            Token::Name(name, true) => Ok(Node::Name(name)),
            Token::Symbol("-") => Ok(Node::Minus(self.boxed(70)?)),
            Token::Symbol("*") => Ok(Node::All),
            Token::Symbol("**") => Ok(Node::Below),
            Token::Symbol("(") => self.block(),
            Token::Symbol("[") => self.list("]").map(Node::Array),
            Token::Symbol("{") => self.object(),
            Token::Symbol("/") => self.refused("regular expressions are not evaluated"),
            Token::Symbol("%") => self.refused("parents (`%`) are not evaluated"),
            Token::Symbol("|") => self.refused("transforms (`|`) are not evaluated"),
            Token::Symbol("?") => self.refused("partial application (`?`) is not evaluated"),
            _ => self.refused("expected a value, a name or `(`"),
        }
    }

    fn refused(&mut self, reason: &str) -> Result<Node, Fault> {
        self.at -= 1;
        self.fault(reason)
    }

    fn next(&mut self, left: Node) -> Result<Node, Fault> {
        let token = self.take();
        let held = power(&token);
        if let Some(operator) = operator(&token) {
            return Ok(Node::Binary(operator, Box::new(left), self.boxed(held)?));
        }
        let left = Box::new(left);
        match token {
            Token::Symbol(".") => Ok(Node::Path(left, self.boxed(held)?)),
            Token::Symbol("[") if self.is("]") => Ok(Node::Keep(left)),
            Token::Symbol("[") => {
                let filter = self.boxed(0)?;
                self.expect("]")?;
                Ok(Node::Filter(left, filter))
            }
            Token::Symbol("(") => self.call(left),
            Token::Symbol("..") => Ok(Node::Range(left, self.boxed(held)?)),
            Token::Symbol("~>") => self.applied(*left, held),
            Token::Symbol("?") => {
                let then = self.boxed(0)?;
                let otherwise = if self.is(":") { Some(self.boxed(0)?) } else { None };
                Ok(Node::If(left, then, otherwise))
            }
            Token::Symbol(":=") => match *left {
                Node::Variable(name) => {
                    self.bound.push(name.clone());
                    Ok(Node::Bind(name, self.boxed(held - 1)?))
                }
                _ => self.refused("only a variable can be given a value"),
            },
            Token::Symbol("{") => self.refused("grouping is not evaluated"),
            Token::Symbol("^") => self.refused("sorting by `^` is not evaluated: expected `$sort`"),
            _ => self.refused("this operator is not evaluated"),
        }
    }

    fn call(&mut self, function: Box<Node>) -> Result<Node, Fault> {
        if let Node::Variable(name) = &*function {
            let place = self.words.get(self.at).map_or(1, |(place, _)| *place);
            self.called.push((place, name.clone()));
        }
        let arguments = self.list(")")?;
        Ok(Node::Call(function, arguments))
    }

    /// `a ~> $f(b)` is `$f(a, b)`, and `a ~> $f` is `$f(a)`.
    fn applied(&mut self, left: Node, held: usize) -> Result<Node, Fault> {
        match self.expression(held)? {
            Node::Call(function, mut arguments) => {
                arguments.insert(0, left);
                Ok(Node::Call(function, arguments))
            }
            function => Ok(Node::Call(Box::new(function), vec![left])),
        }
    }

    fn list(&mut self, close: &str) -> Result<Vec<Node>, Fault> {
        let mut nodes = Vec::new();
        if self.is(close) {
            return Ok(nodes);
        }
        loop {
            nodes.push(self.expression(0)?);
            if self.is(close) {
                return Ok(nodes);
            }
            self.expect(",")?;
        }
    }

    fn block(&mut self) -> Result<Node, Fault> {
        let mut nodes = Vec::new();
        while !self.is(")") {
            nodes.push(self.expression(0)?);
            if !self.is(";") {
                self.expect(")")?;
                break;
            }
        }
        Ok(Node::Block(nodes))
    }

    fn object(&mut self) -> Result<Node, Fault> {
        let mut entries = Vec::new();
        if self.is("}") {
            return Ok(Node::Object(entries));
        }
        loop {
            let key = self.expression(0)?;
            self.expect(":")?;
            entries.push((key, self.expression(0)?));
            if self.is("}") {
                return Ok(Node::Object(entries));
            }
            self.expect(",")?;
        }
    }

    fn function(&mut self) -> Result<Node, Fault> {
        self.expect("(")?;
        let mut names = Vec::new();
        while !self.is(")") {
            match self.take() {
                Token::Variable(name) if !name.is_empty() && name != "$" => {
                    self.bound.push(name.clone());
                    names.push(name);
                }
                _ => return self.refused("expected the name of an argument, `$name`"),
            }
            if !self.is(",") {
                self.expect(")")?;
                break;
            }
        }
        self.expect("{")?;
        let body = self.boxed(0)?;
        self.expect("}")?;
        Ok(Node::Function(names, body))
    }
}
