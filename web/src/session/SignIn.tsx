/** The sign-in with account and password, and a code where the account has them; with ways to sign in otherwise. */
import { Button, Divider } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../api/client";
import type { Elsewhere, Failure } from "../api/failure";
import { Card, Wrong } from "./Card";
import { SignedInElsewhere } from "./SignedInElsewhere";
import { keepView, signInErrorWord } from "./return-from-provider";
import { type Notice, SIGN_IN, type Session } from "./session";
import { useAction } from "./use-action";
import { FailureText } from "../ui/ServerWords";
import { PasswordTextField, TextField } from "../ui/TextField";

interface Props {
  /** Why the sign-in through the provider has failed, if it has. */
  error: string | null;
  notice: Notice | null;
  /** The account of whoever has to sign in again; empty if there is none. */
  before: string;
  onSignedIn: (session: Session) => void;
  onUseKey: () => void;
}

const NEEDS_CODE = "/problems/second-factor-needed";
const REFUSED = "/problems/sign-in-refused";

export function SignIn({ error, notice, before, onSignedIn, onUseKey }: Props) {
  const { t } = useTranslation("session");
  const { t: common } = useTranslation("common");
  const { data: methods, isPending } = useQuery({
    queryKey: SIGN_IN,
    queryFn: ({ signal }) => told(api.GET("/api/v1/sign-in", { signal })),
    retry: 0,
  });
  const [account, setAccount] = useState(before);
  const [password, setPassword] = useState("");
  // Null until the server asks for a code.
  const [code, setCode] = useState<string | null>(null);
  const [elsewhere, setElsewhere] = useState<Elsewhere | null>(null);
  const { busy, failure, count, run, forget } = useAction();
  const [passwordField, codeField] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];

  /** What the server has said was said of other words. */
  const enter = (set: (text: string) => void, text: string): void => {
    set(text);
    setCode(null);
    setElsewhere(null);
    forget();
  };
  const failed = ({ problem }: Failure): void => {
    if (problem.type === NEEDS_CODE) setCode("");
    setElsewhere(problem.elsewhere ?? null);
    if (problem.type !== REFUSED) return;
    if (code === null) {
      setPassword("");
      passwordField.current?.focus();
    } else {
      setCode("");
      codeField.current?.focus();
    }
  };
  /** They leave the session elsewhere as it is. */
  const cancel = (): void => {
    enter(setPassword, "");
    passwordField.current?.focus();
  };
  const submit = (): void =>
    run(async () => {
      const attempt = { account: account.trim(), password, ...(code === null ? {} : { code }), force: elsewhere !== null };
      onSignedIn(await told(api.POST("/api/v1/session", { body: attempt })));
    }, failed);

  // Whether there is a provider is known before anything is shown, so that nothing moves.
  if (isPending) return null;
  const openid = methods?.openid ?? null;
  const refused = failure?.problem.type === REFUSED;
  const why = error === null ? noticeWords(notice, t) : t(`provider.${signInErrorWord(error)}`);
  const wrong = failure === null ? why : problemWords(failure, code !== null, t);
  return (
    <Card title={t("title")} onSubmit={submit}>
      <TextField
        label={t("account")}
        value={account}
        onChange={(text) => enter(setAccount, text)}
        autoComplete="username"
        required
        autoFocus={before === ""}
      />
      <PasswordTextField
        ref={passwordField}
        label={t("password")}
        value={password}
        onChange={(text) => enter(setPassword, text)}
        autoComplete="current-password"
        required
        autoFocus={before !== ""}
        error={refused && code === null}
      />
      {code !== null && (
        <TextField
          ref={codeField}
          label={t("code")}
          description={t("codeHint")}
          value={code}
          onChange={setCode}
          autoComplete="one-time-code"
          required
          error={refused}
          autoFocus
        />
      )}
      {elsewhere !== null && <SignedInElsewhere elsewhere={elsewhere} />}
      <Wrong text={wrong} count={count} />
      <Button type="submit" loading={busy} fullWidth>
        {elsewhere === null ? t("signIn") : t("force")}
      </Button>
      {elsewhere !== null && (
        <Button variant="default" onClick={cancel} fullWidth>
          {common("action.cancel")}
        </Button>
      )}
      {openid !== null && (
        <>
          <Divider label={t("or")} />
          <Button component="a" href={openid.address} onClick={keepView} variant="default" fullWidth>
            {t("withProvider", { name: openid.name })}
          </Button>
        </>
      )}
      <Button variant="subtle" size="xs" onClick={onUseKey}>
        {t("useKey")}
      </Button>
    </Card>
  );
}

/** Why somebody has to sign in, in words; null if that is plain, or told elsewhere. */
function noticeWords(notice: Notice | null, t: TFunction<"session">): string | null {
  if (notice === "ended") return t("ended");
  return notice === "signedOutElsewhere" ? t("signedOutElsewhere") : null;
}

/** A failed attempt in words; null if the form says it all. */
function problemWords(failure: Failure, withCode: boolean, t: TFunction<["session", "common"]>): ReactNode {
  const { type, elsewhere } = failure.problem;
  if (type === NEEDS_CODE || elsewhere !== undefined) return null;
  if (type === REFUSED) return withCode ? t("codeRefused") : t("refused");
  return <FailureText failure={failure} />;
}
