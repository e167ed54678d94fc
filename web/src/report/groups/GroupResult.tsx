/** Grouped rows: the table of groups, and a chart of the outermost ones. */
import { Suspense, lazy } from "react";
import type { Definition, KindOffer } from "../types";
import { GroupCount } from "./GroupCount";
import { GroupTable } from "./GroupTable";

const GroupChart = lazy(async () => ({ default: (await import("./GroupChart")).GroupChart }));

interface Props {
  definition: Definition;
  offer: KindOffer;
  onChange: (definition: Definition) => void;
}

export function GroupResult({ definition, offer, onChange }: Props) {
  return (
    <>
      <Suspense fallback={null}>
        <GroupChart definition={definition} offer={offer} />
      </Suspense>
      <GroupCount definition={definition} />
      <GroupTable definition={definition} offer={offer} onChange={onChange} />
    </>
  );
}
