/** The sign-in with account and password, and a code where the account has them; with ways to sign in otherwise. */
import { useEffect, useId, useRef, useState } from "react";
import type { Elsewhere, Session, SignInMethods } from "../api-types";
import { browserZone } from "../clock";
import { type Failure, explain } from "../failure";
import { timestampText } from "../format";
import { keepView } from "../return-from-provider";
import { signIn, signInMethods } from "../session";
import { useAction } from "../use-action";
import { Card, Send, Wrong } from "./Card";
import { CardField } from "./CardField";

interface Props {
  /** Why one has to sign in, if that isn't plain. */
  notice: string | null;
  onSignedIn: (session: Session) => void;
  onUseKey: () => void;
}

const NEEDS_CODE = "/problems/second-factor-needed";
const REFUSED = "/problems/sign-in-refused";

export function SignIn({ notice, onSignedIn, onUseKey }: Props) {
  const openid = useOpenId();
  const [account, setAccount] = useState("");
  const [password, setPassword] = useState("");
  // Null until the server asks for a code.
  const [code, setCode] = useState<string | null>(null);
  const [elsewhere, setElsewhere] = useState<Elsewhere | null>(null);
  const { busy, failure, count, run, forget } = useAction();
  const [passwordField, codeField] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  const hint = useId();

  /** What the server has said was said of other words. */
  const enter = (set: (text: string) => void) => (text: string) => {
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
      onSignedIn(await signIn(attempt));
    }, failed);

  if (openid === undefined) return null;
  const refused = failure?.problem.type === REFUSED;
  const told = failure === null ? notice : problemWords(failure, code !== null);
  return (
    <Card title="Rollcall" onSubmit={submit}>
      <CardField label="Account" type="text" value={account} onChange={enter(setAccount)} autoComplete="username" autoFocus />
      <CardField
        ref={passwordField}
        label="Password"
        value={password}
        onChange={enter(setPassword)}
        autoComplete="current-password"
        wrong={refused && code === null}
      />
      {code !== null && (
        <>
          <CardField
            ref={codeField}
            label="One-time code"
            type="text"
            value={code}
            onChange={setCode}
            autoComplete="one-time-code"
            describedBy={hint}
            wrong={refused}
            autoFocus
          />
          <p className="hint" id={hint}>
            The code that your app shows now, or a recovery code. Each counts once.
          </p>
        </>
      )}
      <Wrong text={told} count={count} />
      <Send busy={busy}>{elsewhere === null ? "Sign in" : "Sign in here and end that session"}</Send>
      {openid !== null && (
        <a className="button" href={openid.address} onClick={keepView}>
          Sign in with {openid.name}
        </a>
      )}
      <button type="button" className="plain" onClick={onUseKey}>
        Use an API key
      </button>
    </Card>
  );
}

/** The OpenID provider, null if there is none; undefined until that is known, so that nothing moves when it is. */
function useOpenId(): SignInMethods["openid"] | undefined {
  const [openid, setOpenId] = useState<SignInMethods["openid"]>();
  useEffect(() => {
    const controller = new AbortController();
    const known = (found: SignInMethods["openid"]) => {
      if (!controller.signal.aborted) setOpenId(found);
    };
    signInMethods(controller.signal).then(
      (methods) => known(methods.openid),
      // The form works without knowing it.
      () => known(null),
    );
    return () => controller.abort();
  }, []);
  return openid;
}

/** A failed attempt in words; null if the form says it all. */
function problemWords(failure: Failure, withCode: boolean): string | null {
  const { type, elsewhere } = failure.problem;
  if (type === NEEDS_CODE) return null;
  if (type === REFUSED) return withCode ? "The code is wrong, or has been used already." : "Account or password is wrong.";
  if (elsewhere !== undefined) return elsewhereWords(elsewhere);
  const { what, why, advice } = explain(failure);
  return [`${what}.`, failure.status === 429 ? undefined : why, advice].filter((part) => part !== undefined).join(" ");
}

function elsewhereWords({ since, source_ip, user_agent }: Elsewhere): string {
  const place = [source_ip === null ? "" : ` from ${source_ip}`, user_agent === null ? "" : ` with ${user_agent}`].join("");
  return `You are signed in elsewhere since ${timestampText(since, browserZone())}${place}, and may be once at a time.`;
}
