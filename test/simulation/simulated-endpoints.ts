import { type EndpointPause, initialPause } from "../../src/core/endpoint-pause.ts";
import {
  type ApplicationKey,
  applicationKeyOf,
  type EndpointKey,
  endpointIdOf,
  endpointKeyOf,
} from "../../src/core/ids.ts";
import type { Destination, Destinations } from "../../src/director/ports.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { SimulatedClock } from "./simulated-clock.ts";
import type { SimulatedHandPause } from "./simulated-hand-pause.ts";
import { type Behaviour, behaviours } from "./simulated-network.ts";

export interface SimulatedEndpoint {
  readonly key: EndpointKey;
  readonly application: ApplicationKey;
  readonly behaviour: Behaviour;
  /** Attempts per second; undefined: no limit. */
  readonly throttleRate: number | undefined;
  /** At the beginning of the world; each time in the list has turned it round. */
  readonly ordered: boolean;
  readonly orderChangedAtMs: number[];
  /** In the order of time. */
  readonly handPauses: SimulatedHandPause[];
}

/** The endpoints of the world and the applications that they belong to, with what the LDB has of them. */
export class SimulatedEndpoints {
  readonly all: ReadonlyMap<EndpointKey, SimulatedEndpoint>;
  /** Attempts per second to all endpoints of an application; what is not there has no limit. */
  readonly applicationRates: ReadonlyMap<ApplicationKey, number>;
  /** How long an application's history is kept, if it has its own retention. */
  readonly ownKeptMs: ReadonlyMap<ApplicationKey, number>;
  /** What the control store has of their failures: written at once, as if that took no time. */
  readonly kept = new Map<EndpointKey, EndpointPause>();
  readonly disabled = new Set<EndpointKey>();

  constructor(random: SeededRandom) {
    const applications = Array.from({ length: random.integer(1, 3) }, (_, index) =>
      applicationKeyOf(index + 1),
    );
    this.applicationRates = new Map(
      applications.filter(() => random.chance(0.2)).map((key) => [key, random.integer(3, 50)]),
    );
    this.ownKeptMs = new Map(
      applications
        .filter(() => random.chance(0.2))
        .map((key) => [key, random.pick([5_000, 600_000])]),
    );
    this.all = new Map(
      Array.from({ length: random.integer(1, 12) }, (_, index) => {
        const key = endpointKeyOf(index + 1);
        const throttleRate = random.chance(0.3) ? random.pick([1, 2, 7, 30, 400]) : undefined;
        const application = random.pick(applications);
        const behaviour = random.pick(behaviours);
        const ordered = random.chance(0.35);
        const changes = { orderChangedAtMs: [], handPauses: [] };
        return [key, { key, application, behaviour, throttleRate, ordered, ...changes }];
      }),
    );
  }

  /** Those of one application, if it has any. */
  of(application: ApplicationKey): readonly EndpointKey[] {
    return [...this.all.values()]
      .filter((endpoint) => endpoint.application === application)
      .map(({ key }) => key);
  }

  /** As one run of the program sees them. */
  forProcess(
    clock: Pick<SimulatedClock, "nowMs">,
    isDeleted: (endpoint: EndpointKey) => boolean,
  ): Destinations {
    const made = new Map<EndpointKey, Destination>();
    return {
      find: (key) => {
        const endpoint = this.all.get(key);
        if (endpoint === undefined || isDeleted(key)) return undefined;
        const known = made.get(key);
        const disabled = this.disabled.has(key);
        const ordered = endpoint.ordered === (endpoint.orderChangedAtMs.length % 2 === 0);
        const last = endpoint.handPauses.at(-1);
        const handPause = last !== undefined && clock.nowMs() < last.endMs ? last : undefined;
        const isSame = known?.disabled === disabled && known.ordered === ordered;
        if (isSame && known.handPause === handPause) return known;
        const destination = destinationOf(endpoint, { disabled, ordered, handPause });
        made.set(key, destination);
        return destination;
      },
      pauseOf: (key) => this.kept.get(key) ?? initialPause,
      throttleRateOf: (application) => this.applicationRates.get(application),
    };
  }
}

function destinationOf(
  endpoint: SimulatedEndpoint,
  { disabled, ordered, handPause }: Pick<Destination, "disabled" | "ordered" | "handPause">,
): Destination {
  const { key, application, throttleRate } = endpoint;
  return {
    endpoint: key,
    id: endpointIdOf(1_700_000_000_000, new Uint8Array(14).fill(key)),
    application,
    url: `https://endpoint-${key}.example/`,
    disabled,
    throttleRate,
    ordered,
    handPause,
    readable: true,
    headers: [],
    tls: undefined,
    secrets: [],
  };
}
