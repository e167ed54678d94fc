/** What a part of a report page asks of another one. */
import { createContext, useContext } from "react";

export interface Events {
  /** Opens the editor of a filter on a field. */
  editFilter: (field: string) => void;
}

export const EventsContext = createContext<Events>({ editFilter: () => undefined });

export function useEvents(): Events {
  return useContext(EventsContext);
}
