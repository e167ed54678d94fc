/** Who is signed in, since when and from where; anybody's session can be ended. */
import { Anchor, Badge, Button, Group, Text, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { asFailure } from "../../api/failure";
import { browserOf } from "../../session/browser";
import { useWho } from "../../session/session";
import { Confirm } from "../../ui/Confirm";
import { type ListColumn, ListTable } from "../../ui/ListTable";
import { Moment } from "../../ui/Moment";
import { FailureNote, Waiting } from "../../ui/States";
import { type SessionEntry, useForgetUsers, useSessions } from "./queries";

export function SessionList({ onOpen }: { onOpen: (userId: string) => void }) {
  const { t } = useTranslation("users");
  const { can } = useWho();
  const sessions = useSessions();
  const columns = useColumns(onOpen);
  const forget = useForgetUsers();
  const [ending, setEnding] = useState<SessionEntry | null>(null);
  if (sessions.isError) return <FailureNote failure={asFailure(sessions.error)} onAgain={() => void sessions.refetch()} />;
  if (sessions.data === undefined) return <Waiting lines={6} height={24} />;
  const end = async ({ id, user }: SessionEntry): Promise<void> => {
    await api.DELETE("/api/v1/sessions/{id}", { params: { path: { id } } });
    await forget();
    notifications.show({ message: t("act.signedOut", { name: user.display_name }), color: "green" });
  };
  const actions = (one: SessionEntry) => (
    <Button size="compact-sm" variant="default" onClick={() => setEnding(one)} aria-label={`${t("session.end")}: ${one.user.account}`}>
      {t("session.end")}
    </Button>
  );
  return (
    <>
      <ListTable
        label={t("session.label")}
        rows={sessions.data}
        columns={columns}
        idOf={({ id }) => id}
        nameOf={({ user }) => user.account}
        {...(can("users edit") ? { actions } : {})}
        sortedBy={{ name: "seen", down: true }}
        empty={{ what: t("session.none") }}
      />
      <Confirm
        opened={ending !== null}
        title={ending === null ? "" : t("session.endTitle", { name: ending.user.display_name })}
        word={t("session.end")}
        act={() => (ending === null ? Promise.resolve() : end(ending))}
        onClose={() => setEnding(null)}
      >
        {t("session.endText")}
      </Confirm>
    </>
  );
}

function useColumns(onOpen: (userId: string) => void): readonly ListColumn<SessionEntry>[] {
  const { t } = useTranslation("users");
  const { session } = useWho();
  const methods: Record<string, string> = { form: t("session.form"), oidc: t("session.oidc") };
  const method = ({ sign_in_method }: SessionEntry): string => methods[sign_in_method] ?? sign_in_method;
  return [
    {
      name: "who",
      label: t("session.who"),
      cell: ({ id, user, acting_as }) => (
        <Group gap={6} wrap="nowrap">
          <Anchor component="button" type="button" size="sm" fw={550} onClick={() => onOpen(user.id)}>
            {user.display_name}
          </Anchor>
          <Text span size="sm" c="dimmed">
            {user.account}
          </Text>
          {acting_as && (
            <Badge variant="default" tt="none" fw={500}>
              {t("session.actingAs", { name: acting_as.display_name })}
            </Badge>
          )}
          {session.session_id === id && (
            <Badge variant="default" tt="none" fw={500}>
              {t("session.yours")}
            </Badge>
          )}
        </Group>
      ),
      text: ({ user }) => `${user.display_name} ${user.account}`,
    },
    { name: "since", label: t("session.since"), cell: ({ since }) => <Moment at={since} />, text: ({ since }) => since },
    { name: "seen", label: t("session.lastSeen"), cell: ({ last_seen_at }) => <Moment at={last_seen_at} />, text: ({ last_seen_at }) => last_seen_at },
    { name: "expires", label: t("session.expires"), cell: ({ expires_at }) => <Moment at={expires_at} />, text: ({ expires_at }) => expires_at },
    { name: "address", label: t("session.address"), cell: ({ source_ip }) => source_ip ?? "–", text: ({ source_ip }) => source_ip ?? null },
    {
      name: "browser",
      label: t("session.browser"),
      cell: ({ user_agent }) => <Program userAgent={user_agent} />,
      text: ({ user_agent }) => user_agent ?? null,
    },
    { name: "method", label: t("session.method"), cell: method, text: method },
  ];
}

/** The browser in short, and all that it says of itself on top of it. */
function Program({ userAgent }: { userAgent: string | null | undefined }) {
  const { t } = useTranslation("users");
  const known = browserOf(userAgent);
  if (known === null) return t("session.unknownBrowser");
  const { browser, system } = known;
  return (
    <Tooltip label={userAgent}>
      <Text span size="sm" tabIndex={0}>
        {system === null ? browser : t("session.on", { browser, system })}
      </Text>
    </Tooltip>
  );
}
