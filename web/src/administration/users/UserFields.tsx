/** What can be said of a user, new or not. */
import { MultiSelect, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useWho } from "../../session/session";
import { TextField } from "../../ui/TextField";
import { useAgentOf } from "../directory/queries";
import { useProfiles } from "./queries";

export interface UserEntry {
  display_name: string;
  email: string;
  employee_id: string;
  profiles: string[];
}

export const USER_FIELDS = ["display_name", "email", "employee_id", "profiles"] as const;

/** The server takes these at most. */
const MAX_CHARACTERS = 200;

interface Props {
  entry: UserEntry;
  isNew: boolean;
  readOnly?: boolean;
  /** What the server has against a field. */
  at: (field: string) => ReactNode;
  onChange: (change: Partial<UserEntry>) => void;
}

export function UserFields({ entry, isNew, readOnly = false, at, onChange }: Props) {
  const { t } = useTranslation("users");
  const { data: profiles } = useProfiles();
  const offered = useMemo(() => {
    const known = profiles?.map(({ id, name }) => ({ value: id, label: name })) ?? [];
    // What a user has is shown even if it is gone.
    const gone = entry.profiles.filter((id) => !known.some(({ value }) => value === id));
    return [...known, ...gone.map((id) => ({ value: id, label: profiles === undefined ? id : t("user.goneProfile", { id }) }))];
  }, [profiles, entry.profiles, t]);
  return (
    <>
      <TextField
        label={t("user.name")}
        description={isNew ? t("user.nameHint") : undefined}
        value={entry.display_name}
        onChange={(name) => onChange({ display_name: name })}
        error={at("display_name")}
        required={!isNew}
        limit={MAX_CHARACTERS}
        readOnly={readOnly}
        autoComplete="off"
      />
      <TextField
        label={t("user.email")}
        type="email"
        value={entry.email}
        onChange={(email) => onChange({ email })}
        error={at("email")}
        limit={MAX_CHARACTERS}
        readOnly={readOnly}
        autoComplete="off"
      />
      <TextField
        label={t("user.employeeId")}
        description={t("user.employeeIdHint")}
        value={entry.employee_id}
        onChange={(id) => onChange({ employee_id: id })}
        error={at("employee_id")}
        limit={MAX_CHARACTERS}
        readOnly={readOnly}
        autoComplete="off"
      />
      <WhichAgent id={entry.employee_id.trim()} />
      <MultiSelect
        label={t("user.profiles")}
        description={t("user.profilesHint")}
        data={offered}
        value={entry.profiles}
        onChange={(chosen) => onChange({ profiles: chosen })}
        error={at("profiles")}
        placeholder={entry.profiles.length === 0 ? t("user.noProfiles") : undefined}
        readOnly={readOnly}
        searchable
        hidePickedOptions
      />
    </>
  );
}

/** Whom of the directory an employee id means; nobody may be right, and is worth knowing. */
function WhichAgent({ id }: { id: string }) {
  const { t } = useTranslation("users");
  const { can } = useWho();
  const [settled] = useDebouncedValue(id, 400);
  const { data } = useAgentOf(can("directory view") && settled !== "" ? settled : null);
  const isSettled = settled === id && id !== "" && data !== undefined;
  return (
    <Text size="xs" c="dimmed" role="status" mt={-8}>
      {isSettled && (data === null ? t("user.noAgent") : (data.agent_name ?? t("user.namelessAgent")))}
    </Text>
  );
}
