//! What becomes of calls while the audit cannot be written.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

use callguard::sink::AuditSink;
use callguard::{AuditEvent, Before, Effect, Guard, Object, OnAuditFailure, ToolEnvelope};
use jiff::Timestamp;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

fn policy(body: &str) -> String {
    format!("apiVersion: callguard/v1\nkind: Policy\nmetadata: {{ name: p }}\nspec:\n{body}")
}

fn call(tool: &str) -> ToolEnvelope {
    ToolEnvelope::new(tool, Object::default(), Timestamp::UNIX_EPOCH)
}

/// Flushing nothing may work where nothing can be written.
struct Broken;

impl AuditSink for Broken {
    fn write(&mut self, _event: &AuditEvent) -> std::io::Result<()> {
        Err(std::io::Error::other("the disk is full"))
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_an_audit_that_fails_means_the_host_says() {
    let text = policy(
        "  default: allow\n  tools: [{ name: look, side_effect: read }, { name: change, side_effect: write }]\n",
    );
    for (what, look, change) in [
        (OnAuditFailure::Continue, Effect::Allow, Effect::Allow),
        (OnAuditFailure::DenyWrites, Effect::Allow, Effect::Deny),
        (OnAuditFailure::Deny, Effect::Deny, Effect::Deny),
    ] {
        let builder = Guard::builder().yaml("p", text.clone()).audit(Broken).on_audit_failure(what);
        let guard = builder.build().unwrap();
        guard.flush();
        assert!(guard.audit_failures() > 0);
        assert_eq!(guard.check_now(call("look")).unwrap().effect, look, "{what:?}");
        for tool in ["change", "undeclared"] {
            assert_eq!(guard.check_now(call(tool)).unwrap().effect, change, "{what:?} {tool}");
        }
    }
}

/// Takes what it is told to take.
#[derive(Clone, Default)]
struct Moody {
    fails: Arc<AtomicBool>,
    taken: Arc<Mutex<Vec<String>>>,
}

impl AuditSink for Moody {
    fn write(&mut self, event: &AuditEvent) -> std::io::Result<()> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(std::io::Error::other("the disk is full"));
        }
        self.taken.lock().unwrap().push(event.action().to_owned());
        Ok(())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_may_change_something_runs_once_it_is_recorded() {
    let text = policy(
        "  default: allow\n  tools: [{ name: look, side_effect: read }, { name: change, side_effect: write }]\n  session:\n    \
         - { id: once, tools: change, limit: { calls: 1 } }\n",
    );
    let sink = Moody::default();
    let builder = Guard::builder().yaml("p", text).audit(sink.clone()).intent_first(true);
    let guard = builder.on_audit_failure(OnAuditFailure::DenyWrites).build().unwrap();
    guard.flush();
    sink.fails.store(true, Ordering::SeqCst);
    // The decision itself is the first event that cannot be written.
    let Before::Denied(denied) = guard.before_now(call("change")).unwrap() else { panic!("it is not recorded") };
    assert_eq!(denied.decision().decider.to_string(), "(hook)");
    assert!(matches!(guard.before_now(call("look")).unwrap(), Before::Allowed(_)), "it changes nothing");
    sink.fails.store(false, Ordering::SeqCst);
    drop(guard.before_now(call("look")).unwrap());
    guard.flush();
    sink.taken.lock().unwrap().clear();
    let Before::Allowed(permit) = guard.before_now(call("change")).unwrap() else {
        panic!("what was reserved went back")
    };
    assert_eq!(*sink.taken.lock().unwrap(), ["call_allowed"], "before it runs");
    drop(permit);
}
