/** The filters that hold, each with a way to remove it, and the form for a new one. */
import { useState } from "react";
import type { Filter, KindOffer, Row } from "../api-types";
import { filterWords } from "../vocabulary";
import { FilterForm } from "./FilterForm";

interface Props {
  offer: KindOffer;
  filters: readonly Filter[];
  /** The place of the filter that the server refused. */
  refused: number | null;
  /** Rows in sight, whose values are suggested. */
  rows: readonly Row[];
  zone: string;
  onAdd: (filter: Filter) => void;
  onRemove: (place: number) => void;
}

export function Filters({ offer, filters, refused, rows, zone, onAdd, onRemove }: Props) {
  const [adding, setAdding] = useState(false);
  const words = filters.map((filter) =>
    filterWords(
      filter,
      offer.columns.find((column) => column.name === filter.field),
      zone,
    ),
  );
  const add = (filter: Filter): void => {
    setAdding(false);
    onAdd(filter);
  };
  return (
    <section className="filters" aria-label="Filters">
      {words.length > 0 && (
        <ul>
          {words.map((text, place) => (
            // An address may carry the same filter twice.
            <li key={`${place} ${text}`} className={place === refused ? "chip refused" : "chip"}>
              <span>
                {text}
                {place === refused && " (not accepted)"}
              </span>
              <button type="button" aria-label={`Remove filter: ${text}`} onClick={() => onRemove(place)}>
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
      {adding ? (
        <FilterForm offer={offer} rows={rows} zone={zone} onAdd={add} onCancel={() => setAdding(false)} />
      ) : (
        <button type="button" onClick={() => setAdding(true)}>
          Add filter
        </button>
      )}
    </section>
  );
}
