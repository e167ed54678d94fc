/** Says all the time that somebody acts as somebody else, and ends it. */
import type { Session } from "../api-types";

interface Props {
  user: Session["user"];
  impersonator: NonNullable<Session["impersonator"]>;
  onEnd: () => void;
}

export function ImpersonationBanner({ user, impersonator, onEnd }: Props) {
  return (
    <aside className="banner" aria-label="Acting as somebody else">
      <p>
        You are <strong>{impersonator.display_name}</strong>, acting as <strong>{user.display_name}</strong>.
      </p>
      <button type="button" onClick={onEnd}>
        End
      </button>
    </aside>
  );
}
