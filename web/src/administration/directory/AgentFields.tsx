/** All that can be said of an agent. */
import { Autocomplete, Switch } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ReactNode } from "react";
import { useSuggestions } from "../profiles/use-suggestions";
import { TextField } from "../../ui/TextField";
import { ZoneEntry } from "../../ui/ZoneSelect";
import type { AgentEntry } from "./entry";
import { Rows } from "./Rows";

export const AGENT_FIELDS = ["employee_id", "agent_name", "hierarchy", "routing_profile", "time_zone", "tags", "accounts", "active"] as const;

/** The server takes these at most. */
const MAX_CHARACTERS = 200;

interface Props {
  entry: AgentEntry;
  isNew: boolean;
  readOnly: boolean;
  /** What the server has against a field. */
  at: (field: string) => ReactNode;
  onChange: (change: Partial<AgentEntry>) => void;
}

export function AgentFields({ entry, isNew, readOnly, at, onChange }: Props) {
  const { t } = useTranslation("users");
  const suggestions = useSuggestions(!readOnly);
  const chosen = (name: "hierarchy" | "routing_profile") => ({
    value: entry[name],
    onChange: (value: string) => onChange({ [name]: value }),
    error: at(name),
    limit: 50,
    readOnly,
    autoComplete: "off",
  });
  return (
    <>
      {isNew && (
        <TextField
          label={t("agent.employeeId")}
          description={t("agent.employeeIdHint")}
          value={entry.employee_id}
          onChange={(id) => onChange({ employee_id: id })}
          error={at("employee_id")}
          required
          limit={MAX_CHARACTERS}
          autoComplete="off"
        />
      )}
      <TextField
        label={t("agent.name")}
        value={entry.agent_name}
        onChange={(name) => onChange({ agent_name: name })}
        error={at("agent_name")}
        readOnly={readOnly}
        autoComplete="off"
      />
      <Autocomplete label={t("agent.hierarchy")} description={t("agent.hierarchyHint")} data={suggestions.texts.hierarchies} {...chosen("hierarchy")} />
      <Autocomplete label={t("agent.routingProfile")} data={suggestions.texts.routing_profiles} {...chosen("routing_profile")} />
      <ZoneEntry
        label={t("agent.timeZone")}
        description={t("agent.timeZoneHint")}
        value={entry.time_zone}
        onChange={(zone) => onChange({ time_zone: zone })}
        error={at("time_zone")}
        readOnly={readOnly}
        autoComplete="off"
      />
      <Lists entry={entry} readOnly={readOnly} at={at} onChange={onChange} />
      <Switch
        label={t("agent.active")}
        checked={entry.active}
        onChange={(event) => onChange({ active: event.currentTarget.checked })}
        error={at("active")}
        disabled={readOnly}
      />
    </>
  );
}

function Lists({ entry, readOnly, at, onChange }: Omit<Props, "isNew">) {
  const { t } = useTranslation("users");
  return (
    <>
      <Rows
        words={{
          title: t("agent.accounts"),
          about: t("agent.accountsHint"),
          none: t("agent.noAccounts"),
          add: t("agent.addAccount"),
          first: t("agent.source"),
          firstHint: t("agent.anySource"),
          second: t("agent.account"),
          numbered: (number) => t("agent.accountNumber", { number }),
          remove: (number) => t("agent.removeAccount", { number }),
        }}
        rows={entry.accounts.map(({ source, account }) => [source, account])}
        readOnly={readOnly}
        error={at("accounts")}
        onChange={(rows) => onChange({ accounts: rows.map(([source, account]) => ({ source, account })) })}
      />
      <Rows
        words={{
          title: t("agent.tags"),
          none: t("agent.noTags"),
          add: t("agent.addTag"),
          first: t("agent.tag"),
          second: t("agent.tagValue"),
          numbered: (number) => t("agent.tagNumber", { number }),
          remove: (number) => t("agent.removeTag", { number }),
        }}
        rows={entry.tags.map(({ key, value }) => [key, value])}
        readOnly={readOnly}
        error={at("tags")}
        onChange={(rows) => onChange({ tags: rows.map(([key, value]) => ({ key, value })) })}
      />
    </>
  );
}
