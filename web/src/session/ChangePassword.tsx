/** Choosing a password of one's own, before anything else. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Card } from "./Card";
import { usePasswordForm } from "./PasswordFields";
import { SignOutButton } from "./SignOutButton";
import type { Session } from "./session";

interface Props {
  session: Session;
  onChanged: () => void;
}

export function ChangePassword({ session, onChanged }: Props) {
  const { t } = useTranslation("session");
  const account = session.user?.account ?? session.name;
  const { submit, fields } = usePasswordForm({ account, onChanged });
  return (
    <Card title={t("change.title")} beginAtTitle onSubmit={submit}>
      <Text size="sm" c="dimmed">
        {t("change.made", { account })}
      </Text>
      {fields}
      <SignOutButton />
    </Card>
  );
}
