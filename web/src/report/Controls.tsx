/** What a report is asked with: its range, zone and filters, and to ask it anew. On a phone all but the range is folded away. */
import { Button, Group } from "@mantine/core";
import { IconRefresh, IconRestore } from "@tabler/icons-react";
import { RangeControl } from "./RangeControl";
import { ZoneControl } from "./ZoneControl";
import { FilterBar } from "./filters/FilterBar";
import type { Definition, KindOffer, ResolvedRange } from "./types";
import { useWords } from "./words";

interface Props {
  definition: Definition;
  offer: KindOffer;
  /** What the range means now, once that is known. */
  resolved: ResolvedRange | undefined;
  onChange: (definition: Definition) => void;
  /** The field whose filter is edited. */
  editing: string | null;
  onEditing: (field: string | null) => void;
  /** The place of the filter that the server refuses. */
  refused: number | null;
  isAsking: boolean;
  onAsk: () => void;
  onReset: () => void;
  /** Asks anew what is looked at, where the report begins with that. */
  onPrompt: (() => void) | undefined;
  fold: Fold;
}

/** Whether what doesn't fit on a phone is folded away, and whether there is a choice. */
export interface Fold {
  isFoldable: boolean;
  isFolded: boolean;
  onFold: (isFolded: boolean) => void;
}

export function Controls({ definition, offer, resolved, onChange, editing, onEditing, refused, isAsking, onAsk, onReset, onPrompt, fold }: Props) {
  const { t } = useWords();
  const isOpen = !fold.isFolded;
  return (
    <Group gap="xs" wrap="wrap" align="center">
      <RangeControl definition={definition} offer={offer} resolved={resolved} onChange={(range) => onChange({ ...definition, range })} />
      {fold.isFoldable && <Ask isNarrow isAsking={isAsking} onAsk={onAsk} />}
      {fold.isFoldable && (
        <Button
          size="compact-md"
          variant={isOpen ? "light" : "default"}
          aria-expanded={isOpen}
          onClick={() => fold.onFold(isOpen)}
        >
          {countedFilters(definition, t("report:filter.label"))}
        </Button>
      )}
      {isOpen && (
        <>
          <ZoneControl definition={definition} offer={offer} resolved={resolved} onChange={onChange} />
          <FilterBar definition={definition} offer={offer} onChange={onChange} editing={editing} onEditing={onEditing} refused={refused} />
          <Group gap="xs">
            {!fold.isFoldable && <Ask isAsking={isAsking} onAsk={onAsk} />}
            <Button size="compact-md" variant="default" leftSection={<IconRestore size={16} aria-hidden />} onClick={onReset}>
              {t("report:action.reset")}
            </Button>
            {onPrompt !== undefined && (
              <Button size="compact-md" variant="subtle" onClick={onPrompt}>
                {t("report:prompt.change")}
              </Button>
            )}
          </Group>
        </>
      )}
    </Group>
  );
}

interface AskProps {
  /** Whether there is room for the word alone. */
  isNarrow?: boolean;
  isAsking: boolean;
  onAsk: () => void;
}

function Ask({ isNarrow = false, isAsking, onAsk }: AskProps) {
  const { t } = useWords();
  return (
    <Button size="compact-md" leftSection={isNarrow ? null : <IconRefresh size={16} aria-hidden />} loading={isAsking} onClick={onAsk}>
      {t("report:action.query")}
    </Button>
  );
}

/** How many filters are set, behind the word for them. */
function countedFilters({ filters, as_of_seq, spanning }: Definition, label: string): string {
  const count = filters.length + (as_of_seq === undefined ? 0 : 1) + (spanning === true ? 1 : 0);
  return count === 0 ? label : `${label} (${count})`;
}
