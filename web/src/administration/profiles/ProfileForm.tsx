/** The name, permissions and scope of a security profile. */
import { Alert, Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { IconAlertTriangle, IconCopy, IconLock, IconTrash } from "@tabler/icons-react";
import { type ReactNode, type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../../api/client";
import { asFailure } from "../../api/failure";
import { useFormat } from "../../i18n/use-format";
import { useWho } from "../../session/session";
import { FailureNote, Waiting } from "../../ui/States";
import { FormFoot } from "../../ui/SideDrawer";
import { intoView } from "../../ui/into-view";
import type { Profile } from "../users/queries";
import type { Saving } from "../../ui/use-saving";
import { Warning } from "../../ui/Warning";
import { DeleteProfile } from "./DeleteProfile";
import { HolderNote } from "./HolderNote";
import { PermissionMatrix } from "./PermissionMatrix";
import { idleIn } from "./permissions";
import { type ScopeEntry, entryOf, isComplete, scopeIn, scopeOf } from "./scope";
import { ScopeEditor } from "./ScopeEditor";
import { usePermissionWords, usePermissions } from "./use-permissions";

interface Props {
  /** What it begins with; null if with nothing. */
  profile: Profile | null;
  /** The version that is changed; null if it is new. */
  present: { id: string; tag: string } | null;
  saving: Saving;
  onCopy: (() => void) | null;
  onClose: () => void;
}

export function ProfileForm({ profile, present, saving, onCopy, onClose }: Props) {
  const { t } = useTranslation("users");
  const { t: shared } = useTranslation();
  const { can } = useWho();
  const queries = useQueryClient();
  const [name, setName] = useState(profile?.name ?? "");
  const [given, setGiven] = useState<string[]>(profile?.permissions ?? []);
  const [scope, setScope] = useState<ScopeEntry>(() => entryOf(scopeIn(profile?.scope ?? "all")));
  const [isDeleting, setDeleting] = useState(false);
  // What is missing is told once somebody has tried to save it.
  const [tried, setTried] = useState(false);
  const isBuiltIn = profile?.built_in === true;
  const readOnly = isBuiltIn || !can("profiles edit");
  const forget = (): Promise<void> => queries.invalidateQueries({ queryKey: ["profiles"] });
  const save = async (): Promise<void> => {
    // The description calls a scope an object, and a scope of all rows is a text.
    const body = { name, permissions: given, scope: scopeOf(scope) } as unknown as Schemas["ProfileBody"];
    if (present === null) await told(api.POST("/api/v1/profiles", { body }));
    else await told(api.PUT("/api/v1/profiles/{id}", { params: { path: { id: present.id }, header: { "If-Match": present.tag } }, body }));
    await forget();
    notifications.show({ message: present === null ? t("profile.added") : t("profile.saved"), color: "green" });
    onClose();
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    setTried(true);
    if (!readOnly && given.length > 0 && isComplete(scope)) saving.run({ fields: ["name", "permissions", "scope"], save, reload: forget });
  };
  const permissionError = saving.at("permissions") ?? (tried && given.length === 0 ? t("profile.choosePermission") : undefined);
  const scopeError = saving.at("scope") ?? (tried && !isComplete(scope) ? t("profile.chooseScope") : undefined);
  return (
    <Stack component="form" gap="md" onSubmit={submit}>
      {isBuiltIn && (
        <Alert color="gray" icon={<IconLock aria-hidden />}>
          <Text size="sm">{t("profile.builtInNote")}</Text>
        </Alert>
      )}
      {!isBuiltIn && (
        <TextInput
          label={t("profile.name")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={saving.at("name")}
          required
          withAsterisk={false}
          maxLength={200}
          readOnly={readOnly}
          autoComplete="off"
          data-autofocus
        />
      )}
      {present !== null && <HolderNote id={present.id} readOnly={readOnly} />}
      <Section title={t("profile.permissions")} hint={t("matrix.hint")} error={permissionError}>
        <Permissions given={given} isAll={scope.isAll} readOnly={readOnly} onChange={setGiven} />
      </Section>
      <Section title={t("scope.title")} hint={t("scope.hint")}>
        <ScopeEditor scope={scope} readOnly={readOnly} error={scopeError} onChange={setScope} />
      </Section>
      <FormFoot>
        {present !== null && !readOnly && (
          <Button variant="subtle" color="red" mr="auto" px="xs" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setDeleting(true)}>
            {t("profile.delete")}
          </Button>
        )}
        {onCopy !== null && can("profiles edit") && (
          <Button variant="default" leftSection={<IconCopy size={16} aria-hidden />} onClick={onCopy}>
            {t("profile.copy")}
          </Button>
        )}
        <Button variant="default" onClick={onClose}>
          {readOnly ? shared("action.close") : shared("action.cancel")}
        </Button>
        {!readOnly && (
          <Button type="submit" loading={saving.busy}>
            {present === null ? t("profile.add") : shared("action.save")}
          </Button>
        )}
      </FormFoot>
      {profile !== null && present !== null && (
        <DeleteProfile profile={profile} tag={present.tag} opened={isDeleting} onClose={() => setDeleting(false)} onDeleted={onClose} />
      )}
    </Stack>
  );
}

function Section({ title, hint, error, children }: { title: string; hint: string; error?: string | undefined; children: ReactNode }) {
  return (
    <Stack gap="xs" component="section" aria-label={title}>
      <Group gap="xs" align="baseline">
        <Title order={3}>{title}</Title>
        <Text size="sm" c="dimmed">
          {hint}
        </Text>
      </Group>
      {error !== undefined && (
        <Text ref={intoView} size="sm" c="error" role="alert">
          {error}
        </Text>
      )}
      {children}
    </Stack>
  );
}

interface PermissionsProps {
  given: readonly string[];
  isAll: boolean;
  readOnly: boolean;
  onChange: (given: string[]) => void;
}

function Permissions({ given, isAll, readOnly, onChange }: PermissionsProps) {
  const { t } = useTranslation("users");
  const words = usePermissionWords();
  const format = useFormat();
  const permissions = usePermissions();
  if (permissions.isError) return <FailureNote failure={asFailure(permissions.error)} onAgain={() => void permissions.refetch()} />;
  if (permissions.data === undefined) return <Waiting lines={12} height={32} />;
  const idle = isAll ? [] : [...new Set(idleIn(permissions.data, given).map(({ area }) => words.area(area)))];
  return (
    <>
      {idle.length > 0 && (
        <Warning icon={<IconAlertTriangle aria-hidden />} title={t("matrix.idle")}>
          <Text size="sm">{t("matrix.idleText", { names: format.list(idle) })}</Text>
        </Warning>
      )}
      <PermissionMatrix permissions={permissions.data} given={given} readOnly={readOnly} onChange={onChange} />
    </>
  );
}
