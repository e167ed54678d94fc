/** The sign-in: asks for an API key. Whether the key is valid is found out by using it. */
import { type SubmitEvent, useId, useState } from "react";

interface Props {
  /** Why the last key was no good. */
  notice: string | null;
  onKey: (key: string) => void;
}

export function SignIn({ notice, onKey }: Props) {
  const [key, setKey] = useState("");
  const [problem, setProblem] = useState(notice);
  const hint = useId();
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const entered = key.trim();
    // Anything else can't stand in the header of a request.
    if (/^[\x21-\x7e]+$/.test(entered)) onKey(entered);
    else setProblem(entered === "" ? "Enter a key." : "A key has no spaces and only plain letters, digits and signs. Copy it anew.");
  };
  return (
    <main className="sign-in">
      <form className="card" onSubmit={submit}>
        <h1>Rollcall</h1>
        <p className="quiet" id={hint}>
          Sign in with an API key that has the scope <code>reports:read</code>. It is kept in this tab only, until you sign out or close it.
        </p>
        <label className="field">
          API key
          <input
            type="password"
            value={key}
            onChange={(event) => setKey(event.target.value)}
            autoComplete="off"
            spellCheck={false}
            aria-describedby={hint}
            aria-invalid={problem !== null}
            autoFocus
          />
        </label>
        {problem !== null && (
          <p className="wrong" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" className="primary">
          Sign in
        </button>
      </form>
    </main>
  );
}
