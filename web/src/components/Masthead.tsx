/** The top of the page: its name, the kinds of report as links, the way out. */
import type { Definition, KindOffer, ReportKind } from "../api-types";
import { toFragment } from "../address";

interface Props {
  tabs: readonly { kind: KindOffer; definition: Definition }[];
  current?: ReportKind | undefined;
  onSignOut: () => void;
}

export function Masthead({ tabs, current, onSignOut }: Props) {
  return (
    <header className="masthead">
      <h1>Rollcall</h1>
      <nav aria-label="Reports">
        {tabs.map(({ kind, definition }) => (
          <a key={kind.report} href={`#${toFragment(definition)}`} aria-current={kind.report === current ? "page" : undefined}>
            {kind.label}
          </a>
        ))}
      </nav>
      <button type="button" className="plain" onClick={onSignOut}>
        Sign out
      </button>
    </header>
  );
}
