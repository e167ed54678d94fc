/** Signing in with an API key. Whether the key is valid is found out by using it. */
import { Button, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Card, Wrong } from "./Card";
import { keepKey } from "./key";
import { PasswordField } from "../ui/PasswordField";

interface Props {
  /** Whether the last key is none that the server knows. */
  isUnknown: boolean;
  /** To the sign-in with account and password. */
  onBack: () => void;
}

export function KeySignIn({ isUnknown, onBack }: Props) {
  const { t } = useTranslation("session");
  const [key, setKey] = useState("");
  const [wrong, setWrong] = useState<"empty" | "malformed" | "unknown" | null>(isUnknown ? "unknown" : null);
  const [count, setCount] = useState(0);
  const submit = (): void => {
    setCount(count + 1);
    const entered = key.trim();
    // Anything else can't stand in the header of a request.
    if (/^[\x21-\x7e]+$/.test(entered)) keepKey(entered);
    else setWrong(entered === "" ? "empty" : "malformed");
  };
  return (
    <Card title={t("key.title")} onSubmit={submit}>
      <Text size="sm" c="dimmed">
        {t("key.hint")}
      </Text>
      <PasswordField
        label={t("key.label")}
        value={key}
        onChange={(event) => setKey(event.currentTarget.value)}
        autoComplete="off"
        error={wrong !== null}
        autoFocus
      />
      <Wrong text={wrong === null ? null : t(`key.${wrong}`)} count={count} />
      <Button type="submit" fullWidth>
        {t("signIn")}
      </Button>
      <Button variant="subtle" size="xs" onClick={onBack}>
        {t("key.back")}
      </Button>
    </Card>
  );
}
