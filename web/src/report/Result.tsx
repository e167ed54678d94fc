/** The answer of a report, in the look that was chosen, and the drawer of one of its rows. */
import { Button } from "@mantine/core";
import { IconArrowUp } from "@tabler/icons-react";
import { Suspense, lazy, useState } from "react";
import { Waiting } from "../ui/States";
import type { Shown } from "./address";
import { keyOf } from "./keys";
import { RowTable } from "./table/RowTable";
import classes from "./table/RowTable.module.css";
import type { useLayout } from "./table/layout";
import type { Definition, KindOffer } from "./types";
import type { Rows } from "./use-rows";
import type { View } from "./use-view";
import { useWords } from "./words";

// What not everybody looks at is fetched when it is looked at.
const Timeline = lazy(async () => ({ default: (await import("./sessions/Timeline")).Timeline }));
const Summary = lazy(async () => ({ default: (await import("./sessions/Summary")).Summary }));
const RowDrawer = lazy(async () => ({ default: (await import("./drawer/RowDrawer")).RowDrawer }));
const GroupResult = lazy(async () => ({ default: (await import("./groups/GroupResult")).GroupResult }));

interface Props {
  view: View;
  offer: KindOffer;
  rows: Rows;
  layout: ReturnType<typeof useLayout>[0];
  onLayout: ReturnType<typeof useLayout>[1];
  onChange: (definition: Definition) => void;
  onShow: (shown: Partial<Shown>, isStep?: boolean) => void;
  onAtTop: (isAtTop: boolean) => void;
}

export function Result({ view, offer, rows, layout, onLayout, onChange, onShow, onAtTop }: Props) {
  const { t, format } = useWords();
  const { definition, shown } = view;
  // Where the opened row lies, so that one can go on to the next.
  const [opened, setOpened] = useState<number | null>(null);
  // What was opened once stays, so that it closes as drawers do.
  const [hasOpened, setHasOpened] = useState(false);
  if (shown.row !== null && !hasOpened) setHasOpened(true);
  const { store } = rows;
  const kind = definition.report;
  const step = (by: -1 | 1): void => {
    const next = opened === null ? undefined : store?.row(opened + by);
    if (next === undefined || opened === null) return;
    setOpened(opened + by);
    onShow({ row: keyOf(next, kind) });
  };
  const canStep = {
    back: opened !== null && store?.row(opened - 1) !== undefined,
    on: opened !== null && store?.row(opened + 1) !== undefined,
  };
  return (
    <>
      <Suspense fallback={<Waiting lines={12} height={24} />}>
        {shown.look === "timeline" && <Timeline definition={definition} offer={offer} live={shown.live} onOpen={(row) => onShow({ row })} />}
        {shown.look === "summary" && <Summary definition={definition} live={shown.live} />}
        {shown.look === "table" && definition.group_by !== undefined && <GroupResult definition={definition} offer={offer} live={shown.live} onChange={onChange} />}
      </Suspense>
      {shown.look === "table" && definition.group_by === undefined && store !== null && (
        <>
          {rows.waiting > 0 && (
            <Button size="compact-sm" className={classes.pill} leftSection={<IconArrowUp size={14} aria-hidden />} onClick={rows.showWaiting}>
              {t("report:newRows", { count: rows.waiting, shown: format.number(rows.waiting) })}
            </Button>
          )}
          <RowTable
            store={store}
            definition={rows.definition ?? definition}
            isOld={rows.isFetching && rows.definition !== definition}
            offer={offer}
            layout={layout}
            onLayout={onLayout}
            onChange={onChange}
            opened={shown.row}
            onOpen={(row, index) => {
              setOpened(index);
              onShow({ row: keyOf(row, kind) });
            }}
            fresh={rows.fresh}
            onAtTop={onAtTop}
          />
        </>
      )}
      <Suspense fallback={null}>
        {hasOpened && (
          <RowDrawer
            rowKey={shown.row}
            definition={definition}
            offer={offer}
            onClose={() => onShow({ row: null })}
            onStep={step}
            canStep={canStep}
          />
        )}
      </Suspense>
    </>
  );
}
