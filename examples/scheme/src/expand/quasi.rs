//! Quasiquotation.

use super::{Env, Expander, Special, strip};
use crate::compile::tree::Node;
use crate::error::Res;
use crate::value::Value;

/// What a template has become.
enum Part<'gc> {
    /// There is nothing to evaluate in it.
    Constant(Value<'gc>),
    Node(Node<'gc>),
    Splice(Node<'gc>),
}

impl<'gc> Part<'gc> {
    fn node(self) -> Node<'gc> {
        match self {
            Part::Constant(value) => Node::Constant(value),
            Part::Node(node) | Part::Splice(node) => node,
        }
    }
}

impl<'gc> Expander<'gc> {
    pub(super) fn quasiquote(&mut self, form: Value<'gc>, parts: &[Value<'gc>], env: Env<'gc>) -> Res<'gc, Node<'gc>> {
        let [_, template] = *parts else { return Err(self.malformed(form, "(quasiquote template)")) };
        match self.template(template, env, 1)? {
            Part::Splice(_) => Err(self.malformed(form, "unquote-splicing inside of a list")),
            part => Ok(part.node()),
        }
    }

    fn template(&mut self, template: Value<'gc>, env: Env<'gc>, level: usize) -> Res<'gc, Part<'gc>> {
        match template {
            Value::Pair(_) => self.deeper(template.source(), |x| x.list_template(template, env, level)),
            Value::Vector(slots) => {
                let elements: Vec<Value<'gc>> = slots.iter().map(gc_core::GcCell::get).collect();
                let list = self.ctx.list(&elements)?;
                match self.deeper(template.source(), |x| x.elements_template(list, env, level))? {
                    Part::Constant(_) => Ok(Part::Constant(strip(self.ctx, template)?)),
                    part => Ok(Part::Node(self.call_primitive("list->vector", vec![part.node()])?)),
                }
            }
            _ => Ok(Part::Constant(strip(self.ctx, template)?)),
        }
    }

    /// `(unquote x)` and its like: which one, and x.
    fn unquotation(&self, template: Value<'gc>, env: Env<'gc>) -> Option<(Special, Value<'gc>)> {
        let (head, tail) = template.as_pair()?;
        let (argument, end) = tail.as_pair()?;
        let special = if head.is_identifier() { env.special(head)? } else { return None };
        let known = matches!(special, Special::Quasiquote | Special::Unquote | Special::UnquoteSplicing);
        (known && matches!(end, Value::Nil)).then_some((special, argument))
    }

    fn list_template(&mut self, template: Value<'gc>, env: Env<'gc>, level: usize) -> Res<'gc, Part<'gc>> {
        if let Some((special, argument)) = self.unquotation(template, env) {
            let inner = match special {
                Special::Quasiquote => level + 1,
                _ if level == 1 => {
                    let node = self.expand(argument, env)?;
                    return Ok(if special == Special::Unquote { Part::Node(node) } else { Part::Splice(node) });
                }
                _ => level - 1,
            };
            return match self.template(argument, env, inner)? {
                Part::Constant(_) => Ok(Part::Constant(strip(self.ctx, template)?)),
                part => {
                    let (head, _) = template.as_pair().unwrap_or((Value::Nil, Value::Nil));
                    let head = Node::Constant(strip(self.ctx, head)?);
                    if let Part::Splice(node) = part {
                        return Ok(Part::Node(self.call_primitive("cons", vec![head, node])?));
                    }
                    Ok(Part::Node(self.call_primitive("list", vec![head, part.node()])?))
                }
            };
        }
        if let Some((head, _)) = template.as_pair()
            && head.is_identifier()
            && matches!(env.special(head), Some(Special::Unquote | Special::UnquoteSplicing))
        {
            return Err(self.malformed(template, "(unquote expression)"));
        }
        self.elements_template(template, env, level)
    }

    /// The elements of a list, and its tail.
    fn elements_template(&mut self, template: Value<'gc>, env: Env<'gc>, level: usize) -> Res<'gc, Part<'gc>> {
        let mut elements = Vec::new();
        let mut rest = template;
        let mut tail = None;
        while let Some((element, next)) = rest.as_pair() {
            // `(a . ,b)` reads as `(a unquote b)`.
            if !elements.is_empty() && self.unquotation(rest, env).is_some() {
                tail = Some(self.template(rest, env, level)?);
                break;
            }
            elements.push(self.template(element, env, level)?);
            if elements.len() > 1_000_000 {
                return Err(self.malformed(Value::Nil, "a template that ends"));
            }
            rest = next;
        }
        let tail = match tail {
            Some(tail) => tail,
            None => Part::Constant(strip(self.ctx, rest)?),
        };
        let constant = |part: &Part<'gc>| matches!(part, Part::Constant(_));
        if constant(&tail) && elements.iter().all(constant) {
            return Ok(Part::Constant(strip(self.ctx, template)?));
        }
        // Runs of elements become lists, which are appended to what is spliced in.
        let (mut lists, mut run) = (Vec::new(), Vec::new());
        for element in elements {
            match element {
                Part::Splice(node) => {
                    if !run.is_empty() {
                        lists.push(self.call_primitive("list", std::mem::take(&mut run))?);
                    }
                    lists.push(node);
                }
                part => run.push(part.node()),
            }
        }
        let ends = matches!(tail, Part::Constant(Value::Nil));
        if !run.is_empty() {
            if lists.is_empty() && run.len() == 1 && !ends {
                run.push(tail.node());
                return Ok(Part::Node(self.call_primitive("cons", run)?));
            }
            lists.push(self.call_primitive("list", run)?);
        }
        if !ends {
            lists.push(tail.node());
        }
        Ok(Part::Node(if lists.len() == 1 { lists.swap_remove(0) } else { self.call_primitive("append", lists)? }))
    }
}
