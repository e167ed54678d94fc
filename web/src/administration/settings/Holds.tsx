/** Legal holds: while one is in place, retention removes nothing. */
import { Button, Group, Modal, Paper, Stack, Text, TextInput, Textarea, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconGavel } from "@tabler/icons-react";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../../api/client";
import { asFailure } from "../../api/failure";
import { useWho } from "../../session/session";
import { Confirm } from "../../ui/Confirm";
import { Moment } from "../../ui/Moment";
import { FailureNote, Waiting } from "../../ui/States";
import { fieldError, otherFailure } from "./field-error";
import classes from "./settings.module.css";
import { useChange } from "./use-change";

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
  const common = useTranslation().t;
  const change = useChange(["holds"]);
  const [name, setName] = useState("");
  const [reason, setReason] = useState("");
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    change.run(() => told(api.POST("/api/v1/holds", { body: { name, reason } })), t("holds.placed", { name }), onClose);
  };
  const failure = otherFailure(change.failure, ["name", "reason"]);
  return (
    <Modal opened onClose={onClose} title={t("holds.place")} centered closeButtonProps={{ "aria-label": common("action.close") }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {failure !== null && <FailureNote failure={failure} />}
          <TextInput
            label={t("holds.name")}
            description={t("holds.nameHint")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={fieldError(change.failure, "name")}
            maxLength={100}
            required
            data-autofocus
          />
          <Textarea
            label={t("holds.reason")}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            error={fieldError(change.failure, "reason")}
            maxLength={1_000}
            autosize
            minRows={2}
            required
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {common("action.cancel")}
            </Button>
            <Button type="submit" loading={change.busy}>
              {t("holds.place")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
