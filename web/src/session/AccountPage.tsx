/** One's own account: password, one-time codes, and what one may do. */
import { Alert, Paper, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconUserShare } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Form } from "../ui/Form";
import { Page } from "../ui/Page";
import { usePermissionWords } from "../ui/permission-words";
import { useUnsaved } from "../ui/unsaved";
import { FactorPanel } from "./FactorPanel";
import { usePasswordForm } from "./PasswordFields";
import { useSessionHandle, useWho } from "./session";

export function AccountPage() {
  const { t } = useTranslation("session");
  const { session } = useWho();
  const { user, impersonator } = session;
  const isOwn = user != null && impersonator == null;
  return (
    <Page title={t("you.title")} about={t("you.signedInAs", { account: user?.account ?? session.name })}>
      {impersonator != null && (
        <Alert variant="light" icon={<IconUserShare aria-hidden />} mb="md">
          {t("you.acting", { name: user?.display_name ?? session.name })}
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        {isOwn && <PasswordPanel account={user.account} />}
        {isOwn && <FactorPanel />}
        <Permissions />
      </SimpleGrid>
    </Page>
  );
}

/** What one may do, by area. */
function Permissions() {
  const { t } = useTranslation("session");
  const { session, can } = useWho();
  const words = usePermissionWords();
  const permissions = [...new Set(session.grants.flatMap((grant) => grant.permissions))];
  const areas = new Map<string, string[]>();
  for (const permission of permissions) {
    const { area } = words.named(permission);
    areas.set(area, [...(areas.get(area) ?? []), permission]);
  }
  return (
    <Paper withBorder p="md">
      <Title order={2} mb="sm">
        {t("you.profiles")}
      </Title>
      {areas.size === 0 && <Text size="sm">{t("you.nothing")}</Text>}
      <Stack gap="xs" component="ul" className="codes">
        {[...areas].map(([area, own]) => (
          <li key={area}>
            <Text size="sm" fw={550}>
              {area}
            </Text>
            <Text size="sm">{own.map((permission) => words.named(permission).allows).join(" · ")}</Text>
            {can("profiles view") && (
              <Text size="xs" c="dimmed">
                {own.join(", ")}
              </Text>
            )}
          </li>
        ))}
      </Stack>
    </Paper>
  );
}

function PasswordPanel({ account }: { account: string }) {
  const { t } = useTranslation("session");
  const { again } = useSessionHandle();
  const { submit, fields, isBegun } = usePasswordForm({
    account,
    onChanged: () => {
      notifications.show({ message: t("change.done"), color: "green" });
      again();
    },
  });
  useUnsaved(isBegun);
  return (
    <Paper withBorder p="md">
      <Title order={2} mb="sm">
        {t("password")}
      </Title>
      <Form busy={false} onSubmit={submit}>
        <Stack gap="sm">{fields}</Stack>
      </Form>
    </Paper>
  );
}
