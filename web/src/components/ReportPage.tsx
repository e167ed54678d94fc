/** One report: its controls, what was found, the rows. */
import type { Api } from "../api";
import type { Definition, KindOffer } from "../api-types";
import { shownZone, sortOf, sortedBy, withFilter, withSpanning, withoutFilter } from "../definition";
import { useReport } from "../use-report";
import { Filters } from "./Filters";
import { Paging } from "./Paging";
import { ProblemNote } from "./ProblemNote";
import { RangeControl } from "./RangeControl";
import { ReportTable } from "./ReportTable";
import { Summary } from "./Summary";
import { ZoneControl } from "./ZoneControl";

interface Props {
  api: Api;
  offer: KindOffer;
  definition: Definition;
  onChange: (definition: Definition) => void;
  onFresh: () => void;
}

export function ReportPage({ api, offer, definition, onChange, onFresh }: Props) {
  const report = useReport(api, definition);
  const { answer, failure, asking } = report;
  const zone = shownZone(definition);
  const waiting = asking === "first";
  return (
    <>
      <section className="controls" aria-label="View">
        <RangeControl
          range={definition.range}
          presets={offer.presets}
          zone={definition.time_zone}
          resolved={answer?.range}
          onChange={(range) => onChange({ ...definition, range })}
        />
        <ZoneControl zone={definition.time_zone} onChange={(time_zone) => onChange({ ...definition, time_zone })} />
        {definition.report === "login_logout" && (
          <label className="check">
            <input
              type="checkbox"
              checked={definition.spanning ?? false}
              onChange={(event) => onChange(withSpanning(definition, event.target.checked))}
            />
            Also show those signed in throughout
          </label>
        )}
        <button type="button" onClick={report.again}>
          Refresh
        </button>
      </section>
      <Filters
        offer={offer}
        filters={definition.filters}
        refused={failure?.refusedFilter ?? null}
        rows={answer?.rows ?? []}
        zone={definition.time_zone}
        onAdd={(filter) => onChange(withFilter(definition, filter))}
        onRemove={(place) => onChange(withoutFilter(definition, place))}
      />
      <Summary answer={answer} waiting={waiting} />
      {failure !== null && answer === null && <ProblemNote failure={failure} onAgain={report.again} onFresh={onFresh} />}
      {answer !== null && (
        <>
          <ReportTable
            label={offer.label}
            answer={answer}
            sort={sortOf(definition, offer)}
            zone={zone}
            waiting={waiting}
            filtered={definition.filters.length > 0}
            onSort={(field) => onChange(sortedBy(definition, offer, field))}
          />
          {failure !== null && <ProblemNote failure={failure} onAgain={failure.cursorIsGone ? report.again : report.more} />}
          <Paging answer={answer} waiting={asking !== null} onMore={report.more} />
        </>
      )}
    </>
  );
}
