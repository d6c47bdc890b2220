import { limits } from "../../src/core/limits.ts";
import type { SimulatedEndpoints } from "./simulated-endpoints.ts";
import type { SimulatedHandPause } from "./simulated-hand-pause.ts";
import type { Arrival } from "./simulated-network.ts";

/** A time from which on only probes may start, as far as the attempts of one run that have ended show it. */
interface Rest {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly why: "paused" | "held";
}

/**
 * Attempts to endpoints that were to be left alone: held by a 429, or paused and not due for a probe. Each run of the
 * program is judged by what it has seen itself.
 *
 * @param seen.attempts all of them, also those that the endpoint did not see, in the order of time
 * @param seen.answered those that the program learnt the outcome of, in the order that it did. Their times do not tell
 *   it: a success that comes in the same millisecond as a failure ends what began with that, or comes before it
 * @param explained.isManual whether one may be a resend by hand, which goes out at any time
 * @param explained.endpoints when each was changed: a paused one is tried at once then
 */
export function restViolations(
  seen: { readonly attempts: readonly Arrival[]; readonly answered: readonly Arrival[] },
  explained: {
    readonly isManual: (attempt: Arrival) => boolean;
    readonly endpoints: Pick<SimulatedEndpoints, "all">;
  },
): string[] {
  const { isManual, endpoints } = explained;
  const own = Map.groupBy(seen.attempts, whoseOf);
  const ended = Map.groupBy(seen.answered, whoseOf);
  return [...own].flatMap(([whose, each]) => {
    const endpoint = each[0] === undefined ? undefined : endpoints.all.get(each[0].endpoint);
    const changes = endpoint?.orderChangedAtMs ?? [];
    const rests = betweenHandPauses(ended.get(whose) ?? [], endpoint?.handPauses ?? []).map(
      (rest) => untilChanged(rest, changes),
    );
    const scheduled = each.filter((attempt) => !isManual(attempt));
    const disturbed = scheduled.find(({ atMs }) =>
      rests.some(({ fromMs, untilMs }) => atMs > fromMs && atMs < untilMs),
    );
    return disturbed === undefined ? [] : [`called while it rested: ${whose} at ${disturbed.atMs}`];
  });
}

function whoseOf({ run, endpoint }: Arrival): string {
  return `run ${run}, endpoint ${endpoint}`;
}

/** With a pause by hand all that was before it is forgotten, and what ends meanwhile does not count. */
function betweenHandPauses(
  ended: readonly Arrival[],
  handPauses: readonly SimulatedHandPause[],
): Rest[] {
  const counted = ended.filter(
    ({ answeredAtMs }) =>
      !handPauses.some(({ fromMs, endMs }) => fromMs <= answeredAtMs && answeredAtMs <= endMs),
  );
  const nextPauseMs = ({ answeredAtMs }: Arrival): number =>
    handPauses.find(({ fromMs }) => fromMs > answeredAtMs)?.fromMs ?? Infinity;
  return [...Map.groupBy(counted, nextPauseMs)].flatMap(([pausedAtMs, each]) =>
    restsOf(each).map((rest) => ({ ...rest, untilMs: Math.min(rest.untilMs, pausedAtMs) })),
  );
}

/** @param ended the attempts of one run to one endpoint, in the order that it learnt of their outcomes */
function restsOf(ended: readonly Arrival[]): Rest[] {
  const rests: Rest[] = [];
  let [failures, failingSinceMs, pausedAtMs] = [0, 0, Infinity];
  for (const [index, { atMs, answeredAtMs, statusCode }] of ended.entries()) {
    const succeedsAtMs = ended.slice(index + 1).find(isSuccess)?.answeredAtMs ?? Infinity;
    if (isSuccess(ended[index])) {
      [failures, pausedAtMs] = [0, Infinity];
      continue;
    }
    failures += 1;
    if (failures === 1) failingSinceMs = answeredAtMs;
    const isLong = answeredAtMs - failingSinceMs >= limits.pauseAfterMs;
    if (pausedAtMs === Infinity && isLong && failures >= limits.pauseAttemptsMin) {
      pausedAtMs = answeredAtMs;
      rests.push(restOf("paused", answeredAtMs, limits.probeDelayMs, succeedsAtMs));
    } else if (atMs > pausedAtMs) {
      rests.push(restOf("paused", atMs, answeredAtMs - atMs + limits.probeDelayMs, succeedsAtMs));
    }
    // A pause takes the hold's place, and ends as one.
    const why = pausedAtMs === Infinity ? "held" : "paused";
    if (statusCode === 429) rests.push(restOf(why, answeredAtMs, 3_000, succeedsAtMs));
  }
  return rests;
}

function untilChanged(rest: Rest, changedAtMs: readonly number[]): Rest {
  if (rest.why === "held") return rest;
  const changes = changedAtMs.filter((each) => each >= rest.fromMs);
  return { ...rest, untilMs: Math.min(rest.untilMs, ...changes) };
}

/** @param succeedsAtMs when a success ends it all */
function restOf(why: Rest["why"], fromMs: number, forMs: number, succeedsAtMs: number): Rest {
  return { why, fromMs, untilMs: Math.min(fromMs + forMs, succeedsAtMs) };
}

function isSuccess(attempt: Arrival | undefined): boolean {
  return attempt !== undefined && attempt.statusCode >= 200 && attempt.statusCode < 300;
}
