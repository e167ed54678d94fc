/**
 * Sessions on a line for each agent: when they were signed in, and how each session ended.
 *
 * A click on a bar opens its session. By keys, Tab goes from agent to agent, the arrows from bar to bar and from line to line, and
 * Enter opens. The table has the same sessions for those who hear it.
 *
 * All sessions of the range are read at once, up to a bound, so that zooming and scrolling ask nothing more.
 */
import { ActionIcon, Alert, Button, Group, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { IconArrowLeft, IconArrowRight, IconZoomIn, IconZoomOut } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useMemo, useRef, useState, useEffect } from "react";
import { asFailure } from "../../api/failure";
import { Empty, FailureNote, Waiting } from "../../ui/States";
import { askPage, asked, fieldOf } from "../ask";
import { shownZone } from "../definition";
import { type Definition, type KindOffer, plainText, type Row } from "../types";
import { wordOf } from "../vocabulary";
import { useWords } from "../words";
import classes from "./Timeline.module.css";
import { type Bar, type Lane, type Span, lanesOf, moved, share, ticks, zoomed } from "./lanes";
import { walk } from "./walk";

interface Props {
  definition: Definition;
  offer: KindOffer;
  onOpen: (key: string) => void;
}

/** Most sessions that are drawn. */
const MAX_SESSIONS = 10_000;
const COLUMNS = ["session_key", "agent", "agent_id", "login_time", "logout_time", "ended_no_later_than", "end_reason", "channel", "login_forced"];
const LANE_HEIGHT = 30;

export function Timeline({ definition, offer, onOpen }: Props) {
  const { t, format } = useWords();
  const now = useNow();
  const { group_by: _, group_sort: __, measures: ___, ...rest } = definition;
  const question: Definition = { ...rest, columns: COLUMNS, sort: [{ field: "agent", dir: "asc" }, { field: "login_time", dir: "asc" }] };
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["timeline", asked(question)],
    queryFn: ({ signal }) => askPage(question, { limit: MAX_SESSIONS }, signal),
  });
  if (error !== null) return <FailureNote failure={asFailure(error)} onAgain={() => void refetch()} />;
  if (isPending) return <Waiting lines={12} height={24} />;
  if (data.total === 0) return <Empty what={t("report:timeline.empty")} advice={t("report:table.emptyAdvice")} />;
  const span: Span = { from: Date.parse(data.range.from), to: Math.min(Date.parse(data.range.to), Math.max(now, Date.parse(data.range.as_of))) };
  return (
    <>
      {data.total > data.rows.length && (
        <Alert color="yellow" variant="light" py={6}>
          {t("report:timeline.tooMany", { shown: format.number(data.rows.length), total: format.number(data.total) })}
        </Alert>
      )}
      <Drawn key={`${span.from} ${data.range.to}`} rows={data.rows} range={{ ...span, to: rangeEnd(data.range.to, span) }} definition={definition} offer={offer} onOpen={onOpen} />
    </>
  );
}

/** The moment, anew every half minute. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** The end of the range, but no more of the future than a sliver. */
function rangeEnd(to: string, span: Span): number {
  const end = Date.parse(to);
  return end > span.to ? span.to + (span.to - span.from) * 0.02 : end;
}

interface DrawnProps {
  rows: readonly Row[];
  range: Span;
  definition: Definition;
  offer: KindOffer;
  onOpen: (key: string) => void;
}

function Drawn({ rows, range, definition, offer, onOpen }: DrawnProps) {
  const { t, format } = useWords();
  const [view, setView] = useState<Span>(range);
  const now = useNow();
  const lanes = useMemo(() => lanesOf(rows, range, now), [rows, range.from, range.to, now]); // eslint-disable-line react-hooks/exhaustive-deps -- the span by its ends
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({ count: lanes.length, getScrollElement: () => scroller.current, estimateSize: () => LANE_HEIGHT, overscan: 10 });
  const zone = shownZone(definition, offer);
  const field = fieldOf(offer, "end_reason");
  const endOf = (bar: Bar): string => (field === undefined ? null : wordOf(field, bar.end, t)) ?? bar.end;
  const reasons = [...new Set(rows.map((row) => plainText(row.end_reason)))];
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = { "+": zoomed(view, range, 0.5), "-": zoomed(view, range, 2), ArrowLeft: moved(view, range, -0.25), ArrowRight: moved(view, range, 0.25) }[event.key];
    const isWithin = event.target !== event.currentTarget;
    if (isWithin && walk(event)) return;
    if (next === undefined || (isWithin && event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    setView(next);
  };
  const nowAt = share(now, view);
  return (
    <>
      <Group justify="space-between" gap="xs">
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
        <Group gap={4}>
          <Tool label={t("report:timeline.earlier")} onClick={() => setView(moved(view, range, -0.5))} icon={<IconArrowLeft size={16} aria-hidden />} />
          <Tool label={t("report:timeline.zoomOut")} onClick={() => setView(zoomed(view, range, 2))} icon={<IconZoomOut size={16} aria-hidden />} />
          <Tool label={t("report:timeline.zoomIn")} onClick={() => setView(zoomed(view, range, 0.5))} icon={<IconZoomIn size={16} aria-hidden />} />
          <Tool label={t("report:timeline.later")} onClick={() => setView(moved(view, range, 0.5))} icon={<IconArrowRight size={16} aria-hidden />} />
          <Button size="compact-sm" variant="default" onClick={() => setView(range)}>
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
          setView(event.shiftKey ? moved(view, range, Math.sign(event.deltaY || event.deltaX) * 0.1) : zoomed(view, range, event.deltaY > 0 ? 1.25 : 0.8));
        }}
      >
        <div className={classes.axis}>
          <div className={classes.name}>{t("report:summary.agent")}</div>
          <div className={classes.track}>
            {ticks(view).map((tick) => (
              <span key={tick} className={classes.tick} ref={(element) => element?.style.setProperty("left", `${share(tick, view) * 100}%`)}>
                {tickText(tick, view, zone, format)}
              </span>
            ))}
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
              <LaneLine key={lane.key} lane={lane} top={item.start} view={view} zone={zone} endOf={endOf} onOpen={onOpen} />
            );
          })}
        </div>
      </div>
    </>
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

interface LaneProps {
  lane: Lane;
  top: number;
  view: Span;
  zone: string;
  endOf: (bar: Bar) => string;
  onOpen: (key: string) => void;
}

function LaneLine({ lane, top, view, zone, endOf, onOpen }: LaneProps) {
  const { t, format } = useWords();
  const told = (bar: Bar): string => {
    const from = bar.isBeginKnown ? format.moment(new Date(bar.from).toISOString(), zone) : t("report:timeline.unknownBegin");
    const to = bar.isOpen ? t("report:timeline.open") : format.moment(new Date(bar.to).toISOString(), zone);
    const where = bar.channel === null ? "" : `, ${t("report:timeline.channel", { channel: bar.channel })}`;
    return t("report:timeline.bar", { agent: lane.agent, from, to, end: endOf(bar) }) + where;
  };
  return (
    <div className={classes.lane} data-lane ref={(element) => element?.style.setProperty("transform", `translateY(${top}px)`)}>
      <UnstyledButton
        className={classes.name}
        title={lane.agent}
        onClick={() => {
          const [first] = lane.bars;
          if (first !== undefined) onOpen(first.key);
        }}
      >
        {lane.agent}
      </UnstyledButton>
      <div className={classes.track}>
        {lane.bars.map((bar) => {
          const [left, right] = [Math.max(share(bar.from, view), 0), Math.min(share(bar.to, view), 1)];
          if (right <= 0 || left >= 1) return null;
          return (
            <button
              key={bar.key}
              type="button"
              tabIndex={-1}
              className={classes.bar}
              data-end={bar.end}
              data-open={bar.isOpen || undefined}
              data-row={bar.row}
              aria-label={told(bar)}
              title={told(bar)}
              onClick={() => onOpen(bar.key)}
              ref={(element) => {
                element?.style.setProperty("left", `${left * 100}%`);
                element?.style.setProperty("width", `max(${(right - left) * 100}%, 3px)`);
              }}
            />
          );
        })}
      </div>
    </div>
  );
}

const DAY_MS = 86_400_000;

function tickText(tick: number, view: Span, zone: string, format: ReturnType<typeof useWords>["format"]): string {
  const at = new Date(tick).toISOString();
  if (view.to - view.from > 3 * DAY_MS) return format.shortDate(at, zone);
  const time = format.time(at, zone);
  return view.to - view.from > DAY_MS ? `${format.shortDate(at, zone)} ${time}` : time;
}
