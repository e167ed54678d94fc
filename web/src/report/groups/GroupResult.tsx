/** Grouped rows: the table of groups, and a chart of the outermost ones. */
import { Suspense, lazy } from "react";
import type { Definition, KindOffer } from "../types";
import { GroupTable } from "./GroupTable";

const GroupChart = lazy(async () => ({ default: (await import("./GroupChart")).GroupChart }));

interface Props {
  definition: Definition;
  offer: KindOffer;
  onChange: (definition: Definition) => void;
  /** Whether groups are asked for anew as rows arrive. */
  live?: boolean;
}

export function GroupResult({ definition, offer, onChange, live = false }: Props) {
  return (
    <>
      <Suspense fallback={null}>
        <GroupChart definition={definition} offer={offer} live={live} />
      </Suspense>
      <GroupTable definition={definition} offer={offer} onChange={onChange} live={live} />
    </>
  );
}
