/** The lines of all agents beneath an axis of time, the part of it that is looked at, and what moves and zooms that. */
import { ActionIcon, Button, Group, Text, Tooltip } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { IconArrowLeft, IconArrowRight, IconZoomIn, IconZoomOut } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useCallback, useMemo, useRef, useState } from "react";
import { fieldOf } from "../ask";
import type { Span } from "../axis";
import { shownZone } from "../definition";
import { type Definition, type Field, type KindOffer, plainText, type Row } from "../types";
import { wordOf } from "../vocabulary";
import { useWords } from "../words";
import { LaneLine } from "./LaneLine";
import { TimeAxis } from "./TimeAxis";
import classes from "./Timeline.module.css";
import { lanesOf, moved, share, zoomed } from "./lanes";
import { walk } from "./walk";

interface Props {
  rows: readonly Row[];
  range: Span;
  now: number;
  definition: Definition;
  offer: KindOffer;
  onOpen: (key: string) => void;
}

/** The height of a row of bars, and what is around all rows of a lane. */
const ROW_HEIGHT = 26;
const AROUND = 4;

export function Lanes({ rows, range, now, definition, offer, onOpen }: Props) {
  const { t } = useWords();
  const { view, look } = useLook(range);
  const lanes = useMemo(() => lanesOf(rows, range, now), [rows, range.from, range.to, now]); // eslint-disable-line react-hooks/exhaustive-deps -- the span by its ends
  // Heights are found anew when this is another function.
  const keyAt = useCallback((at: number) => lanes[at]?.key ?? at, [lanes]);
  const scroller = useRef<HTMLDivElement>(null);
  const { ref: track, width } = useElementSize<HTMLDivElement>();
  const virtualizer = useVirtualizer({
    count: lanes.length,
    getScrollElement: () => scroller.current,
    getItemKey: keyAt,
    estimateSize: (at) => (lanes[at]?.rows ?? 1) * ROW_HEIGHT + AROUND,
    overscan: 10,
  });
  const zone = shownZone(definition, offer);
  const field = fieldOf(offer, "end_reason");
  const reasons = [...new Set(rows.map((row) => plainText(row.end_reason)))].sort();
  const onKeyDown = (event: KeyboardEvent): void => {
    const isWithin = event.target !== event.currentTarget;
    if (isWithin && walk(event)) return;
    const around = isWithin ? momentOf(event.target, view) : undefined;
    const next = {
      "+": zoomed(view, range, 0.5, around),
      "-": zoomed(view, range, 2, around),
      ArrowLeft: moved(view, range, -0.25),
      ArrowRight: moved(view, range, 0.25),
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    look(next);
  };
  const nowAt = share(now, view);
  return (
    <>
      <Group justify="space-between" gap="xs">
        <Legend reasons={reasons} field={field} />
        <Group gap={4}>
          <Tool label={t("report:timeline.earlier")} onClick={() => look(moved(view, range, -0.5))} icon={<IconArrowLeft size={16} aria-hidden />} />
          <Tool label={t("report:timeline.zoomOut")} onClick={() => look(zoomed(view, range, 2))} icon={<IconZoomOut size={16} aria-hidden />} />
          <Tool label={t("report:timeline.zoomIn")} onClick={() => look(zoomed(view, range, 0.5))} icon={<IconZoomIn size={16} aria-hidden />} />
          <Tool label={t("report:timeline.later")} onClick={() => look(moved(view, range, 0.5))} icon={<IconArrowRight size={16} aria-hidden />} />
          <Button size="compact-sm" variant="default" onClick={() => look(range)}>
            {t("report:timeline.all")}
          </Button>
        </Group>
      </Group>
      <div
        ref={scroller}
        className={classes.frame}
        role="region"
        aria-label={t("report:timeline.label")}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onWheel={(event) => {
          if (!event.ctrlKey && !event.shiftKey) return;
          look(event.shiftKey ? moved(view, range, Math.sign(event.deltaY || event.deltaX) * 0.1) : zoomed(view, range, event.deltaY > 0 ? 1.25 : 0.8));
        }}
      >
        <div className={classes.axis}>
          <div className={classes.name}>{t("report:summary.agent")}</div>
          <div ref={track} className={classes.track}>
            <TimeAxis view={view} zone={zone} width={width} />
          </div>
        </div>
        <div className={classes.lanes} ref={(element) => element?.style.setProperty("height", `${virtualizer.getTotalSize()}px`)}>
          {nowAt > 0 && nowAt < 1 && (
            <div className={classes.over} aria-hidden>
              <div className={classes.now} title={t("report:timeline.now")} ref={(element) => element?.style.setProperty("left", `${nowAt * 100}%`)} />
            </div>
          )}
          {virtualizer.getVirtualItems().map((item) => {
            const lane = lanes[item.index];
            return lane === undefined ? null : (
              <LaneLine key={lane.key} lane={lane} top={item.start} height={item.size} view={view} zone={zone} field={field} onOpen={onOpen} />
            );
          })}
        </div>
      </div>
    </>
  );
}

/** The part of a range that is looked at: all of it, also while it moves on, until something else is. */
function useLook(range: Span): { view: Span; look: (view: Span) => void } {
  const [part, setPart] = useState<Span | null>(null);
  const look = (next: Span): void => setPart(next.to - next.from >= range.to - range.from ? null : next);
  return { view: part === null ? range : zoomed(part, range, 1), look };
}

/** The moment at the middle of a bar; none of what is no bar. */
function momentOf(target: EventTarget, view: Span): number | undefined {
  const track = target instanceof HTMLElement ? target.closest(`.${classes.track ?? ""}`)?.getBoundingClientRect() : undefined;
  if (track === undefined || !(target instanceof HTMLElement)) return undefined;
  const bar = target.getBoundingClientRect();
  return view.from + (((bar.left + bar.right) / 2 - track.left) / track.width) * (view.to - view.from);
}

function Legend({ reasons, field }: { reasons: readonly string[]; field: Field | undefined }) {
  const { t } = useWords();
  return (
    <Group gap="sm" component="ul" className={classes.legend} aria-label={t("report:timeline.legend")}>
      {reasons.map((reason) => (
        <li key={reason}>
          <span className={classes.swatch} data-end={reason} aria-hidden />
          <Text size="xs" span>
            {(field && wordOf(field, reason, t)) ?? reason}
          </Text>
        </li>
      ))}
    </Group>
  );
}

function Tool({ label, icon, onClick }: { label: string; icon: ReactNode; onClick: () => void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" aria-label={label} onClick={onClick}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}
