import type { EndpointQueueOut } from "../api/shapes.ts";
import { useNowMs } from "./time.tsx";

const minutes = 60;
const minuteMs = 60_000;
const height = 48;
const barWidth = 10;

/** An endpoint's attempts of the last hour by the minute, stacked: succeeded, failed, unanswered. */
export function MinuteBars({ minutes: counted }: Pick<EndpointQueueOut, "minutes">) {
  const lastMs = Math.floor(useNowMs() / minuteMs) * minuteMs;
  const byTime = new Map(counted.map((each) => [Date.parse(each.at), each]));
  const bars = Array.from({ length: minutes }, (_, at) => {
    const atMs = lastMs - (minutes - 1 - at) * minuteMs;
    return { atMs, count: byTime.get(atMs) };
  });
  const most = Math.max(1, ...counted.map(totalOf));
  const sum = (part: "succeeded" | "failed" | "unanswered") =>
    counted.reduce((total, each) => total + each[part], 0);
  const told = `Last hour: ${sum("succeeded")} succeeded, ${sum("failed")} failed, ${sum("unanswered")} unanswered`;
  return (
    <figure className="minute-bars">
      <svg
        viewBox={`0 0 ${minutes * barWidth} ${height}`}
        role="img"
        aria-label={told}
        preserveAspectRatio="none"
      >
        {bars.map(({ atMs, count }, at) => (
          <Bar key={atMs} x={at * barWidth} count={count} most={most} />
        ))}
      </svg>
      <figcaption>
        {told}; at most {most} a minute
      </figcaption>
    </figure>
  );
}

type Minute = EndpointQueueOut["minutes"][number];

function Bar({
  x,
  count,
  most,
}: {
  readonly x: number;
  readonly count: Minute | undefined;
  readonly most: number;
}) {
  if (count === undefined)
    return <rect x={x} y={height - 1} width={barWidth - 2} height={1} className="bar-none" />;
  let top = height;
  return (["succeeded", "failed", "unanswered"] as const).map((part) => {
    const tall = (count[part] / most) * height;
    top -= tall;
    return (
      <rect key={part} x={x} y={top} width={barWidth - 2} height={tall} className={`bar-${part}`} />
    );
  });
}

function totalOf({ succeeded, failed, unanswered }: Minute): number {
  return succeeded + failed + unanswered;
}
