/** Makes or changes a destination; what is filled in can be tried before it is saved. */
import { Button, Select } from "@mantine/core";
import { IconPlugConnected } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../../api/client";
import { ConflictNote } from "../../ui/ConflictNote";
import { FormDrawer } from "../../ui/FormDrawer";
import { TextField } from "../../ui/TextField";
import { useDraft } from "../../ui/use-draft";
import { useSaving } from "../../ui/use-saving";
import { Steps } from "../settings/Steps";
import { useStored } from "../settings/use-change";
import { ConfigField } from "./ConfigField";
import { DestinationSecret } from "./DestinationSecret";
import { type Body, type Draft, bodyOf, draftOf, useTexts } from "./draft";
import { type Destination, FIELDS, KINDS, kindOf } from "./fields";

/** `destination` is null where one is made. */
export function DestinationForm({ destination, onClose }: { destination: Destination | null; onClose: () => void }) {
  const { t } = useTranslation("setup");
  const common = useTranslation().t;
  const stored = useStored(["destinations"]);
  const [tested, setTested] = useState<Schemas["TestAnswer"] | null>(null);
  const draft = useDraft(draftOf(destination));
  const { name, kind, config, secret, sessionToken } = draft.value;
  const fields = FIELDS[kind].filter(({ when }) => when === undefined || when(config));
  const shown = ["name", "secret", ...fields.map((field) => `config.${field.name}`)];
  const saving = useSaving(shown);
  const test = useSaving(shown);
  const texts = useTexts(FIELDS[kind]);
  const at = (field: string): ReactNode => test.at(field) ?? saving.at(field);
  const set = (part: Partial<Draft>, field: string): void => {
    draft.set(part);
    setTested(null);
    for (const one of [saving, test]) one.touched(field);
  };
  const tryIt = (): void => {
    saving.forget();
    const isStored = destination !== null && !draft.isChanged;
    test.run({ save: async () => setTested(await (isStored ? testStored(destination.id) : testFilledIn(bodyOf(draft.value)))) });
  };
  const save = async (): Promise<void> => {
    await send(destination, draft.tag, bodyOf(draft.value));
    await stored(t(destination === null ? "destinations.made" : "destinations.changed", { name }), onClose);
  };
  const meet = async (): Promise<void> => {
    if (destination === null) return;
    draft.meet(draftOf(await told(api.GET("/api/v1/destinations/{id}", { params: { path: { id: destination.id } } }))));
    await stored(null);
  };
  const submit = (): void => {
    test.forget();
    saving.run({ save, meet });
  };
  return (
    <FormDrawer
      title={destination === null ? t("destinations.create") : t("destinations.edit", { name: destination.name })}
      onClose={onClose}
      onSubmit={submit}
      busy={saving.busy}
      isChanged={draft.isChanged}
      trying={test.busy}
      failure={test.failure ?? saving.failure}
      word={destination === null ? common("action.create") : common("action.save")}
      tools={
        <Button variant="default" leftSection={<IconPlugConnected size={16} aria-hidden />} loading={test.busy} onClick={tryIt}>
          {common("action.test")}
        </Button>
      }
    >
      <ConflictNote draft={draft} fields={texts} />
      <TextField label={t("destinations.name")} value={name} onChange={(text) => set({ name: text }, "name")} error={at("name")} limit={200} required withAsterisk />
      <Select
        label={t("destinations.kind")}
        description={destination === null ? t(`destinations.about.${kind}`) : t("destinations.kindStays")}
        data={KINDS.map((one) => ({ value: one, label: t(`destinations.is.${one}`) }))}
        value={kind}
        onChange={(next) => set({ kind: kindOf(next ?? "") ?? "folder", config: {}, secret: undefined, sessionToken: "" }, "config")}
        disabled={destination !== null}
        allowDeselect={false}
      />
      {fields.map((field) => (
        <ConfigField
          key={field.name}
          field={field}
          value={config[field.name]}
          error={at(`config.${field.name}`)}
          onChange={(value) => set({ config: { ...config, [field.name]: value } }, `config.${field.name}`)}
        />
      ))}
      <DestinationSecret
        kind={kind}
        stored={destination?.has_secret === true}
        value={secret}
        sessionToken={sessionToken}
        error={at("secret")}
        onChange={(next) => set({ secret: next }, "secret")}
        onSessionToken={(token) => set({ sessionToken: token }, "secret")}
        needsAnew={destination?.has_secret === true && draft.isChanged && secret === undefined}
      />
      {tested !== null && <Steps ok={tested.ok} steps={tested.steps} />}
    </FormDrawer>
  );
}

function testFilledIn(body: Body): Promise<Schemas["TestAnswer"]> {
  return told(api.POST("/api/v1/destinations/test", { body }));
}

function testStored(id: string): Promise<Schemas["TestAnswer"]> {
  return told(api.POST("/api/v1/destinations/{id}/test", { params: { path: { id } } }));
}

function send(destination: Destination | null, tag: string, body: Body): Promise<unknown> {
  if (destination === null) return api.POST("/api/v1/destinations", { body });
  return api.PUT("/api/v1/destinations/{id}", { params: { path: { id: destination.id }, header: { "If-Match": tag } }, body });
}
