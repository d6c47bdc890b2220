import { useEffect, useRef, useState } from "react";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { onSchemeChange } from "./theme.ts";

export interface TimeLine {
  readonly name: string;
  /** A custom property of the style sheet. */
  readonly color: string;
  readonly values: readonly (number | null)[];
}

export interface TimeChartProps {
  /** What it shows, for whoever can't see it: with the numbers that matter. */
  readonly label: string;
  /** Unix seconds, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly TimeLine[];
  readonly format: (value: number) => string;
}

const height = 190;
const axisWidth = 50;

/** Lines over time, drawn by uPlot: it takes a new reading a second without a thought. */
export function TimeChart({ label, times, lines, format }: TimeChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const [scheme, setScheme] = useState(0);
  useEffect(() => onSchemeChange(() => setScheme((before) => before + 1)), []);
  const names = lines.map(({ name, color }) => `${name} ${color}`).join();
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const made = new UPlot(
      optionsOf(element, lines, format),
      [[], ...lines.map(() => [])],
      element,
    );
    plot.current = made;
    const resizing = new ResizeObserver(([entry]) => {
      if (entry !== undefined) made.setSize({ width: entry.contentRect.width, height });
    });
    resizing.observe(element);
    return () => {
      resizing.disconnect();
      made.destroy();
    };
    // oxlint-disable-next-line react/exhaustive-deps -- made anew for other lines or colours, not for other values
  }, [names, scheme]);
  useEffect(() => {
    plot.current?.setData([[...times], ...lines.map(({ values }) => [...values])]);
  }, [times, lines, names, scheme]);
  return (
    <figure className="chart">
      <div ref={place} role="img" aria-label={label} />
      <figcaption>
        {lines.map(({ name, color }) => (
          <span key={name} className="legend">
            <span className="legend-line" style={{ background: `var(${color})` }} />
            {name}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

function optionsOf(
  element: HTMLElement,
  lines: readonly TimeLine[],
  format: (value: number) => string,
): UPlot.Options {
  const faint = colorOf(element, "--text-faint");
  const axis = {
    stroke: faint,
    grid: { stroke: colorOf(element, "--line"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  };
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(max * 1.1, 1)] } },
    axes: [
      { ...axis, values: "{HH}:{mm}" },
      { ...axis, size: axisWidth, values: (_plot, values) => values.map(format) },
    ],
    series: [
      {},
      ...lines.map(({ name, color }) => ({
        label: name,
        stroke: colorOf(element, color),
        width: 2,
        // One that stands alone has no line.
        points: { show: true, size: 4 },
      })),
    ],
  };
}

/** As the scheme has it now: a custom property's own text has both values. */
function colorOf(element: HTMLElement, name: string): string {
  element.style.color = `var(${name})`;
  const { color } = getComputedStyle(element);
  element.style.color = "";
  return color;
}
