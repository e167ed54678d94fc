/** All that can be said of an agent. */
import { Autocomplete, Switch, TextInput } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSuggestions } from "../profiles/use-suggestions";
import type { Saving } from "../../ui/use-saving";
import type { AgentEntry } from "./entry";
import { Rows } from "./Rows";

export const AGENT_FIELDS = ["employee_id", "agent_name", "hierarchy", "routing_profile", "time_zone", "tags", "accounts", "active"] as const;

/** The server takes these at most. */
const MAX_CHARACTERS = 200;

interface Props {
  entry: AgentEntry;
  isNew: boolean;
  readOnly: boolean;
  saving: Saving;
  onChange: (change: Partial<AgentEntry>) => void;
}

export function AgentFields({ entry, isNew, readOnly, saving, onChange }: Props) {
  const { t } = useTranslation("users");
  const suggestions = useSuggestions(!readOnly);
  const zones = useMemo(() => Intl.supportedValuesOf("timeZone"), []);
  const chosen = (name: "hierarchy" | "routing_profile" | "time_zone") => ({
    value: entry[name],
    onChange: (value: string) => onChange({ [name]: value }),
    error: saving.at(name),
    limit: 50,
    readOnly,
    autoComplete: "off",
  });
  return (
    <>
      {isNew && (
        <TextInput
          label={t("agent.employeeId")}
          description={t("agent.employeeIdHint")}
          value={entry.employee_id}
          onChange={(event) => onChange({ employee_id: event.currentTarget.value })}
          error={saving.at("employee_id")}
          required
          withAsterisk={false}
          pattern=".*\S.*"
          maxLength={MAX_CHARACTERS}
          autoComplete="off"
          data-autofocus
        />
      )}
      <TextInput
        label={t("agent.name")}
        value={entry.agent_name}
        onChange={(event) => onChange({ agent_name: event.currentTarget.value })}
        error={saving.at("agent_name")}
        readOnly={readOnly}
        autoComplete="off"
      />
      <Autocomplete label={t("agent.hierarchy")} description={t("agent.hierarchyHint")} data={suggestions.hierarchies} {...chosen("hierarchy")} />
      <Autocomplete label={t("agent.routingProfile")} data={suggestions.routing_profiles} {...chosen("routing_profile")} />
      <Autocomplete label={t("agent.timeZone")} description={t("agent.timeZoneHint")} data={zones} {...chosen("time_zone")} />
      <Lists entry={entry} readOnly={readOnly} saving={saving} onChange={onChange} />
      <Switch
        label={t("agent.active")}
        checked={entry.active}
        onChange={(event) => onChange({ active: event.currentTarget.checked })}
        error={saving.at("active")}
        disabled={readOnly}
      />
    </>
  );
}

function Lists({ entry, readOnly, saving, onChange }: Omit<Props, "isNew">) {
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
        error={saving.at("accounts")}
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
        error={saving.at("tags")}
        onChange={(rows) => onChange({ tags: rows.map(([key, value]) => ({ key, value })) })}
      />
    </>
  );
}
