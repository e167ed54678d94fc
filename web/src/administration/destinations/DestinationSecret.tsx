/** The secret of a destination, which each kind calls something else. */
import { Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ReactNode } from "react";
import { CopyText } from "../../ui/CopyText";
import { type Secret, SecretField } from "../settings/SecretField";
import { type Kind, newSigningSecret } from "./fields";
import { PasswordField } from "../../ui/PasswordField";

interface Props {
  kind: Kind;
  stored: boolean;
  value: Secret;
  sessionToken: string;
  error?: ReactNode;
  /** Whether a test of what is filled in needs the secret, which the page doesn't know. */
  needsAnew: boolean;
  onChange: (value: Secret) => void;
  onSessionToken: (token: string) => void;
}

export function DestinationSecret({ kind, stored, value, sessionToken, error, needsAnew, onChange, onSessionToken }: Props) {
  const { t } = useTranslation("setup");
  if (kind === "folder") return null;
  return (
    <>
      <SecretField
        label={t(`destinations.secret.${kind}`)}
        hint={t(`destinations.secretHint.${kind}`)}
        stored={stored}
        value={value}
        error={error}
        onChange={onChange}
      />
      {kind === "s3" && typeof value === "string" && (
        <PasswordField
          label={t("destinations.sessionToken")}
          description={t("destinations.sessionTokenHint")}
          value={sessionToken}
          onChange={(event) => onSessionToken(event.currentTarget.value)}
          autoComplete="off"
          visibilityToggleButtonProps={{ "aria-label": t("secret.show") }}
        />
      )}
      {kind === "webhook" && (
        <Group>
          <Button size="compact-sm" variant="default" onClick={() => onChange(newSigningSecret())}>
            {t("destinations.newSecret")}
          </Button>
        </Group>
      )}
      {kind === "webhook" && typeof value === "string" && <CopyText text={value} label={t("destinations.secret.webhook")} />}
      {needsAnew && (
        <Text size="xs" c="dimmed">
          {t("destinations.testNeedsSecret")}
        </Text>
      )}
    </>
  );
}
