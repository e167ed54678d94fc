//! What is asked about the rows of a definition: the rows themselves, or what can be said of them.

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use super::definition::Members;
use super::told::Told;
use crate::failure::usage;

/// What to print instead of rows.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Instead of rows")]
pub(crate) struct ViewArgs {
    /// How many keys of --group-by make the groups, from the first on [default: all]
    #[arg(long, value_name = "N", conflicts_with = "what")]
    depth: Option<u64>,
    /// Print the rows, though the definition groups them
    #[arg(long, group = "what")]
    rows: bool,
    /// Print the values of these fields, with how many rows have each [default: the fields that the kind offers first]
    #[arg(long, value_name = "FIELD,…", num_args = 0..=1, default_missing_value = "", group = "what")]
    facets: Option<String>,
    /// Of --facets: only values that contain this
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Of --facets and --split: tell at most so many values one by one [default: 20, and 5]
    #[arg(long, value_name = "N")]
    top: Option<u64>,
    /// Of --facets hierarchy: the branch whose next level is wanted
    #[arg(long, value_name = "BRANCH")]
    under: Option<String>,
    /// Print how many rows there are over time, by minutes, hours, days, … [default: what suits the range]
    #[arg(long, value_name = "BUCKET", num_args = 0..=1, default_missing_value = "", group = "what")]
    histogram: Option<String>,
    /// Of --histogram: split the bars by this field
    #[arg(long, value_name = "FIELD")]
    split: Option<String>,
    /// Of --histogram: the time that is looked at [default: when it happened; the login]
    #[arg(long, value_name = "FIELD")]
    time: Option<String>,
    /// Login/logout only: print for how long each agent was signed in on each day
    #[arg(long, group = "what")]
    signed_in: bool,
    /// Print which rows have changed since the event of this seq was still to come, by the columns that are shown
    #[arg(long, value_name = "SEQ", group = "what")]
    changed_since: Option<i64>,
    /// Print the definition's compact form, for an address
    #[arg(long, group = "what")]
    link: bool,
}

/// What is asked.
#[derive(Debug, PartialEq)]
pub(crate) enum View {
    /// What is told row by row, and what is asked beside the definition.
    Told(Told, Members),
    /// The values of fields.
    Facets(Members),
    /// Rows over time.
    Histogram(Members),
    /// Which rows have changed since a seq.
    Changes(i64),
    /// The compact form.
    Link,
}

impl ViewArgs {
    /// What is asked about a definition.
    pub(crate) fn of(&self, definition: &Members) -> Result<View> {
        self.check()?;
        let keys = definition.get("group_by").and_then(Value::as_array).map_or(0, Vec::len);
        if let Some(facets) = &self.facets {
            return Ok(View::Facets(self.facets(facets)?));
        }
        if let Some(bucket) = &self.histogram {
            return Ok(View::Histogram(self.histogram(bucket)));
        }
        if self.link {
            return Ok(View::Link);
        }
        if let Some(since_seq) = self.changed_since {
            return Ok(View::Changes(since_seq));
        }
        if self.signed_in {
            return Ok(View::Told(Told::Days, Members::new()));
        }
        if keys == 0 && self.depth.is_some() {
            return Err(usage("--depth is about groups: expected --group-by too"));
        }
        if keys == 0 || self.rows {
            return Ok(View::Told(Told::Rows, Members::new()));
        }
        let depth = self.depth.map_or_else(|| Value::from(keys), Value::from);
        Ok(View::Told(Told::Groups, Members::from_iter([("depth".to_owned(), depth)])))
    }

    /// A flag that says more about another makes no sense alone.
    fn check(&self) -> Result<()> {
        let (facets, histogram) = (self.facets.is_some(), self.histogram.is_some());
        let alone = [
            ("--search", self.search.is_some() && !facets, "--facets"),
            ("--under", self.under.is_some() && !facets, "--facets hierarchy"),
            ("--top", self.top.is_some() && !facets && self.split.is_none(), "--facets, or --histogram with --split"),
            ("--split", self.split.is_some() && !histogram, "--histogram"),
            ("--time", self.time.is_some() && !histogram, "--histogram"),
        ];
        match alone.into_iter().find(|(_, is_alone, _)| *is_alone) {
            Some((flag, _, other)) => Err(usage(format!("{flag} says nothing alone: expected {other} too"))),
            None => Ok(()),
        }
    }

    fn facets(&self, fields: &str) -> Result<Members> {
        let fields: Vec<&str> = fields.split(',').map(str::trim).filter(|field| !field.is_empty()).collect();
        if fields.is_empty() {
            return match (&self.search, self.top, &self.under) {
                (None, None, None) => Ok(Members::new()),
                _ => Err(usage("expected the fields whose values are wanted, such as --facets agent,channel")),
            };
        }
        if self.under.is_some() && !fields.contains(&"hierarchy") {
            return Err(usage(format!("--under is about the levels of hierarchy; got --facets {}", fields.join(","))));
        }
        let facet = |field: &&str| {
            let under = self.under.as_ref().filter(|_| *field == "hierarchy");
            said([
                ("field", Some((*field).into())),
                ("search", text(self.search.as_ref())),
                ("top", self.top.map(Value::from)),
                ("under", text(under)),
            ])
        };
        Ok(said([("facets", Some(fields.iter().map(facet).map(Value::Object).collect()))]))
    }

    fn histogram(&self, bucket: &str) -> Members {
        let bucket = (!bucket.is_empty()).then(|| bucket.replace('-', "_").into());
        let histogram = said([
            ("field", text(self.time.as_ref())),
            ("bucket", bucket),
            ("split", text(self.split.as_ref())),
            ("top", self.top.map(Value::from)),
        ]);
        said([("histogram", Some(json!(histogram)))])
    }
}

fn text(text: Option<&String>) -> Option<Value> {
    text.map(|text| text.as_str().into())
}

/// The members that have a value.
fn said<const N: usize>(members: [(&str, Option<Value>); N]) -> Members {
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        view: ViewArgs,
    }

    fn view(flags: &[&str], definition: Value) -> Result<View> {
        let Value::Object(definition) = definition else { panic!("no object") };
        Line::try_parse_from([&["x"], flags].concat())?.view.of(&definition)
    }

    fn members(value: Value) -> Members {
        let Value::Object(members) = value else { panic!("no object") };
        members
    }

    #[test]
    fn a_definition_that_groups_is_shown_in_groups_unless_rows_are_asked_for() {
        let grouped = || json!({"group_by": [{"field": "agent"}, {"field": "channel"}]});
        assert_eq!(view(&[], json!({})).unwrap(), View::Told(Told::Rows, Members::new()));
        assert_eq!(view(&[], grouped()).unwrap(), View::Told(Told::Groups, members(json!({"depth": 2}))));
        assert_eq!(view(&["--depth=1"], grouped()).unwrap(), View::Told(Told::Groups, members(json!({"depth": 1}))));
        assert_eq!(view(&["--rows"], grouped()).unwrap(), View::Told(Told::Rows, Members::new()));
        assert_eq!(view(&["--link"], grouped()).unwrap(), View::Link);
        assert_eq!(view(&["--signed-in"], grouped()).unwrap(), View::Told(Told::Days, Members::new()));
    }

    #[test]
    fn facets_say_whose_values_and_which() {
        assert_eq!(view(&["--facets"], json!({})).unwrap(), View::Facets(Members::new()));
        let asked = view(&["--facets", "agent,hierarchy", "--search=x", "--top=3", "--under=EMEA"], json!({})).unwrap();
        let expected = json!({"facets": [
            {"field": "agent", "search": "x", "top": 3}, {"field": "hierarchy", "search": "x", "top": 3, "under": "EMEA"},
        ]});
        assert_eq!(asked, View::Facets(members(expected)));
    }

    #[test]
    fn a_histogram_says_how_long_bars_are_and_how_they_are_split() {
        assert_eq!(view(&["--histogram"], json!({})).unwrap(), View::Histogram(members(json!({"histogram": {}}))));
        let asked = view(&["--histogram", "quarter-hour", "--split=channel", "--top=3", "--time=logout_time"], json!({})).unwrap();
        let expected = json!({"histogram": {"field": "logout_time", "bucket": "quarter_hour", "split": "channel", "top": 3}});
        assert_eq!(asked, View::Histogram(members(expected)));
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        for (flags, says) in [
            (&["--search=x"][..], "--search says nothing alone: expected --facets too"),
            (&["--under=EMEA"], "--facets hierarchy"),
            (&["--facets=agent", "--under=EMEA"], "levels of hierarchy"),
            (&["--facets", "--top=3"], "--facets agent,channel"),
            (&["--top=3"], "--histogram with --split"),
            (&["--histogram", "--top=3"], "--histogram with --split"),
            (&["--split=channel"], "--histogram"),
            (&["--time=login_time"], "--histogram"),
            (&["--depth=1"], "--group-by"),
            (&["--facets", "--histogram"], "cannot be used with"),
            (&["--signed-in", "--rows"], "cannot be used with"),
            (&["--depth=1", "--link"], "cannot be used with"),
        ] {
            let told = view(flags, json!({})).unwrap_err().to_string();
            assert!(told.contains(says), "{flags:?}: {told}");
        }
    }
}
