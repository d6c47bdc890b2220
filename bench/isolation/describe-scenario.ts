import type { Spread } from "../throughput-result.ts";
import type {
  BacklogResult,
  DisturbedResult,
  DisturbedTurn,
  HealthyWindow,
  RecoveryResult,
  ScenarioResult,
  SlotTimeResult,
} from "./isolation-result.ts";

/** A scenario's result as a person wants to read it. */
export function describeScenario(result: ScenarioResult): string {
  return [`${result.name}: ${result.method}`, ...linesOf(result)].join("\n");
}

function linesOf(result: ScenarioResult): readonly string[] {
  switch (result.kind) {
    case "disturbed":
      return disturbedLines(result);
    case "slot-time":
      return slotTimeLines(result);
    case "recovery":
      return recoveryLines(result);
    case "backlog":
      return backlogLines(result);
  }
}

function disturbedLines(result: DisturbedResult): readonly string[] {
  return [
    ...result.turns.flatMap(turnLines),
    `  medians: p50 × ${times(result.p50Ratio)}, p99 × ${times(result.p99Ratio)} (goal: 1.5; of the quietest windows ${times(result.quietestP99Ratio)}), throughput ${percent(result.throughputRatio)} (goal: 95 %)`,
  ];
}

function turnLines(turn: DisturbedTurn): readonly string[] {
  const { acceptedPerSecond, acceptedEver, failed, arrivedPerSecond } = turn.disturbing;
  return [
    `  without  ${windowText(turn.without)}`,
    `  with     ${windowText(turn.with)}; p99 × ${times(turn.p99Ratio)}`,
    `           beside it ${rate(acceptedPerSecond)} accepted, ${acceptedEver} in all, ${failed} failed, ${rate(arrivedPerSecond)} arrived`,
  ];
}

function slotTimeLines({ index, slots, slotsByApplication }: SlotTimeResult): readonly string[] {
  const each = slotsByApplication.map((share) => share.toFixed(0)).join(" ");
  return [
    `  Jain's index ${index.toFixed(4)} (goal: 0.98); ${slots.toFixed(0)} slots in use: ${each}`,
  ];
}

function recoveryLines(result: RecoveryResult): readonly string[] {
  const { firstAfterMs, drainedAfterMs, per100Ms } = result;
  return [
    ...result.down.map((window) => `  down      ${windowText(window)}`),
    ...result.draining.map((window) => `  draining  ${windowText(window)}`),
    ...result.after.map((window) => `  after     ${windowText(window)}`),
    `  first request ${seconds(firstAfterMs)} after coming back, 90 % of the backlog ${seconds(drainedAfterMs)} later, ${rate(result.perSecondMean)}`,
    `  at most ${result.perSecondMax} in one second (goal: ${result.throttleRate}); others' p99 × ${times(result.p99Ratio)} (goal: 1.2; of the quietest windows ${times(result.quietestP99Ratio)})`,
    `  requests in each 100 ms: ${per100Ms.join(" ")}`,
  ];
}

function backlogLines(result: BacklogResult): readonly string[] {
  return [
    ...result.before.map((window) => `  before     ${windowText(window)}`),
    ...result.beside.map((window) => `  beside     ${windowText(window)}`),
    ...result.restarted.map((window) => `  restarted  ${windowText(window)}`),
    `  ${result.pending} pending, accepted ${rate(result.acceptedPerSecond)}, ${result.megabytesOnDisk.toFixed(0)} MB on disk`,
    `  RSS ${result.rssIdleMiB} MiB before, ${result.rssFilledMiB} filled (at most ${result.rssFillingPeakMiB}), ${result.rssRestartedMiB} restarted (at most ${result.rssRestartedPeakMiB}; goal: 512)`,
    `  accepting ${seconds(result.restartMs)} after the restart (goal: 2 s), ${seconds(result.emptyStartMs)} when empty`,
    `  others' p99 × ${times(result.besideP99Ratio)} beside it, × ${times(result.restartedP99Ratio)} after the restart (of the quietest windows ${times(result.besideQuietestP99Ratio)} and ${times(result.restartedQuietestP99Ratio)})`,
  ];
}

function windowText(window: HealthyWindow): string {
  const { deliveredPerSecond, offeredPerSecond, failed, serverCores } = window;
  return [
    `${rate(deliveredPerSecond)} of ${offeredPerSecond} delivered, ${failed} failed`,
    `end to end ${spread(window.endToEndMs)}`,
    `202 ${spread(window.acceptMs)}`,
    `started late by ${spread(window.latenessMs)}`,
    `${serverCores.toFixed(2)} cores`,
  ].join(", ");
}

function times(ratio: number): string {
  return ratio.toFixed(2);
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

function rate(perSecond: number): string {
  return `${Math.round(perSecond)}/s`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function spread({ p50, p99 }: Spread): string {
  return `p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} ms`;
}
