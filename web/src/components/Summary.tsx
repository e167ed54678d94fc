/** What an answer says about itself: how many rows, of which range, and up to when it is complete. */
import type { Answer, Watermark } from "../api-types";
import { countText, roughDuration, timestampText } from "../format";

interface Props {
  answer: Answer | null;
  waiting: boolean;
}

export function Summary({ answer, waiting }: Props) {
  return (
    <section className="summary" aria-label="Result">
      <p role="status">{waiting || answer === null ? waiting && "Loading…" : <Count answer={answer} />}</p>
      {answer !== null && (
        <>
          <p>{answer.range.words}</p>
          <WatermarkLine watermark={answer.watermark} zone={answer.range.time_zone} />
        </>
      )}
    </section>
  );
}

function Count({ answer }: { answer: Answer }) {
  const shown = answer.rows.length;
  return (
    <>
      <strong>{countText(answer.total, "row")}</strong>
      {shown < answer.total && `, the first ${shown.toLocaleString("en-GB")} shown`}
    </>
  );
}

function WatermarkLine({ watermark, zone }: { watermark: Watermark; zone: string }) {
  const { complete_to, sources } = watermark;
  const silent = sources.filter((source) => source.silent_seconds !== null);
  const ahead = sources.filter((source) => source.clock_ahead_seconds !== null);
  return (
    <p className="quiet">
      {complete_to === null ? "Nothing has come in yet." : `Complete up to ${timestampText(complete_to, zone)}.`}
      {silent.length > 0 && (
        <span className="caution">
          {" Silent for unusually long: "}
          {silent.map((source) => `${source.source} (${roughDuration(source.silent_seconds ?? 0)})`).join(", ")}.
        </span>
      )}
      {ahead.length > 0 && (
        <span className="caution">
          {" Clock ahead: "}
          {ahead.map((source) => `${source.source} (${roughDuration(source.clock_ahead_seconds ?? 0)})`).join(", ")}.
        </span>
      )}
    </p>
  );
}
