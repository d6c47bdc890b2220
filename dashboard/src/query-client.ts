import { QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "./api/client.ts";

const retriesMax = 2;

/** Keeps what was asked for, for those that show it. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 2_000,
        // What was refused is refused again.
        retry: (failures, error) =>
          failures < retriesMax &&
          error instanceof ApiProblem &&
          (error.status === 0 || error.status >= 500),
      },
    },
  });
}
