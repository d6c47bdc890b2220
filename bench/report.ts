import type { PosthornRound, Spread, ThroughputResult } from "./throughput-result.ts";

/** The result as a person wants to read it. */
export function describe(result: ThroughputResult): string {
  const { machine, revision, options, total, memory, halfLoad } = result;
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}`,
    `fdatasync of 4 KiB: median ${machine.fdatasyncMedianMs.toFixed(2)} ms`,
    `commit ${revision.commit.slice(0, 12)}${revision.modified ? ", modified" : ""}`,
    `${options.endpoints} endpoints, ${options.payloadBytes}-byte payloads, ${options.inFlight} in flight`,
    "",
    ...result.ceiling.flatMap(({ perSecond, latencyMs }, index) => [
      `round ${index + 1}`,
      `  bare dispatch  ${rate(perSecond)}   answer ${spread(latencyMs)}`,
      ...posthornLines("  Posthorn     ", result.posthorn[index]),
      `  delivered ÷ bare dispatch: ${percent(result.ratios[index])}`,
    ]),
    "",
    `at half of that, ${rate(halfLoad.offeredPerSecond)} by the clock (started late by ${spread(halfLoad.latenessMs)})`,
    ...posthornLines("  Posthorn     ", halfLoad),
    "",
    `delivered ÷ bare dispatch, median: ${percent(result.ratio)}`,
    `memory: ${memory.rssMiB} MiB, at most ${memory.peakMiB} MiB; on disk ${total.bytesPerEvent} bytes an event`,
    `in all: ${total.accepted} accepted, ${total.failed} failed, ${total.arrived} arrived, ${total.settled} settled in ${total.attempts} attempts`,
  ].join("\n");
}

function posthornLines(title: string, round: PosthornRound | undefined): readonly string[] {
  if (round === undefined) return [];
  const threads = Object.entries(round.serverCpuMicros)
    .filter(([, micros]) => micros >= 0.05)
    .sort(([, left], [, right]) => right - left)
    .map(([name, micros]) => `${name} ${micros.toFixed(1)}`);
  return [
    `${title}  accepted ${rate(round.acceptedPerSecond)}, delivered ${rate(round.deliveredPerSecond)}, recorded ${rate(round.recordedPerSecond)}`,
    `      accept ${spread(round.acceptMs)}; end to end ${spread(round.endToEndMs)}`,
    `      CPU µs per event: server ${round.serverCpuMicrosAll.toFixed(1)} (${threads.join(", ")}); load ${round.loadCpuMicros.toFixed(1)}, receiver ${round.receiverCpuMicros.toFixed(1)}`,
  ];
}

function rate(perSecond: number): string {
  return `${Math.round(perSecond)}/s`;
}

function spread({ p50, p99 }: Spread): string {
  return `p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} ms`;
}

function percent(ratio: number | undefined): string {
  return `${((ratio ?? Number.NaN) * 100).toFixed(0)} %`;
}
