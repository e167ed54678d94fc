/** Who sees what: the sign-in without a key, the reports with one. */
import { useCallback, useMemo, useState, useSyncExternalStore } from "react";
import { Api } from "../api";
import { currentKey, forgetKey, keepKey, onKeyChange } from "../session-key";
import { Reports } from "./Reports";
import { SignIn } from "./SignIn";

const REFUSED = "The server doesn't know this key. Check that it is complete, and that it has not been revoked.";

export function App() {
  const key = useSyncExternalStore(onKeyChange, currentKey);
  const [notice, setNotice] = useState<string | null>(null);
  const api = useMemo(() => {
    if (key === null) return null;
    return new Api(key, () => {
      // An answer may come late, when somebody has signed in with another key.
      if (currentKey() !== key) return;
      setNotice(REFUSED);
      forgetKey();
    });
  }, [key]);
  const signIn = useCallback((entered: string) => {
    setNotice(null);
    keepKey(entered);
  }, []);
  return api === null ? <SignIn notice={notice} onKey={signIn} /> : <Reports api={api} onSignOut={forgetKey} />;
}
