import { Resolver } from "node:dns/promises";
import { setTimeout as wait } from "node:timers/promises";
import { limits } from "../core/limits.ts";

/**
 * All addresses of a name, v4 first; fails if there is none. Ends soon after `signal` aborts. Never reads /etc/hosts, and
 * never waits for one of libuv's four threads, where one customer's slow name server would hold up all.
 */
export type ResolveName = (hostname: string, signal: AbortSignal) => Promise<readonly string[]>;

/** How long one family may take after the other has answered: some name servers never answer for AAAA. */
const otherFamilyMs = 500;

/**
 * By c-ares. It takes no answer to what it asked before once it has asked again, after 2 s by itself, so a name whose server
 * needs longer would never resolve. So it asks once and waits, and after `limits.resolveAgainMs` another resolver asks,
 * the next name server if there is one, as questions get lost; the answer that comes first counts.
 *
 * A resolver for each call (20 µs), so that cancelling one ends no other.
 *
 * @param servers addresses of name servers, with ports if not 53; undefined: those of the system
 */
export function createResolveName(servers?: readonly string[]): ResolveName {
  return async (hostname, signal) => {
    signal.throwIfAborted();
    const ended = new AbortController();
    const end = (): void => ended.abort(signal.reason);
    signal.addEventListener("abort", end, { once: true });
    const ask = (resolver: Resolver) => addressesOf(resolver, hostname, ended.signal);
    try {
      const first = ask(createResolver(servers));
      const again = wait(limits.resolveAgainMs, undefined, { signal: ended.signal }).then(() =>
        ask(createResolver(servers, 1)),
      );
      return await Promise.race([first, again.catch(() => first)]);
    } finally {
      signal.removeEventListener("abort", end);
      ended.abort();
    }
  };
}

/** @param passedOver how many name servers have their turn last */
function createResolver(servers: readonly string[] | undefined, passedOver = 0): Resolver {
  const resolver = new Resolver({ timeout: limits.resolveTimeoutMs, tries: 1 });
  if (servers === undefined && passedOver === 0) return resolver;
  const inOrder = servers ?? resolver.getServers();
  const from = passedOver % Math.max(inOrder.length, 1);
  resolver.setServers([...inOrder.slice(from), ...inOrder.slice(0, from)]);
  return resolver;
}

async function addressesOf(
  resolver: Resolver,
  hostname: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
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
}
