/** A link to the report behind a figure. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { toSearch } from "../report/address";
import type { Definition } from "../report/types";
import classes from "./overview.module.css";

interface Props {
  to: Definition;
  className?: string | undefined;
  label?: string;
  children: ReactNode;
}

export function ReportLink({ to, className = classes.link, label, children }: Props) {
  return (
    <Link to="/report/$kind" params={{ kind: to.report }} search={toSearch(to)} className={className} aria-label={label}>
      {children}
    </Link>
  );
}
