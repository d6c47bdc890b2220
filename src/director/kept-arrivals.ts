import type { Arrival } from "../core/arrival.ts";
import type { ArrivalId, EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";

interface Kept {
  arrival: Arrival;
  readonly endpoint: EndpointKey;
  readonly organization: string;
  readonly bytes: number;
}

/** What is kept together, in the order in which it came. */
class Pile {
  readonly kept = new Map<ArrivalId, Kept>();
  bytes = 0;

  oldest(): Kept | undefined {
    const [first] = this.kept.values();
    return first;
  }
}

/**
 * What came to the inspector, in memory: bounded for each endpoint, each organisation and in all. What is the oldest where there is too much goes; the newest
 * stays, whatever it takes.
 */
export class KeptArrivals {
  readonly #all = new Pile();
  readonly #byOrganization = new Map<string, Pile>();
  readonly #byEndpoint = new Map<EndpointKey, Pile>();

  add(endpoint: EndpointKey, organization: string, arrival: Arrival): void {
    const kept = { arrival, endpoint, organization, bytes: bytesOf(arrival) };
    const ofEndpoint = pileOf(this.#byEndpoint, endpoint);
    const ofOrganization = pileOf(this.#byOrganization, organization);
    for (const pile of [ofEndpoint, ofOrganization, this.#all]) {
      pile.kept.set(arrival.id, kept);
      pile.bytes += kept.bytes;
    }
    this.#trim(ofEndpoint, limits.arrivalBytesPerEndpointMax, limits.arrivalsPerEndpointMax);
    this.#trim(ofOrganization, limits.arrivalBytesPerOrganizationMax, Infinity);
    this.#trim(this.#all, limits.arrivalBytesMax, Infinity);
  }

  /** In the place of the one with its id, if that is still kept. */
  change(endpoint: EndpointKey, arrival: Arrival): void {
    const kept = this.#byEndpoint.get(endpoint)?.kept.get(arrival.id);
    if (kept !== undefined) kept.arrival = arrival;
  }

  /** The oldest first. */
  of(endpoint: EndpointKey): readonly Arrival[] {
    const pile = this.#byEndpoint.get(endpoint);
    return pile === undefined ? [] : Array.from(pile.kept.values(), ({ arrival }) => arrival);
  }

  #trim(pile: Pile, bytesMax: number, countMax: number): void {
    while (pile.kept.size > 1 && (pile.bytes > bytesMax || pile.kept.size > countMax)) {
      const oldest = pile.oldest();
      if (oldest !== undefined) this.#remove(oldest);
    }
  }

  #remove({ arrival, endpoint, organization, bytes }: Kept): void {
    for (const pile of [
      pileOf(this.#byEndpoint, endpoint),
      pileOf(this.#byOrganization, organization),
      this.#all,
    ]) {
      pile.kept.delete(arrival.id);
      pile.bytes -= bytes;
    }
    if (this.#byEndpoint.get(endpoint)?.kept.size === 0) this.#byEndpoint.delete(endpoint);
    if (this.#byOrganization.get(organization)?.kept.size === 0) {
      this.#byOrganization.delete(organization);
    }
  }
}

function pileOf<Key>(piles: Map<Key, Pile>, key: Key): Pile {
  let pile = piles.get(key);
  if (pile === undefined) {
    pile = new Pile();
    piles.set(key, pile);
  }
  return pile;
}

function bytesOf({ headers, body }: Arrival): number {
  const texts = headers.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
  return limits.arrivalOverheadBytes + texts + body.length;
}
