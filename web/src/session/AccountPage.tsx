/** One's own account: password, one-time codes, and what one may do. */
import { Badge, Button, Group, Paper, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { Page } from "../ui/Page";
import { FailureNote } from "../ui/States";
import { useEnrolment } from "./Enrolment";
import { usePasswordForm } from "./PasswordFields";
import { useSessionHandle, useWho } from "./session";
import { useAction } from "./use-action";
import { PasswordField } from "../ui/PasswordField";

const submitting =
  (act: () => void) =>
  (event: SubmitEvent): void => {
    event.preventDefault();
    act();
  };

export function AccountPage() {
  const { t } = useTranslation("session");
  const { session } = useWho();
  const permissions = [...new Set(session.grants.flatMap((grant) => grant.permissions))].sort();
  return (
    <Page title={t("you.title")} about={t("you.signedInAs", { account: session.user?.account ?? session.name })}>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        {session.user != null && <PasswordPanel account={session.user.account} />}
        {session.user != null && <FactorPanel />}
        <Paper withBorder p="md">
          <Title order={2} mb="sm">
            {t("you.profiles")}
          </Title>
          <Group gap={6}>
            {permissions.map((permission) => (
              <Badge key={permission} variant="default" tt="none" fw={500}>
                {permission}
              </Badge>
            ))}
          </Group>
        </Paper>
      </SimpleGrid>
    </Page>
  );
}

function PasswordPanel({ account }: { account: string }) {
  const { t } = useTranslation("session");
  const { again } = useSessionHandle();
  const { submit, fields } = usePasswordForm({
    account,
    onChanged: () => {
      notifications.show({ message: t("change.done"), color: "green" });
      again();
    },
  });
  return (
    <Paper withBorder p="md">
      <Title order={2} mb="sm">
        {t("password")}
      </Title>
      <Stack component="form" gap="sm" onSubmit={submitting(submit)}>
        {fields}
      </Stack>
    </Paper>
  );
}

function FactorPanel() {
  const { t } = useTranslation("session");
  const { again } = useSessionHandle();
  const [round, setRound] = useState(0);
  return (
    <Paper withBorder p="md">
      <Title order={2} mb="sm">
        {t("factor.title")}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t("factor.offered")}
      </Text>
      <Enrol
        key={round}
        onDone={() => {
          setRound(round + 1);
          again();
        }}
      />
      <RemoveFactor />
    </Paper>
  );
}

function Enrol({ onDone }: { onDone: () => void }) {
  const { submit, fields } = useEnrolment(onDone);
  return (
    <Stack component="form" gap="sm" onSubmit={submitting(submit)}>
      {fields}
    </Stack>
  );
}

function RemoveFactor() {
  const { t } = useTranslation("session");
  const [opened, setOpened] = useState(false);
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const { busy, failure, run } = useAction();
  if (!opened) {
    return (
      <Button variant="subtle" color="red" size="xs" mt="md" onClick={() => setOpened(true)}>
        {t("factor.remove")}
      </Button>
    );
  }
  const submit = (): void =>
    run(async () => {
      await api.POST("/api/v1/account/second-factor/remove", { body: { password, code } });
      notifications.show({ message: t("factor.removed"), color: "green" });
      setOpened(false);
    });
  return (
    <Stack component="form" gap="sm" mt="md" onSubmit={submitting(submit)}>
      <Text size="sm">{t("factor.removeHint")}</Text>
      <PasswordField
        label={t("password")}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        autoComplete="current-password"
        required
        withAsterisk={false}
      />
      <TextInput
        label={t("code")}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
        autoComplete="one-time-code"
        required
        withAsterisk={false}
      />
      {failure !== null && <FailureNote failure={failure} />}
      <Button type="submit" color="red" loading={busy}>
        {t("factor.remove")}
      </Button>
    </Stack>
  );
}
