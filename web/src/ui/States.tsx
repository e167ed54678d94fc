/** What stands where rows or a form would: nothing there, something went wrong, or it may not be seen. */
import { Alert, Button, Group, Skeleton, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconAlertTriangle, IconInbox, IconLock } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Failure, explain } from "../api/failure";
import { useWho } from "../session/session";
import { ServerWords } from "./ServerWords";
import { usePermissionWords } from "./permission-words";

interface EmptyProps {
  what: string;
  advice?: string | undefined;
  icon?: ReactNode;
  children?: ReactNode;
}

/** There is nothing, and what to do about it. */
export function Empty({ what, advice, icon, children }: EmptyProps) {
  return (
    <Stack align="center" gap="xs" py="xl" px="md" className="state" role="status">
      <ThemeIcon variant="light" color="gray" size="xl" radius="xl">
        {icon ?? <IconInbox size={22} aria-hidden />}
      </ThemeIcon>
      <Title order={2}>{what}</Title>
      {advice !== undefined && (
        <Text size="sm" c="dimmed" ta="center" maw={480}>
          {advice}
        </Text>
      )}
      {children !== undefined && <Group gap="xs">{children}</Group>}
    </Stack>
  );
}

interface FailureProps {
  failure: Failure;
  onAgain?: (() => void) | undefined;
  children?: ReactNode;
}

/** What went wrong, why, and what to do. */
export function FailureNote({ failure, onAgain, children }: FailureProps) {
  const { t } = useTranslation();
  const { what, why, advice, requestId } = explain(failure, t);
  return (
    <Alert role="alert" color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} title={what} className="state">
      <Stack gap={4} align="flex-start">
        {why !== undefined && (
          <Text size="sm">
            <ServerWords text={why} told byPage={failure.status === 0} />
          </Text>
        )}
        <Text size="sm">{advice}</Text>
        {requestId !== undefined && (
          <Text size="xs" c="dimmed">
            {t("failure.requestId", { id: requestId })}
          </Text>
        )}
        {(onAgain !== undefined || children !== undefined) && (
          <Group gap="xs" mt={4}>
            {onAgain !== undefined && (
              <Button size="xs" variant="default" onClick={onAgain}>
                {t("action.again")}
              </Button>
            )}
            {children}
          </Group>
        )}
      </Stack>
    </Alert>
  );
}

/** The page is there, and may not be seen. */
export function NoPermission({ needed }: { needed: readonly string[] }) {
  const { t } = useTranslation();
  const { can } = useWho();
  const words = usePermissionWords();
  return (
    <Empty what={t("noPermission.what")} advice={t("noPermission.advice")} icon={<IconLock size={22} aria-hidden />}>
      <Stack gap={4} align="center">
        <Text size="sm">{t(needed.length === 1 ? "noPermission.needed" : "noPermission.oneOf")}</Text>
        {needed.map(words.named).map(({ area, allows }) => (
          <Text key={`${area} ${allows}`} size="sm" ta="center">
            <b>{area}</b>: {allows}
          </Text>
        ))}
        {can("profiles view") && (
          <Text size="xs" c="dimmed">
            {needed.join(", ")}
          </Text>
        )}
      </Stack>
    </Empty>
  );
}

/** Stands in for lines of text or rows until they have come, in their size. */
export function Waiting({ lines = 8, height = 20 }: { lines?: number; height?: number }) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm" py="sm" role="status" aria-label={t("word.loading")}>
      {Array.from({ length: lines }, (_, at) => (
        <Skeleton key={at} height={height} radius="sm" />
      ))}
    </Stack>
  );
}
