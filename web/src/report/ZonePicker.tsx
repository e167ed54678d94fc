/** Picks a zone, and the clock by which times are shown. */
import { Button, SegmentedControl, Stack, Text } from "@mantine/core";
import { browserZone, isKnownZone } from "../i18n/clock";
import { ZoneSelect } from "../ui/ZoneSelect";
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
  return (
    <Stack gap="sm">
      <ZoneSelect
        size="xs"
        label={t("report:zone.label")}
        data-autofocus
        value={zone}
        error={isKnownZone(zone) ? undefined : t("report:zone.unknown")}
        onChange={(next) => onChange({ ...definition, time_zone: next })}
        comboboxProps={{ withinPortal: false }}
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
