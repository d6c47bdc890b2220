import { useEffect, useState } from "react";

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "narrow" });
const units = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** How long ago or from now, with the time itself to point at. */
export function Time({ at }: { readonly at: string }) {
  const nowMs = useNowMs();
  return (
    <time dateTime={at} title={absoluteOf(at)}>
      {relativeOf(Date.parse(at) - nowMs)}
    </time>
  );
}

/** The time itself, to the millisecond. */
export function Instant({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} className="mono">
      {absoluteOf(at)}
    </time>
  );
}

/** The minute that it is in. */
export function Minute({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} className="mono">
      {absoluteOf(at).slice(0, "2026-11-01 08:00".length)}
    </time>
  );
}

/** In the browser's own zone. */
function absoluteOf(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.valueOf())) return at;
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const milliseconds = String(date.getMilliseconds()).padStart(3, "0");
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${milliseconds}`;
}

function relativeOf(differenceMs: number): string {
  const seconds = Math.round(differenceMs / 1000);
  const [unit, length] = units.find(([, each]) => Math.abs(seconds) >= each) ?? ["second", 1];
  return relative.format(Math.round(seconds / length), unit);
}

const tickMs = 5_000;

/** The time, every now and then. */
export function useNowMs(): number {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), tickMs);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}

/** Such as "340 ms", "2.1 s", "3 min" or "4.2 h". */
export function durationOf(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  if (milliseconds < 3_600_000) return `${Math.round(milliseconds / 60_000)} min`;
  if (milliseconds < 172_800_000) return `${(milliseconds / 3_600_000).toFixed(1)} h`;
  return `${Math.round(milliseconds / 86_400_000)} days`;
}
