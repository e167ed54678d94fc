/** All users. */
import { Badge, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { asFailure } from "../../api/failure";
import { useFormat } from "../../i18n/use-format";
import { type ListColumn, ListTable } from "../../ui/ListTable";
import { Moment } from "../../ui/Moment";
import { FailureNote, Waiting } from "../../ui/States";
import { type User, useProfileNames, useUsers } from "./queries";
import { UserState } from "./UserState";

export function UserList({ onOpen }: { onOpen: (id: string) => void }) {
  const { t } = useTranslation("users");
  const users = useUsers();
  const columns = useColumns();
  if (users.isError) return <FailureNote failure={asFailure(users.error)} onAgain={() => void users.refetch()} />;
  if (users.data === undefined) return <Waiting lines={10} height={24} />;
  return (
    <ListTable
      label={t("user.list")}
      rows={users.data}
      columns={columns}
      idOf={({ id }) => id}
      nameOf={({ account }) => account}
      onOpen={({ id }) => onOpen(id)}
      empty={{ what: t("user.empty"), advice: t("user.emptyAdvice") }}
    />
  );
}

function useColumns(): readonly ListColumn<User>[] {
  const { t } = useTranslation("users");
  const names = useProfileNames();
  const format = useFormat();
  const named = ({ profiles }: User): string[] => profiles.map((id) => names.get(id) ?? t("user.goneProfile", { id }));
  const factor = ({ has_second_factor }: User): string => (has_second_factor ? t("user.factorOn") : t("user.factorOff"));
  return [
    { name: "account", label: t("user.account"), cell: ({ account }) => account, text: ({ account }) => account },
    { name: "name", label: t("user.name"), cell: ({ display_name }) => display_name, text: ({ display_name }) => display_name },
    { name: "email", label: t("user.email"), cell: ({ email }) => <Optional text={email} />, text: ({ email }) => email ?? null },
    {
      name: "employee_id",
      label: t("user.employeeId"),
      cell: ({ employee_id }) => <Optional text={employee_id} />,
      text: ({ employee_id }) => employee_id ?? null,
    },
    {
      name: "profiles",
      label: t("user.profiles"),
      cell: (user) => <ProfileBadges names={named(user)} />,
      text: (user) => format.list(named(user)),
    },
    { name: "state", label: t("user.state"), cell: (user) => <UserState user={user} />, text: ({ active }) => (active ? t("user.active") : t("user.disabled")) },
    {
      name: "factor",
      label: t("user.factor"),
      cell: (user) => (user.has_second_factor ? factor(user) : <Text span size="sm" c="dimmed">{factor(user)}</Text>),
      text: factor,
    },
    {
      name: "last",
      label: t("user.lastSignIn"),
      cell: ({ last_sign_in_at }) => <Never at={last_sign_in_at} />,
      text: ({ last_sign_in_at }) => last_sign_in_at ?? null,
    },
  ];
}

function Optional({ text }: { text: string | null | undefined }) {
  return (
    text ?? (
      <Text span size="sm" c="dimmed">
        –
      </Text>
    )
  );
}

function Never({ at }: { at: string | null | undefined }) {
  const { t } = useTranslation();
  return <Moment at={at} otherwise={t("word.never")} />;
}

function ProfileBadges({ names }: { names: readonly string[] }) {
  return (
    <Group gap={4} wrap="nowrap">
      {names.length === 0 && <Optional text={null} />}
      {names.map((name) => (
        <Badge key={name} variant="default" tt="none" fw={500} flex="none">
          {name}
        </Badge>
      ))}
    </Group>
  );
}
