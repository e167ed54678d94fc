/**
 * How many rows there are over time, as bars; a stretch of them is looked at by dragging over it, or by keys.
 *
 * Drawn here rather than by the chart library: it stands above every table, has to be there at once, and is brushed.
 */
import { Button, Group, NativeSelect, Skeleton, Text, VisuallyHidden } from "@mantine/core";
import { type KeyboardEvent, type PointerEvent, useId, useRef, useState } from "react";
import { asFailure } from "../api/failure";
import { FailureNote } from "../ui/States";
import classes from "./Histogram.module.css";
import { useHistogram } from "./ask";
import { HistogramAxis } from "./HistogramAxis";
import { shownZone } from "./definition";
import { type Definition, type HistogramAnswer, type KindOffer, plainText } from "./types";
import { labelOf, wordOf } from "./vocabulary";
import { useWords } from "./words";

interface Props {
  definition: Definition;
  offer: KindOffer;
  split: string | null;
  onSplit: (split: string | null) => void;
  /** Looks at a part of the range. */
  onZoom: (from: string, to: string) => void;
  /** Whether rows that arrive are shown. */
  live?: boolean;
}

/** Colours of the parts, told apart also by those who see colours otherwise; the legend names them. */
const PART_COLOURS = ["teal", "orange", "indigo", "pink", "lime", "cyan", "gray"] as const;

/** Two bars and all between them, by the moments at which they begin: while rows arrive, bars move on. */
interface Chosen {
  from: string;
  to: string;
}

export function Histogram({ definition, offer, split, onSplit, onZoom, live = false }: Props) {
  const { t, format } = useWords();
  const { data, error, refetch } = useHistogram(definition, split, live);
  const fields = offer.columns.filter((field) => field.has_facet && field.name !== "hierarchy");
  const zone = shownZone(definition, offer);
  // What is there stays when it can't be asked anew; in live mode the next question follows by itself.
  const failure = error === null || (live && data !== undefined) ? null : <FailureNote failure={asFailure(error)} onAgain={() => void refetch()} />;
  if (data === undefined && failure !== null) return failure;
  return (
    <section aria-label={t("report:histogram.title")} className={classes.section}>
      {failure}
      <Group justify="space-between" gap="xs" mb={4}>
        <Group gap="xs">
          <NativeSelect
            size="xs"
            aria-label={t("report:histogram.split")}
            value={split ?? ""}
            onChange={(event) => onSplit(event.currentTarget.value === "" ? null : event.currentTarget.value)}
            data={[{ value: "", label: t("report:histogram.noSplit") }, ...fields.map((field) => ({ value: field.name, label: labelOf(field, t) }))]}
          />
          {data !== undefined && <Legend data={data} offer={offer} />}
        </Group>
        {data !== undefined && data.outside > 0 && (
          <Text size="xs" c="dimmed">
            {t("report:histogram.outside", { rows: t("report:total", { count: data.outside, shown: format.number(data.outside) }) })}
          </Text>
        )}
      </Group>
      {data === undefined ? <Skeleton height={88} radius="sm" /> : <Bars data={data} zone={zone} onZoom={onZoom} />}
    </section>
  );
}

function Legend({ data, offer }: { data: HistogramAnswer; offer: KindOffer }) {
  const { t } = useWords();
  const { split } = data;
  if (split == null) return null;
  const field = offer.columns.find(({ name }) => name === split.field);
  const names = split.values.map(({ value }) => (value == null ? t("report:group.missing") : ((field && wordOf(field, value, t)) ?? plainText(value))));
  if (split.others.values > 0) names.push(t("report:histogram.others"));
  return (
    <Group gap="sm" component="ul" className={classes.legend}>
      {names.map((name, at) => (
        <li key={name}>
          <span className={classes.swatch} data-part={Math.min(at, PART_COLOURS.length - 1)} aria-hidden />
          <Text size="xs" span>
            {name}
          </Text>
        </li>
      ))}
    </Group>
  );
}

interface BarsProps {
  data: HistogramAnswer;
  zone: string;
  onZoom: (from: string, to: string) => void;
}

function Bars({ data, zone, onZoom }: BarsProps) {
  const { t, format } = useWords();
  const frame = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [drag, setDrag] = useState<string | null>(null);
  const id = useId();
  const { bars } = data;
  const most = Math.max(...bars.map(({ rows }) => rows), 1);
  const beginOf = (place: number): string => bars[Math.min(Math.max(place, 0), bars.length - 1)]?.from ?? "";
  const placeOf = (begin: string): number => bars.findIndex(({ from }) => from === begin);
  const under = (event: PointerEvent): string => {
    const box = frame.current?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return beginOf(0);
    return beginOf(Math.floor(((event.clientX - box.left) / box.width) * bars.length));
  };
  const places = chosen === null ? [] : [placeOf(chosen.from), placeOf(chosen.to)];
  const ordered = places.length === 0 || places.includes(-1) ? null : { first: Math.min(...places), last: Math.max(...places) };
  const bounds = ordered === null ? null : { from: bars[ordered.first]?.from ?? "", to: bars[ordered.last]?.to ?? "" };
  const zoom = (): void => {
    if (bounds !== null && bounds.from !== "") onZoom(bounds.from, bounds.to);
    setChosen(null);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = ordered === null || chosen === null ? (event.key === "ArrowLeft" ? bars.length : -1) : placeOf(chosen.to);
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      const to = beginOf(at + step);
      setChosen({ from: event.shiftKey && ordered !== null && chosen !== null ? chosen.from : to, to });
    } else if (event.key === "Enter" && ordered !== null) {
      event.preventDefault();
      zoom();
    } else if (event.key === "Escape" && chosen !== null) {
      event.stopPropagation();
      setChosen(null);
    }
  };
  const words = (from: string, to: string): { from: string; to: string } => ({ from: format.minute(from, zone), to: format.minute(to, zone) });
  const rowsOf = (count: number): string => t("report:total", { count, shown: format.number(count) });
  const inside = ordered === null ? [] : bars.slice(ordered.first, ordered.last + 1);
  const told =
    bounds === null ? null : t("report:histogram.bar", { ...words(bounds.from, bounds.to), rows: rowsOf(inside.reduce((sum, { rows }) => sum + rows, 0)) });
  return (
    <div className={classes.chart}>
      <VisuallyHidden id={`${id}-keys`}>{t("report:histogram.keys")}</VisuallyHidden>
      <div
        ref={frame}
        className={classes.bars}
        role="slider"
        aria-label={t("report:histogram.title")}
        aria-describedby={`${id}-keys`}
        aria-valuemin={0}
        aria-valuemax={Math.max(bars.length - 1, 0)}
        aria-valuenow={ordered === null || chosen === null ? 0 : placeOf(chosen.to)}
        aria-valuetext={told ?? rowsOf(data.total)}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag(under(event));
          setChosen({ from: under(event), to: under(event) });
        }}
        onPointerMove={(event) => {
          if (drag !== null) setChosen({ from: drag, to: under(event) });
        }}
        onPointerUp={(event) => {
          if (drag !== null && drag !== under(event)) zoom();
          setDrag(null);
        }}
        onPointerCancel={() => setDrag(null)}
        onDoubleClick={zoom}
      >
        {bars.map((bar, at) => (
          <div
            key={bar.from}
            className={classes.bar}
            data-chosen={(ordered !== null && at >= ordered.first && at <= ordered.last) || undefined}
            title={t("report:histogram.bar", { ...words(bar.from, bar.to), rows: rowsOf(bar.rows) })}
          >
            <Stacked bar={bar} most={most} />
          </div>
        ))}
      </div>
      <HistogramAxis bars={bars} zone={zone}>
        {told !== null && (
          <Group gap="xs" className={classes.told}>
            <span role="status">{told}</span>
            <Button size="compact-xs" variant="light" onClick={zoom}>
              {t("report:histogram.zoomIn", bounds === null ? { from: "", to: "" } : words(bounds.from, bounds.to))}
            </Button>
          </Group>
        )}
      </HistogramAxis>
    </div>
  );
}

/** The parts of a bar on top of each other. */
function Stacked({ bar, most }: { bar: HistogramAnswer["bars"][number]; most: number }) {
  const parts = bar.parts === undefined ? [bar.rows] : [...bar.parts, bar.others];
  return parts.map((rows, part) =>
    rows === 0 ? null : (
      <span
        key={part}
        className={classes.part}
        data-part={bar.parts !== undefined && part === parts.length - 1 ? PART_COLOURS.length - 1 : part}
        ref={(element) => element?.style.setProperty("height", `${Math.max((rows / most) * 100, 1.5)}%`)}
      />
    ),
  );
}
