/**
 * A form that tells by itself what is wrong in it: fields mark their faults (`data-fault`), nothing is sent while there is
 * one, and the focus is led to the first, as it is to what the server has refused.
 */
import { type ReactNode, type SubmitEvent, createContext, useContext, useEffect, useLayoutEffect, useRef, useState } from "react";

const Tried = createContext(false);

/** Whether somebody has tried to send the form: what is missing is told from then on. */
export function useTried(): boolean {
  return useContext(Tried);
}

interface Props {
  busy: boolean;
  onSubmit: () => void;
  className?: string | undefined;
  children: ReactNode;
}

export function Form({ busy, onSubmit, className, children }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const [tries, setTries] = useState(0);
  const wasBusy = useRef(false);
  const [told, setTold] = useState(0);
  useLayoutEffect(() => beginAtFirst(form.current), []);
  useEffect(() => {
    if (wasBusy.current && !busy) leadToOutcome(form.current);
    wasBusy.current = busy;
  }, [busy]);
  useEffect(() => {
    if (told > 0) leadToOutcome(form.current);
  }, [told]);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    // Of a form within another one's dialog, the other one has sent nothing.
    event.stopPropagation();
    setTries(tries + 1);
    if (form.current?.querySelector("[data-fault]") != null) setTold(told + 1);
    else onSubmit();
  };
  return (
    <form ref={form} onSubmit={submit} noValidate className={className}>
      <Tried value={tries > 0}>{children}</Tried>
    </form>
  );
}

/** Marks something that is wrong and has no field of its own that could say so. What shows it is marked by `data-wrong`. */
export function Fault({ is }: { is: boolean }) {
  return is ? <span hidden data-fault /> : null;
}

const FIELDS = "input:not([type=hidden], [type=file], [disabled]), select, textarea";

export function focusFirst(form: HTMLFormElement | null): void {
  form?.querySelector<HTMLElement>(FIELDS)?.focus({ preventScroll: true });
}

/** In a dialog one begins at the first field, unless another is meant; also if the form comes later than the dialog. */
function beginAtFirst(form: HTMLFormElement | null): void {
  const dialog = form?.closest("[role=dialog]");
  const first = form?.querySelector<HTMLElement>(FIELDS);
  if (dialog == null || first == null || dialog.querySelector("[data-autofocus]") !== null) return;
  first.setAttribute("data-autofocus", "");
  if (dialog.contains(document.activeElement)) first.focus({ preventScroll: true });
}

/** To the first field that is wrong; else to what is told above, or found. Else the action gives the focus back by itself. */
function leadToOutcome(form: HTMLFormElement | null): void {
  const wrong = form?.querySelector<HTMLElement>("[aria-invalid=true], [data-wrong]");
  if (wrong != null) {
    (wrong.matches("[data-wrong]") ? (wrong.querySelector<HTMLElement>("input, button, textarea") ?? wrong) : wrong).focus();
    return;
  }
  const told = form?.querySelector<HTMLElement>("[role=alert]");
  if (told != null) {
    told.tabIndex = -1;
    told.focus();
    return;
  }
  form?.querySelector("[role=status]")?.scrollIntoView({ block: "nearest" });
}
