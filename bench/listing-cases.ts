import {
  busyApplications,
  formerEndpoint,
  hotEndpoint,
  largeEndpoints,
  type Population,
  sparseEndpoint,
} from "./listing-population.ts";

/** A listing that is asked for in one way. */
export interface ListingCase {
  /** As the API calls it. */
  readonly operation: string;
  /** What is special about it. */
  readonly name: string;
  /** The path and query of the n-th request for its first page, without `/api/v1`. */
  readonly pathOf: (n: number) => string;
  /** Whether there are more than a thousand pages. */
  readonly isDeep: boolean;
}

/** Filters by what they find. The deep ones find at least a fifth of everything. */
function messageFilters({ middle, hourLater }: Population): Readonly<Record<string, string>> {
  return {
    "": "",
    "event_types: 1 in 20": "event_types=bench.event-7",
    "event_types: 10 of 20":
      "event_types=" + Array.from({ length: 10 }, (_, n) => `bench.event-${n}`).join(","),
    "event_types: 1 in 20,000": "event_types=bench.rare",
    "event_types: none": "event_types=bench.never",
    "channel: 1 in 5": "channel=common",
    "channel: 1 in 20,000": "channel=rare",
    "channel: none": "channel=never",
    "tag: 1 in 5": "tag=common",
    "tag: 1 in 20,000": "tag=rare",
    "tag: none": "tag=never",
    before: `before=${middle}`,
    after: `after=${middle}`,
    "before and after: an hour": `after=${middle}&before=${hourLater}`,
    "before: everything": "before=2020-01-01T00:00:00Z",
    "with_content=false": "with_content=false",
  };
}

const attemptFilters: Readonly<Record<string, string>> = {
  "status=0": "status=0",
  "status=1: none": "status=1",
  "status=2: 1 in 20": "status=2",
  "status_code_class=200": "status_code_class=200",
  "status_code_class=500: 1 in 20": "status_code_class=500",
  "status_code_class=400: 1 in 300,000": "status_code_class=400",
  "status_code_class=300: none": "status_code_class=300",
};

const deepFilters = new Set([
  "",
  "channel: 1 in 5",
  "tag: 1 in 5",
  "status=0",
  "status_code_class=200",
  "before",
  "event_types: 10 of 20",
]);

export function listingCases(population: Population): readonly ListingCase[] {
  const messages = messageFilters(population);
  const all = { ...messages, ...attemptFilters };
  const statuses = Object.fromEntries(
    Object.entries(attemptFilters).filter(([name]) => name.startsWith("status=")),
  );
  const large = "/app/application-0";
  const { wideMessage, commonMessage } = population;
  return [
    ...filtered("v1.message.list", () => `${large}/msg`, messages),
    plain(
      "v1.message.list",
      "other applications",
      (n) => `/app/application-${1 + (n % (busyApplications - 1))}/msg`,
    ),
    plain("v1.message.list", "no messages", () => `/app/application-${busyApplications}/msg`),
    ...filtered(
      "v1.message-attempt.list-by-endpoint",
      () => `${large}/attempt/endpoint/${hotEndpoint}`,
      all,
    ),
    ...endpointCases(
      "v1.message-attempt.list-by-endpoint",
      (uid) => `${large}/attempt/endpoint/${uid}`,
    ),
    ...filtered(
      "v1.message-attempt.list-attempted-messages",
      () => `${large}/endpoint/${hotEndpoint}/msg`,
      { ...messages, ...statuses },
    ),
    ...endpointCases(
      "v1.message-attempt.list-attempted-messages",
      (uid) => `${large}/endpoint/${uid}/msg`,
    ),
    ...onePerPage("v1.message-attempt.list-by-msg", `${large}/attempt/msg/${wideMessage}`),
    ...filtered(
      "v1.message-attempt.list-by-msg",
      () => `${large}/attempt/msg/${wideMessage}`,
      all,
      new Set(),
    ),
    plain(
      "v1.message-attempt.list-by-msg",
      "message for one endpoint",
      () => `${large}/attempt/msg/${commonMessage}`,
    ),
    ...onePerPage(
      "v1.message-attempt.list-attempted-destinations",
      `${large}/msg/${wideMessage}/endpoint`,
    ),
    plain(
      "v1.message-attempt.list-attempted-destinations",
      "message for one endpoint",
      () => `${large}/msg/${commonMessage}/endpoint`,
    ),
    ...onePerPage("v1.endpoint.list", `${large}/endpoint`),
    plain("v1.endpoint.list", "order=descending", () => `${large}/endpoint?order=descending`),
    ...onePerPage("v1.application.list", "/app"),
    plain("v1.application.list", "order=descending", () => "/app?order=descending"),
    ...onePerPage("v1.event-type.list", "/event-type"),
    plain("v1.event-type.list", "order=descending", () => "/event-type?order=descending"),
    plain(
      "v1.event-type.list",
      "include_archived, with_content",
      () => "/event-type?include_archived=true&with_content=true",
    ),
  ];
}

function filtered(
  operation: string,
  path: () => string,
  filters: Readonly<Record<string, string>>,
  deep: ReadonlySet<string> = deepFilters,
): readonly ListingCase[] {
  return Object.entries(filters).map(([name, query]) => ({
    operation,
    name,
    pathOf: () => `${path()}${query && `?${query}`}`,
    isDeep: deep.has(name),
  }));
}

function plain(operation: string, name: string, pathOf: (n: number) => string): ListingCase {
  return { operation, name, pathOf, isDeep: false };
}

/** Endpoints that are not the hot one. */
function endpointCases(operation: string, pathOf: (uid: string) => string): readonly ListingCase[] {
  return [
    plain(operation, "other endpoints", (n) =>
      pathOf(`endpoint-${3 + (n % (largeEndpoints - 3))}`),
    ),
    plain(operation, "an endpoint with 1 in 10,000", () => pathOf(sparseEndpoint)),
    plain(operation, "an endpoint with none but in the oldest JobDb", () => pathOf(formerEndpoint)),
  ];
}

/** A listing with little more than a thousand entries: a page of 50, and deep pages of one. */
function onePerPage(operation: string, path: string): readonly ListingCase[] {
  return [
    plain(operation, "", () => path),
    { operation, name: "limit=1", pathOf: () => `${path}?limit=1`, isDeep: true },
  ];
}
