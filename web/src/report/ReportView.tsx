/**
 * One report as it is asked for: its controls, and its rows as a table, as groups, over time or summed up.
 */
import { Alert, Button, Group, Text } from "@mantine/core";
import { useLocalStorage, useMediaQuery } from "@mantine/hooks";
import { Suspense, lazy, useCallback, useMemo, useState } from "react";
import type { Search } from "../app/search";
import { browserZone } from "../i18n/clock";
import { Page } from "../ui/Page";
import { Empty, FailureNote, Waiting } from "../ui/States";
import { Controls } from "./Controls";
import { Histogram } from "./Histogram";
import { ReportActions, type SavedAs } from "./ReportActions";
import { Result } from "./Result";
import { StaleNote } from "./StaleNote";
import { Tools } from "./Tools";
import { WatermarkNote } from "./WatermarkNote";
import { PLAIN } from "./address";
import { completed, shownZone } from "./definition";
import { EventsContext } from "./events";
import { USUAL, useLayout, withPinned } from "./table/layout";
import type { Definition, KindOffer, ReportKind } from "./types";
import { useAskAnew } from "./use-ask-anew";
import { areLost, useRows } from "./use-rows";
import { type Usual, type ViewHandle, useView } from "./use-view";
import { useWords } from "./words";

const AuditPrompt = lazy(async () => ({ default: (await import("./AuditPrompt")).AuditPrompt }));

interface Props {
  offer: KindOffer;
  search: Search;
  go: (search: Search, replaces: boolean) => void;
  title: string;
  about: string;
  /** The saved report that is opened, if it is one. */
  saved: SavedAs | null;
}

export function ReportView({ offer, search, go, title, about, saved }: Props) {
  const { t } = useWords();
  const [layout, setLayout] = useLayout(offer.report as ReportKind);
  const usual = useMemo(() => usualOf(offer, layout, saved), [offer, layout, saved]);
  // The activity audit begins with a question, where the address doesn't say what is looked at.
  const isAsked = offer.report === "activity_audit" && saved === null && Object.keys(search).length === 0;
  const handle = useView(search, offer, usual, go, isAsked);
  const [before, setBefore] = useState<Definition | null>(null);
  const afresh = { ...PLAIN, pinned: usual.pinned };
  if (handle.view === null) {
    return (
      <Page title={title} about={about}>
        <Alert color="red" variant="light" title={t("report:damaged.what")} role="alert">
          <Text size="sm">{handle.damage}</Text>
          <Text size="sm" mb="sm">
            {t("report:damaged.advice")}
          </Text>
          <Button size="xs" variant="default" onClick={() => handle.goTo({ definition: completed(usual.stated, offer, browserZone()), shown: afresh })}>
            {t("report:damaged.fresh")}
          </Button>
        </Alert>
      </Page>
    );
  }
  if (isAsked) {
    return (
      <Page title={title} about={about}>
        <Suspense fallback={<Waiting lines={6} />}>
          <AuditPrompt definition={before ?? handle.view.definition} offer={offer} onGo={(definition) => handle.goTo({ definition, shown: afresh })} />
        </Suspense>
      </Page>
    );
  }
  const { definition } = handle.view;
  const ask = (): void => {
    setBefore(definition);
    go({}, false);
  };
  const reset = (): void => {
    // A saved report has columns of its own; which ones one looks at otherwise stays.
    setLayout((was) => (saved === null ? USUAL : { ...was, ...USUAL }));
    handle.goTo({ definition: completed(saved?.usual ?? {}, offer, browserZone()), shown: PLAIN });
  };
  return (
    <Shown
      offer={offer}
      handle={handle}
      view={handle.view}
      layout={layout}
      onLayout={setLayout}
      title={title}
      about={about}
      saved={saved}
      onReset={reset}
      onPrompt={offer.report === "activity_audit" && saved === null ? ask : undefined}
    />
  );
}

/** What holds where the address says nothing: what was saved, else the columns that one looked at last. */
function usualOf(offer: KindOffer, layout: ReturnType<typeof useLayout>[0], saved: SavedAs | null): Usual {
  const columns = layout.columns?.filter((name) => offer.columns.some((column) => column.name === name)) ?? [];
  return { stated: saved?.usual ?? (columns.length === 0 ? {} : { columns }), pinned: layout.pinned };
}

/** No rows: because nothing was ever recorded, or because nothing matches. */
function Nothing({ isNew }: { isNew: boolean }) {
  const { t } = useWords();
  if (isNew) return <Empty what={t("report:table.noneYet")} advice={t("report:table.noneYetAdvice")} />;
  return <Empty what={t("report:table.empty")} advice={t("report:table.emptyAdvice")} />;
}

interface ShownProps {
  offer: KindOffer;
  handle: ViewHandle;
  view: NonNullable<ViewHandle["view"]>;
  layout: ReturnType<typeof useLayout>[0];
  onLayout: ReturnType<typeof useLayout>[1];
  title: string;
  about: string;
  saved: SavedAs | null;
  onReset: () => void;
  onPrompt: (() => void) | undefined;
}

function Shown({ offer, handle, view, layout, onLayout, title, about, saved, onReset, onPrompt }: ShownProps) {
  const { t, format } = useWords();
  const { definition, shown } = view;
  const [editing, setEditing] = useState<string | null>(null);
  const [showsHistogram, setShowsHistogram] = useLocalStorage({ key: "rollcall.histogram", defaultValue: true, getInitialValueInEffect: false });
  const [isAtTop, setIsAtTop] = useState(true);
  const isPhone = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const [isUnfolded, setIsUnfolded] = useState(false);
  const isOpen = !isPhone || isUnfolded;
  const isGrouped = definition.group_by !== undefined && shown.look === "table";
  const asksRows = shown.look === "table" && !isGrouped;
  const { ask, isAsking } = useAskAnew();
  const rows = useRows(definition, offer, shown.live && asksRows, isAtTop);
  const change = useCallback(
    (next: Definition) => {
      if (next.columns !== undefined && next.columns !== definition.columns) onLayout((before) => ({ ...before, columns: next.columns ?? [] }));
      handle.change(next);
    },
    [handle, definition.columns, onLayout],
  );
  const pin = (column: string, isPinned: boolean): void => {
    const pinned = withPinned(shown.pinned, column, isPinned);
    onLayout((before) => ({ ...before, pinned }));
    handle.show({ pinned });
  };
  const events = useMemo(
    () => ({
      editFilter: (field: string) => {
        setIsUnfolded(true);
        setEditing(field);
      },
    }),
    [],
  );
  const { failure } = rows;
  const isLost = areLost(rows);
  // What was answered before says nothing of what has failed.
  const answer = isLost ? undefined : rows.answer;
  const total = answer?.total;
  return (
    <EventsContext.Provider value={events}>
      <Page
        title={title}
        about={isPhone ? undefined : about}
        fills
        actions={<ReportActions definition={definition} saved={saved} total={total} look={shown.look} />}
      >
        <Controls
          definition={definition}
          offer={offer}
          resolved={answer?.range}
          onChange={change}
          editing={editing}
          onEditing={setEditing}
          refused={failure?.refusedFilter ?? null}
          isAsking={isAsking && !shown.live}
          onAsk={ask}
          onReset={onReset}
          onPrompt={onPrompt}
          fold={{ isFoldable: isPhone, isFolded: !isOpen, onFold: (isFolded) => setIsUnfolded(!isFolded) }}
        />
        {showsHistogram && isOpen && !isLost && (
          <Histogram
            definition={definition}
            offer={offer}
            live={shown.live}
            split={shown.split}
            onSplit={(split) => handle.show({ split })}
            onZoom={(from, to) => change({ ...definition, range: { from, to } })}
          />
        )}
        <Group justify="space-between" gap="xs" wrap="wrap">
          <Group gap="sm">
            <Text size="sm" fw={600} role="status" className="total">
              {total === undefined ? "\u00a0" : t("report:total", { count: total, shown: format.number(total) })}
            </Text>
            {answer !== undefined && <WatermarkNote watermark={answer.watermark} asOf={definition.as_of_seq} zone={shownZone(definition, offer)} />}
          </Group>
          {isOpen && (
            <Tools view={view} offer={offer} onChange={change} onShow={handle.show} showsHistogram={showsHistogram} onHistogram={setShowsHistogram} />
          )}
        </Group>
        {failure !== null && isLost && <FailureNote failure={failure} onAgain={ask} />}
        {failure !== null && !isLost && <StaleNote failure={failure} since={rows.answeredAt} zone={shownZone(definition, offer)} onAgain={ask} />}
        {!isLost && asksRows && rows.store === null && <Waiting lines={14} height={24} />}
        {!isLost && asksRows && total === 0 && <Nothing isNew={answer?.watermark.sources.length === 0} />}
        {!isLost && (!asksRows || (rows.store !== null && total !== 0)) && (
          <Result
            view={view}
            offer={offer}
            rows={rows}
            layout={layout}
            onLayout={onLayout}
            onPin={pin}
            onChange={change}
            onShow={handle.show}
            onAtTop={setIsAtTop}
          />
        )}
      </Page>
    </EventsContext.Provider>
  );
}
