//! What operations people name: services, regions, verbs. Literals are built of these, so that they share beginnings and
//! words with each other and with what is called, as real ones do.

pub(crate) const SERVICES: &[&str] = &[
    "billing",
    "billing-api",
    "billing-worker",
    "ledger",
    "invoices",
    "payments",
    "payments-gateway",
    "checkout",
    "cart",
    "catalogue",
    "search",
    "search-indexer",
    "orders",
    "orders-api",
    "shipping",
    "warehouse",
    "inventory",
    "identity",
    "identity-admin",
    "accounts",
    "sessions",
    "profiles",
    "notifications",
    "mailer",
    "reports",
    "reports-nightly",
    "analytics",
    "events",
    "event-store",
    "gateway",
    "edge-proxy",
    "media",
    "thumbnails",
    "uploads",
    "exports",
    "imports",
    "scheduler",
    "audit-log",
    "fraud",
    "risk",
    "pricing",
    "promotions",
    "recommendations",
    "support",
    "tickets",
    "crm",
    "contracts",
    "documents",
    "signatures",
    "backoffice",
    "metrics",
    "alerts",
    "vault-sync",
    "secrets-broker",
    "registry",
    "artifacts",
    "ci-runner",
    "deployer",
    "feature-flags",
    "config-server",
];
pub(crate) const STAGES: &[&str] = &["production", "staging", "preprod", "canary", "dr", "sandbox", "qa", "loadtest"];
pub(crate) const REGIONS: &[&str] =
    &["eu-west-1", "eu-central-1", "us-east-1", "us-west-2", "ap-south-1", "ap-northeast-1", "sa-east-1", "af-south-1"];
pub(crate) const KINDS: &[&str] = &[
    "namespace",
    "deployment",
    "statefulset",
    "secret",
    "configmap",
    "pvc",
    "ingress",
    "service",
    "cronjob",
    "daemonset",
];
pub(crate) const VERBS: &[&str] = &[
    "kubectl delete",
    "kubectl scale --replicas=0",
    "kubectl patch",
    "kubectl replace --force",
    "kubectl drain",
    "terraform destroy -target=module",
    "terraform state rm module",
    "helm uninstall",
    "helm rollback",
    "aws s3 rb --force s3:/",
    "aws rds delete-db-instance",
    "aws iam delete-role",
    "gcloud sql instances delete",
    "az group delete",
    "psql --command 'drop database",
    "psql --command 'truncate",
    "redis-cli flushall --host",
    "systemctl stop",
    "systemctl mask",
    "docker rm --force",
    "docker volume rm",
    "git push --force origin",
    "git push --delete origin",
    "rm -rf /srv/releases",
    "rm -rf /var/lib",
    "chmod -R 777 /srv",
    "chown -R nobody /var/lib",
    "vault kv delete secret",
    "consul kv delete services",
    "kafka-topics --delete --topic",
];
pub(crate) const PLACES: &[&str] = &[
    "/srv/releases",
    "/srv/shared",
    "/var/lib",
    "/var/log",
    "/var/backups",
    "/etc",
    "/opt",
    "/home/deploy",
    "/usr/local/etc",
    "/run/secrets",
];
pub(crate) const FOLDERS: &[&str] = &[
    "config",
    "config/tls",
    "certs",
    "keys",
    "migrations",
    "current/config",
    "current/db",
    "shared/config",
    "wal",
    "archive",
    "snapshots",
    "hooks",
    "cron.d",
    "conf.d",
    "templates",
    "state",
];
pub(crate) const FILES: &[&str] = &[
    "credentials.json",
    "database.yml",
    "master.key",
    "server.key",
    "tls.pem",
    ".env.production",
    "terraform.tfstate",
    "kubeconfig",
    "id_ed25519",
    "service-account.json",
    "secrets.yaml",
    "dump.sql",
    "htpasswd",
    "ca.crt",
    "token",
    "values.production.yaml",
];
pub(crate) const NAMES: &[&str] = &[
    "DB_PASSWORD",
    "API_KEY",
    "SIGNING_SECRET",
    "WEBHOOK_TOKEN",
    "S3_SECRET_KEY",
    "OAUTH_CLIENT_SECRET",
    "JWT_PRIVATE_KEY",
    "ENCRYPTION_KEY",
    "SMTP_PASSWORD",
    "SENTRY_DSN",
    "STRIPE_KEY",
    "REPLICATION_PASSWORD",
    "ROOT_TOKEN",
    "SSH_PASSPHRASE",
];
pub(crate) const TABLES: &[&str] = &[
    "invoices",
    "invoice_lines",
    "payments",
    "refunds",
    "customers",
    "addresses",
    "sessions",
    "api_keys",
    "ledger_entries",
    "audit_events",
    "orders",
    "order_lines",
    "shipments",
    "stock_levels",
    "price_lists",
    "coupons",
    "users",
    "roles",
    "permissions",
    "subscriptions",
];
pub(crate) const ROLES: &[&str] =
    &["intern", "contractor", "analyst", "support", "auditor", "vendor", "trainee", "guest", "partner", "reviewer"];

/// One word of each list for `index`: every combination comes before any comes again.
pub(crate) struct Pick(usize);

impl Pick {
    pub(crate) fn new(index: usize) -> Pick {
        Pick(index)
    }

    pub(crate) fn of<T: Copy>(&mut self, words: &[T]) -> T {
        let word = words[self.0 % words.len()];
        self.0 /= words.len();
        word
    }

    /// What is left: a number that tells apart what the words do not.
    pub(crate) fn rest(&self) -> usize {
        self.0
    }
}
