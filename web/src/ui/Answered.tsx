/**
 * What the server has answered, or why it hasn't. An answer stays when a later look fails: what has been opened or entered in
 * it would be lost with it.
 */
import { Box } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { asFailure } from "../api/failure";
import { FailureNote, Waiting } from "./States";

interface Props<T> {
  query: Pick<UseQueryResult<T>, "data" | "error" | "refetch">;
  /** Stands in for it until it has come. */
  waiting?: ReactNode;
  children: (data: T) => ReactNode;
}

export function Answered<T>({ query: { data, error, refetch }, waiting = <Waiting />, children }: Props<T>) {
  const note = error !== null && <FailureNote failure={asFailure(error)} onAgain={() => void refetch()} />;
  if (data === undefined) return note === false ? waiting : note;
  return (
    <>
      {note !== false && <Box mb="md">{note}</Box>}
      {children(data)}
    </>
  );
}
