//! `kind: PolicyTest`: calls, and the decisions that policies must give them.

use super::files::Files;
use super::partial_call::{PartialCall, output};
use super::read::{Cx, Fields, boolean, count, duration_millis, list, name, text, texts, word};
use super::register::keys::{METADATA, POLICY_TEST, TEST_CASE, TEST_EXPECT, TEST_STEP};
use crate::audit::output::Output;
use crate::call::facets::path::FileTree;
use crate::decide::Effect;
use crate::diagnostic::{Code, Diagnostic, sort_and_dedupe};
use crate::source::{Entry, FileId, Node, Sources, Span, Spanned, read_documents};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A `PolicyTest` document.
#[derive(Clone, Debug)]
pub struct PolicyTest {
    /// `metadata.name`.
    pub name: String,
    /// The policies under test, relative to the file; none: the Policy documents of the same file.
    pub policies: Vec<Spanned<String>>,
    /// The cases, `defaults` already under their calls.
    pub cases: Vec<Case>,
}

/// A case: one or more calls in one session.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The calls.
    pub steps: Vec<TestStep>,
    /// Where it stands.
    pub span: Span,
}

/// A call and what must come of it.
#[derive(Clone, Debug)]
pub struct TestStep {
    /// The call.
    pub call: PartialCall,
    /// What paths are resolved on; `None`: there is no disk.
    pub disk: Option<Arc<FileTree>>,
    /// What the tool gives.
    pub output: Option<Output>,
    /// What the person says to an ask; `None`: nobody is asked.
    pub approve: Option<bool>,
    /// What must come of it.
    pub expect: Expect,
    /// How often.
    pub repeat: u64,
    /// Time between the repetitions, and after the last one.
    pub every_millis: u64,
    /// Where it stands.
    pub span: Span,
}

/// What must come of a call. What it leaves out is not compared.
#[derive(Clone, Debug, Default)]
pub struct Expect {
    /// The decision.
    pub decision: Option<Effect>,
    /// What decides: `POLICY/ID`, `(default)`, ….
    pub contract: Option<String>,
    /// The message, exactly.
    pub message: Option<String>,
    /// A part of the message.
    pub message_contains: Option<String>,
    /// The contracts that apply and no others, each with what it does where that is said.
    pub applied: Option<BTreeMap<String, Option<&'static str>>>,
    /// What would be decided if all that is observed were enforced.
    pub would: Option<Effect>,
    /// Whether something could not be decided and restricted.
    pub policy_error: Option<bool>,
    /// The session's labels afterwards.
    pub labels: Option<BTreeSet<String>>,
    /// What the agent sees.
    pub output: Option<Output>,
}

const EFFECTS: &[(&str, Effect)] = &[("allow", Effect::Allow), ("ask", Effect::Ask), ("deny", Effect::Deny)];

/// What a contract does when it applies, as [`Action::as_str`](super::model::Action::as_str) says it.
const ACTIONS: &[(&str, &str)] = &[
    ("allow", "allow"),
    ("ask", "ask"),
    ("deny", "deny"),
    ("warn", "warn"),
    ("withhold", "withhold"),
    ("redact", "redact"),
    ("label", "label"),
];

/// Reads the `PolicyTest` documents of a file; documents of other kinds are left to others. Every finding at once.
pub fn read_policy_tests(sources: &Sources, file: FileId) -> (Vec<PolicyTest>, Vec<Diagnostic>) {
    let none = BTreeSet::new();
    let (documents, mut found) = read_documents(sources, file);
    let mut tests = Vec::new();
    for document in documents.iter().filter(|document| is_policy_test(document)) {
        let mut cx = Cx::new(sources, &none);
        tests.extend(policy_test(document, &mut cx));
        found.extend(cx.into_diagnostics());
    }
    sort_and_dedupe(&mut found);
    (tests, found)
}

/// Whether the document says that it is a `PolicyTest`.
pub(crate) fn is_policy_test(document: &Node) -> bool {
    let kind = document.entry("kind").and_then(|entry| entry.value.as_scalar());
    kind.is_some_and(|kind| kind.text == "PolicyTest")
}

fn policy_test(document: &Node, cx: &mut Cx<'_>) -> Option<PolicyTest> {
    let fields = Fields::open(document, &POLICY_TEST, cx)?;
    let named = fields.get("metadata").and_then(|node| Fields::open(node, &METADATA, cx));
    let named = named.and_then(|metadata| metadata.read("name", cx, name));
    let policies = fields.read("policies", cx, texts).unwrap_or_default();
    let empty = PartialCall::empty(document.span);
    let defaults = fields.get("defaults").and_then(|node| PartialCall::read(node, cx)).unwrap_or(empty);
    let nodes = fields.read("cases", cx, list)?;
    if nodes.is_empty() {
        let span = fields.get("cases").map_or(fields.span, |node| node.span);
        cx.error(Code::EmptyValue, span, "the policy test has no cases", "add a case, or remove the document");
    }
    let cases = nodes.iter().filter_map(|node| case(node, &defaults, cx)).collect();
    Some(PolicyTest { name: named?.value, policies, cases })
}

fn case(node: &Node, defaults: &PartialCall, cx: &mut Cx<'_>) -> Option<Case> {
    let fields = Fields::open(node, &TEST_CASE, cx)?;
    let named = fields.read("name", cx, text);
    let approve = fields.read("approve", cx, boolean);
    let steps = match (fields.get("call"), fields.get("steps")) {
        (Some(call), None) => vec![single(&fields, call, defaults, approve, cx)?],
        (None, Some(steps)) => {
            let steps = list(steps, "steps", cx)?;
            steps.iter().filter_map(|node| step(node, &fields, defaults, approve, cx)).collect()
        }
        _ => {
            let message = "a case has either a `call` and what to `expect` of it, or `steps`";
            cx.error(Code::CaseWithoutCall, node.span, message, "write one of the two");
            return None;
        }
    };
    if steps.is_empty() {
        cx.error(Code::CaseWithoutCall, node.span, "a case without steps shows nothing", "add a step");
        return None;
    }
    Some(Case { name: named?.value, steps, span: node.span })
}

fn single(
    fields: &Fields<'_>,
    call: &Node,
    defaults: &PartialCall,
    approve: Option<bool>,
    cx: &mut Cx<'_>,
) -> Option<TestStep> {
    let call = whole(call, fields, defaults, cx)?;
    let Some(expected) = fields.get("expect") else {
        cx.error(
            Code::CaseWithoutCall,
            fields.span,
            "a case with a `call` says what to `expect`",
            "add `expect: allow`",
        );
        return None;
    };
    let expect = expect(expected, cx)?;
    let output = fields.get("output").map(output).or_else(|| call.output.clone());
    let disk = call.files.disk(cx);
    Some(TestStep { call, disk, output, approve, expect, repeat: 1, every_millis: 0, span: fields.span })
}

fn step(
    node: &Node,
    case: &Fields<'_>,
    defaults: &PartialCall,
    approve: Option<bool>,
    cx: &mut Cx<'_>,
) -> Option<TestStep> {
    let fields = Fields::open(node, &TEST_STEP, cx)?;
    let call = whole(fields.get("call")?, case, defaults, cx)?;
    let expect = expect(fields.get("expect")?, cx)?;
    Some(TestStep {
        disk: call.files.disk(cx),
        output: fields.get("output").map(output).or_else(|| call.output.clone()),
        call,
        approve: fields.read("approve", cx, boolean).or(approve),
        expect,
        repeat: fields.read("repeat", cx, count).unwrap_or(1),
        every_millis: fields.read("every", cx, duration_millis).unwrap_or_default(),
        span: node.span,
    })
}

/// The call with what its case and the defaults add to it.
fn whole(node: &Node, case: &Fields<'_>, defaults: &PartialCall, cx: &mut Cx<'_>) -> Option<PartialCall> {
    let call = around(PartialCall::read(node, cx)?, case, cx).over(defaults);
    if call.tool.is_none() {
        cx.error(Code::CaseWithoutCall, node.span, "the call names no tool", "add `tool: NAME`");
    }
    Some(call)
}

/// What the case says for all its calls: facts and files.
fn around(call: PartialCall, case: &Fields<'_>, cx: &mut Cx<'_>) -> PartialCall {
    let mut under = PartialCall::empty(case.span);
    if let Some(crate::value::Value::Object(facts)) = case.get("facts").map(Node::to_value) {
        under.facts = facts;
    }
    if let Some(node) = case.get("facts").filter(|node| node.as_map().is_none()) {
        super::read::wrong_shape(node, "facts", "a mapping", cx);
    }
    under.files = case.read("files", cx, Files::read).unwrap_or_default();
    call.over(&under)
}

fn expect(node: &Node, cx: &mut Cx<'_>) -> Option<Expect> {
    if node.as_scalar().is_some() {
        return Some(Expect { decision: Some(word(node, "expect", EFFECTS, cx)?), ..Expect::default() });
    }
    let fields = Fields::open(node, &TEST_EXPECT, cx)?;
    if node.as_map().is_some_and(<[_]>::is_empty) {
        cx.error(
            Code::EmptyValue,
            node.span,
            "`expect` says nothing",
            "write `expect: allow`, or what else must come of it",
        );
    }
    let words = |key: &str, cx: &mut Cx<'_>| {
        let texts = fields.read(key, cx, texts)?;
        Some(texts.into_iter().map(|text| text.value).collect::<BTreeSet<_>>())
    };
    let effect = |key: &str, cx: &mut Cx<'_>| fields.read(key, cx, |node, key, cx| word(node, key, EFFECTS, cx));
    let one = |key: &str, cx: &mut Cx<'_>| fields.read(key, cx, text).map(|text| text.value);
    Some(Expect {
        decision: effect("decision", cx),
        contract: one("contract", cx),
        message: one("message", cx),
        message_contains: one("message_contains", cx),
        applied: fields.read("applied", cx, applied),
        would: effect("would", cx),
        policy_error: fields.read("policy_error", cx, boolean),
        labels: words("labels", cx),
        output: fields.get("output").map(output),
    })
}
/// Contracts that apply: a list of them, or a mapping to what each does.
fn applied(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<BTreeMap<String, Option<&'static str>>> {
    if let Some(entries) = node.as_map() {
        let entry = |entry: &Entry| Some((entry.key.clone(), Some(word(&entry.value, what, ACTIONS, cx)?)));
        return entries.iter().map(entry).collect();
    }
    if node.as_list().is_none() {
        super::read::wrong_shape(node, what, "a list, or a mapping to what each contract does", cx);
        return None;
    }
    Some(texts(node, what, cx)?.into_iter().map(|text| (text.value, None)).collect())
}
