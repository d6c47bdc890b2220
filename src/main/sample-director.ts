import { DurationHistogram } from "../core/duration-histogram.ts";
import { limits } from "../core/limits.ts";
import type { Director } from "../director/director.ts";
import type { Stoppable } from "../director/ports.ts";
import type { FromDirector } from "./director-messages.ts";

/** From half a millisecond on a quick disk to what is felt by whoever waits for a 202. */
const commitBoundsMs = [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 5_000];

/** How long commits take, from the Director's thread and back. */
export function commitHistogram(): DurationHistogram {
  return new DurationHistogram(commitBoundsMs);
}

interface Sampled {
  readonly director: Pick<Director, "accepting" | "takeTraffic" | "inFlight" | "surveyQueues">;
  readonly commits: DurationHistogram;
  readonly tell: (message: FromDirector) => void;
}

/** Tells at its intervals what has happened in a Director, and how its queues stand. */
export function sampleDirector({ director, commits, tell }: Sampled): Stoppable {
  const sample = (): void => {
    const traffic = director.takeTraffic();
    const { inFlight } = director;
    tell({ kind: "traffic", sample: { traffic, commits: commits.take(), inFlight } });
  };
  let surveying = false;
  const survey = async (): Promise<void> => {
    if (surveying || !director.accepting) return;
    surveying = true;
    try {
      tell({ kind: "survey", survey: await director.surveyQueues() });
    } catch {
      // A JobDb that can't be read ends the Director by whoever needs it more, and it says so.
    } finally {
      surveying = false;
    }
  };
  const sampling = setInterval(sample, limits.trafficSampleMs);
  const surveys = setInterval(() => void survey(), limits.surveyIntervalMs);
  return {
    stop: () => {
      clearInterval(sampling);
      clearInterval(surveys);
      sample(); // what came since the last one is counted too
    },
  };
}
