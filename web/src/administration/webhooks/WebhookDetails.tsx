/** One webhook: how it stands, what it is told of, what was not taken, and what can be done with it. */
import { Anchor, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { useFormat } from "../../i18n/use-format";
import { useWho } from "../../session/session";
import { Moment } from "../../ui/Moment";
import { ServerWords } from "../../ui/ServerWords";
import { SideDrawer } from "../../ui/SideDrawer";
import { type Fact, Facts } from "../settings/Facts";
import { Notice } from "../settings/Notice";
import { useActorName } from "../settings/use-actor-name";
import { useFilterWords } from "./filter-words";
import { ResendByHand } from "./ResendByHand";
import { Undelivered } from "./Undelivered";
import { WebhookActions } from "./WebhookActions";
import { WebhookForm } from "./WebhookForm";
import { Retry, WebhookState } from "./WebhookState";

type Webhook = Schemas["WebhookAnswer"];

interface Props {
  webhook: Webhook;
  onClose: () => void;
  onSecret: (secret: string) => void;
}

export function WebhookDetails({ webhook, onClose, onSecret }: Props) {
  const { t } = useTranslation("setup");
  const { can } = useWho();
  const format = useFormat();
  const nameOf = useActorName();
  const [isEditing, setIsEditing] = useState(false);
  const facts: Fact[] = [
    { label: t("webhooks.url"), value: webhook.url },
    { label: t("webhooks.delivered"), value: <Moment at={webhook.delivered_at} otherwise={t("webhooks.never")} /> },
    { label: t("webhooks.retry"), value: <Retry retry={webhook.retry} /> },
    { label: t("webhooks.position"), value: format.number(webhook.position) },
    { label: t("webhooks.owner"), value: nameOf(webhook.owner) },
    { label: t("webhooks.changedAt"), value: <Changed at={webhook.changed_at} by={nameOf(webhook.changed_by)} /> },
  ];
  if (typeof webhook.failing_since === "string") facts.splice(2, 0, { label: t("webhooks.failingSince"), value: <Moment at={webhook.failing_since} /> });
  return (
    <SideDrawer opened onClose={onClose} size="xl" title={webhook.name} aside={<WebhookState webhook={webhook} />}>
      <Stack gap="lg">
        {typeof webhook.state_reason === "string" && (
          <Notice tone="bad" title={t("webhooks.disabledBecause")}>
            <ServerWords text={webhook.state_reason} />
          </Notice>
        )}
        {can("webhooks edit") && <WebhookActions webhook={webhook} onEdit={() => setIsEditing(true)} onSecret={onSecret} onDeleted={onClose} />}
        <Facts facts={facts} />
        <Section title={t("webhooks.filter.legend")}>
          <FilterFacts filter={webhook.filter} />
        </Section>
        <Section title={t("undelivered.title")}>
          <Undelivered id={webhook.id} />
          {can("audit_logs view") && <FailuresLink name={webhook.name} />}
        </Section>
        {can("webhooks edit") && (
          <Section title={t("resend.title")}>
            <Text size="sm" c="dimmed">
              {t("resend.about")}
            </Text>
            <ResendByHand id={webhook.id} />
          </Section>
        )}
      </Stack>
      {isEditing && <WebhookForm webhook={webhook} onClose={() => setIsEditing(false)} onSecret={onSecret} />}
    </SideDrawer>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Stack gap="xs">
      <Title order={3}>{title}</Title>
      {children}
    </Stack>
  );
}

function Changed({ at, by }: { at: string; by: string }) {
  return (
    <>
      <Moment at={at} />
      <Text span size="sm" c="dimmed">
        {" · "}
        {by}
      </Text>
    </>
  );
}

function FilterFacts({ filter }: { filter: Webhook["filter"] }) {
  const { t } = useTranslation("setup");
  const { t: common } = useTranslation();
  const format = useFormat();
  const words = useFilterWords();
  const categories = words.categories(filter);
  const outcomes = words.outcomes(filter);
  const among = (values: readonly string[]): string => (values.length === 0 ? t("webhooks.filter.all") : format.list(values));
  return (
    <Facts
      facts={[
        { label: t("webhooks.filter.categories"), value: categories.length === 0 ? t("webhooks.filter.noEvents") : format.list(categories) },
        { label: t("webhooks.filter.outcomes"), value: among(outcomes) },
        { label: t("webhooks.filter.activities"), value: among(filter.activities) },
        { label: t("webhooks.filter.entities"), value: among(filter.entities) },
        { label: t("webhooks.filter.sources"), value: among(filter.sources) },
        { label: t("webhooks.filter.runs"), value: common(filter.runs ? "word.yes" : "word.no") },
      ]}
    />
  );
}

/** Leads to every failed attempt of this webhook. */
function FailuresLink({ name }: { name: string }) {
  const { t } = useTranslation("setup");
  return (
    <Anchor
      size="sm"
      renderRoot={(props) => (
        <Link to="/report/$kind" params={{ kind: "webhook_failures" }} search={{ filter: `target:in:${encodeURIComponent(name)}` }} {...props} />
      )}
    >
      {t("webhooks.failures")}
    </Anchor>
  );
}
