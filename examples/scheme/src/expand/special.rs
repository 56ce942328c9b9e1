//! The special forms, by name.

use gc_core::Trace;

use super::{Env, Expander};
use crate::compile::tree::Node;
use crate::error::{Res, syntax_error};
use crate::value::Value;

macro_rules! specials {
    ($($variant:ident $name:literal,)+) => {
        /// A syntactic form that the expander knows, or a word that has a meaning in one.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Trace)]
        #[trace(static)]
        pub(crate) enum Special { $($variant,)+ }

        pub(crate) const SPECIALS: &[(&str, Special)] = &[$(($name, Special::$variant),)+];
    };
}

specials! {
    And "and",
    Arrow "=>",
    Begin "begin",
    Case "case",
    CaseLambda "case-lambda",
    Cond "cond",
    CondExpand "cond-expand",
    Define "define",
    DefineLibrary "define-library",
    DefineRecordType "define-record-type",
    DefineSyntax "define-syntax",
    DefineValues "define-values",
    Delay "delay",
    DelayForce "delay-force",
    Do "do",
    Ellipsis "...",
    Else "else",
    If "if",
    Import "import",
    Include "include",
    IncludeCi "include-ci",
    Lambda "lambda",
    Let "let",
    LetStar "let*",
    LetStarValues "let*-values",
    LetSyntax "let-syntax",
    LetValues "let-values",
    Letrec "letrec",
    LetrecStar "letrec*",
    LetrecSyntax "letrec-syntax",
    Or "or",
    Parameterize "parameterize",
    Quasiquote "quasiquote",
    Quote "quote",
    Set "set!",
    SyntaxError "syntax-error",
    SyntaxRules "syntax-rules",
    Underscore "_",
    Unless "unless",
    Unquote "unquote",
    UnquoteSplicing "unquote-splicing",
    When "when",
}

impl<'gc> Expander<'gc> {
    /// Expands a special form where an expression is wanted.
    pub(super) fn special(&mut self, special: Special, form: Value<'gc>, env: Env<'gc>) -> Res<'gc, Node<'gc>> {
        let parts = self.parts(form)?;
        match special {
            Special::Quote => match parts[..] {
                [_, datum] => Ok(Node::Constant(super::strip(self.ctx, datum)?)),
                _ => Err(self.malformed(form, "(quote datum)")),
            },
            Special::Quasiquote => self.quasiquote(form, &parts, env),
            Special::If => self.conditional(form, &parts, env),
            Special::Set => self.set(form, &parts, env),
            Special::Lambda => self.lambda_form(form, &parts, env),
            Special::CaseLambda => self.case_lambda(form, &parts, env),
            Special::Begin if parts.len() > 1 => {
                let nodes: Res<'gc, Vec<_>> = parts[1..].iter().map(|&part| self.expand(part, env)).collect();
                nodes.map(Node::sequence)
            }
            Special::Let => self.let_form(form, &parts, env),
            Special::LetStar => self.let_star(form, &parts, env),
            Special::Letrec | Special::LetrecStar => self.letrec(form, &parts, env),
            Special::LetValues => self.let_values(form, &parts, env, false),
            Special::LetStarValues => self.let_values(form, &parts, env, true),
            Special::Do => self.do_loop(form, &parts, env),
            Special::And | Special::Or => {
                let nodes: Res<'gc, Vec<_>> = parts[1..].iter().map(|&part| self.expand(part, env)).collect();
                let mut nodes = nodes?;
                Ok(match (nodes.len(), special) {
                    (0, _) => Node::Constant(Value::Bool(special == Special::And)),
                    (1, _) => nodes.swap_remove(0),
                    (_, Special::And) => Node::And(nodes),
                    _ => Node::Or(nodes),
                })
            }
            Special::When | Special::Unless => self.when(form, &parts, env, special == Special::When),
            Special::Cond => self.cond(form, &parts, env),
            Special::Case => self.case(form, &parts, env),
            Special::Delay | Special::DelayForce => self.delay(form, &parts, env, special == Special::Delay),
            Special::Parameterize => self.parameterize(form, &parts, env),
            Special::LetSyntax | Special::LetrecSyntax => {
                self.let_syntax(form, &parts, env, special == Special::LetrecSyntax)
            }
            Special::CondExpand => {
                let forms = self.cond_expand(form, &parts, env)?;
                let nodes: Res<'gc, Vec<_>> = forms.into_iter().map(|part| self.expand(part, env)).collect();
                nodes.map(Node::sequence)
            }
            Special::Include | Special::IncludeCi => {
                let forms = self.included(form, &parts[1..], special == Special::IncludeCi)?;
                let nodes: Res<'gc, Vec<_>> = forms.into_iter().map(|part| self.expand(part, env)).collect();
                nodes.map(Node::sequence)
            }
            Special::SyntaxError => self.syntax_error_form(form, &parts),
            Special::Begin => Err(self.malformed(form, "(begin expression …)")),
            Special::Define | Special::DefineValues | Special::DefineRecordType | Special::DefineSyntax => {
                let message = "a definition where an expression is wanted:";
                Err(syntax_error(form.source(), message, &[super::strip(self.ctx, form)?]))
            }
            Special::Import | Special::DefineLibrary => {
                let message = "only a program's top level may have this:";
                Err(syntax_error(form.source(), message, &[super::strip(self.ctx, form)?]))
            }
            Special::Arrow
            | Special::Else
            | Special::Ellipsis
            | Special::Underscore
            | Special::Unquote
            | Special::UnquoteSplicing
            | Special::SyntaxRules => {
                let message = "this word has no meaning here:";
                Err(syntax_error(form.source(), message, &[super::strip(self.ctx, form)?]))
            }
        }
    }

    pub(super) fn syntax_error_form(&self, form: Value<'gc>, parts: &[Value<'gc>]) -> Res<'gc, Node<'gc>> {
        match parts {
            [_, Value::String(message), irritants @ ..] => {
                let shown: Res<'gc, Vec<_>> = irritants.iter().map(|&part| super::strip(self.ctx, part)).collect();
                Err(syntax_error(form.source(), message.text(), &shown?))
            }
            _ => Err(self.malformed(form, "(syntax-error \"message\" form …)")),
        }
    }
}
