/** What can be done with a webhook: change, pause, test, another secret, delete. */
import { Button, Group, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { IconEdit, IconKey, IconPlayerPause, IconPlayerPlay, IconPlugConnected, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../../api/client";
import { useAction } from "../../session/use-action";
import { Confirm } from "../../ui/Confirm";
import { FailureNote } from "../../ui/States";
import { Steps } from "../settings/Steps";
import { tagOf, useChange } from "../settings/use-change";

type Webhook = Schemas["WebhookAnswer"];

interface Props {
  webhook: Webhook;
  onEdit: () => void;
  onSecret: (secret: string) => void;
  onDeleted: () => void;
}

export function WebhookActions({ webhook, onEdit, onSecret, onDeleted }: Props) {
  const { t } = useTranslation("setup");
  const common = useTranslation().t;
  const [asking, setAsking] = useState<"rotate" | "delete" | null>(null);
  const [tested, setTested] = useState<Schemas["WebhookTest"] | null>(null);
  const change = useChange(["webhooks"]);
  const test = useAction();
  const params = { path: { id: webhook.id } };
  const isPaused = webhook.state !== "active";
  const turn = (): void =>
    change.run(
      () => (isPaused ? api.POST("/api/v1/webhooks/{id}/resume", { params }) : api.POST("/api/v1/webhooks/{id}/pause", { params })),
      t(isPaused ? "webhooks.resumed" : "webhooks.paused", { name: webhook.name }),
    );
  const tryIt = (): void =>
    test.run(async () => {
      setTested(null);
      setTested(await told(api.POST("/api/v1/webhooks/{id}/test", { params })));
    });
  const failure = change.failure ?? test.failure;
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <Button size="xs" variant="default" leftSection={<IconEdit size={15} aria-hidden />} onClick={onEdit}>
          {common("action.edit")}
        </Button>
        <Button size="xs" variant="default" leftSection={<IconPlugConnected size={15} aria-hidden />} loading={test.busy} onClick={tryIt}>
          {common("action.test")}
        </Button>
        <Button
          size="xs"
          variant="default"
          leftSection={isPaused ? <IconPlayerPlay size={15} aria-hidden /> : <IconPlayerPause size={15} aria-hidden />}
          loading={change.busy}
          onClick={turn}
        >
          {t(isPaused ? "webhooks.resume" : "webhooks.pause")}
        </Button>
        <Button size="xs" variant="default" leftSection={<IconKey size={15} aria-hidden />} onClick={() => setAsking("rotate")}>
          {t("webhooks.rotate")}
        </Button>
        <Button size="xs" variant="default" color="red" leftSection={<IconTrash size={15} aria-hidden />} onClick={() => setAsking("delete")}>
          {common("action.delete")}
        </Button>
      </Group>
      {failure !== null && <FailureNote failure={failure} />}
      {tested !== null && (
        <Steps ok={tested.delivered} steps={tested.steps.map(({ step, worked, told: words }) => ({ step, ok: worked, words }))} />
      )}
      <Questions webhook={webhook} asking={asking} onClose={() => setAsking(null)} onSecret={onSecret} onDeleted={onDeleted} />
    </Stack>
  );
}

interface QuestionProps {
  webhook: Webhook;
  asking: "rotate" | "delete" | null;
  onClose: () => void;
  onSecret: (secret: string) => void;
  onDeleted: () => void;
}

/** Asks before the secret is replaced, or the webhook deleted. */
function Questions({ webhook, asking, onClose, onSecret, onDeleted }: QuestionProps) {
  const { t } = useTranslation("setup");
  const common = useTranslation().t;
  const queries = useQueryClient();
  const { id, name, version } = webhook;
  const rotate = async (): Promise<void> => {
    const { secret } = await told(api.POST("/api/v1/webhooks/{id}/rotate", { params: { path: { id } } }));
    onSecret(secret);
    await queries.invalidateQueries({ queryKey: ["webhooks"] });
  };
  const remove = async (): Promise<void> => {
    try {
      await api.DELETE("/api/v1/webhooks/{id}", { params: { path: { id }, header: { "If-Match": tagOf(version) } } });
      notifications.show({ message: t("webhooks.deleted", { name }), color: "green" });
      onDeleted();
    } finally {
      void queries.invalidateQueries({ queryKey: ["webhooks"] });
    }
  };
  return (
    <>
      <Confirm opened={asking === "rotate"} title={t("webhooks.rotateTitle")} word={t("webhooks.rotate")} color="rollcall" act={rotate} onClose={onClose}>
        {t("webhooks.rotateAbout")}
      </Confirm>
      <Confirm opened={asking === "delete"} title={t("webhooks.deleteTitle")} word={common("action.delete")} act={remove} onClose={onClose}>
        {t("webhooks.deleteAbout", { name })}
      </Confirm>
    </>
  );
}
