/** Adds an entry to the catalogue: an application, an entity of it, an activity of that, or a part of these. */
import { Autocomplete, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../../api/client";
import { FormDrawer } from "../../ui/FormDrawer";
import { isSame } from "../../ui/merge";
import { TextField } from "../../ui/TextField";
import { useSaving } from "../../ui/use-saving";
import { useStored } from "./use-change";

const EFFECTS = ["change", "read"] as const;
const FIELDS = ["application", "entity", "activity", "effect", "label"] as const;
type Draft = Record<(typeof FIELDS)[number], string>;
const EMPTY: Draft = { application: "", entity: "", activity: "", effect: "", label: "" };

export function CatalogueEntryForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("setup");
  const common = useTranslation().t;
  const saving = useSaving(FIELDS);
  const stored = useStored(["catalogue"]);
  const [draft, setDraft] = useState(EMPTY);
  const { data } = useQuery({
    queryKey: ["catalogue", "whole"],
    queryFn: ({ signal }) => told(api.GET("/api/v1/catalogue", { params: { query: { all: true } }, signal })),
  });
  const set = (part: Partial<Draft>): void => {
    setDraft({ ...draft, ...part });
    saving.touched(...Object.keys(part));
  };
  const applications = data?.applications ?? [];
  const entities = applications.find(({ name }) => name === draft.application)?.entities ?? [];
  const activities = entities.find(({ name }) => name === draft.entity)?.activities ?? [];
  const save = async (): Promise<void> => {
    const filled = Object.entries(draft).map(([name, text]) => [name, text.trim() === "" ? null : text.trim()]);
    const body = Object.fromEntries(filled) as Record<keyof Draft, string | null>;
    await told(api.PUT("/api/v1/catalogue/entries", { body }));
    await stored(t("catalogue.entryAdded"), onClose);
  };
  const offered = { application: applications, entity: entities, activity: activities };
  return (
    <FormDrawer
      title={t("catalogue.add")}
      onClose={onClose}
      onSubmit={() => saving.run({ save })}
      busy={saving.busy}
      isChanged={!isSame(draft, EMPTY)}
      failure={saving.failure}
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
          error={saving.at(name)}
          // It is where one begins, and must not cover the others.
          openOnFocus={false}
          limit={50}
        />
      ))}
      <Select
        label={t("catalogue.effect")}
        data={EFFECTS.map((value) => ({ value, label: t(`catalogue.is.${value}`) }))}
        value={draft.effect === "" ? null : draft.effect}
        onChange={(next) => set({ effect: next ?? "" })}
        error={saving.at("effect")}
        placeholder={t("catalogue.notSaid")}
        clearable
      />
      <TextField
        label={t("catalogue.label")}
        description={t("catalogue.labelHint")}
        value={draft.label}
        onChange={(label) => set({ label })}
        error={saving.at("label")}
      />
    </FormDrawer>
  );
}
