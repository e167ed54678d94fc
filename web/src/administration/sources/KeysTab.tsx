/** The API keys: with which programs send events and ask for reports. */
import { Badge, Button, Group, Text, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconBan, IconCircleCheck, IconClockX, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../../api/client";
import { asFailure } from "../../api/failure";
import { useWho } from "../../session/session";
import { Confirm } from "../../ui/Confirm";
import { type ListColumn, ListTable } from "../../ui/ListTable";
import { Moment } from "../../ui/Moment";
import { FailureNote, Waiting } from "../../ui/States";
import { useScopeText } from "../profiles/use-scope-text";
import { useActorName } from "../settings/use-actor-name";
import { StateBadge } from "../settings/StateBadge";
import { KeyForm } from "./KeyForm";
import type { ApiKey } from "./keys";
import { NewKeyShown } from "./NewKeyShown";
import classes from "./sources.module.css";

const STATES = ["active", "expired", "revoked"] as const;
const ICONS = { active: IconCircleCheck, expired: IconClockX, revoked: IconBan } as const;

export function KeysTab() {
  const { t } = useTranslation("setup");
  const { can } = useWho();
  const keys = useQuery({
    queryKey: ["keys", "listed"],
    queryFn: async ({ signal }) => (await told(api.GET("/api/v1/keys", { signal }))).keys as unknown as ApiKey[],
  });
  const [isMaking, setIsMaking] = useState(false);
  const [made, setMade] = useState<string | null>(null);
  const create = can("users edit") && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setIsMaking(true)}>
      {t("keys.create")}
    </Button>
  );
  return (
    <>
      {keys.isPending && <Waiting />}
      {keys.isError && <FailureNote failure={asFailure(keys.error)} onAgain={() => void keys.refetch()} />}
      {keys.data !== undefined && <KeyList keys={keys.data} create={create} />}
      {isMaking && <KeyForm onClose={() => setIsMaking(false)} onMade={setMade} />}
      <NewKeyShown secret={made} onClose={() => setMade(null)} />
    </>
  );
}

function KeyList({ keys, create }: { keys: readonly ApiKey[]; create: React.ReactNode }) {
  const { t } = useTranslation("setup");
  const { can, session } = useWho();
  const queries = useQueryClient();
  const scopeText = useScopeText();
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const columns: ListColumn<ApiKey>[] = [
    { name: "name", label: t("keys.name"), cell: (row) => <KeyName row={row} isOwn={session.id === `key:${row.id}`} />, text: (row) => row.name },
    { name: "state", label: t("keys.state"), cell: (row) => <KeyState state={row.state} />, text: (row) => row.state },
    { name: "scopes", label: t("keys.scopes"), cell: (row) => <Scopes scopes={row.scopes} />, text: (row) => row.scopes.join(" ") },
    { name: "rows", label: t("keys.rows"), cell: (row) => <Rows text={scopeText(row.data_scope)} />, text: (row) => scopeText(row.data_scope) },
    {
      name: "used",
      label: t("keys.used"),
      cell: (row) => <Moment at={row.last_used_at} otherwise={t("keys.never")} />,
      text: (row) => row.last_used_at,
    },
    {
      name: "expires",
      label: t("keys.expires"),
      cell: (row) => <Moment at={row.expires_at} otherwise={t("keys.never")} />,
      text: (row) => row.expires_at,
    },
  ];
  const revoke = async (): Promise<void> => {
    if (revoking === null) return;
    await api.DELETE("/api/v1/keys/{id}", { params: { path: { id: revoking.id } } });
    notifications.show({ message: t("keys.revoked", { name: revoking.name }), color: "green" });
    await queries.invalidateQueries({ queryKey: ["keys"] });
  };
  return (
    <>
      <ListTable
        label={t("keys.tab")}
        rows={keys}
        columns={columns}
        idOf={(row) => row.id}
        nameOf={(row) => row.name}
        tools={create}
        actions={(row) =>
          can("users edit") &&
          row.state === "active" && (
            <Button
              size="compact-sm"
              variant="subtle"
              color="red"
              onClick={() => setRevoking(row)}
              aria-label={`${t("keys.revoke")}: ${row.name}`}
            >
              {t("keys.revoke")}
            </Button>
          )
        }
        empty={{ what: t("keys.empty"), advice: t("keys.emptyAdvice") }}
      />
      <Confirm opened={revoking !== null} title={t("keys.revokeTitle")} word={t("keys.revoke")} act={revoke} onClose={() => setRevoking(null)}>
        {t(session.id === `key:${revoking?.id ?? ""}` ? "keys.revokeOwn" : "keys.revokeAbout", { name: revoking?.name ?? "" })}
      </Confirm>
    </>
  );
}

function KeyName({ row, isOwn }: { row: ApiKey; isOwn: boolean }) {
  const { t } = useTranslation("setup");
  const nameOf = useActorName();
  return (
    <div className={classes.scopes}>
      <Text size="sm" fw={550} lineClamp={2}>
        {row.name}
      </Text>
      <Text size="xs" c="dimmed" lineClamp={1}>
        {isOwn ? t("keys.own") : t("keys.by", { who: nameOf(row.created_by) })}
      </Text>
      <Text size="xs" c="dimmed" component="div">
        {t("keys.created")} <Moment at={row.created_at} />
      </Text>
    </div>
  );
}

function KeyState({ state }: { state: string }) {
  const { t } = useTranslation("setup");
  const known = STATES.find((name) => name === state);
  if (known === undefined) return state;
  const tone = known === "active" ? "good" : "quiet";
  return (
    <StateBadge tone={tone} icon={ICONS[known]}>
      {t(`keys.is.${known}`)}
    </StateBadge>
  );
}

/** The first few scopes, and how many more there are. */
function Scopes({ scopes }: { scopes: readonly string[] }) {
  const { t } = useTranslation("setup");
  const shown = scopes.length > 4 ? scopes.slice(0, 3) : scopes;
  const more = scopes.slice(shown.length);
  return (
    <Group gap={4} className={classes.scopes}>
      {shown.map((scope) => (
        <Badge key={scope} variant="default" tt="none" fw={500}>
          {scope}
        </Badge>
      ))}
      {more.length > 0 && (
        <Tooltip label={more.join(", ")} events={{ hover: true, focus: true, touch: true }}>
          <Badge variant="default" tt="none" fw={500} tabIndex={0} role="note" aria-label={more.join(", ")}>
            {t("keys.moreScopes", { count: more.length })}
          </Badge>
        </Tooltip>
      )}
    </Group>
  );
}

function Rows({ text }: { text: string }) {
  return (
    <Text size="sm" lineClamp={2} className={classes.scopes}>
      {text}
    </Text>
  );
}
