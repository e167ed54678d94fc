/** Choosing a password: the present one, the new one, and the new one again. */
import { Button } from "@mantine/core";
import type { TFunction } from "i18next";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import type { Failure } from "../api/failure";
import { Wrong } from "./Card";
import { useAction } from "./use-action";
import { FailureText, ServerWords } from "../ui/ServerWords";
import { PasswordTextField } from "../ui/TextField";

interface Props {
  account: string;
  onChanged: () => void;
}

/** The state of the form, to be shown in whichever frame. */
export function usePasswordForm({ account, onChanged }: Props) {
  const { t } = useTranslation("session");
  const [present, setPresent] = useState("");
  const [wanted, setWanted] = useState("");
  const [again, setAgain] = useState("");
  const [differ, setDiffer] = useState(false);
  const { busy, failure, count, run, forget } = useAction();
  const [presentField, wantedField, againField] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  const submit = (): void => {
    setDiffer(wanted !== again);
    if (wanted !== again) {
      againField.current?.focus();
      return;
    }
    run(
      async () => {
        await api.POST("/api/v1/account/password", { body: { password: present, new_password: wanted } });
        for (const empty of [setPresent, setWanted, setAgain]) empty("");
        onChanged();
      },
      (refused) => (atField(refused) === "wanted" ? wantedField : presentField).current?.focus(),
    );
  };
  const enter = (set: (text: string) => void) => (text: string) => {
    set(text);
    setDiffer(false);
    forget();
  };
  const words = failure === null ? null : problemWords(failure, t);
  const at = (field: "present" | "wanted"): ReactNode => (failure !== null && atField(failure) === field ? (words ?? undefined) : undefined);
  const fields = (
    <>
      <input type="text" autoComplete="username" value={account} readOnly hidden />
      <PasswordTextField
        ref={presentField}
        label={t("change.present")}
        value={present}
        onChange={enter(setPresent)}
        autoComplete="current-password"
        required
        error={at("present")}
      />
      <PasswordTextField
        ref={wantedField}
        label={t("change.wanted")}
        description={t("change.rule")}
        value={wanted}
        onChange={enter(setWanted)}
        autoComplete="new-password"
        required
        error={at("wanted")}
      />
      <PasswordTextField
        ref={againField}
        label={t("change.again")}
        value={again}
        onChange={enter(setAgain)}
        autoComplete="new-password"
        error={differ ? t("change.differ") : undefined}
        required
      />
      <Wrong text={failure !== null && atField(failure) === null ? words : null} count={count} />
      <Button type="submit" loading={busy}>
        {t("change.submit")}
      </Button>
    </>
  );
  return { submit, fields, isBegun: present !== "" || wanted !== "" || again !== "" };
}

/** At which field a refusal stands. */
function atField({ problem: { type, field } }: Failure): "present" | "wanted" | null {
  if (type === "/problems/forbidden") return "present";
  return field === "new_password" ? "wanted" : null;
}

function problemWords(failure: Failure, t: TFunction<"session">): ReactNode {
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
  return <FailureText failure={failure} />;
}
