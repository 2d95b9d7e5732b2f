//! Files that the shell opens, and what they give a command to read.

use super::super::super::path::PathAccess;
use super::super::words::{Decoded, substitutions_of_body};
use super::{Input, Reader, Redirect};
use brush_parser::ast;

impl Reader {
    /// What they give the command to read, if any does.
    pub(super) fn redirect_list(&mut self, list: Option<&ast::RedirectList>) -> Option<Input> {
        let mut redirects = Vec::new();
        let mut input = None;
        for redirect in list.iter().flat_map(|list| &list.0) {
            input = self.redirect(redirect, &mut redirects).or(input);
        }
        self.add(Vec::new(), redirects, &Input::None);
        input
    }

    pub(super) fn redirect(&mut self, redirect: &ast::IoRedirect, redirects: &mut Vec<Redirect>) -> Option<Input> {
        match redirect {
            ast::IoRedirect::File(_, kind, target) => self.file_redirect(kind, target, redirects),
            ast::IoRedirect::OutputAndError(word, _) => {
                redirects.push(Redirect { access: PathAccess::Write, target: self.word(&word.value) });
                None
            }
            ast::IoRedirect::HereString(_, word) => {
                let word = self.word(&word.value);
                Some(word.known().map_or(Input::Unknown, |text| Input::Text(text.into())))
            }
            ast::IoRedirect::HereDocument(_, document) => Some(self.here_document(document)),
        }
    }

    fn here_document(&mut self, document: &ast::IoHereDocument) -> Input {
        let body = document.doc.value.as_str();
        if !document.requires_expansion {
            return Input::Text(body.into());
        }
        let Decoded { word, substitutions, doubt } = substitutions_of_body(body, self.scope());
        self.found(&substitutions, doubt);
        word.known().map_or(Input::Unknown, |text| Input::Text(text.into()))
    }

    fn file_redirect(
        &mut self,
        kind: &ast::IoFileRedirectKind,
        target: &ast::IoFileRedirectTarget,
        redirects: &mut Vec<Redirect>,
    ) -> Option<Input> {
        use ast::IoFileRedirectKind as Kind;
        let access = match kind {
            Kind::Read | Kind::DuplicateInput => PathAccess::Read,
            Kind::Write | Kind::Append | Kind::Clobber | Kind::DuplicateOutput => PathAccess::Write,
            Kind::ReadAndWrite => PathAccess::Unknown,
        };
        match target {
            ast::IoFileRedirectTarget::Fd(_) => {}
            ast::IoFileRedirectTarget::ProcessSubstitution(_, subshell) => {
                self.in_subshell(|reader| reader.list(&subshell.list, &Input::Unknown));
            }
            ast::IoFileRedirectTarget::Filename(word) => {
                let target = self.word(&word.value);
                redirects.push(Redirect { access, target });
            }
            ast::IoFileRedirectTarget::Duplicate(word) => {
                let target = self.word(&word.value);
                let is_descriptor = target.known().is_some_and(|text| {
                    text == "-" || text.trim_end_matches('-').bytes().all(|byte| byte.is_ascii_digit())
                });
                if !is_descriptor {
                    redirects.push(Redirect { access, target });
                }
            }
        }
        (access != PathAccess::Write).then_some(Input::Unknown)
    }
}
