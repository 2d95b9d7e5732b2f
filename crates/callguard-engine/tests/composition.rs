//! What a policy becomes with its bases, where a decision alone does not show it, and what a load refuses to become.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at what it did not expect"
)]

mod support;

use callguard_engine::diagnostic::{Code, Severity};
use callguard_engine::policy::model::{Action, ArgType, Contract, Policy, Rank};
use callguard_engine::policy::{Bases, Loaded, NoBases, PolicyFile};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use support::{Given, load_one, said};

fn document(name: &str, spec: &str) -> String {
    format!("apiVersion: callguard/v1\nkind: Policy\nmetadata: {{ name: {name} }}\nspec:\n{spec}")
}

fn given(files: &[(&str, String)]) -> Given {
    Given(files.iter().map(|(name, text)| ((*name).to_owned(), text.clone().into_bytes())).collect())
}

fn loaded(text: &str, bases: &dyn Bases) -> Loaded {
    load_one("root.yaml", text.as_bytes(), bases).unwrap_or_else(|failed| panic!("{:?}", said(&failed.diagnostics)))
}

fn codes(text: &str, bases: &dyn Bases) -> Vec<Code> {
    match load_one("root.yaml", text.as_bytes(), bases) {
        Ok(loaded) => loaded.warnings.iter().map(|found| found.code).collect(),
        Err(failed) => failed.diagnostics.iter().map(|found| found.code).collect(),
    }
}

fn contract<'p>(policy: &'p Policy, id: &str) -> &'p Contract {
    policy.contracts.iter().find(|contract| contract.id.to_string() == id).unwrap()
}

const BASE: &str = "  preconditions: [{ id: a, tools: push, action: deny, message: M. }]\n";

#[test]
fn the_version_is_of_every_file_once_in_load_order() {
    let base = document("base", BASE);
    let left = document("left", "  extends: [base.yaml]\n");
    let right = document("right", "  extends: [base.yaml]\n");
    let root = document("root", "  extends: [left.yaml, right.yaml]\n");
    let bases = given(&[("base.yaml", base.clone()), ("left.yaml", left.clone()), ("right.yaml", right.clone())]);
    let loaded = loaded(&root, &bases);
    let mut expected = "sha256:".to_owned();
    for byte in Sha256::digest([root, left, base, right].concat()) {
        write!(expected, "{byte:02x}").unwrap();
    }
    assert_eq!(loaded.set.version.as_str(), expected);
    assert_eq!(loaded.set.policies.len(), 1);
    assert_eq!(loaded.set.policies[0].contracts.len(), 1);
}

#[test]
fn dated_overrides_layer_by_nearness_on_each_day() {
    let middle =
        "  extends: [base.yaml]\n  overrides: [{ id: base/a, severity: high, message: Middle., until: 2026-03-10 }]\n";
    let root = "  extends: [middle.yaml]\n  overrides: [{ id: base/a, message: Root., until: 2026-03-05 }]\n";
    let bases = given(&[("base.yaml", document("base", BASE)), ("middle.yaml", document("middle", middle))]);
    let loaded = loaded(&document("root", root), &bases);
    let overridden = contract(&loaded.set.policies[0], "base/a");
    let seen: Vec<_> = overridden
        .terms
        .iter()
        .map(|dated| {
            (dated.until.map(|day| day.to_string()), dated.terms.severity, format!("{:?}", dated.terms.message))
        })
        .collect();
    assert_eq!(seen.len(), 3);
    assert_eq!((seen[0].0.as_deref(), seen[0].1), (Some("2026-03-05"), Rank::High));
    assert!(seen[0].2.contains("Root."), "{seen:?}");
    assert_eq!((seen[1].0.as_deref(), seen[1].1), (Some("2026-03-10"), Rank::High));
    assert!(seen[1].2.contains("Middle."), "{seen:?}");
    assert_eq!((&seen[2].0, seen[2].1), (&None, Rank::Medium));
    assert!(seen[2].2.contains("M."), "{seen:?}");
}

#[test]
fn an_override_to_warn_leaves_no_stronger_doubt() {
    let base = "  preconditions: [{ id: a, tools: push, action: deny, on_unknown: ask, ask: { timeout: 1h } }]\n";
    let bases = given(&[("base.yaml", document("base", base))]);
    let to = |change: &str| {
        let root = format!("  extends: [base.yaml]\n  overrides: [{{ id: base/a, {change} }}]\n");
        let loaded = loaded(&document("root", &root), &bases);
        contract(&loaded.set.policies[0], "base/a").terms[0].terms.clone()
    };
    assert_eq!((to("action: warn").action, to("action: warn").on_unknown), (Action::Warn, None));
    let Action::Ask(ask) = to("action: ask").action else { panic!("not asked") };
    assert_eq!(ask.timeout_millis, 3_600_000, "the contract's own terms of asking");
    let Action::Ask(ask) = to("action: ask, ask: { timeout: 2m, approvers: leads }").action else {
        panic!("not asked")
    };
    assert_eq!((ask.timeout_millis, ask.approvers), (120_000, vec!["leads".to_owned()]));
}

#[test]
fn a_declaration_keeps_what_a_wider_one_of_a_base_says() {
    let base = "  tools:\n    - { name: 'fs__*', side_effect: write, labels: [disk], args: { path: path.write, note: text } }\n";
    let root =
        "  extends: [base.yaml]\n  tools: [{ name: fs__put, labels: [mine], args: { note: opaque, force: text } }]\n";
    let loaded = loaded(&document("root", root), &given(&[("base.yaml", document("base", base))]));
    let tools = &loaded.set.policies[0].tools;
    let put = tools.iter().find(|tool| tool.names[0].as_str() == "fs__put").unwrap();
    assert_eq!(put.labels, ["mine", "disk"]);
    assert_eq!(put.side_effect.unwrap().as_str(), "write");
    let args: Vec<(String, ArgType)> = put.args.iter().map(|(path, kind)| (path.to_string(), *kind)).collect();
    let expected = [(".note", ArgType::Opaque), (".force", ArgType::Text), (".path", ArgType::PathWrite)];
    assert_eq!(args, expected.map(|(path, kind)| (path.to_owned(), kind)));
    assert_eq!(tools.len(), 2);
}

#[test]
fn definitions_that_disagree_in_a_diamond_are_refused_and_the_root_settles_it() {
    let base = "  define: { who: a }\n  preconditions: [{ id: a, tools: $who, action: deny }]\n";
    let bases = given(&[
        ("base.yaml", document("base", base)),
        ("left.yaml", document("left", "  extends: [base.yaml]\n  define: { who: b }\n")),
        ("right.yaml", document("right", "  extends: [base.yaml]\n  define: { who: c }\n")),
    ]);
    let root = "  extends: [left.yaml, right.yaml]\n";
    assert_eq!(codes(&document("root", root), &bases), [Code::BasesDisagree]);
    let settled = loaded(&document("root", &format!("{root}  define: {{ who: d }}\n")), &bases);
    assert_eq!(contract(&settled.set.policies[0], "base/a").tools.include[0].as_str(), "d");
}

#[test]
fn the_strictest_base_is_inherited() {
    let bases = given(&[
        ("free.yaml", document("free", "  mode: observe\n  default: allow\n")),
        ("strict.yaml", document("strict", "  mode: enforce\n  default: deny\n  redaction: { max_value: 10 }\n")),
    ]);
    for order in ["free.yaml, strict.yaml", "strict.yaml, free.yaml"] {
        let policy = loaded(&document("root", &format!("  extends: [{order}]\n")), &bases).set.policies.remove(0);
        assert_eq!((policy.mode.as_str(), format!("{:?}", policy.default)), ("enforce", "Deny".to_owned()), "{order}");
    }
}

#[test]
fn a_file_may_hold_tests_beside_policies_but_no_gateway() {
    let policy = document("p", BASE);
    let test = "---\napiVersion: callguard/v1\nkind: PolicyTest\nmetadata: { name: t }\ncases: []\n";
    assert_eq!(loaded(&format!("{policy}{test}---\n"), &NoBases).set.policies.len(), 1);
    let gateway = "---\napiVersion: callguard/v1\nkind: Gateway\nmetadata: { name: g }\nspec: {}\n";
    assert_eq!(codes(&format!("{policy}{gateway}"), &NoBases), [Code::WrongKind]);
    assert_eq!(codes(test, &NoBases), [Code::NoPolicy]);
    assert_eq!(codes("", &NoBases), [Code::NoPolicy]);
    assert_eq!(codes("- a\n", &NoBases), [Code::WrongShape]);
    assert_eq!(codes("kind: [", &NoBases), [Code::YamlSyntax]);
}

#[test]
fn what_a_broken_base_would_have_is_not_missed() {
    let root = "  extends: [broken.yaml]\n  overrides: [{ id: broken/a, enabled: false }]\n  requires: [$x]\n  define: { y: $x }\n  preconditions: [{ id: a, tools: $x, action: deny }]\n";
    let bases = given(&[("broken.yaml", "kind: [".to_owned())]);
    let found = codes(&document("root", root), &bases);
    assert!(found.contains(&Code::YamlSyntax), "{found:?}");
    assert!(!found.contains(&Code::UnknownContract) && !found.contains(&Code::UndefinedName), "{found:?}");
}

#[test]
fn the_findings_of_a_base_are_said_once_and_examples_are_of_the_base() {
    let base = "  define: { who: a }\n  preconditions:\n    - { id: a, tools: push, when: { environment: $who }, action: deny,\n        examples: { matches: [{ environment: a }] } }\n";
    let bases = given(&[("base.yaml", document("base", base))]);
    let root = document(
        "root",
        "  extends: [base.yaml]\n  define: { who: b }\n  overrides: [{ id: base/a, unless: { args.x: 1 } }]\n",
    );
    assert_eq!(codes(&root, &bases), []);
    let broken = given(&[("base.yaml", document("base", "  defalt: deny\n"))]);
    let two =
        format!("{}---\n{}", document("one", "  extends: [base.yaml]\n"), document("two", "  extends: [base.yaml]\n"));
    assert_eq!(codes(&two, &broken), [Code::UnknownKey]);
}

/// Every file extends the next.
struct Endless;

impl Bases for Endless {
    fn read(&self, _from: &str, reference: &str) -> Result<PolicyFile, String> {
        let n: usize = reference.trim_start_matches('f').parse().map_err(|_| "no".to_owned())?;
        Ok(PolicyFile::new(reference, document(&format!("f{n}"), &format!("  extends: [f{}]\n", n + 1))))
    }
}

#[test]
fn a_load_has_an_end() {
    assert!(codes(&document("root", "  extends: [f1]\n"), &Endless).contains(&Code::TooMuchComposed));
    let many: Vec<String> = (0..300).map(|n| document(&format!("p{n}"), "  extends: [root.yaml]\n")).collect();
    let found = codes(&many.join("---\n"), &given(&[("root.yaml", String::new())]));
    assert!(found.contains(&Code::TooMuchComposed), "{} findings", found.len());
    let chain: String = (0..100).map(|n| format!("    d{n}: $d{}\n", n + 1)).collect();
    let spec = format!("  define:\n{chain}    d100: x\n  preconditions: [{{ id: a, tools: $d0, action: deny }}]\n");
    assert_eq!(codes(&document("root", &spec), &NoBases), [Code::DefinitionCycle]);
}

#[test]
fn no_text_makes_a_load_panic() {
    let shipped = callguard_engine::policy::templates::TEMPLATES;
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below.max(1)).unwrap()).unwrap()
    };
    for _ in 0..150 {
        let template = &shipped[random(shipped.len())];
        let mut lines: Vec<&str> = template.text.lines().collect();
        for _ in 0..=random(4) {
            let (at, other) = (random(lines.len()), random(lines.len()));
            match random(3) {
                0 => {
                    lines.remove(at);
                }
                1 => lines.swap(at, other),
                _ => lines.insert(at, lines[other]),
            }
        }
        let text = lines.join("\n");
        match load_one("mutated.yaml", text.as_bytes(), &NoBases) {
            Ok(loaded) => assert!(loaded.warnings.iter().all(|found| found.severity == Severity::Warning)),
            Err(failed) => assert!(failed.error_count() > 0),
        }
    }
}
