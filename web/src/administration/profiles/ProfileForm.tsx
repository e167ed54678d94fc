/** The name, permissions and scope of a security profile. */
import { Alert, Button, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { IconCopy, IconLock, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../../api/client";
import { useWho } from "../../session/session";
import { DraftForm } from "../../ui/DraftForm";
import { FormFoot } from "../../ui/SideDrawer";
import { TextField } from "../../ui/TextField";
import { useUnsaved } from "../../ui/unsaved";
import { type Versioned, useDraft } from "../../ui/use-draft";
import { useSaving } from "../../ui/use-saving";
import type { Profile } from "../users/queries";
import { DeleteProfile } from "./DeleteProfile";
import { HolderNote } from "./HolderNote";
import { type Draft, bodyOf, draftOf, freshProfile, useTexts } from "./draft";
import { PermissionSection, ScopeSection } from "./ProfileSections";

interface Props {
  /** What it begins with; null if with nothing. */
  begin: Profile | null;
  /** The version that is changed; null if it is new. */
  present: (Versioned<Profile> & { id: string }) | null;
  onCopy: (() => void) | null;
  onClose: () => void;
}

export function ProfileForm({ begin, present, onCopy, onClose }: Props) {
  const { t } = useTranslation("users");
  const { t: shared } = useTranslation();
  const { can } = useWho();
  const queries = useQueryClient();
  const draft = useDraft({ value: draftOf(begin), tag: present?.tag ?? "" });
  const saving = useSaving(["name", "permissions", "scope"]);
  const texts = useTexts();
  const [isDeleting, setDeleting] = useState(false);
  const isBuiltIn = begin?.built_in === true;
  const readOnly = isBuiltIn || !can("profiles edit");
  useUnsaved(draft.isChanged);
  const { name, permissions, scope } = draft.value;
  const set = (part: Partial<Draft>): void => {
    draft.set(part);
    saving.touched(...Object.keys(part));
  };
  const save = async (): Promise<void> => {
    const body = bodyOf(draft.value);
    if (present === null) await told(api.POST("/api/v1/profiles", { body }));
    else await told(api.PUT("/api/v1/profiles/{id}", { params: { path: { id: present.id }, header: { "If-Match": draft.tag } }, body }));
    await queries.invalidateQueries({ queryKey: ["profiles"] });
    notifications.show({ message: present === null ? t("profile.added") : t("profile.saved"), color: "green" });
    onClose();
  };
  const meet = async (): Promise<void> => {
    if (present === null) return;
    const { value, tag } = await freshProfile(present.id);
    draft.meet({ value: draftOf(value), tag });
    await queries.invalidateQueries({ queryKey: ["profiles"] });
  };
  const submit = (): void => {
    if (!readOnly) saving.run({ save, meet });
  };
  return (
    <DraftForm saving={saving} draft={draft} fields={texts} onSubmit={submit}>
      {isBuiltIn && (
        <Alert color="gray" icon={<IconLock aria-hidden />}>
          <Text size="sm">{t("profile.builtInNote")}</Text>
        </Alert>
      )}
      {!isBuiltIn && (
        <TextField
          label={t("profile.name")}
          value={name}
          onChange={(text) => set({ name: text })}
          error={saving.at("name")}
          required
          limit={200}
          readOnly={readOnly}
          autoComplete="off"
        />
      )}
      {present !== null && <HolderNote id={present.id} readOnly={readOnly} />}
      <PermissionSection given={permissions} readOnly={readOnly} error={saving.at("permissions")} onChange={(given) => set({ permissions: given })} />
      <ScopeSection scope={scope} given={permissions} readOnly={readOnly} error={saving.at("scope")} onChange={(next) => set({ scope: next })} />
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
      {present !== null && (
        <DeleteProfile profile={present.value} tag={present.tag} opened={isDeleting} onClose={() => setDeleting(false)} onDeleted={onClose} />
      )}
    </DraftForm>
  );
}
