import { networkInterfaces } from "node:os";

/** Interfaces come and go (DHCP, privacy addresses), but reading them costs some 50 µs. */
const rereadMs = 10_000;

/** The addresses of this machine's interfaces, at most ten seconds old. */
export function createOwnAddresses(): () => readonly string[] {
  let addresses: readonly string[] = [];
  let readAtMs = -Infinity;
  return () => {
    const nowMs = performance.now();
    if (nowMs - readAtMs >= rereadMs) {
      readAtMs = nowMs;
      addresses = Object.values(networkInterfaces())
        .flatMap((entries) => entries ?? [])
        .map(({ address }) => address.replace(/%.*$/, "")); // link-local ones may carry their zone
    }
    return addresses;
  };
}
