import { Resolver } from "node:dns/promises";

/**
 * All addresses of a name, v4 first; fails if there is none. Ends soon after `signal` aborts. Never reads /etc/hosts, and
 * never waits for one of libuv's four threads, where one customer's slow name server would hold up all.
 */
export type ResolveName = (hostname: string, signal: AbortSignal) => Promise<readonly string[]>;

/** How long one family may take after the other has answered: some name servers never answer for AAAA. */
const otherFamilyMs = 500;

/**
 * By c-ares. A resolver for each call (20 µs), so that cancelling one ends no other.
 *
 * @param servers addresses of name servers, with ports if not 53; undefined: those of the system
 */
export function createResolveName(servers?: readonly string[]): ResolveName {
  return async (hostname, signal) => {
    signal.throwIfAborted();
    const resolver = new Resolver();
    if (servers !== undefined) resolver.setServers(servers);
    const cancel = (): void => resolver.cancel();
    let otherFamilyTimer: NodeJS.Timeout | undefined;
    const startWaiting = (addresses: readonly string[]): readonly string[] => {
      if (addresses.length > 0) otherFamilyTimer ??= setTimeout(cancel, otherFamilyMs);
      return addresses;
    };
    signal.addEventListener("abort", cancel, { once: true });
    try {
      const answers = await Promise.allSettled([
        resolver.resolve4(hostname).then(startWaiting),
        resolver.resolve6(hostname).then(startWaiting),
      ]);
      const addresses = answers.flatMap((answer) =>
        answer.status === "fulfilled" ? answer.value : [],
      );
      if (addresses.length > 0) return addresses;
      throw new Error(`${hostname} has no address`, { cause: answers });
    } finally {
      clearTimeout(otherFamilyTimer);
      signal.removeEventListener("abort", cancel);
    }
  };
}
