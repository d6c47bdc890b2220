import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { logOut, sessionQuery } from "../api/session.ts";
import mark from "../posthorn.svg";
import { ThemeChoice } from "./theme-choice.tsx";

const places = [
  { to: "/", name: "Overview" },
  { to: "/applications", name: "Applications" },
  { to: "/event-types", name: "Event types" },
  { to: "/background-tasks", name: "Background tasks" },
  { to: "/storage", name: "Storage" },
  { to: "/access", name: "API keys" },
  { to: "/audit-log", name: "Audit log" },
] as const;

/** What stands around every page: where one can go, and who one is. */
export function Shell() {
  return (
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
            {places.map(({ to, name }) => (
              <li key={to}>
                <Link
                  to={to}
                  activeOptions={{ exact: to === "/" }}
                  activeProps={{ className: "active" }}
                >
                  {name}
                </Link>
              </li>
            ))}
            <li>
              <a href="/guide">Guide</a>
            </li>
            <li>
              <a href="/docs">API reference</a>
            </li>
          </ul>
        </nav>
        <Who />
      </header>
      <main id="content" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}

function Who() {
  const { data: session } = useQuery(sessionQuery);
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
      {session && (
        <p>
          <span className="faint">Organisation</span>
          <strong>{session.organization}</strong>
        </p>
      )}
      <button type="button" onClick={() => void leave()}>
        Log out
      </button>
    </div>
  );
}
