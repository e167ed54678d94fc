/** Security profiles: what they allow, in which scope, and who has them. */
import { Badge, Button, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { asFailure } from "../../api/failure";
import { useFormat } from "../../i18n/use-format";
import { useWho } from "../../session/session";
import { type ListColumn, ListTable } from "../../ui/ListTable";
import { Page } from "../../ui/Page";
import { FailureNote, NoPermission, Waiting } from "../../ui/States";
import { type Profile, useProfiles } from "../users/queries";
import { useAddress } from "../../ui/use-address";
import { ProfileDrawer } from "./ProfileDrawer";
import { NEW } from "./opened";
import { useHolders } from "./use-holders";
import { useScopeText } from "./use-scope-text";

export function ProfilesPage() {
  const { t } = useTranslation("users");
  const { can } = useWho();
  const [opened, setOpened] = useAddress("profile");
  // Whoever sees users sees their profiles too.
  if (!can("profiles view", "users view")) {
    return (
      <Page title={t("profile.title")}>
        <NoPermission needed={["profiles view"]} />
      </Page>
    );
  }
  return (
    <Page
      title={t("profile.title")}
      about={t("profile.about")}
      actions={
        can("profiles edit") && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpened(NEW)}>
            {t("profile.add")}
          </Button>
        )
      }
    >
      <ProfileList onOpen={setOpened} />
      <ProfileDrawer opened={opened} onOpen={setOpened} onClose={() => setOpened(null)} />
    </Page>
  );
}

function ProfileList({ onOpen }: { onOpen: (id: string) => void }) {
  const { t } = useTranslation("users");
  const profiles = useProfiles();
  const columns = useColumns();
  if (profiles.isError) return <FailureNote failure={asFailure(profiles.error)} onAgain={() => void profiles.refetch()} />;
  if (profiles.data === undefined) return <Waiting lines={6} height={24} />;
  return (
    <ListTable
      label={t("profile.label")}
      rows={profiles.data}
      columns={columns}
      idOf={({ id }) => id}
      nameOf={({ name }) => name}
      onOpen={({ id }) => onOpen(id)}
      empty={{ what: t("profile.label") }}
    />
  );
}

function useColumns(): readonly ListColumn<Profile>[] {
  const { t } = useTranslation("users");
  const format = useFormat();
  const scopeText = useScopeText();
  const holders = useHolders();
  const kind = ({ built_in }: Profile): string => (built_in ? t("profile.builtIn") : t("profile.own"));
  const columns: ListColumn<Profile>[] = [
    { name: "name", label: t("profile.name"), cell: ({ name }) => name, text: ({ name }) => name },
    {
      name: "kind",
      label: t("profile.kind"),
      cell: (profile) =>
        profile.built_in ? (
          <Badge variant="default" tt="none" fw={500}>
            {kind(profile)}
          </Badge>
        ) : (
          kind(profile)
        ),
      text: kind,
    },
    {
      name: "permissions",
      label: t("profile.permissions"),
      numeric: true,
      cell: ({ permissions }) => format.number(permissions.length),
      text: ({ permissions }) => permissions.length,
    },
    {
      name: "scope",
      label: t("profile.scope"),
      cell: ({ scope }) => (
        <Text size="sm" maw={420} truncate title={scopeText(scope)}>
          {scopeText(scope)}
        </Text>
      ),
      text: ({ scope }) => scopeText(scope),
    },
  ];
  if (holders === null) return columns;
  const count = ({ id }: Profile): number => holders(id).length;
  return [...columns, { name: "users", label: t("profile.users"), numeric: true, cell: (profile) => format.number(count(profile)), text: count }];
}
