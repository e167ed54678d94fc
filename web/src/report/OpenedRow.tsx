/** The drawer of the row that is opened, from which one goes on to the rows beside it. */
import { Suspense, lazy, useState, useSyncExternalStore } from "react";
import { keyOf } from "./keys";
import type { RowStore } from "./table/row-store";
import type { Definition, KindOffer } from "./types";

// What not everybody looks at is fetched when it is looked at.
const RowDrawer = lazy(async () => ({ default: (await import("./drawer/RowDrawer")).RowDrawer }));

interface Props {
  /** The key of the row; null while none is opened. */
  rowKey: string | null;
  /** The rows of the table, where there is one. */
  store: RowStore | null;
  definition: Definition;
  offer: KindOffer;
  onClose: (place: number | null) => void;
  onGo: (key: string, place: number) => void;
}

export function OpenedRow({ rowKey, store, definition, offer, onClose, onGo }: Props) {
  useSyncExternalStore(store?.subscribe ?? never, store?.snapshot ?? nothing);
  // What was opened once stays, so that it closes as drawers do.
  const [hasOpened, setHasOpened] = useState(false);
  if (rowKey !== null && !hasOpened) setHasOpened(true);
  if (!hasOpened) return null;
  const kind = definition.report;
  const place = rowKey === null || store === null ? null : store.placeOf((row) => keyOf(row, kind) === rowKey);
  const beside = (by: -1 | 1): string | null => {
    const row = place === null ? undefined : store?.row(place + by);
    return row === undefined ? null : keyOf(row, kind);
  };
  const step = (by: -1 | 1): void => {
    const key = beside(by);
    if (key !== null && place !== null) onGo(key, place + by);
  };
  return (
    <Suspense fallback={null}>
      <RowDrawer
        rowKey={rowKey}
        definition={definition}
        offer={offer}
        onClose={() => onClose(place)}
        onStep={step}
        canStep={{ back: beside(-1) !== null, on: beside(1) !== null }}
      />
    </Suspense>
  );
}

const never = () => () => undefined;
const nothing = (): number => 0;
