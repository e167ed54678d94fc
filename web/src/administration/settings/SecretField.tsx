/** A secret that is written and never shown: whether one is stored, another one in its place, or none any more. */
import { Checkbox, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { PasswordField } from "../../ui/PasswordField";

/** Undefined leaves what is stored; null takes it away. */
export type Secret = string | null | undefined;

interface Props {
  label: string;
  hint: ReactNode;
  stored: boolean;
  value: Secret;
  error?: ReactNode;
  onChange: (value: Secret) => void;
}

export function SecretField({ label, hint, stored, value, error, onChange }: Props) {
  const { t } = useTranslation("setup");
  return (
    <Stack gap={6}>
      <PasswordField
        label={label}
        description={hint}
        value={value ?? ""}
        onChange={({ currentTarget: { value: text } }) => onChange(text === "" ? undefined : text)}
        placeholder={stored && value !== null ? t("secret.stored") : t("secret.none")}
        disabled={value === null}
        error={error}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ "aria-label": t("secret.show") }}
      />
      {stored && (
        <Checkbox
          size="xs"
          label={t("secret.takeAway")}
          checked={value === null}
          onChange={({ currentTarget: { checked } }) => onChange(checked ? null : undefined)}
        />
      )}
    </Stack>
  );
}
