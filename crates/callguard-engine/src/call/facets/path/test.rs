//! `under`, `path_like` and equality.

use super::bigrams::Bigrams;
use super::cx::{FileId, PathCx, Resolution};
use super::fold::{fold, skeleton};
use super::glob::Glob;
use super::globbed::NameGlob;
use super::needs::{Need, Needs};
use super::pattern::Pattern;
use super::spelled::Spelled;
use super::starts::{Form, Starts};
use super::value::{Extent, PathAccess, PathValue, Reading, ReadingKind};
use super::walk::Meeting;
use crate::call::facets::OperandError;
use crate::decide::{Direction, Truth};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::cell::OnceCell;

/// A test of one path.
#[derive(Clone, Debug)]
pub struct PathTest {
    lines: Vec<Line>,
    needs: Needs,
}

#[derive(Clone, Debug)]
struct Line {
    excludes: bool,
    /// `under` and equality mean what they say; a line of gitignore's language also covers what is below.
    covers_below: bool,
    pattern: Pattern,
    /// What stands in every path that matches.
    fragment: Bigrams,
    /// The same of what it looks like.
    looks: Bigrams,
}

impl PathTest {
    fn new(lines: Vec<Line>) -> PathTest {
        PathTest { lines, needs: Needs::default() }
    }

    /// The lines that may be anything to a value.
    fn lines_for(&self, value: &PathValue, cx: &PathCx) -> SmallVec<[&Line; 8]> {
        let of = |line: &Line| Need::of(&line.pattern, line.fragment, line.looks, cx);
        match self.needs.of(cx, || self.lines.iter().map(of).collect()) {
            Some(needs) if value.files.is_empty() => {
                let all = self.lines.iter().zip(needs);
                all.filter(|(_, need)| need.may_be_met_by(value)).map(|(line, _)| line).collect()
            }
            _ => self.lines.iter().collect(),
        }
    }

    /// `under`: one of these places, or below it, on component boundaries.
    ///
    /// # Errors
    /// An empty list, an empty operand, or one with a glob.
    pub fn under(operands: &[String]) -> Result<PathTest, OperandError> {
        places("under", operands, Pattern::under)
    }

    /// Equality with one of these places.
    ///
    /// # Errors
    /// An empty list or an empty operand.
    pub fn equals(operands: &[String]) -> Result<PathTest, OperandError> {
        non_empty("equals", operands)?;
        Ok(PathTest::new(operands.iter().map(|operand| Line::place(Pattern::exactly(operand))).collect()))
    }

    /// `path_like`: gitignore's language, the last line that matches decides.
    ///
    /// # Errors
    /// An empty list or pattern, a comment, an unclosed `[`, or nothing but exclusions.
    pub fn like(patterns: &[String]) -> Result<PathTest, OperandError> {
        non_empty("path_like", patterns)?;
        let lines = patterns.iter().map(|line| Line::parse(line)).collect::<Result<Vec<_>, _>>()?;
        if lines.iter().all(|line| line.excludes) {
            return Err(OperandError {
                message: "a list with nothing but exclusions matches no path".to_owned(),
                help: Some("say first what matches, for example `**`, then what does not".to_owned()),
            });
        }
        Ok(PathTest::new(lines))
    }

    /// A glob over one operand of a command: the path itself, not what is below it.
    pub(in super::super) fn operand(pattern: &str) -> Result<PathTest, OperandError> {
        let mut line = Line::parse(pattern)?;
        line.covers_below = false;
        Ok(PathTest::new(vec![line]))
    }

    /// Whether it holds of `value`, read in `direction`.
    pub fn holds(&self, value: &PathValue, direction: Direction, cx: &PathCx) -> Truth {
        let globs = value.globs.iter().map(|names| Meaning::Glob(names));
        let meanings: SmallVec<[Meaning<'_>; 4]> = value.readings.iter().map(Meaning::of).chain(globs).collect();
        let lines = self.lines_for(value, cx);
        let lines: SmallVec<[Placed<'_>; 2]> = lines.into_iter().map(|line| Placed::new(line, value, cx)).collect();
        match direction {
            Direction::Restricting => {
                let readings = meanings.iter().map(|meaning| restricts(&lines, meaning));
                let same_file = Truth::from(lines.iter().any(Placed::is_same_file));
                let more = if value.doubt.is_some() { Truth::Unknown } else { Truth::False };
                Truth::any(readings).or(same_file).or(more)
            }
            Direction::Excusing if value.guessed || value.doubt.is_some() || meanings.is_empty() => Truth::Unknown,
            Direction::Excusing => {
                let plain = meanings.iter().filter(|meaning| !meaning.is_folded());
                Truth::all(plain.map(|meaning| excuses(&lines, meaning))).and(!excluded(&lines, &meanings))
            }
        }
    }
}

impl PathTest {
    /// Texts, one of which stands in every plain path of which it may hold, where the workspace and the home are known;
    /// see [`PathValue::plain`]. None where it may hold without.
    pub(crate) fn fragments(&self) -> Option<Vec<String>> {
        let wanted = self.lines.iter().filter(|line| !line.excludes);
        wanted.map(|line| line.pattern.fragment()).collect()
    }
}

impl PathValue {
    /// Every reading, where nothing but their text decides; none where there is more to it (a doubt, a guess, a tree, a
    /// glob, letters beyond ASCII).
    pub(crate) fn plain(&self) -> Option<impl Iterator<Item = &str>> {
        let more = self.doubt.is_some() || self.guessed || self.extent != Extent::One || !self.globs.is_empty();
        let plain = !more && !self.readings.is_empty() && self.readings.iter().all(|reading| reading.path.is_ascii());
        plain.then(|| self.readings.iter().map(|reading| reading.path.as_str()))
    }
}

fn restricts(lines: &[Placed<'_>], meaning: &Meaning<'_>) -> Truth {
    lines.iter().fold(Truth::False, |state, line| {
        if line.line.excludes { state.and(!line.strictly(meaning)) } else { state.or(line.generously(meaning)) }
    })
}

/// Exclusions that come later take back; they are read over every reading by [`excluded`].
fn excuses(lines: &[Placed<'_>], meaning: &Meaning<'_>) -> Truth {
    Truth::any(lines.iter().filter(|line| !line.line.excludes).map(|line| line.strictly(meaning)))
}

/// Whether an exclusion that nothing after it takes back may mean the value.
fn excluded(lines: &[Placed<'_>], meanings: &[Meaning<'_>]) -> Truth {
    let of_meaning = |meaning: &Meaning<'_>| {
        lines.iter().fold(Truth::False, |state, line| {
            if line.line.excludes { state.or(line.generously(meaning)) } else { state.and(!line.strictly(meaning)) }
        })
    };
    Truth::any(meanings.iter().map(of_meaning))
}

/// One thing that a value may mean. Paths are normal.
#[derive(Debug)]
enum Meaning<'a> {
    Path(Spelled<'a>),
    /// And what it looks like, where that is something else.
    Folded(Spelled<'a>, Option<Spelled<'a>>),
    Glob(&'a [NameGlob]),
}

impl<'a> Meaning<'a> {
    fn of(reading: &'a Reading) -> Meaning<'a> {
        let spelled = Spelled::of(reading);
        match reading.kind {
            ReadingKind::Folded => Meaning::Folded(spelled, reading.looks.as_deref().map(Spelled::of)),
            ReadingKind::Spelled | ReadingKind::Resolved => Meaning::Path(spelled),
        }
    }

    fn is_folded(&self) -> bool {
        matches!(self, Meaning::Folded(..))
    }
}

impl Line {
    fn new(excludes: bool, covers_below: bool, pattern: Pattern) -> Line {
        let fragment = pattern.fragment();
        let of = |text: Option<&str>| text.map_or(Bigrams::NONE, Bigrams::of);
        let looks = of(fragment.as_deref().map(|text| skeleton(&fold(text))).as_deref());
        Line { excludes, covers_below, fragment: of(fragment.as_deref()), looks, pattern }
    }

    fn place(pattern: Pattern) -> Line {
        Line::new(false, false, pattern)
    }

    fn parse(line: &str) -> Result<Line, OperandError> {
        let (excludes, body) = match line.strip_prefix('!') {
            Some(body) => (true, body),
            None => (false, line),
        };
        if body.trim().is_empty() || body.chars().all(|c| c == '/') && excludes {
            return Err(OperandError {
                message: format!("the pattern `{line}` is empty"),
                help: Some("write a path or a glob, for example `**/.env`".to_owned()),
            });
        }
        if body.starts_with('#') {
            return Err(OperandError {
                message: format!("the pattern `{line}` is a comment in gitignore's language"),
                help: Some("write `\\#` for a name that starts with `#`".to_owned()),
            });
        }
        if body.split('/').any(Glob::has_unclosed_class) {
            return Err(OperandError {
                message: format!("the pattern `{line}` has a `[` that is not closed"),
                help: Some("close it, or write `\\[` for the character itself".to_owned()),
            });
        }
        let pattern = Pattern::like(body).ok_or_else(|| OperandError {
            message: format!("the pattern `{line}` goes up from a glob"),
            help: Some("write the place without `..`".to_owned()),
        })?;
        Ok(Line::new(excludes, true, pattern))
    }
}

/// A line where this call reads it.
struct Placed<'a> {
    line: &'a Line,
    value: &'a PathValue,
    cx: &'a PathCx,
    /// Whether it is known where the line starts; found out when it is first asked for.
    is_known: bool,
    starts: OnceCell<Option<Cow<'a, Starts>>>,
}

impl<'a> Placed<'a> {
    fn new(line: &'a Line, value: &'a PathValue, cx: &'a PathCx) -> Placed<'a> {
        Placed { line, value, cx, is_known: line.pattern.starts_are_known(cx), starts: OnceCell::new() }
    }

    fn starts(&self) -> Option<&Starts> {
        self.starts.get_or_init(|| self.line.pattern.starts(self.cx)).as_deref()
    }

    fn is_same_file(&self) -> bool {
        if self.line.excludes || self.value.files.is_empty() || !self.line.pattern.is_literal() {
            return false;
        }
        let start = self.starts().and_then(|starts| starts.all().first());
        let file = start.and_then(|start| identity(start.exact(), self.cx));
        file.is_some_and(|file| self.value.files.contains(&file))
    }

    /// How a meaning meets it: from where it surely starts, or from wherever it may.
    fn meet(&self, meaning: &Meaning<'_>, form: Form, surely: bool) -> Option<Meeting> {
        if !self.is_known {
            return None;
        }
        if self.lacks_fragment(meaning) {
            return Some(Meeting::default());
        }
        let starts = self.starts().map(|starts| if surely { starts.sure() } else { starts.all() })?;
        Some(match meaning {
            Meaning::Path(spelled) | Meaning::Folded(spelled, _) => self.line.pattern.meet(spelled, starts, form),
            Meaning::Glob(names) => self.line.pattern.meet_glob(names, starts, surely),
        })
    }

    /// How what a path looks like meets it, from wherever it may start.
    fn meet_looks(&self, looks: &Spelled<'_>) -> Option<Meeting> {
        if !self.is_known {
            return None;
        }
        if !self.counts_below() && !looks.bigrams.may_have(self.line.looks) {
            return Some(Meeting::default());
        }
        Some(self.line.pattern.meet(looks, self.starts()?.all(), Form::Skeleton))
    }

    /// Whether the path has not what every path that matches has. What is below a tree may have it, where that counts.
    fn lacks_fragment(&self, meaning: &Meaning<'_>) -> bool {
        match meaning {
            Meaning::Path(spelled) | Meaning::Folded(spelled, _) => {
                !self.counts_below() && !spelled.bigrams.may_have(self.line.fragment)
            }
            Meaning::Glob(_) => false,
        }
    }

    /// All that the value is certainly matches.
    fn strictly(&self, meaning: &Meaning<'_>) -> Truth {
        let form = if meaning.is_folded() { Form::Folded } else { Form::Exact };
        self.meet(meaning, form, true).map_or(Truth::Unknown, |meeting| {
            Truth::from(if self.value.extent == Extent::Tree { meeting.whole_tree } else { meeting.itself })
        })
    }

    /// Something of what the value may be matches.
    fn generously(&self, meaning: &Meaning<'_>) -> Truth {
        match meaning {
            Meaning::Folded(_, looks) => {
                let folded = self.reaches(self.meet(meaning, Form::Folded, false));
                looks.as_ref().map_or(folded, |looks| folded.or(self.reaches(self.meet_looks(looks))))
            }
            _ => self.reaches(self.meet(meaning, Form::Exact, false)),
        }
    }

    /// Whether what is below the path counts: not where a tree is read, and the line is one of any depth.
    fn counts_below(&self) -> bool {
        let is_search = self.value.access == PathAccess::Read && self.line.pattern.starts_anywhere();
        self.value.extent == Extent::Tree && !is_search
    }

    fn reaches(&self, meeting: Option<Meeting>) -> Truth {
        let Some(meeting) = meeting else { return Truth::Unknown };
        let reaches_below = meeting.below && self.counts_below();
        Truth::from(meeting.itself || reaches_below || self.line.covers_below && meeting.above)
    }
}

fn identity(start: &str, cx: &PathCx) -> Option<FileId> {
    match cx.resolver.resolve(start) {
        Resolution::Resolved { file, .. } => file,
        _ => None,
    }
}

fn places(operator: &str, operands: &[String], pattern: fn(&str) -> Pattern) -> Result<PathTest, OperandError> {
    non_empty(operator, operands)?;
    if let Some(operand) = operands.iter().find(|operand| operand.contains(['*', '?'])) {
        return Err(OperandError {
            message: format!("`{operator}` takes a place, and `{operand}` is a glob"),
            help: Some("use `path_like` for globs".to_owned()),
        });
    }
    Ok(PathTest::new(operands.iter().map(|operand| Line::place(pattern(operand))).collect()))
}

fn non_empty(operator: &str, operands: &[String]) -> Result<(), OperandError> {
    if operands.is_empty() {
        return Err(OperandError { message: format!("`{operator}` has an empty list"), help: None });
    }
    if let Some(operand) =
        operands.iter().find(|operand| operand.trim().is_empty() || operand.contains(char::is_control))
    {
        let problem = if operand.trim().is_empty() { "an empty path" } else { "a path with a control character" };
        return Err(OperandError {
            message: format!("`{operator}` has {problem}"),
            help: Some("write a path; `.` is the workspace, `~` the home".to_owned()),
        });
    }
    Ok(())
}
