/** Adds a user; what they first sign in with is shown once. */
import { Button, Stack, Switch } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../../api/client";
import { Form } from "../../ui/Form";
import { FormFoot, SideDrawer } from "../../ui/SideDrawer";
import { FailureNote } from "../../ui/States";
import { TextField } from "../../ui/TextField";
import { isSame } from "../../ui/merge";
import { useUnsaved } from "../../ui/unsaved";
import { useSaving } from "../../ui/use-saving";
import { PasswordShown } from "./PasswordShown";
import { useForgetUsers } from "./queries";
import { USER_FIELDS, type UserEntry, UserFields } from "./UserFields";

interface Made {
  account: string;
  password: string;
}

export function NewUserDrawer({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("users");
  const [made, setMade] = useState<Made | null>(null);
  return (
    <>
      <SideDrawer opened={opened} title={t("user.addTitle")} onClose={onClose}>
        <NewUserForm
          onClose={onClose}
          onMade={(account, password) => {
            onClose();
            if (password === null) notifications.show({ message: t("secret.without", { account }), color: "green" });
            else setMade({ account, password });
          }}
        />
      </SideDrawer>
      <PasswordShown
        title={made === null ? "" : t("secret.made", { account: made.account })}
        password={made?.password ?? null}
        onClose={() => setMade(null)}
      />
    </>
  );
}

interface Props {
  onMade: (account: string, password: string | null) => void;
  onClose: () => void;
}

interface Draft extends UserEntry {
  account: string;
  with_password: boolean;
}

const NEW: Draft = { account: "", display_name: "", email: "", employee_id: "", profiles: [], with_password: true };

function NewUserForm({ onMade, onClose }: Props) {
  const { t } = useTranslation("users");
  const { t: shared } = useTranslation();
  const [draft, setDraft] = useState(NEW);
  const saving = useSaving(["account", ...USER_FIELDS]);
  const forget = useForgetUsers();
  useUnsaved(!isSame(draft, NEW));
  const set = (part: Partial<Draft>): void => {
    setDraft({ ...draft, ...part });
    saving.touched(...Object.keys(part));
  };
  const save = async (): Promise<void> => {
    const { display_name: name } = draft;
    const answer = await told(api.POST("/api/v1/users", { body: { ...draft, display_name: name.trim() === "" ? null : name } }));
    await forget();
    onMade(answer.account, answer.password ?? null);
  };
  return (
    <Form busy={saving.busy} onSubmit={() => saving.run({ save })}>
      <Stack gap="md">
        {saving.failure !== null && <FailureNote failure={saving.failure} />}
        <TextField
          label={t("user.account")}
          description={t("user.accountHint")}
          value={draft.account}
          onChange={(account) => set({ account })}
          error={saving.at("account")}
          required
          limit={200}
          autoComplete="off"
        />
        <UserFields entry={draft} isNew at={saving.at} onChange={set} />
        <Switch
          label={t("user.withPassword")}
          description={t("user.withPasswordHint")}
          checked={draft.with_password}
          onChange={(event) => set({ with_password: event.currentTarget.checked })}
        />
        <FormFoot>
          <Button variant="default" onClick={onClose}>
            {shared("action.cancel")}
          </Button>
          <Button type="submit" loading={saving.busy}>
            {t("user.add")}
          </Button>
        </FormFoot>
      </Stack>
    </Form>
  );
}
