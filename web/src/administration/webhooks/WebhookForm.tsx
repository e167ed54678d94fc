/** Makes or changes a webhook: where it calls, and which events it is told of. */
import { Checkbox, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../../api/client";
import { FormDrawer } from "../../ui/FormDrawer";
import { fieldError, otherFailure } from "../settings/field-error";
import { tagOf, useChange } from "../settings/use-change";
import { FilterFields } from "./FilterFields";

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
  const change = useChange(["webhooks"]);
  const [draft, setDraft] = useState<Body>(() => (webhook === null ? NEW : { name: webhook.name, url: webhook.url, allow_http: webhook.allow_http, filter: webhook.filter }));
  const set = (part: Partial<Body>): void => setDraft({ ...draft, ...part });
  const save = async (): Promise<void> => {
    if (webhook === null) {
      const { secret } = await told(api.POST("/api/v1/webhooks", { body: draft }));
      onSecret(secret);
      return;
    }
    const { id, version } = webhook;
    await api.PUT("/api/v1/webhooks/{id}", { params: { path: { id }, header: { "If-Match": tagOf(version) } }, body: draft });
  };
  const tellsNothing = draft.filter.categories.length === 0 && !draft.filter.runs;
  const submit = (): void => {
    if (!tellsNothing) change.run(save, t(webhook === null ? "webhooks.made" : "webhooks.changed", { name: draft.name }), onClose);
  };
  return (
    <FormDrawer
      title={webhook === null ? t("webhooks.create") : t("webhooks.edit", { name: webhook.name })}
      onClose={onClose}
      onSubmit={submit}
      busy={change.busy}
      failure={otherFailure(change.failure, FIELDS)}
      word={webhook === null ? common("action.create") : common("action.save")}
    >
      <TextInput
        label={t("webhooks.name")}
        value={draft.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
        error={fieldError(change.failure, "name")}
        maxLength={200}
        required
        data-autofocus
      />
      <TextInput
        label={t("webhooks.url")}
        description={t("webhooks.urlHint")}
        type="url"
        value={draft.url}
        onChange={(event) => set({ url: event.currentTarget.value })}
        error={fieldError(change.failure, "url")}
        placeholder="https://hooks.example.com/rollcall"
        required
      />
      <Checkbox
        label={t("webhooks.allowHttp")}
        description={t("webhooks.allowHttpHint")}
        checked={draft.allow_http === true}
        onChange={(event) => set({ allow_http: event.currentTarget.checked })}
        error={fieldError(change.failure, "allow_http")}
      />
      <FilterFields filter={draft.filter} failure={change.failure} onChange={(filter) => set({ filter })} />
      {tellsNothing && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {t("webhooks.filter.nothing")}
        </Text>
      )}
      <Text size="xs" c="dimmed">
        {t("webhooks.ownerHint")}
      </Text>
    </FormDrawer>
  );
}
