/** Choosing a password: the present one, the new one, and the new one again. */
import { Button } from "@mantine/core";
import type { TFunction } from "i18next";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { type Failure, explain } from "../api/failure";
import { Wrong } from "./Card";
import { useAction } from "./use-action";
import { PasswordField } from "../ui/PasswordField";
import { ServerWords } from "../ui/ServerWords";

interface Props {
  account: string;
  onChanged: () => void;
}

/** The state of the form, to be shown in whichever frame. */
export function usePasswordForm({ account, onChanged }: Props) {
  const { t } = useTranslation("session");
  const { t: common } = useTranslation("common");
  const [present, setPresent] = useState("");
  const [wanted, setWanted] = useState("");
  const [again, setAgain] = useState("");
  const [differ, setDiffer] = useState(false);
  const { busy, failure, count, run } = useAction();
  const [presentField, wantedField] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  const submit = (): void => {
    setDiffer(wanted !== again);
    if (wanted !== again) {
      setAgain("");
      return;
    }
    run(
      async () => {
        await api.POST("/api/v1/account/password", { body: { password: present, new_password: wanted } });
        for (const empty of [setPresent, setWanted, setAgain]) empty("");
        onChanged();
      },
      ({ status }) => (status === 422 ? wantedField : presentField).current?.focus(),
    );
  };
  const wrong = differ ? t("change.differ") : failure === null ? null : problemWords(failure, t, common);
  const fields = (
    <>
      <input type="text" autoComplete="username" value={account} readOnly hidden />
      <PasswordField
        ref={presentField}
        label={t("change.present")}
        value={present}
        onChange={(event) => setPresent(event.currentTarget.value)}
        autoComplete="current-password"
        required
        withAsterisk={false}
      />
      <PasswordField
        ref={wantedField}
        label={t("change.wanted")}
        description={t("change.rule")}
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
        autoComplete="new-password"
        required
        withAsterisk={false}
      />
      <PasswordField
        label={t("change.again")}
        value={again}
        onChange={(event) => setAgain(event.currentTarget.value)}
        autoComplete="new-password"
        error={differ}
        required
        withAsterisk={false}
      />
      <Wrong text={wrong} count={count} />
      <Button type="submit" loading={busy}>
        {t("change.submit")}
      </Button>
    </>
  );
  return { submit, fields };
}

function problemWords(failure: Failure, t: TFunction<"session">, common: TFunction): ReactNode {
  const { type, field, detail } = failure.problem;
  if (type === "/problems/forbidden") return t("change.wrong");
  // The server names the member first, which the form's label does here.
  if (field === "new_password" && detail !== undefined) {
    return (
      <>
        {t("change.notTaken")} <ServerWords text={detail.replace(/^\w+: /, "")} />
      </>
    );
  }
  const { what, advice } = explain(failure, common);
  return `${what}. ${advice}`;
}
