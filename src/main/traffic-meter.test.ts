import assert from "node:assert/strict";
import { test } from "node:test";
import { DurationHistogram } from "../core/duration-histogram.ts";
import { type ApplicationKey, applicationKeyOf, endpointKeyOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { ApplicationTallies } from "../director/application-tallies.ts";
import { ApplicationQueues } from "../director/application-queues.ts";
import type { DirectorSurvey, QueueGlance } from "../director/traffic.ts";
import type { DirectorSample } from "./director-messages.ts";
import { TrafficMeter } from "./traffic-meter.ts";

function sampleOf(messages: ReadonlyMap<number, number>, inFlight = 0): DirectorSample {
  const tallies = new ApplicationTallies();
  for (const [application, count] of messages)
    tallies.of(applicationKeyOf(application)).count("messages", count);
  const commits = new DurationHistogram([1]);
  commits.took(0.5);
  return { traffic: tallies.take(), commits: commits.take(), inFlight };
}

function startMeter() {
  const world = { nowMs: 28_333_333 * 60_000 };
  const meter = new TrafficMeter({
    nowMs: () => world.nowMs,
    organizationOf: (application: ApplicationKey) =>
      application > 0 ? `org${application % 2_000}` : undefined,
  });
  return { meter, world };
}

test("what several Directors tell adds up, for the server and for each organisation", () => {
  const { meter, world } = startMeter();
  let samples = 0;
  const listening = meter.onSample(() => (samples += 1));
  meter.sampled(
    0,
    sampleOf(
      new Map([
        [1, 2],
        [2, 3],
        [2_001, 5],
      ]),
      7,
    ),
  );
  meter.sampled(1, sampleOf(new Map([[1, 11]]), 1));
  world.nowMs += 60_000;
  meter.sampled(1, sampleOf(new Map([[2, 13]]), 2));
  assert.equal(meter.server.total.of("messages"), 34);
  assert.equal(meter.ofOrganization("org1")?.total.of("messages"), 18);
  assert.deepEqual(
    meter
      .ofOrganization("org2")
      ?.minutes(world.nowMs)
      .map(({ tally }) => tally.of("messages")),
    [3, 13],
  );
  assert.equal(meter.inFlight, 9);
  assert.deepEqual(meter.commits?.counts, [3, 0]);
  assert.equal(meter.ofOrganization("org3"), undefined);
  assert.equal(samples, 3);
  listening.stop();
  meter.sampled(0, sampleOf(new Map()));
  assert.equal(samples, 3);
});

test("organisations beyond the bound are counted when others have had no traffic for an hour", () => {
  const { meter, world } = startMeter();
  const first = Array.from({ length: limits.trafficOrganizationsMax }, (_, at) => at + 1);
  meter.sampled(0, sampleOf(new Map(first.map((application) => [application, 1]))));
  meter.sampled(0, sampleOf(new Map([[1_500, 1]])));
  assert.equal(meter.ofOrganization("org1500"), undefined);
  assert.equal(meter.ofOrganization("org1000")?.total.of("messages"), 1);
  assert.equal(meter.server.total.of("messages"), limits.trafficOrganizationsMax + 1);
  world.nowMs += limits.talliedMinutes * 60_000;
  meter.sampled(0, sampleOf(new Map([[1_500, 1]])));
  assert.equal(meter.ofOrganization("org1500")?.total.of("messages"), 1);
  assert.equal(meter.ofOrganization("org1"), undefined);
});

test("queues of several Directors are one survey: the oldest counts, and the longest come first", () => {
  const { meter } = startMeter();
  assert.equal(startMeter().meter.queues, undefined);
  const none = { endpoints: 0, pending: 0, inFlight: 0, oldestAtMs: undefined };
  const surveyOf = (pending: number, oldestAtMs: number | undefined): DirectorSurvey => ({
    byApplication: new ApplicationQueues().packed(),
    states: {
      working: { endpoints: 1, pending, inFlight: 1, oldestAtMs },
      failing: none,
      paused: none,
      probing: none,
      held: none,
    },
    longest: [
      {
        endpoint: endpointKeyOf(pending),
        application: applicationKeyOf(1),
        pending,
        inFlight: 1,
        state: "working",
      },
    ],
  });
  meter.surveyed(0, surveyOf(99, 1));
  meter.surveyed(0, surveyOf(5, undefined));
  meter.surveyed(1, surveyOf(7, 400));
  assert.deepEqual(meter.queues?.states.working, {
    endpoints: 2,
    pending: 12,
    inFlight: 2,
    oldestAtMs: 400,
  });
  assert.deepEqual(
    meter.queues.longest.map(({ pending }) => pending),
    [7, 5],
  );
});

test("an organisation's queues are those of its own applications, over all Directors", () => {
  const { meter } = startMeter();
  const none = { endpoints: 0, pending: 0, inFlight: 0, oldestAtMs: undefined };
  const states = { working: none, failing: none, paused: none, probing: none, held: none };
  const survey = (...glances: readonly QueueGlance[]): DirectorSurvey => {
    const queues = new ApplicationQueues();
    for (const each of glances) queues.add(each);
    // The longest of the server, but for those of application 1.
    const longest = glances.filter(({ application }) => application !== 1);
    return { states, longest, byApplication: queues.packed() };
  };
  const glance = (application: number, endpoint: number, pending: number): QueueGlance => ({
    application: applicationKeyOf(application),
    endpoint: endpointKeyOf(endpoint),
    pending,
    inFlight: 1,
    state: pending > 10 ? "paused" : "working",
  });
  assert.deepEqual(meter.queuesOfOrganization("org1"), {
    endpoints: 0,
    failing: 0,
    pending: 0,
    inFlight: 0,
    longest: [],
  });
  meter.surveyed(0, survey(glance(1, 11, 3), glance(1, 12, 20), glance(2, 21, 500)));
  meter.surveyed(1, survey(glance(2_001, 31, 30), glance(2_001, 32, 7)));
  assert.deepEqual(meter.queuesOfOrganization("org1"), {
    endpoints: 4,
    failing: 2,
    pending: 60,
    inFlight: 4,
    longest: [
      { endpoint: 31, pending: 30 },
      { endpoint: 12, pending: 20 },
      { endpoint: 32, pending: 7 },
    ],
  });
});
