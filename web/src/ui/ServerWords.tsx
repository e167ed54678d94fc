/** What comes from the server in its own words. They are English, whatever the page speaks: that is to be seen and heard. */
import { useTranslation } from "react-i18next";
import { type Failure, explain } from "../api/failure";

interface Props {
  text: string;
  /** Whether it is said whose words these are. At a field that is plain; among other words it is not. */
  told?: boolean;
  /** Of a failure of the page itself they are the browser's. */
  byPage?: boolean;
}

export function ServerWords({ text, told = false, byPage = false }: Props) {
  const { t, i18n } = useTranslation();
  const words = <span lang="en">{text}</span>;
  if (!told || i18n.language === "en") return words;
  return (
    <>
      {t(byPage ? "failure.saidByPage" : "failure.said")} {words}
    </>
  );
}

interface TextProps {
  failure: Failure;
  /** Whether what has happened stands above it. */
  titled?: boolean;
}

/** A failure in a few words, where there is no room for a note. */
export function FailureText({ failure, titled = false }: TextProps) {
  const { t } = useTranslation();
  const { what, why, advice } = explain(failure, t);
  // Of what has to be waited for, the advice says the same.
  const isToldOnce = why === undefined || failure.status === 429;
  return (
    <>
      {!titled && `${what}. `}
      {!isToldOnce && (
        <>
          <ServerWords text={why} told byPage={failure.status === 0} />
          {/[.!?]$/.test(why) ? " " : ". "}
        </>
      )}
      {advice}
    </>
  );
}
