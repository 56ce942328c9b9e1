//! Forms that receive several values.

use super::{Env, Expander, Scope};
use crate::compile::tree::{Node, Var};
use crate::error::Res;
use crate::value::Value;
use gc_core::Gc;

impl<'gc> Expander<'gc> {
    /// Binds formals in a scope; true if the last is for the rest.
    pub(super) fn bind_formals(
        &mut self,
        scope: Gc<'gc, Scope<'gc>>,
        formals: Value<'gc>,
        form: Value<'gc>,
    ) -> Res<'gc, (Vec<Var>, bool)> {
        let mut vars = Vec::new();
        let mut rest = formals;
        while let Some((identifier, tail)) = rest.as_pair() {
            vars.push(self.bind_variable(scope, identifier, form)?);
            rest = tail;
        }
        if matches!(rest, Value::Nil) {
            return Ok((vars, false));
        }
        vars.push(self.bind_variable(scope, rest, form)?);
        Ok((vars, true))
    }

    /// Bindings that give variables the values that `value` yields, the last one all that are left if `rest`.
    pub(super) fn unpack(
        &mut self,
        vars: &[Var],
        rest: bool,
        value: Node<'gc>,
        bindings: &mut Vec<(Var, Node<'gc>)>,
    ) -> Res<'gc, ()> {
        if let (&[var], false) = (vars, rest) {
            let value = self.call_primitive("%single", vec![value])?;
            self.variables.add_reference(var);
            bindings.push((var, value));
            return Ok(());
        }
        let packet = self.hidden()?;
        bindings.push((packet, self.unpacked(vars.len(), rest, value)?));
        // The packet is wanted even if none of its parts is: it checks their number.
        self.variables.add_reference(packet);
        for (at, &var) in vars.iter().enumerate() {
            let parts = self.local(packet);
            let index = Node::Constant(Value::Int(at as i64));
            bindings.push((var, self.call_primitive("vector-ref", vec![parts, index])?));
        }
        Ok(())
    }

    /// An expression for the vector of the values.
    pub(super) fn unpacked(&self, count: usize, rest: bool, value: Node<'gc>) -> Res<'gc, Node<'gc>> {
        let required = Node::Constant(Value::Int((count - usize::from(rest)) as i64));
        self.call_primitive("%unpack", vec![value, required, Node::Constant(Value::Bool(rest))])
    }

    pub(super) fn let_values(
        &mut self,
        form: Value<'gc>,
        parts: &[Value<'gc>],
        env: Env<'gc>,
        sequential: bool,
    ) -> Res<'gc, Node<'gc>> {
        let usage = "(let-values ((formals expression) …) body …)";
        if parts.len() < 3 {
            return Err(self.malformed(form, usage));
        }
        let mut scope = self.new_scope(env)?;
        let mut within = env;
        let mut bindings = Vec::new();
        for binding in self.parts(parts[1])? {
            let [formals, expression] = self.parts(binding)?[..] else { return Err(self.malformed(form, usage)) };
            let value = self.expand(expression, within)?;
            if sequential {
                scope = self.new_scope(within)?;
                within = Env::Scope(scope);
            }
            let (vars, rest) = self.bind_formals(scope, formals, form)?;
            self.unpack(&vars, rest, value, &mut bindings)?;
        }
        let body = self.body(form, &parts[2..], if sequential { within } else { Env::Scope(scope) })?;
        Ok(self.bind_values(bindings, body))
    }
}
