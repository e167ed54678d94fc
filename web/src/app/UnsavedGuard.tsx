/** Asks before the page is left over something that has been entered in it. */
import { useBlocker } from "@tanstack/react-router";
import { Suspense, lazy } from "react";
import { isAnythingUnsaved, loses } from "../ui/unsaved";

const DiscardQuestion = lazy(async () => ({ default: (await import("../ui/DiscardQuestion")).DiscardQuestion }));

export function UnsavedGuard() {
  const { status, proceed, reset } = useBlocker({ shouldBlockFn: loses, enableBeforeUnload: isAnythingUnsaved, withResolver: true });
  if (status !== "blocked") return null;
  return (
    <Suspense>
      <DiscardQuestion opened onKeep={reset} onDiscard={proceed} />
    </Suspense>
  );
}
