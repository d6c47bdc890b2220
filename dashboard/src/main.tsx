import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiContext } from "./api/api-context.ts";
import { createApiClient } from "./api/client.ts";
import { sessionHeaders, sessionQuery } from "./api/session.ts";
import { applyTheme } from "./components/theme.ts";
import { createQueryClient } from "./query-client.ts";
import { createDashboardRouter } from "./router.tsx";
import "./styles/base.css";
import "./styles/components.css";

const queries = createQueryClient();
const api = createApiClient(sessionHeaders, () =>
  queries.setQueryData(sessionQuery.queryKey, null),
);
const router = createDashboardRouter(queries);
queries.getQueryCache().subscribe(({ type, query }) => {
  const isSession = query.queryHash === JSON.stringify(sessionQuery.queryKey);
  if (type === "updated" && isSession && query.state.data === null) void router.invalidate();
});

applyTheme();
const place = document.querySelector("#page");
if (place === null) throw new Error("index.html has a place for the page");
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <ApiContext value={api}>
        <RouterProvider router={router} />
      </ApiContext>
    </QueryClientProvider>
  </StrictMode>,
);
