/** Adds a user; what they first sign in with is shown once. */
import { Button, Stack, Switch, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../../api/client";
import { FormFoot, SideDrawer } from "../../ui/SideDrawer";
import { useForgetUsers } from "./queries";
import { SavingNote } from "../../ui/SavingNote";
import { ShownOnce } from "./ShownOnce";
import { useSaving } from "../../ui/use-saving";
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
      <ShownOnce
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

function NewUserForm({ onMade, onClose }: Props) {
  const { t } = useTranslation("users");
  const { t: shared } = useTranslation();
  const [account, setAccount] = useState("");
  const [withPassword, setWithPassword] = useState(true);
  const [entry, setEntry] = useState<UserEntry>({ display_name: "", email: "", employee_id: "", profiles: [] });
  const saving = useSaving();
  const forget = useForgetUsers();
  const save = async (): Promise<void> => {
    const { display_name, email, employee_id, profiles } = entry;
    const body = {
      account,
      display_name: display_name.trim() === "" ? null : display_name,
      email,
      employee_id,
      profiles,
      with_password: withPassword,
    };
    const answer = await told(api.POST("/api/v1/users", { body }));
    await forget();
    onMade(answer.account, answer.password ?? null);
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    saving.run({ fields: ["account", ...USER_FIELDS], save, reload: forget });
  };
  return (
    <Stack component="form" gap="md" onSubmit={submit}>
      <SavingNote saving={saving} />
      <TextInput
        label={t("user.account")}
        description={t("user.accountHint")}
        value={account}
        onChange={(event) => setAccount(event.currentTarget.value)}
        error={saving.at("account")}
        required
        withAsterisk={false}
        maxLength={200}
        autoComplete="off"
        data-autofocus
      />
      <UserFields entry={entry} isNew saving={saving} onChange={(change) => setEntry({ ...entry, ...change })} />
      <Switch
        label={t("user.withPassword")}
        description={t("user.withPasswordHint")}
        checked={withPassword}
        onChange={(event) => setWithPassword(event.currentTarget.checked)}
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
  );
}
