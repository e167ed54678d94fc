/** Who sees what without an API key: the sign-in, what must be done first, or the reports. */
import { useCallback, useMemo, useState } from "react";
import { Api } from "../api";
import type { Session } from "../api-types";
import type { Doubt } from "../request";
import { SIGNED_IN_ELSEWHERE, signInErrorWords } from "../return-from-provider";
import { endImpersonation, signOut } from "../session";
import { useAction } from "../use-action";
import { type SessionHandle, useSession } from "../use-session";
import { ChangePassword } from "./ChangePassword";
import { ForceOpenId } from "./ForceOpenId";
import { ImpersonationBanner } from "./ImpersonationBanner";
import { ProblemNote } from "./ProblemNote";
import { Reports } from "./Reports";
import { SecondFactor } from "./SecondFactor";
import { SignIn } from "./SignIn";

interface Props {
  /** Why an OpenID provider's sign-in has failed, if that is where the browser comes from. */
  signInError: string | null;
  onUseKey: () => void;
}

export function WithSession({ signInError, onUseKey }: Props) {
  const handle = useSession();
  const [error, setError] = useState(signInError);
  const { state, begin, again } = handle;
  const signedIn = (session: Session): void => {
    setError(null);
    begin(session);
  };
  switch (state.is) {
    case "unknown":
      return null;
    case "unavailable":
      return (
        <main className="page">
          <ProblemNote failure={state.failure} onAgain={again} />
        </main>
      );
    case "none":
      if (error === SIGNED_IN_ELSEWHERE) return <ForceOpenId onSignedIn={signedIn} onOtherwise={() => setError(null)} />;
      return <SignIn notice={error === null ? state.notice : signInErrorWords(error)} onSignedIn={signedIn} onUseKey={onUseKey} />;
    case "there":
      return <SignedIn session={state.session} handle={handle} />;
  }
}

function SignedIn({ session, handle }: { session: Session; handle: SessionHandle }) {
  const { begin, end, again } = handle;
  const passOn = handle.doubted;
  const doubted = useCallback((doubt: Doubt) => passOn(session, doubt), [session, passOn]);
  const api = useMemo(() => new Api({ session }, doubted), [session, doubted]);
  const { failure, run } = useAction(doubted);
  const leave = (): void =>
    run(async () => {
      await signOut(session);
      end();
    });
  const endActing = (): void => run(async () => begin(await endImpersonation(session)));

  const { user, impersonator, restriction } = session;
  return (
    <>
      {failure !== null && <ProblemNote failure={failure} onAgain={again} />}
      {impersonator !== null && <ImpersonationBanner user={user} impersonator={impersonator} onEnd={endActing} />}
      {restriction === "change_password" && <ChangePassword session={session} onChanged={again} doubted={doubted} onSignOut={leave} />}
      {restriction === "set_up_second_factor" && <SecondFactor session={session} onDone={again} doubted={doubted} onSignOut={leave} />}
      {/* What one may see is not left in sight of the other. */}
      {restriction === null && <Reports key={`${user.id} ${impersonator?.id}`} api={api} name={user.display_name} onSignOut={leave} />}
    </>
  );
}
