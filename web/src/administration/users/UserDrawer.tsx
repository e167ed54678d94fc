/** One user: what is known of them, to be looked at or changed, and what can be done for them. */
import { Button, Divider, Stack, Switch } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../../api/client";
import { asFailure } from "../../api/failure";
import { useWho } from "../../session/session";
import { FailureNote, Waiting } from "../../ui/States";
import { FormFoot, SideDrawer } from "../../ui/SideDrawer";
import { type User, useForgetUsers, useUser, useUsers } from "./queries";
import { SavingNote } from "../../ui/SavingNote";
import { type Saving, useSaving } from "../../ui/use-saving";
import { UserActions } from "./UserActions";
import { UserFacts } from "./UserFacts";
import { USER_FIELDS, type UserEntry, UserFields } from "./UserFields";

export function UserDrawer({ id, onClose }: { id: string | null; onClose: () => void }) {
  const { can } = useWho();
  const { data: users } = useUsers();
  const user = users?.find((one) => one.id === id);
  return (
    <SideDrawer opened={id !== null} title={user?.account ?? ""} isForm={can("users edit")} onClose={onClose}>
      {id !== null && <UserBody key={id} id={id} onClose={onClose} />}
    </SideDrawer>
  );
}

function UserBody({ id, onClose }: { id: string; onClose: () => void }) {
  const { can } = useWho();
  const user = useUser(id);
  const saving = useSaving();
  if (user.isError) return <FailureNote failure={asFailure(user.error)} onAgain={() => void user.refetch()} />;
  if (user.data === undefined) return <Waiting lines={10} height={36} />;
  const { value, tag } = user.data;
  return (
    <Stack gap="md">
      <UserFacts user={value} />
      <UserActions user={value} />
      <Divider />
      <UserForm key={tag} user={value} tag={tag} saving={saving} readOnly={!can("users edit")} onClose={onClose} />
    </Stack>
  );
}

interface Props {
  user: User;
  tag: string;
  saving: Saving;
  readOnly: boolean;
  onClose: () => void;
}

function UserForm({ user, tag, saving, readOnly, onClose }: Props) {
  const { t } = useTranslation("users");
  const { t: shared } = useTranslation();
  const { display_name, profiles } = user;
  const [entry, setEntry] = useState<UserEntry>({ display_name, profiles, email: user.email ?? "", employee_id: user.employee_id ?? "" });
  const [active, setActive] = useState(user.active);
  const forget = useForgetUsers();
  const save = async (): Promise<void> => {
    const body = { ...entry, email: optional(entry.email), employee_id: optional(entry.employee_id), active };
    await told(api.PATCH("/api/v1/users/{id}", { params: { path: { id: user.id }, header: { "If-Match": tag } }, body }));
    await forget();
    notifications.show({ message: t("user.saved"), color: "green" });
    onClose();
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!readOnly) saving.run({ fields: [...USER_FIELDS, "active"], save, reload: forget });
  };
  return (
    <Stack component="form" gap="md" onSubmit={submit}>
      <SavingNote saving={saving} />
      <UserFields entry={entry} isNew={false} readOnly={readOnly} saving={saving} onChange={(change) => setEntry({ ...entry, ...change })} />
      <Switch
        label={t("user.active")}
        description={t("user.activeHint")}
        checked={active}
        onChange={(event) => setActive(event.currentTarget.checked)}
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
    </Stack>
  );
}

function optional(text: string): string | null {
  return text.trim() === "" ? null : text;
}
