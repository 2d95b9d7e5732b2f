//! `tools/list`: tools that this principal may never call are left out, page by page.

use super::envelope::{self, Envelope};
use serde_json::value::RawValue;

/// The `cacheScope` of a page that no cache may give to another principal.
const PRIVATE: &str = "\"private\"";

/// What became of a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// Nothing is hidden, and nothing says who may keep it: it goes on as it came.
    Whole,
    /// The page without what is hidden, kept for nobody else, as a line. It may be empty: the cursor behind it still counts.
    Filtered(Vec<u8>),
    /// It cannot be told which tools it lists.
    Unreadable,
}

/// Filters the answer to `tools/list` by the tools' names and definitions.
pub(crate) fn filter(answer: &Envelope<'_>, shows: impl Fn(&str, &RawValue) -> bool) -> Page {
    let Some(result) = answer.result else { return Page::Whole };
    let Some(members) = envelope::members(result.get()) else { return Page::Unreadable };
    if members.iter().any(|(key, _)| key != "tools" && envelope::resembles(key, "tools")) {
        return Page::Unreadable;
    }
    if !members.iter().any(|(key, _)| key == "tools") {
        return Page::Whole;
    }
    let Some(tools) = envelope::only(&members, "tools").and_then(|tools| envelope::elements(tools.get())) else {
        return Page::Unreadable;
    };
    let shown: Vec<&RawValue> =
        tools.iter().copied().filter(|tool| name(tool).is_some_and(|name| shows(&name, tool))).collect();
    let is_shared = members.iter().any(|(key, value)| key == "cacheScope" && value.get() != PRIVATE);
    if shown.len() == tools.len() && !is_shared {
        return Page::Whole;
    }
    Page::Filtered(write(answer, &members, &shown))
}

/// The name of a listed tool, if it has exactly one.
pub(super) fn name(tool: &RawValue) -> Option<String> {
    envelope::string(envelope::only(&envelope::members(tool.get())?, "name")?)
}

fn write(answer: &Envelope<'_>, members: &[(String, &RawValue)], shown: &[&RawValue]) -> Vec<u8> {
    let result = envelope::write(members, |key| match key {
        "tools" => Some(format!("[{}]", shown.iter().map(|tool| tool.get()).collect::<Vec<_>>().join(","))),
        // Another principal's page is another page, even where this one was shown everything.
        "cacheScope" => Some(PRIVATE.to_owned()),
        _ => None,
    });
    answer.write_line(|key| (key == "result").then(|| result.clone()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn page(line: &str) -> Page {
        filter(&Envelope::read(line).unwrap(), |name, _| name != "hidden")
    }

    fn filtered(line: &str) -> String {
        match page(line) {
            Page::Filtered(line) => String::from_utf8(line).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_page_with_nothing_to_hide_stays_as_it_is() {
        assert_eq!(page(r#"{"id":1,"result":{"tools":[ {"name":"a"} ],"cacheScope":"private"}}"#), Page::Whole);
        assert_eq!(page(r#"{"id":1,"result":{"tools":[ {"name":"a"} ]}}"#), Page::Whole);
        assert_eq!(page(r#"{"id":1,"error":{"code":1,"message":"x"}}"#), Page::Whole);
        assert_eq!(page(r#"{"id":1,"result":{"resultType":"input_required"}}"#), Page::Whole);
    }

    #[test]
    fn a_page_is_never_for_a_cache_that_others_share() {
        let line = r#"{"id":1,"result":{"tools":[{"name":"a"}],"cacheScope":"public"}}"#;
        assert_eq!(filtered(line), format!("{}\n", line.replace("public", "private")));
    }

    #[test]
    fn what_stays_is_as_it_was_written() {
        let line = r#"{"result":{"x":1e3,"tools":[{"name":"hidden"},{ "name":"a","n":0.10 }],"cacheScope":"public","nextCursor":"c"},"id":1}"#;
        let expected =
            r#"{"result":{"x":1e3,"tools":[{ "name":"a","n":0.10 }],"cacheScope":"private","nextCursor":"c"},"id":1}"#;
        assert_eq!(filtered(line), format!("{expected}\n"));
    }

    #[test]
    fn an_empty_page_keeps_its_cursor() {
        let line = r#"{"id":1,"result":{"tools":[{"name":"hidden"}],"nextCursor":"c"}}"#;
        assert_eq!(filtered(line), "{\"id\":1,\"result\":{\"tools\":[],\"nextCursor\":\"c\"}}\n");
    }

    #[test]
    fn a_tool_without_one_name_is_left_out() {
        let line = r#"{"id":1,"result":{"tools":[{"name":"a","name":"hidden"},{"title":"x"},7,{"name":"b"}]}}"#;
        assert_eq!(filtered(line), "{\"id\":1,\"result\":{\"tools\":[{\"name\":\"b\"}]}}\n");
    }

    #[test]
    fn a_page_with_two_readings_is_unreadable() {
        assert_eq!(page(r#"{"id":1,"result":{"tools":[],"tools":[{"name":"hidden"}]}}"#), Page::Unreadable);
        assert_eq!(page(r#"{"id":1,"result":{"Tools":[{"name":"hidden"}]}}"#), Page::Unreadable);
        assert_eq!(page(r#"{"id":1,"result":{"tools":{}}}"#), Page::Unreadable);
        assert_eq!(page(r#"{"id":1,"result":[]}"#), Page::Unreadable);
    }
}
