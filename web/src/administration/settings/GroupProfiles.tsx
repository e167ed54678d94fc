/** Which groups of the provider give which security profiles. */
import { ActionIcon, Button, Group, MultiSelect, Paper, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../../api/client";
import { useWho } from "../../session/session";
import { profileName } from "../profiles/profile-name";

type Mapping = Record<string, string[]>;

interface Props {
  value: Mapping;
  onChange: (value: Mapping) => void;
  error: ReactNode;
  disabled: boolean;
}

export function GroupProfiles({ value, onChange, error, disabled }: Props) {
  const { t } = useTranslation("setup");
  // Rows, not the mapping: while one types, two groups may be called the same, or nothing yet.
  const [rows, setRows] = useState(() => Object.entries(value).map(([group, profiles]) => ({ group, profiles })));
  const change = (next: typeof rows): void => {
    setRows(next);
    onChange(Object.fromEntries(next.filter(({ group }) => group !== "").map(({ group, profiles }) => [group, profiles])));
  };
  return (
    <Stack gap="xs" role="group" aria-label={t("sso.groups")}>
      <div>
        <Text size="sm" fw={500}>
          {t("sso.groups")}
        </Text>
        <Text size="xs" c="dimmed">
          {t("sso.groupsHint")}
        </Text>
      </div>
      {rows.map((row, at) => (
        <Paper key={at} withBorder p="xs">
          <Group gap="xs" align="flex-end" wrap="nowrap">
            <Stack gap="xs" flex={1}>
              <TextInput
                label={t("sso.group")}
                value={row.group}
                onChange={({ currentTarget: { value: group } }) => change(rows.map((one, place) => (place === at ? { ...one, group } : one)))}
                placeholder="/staff/leads"
                disabled={disabled}
              />
              <Profiles
                value={row.profiles}
                onChange={(profiles) => change(rows.map((one, place) => (place === at ? { ...one, profiles } : one)))}
                disabled={disabled}
              />
            </Stack>
            {!disabled && (
              <ActionIcon
                variant="subtle"
                color="red"
                aria-label={t("sso.removeGroup", { group: row.group })}
                onClick={() => change(rows.filter((_, place) => place !== at))}
              >
                <IconTrash size={16} aria-hidden />
              </ActionIcon>
            )}
          </Group>
        </Paper>
      ))}
      {error !== undefined && (
        <Text size="xs" c="var(--mantine-color-error)" role="alert">
          {error}
        </Text>
      )}
      {!disabled && (
        <Group>
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => change([...rows, { group: "", profiles: [] }])}
          >
            {t("sso.addGroup")}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

interface ProfilesProps {
  value: string[];
  onChange: (ids: string[]) => void;
  disabled: boolean;
}

/** Profiles by name for those who may see them, else by id. */
function Profiles({ value, onChange, disabled }: ProfilesProps) {
  const { t } = useTranslation("setup");
  const { t: named } = useTranslation("users");
  const { can } = useWho();
  const { data } = useQuery({
    queryKey: ["profiles", "names"],
    queryFn: ({ signal }) => told(api.GET("/api/v1/profiles", { signal })),
    enabled: can("profiles view", "users view"),
  });
  if (data === undefined) return <TagsInput label={t("sso.profiles")} value={value} onChange={onChange} disabled={disabled} />;
  const known = data.profiles.map((profile) => ({ value: profile.id, label: profileName(profile, named) }));
  const unknown = value.filter((id) => !data.profiles.some((profile) => profile.id === id));
  return (
    <MultiSelect
      label={t("sso.profiles")}
      data={[...known, ...unknown.map((id) => ({ value: id, label: id }))]}
      value={value}
      onChange={onChange}
      disabled={disabled}
      searchable
    />
  );
}
