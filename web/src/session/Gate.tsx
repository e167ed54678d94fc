/** Who sees what: the sign-in, what must be done first, or the pages. */
import { Center, Loader } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { FailureNote } from "../ui/States";
import { ActingBanner } from "./ActingBanner";
import { ForceOpenId } from "./ForceOpenId";
import { KeySignIn } from "./KeySignIn";
import { ChangePassword } from "./ChangePassword";
import { SecondFactor } from "./SecondFactor";
import { SignIn } from "./SignIn";
import { SIGNED_IN_ELSEWHERE } from "./return-from-provider";
import { type Session, useSessionHandle } from "./session";

interface Props {
  /** Why an OpenID provider's sign-in has failed, if that is where the browser comes from. */
  signInError: string | null;
  children: ReactNode;
}

export function Gate({ signInError, children }: Props) {
  const { t } = useTranslation();
  const { state, begin, again } = useSessionHandle();
  const [error, setError] = useState(signInError);
  const [byKey, setByKey] = useState(false);
  const signedIn = (session: Session): void => {
    setError(null);
    begin(session);
  };
  switch (state.is) {
    case "unknown":
      return (
        <Center mih="60vh">
          <Loader aria-label={t("word.loading")} />
        </Center>
      );
    case "unavailable":
      return (
        <main className="page">
          <FailureNote failure={state.failure} onAgain={again} />
        </main>
      );
    case "none":
      if (error === SIGNED_IN_ELSEWHERE) return <ForceOpenId onSignedIn={signedIn} onOtherwise={() => setError(null)} />;
      if (byKey || state.notice === "keyUnknown") return <KeySignIn isUnknown={state.notice === "keyUnknown"} onBack={() => setByKey(false)} />;
      return <SignIn error={error} hasEnded={state.notice === "ended"} onSignedIn={signedIn} onUseKey={() => setByKey(true)} />;
    case "there":
      return <SignedIn session={state.session}>{children}</SignedIn>;
  }
}

function SignedIn({ session, children }: { session: Session; children: ReactNode }) {
  const { again, signOut } = useSessionHandle();
  const leave = (): void => void signOut();
  switch (session.restriction) {
    case "change_password":
      return (
        <>
          <ActingBanner />
          <ChangePassword session={session} onChanged={again} onSignOut={leave} />
        </>
      );
    case "set_up_second_factor":
      return (
        <>
          <ActingBanner />
          <SecondFactor onDone={again} onSignOut={leave} />
        </>
      );
    default:
      // What one may see is not left in sight of the other.
      return <div key={`${session.kind} ${session.id} ${session.impersonator?.id ?? ""}`}>{children}</div>;
  }
}
