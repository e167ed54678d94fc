/** Setting up one-time codes, where an administrator demands them: the app's secret, the first code, the recovery codes. */
import { useId, useRef, useState } from "react";
import type { Enrolment, Session } from "../api-types";
import { type Failure, explain } from "../failure";
import type { Doubt } from "../request";
import { beginSecondFactor, confirmSecondFactor } from "../session";
import { useAction } from "../use-action";
import { Card, Send, Wrong } from "./Card";
import { CardField } from "./CardField";

interface Props {
  session: Session;
  onDone: () => void;
  doubted: (doubt: Doubt) => void;
  onSignOut: () => void;
}

const TITLE = "Set up one-time codes";

export function SecondFactor({ session, onDone, doubted, onSignOut }: Props) {
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const [recoveryCodes, setRecoveryCodes] = useState<string[] | null>(null);
  const { busy, failure, count, run } = useAction(doubted);
  const begin = (): void => run(async () => setEnrolment(await beginSecondFactor(session)));

  if (recoveryCodes !== null) return <RecoveryCodes codes={recoveryCodes} onDone={onDone} />;
  if (enrolment !== null) {
    const confirmed = (codes: string[]): void => setRecoveryCodes(codes);
    return <Confirm session={session} enrolment={enrolment} onConfirmed={confirmed} doubted={doubted} onSignOut={onSignOut} />;
  }
  return (
    <Card title={TITLE} beginAtTitle onSubmit={begin}>
      <p>
        An administrator demands one-time codes of everybody who signs in with a password. You need an app that makes them, such as those on
        phones.
      </p>
      <Wrong text={failure === null ? null : problemWords(failure)} count={count} />
      <Send busy={busy}>Begin</Send>
      <SignOut onSignOut={onSignOut} />
    </Card>
  );
}

interface ConfirmProps {
  session: Session;
  enrolment: Enrolment;
  onConfirmed: (recoveryCodes: string[]) => void;
  doubted: (doubt: Doubt) => void;
  onSignOut: () => void;
}

function Confirm({ session, enrolment, onConfirmed, doubted, onSignOut }: ConfirmProps) {
  const [code, setCode] = useState("");
  const { busy, failure, count, run } = useAction(doubted);
  const field = useRef<HTMLInputElement>(null);
  const hint = useId();
  const submit = (): void =>
    run(
      async () => onConfirmed(await confirmSecondFactor(session, code)),
      () => {
        setCode("");
        field.current?.focus();
      },
    );
  return (
    <Card title={TITLE} onSubmit={submit}>
      <p id={hint}>Enter this secret, or this address, into your app. It is shown this once. Then enter the code that the app shows.</p>
      <dl>
        <dt>Secret</dt>
        <dd>
          <code>{enrolment.secret}</code>
        </dd>
        <dt>Address</dt>
        <dd>
          <code>{enrolment.address}</code>
        </dd>
      </dl>
      <CardField
        ref={field}
        label="One-time code"
        type="text"
        value={code}
        onChange={setCode}
        autoComplete="one-time-code"
        describedBy={hint}
        autoFocus
      />
      <Wrong text={failure === null ? null : problemWords(failure)} count={count} />
      <Send busy={busy}>Confirm</Send>
      <SignOut onSignOut={onSignOut} />
    </Card>
  );
}

function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  return (
    <Card title="Keep your recovery codes" beginAtTitle onSubmit={onDone}>
      <p>One-time codes are set up. If you lose your device, each of these codes lets you in once. They are shown this once: keep them safe.</p>
      <ul className="codes" aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <Send busy={false}>I have kept them</Send>
    </Card>
  );
}

function SignOut({ onSignOut }: { onSignOut: () => void }) {
  return (
    <button type="button" className="plain" onClick={onSignOut}>
      Sign out
    </button>
  );
}

function problemWords(failure: Failure): string {
  if (failure.problem.type === "/problems/forbidden") return "The code is wrong. Enter the one that the app shows now.";
  const { what, why, advice } = explain(failure);
  return [`${what}.`, why, advice].filter((part) => part !== undefined).join(" ");
}
