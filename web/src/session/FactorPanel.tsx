/** One's own one-time codes: set up if there are none, removed if there are. */
import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { Form } from "../ui/Form";
import { FailureNote } from "../ui/States";
import { PasswordTextField, TextField } from "../ui/TextField";
import { useEnrolment } from "./Enrolment";
import { useSessionHandle, useWho } from "./session";
import { useAction } from "./use-action";

export function FactorPanel() {
  const { t } = useTranslation("session");
  const { again } = useSessionHandle();
  const { session } = useWho();
  // What has been done, or found out, here.
  const [since, setSince] = useState<boolean | null>(null);
  const [round, setRound] = useState(0);
  const has = since ?? session.user?.has_second_factor ?? false;
  const settle = (hasNow: boolean): void => {
    setSince(hasNow);
    setRound(round + 1);
  };
  return (
    <Paper withBorder p="md">
      <Title order={2} mb="sm">
        {t(has ? "factor.isThere" : "factor.title")}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t(has ? "factor.asked" : "factor.offered")}
      </Text>
      {has ? (
        <Remove key={round} onDone={() => settle(false)} />
      ) : (
        <Enrol
          key={round}
          onThere={() => settle(true)}
          onCancel={() => setRound(round + 1)}
          onDone={() => {
            settle(true);
            again();
          }}
        />
      )}
    </Paper>
  );
}

function Enrol({ onDone, onThere, onCancel }: { onDone: () => void; onThere: () => void; onCancel: () => void }) {
  const { t } = useTranslation();
  const cancel = (
    <Button variant="default" onClick={onCancel}>
      {t("action.cancel")}
    </Button>
  );
  const { submit, fields } = useEnrolment(onDone, { aside: cancel, onThere });
  return (
    <Form busy={false} onSubmit={submit}>
      <Stack gap="sm">{fields}</Stack>
    </Form>
  );
}

function Remove({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("session");
  const { t: common } = useTranslation();
  const [opened, setOpened] = useState(false);
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const { busy, failure, run, forget } = useAction();
  if (!opened) {
    return (
      <Button variant="default" onClick={() => setOpened(true)}>
        {t("factor.remove")}
      </Button>
    );
  }
  const submit = (): void =>
    run(async () => {
      await api.POST("/api/v1/account/second-factor/remove", { body: { password, code } });
      notifications.show({ message: t("factor.removed"), color: "green" });
      onDone();
    });
  const enter = (set: (text: string) => void) => (text: string) => {
    set(text);
    forget();
  };
  const isRefused = failure?.problem.type === "/problems/forbidden";
  const cancel = (): void => {
    for (const empty of [setPassword, setCode]) empty("");
    forget();
    setOpened(false);
  };
  return (
    <Form busy={busy} onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm">{t("factor.removeHint")}</Text>
        <PasswordTextField
          label={t("password")}
          value={password}
          onChange={enter(setPassword)}
          autoComplete="current-password"
          required
          error={isRefused ? t("factor.refused") : undefined}
          autoFocus
        />
        <TextField label={t("code")} value={code} onChange={enter(setCode)} autoComplete="one-time-code" required error={isRefused} />
        {failure !== null && !isRefused && <FailureNote failure={failure} />}
        <Group gap="xs">
          <Button type="submit" color="red" loading={busy}>
            {t("factor.remove")}
          </Button>
          <Button variant="default" onClick={cancel}>
            {common("action.cancel")}
          </Button>
        </Group>
      </Stack>
    </Form>
  );
}
