/** What nobody who is signed in sees: the ways to sign in. */
import { useState } from "react";
import { ForceOpenId } from "./ForceOpenId";
import { KeySignIn } from "./KeySignIn";
import { SignIn } from "./SignIn";
import { SIGNED_IN_ELSEWHERE } from "./return-from-provider";
import { type Notice, type Session, useSessionHandle } from "./session";

interface Props {
  /** Why an OpenID provider's sign-in has failed, if it has. */
  error: string | null;
  onForget: () => void;
  notice: Notice | null;
  /** Who has to sign in again; empty if that is open. */
  account: string;
}

export function SignedOut({ error, onForget, notice, account }: Props) {
  const { begin } = useSessionHandle();
  const [byKey, setByKey] = useState(notice === "keyUnknown");
  const signedIn = (session: Session): void => {
    onForget();
    begin(session);
  };
  if (error === SIGNED_IN_ELSEWHERE) return <ForceOpenId onSignedIn={signedIn} onOtherwise={onForget} />;
  if (byKey) return <KeySignIn isUnknown={notice === "keyUnknown"} onBack={() => setByKey(false)} />;
  return <SignIn error={error} notice={notice} before={account} onSignedIn={signedIn} onUseKey={() => setByKey(true)} />;
}
