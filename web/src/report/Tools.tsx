/** How a report is shown: its look, the histogram, groups and columns, and whether new rows come by themselves. */
import { Button, Group, SegmentedControl } from "@mantine/core";
import { IconChartBar, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { ColumnChooser } from "./ColumnChooser";
import type { Shown } from "./address";
import { GroupBy } from "./groups/GroupBy";
import type { Definition, KindOffer } from "./types";
import type { View } from "./use-view";
import { useWords } from "./words";

interface Props {
  view: View;
  offer: KindOffer;
  onChange: (definition: Definition) => void;
  onShow: (shown: Partial<Shown>, isStep?: boolean) => void;
  showsHistogram: boolean;
  onHistogram: (shows: boolean) => void;
}

const LOOKS = ["table", "timeline", "summary"] as const;

export function Tools({ view: { definition, shown }, offer, onChange, onShow, showsHistogram, onHistogram }: Props) {
  const { t } = useWords();
  const isTable = shown.look === "table";
  return (
    <Group gap="xs">
      {definition.report === "login_logout" && (
        <SegmentedControl
          size="xs"
          aria-label={t("report:look.label")}
          value={shown.look}
          onChange={(look) => onShow({ look, row: null }, true)}
          data={LOOKS.map((look) => ({ value: look, label: t(`report:look.${look}`) }))}
        />
      )}
      <Button
        size="compact-sm"
        variant={showsHistogram ? "light" : "default"}
        aria-pressed={showsHistogram}
        leftSection={<IconChartBar size={16} aria-hidden />}
        onClick={() => onHistogram(!showsHistogram)}
      >
        {t("report:action.histogram")}
      </Button>
      <Button
        size="compact-sm"
        variant={shown.live ? "filled" : "default"}
        aria-pressed={shown.live}
        title={t("report:action.liveHint")}
        leftSection={shown.live ? <IconPlayerStop size={16} aria-hidden /> : <IconPlayerPlay size={16} aria-hidden />}
        onClick={() => onShow({ live: !shown.live })}
      >
        {t("report:action.live")}
      </Button>
      {isTable && <GroupBy definition={definition} offer={offer} onChange={onChange} />}
      {isTable && definition.group_by === undefined && <ColumnChooser definition={definition} offer={offer} pinned={shown.pinned} onChange={onChange} />}
    </Group>
  );
}
