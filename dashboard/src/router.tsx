/** Which page is at which path. All of them but the login are for whoever is logged in. */
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  redirect,
} from "@tanstack/react-router";
import { sessionQuery } from "./api/session.ts";
import { applicationPages } from "./application-pages.ts";
import { Nothing, ProblemNotice } from "./components/notice.tsx";
import { Shell } from "./components/shell.tsx";
import { ApiKeysPage } from "./pages/api-keys-page.tsx";
import { ApplicationChangePage } from "./pages/application-change-page.tsx";
import { ApplicationsPage } from "./pages/applications-page.tsx";
import { AuditLogPage } from "./pages/audit-log-page.tsx";
import { BackgroundTasksPage } from "./pages/background-tasks-page.tsx";
import { EventTypePage } from "./pages/event-type-page.tsx";
import { LoginPage } from "./pages/login-page.tsx";
import { NewEventTypePage } from "./pages/new-event-type-page.tsx";
import { OverviewPage } from "./pages/overview-page.tsx";
import { StoragePage } from "./pages/storage-page.tsx";
import { searchTexts, textsOfSearch } from "./search-texts.ts";

const root = createRootRouteWithContext<{ readonly queries: QueryClient }>()({
  errorComponent: ({ error }) => (
    <ProblemNotice error={error instanceof Error ? error : new Error(String(error))} />
  ),
  notFoundComponent: () => (
    <Nothing title="There is no such page">
      <a href="/">Go to the beginning.</a>
    </Nothing>
  ),
});

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  component: LoginPage,
});

const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  beforeLoad: async ({ context: { queries } }) => {
    const session = await queries.ensureQueryData(sessionQuery);
    if (session === null) throw redirect({ to: "/login" });
  },
  component: Shell,
});

const overview = createRoute({
  getParentRoute: () => inside,
  path: "/",
  beforeLoad: async ({ context: { queries } }) => {
    const session = await queries.ensureQueryData(sessionQuery);
    const application = session?.application ?? undefined;
    if (application === undefined) return;
    throw redirect({ to: "/applications/$application", params: { application } });
  },
  component: OverviewPage,
});

const applications = createRoute({
  getParentRoute: () => inside,
  path: "/applications",
  validateSearch: textsOfSearch("iterator"),
  component: ApplicationsPage,
});

const applicationChange = createRoute({
  getParentRoute: () => inside,
  path: "/applications/$application/change",
  component: ApplicationChangePage,
});

const endpoints = createRoute({
  getParentRoute: () => inside,
  ...applicationPages.endpoints,
});

const newEndpoint = createRoute({
  getParentRoute: () => inside,
  ...applicationPages.newEndpoint,
});

const endpoint = createRoute({
  getParentRoute: () => inside,
  ...applicationPages.endpoint,
});

const endpointChange = createRoute({
  getParentRoute: () => inside,
  ...applicationPages.endpointChange,
});

const messages = createRoute({
  getParentRoute: () => inside,
  ...applicationPages.messages,
});

const message = createRoute({
  getParentRoute: () => inside,
  ...applicationPages.message,
});

const eventTypes = createRoute({
  getParentRoute: () => inside,
  ...applicationPages.eventTypes,
});

const newEventType = createRoute({
  getParentRoute: () => inside,
  path: "/new-event-type",
  component: NewEventTypePage,
});

const eventType = createRoute({
  getParentRoute: () => inside,
  path: "/event-types/$name",
  component: EventTypePage,
});

const backgroundTasks = createRoute({
  getParentRoute: () => inside,
  path: "/background-tasks",
  validateSearch: textsOfSearch("iterator"),
  component: BackgroundTasksPage,
});

const access = createRoute({
  getParentRoute: () => inside,
  path: "/access",
  validateSearch: textsOfSearch("iterator"),
  component: ApiKeysPage,
});

const storage = createRoute({
  getParentRoute: () => inside,
  path: "/storage",
  validateSearch: textsOfSearch("iterator"),
  component: StoragePage,
});

const auditLog = createRoute({
  getParentRoute: () => inside,
  path: "/audit-log",
  validateSearch: textsOfSearch("iterator", "operation", "application", "since", "until"),
  component: AuditLogPage,
});

const routeTree = root.addChildren([
  login,
  inside.addChildren([
    overview,
    applications,
    applicationChange,
    endpoints,
    newEndpoint,
    endpoint,
    endpointChange,
    messages,
    message,
    eventTypes,
    newEventType,
    eventType,
    backgroundTasks,
    storage,
    access,
    auditLog,
  ]),
]);

export function createDashboardRouter(queries: QueryClient) {
  return createRouter({
    routeTree,
    context: { queries },
    defaultPreload: false,
    scrollRestoration: true,
    ...searchTexts,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createDashboardRouter>;
  }
}
