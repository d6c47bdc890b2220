import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { useApi } from "../api/api-context.ts";
import { path } from "../api/client.ts";
import { application as applicationQuery } from "../api/resources.ts";
import type { ApplicationOut, ApplicationPatch } from "../api/shapes.ts";
import { CopyText } from "../components/code.tsx";
import { formText } from "../components/form-text.ts";
import { jsonObjectOf } from "../components/json-object.ts";
import { LabelledInput } from "../components/labelled-input.tsx";
import { LabelledText } from "../components/labelled-text.tsx";
import { Loading, ProblemNotice } from "../components/notice.tsx";
import { PageHead } from "../components/page-head.tsx";
import { Panel } from "../components/panel.tsx";
import { visible } from "../components/text.ts";
import { DeleteApplication } from "./delete-application.tsx";

const route = getRouteApi("/inside/applications/$application/change");

/** Changes what an application is called, and what holds for all that is sent for it; deletes it. */
export function ApplicationChangePage() {
  const { application: name } = route.useParams();
  const { data: application, error } = useQuery(applicationQuery(useApi(), name));
  if (error !== null) return <ProblemNotice error={error} />;
  if (application === undefined) return <Loading />;
  return (
    <>
      <PageHead
        title="Change the application"
        trail={
          <>
            <Link to="/applications">Applications</Link>
            <Link to="/applications/$application" params={{ application: application.id }}>
              <bdi>{visible(application.name) || "(no name)"}</bdi>
            </Link>
          </>
        }
        actions={<DeleteApplication application={application} />}
      >
        <CopyText text={application.id} label="the application's id" />
      </PageHead>
      <Panel title="What it is">
        <Change application={application} />
      </Panel>
    </>
  );
}

function Change({ application }: { readonly application: ApplicationOut }) {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = route.useNavigate();
  const { mutate, isPending, error } = useMutation({
    mutationFn: (changes: ApplicationPatch) =>
      api.patch<ApplicationOut>(path`/api/v1/app/${application.id}`, changes),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries();
      // By its id: the page's address may have had a UID that is another now.
      await navigate({ to: "/applications/$application", params: { application: id } });
    },
  });
  const [unreadable, setUnreadable] = useState<Error | null>(null);
  const submit = (form: HTMLFormElement) => {
    const fields = fieldsIn(form);
    setUnreadable(fields instanceof Error ? fields : null);
    if (!(fields instanceof Error)) mutate(changesOf(application, fields));
  };
  const problem = unreadable ?? error;
  return (
    <form
      className="stacked-form"
      onSubmit={(event) => {
        event.preventDefault();
        submit(event.currentTarget);
      }}
    >
      <Fields application={application} />
      {problem !== null && <ProblemNotice error={problem} />}
      <button type="submit" className="primary" disabled={isPending}>
        Save
      </button>
    </form>
  );
}

/** The API's own bounds. */
const throttleRateMax = 65_535;
const retentionDaysMax = 3_650;

function Fields({ application }: { readonly application: ApplicationOut }) {
  const { name, uid, throttleRate, retentionDays } = application;
  return (
    <>
      <LabelledInput label="Name" name="name" required defaultValue={name} />
      <LabelledInput
        label="UID, your own id for it (not needed)"
        name="uid"
        maxLength={256}
        defaultValue={uid ?? undefined}
      />
      <LabelledInput
        label="At most so many a second, to all its endpoints together (not needed)"
        name="throttleRate"
        type="number"
        min={1}
        max={throttleRateMax}
        defaultValue={throttleRate ?? undefined}
        placeholder="no limit"
      />
      <LabelledInput
        label="Days that its messages and attempts are kept (not needed)"
        name="retentionDays"
        type="number"
        min={1}
        max={retentionDaysMax}
        defaultValue={retentionDays ?? undefined}
        placeholder="as long as the server keeps others'"
      />
      <LabelledText
        label="Metadata, a JSON object of texts (not needed)"
        name="metadata"
        rows={6}
        defaultValue={metadataTextOf(application)}
      />
    </>
  );
}

function metadataTextOf({ metadata }: ApplicationOut): string {
  return Object.keys(metadata).length === 0 ? "" : JSON.stringify(metadata, undefined, 2);
}

/** What can be changed of an application. */
type ApplicationFields = Pick<
  ApplicationOut,
  "name" | "uid" | "throttleRate" | "retentionDays" | "metadata"
>;

/** An empty field is null, "none", or no metadata. An error if the metadata is no JSON object. */
function fieldsIn(form: HTMLFormElement): ApplicationFields | Error {
  const metadata = jsonObjectOf("The metadata", formText(form, "metadata"));
  if (metadata instanceof Error) return metadata;
  const uid = formText(form, "uid");
  return {
    name: formText(form, "name"),
    uid: uid === "" ? null : uid,
    throttleRate: numberIn(form, "throttleRate"),
    retentionDays: numberIn(form, "retentionDays"),
    metadata: (metadata ?? {}) as ApplicationFields["metadata"], // the API tells of what is no text in it
  };
}

function numberIn(form: HTMLFormElement, name: string): number | null {
  const text = formText(form, name);
  return text === "" ? null : Number(text);
}

/** Only what differs from what the form has shown: what somebody else has changed meanwhile stays. */
function changesOf(before: ApplicationOut, after: ApplicationFields): ApplicationPatch {
  const shown = { ...before, name: lineOf(before.name) };
  const isChanged = ([name, value]: [string, unknown]): boolean =>
    JSON.stringify(value) !== JSON.stringify(shown[name as keyof ApplicationFields]);
  return Object.fromEntries(Object.entries(after).filter(isChanged));
}

/** What a field of one line keeps of a text, as it is read again. */
function lineOf(text: string): string {
  return text.replaceAll(/[\r\n]/g, "").trim();
}
