import type { ReactNode } from "react";

export type Tone = "good" | "busy" | "warn" | "bad" | "quiet";

/** A state in a word. Its shape differs with its tone, for whoever can't tell the colours apart. */
export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return (
    <span className={`badge badge-${tone}`}>
      <svg viewBox="0 0 10 10" aria-hidden="true">
        {shapes[tone]}
      </svg>
      {children}
    </span>
  );
}

const shapes: Readonly<Record<Tone, ReactNode>> = {
  good: <circle cx="5" cy="5" r="4" />,
  busy: <path d="M5 1a4 4 0 1 1-4 4h4z" />,
  warn: <path d="M5 0.8 9.6 9.2H.4z" />,
  bad: <path d="M1 1h8v8H1z" />,
  quiet: <path d="M1 4h8v2H1z" />,
};
