import { Link, Outlet } from "@tanstack/react-router";
import { ThemeChoice } from "./theme-choice.tsx";
import { useViewer } from "./viewer.ts";

export interface PortalShellProps {
  /** The one that the link is for. */
  readonly application: string;
  readonly hasLogo: boolean;
  /** Whether the link has chosen the colours, as the page around a frame would. */
  readonly hasTheme: boolean;
}

/** What stands around every page of the portal: whose it is, and where one can go. */
export function PortalShell({ application, hasLogo, hasTheme }: PortalShellProps) {
  const { name, mayChange } = useViewer();
  const active = { activeProps: { className: "active" } };
  return (
    <div className="portal">
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="top">
        <p className="brand">
          {hasLogo && <img src="/portal/logo" alt="" />}
          {name}
        </p>
        <nav aria-label="Main">
          <Link
            to="/applications/$application"
            params={{ application }}
            activeOptions={{ exact: true, includeSearch: false }}
            {...active}
          >
            Endpoints
          </Link>
          <Link
            to="/applications/$application/messages"
            params={{ application }}
            activeOptions={{ includeSearch: false }}
            {...active}
          >
            Messages
          </Link>
          <Link to="/event-types" activeOptions={{ includeSearch: false }} {...active}>
            Event types
          </Link>
        </nav>
        {!mayChange && <span className="chip">read only</span>}
        {!hasTheme && <ThemeChoice />}
      </header>
      <main id="content" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}

/** There is no link, or its token has ended. */
export function LinkEnded() {
  return (
    <main className="ended">
      <div className="nothing" role="status">
        <h1 className="nothing-title">This link does not work any more</h1>
        <p>
          Links to this page work for a limited time. Go back to where you found it, and open it
          from there again.
        </p>
      </div>
    </main>
  );
}
