/** The pages that the operator's dashboard and the customers' portal share, at the same paths: links on them are the same. */
import { EndpointChangePage } from "./pages/endpoint-change-page.tsx";
import { EndpointPage } from "./pages/endpoint-page.tsx";
import { EndpointsPage } from "./pages/endpoints-page.tsx";
import { EventTypesPage } from "./pages/event-types-page.tsx";
import { MessagePage } from "./pages/message-page.tsx";
import { MessagesPage } from "./pages/messages-page.tsx";
import { NewEndpointPage } from "./pages/new-endpoint-page.tsx";
import { textsOfSearch } from "./search-texts.ts";

/** Of each its path, what of an address's query it reads, and what shows it. */
export const applicationPages = {
  endpoints: {
    path: "/applications/$application",
    validateSearch: textsOfSearch("iterator"),
    component: EndpointsPage,
  },
  newEndpoint: {
    path: "/applications/$application/new-endpoint",
    component: NewEndpointPage,
  },
  endpoint: {
    path: "/applications/$application/endpoints/$endpoint",
    validateSearch: textsOfSearch(
      "iterator",
      "of",
      "status",
      "event_types",
      "channel",
      "tag",
      "after",
      "before",
    ),
    component: EndpointPage,
  },
  endpointChange: {
    path: "/applications/$application/endpoints/$endpoint/change",
    component: EndpointChangePage,
  },
  messages: {
    path: "/applications/$application/messages",
    validateSearch: textsOfSearch("iterator", "event_types", "channel", "tag", "after", "before"),
    component: MessagesPage,
  },
  message: {
    path: "/applications/$application/messages/$message",
    component: MessagePage,
  },
  eventTypes: {
    path: "/event-types",
    validateSearch: textsOfSearch("iterator"),
    component: EventTypesPage,
  },
} as const;
