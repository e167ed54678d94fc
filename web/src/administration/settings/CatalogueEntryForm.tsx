/** Adds an entry to the catalogue: an application, an entity of it, an activity of that, or a part of these. */
import { Autocomplete, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../../api/client";
import { FormDrawer } from "../../ui/FormDrawer";
import { fieldError, otherFailure } from "./field-error";
import { useChange } from "./use-change";

const EFFECTS = ["change", "read"] as const;
const FIELDS = ["application", "entity", "activity", "effect", "label"] as const;
type Draft = Record<(typeof FIELDS)[number], string>;

export function CatalogueEntryForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("setup");
  const common = useTranslation().t;
  const change = useChange(["catalogue"]);
  const [draft, setDraft] = useState<Draft>({ application: "", entity: "", activity: "", effect: "", label: "" });
  const { data } = useQuery({
    queryKey: ["catalogue", "whole"],
    queryFn: ({ signal }) => told(api.GET("/api/v1/catalogue", { params: { query: { all: true } }, signal })),
  });
  const set = (part: Partial<Draft>): void => setDraft({ ...draft, ...part });
  const applications = data?.applications ?? [];
  const entities = applications.find(({ name }) => name === draft.application)?.entities ?? [];
  const activities = entities.find(({ name }) => name === draft.entity)?.activities ?? [];
  const submit = (): void => {
    const filled = Object.entries(draft).map(([name, text]) => [name, text.trim() === "" ? null : text.trim()]);
    const body = Object.fromEntries(filled) as Record<keyof Draft, string | null>;
    change.run(() => told(api.PUT("/api/v1/catalogue/entries", { body })), t("catalogue.entryAdded"), onClose);
  };
  const offered = { application: applications, entity: entities, activity: activities };
  return (
    <FormDrawer
      title={t("catalogue.add")}
      onClose={onClose}
      onSubmit={submit}
      busy={change.busy}
      failure={otherFailure(change.failure, FIELDS)}
      word={common("action.add")}
      size="md"
    >
      {(["application", "entity", "activity"] as const).map((name) => (
        <Autocomplete
          key={name}
          label={t(`catalogue.${name}`)}
          description={t(`catalogue.${name}Hint`)}
          data={[...new Set(offered[name].map((one) => one.name))]}
          value={draft[name]}
          onChange={(text) => set({ [name]: text })}
          error={fieldError(change.failure, name)}
          limit={50}
        />
      ))}
      <Select
        label={t("catalogue.effect")}
        data={EFFECTS.map((value) => ({ value, label: t(`catalogue.is.${value}`) }))}
        value={draft.effect === "" ? null : draft.effect}
        onChange={(next) => set({ effect: next ?? "" })}
        error={fieldError(change.failure, "effect")}
        placeholder={t("catalogue.notSaid")}
        clearable
      />
      <TextInput
        label={t("catalogue.label")}
        description={t("catalogue.labelHint")}
        value={draft.label}
        onChange={(event) => set({ label: event.currentTarget.value })}
        error={fieldError(change.failure, "label")}
      />
    </FormDrawer>
  );
}
