import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { logOut, type Session, sessionQuery } from "../api/session.ts";
import mark from "../posthorn.svg";
import { ThemeChoice } from "./theme-choice.tsx";
import { ViewerContext } from "./viewer.ts";

const places = [
  { to: "/applications", name: "Applications" },
  { to: "/event-types", name: "Event types" },
  { to: "/background-tasks", name: "Background tasks" },
  { to: "/storage", name: "Storage" },
  { to: "/access", name: "API keys" },
  { to: "/audit-log", name: "Audit log" },
] as const;

/** What stands around every page: where one can go, and who one is. */
export function Shell() {
  const { data: session } = useQuery(sessionQuery);
  // Logged out: the router is on its way to the login.
  if (session === undefined || session === null) return null;
  const { application, onlyReads } = session;
  const kind = application === null ? "operator" : "customer";
  return (
    <ViewerContext value={{ kind, mayChange: !onlyReads, name: "Posthorn" }}>
      <div className="shell">
        <a className="skip" href="#content">
          Skip to the content
        </a>
        <header className="side">
          <Link to="/" className="brand">
            <img src={mark} alt="" width="30" height="30" />
            Posthorn
          </Link>
          <nav aria-label="Main">
            <ul>
              {application === null ? <AllPlaces /> : <PlacesOf application={application} />}
              <li>
                <a href="/guide">Guide</a>
              </li>
              <li>
                <a href="/docs">API reference</a>
              </li>
            </ul>
          </nav>
          <Who session={session} />
        </header>
        <main id="content" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
    </ViewerContext>
  );
}

const active = { activeProps: { className: "active" } };

function AllPlaces() {
  return (
    <>
      <li>
        <Link to="/" activeOptions={{ exact: true }} {...active}>
          Overview
        </Link>
      </li>
      {places.map(({ to, name }) => (
        <li key={to}>
          <Link to={to} activeOptions={{ includeSearch: false }} {...active}>
            {name}
          </Link>
        </li>
      ))}
    </>
  );
}

/** Where a token of one application gets to. */
function PlacesOf({ application }: { readonly application: string }) {
  return (
    <>
      <li>
        <Link
          to="/applications/$application"
          params={{ application }}
          activeOptions={{ exact: true, includeSearch: false }}
          {...active}
        >
          Endpoints
        </Link>
      </li>
      <li>
        <Link
          to="/applications/$application/messages"
          params={{ application }}
          activeOptions={{ includeSearch: false }}
          {...active}
        >
          Messages
        </Link>
      </li>
      <li>
        <Link to="/event-types" activeOptions={{ includeSearch: false }} {...active}>
          Event types
        </Link>
      </li>
    </>
  );
}

function Who({ session: { organization, application, onlyReads } }: { readonly session: Session }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const leave = async () => {
    await logOut();
    queries.clear();
    queries.setQueryData(sessionQuery.queryKey, null);
    await navigate({ to: "/login" });
  };
  return (
    <div className="who">
      <ThemeChoice />
      <p>
        <span className="faint">{application === null ? "Organisation" : "Application"}</span>
        <strong>{application ?? organization}</strong>
        {onlyReads && <span className="chip">read only</span>}
      </p>
      <button type="button" onClick={() => void leave()}>
        Log out
      </button>
    </div>
  );
}
