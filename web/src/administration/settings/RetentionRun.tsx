/** Removes what is no longer kept: first it is told what would go, then it may be done. */
import { Button, Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../../api/client";
import { browserZone } from "../../i18n/clock";
import { useFormat } from "../../i18n/use-format";
import { useAction } from "../../session/use-action";
import { useWho } from "../../session/session";
import { Confirm } from "../../ui/Confirm";
import { FailureNote } from "../../ui/States";
import { Notice } from "./Notice";

type Answer = Schemas["RetentionAnswer"];

function run(isDry: boolean): Promise<Answer> {
  return told(api.POST("/api/v1/retention/run", { params: { query: { dry_run: isDry } } }));
}

export function RetentionRun() {
  const { t } = useTranslation("setup");
  const { can } = useWho();
  const queries = useQueryClient();
  const dry = useAction();
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [isAsking, setIsAsking] = useState(false);
  if (!can("retention edit")) return null;
  const look = (): void => dry.run(async () => setAnswer(await run(true)));
  const remove = async (): Promise<void> => {
    setAnswer(await run(false));
    await queries.invalidateQueries({ queryKey: ["status"] });
  };
  const wouldRemove = answer?.dry_run === true && answer.on_hold.length === 0 && (answer.sessions > 0 || answer.removed.some(({ events }) => events > 0));
  return (
    <Paper withBorder p="md">
      <Stack gap="md">
        <div>
          <Title order={2}>{t("removal.title")}</Title>
          <Text size="sm" c="dimmed">
            {t("removal.about")}
          </Text>
        </div>
        {dry.failure !== null && <FailureNote failure={dry.failure} />}
        {answer !== null && <Told answer={answer} />}
        <Group gap="xs">
          <Button variant="default" loading={dry.busy} onClick={look}>
            {t("removal.dryRun")}
          </Button>
          {wouldRemove && (
            <Button color="red" onClick={() => setIsAsking(true)}>
              {t("removal.now")}
            </Button>
          )}
        </Group>
      </Stack>
      <Confirm opened={isAsking} title={t("removal.askTitle")} word={t("removal.now")} act={remove} onClose={() => setIsAsking(false)}>
        {t("removal.ask")}
      </Confirm>
    </Paper>
  );
}

/** What has gone, or would go. */
function Told({ answer }: { answer: Answer }) {
  const { t } = useTranslation("setup");
  const format = useFormat();
  const { dry_run: isDry, on_hold: holds, removed, sessions, files, bytes, deleted_from: from } = answer;
  if (holds.length > 0) {
    return (
      <Notice tone="odd" appears title={t("removal.onHold")}>
        {format.list(holds.map(({ name }) => name))}
      </Notice>
    );
  }
  const gone = removed.filter(({ events }) => events > 0);
  if (gone.length === 0 && sessions === 0) {
    return (
      <Notice tone="told" appears>
        {t(isDry ? "removal.wouldNothing" : "removal.nothing")}
      </Notice>
    );
  }
  return (
    <Notice tone={isDry ? "told" : "good"} appears title={t(isDry ? "removal.would" : "removal.done")}>
      <List size="sm" spacing={4}>
        {gone.map(({ category, before, events }) => (
          <List.Item key={category}>
            {t("removal.events", { count: events, number: format.number(events), category: categoryWord(category), before: format.minute(before, "UTC") })}
          </List.Item>
        ))}
        {sessions > 0 && <List.Item>{t("removal.sessions", { count: sessions, number: format.number(sessions) })}</List.Item>}
        <List.Item>{t("removal.files", { count: files, number: format.number(files), bytes: format.bytes(bytes) })}</List.Item>
        {typeof from === "string" && <List.Item>{t("removal.deletedFrom", { moment: format.minute(from, browserZone()) })}</List.Item>}
      </List>
    </Notice>
  );

  function categoryWord(category: string): string {
    const known = (["access", "activity", "webhook_failure", "integration_failure"] as const).find((name) => name === category);
    return known === undefined ? category : t(`category.${known}`);
  }
}
