import { createContext, useContext } from "react";
import type { ApiClient } from "./client.ts";

export const ApiContext = createContext<ApiClient | undefined>(undefined);

/** The client that everything on the page asks with. */
export function useApi(): ApiClient {
  const client = useContext(ApiContext);
  if (client === undefined) throw new Error("there is no ApiContext around this");
  return client;
}
