import type { ReactNode } from "react";
import { ApiProblem } from "../api/client.ts";

/** Why something could not be shown or done. */
export function ProblemNotice({ error }: { readonly error: Error }) {
  const status = error instanceof ApiProblem && error.status > 0 ? ` (${error.status})` : "";
  return (
    <p className="notice notice-bad" role="alert">
      <strong>That did not work{status}.</strong> {error.message}
    </p>
  );
}

/** There is nothing to show, and what to do for there to be something. */
export function Nothing({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}) {
  return (
    <div className="nothing">
      <p className="nothing-title">{title}</p>
      <p>{children}</p>
    </div>
  );
}

export function Loading() {
  return (
    <p className="loading" role="status">
      Loading …
    </p>
  );
}
