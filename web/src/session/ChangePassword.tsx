/** Choosing a password of one's own, before anything else. */
import { Button, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Card } from "./Card";
import { usePasswordForm } from "./PasswordFields";
import type { Session } from "./session";

interface Props {
  session: Session;
  onChanged: () => void;
  onSignOut: () => void;
}

export function ChangePassword({ session, onChanged, onSignOut }: Props) {
  const { t } = useTranslation("session");
  const account = session.user?.account ?? session.name;
  const { submit, fields } = usePasswordForm({ account, onChanged });
  return (
    <Card title={t("change.title")} beginAtTitle onSubmit={submit}>
      <Text size="sm" c="dimmed">
        {t("change.made", { account })}
      </Text>
      {fields}
      <Button variant="subtle" size="xs" onClick={onSignOut}>
        {t("signOut")}
      </Button>
    </Card>
  );
}
