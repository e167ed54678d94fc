/** After a sign-in through the OpenID provider: somebody is signed in elsewhere, and may end that. */
import type { Session } from "../api-types";
import { explain } from "../failure";
import { SIGNED_IN_ELSEWHERE, signInErrorWords } from "../return-from-provider";
import { forceOpenId } from "../session";
import { useAction } from "../use-action";
import { Card, Send, Wrong } from "./Card";

interface Props {
  onSignedIn: (session: Session) => void;
  /** To the sign-in. */
  onOtherwise: () => void;
}

export function ForceOpenId({ onSignedIn, onOtherwise }: Props) {
  const { busy, failure, count, run } = useAction();
  const submit = (): void => run(async () => onSignedIn(await forceOpenId()));
  let told: string | null = null;
  if (failure !== null) told = failure.status === 401 ? signInErrorWords("not_begun") : `${explain(failure).what}. ${explain(failure).advice}`;
  return (
    <Card title="Rollcall" beginAtTitle onSubmit={submit}>
      <p>{signInErrorWords(SIGNED_IN_ELSEWHERE)}</p>
      <Wrong text={told} count={count} />
      <Send busy={busy}>Sign in here and end that session</Send>
      <button type="button" className="plain" onClick={onOtherwise}>
        Sign in otherwise
      </button>
    </Card>
  );
}
