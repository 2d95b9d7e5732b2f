//! The guard: hooks, facts, approvals, operators, reload, audit.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use callguard::approval::{Approval, ApprovalRequest, Approver};
use callguard::sink::{AuditSink, FileAuditSink};
use callguard::testing::{SetFacts, TestClock};
use callguard::{
    AfterHook, AuditEvent, Before, BeforeHook, Effect, Guard, HookVerdict, Object, Output, ResultEffect, RunError,
    Settled, ToolEnvelope, Value,
};
use jiff::Timestamp;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

fn policy(body: &str) -> String {
    format!("apiVersion: callguard/v1\nkind: Policy\nmetadata: {{ name: p }}\nspec:\n{body}")
}

fn call(tool: &str) -> ToolEnvelope {
    ToolEnvelope::new(tool, Object::default(), Timestamp::UNIX_EPOCH)
}

fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a guard with a memory store answers at once"),
    }
}

/// What a sink was given, shared with the test.
#[derive(Clone, Default)]
struct Recorded(Arc<Mutex<Vec<serde_json::Value>>>);

impl AuditSink for Recorded {
    fn write(&mut self, event: &AuditEvent) -> std::io::Result<()> {
        self.0.lock().unwrap().push(serde_json::from_str(&event.to_json()).unwrap());
        Ok(())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Recorded {
    fn actions(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|event| event["action"].as_str().unwrap().to_owned()).collect()
    }
}

struct Hook(HookVerdict);

impl BeforeHook for Hook {
    fn name(&self) -> &str {
        "house-rules"
    }
    fn before(&self, call: &ToolEnvelope) -> HookVerdict {
        assert_ne!(call.tool, "panics", "a hook that panics");
        self.0.clone()
    }
}

#[test]
fn a_hook_can_refuse_and_cannot_permit() {
    let closed = policy("  default: deny\n");
    let refusing =
        Guard::builder().yaml("p", policy("  mode: observe\n")).before_hook(Hook(HookVerdict::Deny("no".into())));
    let decision = refusing.build().unwrap().check_now(call("x")).unwrap();
    assert_eq!((decision.effect, decision.decider.to_string().as_str()), (Effect::Deny, "(hook)"));
    let willing = Guard::builder().yaml("p", closed).before_hook(Hook(HookVerdict::Continue)).build().unwrap();
    assert_eq!(willing.check_now(call("x")).unwrap().effect, Effect::Deny);
}

#[test]
fn a_hook_that_panics_refuses() {
    let guard = Guard::builder()
        .yaml("p", policy("  default: allow\n"))
        .before_hook(Hook(HookVerdict::Continue))
        .build()
        .unwrap();
    assert_eq!(guard.check_now(call("panics")).unwrap().effect, Effect::Deny);
    assert_eq!(guard.check_now(call("x")).unwrap().effect, Effect::Allow);
}

struct Watching;

impl AfterHook for Watching {
    fn name(&self) -> &str {
        "watching"
    }
    fn after(&self, call: &ToolEnvelope, settled: &Settled) {
        assert_ne!(call.tool, "panics", "a hook that panics");
        assert_eq!(settled.effect, ResultEffect::Pass);
    }
}

#[test]
fn an_after_hook_that_panics_withholds() {
    let guard = Guard::builder().yaml("p", policy("  default: allow\n")).after_hook(Watching).build().unwrap();
    let run = |tool: &str| now(guard.run(call(tool), async |_| Ok::<_, String>(Value::from("secret")))).unwrap();
    assert_eq!(run("x").output, Output::success("secret"));
    let withheld = run("panics");
    assert_eq!(withheld.effect, ResultEffect::Withhold);
    assert!(!withheld.output.text().contains("secret"));
}

#[test]
fn facts_come_from_the_host_and_a_failed_one_restricts() {
    let body =
        "  facts: { frozen: boolean }\n  preconditions:\n    - { id: f, when: { facts.frozen: true }, action: deny }\n";
    let facts = SetFacts::default();
    let guard = Guard::builder().yaml("p", policy(body)).facts(facts.clone()).build().unwrap();
    let decide = |value: Option<Value>| {
        facts.set(value.map(|value| ("frozen".to_owned(), value)).into_iter().collect());
        let decision = guard.check_now(call("x")).unwrap();
        (decision.effect, decision.policy_error)
    };
    assert_eq!(decide(Some(Value::from(false))), (Effect::Allow, false));
    assert_eq!(decide(Some(Value::from(true))), (Effect::Deny, false));
    assert_eq!(decide(Some(Value::from("no"))), (Effect::Deny, true));
    assert_eq!(decide(None), (Effect::Deny, true));
}

#[test]
fn operators_of_the_host_apply_and_one_that_panics_is_unknown() {
    let body = "  preconditions:\n    - { id: even, when: { args.n: { x_even: true } }, action: deny }\n";
    let even = |value: &Value, _operand: &Value| match value {
        Value::Number(number) => number.as_u64().unwrap() % 2 == 0,
        _ => panic!("not a number"),
    };
    let guard =
        Guard::builder().yaml("p", policy(body)).operator("x_even", even).unwrap_or_else(|_| panic!()).build().unwrap();
    let decide = |value: Value| {
        let mut call = call("x");
        call.args.insert("n", value);
        let decision = guard.check_now(call).unwrap();
        (decision.effect, decision.policy_error)
    };
    assert_eq!(decide(Value::from(4_u64)), (Effect::Deny, false));
    assert_eq!(decide(Value::from(5_u64)), (Effect::Allow, false));
    assert_eq!(decide(Value::from("four")), (Effect::Deny, true));
    assert!(Guard::builder().operator("even", |_, _| true).is_err());
}

struct Person(Approval, Arc<Mutex<Vec<String>>>);

impl Approver for Person {
    fn ask<'a>(&'a self, request: ApprovalRequest<'a>) -> Pin<Box<dyn Future<Output = Approval> + Send + 'a>> {
        self.1.lock().unwrap().push(format!("{} {}", request.digest, request.shown_args));
        let answer = self.0.clone();
        Box::pin(async move { answer })
    }
}

const ASKS: &str = "  preconditions:\n    - { id: q, tools: deploy, action: ask, ask: { timeout: 5m, on_timeout: ON, approvers: [release] } }\n  \
                    session:\n    - { id: once, tools: deploy, limit: { calls: 1 } }\n";

fn asking(answer: Approval, on_timeout: &str) -> (Guard, Arc<Mutex<Vec<String>>>, Recorded) {
    let (asked, recorded) = (Arc::default(), Recorded::default());
    let person = Person(answer, Arc::clone(&asked));
    let text = policy(&ASKS.replace("ON", on_timeout));
    let guard = Guard::builder().yaml("p", text).approver(person).audit(recorded.clone()).build().unwrap();
    (guard, asked, recorded)
}

fn granted(groups: &[&str]) -> Approval {
    Approval::Granted { by: "ann".into(), groups: groups.iter().map(|group| (*group).to_owned()).collect() }
}

#[test]
fn an_approval_runs_the_call_once_and_limits_are_taken_then() {
    let (guard, asked, recorded) = asking(granted(&["release"]), "deny");
    let mut secret = call("deploy");
    secret.args.insert("password", Value::from("hunter2"));
    assert!(now(guard.run(secret, async |_| Ok::<_, String>(Value::Null))).is_ok());
    let second = now(guard.run(call("deploy"), async |_| Ok::<_, String>(Value::Null)));
    let Err(RunError::Denied(decision)) = second else { panic!("the limit denies") };
    assert_eq!(decision.decider.to_string(), "p/once");
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 1, "a call that could not run is not asked about");
    assert!(!asked[0].contains("hunter2"), "{}", asked[0]);
    guard.flush();
    assert_eq!(
        recorded.actions(),
        ["policy_loaded", "call_asked", "approval_granted", "call_allowed", "call_executed", "call_denied"]
    );
}

#[test]
fn only_the_named_groups_may_approve() {
    let (guard, _, recorded) = asking(granted(&["interns"]), "deny");
    assert!(matches!(guard.before_now(call("deploy")).unwrap(), Before::Denied(_)));
    guard.flush();
    assert_eq!(recorded.actions(), ["policy_loaded", "call_asked", "approval_denied"]);
}

#[test]
fn what_an_unanswered_ask_becomes_the_policy_says() {
    for (on_timeout, runs) in [("deny", false), ("allow", true)] {
        let (guard, _, _) = asking(Approval::TimedOut, on_timeout);
        assert_eq!(matches!(guard.before_now(call("deploy")).unwrap(), Before::Allowed(_)), runs, "{on_timeout}");
    }
    let (guard, _, _) = asking(Approval::Refused { by: "ann".into(), why: "not today".into() }, "allow");
    let Before::Denied(denied) = guard.before_now(call("deploy")).unwrap() else { panic!("refused") };
    assert!(denied.message().contains("not today"), "{}", denied.message());
}

#[test]
fn without_an_approver_the_caller_is_told_that_one_is_needed() {
    let guard = Guard::from_yaml(policy(&ASKS.replace("ON", "deny"))).unwrap();
    let error = now(guard.run(call("deploy"), async |_| Ok::<_, String>(Value::Null))).unwrap_err();
    assert!(matches!(error, RunError::NeedsApproval(_)));
    let Before::Asked(asked) = guard.before_now(call("deploy")).unwrap() else { panic!("asked") };
    assert_eq!(asked.call().tool, "deploy");
    let Before::Allowed(permit) = now(asked.grant("ann")) else { panic!("granted") };
    assert_eq!(permit.call().unwrap().tool, "deploy");
}

#[test]
fn an_answer_that_comes_later_is_held_to_what_the_policy_says() {
    let asked = |on_timeout: &str| {
        let guard = Guard::from_yaml(policy(&ASKS.replace("ON", on_timeout))).unwrap();
        let Before::Asked(asked) = guard.before_now(call("deploy")).unwrap() else { panic!("asked") };
        asked
    };
    for (answer, on_timeout, runs) in [
        (granted(&["release"]), "deny", true),
        (granted(&["interns"]), "allow", false),
        (granted(&[]), "allow", false),
        (Approval::TimedOut, "deny", false),
        (Approval::TimedOut, "allow", true),
    ] {
        let what = format!("{answer:?} {on_timeout}");
        assert_eq!(matches!(now(asked(on_timeout).answer(answer)), Before::Allowed(_)), runs, "{what}");
    }
}

#[test]
fn a_reload_that_fails_keeps_the_old_policy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.yaml");
    std::fs::write(&path, policy("  default: deny\n")).unwrap();
    let recorded = Recorded::default();
    let guard = Guard::builder().file(&path).audit(recorded.clone()).build().unwrap();
    let version = guard.policy_version();
    std::fs::write(&path, policy("  default: maybe\n")).unwrap();
    let error = guard.reload().unwrap_err();
    assert!(error.to_string().contains("CG0204"), "{error}");
    assert_eq!((guard.policy_version(), guard.check_now(call("x")).unwrap().effect), (version.clone(), Effect::Deny));
    std::fs::write(&path, policy("  default: allow\n")).unwrap();
    guard.reload().unwrap();
    assert_eq!(guard.check_now(call("x")).unwrap().effect, Effect::Allow);
    assert_ne!(guard.policy_version(), version);
    guard.flush();
    assert_eq!(recorded.actions(), ["policy_loaded", "policy_rejected", "policy_loaded"]);
}

#[test]
fn a_file_that_is_not_there_is_an_error_with_its_name() {
    let error = Guard::from_file("nowhere.yaml").err().unwrap();
    assert!(error.to_string().contains("nowhere.yaml"), "{error}");
    assert!(Guard::from_template("nothing").is_err());
    assert!(Guard::from_files(["template/file-agent", "template/research-agent"]).is_ok());
}

#[test]
fn events_of_a_call_are_a_pair_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let text = policy("  postconditions:\n    - { id: r, redact: { detect: [us_ssn] } }\n");
    let sink = FileAuditSink::open(&path).unwrap();
    assert_eq!(sink.path(), path);
    let guard = Guard::builder().yaml("p", text).audit(sink).build().unwrap();
    let mut secret = call("query");
    secret.args.insert("api_key", Value::from("AKIAZ7VRSQ5TJN2XMPLQ"));
    secret.principal.claims.insert("token", Value::from("AKIAZ7VRSQ5TJN2XMPLQ"));
    now(guard.run(secret, async |_| Ok::<_, String>(Value::from("SSN 078-05-1120")))).unwrap();
    now(guard.run(call("query"), async |_| Err::<Value, _>("no connection"))).unwrap();
    drop(guard.before_now(call("query")).unwrap());
    if let Before::Allowed(permit) = guard.before_now(call("query")).unwrap() {
        drop(permit.start());
    }
    drop(guard);
    let text = std::fs::read_to_string(&path).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let events: Vec<serde_json::Value> =
        lines.filter(|line: &serde_json::Value| line.get("record").is_none()).collect();
    let actions: Vec<&str> = events.iter().map(|event| event["action"].as_str().unwrap()).collect();
    let expected = [
        "policy_loaded",
        "call_allowed",
        "result_redacted",
        "call_allowed",
        "call_failed",
        "call_allowed",
        "call_allowed",
        "unknown_outcome",
    ];
    assert_eq!(actions, expected);
    assert_eq!(events[1]["call_id"], events[2]["call_id"]);
    assert!(events.iter().all(|event| event["policy_version"].as_str().unwrap().starts_with("sha256:")));
    assert!(!text.contains("AKIAZ7VRSQ5TJN2XMPLQ") && !text.contains("078-05-1120"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn windows_slide_on_the_guards_own_clock() {
    let clock = TestClock::at(Timestamp::UNIX_EPOCH);
    let text = policy("  session:\n    - { id: l, limit: { calls: 2, window: 1m } }\n");
    let guard = Guard::builder().yaml("p", text).clock(clock.clone()).build().unwrap();
    let run = |advance: u64| {
        clock.advance_millis(advance);
        now(guard.run(call("x"), async |_| Ok::<_, String>(Value::Null))).is_ok()
    };
    assert_eq!([run(0), run(30_000), run(0), run(29_000), run(2_000), run(0)], [true, true, false, false, true, false]);
}

#[test]
fn a_tool_is_hidden_only_if_it_can_never_run() {
    let text = policy(
        "  default: deny\n  tools:\n    - { name: [read, write, drop], side_effect: read }\n  preconditions:\n    \
         - { id: r, tools: read, action: allow }\n    - { id: w, tools: write, when: { args.path: { under: . } }, action: allow }\n    \
         - { id: d, tools: drop, unless: { principal.role: admin }, action: deny }\n    \
         - { id: a, tools: drop, when: { principal.role: admin }, action: allow }\n",
    );
    let guard = Guard::from_yaml(text).unwrap();
    let admin = |tool: &str| {
        let mut call = call(tool);
        call.principal.role = Some("admin".to_owned());
        call
    };
    assert!(guard.could_run(&call("read")) && guard.could_run(&call("write")));
    assert!(!guard.could_run(&call("drop")) && guard.could_run(&admin("drop")));
    assert!(!guard.could_run(&call("other")));
}

#[test]
fn a_guard_can_be_asked_without_consequences() {
    let text = policy(
        "  preconditions:\n    - { id: d, tools: drop, action: deny, message: never }\n  postconditions:\n    \
         - { id: w, tools: read, when: { output.text: { contains: private } }, action: withhold, message: not for you }\n",
    );
    let guard = Guard::builder().yaml("p", text).audit(callguard::sink::StdoutAuditSink).build().unwrap();
    let explained = guard.explain_now(call("drop")).unwrap();
    assert_eq!(explained.explanation.unwrap().contracts.len(), 1);
    let seen = guard.check_result(&call("read"), Output::success("private numbers"));
    assert_eq!((seen.effect, seen.output.text().into_owned()), (ResultEffect::Withhold, "not for you".to_owned()));
    assert_eq!(guard.refusal("no JSON").decider.to_string(), "(schema)");
    let session = callguard::engine::session::SessionKey::of(&std::sync::Arc::new(call("drop")));
    assert_eq!(now(guard.session(session.clone())).unwrap().attempts, 0);
    let Before::Denied(denied) = guard.before_now(call("drop")).unwrap() else { panic!("denied") };
    assert_eq!((denied.message(), denied.decision().effect), ("never", Effect::Deny));
    assert_eq!(now(guard.session(session)).unwrap().attempts, 1);
    assert!(guard.warnings().is_empty());
    guard.flush();
}

#[test]
fn without_a_terminal_nobody_answers() {
    use callguard::approval::TerminalApprover;
    for device in ["/dev/null", "/dev/there-is-no-such-device"] {
        let person = TerminalApprover::for_groups(["release".to_owned()]).on(device);
        let guard = Guard::builder().yaml("p", policy(&ASKS.replace("ON", "deny"))).approver(person).build().unwrap();
        let Before::Denied(denied) = guard.before_now(call("deploy")).unwrap() else { panic!("{device} answered") };
        assert!(denied.message().contains("nobody answered in time"), "{}", denied.message());
    }
}
