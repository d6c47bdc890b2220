import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context.ts";
import { application } from "../api/resources.ts";
import { CopyText } from "../components/code.tsx";
import { ProblemNotice } from "../components/notice.tsx";
import { PageHead } from "../components/page-head.tsx";
import { useViewer } from "../components/viewer.ts";
import { visible } from "../components/text.ts";
import { PortalLink } from "./portal-link.tsx";

/** The name of an application, and the ways into it. */
export function ApplicationHead({ id }: { readonly id: string }) {
  const { kind, mayChange } = useViewer();
  const { data, error } = useQuery(application(useApi(), id));
  return (
    <>
      <PageHead
        title={data === undefined ? "Application" : visible(data.name) || "(no name)"}
        trail={kind === "operator" && <Link to="/applications">Applications</Link>}
        actions={
          mayChange && (
            <>
              {kind === "operator" && (
                <>
                  <PortalLink application={id} />
                  <Link
                    className="button quiet"
                    to="/applications/$application/change"
                    params={{ application: id }}
                  >
                    Change
                  </Link>
                </>
              )}
              <Link
                className="button"
                to="/applications/$application/new-endpoint"
                params={{ application: id }}
              >
                Add an endpoint
              </Link>
            </>
          )
        }
      >
        <CopyText text={id} label="the application's id" />
      </PageHead>
      {error !== null && <ProblemNotice error={error} />}
      {kind === "operator" && <Tabs id={id} />}
    </>
  );
}

function Tabs({ id }: { readonly id: string }) {
  return (
    <nav className="tabs" aria-label="Application">
      <Link
        to="/applications/$application"
        params={{ application: id }}
        activeOptions={{ exact: true, includeSearch: false }}
        activeProps={{ className: "active" }}
      >
        Endpoints
      </Link>
      <Link
        to="/applications/$application/messages"
        params={{ application: id }}
        activeOptions={{ includeSearch: false }}
        activeProps={{ className: "active" }}
      >
        Messages
      </Link>
    </nav>
  );
}
