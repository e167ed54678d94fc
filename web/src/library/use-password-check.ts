/** Whether the server would take a password, asked shortly after the last key. Nothing of it is kept. */
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { type Schemas, api, told } from "../api/client";

export type PasswordCheck = { is: "unknown" } | { is: "failed" } | { is: "checked"; answer: Schemas["PasswordChecked"] };

/** The check of the password that stands there; of an earlier one, as long as nothing is known of it, to be shown meanwhile. */
export interface PasswordChecks {
  shown: PasswordCheck;
  /** Whether it is known that the password would be refused. What is not known yet, the server judges. */
  isRefused: boolean;
}

export function usePasswordCheck(password: string): PasswordChecks {
  const [settled] = useDebouncedValue(password, 250);
  const [found, setFound] = useState<{ of: string; check: PasswordCheck }>({ of: "", check: { is: "unknown" } });
  useEffect(() => {
    const asking = new AbortController();
    // Not a query: those are kept for a while, and a password should not be.
    told(api.POST("/api/v1/exports/password-check", { body: { password: settled }, signal: asking.signal })).then(
      (answer) => setFound({ of: settled, check: { is: "checked", answer } }),
      () => {
        if (!asking.signal.aborted) setFound({ of: settled, check: { is: "failed" } });
      },
    );
    return () => asking.abort();
  }, [settled]);
  const isRefused = password === "" || (found.of === password && found.check.is === "checked" && !found.check.answer.ok);
  return { shown: found.check, isRefused };
}
