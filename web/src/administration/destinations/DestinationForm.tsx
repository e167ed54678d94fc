/** Makes or changes a destination; what is filled in can be tried before it is saved. */
import { Button, Select, TextInput } from "@mantine/core";
import { IconPlugConnected } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../../api/client";
import { useAction } from "../../session/use-action";
import { FailureNote } from "../../ui/States";
import { FormDrawer } from "../../ui/FormDrawer";
import type { Secret } from "../settings/SecretField";
import { Steps } from "../settings/Steps";
import { fieldError, otherFailure } from "../settings/field-error";
import { tagOf, useChange } from "../settings/use-change";
import { ConfigField } from "./ConfigField";
import { DestinationSecret } from "./DestinationSecret";
import { type Config, type Destination, FIELDS, KINDS, type Kind, kindOf, toSend } from "./fields";

type Body = Schemas["DestinationBody"];

interface Draft {
  name: string;
  kind: Kind;
  config: Config;
  secret: Secret;
  sessionToken: string;
}

/** `destination` is null where one is made. */
export function DestinationForm({ destination, onClose }: { destination: Destination | null; onClose: () => void }) {
  const { t } = useTranslation("setup");
  const common = useTranslation().t;
  const change = useChange(["destinations"]);
  const test = useAction();
  const [tested, setTested] = useState<Schemas["TestAnswer"] | null>(null);
  const [draft, setDraft] = useState<Draft>(() => draftOf(destination));
  const set = (part: Partial<Draft>): void => {
    setDraft({ ...draft, ...part });
    setTested(null);
  };
  const fields = FIELDS[draft.kind].filter(({ when }) => when === undefined || when(draft.config));
  const failure = test.failure ?? change.failure;
  const shown = ["name", "secret", ...fields.map(({ name }) => `config.${name}`)];
  const isUnchanged = destination !== null && JSON.stringify(draft) === JSON.stringify(draftOf(destination));
  const tryIt = (): void => {
    change.forget();
    test.run(async () => setTested(await (isUnchanged ? testStored(destination.id) : told(api.POST("/api/v1/destinations/test", { body: bodyOf(draft) })))));
  };
  const submit = (): void => {
    test.forget();
    change.run(() => save(destination, bodyOf(draft)), t(destination === null ? "destinations.made" : "destinations.changed", { name: draft.name }), onClose);
  };
  return (
    <FormDrawer
      title={destination === null ? t("destinations.create") : t("destinations.edit", { name: destination.name })}
      onClose={onClose}
      onSubmit={submit}
      busy={change.busy}
      trying={test.busy}
      failure={otherFailure(failure, shown)}
      word={destination === null ? common("action.create") : common("action.save")}
      tools={
        <Button variant="default" leftSection={<IconPlugConnected size={16} aria-hidden />} loading={test.busy} onClick={tryIt}>
          {common("action.test")}
        </Button>
      }
    >
      <TextInput
        label={t("destinations.name")}
        value={draft.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
        error={fieldError(failure, "name")}
        maxLength={200}
        required
        data-autofocus
      />
      <Select
        label={t("destinations.kind")}
        description={destination === null ? t(`destinations.about.${draft.kind}`) : t("destinations.kindStays")}
        data={KINDS.map((kind) => ({ value: kind, label: t(`destinations.is.${kind}`) }))}
        value={draft.kind}
        onChange={(next) => set({ kind: kindOf(next ?? "") ?? "folder", config: {}, secret: undefined, sessionToken: "" })}
        disabled={destination !== null}
        allowDeselect={false}
      />
      {fields.map((field) => (
        <ConfigField
          key={field.name}
          field={field}
          value={draft.config[field.name]}
          error={fieldError(failure, `config.${field.name}`)}
          onChange={(value) => set({ config: { ...draft.config, [field.name]: value } })}
        />
      ))}
      <DestinationSecret
        kind={draft.kind}
        stored={destination?.has_secret === true}
        value={draft.secret}
        sessionToken={draft.sessionToken}
        error={fieldError(failure, "secret")}
        onChange={(secret) => set({ secret })}
        onSessionToken={(sessionToken) => set({ sessionToken })}
        needsAnew={destination?.has_secret === true && !isUnchanged && draft.secret === undefined}
      />
      {test.failure !== null && test.failure.status !== 422 && <FailureNote failure={test.failure} />}
      {tested !== null && <Steps ok={tested.ok} steps={tested.steps} />}
    </FormDrawer>
  );
}

function testStored(id: string): Promise<Schemas["TestAnswer"]> {
  return told(api.POST("/api/v1/destinations/{id}/test", { params: { path: { id } } }));
}

function save(destination: Destination | null, body: Body): Promise<unknown> {
  if (destination === null) return api.POST("/api/v1/destinations", { body });
  const { id, version } = destination;
  return api.PUT("/api/v1/destinations/{id}", { params: { path: { id }, header: { "If-Match": tagOf(version) } }, body });
}

function draftOf(destination: Destination | null): Draft {
  return {
    name: destination?.name ?? "",
    kind: kindOf(destination?.kind ?? "") ?? "folder",
    config: destination?.config ?? {},
    secret: undefined,
    sessionToken: "",
  };
}

/** A temporary key of S3 has two secrets, which go as an object. */
function bodyOf({ name, kind, config, secret, sessionToken }: Draft): Body {
  const both = typeof secret === "string" && sessionToken !== "" ? { secret_access_key: secret, session_token: sessionToken } : secret;
  const body = { name, kind, config: toSend(kind, config) as Record<string, never> };
  return secret === undefined ? body : { ...body, secret: both as string | null };
}
