/** Picks a zone, and the clock by which times are shown. */
import { Button, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { browserZone, isKnownZone, zoneNames } from "../i18n/clock";
import { clockOf, withClock } from "./definition";
import type { Definition, KindOffer } from "./types";
import { useWords } from "./words";

interface Props {
  definition: Definition;
  offer: KindOffer;
  onChange: (definition: Definition) => void;
}

export function ZonePicker({ definition, offer, onChange }: Props) {
  const { t } = useWords();
  const clock = clockOf(definition, offer);
  const zone = definition.time_zone;
  const zones = useMemo(() => choices(zone), [zone]);
  return (
    <Stack gap="sm">
      <Select
        size="xs"
        label={t("report:zone.label")}
        searchable
        data-autofocus
        data={zones}
        value={zone}
        allowDeselect={false}
        nothingFoundMessage={t("report:zone.unknown")}
        error={isKnownZone(zone) ? undefined : t("report:zone.unknown")}
        onChange={(next) => {
          if (next !== null) onChange({ ...definition, time_zone: next });
        }}
        comboboxProps={{ withinPortal: false }}
        limit={100}
        // What scrolls its options would be an element of the list otherwise.
        withScrollArea={false}
        styles={{ dropdown: { maxHeight: "14rem", overflowY: "auto" } }}
      />
      {zone !== browserZone() && (
        <Button size="compact-xs" variant="subtle" onClick={() => onChange({ ...definition, time_zone: browserZone() })}>
          {t("report:zone.own")}: {browserZone()}
        </Button>
      )}
      <div>
        <Text size="xs" fw={600} mb={4}>
          {t("report:zone.clock")}
        </Text>
        <SegmentedControl
          size="xs"
          fullWidth
          orientation="vertical"
          aria-label={t("report:zone.clock")}
          value={clock}
          onChange={(next) => onChange(withClock(definition, next === offer.default_clock ? undefined : (next)))}
          data={(["report", "utc", "agent"] as const).map((value) => ({ value, label: t(`report:zone.${value}`) }))}
        />
      </div>
    </Stack>
  );
}

/** The zones that this browser knows, and the one of the address in any case. */
function choices(zone: string): string[] {
  const names = zoneNames();
  return names.includes(zone) ? names : [zone, ...names];
}
