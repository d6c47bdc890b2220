import type { ListingCase } from "./listing-cases.ts";
import type { Population, PopulationOptions } from "./listing-population.ts";
import type { Machine, Revision } from "./machine.ts";
import type { Spread } from "./throughput-result.ts";

/** Of what one request took, milliseconds. Of fewer than 100 requests p99 is the maximum. */
export interface Times extends Spread {
  readonly requests: number;
  /** Of the server's thread that answers. */
  readonly cpu: Spread;
}

export interface DepthResult {
  /** Counted from 1. */
  readonly page: number;
  /** By `iterator`, from the page before. */
  readonly forward: Times;
  /** By `prevIterator`, from the page after. */
  readonly backward: Times;
}

export interface CaseResult extends Omit<ListingCase, "pathOf" | "isDeep"> {
  /** Of the first page. */
  readonly items: number;
  readonly first: Times;
  readonly deep: readonly DepthResult[];
  /** Median CPU time of the deepest page ÷ that of the second one, by `iterator`; null if there are no deep pages. */
  readonly growth: number | null;
}

/** Of a server that has just started. */
export interface FirstResult extends Pick<CaseResult, "operation" | "name" | "items"> {
  /** The first ones, one after the other. */
  readonly requests: readonly {
    readonly ms: number;
    /** Of the server's thread that answers. */
    readonly cpuMs: number;
  }[];
}

export interface FirstListingResult extends Omit<ListingResult, "cases"> {
  /** Whether the runs had summaries before each start; of `none` they were removed. */
  readonly summaries: "all" | "none";
  /** How long it took to make them without rests, seconds; null: they were there, or removed. */
  readonly summariesTookSeconds: number | null;
  readonly cases: readonly FirstResult[];
}

export interface ListingResult {
  readonly machine: Machine;
  /** Before it began, of 1, 5 and 15 minutes: what else the machine was doing. */
  readonly loadAverage: readonly number[];
  readonly revision: Revision;
  readonly method: string;
  readonly options: PopulationOptions;
  readonly population: Population;
  readonly cases: readonly CaseResult[];
}

export const goalMs = 20;

/** The result in short. */
export function describeListing({
  machine,
  loadAverage,
  revision,
  population,
  cases,
}: ListingResult): string {
  const slow = cases.filter((each) => timesOf(each).some(({ p99 }) => p99 > goalMs));
  const dear = cases.filter((each) => timesOf(each).some(({ cpu }) => cpu.p99 > goalMs));
  return [
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load average ${loadAverage[0]?.toFixed(2)}, commit ${revision.commit.slice(0, 12)}${revision.modified ? ", modified" : ""}`,
    `${population.attempts} attempts, ${population.messages} messages, ${population.jobDbs} JobDbs, ${(population.bytes / 1024 ** 2).toFixed(0)} MiB, ${population.endpoints} endpoints, ${population.applications} applications`,
    `over ${goalMs} ms p99: ${slow.length} of ${cases.length}, by CPU time ${dear.length}`,
    ...dear.map(({ operation, name }) => `  ${operation} ${name}`),
  ].join("\n");
}

/** Times are p50/p99 in milliseconds, in brackets those of CPU. */
export function lineOf({ operation, name, items, first, deep, growth }: CaseResult): string {
  const depths = deep.map(
    ({ page, forward, backward }) => `${page}: ${textOf(forward)} back ${textOf(backward)}`,
  );
  return [
    `${operation.replace(/^v1\./, "").padEnd(44)} ${name.padEnd(46)}`,
    `${String(items).padStart(3)} items  ${textOf(first)}`,
    ...depths,
    ...(growth === null ? [] : [`growth ${growth.toFixed(2)}`]),
  ].join("  ");
}

/** Each request's time in milliseconds, in brackets that of CPU. */
export function lineOfFirst({ operation, name, items, requests }: FirstResult): string {
  const texts = requests.map(({ ms, cpuMs }) => `${ms.toFixed(1)} (${cpuMs.toFixed(1)})`);
  return `${operation.replace(/^v1\./, "").padEnd(44)} ${name.padEnd(36)} ${String(items).padStart(3)} items  ${texts.join("  ")}`;
}

function textOf({ p50, p99, cpu }: Times): string {
  return `${p50.toFixed(2)}/${p99.toFixed(2)} (${cpu.p50.toFixed(2)}/${cpu.p99.toFixed(2)})`;
}

/** Of the first page and of all deeper ones. */
function timesOf({ first, deep }: CaseResult): readonly Times[] {
  return [first, ...deep.flatMap(({ forward, backward }) => [forward, backward])];
}
