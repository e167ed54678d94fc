/** How the store does, and what can be done to it at once. */
import { Button, Group, Paper, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconArchive, IconStack2 } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../../api/client";
import { asFailure } from "../../api/failure";
import { useFormat } from "../../i18n/use-format";
import { useWho } from "../../session/session";
import { FailureNote, Waiting } from "../../ui/States";
import { Facts } from "./Facts";
import { Jobs } from "./Jobs";
import { Notice } from "./Notice";
import { useChange } from "./use-change";

export function OperationsTab() {
  const { can } = useWho();
  const status = useQuery({
    queryKey: ["status", "whole"],
    queryFn: ({ signal }) => told(api.GET("/api/v1/status", { signal })),
    refetchInterval: 15_000,
  });
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        {status.isPending && <Waiting lines={6} height={24} />}
        {status.isError && <FailureNote failure={asFailure(status.error)} onAgain={() => void status.refetch()} />}
        {status.data !== undefined && <Store status={status.data} />}
        {can("operations maintain") && <Maintenance />}
      </SimpleGrid>
      <Jobs />
    </Stack>
  );
}

function Store({ status }: { status: Schemas["StatusAnswer"] }) {
  const { t } = useTranslation("setup");
  const format = useFormat();
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2}>{t("operations.store")}</Title>
        <Notice tone={status.poisoned ? "bad" : "good"} title={t(status.poisoned ? "operations.poisoned" : "operations.well")}>
          {t(status.poisoned ? "operations.poisonedAdvice" : "operations.wellAbout")}
        </Notice>
        <Facts
          facts={[
            { label: t("operations.version"), value: status.version },
            { label: t("operations.events"), value: format.number(status.next_seq) },
            { label: t("operations.tail"), value: format.number(status.tail_events) },
            { label: t("operations.sources"), value: format.number(status.sources.length) },
          ]}
        />
      </Stack>
    </Paper>
  );
}

function Maintenance() {
  const { t } = useTranslation("setup");
  const format = useFormat();
  const archiving = useChange(["status"]);
  const compacting = useChange(["status"]);
  const [result, setResult] = useState<string | null>(null);
  const archive = (): void =>
    archiving.run(async () => {
      setResult(null);
      const { events, sessions, files } = await told(api.POST("/api/v1/archive"));
      setResult(t("operations.archived", { events: format.number(events), sessions: format.number(sessions), files: format.number(files) }));
    }, null);
  const compact = (): void =>
    compacting.run(async () => {
      setResult(null);
      const { merged, files, deleted, deleted_bytes: bytes } = await told(api.POST("/api/v1/compact"));
      setResult(
        t("operations.compacted", {
          merged: format.number(merged),
          files: format.number(files),
          deleted: format.number(deleted),
          bytes: format.bytes(bytes),
        }),
      );
    }, null);
  const failure = archiving.failure ?? compacting.failure;
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <div>
          <Title order={2}>{t("operations.maintenance")}</Title>
          <Text size="sm" c="dimmed">
            {t("operations.maintenanceAbout")}
          </Text>
        </div>
        {failure !== null && <FailureNote failure={failure} />}
        {result !== null && (
          <Notice tone="good" appears>
            {result}
          </Notice>
        )}
        <Group gap="xs">
          <Button
            variant="default"
            leftSection={<IconArchive size={16} aria-hidden />}
            loading={archiving.busy}
            disabled={compacting.busy}
            onClick={archive}
          >
            {t("operations.archive")}
          </Button>
          <Button
            variant="default"
            leftSection={<IconStack2 size={16} aria-hidden />}
            loading={compacting.busy}
            disabled={archiving.busy}
            onClick={compact}
          >
            {t("operations.compact")}
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}
