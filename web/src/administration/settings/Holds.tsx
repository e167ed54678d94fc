/** Legal holds: while one is in place, retention removes nothing. */
import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconGavel } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../../api/client";
import { asFailure } from "../../api/failure";
import { useWho } from "../../session/session";
import { Confirm } from "../../ui/Confirm";
import { Dialog } from "../../ui/Dialog";
import { Form } from "../../ui/Form";
import { Moment } from "../../ui/Moment";
import { FailureNote, Waiting } from "../../ui/States";
import { LongTextField } from "../../ui/LongTextField";
import { TextField } from "../../ui/TextField";
import { useUnsaved } from "../../ui/unsaved";
import { useSaving } from "../../ui/use-saving";
import classes from "./settings.module.css";
import { useStored } from "./use-change";

type Hold = Schemas["Hold"];

export function Holds() {
  const { t } = useTranslation("setup");
  const { can } = useWho();
  const holds = useQuery({ queryKey: ["holds"], queryFn: ({ signal }) => told(api.GET("/api/v1/holds", { signal })) });
  const [isPlacing, setIsPlacing] = useState(false);
  return (
    <Paper withBorder p="md">
      <Stack gap="md">
        <Group justify="space-between" align="flex-start">
          <div className={classes.lineText}>
            <Title order={2}>{t("holds.title")}</Title>
            <Text size="sm" c="dimmed">
              {t("holds.about")}
            </Text>
          </div>
          {can("retention edit") && (
            <Button variant="default" leftSection={<IconGavel size={16} aria-hidden />} onClick={() => setIsPlacing(true)}>
              {t("holds.place")}
            </Button>
          )}
        </Group>
        {holds.isPending && <Waiting lines={1} height={36} />}
        {holds.isError && <FailureNote failure={asFailure(holds.error)} onAgain={() => void holds.refetch()} />}
        {holds.data !== undefined && <HoldList holds={holds.data.holds} />}
      </Stack>
      {isPlacing && <PlaceHold onClose={() => setIsPlacing(false)} />}
    </Paper>
  );
}

function HoldList({ holds }: { holds: readonly Hold[] }) {
  const { t } = useTranslation("setup");
  const { can } = useWho();
  const queries = useQueryClient();
  const [releasing, setReleasing] = useState<Hold | null>(null);
  const release = async (): Promise<void> => {
    if (releasing === null) return;
    await told(api.POST("/api/v1/holds/{name}/release", { params: { path: { name: releasing.name } } }));
    notifications.show({ message: t("holds.released", { name: releasing.name }), color: "green" });
    await queries.invalidateQueries({ queryKey: ["holds"] });
  };
  if (holds.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("holds.none")}
      </Text>
    );
  }
  return (
    <>
      {holds.map((hold) => (
        <Group key={hold.name} justify="space-between" align="flex-start" className={classes.line}>
          <div className={classes.lineText}>
            <Text size="sm" fw={550}>
              {hold.name}
            </Text>
            <Text size="sm">{hold.reason}</Text>
            <Text size="xs" c="dimmed" component="div">
              {t("holds.since")} <Moment at={hold.created_at} />
            </Text>
          </div>
          {can("retention edit") && (
            <Button size="xs" variant="default" onClick={() => setReleasing(hold)} aria-label={`${t("holds.release")}: ${hold.name}`}>
              {t("holds.release")}
            </Button>
          )}
        </Group>
      ))}
      <Confirm opened={releasing !== null} title={t("holds.releaseTitle")} word={t("holds.release")} act={release} onClose={() => setReleasing(null)}>
        {t("holds.releaseAbout", { name: releasing?.name ?? "" })}
      </Confirm>
    </>
  );
}

function PlaceHold({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("setup");
  return (
    <Dialog opened onClose={onClose} title={t("holds.place")}>
      <HoldForm onClose={onClose} />
    </Dialog>
  );
}

function HoldForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("setup");
  const common = useTranslation().t;
  const saving = useSaving(["name", "reason"]);
  const stored = useStored(["holds"]);
  const [name, setName] = useState("");
  const [reason, setReason] = useState("");
  useUnsaved(name !== "" || reason !== "");
  const save = async (): Promise<void> => {
    await told(api.POST("/api/v1/holds", { body: { name, reason } }));
    await stored(t("holds.placed", { name }), onClose);
  };
  return (
    <Form busy={saving.busy} onSubmit={() => saving.run({ save })}>
      <Stack gap="md">
        {saving.failure !== null && <FailureNote failure={saving.failure} />}
        <TextField
          label={t("holds.name")}
          description={t("holds.nameHint")}
          value={name}
          onChange={(next) => {
            setName(next);
            saving.touched("name");
          }}
          error={saving.at("name")}
          limit={100}
          required
        />
        <LongTextField
          label={t("holds.reason")}
          value={reason}
          onChange={(next) => {
            setReason(next);
            saving.touched("reason");
          }}
          error={saving.at("reason")}
          limit={1_000}
          autosize
          minRows={2}
          required
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {common("action.cancel")}
          </Button>
          <Button type="submit" loading={saving.busy}>
            {t("holds.place")}
          </Button>
        </Group>
      </Stack>
    </Form>
  );
}
