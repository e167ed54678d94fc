/** The zone in which days begin, and by which clock times are shown. */
import { Button, Popover } from "@mantine/core";
import { IconWorld } from "@tabler/icons-react";
import { Suspense, lazy, useState } from "react";
import { Waiting } from "../ui/States";
import { clockOf } from "./definition";
import type { Definition, KindOffer } from "./types";
import { useWords } from "./words";

const ZonePicker = lazy(async () => ({ default: (await import("./ZonePicker")).ZonePicker }));

interface Props {
  definition: Definition;
  offer: KindOffer;
  onChange: (definition: Definition) => void;
}

export function ZoneControl({ definition, offer, onChange }: Props) {
  const { t, format } = useWords();
  const [opened, setOpened] = useState(false);
  const clock = clockOf(definition, offer);
  const zone = definition.time_zone;
  const shown = clock === "utc" ? "UTC" : clock === "agent" ? t("report:zone.agent") : format.zone(zone);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="md" width={320} trapFocus withinPortal>
      <Popover.Target>
        <Button
          size="compact-md"
          variant="default"
          leftSection={<IconWorld size={16} aria-hidden />}
          aria-label={`${t("report:zone.label")}: ${format.zone(zone)}; ${t("report:zone.clock")}: ${shown}`}
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
