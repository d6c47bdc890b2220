/** Which of the dashboard's pages the portal has: those of one application, at the same paths below `/portal`. */
import { createRootRoute, createRoute, createRouter, redirect } from "@tanstack/react-router";
import { Nothing, ProblemNotice } from "./components/notice.tsx";
import { PortalShell } from "./components/portal-shell.tsx";
import { EndpointPage } from "./pages/endpoint-page.tsx";
import { EndpointsPage } from "./pages/endpoints-page.tsx";
import { EventTypesPage } from "./pages/event-types-page.tsx";
import { MessagePage } from "./pages/message-page.tsx";
import { MessagesPage } from "./pages/messages-page.tsx";
import { NewEndpointPage } from "./pages/new-endpoint-page.tsx";
import { searchTexts, textsOfSearch } from "./search-texts.ts";

/** @param application the one that the link is for */
export function createPortalRouter(application: string) {
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
    component: () => <PortalShell application={application} />,
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
    path: "/applications/$application",
    validateSearch: textsOfSearch("iterator"),
    component: EndpointsPage,
  });
  const newEndpoint = createRoute({
    getParentRoute: () => inside,
    path: "/applications/$application/new-endpoint",
    component: NewEndpointPage,
  });
  const endpoint = createRoute({
    getParentRoute: () => inside,
    path: "/applications/$application/endpoints/$endpoint",
    validateSearch: textsOfSearch("iterator", "status", "event_types"),
    component: EndpointPage,
  });
  const messages = createRoute({
    getParentRoute: () => inside,
    path: "/applications/$application/messages",
    validateSearch: textsOfSearch("iterator", "event_types", "channel", "tag"),
    component: MessagesPage,
  });
  const message = createRoute({
    getParentRoute: () => inside,
    path: "/applications/$application/messages/$message",
    component: MessagePage,
  });
  const eventTypes = createRoute({
    getParentRoute: () => inside,
    path: "/event-types",
    validateSearch: textsOfSearch("iterator"),
    component: EventTypesPage,
  });
  const children = [beginning, endpoints, newEndpoint, endpoint, messages, message, eventTypes];
  return createRouter({
    routeTree: root.addChildren([inside.addChildren(children)]),
    basepath: "/portal",
    defaultPreload: false,
    scrollRestoration: true,
    ...searchTexts,
  });
}
