/** What can be said of a user, new or not. */
import { MultiSelect, TextInput } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useProfiles } from "./queries";
import type { Saving } from "../../ui/use-saving";

export interface UserEntry {
  display_name: string;
  email: string;
  employee_id: string;
  profiles: string[];
}

export const USER_FIELDS = ["display_name", "email", "employee_id", "profiles"] as const;

interface Props {
  entry: UserEntry;
  isNew: boolean;
  readOnly?: boolean;
  saving: Saving;
  onChange: (change: Partial<UserEntry>) => void;
}

export function UserFields({ entry, isNew, readOnly = false, saving, onChange }: Props) {
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
      <TextInput
        label={t("user.name")}
        description={isNew ? t("user.nameHint") : undefined}
        value={entry.display_name}
        onChange={(event) => onChange({ display_name: event.currentTarget.value })}
        error={saving.at("display_name")}
        required={!isNew}
        withAsterisk={false}
        maxLength={200}
        readOnly={readOnly}
        autoComplete="off"
      />
      <TextInput
        label={t("user.email")}
        type="email"
        value={entry.email}
        onChange={(event) => onChange({ email: event.currentTarget.value })}
        error={saving.at("email")}
        maxLength={200}
        readOnly={readOnly}
        autoComplete="off"
      />
      <TextInput
        label={t("user.employeeId")}
        description={t("user.employeeIdHint")}
        value={entry.employee_id}
        onChange={(event) => onChange({ employee_id: event.currentTarget.value })}
        error={saving.at("employee_id")}
        maxLength={200}
        readOnly={readOnly}
        autoComplete="off"
      />
      <MultiSelect
        label={t("user.profiles")}
        description={t("user.profilesHint")}
        data={offered}
        value={entry.profiles}
        onChange={(chosen) => onChange({ profiles: chosen })}
        error={saving.at("profiles")}
        placeholder={entry.profiles.length === 0 ? t("user.noProfiles") : undefined}
        readOnly={readOnly}
        searchable
        hidePickedOptions
      />
    </>
  );
}
