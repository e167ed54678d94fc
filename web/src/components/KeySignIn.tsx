/** Signing in with an API key. Whether the key is valid is found out by using it. */
import { useId, useState } from "react";
import { Card, Send, Wrong } from "./Card";
import { CardField } from "./CardField";

interface Props {
  /** Why the last key was no good. */
  notice: string | null;
  onKey: (key: string) => void;
  /** To the sign-in with account and password. */
  onBack: () => void;
}

export function KeySignIn({ notice, onKey, onBack }: Props) {
  const [key, setKey] = useState("");
  const [problem, setProblem] = useState(notice);
  const [count, setCount] = useState(0);
  const hint = useId();
  const submit = (): void => {
    setCount(count + 1);
    const entered = key.trim();
    // Anything else can't stand in the header of a request.
    if (/^[\x21-\x7e]+$/.test(entered)) onKey(entered);
    else setProblem(entered === "" ? "Enter a key." : "A key has no spaces and only plain letters, digits and signs. Copy it anew.");
  };
  return (
    <Card title="Rollcall" onSubmit={submit}>
      <p className="quiet" id={hint}>
        Use an API key that has the scope <code>reports:read</code>. It is kept in this tab only, until you sign out or close it.
      </p>
      <CardField
        label="API key"
        value={key}
        onChange={setKey}
        autoComplete="off"
        describedBy={hint}
        wrong={problem !== null}
        required={false}
        autoFocus
      />
      <Wrong text={problem} count={count} />
      <Send busy={false}>Sign in</Send>
      <button type="button" className="plain" onClick={onBack}>
        Sign in with account and password
      </button>
    </Card>
  );
}
