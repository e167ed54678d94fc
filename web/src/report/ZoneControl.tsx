/** The zone in which days begin, and by which clock times are shown. */
import { Button, Popover } from "@mantine/core";
import { IconWorld } from "@tabler/icons-react";
import { Suspense, lazy, useState } from "react";
import { Waiting } from "../ui/States";
import { clockOf } from "./definition";
import type { Definition, KindOffer, ResolvedRange } from "./types";
import { useWords } from "./words";
import type { Format } from "../i18n/format";

const ZonePicker = lazy(async () => ({ default: (await import("./ZonePicker")).ZonePicker }));

const UTC = "UTC";

interface Props {
  definition: Definition;
  offer: KindOffer;
  /** What the range means now, once that is known. */
  resolved: ResolvedRange | undefined;
  onChange: (definition: Definition) => void;
}

export function ZoneControl({ definition, offer, resolved, onChange }: Props) {
  const { t, format } = useWords();
  const [opened, setOpened] = useState(false);
  const clock = clockOf(definition, offer);
  const zone = zoneWords(definition.time_zone, resolved, format);
  // Days begin in the report's zone, whatever clock shows the times.
  const shown = clock === "utc" && zone !== UTC ? t("report:zone.inUtc", { zone }) : clock === "agent" ? t("report:zone.inAgents", { zone }) : zone;
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="md" width={320} trapFocus returnFocus withinPortal>
      <Popover.Target>
        <Button
          size="compact-md"
          variant="default"
          leftSection={<IconWorld size={16} aria-hidden />}
          aria-label={`${t("report:zone.label")}: ${shown}`}
          onClick={() => setOpened(!opened)}
        >
          {shown}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="sm">
        <Suspense fallback={<Waiting lines={3} />}>{opened && <ZonePicker definition={definition} offer={offer} onChange={onChange} />}</Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}

/** A zone with how far its clocks are ahead in a range; without, where they are changed in it. */
export function zoneWords(zone: string, range: ResolvedRange | undefined, format: Format): string {
  if (range === undefined || zone === UTC) return zone;
  // The end lies outside already.
  const [first, last] = [format.zone(zone, Date.parse(range.from)), format.zone(zone, Date.parse(range.to) - 1)];
  return first === last ? first : zone;
}
