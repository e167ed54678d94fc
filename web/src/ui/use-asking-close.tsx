/** A dialog that asks before it closes over something that has been entered. */
import { type ReactNode, useCallback, useState } from "react";
import { DiscardQuestion } from "./DiscardQuestion";
import { type Held, HeldByDialog } from "./unsaved";

interface AskingClose {
  /** Closes it, or asks first. */
  close: () => void;
  /** What stands in the dialog, with the question. */
  within: (children: ReactNode) => ReactNode;
}

export function useAskingClose(onClose: () => void): AskingClose {
  const [held] = useState(() => new Set<Held>());
  const [isAsking, setAsking] = useState(false);
  const close = useCallback(() => {
    if (held.size > 0) setAsking(true);
    else onClose();
  }, [held, onClose]);
  const discard = (): void => {
    setAsking(false);
    onClose();
  };
  const within = (children: ReactNode): ReactNode => (
    <HeldByDialog value={held}>
      {children}
      <DiscardQuestion opened={isAsking} onKeep={() => setAsking(false)} onDiscard={discard} />
    </HeldByDialog>
  );
  return { close, within };
}
