/** Who sees what: the reports with an API key; without one, what a session gives. */
import { useCallback, useMemo, useState, useSyncExternalStore } from "react";
import { Api } from "../api";
import { currentKey, forgetKey, keepKey, onKeyChange } from "../session-key";
import { KeySignIn } from "./KeySignIn";
import { Reports } from "./Reports";
import { WithSession } from "./WithSession";

const REFUSED = "The server doesn't know this key. Check that it is complete, and that it has not been revoked.";

export function App({ signInError = null }: { signInError?: string | null }) {
  const key = useSyncExternalStore(onKeyChange, currentKey);
  const [byKey, setByKey] = useState(false);
  const [notice, setNotice] = useState<string | null>(null);
  const leave = useCallback((why: string | null) => {
    setNotice(why);
    setByKey(true);
    forgetKey();
  }, []);
  const api = useMemo(() => {
    if (key === null) return null;
    return new Api({ key }, (doubt) => {
      // An answer may come late, when somebody has signed in with another key.
      if (doubt === "refused" && currentKey() === key) leave(REFUSED);
    });
  }, [key, leave]);
  if (api !== null) return <Reports api={api} onSignOut={() => leave(null)} />;
  if (byKey) return <KeySignIn notice={notice} onKey={keepKey} onBack={() => setByKey(false)} />;
  const useKey = (): void => {
    setNotice(null);
    setByKey(true);
  };
  return <WithSession signInError={signInError} onUseKey={useKey} />;
}
