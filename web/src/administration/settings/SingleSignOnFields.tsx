/** The fields of single sign-on. */
import { Checkbox, SimpleGrid, Stack, Switch, TagsInput, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { CopyText } from "../../ui/CopyText";
import { TextField } from "../../ui/TextField";
import { GroupProfiles } from "./GroupProfiles";
import { type Secret, SecretField } from "./SecretField";
import type { Fields } from "./Setting";
import { addressFault } from "./web-address";

type Body = Schemas["SingleSignOnBody"];
type TextName = "name" | "address" | "issuer" | "client_id" | "account_claim" | "groups_claim";

/** How the server tells that there is a secret, and is told that it stays. */
const MASKED = "(masked)";
const EXAMPLES: Readonly<Record<TextName, string>> = {
  name: "Keycloak",
  address: "https://rollcall.example",
  issuer: "https://id.example/realms/staff",
  client_id: "rollcall",
  account_claim: "preferred_username",
  groups_claim: "groups",
};

export function SingleSignOnFields({ draft, tag, set, at, disabled }: Fields<Body>) {
  const { t } = useTranslation("setup");
  // What is not offered yet may still be empty.
  const fault = (name: TextName): string | undefined => {
    if ((name !== "address" && name !== "issuer") || (draft[name] === "" && !draft.enabled)) return undefined;
    const found = addressFault(draft[name], name === "issuer");
    return found === null ? undefined : t(`sso.fault.${found}`);
  };
  const text = (name: TextName) => (
    <TextField
      label={t(`sso.field.${name}`)}
      description={t(`sso.hint.${name}`)}
      value={draft[name]}
      onChange={(value) => set({ [name]: value })}
      fault={fault(name)}
      error={at(name)}
      placeholder={EXAMPLES[name]}
      disabled={disabled}
    />
  );
  return (
    <>
      <Switch
        label={t("sso.enabled")}
        description={t("sso.enabledHint")}
        checked={draft.enabled}
        onChange={(event) => set({ enabled: event.currentTarget.checked })}
        disabled={disabled}
      />
      {text("name")}
      {text("address")}
      <ToEnter address={draft.address} />
      {text("issuer")}
      {text("client_id")}
      {!disabled && <ClientSecret key={tag} draft={draft} set={set} error={at("client_secret")} />}
      <TagsInput
        label={t("sso.scopes")}
        description={t("sso.scopesHint")}
        value={draft.scopes}
        onChange={(scopes) => set({ scopes })}
        error={at("scopes")}
        splitChars={[" ", ","]}
        acceptValueOnBlur
        disabled={disabled}
      />
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        {text("account_claim")}
        {text("groups_claim")}
      </SimpleGrid>
      <GroupProfiles
        key={`groups ${tag}`}
        value={draft.group_profiles}
        onChange={(profiles) => set({ group_profiles: profiles })}
        error={at("group_profiles")}
        disabled={disabled}
      />
      <Checkbox
        label={t("sso.createUsers")}
        description={t("sso.createUsersHint")}
        checked={draft.create_users}
        onChange={(event) => set({ create_users: event.currentTarget.checked })}
        disabled={disabled}
      />
      <Checkbox
        label={t("sso.linkUsers")}
        description={t("sso.linkUsersHint")}
        checked={draft.link_users}
        onChange={(event) => set({ link_users: event.currentTarget.checked })}
        disabled={disabled}
      />
    </>
  );
}

/** What is to be entered at the provider. */
function ToEnter({ address }: { address: string }) {
  const { t } = useTranslation("setup");
  const base = address.replace(/\/+$/, "");
  if (addressFault(address, false) !== null) return null;
  return (
    <Stack gap={6}>
      <Text size="sm">{t("sso.redirect")}</Text>
      <CopyText text={`${base}/api/v1/sign-in/openid/callback`} label={t("sso.redirect")} />
      <Text size="sm">{t("sso.backChannel")}</Text>
      <CopyText text={`${base}/api/v1/sign-in/openid/back-channel-logout`} label={t("sso.backChannel")} />
    </Stack>
  );
}

interface SecretProps {
  draft: Body;
  set: (part: Partial<Body>) => void;
  error: ReactNode;
}

/** `(masked)` is what was read where there is a secret: written back, it stays. */
function ClientSecret({ draft, set, error }: SecretProps) {
  const { t } = useTranslation("setup");
  const secret = draft.client_secret ?? null;
  const [stored] = useState(secret === MASKED);
  const unchanged = stored ? MASKED : null;
  return (
    <SecretField
      label={t("sso.secret")}
      hint={t("sso.secretHint")}
      stored={stored}
      value={secret === unchanged ? undefined : secret}
      error={error}
      onChange={(next: Secret) => set({ client_secret: next === undefined ? unchanged : next })}
    />
  );
}
