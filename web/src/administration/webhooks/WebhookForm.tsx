/** Makes or changes a webhook: where it calls, and which events it is told of. */
import { Box, Checkbox, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../../api/client";
import { useFormat } from "../../i18n/use-format";
import { ConflictNote, type TextOf } from "../../ui/ConflictNote";
import { Fault, useTried } from "../../ui/Form";
import { FormDrawer } from "../../ui/FormDrawer";
import { TextField } from "../../ui/TextField";
import { type Versioned, useDraft } from "../../ui/use-draft";
import { useSaving } from "../../ui/use-saving";
import { tagOf, useStored } from "../settings/use-change";
import { FilterFields } from "./FilterFields";
import { useFilterWords } from "./filter-words";

type Webhook = Schemas["WebhookAnswer"];
type Body = Schemas["NewWebhook"];

const FIELDS = ["name", "url", "allow_http", "filter.categories", "filter.activities", "filter.outcomes", "filter.entities", "filter.sources"];
const NEW: Body = {
  name: "",
  url: "",
  allow_http: false,
  filter: { categories: ["access"], activities: [], outcomes: [], entities: [], sources: [], runs: false },
};

interface Props {
  /** Null where one is made. */
  webhook: Webhook | null;
  onClose: () => void;
  onSecret: (secret: string) => void;
}

export function WebhookForm({ webhook, onClose, onSecret }: Props) {
  const { t } = useTranslation("setup");
  const common = useTranslation().t;
  const saving = useSaving(FIELDS);
  const stored = useStored(["webhooks"]);
  const draft = useDraft(webhook === null ? { value: NEW, tag: "" } : versionOf(webhook));
  const { name, url, allow_http: allowsHttp = false, filter } = draft.value;
  const texts = useTexts();
  const set = (part: Partial<Body>, field: string): void => {
    draft.set(part);
    saving.touched(field);
  };
  const save = async (): Promise<void> => {
    if (webhook === null) {
      const { secret } = await told(api.POST("/api/v1/webhooks", { body: draft.value }));
      onSecret(secret);
      await stored(t("webhooks.made", { name }), onClose);
      return;
    }
    await api.PUT("/api/v1/webhooks/{id}", { params: { path: { id: webhook.id }, header: { "If-Match": draft.tag } }, body: draft.value });
    await stored(t("webhooks.changed", { name }), onClose);
  };
  const meet = async (): Promise<void> => {
    if (webhook === null) return;
    draft.meet(versionOf(await told(api.GET("/api/v1/webhooks/{id}", { params: { path: { id: webhook.id } } }))));
    await stored(null);
  };
  return (
    <FormDrawer
      title={webhook === null ? t("webhooks.create") : t("webhooks.edit", { name: webhook.name })}
      onClose={onClose}
      onSubmit={() => saving.run({ save, meet })}
      busy={saving.busy}
      isChanged={draft.isChanged}
      failure={saving.failure}
      word={webhook === null ? common("action.create") : common("action.save")}
    >
      <ConflictNote draft={draft} fields={texts} />
      <TextField label={t("webhooks.name")} value={name} onChange={(text) => set({ name: text }, "name")} error={saving.at("name")} limit={200} required withAsterisk />
      <TextField
        label={t("webhooks.url")}
        description={t("webhooks.urlHint")}
        type="url"
        value={url}
        onChange={(text) => set({ url: text }, "url")}
        error={saving.at("url")}
        placeholder="https://hooks.example.com/rollcall"
        required
        withAsterisk
      />
      <Checkbox
        label={t("webhooks.allowHttp")}
        description={t("webhooks.allowHttpHint")}
        checked={allowsHttp}
        onChange={(event) => {
          set({ allow_http: event.currentTarget.checked }, "allow_http");
          // Whether an address is taken depends on it.
          saving.touched("url");
        }}
        error={saving.at("allow_http")}
      />
      <FilterFields filter={filter} at={saving.at} onChange={(next) => set({ filter: next }, "filter")} />
      <TellsNothing is={filter.categories.length === 0 && !filter.runs} />
      <Text size="xs" c="dimmed">
        {t("webhooks.ownerHint")}
      </Text>
    </FormDrawer>
  );
}

/** It has to be told of something. */
function TellsNothing({ is }: { is: boolean }) {
  const { t } = useTranslation("setup");
  const tried = useTried();
  if (!is) return null;
  return (
    <Box data-wrong={tried || undefined} tabIndex={-1}>
      <Fault is />
      <Text size="sm" c="var(--mantine-color-error)" role="alert">
        {t("webhooks.filter.nothing")}
      </Text>
    </Box>
  );
}

function versionOf({ name, url, allow_http, filter, version }: Webhook): Versioned<Body> {
  return { value: { name, url, allow_http, filter }, tag: tagOf(version) };
}

function useTexts(): TextOf<Body>[] {
  const { t } = useTranslation("setup");
  const { t: common } = useTranslation();
  const { list } = useFormat();
  const words = useFilterWords();
  const named = (["activities", "entities", "sources"] as const).map((name) => ({
    label: t(`webhooks.filter.${name}`),
    text: ({ filter }: Body) => list(filter[name]),
  }));
  return [
    { label: t("webhooks.name"), text: ({ name }) => name },
    { label: t("webhooks.url"), text: ({ url }) => url },
    { label: t("webhooks.allowHttp"), text: ({ allow_http }) => common(allow_http === true ? "word.yes" : "word.no") },
    { label: t("webhooks.filter.categories"), text: ({ filter }) => list(words.categories(filter)) },
    { label: t("webhooks.filter.runs"), text: ({ filter }) => common(filter.runs ? "word.yes" : "word.no") },
    { label: t("webhooks.filter.outcomes"), text: ({ filter }) => list(words.outcomes(filter)) },
    ...named,
  ];
}
