/** The list of destinations, with what can be done with one. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { IconFolder, IconMail, IconPlugConnected, IconBucket, IconWebhook, type Icon } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../../api/client";
import { useAction } from "../../session/use-action";
import { useWho } from "../../session/session";
import { Confirm } from "../../ui/Confirm";
import { Dialog } from "../../ui/Dialog";
import { type ListColumn, ListTable } from "../../ui/ListTable";
import { Moment } from "../../ui/Moment";
import { ServerWords } from "../../ui/ServerWords";
import { FailureNote, Waiting } from "../../ui/States";
import { Steps } from "../settings/Steps";
import { tagOf } from "../settings/use-change";
import { DestinationForm } from "./DestinationForm";
import { type Destination, type Kind, kindOf, whereTo } from "./fields";
import classes from "./destinations.module.css";

const ICONS: Readonly<Record<Kind, Icon>> = { folder: IconFolder, s3: IconBucket, smtp: IconMail, webhook: IconWebhook };

export function DestinationList({ destinations, create }: { destinations: readonly Destination[]; create: ReactNode }) {
  const { t } = useTranslation("setup");
  const common = useTranslation().t;
  const { can } = useWho();
  const mayEdit = can("destinations edit");
  const [editing, setEditing] = useState<string | null>(null);
  const [testing, setTesting] = useState<Destination | null>(null);
  const [deleting, setDeleting] = useState<string | null>(null);
  const edited = destinations.find(({ id }) => id === editing);
  const columns: ListColumn<Destination>[] = [
    { name: "name", label: t("destinations.name"), cell: (row) => row.name, text: (row) => row.name },
    { name: "kind", label: t("destinations.kind"), cell: (row) => <KindCell kind={row.kind} />, text: (row) => row.kind },
    {
      name: "where",
      label: t("destinations.where"),
      cell: (row) => (
        <Text size="sm" lineClamp={2} className={classes.where}>
          {whereTo(row.kind, row.config)}
        </Text>
      ),
      text: (row) => whereTo(row.kind, row.config),
    },
    {
      name: "success",
      label: t("destinations.lastSuccess"),
      cell: (row) => <Moment at={row.last_success_at} otherwise={t("destinations.never")} />,
      text: (row) => row.last_success_at ?? null,
    },
    { name: "failure", label: t("destinations.lastFailure"), cell: (row) => <LastFailure row={row} />, text: (row) => row.last_failure_at ?? null },
  ];
  return (
    <>
      <ListTable
        label={t("destinations.title")}
        rows={destinations}
        columns={columns}
        idOf={(row) => row.id}
        nameOf={(row) => row.name}
        {...(mayEdit
          ? {
              onOpen: (row: Destination) => setEditing(row.id),
              actions: (row: Destination) => (
                <Group gap={4} wrap="nowrap" justify="flex-end">
                  <Button size="compact-sm" variant="subtle" onClick={() => setTesting(row)} aria-label={`${common("action.test")}: ${row.name}`}>
                    {common("action.test")}
                  </Button>
                  <Button
                    size="compact-sm"
                    variant="subtle"
                    color="red"
                    onClick={() => setDeleting(row.id)}
                    aria-label={`${common("action.delete")}: ${row.name}`}
                  >
                    {common("action.delete")}
                  </Button>
                </Group>
              ),
            }
          : {})}
        empty={{ what: t("destinations.empty"), advice: t("destinations.emptyAdvice"), action: create }}
      />
      {edited !== undefined && <DestinationForm key={edited.id} destination={edited} onClose={() => setEditing(null)} />}
      {testing !== null && <TestStored destination={testing} onClose={() => setTesting(null)} />}
      <Delete destination={destinations.find(({ id }) => id === deleting) ?? null} onClose={() => setDeleting(null)} />
    </>
  );
}

function KindCell({ kind }: { kind: string }) {
  const { t } = useTranslation("setup");
  const known = kindOf(kind);
  if (known === undefined) return kind;
  const KindIcon = ICONS[known];
  return (
    <Group gap={6} wrap="nowrap">
      <KindIcon size={16} stroke={1.6} aria-hidden />
      <span className={classes.word}>{t(`destinations.is.${known}`)}</span>
    </Group>
  );
}

function LastFailure({ row }: { row: Destination }) {
  const { t } = useTranslation("setup");
  if (typeof row.last_failure_at !== "string") return <Moment at={null} otherwise={t("destinations.never")} />;
  return (
    <Stack gap={0}>
      <Moment at={row.last_failure_at} />
      <Text size="xs" c="dimmed" lineClamp={2} className={classes.where}>
        <ServerWords text={row.last_failure ?? ""} />
      </Text>
    </Stack>
  );
}

/** Tries a destination as it is stored, as soon as it is asked for. */
function TestStored({ destination, onClose }: { destination: Destination; onClose: () => void }) {
  const { t } = useTranslation("setup");
  const common = useTranslation().t;
  const [tested, setTested] = useState<Schemas["TestAnswer"] | null>(null);
  const { busy, failure, run } = useAction();
  const tryIt = (): void =>
    run(async () => {
      setTested(null);
      setTested(await told(api.POST("/api/v1/destinations/{id}/test", { params: { path: { id: destination.id } } })));
    });
  return (
    <Dialog opened onClose={onClose} title={t("destinations.testTitle", { name: destination.name })} size="lg">
      <Stack gap="md">
        <Text size="sm">{t("destinations.testAbout")}</Text>
        {busy && <Waiting lines={3} height={16} />}
        {failure !== null && <FailureNote failure={failure} />}
        {tested !== null && <Steps ok={tested.ok} steps={tested.steps} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {common("action.close")}
          </Button>
          <Button loading={busy} onClick={tryIt} leftSection={<IconPlugConnected size={16} aria-hidden />} data-autofocus>
            {common("action.test")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

function Delete({ destination, onClose }: { destination: Destination | null; onClose: () => void }) {
  const { t } = useTranslation("setup");
  const common = useTranslation().t;
  const queries = useQueryClient();
  const remove = async (): Promise<void> => {
    if (destination === null) return;
    const { id, version } = destination;
    try {
      await api.DELETE("/api/v1/destinations/{id}", { params: { path: { id }, header: { "If-Match": tagOf(version) } } });
      notifications.show({ message: t("destinations.deleted", { name: destination.name }), color: "green" });
    } finally {
      await queries.invalidateQueries({ queryKey: ["destinations"] });
    }
  };
  return (
    <Confirm opened={destination !== null} title={t("destinations.deleteTitle")} word={common("action.delete")} act={remove} onClose={onClose}>
      {t("destinations.deleteAbout", { name: destination?.name ?? "" })}
    </Confirm>
  );
}
