/** The password of an archive, with the conditions that it has to meet and which of them it meets. */
import { Alert, Stack, Text, VisuallyHidden } from "@mantine/core";
import { IconCheck, IconCircle, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "./library.module.css";
import type { PasswordCheck } from "./use-password-check";
import { PasswordField } from "../ui/PasswordField";

const CONDITIONS = {
  reference: ["characters", "letter", "digit", "sign", "length"],
  passphrase: ["length", "characters"],
} as const;

interface Props {
  password: string;
  check: PasswordCheck;
  error: ReactNode;
  onChange: (password: string) => void;
}

export function PasswordEntry({ password, check, error, onChange }: Props) {
  const { t } = useTranslation("library");
  return (
    <Stack gap="xs">
      <PasswordField
        label={t("password.label")}
        value={password}
        onChange={(event) => onChange(event.currentTarget.value)}
        autoComplete="new-password"
        error={error}
        data-autofocus
      />
      <Conditions password={password} check={check} />
      <Alert variant="light" icon={<IconInfoCircle aria-hidden />} p="xs">
        <Text size="sm">{t("password.told")}</Text>
      </Alert>
    </Stack>
  );
}

function Conditions({ password, check }: { password: string; check: PasswordCheck }) {
  const { t } = useTranslation("library");
  if (check.is === "failed") return <Text size="sm" c="dimmed">{t("password.notChecked")}</Text>;
  const rule = check.is === "checked" && check.answer.rule === "passphrase" ? "passphrase" : "reference";
  const broken = new Set(check.is === "checked" ? check.answer.reasons.map((reason) => reason.rule) : []);
  // Of an empty one, nothing is met yet.
  const isMet = (name: string): boolean => check.is === "checked" && password !== "" && !broken.has(name);
  const conditions = CONDITIONS[rule].map((name) => ({
    name,
    words: rule === "passphrase" ? t(`password.passphrase.${name as "length"}`) : t(`password.reference.${name}`),
    met: isMet(name),
  }));
  return (
    <div>
      <Text size="sm">{t("password.conditions")}</Text>
      <ul className={classes.conditions}>
        {conditions.map(({ name, words, met }) => (
          <li key={name} className={classes.condition} data-met={met || undefined}>
            {met ? <IconCheck size={16} aria-hidden /> : <IconCircle size={16} aria-hidden />}
            {words}
            <VisuallyHidden>{t(met ? "password.met" : "password.unmet")}</VisuallyHidden>
          </li>
        ))}
      </ul>
      <VisuallyHidden role="status">{t("password.of", { met: conditions.filter(({ met }) => met).length, all: conditions.length })}</VisuallyHidden>
    </div>
  );
}
