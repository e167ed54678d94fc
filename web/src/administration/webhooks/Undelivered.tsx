/** The messages of a webhook that were given up, and how to send them again. */
import { Button, Group, Paper, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconSend } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../../api/client";
import { asFailure } from "../../api/failure";
import { useWho } from "../../session/session";
import { Moment } from "../../ui/Moment";
import { ServerWords } from "../../ui/ServerWords";
import { FailureNote, Waiting } from "../../ui/States";
import { useChange } from "../settings/use-change";
import { tellResent } from "./tell-resent";

type Message = Schemas["UndeliveredAnswer"];

export function Undelivered({ id }: { id: string }) {
  const { t } = useTranslation("setup");
  const messages = useQuery({
    queryKey: ["webhooks", id, "undelivered"],
    queryFn: ({ signal }) => told(api.GET("/api/v1/webhooks/{id}/undelivered", { params: { path: { id } }, signal })),
  });
  if (messages.isPending) return <Waiting lines={2} />;
  if (messages.isError) return <FailureNote failure={asFailure(messages.error)} onAgain={() => void messages.refetch()} />;
  if (messages.data.messages.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("undelivered.none")}
      </Text>
    );
  }
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        {t("undelivered.about")}
      </Text>
      {messages.data.messages.map((message) => (
        <MessageRow key={message.event_id} id={id} message={message} />
      ))}
    </Stack>
  );
}

function MessageRow({ id, message }: { id: string; message: Message }) {
  const { t } = useTranslation("setup");
  const { can } = useWho();
  const change = useChange(["webhooks", id, "undelivered"]);
  const send = (): void =>
    change.run(async () => {
      const answer = await told(api.POST("/api/v1/webhooks/{id}/resend", { params: { path: { id } }, body: { event_id: message.event_id } }));
      tellResent(answer, t);
    }, null);
  return (
    <Paper withBorder p="xs">
      <Group justify="space-between" align="flex-start" gap="xs">
        <Stack gap={2}>
          <Text size="sm" fw={550}>
            {message.type}
          </Text>
          <Text size="xs" c="dimmed">
            {t("webhooks.attempts", { count: message.attempts })} · <ServerWords text={message.error} />
          </Text>
          <Text size="xs" c="dimmed" component="div">
            {t("undelivered.givenUp")} <Moment at={message.given_up_at} />
          </Text>
        </Stack>
        {can("webhooks edit") && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconSend size={15} aria-hidden />}
            loading={change.busy}
            onClick={send}
            aria-label={t("undelivered.resendOne", { type: message.type, seq: message.seq })}
          >
            {t("undelivered.resend")}
          </Button>
        )}
      </Group>
      {change.failure !== null && <FailureNote failure={change.failure} />}
    </Paper>
  );
}
