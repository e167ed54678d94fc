/** A part of the page's state that stands in its address, so that a link leads to it and `back` leaves it. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import type { Search } from "../app/search";

export function useAddress(name: string): [string | null, (value: string | null) => void] {
  const search: Search = useSearch({ strict: false });
  const navigate = useNavigate();
  const set = useCallback(
    (value: string | null) => {
      const { [name]: _, ...rest } = search;
      void navigate({ to: ".", search: value === null ? rest : { ...rest, [name]: encodeURIComponent(value) } });
    },
    [name, navigate, search],
  );
  const value = search[name];
  return [typeof value === "string" ? decoded(value) : null, set];
}

/** The text of an address that somebody may have typed. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
