import { useMutation } from "@tanstack/react-query";
import { useApi } from "../api/api-context.ts";
import { path } from "../api/client.ts";
import type { AppPortalAccessOut } from "../api/shapes.ts";
import { CopyText } from "../components/code.tsx";
import { ProblemNotice } from "../components/notice.tsx";

/** Makes a link to the portal of an application, to be given to its people. */
export function PortalLink({ application }: { readonly application: string }) {
  const api = useApi();
  const { mutate, isPending, data, error } = useMutation({
    mutationFn: () =>
      api.post<AppPortalAccessOut>(path`/api/v1/auth/app-portal-access/${application}`, {}),
  });
  return (
    <span className="action">
      <button type="button" disabled={isPending} onClick={() => mutate()}>
        Make a portal link
      </button>
      {error !== null && <ProblemNotice error={error} />}
      {data !== undefined && (
        <span className="notice" role="status">
          For 7 days, for whoever has it: <CopyText text={data.url} label="the portal link" />
        </span>
      )}
    </span>
  );
}
