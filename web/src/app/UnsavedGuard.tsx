/** Asks before the page is left over something that has been entered in it. */
import { useBlocker } from "@tanstack/react-router";
import { DiscardQuestion } from "../ui/DiscardQuestion";
import { isAnythingUnsaved, loses } from "../ui/unsaved";

export function UnsavedGuard() {
  const { status, proceed, reset } = useBlocker({ shouldBlockFn: loses, enableBeforeUnload: isAnythingUnsaved, withResolver: true });
  return <DiscardQuestion opened={status === "blocked"} onKeep={() => reset?.()} onDiscard={() => proceed?.()} />;
}
