/** The answer of a report, in the look that was chosen, and the drawer of one of its rows. */
import { Button } from "@mantine/core";
import { IconArrowUp } from "@tabler/icons-react";
import { Suspense, lazy, useRef } from "react";
import { Waiting } from "../ui/States";
import { toContent } from "../ui/dialogs";
import { OpenedRow } from "./OpenedRow";
import type { Shown } from "./address";
import { keyOf } from "./keys";
import { RowTable, type RowTableHandle } from "./table/RowTable";
import classes from "./table/RowTable.module.css";
import type { useLayout } from "./table/layout";
import type { Definition, KindOffer } from "./types";
import { useFocusBack } from "./use-focus-back";
import type { Rows } from "./use-rows";
import type { View } from "./use-view";
import { useWords } from "./words";

// What not everybody looks at is fetched when it is looked at.
const Timeline = lazy(async () => ({ default: (await import("./sessions/Timeline")).Timeline }));
const Summary = lazy(async () => ({ default: (await import("./sessions/Summary")).Summary }));
const GroupResult = lazy(async () => ({ default: (await import("./groups/GroupResult")).GroupResult }));

interface Props {
  view: View;
  offer: KindOffer;
  rows: Rows;
  layout: ReturnType<typeof useLayout>[0];
  onLayout: ReturnType<typeof useLayout>[1];
  onPin: (column: string, isPinned: boolean) => void;
  onChange: (definition: Definition) => void;
  onShow: (shown: Partial<Shown>, isStep?: boolean) => void;
  onAtTop: (isAtTop: boolean) => void;
}

export function Result({ view, offer, rows, layout, onLayout, onPin, onChange, onShow, onAtTop }: Props) {
  const { t, format } = useWords();
  const { definition, shown } = view;
  const { store } = rows;
  const kind = definition.report;
  const table = useRef<RowTableHandle>(null);
  const rememberFocus = useFocusBack(shown.row !== null, () => {
    if (table.current === null) toContent();
    else table.current.focus();
  });
  const open = (row: string): void => {
    rememberFocus();
    onShow({ row });
  };
  const isTable = shown.look === "table" && definition.group_by === undefined;
  return (
    <>
      <Suspense fallback={<Waiting lines={12} height={24} />}>
        {shown.look === "timeline" && <Timeline definition={definition} offer={offer} live={shown.live} onOpen={open} />}
        {shown.look === "summary" && <Summary definition={definition} live={shown.live} />}
        {shown.look === "table" && definition.group_by !== undefined && <GroupResult definition={definition} offer={offer} live={shown.live} onChange={onChange} />}
      </Suspense>
      {isTable && store !== null && (
        <RowTable
          ref={table}
          store={store}
          definition={rows.definition ?? definition}
          isOld={rows.isOld}
          offer={offer}
          layout={layout}
          onLayout={onLayout}
          pinned={shown.pinned}
          onPin={onPin}
          onChange={onChange}
          opened={shown.row}
          onOpen={(row) => open(keyOf(row, kind))}
          fresh={rows.fresh}
          onAtTop={onAtTop}
          notice={
            rows.waiting > 0 && (
              <Button size="compact-sm" className={classes.pill} leftSection={<IconArrowUp size={14} aria-hidden />} onClick={rows.showWaiting}>
                {t("report:newRows", { count: rows.waiting, shown: format.number(rows.waiting) })}
              </Button>
            )
          }
        />
      )}
      <OpenedRow
        rowKey={shown.row}
        store={isTable ? store : null}
        definition={definition}
        offer={offer}
        onClose={(place) => {
          if (place !== null) table.current?.goTo(place);
          onShow({ row: null });
        }}
        onGo={(key, place) => {
          table.current?.goTo(place);
          onShow({ row: key });
        }}
      />
    </>
  );
}
