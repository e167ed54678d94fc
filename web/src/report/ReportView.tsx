/**
 * One report as it is asked for: its controls, and its rows as a table, as groups, over time or summed up.
 */
import { Alert, Button, Group, SegmentedControl, Text } from "@mantine/core";
import { IconChartBar, IconPlayerPlay, IconPlayerStop, IconRefresh, IconRestore } from "@tabler/icons-react";
import { useLocalStorage } from "@mantine/hooks";
import { Suspense, lazy, useCallback, useMemo, useState } from "react";
import { asFailure } from "../api/failure";
import type { Search } from "../app/search";
import { Page } from "../ui/Page";
import { Empty, FailureNote, Waiting } from "../ui/States";
import { ColumnChooser } from "./ColumnChooser";
import { Histogram } from "./Histogram";
import { RangeControl } from "./RangeControl";
import { ReportActions, type SavedAs } from "./ReportActions";
import { WatermarkNote } from "./WatermarkNote";
import { ZoneControl } from "./ZoneControl";
import { completed } from "./definition";
import { EventsContext } from "./events";
import { FilterBar } from "./filters/FilterBar";
import { GroupBy } from "./groups/GroupBy";
import type { Definition, KindOffer, ReportKind } from "./types";
import { useLayout } from "./table/layout";
import { type ViewHandle, useView } from "./use-view";
import { useRows } from "./use-rows";
import { useWords } from "./words";
import { browserZone } from "../i18n/clock";
import { Result } from "./Result";

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
  const remembered = layout.columns;
  const usual = useMemo(
    () => saved?.usual ?? (remembered === undefined ? {} : { columns: remembered.filter((name) => offer.columns.some((column) => column.name === name)) }),
    [saved, remembered, offer],
  );
  // The activity audit begins with a question, where the address doesn't say what is looked at.
  const isAsked = offer.report === "activity_audit" && saved === null && Object.keys(search).length === 0;
  const handle = useView(search, offer, usual, go, isAsked);
  const [before, setBefore] = useState<Definition | null>(null);
  const fresh = (): void => handle.goTo({ definition: completed(usual, offer, browserZone()), shown: NEW });
  if (handle.view === null) {
    return (
      <Page title={title} about={about}>
        <Alert color="red" variant="light" title={t("report:damaged.what")} role="alert">
          <Text size="sm">{handle.damage}</Text>
          <Text size="sm" mb="sm">
            {t("report:damaged.advice")}
          </Text>
          <Button size="xs" variant="default" onClick={fresh}>
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
          <AuditPrompt definition={before ?? handle.view.definition} offer={offer} onGo={(definition) => handle.goTo({ definition, shown: NEW })} />
        </Suspense>
      </Page>
    );
  }
  const { definition } = handle.view;
  const ask = (): void => {
    setBefore(definition);
    go({}, false);
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
      onReset={fresh}
      onPrompt={offer.report === "activity_audit" && saved === null ? ask : undefined}
    />
  );
}

/** No rows: because nothing was ever recorded, or because nothing matches. */
function Nothing({ isNew }: { isNew: boolean }) {
  const { t } = useWords();
  if (isNew) return <Empty what={t("report:table.noneYet")} advice={t("report:table.noneYetAdvice")} />;
  return <Empty what={t("report:table.empty")} advice={t("report:table.emptyAdvice")} />;
}

const NEW = { look: "table", split: null, live: false, row: null } as const;

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
  const isGrouped = definition.group_by !== undefined && shown.look === "table";
  const asksRows = shown.look === "table" && !isGrouped;
  const rows = useRows(definition, offer, shown.live && asksRows, isAtTop);
  const change = useCallback(
    (next: Definition) => {
      if (next.columns !== undefined && next.columns !== definition.columns) onLayout((before) => ({ ...before, columns: next.columns ?? [] }));
      handle.change(next);
    },
    [handle, definition.columns, onLayout],
  );
  const events = useMemo(() => ({ editFilter: setEditing }), []);
  const failure = rows.error === null || rows.error === undefined ? null : asFailure(rows.error);
  const total = rows.answer?.total;
  return (
    <EventsContext.Provider value={events}>
      <Page
        title={title}
        about={about}
        fills
        actions={<ReportActions definition={definition} saved={saved} total={total} look={shown.look} />}
      >
        <Group gap="xs" wrap="wrap" align="center">
          <RangeControl
            key={JSON.stringify(definition.range)}
            definition={definition}
            offer={offer}
            resolved={rows.answer?.range}
            onChange={(range) => change({ ...definition, range })}
          />
          <ZoneControl definition={definition} offer={offer} onChange={change} />
          <FilterBar definition={definition} offer={offer} onChange={change} editing={editing} onEditing={setEditing} refused={failure?.refusedFilter ?? null} />
          <Group gap="xs">
            <Button size="compact-md" leftSection={<IconRefresh size={16} aria-hidden />} loading={rows.isFetching && !shown.live} onClick={rows.refetch}>
              {t("report:action.query")}
            </Button>
            <Button size="compact-md" variant="default" leftSection={<IconRestore size={16} aria-hidden />} onClick={onReset}>
              {t("report:action.reset")}
            </Button>
            {onPrompt !== undefined && (
              <Button size="compact-md" variant="subtle" onClick={onPrompt}>
                {t("report:prompt.change")}
              </Button>
            )}
          </Group>
        </Group>
        {showsHistogram && (
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
            {rows.answer !== undefined && <WatermarkNote watermark={rows.answer.watermark} asOf={definition.as_of_seq} />}
          </Group>
          <Group gap="xs">
            {definition.report === "login_logout" && (
              <SegmentedControl
                size="xs"
                aria-label={t("report:look.label")}
                value={shown.look}
                onChange={(look) => handle.show({ look: look, row: null }, true)}
                data={(["table", "timeline", "summary"] as const).map((look) => ({ value: look, label: t(`report:look.${look}`) }))}
              />
            )}
            <Button
              size="compact-sm"
              variant={showsHistogram ? "light" : "default"}
              aria-pressed={showsHistogram}
              leftSection={<IconChartBar size={16} aria-hidden />}
              onClick={() => setShowsHistogram(!showsHistogram)}
            >
              {t("report:action.histogram")}
            </Button>
            <Button
              size="compact-sm"
              variant={shown.live ? "filled" : "default"}
              aria-pressed={shown.live}
              title={t("report:action.liveHint")}
              leftSection={shown.live ? <IconPlayerStop size={16} aria-hidden /> : <IconPlayerPlay size={16} aria-hidden />}
              onClick={() => handle.show({ live: !shown.live })}
            >
              {t("report:action.live")}
            </Button>
            {shown.look === "table" && <GroupBy definition={definition} offer={offer} onChange={change} />}
            {asksRows && <ColumnChooser definition={definition} offer={offer} onChange={change} />}
          </Group>
        </Group>
        {failure !== null && <FailureNote failure={failure} onAgain={rows.refetch} />}
        {failure === null && asksRows && rows.store === null && <Waiting lines={14} height={24} />}
        {failure === null && asksRows && total === 0 && <Nothing isNew={rows.answer?.watermark.sources.length === 0} />}
        {failure === null && (!asksRows || (rows.store !== null && total !== 0)) && (
          <Result view={view} offer={offer} rows={rows} layout={layout} onLayout={onLayout} onChange={change} onShow={handle.show} onAtTop={setIsAtTop} />
        )}
      </Page>
    </EventsContext.Provider>
  );
}
