//! Sets of rules: as many as asked, none of which applies to the usual call.

use crate::calls::Call;
use crate::rules::{Field, Leaf, Rule, Test};
use crate::words::{FILES, FOLDERS, KINDS, NAMES, PLACES, Pick, REGIONS, ROLES, SERVICES, STAGES, TABLES, VERBS};

/// Text, equality and number leaves. The first rule is what [`Call::forbidden`] breaks.
pub fn plain(count: usize) -> Vec<Rule> {
    numbered(count, |place, id| if place == 0 { first(id) } else { plain_rule(place, id) })
}

/// The same with regex leaves.
pub fn regexes(count: usize) -> Vec<Rule> {
    numbered(count, |place, id| if place == 0 { first_regex(id) } else { regex_rule(place, id) })
}

/// `count` literals that a large text must not contain.
pub fn content(count: usize) -> Vec<Rule> {
    let literal = |place: usize| {
        let mut pick = Pick::new(place / 4 * 61);
        match place % 4 {
            0 => format!("{}_{} = \"", pick.of(SERVICES).to_uppercase().replace('-', "_"), pick.of(NAMES)),
            1 => format!("DROP TABLE {}.{}", pick.of(SERVICES).replace('-', "_"), pick.of(TABLES)),
            2 => format!("{}/{}/{}", pick.of(PLACES), pick.of(SERVICES), pick.of(FILES)),
            _ => format!("{} {}-{}", pick.of(VERBS), pick.of(SERVICES), pick.of(STAGES)),
        }
    };
    let rule = |place: usize| {
        let leaf = Leaf::new(Field::Content, Test::Contains(literal(place)));
        let message = "This text must not be written here; ask the owner of the service.".to_owned();
        Rule::new(format!("content-{place:05}"), vec![leaf], message)
    };
    (0..count).map(rule).collect()
}

/// One rule for each of `count` tools, the called one among them.
pub fn one_per_tool(count: usize) -> Vec<Rule> {
    let mut rules = elsewhere(count.saturating_sub(1), count);
    rules.push(first("tool-last".to_owned()));
    rules
}

/// `count` rules, spread over `tools` tools that are not the called one.
pub fn elsewhere(count: usize, tools: usize) -> Vec<Rule> {
    let mut rules = plain(count);
    for (place, rule) in rules.iter_mut().enumerate() {
        let mut pick = Pick::new(place % tools);
        let words = ["read", "write", "list", "delete", "update", "create", "search", "run"];
        let (service, kind, word) = (pick.of(SERVICES), pick.of(KINDS), pick.of(&words));
        rule.tool = format!("mcp__{}__{word}_{kind}_{}", service.replace('-', "_"), pick.rest());
        rule.id = format!("else-{place:05}");
    }
    rules
}

fn numbered(count: usize, make: impl Fn(usize, String) -> Rule) -> Vec<Rule> {
    let calls = [Call::usual(), Call::forbidden(), Call::in_question()];
    let fits = |place: &usize, rule: &Rule| *place == 0 || !calls.iter().any(|call| rule.comes_near(call));
    let all = (0..).map(|place| (place, make(place, format!("rule-{place:05}"))));
    all.filter(|(place, rule)| fits(place, rule)).map(|(_, rule)| rule).take(count).collect()
}

fn first(id: String) -> Rule {
    let leaves = vec![
        Leaf::new(Field::Command, Test::Contains("kubectl delete namespace billing-production".to_owned())),
        production(),
    ];
    Rule::new(id, leaves, "Namespaces of production are not deleted by {principal.role}; open a change.".to_owned())
}

fn first_regex(id: String) -> Rule {
    let test = matches(r"(?i)\bkubectl\s+delete\s+(?:ns|namespace)\s+billing-prod[a-z0-9-]*", "billing-prod");
    Rule { leaves: vec![Leaf::new(Field::Command, test), production()], ..first(id) }
}

fn production() -> Leaf {
    Leaf::new(Field::Environment, Test::In(vec!["production".to_owned()]))
}

fn plain_rule(place: usize, id: String) -> Rule {
    // The first two kinds are one, twice as frequent.
    let (kind, turn) = (place % 10, place / 10);
    let mut pick = Pick::new(if kind < 2 { turn * 2 + kind } else { turn });
    let (service, stage) = (pick.of(SERVICES), pick.of(STAGES));
    let one = |field, test| vec![Leaf::new(field, test)];
    let leaves = match kind {
        0 | 1 => {
            let verb = pick.of(VERBS);
            let object = if verb.starts_with("kubectl") { format!("{} ", pick.of(KINDS)) } else { String::new() };
            one(Field::Command, Test::Contains(format!("{verb} {object}{service}-{stage}")))
        }
        2 => one(Field::Command, Test::StartsWith(format!("{} {service}-{stage}", pick.of(VERBS)))),
        3 => {
            let (root, folder) = (pick.of(PLACES), pick.of(FOLDERS));
            one(Field::Path, Test::StartsWith(format!("{root}/{service}-{stage}/{folder}/{}", pick.of(FILES))))
        }
        4 => {
            let (folder, file) = (pick.of(FOLDERS), pick.of(FILES));
            one(Field::Path, Test::EndsWith(format!("/{service}-{stage}/{folder}/{file}")))
        }
        5 => one(Field::Host, Test::In(vec![format!("{service}-{stage}.{}.internal.example", pick.of(REGIONS))])),
        6 => one(Field::Host, Test::EndsWith(format!("{stage}.{service}.{}.example.com", pick.of(REGIONS)))),
        7 => {
            let above = Leaf::new(Field::Amount, Test::Above(5_000 + 250 * u64::try_from(place).unwrap_or_default()));
            vec![above, Leaf::new(Field::Role, Test::In(vec!["sre".to_owned(), pick.of(ROLES).to_owned()]))]
        }
        8 => {
            let role = Leaf::new(Field::Role, Test::In(vec![pick.of(ROLES).to_owned()]));
            let host = format!("{service}-{stage}.internal.example");
            vec![role, Leaf::new(Field::Host, Test::In(vec![host]))]
        }
        _ => one(Field::Command, Test::Contains(constant(service, stage, pick.of(NAMES)))),
    };
    finish(place, id, leaves)
}

/// `BILLING_API_STAGING_DB_PASSWORD`
fn constant(service: &str, stage: &str, name: &str) -> String {
    format!("{service}_{stage}").to_uppercase().replace('-', "_") + "_" + name
}

fn regex_rule(place: usize, id: String) -> Rule {
    let mut pick = Pick::new(place / 5);
    let (service, stage) = (pick.of(SERVICES), pick.of(STAGES));
    let (field, test) = match place % 5 {
        0 => {
            let (kind, literal) = (pick.of(KINDS), format!("{service}-{stage}"));
            let regex = format!(r"(?i)\bkubectl\s+(?:delete|drain)\s+{kind}s?\s+{literal}[a-z0-9-]*");
            (Field::Command, matches(&regex, &literal))
        }
        1 => {
            let literal = format!("{service}_{stage}.{}", pick.of(TABLES)).replace('-', "_");
            let regex = format!(r"(?i)\b(?:drop|truncate)\s+table\s+(?:if\s+exists\s+)?{}", regex::escape(&literal));
            (Field::Command, matches(&regex, &literal))
        }
        2 => {
            let literal = format!("{}/{service}-{stage}/{}/", pick.of(PLACES), pick.of(FOLDERS));
            (Field::Path, matches(&format!(r"^{literal}(?:.*/)?[\w.-]+\.(?:pem|key|p12|jks)$"), &literal))
        }
        3 => {
            let literal = format!(".{}.rds.{service}-{stage}.example", pick.of(REGIONS));
            (Field::Host, matches(&format!(r"^(?:[a-z0-9-]+){}$", regex::escape(&literal)), &literal))
        }
        _ => {
            let literal = constant(service, stage, pick.of(NAMES));
            (Field::Command, matches(&format!(r"\b{literal}=\S{{8,}}"), &literal))
        }
    };
    finish(place, id, vec![Leaf::new(field, test)])
}

/// Every third rule is for production only.
fn finish(place: usize, id: String, mut leaves: Vec<Leaf>) -> Rule {
    if place.is_multiple_of(3) {
        leaves.push(production());
    }
    Rule::new(id, leaves, "This change needs its owner; open a ticket and name it.".to_owned())
}

fn matches(regex: &str, literal: &str) -> Test {
    Test::Matches { regex: regex.to_owned(), literal: literal.to_owned() }
}
