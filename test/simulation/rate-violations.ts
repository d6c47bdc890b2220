import type { Arrival } from "./simulated-network.ts";
import type { SimulatedEndpoints } from "./simulated-endpoints.ts";

/** Windows of one second, wherever they begin, with more attempts of one run of the program than a rate allows. */
export function rateViolations(
  arrivals: readonly Arrival[],
  { all, applicationRates }: SimulatedEndpoints,
): string[] {
  const byEndpoint = Map.groupBy(arrivals, ({ run, endpoint }) => `${run} ${endpoint}`);
  const byApplication = Map.groupBy(
    arrivals,
    ({ run, endpoint }) => `${run} ${all.get(endpoint)?.application}`,
  );
  return [
    ...[...byEndpoint.values()].flatMap((own) => {
      const endpoint = own[0] === undefined ? undefined : all.get(own[0].endpoint);
      return windowViolations(own, endpoint?.throttleRate, `endpoint ${endpoint?.key}`);
    }),
    ...[...byApplication.values()].flatMap((own) => {
      const application = own[0] === undefined ? undefined : all.get(own[0].endpoint)?.application;
      const rate = application === undefined ? undefined : applicationRates.get(application);
      return windowViolations(own, rate, `application ${application}`);
    }),
  ];
}

/** @param arrivals in the order of time */
function windowViolations(
  arrivals: readonly Arrival[],
  rate: number | undefined,
  whose: string,
): string[] {
  if (rate === undefined) return [];
  const over = arrivals.findIndex((arrival, index) => {
    const before = arrivals[index - rate];
    return before !== undefined && arrival.atMs - before.atMs < 1_000;
  });
  return over < 0 ? [] : [`more than ${rate} a second: ${whose} at ${arrivals[over]?.atMs}`];
}
