/** Whether the server would take a password, asked shortly after the last key. Nothing of it is kept. */
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { type Schemas, api, told } from "../api/client";

export type PasswordCheck = { is: "unknown" } | { is: "failed" } | { is: "checked"; answer: Schemas["PasswordChecked"] };

export function usePasswordCheck(password: string): PasswordCheck {
  const [settled] = useDebouncedValue(password, 250);
  const [check, setCheck] = useState<PasswordCheck>({ is: "unknown" });
  useEffect(() => {
    const asking = new AbortController();
    // Not a query: those are kept for a while, and a password should not be.
    told(api.POST("/api/v1/exports/password-check", { body: { password: settled }, signal: asking.signal })).then(
      (answer) => setCheck({ is: "checked", answer }),
      () => {
        if (!asking.signal.aborted) setCheck({ is: "failed" });
      },
    );
    return () => asking.abort();
  }, [settled]);
  return check;
}
