/** How a webhook stands: whether it sends, and what it tries again. */
import { Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconPlayerPause, IconPlugConnectedX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { Moment } from "../../ui/Moment";
import { ServerWords } from "../../ui/ServerWords";
import { StateBadge } from "../settings/StateBadge";

type Webhook = Schemas["WebhookAnswer"];

const STATES = {
  active: { tone: "good", icon: IconCircleCheck },
  failing: { tone: "odd", icon: IconAlertTriangle },
  paused: { tone: "quiet", icon: IconPlayerPause },
  disabled: { tone: "bad", icon: IconPlugConnectedX },
} as const;

/** Its state; one that sends and finds no taker is told apart. */
export function stateOf({ state, failing_since }: Pick<Webhook, "state" | "failing_since">): keyof typeof STATES {
  if (state === "paused" || state === "disabled") return state;
  return typeof failing_since === "string" ? "failing" : "active";
}

export function WebhookState({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation("setup");
  const state = stateOf(webhook);
  const { tone, icon } = STATES[state];
  return (
    <StateBadge tone={tone} icon={icon}>
      {t(`webhooks.is.${state}`)}
    </StateBadge>
  );
}

/** What was not taken and is sent again. */
export function Retry({ retry }: { retry: Webhook["retry"] }) {
  const { t } = useTranslation("setup");
  if (retry === null || retry === undefined) return "–";
  return (
    <Stack gap={0}>
      <Group gap={4} wrap="nowrap">
        <Text size="sm">{t("webhooks.next")}</Text>
        <Moment at={retry.next_at} />
      </Group>
      <Text size="xs" c="dimmed" lineClamp={2}>
        {t("webhooks.attempts", { count: retry.attempts })} · <ServerWords text={retry.error} />
      </Text>
    </Stack>
  );
}
