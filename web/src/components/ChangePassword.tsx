/** Choosing a password of one's own, before anything else. */
import { useId, useRef, useState } from "react";
import type { Session } from "../api-types";
import { type Failure, explain } from "../failure";
import type { Doubt } from "../request";
import { changePassword } from "../session";
import { useAction } from "../use-action";
import { Card, Send, Wrong } from "./Card";
import { CardField } from "./CardField";

interface Props {
  session: Session;
  onChanged: () => void;
  doubted: (doubt: Doubt) => void;
  onSignOut: () => void;
}

export function ChangePassword({ session, onChanged, doubted, onSignOut }: Props) {
  const [present, setPresent] = useState("");
  const [wanted, setWanted] = useState("");
  const [again, setAgain] = useState("");
  const [differ, setDiffer] = useState(false);
  const { busy, failure, count, run } = useAction(doubted);
  const [presentField, wantedField] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  const hint = useId();
  const submit = (): void => {
    setDiffer(wanted !== again);
    if (wanted !== again) {
      setAgain("");
      return;
    }
    run(
      async () => {
        await changePassword(session, present, wanted);
        onChanged();
      },
      ({ status }) => (status === 422 ? wantedField : presentField).current?.focus(),
    );
  };
  const told = differ ? "The new password and its repetition differ." : failure === null ? null : problemWords(failure);
  return (
    <Card title="Choose a password" onSubmit={submit}>
      <p className="quiet" id={hint}>
        The present password of {session.user.account} was made by somebody else. Choose one that only you know, of at least 12 characters.
      </p>
      <input type="text" autoComplete="username" value={session.user.account} readOnly hidden />
      <CardField
        ref={presentField}
        label="Present password"
        value={present}
        onChange={setPresent}
        autoComplete="current-password"
        autoFocus
      />
      <CardField ref={wantedField} label="New password" value={wanted} onChange={setWanted} autoComplete="new-password" describedBy={hint} />
      <CardField label="New password again" value={again} onChange={setAgain} autoComplete="new-password" wrong={differ} />
      <Wrong text={told} count={count} />
      <Send busy={busy}>Change password</Send>
      <button type="button" className="plain" onClick={onSignOut}>
        Sign out
      </button>
    </Card>
  );
}

function problemWords(failure: Failure): string {
  const { type, field, detail } = failure.problem;
  if (type === "/problems/forbidden") return "The present password is wrong.";
  // The server names the member first, which the form's label does here.
  if (field === "new_password" && detail !== undefined) return `The new password is not taken: ${detail.replace(/^\w+: /, "")}.`;
  const { what, advice } = explain(failure);
  return `${what}. ${advice}`;
}
