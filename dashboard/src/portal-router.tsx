/** Which of the dashboard's pages the portal has: those of one application, at the same paths below `/portal`. */
import { createRootRoute, createRoute, createRouter, redirect } from "@tanstack/react-router";
import { applicationPages } from "./application-pages.ts";
import { Nothing, ProblemNotice } from "./components/notice.tsx";
import { PortalShell, type PortalShellProps } from "./components/portal-shell.tsx";
import { searchTexts } from "./search-texts.ts";

export function createPortalRouter(shell: PortalShellProps) {
  const { application } = shell;
  const root = createRootRoute({
    errorComponent: ({ error }) => (
      <ProblemNotice error={error instanceof Error ? error : new Error(String(error))} />
    ),
    notFoundComponent: () => (
      <Nothing title="There is no such page">
        <a href="/portal">Go to the beginning.</a>
      </Nothing>
    ),
  });
  const inside = createRoute({
    getParentRoute: () => root,
    id: "inside",
    component: () => <PortalShell {...shell} />,
  });
  const beginning = createRoute({
    getParentRoute: () => inside,
    path: "/",
    beforeLoad: () => {
      throw redirect({ to: "/applications/$application", params: { application } });
    },
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
  const children = [
    beginning,
    endpoints,
    newEndpoint,
    endpoint,
    endpointChange,
    messages,
    message,
    eventTypes,
  ];
  return createRouter({
    routeTree: root.addChildren([inside.addChildren(children)]),
    basepath: "/portal",
    defaultPreload: false,
    scrollRestoration: true,
    ...searchTexts,
  });
}
