import type { Histogram } from "../core/histogram.ts";

type Labels = Readonly<Record<string, string | number>>;

/** One number of a metric. */
export type Sample = readonly [labels: Labels, value: number];

/**
 * Metrics in Prometheus's text format, version 0.0.4.
 *
 * Rejected: prom-client, whose histograms can only observe one value after another, while ours are sums that come from other
 * threads; what it would be left with is this file.
 */
export class MetricsText {
  readonly #lines: string[] = [];

  /** @param name ends in `_total` */
  counter(name: string, help: string, samples: number | readonly Sample[]): void {
    this.#metric("counter", name, help);
    this.#samples(name, samples);
  }

  /** A number that goes up and down; undefined if it is not known: then nothing is told of it. */
  gauge(name: string, help: string, samples: number | undefined | readonly Sample[]): void {
    if (samples === undefined) return;
    this.#metric("gauge", name, help);
    this.#samples(name, samples);
  }

  /** @param name ends in `_seconds` */
  histogram(
    name: string,
    help: string,
    histograms: readonly (readonly [labels: Labels, histogram: Histogram])[],
  ): void {
    this.#metric("histogram", name, help);
    for (const [labels, { boundsMs, counts, sumMs }] of histograms) {
      let count = 0;
      for (const [at, inRange] of counts.entries()) {
        count += inRange;
        const boundMs = boundsMs[at];
        const le = boundMs === undefined ? "+Inf" : String(boundMs / 1000);
        this.#sample(`${name}_bucket`, { ...labels, le }, count);
      }
      this.#sample(`${name}_sum`, labels, sumMs / 1000);
      this.#sample(`${name}_count`, labels, count);
    }
  }

  toString(): string {
    return `${this.#lines.join("\n")}\n`;
  }

  #metric(type: "counter" | "gauge" | "histogram", name: string, help: string): void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
  }

  #samples(name: string, samples: number | readonly Sample[]): void {
    if (typeof samples === "number") this.#sample(name, {}, samples);
    else for (const [labels, value] of samples) this.#sample(name, labels, value);
  }

  #sample(name: string, labels: Labels, value: number): void {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    this.#lines.push(`${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`);
  }
}

function escaped(text: string | number): string {
  return String(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
