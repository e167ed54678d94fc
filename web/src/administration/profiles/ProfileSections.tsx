/** The two parts of a profile: what it allows, and for which rows. */
import { Group, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { asFailure } from "../../api/failure";
import { useFormat } from "../../i18n/use-format";
import { Fault, useTried } from "../../ui/Form";
import { FailureNote, Waiting } from "../../ui/States";
import { Warning } from "../../ui/Warning";
import { usePermissionWords } from "../../ui/permission-words";
import { PermissionMatrix } from "./PermissionMatrix";
import { idleIn } from "./permissions";
import type { ScopeEntry } from "./scope";
import { ScopeEditor } from "./ScopeEditor";
import { usePermissions } from "./use-permissions";

interface PermissionProps {
  given: readonly string[];
  readOnly: boolean;
  error: ReactNode;
  onChange: (given: string[]) => void;
}

export function PermissionSection({ given, readOnly, error, onChange }: PermissionProps) {
  const { t } = useTranslation("users");
  const tried = useTried();
  const permissions = usePermissions();
  const isMissing = given.length === 0;
  return (
    <Section title={t("profile.permissions")} hint={t("matrix.hint")} error={isMissing && tried ? t("profile.choosePermission") : error}>
      <Fault is={isMissing} />
      {permissions.isError && <FailureNote failure={asFailure(permissions.error)} onAgain={() => void permissions.refetch()} />}
      {permissions.isPending && <Waiting lines={12} height={32} />}
      {permissions.data !== undefined && <PermissionMatrix permissions={permissions.data} given={given} readOnly={readOnly} onChange={onChange} />}
    </Section>
  );
}

interface ScopeProps {
  scope: ScopeEntry;
  given: readonly string[];
  readOnly: boolean;
  error: ReactNode;
  onChange: (scope: ScopeEntry) => void;
}

export function ScopeSection({ scope, given, readOnly, error, onChange }: ScopeProps) {
  const { t } = useTranslation("users");
  return (
    <Section title={t("scope.title")} hint={t("scope.hint")}>
      <ScopeEditor scope={scope} readOnly={readOnly} error={error} onChange={onChange} />
      {!scope.isAll && <IdleNote given={given} />}
    </Section>
  );
}

/** What gives nothing for parts of the organisation. */
function IdleNote({ given }: { given: readonly string[] }) {
  const { t } = useTranslation("users");
  const format = useFormat();
  const words = usePermissionWords();
  const permissions = usePermissions();
  const idle = [...new Set(idleIn(permissions.data ?? [], given).map(({ area }) => words.area(area)))];
  if (idle.length === 0) return null;
  return (
    <Warning icon={<IconAlertTriangle aria-hidden />} title={t("matrix.idle")}>
      <Text size="sm">{t("matrix.idleText", { names: format.list(idle) })}</Text>
    </Warning>
  );
}

function Section({ title, hint, error, children }: { title: string; hint: string; error?: ReactNode; children: ReactNode }) {
  return (
    <Stack gap="xs" component="section" aria-label={title} data-wrong={error !== undefined || undefined}>
      <Group gap="xs" align="baseline">
        <Title order={3}>{title}</Title>
        <Text size="sm" c="dimmed">
          {hint}
        </Text>
      </Group>
      {error !== undefined && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {error}
        </Text>
      )}
      {children}
    </Stack>
  );
}
