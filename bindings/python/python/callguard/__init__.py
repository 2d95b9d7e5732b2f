"""CallGuard: runtime contracts for AI agents.

>>> from callguard import CallGuard
>>> guard = CallGuard.from_yaml_string('''
... apiVersion: callguard/v1
... kind: Policy
... metadata: { name: ops }
... spec:
...   preconditions:
...     - id: no-prod
...       tools: deploy
...       when: { args.target: production }
...       action: deny
...       message: "Deploy to staging first."
... ''')
>>> guard.check("deploy", {"target": "production"}).message
'Deploy to staging first.'
"""

from __future__ import annotations

from callguard._approval import Approval, ApprovalRequest, Approver
from callguard._builtins import deny_sensitive_reads
from callguard._contracts import OperationLimits, Verdict, postcondition, precondition, session_contract
from callguard._errors import (
    CallGuardApprovalRequired,
    CallGuardConfigError,
    CallGuardDenied,
    CallGuardError,
    CallGuardResultWithheld,
    CallGuardToolError,
)
from callguard._guard import CallGuard, create_envelope
from callguard._hooks import Hook, HookDecision, HookResult, after_hook, before_hook
from callguard._native import Decision, Principal, RedactionPolicy, ToolEnvelope, __version__
from callguard._permit import Allowed, Denied, NeedsApproval
from callguard._session import Session
from callguard._side_effect import SideEffect
from callguard._sinks import (
    AuditConfig,
    AuditSink,
    DatadogSink,
    Delivery,
    FileAuditSink,
    OTLPSink,
    RemoteAuditSink,
    SinkStatus,
    SplunkHECSink,
    StdoutAuditSink,
    SyslogSink,
    WebhookAuditSink,
)
from callguard.storage import MemoryStorageBackend, StorageBackend

__all__ = [
    "Allowed",
    "Approval",
    "ApprovalRequest",
    "Approver",
    "AuditConfig",
    "AuditSink",
    "CallGuard",
    "CallGuardApprovalRequired",
    "CallGuardConfigError",
    "CallGuardDenied",
    "CallGuardError",
    "CallGuardResultWithheld",
    "CallGuardToolError",
    "DatadogSink",
    "Decision",
    "Delivery",
    "Denied",
    "FileAuditSink",
    "Hook",
    "HookDecision",
    "HookResult",
    "MemoryStorageBackend",
    "NeedsApproval",
    "OTLPSink",
    "OperationLimits",
    "Principal",
    "RedactionPolicy",
    "RemoteAuditSink",
    "Session",
    "SideEffect",
    "SinkStatus",
    "SplunkHECSink",
    "StdoutAuditSink",
    "StorageBackend",
    "SyslogSink",
    "ToolEnvelope",
    "Verdict",
    "WebhookAuditSink",
    "__version__",
    "after_hook",
    "before_hook",
    "create_envelope",
    "deny_sensitive_reads",
    "postcondition",
    "precondition",
    "session_contract",
]
