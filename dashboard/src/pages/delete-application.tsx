import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useApi } from "../api/api-context.ts";
import { path } from "../api/client.ts";
import { applications, endpoints, queue } from "../api/resources.ts";
import type { ApplicationOut } from "../api/shapes.ts";
import { ActionButton } from "../components/action-button.tsx";
import { visible } from "../components/text.ts";

interface DeleteApplicationProps {
  readonly application: ApplicationOut;
}

/** Says what is lost and what stays, has the application named once more, and leaves for the list, which has it no more. */
export function DeleteApplication({ application }: DeleteApplicationProps) {
  const { id, name, uid } = application;
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const act = async () => {
    await api.delete(path`/api/v1/app/${id}`);
    // What was kept of the list still has it.
    const [listUrl] = applications(api, {}).queryKey;
    queries.removeQueries({ queryKey: [listUrl] });
    await navigate({ to: "/applications" });
  };
  return (
    <ActionButton
      label="Delete"
      isDangerous
      question={<WhatHappens application={application} />}
      // The id too, as a name may have characters that nobody can type.
      typed={{ label: "Type its name, UID or id", texts: [name, uid ?? id, id] }}
      act={act}
      done="deleted"
    />
  );
}

function WhatHappens({ application: { id, name, uid } }: DeleteApplicationProps) {
  return (
    <>
      <p>
        <strong>
          <bdi>{visible(name)}</bdi>
        </strong>{" "}
        {uid !== null && (
          <>
            (<code>{uid}</code>){" "}
          </>
        )}
        <WhatGoesWithIt application={id} /> What is being sent is not tried again.
      </p>
      <p>
        Nothing more is accepted for it, and its background tasks end.{" "}
        {uid !== null && "Its UID is free for another. "}
        Its portal links and API keys reach nothing of it any more; the keys stay until they are
        revoked.
      </p>
      <p>
        Its messages and attempts can&apos;t be looked at or sent again. They stay on disk until
        their retention is over, and in the archive if there is one:{" "}
        <a href="/guide/api#erasing-and-the-audit-log">erasing</a> takes what was said off both for
        good, also later, by the id <code>{id}</code>.
      </p>
    </>
  );
}

/** The rest of a sentence that begins with the application, and what waits. */
function WhatGoesWithIt({ application }: { readonly application: string }) {
  const api = useApi();
  const { data: list } = useQuery(endpoints(api, application, {}));
  const first = list?.data[0]?.id;
  // Any endpoint's queue tells what waits for all of the application's.
  const { data: one } = useQuery({
    ...queue(api, { application, endpoint: first ?? "" }),
    enabled: first !== undefined,
  });
  if (list?.data.length === 0) return "is deleted and can't be brought back. It has no endpoints.";
  const waiting =
    one === undefined
      ? "What waits for them is given up."
      : `${one.exact ? "" : "About "}${one.application.pending.toLocaleString("en")} deliveries wait for them: they are given up.`;
  return `is deleted and can't be brought back, nor can ${endpointsText(list)}, with secrets, headers and settings. ${waiting}`;
}

function endpointsText(
  list: { readonly data: readonly unknown[]; readonly done: boolean } | undefined,
): string {
  if (list === undefined) return "its endpoints";
  if (!list.done) return `its more than ${list.data.length} endpoints`;
  return list.data.length === 1 ? "its one endpoint" : `its ${list.data.length} endpoints`;
}
