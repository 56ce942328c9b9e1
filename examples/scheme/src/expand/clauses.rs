//! Forms with clauses: `cond`, `case`, `when`, `unless`.

use super::{Env, Expander, Special, strip};
use crate::compile::tree::{Node, Var};
use crate::error::Res;
use crate::value::{Source, Value};

impl<'gc> Expander<'gc> {
    fn sequence_of(&mut self, forms: &[Value<'gc>], env: Env<'gc>) -> Res<'gc, Node<'gc>> {
        let nodes: Res<'gc, Vec<_>> = forms.iter().map(|&form| self.expand(form, env)).collect();
        nodes.map(Node::sequence)
    }

    pub(super) fn when(
        &mut self,
        form: Value<'gc>,
        parts: &[Value<'gc>],
        env: Env<'gc>,
        wanted: bool,
    ) -> Res<'gc, Node<'gc>> {
        if parts.len() < 3 {
            return Err(self.malformed(form, "(when test expression …)"));
        }
        let test = self.expand(parts[1], env)?;
        let body = self.sequence_of(&parts[2..], env)?;
        Ok(if wanted {
            Node::condition(test, body, Node::unspecified())
        } else {
            Node::condition(test, Node::unspecified(), body)
        })
    }

    fn is_special(&self, form: Value<'gc>, env: Env<'gc>, special: Special) -> bool {
        form.is_identifier() && env.special(form) == Some(special)
    }

    pub(super) fn cond(&mut self, form: Value<'gc>, parts: &[Value<'gc>], env: Env<'gc>) -> Res<'gc, Node<'gc>> {
        let usage = "(cond (test expression …) …)";
        if parts.len() < 2 {
            return Err(self.malformed(form, usage));
        }
        let mut chain = Vec::new();
        let mut otherwise = Node::unspecified();
        for (at, &clause) in parts[1..].iter().enumerate() {
            let clause = self.parts(clause)?;
            match clause[..] {
                [] => return Err(self.malformed(form, usage)),
                [word, ..] if self.is_special(word, env, Special::Else) => {
                    if at + 2 != parts.len() || clause.len() < 2 {
                        return Err(self.malformed(form, "an else clause that is the last, with an expression"));
                    }
                    otherwise = self.sequence_of(&clause[1..], env)?;
                }
                [test] => chain.push((self.expand(test, env)?, None, None)),
                [test, arrow, receiver] if self.is_special(arrow, env, Special::Arrow) => {
                    let test = self.expand(test, env)?;
                    let var = self.hidden()?;
                    let receiver = self.expand(receiver, env)?;
                    let value = self.local(var);
                    let call = self.call_node(receiver, value, form.source());
                    chain.push((test, Some(var), Some(call)));
                }
                [test, ..] => {
                    let test = self.expand(test, env)?;
                    chain.push((test, None, Some(self.sequence_of(&clause[1..], env)?)));
                }
            }
        }
        for (test, var, then) in chain.into_iter().rev() {
            otherwise = match (var, then) {
                (None, Some(then)) => Node::condition(test, then, otherwise),
                (Some(var), Some(then)) => {
                    let tested = self.local(var);
                    Node::Let(vec![(var, test)], Box::new(Node::condition(tested, then, otherwise)))
                }
                (_, None) => Node::Or(vec![test, otherwise]),
            };
        }
        Ok(otherwise)
    }

    fn call_node(&self, callee: Node<'gc>, argument: Node<'gc>, source: Source) -> Node<'gc> {
        match callee {
            Node::Constant(Value::Primitive(primitive)) if primitive.takes(1) => {
                Node::Primitive(primitive, vec![argument], source)
            }
            callee => Node::Call(Box::new(callee), vec![argument], source),
        }
    }

    pub(super) fn case(&mut self, form: Value<'gc>, parts: &[Value<'gc>], env: Env<'gc>) -> Res<'gc, Node<'gc>> {
        let usage = "(case key ((datum …) expression …) …)";
        if parts.len() < 3 {
            return Err(self.malformed(form, usage));
        }
        let key = self.expand(parts[1], env)?;
        let var = self.hidden()?;
        let mut chain = Vec::new();
        let mut otherwise = Node::unspecified();
        for (at, &clause) in parts[2..].iter().enumerate() {
            let clause = self.parts(clause)?;
            if clause.len() < 2 {
                return Err(self.malformed(form, usage));
            }
            let then = if clause.len() == 3 && self.is_special(clause[1], env, Special::Arrow) {
                let receiver = self.expand(clause[2], env)?;
                let value = self.local(var);
                self.call_node(receiver, value, form.source())
            } else {
                self.sequence_of(&clause[1..], env)?
            };
            if self.is_special(clause[0], env, Special::Else) {
                if at + 3 != parts.len() {
                    return Err(self.malformed(form, "an else clause that is the last"));
                }
                otherwise = then;
                continue;
            }
            let data = strip(self.ctx, clause[0])?;
            chain.push((self.is_one_of(var, data, form)?, then));
        }
        for (test, then) in chain.into_iter().rev() {
            otherwise = Node::condition(test, then, otherwise);
        }
        Ok(Node::Let(vec![(var, key)], Box::new(otherwise)))
    }

    /// Whether a variable is one of these data.
    fn is_one_of(&mut self, var: Var, data: Value<'gc>, form: Value<'gc>) -> Res<'gc, Node<'gc>> {
        let elements = self.parts(data).map_err(|_| self.malformed(form, "a list of data in a clause"))?;
        if elements.len() > 8 {
            let key = self.local(var);
            return self.call_primitive("memv", vec![key, Node::Constant(data)]);
        }
        let mut tests = Vec::with_capacity(elements.len());
        for datum in elements {
            let simple = !matches!(datum, Value::Big(_) | Value::Ratio(_));
            let key = self.local(var);
            tests.push(self.call_primitive(if simple { "eq?" } else { "eqv?" }, vec![key, Node::Constant(datum)])?);
        }
        Ok(match tests.len() {
            0 => Node::Constant(Value::FALSE),
            1 => tests.swap_remove(0),
            _ => Node::Or(tests),
        })
    }
}
