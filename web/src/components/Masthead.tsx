/** The top of the page: its name, the kinds of report as links, the way out. */
import type { Definition, KindOffer, ReportKind } from "../api-types";
import { toFragment } from "../address";

interface Props {
  tabs: readonly { kind: KindOffer; definition: Definition }[];
  current?: ReportKind | undefined;
  /** Who is signed in, if it is somebody. */
  name?: string | undefined;
  onSignOut: () => void;
}

export function Masthead({ tabs, current, name, onSignOut }: Props) {
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
      {name !== undefined && <span className="who">{name}</span>}
      <button type="button" className="plain" onClick={onSignOut}>
        Sign out
      </button>
    </header>
  );
}
