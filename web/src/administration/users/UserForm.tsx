/** What may be changed of a user. */
import { Button, Switch } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";
import { api, told, toldWithTag } from "../../api/client";
import { useFormat } from "../../i18n/use-format";
import { DraftForm } from "../../ui/DraftForm";
import { type TextOf } from "../../ui/ConflictNote";
import { FormFoot } from "../../ui/SideDrawer";
import { useUnsaved } from "../../ui/unsaved";
import { type Versioned, useDraft } from "../../ui/use-draft";
import { useSaving } from "../../ui/use-saving";
import { type User, useForgetUsers, useProfileNames } from "./queries";
import { USER_FIELDS, type UserEntry, UserFields } from "./UserFields";

interface Draft extends UserEntry {
  active: boolean;
}

interface Props {
  id: string;
  present: Versioned<User>;
  readOnly: boolean;
  onClose: () => void;
}

export function UserForm({ id, present, readOnly, onClose }: Props) {
  const { t } = useTranslation("users");
  const { t: shared } = useTranslation();
  const draft = useDraft(draftOf(present));
  const saving = useSaving([...USER_FIELDS, "active"]);
  const forget = useForgetUsers();
  const texts = useTexts();
  useUnsaved(draft.isChanged);
  const set = (part: Partial<Draft>): void => {
    draft.set(part);
    saving.touched(...Object.keys(part));
  };
  const save = async (): Promise<void> => {
    const { email, employee_id: employeeId, ...rest } = draft.value;
    const body = { ...rest, email: optional(email), employee_id: optional(employeeId) };
    await told(api.PATCH("/api/v1/users/{id}", { params: { path: { id }, header: { "If-Match": draft.tag } }, body }));
    await forget();
    notifications.show({ message: t("user.saved"), color: "green" });
    onClose();
  };
  const meet = async (): Promise<void> => {
    draft.meet(draftOf(await toldWithTag(api.GET("/api/v1/users/{id}", { params: { path: { id } } }))));
    await forget();
  };
  const submit = (): void => {
    if (!readOnly) saving.run({ save, meet });
  };
  return (
    <DraftForm saving={saving} draft={draft} fields={texts} onSubmit={submit}>
      <UserFields entry={draft.value} isNew={false} readOnly={readOnly} at={saving.at} onChange={set} />
      <Switch
        label={t("user.active")}
        description={t("user.activeHint")}
        checked={draft.value.active}
        onChange={(event) => set({ active: event.currentTarget.checked })}
        error={saving.at("active")}
        disabled={readOnly}
      />
      {!readOnly && (
        <FormFoot>
          <Button variant="default" onClick={onClose}>
            {shared("action.cancel")}
          </Button>
          <Button type="submit" loading={saving.busy}>
            {shared("action.save")}
          </Button>
        </FormFoot>
      )}
    </DraftForm>
  );
}

function draftOf({ value: user, tag }: Versioned<User>): Versioned<Draft> {
  const { display_name, profiles, active } = user;
  return { value: { display_name, profiles, active, email: user.email ?? "", employee_id: user.employee_id ?? "" }, tag };
}

function useTexts(): TextOf<Draft>[] {
  const { t } = useTranslation("users");
  const { t: shared } = useTranslation();
  const { list } = useFormat();
  const names = useProfileNames();
  return [
    { label: t("user.name"), text: ({ display_name }) => display_name },
    { label: t("user.email"), text: ({ email }) => email },
    { label: t("user.employeeId"), text: ({ employee_id }) => employee_id },
    { label: t("user.profiles"), text: ({ profiles }) => list(profiles.map((id) => names.get(id) ?? id)) },
    { label: t("user.active"), text: ({ active }) => shared(active ? "word.yes" : "word.no") },
  ];
}

function optional(text: string): string | null {
  return text.trim() === "" ? null : text;
}
