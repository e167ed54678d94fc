/** Which events a webhook is told of. */
import { Checkbox, Fieldset, Group, Stack, TagsInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { ReactNode } from "react";
import { type Schemas, api, told } from "../../api/client";
import { useWho } from "../../session/session";
import { CATEGORIES, OUTCOMES } from "./filter-words";

type Filter = Schemas["WebhookFilter"];

/** The activities of access events, as docs/columns.md has them. */
const ACCESS = [
  "sign_in",
  "sign_out",
  "forced_sign_in",
  "forced_sign_out",
  "impersonation_start",
  "impersonation_end",
  "sign_of_life",
  "system_start",
  "system_stop",
];

interface Props {
  filter: Filter;
  /** What the server has against a field. */
  at: (field: string) => ReactNode;
  onChange: (filter: Filter) => void;
}

export function FilterFields({ filter, at, onChange }: Props) {
  const { t } = useTranslation("setup");
  const known = useKnown(filter.categories);
  const set = (part: Partial<Filter>): void => onChange({ ...filter, ...part });
  return (
    <Fieldset legend={t("webhooks.filter.legend")} p="sm">
      <Stack gap="md">
        <Checkbox.Group
          label={t("webhooks.filter.categories")}
          value={filter.categories}
          onChange={(categories) => set({ categories })}
          error={at("filter.categories")}
        >
          <Stack gap={6} mt={6}>
            {CATEGORIES.map((category) => (
              <Checkbox key={category} value={category} label={t(`category.${category}`)} description={t(`categoryHint.${category}`)} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Checkbox
          label={t("webhooks.filter.runs")}
          description={t("webhooks.filter.runsHint")}
          checked={filter.runs}
          onChange={(event) => set({ runs: event.currentTarget.checked })}
        />
        <Checkbox.Group
          label={t("webhooks.filter.outcomes")}
          description={t("webhooks.filter.outcomesHint")}
          value={filter.outcomes}
          onChange={(outcomes) => set({ outcomes })}
          error={at("filter.outcomes")}
        >
          <Group gap="md" mt={6}>
            {OUTCOMES.map((outcome) => (
              <Checkbox key={outcome} value={outcome} label={t(`webhooks.filter.outcome.${outcome}`)} />
            ))}
          </Group>
        </Checkbox.Group>
        {(["activities", "entities", "sources"] as const).map((name) => (
          <TagsInput
            key={name}
            label={t(`webhooks.filter.${name}`)}
            description={t(`webhooks.filter.${name}Hint`)}
            placeholder={filter[name].length === 0 ? t("webhooks.filter.all") : ""}
            data={known[name]}
            value={filter[name]}
            onChange={(values) => set({ [name]: values })}
            error={at(`filter.${name}`)}
            limit={50}
            acceptValueOnBlur
          />
        ))}
      </Stack>
    </Fieldset>
  );
}

/** What can be picked: the words of access events, what the catalogue knows, and the sources that are there. */
function useKnown(categories: readonly string[]): Record<"activities" | "entities" | "sources", string[]> {
  const { can } = useWho();
  const catalogue = useQuery({
    queryKey: ["catalogue", "offered"],
    queryFn: ({ signal }) => told(api.GET("/api/v1/catalogue", { signal })),
    enabled: can("settings view", "sign_in_log view", "login_logout view", "audit_logs view", "activity_audit view"),
  });
  const status = useQuery({
    queryKey: ["status", "whole"],
    queryFn: ({ signal }) => told(api.GET("/api/v1/status", { signal })),
    enabled: can("sources view", "operations view", "settings view"),
  });
  const entities = [...(catalogue.data?.applications ?? []), ...(catalogue.data?.unassigned ?? [])].flatMap((one) => one.entities);
  const activities = entities.flatMap((entity) => entity.activities.map(({ name }) => name));
  return {
    activities: sorted([...(categories.includes("access") ? ACCESS : []), ...(categories.includes("activity") ? activities : [])]),
    entities: sorted(entities.map(({ name }) => name)),
    sources: sorted((status.data?.sources ?? []).map(({ source }) => source)),
  };
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort((one, other) => one.localeCompare(other));
}
