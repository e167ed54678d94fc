/** Who sees what: the sign-in, what must be done first, or the pages. What few see is fetched when it is needed. */
import { Center, Loader } from "@mantine/core";
import { Activity, type ReactNode, Suspense, lazy, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ActingBanner } from "./ActingBanner";
import { Away } from "./Away";
import { OfSession, type Session, isShown, ownerOf, useSessionHandle } from "./session";

const SignedOut = lazy(async () => ({ default: (await import("./SignedOut")).SignedOut }));
const ChangePassword = lazy(async () => ({ default: (await import("./ChangePassword")).ChangePassword }));
const SecondFactor = lazy(async () => ({ default: (await import("./SecondFactor")).SecondFactor }));

interface Props {
  /** Why an OpenID provider's sign-in has failed, if that is where the browser comes from. */
  signInError: string | null;
  children: ReactNode;
}

/**
 * The pages of somebody whose session has ended stay as they are, neither to be seen nor to be reached and without any effect,
 * until the same one is back: nothing that was entered is lost. What one may see is not left to another.
 */
export function Gate({ signInError, children }: Props) {
  const { state, kept, goBack } = useSessionHandle();
  const [error, setError] = useState(signInError);
  const shows = isShown(state);
  useEffect(() => {
    if (!shows) return undefined;
    forgetMessages();
    // After a dialog has taken the focus, which it does by a timer too.
    const timer = setTimeout(() => goBack?.());
    return () => clearTimeout(timer);
  }, [shows, goBack]);
  return (
    <>
      {kept !== null && (
        <Activity key={ownerOf(kept)} mode={shows ? "visible" : "hidden"}>
          <Suspense>
            <OfSession session={kept}>{children}</OfSession>
          </Suspense>
        </Activity>
      )}
      {!shows && (
        <Suspense>
          <Before error={error} onForget={() => setError(null)} />
        </Suspense>
      )}
    </>
  );
}

/** What stands in place of the pages. */
function Before({ error, onForget }: { error: string | null; onForget: () => void }) {
  const { t } = useTranslation();
  const { state, kept, again } = useSessionHandle();
  switch (state.is) {
    case "unknown":
      return (
        <Center mih="60vh">
          <Loader aria-label={t("word.loading")} />
        </Center>
      );
    case "unavailable":
      return <Away failure={state.failure} onAgain={again} />;
    case "none":
      return <SignedOut key={state.notice} error={error} onForget={onForget} notice={state.notice} account={accountOf(kept)} />;
    case "there":
      return (
        <OfSession session={state.session}>
          <ActingBanner />
          <FirstThings session={state.session} />
        </OfSession>
      );
  }
}

function FirstThings({ session }: { session: Session }) {
  const { again } = useSessionHandle();
  if (session.restriction === "change_password") return <ChangePassword session={session} onChanged={again} />;
  return <SecondFactor onDone={again} />;
}

/** Who has to sign in again, by what they sign in with. */
function accountOf(kept: Session | null): string {
  return kept?.impersonator?.account ?? kept?.user?.account ?? "";
}

/** What was told before somebody had to sign in is told no more. */
function forgetMessages(): void {
  void import("@mantine/notifications").then(({ notifications }) => notifications.clean());
}
