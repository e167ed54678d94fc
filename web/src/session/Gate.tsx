/** Who sees what: the sign-in, what must be done first, or the pages. What few see is fetched when it is needed. */
import { Center, Loader } from "@mantine/core";
import { type ReactNode, lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { FailureNote } from "../ui/States";
import { ActingBanner } from "./ActingBanner";
import { type Session, useSessionHandle } from "./session";

const SignedOut = lazy(async () => ({ default: (await import("./SignedOut")).SignedOut }));
const ChangePassword = lazy(async () => ({ default: (await import("./ChangePassword")).ChangePassword }));
const SecondFactor = lazy(async () => ({ default: (await import("./SecondFactor")).SecondFactor }));

interface Props {
  /** Why an OpenID provider's sign-in has failed, if that is where the browser comes from. */
  signInError: string | null;
  children: ReactNode;
}

export function Gate({ signInError, children }: Props) {
  const { t } = useTranslation();
  const { state, again } = useSessionHandle();
  const [error, setError] = useState(signInError);
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
      return <SignedOut key={state.notice} error={error} onForget={() => setError(null)} notice={state.notice} />;
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
