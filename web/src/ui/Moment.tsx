/** A moment in the reader's locale and zone; how long ago it was on top of it. */
import { Text, Tooltip } from "@mantine/core";
import { useState } from "react";
import { browserZone } from "../i18n/clock";
import { useFormat } from "../i18n/use-format";

interface Props {
  at: string | null | undefined;
  /** Stands where there is none. */
  otherwise?: string;
  zone?: string;
}

export function Moment({ at, otherwise = "–", zone = browserZone() }: Props) {
  const format = useFormat();
  const [now] = useState(Date.now);
  if (at === null || at === undefined) return <Text span size="sm" c="dimmed">{otherwise}</Text>;
  return (
    <Tooltip label={`${format.moment(at, zone)} · ${format.zone(zone, Date.parse(at))} · ${format.ago(at, now)}`}>
      <time dateTime={at} className="moment">
        {format.minute(at, zone)}
      </time>
    </Tooltip>
  );
}
