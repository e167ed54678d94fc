//! The flags of a definition: what a kind of report is asked for, or what of another definition is to be otherwise.

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value};

use super::flags::{self, FilterArg};
use crate::failure::usage;

/// A definition as JSON has it.
pub(crate) type Members = Map<String, Value>;

/// What is asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Definition")]
pub(crate) struct DefinitionArgs {
    /// Start of the range: a date, a civil time such as 2026-05-01T08:00, or an RFC 3339 moment
    #[arg(long, value_name = "TIME", conflicts_with = "preset")]
    from: Option<String>,
    /// End of the range; a date includes that day
    #[arg(long, value_name = "TIME", conflicts_with = "preset")]
    to: Option<String>,
    /// A range such as today, yesterday, this_week, previous_month, last_24_hours or last_7_days
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// Time zone in which days begin, and in which times are shown [default: UTC]
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// A condition: FIELD=VALUE, FIELD:OP=VALUE or FIELD:is_null; repeat it for several
    ///
    /// Values of the same field are alternatives, conditions on several fields must all hold. OP is one of in,
    /// not_in, is, contains, prefix, under (a branch of the hierarchy), gte, lte and cidr.
    #[arg(long = "filter", value_name = "FILTER", value_parser = flags::filter)]
    filters: Vec<FilterArg>,
    /// Columns to show, in this order [default: those of the kind; with JSON all of them]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    columns: Vec<String>,
    /// Order: FIELD, or FIELD:desc for the largest first; repeat it for several [default: the newest first]
    #[arg(long = "sort", value_name = "FIELD[:desc]")]
    sort: Vec<String>,
    /// Print groups of rows instead: by which fields, the outermost first; a time by buckets, as in login_time:day
    #[arg(long, value_name = "FIELD[:BUCKET],…", value_delimiter = ',')]
    group_by: Vec<String>,
    /// What to tell of groups: count, agents, first, last, duration_sum, duration_mean, duration_median, duration_max
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    measures: Vec<String>,
    /// Order of groups, by their keys (FIELD or FIELD_BUCKET) and measures [default: by --sort, then by the keys]
    #[arg(long, value_name = "NAME[:desc]")]
    group_sort: Vec<String>,
    /// Login/logout only: add the sessions that cover the whole range
    #[arg(long)]
    spanning: bool,
    /// Only what was known when the event of this seq had not come yet
    #[arg(long, value_name = "SEQ")]
    as_of_seq: Option<i64>,
    /// Show times in the report's zone, in UTC, or in each agent's own zone [default: report; of the activity audit: utc]
    #[arg(long, value_enum, value_name = "CLOCK")]
    clock: Option<Clock>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Clock {
    /// In the report's zone
    Report,
    /// In UTC
    Utc,
    /// In the agent's own zone; of who has none in the directory, in the report's
    Agent,
}

impl Clock {
    fn name(self) -> &'static str {
        match self {
            Clock::Report => "report",
            Clock::Utc => "utc",
            Clock::Agent => "agent",
        }
    }

    /// The clock of a definition: the one that it asks for, or its kind's own.
    pub(crate) fn of(definition: &Members, kind: &str) -> Self {
        let stated = definition.get("clock").and_then(Value::as_str);
        let of_kind = if kind.replace('-', "_") == Kind::ActivityAudit.name() { Clock::Utc } else { Clock::Report };
        Clock::value_variants().iter().copied().find(|clock| Some(clock.name()) == stated).unwrap_or(of_kind)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Every sign-in and sign-out, with its result
    #[value(alias = "sign_in_log")]
    SignInLog,
    /// Every session: from when to when, and how it ended
    #[value(alias = "login_logout")]
    LoginLogout,
    /// Every entry into a portal, impersonation included
    #[value(alias = "access_log")]
    AccessLog,
    /// Every change, and who made it
    #[value(alias = "activity_log")]
    ActivityLog,
    /// Every event, in UTC
    #[value(alias = "activity_audit")]
    ActivityAudit,
    /// Every failed attempt to deliver a webhook
    #[value(alias = "webhook_failures")]
    WebhookFailures,
    /// Every failure of an integration
    #[value(alias = "integration_failures")]
    IntegrationFailures,
}

impl Kind {
    /// Its name in definitions.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::SignInLog => "sign_in_log",
            Kind::LoginLogout => "login_logout",
            Kind::AccessLog => "access_log",
            Kind::ActivityLog => "activity_log",
            Kind::ActivityAudit => "activity_audit",
            Kind::WebhookFailures => "webhook_failures",
            Kind::IntegrationFailures => "integration_failures",
        }
    }
}

impl DefinitionArgs {
    /// The definition of a kind that the flags mean.
    pub(crate) fn of_kind(&self, kind: Kind) -> Result<Members> {
        let mut members = Members::from_iter([("report".to_owned(), kind.name().into())]);
        self.change(&mut members)?;
        Ok(members)
    }

    /// Changes what of a definition the flags say. Filters come to those that there are, everything else takes the
    /// place of what was there.
    pub(crate) fn change(&self, members: &mut Members) -> Result<()> {
        let groups = !self.group_by.is_empty() || members.get("group_by").and_then(Value::as_array).is_some_and(|keys| !keys.is_empty());
        if !groups && (!self.measures.is_empty() || !self.group_sort.is_empty()) {
            return Err(usage("--measures and --group-sort are about groups: expected --group-by too"));
        }
        let mut filters = members.get("filters").and_then(Value::as_array).cloned().unwrap_or_default();
        filters.extend(flags::filters(&self.filters));
        let keys = |flag, keys: &[String]| keys.iter().map(|key| flags::sort_key(flag, key)).collect::<Result<Vec<_>>>();
        let stated: [(&str, Option<Value>); 11] = [
            ("range", flags::range(self.preset.as_deref(), self.from.as_deref(), self.to.as_deref())),
            ("time_zone", self.time_zone.as_deref().map(Value::from)),
            ("filters", list(filters)),
            ("columns", list(names(&self.columns))),
            ("sort", list(keys("--sort", &self.sort)?)),
            ("group_by", list(self.group_by.iter().map(|key| flags::group_key(key)).collect::<Result<_>>()?)),
            ("measures", list(names(&self.measures))),
            ("group_sort", list(keys("--group-sort", &self.group_sort)?)),
            ("spanning", self.spanning.then_some(Value::from(true))),
            ("as_of_seq", self.as_of_seq.map(Value::from)),
            ("clock", self.clock.map(|clock| clock.name().into())),
        ];
        members.extend(stated.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        Ok(())
    }
}

fn names(stated: &[String]) -> Vec<Value> {
    stated.iter().map(|name| name.trim().into()).collect()
}

/// A list that says something.
fn list(values: Vec<Value>) -> Option<Value> {
    (!values.is_empty()).then_some(Value::Array(values))
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::json;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        definition: DefinitionArgs,
    }

    fn args(flags: &[&str]) -> DefinitionArgs {
        Line::try_parse_from([&["x"], flags].concat()).unwrap().definition
    }

    #[test]
    fn every_member_of_a_definition_has_a_flag() {
        let flags = [
            "--preset=last-7-days",
            "--time-zone=Europe/Stockholm",
            "--filter=agent=Mara",
            "--columns=agent, channel",
            "--sort=agent",
            "--group-by=channel,login_time:day",
            "--measures=count,agents",
            "--group-sort=agents:desc",
            "--spanning",
            "--as-of-seq=7",
            "--clock=utc",
        ];
        let expected = json!({
            "report": "login_logout", "range": {"preset": "last_7_days"}, "time_zone": "Europe/Stockholm",
            "filters": [{"field": "agent", "op": "in", "values": ["Mara"]}], "columns": ["agent", "channel"],
            "sort": [{"field": "agent", "dir": "asc"}], "group_by": [{"field": "channel"}, {"field": "login_time", "bucket": "day"}],
            "measures": ["count", "agents"], "group_sort": [{"field": "agents", "dir": "desc"}], "spanning": true, "as_of_seq": 7,
            "clock": "utc",
        });
        assert_eq!(Value::Object(args(&flags).of_kind(Kind::LoginLogout).unwrap()), expected);
        assert_eq!(Value::Object(args(&[]).of_kind(Kind::SignInLog).unwrap()), json!({"report": "sign_in_log"}));
    }

    #[test]
    fn what_is_said_takes_the_place_of_what_was_there_and_filters_are_added() {
        let Value::Object(mut members) = json!({
            "report": "login_logout", "range": {"preset": "today"}, "time_zone": "UTC", "group_by": [{"field": "agent"}],
            "filters": [{"field": "end_reason", "op": "in", "values": ["expired"]}],
        }) else {
            panic!("no object")
        };
        args(&["--from=2026-05-01", "--filter=agent=Mara", "--measures=agents"]).change(&mut members).unwrap();
        let expected = json!({
            "report": "login_logout", "range": {"from": "2026-05-01"}, "time_zone": "UTC", "group_by": [{"field": "agent"}],
            "filters": [{"field": "end_reason", "op": "in", "values": ["expired"]}, {"field": "agent", "op": "in", "values": ["Mara"]}],
            "measures": ["agents"],
        });
        assert_eq!(Value::Object(members), expected);
    }

    #[test]
    fn measures_without_groups_are_an_error() {
        let refused = args(&["--measures=agents"]).of_kind(Kind::LoginLogout).unwrap_err();
        assert!(refused.to_string().contains("--group-by"), "{refused}");
    }
}
