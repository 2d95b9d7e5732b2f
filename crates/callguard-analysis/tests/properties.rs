//! Random pairs of small policies against brute force: no wrong `equal`, every call that is shown is real.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(missing_docs, unreachable_pub, reason = "tests")]

mod common;

mod properties {
    use super::common;
    use callguard_analysis::proof::{Flip, Situation, Verdict};
    use callguard_engine::call::ToolEnvelope;
    use callguard_engine::value::{Value, parse_json};
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::fmt::Write as _;

    /// Draws from a list of numbers, then zeros.
    struct Draw(u64);

    impl Draw {
        fn below(&mut self, bound: usize) -> usize {
            // The generator of Numerical Recipes; the high bits are the good ones.
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(self.0 >> 33).unwrap() % bound
        }

        fn one<'t>(&mut self, from: &[&'t str]) -> &'t str {
            from[self.below(from.len())]
        }
    }

    const LEAVES: &[&str] = &[
        "environment: a",
        "environment: [a, b]",
        "environment: { not_in: [a] }",
        "environment: { starts_with: a }",
        "environment: { exists: false }",
        "environment: { equals: A, ignore_case: true }",
        "principal.role: { in: [a, b] }",
        "principal.role: { not_equals: a }",
        "principal.roles: { contains: a }",
        "principal.roles: { contains_none: [a, b] }",
        "args.n: { greater_than: 1 }",
        "args.n: { at_most: 2 }",
        "args.n: 1",
        "args.n: { not_equals: 1 }",
        "args.n: { is: number }",
        "args.n: { count: 1 }",
        "args.t: { matches: \"^ab\" }",
        "args.t: { contains: b }",
        "args.t: { longer_than: 1 }",
        "args.t: { like: \"a?\" }",
        "args.t: { not_contains: b, exists: true }",
        "args.o.k: { exists: true }",
        "args.o: { is: object }",
        "args.o.k: { not_equals: 1 }",
        "tool: t1",
        "session.calls: { at_least: 2 }",
    ];

    fn condition(draw: &mut Draw, session: bool) -> String {
        let leaf = |draw: &mut Draw| loop {
            let leaf = draw.one(LEAVES);
            if session || !leaf.starts_with("session") {
                return format!("{{ {leaf} }}");
            }
        };
        let (first, second) = (leaf(draw), leaf(draw));
        match draw.below(5) {
            0 => format!("{{ all: [ {first}, {second} ] }}"),
            1 => format!("{{ any: [ {first}, {second} ] }}"),
            2 => format!("{{ not: {first} }}"),
            _ => first,
        }
    }

    fn contract(draw: &mut Draw, id: usize, session: bool) -> String {
        let mut text =
            format!("    - id: c{id}\n      tools: {}\n", draw.one(&["t1", "t2", "\"t*\"", "[\"*\", \"!t1\"]"]));
        writeln!(text, "      when: {}", condition(draw, session)).unwrap();
        if draw.below(3) == 0 {
            writeln!(text, "      unless: {}", condition(draw, session)).unwrap();
        }
        let actions: &[&str] = if session { &["deny", "ask"] } else { &["deny", "deny", "ask", "allow", "warn"] };
        let action = draw.one(actions);
        writeln!(text, "      action: {action}").unwrap();
        if action == "deny" && draw.below(4) == 0 {
            writeln!(text, "      on_unknown: {}", draw.one(&["ask", "warn"])).unwrap();
        }
        text
    }

    /// Settings, and contracts each of its own.
    struct Small {
        settings: String,
        contracts: Vec<String>,
        session: Vec<String>,
    }

    impl Small {
        fn draw(draw: &mut Draw) -> Small {
            let mut settings = String::new();
            if draw.below(3) == 0 {
                settings.push_str("  default: deny\n");
            }
            if draw.below(6) == 0 {
                settings.push_str("  requires: [environment]\n");
            }
            let contracts = (0..1 + draw.below(3)).map(|id| contract(draw, id, false)).collect();
            let session = (0..draw.below(2)).map(|id| contract(draw, id + 10, true)).collect();
            Small { settings, contracts, session }
        }

        /// The same with one thing otherwise, or something else.
        fn changed(&self, draw: &mut Draw) -> Small {
            let mut other = Small {
                settings: self.settings.clone(),
                contracts: self.contracts.clone(),
                session: self.session.clone(),
            };
            match draw.below(5) {
                0 => return Small::draw(draw),
                1 => other.contracts.push(contract(draw, 5, false)),
                2 if other.contracts.len() > 1 => drop(other.contracts.remove(0)),
                3 => other.settings = Small::draw(draw).settings,
                _ => other.contracts[0] = contract(draw, 0, false),
            }
            other
        }

        fn text(&self) -> String {
            let mut text = format!(
                "apiVersion: callguard/v1\nkind: Policy\nmetadata: {{ name: p }}\nspec:\n{}  preconditions:\n{}",
                self.settings,
                self.contracts.concat()
            );
            if !self.session.is_empty() {
                write!(text, "  session:\n{}", self.session.concat()).unwrap();
            }
            text
        }
    }

    const ENVIRONMENTS: &[Option<&str>] = &[None, Some("a"), Some("b"), Some("A"), Some("")];
    const ROLES: &[Option<&str>] = &[None, Some("a"), Some("x")];
    const ARGS: &[&str] = &[
        "{}",
        r#"{"n":1,"t":"ab"}"#,
        r#"{"n":2,"t":"a"}"#,
        r#"{"n":0.5,"t":"b"}"#,
        r#"{"n":"1","t":"abc"}"#,
        r#"{"n":"x","t":1}"#,
        r#"{"n":[1],"t":["b"]}"#,
        r#"{"n":true,"o":{"k":1}}"#,
        r#"{"n":3,"o":{"k":"1"}}"#,
        r#"{"t":"ba","o":{}}"#,
        r#"{"t":"zz","o":1}"#,
        r#"{"n":[],"o":null}"#,
        r#"{"n":{},"t":"","o":{"k":null}}"#,
    ];

    fn universe() -> Vec<Situation> {
        let mut all = Vec::new();
        for tool in ["t1", "t2", "t3", "other"] {
            for environment in ENVIRONMENTS {
                for (index, role) in ROLES.iter().enumerate() {
                    for (at, args) in ARGS.iter().enumerate() {
                        let Value::Object(args) = parse_json(args.as_bytes()).unwrap() else { panic!("no object") };
                        let mut call = ToolEnvelope::new(tool, args, common::base());
                        call.environment = environment.map(str::to_owned);
                        call.principal.role = role.map(str::to_owned);
                        let roles: &[&str] = [&[][..], &["a"], &["b", "c"], &["c"]][(at + index) % 4];
                        call.principal.roles = roles.iter().map(|role| (*role).to_owned()).collect();
                        let mut situation = Situation::of(call);
                        situation.session.calls = u64::try_from(at % 4).unwrap();
                        all.push(situation);
                    }
                }
            }
        }
        all
    }

    /// So few pairs end within the time that one test has; the soak asks for more.
    fn cases() -> u32 {
        std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(48)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn brute_force_finds_nothing_that_a_proof_does_not_say(seed in any::<u64>()) {
            let mut draw = Draw(seed);
            let before = Small::draw(&mut draw);
            let now = before.changed(&mut draw);
            let (before, now) = (before.text(), now.text());
            let (old, new, report) = common::compare(&before, &now);
            let proof = &report.proof;
            for witness in &proof.witnesses {
                let decided = (
                    witness.situation.decide(&old.clone().interpreted()).effect,
                    witness.situation.decide(&new.clone().interpreted()).effect,
                );
                prop_assert_eq!(decided, (witness.flip.old, witness.flip.new));
            }
            let shown: BTreeSet<Flip> = proof.witnesses.iter().map(|witness| witness.flip).collect();
            let unknown: BTreeSet<Flip> = proof.unknown.iter().flat_map(|unknown| unknown.flips.iter().copied()).collect();
            for situation in universe() {
                let flip = Flip { old: situation.decide(&old).effect, new: situation.decide(&new).effect };
                let said = flip.old == flip.new || shown.contains(&flip) || unknown.contains(&flip);
                let call = callguard_engine::value::write_json(&situation.call.args.clone().into());
                prop_assert!(
                    said,
                    "{flip} of {} {call} {:?} {:?} {:?}, calls {}\n{before}---\n{now}",
                    situation.call.tool, situation.call.environment, situation.call.principal.role,
                    situation.call.principal.roles, situation.session.calls
                );
            }
            // The language of these policies is known through and through: nothing is left open.
            prop_assert!(proof.unknown.is_empty(), "{:?}\n{before}---\n{now}", proof.unknown);
            prop_assert_eq!(proof.verdict() == Verdict::Equal, shown.is_empty());
        }
    }
}
