/** The sign-in with account and password, and a code where the account has them; with ways to sign in otherwise. */
import { Button, Divider } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../api/client";
import { type Elsewhere, type Failure, explain } from "../api/failure";
import { Card, Wrong } from "./Card";
import { SignedInElsewhere } from "./SignedInElsewhere";
import { keepView, signInErrorWord } from "./return-from-provider";
import type { Session } from "./session";
import { useAction } from "./use-action";
import { PasswordTextField, TextField } from "../ui/TextField";

interface Props {
  /** Why the sign-in through the provider has failed, if it has. */
  error: string | null;
  hasEnded: boolean;
  onSignedIn: (session: Session) => void;
  onUseKey: () => void;
}

const NEEDS_CODE = "/problems/second-factor-needed";
const REFUSED = "/problems/sign-in-refused";

export function SignIn({ error, hasEnded, onSignedIn, onUseKey }: Props) {
  const { t } = useTranslation(["session", "common"]);
  const { data: methods, isPending } = useQuery({
    queryKey: ["sign-in"],
    queryFn: ({ signal }) => told(api.GET("/api/v1/sign-in", { signal })),
    retry: 0,
  });
  const [account, setAccount] = useState("");
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
  const submit = (): void =>
    run(async () => {
      const attempt = { account: account.trim(), password, ...(code === null ? {} : { code }), force: elsewhere !== null };
      onSignedIn(await told(api.POST("/api/v1/session", { body: attempt })));
    }, failed);

  // Whether there is a provider is known before anything is shown, so that nothing moves.
  if (isPending) return null;
  const openid = methods?.openid ?? null;
  const refused = failure?.problem.type === REFUSED;
  const notice = error === null ? (hasEnded ? t("ended") : null) : t(`provider.${signInErrorWord(error)}`);
  const wrong = failure === null ? notice : problemWords(failure, code !== null, t);
  return (
    <Card title={t("title")} onSubmit={submit}>
      <TextField
        label={t("account")}
        value={account}
        onChange={(text) => enter(setAccount, text)}
        autoComplete="username"
        required
        autoFocus
      />
      <PasswordTextField
        ref={passwordField}
        label={t("password")}
        value={password}
        onChange={(text) => enter(setPassword, text)}
        autoComplete="current-password"
        required
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

/** A failed attempt in words; null if the form says it all. */
function problemWords(failure: Failure, withCode: boolean, t: TFunction<["session", "common"]>): string | null {
  const { type, elsewhere } = failure.problem;
  if (type === NEEDS_CODE || elsewhere !== undefined) return null;
  if (type === REFUSED) return withCode ? t("codeRefused") : t("refused");
  const { what, why, advice } = explain(failure, t as unknown as TFunction);
  return [`${what}.`, failure.status === 429 ? undefined : why, advice].filter((part) => part !== undefined).join(" ");
}
